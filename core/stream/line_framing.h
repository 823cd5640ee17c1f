// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// Longest line that a stream may carry. A check with every fact takes some 20 KiB.
constexpr std::size_t kLongestLine = std::size_t{4} << 20U;

/// Cuts bytes that arrive in pieces into lines. The bytes come from elsewhere (a prober, another computer): the size is
/// bounded, and a line that is too long makes the framing fail for good.
class LineSplitter
{
public:
    explicit LineSplitter(std::size_t longest = kLongestLine) : m_longest(longest) {}

    /// Takes bytes in. An Error (operation "line-framing") if a line is longer than allowed.
    [[nodiscard]] Result<void> append(std::string_view bytes);
    /// The next whole line without its newline; nothing until more bytes arrive.
    [[nodiscard]] std::optional<std::string> next();
    /// Whether next() has one.
    [[nodiscard]] bool hasLine();
    /// Whether bytes without a newline are left.
    [[nodiscard]] bool hasPartialLine() const { return m_start < m_buffer.size(); }

private:
    std::size_t m_longest;
    std::string m_buffer;
    std::size_t m_start = 0;   // where the next line begins
    std::size_t m_scanned = 0; // no newline before this
};

} // namespace scratchproof
