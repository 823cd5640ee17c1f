// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/confinement.h"

namespace scratchproof {

/// Whether user 0 has root's powers here: no user namespace of its own, and CAP_DAC_OVERRIDE (capabilities(7)) not
/// taken from it. True where that is not known.
[[nodiscard]] bool rootHasItsPowers(const Confinement& confinement);
/// The same of this process. Reads /proc/self, and nothing else.
[[nodiscard]] bool rootHasItsPowers(System& system);

} // namespace scratchproof
