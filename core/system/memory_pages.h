// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace scratchproof {

/// Has the kernel give all pages of fresh memory at once, which page by page, as they are written to, takes several
/// times as long. `memory` begins at a page. Where the kernel cannot (before Linux 5.14) they come as they are used.
void populate(std::span<std::byte> memory);

} // namespace scratchproof
