// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/users.h"

#include "core/base/enum_names.h"
#include "core/scratch/marker.h"
#include "core/scratch/shown_places.h"
#include "core/system/directory_entries.h"
#include "core/tree/open_below.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <span>

namespace scratchproof {

namespace {

constexpr EnumNames<Use::SwapFile> kUseNames({"working-directory", "root-directory", "executable", "open-file",
                                              "mapped-file", "mount", "loop-device", "swap-file"});
constexpr std::string_view kDeleted = " (deleted)";       // proc(5): of what has no name any more
constexpr std::size_t kMostMaps = std::size_t{16} << 20U; // 65,530 mappings (vm.max_map_count) of 250 bytes
constexpr int kDeepest = 100'000;                         // folders above one another

/// mnt_id of /proc/PID/fdinfo/N (proc(5), since Linux 3.15).
std::optional<std::uint64_t> mountIdIn(const std::string& fdinfo)
{
    constexpr std::string_view kKey = "mnt_id:";
    const auto found = fdinfo.find(kKey);
    const auto digits = found == std::string::npos ? found : fdinfo.find_first_not_of(" \t", found + kKey.size());
    std::uint64_t id = 0;
    if (digits == std::string::npos ||
        std::from_chars(fdinfo.data() + digits, fdinfo.data() + fdinfo.size(), id).ec != std::errc())
        return std::nullopt;
    return id;
}

/// "\040" back to " ", as in /proc/swaps.
Path unescaped(std::string_view text)
{
    Path path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const auto digits = text.substr(i + 1 < text.size() ? i + 1 : i, 3);
        const bool isEscape = text[i] == '\\' && digits.size() == 3 &&
                              std::from_chars(digits.data(), digits.data() + 3, value, 8).ptr == digits.data() + 3;
        path += isEscape ? static_cast<char>(value) : text[i];
        i += isEscape ? 3 : 0;
    }
    return path;
}

/// Whether `sought` is the open folder `from`, or above it on its mount. Nothing: no folder, or the way up is closed.
std::optional<bool> isBelow(System& system, int from, const FileStatus& sought)
{
    UniqueFd held;
    int here = from;
    for (int level = 0; level < kDeepest; ++level) {
        const auto status = system.attributes.status(here);
        if (!status || !status->isDirectory())
            return std::nullopt;
        if (status->sameFileAs(sought))
            return true;
        // Above it another file system begins, which may be a dead one.
        if (status->isMountRoot() != false)
            return false;
        auto above = system.files.open(here, "..", O_PATH | O_DIRECTORY);
        if (!above)
            return std::nullopt;
        held = std::move(*above);
        here = held.get();
    }
    return std::nullopt;
}

void forEachEntry(System& system, int folder, std::vector<std::byte>& buffer,
                  const std::function<bool(const DirectoryEntry&)>& visit)
{
    for (;;) {
        const auto filled = system.files.readEntries(folder, buffer);
        if (!filled || *filled == 0)
            return;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            if (!entry->isDotOrDotDot() && !visit(*entry))
                return;
        }
    }
}

/// One line of /proc/PID/maps.
struct MappedLine
{
    std::string_view path; // a newline in it is "\012"
    DeviceNumber device;
    std::uint64_t inode = 0;
};

/// "7f00-7f01 r--p 00000000 08:01 1234   /path"; nothing where no file is mapped.
std::optional<MappedLine> parseMapped(std::string_view line)
{
    MappedLine mapped;
    const auto slash = line.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    mapped.path = line.substr(slash);
    std::size_t at = 0;
    for (int field = 0; field < 3; ++field)
        at = line.find(' ', at) + 1;
    const char* const end = line.data() + slash;
    const auto major = std::from_chars(line.data() + at, end, mapped.device.major, 16);
    if (major.ec != std::errc() || major.ptr >= end || *major.ptr != ':')
        return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, mapped.device.minor, 16);
    if (minor.ec != std::errc() || minor.ptr >= end ||
        std::from_chars(minor.ptr + 1, end, mapped.inode).ec != std::errc())
        return std::nullopt;
    return mapped;
}

/// One look at all that may use a directory.
class UserSearch
{
public:
    UserSearch(System& system, int folder, const Path& path, std::size_t most)
        : m_system(system), m_folder(folder), m_most(most), m_places(system, folder, path),
          m_status(system.attributes.status(folder).value_or(FileStatus{})), m_buffer(16384), m_mapBuffer(65536)
    {}

