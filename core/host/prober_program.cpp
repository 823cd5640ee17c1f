// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"
#include "core/system/system.h"

namespace scratchproof {

namespace {

constexpr const char* kProgram = "scratchproof-cli";

Result<Path> lookForProgram()
{
    const auto self = ownProgram();
    if (!self)
        return fail(self.error());
    if (baseName(*self) == kProgram)
        return *self;
    System& system = linuxSystem();
    const Path folder = parentPath(*self);
    // Beside the window, as it is installed; or in the build tree, where the two stand in neighbouring folders.
    for (const auto& candidate : {joinPath(folder, kProgram), joinPath(folder, std::string("../cli/") + kProgram)}) {
        if (system.attributes.access(kWorkingDirectory, candidate.c_str(), AccessMode::Search))
            return candidate;
    }
    return fail(ErrorKind::FindProber, joinPath(folder, kProgram), 0,
                "scratchproof-cli is not installed beside this program; it does the checking");
}

} // namespace

Result<Path> findProberProgram()
{
    static const Result<Path> found = lookForProgram();
    return found;
}

} // namespace scratchproof
