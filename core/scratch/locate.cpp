// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/locate.h"

#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <cerrno>
#include <vector>

namespace scratchproof {

namespace {

Located&& conclude(Located&& located, Agreement agreement, std::string reason)
{
    located.agreement = agreement;
    located.reason = std::move(reason);
    return std::move(located);
}

/// Whether an open directory has no entry at all, besides `except` ("": none).
bool isEmpty(System& system, int directory, std::string_view except)
{
    std::vector<std::byte> buffer(4096);
    if (!system.files.rewind(directory))
        return false;
    for (;;) {
        const auto filled = system.files.readEntries(directory, buffer);
        if (!filled)
            return false;
        if (*filled == 0)
            return true;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            if (!entry->isDotOrDotDot() && entry->name != except)
                return false;
        }
    }
}

/// Opening the folder that it is in, or the directory itself, failed.
Located&& concludeMissing(Located&& located, const Error& error, Agreement ifAbsent, const char* whatIsAbsent)
{
    switch (error.code) {
    case ENOENT:
        return conclude(std::move(located), ifAbsent, whatIsAbsent);
    case ELOOP:
    case ENOTDIR:
        return conclude(std::move(located), Agreement::NotOurs, "something else is in its place");
    case EXDEV:
        return conclude(std::move(located), Agreement::NotOurs, "a mount is in its place");
    case ENOTCONN:
    case EHOSTDOWN:
    case ESTALE:
    case ENODEV:
        return conclude(std::move(located), Agreement::Offline,
                        "its drive or share does not answer: " + errnoText(error.code));
    default:
        return conclude(std::move(located), Agreement::Unknown, "it could not be looked at: " + toString(error));
    }
}

bool sameFileSystem(const FileSystemIdentity& recorded, const FileSystemIdentity& found)
{
    return !recorded.value.empty() && recorded == found;
}

} // namespace

namespace {

Located locateAt(System& system, const ScratchRecord& record, const Path& path)
{
    Located located;
    located.at = path;
    located.name = std::string(baseName(path));
    MountTable mounts;
    if (auto fresh = mounts.refresh(); !fresh)
        return conclude(std::move(located), Agreement::Unknown,
                        "the mounts cannot be read: " + toString(fresh.error()));
    auto parent = system.files.open(kWorkingDirectory, parentPath(path).c_str(), O_PATH | O_DIRECTORY);
    if (!parent)
        return concludeMissing(std::move(located), parent.error(), Agreement::Offline,
                               "the folder that it is in is not here");
    located.parent = std::move(*parent);
    const auto above = system.attributes.status(located.parent.get());
    if (!above)
        return concludeMissing(std::move(located), above.error(), Agreement::Offline,
                               "the folder that it is in is not here");
    const FileSystemIdentity found = fileSystemIdentity(system, mounts, *above);
    located.fileSystem = found.type;
    const bool interrupted = record.phase == Phase::Creating || record.phase == Phase::Cleaning;
    if (record.phase != Phase::Creating && !sameFileSystem(record.fileSystem, found))
        return conclude(std::move(located), Agreement::Offline,
                        record.fileSystem.value.empty() ? "its file system cannot be told from others"
                                                        : "another file system is in its place now");

    auto opened = openFolderBelow(system, located.parent.get(), *above, located.name.c_str(), false);
    if (!opened)
        return concludeMissing(std::move(located), opened.error(), Agreement::Gone,
                               "the directory is not there any more");
    located.folder = std::move(*opened);
    const FileStatus& status = located.folder.status;
    const bool ownersCount = storesPermissions(found.type);
    if (ownersCount && status.uid != system.processes.userId())
        return conclude(std::move(located), Agreement::NotOurs, "the directory belongs to another user");
    if (inodesLast(found.type) && record.inode != 0 && status.inode != record.inode)
        return conclude(std::move(located), Agreement::NotOurs,
                        "it is not the directory that was made here (another inode)");

    auto look = readMarker(system, located.folder.fd.get(), ownersCount);
    if (!look)
        return conclude(std::move(located), Agreement::Unknown,
                        "its marker could not be read: " + toString(look.error()));
    if (look->isUnfinished && interrupted && isEmpty(system, located.folder.fd.get(), kMarkerName)) {
        located.hasUnfinishedMarker = true;
        return conclude(std::move(located), Agreement::Hollow,
                        "its creation or removal was interrupted, and it is empty");
    }
    if (look->state == MarkerState::NotOurs)
        return conclude(std::move(located), Agreement::NotOurs, look->reason);
    if (look->state == MarkerState::Absent) {
        if (interrupted && isEmpty(system, located.folder.fd.get(), {}))
            return conclude(std::move(located), Agreement::Hollow,
                            "its creation or removal was interrupted, and it is empty");
        return conclude(std::move(located), Agreement::NotOurs, "it has no marker");
    }
    if (look->marker.id != record.id)
        return conclude(std::move(located), Agreement::NotOurs, "its marker is that of another directory");
    located.marker = std::move(look->marker);
    located.agreement = Agreement::Agrees;
    return located;
}

bool isFound(const Located& located)
{
    return located.agreement == Agreement::Agrees || located.agreement == Agreement::Hollow;
}

} // namespace

