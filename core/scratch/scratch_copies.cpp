// SPDX-License-Identifier: GPL-3.0-or-later

// Several directories with one marker: none of them is removed while another one is there, or away.

#include "core/scratch/locate.h"
#include "core/scratch/scratch_store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

/// The folder of that path, or the next one above it that is there; false as second: it is another one.
Result<std::pair<UniqueFd, bool>> openNearest(System& system, Path path)
{
    for (bool isItself = true;; isItself = false, path = parentPath(path)) {
        auto folder = system.files.open(kWorkingDirectory, path.c_str(), O_PATH | O_DIRECTORY);
        if (folder)
            return std::pair(std::move(*folder), isItself);
        if ((folder.error().code != ENOENT && folder.error().code != ENOTDIR) || path == "/" || path.empty())
            return fail(std::move(folder.error()));
    }
}

} // namespace

ScratchStore::CopyIs ScratchStore::whereIs(const ScratchRecord& row, const Copy& copy, const Located& own)
{
    const CopyIs notSeen = wentWithMemory(m_system, copy.place) ? CopyIs::Gone : CopyIs::Away;
    const auto nearest = openNearest(m_system, parentPath(copy.path));
    if (!nearest)
        return notSeen;
    const int above = nearest->first.get();
    const auto status = m_system.attributes.status(above);
    MountTable mounts;
    if (!status || !mounts.refresh())
        return notSeen;
    // Its mount may be away, and its mount point left: nothing there says anything then.
    const auto whereNotThere = [&] {
        const PlaceIdentity place = placeIdentity(m_system, mounts, above, *status);
        const bool isHere = isSamePart(copy.place, place) == SameFileSystem::Yes ||
                            (nearest->second && isVeryFolder(copy.place, place));
        return isHere ? CopyIs::Gone : notSeen;
    };
    if (!nearest->second)
        return whereNotThere();
    const auto other = openFolderBelow(m_system, above, *status, std::string(baseName(copy.path)).c_str(), false);
    if (!other)
        return other.error().code == ENOENT ? whereNotThere() : notSeen;
    // The copy is no more, and it was moved to that place itself: restored, or by hand.
    if (own.agreement == Agreement::Agrees && other->status.sameFileAs(own.folder.status))
        return CopyIs::Gone;
    const auto look = readMarker(m_system, other->fd.get(), false);
    if (!look || look->state == MarkerState::NotOurs ||
        (look->state == MarkerState::Present && look->marker.id == row.id))
        return CopyIs::There;
    const PlaceIdentity place = placeIdentity(m_system, mounts, other->fd.get(), other->status);
    return isSamePart(copy.place, place) == SameFileSystem::No ? notSeen : CopyIs::Gone;
}

std::optional<Path> ScratchStore::dropCopies(ScratchRecord& row, bool orAway)
{
    std::optional<Path> there;
    if (row.copies.empty())
        return there;
    const auto registry = existing();
    const Located own = locate(m_system, row);
    std::erase_if(row.copies, [&](const Copy& copy) {
        const CopyIs is = whereIs(row, copy, own);
        const bool isDropped = is == CopyIs::Gone || (orAway && is == CopyIs::Away);
        if (isDropped && registry && *registry != nullptr)
            (void)(*registry)->dropCopy(row.id, copy.path);
        if (is == CopyIs::There && !there)
            there = copy.path;
        return isDropped;
    });
    return there;
}

Reason ScratchStore::whyCopied(ScratchRecord& row)
{
    const auto there = dropCopies(row, false);
    if (row.copies.empty())
        return {};
    return {.kind = there ? ReasonKind::CopyThere : ReasonKind::CopyAway,
            .path = there.value_or(row.copies.front().path),
            .more = row.copies.size() - 1};
}

} // namespace scratchproof
