// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"
#include "core/system/system.h"
#include "core/verify/target.h"

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

struct FilesTargetOptions
{
    /// Bytes of free space that are left alone.
    std::uint64_t keepFree = 0;
    /// The size of each file, a multiple of 4 MiB; what RLIMIT_FSIZE allows if that is less. Below 4 GiB, for FAT.
    std::uint64_t fileSize = std::uint64_t{1} << 30U;
    /// Whether O_DIRECT reaches the drive itself. Not so on network and FUSE file systems: what is behind them has
    /// caches of its own.
    bool isLocal = true;
    /// Where fallocate(2) is refused, a file that is made longer has its room: reservesByLength().
    bool lengthReserves = false;
};

/// Whether a file that ftruncate(2) makes longer gets its room there, and is not written: exfat since Linux 6.8, which
/// keeps apart how much of a file is valid. Before that it writes zeros.
[[nodiscard]] bool reservesByLength(System& system, const FileSystemSpace& space);

/// Whether a file of that file system may be written to anywhere in what was reserved for it, and what lies before
/// stays unwritten: ext4, XFS and btrfs. Others fill it with zeros, as FAT does, or are not known to leave it.
[[nodiscard]] bool fillsNoGaps(const FileSystemSpace& space);

/// The free space of a file system as files of ours in a folder: "verify-00000", "verify-00001", ... They are made as
/// they are needed, with O_EXCL, so that nothing that lies there is touched, and are opened with O_DIRECT (open(2))
/// where that works. Gone with remove() only; the caller makes the folder, and sees to what a killed process leaves in
/// it.
class FilesTarget : public VerifyTarget
{
public:
    /// `folder`: an open directory that is to be empty, not O_PATH; this holds a duplicate of it. Fails where the
    /// folder cannot be asked for its room, with BadInput where the room is not known, or a file may hold less than 4
    /// MiB.
    [[nodiscard]] static Result<std::unique_ptr<FilesTarget>> open(System& system, int folder,
                                                                   const FilesTargetOptions& options);

    /// Those that an earlier one made with the same `fileSize`, `count` of them, for reading alone: nothing is made,
    /// and write() is an Error (EBADF). Fails where the folder, or the first file, cannot be opened.
    [[nodiscard]] static Result<std::unique_ptr<FilesTarget>>
    reopen(System& system, int folder, const FilesTargetOptions& options, std::uint64_t count);

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override;
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override;
    Result<void> flush() override;
    /// ENODEV once the block device is gone, which the file system on it does not tell.
    Result<std::uint64_t> room() override;
    /// `offset`: where one of the files begins; `length`: at most its size. The files stay open until remove(): some
    /// file systems give back what is reserved once a file is closed. EMFILE where a process may not have as many.
    Result<std::uint64_t> reserve(std::uint64_t offset, std::uint64_t length) override;
    bool readsPastCache() const override { return m_options.isLocal && m_isDirect; }
    bool checksContent() const override { return m_isChecksummed; }

    /// "verify-00007" for 7.
    [[nodiscard]] static std::string nameOf(std::uint64_t index);

    /// The size of each file but the last: FilesTargetOptions::fileSize, or what was allowed of it.
    [[nodiscard]] std::uint64_t fileSize() const { return m_options.fileSize; }

    /// Unlinks the files that this made, all that can be. The first error, if any. Not while another call runs.
    [[nodiscard]] Result<void> remove();

private:
    struct OpenFile
    {
        OpenFile(UniqueFd itsFd, bool isNew) : fd(std::move(itsFd)), isDirty(isNew) {}
        UniqueFd fd;
        std::atomic<bool> isDirty; // something was written since it was last flushed
    };

    FilesTarget(System& system, UniqueFd folder, const FilesTargetOptions& options, std::string device, bool isDirect);

    Result<std::shared_ptr<OpenFile>> file(std::uint64_t index, bool makes);
    Result<void> sync(OpenFile& file);
    Result<void> reserveIn(int file, std::uint64_t length, std::uint64_t roomBefore);
    bool isReserved(std::uint64_t offset);

    System& m_system;
    UniqueFd m_folder;
    FilesTargetOptions m_options;
    std::string m_device; // in /sys/dev/block; empty if it is none of those
    bool m_isDirect;
    bool m_isChecksummed = false;
    bool m_isReadOnly = false;
    std::mutex m_mutex; // for what follows
    std::vector<bool> m_made;
    /// Those used last, the last one first: a process may have no more than RLIMIT_NOFILE open.
    std::list<std::pair<std::uint64_t, std::shared_ptr<OpenFile>>> m_open;
    std::map<std::uint64_t, std::shared_ptr<OpenFile>> m_reserved;
};

} // namespace scratchproof
