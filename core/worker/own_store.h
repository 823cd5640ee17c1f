// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/side_thread.h"
#include "core/scratch/scratch_store.h"
#include "core/system/private_files.h"

#include <type_traits>

namespace scratchproof {

/// What `call` returns of the store of scratch directories, which is opened for it alone; or the Error of a registry
/// that has no place. What this process makes meanwhile is its user's alone.
template <typename Call>
auto withStore(System& system, const Path& workingFolder, Call call) -> std::invoke_result_t<Call, ScratchStore&>
{
    const PrivateFiles ours; // registry, directory, marker, quarantine
    const SideThread::Kept side(ownFiles());
    const auto file = registryFile(system);
    if (!file)
        return fail(file.error());
    ScratchStore store(system, *file, workingFolder);
    return call(store);
}

} // namespace scratchproof
