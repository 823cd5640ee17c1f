// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"fuse-local-mode-check",
     {"network", "create-directory create-file read-back", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "This computer refuses before the server is asked"),
     QT_TRANSLATE_NOOP("causes",
                       "The share was connected so that this computer goes by the owner and the permissions that the "
                       "server shows ({owner}), and by these you may not write. The numbers of users there may mean "
                       "other people than here."),
     {"let-server-decide"}},
};

constexpr FixWords kFixes[] = {
    {"let-server-decide",
     QT_TRANSLATE_NOOP("causes", "Connect it again without the option default_permissions, so that the server decides; "
                                 "of sshfs, with idmap=user or uid={uid} if the account on the server is yours."),
     FixBy::User},
};

/// What is not ours by its owner: the folder, or the file that was just made in it. On the server it belongs to whoever
/// logged in there.
const FileStatus* foreign(const Input& in)
{
    const FileStatus* denied = in.deniedByRights();
    const auto& created = in.probe.notes.createdFile;
    if (in.failedAt({Step::ReadBack, Step::CreateDirectory}) && in.failedWith({EACCES}) && created)
        denied = &*created;
    return denied != nullptr && denied->uid != in.facts.user.uid ? denied : nullptr;
}

/// FUSE: default_permissions lets the kernel check by mode, owner and group, as they come from the server.
std::optional<Finding> decidedHere(const Input& in)
{
    const FileStatus* decided = foreign(in);
    if (decided == nullptr || in.facts.user.uid == 0 || !in.isFuse() || in.isSmb() || !in.isKind(MountKind::Network) ||
        !in.mount()->hasSuperOption("default_permissions"))
        return std::nullopt;
    const bool isFolder = decided == in.folderStatus();
    const FileStatus* folder = in.folderStatus();
    const bool hasFoldersOwner = folder != nullptr && folder->uid == decided->uid;
    const auto owner = hasFoldersOwner ? in.facts.owner : std::nullopt;
    return withEvidence(makeFinding(in, "fuse-local-mode-check",
                                    {{"owner", Argument::user(nameOrNumber(owner, decided->uid))},
                                     {"uid", Argument::count(in.facts.user.uid)}}),
                        (isFolder ? "" : "the new file: ") + modeLine(in, *decided));
}

constexpr Rule kRules[] = {decidedHere};

} // namespace

extern const RuleFamily causeFuseLocalModeCheck{kRules, kCauses, kFixes};

} // namespace scratchproof
