// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/directory_entries.h"
#include "core/system/linux.h"
#include "core/system/processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <span>

namespace scratchproof {

namespace {

/// Processes as Linux does them. Stateless.
class LinuxProcesses final : public Processes
{
public:
    Result<ChildProcess> start(const std::vector<std::string>& arguments) override;
    Result<ChildProcess> startCopy(const std::function<int()>& body, const std::string& title) override;
    Result<void> sendSignal(int pidFd, int signal) override;
    Result<std::optional<ExitStatus>> reap(int pidFd) override;
    Result<UniqueFd> openProcess(int pid) override;
    Result<int> waitFor(std::span<WatchedFd> watched, Nanoseconds timeout) override;
    Result<UniqueFd> makeNotifier() override;
    void notify(int notifier) override;
    void acknowledge(int notifier) override;
    ProcessIdentity self() override;
    std::optional<std::uint64_t> startTime(int pid) override;
    Result<std::vector<int>> all() override;
    Result<std::uint64_t> pidNamespace() override;
    std::uint32_t userId() override;
    std::uint32_t groupId() override;
    std::vector<std::uint32_t> groups() override;
    std::optional<std::string> userName(std::uint32_t uid) override;
    std::optional<std::string> groupName(std::uint32_t gid) override;
    Result<std::optional<UserAccount>> userAccount(const std::string& name) override;
    std::vector<std::uint32_t> accountGroups(const std::string& user, std::uint32_t gid) override;
    Result<std::optional<UserAccount>> userAccountOf(std::uint32_t uid) override;
    ResourceLimits limits() override;
    void fillRandom(std::span<std::byte> into) override;
};

} // namespace

namespace {

// P_PIDFD of waitid(2); glibc 2.36 has it, but only as an enumerator of newer headers elsewhere.
constexpr auto kWaitForPidFd = static_cast<idtype_t>(3);

struct Pipe
{
    UniqueFd readEnd;
    UniqueFd writeEnd;
};

Result<Pipe> makePipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe2", {}, errno);
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void makeNonBlocking(int fd)
{
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// posix_spawn's two objects, destroyed in any case.
class SpawnPlan
{
public:
    SpawnPlan()
    {
        posix_spawn_file_actions_init(&m_actions);
        posix_spawnattr_init(&m_attributes);
    }
    ~SpawnPlan()
    {
        posix_spawn_file_actions_destroy(&m_actions);
        posix_spawnattr_destroy(&m_attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    /// 0 or the errno of the first call that failed.
    int prepare(int input, int output, int errors)
    {
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        const auto flags = static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
        for (const int code : {
                 posix_spawnattr_setflags(&m_attributes, flags),
                 posix_spawnattr_setpgroup(&m_attributes, 0),
                 posix_spawnattr_setsigmask(&m_attributes, &none),
                 posix_spawnattr_setsigdefault(&m_attributes, &all),
                 posix_spawn_file_actions_addchdir_np(&m_actions, "/"),
                 posix_spawn_file_actions_adddup2(&m_actions, input, STDIN_FILENO),
                 posix_spawn_file_actions_adddup2(&m_actions, output, STDOUT_FILENO),
                 posix_spawn_file_actions_adddup2(&m_actions, errors, STDERR_FILENO),
                 posix_spawn_file_actions_addclosefrom_np(&m_actions, STDERR_FILENO + 1),
             }) {
            if (code != 0)
                return code;
        }
        return 0;
    }
    int spawn(int& pid, const char* program, char* const* arguments)
    {
        return posix_spawn(&pid, program, &m_actions, &m_attributes, arguments, environ);
    }

private:
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

/// Moves a descriptor out of 0 to 2, where dup2() of the spawn actions would overwrite it before it is used.
UniqueFd aboveStandard(UniqueFd fd)
{
    if (fd.get() > STDERR_FILENO)
        return fd;
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// Names the process in its list: what is left of its arguments (proc(5), cmdline) is overwritten.
void retitle(const std::string& title)
{
    Files& files = linuxFiles();
    const auto whole = readSmallFile(files, "/proc/self/cmdline", std::size_t{64} << 10U);
    const std::size_t program = std::strlen(program_invocation_name) + 1;
    // glibc leaves program_invocation_name where the kernel put it.
    if (!whole || whole->size() < program + title.size() + 1 || !whole->starts_with(program_invocation_name))
        return;
    std::memset(program_invocation_name + program, 0, whole->size() - program);
    title.copy(program_invocation_name + program, title.size()); // the NUL behind it is there
}

/// Of a child: its own ends of the pipes for its standard descriptors, and those that its parent keeps.
struct StandardPipes
{
    UniqueFd childInput;
    UniqueFd childOutput;
    UniqueFd childErrors;
    UniqueFd input;
    UniqueFd output;
    UniqueFd errors;
};

Result<StandardPipes> makeStandardPipes()
{
    auto input = makePipe();
    auto output = makePipe();
    auto errors = makePipe();
    for (const auto* pipe : {&input, &output, &errors}) {
        if (!*pipe)
            return fail(pipe->error());
    }
    return StandardPipes{aboveStandard(std::move(input->readEnd)),
                         aboveStandard(std::move(output->writeEnd)),
                         aboveStandard(std::move(errors->writeEnd)),
                         std::move(input->writeEnd),
                         std::move(output->readEnd),
                         std::move(errors->readEnd)};
}

/// What SpawnPlan asks of posix_spawn(3), by hand.
void becomeChild(const StandardPipes& ends, const std::string& title)
{
    ::setpgid(0, 0);
    struct sigaction usual
    {};
    usual.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &usual, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::chdir("/") != 0 || ::dup2(ends.childInput.get(), STDIN_FILENO) < 0 ||
        ::dup2(ends.childOutput.get(), STDOUT_FILENO) < 0 || ::dup2(ends.childErrors.get(), STDERR_FILENO) < 0)
        ::_exit(127);
    ::closefrom(STDERR_FILENO + 1);
    retitle(title);
}

/// What a parent keeps of a child that runs.
Result<ChildProcess> watched(Processes& processes, ChildProcess child, StandardPipes ends)
{
    auto pidFd = processes.openProcess(child.pid);
    if (!pidFd) {
        // Without a pidfd (no descriptor left, say) it cannot be watched; it ends by itself with its input.
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
        return fail(pidFd.error());
    }
    child.pidFd = std::move(*pidFd);
    child.input = std::move(ends.input);
    child.output = std::move(ends.output);
    child.errors = std::move(ends.errors);
    makeNonBlocking(child.input.get());
    makeNonBlocking(child.output.get());
    makeNonBlocking(child.errors.get());
    return child;
}

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

Result<ChildProcess> LinuxProcesses::start(const std::vector<std::string>& arguments)
{
    auto ends = makeStandardPipes();
    if (!ends)
        return fail(std::move(ends.error()));
    std::vector<std::string> copies = arguments;
    std::vector<char*> pointers;
    for (auto& argument : copies)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);

    SpawnPlan plan;
    ChildProcess child;
    int code = plan.prepare(ends->childInput.get(), ends->childOutput.get(), ends->childErrors.get());
    if (code == 0)
        code = plan.spawn(child.pid, pointers.front(), pointers.data());
    if (code != 0)
        return fail("posix_spawn", arguments.front(), code);
    return watched(*this, std::move(child), std::move(*ends));
}

Result<ChildProcess> LinuxProcesses::startCopy(const std::function<int()>& body, const std::string& title)
{
    if (__libc_single_threaded == 0)
        return fail("fork", {}, ENOTSUP);
    auto ends = makeStandardPipes();
    if (!ends)
        return fail(std::move(ends.error()));
    ChildProcess child;
    child.pid = ::fork();
    if (child.pid < 0)
        return fail("fork", {}, errno);
    if (child.pid == 0) {
        becomeChild(*ends, title);
        ::_exit(body()); // what this process has buffered, or would do at its end, is its own
    }
    return watched(*this, std::move(child), std::move(*ends));
}

Result<void> LinuxProcesses::sendSignal(int pidFd, int signal)
{
    if (::syscall(SYS_pidfd_send_signal, pidFd, signal, nullptr, 0) == 0)
        return {};
    return fail("pidfd_send_signal", {}, errno);
}

Result<std::optional<ExitStatus>> LinuxProcesses::reap(int pidFd)
{
    siginfo_t info{};
    if (::waitid(kWaitForPidFd, static_cast<id_t>(pidFd), &info, WEXITED | WNOHANG) != 0)
        return fail("waitid", {}, errno);
    if (info.si_pid == 0)
        return std::nullopt;
    return ExitStatus{info.si_code != CLD_EXITED, info.si_status};
}

Result<UniqueFd> LinuxProcesses::openProcess(int pid)
{
    const long fd = ::syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return fail("pidfd_open", {}, errno);
    return UniqueFd(static_cast<int>(fd));
}

Result<int> LinuxProcesses::waitFor(std::span<WatchedFd> watched, Nanoseconds timeout)
{
    std::vector<pollfd> raw;
    raw.reserve(watched.size());
    for (const auto& one : watched) {
        const int events = (one.forReading ? POLLIN : 0) | (one.forWriting ? POLLOUT : 0) | (one.urgent ? POLLPRI : 0);
        raw.push_back({one.fd, static_cast<short>(events), 0});
    }
    const timespec wait{static_cast<time_t>(timeout / kNanosecondsPerSecond),
                        static_cast<long>(timeout % kNanosecondsPerSecond)};
    const int ready = ::ppoll(raw.data(), raw.size(), timeout < 0 ? nullptr : &wait, nullptr);
    for (std::size_t i = 0; i < raw.size(); ++i)
        watched[i].ready = ready > 0 && raw[i].revents != 0;
    if (ready >= 0)
        return ready;
    if (errno == EINTR)
        return 0;
    return fail("ppoll", {}, errno);
}

Result<UniqueFd> LinuxProcesses::makeNotifier()
{
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return fail("eventfd", {}, errno);
    return UniqueFd(fd);
}

void LinuxProcesses::notify(int notifier)
{
    // EAGAIN (the counter is at its end) is as good: it is readable then.
    static_cast<void>(::eventfd_write(notifier, 1));
}

void LinuxProcesses::acknowledge(int notifier)
{
    eventfd_t count = 0;
    static_cast<void>(::eventfd_read(notifier, &count));
}

ProcessIdentity LinuxProcesses::self()
{
    const int pid = ::getpid();
    return {pid, startTime(pid).value_or(0)};
}

std::optional<std::uint64_t> LinuxProcesses::startTime(int pid)
{
    Files& files = linuxFiles();
    const auto text = readSmallFile(files, fmt::format("/proc/{}/stat", pid).c_str(), 4096);
    if (!text)
        return std::nullopt;
    // Field 2 is the name in parentheses and may hold anything; field 22 is the 20th after the last ')' (proc(5)).
    const auto nameEnd = text->rfind(')');
    if (nameEnd == std::string::npos)
        return std::nullopt;
    std::size_t at = nameEnd + 1;
    for (int field = 3; field <= 22; ++field) {
        at = text->find_first_not_of(' ', at);
        if (at == std::string::npos)
            return std::nullopt;
        if (field < 22)
            at = text->find(' ', at);
        if (at == std::string::npos)
            return std::nullopt;
    }
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text->data() + at, text->data() + text->size(), value);
    return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

Result<std::vector<int>> LinuxProcesses::all()
{
    Files& files = linuxFiles();
    auto proc = files.open(kWorkingDirectory, "/proc", O_RDONLY | O_DIRECTORY);
    if (!proc)
        return fail(proc.error());
    std::vector<int> pids;
    std::vector<std::byte> buffer(32768);
    for (;;) {
        const auto filled = files.readEntries(proc->get(), buffer);
        if (!filled)
            return fail(filled.error());
        if (*filled == 0)
            return pids;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            const std::string_view name(entry->name);
            int pid = 0;
            const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
            if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size())
                pids.push_back(pid);
        }
    }
}

Result<std::uint64_t> LinuxProcesses::pidNamespace()
{
    struct stat status; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::stat("/proc/self/ns/pid", &status) != 0)
        return fail("stat", "/proc/self/ns/pid", errno);
    return static_cast<std::uint64_t>(status.st_ino);
}

void LinuxProcesses::fillRandom(std::span<std::byte> into)
{
    while (!into.empty()) {
        const ssize_t count = ::getrandom(into.data(), into.size(), 0);
        if (count > 0)
            into = into.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            std::abort(); // Without randomness no name would be unguessable; there is no safe way on.
    }
}

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

Processes& linuxProcesses()
{
    static LinuxProcesses& instance = *new LinuxProcesses;
    return instance;
}

} // namespace scratchproof
