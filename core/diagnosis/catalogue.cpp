// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/catalogue.h"

#include "core/base/edit_distance.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr CatalogueSection kSections[] = {
    {"path", "The path",
     "What stands between the top of the system and the folder, and whether the folder is what it seems to be."},
    {"permissions", "Permissions and owners",
     "Who may write is decided by owner, group, mode and access list, in this order, and for every folder on the way."},
    {"read-only", "Read-only file systems",
     "Where nobody may write, whatever the permissions say. Several flags can say so, and some of them lie."},
    {"marks", "Marks and locks on files", "Attributes that stand above permissions, and files that are in use."},
    {"confinement", "This program is held back",
     "Sandboxes, containers and services see other rights than the same user in a terminal does."},
    {"security", "Security modules and scanners", "They refuse what the permissions allow, and mostly without a word."},
    {"space", "Space and quotas",
     "No room left, or none left for you. Some of it shows only when data is flushed to the drive."},
    {"changes", "Renaming and deleting", "Storing works, and taking away or moving does not."},
    {"network", "Network shares", "The server decides, and what stands in the permissions here may mean nothing."},
    {"fuse", "FUSE, phones, clouds and virtual machines", "File systems that are programs."},
    {"device", "Drives that fail, hang or are slow", "The hardware, and what it takes with it."},
    {"abilities", "What a folder is not able to do", "Limits that stop some programs, and no others."},
    {"system", "The system itself", "Limits of the program or of the computer; and what has no explanation."},
    {"rights", "Whether somebody else would be able to write",
     "What the command rights answers: computed, and not tried."},
    {"no-answer", "When there is no answer, or only half of one",
     "These say something about the check, and nothing about the folder."},
};

} // namespace

std::span<const CatalogueSection> catalogueSections()
{
    return kSections;
}

std::vector<const CauseWords*> catalogue()
{
    std::vector<const CauseWords*> gathered;
    for (const CatalogueSection& section : kSections) {
        for (const CauseWords* words : allCauseWords()) {
            if (section.id == std::string_view(words->listed.section))
                gathered.push_back(words);
        }
    }
    return gathered;
}

std::vector<std::string> wordsOf(std::string_view list)
{
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (end > 0)
            words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

std::vector<const CauseWords*> causesWithErrno(std::string_view name)
{
    std::vector<const CauseWords*> found = catalogue();
    std::erase_if(found, [name](const CauseWords* words) {
        const auto names = wordsOf(words->listed.errnos);
        return std::find(names.begin(), names.end(), name) == names.end();
    });
    return found;
}

std::vector<std::string> nearestCauses(std::string_view text, std::size_t most)
{
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const CauseWords* words : allCauseWords()) {
        const std::string_view id = words->id;
        const bool contains = text.size() >= 3 && id.find(text) != std::string_view::npos;
        const std::size_t far = contains ? 0 : editDistance(text, id);
        if (far <= std::max<std::size_t>(2, text.size() / 3))
            ranked.emplace_back(far, id);
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(most, ranked.size()); ++i)
        ids.push_back(ranked[i].second);
    return ids;
}

} // namespace scratchproof
