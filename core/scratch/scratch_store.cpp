// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/scratch_store.h"

#include "core/scratch/locate.h"
#include "core/scratch/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::array<std::string_view, 7> kStateNames{"active", "expired",   "released", "offline",
                                                      "lost",   "elsewhere", "busy"};
constexpr int kRounds = 4; // of removing, while files keep appearing
constexpr std::size_t kMostKept = WalkProblems::kMost;

ScratchState stateOf(Agreement agreement, ScratchState byRegistry)
{
    switch (agreement) {
    case Agreement::Agrees:
    case Agreement::Unknown:
        return byRegistry;
    case Agreement::Offline:
        return ScratchState::Offline;
    case Agreement::Hollow:
    case Agreement::Gone:
    case Agreement::NotOurs:
        break;
    }
    return ScratchState::Lost;
}

std::string reasonOf(const Error& error)
{
    if (error.code == EXDEV)
        return "a mount is in the way; what is on it was not touched";
    return toString(Error{error.operation, {}, error.code, error.detail});
}

} // namespace

std::string useInWords(const std::vector<UserOfDirectory>& users, DirectoryLock lock)
{
    if (!users.empty()) {
        const UserOfDirectory& first = users.front();
        const auto others = users.size() == 1 ? std::string() : fmt::format(" and {} more", users.size() - 1);
        if (first.pid != 0)
            return fmt::format("it is in use by {} (process {}){}", displayText(first.name), first.pid, others);
        return fmt::format("{} '{}'{}",
                           first.how == Use::LoopDevice ? "a file in it is the loop device"
                           : first.how == Use::SwapFile ? "in it is the swap file"
                                                        : "it is used by the mount at",
                           displayPath(first.name), others);
    }
    return lock == DirectoryLock::Held ? "a program holds its lock"
                                       : "whether a program holds its lock cannot be asked on this file system";
}

std::string_view toString(ScratchState state)
{
    return kStateNames[static_cast<std::size_t>(state)];
}

ScratchStore::ScratchStore(System& system, Path registry)
    : m_system(system), m_registry(std::move(registry)), m_machine(machineIdentity(system))
{}

