// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/text.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scratchproof {

/// Why a scratch directory is as it is, was kept, or is not what it seems. Each has an id and words (wordsOf()), which
/// say what it means.
enum class ReasonKind : std::uint8_t {
    None,
    Said, // in words that were read from a version that gave no kind, or gave one that this version does not know
    // By what is registered
    Elsewhere,
    FoundHere,
    CreationUnfinished,
    RemovalUnfinished,
    // Of where it is looked for
    MountsUnread,
    FolderAway,
    NoAnswer,
    NotLookedAt,
    OtherFileSystem,
    WasInMemory,
    MountedOver,
    NotThere,
    OtherInPlace,
    OtherUsers,
    SubvolumeInPlace,
    OtherInode,
    InterruptedAndEmpty,
    UnmarkedAndEmpty,
    PlaceUncertain,
    // Of its marker
    MarkerClosed,
    MarkerUnread,
    NoMarker,
    OtherMarker,
    MarkerIsLink,
    MarkerNotPlain,
    MarkerOfOther,
    MarkerLinkedTwice,
    MarkerTooLarge,
    MarkerSenseless,
    // Of who uses it
    UsedByProcess,
    UsedByLoopDevice,
    UsedAsSwap,
    UsedByMount,
    LockHeld,
    LockUnknown,
    // Of what must stay, or takes others along
    MountTop,
    HoldsProtected,
    HomeUnseen,
    HoldsOther,
    HoldsPinned,
    HoldsUnknown,
    CopyThere,
    CopyAway,
    // Of a removal
    NotThatLookedAt,
    MarkerChanged,
    Replaced,
    BeingRemoved,
    ChangedByOther,
    NotEmptyAnyMore,
    KeepsFilling,
    Stopped,
    NotRemoved,
    PartKept,
    // Of an entry that stays
    InnerScratch,
    MountInTheWay,
    Refused,
    OfUser,
    OfContainer,
    OfUnnamedUser,
    // Of a sweep
    NotOver,
    GivenTime,
    GivenTimeOrTaken,
    AlreadyGone,
    FilledUnfinished,
    ChangedAfterEnd,
    Purged,
    ClockSetBack,
    ClockSetOn,
    // Of what was found
    NotRegistered,
    FromOtherComputer,
    DriveWasElsewhere,
    MovedFrom,
    CopiedFrom,
    SameMarker,
    SameMarkerHere,
    SameMarkerAway,
    // Of a folder that is no safe place
    FolderOfUser,
    FolderOfNumber,
    FolderOpenToAll,
    FolderOpenToGroup,
};
constexpr ReasonKind kLastReason = ReasonKind::FolderOpenToGroup;

/// A kind of reason with what its words are filled with.
struct Reason
{
    ReasonKind kind = ReasonKind::None;
    Path path = {};                 // {path}; quoted for a shell: {shell-path}
    std::string name = {};          // {name}: of a program, a user, a group, a computer or a scratch directory
    std::string text = {};          // {text}: what the system says; of Said all of it
    std::uint64_t number = 0;       // {number}: of a process, of a user, of entries
    std::uint64_t bytes = 0;        // {bytes}
    std::uint64_t more = 0;         // {more}: how many others there are besides
    Nanoseconds time = 0;           // {time}: wall clock
    Nanoseconds otherTime = 0;      // {other-time}
    std::vector<Reason> inner = {}; // {reason}: one at most

    /// Words without a kind; no reason where there are none.
    [[nodiscard]] static Reason said(std::string words)
    {
        return {.kind = words.empty() ? ReasonKind::None : ReasonKind::Said, .text = std::move(words)};
    }
    [[nodiscard]] bool empty() const { return kind == ReasonKind::None; }
    friend bool operator==(const Reason&, const Reason&) = default;
};

/// English, marked for translation in the context "reasons", with {argument} where a value goes; what stands in
/// [brackets] is left out where there are no others. Without a capital and a full stop.
struct ReasonWords
{
    ReasonKind kind;
    const char* id; // kebab-case, as JSON has it
    const char* text;
};

/// nullptr for None and Said.
[[nodiscard]] const ReasonWords* wordsOf(ReasonKind kind);
/// Nothing for an id that this version does not know.
[[nodiscard]] std::optional<ReasonKind> reasonKindFromId(std::string_view id);

/// The words of the reason, filled, and safe to show (displayText()); "" for None. In English, or in the language that
/// `translate` looks an English text up in.
[[nodiscard]] std::string toString(const Reason& reason, const std::function<std::string(const char*)>& translate = {});

} // namespace scratchproof
