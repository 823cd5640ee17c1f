// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/mount_table.h"

#include <cstdint>
#include <string_view>

namespace scratchproof {

/// What hangs on a mount, which decides what may be done to it (core/diagnosis/advisable.h).
enum class MountRole : std::uint8_t {
    Unknown,    // it was not found out which mount it is, or another lies on top of it, or it is gone
    System,     // the running system's own place: "/", "/usr", "/home", "/var", "/boot", ...
    SystemDisk, // a mount of one's own, of a file system that the system runs from
    Apart,      // none of these: a stick, a share, another disk
};

/// "unknown", "system", "system-disk", "apart".
[[nodiscard]] std::string_view toString(MountRole role);

/// Whether the system itself lives there: "/", "/usr" and what is below it, "/home" (but nothing below it), "/var",
/// "/boot", ... (hier(7), file-hierarchy(7)). By the text alone, of a path without links and "..".
[[nodiscard]] bool isSystemPlace(std::string_view path);

/// Of a mount that was really come to. Which file systems the system runs from is read off the table: those that are
/// mounted at its places, and where the root is an overlay also those that its layers lie on, as far as the table
/// shows. Touches no mount.
[[nodiscard]] MountRole roleOf(const MountTable& mounts, const Mount& mount);

} // namespace scratchproof
