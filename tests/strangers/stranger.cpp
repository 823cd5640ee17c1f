// SPDX-License-Identifier: GPL-3.0-or-later

// Somebody who plays games in a folder that he may write to: as fast as he can he renames, replaces, links, exchanges
// and removes what others make there. Until the end of his input; then he puts back what can be put back, and tells how
// many moves succeeded.

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace {

constexpr unsigned kNoReplace = 1;
constexpr unsigned kExchange = 2;
constexpr std::string_view kAside = "aside-";

class Stranger
{
public:
    Stranger(std::string folder, std::string victim) : m_folder(std::move(folder)), m_victim(std::move(victim))
    {
        struct stat status = {};
        if (lstat((m_folder + "/precious").c_str(), &status) == 0)
            m_precious = status.st_ino;
    }

    int run()
    {
        const int top = open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (top < 0)
            return 1;
        const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        inotify_add_watch(watch, m_folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY);
        std::printf("ready\n");
        std::fflush(stdout);
        for (std::uint64_t round = 0; !hasEnded(); ++round) {
            followEvents(watch, top);
            visit(top, 0);
            if (round % 64 < 2) // and back at once: while it is away, nobody comes here
                swapFolder();
        }
        putBack(top);
        if (m_swapped)
            swapFolder();
        std::printf("moves %llu\n", static_cast<unsigned long long>(m_moves));
        std::fflush(stdout);
        return 0;
    }

private:
    static bool hasEnded()
    {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        return poll(&input, 1, 0) > 0;
    }
    /// The words of what is there before anybody plays.
    static bool isFurniture(std::string_view name) { return name == "." || name == ".." || name == "precious"; }

    void followEvents(int watch, int top)
    {
        alignas(inotify_event) std::array<char, 16384> buffer{};
        const ssize_t length = read(watch, buffer.data(), buffer.size());
        for (ssize_t at = 0; at < length;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            if (event.len > 0)
                play(top, buffer.data() + at + sizeof event, 0);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }

    /// Every entry, and a few levels down where that is allowed.
    void visit(int folder, int depth)
    {
        const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* listing = again < 0 ? nullptr : fdopendir(again);
        while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing)) {
            const std::string name(entry->d_name);
            if (isFurniture(name))
                continue;
            if (depth == 0 && entry->d_ino == m_precious) {
                restorePrecious(folder, entry->d_name);
                continue;
            }
            if (entry->d_type == DT_DIR && depth < 3 && name.compare(0, kAside.size(), kAside) != 0) {
                const int below = openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (below >= 0) {
                    visit(below, depth + 1);
                    close(below);
                }
            }
            play(folder, name, depth);
        }
        if (listing != nullptr)
            closedir(listing);
    }

    void count(int result)
    {
        if (result == 0)
            ++m_moves;
    }
    bool setAside(int folder, const std::string& name)
    {
        const std::string aside = std::string(kAside) + name;
        if (name.size() > 150 || renameat2(folder, name.c_str(), folder, aside.c_str(), kNoReplace) != 0) {
            // Taken already: then it goes, if it can.
            if (unlinkat(folder, name.c_str(), 0) != 0 && unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0)
                return false;
        }
        ++m_moves;
        return true;
    }

    void play(int folder, const std::string& name, int depth)
    {
        if (isFurniture(name))
            return;
        const char* at = name.c_str();
        if (name.compare(0, kAside.size(), kAside) == 0) {
            // Things that were set aside come back to haunt.
            const std::string back = name.substr(kAside.size());
            if (m_random() % 4 == 0)
                count(renameat2(folder, at, folder, back.c_str(), kNoReplace));
            else if (m_random() % 4 == 0)
                count(unlinkat(folder, at, m_random() % 2 == 0 ? AT_REMOVEDIR : 0));
            return;
        }
        switch (m_random() % 14) {
        case 0:
            return count(unlinkat(folder, at, 0));
        case 1:
            return count(unlinkat(folder, at, AT_REMOVEDIR));
        case 2:
            return void(setAside(folder, name));
        case 3:
            return replaceByLink(folder, name, "/open/everybody's");
        case 4:
            return replaceByLink(folder, name, "/open");
        case 5:
            return replaceByLink(folder, name, "/open/made-through-a-link");
        case 6:
            if (setAside(folder, name))
                count(mkfifoat(folder, at, 0666));
            return;
        case 7:
            if (setAside(folder, name))
                count(mknodat(folder, at, S_IFSOCK | 0777, 0));
            return;
        case 8:
            return replaceByHardLink(folder, name);
        case 9:
            return exchangeWithPrecious(folder, name, depth);
        case 10:
            return replaceByOwnFile(folder, name);
        case 11:
            if (setAside(folder, name))
                count(mkdirat(folder, at, 0777));
            return;
        case 12:
            count(renameat2(folder, at, folder, m_last.c_str(), kExchange));
            break;
        case 13:
            count(linkat(folder, at, folder, (std::string(kAside) + name).c_str(), 0));
            break;
        }
        m_last = name;
    }

    void replaceByLink(int folder, const std::string& name, const char* target)
    {
        if (setAside(folder, name))
            count(symlinkat((m_victim + target).c_str(), folder, name.c_str()));
    }
    void replaceByHardLink(int folder, const std::string& name)
    {
        static constexpr std::array<const char*, 3> kFiles{"/open/everybody's", "/open/large", "/open/root's"};
        if (setAside(folder, name))
            count(
                linkat(AT_FDCWD, (m_victim + kFiles.at(m_random() % kFiles.size())).c_str(), folder, name.c_str(), 0));
    }
    void replaceByOwnFile(int folder, const std::string& name)
    {
        if (!setAside(folder, name))
            return;
        const int fd = openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        static const std::string content(65536, 's');
        if (fd >= 0 && write(fd, content.data(), content.size()) > 0)
            ++m_moves;
        close(fd);
    }
    /// A private folder of the checking user, which lies in the same folder, in the place of what was made; and back.
    void exchangeWithPrecious(int folder, const std::string& name, int depth)
    {
        if (depth != 0 || renameat2(folder, "precious", folder, name.c_str(), kExchange) != 0)
            return;
        ++m_moves;
        usleep(static_cast<useconds_t>(m_random() % 300));
        count(renameat2(folder, "precious", folder, name.c_str(), kExchange));
    }
    /// It was renamed by whoever believed it to be his own.
    void restorePrecious(int folder, const char* name)
    {
        if (std::string_view(name) != "precious" && renameat2(folder, name, folder, "precious", kExchange) != 0)
            renameat2(folder, name, folder, "precious", kNoReplace);
    }

    /// The folder itself and a link that leads elsewhere change places.
    void swapFolder()
    {
        const auto slash = m_folder.rfind('/');
        const std::string bait = m_folder.substr(0, slash) + "/bait";
        if (renameat2(AT_FDCWD, m_folder.c_str(), AT_FDCWD, bait.c_str(), kExchange) != 0)
            return;
        ++m_moves;
        m_swapped = !m_swapped;
    }

    /// What is somebody else's gets its name again; what is his own goes.
    void putBack(int folder)
    {
        for (int pass = 0; pass < 3; ++pass) {
            const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            DIR* listing = again < 0 ? nullptr : fdopendir(again);
            while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing))
                putBackOne(folder, entry->d_name);
            if (listing != nullptr)
                closedir(listing);
        }
    }
    void putBackOne(int folder, const std::string& name)
    {
        struct stat status = {};
        if (isFurniture(name) || fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return;
        if (S_ISDIR(status.st_mode) && status.st_ino != m_precious) {
            const int below = openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (below >= 0)
                putBack(below);
            close(below);
        }
        const bool isPlain = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
        const bool isLinked = S_ISREG(status.st_mode) && status.st_nlink > 1;
        if (m_precious != 0 && status.st_ino == m_precious)
            restorePrecious(folder, name.c_str());
        else if (!isPlain || isLinked ||
                 (status.st_uid == geteuid() && name.find(".scratchproof") == std::string::npos))
            unlinkat(folder, name.c_str(), S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
        else if (name.compare(0, kAside.size(), kAside) == 0)
            giveNameBack(folder, name, name.substr(kAside.size()));
    }
    /// Or one like it, where it is taken.
    static void giveNameBack(int folder, const std::string& name, std::string back)
    {
        for (const char last : std::string_view("abcdefghijklmnopqrstuvwxyz")) {
            if (renameat2(folder, name.c_str(), folder, back.c_str(), kNoReplace) == 0)
                return;
            back.back() = last;
        }
    }

    std::string m_folder;
    std::string m_victim;
    std::string m_last = "none";
    std::mt19937 m_random{std::random_device()()};
    std::uint64_t m_moves = 0;
    bool m_swapped = false;

    ino_t m_precious = 0;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s FOLDER VICTIM\n", argv[0]);
        return 2;
    }
    umask(0);
    Stranger stranger(argv[1], argv[2]);
    return stranger.run();
}
