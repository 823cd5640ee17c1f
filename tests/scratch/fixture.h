// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/store/database.h"
#include "tests/support/file_content.h"
#include "tests/support/quiet_fork.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace scratchproof::test {

constexpr unsigned kStranger = 4242; // a user number that nobody has

/// A folder of its own below /tmp, 0755, gone with everything in it at the end. Root gets a tmpfs there, in a mount
/// namespace of this process's own.
class OwnFolder
{
public:
    explicit OwnFolder(const std::string& options = "mode=0755")
    {
        std::string name = "/tmp/scratchproof-test-XXXXXX";
        m_path = mkdtemp(name.data());
        if (geteuid() == 0) {
            static const bool apart =
                unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
            m_mounted = apart && mount("tmpfs", m_path.c_str(), "tmpfs", 0, options.c_str()) == 0;
        }
        chmod(m_path.c_str(), 0755);
    }
    ~OwnFolder()
    {
        if (m_mounted)
            umount2(m_path.c_str(), MNT_DETACH);
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;

    [[nodiscard]] const Path& path() const { return m_path; }
    [[nodiscard]] Path operator/(const std::string& name) const { return joinPath(m_path, name); }
    [[nodiscard]] bool isMounted() const { return m_mounted; }

private:
    Path m_path;
    bool m_mounted = false;
};

inline void writeFile(const Path& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}
inline std::string readFile(const Path& path)
{
    return contentOf(path).value_or("");
}
/// lstat() finds something.
inline bool isThere(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0;
}

/// For opening a registry besides class Registry: with as many versions as it has, so that there is nothing to bring up
/// to date.
inline DatabaseSettings registrySettings(const Path& file)
{
    DatabaseSettings settings;
    settings.file = file;
    settings.applicationId = 0x53507266;
    settings.migrations = {"", "", ""};
    return settings;
}

/// Starts `work` in a child process as another user (0: as now). No database may be open here: its locks would be the
/// child's in its own eyes (sqlite.org/howtocorrupt.html).
inline pid_t startChild(unsigned user, const std::function<int()>& work)
{
    const pid_t child = quietFork();
    if (child == 0) {
        if (user != 0 && (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
            _exit(99);
        _exit(work());
    }
    return child;
}
/// What it returned, or -1 if it died.
inline int waitForChild(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
inline int inChild(unsigned user, const std::function<int()>& work)
{
    return waitForChild(startChild(user, work));
}

} // namespace scratchproof::test
