// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/quantity.h"
#include "core/base/result.h"
#include "core/scratch/reason.h"
#include "core/system/system.h"
#include "core/tree/tree_walk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// What the marker (kMarkerName) is called while a newer one is written.
constexpr const char* kNewMarkerName = ".scratchproof-marker-new";

/// What a scratch directory says of itself, in a small JSON file in it: so a lost registry can be read again from the
/// directories, and none is removed without its own word.
///
/// Several registries may know one directory: the one of each computer that its drive is plugged into, or one that was
/// restored from a backup. So how long it is kept stands here too, and is written here first: of registry and marker
/// the one with the higher `changes` is right; if they are equal, the later end.
struct Marker
{
    std::string id; // 32 hexadecimal digits: 128 random bits
    std::string name;
    std::string note;
    Nanoseconds created = 0; // wall clock
    Lifetime lifetime;
    std::string machine;                  // machineIdentity() of the maker
    std::string program;                  // "scratchproof 0.1.0"
    std::optional<Nanoseconds> keptUntil; // wall clock; nothing: for good
    bool pinned = false;
    std::uint64_t changes = 0; // of the three above
    std::string content;       // the directory in it that is the user's own (CreateRequest::empty); "": all of it
    bool isOld = false;        // read: of version 0.1.0, which says nothing of how long it is kept
    friend bool operator==(const Marker&, const Marker&) = default;
};

[[nodiscard]] std::string markerText(const Marker& marker);
/// Reads what markerText() wrote; the text may be a stranger's.
[[nodiscard]] Result<Marker> markerFromText(std::string_view text);

/// Creates the marker in an open directory: exclusively, mode 0600, never through a symbolic link; written and synced,
/// and the directory with it. What was made is removed again if that fails.
[[nodiscard]] Result<void> writeMarker(System& system, int directory, const Marker& marker);
/// Puts another one in the place of the marker that is there, in one step: whoever reads it meanwhile, or after a
/// crash, sees one of the two. Needs room for a second one for as long.
[[nodiscard]] Result<void> replaceMarker(System& system, int directory, const Marker& marker);

enum class MarkerState : std::uint8_t {
    Present,
    Absent,
    NotOurs, // there, but a link, not a plain file, another user's, too large, not readable as a marker, or one file
             // with the marker of a copy (a second hard link)
};
struct MarkerLook
{
    MarkerState state = MarkerState::Absent;
    Marker marker; // where Present
    Reason reason; // where NotOurs
    /// Where NotOurs: a plain file of ours without its last line's end, as a crash while it was written leaves it.
    bool isUnfinished = false;
};
/// Reads the marker of an open directory. A symbolic link or FIFO in its place is not opened. One of our own that its
/// owner may not read is read all the same with `openUp`, and may be read by its owner from then on. An Error only
/// where the system says neither yes nor no (EIO, ENOMEM, EACCES).
[[nodiscard]] Result<MarkerLook> readMarker(System& system, int directory, bool ownersCount, bool openUp = false);

} // namespace scratchproof
