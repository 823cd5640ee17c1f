// SPDX-License-Identifier: GPL-3.0-or-later

// Scratch directories that are found by their markers: after the registry was lost, on a drive that came from another
// computer, or where somebody moved or copied them.

#include "core/scratch/locate.h"
#include "core/scratch/open_below.h"
#include "core/scratch/quarantine.h"
#include "core/scratch/scratch_store.h"
#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace scratchproof {

struct FoundMarker
{
    Path path;
    FileStatus status; // of the directory
    FileSystemIdentity fileSystem;
    MarkerLook look;
};

namespace {

constexpr int kMostLevels = 8;
constexpr std::uint64_t kMostDirectories = 200'000;
constexpr std::uint64_t kReportEvery = 100; // directories
constexpr std::array<std::string_view, 5> kStatusNames{"known", "moved", "imported", "copy", "not-ours"};

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
        const FileSystemIdentity fileSystem = identityOf(folder.status);
        auto marker = readMarker(m_system, folder.fd.get(), storesPermissions(fileSystem.type));
        if (!marker) {
            m_complete = false;
        } else if (marker->state != MarkerState::Absent) {
            m_found.push_back({path, folder.status, fileSystem, std::move(*marker)});
            return; // nothing of ours is looked for in what is ours
        }
        const auto names = directoriesIn(folder);
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
            else if (below.error().code == EACCES || below.error().code == EIO)
                m_complete = false;
        }
    }

    [[nodiscard]] std::vector<FoundMarker>& found() { return m_found; }
    [[nodiscard]] std::uint64_t lookedAt() const { return m_lookedAt; }
    [[nodiscard]] bool isComplete() const { return m_complete; }

private:
    /// By device: a btrfs subvolume is one of its own.
    const FileSystemIdentity& identityOf(const FileStatus& status)
    {
        if (!m_identity || m_identity->first != status.device)
            m_identity.emplace(status.device, fileSystemIdentity(m_system, m_mounts, status));
        return m_identity->second;
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
    std::optional<std::pair<DeviceNumber, FileSystemIdentity>> m_identity;
    std::vector<FoundMarker> m_found;
    std::uint64_t m_lookedAt = 0;
    bool m_complete = true;
};

/// The place of a directory that was found, in a quarantine or out of it.
void putWhereFound(ScratchRecord& row, const FoundMarker& found)
{
    const bool released = isInQuarantine(found.path);
    row.path = released ? joinPath(parentPath(parentPath(found.path)), baseName(found.path)) : found.path;
    row.quarantine = released ? found.path : Path();
    row.phase = released ? Phase::Released : Phase::Active;
    row.fileSystem = found.fileSystem;
    row.inode = found.status.inode;
}

/// A file system that only one computer can have at a time: it came here with the drive.
bool travelsWithItsDrive(const FileSystemIdentity& fileSystem)
{
    return fileSystem.value.starts_with("uuid:");
}

} // namespace

std::string_view toString(FindStatus status)
{
    return kStatusNames[static_cast<std::size_t>(status)];
}

Result<FoundScratch> ScratchStore::importFound(const FoundMarker& found)
{
    const Marker& marker = found.look.marker;
    ScratchRecord row;
    row.id = marker.id;
    row.name = marker.name;
    row.note = marker.note;
    row.created = std::min(marker.created, m_system.clock.wall()); // another computer's clock is not ours
    row.machine = m_machine;
    row.host = hostName(m_system);
    row.adopted = false;
    putWhereFound(row, found);
    if (row.phase == Phase::Released) {
        row.released = m_system.clock.wall();
        row.restorableUntil = *row.released + gracePeriod();
    }
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    if (auto done = registry->import(row); !done)
        return fail(std::move(done.error()));
    const std::string reason = marker.machine == m_machine ? "it was not registered" : "it comes from another computer";
    note(row, "imported", reason);
    return FoundScratch{found.path, FindStatus::Imported, reason, withState(std::move(row))};
}

Result<FoundScratch> ScratchStore::replace(ScratchRecord row, const FoundMarker& found, FindStatus status,
                                           std::string reason)
{
    row.adopted = row.adopted && status == FindStatus::Moved;
    row.machine = m_machine;
    row.host = hostName(m_system);
    putWhereFound(row, found);
    const Nanoseconds now = m_system.clock.wall();
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    if (auto done = registry->setPlace(row, now, now + gracePeriod()); !done)
        return fail(std::move(done.error()));
    note(row, toString(status), reason);
    auto again = readAgain(row.id);
    if (!again)
        return fail(std::move(again.error()));
    return FoundScratch{found.path, status, std::move(reason), std::move(*again)};
}

