// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"link-protected",
     {"path", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Linux does not follow somebody else's shortcut here"),
     QT_TRANSLATE_NOOP(
         "causes", "'{component}' is a shortcut that belongs to {owner}, in a folder that everybody may write to. A "
                   "safety rule of Linux (protected_symlinks) keeps others from following it. The folder that it "
                   "leads to may be fine."),
     {"use-real-path"},
     Severity::Blocking,
     Certainty::Likely},
};

/// may_follow_link() of fs/namei.c. Where a folder on the way to the link's target stops us, that is why.
std::optional<Finding> protectedLink(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({EACCES}) || in.barrier() != nullptr)
        return std::nullopt;
    const auto& path = in.facts.path;
    for (std::size_t i = 1; i < path.size(); ++i) {
        const auto& folder = path[i - 1].status;
        const auto& link = path[i].status;
        if (!folder || !link || link->type != FileType::SymbolicLink || path[i].linkErrorCode != EACCES ||
            !folder->isSticky() || (folder->mode & 02U) == 0 || link->uid == in.facts.user.uid ||
            link->uid == folder->uid)
            continue;
        return withEvidence(makeFinding(in, "link-protected",
                                        {{"component", Argument::path(path[i].path)},
                                         {"owner", Argument::user(nameOrNumber(path[i].owner, link->uid))}}),
                            "a link of another in a sticky folder that all may write to");
    }
    return std::nullopt;
}

constexpr Rule kRules[] = {protectedLink};

} // namespace

extern const RuleFamily causeLinkProtected{kRules, kCauses};

} // namespace scratchproof
