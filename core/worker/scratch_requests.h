// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/stream/json_fields.h"
#include "core/system/system.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

class ProbeJournal;

/// Whether serveScratchRequest() knows this request (messages.h: "scratch-create", "scratch-list", ...).
[[nodiscard]] bool isScratchRequest(const Json& request);

/// Serves one scratch-* request of messages.h and returns its `result`. `progress` is called now and then with the body
/// of a progress event while a directory is measured or removed; it must not throw. `journal` is that of the prober,
/// for the probe of the folder before something is created in it.
///
/// Errors: "bad-request" (a member is missing or wrong), "bad-input" (what the user gave cannot be used; `detail` says
/// what was expected), "unknown-directory", "folder-unusable" (errno, and `detail` with the step), "unsafe-folder",
/// "cancelled", those of the registry ("store-busy", "store-damaged", ...: see core/store/database.h), and system
/// calls. Blocks as long as the file system does: for a prober only.
[[nodiscard]] Result<Json> serveScratchRequest(System& system, ProbeJournal& journal, const Json& request,
                                               std::stop_token stop, const std::function<void(Json)>& progress);

} // namespace scratchproof
