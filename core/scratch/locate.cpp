// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/locate.h"

#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <cerrno>
#include <vector>

namespace scratchproof {

namespace {

Located&& conclude(Located&& located, Agreement agreement, Reason reason)
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

/// A drive or share that is away, by the errno of a call on it.
bool saysAway(int code)
{
    return code == ENOTCONN || code == EHOSTDOWN || code == ESTALE || code == ENODEV;
}

/// The folder that it is in could not be opened.
Located&& concludeNoFolder(Located&& located, const Error& error)
{
    if (error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP)
        return conclude(std::move(located), Agreement::Offline, {ReasonKind::FolderAway});
    if (saysAway(error.code))
        return conclude(std::move(located), Agreement::Offline,
                        {.kind = ReasonKind::NoAnswer, .text = errnoText(error.code)});
    return conclude(std::move(located), Agreement::Unknown, {.kind = ReasonKind::NotLookedAt, .text = toString(error)});
}

/// NAME-ENDING, as create() makes them up.
bool hasOurPattern(const ScratchRecord& record, std::string_view name)
{
    return name.size() > record.name.size() + 1 && name.starts_with(record.name) && name[record.name.size()] == '-';
}

class Look
{
public:
    Look(System& system, const ScratchRecord& record, ClosedOnes closed)
        : m_system(system), m_record(record), m_closed(closed)
    {}

    Located at(const Path& path)
    {
        Located located;
        located.at = path;
        located.name = std::string(baseName(path));
        MountTable mounts;
        if (auto fresh = mounts.refresh(); !fresh)
            return conclude(std::move(located), Agreement::Unknown,
                            {.kind = ReasonKind::MountsUnread, .text = toString(fresh.error())});
        auto parent = m_system.files.open(kWorkingDirectory, parentPath(path).c_str(), O_PATH | O_DIRECTORY);
        if (!parent && parent.error().code == ENOENT)
            return concludeAway(std::move(located), ReasonKind::FolderAway);
        if (!parent)
            return concludeNoFolder(std::move(located), parent.error());
        located.parent = std::move(*parent);
        const auto above = m_system.attributes.status(located.parent.get());
        if (!above)
            return concludeNoFolder(std::move(located), above.error());
        located.place = placeIdentity(m_system, mounts, located.parent.get(), *above);
        located.fileSystem = located.place.type;
        // Version 0.1.0 did not note the file system of one that it had not finished.
        const bool isUnnoted = m_record.phase == Phase::Creating && m_record.place.fileSystem.type.empty();
        const auto same = isUnnoted ? SameFileSystem::Unknown : isSameFileSystem(m_record.place, located.place);
        if (same == SameFileSystem::No)
            return concludeAway(std::move(located), ReasonKind::OtherFileSystem);
        m_isVeryFolder = isVeryFolder(m_record.place, located.place);
        return compare(std::move(located), *above);
    }

private:
    /// Not the file system that it was made on.
    Located&& concludeAway(Located&& located, ReasonKind reason) const
    {
        if (wentWithMemory(m_system, m_record.place))
            return conclude(std::move(located), Agreement::Gone, {ReasonKind::WasInMemory});
        return conclude(std::move(located), Agreement::Offline, {reason});
    }

    /// Something is there that does not agree, or nothing. Where this may not be the folder it was made in, that says
    /// nothing about the directory.
    Located&& concludeElse(Located&& located, Agreement agreement, Reason reason) const
    {
        if (m_isVeryFolder)
            return conclude(std::move(located), agreement, std::move(reason));
        return conclude(std::move(located), Agreement::Offline,
                        {.kind = ReasonKind::PlaceUncertain, .inner = {std::move(reason)}});
    }

    Located&& concludeNotOpened(Located&& located, const Error& error) const
    {
        switch (error.code) {
        case ENOENT:
            return concludeElse(std::move(located), Agreement::Gone, {ReasonKind::NotThere});
        case ELOOP:
        case ENOTDIR:
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::OtherInPlace});
        case EXDEV:
            return conclude(std::move(located), Agreement::Offline, {ReasonKind::MountedOver});
        default:
            return concludeNoFolder(std::move(located), error);
        }
    }

