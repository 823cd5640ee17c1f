// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/probe/probe_name.h"
#include "core/system/processes.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What a prober has under way: names it is about to make in a folder, or has made and could not remove.
struct UnderWay
{
    Path folder;
    std::vector<std::string> names;
};

/// A prober that was given up, and still lives.
struct StuckProcess
{
    int pid = 0;
    Nanoseconds since = 0; // wall clock
};

/// One slot of the probe journal as it is stored: a head that says whose it is, then what is under way (guarded by a
/// hash, so that a write that was torn by a kill counts as nothing), and behind that, from kLongestSlot on, where it is
/// (likewise).
struct JournalSlot
{
    Maker maker;
    ProcessIdentity process;
    std::optional<UnderWay> underWay;
    std::string place = {}; // that it entered last, as it wrote it; "": none that is known
};

constexpr std::size_t kSlotHeadBytes = 64;
constexpr std::size_t kLongestSlot = 8192;
constexpr std::size_t kLongestWithPlace = kLongestSlot + 8192;

/// The head, kSlotHeadBytes long.
[[nodiscard]] std::string encodeSlotHead(const Maker& maker, const ProcessIdentity& process);
/// The body, which stands behind the head. Empty if it does not fit (a path of 4096 bytes and three names do).
[[nodiscard]] std::string encodeUnderWay(std::string_view folder, std::span<const std::string_view> names);
/// The body that says "nothing".
[[nodiscard]] std::string_view emptyBody();
/// What stands from kLongestSlot on. Empty if it does not fit (a path of 4096 bytes does).
[[nodiscard]] std::string encodePlace(std::string_view place);
/// Reads a whole slot; nothing if the head is not ours. Takes any bytes.
[[nodiscard]] std::optional<JournalSlot> decodeSlot(std::string_view bytes);

} // namespace scratchproof
