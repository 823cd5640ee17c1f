// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace scratchproof {

/// Ends the program where `holds` is false, with `invariant` on standard error: for what must be true before a deed
/// that cannot be undone. Not for what a stranger or a file system can bring about: that is an Error. In every build.
void require(bool holds, const char* invariant) noexcept;

/// The same for what takes a system call to find out, in builds with assertions (without NDEBUG) alone: `find` is not
/// called in the others.
template <typename Find>
void requireInDebug([[maybe_unused]] Find find, [[maybe_unused]] const char* invariant) noexcept
{
#ifndef NDEBUG
    require(find(), invariant);
#endif
}

/// Whether this is the name of an entry of a folder, and not a way to another one: not empty, not "." or "..", without
/// a slash.
[[nodiscard]] constexpr bool isEntryName(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

} // namespace scratchproof
