// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <QString>

#include <optional>
#include <string_view>

namespace scratchproof::gui {

/// What somebody typed or pasted as a path: surrounding blanks dropped, "~" and "~/..." as `home`, a file:// address
/// decoded to its bytes, a relative one below `base`. By its text alone. Nothing for an empty text.
[[nodiscard]] std::optional<Path> pathFromTyped(const QString& typed, const Path& base, const Path& home);

/// The bytes of a local file:// address ("file:///a%20b" is "/a b"); nothing for any other.
[[nodiscard]] std::optional<Path> pathFromUri(std::string_view uri);
/// The address of a path, everything but unreserved characters and "/" percent-encoded, byte by byte.
[[nodiscard]] std::string uriFromPath(std::string_view path);

} // namespace scratchproof::gui
