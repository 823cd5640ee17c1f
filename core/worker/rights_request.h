// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/stream/json_fields.h"
#include "core/system/system.h"

#include <stop_token>

namespace scratchproof {

/// Serves `rights` (messages.h): whether a user would be able to write to a folder, computed. An Error with the
/// operation "unknown-user" where there is no such user.
[[nodiscard]] Result<Json> serveRightsRequest(System& system, const Json& request, std::stop_token stop);

} // namespace scratchproof
