// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <optional>
#include <string>

namespace scratchproof {

/// An absolute path of a program in $PATH, or in one of the places where system programs lie. Relative folders of $PATH
/// are passed over: probers and what starts them run in "/".
[[nodiscard]] std::optional<Path> findProgram(System& system, const std::string& name);

} // namespace scratchproof
