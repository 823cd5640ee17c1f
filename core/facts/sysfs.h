// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading /proc, /sys and udev's database through the seam. Nothing here asks a folder of a user.
namespace scratchproof {

/// The text of a small file without white space at both ends; nothing if it cannot be read.
[[nodiscard]] std::optional<std::string> readAttribute(System& system, const std::string& path);
/// Its number, decimal, at its beginning ("7", "7 kB").
[[nodiscard]] std::optional<std::uint64_t> readNumber(System& system, const std::string& path);
[[nodiscard]] std::optional<bool> readFlag(System& system, const std::string& path);
[[nodiscard]] bool isThere(System& system, const std::string& path);
/// Names in a folder of the kernel's, without "." and ".."; empty if it cannot be read. At most 100,000.
[[nodiscard]] std::vector<std::string> namesIn(System& system, const std::string& folder);

/// "8:17"; nothing if it is not that.
[[nodiscard]] std::optional<DeviceNumber> parseDeviceNumber(std::string_view text);
/// "sda1" of "/dev/sda1"; of "/dev/mapper/data", which is a link to "../dm-0", what it leads to. Empty where the source
/// is no device. /dev is a file system of the kernel's own, so this look cannot hang.
[[nodiscard]] std::string deviceNameOf(System& system, const std::string& source);

/// Sectors written to a block device since it came (field 7 of /sys/dev/block/MAJ:MIN/stat, the kernel's
/// Documentation/block/stat.rst); nothing if it has none.
[[nodiscard]] std::optional<std::uint64_t> sectorsWritten(System& system, DeviceNumber device);

/// udev's database of one block device: "E:ID_FS_LABEL=Photos" and the like.
[[nodiscard]] std::map<std::string, std::string> udevProperties(System& system, DeviceNumber device);
/// Undoes udev's "\x20" in ID_FS_LABEL_ENC and ID_MODEL_ENC.
[[nodiscard]] std::string decodeUdev(std::string_view text);

/// Without white space at both ends; ended by a NUL, as some texts of the kernel are.
[[nodiscard]] std::string trimmed(std::string text);
/// The parts of a text between separators; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> splitAt(std::string_view text, std::string_view separators);
/// A whole text as a decimal number; nothing if it is not one, or too large.
[[nodiscard]] std::optional<std::uint64_t> parseNumber(std::string_view text);

} // namespace scratchproof
