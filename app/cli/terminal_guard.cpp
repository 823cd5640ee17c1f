// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/terminal_guard.h"

#include "core/base/text.h"

#include <algorithm>
#include <string_view>

namespace scratchproof {

namespace {

constexpr std::size_t kMostKept = 16384;

/// How long what stands at the front is that may pass: a line break, a tab, a colour ("\033[1;31m"), the erasing of a
/// line ("\033[K"). 0: it may not.
std::size_t harmlessLength(std::string_view text)
{
    if (text.front() == '\n' || text.front() == '\r' || text.front() == '\t')
        return 1;
    if (!text.starts_with("\033["))
        return 0;
    const auto end = text.find_first_not_of("0123456789;", 2);
    if (end == std::string_view::npos || (text[end] != 'm' && text[end] != 'K'))
        return 0;
    return end + 1;
}

std::string harmless(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        std::size_t length = harmlessLength(text);
        if (length > 0) {
            out.append(text.substr(0, length));
        } else if (text.front() == '\x7f') {
            out.append("\\u007f"); // JSON knows no \x7f
            length = 1;
        } else {
            length = std::min(text.find_first_of("\n\r\t\033\x7f", 1), text.size());
            out.append(displayText(text.substr(0, length)));
        }
        text.remove_prefix(length);
    }
    return out;
}

} // namespace

TerminalGuard::TerminalGuard(std::ostream& stream) : m_stream(stream), m_terminal(stream.rdbuf())
{
    const auto state = stream.rdstate(); // rdbuf() clears it
    stream.rdbuf(this);
    stream.clear(state);
}

TerminalGuard::~TerminalGuard()
{
    m_stream.flush();
    const auto state = m_stream.rdstate();
    m_stream.rdbuf(m_terminal);
    m_stream.clear(state);
}

TerminalGuard::int_type TerminalGuard::overflow(int_type c)
{
    if (traits_type::eq_int_type(c, traits_type::eof()))
        return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
}

std::streamsize TerminalGuard::xsputn(const char* text, std::streamsize count)
{
    m_text.append(text, static_cast<std::size_t>(count));
    if (m_text.size() < kMostKept)
        return count;
    // Up to a line's end, so that no character is cut in two.
    const auto end = m_text.rfind('\n');
    return pass(end == std::string::npos ? m_text.size() : end + 1) ? count : 0;
}

int TerminalGuard::sync()
{
    return pass(m_text.size()) && m_terminal->pubsync() == 0 ? 0 : -1;
}

bool TerminalGuard::pass(std::size_t count)
{
    const std::string shown = harmless(std::string_view(m_text).substr(0, count));
    m_text.erase(0, count);
    const auto size = static_cast<std::streamsize>(shown.size());
    return m_terminal->sputn(shown.data(), size) == size;
}

} // namespace scratchproof
