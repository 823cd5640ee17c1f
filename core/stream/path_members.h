// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <string>
#include <string_view>

namespace scratchproof {

/// Calls `put` with the name and the text of each member that a path is written as: itself, or, where it is not UTF-8,
/// its display form and its bytes in base64.
template <typename Put>
void putPathMembers(std::string_view name, const Path& path, const Put& put)
{
    if (isUtf8(path))
        return put(name, path);
    put(name, displayPath(path));
    put(std::string(name) + "_bytes", toBase64(path));
}

} // namespace scratchproof
