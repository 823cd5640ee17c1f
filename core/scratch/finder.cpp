// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/scratch/finder.h"

#include "core/base/enum_names.h"
#include "core/scratch/locate.h"
#include "core/scratch/quarantine.h"
#include "core/system/directory_entries.h"
#include "core/tree/open_below.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

struct FoundMarker
{
    Path path;
    FileStatus status;   // of the directory
    PlaceIdentity place; // of what it is in, and of its file system
    MarkerLook look;
};

namespace {

constexpr int kMostLevels = 8;
constexpr std::uint64_t kMostDirectories = 200'000;
constexpr std::uint64_t kReportEvery = 100; // directories
constexpr EnumNames<FindStatus::NotOurs> kStatusNames({"known", "moved", "imported", "copy", "not-ours"});

/// Walks down from a folder, and opens one directory of each level at a time.
class MarkerSearch
{
public:
    MarkerSearch(System& system, const MountTable& mounts, std::stop_token stop,
                 const std::function<void(std::uint64_t)>& progress)
        : m_system(system), m_mounts(mounts), m_stop(std::move(stop)), m_progress(progress)
    {}

    void look(const OpenedFolder& folder, const Path& path, int level)
    {
        if (++m_lookedAt % kReportEvery == 1 && m_progress)
            m_progress(m_lookedAt);
        auto marker = readMarker(m_system, folder.fd.get(), storesPermissions(identityOf(folder).type));
        if (!marker) {
            m_complete = false;
        } else if (marker->state != MarkerState::Absent) {
            m_found.push_back({path, folder.status, placeOf(folder, path), std::move(*marker)});
            return; // nothing of ours is looked for in what is ours
        }
        const auto names = directoriesIn(folder);
        // What was in it may have been moved out of it by hand, and the registry that knew of it may be lost.
        if (names.empty() && folder.status.uid == m_system.processes.userId())
            removeEmptyQuarantine(m_system, joinPath(path, "any"));
        if (!names.empty() && level == kMostLevels) {
            m_complete = false;
            return;
        }
        for (const std::string& name : names) {
            if (m_lookedAt >= kMostDirectories)
                m_complete = false;
            if (m_stop.stop_requested() || m_lookedAt >= kMostDirectories)
                return;
            const auto below = openFolderBelow(m_system, folder.fd.get(), folder.status, name.c_str(), false);
            if (below)
                look(*below, joinPath(path, name), level + 1);
            else if ((below.error().code == EACCES && name != "lost+found") || below.error().code == EIO)
                m_complete = false; // lost+found is root's alone on every ext file system
        }
    }

    [[nodiscard]] std::vector<FoundMarker>& found() { return m_found; }
    [[nodiscard]] std::uint64_t lookedAt() const { return m_lookedAt; }
    [[nodiscard]] bool isComplete() const { return m_complete; }

private:
    /// By device: a btrfs subvolume is one of its own.
    const PlaceIdentity& identityOf(const OpenedFolder& folder)
    {
        if (!m_identity || m_identity->first != folder.status.device)
            m_identity.emplace(folder.status.device, placeIdentity(m_system, m_mounts, folder.fd.get(), folder.status));
        return m_identity->second;
    }

    /// Where a directory was found: its file system, and the folder above it (above its quarantine, if it is in one).
    PlaceIdentity placeOf(const OpenedFolder& folder, const Path& path)
    {
        PlaceIdentity place = identityOf(folder);
        place.inode = 0;
        auto above = m_system.files.open(folder.fd.get(), "..", O_PATH | O_DIRECTORY);
        if (above && isInQuarantine(path))
            above = m_system.files.open(above->get(), "..", O_PATH | O_DIRECTORY);
        if (const auto status =
                above ? m_system.attributes.status(above->get()) : Result<FileStatus>(fail(above.error())))
            place.inode = status->inode;
        return place;
    }

    std::vector<std::string> directoriesIn(const OpenedFolder& folder)
    {
        std::vector<std::string> names;
        m_buffer.resize(64U << 10U);
        for (;;) {
            const auto filled = m_system.files.readEntries(folder.fd.get(), m_buffer);
            if (!filled)
                m_complete = false;
            if (!filled || *filled == 0)
                return names;
            DirectoryEntries entries(std::span<const std::byte>(m_buffer).first(*filled));
            while (const auto* entry = entries.next()) {
                if (!entry->isDotOrDotDot() && (entry->type == FileType::Directory || entry->type == FileType::Unknown))
                    names.emplace_back(entry->name);
            }
        }
    }

