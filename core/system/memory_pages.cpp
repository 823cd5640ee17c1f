// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/memory_pages.h"

#include <sys/mman.h>

namespace scratchproof {

void populate(std::span<std::byte> memory)
{
#ifdef MADV_POPULATE_WRITE
    static_cast<void>(::madvise(memory.data(), memory.size(), MADV_POPULATE_WRITE));
#else
    static_cast<void>(memory);
#endif
}

} // namespace scratchproof
