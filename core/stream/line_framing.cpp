// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/line_framing.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

Result<void> LineSplitter::append(std::string_view bytes)
{
    if (m_start > 0) {
        m_buffer.erase(0, m_start);
        m_scanned -= std::min(m_scanned, m_start);
        m_start = 0;
    }
    m_buffer.append(bytes);
    if (m_buffer.size() > m_longest) {
        // The newline may be anywhere in what just arrived; only a line, not a batch of lines, is bounded.
        std::size_t from = 0;
        for (;;) {
            const auto newline = m_buffer.find('\n', std::max(from, m_scanned));
            const auto end = newline == std::string::npos ? m_buffer.size() : newline;
            if (end - from > m_longest)
                return fail(ErrorKind::LineFraming, {}, 0, fmt::format("a line is longer than {} bytes", m_longest));
            if (newline == std::string::npos)
                break;
            from = newline + 1;
        }
    }
    return {};
}

bool LineSplitter::hasLine()
{
    const auto newline = m_buffer.find('\n', std::max(m_start, m_scanned));
    m_scanned = std::min(newline, m_buffer.size());
    return newline != std::string::npos;
}

std::optional<std::string> LineSplitter::next()
{
    const auto newline = m_buffer.find('\n', std::max(m_start, m_scanned));
    if (newline == std::string::npos) {
        m_scanned = m_buffer.size();
        return std::nullopt;
    }
    std::string line = m_buffer.substr(m_start, newline - m_start);
    m_start = newline + 1;
    m_scanned = m_start;
    return line;
}

} // namespace scratchproof
