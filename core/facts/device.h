// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"

#include <optional>

namespace scratchproof {

/// What sysfs and udev's database say of the block device below a mount; nothing where the file system has none (nfs,
/// tmpfs, overlay, ...). Never touches the device or the file system, so it does not block on either.
[[nodiscard]] std::optional<DeviceFacts> deviceOf(System& system, const Mount& mount);

/// The kind of the mount, now that its device is known: Local and Removable tell themselves apart by it.
[[nodiscard]] MountKind refineKind(MountKind kind, const std::optional<DeviceFacts>& device);

} // namespace scratchproof
