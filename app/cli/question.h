// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <cstdint>
#include <string_view>

namespace scratchproof {

class ProberSession;

enum class Reply : std::uint8_t {
    Yes,
    No,         // anything but yes; also the end of the input, and one that cannot be read
    Interrupted // by a signal that the session caught: ProberSession::signal()
};

/// Writes `question` and " [y/N] " on `err` and reads a line: "y", "Y" or "yes" is yes. For a terminal; without one
/// there is nobody to ask. Waits for the line as long as it takes, but not beyond a signal.
[[nodiscard]] Reply askYesOrNo(ProberSession& session, Console& console, std::string_view question);

} // namespace scratchproof
