// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/quantity.h"
#include "core/base/result.h"
#include "core/system/system.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace scratchproof {

/// The marker's name in each scratch directory.
constexpr const char* kMarkerName = ".scratchproof-marker";

/// What a scratch directory says of itself, in a small JSON file in it: so a lost registry can be read again from the
/// directories, and none is removed without its own word.
struct Marker
{
    std::string id; // 32 hexadecimal digits: 128 random bits
    std::string name;
    std::string note;
    Nanoseconds created = 0; // wall clock
    Lifetime lifetime;
    std::string machine; // machineIdentity() of the maker
    std::string program; // "scratchproof 0.1.0"
    friend bool operator==(const Marker&, const Marker&) = default;
};

[[nodiscard]] std::string markerText(const Marker& marker);
/// Reads what markerText() wrote; the text may be a stranger's.
[[nodiscard]] Result<Marker> markerFromText(std::string_view text);

/// Creates the marker in an open directory: exclusively, mode 0600, never through a symbolic link; written and synced,
/// and the directory with it. What was made is removed again if that fails.
[[nodiscard]] Result<void> writeMarker(System& system, int directory, const Marker& marker);

enum class MarkerState : std::uint8_t {
    Present,
    Absent,
    NotOurs, // there, but a link, not a plain file, another user's, too large, or not readable as a marker
};
struct MarkerLook
{
    MarkerState state = MarkerState::Absent;
    Marker marker;      // where Present
    std::string reason; // where NotOurs: English
    /// Where NotOurs: a plain file of ours without its last line's end, as a crash while it was written leaves it.
    bool isUnfinished = false;
};
/// Reads the marker of an open directory. A symbolic link or FIFO in its place is not opened. An Error only where the
/// system says neither yes nor no (EIO, ENOMEM, EACCES).
[[nodiscard]] Result<MarkerLook> readMarker(System& system, int directory, bool ownersCount);

} // namespace scratchproof
