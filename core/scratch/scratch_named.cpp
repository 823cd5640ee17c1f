// SPDX-License-Identifier: GPL-3.0-or-later

// Which scratch directories a user means.

#include "core/scratch/scratch_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scratchproof {

namespace {

constexpr std::size_t kShortestIdStart = 6;

using Matches = bool (*)(const ScratchRecord&, const std::string& word, const Path& path);

constexpr std::array<Matches, 5> kWaysToMean{
    [](const ScratchRecord& row, const std::string& word, const Path&) { return row.id == word; },
    [](const ScratchRecord& row, const std::string&, const Path& path) {
        return row.path == path || (!row.content.empty() && joinPath(row.path, row.content) == path);
    },
    [](const ScratchRecord& row, const std::string& word, const Path&) { return baseName(row.path) == word; },
    [](const ScratchRecord& row, const std::string& word, const Path&) { return row.name == word; },
    [](const ScratchRecord& row, const std::string& word, const Path&) {
        return word.size() >= kShortestIdStart && row.id.starts_with(word);
    }};

/// The only one of `all` that `word` means.
Result<const ScratchDirectory*> meant(const std::vector<ScratchDirectory>& all, const std::string& word,
                                      const Path& working)
{
    const Path path = absolutePath(word, working);
    for (const Matches matches : kWaysToMean) {
        std::vector<const ScratchDirectory*> found;
        for (const ScratchDirectory& one : all) {
            if (matches(one.record, word, path))
                found.push_back(&one);
        }
        if (found.size() == 1)
            return found.front();
        if (found.empty())
            continue;
        std::string detail = fmt::format(
            "'{}' may mean {} scratch directories; give one of these ids:", displayText(word), found.size());
        for (const ScratchDirectory* one : found)
            detail += fmt::format("\n  {}  {}", one->record.id, displayPath(one->record.path));
        return fail(ErrorKind::UnknownDirectory, {}, 0, std::move(detail));
    }
    return fail(ErrorKind::UnknownDirectory, {}, 0,
                fmt::format("no scratch directory is called '{}'; expected an id, a name or a path of `scratch list`",
                            displayText(word)));
}

} // namespace

Result<std::vector<ScratchDirectory>> ScratchStore::named(const std::vector<std::string>& words)
{
    const auto all = list();
    if (!all)
        return fail(all.error());
    std::vector<ScratchDirectory> chosen;
    for (const std::string& word : words) {
        const auto found = meant(*all, word, m_working);
        if (!found)
            return fail(found.error());
        const auto isIt = [&](const ScratchDirectory& one) { return one.record.id == (*found)->record.id; };
        if (std::none_of(chosen.begin(), chosen.end(), isIt))
            chosen.push_back(**found);
    }
    return chosen;
}

} // namespace scratchproof
