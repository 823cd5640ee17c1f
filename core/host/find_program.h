// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <optional>
#include <string>

namespace scratchproof {

/// Whether the path, links followed, leads only through mounts where no server and no program has to answer. A path
/// that ends before, since something is missing, is near as far as it goes. Touches only what is near.
[[nodiscard]] bool isNear(System& system, const Path& path);

/// An absolute path of a program in $PATH, or in one of the places where system programs lie. Relative folders of $PATH
/// are passed over: probers and what starts them run in "/". So is whatever lies, links followed, on a mount where a
/// server or a program would have to answer: this is asked on the thread that watches, which waits for nobody.
[[nodiscard]] std::optional<Path> findProgram(System& system, const std::string& name);

} // namespace scratchproof
