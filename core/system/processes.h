// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scratchproof {

/// A child with pipes of its own. Descriptors are this side's ends, O_CLOEXEC; the output ends do not block.
struct ChildProcess
{
    int pid = 0;
    UniqueFd pidFd;
    UniqueFd input;  // writing end: what is written arrives at the child's standard input
    UniqueFd output; // reading end of its standard output
    UniqueFd errors; // reading end of its standard error
};

/// How a child ended.
struct ExitStatus
{
    bool signalled = false;
    int value = 0; // exit code, or the signal's number
};

/// What to watch in waitFor(), and what was seen.
struct WatchedFd
{
    int fd = -1;
    bool forReading = false;
    bool forWriting = false;
    bool urgent = false; // POLLPRI: how /proc/self/mountinfo says that mounts changed
    bool ready = false;  // out: readable, writable, at its end, or in error
};

/// A user's account, as passwd(5) has it.
struct UserAccount
{
    std::string name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    Path home;
};

/// Identity of a process that survives the reuse of its number.
struct ProcessIdentity
{
    int pid = 0;
    std::uint64_t startTime = 0; // clock ticks after boot, field 22 of /proc/PID/stat
    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Soft limits of this process (getrlimit(2)); nothing: unlimited.
struct ResourceLimits
{
    std::optional<std::uint64_t> fileSizeBytes; // RLIMIT_FSIZE
    std::optional<std::uint64_t> openFiles;     // RLIMIT_NOFILE
};

/// The system calls about processes, users and pipes. Thread safe.
class Processes
{
public:
    virtual ~Processes() = default;

    /// Starts `program` (an absolute path) by posix_spawn(3): in "/", every other descriptor closed, signal mask empty
    /// and handlers reset, in a process group of its own, so that Ctrl-C on the terminal is for the parent alone. Never
    /// PR_SET_PDEATHSIG, which fires when the starting *thread* ends (prctl(2)).
    [[nodiscard]] virtual Result<ChildProcess> start(const std::vector<std::string>& arguments) = 0;
    /// As start(), but by fork(2): a copy of this process, which runs `body`, ends with what that returns, and is
    /// listed as "PROGRAM `title`" where this one's arguments leave room for that. It saves what loading a program
    /// takes, so it is for short commands. ENOTSUP if this process has had a second thread (sys/single_threaded.h),
    /// whose locks the copy would find taken for ever.
    [[nodiscard]] virtual Result<ChildProcess> startCopy(const std::function<int()>& body,
                                                         const std::string& title) = 0;
    /// pidfd_send_signal(2).
    [[nodiscard]] virtual Result<void> sendSignal(int pidFd, int signal) = 0;
    /// waitid(P_PIDFD, WNOHANG): nothing while it lives.
    [[nodiscard]] virtual Result<std::optional<ExitStatus>> reap(int pidFd) = 0;
    /// pidfd_open(2) of any process. ESRCH where there is none.
    [[nodiscard]] virtual Result<UniqueFd> openProcess(int pid) = 0;

    /// poll(2): waits until one is ready or `timeout` is over (negative: for ever); how many are ready. EINTR counts as
    /// none.
    [[nodiscard]] virtual Result<int> waitFor(std::span<WatchedFd> watched, Nanoseconds timeout) = 0;
    /// eventfd(2), non-blocking; signalled by notify(), emptied by acknowledge().
    [[nodiscard]] virtual Result<UniqueFd> makeNotifier() = 0;
    virtual void notify(int notifier) = 0;
    virtual void acknowledge(int notifier) = 0;

    [[nodiscard]] virtual ProcessIdentity self() = 0;
    /// Start time of any process; nothing if it is gone or hidden.
    [[nodiscard]] virtual std::optional<std::uint64_t> startTime(int pid) = 0;
    /// Every process that /proc shows.
    [[nodiscard]] virtual Result<std::vector<int>> all() = 0;
    /// Inode of the PID namespace, which tells namespaces of one boot apart.
    [[nodiscard]] virtual Result<std::uint64_t> pidNamespace() = 0;

    [[nodiscard]] virtual std::uint32_t userId() = 0;              // effective
    [[nodiscard]] virtual std::uint32_t groupId() = 0;             // effective
    [[nodiscard]] virtual std::vector<std::uint32_t> groups() = 0; // supplementary
    /// The name of a user or group (getpwuid_r(3)); nothing where the number has none. May ask a directory server.
    [[nodiscard]] virtual std::optional<std::string> userName(std::uint32_t uid) = 0;
    [[nodiscard]] virtual std::optional<std::string> groupName(std::uint32_t gid) = 0;

    /// The account of that name (getpwnam_r(3)); nothing where there is none. An Error where it could not be found out.
    /// May ask a directory server.
    [[nodiscard]] virtual Result<std::optional<UserAccount>> userAccount(const std::string& name) = 0;
    /// Likewise, by its number (getpwuid_r(3)).
    [[nodiscard]] virtual Result<std::optional<UserAccount>> userAccountOf(std::uint32_t uid) = 0;

    /// The groups that a user's account has now, its own included (getgrouplist(3)), as a new session would get them.
    /// May ask a directory server.
    [[nodiscard]] virtual std::vector<std::uint32_t> accountGroups(const std::string& user, std::uint32_t gid) = 0;

    [[nodiscard]] virtual ResourceLimits limits() = 0;

    /// getrandom(2), all of `into`. Never fails once the system's pool is initialised; ends the process otherwise.
    virtual void fillRandom(std::span<std::byte> into) = 0;
};

} // namespace scratchproof
