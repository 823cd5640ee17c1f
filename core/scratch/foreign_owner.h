// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/scratch/reason.h"
#include "core/system/system.h"

namespace scratchproof {

/// What could not be removed may belong to somebody else: to a user of a rootless container of ours, whose numbers are
/// in our range of /etc/subuid (subuid(5)), or to another user. Returns `reason`, which is Refused, with that owner,
/// and as it is where it is our own, where `error` has another cause than missing rights, or where nobody can be named.
/// `top` is the scratch directory that it lies in. Looks at the entry's path: for words only, nothing is done by it.
[[nodiscard]] Reason withOwner(System& system, const Path& top, const Error& error, Reason reason);

} // namespace scratchproof
