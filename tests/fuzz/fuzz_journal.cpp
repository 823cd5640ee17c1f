// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a slot of the probe journal: only names of our own pattern ever come out of it.
#include "core/probe/journal_slot.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace scratchproof;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(parseProbeName(bytes));
    const auto slot = decodeSlot(bytes);
    if (!slot || !slot->underWay)
        return 0;
    for (const auto& name : slot->underWay->names) {
        if (!parseProbeName(name))
            std::abort();
    }
    return 0;
}
