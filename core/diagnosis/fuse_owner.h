// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"
#include "core/facts/mount_table.h"

#include <cstdint>

namespace scratchproof {

/// Who connected a FUSE mount: fusermount3(1) unmounts for that user only, and for root.
enum class FuseOwner : std::uint8_t { Unknown, Ourselves, Another };

/// By `user_id` of the file system's options (fuse(4)).
[[nodiscard]] FuseOwner fuseOwnerOf(const Mount& mount, std::uint32_t ourUser);

/// Makes the way to unmount a FUSE mount that does not answer, where `finding` of diagnoseHang() has one, that of its
/// owner: our own command, or an administrator's where it is another's. Changes nothing where it is not known.
void adviseUnmountingTo(FuseOwner owner, Finding& finding);

} // namespace scratchproof
