// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

/// btrfs: a snapshot holds an empty folder in the place of each subvolume that lay in what it was taken of.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"subvolume-stand-in",
     {"path", "create-file open-folder", Shows::Fails, "EACCES EPERM ENOENT"},
     QT_TRANSLATE_NOOP("causes", "This is an empty stand-in for a part that the snapshot left out"),
     QT_TRANSLATE_NOOP("causes",
                       "Where a subvolume was, a btrfs snapshot holds an empty folder that takes no files, not even "
                       "from the administrator: '{component}'. Snapshots do not go into subvolumes."),
     {"replace-stand-in", "replace-stand-in-as-admin"}},
};

constexpr FixWords kFixes[] = {
    {"replace-stand-in",
     QT_TRANSLATE_NOOP("causes", "It is empty: remove it, then make a real folder of that name."),
     FixBy::User,
     {"rmdir", "--", "{component}"}},
    {"replace-stand-in-as-admin",
     QT_TRANSLATE_NOOP("causes", "It is empty: have it removed, and a real folder of that name made for you."),
     FixBy::Admin,
     {"rmdir", "--", "{component}"}},
};

constexpr std::uint64_t kEmptySubvolume = 2; // BTRFS_EMPTY_SUBVOL_DIR_OBJECTID: no other folder has this inode

/// The last folder that was reached.
const PathComponent* reached(const Input& in)
{
    const PathComponent* last = nullptr;
    for (const PathComponent& component : in.facts.path) {
        if (component.status && component.status->isDirectory())
            last = &component;
    }
    return last;
}

bool isOnBtrfs(const Input& in, const PathComponent& component)
{
    for (const Mount& mount : in.facts.mountsOnPath) {
        if (component.status->mountId == mount.id)
            return mount.fileSystem == "btrfs";
    }
    return in.fileSystem() == "btrfs";
}

std::optional<Finding> standIn(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    const bool isMissingBelow = in.failedAt({Step::OpenFolder}) && in.failedWith({ENOENT});
    if (!isMissingBelow && (!in.failedWith({EACCES, EPERM}) || in.failedAt({Step::OpenFolder}) || folder == nullptr ||
                            folder->inode != kEmptySubvolume || in.fileSystem() != "btrfs"))
        return std::nullopt;
    const PathComponent* last = reached(in);
    if (isMissingBelow && (last == nullptr || last->status->inode != kEmptySubvolume || !isOnBtrfs(in, *last)))
        return std::nullopt;
    const Path place = isMissingBelow ? last->path : in.folder;
    // Removing takes the right to write to the folder that it is in.
    const PathComponent* above = nullptr;
    for (const PathComponent& component : in.facts.path) {
        if (component.path == parentPath(absolutePath(place, "/")))
            above = &component;
    }
    const bool isOwn = above != nullptr && above->status && above->status->uid == in.facts.user.uid;
    return withEvidence(withFixes(makeFinding(in, "subvolume-stand-in", {{"component", Argument::path(place)}}),
                                  {isOwn || in.facts.user.uid == 0 ? "replace-stand-in" : "replace-stand-in-as-admin"}),
                        "statx: inode 2 of btrfs");
}

constexpr Rule kRules[] = {standIn};

} // namespace

extern const RuleFamily causeSubvolumeStandIn{kRules, kCauses, kFixes};

} // namespace scratchproof
