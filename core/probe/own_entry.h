// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <optional>

/// Whether what is found by a name is what was made by it. For core/probe alone.
///
/// Where others may write to a folder (and no sticky bit keeps them off), they may rename what is in it between two of
/// our calls, and put something else in its place: a link, a FIFO, another name of somebody's file, a directory of this
/// very user that lies in the same folder. None of it may be read, or have anything made or removed in it.
namespace scratchproof {

/// Flags for opening a name that should be a file of ours: follows no link, waits at no FIFO, becomes nobody's
/// terminal.
constexpr int kOpenOwnFile = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

/// Whether `found`, opened by the name of the file that was made as `made`, is that file. Inodes are made up on some
/// file systems, and new ones after each opening; there it is a plain file of the same owner, with one name, and not
/// older. Where `made` is not known, any plain file with one name.
[[nodiscard]] bool mayBeOurFile(const FileStatus& found, const std::optional<FileStatus>& made);

/// Opens a directory that was made just now, for reading, and sees that it may be ours: of the owner that files made in
/// this folder get, and not born before `file`, which was made there before it (both as far as they are known).
/// ESTALE: another one is in its place.
[[nodiscard]] Result<UniqueFd> openMadeDirectory(System& system, int folder, const char* name,
                                                 const std::optional<FileStatus>& file);

} // namespace scratchproof
