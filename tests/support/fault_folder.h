// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof::test {

/// A folder on a FUSE file system that does wrong what it is told to (fault_fs.cpp; the commands: fault_switches.h).
/// What really lies in it is in `backing()`, which always answers. Needs PrivateMounts. In the destructor the daemon is
/// killed, which frees every caller that is stuck. Operations have FUSE's names ("create", "mkdir", "fsync",
/// "getattr", ...). Not thread safe.
class FaultFolder
{
public:
    /// `mountPoint` is made, 0755; the file system's top is 0777.
    explicit FaultFolder(const Path& mountPoint);
    ~FaultFolder();
    FaultFolder(const FaultFolder&) = delete;
    FaultFolder& operator=(const FaultFolder&) = delete;

    [[nodiscard]] const Path& path() const { return m_mountPoint; }
    [[nodiscard]] const Path& backing() const { return m_backing.path(); }
    [[nodiscard]] int daemon() const { return m_daemon->pid(); }

    /// From now on callers of `operation` wait.
    void hang(const std::string& operation);
    /// Waits until a caller is stuck in `operation`; false if none came.
    [[nodiscard]] bool waitUntilStuck(const std::string& operation,
                                      std::chrono::milliseconds timeout = std::chrono::seconds(15));
    void failWith(const std::string& operation, int code);
    /// `when`: "2", the second call from now on only; "2+", that and all later ones. `effect`: "fail 5", "refuse 17",
    /// "delay 2000", "torn 100", ... as fault_switches.h has them.
    void on(const std::string& operation, const std::string& when, const std::string& effect);
    /// New names may have so many bytes at most.
    void refuseNamesOver(std::size_t bytes);
    /// What statfs says from now on.
    void tellSpace(std::uint64_t freeBytes, std::uint64_t totalBytes);
    /// What hangs goes on, or fails with `code`; what else was told stays.
    void letGo(int code = 0);
    /// Everything goes on, and nothing goes wrong any more.
    void release();

    /// Calls that went wrong since the last release.
    [[nodiscard]] std::size_t hits();
    /// Calls of an operation, and all calls (operation and path) in their order, since the last forget().
    [[nodiscard]] std::size_t count(const std::string& operation);
    [[nodiscard]] std::vector<std::pair<std::string, Path>> seen();
    void forget();

    /// From now on a power cut is possible: what is there is stored, and what changes only where it is synced.
    void remember();
    /// What was not synced since is lost.
    void cutPower();
    /// Renames the folder `name` in it to `name`.aside, through the mount as any program does, and puts a symbolic link
    /// to `target` in its place. Waits while a call is held in that folder; may run beside letGo().
    void turnIntoLink(const std::string& name, const Path& target);

    /// As a daemon that dies: callers get ECONNABORTED, later ones ENOTCONN.
    void kill();
    /// Kills it if it lives, and mounts the same backing anew, healthy.
    void restart();

private:
    void start();
    void unmount();
    std::string command(const std::string& line);

    TemporaryFolder m_backing;
    Path m_mountPoint;
    std::unique_ptr<RunningProgram> m_daemon;
    std::vector<std::string> m_stuck; // lines that came between a command and its answer
    std::vector<std::string> m_seen;
};

} // namespace scratchproof::test
