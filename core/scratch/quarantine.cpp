// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/quarantine.h"

#include "core/base/invariant.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::string_view kQuarantinePrefix = ".scratchproof-released-";

tl::unexpected<Error> refuse(const Path& path, std::string why)
{
    return fail(ErrorKind::UnsafeFolder, path, 0, std::move(why));
}

/// The private directory below `outer`: made, or found as it was made.
Result<OpenedFolder> openQuarantine(System& system, int outer, const std::string& name, const Path& path,
                                    bool permissionsCount)
{
    const auto outerStatus = system.attributes.status(outer);
    if (!outerStatus)
        return fail(outerStatus.error());
    const auto made = system.files.makeDirectory(outer, name.c_str(), 0700);
    if (!made && made.error().code != EEXIST)
        return fail(made.error());
    auto opened = openFolderBelow(system, outer, *outerStatus, name.c_str(), false);
    if (!opened)
        return opened;
    if (permissionsCount && opened->status.uid != system.processes.userId())
        return refuse(path, "what stands there belongs to another user");
    if (permissionsCount && (opened->status.mode & 0077U) != 0) {
        if (auto closed = system.files.changeMode(opened->fd.get(), 0700); !closed)
            return fail(closed.error());
    }
    return opened;
}

/// Renames without replacing, and makes sure that what arrived is what was found.
Result<void> moveFound(System& system, const Located& found, int to, const std::string& name)
{
    const auto before = system.attributes.statusAt(found.parent.get(), found.name.c_str());
    if (!before)
        return fail(before.error());
    if (!before->sameFileAs(found.folder.status))
        return fail("renameat2", found.at, ESTALE, "it was renamed or replaced meanwhile");
    require(found.agreement == Agreement::Agrees, "only what agrees with its record is moved");
    require(isEntryName(found.name) && isEntryName(name), "a directory is moved by names in folders that were opened");
    if (auto moved = system.files.rename(found.parent.get(), found.name.c_str(), to, name.c_str(), kRenameNoReplace);
        !moved)
        return moved;
    const auto after = system.attributes.statusAt(to, name.c_str());
    if (after && after->sameFileAs(found.folder.status))
        return {};
    // Somebody replaced it between the two: what was taken along goes back to where it was.
    static_cast<void>(system.files.rename(to, name.c_str(), found.parent.get(), found.name.c_str(), kRenameNoReplace));
    return fail("renameat2", found.at, ESTALE, "it was replaced meanwhile");
}

} // namespace

Path newQuarantineFor(System& system, const Path& directory)
{
    const auto name = fmt::format("{}{}", kQuarantinePrefix, randomSuffix(system));
    return joinPath(joinPath(parentPath(directory), name), baseName(directory));
}

Result<void> moveToQuarantine(System& system, const Located& found, const Path& quarantine)
{
    const Path around = parentPath(quarantine);
    if (parentPath(around) != parentPath(found.at) || !baseName(around).starts_with(kQuarantinePrefix))
        return refuse(around, "it is no quarantine of that directory");
    const std::string name(baseName(around));
    const auto inner = openQuarantine(system, found.parent.get(), name, around, storesPermissions(found.fileSystem));
    auto moved = inner ? moveFound(system, found, inner->fd.get(), std::string(baseName(quarantine)))
                       : Result<void>(fail(inner.error()));
    if (moved)
        return moved;
    require(name.starts_with(kQuarantinePrefix), "only a quarantine of ours is removed with its name");
    static_cast<void>(system.files.removeDirectory(found.parent.get(), name.c_str()));
    // rename(2): also within one file system, of a directory that a lower layer of an overlay has, or into another
    // project's quota. It could be copied, but then it would be another one.
    if (moved.error().code == EXDEV)
        return fail(ErrorKind::ReleaseUnsupported, found.at, EXDEV,
                    "it lies in a lower layer of an image, or counts for another quota, and cannot be moved; it stays "
                    "as it is");
    if (moved.error().code == EINVAL || moved.error().code == ENOSYS)
        return fail(ErrorKind::ReleaseUnsupported, found.at, moved.error().code,
                    "this file system cannot move a directory without the risk of replacing another");
    return moved;
}

Result<void> moveBack(System& system, const Located& found, const Path& place)
{
    const Path around = parentPath(found.at);
    if (parentPath(around) != parentPath(place) || !baseName(around).starts_with(kQuarantinePrefix))
        return refuse(around, "it is no quarantine of that directory");
    const auto outer = system.files.open(kWorkingDirectory, parentPath(place).c_str(), O_PATH | O_DIRECTORY);
    if (!outer)
        return fail(outer.error());
    auto moved = moveFound(system, found, outer->get(), std::string(baseName(place)));
    if (!moved && moved.error().code == EEXIST)
        return fail(ErrorKind::NameTaken, place, EEXIST);
    if (moved)
        static_cast<void>(system.files.removeDirectory(outer->get(), std::string(baseName(around)).c_str()));
    return moved;
}

bool isInQuarantine(const Path& path)
{
    return baseName(parentPath(path)).starts_with(kQuarantinePrefix);
}

void removeEmptyQuarantine(System& system, const Path& quarantine)
{
    const Path around = parentPath(quarantine);
    if (!baseName(around).starts_with(kQuarantinePrefix))
        return;
    const auto outer = system.files.open(kWorkingDirectory, parentPath(around).c_str(), O_PATH | O_DIRECTORY);
    if (outer)
        static_cast<void>(system.files.removeDirectory(outer->get(), std::string(baseName(around)).c_str()));
}

} // namespace scratchproof
