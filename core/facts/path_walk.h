// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"

#include <stop_token>
#include <vector>

namespace scratchproof {

/// The name of a user or group, asked for once.
[[nodiscard]] std::optional<std::string> userNameOf(Processes& processes, std::uint32_t uid, NameCache& names);
[[nodiscard]] std::optional<std::string> groupNameOf(Processes& processes, std::uint32_t gid, NameCache& names);

/// Fills in the names of the users and groups that a list names.
void nameEntries(Processes& processes, AccessList& list, NameCache& names);

/// Of which components the walk reads the access list (a call for each): of a folder that may not be passed through, or
/// of all.
enum class ListsOf : std::uint8_t { WhatStops, All };

/// Looks at each component of a path in turn, from "/" (or the working directory, for a relative path) down, relative
/// to a descriptor of the one before, so that a path of any length can be walked. Symbolic links are followed as the
/// kernel does; where one leads to what may not be reached, the components of its target come after it. Ends after the
/// first component that could not be seen, at a file, or when `stop` asks for it; never fails. An empty path, and one
/// with a NUL in it, has no components. Writes nothing; blocks as long as the file systems on the way do: for a prober
/// only.
[[nodiscard]] std::vector<PathComponent> walkPath(System& system, const Path& path, const std::stop_token& stop,
                                                  NameCache& names, ListsOf lists = ListsOf::WhatStops);

/// Follows the symbolic links of a path itself, name by name, as far as they lead: beyond the 40 that the kernel
/// follows. Looks at no more than 1000 links. Writes nothing; blocks as walkPath() does.
[[nodiscard]] LinkChain followLinks(System& system, const Path& path, const std::stop_token& stop);

} // namespace scratchproof
