// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"

#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// One place on the way to a folder, as a picture of the path shows it.
struct PathPlace
{
    Path path;                                // so far, bytes
    const PathComponent* component = nullptr; // what the walk saw of it; nullptr: it did not get there
    const Mount* mount = nullptr;             // that begins here; nullptr: none does, or it is not known
    bool beginsMount = false;                 // another file system begins here, whether or not `mount` knows it
    bool stops = false;                       // at most one of them
};

/// The places from "/" down to the folder: those that the walk saw, and what the text of the path says comes after
/// them. They point into `check`.
[[nodiscard]] std::vector<PathPlace> placesOf(const Check& check);

/// The place in the path that stops: the first finding's component, else the first one that the walk could not pass,
/// else the mount, or the folder where rights are what is missing. Of a file that was given and its folder, the one
/// that is refused. Nothing for a folder that takes files.
[[nodiscard]] std::optional<Path> stoppingPlace(const Check& check);

/// Which folder this is about, for a person's eyes: "/srv/share", or "alice@nas:/srv/share" on another computer.
[[nodiscard]] std::string displayPlace(const Check& check);

/// "drwxr-x---" with setuid, setgid and sticky, as ls(1) writes it.
[[nodiscard]] std::string modeLetters(const FileStatus& status);

} // namespace scratchproof