    System& m_system;
    const MountTable& m_mounts;
    std::stop_token m_stop;
    const std::function<void(std::uint64_t)>& m_progress;
    std::vector<std::byte> m_buffer;
    std::optional<std::pair<DeviceNumber, PlaceIdentity>> m_identity;
    std::vector<FoundMarker> m_found;
    std::uint64_t m_lookedAt = 0;
    bool m_complete = true;
};

RecordedPlace recordedPlace(const FoundMarker& found)
{
    return {found.place.fileSystem(), false, found.place.inode, found.place.mountRoot, found.status.inode};
}

/// The place of a directory that was found, in a quarantine or out of it.
void putWhereFound(ScratchRecord& row, const FoundMarker& found)
{
    const bool released = isInQuarantine(found.path);
    row.path = released ? joinPath(parentPath(parentPath(found.path)), baseName(found.path)) : found.path;
    row.quarantine = released ? found.path : Path();
    row.phase = released ? Phase::Released : Phase::Active;
    row.place = recordedPlace(found);
    row.ownChange = found.status.changed;
}

} // namespace

std::string_view toString(FindStatus status)
{
    return kStatusNames.nameOf(status);
}

Result<FoundScratch> Finder::importFound(const FoundMarker& found)
{
    const Marker& marker = found.look.marker;
    const auto now = m_store.moment(ScratchStore::Counting::Note);
    const auto term = now ? ScratchStore::releaseTerm(*now) : Result<ReleaseTerm>(fail(now.error()));
    if (!term)
        return fail(term.error());
    ScratchRecord row;
    row.id = marker.id;
    row.name = marker.name;
    row.note = marker.note;
    row.created = std::min(marker.created, now->wall); // another computer's clock is not ours
    row.machine = m_store.m_machine;
    row.host = hostName(m_store.m_system);
    row.adopted = false;
    row.pinned = marker.pinned;
    row.changes = marker.changes;
    row.content = marker.content;
    putWhereFound(row, found);
    if (row.phase == Phase::Released) {
        row.released = term->now;
        row.restorableUntil = term->restorableUntil;
        row.elapsedRestorable = term->elapsedRestorable;
    }
    const auto registry = m_store.opened();
    if (!registry)
        return fail(registry.error());
    if (auto done = (*registry)->import(row); !done)
        return fail(std::move(done.error()));
    Reason reason{marker.machine == m_store.m_machine ? ReasonKind::NotRegistered : ReasonKind::FromOtherComputer};
    m_store.note(row, "imported", toString(reason));
    return FoundScratch{found.path, FindStatus::Imported, std::move(reason), m_store.withState(std::move(row))};
}

Result<FoundScratch> Finder::replace(ScratchRecord row, const FoundMarker& found, FindStatus status, Reason reason)
{
    const Path emptied = row.quarantine;
    // Somebody put it somewhere else, and knows what for: it has no end until a person says so.
    row.adopted = false;
    row.machine = m_store.m_machine;
    row.host = hostName(m_store.m_system);
    putWhereFound(row, found);
    const auto now = m_store.moment(ScratchStore::Counting::Note);
    const auto term = now ? ScratchStore::releaseTerm(*now) : Result<ReleaseTerm>(fail(now.error()));
    if (!term)
        return fail(term.error());
    const auto registry = m_store.opened();
    if (!registry)
        return fail(registry.error());
    if (auto done = (*registry)->setPlace(row, *term); !done)
        return fail(std::move(done.error()));
    if (!emptied.empty() && emptied != row.quarantine)
        removeEmptyQuarantine(m_store.m_system, emptied);
    m_store.note(row, toString(status), toString(reason));
    auto again = m_store.readAgain(row.id);
    if (!again)
        return fail(std::move(again.error()));
    return FoundScratch{found.path, status, std::move(reason), std::move(*again)};
}

namespace {

/// Whether what was found is the very directory that the row is about, as far as its file system and inode tell.
bool isThatDirectory(const ScratchRecord& row, const FoundMarker& found)
{
    return inodesLast(row.place.fileSystem.type) && row.place.inode != 0 && row.place.inode == found.status.inode &&
           isSameFileSystem(row.place, found.place) == SameFileSystem::Yes &&
           (!row.place.byOldRules || row.place.fileSystem.type != "btrfs"); // a snapshot has the same UUID
}

/// A file system that only one computer can have at a time: it came here with the drive.
bool travelsWithItsDrive(const FoundMarker& found)
{
    return found.place.fileSystem().value.starts_with("uuid:");
}

bool isOfThisComputer(const FoundMarker& found)
{
    const MountKind kind = kindOf(found.place.type, {}, {});
    return kind != MountKind::Network && kind != MountKind::Fuse && kind != MountKind::Other;
}

} // namespace

