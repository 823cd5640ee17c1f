// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <cstddef>
#include <memory>
#include <string>

namespace scratchproof::test {

/// A folder on a FUSE file system that can be told to hang (hanging_fs.cpp). What really lies in it is in `backing()`,
/// which always answers. Needs PrivateMounts. In the destructor the daemon is killed, which frees every caller that is
/// stuck.
class HangingFolder
{
public:
    /// `mountPoint` is made, 0755; the file system's top is 0777.
    explicit HangingFolder(const Path& mountPoint);
    ~HangingFolder();
    HangingFolder(const HangingFolder&) = delete;
    HangingFolder& operator=(const HangingFolder&) = delete;

    [[nodiscard]] const Path& path() const { return m_mountPoint; }
    [[nodiscard]] const Path& backing() const { return m_backing.path(); }
    [[nodiscard]] int daemon() const { return m_daemon->pid(); }

    /// From now on callers of `operation` ("create", "mkdir", "fsync", "getattr", ...) wait.
    void hang(const std::string& operation);
    /// Waits until a caller is stuck in `operation`; false if none came.
    [[nodiscard]] bool waitUntilStuck(const std::string& operation,
                                      std::chrono::milliseconds timeout = std::chrono::seconds(15));
    void failWith(const std::string& operation, int code);
    /// New names may have so many bytes at most.
    void refuseNamesOver(std::size_t bytes);
    /// Everything goes on.
    void release();
    /// As a daemon that dies: callers get ECONNABORTED, later ones ENOTCONN.
    void kill();

private:
    void command(const std::string& line);

    TemporaryFolder m_backing;
    Path m_mountPoint;
    std::unique_ptr<RunningProgram> m_daemon;
};

} // namespace scratchproof::test
