// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/words.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

struct CatalogueSection
{
    const char* id;
    const char* title;
    const char* about; // a sentence or two
};

/// In the order to be read: the sections, and the causes section by section, in each as their rules are asked.
[[nodiscard]] std::span<const CatalogueSection> catalogueSections();
[[nodiscard]] std::vector<const CauseWords*> catalogue();

/// The words of `steps` or `errnos`.
[[nodiscard]] std::vector<std::string> wordsOf(std::string_view list);

/// What an errno of that name says of a folder, in a sentence; "" where the C library's own has to do.
[[nodiscard]] std::string_view errnoMeaning(std::string_view name);

/// The causes that show with this errno ("EROFS"), in their order.
[[nodiscard]] std::vector<const CauseWords*> causesWithErrno(std::string_view name);

/// At most `most` ids of causes that are spelled nearly like `text`, or contain it; the nearest first.
[[nodiscard]] std::vector<std::string> nearestCauses(std::string_view text, std::size_t most);

} // namespace scratchproof
