// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/enum_names.h"
#include "core/base/invariant.h"
#include "core/probe/probe.h"
#include "core/scratch/locate.h"
#include "core/scratch/quarantine.h"
#include "core/scratch/safe_place.h"
#include "core/scratch/scratch_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace scratchproof {

namespace {

constexpr std::size_t kLongestName =
    200; // with "-" and the suffix it stays below 255, the longest on most file systems
constexpr std::size_t kLongestNote = 4096;
constexpr int kTries = 8;
// A maker that takes longer has died, and its row is in nobody's way.
constexpr Nanoseconds kLongestMaking = 60 * kNanosecondsPerSecond;
constexpr std::chrono::milliseconds kLookAgain{50};

tl::unexpected<Error> refuseInput(std::string what, std::string detail)
{
    return fail(ErrorKind::BadInput, std::move(what), 0, std::move(detail));
}

Result<void> checkRequest(const CreateRequest& request)
{
    if (auto named = checkScratchName(request.name); !named)
        return named;
    if (request.folder.empty() || request.folder.front() != '/' || request.folder.find('\0') != std::string::npos)
        return refuseInput(request.folder, "the folder must be an absolute path");
    if (request.note.size() > kLongestNote || !isUtf8(request.note))
        return refuseInput({}, fmt::format("the note must be text of at most {} bytes", kLongestNote));
    return {};
}

/// Really tries the folder, as product and issue ask: nothing is promised in one that does not take a file.
Result<FileStatus> probeFolder(System& system, ProbeJournal& journal, const Path& folder, std::stop_token stop)
{
    const ProbeResult result = FolderProbe(system, journal).run(folder, Level::Quick, std::move(stop));
    if (result.notes.cancelled)
        return fail(ErrorKind::Cancelled, folder, 0, "checking the folder was stopped");
    if (result.notes.appendOnly)
        return fail(ErrorKind::FolderUnusable, folder, EPERM,
                    "the folder is append-only: nothing in it could be removed again");
    if (const StepResult* problem = result.firstProblem())
        return fail(ErrorKind::FolderUnusable, folder, problem->errorCode,
                    fmt::format("the step '{}' failed", toString(problem->step)));
    if (!result.notes.folder)
        return fail(ErrorKind::FolderUnusable, folder, 0, "the folder could not be looked at");
    return *result.notes.folder;
}

} // namespace

/// The folder that scratch directories are made in, opened and found fit.
struct ScratchStore::Place
{
    UniqueFd fd; // O_PATH
    FileStatus status;
    Path path; // without symbolic links
    PlaceIdentity identity;
};

/// `probed`: what it must still be.
Result<ScratchStore::Place> ScratchStore::openPlace(System& system, const Path& folder,
                                                    const std::optional<FileStatus>& probed)
{
    Place place;
    auto fd = system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY);
    if (!fd)
        return fail(std::move(fd.error()));
    place.fd = std::move(*fd);
    auto status = system.attributes.status(place.fd.get());
    if (!status)
        return fail(std::move(status.error()));
    place.status = *status;
    if (probed && !place.status.sameFileAs(*probed))
        return fail(ErrorKind::UnsafeFolder, folder, 0, "the folder was replaced while it was checked");
    auto path = pathOf(system, place.fd.get());
    if (!path)
        return fail(std::move(path.error()));
    place.path = std::move(*path);
    MountTable mounts;
    if (auto fresh = mounts.refresh(); !fresh)
        return fail(std::move(fresh.error()));
    place.identity = placeIdentity(system, mounts, place.fd.get(), place.status);
    const auto unsafe = findUnsafePlace(system, mounts, place.path);
    if (!unsafe)
        return fail(unsafe.error());
    if (*unsafe)
        return fail(ErrorKind::UnsafeFolder, (*unsafe)->directory, 0, toString((*unsafe)->reason));
    return place;
}

/// Makes the directory and undoes it unless it is kept.
class ScratchStore::NewDirectory
{
public:
    NewDirectory(System& system, const Place& place, std::string name)
        : m_system(system), m_place(place), m_name(std::move(name))
    {}
    NewDirectory(const NewDirectory&) = delete;
    NewDirectory& operator=(const NewDirectory&) = delete;
    ~NewDirectory()
    {
        if (!m_made || m_kept)
            return;
        require(isEntryName(m_name), "what is undone is the entry that was made");
        requireInDebug(
            [this] {
                const auto now = m_system.attributes.statusAt(m_place.fd.get(), m_name.c_str());
                return !m_folder.fd || !now || now->sameFileAs(m_folder.status);
            },
            "what is undone is the directory that was made");
        if (m_folder.fd) {
            (void)m_system.files.unlink(m_folder.fd.get(), kMarkerName);
            if (!m_content.empty())
                (void)m_system.files.removeDirectory(m_folder.fd.get(), m_content.c_str());
        }
        (void)m_system.files.removeDirectory(m_place.fd.get(), m_name.c_str());
    }

