// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"
#include "core/system/system.h"

namespace scratchproof {

struct DirectFile
{
    UniqueFd fd;
    bool isDirect = false; // with O_DIRECT (open(2)): what is read does not come from this computer's memory
};

/// Makes a file in the open directory `folder` for reading and writing, with O_EXCL and mode 0600; with O_DIRECT, but
/// where the file system refuses that (EINVAL).
[[nodiscard]] Result<DirectFile> makeDirectFile(System& system, int folder, const char* name);

} // namespace scratchproof