    std::vector<UserOfDirectory> run()
    {
        // A process that ended meanwhile may have left a child behind, which has what it had.
        constexpr int kRounds = 3;
        std::size_t done = 0;
        for (int round = 0; round < kRounds && findProcesses(); ++round) {
            for (; done < m_looks.size(); ++done)
                addIf(m_looks[done], usedBy(m_looks[done]));
        }
        addMounts();
        addLoopDevices();
        addSwapFiles();
        if (m_users.empty() && mayHaveMappedFiles()) {
            for (const Look& look : m_looks)
                addIf(look, mapsFile(look) ? std::optional(Use::MappedFile) : std::nullopt);
        }
        return std::move(m_users);
    }

private:
    /// A process to look into; where its first thread has ended, another thread of it.
    struct Look
    {
        int pid = 0;
        Path folder; // "/proc/12", "/proc/12/task/14"
        std::size_t table = 0;
    };

    /// False: there were no new ones.
    bool findProcesses()
    {
        const int self = m_system.processes.self().pid;
        const std::size_t before = m_looks.size();
        for (const int pid : m_system.processes.all().value_or(std::vector<int>())) {
            if (pid == self || !m_known.insert(pid).second)
                continue;
            const Path process = fmt::format("/proc/{}", pid);
            const auto error = addLook(pid, process);
            if (error != ENOENT)
                continue;
            const auto tasks =
                m_system.files.open(kWorkingDirectory, (process + "/task").c_str(), O_RDONLY | O_DIRECTORY);
            if (!tasks)
                continue;
            forEachEntry(m_system, tasks->get(), m_buffer, [&](const DirectoryEntry& task) {
                return addLook(pid, fmt::format("{}/task/{}", process, task.name)) != 0;
            });
        }
        return m_looks.size() != before;
    }

    /// 0, or the errno of one that we may not look into, or that has ended.
    int addLook(int pid, const Path& process)
    {
        const auto name = m_system.files.readLink(kWorkingDirectory, (process + "/ns/mnt").c_str());
        if (!name)
            return name.error().code;
        auto root = m_system.files.readLink(kWorkingDirectory, (process + "/root").c_str()).value_or("/");
        if (!root.starts_with('/'))
            root = "/";
        auto table = m_places.find(*name, root);
        if (!table)
            table = m_places.add(*name, root, process);
        m_looks.push_back({pid, process, *table});
        return 0;
    }

    void addIf(const Look& look, std::optional<Use> use)
    {
        if (!use || m_users.size() >= m_most || (*use != Use::WorkingDirectory && isProber(look)))
            return;
        auto name = readSmallFile(m_system.files, (look.folder + "/comm").c_str()).value_or("");
        while (!name.empty() && name.back() == '\n')
            name.pop_back();
        m_users.push_back({look.pid, std::move(name), *use});
    }

    std::optional<Use> usedBy(const Look& look)
    {
        if (m_users.size() >= m_most)
            return std::nullopt;
        const auto process = m_system.files.open(kWorkingDirectory, look.folder.c_str(), O_PATH | O_DIRECTORY);
        if (!process)
            return std::nullopt;
        if (leadsInside(process->get(), "cwd", {}))
            return Use::WorkingDirectory;
        if (leadsInside(process->get(), "root", {}))
            return Use::RootDirectory;
        if (leadsInside(process->get(), "exe", {}))
            return Use::Executable;
        const auto open = m_system.files.open(process->get(), "fd", O_RDONLY | O_DIRECTORY);
        bool found = false;
        if (open) {
            forEachEntry(m_system, open->get(), m_buffer, [&](const DirectoryEntry& entry) {
                found = leadsInside(open->get(), entry.name, look.folder + "/fdinfo/");
                return !found;
            });
        }
        return found ? std::optional(Use::OpenFile) : std::nullopt;
    }

