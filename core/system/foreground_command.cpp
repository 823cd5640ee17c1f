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
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scratchproof {

namespace {

constexpr std::array<int, 10> kWatched{SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
                                       SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};

// How long after a signal that stops a job came to us a stop of the command is its answer.
constexpr std::chrono::seconds kStopIsFresh{5};

bool isJobControl(int signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/// The controlling terminal. Opening it fails with ENXIO where a process has none (tty(4)).
UniqueFd controllingTerminal()
{
    return UniqueFd(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
}

sigset_t onlySignal(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

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
    Watch(pid_t child, int signals, BesideCommand& beside) : m_child(child), m_signals(signals), m_beside(beside) {}

    /// 0 when the program runs, or the errno of its start; nothing if a signal that ends us came first. Its child may
    /// be stuck where the program lies, and ends whenever it wakes up; waitForEnd() is not to be called then.
    std::optional<int> waitForStart(int told)
    {
        for (;;) {
            if (waitForNews(told)) {
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
        for (;;) {
            while (const auto info = nextSignal())
                take(*info);
            while (const auto news = newsOfChild())
                take(*news);
            if (m_end)
                return end();
            if (isToStop())
                stopAsItDid();
            else
                waitForNews(-1);
        }
    }

    [[nodiscard]] CommandEnd end() const
    {
        const bool interrupted = m_end->signalled && m_end->value == SIGINT;
        return {*m_end, interrupted && m_terminalInterrupt};
    }

private:
    using Clock = std::chrono::steady_clock;

    /// Whether `told` is readable.
    bool waitForNews(int told)
    {
        std::array<pollfd, 3> watched{{{told, POLLIN, 0}, {m_signals, POLLIN, 0}, {m_beside.attention(), POLLIN, 0}}};
        const Nanoseconds pause = m_beside.pause();
        const timespec wait{static_cast<time_t>(pause / kNanosecondsPerSecond),
                            static_cast<long>(pause % kNanosecondsPerSecond)};
        const int ready = ::ppoll(watched.data(), watched.size(), pause < 0 ? nullptr : &wait, nullptr);
        m_beside.attend();
        return ready > 0 && watched[0].revents != 0;
    }

    [[nodiscard]] std::optional<signalfd_siginfo> nextSignal() const
    {
        signalfd_siginfo info{};
        if (::read(m_signals, &info, sizeof info) != sizeof info)
            return std::nullopt;
        return info;
    }

    void take(const signalfd_siginfo& info)
    {
        const auto signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGCHLD || info.ssi_pid == static_cast<std::uint32_t>(::getpid()))
            return;
        if (isJobControl(signal))
            m_stopAsked = Clock::now();
        else if (signal == SIGCONT)
            m_stopAsked.reset();
        if (info.ssi_code > 0) // the kernel's: the whole process group has it
            m_terminalInterrupt = m_terminalInterrupt || signal == SIGINT;
        else if (!m_end)
            ::kill(m_child, signal);
    }

    /// What became of the command since it was last asked.
    [[nodiscard]] std::optional<siginfo_t> newsOfChild(int options = 0) const
    {
        siginfo_t info{};
        if (m_end || ::waitid(P_PID, static_cast<id_t>(m_child), &info,
                              WEXITED | WSTOPPED | WCONTINUED | WNOHANG | options) != 0)
            return std::nullopt;
        return info.si_pid == 0 ? std::nullopt : std::optional(info);
    }

    void take(const siginfo_t& news)
    {
        if (news.si_code == CLD_STOPPED)
            m_stoppedBy = news.si_status;
        else if (news.si_code == CLD_CONTINUED)
            m_stoppedBy.reset();
        else
            m_end = ExitStatus{news.si_code != CLD_EXITED, news.si_status};
    }

    [[nodiscard]] bool isToStop() const
    {
        if (!m_stoppedBy)
            return false;
        if (m_stopAsked && Clock::now() - *m_stopAsked < kStopIsFresh)
            return true;
        const UniqueFd terminal = controllingTerminal();
        // A shell that took the terminal for a group of its own stops that by SIGSTOP ("suspend" of bash(1)), and only
        // the shell before it can take the terminal back.
        return terminal && (isJobControl(*m_stoppedBy) || hasTerminal(terminal.get()));
    }

    /// Whether the command made itself a process group that is in the foreground.
    [[nodiscard]] bool hasTerminal(int terminal) const
    {
        const pid_t group = ::getpgid(m_child);
        return group != ::getpgrp() && ::tcgetpgrp(terminal) == group;
    }

    /// Stops us until we are continued; not if the command goes on already. The kernel does it, by the signal that
    /// stops jobs, and so leaves an orphaned process group alone.
    void stopAsItDid()
    {
        struct sigaction standard = {};
        struct sigaction before = {};
        standard.sa_handler = SIG_DFL;
        ::sigaction(SIGTSTP, &standard, &before);
        // It is blocked, and a SIGCONT that comes from now on takes it away (signal(7)): none is missed.
        ::raise(SIGTSTP);
        if (!newsOfChild(WNOWAIT)) {
            const sigset_t stop = onlySignal(SIGTSTP);
            const UniqueFd terminal = controllingTerminal();
            const bool hadTerminal = terminal && hasTerminal(terminal.get());
            pthread_sigmask(SIG_UNBLOCK, &stop, nullptr); // here we are stopped
            // The shell that continues us in the foreground knows of our group only.
            if (hadTerminal && ::tcgetpgrp(terminal.get()) == ::getpgrp())
                static_cast<void>(::tcsetpgrp(terminal.get(), ::getpgid(m_child)));
            pthread_sigmask(SIG_BLOCK, &stop, nullptr);
            m_stoppedBy.reset();
            m_stopAsked.reset();
        }
        ::sigaction(SIGTSTP, &before, nullptr);
    }

    pid_t m_child;
    int m_signals;
    BesideCommand& m_beside;
    bool m_terminalInterrupt = false;
    std::optional<int> m_stoppedBy;               // the signal that stopped the command, unless we were stopped with it
    std::optional<Clock::time_point> m_stopAsked; // a signal that stops jobs came to us
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
                                          BesideCommand& beside)
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
    const int announceTo = beside.toldAt();
    const pid_t child = ::fork();
    if (child < 0)
        return fail("fork", {}, errno);
    if (child == 0)
        becomeProgram(wordPointers.data(), environmentPointers.data(), m_inherited, signals.childAction(), tell.get(),
                      announceTo);
    tell.reset();
    beside.began(child);
    Watch watch(child, signals.fd(), beside);
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