    Result<void> make()
    {
        if (auto made = m_system.files.makeDirectory(m_place.fd.get(), m_name.c_str(), 0700); !made) {
            takeBack();
            return made;
        }
        m_made = true;
        auto opened = openMade(m_place.fd.get(), m_place.status, m_name);
        if (!opened)
            return fail(std::move(opened.error()));
        if (permissionsCount() && opened->status.uid != m_system.processes.userId())
            return fail(ErrorKind::UnsafeFolder, m_place.path, 0, "what is made in it belongs to somebody else");
        m_folder = std::move(*opened);
        return {};
    }

    /// A directory in it for the user, whose content is then his alone.
    Result<void> makeContent(const std::string& name)
    {
        if (name.empty())
            return {};
        m_content = name;
        if (auto made = m_system.files.makeDirectory(m_folder.fd.get(), name.c_str(), 0700); !made)
            return made;
        auto opened = openMade(m_folder.fd.get(), m_folder.status, name);
        if (!opened)
            return fail(std::move(opened.error()));
        (void)m_system.files.sync(m_folder.fd.get());
        return readStatus();
    }

    Result<void> mark(const Marker& marker)
    {
        if (auto written = writeMarker(m_system, m_folder.fd.get(), marker); !written)
            return written;
        // The entry in the folder above is durable only once that is synced; it may be closed to reading, or not know
        // fsync.
        if (const auto above = m_system.files.open(m_place.fd.get(), ".", O_RDONLY | O_DIRECTORY))
            (void)m_system.files.sync(above->get());
        return readStatus();
    }

    void keep() { m_kept = true; }
    [[nodiscard]] const FileStatus& status() const { return m_folder.status; }

private:
    Result<void> readStatus()
    {
        auto status = m_system.attributes.status(m_folder.fd.get());
        if (!status)
            return fail(std::move(status.error()));
        m_folder.status = *status;
        return {};
    }

    [[nodiscard]] bool permissionsCount() const { return storesPermissions(m_place.identity.type); }

    /// With the mode 0700, whatever the umask took and a default ACL gave.
    Result<OpenedFolder> openMade(int parent, const FileStatus& parentStatus, const std::string& name)
    {
        auto opened = openFolderBelow(m_system, parent, parentStatus, name.c_str(), permissionsCount());
        if (!opened || !permissionsCount() || (opened->status.mode & 0777U) == 0700U)
            return opened;
        if (auto changed = m_system.files.changeMode(opened->fd.get(), 0700); !changed)
            return fail(std::move(changed.error()));
        return opened;
    }

    /// A call that failed may have had its effect all the same: its answer was lost, or it was asked for twice and
    /// then says EEXIST. Nobody can have guessed the name; and only an empty directory of our own user is removed.
    void takeBack()
    {
        const auto found = m_system.attributes.statusAt(m_place.fd.get(), m_name.c_str());
        if (found && found->isDirectory() && found->uid == m_system.processes.userId())
            (void)m_system.files.removeDirectory(m_place.fd.get(), m_name.c_str());
    }

    System& m_system;
    const Place& m_place;
    std::string m_name;
    OpenedFolder m_folder;
    std::string m_content;
    bool m_made = false;
    bool m_kept = false;
};

namespace {

Marker markerOf(const ScratchRecord& record)
{
    Marker marker;
    marker.id = record.id;
    marker.name = record.name;
    marker.note = record.note;
    marker.created = record.created;
    marker.lifetime = record.lifetime;
    marker.machine = record.machine;
    marker.program = "scratchproof " SCRATCHPROOF_VERSION;
    marker.keptUntil = record.expires;
    marker.pinned = record.pinned;
    marker.changes = record.changes;
    marker.content = record.content;
    return marker;
}

/// The outermost scratch directory that `folder` (without symbolic links) lies in, or is; "": none.
Path outermostScratch(System& system, const Path& folder)
{
    for (std::size_t end = 0; end < folder.size();) {
        end = std::min(folder.find('/', end + 1), folder.size());
        Path part = folder.substr(0, end);
        if (system.attributes.exists(kWorkingDirectory, joinPath(part, kMarkerName).c_str()).value_or(false))
            return part;
    }
    return {};
}

} // namespace

