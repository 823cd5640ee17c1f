// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/stream/json_fields.h"
#include "core/system/system.h"

#include <stop_token>

namespace scratchproof {

/// Serves `space` (messages.h): the room in the file system that holds the folder. An Error says why it cannot be
/// opened.
[[nodiscard]] Result<Json> serveSpaceRequest(System& system, const Json& request);

/// Serves `list-folders`: the folders in a folder, links to folders included, by name; at most `limit` of them, and at
/// most 200,000 entries are looked at.
[[nodiscard]] Result<Json> serveListFoldersRequest(System& system, const Json& request, std::stop_token stop);

/// Serves `entries`: which of the names there are in the folder. Links are not followed.
[[nodiscard]] Result<Json> serveEntriesRequest(System& system, const Json& request);

} // namespace scratchproof
