// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/hard_links.h"

#include <algorithm>

namespace scratchproof {

bool HardLinks::isNew(const FileStatus& file)
{
    Part& part = partOf(file);
    const std::scoped_lock lock(part.mutex);
    return part.known.try_emplace({file.device, file.inode}).second;
}

bool HardLinks::isLastRemoved(const FileStatus& file)
{
    constexpr std::size_t kMostKnown = 20000; // a part; those with links elsewhere stay in it
    Part& part = partOf(file);
    const std::scoped_lock lock(part.mutex);
    const Key key{file.device, file.inode};
    if (part.known.size() >= kMostKnown && !part.known.contains(key))
        return false;
    Links& links = part.known[key];
    links.were = std::max(links.were, file.links);
    if (++links.removed < links.were)
        return false;
    part.known.erase(key);
    return true;
}

} // namespace scratchproof