/// Makes, marks and makes valid what is registered already; in this order, so that a crash in between leaves nothing
/// unknown.
Result<void> ScratchStore::makeRegistered(Registry& registry, const Place& place, ScratchRecord& record)
{
    const auto steps = [&]() -> Result<void> {
        NewDirectory directory(m_system, place, std::string(baseName(record.path)));
        auto done = directory.make();
        if (done)
            done = directory.mark(markerOf(record)); // before anything else is in it
        if (done)
            done = directory.makeContent(record.content);
        if (done) {
            record.place.inode = directory.status().inode;
            record.ownChange = directory.status().changed;
            done = registry.activate(record.id, record.place.inode, record.ownChange);
        }
        if (done) {
            record.phase = Phase::Active;
            directory.keep();
        }
        return done;
    };
    auto done = steps();
    if (!done)
        (void)registry.remove(record.id);
    return done;
}

std::string_view toString(CreateNote note)
{
    constexpr EnumNames<CreateNote::NotAdopted> kNames(
        {"permissions-not-stored", "never-by-itself", "beside-outer", "inside-outer", "not-adopted"});
    return kNames.nameOf(note);
}

NoteWords wordsOf(CreateNote note)
{
    switch (note) {
    case CreateNote::PermissionsNotStored:
        return {"limit", "Others on this computer may see what is in it",
                "This file system stores no permissions, so a directory on it cannot be made private."};
    case CreateNote::NeverByItself:
        return {
            "note", "It is never removed by itself",
            "On this file system it cannot be told beyond doubt from another one later. When its time is over it is "
            "shown as expired, and stays until you clean it up."};
    case CreateNote::BesideOuter:
        return {"note", "It was made beside a scratch directory, not in it",
                "The folder for temporary files lies in a scratch directory, and would take it along when that goes."};
    case CreateNote::InsideOuter:
        return {"note", "It lies in another scratch directory",
                "That one is not removed or released as long as this one is there."};
    case CreateNote::NotAdopted:
        break;
    }
    return {"note", "It was found here, and keeps having no end",
            "Somebody else may need what is in it. Extend it to give it a lifetime."};
}

Result<void> checkScratchName(std::string_view name)
{
    if (name.empty())
        return refuseInput({}, "a scratch directory needs a name");
    if (name.size() > kLongestName)
        return refuseInput(std::string(name), fmt::format("the name is longer than {} bytes", kLongestName));
    if (name == "." || name == ".." || name.find('/') != std::string_view::npos)
        return refuseInput(std::string(name), "a name must be one word of a path: no slash, and not '.' or '..'");
    if (!isUtf8(name))
        return refuseInput(std::string(name), "the name is not UTF-8 text");
    if (displayText(name) != name)
        return refuseInput(std::string(name), "the name holds control characters or invisible ones");
    return {};
}

Result<ScratchDirectory> ScratchStore::reuse(const ScratchRecord& row, const CreateRequest& request)
{
    const auto now = moment(Counting::Ask);
    if (!now)
        return fail(now.error());
    auto seen = withState(row, *now);
    // One that was found is somebody's until a person says otherwise: it is given no end here.
    if (!row.adopted || seen.state != ScratchState::Expired)
        return seen;
    return extend(row.id, request.lifetime).map([](Altered&& altered) { return std::move(altered.directory); });
}

Result<std::optional<ScratchDirectory>> ScratchStore::sameNameOf(ScratchRecord row, const CreateRequest& request,
                                                                 const Place& place, std::stop_token stop)
{
    while (row.phase == Phase::Creating && m_system.clock.wall() - row.created < kLongestMaking) {
        if (!request.reuse)
            return fail(ErrorKind::NameExists, row.path, 0, "it is being made");
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, request.folder, 0, "creating was stopped");
        std::this_thread::sleep_for(kLookAgain);
        auto again = record(row.id);
        if (!again)
            return std::optional<ScratchDirectory>(); // its maker gave up
        row = std::move(*again);
    }
    // One that is lost, or was moved away, is in nobody's way: the new one gets another ending.
    if (row.phase != Phase::Active)
        return std::optional<ScratchDirectory>();
    const auto there = m_system.attributes.exists(place.fd.get(), std::string(baseName(row.path)).c_str());
    if (there && !*there)
        return std::optional<ScratchDirectory>();
    const Located found = locate(m_system, row);
    if (found.agreement != Agreement::Agrees || found.inQuarantine)
        return std::optional<ScratchDirectory>();
    if (!request.reuse)
        return fail(ErrorKind::NameExists, row.path, 0);
    return reuse(row, request).map([](ScratchDirectory&& same) { return std::optional(std::move(same)); });
}

