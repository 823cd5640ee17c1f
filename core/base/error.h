// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// Why an operation failed. Carries facts, not words for a reader: `core/diagnosis` turns those into an explanation.
struct Error
{
    /// The system call (`openat`) or, where none was involved, the operation (`parse-json`).
    std::string operation;
    /// The path or name concerned, as bytes. May be empty.
    std::string path;
    /// errno, or 0 where no system call said so.
    int code = 0;
    /// One English sentence for logs and for command line errors. May be empty.
    std::string detail;
};

/// "EROFS" for 30; "E12345" for a number that this C library has no name for; "" for 0.
[[nodiscard]] std::string errnoName(int code);

/// 30 for "EROFS". Accepts what errnoName() makes; nothing for any other word.
[[nodiscard]] std::optional<int> errnoFromName(std::string_view name);

/// The C library's English sentence for an errno ("Read-only file system"). Thread safe.
[[nodiscard]] std::string errnoText(int code);

/// "openat '/mnt/x': Read-only file system (EROFS)"; the path is made displayable.
[[nodiscard]] std::string toString(const Error& error);

} // namespace scratchproof
