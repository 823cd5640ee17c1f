// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/edit_distance.h"

#include <algorithm>
#include <numeric>

namespace scratchproof {

namespace {
// Nobody means a name by more than that, and comparing takes time by its length.
constexpr std::size_t kLongestWord = 64;
} // namespace

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

std::string nearestName(std::string_view word, const std::vector<std::string>& names)
{
    std::string nearest;
    if (word.empty() || word.size() > kLongestWord)
        return nearest;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t far = name.starts_with(word) ? 1 : editDistance(word, name);
        // "x" is not near to "run": something of it has to be right.
        if (far < least && far < word.size()) {
            least = far;
            nearest = name;
        }
    }
    return nearest;
}

} // namespace scratchproof