Result<FoundScratch> ScratchStore::classify(const FoundMarker& found)
{
    auto registry = Registry::openExisting(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    auto known = *registry ? (*registry)->find(found.look.marker.id)
                           : Result<std::optional<ScratchRecord>>(std::optional<ScratchRecord>());
    if (!known)
        return fail(std::move(known.error()));
    if (!*known)
        return importFound(found);
    ScratchRecord row = std::move(**known);
    if (row.machine != m_machine) {
        if (!travelsWithItsDrive(found.fileSystem)) {
            const auto directory = withState(std::move(row));
            return FoundScratch{found.path, FindStatus::Known, directory.reason, directory};
        }
        const auto from = fmt::format("its drive was at the computer '{}'", displayText(row.host));
        return replace(std::move(row), found, FindStatus::Imported, from);
    }
    const Located own = locate(m_system, row);
    if (own.agreement == Agreement::Agrees) {
        if (auto healed = heal(row, own); !healed)
            return fail(std::move(healed.error()));
        if (own.folder.status.sameFileAs(found.status)) {
            auto copied = whyCopied(row);
            const auto status = copied.empty() ? FindStatus::Known : FindStatus::Copy;
            return FoundScratch{found.path, status, std::move(copied), withState(std::move(row))};
        }
    }
    const bool sameSystem = !row.fileSystem.value.empty() && row.fileSystem == found.fileSystem;
    const bool sameInode = sameSystem && inodesLast(row.fileSystem.type) && row.inode == found.status.inode;
    const bool isAway = own.agreement == Agreement::Offline || own.agreement == Agreement::Unknown;
    if (sameInode || (isAway && sameSystem && !inodesLast(row.fileSystem.type))) {
        auto reason = fmt::format("it was at {}", displayPath(row.path));
        return replace(std::move(row), found, FindStatus::Moved, std::move(reason));
    }
    if (own.agreement == Agreement::Agrees || isAway) {
        const auto reason = fmt::format("{} has the same marker{}. Neither is removed; remove the file {} from the one "
                                        "that is not to be looked after",
                                        displayPath(row.path), isAway ? ", and is not here now" : "", kMarkerName);
        if (auto noted = (*registry)->setCopyAt(row.id, found.path); !noted)
            return fail(std::move(noted.error()));
        row.copyAt = found.path;
        note(row, "copy", fmt::format("a copy was found at {}", displayPath(found.path)));
        return FoundScratch{found.path, FindStatus::Copy, reason, withState(std::move(row))};
    }
    auto reason = fmt::format("it was copied from {}, where it is no more", displayPath(row.path));
    return replace(std::move(row), found, FindStatus::Imported, std::move(reason));
}

std::string ScratchStore::whyCopied(ScratchRecord& row)
{
    if (row.copyAt.empty())
        return {};
    auto why = fmt::format("{} is a copy of it, with the same marker: neither is removed. Remove the file {} from "
                           "the one that is not to be looked after",
                           displayPath(row.copyAt), kMarkerName);
    const auto parent = m_system.files.open(kWorkingDirectory, parentPath(row.copyAt).c_str(), O_PATH | O_DIRECTORY);
    const auto above = parent ? m_system.attributes.status(parent->get()) : Result<FileStatus>(fail(parent.error()));
    if (!above)
        return why; // its drive may be away
    const auto other =
        openFolderBelow(m_system, parent->get(), *above, std::string(baseName(row.copyAt)).c_str(), false);
    if (!other && other.error().code != ENOENT && other.error().code != ENOTDIR && other.error().code != ELOOP)
        return why;
    if (other) {
        const auto look = readMarker(m_system, other->fd.get(), false);
        if (!look || look->state == MarkerState::NotOurs ||
            (look->state == MarkerState::Present && look->marker.id == row.id))
            return why;
    }
    row.copyAt.clear();
    if (auto registry = Registry::openExisting(m_registry); registry && *registry)
        (void)(*registry)->setCopyAt(row.id, {});
    return {};
}

Result<FindResult> ScratchStore::find(const Path& folder, std::stop_token stop,
                                      const std::function<void(std::uint64_t)>& progress)
{
    OpenedFolder top;
    auto opened = m_system.files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened)
        return fail(std::move(opened.error()));
    top.fd = std::move(*opened);
    const auto status = m_system.attributes.status(top.fd.get());
    if (!status)
        return fail(status.error());
    top.status = *status;
    auto path = pathOf(m_system, top.fd.get());
    if (!path)
        return fail(std::move(path.error()));
    MountTable mounts;
    if (auto fresh = mounts.refresh(); !fresh)
        return fail(std::move(fresh.error()));
    MarkerSearch search(m_system, mounts, stop, progress);
    search.look(top, *path, 0);
    if (stop.stop_requested())
        return fail("cancelled", folder, 0, "looking was stopped");

    FindResult result;
    result.lookedAt = search.lookedAt();
    result.complete = search.isComplete();
    for (const FoundMarker& found : search.found()) {
        if (found.look.state == MarkerState::NotOurs) {
            result.found.push_back({found.path, FindStatus::NotOurs, found.look.reason, std::nullopt});
            continue;
        }
        if (storesPermissions(found.fileSystem.type) && found.status.uid != m_system.processes.userId()) {
            result.found.push_back(
                {found.path, FindStatus::NotOurs, "the directory belongs to another user", std::nullopt});
            continue;
        }
        auto one = classify(found);
        if (!one)
            return fail(std::move(one.error()));
        if (one->status == FindStatus::Copy) { // the first of the two was told before it was known
            for (FoundScratch& earlier : result.found) {
                if (earlier.directory && earlier.directory->record.id == one->directory->record.id) {
                    earlier.status = FindStatus::Copy;
                    earlier.reason = fmt::format("{} has the same marker", displayPath(found.path));
                    earlier.directory = one->directory;
                }
            }
        }
        result.found.push_back(std::move(*one));
    }
    return result;
}

} // namespace scratchproof
