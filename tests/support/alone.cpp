// SPDX-License-Identifier: GPL-3.0-or-later
// usage: scratchproof_alone [--no-namespaces] [NAME=VALUE...] -- PROGRAM [ARGUMENT...]
// Runs a test where it sees only what it made, whoever starts it: no variable of the caller's (but those in kKept), a
// home, a runtime directory and a TMPDIR of its own (below the TMPDIR given here, else /tmp), no session bus, no
// terminal, umask 022, the signals as a shell starts programs. For root in namespaces of its own, too: mounts, a
// loopback where nothing listens, and processes, which end with it. Ends as the program did.
// --no-namespaces: for X servers, whose locks in /tmp name a process that they look for: from inside every server of
// the machine would look dead, and have its place taken.
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kUsage = 2;
constexpr int kNotStarted = 127;

/// The tests' own switches, and the sanitizers'.
constexpr std::string_view kKept[] = {"SCRATCHPROOF_SCALE", "SCRATCHPROOF_SHOW", "SCRATCHPROOF_SEED", "ASAN_OPTIONS",
                                      "LSAN_OPTIONS",       "UBSAN_OPTIONS",     "TSAN_OPTIONS"};
/// Whatever begins so is a switch of the tests, too.
constexpr std::string_view kKeptBeginning = "SCRATCHPROOF_TEST_";

volatile sig_atomic_t toldToEnd = 0; // the signal
volatile sig_atomic_t childOfOurs = 0;

void endChild(int signal)
{
    toldToEnd = signal;
    if (childOfOurs > 0)
        kill(static_cast<pid_t>(childOfOurs), SIGKILL);
}

[[noreturn]] void giveUp(const std::string& what)
{
    std::fprintf(stderr, "scratchproof_alone: %s: %s\n", what.c_str(), std::strerror(errno));
    _exit(kNotStarted);
}

struct Test
{
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    bool hasNamespaces = true;
};

void makeFolder(const std::string& path, mode_t mode)
{
    if (mkdir(path.c_str(), mode) != 0 || chmod(path.c_str(), mode) != 0)
        giveUp(path);
}

/// As /tmp is, with homes in it.
std::string makePlace(const std::string& base)
{
    std::string place = base + "/scratchproof-alone-XXXXXX";
    if (mkdtemp(place.data()) == nullptr || chmod(place.c_str(), 01777) != 0)
        giveUp(place);
    makeFolder(place + "/home", 0700);
    makeFolder(place + "/run", 0700);
    return place;
}

std::vector<std::string> makeEnvironment(const std::string& place, const Test& test)
{
    std::map<std::string, std::string> variables{
        {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"},
        {"HOME", place + "/home"},
        {"XDG_RUNTIME_DIR", place + "/run"},
        {"TMPDIR", place},
        // Named, though there is none: without the name some libraries start one of their own.
        {"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + place + "/run/no-bus"},
        {"LC_ALL", "C.UTF-8"},
        {"TZ", "UTC"},
    };
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::string_view name = text.substr(0, text.find('='));
        if (std::find(std::begin(kKept), std::end(kKept), name) != std::end(kKept) || name.starts_with(kKeptBeginning))
            variables[std::string(name)] = text.substr(std::min(name.size() + 1, text.size()));
    }
    for (const auto& [name, value] : test.environment)
        variables[name] = value;
    std::vector<std::string> texts;
    for (const auto& [name, value] : variables)
        texts.push_back(name + "=" + value);
    return texts;
}

void resetSignals()
{
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// In a child: without a terminal to ask at, and killed with its parent.
[[noreturn]] void become(std::vector<std::string> command, std::vector<std::string> environment)
{
    resetSignals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) != STDIN_FILENO)
        giveUp("/dev/null");
    const auto pointersTo = [](std::vector<std::string>& texts) {
        std::vector<char*> pointers;
        for (auto& text : texts)
            pointers.push_back(text.data());
        pointers.push_back(nullptr);
        return pointers;
    };
    const auto variables = pointersTo(environment);
    environ = const_cast<char**>(variables.data());
    execvpe(command.front().c_str(), pointersTo(command).data(), variables.data());
    giveUp(command.front());
}

