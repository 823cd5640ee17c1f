// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What makes storage able to answer for bytes that it does not have, or to have them only as long as others leave room
/// for them.
enum class StorageTrait : std::uint8_t {
    Compressed,     // the file system compresses what is written here
    MayReduce,      // it can compress, or store what is equal once; whether it does cannot be seen
    Thin,           // room is taken from a pool when it is written (dm-thin, VDO, Stratis)
    Image,          // the drive is a file on another file system (loop device)
    ImageWithHoles, // the same, and that file has less room than its size
    VirtualDisk,    // the computer that runs this virtual one stores it
    InMemory,       // the drive lies in this computer's memory (zram, brd)
    Server,         // a server has it: a file system or a block device over the network
    Host,           // a folder of the computer that runs this virtual one
    Program,        // a program serves it (FUSE)
};

/// "compressed", "may-reduce", "thin", "image", "image-with-holes", "virtual-disk", "in-memory", "server", "host",
/// "program".
[[nodiscard]] std::string_view toString(StorageTrait trait);
[[nodiscard]] std::optional<StorageTrait> storageTraitFromString(std::string_view text);

/// Those that the system itself tells of, each once, in the order of the enum: by the mount and its options, by what
/// statx(2) says of the folder, and by sysfs for the device and all that it is put together of. What a drive does
/// inside is told by nothing. Looks at the file behind a loop device, and so may block as long as what that lies on.
[[nodiscard]] std::vector<StorageTrait> storageTraits(System& system, const Mount& mount, const FileStatus& folder,
                                                      const std::optional<DeviceFacts>& device);

} // namespace scratchproof
