// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <optional>
#include <string>

namespace scratchproof {

/// An absolute path of a program in $PATH, or in one of the places where system programs lie. Relative folders of $PATH
/// are passed over: probers and what starts them run in "/". So is whatever lies, links followed, on a mount where a
/// server or a program would have to answer: this is asked on the thread that watches, which waits for nobody.
[[nodiscard]] std::optional<Path> findProgram(System& system, const std::string& name);

} // namespace scratchproof
