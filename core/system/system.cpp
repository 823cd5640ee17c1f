// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/system.h"

#include "core/system/inherited_signals.h"
#include "core/system/linux.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <ctime>

namespace scratchproof {

namespace {

class LinuxClock final : public ClockSource
{
public:
    Nanoseconds monotonic() override { return read(CLOCK_MONOTONIC); }
    Nanoseconds wall() override { return read(CLOCK_REALTIME); }
    Nanoseconds sinceBoot() override { return read(CLOCK_BOOTTIME); }
    bool isSynchronized() override
    {
        timex state{}; // modes 0: asks only
        return ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
    }

private:
    static Nanoseconds read(clockid_t clock)
    {
        timespec now{};
        ::clock_gettime(clock, &now);
        return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
    }
};

} // namespace

System& linuxSystem()
{
    // Never destroyed: a thread that waits in a call may still be there when the process ends.
    static System& system = *new System{linuxFiles(), linuxFileAttributes(), linuxProcesses(), *new LinuxClock};
    return system;
}

std::optional<std::string> environmentVariable(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing of ours changes the environment
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return std::string(value);
}

namespace {

/// The specification has relative paths in these variables ignored.
std::optional<Path> absoluteVariable(const char* name)
{
    auto value = environmentVariable(name);
    if (!value || value->front() != '/')
        return std::nullopt;
    return value;
}

} // namespace

std::optional<Path> stateFolder()
{
    if (const auto state = absoluteVariable("XDG_STATE_HOME"))
        return joinPath(*state, "scratchproof");
    if (const auto home = absoluteVariable("HOME"))
        return joinPath(*home, ".local/state/scratchproof");
    return std::nullopt;
}

Result<void> checkHome(System& system)
{
    const auto home = environmentVariable("HOME");
    const auto chosen = environmentVariable("XDG_STATE_HOME");
    if (!home || (chosen && chosen->front() == '/'))
        return {};
    const auto status = system.attributes.statusFollowing(kWorkingDirectory, home->c_str());
    return status ? Result<void>() : Result<void>(fail(status.error()));
}

std::optional<Path> runtimeFolder()
{
    if (const auto runtime = absoluteVariable("XDG_RUNTIME_DIR"))
        return joinPath(*runtime, "scratchproof");
    return std::nullopt;
}

Result<Path> workingDirectory()
{
    std::array<char, PATH_MAX> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::getcwd(buffer.data(), buffer.size()) == nullptr)
        return fail("getcwd", {}, errno);
    return Path(buffer.data());
}

void openClosedStandardStreams()
{
    for (int stream = 0; stream <= 2; ++stream) {
        // The lowest free number is taken, open(2): all below are open by now.
        if (::fcntl(stream, F_GETFD) == -1 && errno == EBADF)
            static_cast<void>(::open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY));
    }
}

Result<Path> ownProgram()
{
    auto program = linuxFiles().readLink(kWorkingDirectory, "/proc/self/exe");
    if (program)
        return program;
    // Without /proc: what the kernel was told to start, getauxval(3), relative to where we were then.
    const auto* started = reinterpret_cast<const char*>(::getauxval(AT_EXECFN)); // NOLINT(performance-no-int-to-ptr)
    if (started == nullptr || *started == '\0')
        return program;
    if (*started == '/')
        return Path(started);
    const auto folder = workingDirectory();
    return folder ? Result<Path>(absolutePath(started, *folder)) : program;
}

bool isTerminal(int standardStream)
{
    return ::isatty(standardStream) == 1;
}

std::optional<unsigned> terminalColumns(int standardStream)
{
    winsize size{};
    if (::ioctl(standardStream, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return std::nullopt;
    return size.ws_col;
}

namespace {

using SignalHandler = void (*)(int);
constexpr std::array<int, 2> kErrorSignals{SIGPIPE, SIGXFSZ};
std::array<SignalHandler, kErrorSignals.size()> g_inheritedHandlers{SIG_DFL, SIG_DFL};

} // namespace

void ignoreSignalsThatAreErrors()
{
    for (std::size_t i = 0; i < kErrorSignals.size(); ++i)
        g_inheritedHandlers[i] = std::signal(kErrorSignals[i], SIG_IGN);
}

void restoreInheritedSignals()
{
    for (std::size_t i = 0; i < kErrorSignals.size(); ++i)
        static_cast<void>(std::signal(kErrorSignals[i], g_inheritedHandlers[i]));
}

} // namespace scratchproof
