// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/foreground_command.h"

#include "core/system/inherited_signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scratchproof {

namespace {

constexpr std::array<int, 10> kWatched{SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
                                       SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};

sigset_t watchedSignals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : kWatched)
        sigaddset(&set, signal);
    sigaddset(&set, SIGCHLD);
    return set;
}

std::vector<std::string> environmentWith(const std::vector<std::pair<std::string, std::string>>& variables)
{
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const auto isSet = [&](const auto& one) { return text.substr(0, text.find('=')) == one.first; };
        if (std::none_of(variables.begin(), variables.end(), isSet))
            all.emplace_back(text);
    }
    for (const auto& [name, value] : variables)
        all.push_back(fmt::format("{}={}", name, value));
    return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// Async-signal-safe, as formatting is not. Before restoreInheritedSignals(): there may be nobody who reads.
void announce(int descriptor)
{
    std::array<char, 12> line{};
    std::size_t start = line.size();
    line[--start] = '\n';
    for (pid_t rest = ::getpid(); rest != 0 && start > 0; rest /= 10)
        line[--start] = static_cast<char>('0' + rest % 10);
    if (descriptor >= 0)
        static_cast<void>(!::write(descriptor, &line[start], line.size() - start));
}

/// The child: becomes the program, or writes errno to `tell`. Async-signal-safe but for what execvpe() does.
[[noreturn]] void becomeProgram(char* const* arguments, char* const* environment, const sigset_t& mask,
                                const struct sigaction& childAction, int tell, int announceTo)
{
    announce(announceTo);
    restoreInheritedSignals();
    static_cast<void>(::sigaction(SIGCHLD, &childAction, nullptr));
    static_cast<void>(::sigprocmask(SIG_SETMASK, &mask, nullptr));
    ::execvpe(arguments[0], arguments, environment);
    const int code = errno;
    static_cast<void>(!::write(tell, &code, sizeof code));
    ::_exit(127);
}

/// The watching side, from the fork to the end.
class Watch
{
public:
    Watch(pid_t child, int signals) : m_child(child), m_signals(signals) {}

    /// 0 when the program runs, or the errno of its start; nothing if a signal that ends us came first. Its child may
    /// be stuck where the program lies, and ends whenever it wakes up; waitForEnd() is not to be called then.
    std::optional<int> waitForStart(int told)
    {
        for (;;) {
            std::array<pollfd, 2> watched{{{told, POLLIN, 0}, {m_signals, POLLIN, 0}}};
            if (::poll(watched.data(), watched.size(), -1) < 0)
                continue;
            if (watched[0].revents != 0) {
                int code = 0;
                return ::read(told, &code, sizeof code) == sizeof code ? code : 0;
            }
            const auto info = nextSignal();
            if (!info)
                continue;
            const auto signal = static_cast<int>(info->ssi_signo);
            if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) {
                take(*info);
                ::kill(m_child, SIGKILL);
                m_end = ExitStatus{true, signal};
                return std::nullopt;
            }
            take(*info);
        }
    }

    CommandEnd waitForEnd()
    {
        while (!m_end) {
            pollfd watched{m_signals, POLLIN, 0};
            static_cast<void>(::poll(&watched, 1, -1));
            while (const auto info = nextSignal())
                take(*info);
            lookAtChild();
        }
        return end();
    }

    [[nodiscard]] CommandEnd end() const
    {
        const bool interrupted = m_end->signalled && m_end->value == SIGINT;
        return {*m_end, interrupted && m_terminalInterrupt};
    }

private:
    std::optional<signalfd_siginfo> nextSignal() const
    {
        signalfd_siginfo info{};
        if (::read(m_signals, &info, sizeof info) != sizeof info)
            return std::nullopt;
        return info;
    }

    void take(const signalfd_siginfo& info)
    {
        const auto signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGCHLD)
            return;
        if (info.ssi_code > 0) // the kernel's: the whole process group has it
            m_terminalInterrupt = m_terminalInterrupt || signal == SIGINT;
        else if (!m_end)
            ::kill(m_child, signal);
    }

    void lookAtChild()
    {
        siginfo_t info{};
        while (!m_end && ::waitid(P_PID, static_cast<id_t>(m_child), &info, WEXITED | WSTOPPED | WNOHANG) == 0 &&
               info.si_pid != 0) {
            if (info.si_code == CLD_STOPPED)
                ::raise(SIGSTOP);
            else
                m_end = ExitStatus{info.si_code != CLD_EXITED, info.si_status};
            info = {};
        }
    }

    pid_t m_child;
    int m_signals;
    bool m_terminalInterrupt = false;
    std::optional<ExitStatus> m_end;
};

/// The signals of kWatched and SIGCHLD blocked and readable from `fd`, and SIGCHLD not ignored; undone at the end,
/// except that what would end us is left blocked, and what is pending then is dropped.
class BlockedSignals
{
public:
    BlockedSignals()
    {
        const sigset_t watched = watchedSignals();
        pthread_sigmask(SIG_BLOCK, &watched, &m_before);
        struct sigaction standard = {};
        standard.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &standard, &m_childAction);
        m_fd = UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~BlockedSignals()
    {
        signalfd_siginfo info{};
        while (::read(m_fd.get(), &info, sizeof info) == sizeof info) {
        }
        ::sigaction(SIGCHLD, &m_childAction, nullptr);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP})
            sigaddset(&m_before, signal);
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

    [[nodiscard]] int fd() const { return m_fd.get(); }
    [[nodiscard]] const struct sigaction& childAction() const { return m_childAction; }

private:
    sigset_t m_before{};
    struct sigaction m_childAction = {};
    UniqueFd m_fd;
};

} // namespace

ForegroundCommand::ForegroundCommand() : m_inherited{}
{
    pthread_sigmask(SIG_SETMASK, nullptr, &m_inherited);
}

Result<CommandEnd> ForegroundCommand::run(const std::vector<std::string>& arguments,
                                          const std::vector<std::pair<std::string, std::string>>& variables,
                                          int announceTo)
{
    // All memory is taken before the fork: other threads may hold the allocator's locks.
    std::vector<std::string> words = arguments;
    std::vector<std::string> environment = environmentWith(variables);
    const std::vector<char*> wordPointers = pointersTo(words);
    const std::vector<char*> environmentPointers = pointersTo(environment);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe2", {}, errno);
    const UniqueFd told(ends[0]);
    UniqueFd tell(ends[1]);
    const BlockedSignals signals;
    if (signals.fd() < 0)
        return fail("signalfd", {}, errno);
    const pid_t child = ::fork();
    if (child < 0)
        return fail("fork", {}, errno);
    if (child == 0)
        becomeProgram(wordPointers.data(), environmentPointers.data(), m_inherited, signals.childAction(), tell.get(),
                      announceTo);
    tell.reset();
    Watch watch(child, signals.fd());
    const auto code = watch.waitForStart(told.get());
    if (!code)
        return watch.end();
    if (*code != 0) {
        ::waitpid(child, nullptr, 0);
        return fail("execvp", arguments.front(), *code);
    }
    return watch.waitForEnd();
}

void endByInterrupt()
{
    static_cast<void>(std::signal(SIGINT, SIG_DFL));
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
    static_cast<void>(std::raise(SIGINT));
}

} // namespace scratchproof
