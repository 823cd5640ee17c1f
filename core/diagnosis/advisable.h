// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What a command of a fix does to the computer.
enum class Deed : std::uint8_t {
    Looks,     // changes nothing
    Unmounts,  // takes a mount away, also by stopping what serves it
    Alters,    // remounts, freezes, thaws, checks, repairs or tunes a file system as a whole
    Mounts,    // adds a mount
    Changes,   // files, folders and their rights
    Elsewhere, // units, accounts, keys: not at a path
};

/// What the command does; nothing for a program that is not known here. Every program of the catalogue must be
/// (tests/diagnosis).
[[nodiscard]] std::optional<Deed> deedOf(const std::vector<std::string>& command);

/// The one gate through which each command of a fix goes (makeFix()), since commands are pasted. False:
///
/// - for whatever would unmount, alter, mount over or change the system's own places (isSystemPlace());
/// - for whatever would unmount or alter a mount of which it was not found out that it is `apart` from the system
///   (argument `mount_role`, see MountRole); one of a file system that the system runs from may be unmounted, and
///   nothing else;
/// - for `verify`, which fills a drive, likewise where that was not found out;
/// - where the program is not one for that type of file system: fusermount3(1) for FUSE only, fsfreeze(8) for those
/// that
///   can be frozen, `umount -f` for those with a server or a program behind them.
///
/// `arguments` are the finding's: `mount`, `mount_role`, `fs`, `device` say which mount is meant. A pure function of
/// its words, so that a finding which was read from a stream has no more commands than it had where it was made.
[[nodiscard]] bool isAdvisable(const std::vector<std::string>& command,
                               const std::map<std::string, Argument>& arguments);

/// Whether a file system of that type can be frozen by FIFREEZE (ioctl_fifreeze(2)), and so be found frozen.
[[nodiscard]] bool canBeFrozen(std::string_view fileSystem);

} // namespace scratchproof
