// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/stream/json_text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// A `check-finished` event as a prober of our own wrote it, for who passes it on and has no use for what is in it.
struct ResultLine
{
    Verdict verdict = Verdict::NotChecked;
    std::string_view result; // the object; points into the line
};

/// Returns it where the line is one JSON document, begins as toLine() writes the result of check `id` of `folder` at
/// `level`, and finds the folder usable (or limited). Nothing of any other line: that one is to be read.
/// For lines of programs that we started ourselves, as this user and here: what an object of another's says is read,
/// and its words are made anew (check_json.h).
[[nodiscard]] std::optional<ResultLine> resultLineOf(std::string_view line, std::uint64_t id, const Path& folder,
                                                     Level level);

/// The members of a `check-finished` event up to its result, whose value comes next.
void writeResultHead(JsonText& json, std::uint64_t check);

/// The event again, under another number.
[[nodiscard]] std::string toLine(std::uint64_t check, std::string_view result);

} // namespace scratchproof
