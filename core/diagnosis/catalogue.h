// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// How a cause shows at the steps of a probe.
enum class Shows : std::uint8_t { Fails, Hangs, Slow, Differs, Passes };

/// "fails", "hangs", "slow", "differs", "passes".
[[nodiscard]] std::string_view toString(Shows shows);

/// Where a cause shows, for people who look it up, never for a rule to decide by. It stands beside the cause's words,
/// in the file of its rule (rule.h).
struct CatalogueRow
{
    const char* id;
    const char* section; // of `sections()`
    const char*
        steps; // "create-file rename"; "any": whatever comes first; "": at none, it is about an ability or a file
    Shows shows = Shows::Fails;
    const char* errnos = ""; // "EROFS EIO"; "" where there is none, or any
};

struct CatalogueSection
{
    const char* id;
    const char* title;
    const char* about; // a sentence or two
};

/// In the order to be read: the sections, and in each the causes as their rules are asked.
[[nodiscard]] std::span<const CatalogueSection> catalogueSections();
[[nodiscard]] std::span<const CatalogueRow> catalogueRows();
/// nullptr for an id that has none.
[[nodiscard]] const CatalogueRow* findCatalogueRow(std::string_view id);

/// The words of `steps` or `errnos`.
[[nodiscard]] std::vector<std::string> wordsOf(std::string_view list);

/// What an errno of that name says of a folder, in a sentence; "" where the C library's own has to do.
[[nodiscard]] std::string_view errnoMeaning(std::string_view name);

/// The causes that show with this errno ("EROFS"), in their order.
[[nodiscard]] std::vector<const CatalogueRow*> causesWithErrno(std::string_view name);

/// At most `most` ids of causes that are spelled nearly like `text`, or contain it; the nearest first.
[[nodiscard]] std::vector<std::string> nearestCauses(std::string_view text, std::size_t most);

} // namespace scratchproof
