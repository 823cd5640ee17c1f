// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace scratchproof {

/// A space of bytes, from 0 up, that a verification fills and reads back: files of ours on a drive, or what stands for
/// them in tests. Offsets and sizes are multiples of kBlockSize. write() and read() may be called from several threads
/// at once for ranges that do not overlap, and while one of them is in reserve(); all of it blocks as long as the drive
/// does.
class VerifyTarget
{
public:
    virtual ~VerifyTarget() = default;

    /// How many bytes fitted: fewer than `data` has where there is no more room (ENOSPC, EDQUOT, EFBIG are no errors
    /// here). An error where the drive gives one; what was written of `data` then is unknown.
    [[nodiscard]] virtual Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) = 0;

    /// Reads what was written there, past the caches of this computer where readsPastCache(). What is missing at the
    /// end is zeros.
    [[nodiscard]] virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;

    /// Returns once the drive says that all of it is stored.
    [[nodiscard]] virtual Result<void> flush() = 0;

    /// Bytes that may still be written. What is really written may be a little less, or more.
    [[nodiscard]] virtual Result<std::uint64_t> room() = 0;

    /// Takes room for [offset, offset + length) without writing it, so that what is written there later lies in a part
    /// of the drive of its own. How much of it was taken: less than `length`, or nothing, where there is no more room.
    /// EOPNOTSUPP where that cannot be done. A file system may say that it did and not have done it: room() tells.
    [[nodiscard]] virtual Result<std::uint64_t> reserve(std::uint64_t offset, std::uint64_t length);

    /// Whether read() comes from the drive itself; else this computer may answer for it.
    [[nodiscard]] virtual bool readsPastCache() const = 0;

    /// Whether the file system compares what it reads with a checksum, and answers EIO where the drive gave something
    /// else.
    [[nodiscard]] virtual bool checksContent() const { return false; }
};

/// Whether that errno means that what was written to is no longer there: ENODEV, ENXIO, ENOTCONN, ESTALE, ESHUTDOWN,
/// ENOMEDIUM. A drive that was pulled out may answer with EIO as well.
[[nodiscard]] bool saysDriveIsGone(const Error& error);

} // namespace scratchproof
