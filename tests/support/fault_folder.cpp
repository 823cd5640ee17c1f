// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace scratchproof::test {

namespace {

bool beginsWith(const std::string& line, const std::string& start)
{
    return line.compare(0, start.size(), start) == 0;
}

bool isStuckIn(const std::string& line, const std::string& operation)
{
    return beginsWith(line, "hanging " + operation + " ");
}

} // namespace

FaultFolder::FaultFolder(const Path& mountPoint) : m_mountPoint(mountPoint)
{
    makeFolder(mountPoint, 0755);
    if (chmod(m_backing.path().c_str(), 0777) != 0)
        failSetup("chmod " + m_backing.path());
    start();
}

FaultFolder::~FaultFolder()
{
    kill();
    unmount();
}

void FaultFolder::start()
{
    Program program;
    program.arguments = {SCRATCHPROOF_FAULT_FS, m_backing.path(), m_mountPoint};
    m_daemon = std::make_unique<RunningProgram>(program);
    if (m_daemon->readLineWith("ready") == std::nullopt)
        throw SetupError("fault_fs did not mount at " + m_mountPoint + ": " + m_daemon->wait().errors);
    m_stuck.clear();
}

void FaultFolder::unmount()
{
    umount2(m_mountPoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

std::string FaultFolder::command(const std::string& line)
{
    m_daemon->send(line + "\n");
    m_seen.clear();
    while (auto answer = m_daemon->readLine()) {
        if (beginsWith(*answer, "ok"))
            return answer->size() > 3 ? answer->substr(3) : std::string();
        if (beginsWith(*answer, "hanging "))
            m_stuck.push_back(std::move(*answer));
        else if (beginsWith(*answer, "seen "))
            m_seen.push_back(answer->substr(5));
        else
            throw SetupError("fault_fs: " + *answer);
    }
    throw SetupError("fault_fs did not take the command " + line);
}

void FaultFolder::hang(const std::string& operation)
{
    command("hang " + operation);
}

bool FaultFolder::waitUntilStuck(const std::string& operation, std::chrono::milliseconds timeout)
{
    const auto known = std::find_if(m_stuck.begin(), m_stuck.end(),
                                    [&](const std::string& line) { return isStuckIn(line, operation); });
    if (known != m_stuck.end()) {
        m_stuck.erase(known);
        return true;
    }
    return m_daemon->readLineWith("hanging " + operation + " ", timeout).has_value();
}

void FaultFolder::failWith(const std::string& operation, int code)
{
    command("fail " + operation + " " + std::to_string(code));
}

void FaultFolder::on(const std::string& operation, const std::string& when, const std::string& effect)
{
    command("on " + operation + " " + when + " " + effect);
}

void FaultFolder::refuseNamesOver(std::size_t bytes)
{
    command("names " + std::to_string(bytes));
}

void FaultFolder::tellSpace(std::uint64_t freeBytes, std::uint64_t totalBytes)
{
    command("space " + std::to_string(freeBytes) + " " + std::to_string(totalBytes));
}

void FaultFolder::letGo(int code)
{
    command("go " + std::to_string(code));
}

void FaultFolder::release()
{
    command("release");
}

std::size_t FaultFolder::hits()
{
    return std::stoul(command("hits"));
}

std::size_t FaultFolder::count(const std::string& operation)
{
    return std::stoul(command("count " + operation));
}

std::vector<std::pair<std::string, Path>> FaultFolder::seen()
{
    command("seen");
    std::vector<std::pair<std::string, Path>> calls;
    for (const auto& call : m_seen) {
        const auto space = call.find(' ');
        calls.emplace_back(call.substr(0, space), call.substr(space + 1));
    }
    return calls;
}

void FaultFolder::forget()
{
    command("forget");
}

void FaultFolder::remember()
{
    command("remember");
}

void FaultFolder::cutPower()
{
    command("cut");
}

void FaultFolder::turnIntoLink(const std::string& name, const Path& target)
{
    const Path folder = joinPath(m_mountPoint, name);
    if (::rename(folder.c_str(), (folder + ".aside").c_str()) != 0)
        failSetup("rename " + folder);
    if (symlink(target.c_str(), folder.c_str()) != 0)
        failSetup("symlink " + folder);
}

void FaultFolder::kill()
{
    m_daemon.reset();
}

void FaultFolder::restart()
{
    kill();
    unmount();
    start();
}

} // namespace scratchproof::test
