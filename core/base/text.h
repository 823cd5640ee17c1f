// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// A path is bytes: anything but NUL, and not necessarily UTF-8. Everything that holds a path holds it so; it becomes
/// text only to be shown (displayPath) and crosses JSON reversibly (core/stream/json_fields.h).
using Path = std::string;

/// Whether `bytes` is well-formed UTF-8 (no overlong forms, no surrogates, nothing past U+10FFFF).
[[nodiscard]] bool isUtf8(std::string_view bytes);

/// `bytes` as well-formed UTF-8 for a person's eyes: control characters (newline, escape, DEL, C1), bidirectional
/// marks and overrides, and bytes that are no UTF-8 come out as "\n", "\x1b", "\u202e", "\xff". A backslash stays as it
/// is, so this is for showing only and cannot be read back.
[[nodiscard]] std::string displayPath(std::string_view bytes);

/// displayPath() for any foreign text (a prober's stderr, a label on a stranger's stick).
[[nodiscard]] std::string displayText(std::string_view bytes);

/// One word for a POSIX shell: bare where that is safe, '...' where it is text, "$(printf '...')" with octal escapes
/// for control characters and undecodable bytes, so that nothing invisible is pasted.
[[nodiscard]] std::string quoteForShell(std::string_view word);

/// An argument list as a command line to show or to paste; every word is quoted as needed. A word is never changed: put
/// `--` or `./` before a leading dash where the list is made.
[[nodiscard]] std::string quoteForShell(const std::vector<std::string>& arguments);

/// Standard base64 with padding (RFC 4648).
[[nodiscard]] std::string toBase64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);

[[nodiscard]] bool containsAny(std::string_view text, std::initializer_list<std::string_view> words);

/// ASCII's letters in upper case.
[[nodiscard]] std::string inCapitals(std::string text);

/// The path by its text alone, without a system call: an absolute path as it stands, a relative one below `base`,
/// "." and repeated or trailing slashes dropped. ".." stays: it cannot be resolved without looking.
/// An empty path stays empty; a relative one below an empty `base` (there is no working directory) is empty too.
[[nodiscard]] Path absolutePath(std::string_view path, std::string_view base);

/// `folder` + "/" + `name`, without a second slash.
[[nodiscard]] Path joinPath(std::string_view folder, std::string_view name);

/// Last component ("b" of "/a/b", "/" of "/"); everything before it ("/a" of "/a/b", "/" of "/a").
[[nodiscard]] std::string_view baseName(std::string_view path);
[[nodiscard]] Path parentPath(std::string_view path);

/// Whether a path is that folder or below it, by the text alone.
[[nodiscard]] bool isBelow(std::string_view path, std::string_view folder);

/// How deep a path lies, by its text: 2 for "/a/b".
[[nodiscard]] std::size_t levelsOf(std::string_view path);

} // namespace scratchproof
