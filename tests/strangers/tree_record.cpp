// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/strangers/tree_record.h"

#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <iterator>

namespace scratchproof::test {

namespace {

std::string contentOf(const Path& path)
{
    const int fd = open(path.c_str(), O_RDONLY | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        failSetup("open " + path);
    std::string content;
    std::array<char, 65536> buffer{};
    ssize_t count = 0;
    while ((count = read(fd, buffer.data(), buffer.size())) > 0)
        content.append(buffer.data(), static_cast<std::size_t>(count));
    close(fd);
    return std::to_string(std::hash<std::string>()(content));
}

std::string attributesOf(const Path& path)
{
    std::array<char, 4096> names{};
    const ssize_t length = llistxattr(path.c_str(), names.data(), names.size());
    std::string all;
    for (ssize_t at = 0; at < length;) {
        const std::string name(names.data() + at);
        std::array<char, 4096> value{};
        const ssize_t size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
        all += name + "=" + std::string(value.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))) + " ";
        at += static_cast<ssize_t>(name.size()) + 1;
    }
    return all;
}

std::string timeOf(const timespec& time)
{
    return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

std::string lineOf(const Path& path, const Path& shown, bool withTime)
{
    struct stat status = {};
    if (lstat(path.c_str(), &status) != 0)
        failSetup("lstat " + path);
    std::string line = shown + " mode " + std::to_string(status.st_mode) + " owner " + std::to_string(status.st_uid) +
                       ":" + std::to_string(status.st_gid);
    if (withTime)
        line += " size " + std::to_string(status.st_size) + " changed " + timeOf(status.st_mtim);
    line += " " + attributesOf(path);
    if (S_ISREG(status.st_mode))
        line += " read " + timeOf(status.st_atim) + " content " + contentOf(path);
    if (S_ISLNK(status.st_mode))
        line += " to " + std::filesystem::read_symlink(path).native();
    return line;
}

} // namespace

std::vector<std::string> recordTree(const Path& folder, bool topMayBeWrittenTo)
{
    std::vector<std::string> lines{lineOf(folder, ".", !topMayBeWrittenTo)};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const Path path = entry.path().native();
        lines.push_back(lineOf(path, path.substr(folder.size() + 1), true));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::string differences(const std::vector<std::string>& before, const std::vector<std::string>& after)
{
    std::vector<std::string> lost;
    std::vector<std::string> come;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(lost));
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(come));
    std::string text;
    for (const auto& line : lost)
        text += "- " + line + "\n";
    for (const auto& line : come)
        text += "+ " + line + "\n";
    return text;
}

void makePrecious(const Path& folder, unsigned user, unsigned mode)
{
    makeFolder(folder, mode);
    for (const std::string name : {"/open", "/closed", "/closed/deeper", "/hollow"})
        makeFolder(folder + name, name == "/open" ? 0777 : 0700);
    writeFile(folder + "/open/everybody's", "anybody may write here", 0666);
    writeFile(folder + "/open/large", std::string(65536, 'x'), 0666);
    writeFile(folder + "/open/root's", "root's", 0600);
    for (const std::string name : {"CON", "AUX", "letter"})
        writeFile(folder + "/" + name, "kept", 0600);
    writeFile(folder + "/NUL", "", 0600);
    writeFile(folder + "/closed/program", "#!/bin/sh\n", 04755);
    writeFile(folder + "/closed/deeper/COM1", "kept", 0640);
    std::filesystem::create_symlink("closed/deeper", folder + "/link");
    if (mkfifo((folder + "/fifo").c_str(), 0622) != 0)
        failSetup("mkfifo");
    std::vector<Path> all{folder};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        all.push_back(entry.path().native());
    for (const auto& path : all) {
        if (path.find("root's") == Path::npos)
            changeOwner(path, user, user);
    }
    if (chmod((folder + "/closed/program").c_str(), 04755) != 0 ||
        lsetxattr((folder + "/letter").c_str(), "trusted.note", "kept", 4, 0) != 0)
        failSetup("precious");
    constexpr std::array<timespec, 2> kOld{timespec{1'000'000'000, 1}, timespec{1'000'000'001, 2}};
    for (auto path = all.rbegin(); path != all.rend(); ++path)
        utimensat(AT_FDCWD, path->c_str(), kOld.data(), AT_SYMLINK_NOFOLLOW);
}

} // namespace scratchproof::test