    /// Whether the link `name` of /proc leads into the directory. `infoFolder`: where its fdinfo is; "": it has none.
    bool leadsInside(int links, const char* name, const Path& infoFolder)
    {
        const auto text = m_system.files.readLink(links, name);
        // More than a page (PATH_MAX): only its mount and the folders above it can tell.
        const bool isTooLong = !text && text.error().code == ENAMETOOLONG;
        if (!isTooLong && (!text || !m_places.mayBeInside(*text)))
            return false;
        UniqueFd opened;
        std::optional<std::uint64_t> mount;
        if (infoFolder.empty()) {
            // O_PATH through such a link asks the file system nothing: there is no name to look up.
            opened = openLink(links, name);
            if (opened)
                mount = mountOf(opened.get());
        } else {
            mount = mountIdIn(readSmallFile(m_system.files, (infoFolder + name).c_str()).value_or(""));
        }
        if (!mount)
            return !isTooLong && m_system.files.readLink(links, name).has_value(); // not if it was closed meanwhile
        if (!isTooLong) {
            const auto verdict = m_places.lies(*mount, *text);
            if (verdict != ShownPlaces::Verdict::Inside)
                return verdict == ShownPlaces::Verdict::UnknownMount;
            if (!text->ends_with(kDeleted))
                return true;
        }
        if (m_places.isWhollyInside(*mount))
            return true;
        if (!m_places.isOnSameFileSystem(*mount))
            return !isTooLong;
        // What is gone may have been in an earlier directory of this name: its own folders tell. A file has none.
        if (!opened)
            opened = openLink(links, name);
        return !opened || isBelow(m_system, opened.get(), m_status).value_or(true);
    }

    UniqueFd openLink(int links, const char* name)
    {
        auto opened = m_system.files.open(links, name, O_PATH);
        return opened ? std::move(*opened) : UniqueFd();
    }

    std::optional<std::uint64_t> mountOf(int fd)
    {
        return mountIdIn(readSmallFile(m_system.files, fmt::format("/proc/self/fdinfo/{}", fd).c_str()).value_or(""));
    }

    /// `scratchproof-cli prober`, by its program and /proc/PID/cmdline.
    bool isProber(const Look& look)
    {
        const auto words = readSmallFile(m_system.files, (look.folder + "/cmdline").c_str()).value_or("");
        const auto second = words.find('\0');
        if (second == std::string::npos || !std::string_view(words).substr(second + 1).starts_with("prober"))
            return false;
        const UniqueFd ours = openLink(kWorkingDirectory, "/proc/self/exe");
        const UniqueFd theirs = openLink(kWorkingDirectory, (look.folder + "/exe").c_str());
        const auto ourMount = ours ? mountOf(ours.get()) : std::nullopt;
        const auto theirMount = theirs ? mountOf(theirs.get()) : std::nullopt;
        if (!ourMount || !theirMount)
            return false;
        // Theirs may be on a dead share; ours is on one that answers.
        if (*ourMount != *theirMount &&
            (!m_places.deviceOf(*ourMount) || m_places.deviceOf(*ourMount) != m_places.deviceOf(*theirMount)))
            return false;
        const auto our = m_system.attributes.status(ours.get());
        const auto their = m_system.attributes.status(theirs.get());
        return our && their && our->sameFileAs(*their);
    }

    /// Not if there is nothing but the marker: removing it then takes no file away that could be mapped.
    bool mayHaveMappedFiles()
    {
        const auto again = m_system.files.open(m_folder, ".", O_RDONLY | O_DIRECTORY);
        if (!again)
            return true;
        bool found = false;
        forEachEntry(m_system, again->get(), m_buffer, [&](const DirectoryEntry& entry) {
            found = std::string_view(entry.name) != kMarkerName;
            return !found;
        });
        return found;
    }