    Located compare(Located&& located, const FileStatus& above)
    {
        auto opened = openFolderBelow(m_system, located.parent.get(), above, located.name.c_str(), false);
        if (!opened && opened.error().code == EACCES)
            opened = openClosed(located, above);
        if (!opened)
            return concludeNotOpened(std::move(located), opened.error());
        located.folder = std::move(*opened);
        const FileStatus& status = located.folder.status;
        const bool ownersCount = storesPermissions(located.fileSystem);
        if (ownersCount && status.uid != m_system.processes.userId())
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::OtherUsers});
        // Of btrfs: a subvolume or a snapshot, which is another file system in all but name.
        if (status.device != above.device)
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::SubvolumeInPlace});
        if (hasLastingInode(located) && status.inode != m_record.place.inode)
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::OtherInode});
        return compareMarker(std::move(located), ownersCount);
    }

    Located compareMarker(Located&& located, bool ownersCount)
    {
        const int folder = located.folder.fd.get();
        auto look = readMarker(m_system, folder, ownersCount);
        if (!look && look.error().code == EACCES && m_closed == ClosedOnes::OpenUp && hasLastingInode(located)) {
            if ((located.folder.status.mode & 0700U) != 0700U)
                (void)m_system.files.changeMode(folder, located.folder.status.mode | 0700U);
            look = readMarker(m_system, folder, ownersCount, true);
        }
        if (!look) {
            located.isClosed = look.error().code == EACCES;
            return conclude(std::move(located), Agreement::Unknown,
                            located.isClosed
                                ? Reason{ReasonKind::MarkerClosed}
                                : Reason{.kind = ReasonKind::MarkerUnread, .text = toString(look.error())});
        }
        const bool interrupted = m_record.phase == Phase::Creating || m_record.phase == Phase::Cleaning;
        if (look->isUnfinished && interrupted && isEmpty(m_system, folder, kMarkerName)) {
            located.hasUnfinishedMarker = true;
            return conclude(std::move(located), Agreement::Hollow, {ReasonKind::InterruptedAndEmpty});
        }
        if (look->state == MarkerState::NotOurs)
            return concludeElse(std::move(located), Agreement::NotOurs, std::move(look->reason));
        if (look->state == MarkerState::Absent) {
            // Whatever took the marker away took all else: git clean, find -delete, or a removal on a full disk.
            const bool isSurelyOurs = hasLastingInode(located) && hasOurPattern(m_record, located.name);
            if ((interrupted || isSurelyOurs) && isEmpty(m_system, folder, {}))
                return conclude(std::move(located), Agreement::Hollow,
                                {interrupted ? ReasonKind::InterruptedAndEmpty : ReasonKind::UnmarkedAndEmpty});
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::NoMarker});
        }
        if (look->marker.id != m_record.id)
            return concludeElse(std::move(located), Agreement::NotOurs, {ReasonKind::OtherMarker});
        located.marker = std::move(look->marker);
        located.agreement = Agreement::Agrees;
        return std::move(located);
    }

    [[nodiscard]] bool hasLastingInode(const Located& located) const
    {
        return inodesLast(located.fileSystem) && m_record.place.inode != 0;
    }

    /// Its own owner may not enter it.
    Result<OpenedFolder> openClosed(Located& located, const FileStatus& above)
    {
        const auto status = m_system.attributes.statusAt(located.parent.get(), located.name.c_str());
        const bool isOurs = status && status->isDirectory() && status->uid == m_system.processes.userId() &&
                            hasLastingInode(located) && status->inode == m_record.place.inode;
        located.isClosed = isOurs;
        return openFolderBelow(m_system, located.parent.get(), above, located.name.c_str(),
                               isOurs && m_closed == ClosedOnes::OpenUp);
    }

    System& m_system;
    const ScratchRecord& m_record;
    ClosedOnes m_closed;
    bool m_isVeryFolder = false;
};

bool isFound(const Located& located)
{
    return located.agreement == Agreement::Agrees || located.agreement == Agreement::Hollow;
}

} // namespace

Located locate(System& system, const ScratchRecord& record, ClosedOnes closed)
{
    // One whose removal was begun lies where it lay then.
    const bool released =
        (record.phase == Phase::Released || record.phase == Phase::Cleaning) && !record.quarantine.empty();
    Look look(system, record, closed);
    Located first = look.at(released ? record.quarantine : record.path);
    first.inQuarantine = released;
    if (isFound(first) || record.quarantine.empty())
        return first;
    Located second = look.at(released ? record.path : record.quarantine);
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

Reason whyProtected(System& system, const OpenedFolder& folder, int parent, const Path& registry, const Path& working)
{
    const auto outer = system.attributes.status(parent);
    const auto here = mountIdOf(system, folder.fd.get(), folder.status);
    const auto there = outer ? mountIdOf(system, parent, *outer) : std::nullopt;
    if (!here || !there || *here != *there || folder.status.isMountRoot() == true || folder.status.sameFileAs(*outer))
        return {ReasonKind::MountTop};
    std::vector<Path> paths{parentPath(registry)};
    if (const auto home = environmentVariable("HOME"); home && home->front() == '/')
        paths.push_back(*home);
    if (!working.empty() && working.front() == '/')
        paths.push_back(working);
    // Home and registry may lie where nothing answers, which says nothing about this folder.
    const auto holding = ownFiles().run(
        [&system, paths, sought = folder.status] { return firstInside(system, paths, sought); }, kOwnFilesPatience);
    if (!holding)
        return {ReasonKind::HomeUnseen};
    return holding->empty() ? Reason() : Reason{.kind = ReasonKind::HoldsProtected, .path = *holding};
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