Result<FoundScratch> Finder::classify(const FoundMarker& found)
{
    const auto registry = m_store.existing();
    if (!registry)
        return fail(registry.error());
    auto known = *registry != nullptr ? (*registry)->find(found.look.marker.id)
                                      : Result<std::optional<ScratchRecord>>(std::optional<ScratchRecord>());
    if (!known)
        return fail(std::move(known.error()));
    if (!*known)
        return importFound(found);
    ScratchRecord row = std::move(**known);
    if (row.machine != m_store.m_machine) {
        // The computer's identity may have changed, or a container's: what is here with its own inode is here.
        if (!travelsWithItsDrive(found) && !(isOfThisComputer(found) && isThatDirectory(row, found))) {
            const auto directory = m_store.withState(std::move(row));
            return FoundScratch{found.path, FindStatus::Known, directory.reason, directory};
        }
        Reason from{.kind = ReasonKind::DriveWasElsewhere, .name = row.host};
        return replace(std::move(row), found, FindStatus::Imported, std::move(from));
    }
    const Located own = locate(m_store.m_system, row);
    if (own.agreement == Agreement::Agrees) {
        if (auto healed = m_store.heal(row, own); !healed)
            return fail(std::move(healed.error()));
        // Also by another mount of the same thing.
        if (own.folder.status.sameFileAs(found.status)) {
            auto copied = m_store.whyCopied(row);
            const auto status = copied.empty() ? FindStatus::Known : FindStatus::Copy;
            return FoundScratch{found.path, status, std::move(copied), m_store.withState(std::move(row))};
        }
    }
    const bool isAway = own.agreement == Agreement::Offline || own.agreement == Agreement::Unknown;
    // Agreement in its own place wins over an equal inode: that is what a clone has.
    const bool isHere = own.agreement == Agreement::Agrees || own.agreement == Agreement::Hollow;
    const bool isSameDrive = isSameFileSystem(row.place, found.place) == SameFileSystem::Yes && !row.place.byOldRules;
    if (!isHere && (isThatDirectory(row, found) || (isAway && isSameDrive && !inodesLast(row.place.fileSystem.type)))) {
        // Others that were met stay in mind: which of them all is meant is no clearer now.
        Reason reason{.kind = ReasonKind::MovedFrom, .path = row.path};
        return replace(std::move(row), found, FindStatus::Moved, std::move(reason));
    }
    if (isHere || isAway) {
        Reason reason{.kind = isAway ? ReasonKind::SameMarkerAway : ReasonKind::SameMarkerHere, .path = row.path};
        if (auto noted = (*registry)->addCopy(row.id, {found.path, recordedPlace(found)}); !noted)
            return fail(std::move(noted.error()));
        if (std::none_of(row.copies.begin(), row.copies.end(),
                         [&](const Copy& other) { return other.path == found.path; }))
            row.copies.push_back({found.path, recordedPlace(found)});
        m_store.note(row, "copy", fmt::format("a copy was found at {}", displayPath(found.path)));
        return FoundScratch{found.path, FindStatus::Copy, std::move(reason), m_store.withState(std::move(row))};
    }
    Reason reason{.kind = ReasonKind::CopiedFrom, .path = row.path};
    return replace(std::move(row), found, FindStatus::Imported, std::move(reason));
}

Result<FindResult> Finder::find(const Path& folder, std::stop_token stop,
                                const std::function<void(std::uint64_t)>& progress)
{
    OpenedFolder top;
    auto opened = m_store.m_system.files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened)
        return fail(std::move(opened.error()));
    top.fd = std::move(*opened);
    const auto status = m_store.m_system.attributes.status(top.fd.get());
    if (!status)
        return fail(status.error());
    top.status = *status;
    auto path = pathOf(m_store.m_system, top.fd.get());
    if (!path)
        return fail(std::move(path.error()));
    MountTable mounts;
    if (auto fresh = mounts.refresh(); !fresh)
        return fail(std::move(fresh.error()));
    MarkerSearch search(m_store.m_system, mounts, stop, progress);
    search.look(top, *path, 0);
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, folder, 0, "looking was stopped");

    FindResult result;
    result.lookedAt = search.lookedAt();
    result.complete = search.isComplete();
    for (const FoundMarker& found : search.found()) {
        if (found.look.state == MarkerState::NotOurs) {
            result.found.push_back({found.path, FindStatus::NotOurs, found.look.reason, std::nullopt});
            continue;
        }
        if (storesPermissions(found.place.type) && found.status.uid != m_store.m_system.processes.userId()) {
            result.found.push_back({found.path, FindStatus::NotOurs, {ReasonKind::OtherUsers}, std::nullopt});
            continue;
        }
        auto one = classify(found);
        if (!one)
            return fail(std::move(one.error()));
        if (one->status == FindStatus::Copy) { // the first of the two was told before it was known
            for (FoundScratch& earlier : result.found) {
                if (earlier.directory && earlier.directory->record.id == one->directory->record.id) {
                    earlier.status = FindStatus::Copy;
                    earlier.reason = {.kind = ReasonKind::SameMarker, .path = found.path};
                    earlier.directory = one->directory;
                }
            }
        }
        result.found.push_back(std::move(*one));
    }
    return result;
}

} // namespace scratchproof
