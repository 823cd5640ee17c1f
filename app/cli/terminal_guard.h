// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace scratchproof {

/// As long as it lives, what goes to `stream` comes out as displayText() has it: whatever the words and the JSON of a
/// command hold, no control character, C1 character or bidirectional mark reaches the terminal. Line breaks, tabs and
/// our own colours pass. At the end the stream is as before. One thread at a time, as for the stream itself.
class TerminalGuard final : private std::streambuf
{
public:
    explicit TerminalGuard(std::ostream& stream);
    ~TerminalGuard() override;
    TerminalGuard(const TerminalGuard&) = delete;
    TerminalGuard& operator=(const TerminalGuard&) = delete;

private:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize count) override;
    int sync() override;
    /// False if the terminal took not all of it.
    bool pass(std::size_t count);

    std::ostream& m_stream;
    std::streambuf* m_terminal;
    std::string m_text; // not shown yet
};

} // namespace scratchproof
