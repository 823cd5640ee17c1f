// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_definition.h"

#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// The manual page of the program in man(7): `frame`, which has the sections that belong to no command, with what is
/// made of the definition in the places of its lines `.\" synopsis`, `.\" options` and `.\" commands`. Nothing if one
/// of these is missing.
[[nodiscard]] std::optional<std::string> manualPage(const CommandDefinition& program, std::string_view frame);

} // namespace scratchproof
