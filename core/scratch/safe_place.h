// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/facts/mount_table.h"
#include "core/scratch/reason.h"
#include "core/system/system.h"

#include <optional>

namespace scratchproof {

/// A directory on the way to a folder in which somebody else may rename or replace what we make or pass through.
struct UnsafePlace
{
    Path directory;
    Reason reason;
};

/// Looks at every directory from "/" down to `folder` (absolute, without symbolic links): unsafe is one that others may
/// write to without being kept from our entries (inode(7): in a sticky directory only the owner of an entry, of the
/// directory and root may rename it), or that belongs to another user than us and root. An ACL that lets others write
/// shows in the group bits, which are its mask (acl(5)). Directories on file systems that store no permissions are
/// passed over: nothing is known about them. Nothing: safe.
[[nodiscard]] Result<std::optional<UnsafePlace>> findUnsafePlace(System& system, const MountTable& mounts,
                                                                 const Path& folder);

} // namespace scratchproof
