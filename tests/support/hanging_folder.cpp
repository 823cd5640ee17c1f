// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/hanging_folder.h"

#include <sys/mount.h>
#include <sys/stat.h>

namespace scratchproof::test {

HangingFolder::HangingFolder(const Path& mountPoint) : m_mountPoint(mountPoint)
{
    makeFolder(mountPoint, 0755);
    if (chmod(m_backing.path().c_str(), 0777) != 0)
        failSetup("chmod " + m_backing.path());
    Program program;
    program.arguments = {SCRATCHPROOF_HANGING_FS, m_backing.path(), mountPoint};
    m_daemon = std::make_unique<RunningProgram>(program);
    if (m_daemon->readLineWith("ready") == std::nullopt)
        throw SetupError("hanging_fs did not mount at " + mountPoint + ": " + m_daemon->wait().errors);
}

HangingFolder::~HangingFolder()
{
    kill();
    umount2(m_mountPoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

void HangingFolder::command(const std::string& line)
{
    m_daemon->send(line + "\n");
    // What already hangs is told in between.
    if (m_daemon->readLineWith("ok") == std::nullopt)
        throw SetupError("hanging_fs did not take the command " + line);
}

void HangingFolder::hang(const std::string& operation)
{
    command("hang " + operation);
}

bool HangingFolder::waitUntilStuck(const std::string& operation, std::chrono::milliseconds timeout)
{
    return m_daemon->readLineWith("hanging " + operation, timeout).has_value();
}

void HangingFolder::failWith(const std::string& operation, int code)
{
    command("fail " + operation + " " + std::to_string(code));
}

void HangingFolder::refuseNamesOver(std::size_t bytes)
{
    command("names " + std::to_string(bytes));
}

void HangingFolder::release()
{
    command("release");
}

void HangingFolder::kill()
{
    m_daemon.reset();
}

} // namespace scratchproof::test
