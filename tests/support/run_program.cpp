// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/run_program.h"

#include "tests/support/quiet_fork.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace scratchproof::test {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe
{
    int readEnd = -1;
    int writeEnd = -1;

    Pipe()
    {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            failSetup("pipe2");
        readEnd = ends[0];
        writeEnd = ends[1];
    }
};

bool becomeUser(unsigned user)
{
    return setgroups(0, nullptr) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0;
}

struct Child
{
    int pid = -1;
    int input = -1;
    int output = -1;
    int errors = -1;
};

std::vector<std::string> environmentOf(const Program& program)
{
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        if (!program.environment.contains(text.substr(0, text.find('='))))
            variables.push_back(text);
    }
    for (const auto& [name, value] : program.environment) {
        if (!value.empty())
            variables.push_back(name + "=" + value);
    }
    return variables;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

Child spawn(const Program& program)
{
    // All memory is taken before the fork: other threads may hold the allocator's locks.
    auto arguments = program.arguments;
    auto variables = environmentOf(program);
    const auto argumentPointers = pointersTo(arguments);
    const auto variablePointers = pointersTo(variables);
    const Pipe input;
    const Pipe output;
    const Pipe errors;
    const int pid = fork();
    if (pid < 0)
        failSetup("fork");
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL); // ignored ones are inherited
        const bool ready = dup2(input.readEnd, 0) == 0 && dup2(output.writeEnd, 1) == 1 &&
                           dup2(errors.writeEnd, 2) == 2 && (!program.user || becomeUser(*program.user)) &&
                           chdir(program.workingFolder.c_str()) == 0;
        if (ready)
            execvpe(argumentPointers[0], argumentPointers.data(), variablePointers.data());
        _exit(127);
    }
    close(input.readEnd);
    close(output.writeEnd);
    close(errors.writeEnd);
    return {pid, input.writeEnd, output.readEnd, errors.readEnd};
}

int exitCodeOf(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int millisecondsLeft(Clock::time_point end)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
}

/// One read into `into`; false at the end.
bool drain(int fd, std::string& into)
{
    std::array<char, 65536> buffer{};
    const auto got = read(fd, buffer.data(), buffer.size());
    if (got > 0)
        into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
}

void closeIfOpen(int& fd)
{
    if (fd >= 0)
        close(fd);
    fd = -1;
}

/// Feeds and drains until both outputs are at their end; false if `end` comes first.
bool talk(Child& child, std::string_view input, Clock::time_point end, Ended& ended)
{
    fcntl(child.input, F_SETFL, O_NONBLOCK);
    while (child.output >= 0 || child.errors >= 0) {
        if (input.empty())
            closeIfOpen(child.input);
        std::array<pollfd, 3> watched{
            {{child.output, POLLIN, 0}, {child.errors, POLLIN, 0}, {child.input, POLLOUT, 0}}};
        const int left = millisecondsLeft(end);
        if (left == 0)
            return false;
        if (poll(watched.data(), watched.size(), left) < 0 && errno != EINTR)
            failSetup("poll");
        if (watched[0].revents != 0 && !drain(child.output, ended.output))
            closeIfOpen(child.output);
        if (watched[1].revents != 0 && !drain(child.errors, ended.errors))
            closeIfOpen(child.errors);
        if (watched[2].revents != 0) {
            const auto put = write(child.input, input.data(), input.size());
            input.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : errno == EAGAIN ? 0 : input.size());
        }
    }
    return true;
}

/// proc(5), status: what is behind `key`, without the space around it.
std::string statusOf(const std::string& folder, std::string_view key)
{
    std::ifstream file(folder + "/status");
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with(key))
            return line.substr(std::min(line.find_first_not_of("\t ", key.size()), line.size()));
    }
    return {};
}

