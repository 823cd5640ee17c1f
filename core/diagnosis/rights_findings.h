// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/words.h"
#include "core/facts/effective_rights.h"

namespace scratchproof {

/// Why `subject` would be able to write to `folder`, or not, or why that cannot be known. The id is the catalogue's
/// where a cause of it fits ("parent-no-search", "acl-mask-limits"); else "rights-granted", "rights-link-protected" or
/// "rights-unknown-...". Arguments: path, component, user, uid, and where they are known owner, group, entry, mount,
/// fs, owner_of_mount, target and message.
[[nodiscard]] Finding rightsFinding(const EffectiveRights& rights, const Path& folder, const Subject& subject);

/// Such a finding in words about somebody else: the catalogue's own say "you". For one of another kind what render()
/// says.
[[nodiscard]] RenderedFinding renderRights(const Finding& finding, const Translate& translate = {});

} // namespace scratchproof
