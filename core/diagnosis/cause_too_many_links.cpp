// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"path-too-many-links",
     {"path", "open-folder", Shows::Fails, "ELOOP"},
     QT_TRANSLATE_NOOP("causes", "The path goes through too many shortcuts"),
     QT_TRANSLATE_NOOP("causes",
                       "Linux follows at most 40 shortcuts in one path, and this one has {links}. None of them is "
                       "wrong by itself."),
     {"use-end-of-links", "use-real-path"}},
};

constexpr FixWords kFixes[] = {
    {"use-end-of-links",
     QT_TRANSLATE_NOOP("causes", "Use the folder that they lead to: '{end}'. Nothing needs to be deleted."),
     FixBy::User},
};

std::optional<Finding> tooManyLinks(const Input& in)
{
    constexpr unsigned kMostLinks = 40; // path_resolution(7)
    const auto& links = in.facts.links;
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({ELOOP}) || !links || links->circle ||
        links->links <= kMostLinks)
        return std::nullopt;
    Arguments arguments = {{"links", Argument::count(links->links)}};
    if (!links->end)
        return withFixes(makeFinding(in, "path-too-many-links", std::move(arguments)), {"use-real-path"});
    arguments.emplace("end", Argument::path(*links->end));
    return withFixes(makeFinding(in, "path-too-many-links", std::move(arguments)), {"use-end-of-links"});
}

constexpr Rule kRules[] = {tooManyLinks};

} // namespace

extern const RuleFamily causeTooManyLinks{kRules, kCauses, kFixes};

} // namespace scratchproof
