// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/stream/json_fields.h"
#include "core/system/system.h"

#include <functional>
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

/// Serves `read-file`: its bytes by `progress`, in parts; at most 64 MiB.
[[nodiscard]] Result<Json> serveReadFileRequest(System& system, const Json& request, const std::stop_token& stop,
                                                const std::function<void(Json)>& progress);

} // namespace scratchproof
