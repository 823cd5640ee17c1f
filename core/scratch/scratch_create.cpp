// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"
#include "core/scratch/locate.h"
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
    return fail("bad-input", std::move(what), 0, std::move(detail));
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
        return fail("cancelled", folder, 0, "checking the folder was stopped");
    if (result.notes.appendOnly)
        return fail("folder-unusable", folder, EPERM,
                    "the folder is append-only: nothing in it could be removed again");
    if (const StepResult* problem = result.firstProblem())
        return fail("folder-unusable", folder, problem->errorCode,
                    fmt::format("the step '{}' failed", toString(problem->step)));
    if (!result.notes.folder)
        return fail("folder-unusable", folder, 0, "the folder could not be looked at");
    return *result.notes.folder;
}

/// The folder that scratch directories are made in, opened and found fit.
struct Place
{
    UniqueFd fd; // O_PATH
    FileStatus status;
    Path path; // without symbolic links
    FileSystemIdentity fileSystem;
};

/// `probed`: what it must still be.
Result<Place> openPlace(System& system, const Path& folder, const std::optional<FileStatus>& probed)
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
        return fail("unsafe-folder", folder, 0, "the folder was replaced while it was checked");
    auto path = pathOf(system, place.fd.get());
    if (!path)
        return fail(std::move(path.error()));
    place.path = std::move(*path);
    MountTable mounts;
    if (auto fresh = mounts.refresh(); !fresh)
        return fail(std::move(fresh.error()));
    place.fileSystem = fileSystemIdentity(system, mounts, place.status);
    if (place.fileSystem.value.empty())
        return fail("unsafe-folder", folder, 0,
                    "its file system cannot be told from others, so nothing in it could be cleaned up later");
    const auto unsafe = findUnsafePlace(system, mounts, place.path);
    if (!unsafe)
        return fail(unsafe.error());
    if (*unsafe)
        return fail("unsafe-folder", (*unsafe)->directory, 0, (*unsafe)->reason);
    return place;
}

/// Makes the directory and undoes it unless it is kept.
class NewDirectory
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
        if (m_folder.fd)
            (void)m_system.files.unlink(m_folder.fd.get(), kMarkerName);
        (void)m_system.files.removeDirectory(m_place.fd.get(), m_name.c_str());
    }

    Result<void> make()
    {
        if (auto made = m_system.files.makeDirectory(m_place.fd.get(), m_name.c_str(), 0700); !made) {
            takeBack();
            return made;
        }
        m_made = true;
        auto opened = openFolderBelow(m_system, m_place.fd.get(), m_place.status, m_name.c_str(), false);
        if (!opened)
            return fail(std::move(opened.error()));
        const bool counts = storesPermissions(m_place.fileSystem.type);
        if (counts && opened->status.uid != m_system.processes.userId())
            return fail("unsafe-folder", m_place.path, 0, "what is made in it belongs to somebody else");
        m_folder = std::move(*opened);
        if (!counts || (m_folder.status.mode & 0077U) == 0)
            return {};
        return m_system.files.changeMode(m_folder.fd.get(), 0700);
    }

    Result<void> mark(const Marker& marker)
    {
        if (auto written = writeMarker(m_system, m_folder.fd.get(), marker); !written)
            return written;
        // The entry in the folder above is durable only once that is synced; it may be closed to reading, or not know
        // fsync.
        if (const auto above = m_system.files.open(m_place.fd.get(), ".", O_RDONLY | O_DIRECTORY))
            (void)m_system.files.sync(above->get());
        return {};
    }

    void keep() { m_kept = true; }
    [[nodiscard]] const FileStatus& status() const { return m_folder.status; }

private:
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
    bool m_made = false;
    bool m_kept = false;
};

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
    return marker;
}

/// Makes, marks and makes valid what is registered already; in this order, so that a crash in between leaves nothing
/// unknown.
Result<void> makeRegistered(System& system, Registry& registry, const Place& place, ScratchRecord& record)
{
    const auto steps = [&]() -> Result<void> {
        NewDirectory directory(system, place, std::string(baseName(record.path)));
        auto done = directory.make();
        if (done)
            done = directory.mark(markerOf(record));
        if (done) {
            record.fileSystem = place.fileSystem;
            record.inode = directory.status().inode;
            done = registry.activate(record.id, record.fileSystem, record.inode);
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

} // namespace

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

Result<ScratchDirectory> ScratchStore::reuse(ScratchRecord row, const CreateRequest& request)
{
    const bool isOver = row.expires && *row.expires <= m_system.clock.wall() && !row.pinned;
    return isOver || !row.adopted ? extend(row.id, request.lifetime) : withState(std::move(row));
}

Result<std::optional<ScratchDirectory>> ScratchStore::sameName(ScratchRecord row, const CreateRequest& request,
                                                               std::stop_token stop)
{
    while (row.phase == Phase::Creating && m_system.clock.wall() - row.created < kLongestMaking) {
        if (!request.reuse)
            return fail("name-exists", row.path, 0, "it is being made");
        if (stop.stop_requested())
            return fail("cancelled", request.folder, 0, "creating was stopped");
        std::this_thread::sleep_for(kLookAgain);
        auto again = record(row.id);
        if (!again)
            return std::optional<ScratchDirectory>(); // its maker gave up
        row = std::move(*again);
    }
    // One that is lost, or was moved away, is in nobody's way: the new one gets another ending.
    const Located found = locate(m_system, row);
    if (row.phase != Phase::Active || found.agreement != Agreement::Agrees || found.inQuarantine)
        return std::optional<ScratchDirectory>();
    if (!request.reuse)
        return fail("name-exists", row.path, 0);
    return reuse(std::move(row), request).map([](ScratchDirectory&& same) { return std::optional(std::move(same)); });
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
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    const auto probed = probeFolder(m_system, journal, request.folder, stop);
    if (!probed)
        return fail(probed.error());
    const auto place = openPlace(m_system, request.folder, *probed);
    if (!place)
        return fail(place.error());
    const auto created = [&](ScratchDirectory directory, bool reused) {
        return Created{std::move(directory), !storesPermissions(place->fileSystem.type), place->fileSystem.type,
                       reused};
    };

    ScratchRecord record;
    record.name = request.name;
    record.note = request.note;
    record.machine = m_machine;
    record.host = hostName(m_system);
    record.lifetime = request.lifetime;
    record.pinned = request.pinned;
    record.phase = Phase::Creating;
    std::vector<std::string> apart; // of the same name, and in nobody's way
    for (int tries = 0;;) {
        record.id = randomHex(m_system, 16);
        record.path = joinPath(place->path, fmt::format("{}-{}", request.name, randomSuffix(m_system)));
        record.created = m_system.clock.wall();
        record.expires = record.lifetime ? std::optional(record.created + *record.lifetime) : std::nullopt;
        if (stop.stop_requested())
            return fail("cancelled", request.folder, 0, "creating was stopped");
        auto taken = registry->insertUnlessNamed(record, apart);
        if (!taken)
            return fail(std::move(taken.error()));
        if (*taken) {
            apart.push_back((*taken)->id);
            auto same = sameName(std::move(**taken), request, stop);
            if (!same)
                return fail(std::move(same.error()));
            if (*same)
                return created(std::move(**same), true);
            continue;
        }
        const auto made = makeRegistered(m_system, *registry, *place, record);
        if (made)
            return created(withState(std::move(record)), false);
        if (made.error().code != EEXIST || ++tries == kTries)
            return fail(made.error());
    }
}

} // namespace scratchproof