Result<std::optional<ScratchDirectory>> ScratchStore::sameName(std::vector<ScratchRecord> rows,
                                                               const CreateRequest& request, const Place& place,
                                                               std::stop_token stop)
{
    std::vector<std::string> gone;
    for (ScratchRecord& row : rows) {
        const std::string id = row.id;
        auto same = sameNameOf(std::move(row), request, place, stop);
        if (!same || *same)
            return same;
        gone.push_back(id);
    }
    // Once for all: many may have been lost under one name.
    const auto registry = opened();
    if (auto noted = registry ? (*registry)->setSeenGone(gone) : Result<void>(fail(registry.error())); !noted)
        return fail(std::move(noted.error()));
    return std::optional<ScratchDirectory>();
}

Result<void> ScratchStore::suits(const Path& folder)
{
    return openPlace(m_system, folder, std::nullopt).map([](const Place&) {});
}

Result<Created> ScratchStore::create(const CreateRequest& request, ProbeJournal& journal, std::stop_token stop)
{
    if (auto fine = checkRequest(request); !fine)
        return fail(std::move(fine.error()));
    // First what may refuse without touching the folder.
    if (auto grace = gracePeriod(); !grace)
        return fail(std::move(grace.error()));
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    Created created;
    Path folder = request.folder;
    created.outer = outermostScratch(m_system, canonicalPath(m_system, folder).value_or(folder));
    if (!created.outer.empty() && request.isDefaultFolder)
        folder = parentPath(isInQuarantine(created.outer) ? parentPath(created.outer) : created.outer);
    const auto probed = probeFolder(m_system, journal, folder, stop);
    if (!probed)
        return fail(probed.error());
    const auto place = openPlace(m_system, folder, *probed);
    if (!place)
        return fail(place.error());
    const FileSystemIdentity fileSystem = place->identity.fileSystem();
    if (!storesPermissions(fileSystem.type))
        created.notes.push_back(CreateNote::PermissionsNotStored);
    if (fileSystem.value.empty() || !inodesLast(fileSystem.type))
        created.notes.push_back(CreateNote::NeverByItself);
    if (!created.outer.empty())
        created.notes.push_back(request.isDefaultFolder ? CreateNote::BesideOuter : CreateNote::InsideOuter);

    ScratchRecord record;
    record.name = request.name;
    record.note = request.note;
    record.machine = m_machine;
    record.host = hostName(m_system);
    record.pinned = request.pinned;
    record.phase = Phase::Creating;
    record.place = {fileSystem, false, place->identity.inode, place->identity.mountRoot, 0};
    record.content = request.empty ? (request.name == kMarkerName ? "content" : request.name) : "";
    for (int tries = 0;;) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, folder, 0, "creating was stopped");
        record.id = randomHex(m_system, 16);
        record.path = joinPath(place->path, fmt::format("{}-{}", request.name, randomSuffix(m_system)));
        const auto now = moment(Counting::Note);
        const auto term = now ? termOf(request.lifetime, *now, 1) : Result<Term>(fail(now.error()));
        if (!term)
            return fail(term.error());
        record.created = now->wall;
        record.lifetime = term->lifetime;
        record.expires = term->expires;
        record.elapsedEnd = term->elapsedEnd;
        record.grace = term->grace;
        record.changes = term->changes;
        auto taken = (*registry)->insertUnlessNamed(record);
        if (!taken)
            return fail(std::move(taken.error()));
        if (!taken->empty()) {
            auto same = sameName(std::move(*taken), request, *place, stop);
            if (!same)
                return fail(std::move(same.error()));
            if (*same) {
                created.directory = std::move(**same);
                created.reused = true;
                if (!created.directory.record.adopted)
                    created.notes.push_back(CreateNote::NotAdopted);
                return created;
            }
            continue;
        }
        const auto made = makeRegistered(**registry, *place, record);
        if (made) {
            created.directory = withState(std::move(record), *now);
            return created;
        }
        if (made.error().code != EEXIST || ++tries == kTries)
            return fail(made.error());
    }
}

} // namespace scratchproof
