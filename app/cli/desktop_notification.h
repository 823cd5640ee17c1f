// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <string>

namespace scratchproof {

/// Shows a notification on the user's desktop: org.freedesktop.Notifications.Notify on the session bus (Desktop
/// Notifications Specification 1.2). `body` is plain text. An Error{"notify"} where there is no such bus, or nobody on
/// it who shows any. Blocks, once connected, for two seconds at most.
[[nodiscard]] Result<void> notifyDesktop(const std::string& summary, const std::string& body);

} // namespace scratchproof