/// Whether it ended; its status is then in `status`.
bool waitUntil(int pid, Clock::time_point end, int& status)
{
    for (;;) {
        const int got = waitpid(pid, &status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return true;
        if (Clock::now() >= end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

} // namespace

Ended run(const Program& program)
{
    Child child = spawn(program);
    const auto end = Clock::now() + program.timeout;
    const auto oldHandler = ::signal(SIGPIPE, SIG_IGN);
    Ended ended;
    int status = 0;
    if (!talk(child, program.input, end, ended) || !waitUntil(child.pid, end, status)) {
        ended.timedOut = true;
        kill(child.pid, SIGKILL);
        waitUntil(child.pid, Clock::now() + std::chrono::seconds(2), status);
    }
    ::signal(SIGPIPE, oldHandler);
    closeIfOpen(child.input);
    closeIfOpen(child.output);
    closeIfOpen(child.errors);
    ended.exitCode = exitCodeOf(status);
    return ended;
}

std::string runOrFail(std::vector<std::string> arguments)
{
    Program program;
    program.arguments = std::move(arguments);
    auto ended = run(program);
    if (ended.exitCode != 0 || ended.timedOut)
        throw SetupError(quoteForShell(program.arguments) + " ended with " + std::to_string(ended.exitCode) + ": " +
                         ended.errors + ended.output);
    return ended.output;
}

RunningProgram::RunningProgram(const Program& program)
{
    const Child child = spawn(program);
    m_pid = child.pid;
    m_input = child.input;
    m_output = child.output;
    m_errors = child.errors;
}

RunningProgram::~RunningProgram()
{
    if (m_pid > 0) {
        kill(m_pid, SIGKILL);
        int status = 0;
        waitUntil(m_pid, Clock::now() + std::chrono::seconds(5), status);
    }
    closeInput();
    closeIfOpen(m_output);
    closeIfOpen(m_errors);
}

void RunningProgram::send(const std::string& text) const
{
    if (write(m_input, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        failSetup("write to a program");
}

void RunningProgram::closeInput()
{
    closeIfOpen(m_input);
}

void RunningProgram::signal(int number) const
{
    if (m_pid > 0)
        kill(m_pid, number);
}

std::optional<std::string> RunningProgram::readLine(std::chrono::milliseconds timeout)
{
    const auto end = Clock::now() + timeout;
    for (;;) {
        if (const auto newline = m_buffer.find('\n'); newline != std::string::npos) {
            std::string line = m_buffer.substr(0, newline);
            m_buffer.erase(0, newline + 1);
            return line;
        }
        pollfd watched{m_output, POLLIN, 0};
        const int left = millisecondsLeft(end);
        if (m_output < 0 || left == 0)
            return std::nullopt;
        if (poll(&watched, 1, left) == 1 && !drain(m_output, m_buffer))
            return std::nullopt;
    }
}

std::optional<std::string> RunningProgram::readLineWith(const std::string& text, std::chrono::milliseconds timeout)
{
    const auto end = Clock::now() + timeout;
    for (;;) {
        auto line = readLine(std::chrono::milliseconds(millisecondsLeft(end)));
        if (!line || line->find(text) != std::string::npos)
            return line;
    }
}

Ended RunningProgram::wait(std::chrono::milliseconds timeout)
{
    Ended ended;
    const auto end = Clock::now() + timeout;
    Child child{m_pid, -1, m_output, m_errors};
    ended.output = std::exchange(m_buffer, {});
    int status = 0;
    ended.timedOut = !talk(child, {}, end, ended) || !waitUntil(m_pid, end, status);
    m_output = child.output;
    m_errors = child.errors;
    if (!ended.timedOut) {
        m_pid = -1;
        ended.exitCode = exitCodeOf(status);
    }
    return ended;
}

int runAsUser(unsigned user, const std::function<int()>& body)
{
    const int pid = quietFork();
    if (pid < 0)
        failSetup("fork");
    if (pid == 0) {
        int code = 102;
        try {
            if (becomeUser(user))
                code = body();
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "%s\n", problem.what());
            code = 101;
        }
        _exit(code);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            failSetup("waitpid");
    }
    return exitCodeOf(status);
}

bool processExists(int pid)
{
    return kill(pid, 0) == 0 || errno == EPERM;
}

std::vector<int> childrenOf(int pid)
{
    std::vector<int> children;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::ifstream file(task.path() / "children");
        for (int child = 0; file >> child;)
            children.push_back(child);
    }
    return children;
}

std::vector<Descendant> descendants()
{
    std::vector<Descendant> found;
    std::vector<int> toAsk{getpid()};
    while (!toAsk.empty()) {
        const int parent = toAsk.back();
        toAsk.pop_back();
        for (const int pid : childrenOf(parent)) {
            toAsk.push_back(pid);
            const std::string folder = "/proc/" + std::to_string(pid);
            const std::string user = statusOf(folder, "Uid:");
            if (user.empty() || statusOf(folder, "State:").starts_with('Z'))
                continue;
            Descendant one{pid, static_cast<unsigned>(std::stoul(user)), statusOf(folder, "Name:"), {}};
            std::ifstream arguments(folder + "/cmdline", std::ios::binary);
            for (std::string argument; std::getline(arguments, argument, '\0');)
                one.arguments.push_back(argument);
            found.push_back(std::move(one));
        }
    }
    return found;
}

void adoptOrphans()
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        failSetup("prctl");
}

void reapEndedChildren()
{
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

bool everyChildHasEnded()
{
    reapEndedChildren();
    return childrenOf(getpid()).empty();
}

std::size_t openDescriptors()
{
    // The iterator's own descriptor is among them, each time alike.
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout)
{
    const auto end = Clock::now() + timeout;
    while (!condition()) {
        if (Clock::now() >= end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace scratchproof::test
