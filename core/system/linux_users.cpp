// SPDX-License-Identifier: GPL-3.0-or-later
// What LinuxProcesses says of users, groups and limits.
#include "core/system/linux_processes.h"

#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace scratchproof {

namespace {

/// What getpwnam_r(3) and getpwuid_r(3) gave. "Not found" has several numbers (its man page, ERRORS).
Result<std::optional<UserAccount>> accountFrom(const char* call, const std::string& who, int code, const passwd* found)
{
    if (found != nullptr)
        return UserAccount{found->pw_name, found->pw_uid, found->pw_gid, found->pw_dir};
    if (code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM || code == ENOTDIR)
        return std::nullopt;
    return fail(call, {}, code, who);
}

std::optional<std::uint64_t> softLimit(__rlimit_resource_t which)
{
    rlimit limit{};
    if (::getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_cur;
}

} // namespace

std::uint32_t LinuxProcesses::userId()
{
    return ::geteuid();
}

std::uint32_t LinuxProcesses::groupId()
{
    return ::getegid();
}

std::vector<std::uint32_t> LinuxProcesses::groups()
{
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return {groups.begin(), groups.end()};
}

std::optional<std::string> LinuxProcesses::userName(std::uint32_t uid)
{
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return std::string(found->pw_name);
}

std::optional<std::string> LinuxProcesses::groupName(std::uint32_t gid)
{
    std::vector<char> buffer(65536);
    group entry{};
    group* found = nullptr;
    if (::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return std::string(found->gr_name);
}

std::vector<std::uint32_t> LinuxProcesses::accountGroups(const std::string& user, std::uint32_t gid)
{
    constexpr int kMostGroups = 65536; // NGROUPS_MAX
    int count = 256;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(user.c_str(), gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(std::clamp(count, 1, kMostGroups)));
        count = static_cast<int>(groups.size());
        if (::getgrouplist(user.c_str(), gid, groups.data(), &count) < 0)
            return {};
    }
    groups.resize(static_cast<std::size_t>(count));
    return {groups.begin(), groups.end()};
}

Result<std::optional<UserAccount>> LinuxProcesses::userAccount(const std::string& name)
{
    if (name.empty() || name.find('\0') != std::string::npos)
        return std::nullopt;
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return accountFrom("getpwnam_r", name, code, found);
}

Result<std::optional<UserAccount>> LinuxProcesses::userAccountOf(std::uint32_t uid)
{
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return accountFrom("getpwuid_r", std::to_string(uid), code, found);
}

ResourceLimits LinuxProcesses::limits()
{
    return {softLimit(RLIMIT_FSIZE), softLimit(RLIMIT_NOFILE)};
}

} // namespace scratchproof