bool raiseLoopback()
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    const bool raised = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return raised;
}

/// In the first process of a process namespace: the other namespaces. A machine may refuse: then none is taken.
bool takeNamespaces()
{
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
        return false;
    return unshare(CLONE_NEWNET) != 0 || raiseLoopback();
}

/// waitpid(2)'s word about the program.
int waitFor(pid_t child)
{
    int status = 0;
    for (;;) {
        const pid_t ended = waitpid(-1, &status, 0); // others were left behind by the test, and end here
        if (ended == child)
            return status;
        if (ended < 0 && errno != EINTR)
            giveUp("waitpid");
    }
}

/// The first process of the namespace: starts the program, takes leave of orphans, passes the program's end on. When
/// it ends, the kernel kills whatever else there is.
[[noreturn]] void rule(const Test& test, const std::string& place, int answer)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!takeNamespaces())
        _exit(kNotStarted);
    const pid_t child = fork();
    if (child < 0)
        giveUp("fork");
    if (child == 0) {
        close(answer);
        become(test.command, makeEnvironment(place, test));
    }
    const int status = waitFor(child);
    _exit(write(answer, &status, sizeof status) == sizeof status ? 0 : kNotStarted);
}

/// Whether the program ran in namespaces of its own; its waitpid(2) status.
bool runApart(const Test& test, const std::string& place, int& status)
{
    int ends[2];
    const int ours = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (geteuid() != 0 || ours < 0 || pipe2(ends, O_CLOEXEC) != 0 || unshare(CLONE_NEWPID) != 0)
        return false;
    const pid_t first = fork();
    if (first < 0)
        giveUp("fork");
    if (first == 0)
        rule(test, place, ends[1]);
    childOfOurs = first;
    close(ends[1]);
    const bool told = read(ends[0], &status, sizeof status) == sizeof status;
    close(ends[0]);
    waitFor(first);
    childOfOurs = 0;
    if (told || toldToEnd != 0)
        return true;
    // What is started from here on is an ordinary child again.
    if (setns(ours, CLONE_NEWPID) != 0)
        giveUp("the namespace of the processes");
    close(ours);
    return false;
}

void runHere(const Test& test, const std::string& place, int& status)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t child = fork();
    if (child < 0)
        giveUp("fork");
    if (child == 0)
        become(test.command, makeEnvironment(place, test));
    childOfOurs = child;
    status = waitFor(child);
    childOfOurs = 0;
}

Test readArguments(int argc, char** argv)
{
    Test test;
    int next = 1;
    for (; next < argc; ++next) {
        const std::string text = argv[next];
        const auto equals = text.find('=');
        if (text == "--no-namespaces")
            test.hasNamespaces = false;
        else if (text != "--" && equals != std::string::npos && equals > 0)
            test.environment[text.substr(0, equals)] = text.substr(equals + 1);
        else
            break;
    }
    if (next + 1 >= argc || std::strcmp(argv[next], "--") != 0) {
        std::fprintf(stderr, "usage: %s [--no-namespaces] [NAME=VALUE...] -- PROGRAM [ARGUMENT...]\n", argv[0]);
        _exit(kUsage);
    }
    test.command.assign(argv + next + 1, argv + argc);
    return test;
}

} // namespace

int main(int argc, char** argv)
{
    Test test = readArguments(argc, argv);
    umask(022);
    resetSignals();
    struct sigaction end = {};
    end.sa_handler = endChild;
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
        sigaction(number, &end, nullptr);
    std::vector<std::string> places{makePlace("/tmp")};
    if (const auto wanted = test.environment.find("TMPDIR"); wanted != test.environment.end()) {
        places.push_back(makePlace(wanted->second));
        wanted->second = places.back();
    }
    int status = 0;
    if (!test.hasNamespaces || !runApart(test, places.front(), status))
        runHere(test, places.front(), status);
    std::error_code ignored;
    for (const auto& place : places)
        std::filesystem::remove_all(place, ignored);
    const int signal = toldToEnd != 0 ? static_cast<int>(toldToEnd) : WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal != 0) {
        const rlimit none{};
        setrlimit(RLIMIT_CORE, &none); // the program's own tells more
        resetSignals();
        raise(signal);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : kNotStarted;
}
