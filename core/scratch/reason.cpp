// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/reason.h"

#include "core/base/fill_words.h"
#include "core/base/quantity.h"
#include "core/base/translatable.h"
#include "core/tree/tree_walk.h"

#include <algorithm>
#include <array>

namespace scratchproof {

namespace {

constexpr auto kReasonWords = std::to_array<ReasonWords>({
    {ReasonKind::Elsewhere, "elsewhere", QT_TRANSLATE_NOOP("reasons", "it is on the computer '{name}'")},
    {ReasonKind::FoundHere, "found-here",
     QT_TRANSLATE_NOOP("reasons", "it was found here; it stays until it is given a lifetime and that is over")},
    {ReasonKind::CreationUnfinished, "creation-unfinished",
     QT_TRANSLATE_NOOP("reasons", "its creation did not finish")},
    {ReasonKind::RemovalUnfinished, "removal-unfinished",
     QT_TRANSLATE_NOOP("reasons", "its removal was begun, and did not finish")},
    {ReasonKind::MountsUnread, "mounts-unread", QT_TRANSLATE_NOOP("reasons", "the mounts cannot be read: {text}")},
    {ReasonKind::FolderAway, "folder-away", QT_TRANSLATE_NOOP("reasons", "the folder that it is in is not here")},
    {ReasonKind::NoAnswer, "no-answer", QT_TRANSLATE_NOOP("reasons", "its drive or share does not answer: {text}")},
    {ReasonKind::NotLookedAt, "not-looked-at", QT_TRANSLATE_NOOP("reasons", "it could not be looked at: {text}")},
    {ReasonKind::OtherFileSystem, "other-file-system",
     QT_TRANSLATE_NOOP("reasons", "another file system is in its place now")},
    {ReasonKind::WasInMemory, "was-in-memory",
     QT_TRANSLATE_NOOP("reasons", "it was in memory, and this computer has been restarted since")},
    {ReasonKind::MountedOver, "mounted-over", QT_TRANSLATE_NOOP("reasons", "something is mounted over it")},
    {ReasonKind::NotThere, "not-there", QT_TRANSLATE_NOOP("reasons", "the directory is not there any more")},
    {ReasonKind::OtherInPlace, "other-in-place", QT_TRANSLATE_NOOP("reasons", "something else is in its place")},
    {ReasonKind::OtherUsers, "other-users", QT_TRANSLATE_NOOP("reasons", "the directory belongs to another user")},
    {ReasonKind::SubvolumeInPlace, "subvolume-in-place", QT_TRANSLATE_NOOP("reasons", "a subvolume is in its place")},
    {ReasonKind::OtherInode, "other-inode",
     QT_TRANSLATE_NOOP("reasons", "it is not the directory that was made here (another inode)")},
    {ReasonKind::InterruptedAndEmpty, "interrupted-and-empty",
     QT_TRANSLATE_NOOP("reasons", "its creation or removal was interrupted, and it is empty")},
    {ReasonKind::UnmarkedAndEmpty, "unmarked-and-empty",
     QT_TRANSLATE_NOOP("reasons", "its marker is gone, and it is empty")},
    {ReasonKind::PlaceUncertain, "place-uncertain",
     QT_TRANSLATE_NOOP("reasons", "{reason}, and whether this is the folder it was made in cannot be told")},
    {ReasonKind::MarkerClosed, "marker-closed", QT_TRANSLATE_NOOP("reasons", "its own owner may not read its marker")},
    {ReasonKind::MarkerUnread, "marker-unread", QT_TRANSLATE_NOOP("reasons", "its marker could not be read: {text}")},
    {ReasonKind::NoMarker, "no-marker", QT_TRANSLATE_NOOP("reasons", "it has no marker")},
    {ReasonKind::OtherMarker, "other-marker", QT_TRANSLATE_NOOP("reasons", "its marker is that of another directory")},
    {ReasonKind::MarkerIsLink, "marker-is-link", QT_TRANSLATE_NOOP("reasons", "its marker is a symbolic link")},
    {ReasonKind::MarkerNotPlain, "marker-not-plain", QT_TRANSLATE_NOOP("reasons", "its marker is not a plain file")},
    {ReasonKind::MarkerOfOther, "marker-of-other", QT_TRANSLATE_NOOP("reasons", "its marker belongs to another user")},
    {ReasonKind::MarkerLinkedTwice, "marker-linked-twice",
     QT_TRANSLATE_NOOP("reasons", "its marker has a second hard link, as cp -al makes them: there is a copy of it")},
    {ReasonKind::MarkerTooLarge, "marker-too-large", QT_TRANSLATE_NOOP("reasons", "its marker is too large to be one")},
    {ReasonKind::MarkerSenseless, "marker-senseless", QT_TRANSLATE_NOOP("reasons", "its marker cannot be read as one")},
    {ReasonKind::UsedByProcess, "used-by-process",
     QT_TRANSLATE_NOOP("reasons", "it is in use by {name} (process {number})[ and {more} more]")},
    {ReasonKind::UsedByLoopDevice, "used-by-loop-device",
     QT_TRANSLATE_NOOP("reasons", "a file in it is the loop device '{path}'[ and {more} more]")},
    {ReasonKind::UsedAsSwap, "used-as-swap",
     QT_TRANSLATE_NOOP("reasons", "in it is the swap file '{path}'[ and {more} more]")},
    {ReasonKind::UsedByMount, "used-by-mount",
     QT_TRANSLATE_NOOP("reasons", "it is used by the mount at '{path}'[ and {more} more]")},
    {ReasonKind::LockHeld, "lock-held", QT_TRANSLATE_NOOP("reasons", "a program holds its lock")},
    {ReasonKind::LockUnknown, "lock-unknown",
     QT_TRANSLATE_NOOP("reasons", "whether a program holds its lock cannot be asked on this file system")},
    {ReasonKind::MountTop, "mount-top", QT_TRANSLATE_NOOP("reasons", "it is the top of a mount")},
    {ReasonKind::HoldsProtected, "holds-protected", QT_TRANSLATE_NOOP("reasons", "'{path}' is in it, or is it")},
    {ReasonKind::HomeUnseen, "home-unseen",
     QT_TRANSLATE_NOOP("reasons", "whether the home folder is in it cannot be seen, since that does not answer")},
    {ReasonKind::HoldsOther, "holds-other",
     QT_TRANSLATE_NOOP("reasons", "the scratch directory '{name}' lies in it ({path})[, and {more} more]")},
    {ReasonKind::HoldsPinned, "holds-pinned",
     QT_TRANSLATE_NOOP("reasons", "the scratch directory '{name}' lies in it ({path}, pinned)[, and {more} more]")},
    {ReasonKind::HoldsUnknown, "holds-unknown",
     QT_TRANSLATE_NOOP("reasons", "whether another scratch directory lies in it cannot be told: {text}")},
    {ReasonKind::CopyThere, "copy-there",
     QT_TRANSLATE_NOOP("reasons", "{path}[ (and {more} more)] is a copy of it, with the same marker: none of them is "
                                  "removed. Remove the file {marker} from those that are not to be looked after")},
    {ReasonKind::CopyAway, "copy-away",
     QT_TRANSLATE_NOOP(
         "reasons",
         "{path}[ (and {more} more)] is a copy of it, with the same marker, and is not here now: none of them is "
         "removed. If it does not come back, extend this one: then this is the one that is looked after")},
    {ReasonKind::NotThatLookedAt, "not-that-looked-at",
     QT_TRANSLATE_NOOP("reasons", "it is not the directory that was looked at before")},
    {ReasonKind::MarkerChanged, "marker-changed", QT_TRANSLATE_NOOP("reasons", "its marker was changed meanwhile")},
    {ReasonKind::Replaced, "replaced", QT_TRANSLATE_NOOP("reasons", "it was renamed or replaced meanwhile")},
    {ReasonKind::BeingRemoved, "being-removed", QT_TRANSLATE_NOOP("reasons", "another program is removing it")},
    {ReasonKind::ChangedByOther, "changed-by-other",
     QT_TRANSLATE_NOOP("reasons", "it was changed, or is being removed, by another program")},
    {ReasonKind::NotEmptyAnyMore, "not-empty-any-more",
     QT_TRANSLATE_NOOP("reasons", "it is not empty any more, and has no marker")},
    {ReasonKind::KeepsFilling, "keeps-filling", QT_TRANSLATE_NOOP("reasons", "files keep appearing in it")},
    {ReasonKind::Stopped, "stopped", QT_TRANSLATE_NOOP("reasons", "it was stopped")},
    {ReasonKind::NotRemoved, "not-removed", QT_TRANSLATE_NOOP("reasons", "it could not be removed")},
    {ReasonKind::PartKept, "part-kept", QT_TRANSLATE_NOOP("reasons", "{path}: {reason}[, and {more} more]")},
    {ReasonKind::InnerScratch, "inner-scratch", QT_TRANSLATE_NOOP("reasons", "it is a scratch directory of its own")},
    {ReasonKind::MountInTheWay, "mount-in-the-way",
     QT_TRANSLATE_NOOP("reasons", "a mount is in the way; what is on it was not touched")},
    {ReasonKind::Refused, "refused", QT_TRANSLATE_NOOP("reasons", "{text}")},
    {ReasonKind::OfUser, "of-user", QT_TRANSLATE_NOOP("reasons", "{text}; it belongs to the user {name}")},
    {ReasonKind::OfContainer, "of-container",
     QT_TRANSLATE_NOOP("reasons", "{text}; it belongs to {number}, a user of a rootless container of yours; "
                                  "this removes it: podman unshare rm -rf -- {shell-path}")},
    {ReasonKind::OfUnnamedUser, "of-unnamed-user",
     QT_TRANSLATE_NOOP("reasons",
                       "{text}; it belongs to {number}, a user number without a name here, as rootless containers make "
                       "them; if it is of one of yours, this removes it: podman unshare rm -rf -- {shell-path}")},
    {ReasonKind::NotOver, "not-over", QT_TRANSLATE_NOOP("reasons", "its time is not over")},
    {ReasonKind::GivenTime, "given-time",
     QT_TRANSLATE_NOOP("reasons", "an interrupted step was finished first, and that gave it more time")},
    {ReasonKind::GivenTimeOrTaken, "given-time-or-taken",
     QT_TRANSLATE_NOOP("reasons", "it was given more time meanwhile, or is being removed")},
    {ReasonKind::AlreadyGone, "already-gone", QT_TRANSLATE_NOOP("reasons", "somebody else removed it")},
    {ReasonKind::FilledUnfinished, "filled-unfinished",
     QT_TRANSLATE_NOOP("reasons", "its creation did not finish, and somebody put something in it")},
    {ReasonKind::ChangedAfterEnd, "changed-after-end",
     QT_TRANSLATE_NOOP("reasons", "something in it changed after its time was over; it stays until {time}")},
    {ReasonKind::Purged, "purged", QT_TRANSLATE_NOOP("reasons", "{number} entries, {bytes}")},
    {ReasonKind::ClockSetBack, "clock-set-back",
     QT_TRANSLATE_NOOP("reasons", "the clock says {time}, and there is a record of {other-time}: it was "
                                  "wrong then, or is now. Nothing is removed this time")},
    {ReasonKind::ClockSetOn, "clock-set-on",
     QT_TRANSLATE_NOOP("reasons", "the clock says {time}, more than 30 days after {other-time}. In case "
                                  "that is wrong nothing is removed this time")},
    {ReasonKind::NotRegistered, "not-registered", QT_TRANSLATE_NOOP("reasons", "it was not registered")},
    {ReasonKind::FromOtherComputer, "from-other-computer",
     QT_TRANSLATE_NOOP("reasons", "it comes from another computer")},
    {ReasonKind::DriveWasElsewhere, "drive-was-elsewhere",
     QT_TRANSLATE_NOOP("reasons", "its drive was at the computer '{name}'")},
    {ReasonKind::MovedFrom, "moved-from",
     QT_TRANSLATE_NOOP("reasons", "it was at {path}; it has no end until it is extended")},
    {ReasonKind::CopiedFrom, "copied-from",
     QT_TRANSLATE_NOOP("reasons", "it was copied from {path}, where it is no more")},
    {ReasonKind::SameMarker, "same-marker", QT_TRANSLATE_NOOP("reasons", "{path} has the same marker")},
    {ReasonKind::SameMarkerHere, "same-marker-here",
     QT_TRANSLATE_NOOP("reasons", "{path} has the same marker. Neither is removed; remove the file {marker} "
                                  "from the one that is not to be looked after")},
    {ReasonKind::SameMarkerAway, "same-marker-away",
     QT_TRANSLATE_NOOP("reasons", "{path} has the same marker, and is not here now. Neither is removed; "
                                  "remove the file {marker} from the one that is not to be looked after")},
    {ReasonKind::FolderOfUser, "folder-of-user",
     QT_TRANSLATE_NOOP("reasons", "it belongs to the user {name}, who may rename what is in it")},
    {ReasonKind::FolderOfNumber, "folder-of-number",
     QT_TRANSLATE_NOOP("reasons", "it belongs to user number {number}, who may rename what is in it")},
    {ReasonKind::FolderOpenToAll, "folder-open-to-all",
     QT_TRANSLATE_NOOP("reasons", "every user may rename what is in it (it has no sticky bit)")},
    {ReasonKind::FolderOpenToGroup, "folder-open-to-group",
     QT_TRANSLATE_NOOP("reasons", "its group ({name}) may rename what is in it")},
});

constexpr std::size_t kFirstWithWords = static_cast<std::size_t>(ReasonKind::Said) + 1;

/// Every kind after Said has words, in the order of the enum, and no two have the same id.
constexpr bool areReasonWordsWhole()
{
    for (std::size_t i = 0; i < kReasonWords.size(); ++i) {
        if (static_cast<std::size_t>(kReasonWords[i].kind) != kFirstWithWords + i)
            return false;
        for (std::size_t j = 0; j < i; ++j) {
            if (std::string_view(kReasonWords[i].id) == kReasonWords[j].id)
                return false;
        }
    }
    return kReasonWords.back().kind == kLastReason;
}
static_assert(areReasonWordsWhole());

std::string valueOf(const Reason& reason, std::string_view name,
                    const std::function<std::string(const char*)>& translate)
{
    if (name == "path")
        return displayPath(reason.path);
    if (name == "shell-path")
        return quoteForShell(reason.path);
    if (name == "name")
        return displayText(reason.name);
    if (name == "text")
        return displayText(reason.text);
    if (name == "number")
        return std::to_string(reason.number);
    if (name == "bytes")
        return formatBytes(reason.bytes);
    if (name == "more")
        return std::to_string(reason.more);
    if (name == "time")
        return toIso8601(reason.time);
    if (name == "other-time")
        return toIso8601(reason.otherTime);
    if (name == "marker")
        return kMarkerName;
    return name == "reason" && !reason.inner.empty() ? toString(reason.inner.front(), translate) : "?";
}

} // namespace

const ReasonWords* wordsOf(ReasonKind kind)
{
    const auto index = static_cast<std::size_t>(kind);
    return index < kFirstWithWords || kind > kLastReason ? nullptr : &kReasonWords[index - kFirstWithWords];
}

std::optional<ReasonKind> reasonKindFromId(std::string_view id)
{
    const auto* known = std::find_if(kReasonWords.begin(), kReasonWords.end(),
                                     [id](const ReasonWords& words) { return id == words.id; });
    return known == kReasonWords.end() ? std::nullopt : std::optional(known->kind);
}

std::string toString(const Reason& reason, const std::function<std::string(const char*)>& translate)
{
    const ReasonWords* words = wordsOf(reason.kind);
    if (words == nullptr)
        return displayText(reason.text);
    const std::string text = translate ? translate(words->text) : std::string(words->text);
    return fillWords(withoutGaps(text, [&](std::string_view /*others*/) { return reason.more > 0; }),
                     [&](const std::string& name) { return valueOf(reason, name, translate); });
}

} // namespace scratchproof
