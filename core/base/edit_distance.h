// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// Levenshtein's distance: how many bytes have to be changed, added or left out to make one of the other.
[[nodiscard]] std::size_t editDistance(std::string_view a, std::string_view b);

/// What somebody who wrote `word` may have meant: of `names` the nearest, if it is near enough or begins with `word`.
/// Empty if none is.
[[nodiscard]] std::string nearestName(std::string_view word, const std::vector<std::string>& names);

} // namespace scratchproof