Located locate(System& system, const ScratchRecord& record)
{
    const bool released = record.phase == Phase::Released && !record.quarantine.empty();
    Located first = locateAt(system, record, released ? record.quarantine : record.path);
    first.inQuarantine = released;
    if (isFound(first) || record.quarantine.empty())
        return first;
    Located second = locateAt(system, record, released ? record.path : record.quarantine);
    second.inQuarantine = !released;
    // Where the quarantine itself is gone, its place tells whether the drive is here.
    if (isFound(second) || (released && first.agreement == Agreement::Offline))
        return second;
    return first;
}

namespace {

/// The first of `paths` that is `sought`, or lies in it; "" if none does.
Path firstInside(System& system, const std::vector<Path>& paths, const FileStatus& sought)
{
    for (const Path& path : paths) {
        // A link on the way hides what is really above, so both are walked.
        for (Path above : {path, canonicalPath(system, path).value_or(path)}) {
            for (;; above = parentPath(above)) {
                const auto status = system.attributes.statusFollowing(kWorkingDirectory, above.c_str());
                if (status && status->sameFileAs(sought))
                    return path;
                if (above == "/" || above.empty())
                    break;
            }
        }
    }
    return {};
}

} // namespace

std::string whyProtected(System& system, const OpenedFolder& folder, int parent, const Path& registry)
{
    const auto outer = system.attributes.status(parent);
    const auto here = mountIdOf(system, folder.fd.get(), folder.status);
    const auto there = outer ? mountIdOf(system, parent, *outer) : std::nullopt;
    if (!here || !there || *here != *there || folder.status.isMountRoot() == true || folder.status.sameFileAs(*outer))
        return "it is the top of a mount";
    std::vector<Path> paths{parentPath(registry)};
    if (const auto home = environmentVariable("HOME"); home && home->front() == '/')
        paths.push_back(*home);
    if (const auto working = workingDirectory())
        paths.push_back(*working);
    // Home and registry may lie where nothing answers, which says nothing about this folder.
    const auto holding = ownFiles().run(
        [&system, paths, sought = folder.status] { return firstInside(system, paths, sought); }, kOwnFilesPatience);
    if (!holding)
        return "whether the home folder is in it cannot be seen, since that does not answer";
    return holding->empty() ? std::string() : fmt::format("'{}' is in it, or is it", displayPath(*holding));
}

Result<Path> canonicalPath(System& system, const Path& path)
{
    auto opened = system.files.open(kWorkingDirectory, path.c_str(), O_PATH);
    if (!opened)
        return fail(std::move(opened.error()));
    return pathOf(system, opened->get());
}

Result<Path> pathOf(System& system, int fd)
{
    // proc(5): readlink gives the path as it is now, without links; " (deleted)" comes behind one that is gone.
    auto path = system.files.readLink(kWorkingDirectory, fmt::format("/proc/self/fd/{}", fd).c_str());
    if (path && (path->empty() || path->front() != '/'))
        return fail("readlinkat", *path, ENOENT, "the folder has no path here");
    return path;
}

std::string confirmationToken(const FileStatus& status, const std::string& id)
{
    return fmt::format("1:{}:{}:{}", toString(status.device), status.inode, id);
}

} // namespace scratchproof
