// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/mounts.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <sys/mount.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace scratchproof::test {

/// A file system on a loop device over a drive that lies about its size (false_drive.cpp). Needs PrivateMounts.
class FalseDrive
{
public:
    FalseDrive(const std::string& type, std::uint64_t claimed, std::uint64_t real, const std::string& kind)
        : m_fuse(m_base.makeFolder("fuse"))
    {
        Program program;
        program.arguments = {SCRATCHPROOF_FALSE_DRIVE, m_fuse, std::to_string(claimed), std::to_string(real), kind};
        m_daemon = std::make_unique<RunningProgram>(program);
        if (m_daemon->readLineWith("ready") == std::nullopt)
            throw SetupError("no false drive: " + m_daemon->wait().errors);
        // Little of its own beyond the real size, as false drives are sold: else it could not even be mounted.
        if (type == "ext4")
            runOrFail({"mkfs.ext4", "-qF", "-O", "sparse_super2", "-E", "num_backup_sb=0,lazy_journal_init=1",
                       m_fuse + "/image"});
        else
            runOrFail({"mkfs." + type, "-qf", m_fuse + "/image"});
        m_mount = std::make_unique<MountedFolder>(type, m_fuse + "/image", m_base.makeFolder("drive"), "rw,loop");
        m_folder = m_mount->path() + "/ours";
        std::filesystem::create_directory(m_folder);
    }
    ~FalseDrive()
    {
        m_mount.reset();
        m_daemon.reset();
        umount2(m_fuse.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    }
    FalseDrive(const FalseDrive&) = delete;
    FalseDrive& operator=(const FalseDrive&) = delete;

    void pullOut() { m_daemon->signal(SIGKILL); }
    [[nodiscard]] const Path& folder() const { return m_folder; }

private:
    TemporaryFolder m_base;
    Path m_fuse;
    Path m_folder;
    std::unique_ptr<RunningProgram> m_daemon;
    std::unique_ptr<MountedFolder> m_mount;
};

} // namespace scratchproof::test