    bool mapsFile(const Look& look)
    {
        if (m_users.size() >= m_most)
            return false;
        const auto maps = m_system.files.open(kWorkingDirectory, (look.folder + "/maps").c_str(), O_RDONLY);
        if (!maps)
            return false;
        m_lastMapped.clear();
        std::size_t kept = 0; // of a line that is not read to its end
        for (std::size_t all = 0; all < kMostMaps;) {
            if (kept == m_mapBuffer.size())
                kept = 0; // no line is that long
            const auto count =
                m_system.files.read(maps->get(), std::as_writable_bytes(std::span(m_mapBuffer).subspan(kept)));
            if (!count || *count == 0)
                return false;
            all += *count;
            std::string_view rest(m_mapBuffer.data(), kept + *count);
            for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
                if (isMappedInside(look, rest.substr(0, end)))
                    return true;
                rest.remove_prefix(end + 1);
            }
            kept = rest.size();
            std::copy(rest.begin(), rest.end(), m_mapBuffer.begin());
        }
        return false;
    }

    bool isMappedInside(const Look& look, std::string_view line)
    {
        const auto mapped = parseMapped(line);
        if (!mapped)
            return false;
        if (mapped->path == m_lastMapped) // a library has several lines
            return false;
        m_lastMapped = mapped->path;
        // A newline is written as "\012" there, and a backslash as itself.
        Path path = m_lastMapped;
        if (!m_places.mayBeInside(path)) {
            path = withNewlines(m_lastMapped);
            if (!m_places.mayBeInside(path))
                return false;
        }
        if (m_places.liesByText(look.table, path))
            return true;
        // It may have been mapped in another namespace, or something else be mounted over it: the file itself tells.
        if (mapped->device != m_places.device())
            return false;
        if (path.ends_with(kDeleted))
            return true;
        return isInodeInside(path, mapped->inode);
    }

    static Path withNewlines(const Path& text)
    {
        Path path;
        std::size_t from = 0;
        for (auto at = text.find("\\012"); at != Path::npos; at = text.find("\\012", from)) {
            path.append(text, from, at - from).append(1, '\n');
            from = at + 4;
        }
        return path.append(text, from);
    }

    bool isInodeInside(const Path& path, std::uint64_t inode)
    {
        for (const Path& shown : m_places.shown()) {
            const auto below = pathBelow(path, shown);
            if (!below || below->empty())
                continue;
            const auto file =
                m_system.files.openBeneath(m_folder, Path(*below).c_str(), O_PATH | O_NOFOLLOW, BeneathRules{});
            const auto status = file ? m_system.attributes.status(file->get()) : Result<FileStatus>(fail(file.error()));
            if (status && status->inode == inode)
                return true;
        }
        return false;
    }

    void addMounts()
    {
        if (const auto point = m_places.usedByMountOf(0); point && m_users.size() < m_most)
            m_users.push_back({0, *point, Use::Mount});
        std::set<std::size_t> asked{0};
        for (const Look& look : m_looks) {
            if (asked.insert(look.table).second && m_places.usedByMountOf(look.table))
                addIfNew(look);
        }
    }

    void addIfNew(const Look& look)
    {
        const bool isKnown = std::any_of(m_users.begin(), m_users.end(),
                                         [&](const UserOfDirectory& user) { return user.pid == look.pid; });
        if (!isKnown)
            addIf(look, Use::Mount);
    }

    /// loop(4): /sys/block/loopN/loop/backing_file, where a file is bound to it.
    void addLoopDevices()
    {
        const auto devices = m_system.files.open(kWorkingDirectory, "/sys/block", O_RDONLY | O_DIRECTORY);
        if (!devices)
            return;
        forEachEntry(m_system, devices->get(), m_buffer, [&](const DirectoryEntry& entry) {
            if (!std::string_view(entry.name).starts_with("loop"))
                return true;
            auto file =
                readSmallFile(m_system.files, fmt::format("/sys/block/{}/loop/backing_file", entry.name).c_str())
                    .value_or("");
            if (file.ends_with('\n'))
                file.pop_back();
            if (m_places.mayBeInside(file) && m_users.size() < m_most)
                m_users.push_back({0, fmt::format("/dev/{}", entry.name), Use::LoopDevice});
            return true;
        });
    }

    /// proc(5): a head line, then one for each, whose first word is the escaped name.
    void addSwapFiles()
    {
        const auto all = readSmallFile(m_system.files, "/proc/swaps").value_or("");
        std::string_view rest(all);
        while (!rest.empty()) {
            const auto line = rest.substr(0, rest.find('\n'));
            const auto file = unescaped(line.substr(0, line.find_first_of(" \t")));
            if (file.starts_with('/') && m_places.mayBeInside(file) && m_users.size() < m_most)
                m_users.push_back({0, file, Use::SwapFile});
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        }
    }

    System& m_system;
    int m_folder;
    std::size_t m_most;
    ShownPlaces m_places;
    FileStatus m_status;
    std::set<int> m_known;
    std::vector<Look> m_looks;
    std::vector<std::byte> m_buffer;
    std::vector<char> m_mapBuffer;
    Path m_lastMapped;
    std::vector<UserOfDirectory> m_users;
};

} // namespace

std::string_view toString(Use use)
{
    return kUseNames.nameOf(use);
}

std::vector<UserOfDirectory> usersOf(System& system, int folder, const Path& path, std::size_t most)
{
    return UserSearch(system, folder, path, most).run();
}

bool liesIn(System& system, int folder, const Path& folderPath, const Path& other)
{
    const ShownPlaces places(system, folder, folderPath);
    if (places.liesByText(0, other))
        return true;
    const auto sought = system.attributes.status(folder);
    if (!sought || !places.isOnSameFileSystemByText(other))
        return false;
    const auto opened = system.files.open(kWorkingDirectory, other.c_str(), O_PATH | O_DIRECTORY);
    return opened && isBelow(system, opened->get(), *sought).value_or(false);
}

} // namespace scratchproof