Result<ScratchRecord> ScratchStore::record(const std::string& id)
{
    auto registry = Registry::openExisting(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    auto found = *registry ? (*registry)->find(id) : Result<std::optional<ScratchRecord>>(std::nullopt);
    if (!found)
        return fail(std::move(found.error()));
    if (!*found)
        return fail("unknown-directory", {}, 0, fmt::format("no scratch directory has the id '{}'", displayText(id)));
    return std::move(**found);
}

ScratchDirectory ScratchStore::withState(ScratchRecord record) const
{
    ScratchDirectory directory{std::move(record), ScratchState::Active, {}};
    const ScratchRecord& row = directory.record;
    if (row.machine != m_machine) {
        directory.state = ScratchState::Elsewhere;
        directory.reason = fmt::format("it is on the computer '{}'", displayText(row.host));
    } else if (row.phase == Phase::Released) {
        directory.state = ScratchState::Released;
    } else if (!row.pinned && row.expires && *row.expires <= m_system.clock.wall()) {
        directory.state = ScratchState::Expired;
    }
    if (!row.adopted && directory.state == ScratchState::Active)
        directory.reason = "it was found here; it stays until it is given a lifetime and that is over";
    if (row.phase == Phase::Creating)
        directory.reason = "its creation did not finish";
    else if (row.phase == Phase::Cleaning)
        directory.reason = "its removal was begun, and did not finish";
    return directory;
}

Result<std::vector<ScratchDirectory>> ScratchStore::list()
{
    auto registry = Registry::openExisting(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    auto records = *registry ? (*registry)->all() : Result<std::vector<ScratchRecord>>(std::vector<ScratchRecord>());
    if (!records)
        return fail(std::move(records.error()));
    std::vector<ScratchDirectory> directories;
    for (ScratchRecord& row : *records)
        directories.push_back(withState(std::move(row)));
    return directories;
}

Result<ScratchDirectory> ScratchStore::inspect(const std::string& id, std::stop_token stop,
                                               const std::function<void(const Measure&)>& progress)
{
    auto seen = preview(id, std::move(stop), progress);
    if (!seen)
        return fail(std::move(seen.error()));
    return std::move(seen->directory);
}

Result<Preview> ScratchStore::preview(const std::string& id, std::stop_token stop,
                                      const std::function<void(const Measure&)>& progress, Look look)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    Preview preview;
    preview.isBrief = look == Look::Brief;
    preview.path = row->path;
    preview.directory = withState(*row);
    if (preview.directory.state == ScratchState::Elsewhere) {
        preview.reason = preview.directory.reason;
        return preview;
    }
    const Located located = locate(m_system, *row);
    if (auto healed = heal(*row, located); !healed)
        return fail(std::move(healed.error()));
    preview.directory = withState(std::move(*row));
    ScratchRecord& seen = preview.directory.record;
    preview.path = located.at;
    preview.directory.state = stateOf(located.agreement, preview.directory.state);
    if (!located.reason.empty())
        preview.directory.reason = located.reason;
    preview.reason = located.reason;
    const bool hollow = located.agreement == Agreement::Hollow;
    preview.isGone = located.agreement == Agreement::Gone;
    if (located.agreement != Agreement::Agrees && !hollow)
        return preview;
    preview.reason = whyProtected(m_system, located.folder, located.parent.get(), m_registry);
    if (preview.reason.empty())
        preview.reason = whyCopied(seen);
    preview.removable = preview.reason.empty();
    if (preview.removable)
        preview.confirmation = confirmationToken(located.folder.status, id);
    preview.lock = takeLock(m_system, located.folder.fd.get(), located.fileSystem);
    if (preview.lock == DirectoryLock::Free)
        releaseLock(m_system, located.folder.fd.get());
    if (look == Look::Whole || preview.lock == DirectoryLock::Unknown)
        preview.users = usersOf(m_system, located.folder.fd.get(), located.at);
    if (!preview.users.empty() || preview.lock == DirectoryLock::Held) {
        preview.directory.state = ScratchState::Busy;
        preview.directory.reason = useInWords(preview.users, preview.lock);
    }
    if (look == Look::Brief)
        return preview;
    preview.content = measureContents(m_system, located.folder.fd.get(), located.at, kMarkerName, stop, progress);
    if (preview.content.cancelled)
        return fail("cancelled", located.at, 0, "measuring was stopped");
    seen.measure = preview.content.measure;
    seen.measured = m_system.clock.wall();
    // A size that cannot be noted is still a size: the registry may be locked, or its disk full.
    if (auto registry = Registry::openExisting(m_registry); registry && *registry)
        (void)(*registry)->setMeasure(id, *seen.measure, seen.measured);
    return preview;
}

namespace {

/// One removal, from the comparison to the empty place.
class Cleaner
{
public:
    Cleaner(System& system, const ScratchRecord& record, std::stop_token stop,
            const std::function<void(const RemovalProgress&)>& progress)
        : m_system(system), m_record(record), m_stop(std::move(stop)), m_progress(progress)
    {}

    Cleaned run(const Path& registry, const std::string& confirmation, ScratchStore::InUse inUse)
    {
        m_located = locate(m_system, m_record);
        const bool hollow = m_located.agreement == Agreement::Hollow;
        if (m_located.agreement != Agreement::Agrees && !hollow) {
            keep(m_located.at, m_located.reason);
            return std::move(m_cleaned);
        }
        if (confirmationToken(m_located.folder.status, m_record.id) != confirmation) {
            keep(m_located.at, "it is not the directory that was looked at before");
            return std::move(m_cleaned);
        }
        if (const auto why = whyProtected(m_system, m_located.folder, m_located.parent.get(), registry); !why.empty()) {
            keep(m_located.at, why);
            return std::move(m_cleaned);
        }
        if (!hollow && !mayBeTaken(inUse))
            return std::move(m_cleaned);
        if (hollow) {
            if (!removeItself())
                keep(m_located.at, "it is not empty any more, and has no marker");
            return std::move(m_cleaned);
        }
        for (int round = 0; round < kRounds; ++round) {
            if (!removeContent() || removeItself())
                break;
        }
        if (!m_cleaned.removed && m_cleaned.keptCount == 0 && !m_cleaned.cancelled)
            keep(m_located.at, "files keep appearing in it");
        return std::move(m_cleaned);
    }

private:
    void keep(const Path& path, std::string reason)
    {
        ++m_cleaned.keptCount;
        if (m_cleaned.kept.size() < kMostKept)
            m_cleaned.kept.push_back({path, std::move(reason)});
    }

    /// Takes the lock, too, so that nobody begins to use what goes.
    bool mayBeTaken(ScratchStore::InUse inUse)
    {
        const int folder = m_located.folder.fd.get();
        const DirectoryLock lock = takeLock(m_system, folder, m_located.fileSystem);
        if (inUse == ScratchStore::InUse::RemoveAllTheSame)
            return true;
        const auto users = usersOf(m_system, folder, m_located.at);
        if (users.empty() && lock == DirectoryLock::Free)
            return true;
        keep(m_located.at, useInWords(users, lock));
        m_cleaned.isInUse = true;
        return false;
    }

    /// True if nothing but the marker is left.
    bool removeContent()
    {
        const int folder = m_located.folder.fd.get();
        // It is ours, and so may be opened up like those below it.
        if ((m_located.folder.status.mode & 0700U) != 0700U)
            (void)m_system.files.changeMode(folder, m_located.folder.status.mode | 0700U);
        const RemovalProgress before = m_cleaned.done;
        const auto report = [&](const RemovalProgress& now) {
            if (m_progress)
                m_progress({before.entries + now.entries, before.bytes + now.bytes});
        };
        Removal removal = removeContents(m_system, folder, m_located.at, kMarkerName, m_stop, report);
        m_cleaned.done = {before.entries + removal.done.entries, before.bytes + removal.done.bytes};
        m_cleaned.cancelled = removal.cancelled;
        for (const Error& error : removal.kept.list)
            keep(error.path, reasonOf(error));
        m_cleaned.keptCount += removal.kept.count - removal.kept.list.size();
        return removal.complete();
    }

    /// The marker and then the directory, if its name still leads to it. False: something appeared in it meanwhile.
    bool removeItself()
    {
        const int parent = m_located.parent.get();
        const auto status = m_system.attributes.statusAt(parent, m_located.name.c_str());
        if (!status || !status->sameFileAs(m_located.folder.status)) {
            keep(m_located.at, "it was renamed or replaced meanwhile");
            return true;
        }
        const bool hasMarker = m_located.agreement == Agreement::Agrees;
        if (hasMarker || m_located.hasUnfinishedMarker) {
            const auto gone = m_system.files.unlink(m_located.folder.fd.get(), kMarkerName);
            if (!gone && gone.error().code != ENOENT) {
                keep(joinPath(m_located.at, kMarkerName), reasonOf(gone.error()));
                return true;
            }
        }
        const auto gone = m_system.files.removeDirectory(parent, m_located.name.c_str());
        if (gone) {
            m_cleaned.removed = true;
            if (!m_record.quarantine.empty())
                removeEmptyQuarantine(m_system, m_record.quarantine);
            ++m_cleaned.done.entries;
            return true;
        }
        // It stays, so it must be known as ours again, for the next try.
        if (hasMarker)
            (void)writeMarker(m_system, m_located.folder.fd.get(), m_located.marker);
        if (gone.error().code == ENOTEMPTY || gone.error().code == EEXIST)
            return false;
        keep(m_located.at, reasonOf(gone.error()));
        return true;
    }

    System& m_system;
    const ScratchRecord& m_record;
    std::stop_token m_stop;
    const std::function<void(const RemovalProgress&)>& m_progress;
    Located m_located;
    Cleaned m_cleaned;
};

} // namespace

Result<void> ScratchStore::noteRemoval(const ScratchRecord& row)
{
    auto registry = Registry::open(m_registry);
    auto noted = registry ? registry->setPhase(row.id, row.phase == Phase::Creating ? Phase::Creating : Phase::Cleaning)
                          : Result<void>(fail(registry.error()));
    // On a full disk this may be the very removal that makes room.
    if (!noted && storeProblem(noted.error()) == StoreProblem::Full)
        return {};
    return noted;
}

Result<Cleaned> ScratchStore::clean(const std::string& id, const std::string& confirmation, std::stop_token stop,
                                    const std::function<void(const RemovalProgress&)>& progress, InUse inUse)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto directory = withState(*row); directory.state == ScratchState::Elsewhere) {
        Cleaned kept;
        kept.kept.push_back({row->path, directory.reason});
        kept.keptCount = 1;
        return kept;
    }
    if (auto why = whyCopied(*row); !why.empty()) {
        Cleaned kept;
        kept.kept.push_back({row->path, std::move(why)});
        kept.keptCount = 1;
        return kept;
    }
    if (auto noted = noteRemoval(*row); !noted)
        return fail(std::move(noted.error()));
    const Phase before = row->phase;
    if (row->phase != Phase::Creating)
        row->phase = Phase::Cleaning;
    return removeNoted(*row, before, confirmation, std::move(stop), progress, inUse);
}

Result<Cleaned> ScratchStore::removeNoted(const ScratchRecord& row, Phase before, const std::string& confirmation,
                                          std::stop_token stop,
                                          const std::function<void(const RemovalProgress&)>& progress, InUse inUse)
{
    Cleaned cleaned = Cleaner(m_system, row, std::move(stop), progress).run(m_registry, confirmation, inUse);
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    if (cleaned.removed) {
        if (auto dropped = registry->remove(row.id); !dropped)
            return fail(std::move(dropped.error()));
    } else if (cleaned.done.entries == 0) {
        if (auto restored = registry->setPhase(row.id, before); !restored)
            return fail(std::move(restored.error()));
    }
    return cleaned;
}

Result<bool> ScratchStore::forget(const std::string& id)
{
    auto registry = Registry::openExisting(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    return *registry ? (*registry)->remove(id) : Result<bool>(false);
}

} // namespace scratchproof
