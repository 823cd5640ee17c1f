// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <fstream>
#include <optional>
#include <string>

namespace scratchproof::test {

/// All of a file; nothing where it cannot be opened or read to its end. A file of a process in /proc opens, and fails
/// while it is read if that process ends in between, which stream iterators throw for.
[[nodiscard]] inline std::optional<std::string> contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string content;
    std::array<char, 16384> part{};
    while (file.read(part.data(), part.size()) || file.gcount() > 0)
        content.append(part.data(), static_cast<std::size_t>(file.gcount()));
    return file.eof() && !file.bad() ? std::optional(std::move(content)) : std::nullopt;
}

} // namespace scratchproof::test
