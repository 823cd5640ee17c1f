// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/capacity_check.h"

#include "core/base/quantity.h"
#include "core/facts/device.h"
#include "core/facts/mount_role.h"
#include "core/facts/sysfs.h"
#include "core/scratch/identity.h"
#include "core/scratch/locate.h"
#include "core/scratch/marker.h"
#include "core/scratch/scratch_store.h"
#include "core/system/directory_entries.h"
#include "core/verify/aligned_buffer.h"
#include "core/verify/block_pattern.h"
#include "core/verify/file_target.h"
#include "core/verify/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

/// How long what a crash leaves is there before its grace period begins.
constexpr Nanoseconds kVerifyLifetime = 24 * 3600 * kNanosecondsPerSecond;
/// With less there is nothing to be learnt, and the directory itself may not fit.
constexpr std::uint64_t kLeastRoom = kMebibyte;
constexpr std::uint64_t kLeastKeptFree = 1024 * kMebibyte; // on the system's own drives, or 5 %
/// For manifest and marker, once the drive is full.
constexpr std::size_t kReserveSize = 256 * kKibibyte;
constexpr const char* kReserveName = "verify-reserve";
/// With kVerifyPrefix it tells a check from what a user calls so.
constexpr const char* kVerifyNote = "check of the drive's capacity";
/// How long the removal waits for a registry that another program holds, besides what the registry waits itself.
constexpr Nanoseconds kLongestBusy = 30 * kNanosecondsPerSecond;

constexpr Nanoseconds kStatusInterval = 200 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kLongestSilence = 50 * kNanosecondsPerSecond; // and the watcher's deadline after it
constexpr Nanoseconds kLongestUnseenFlush = 600 * kNanosecondsPerSecond;
constexpr Nanoseconds kLongestStop = kNanosecondsPerSecond / 2; // who stopped it does not wait for a drive that hangs
constexpr std::size_t kMostNames = 10'000;

tl::unexpected<Error> refuseCheck(const Path& folder, std::string why)
{
    return fail(ErrorKind::BadInput, folder, 0, std::move(why));
}

Result<UniqueFd> openAskedFolder(System& system, const Path& folder, int flags)
{
    if (folder.empty() || folder.front() != '/')
        return fail(ErrorKind::BadRequest, folder, 0, "a folder is named from / on");
    auto opened = system.files.open(kWorkingDirectory, folder.c_str(), flags | O_DIRECTORY);
    if (opened)
        return opened;
    if (opened.error().code == ENOTDIR)
        return refuseCheck(folder, "it is a file, or something on the way to it is; expected a folder on the drive");
    if (opened.error().code == ENOENT)
        return refuseCheck(folder, "there is no such folder; expected one on the drive");
    return fail(ErrorKind::FolderUnusable, folder, opened.error().code);
}

/// The drive that a folder is on.
struct DrivePlace
{
    Path folder; // without links
    Mount mount;
    MountRole role = MountRole::Unknown;
    std::optional<DeviceNumber> device; // of the partition; nothing where the file system has none
    std::optional<DeviceNumber> disk;   // the whole one
    FileSystemSpace space;
};

std::optional<DeviceNumber> numberIn(System& system, const std::string& path)
{
    const auto text = readSmallFile(system.files, path.c_str(), 64);
    return text ? parseDeviceNumber(text->substr(0, text->find('\n'))) : std::nullopt;
}

/// What a partition is a part of (sysfs); the number itself where it is none.
DeviceNumber wholeDiskOf(System& system, DeviceNumber device)
{
    const std::string entry = "/sys/dev/block/" + toString(device);
    if (!system.files.open(kWorkingDirectory, (entry + "/partition").c_str(), O_PATH))
        return device;
    return numberIn(system, entry + "/../dev").value_or(device);
}

std::optional<DeviceNumber> diskBelow(System& system, const Mount& mount)
{
    const auto facts = deviceOf(system, mount);
    return facts && facts->number.major != 0 ? std::optional(wholeDiskOf(system, facts->number)) : std::nullopt;
}

/// An overlay's layer that is written to may lie in memory.
bool isInMemory(const MountTable& mounts, const Mount& mount)
{
    if (mount.kind == MountKind::Memory)
        return true;
    const auto upper = mount.fileSystem == "overlay" ? mount.superOption("upperdir") : std::nullopt;
    const Mount* below = upper ? mounts.byPathText(*upper) : nullptr;
    return below != nullptr && below->kind == MountKind::Memory;
}

Result<DrivePlace> placeOfDrive(System& system, const MountTable& mounts, const Path& folder, int fd)
{
    const auto status = system.attributes.status(fd);
    if (!status)
        return fail(status.error());
    auto path = pathOf(system, fd);
    if (!path)
        return fail(path.error());
    const Mount* mount = status->mountId ? mounts.byId(*status->mountId) : mounts.byPathText(*path);
    if (mount == nullptr)
        return fail(ErrorKind::FolderUnusable, folder, 0, "the mount that it lies on is not in the list of mounts");
    DrivePlace place;
    place.folder = std::move(*path);
    place.mount = *mount;
    if (isInMemory(mounts, *mount) || mount->kind == MountKind::Pseudo)
        return refuseCheck(folder, fmt::format("it lies on {}, which is no drive but this computer's memory; expected "
                                               "a folder on a drive",
                                               displayText(mount->fileSystem)));
    place.role = roleOf(mounts, *mount);
    const auto space = system.attributes.space(fd);
    if (!space)
        return fail(space.error());
    place.space = *space;
    const auto facts = deviceOf(system, *mount);
    if (facts && facts->number.major != 0)
        place.device = facts->number;
    place.disk = diskBelow(system, *mount);
    return place;
}

/// The registry of scratch directories is the user's own, wherever it lies.
bool holdsRegistry(System& system, const MountTable& mounts, const Mount& mount)
{
    const auto registry = registryFile(system);
    const Mount* below = registry ? mounts.byPathText(*registry) : nullptr;
    return below != nullptr && below->device == mount.device;
}

/// Bytes to be left free there; an Error where the check may not write at all.
Result<std::uint64_t> bytesToLeave(System& system, const MountTable& mounts, const DrivePlace& place,
                                   const CapacityWish& wish)
{
    if (place.role == MountRole::Apart && !holdsRegistry(system, mounts, place.mount))
        return 0;
    if (!wish.allowSystem)
        return refuseCheck(wish.folder, fmt::format("it lies on '{}', {}; expected another drive, or --allow-system",
                                                    displayPath(place.mount.mountPoint),
                                                    place.role == MountRole::Unknown
                                                        ? "of which it cannot be told whether the system runs from it"
                                                        : "a file system that the system, or your home, is on"));
    return std::max(kLeastKeptFree, place.space.totalBytes / 20);
}

Result<void> checkRoom(const DrivePlace& place, const CapacityWish& wish, std::uint64_t leave)
{
    const FileSystemSpace& space = place.space;
    if (place.mount.isReadOnly() || space.readOnly)
        return fail(ErrorKind::FolderUnusable, wish.folder, EROFS, "a check of the capacity has to write");
    if (!space.isSizeKnown())
        return fail(ErrorKind::FolderUnusable, wish.folder, 0,
                    "its file system does not say how much room there is; expected one that does");
    const std::uint64_t room = space.availableBytes - std::min(space.availableBytes, leave);
    if (room < kLeastRoom)
        return fail(ErrorKind::FolderUnusable, wish.folder, ENOSPC,
                    fmt::format("{} are free there{}; expected {} at least", formatBytes(space.availableBytes),
                                leave > 0 ? fmt::format(", of which {} are left alone", formatBytes(leave)) : "",
                                formatBytes(kLeastRoom)));
    if (wish.size > room)
        return refuseCheck(wish.folder,
                           fmt::format("{} were asked for by --size, and {} can be written there; expected at most "
                                       "that",
                                       formatBytes(wish.size), formatBytes(room)));
    return {};
}

/// Whether a check of ours is at work in that directory: it holds the lock. False where it cannot be looked at.
bool isUnderWay(System& system, const Path& directory)
{
    const auto opened =
        system.files.open(kWorkingDirectory, directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
    if (!opened)
        return false;
    const auto locked = system.files.tryLock(opened->get(), LockMode::Exclusive);
    return locked && !*locked;
}

/// Checks of this user that are under way, as the registry knows them: in the way are those that the folder lies in,
/// and those of the same drive. Directories on other drives are not touched, which may be drives that do not answer.
Result<void> checkNobodyElse(System& system, ScratchStore& store, const MountTable& mounts, const DrivePlace& place,
                             const Path& folder, const std::string& own)
{
    const auto known = store.list();
    if (!known)
        return fail(known.error());
    for (const ScratchDirectory& other : *known) {
        const ScratchRecord& row = other.record;
        if (row.id == own || !row.name.starts_with(kVerifyPrefix) || row.note != kVerifyNote ||
            row.phase != Phase::Active || other.state == ScratchState::Elsewhere)
            continue;
        const Mount* mount = mounts.byPathText(row.path);
        if (mount == nullptr)
            continue;
        const auto disk = diskBelow(system, *mount);
        if (mount->device != place.mount.device && (!disk || disk != place.disk))
            continue;
        if (!isUnderWay(system, row.path))
            continue;
        if (isBelow(place.folder, row.path))
            return refuseCheck(folder, fmt::format("it lies in '{}', which a check of the capacity is writing to; "
                                                   "expected a folder outside of that",
                                                   displayPath(row.path)));
        return fail(ErrorKind::InUse, folder, 0,
                    fmt::format("a check of this drive's capacity is under way in '{}'; two at once would judge each "
                                "other: try again when it is over",
                                displayPath(row.path)));
    }
    return {};
}

/// Takes the lock that tells everybody else that it is in use; whoever asks holds it for a moment. Where there are no
/// locks it does without: nobody can ask there either, and so leaves the directory alone.
Result<void> lockForCheck(System& system, int directory, const Path& path, LockMode mode)
{
    constexpr int kTries = 20;
    for (int i = 0; i < kTries; ++i) {
        const auto locked = system.files.tryLock(directory, mode);
        if (!locked || *locked)
            return {};
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return fail(ErrorKind::InUse, path, 0, "another program holds its lock: a check there may be under way");
}

std::optional<std::uint64_t> sectorsWrittenTo(System& system, DeviceNumber device)
{
    const std::string path = fmt::format("/sys/dev/block/{}/stat", toString(device));
    const auto text = readSmallFile(system.files, path.c_str(), 1024);
    std::istringstream fields(text.value_or(""));
    std::uint64_t value = 0;
    for (int field = 1; field <= 7; ++field) { // Documentation/block/stat.rst
        if (!(fields >> value))
            return std::nullopt;
    }
    return value;
}

/// Tells of a run, not too often, and only while the drive gives a sign of life.
class StatusTeller
{
public:
    StatusTeller(System& system, std::optional<DeviceNumber> device, const CapacityStatusListener& listener,
                 const std::stop_token& stop)
        : m_system(system), m_device(device), m_listener(listener), m_stop(stop)
    {}

    CapacityStatus status;

    void operator()(const CapacityProgress& run)
    {
        const Nanoseconds now = m_system.clock.monotonic();
        if (!isAlive(run, now))
            return;
        m_left.note(run);
        const bool isNews = run.phase != status.run.phase || run.foundBadEarly != status.run.foundBadEarly;
        if (!isNews && m_told != 0 && now - m_told < kStatusInterval)
            return;
        status.run = run;
        status.left = m_left.range();
        tell(now);
    }
    void removing()
    {
        const Nanoseconds now = m_system.clock.monotonic();
        if (status.isRemoving && now - m_told < kStatusInterval)
            return;
        status.isRemoving = true;
        tell(now);
    }

private:
    void tell(Nanoseconds now)
    {
        m_told = now;
        if (m_listener)
            m_listener(status);
    }
    bool isAlive(const CapacityProgress& run, Nanoseconds now)
    {
        const bool isFlushing = run.phase == CapacityPhase::Flushing;
        const auto sectors = isFlushing && m_device ? sectorsWrittenTo(m_system, *m_device) : std::nullopt;
        if (m_lastSign == 0 || run.answers != m_answers || run.phase != m_phase || sectors != m_sectors)
            m_lastSign = now;
        m_answers = run.answers;
        m_phase = run.phase;
        m_sectors = sectors;
        if (m_stop.stop_requested())
            return now - m_lastSign < kLongestStop;
        return now - m_lastSign < (isFlushing && !sectors ? kLongestUnseenFlush : kLongestSilence);
    }

    System& m_system;
    std::optional<DeviceNumber> m_device;
    const CapacityStatusListener& m_listener;
    std::stop_token m_stop;
    TimeLeft m_left;
    Nanoseconds m_told = 0;
    Nanoseconds m_lastSign = 0;
    std::uint64_t m_answers = 0;
    CapacityPhase m_phase = CapacityPhase::Writing;
    std::optional<std::uint64_t> m_sectors;
};

CapacityResult resultOf(const CapacityReport& report, const Path& folder)
{
    CapacityResult result;
    result.verdict = report.judgement.verdict;
    result.folder = folder;
    result.claimed = report.claimed;
    result.tested = report.regions.tested();
    result.real = report.judgement.real;
    result.realError = report.judgement.realError;
    for (std::size_t i = 0; i < kRegionStates; ++i)
        result.found[i] = report.regions.bytes(static_cast<RegionState>(i));
    result.regions = report.regions.list();
    result.isCoarse = report.regions.isCoarse();
    result.isPastCache = report.isPastCache;
    result.endedEarly = report.endedEarly;
    result.writing = report.writing;
    result.flushing = report.flushing;
    result.verifying = report.verifying;
    result.error = report.error;
    return result;
}

bool isDirectlyReached(const Mount& mount)
{
    return mount.kind == MountKind::Local || mount.kind == MountKind::Removable;
}

/// The scratch directory of one check, from its making to its end.
class CheckDirectory
{
public:
    CheckDirectory(System& system, ScratchStore& store) : m_system(system), m_store(store) {}
    CheckDirectory(const CheckDirectory&) = delete;
    CheckDirectory& operator=(const CheckDirectory&) = delete;

    Result<void> make(ProbeJournal& journal, const CapacityWish& wish, const Path& folder, const std::stop_token& stop)
    {
        CreateRequest request;
        // Several may be left over in one folder, and a name is given once in it.
        request.name = std::string(kVerifyPrefix) + randomHex(m_system, 4);
        request.folder = folder;
        request.lifetime = kVerifyLifetime;
        request.note = kVerifyNote;
        auto created = m_store.create(request, journal, stop);
        if (!created)
            return fail(created.error());
        m_record = std::move(created->directory.record);
        auto opened =
            m_system.files.open(kWorkingDirectory, m_record.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!opened)
            return fail(opened.error());
        const auto look = readMarker(m_system, opened->get(), false);
        if (!look || look->state != MarkerState::Present || look->marker.id != m_record.id)
            return fail(ErrorKind::UnsafeFolder, wish.folder, 0, "the directory just made was replaced");
        m_fd = std::move(*opened);
        if (auto locked = lockForCheck(m_system, m_fd.get(), m_record.path, LockMode::Exclusive); !locked)
            return locked;
        return wish.keep ? makeReserve() : Result<void>();
    }

    [[nodiscard]] int fd() const { return m_fd.get(); }
    [[nodiscard]] const std::string& id() const { return m_record.id; }
    [[nodiscard]] const Path& path() const { return m_record.path; }

    /// The manifest, and no end. The check must have flushed all.
    Result<void> keep(const CapacityManifest& manifest)
    {
        (void)m_system.files.unlink(m_fd.get(), kReserveName);
        (void)m_system.files.sync(m_fd.get()); // some give room back only then
        if (auto written = writeManifest(m_system, m_fd.get(), manifest); !written)
            return written;
        const auto extended = m_store.extend(m_record.id, Lifetime());
        if (!extended)
            return fail(extended.error());
        m_fd.reset();
        return {};
    }

    /// Removes it with all that is in it, whatever was stopped before. Why it is still there; "" if it is gone. The
    /// lock is held to the end, so that nobody takes it for left behind.
    std::string remove(const std::function<void()>& progress)
    {
        if (m_record.id.empty())
            return {};
        const auto clean = [&] {
            progress();
            return m_store.cleanUnseen(
                m_record.id, {}, [&](const RemovalProgress&) { progress(); }, ScratchStore::InUse::RemoveAllTheSame);
        };
        const Nanoseconds last = m_system.clock.monotonic() + kLongestBusy;
        auto done = clean();
        while (!done && done.error().kind == ErrorKind::StoreBusy && m_system.clock.monotonic() < last) {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            done = clean();
        }
        m_fd.reset();
        if (!done)
            return toString(done.error());
        if (!done->cleaned) {
            const Reason& why = done->preview.reason.empty() ? done->preview.directory.reason : done->preview.reason;
            return why.empty() ? "it was not removed" : toString(why);
        }
        if (done->cleaned->removed)
            return {};
        return done->cleaned->kept.empty() ? "it was not removed" : toString(done->cleaned->kept.front().reason);
    }

private:
    /// Room that is there for certain once the drive is full; of a content that no file system makes smaller.
    Result<void> makeReserve()
    {
        auto file = m_system.files.open(m_fd.get(), kReserveName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (!file)
            return fail(file.error());
        AlignedBuffer content(kReserveSize);
        BlockPattern(1).fill(content.first(kReserveSize), 0);
        if (auto written = writeAll(m_system.files, file->get(), content.first(kReserveSize)); !written)
            return written;
        return m_system.files.sync(file->get());
    }

    System& m_system;
    ScratchStore& m_store;
    ScratchRecord m_record;
    UniqueFd m_fd;
};

/// An Error of a check that had begun, with what it could not take away again.
tl::unexpected<Error> failedCheck(Error error, const Path& directory, const std::string& notRemoved)
{
    if (!notRemoved.empty())
        error.detail += fmt::format("{}its directory '{}' could not be removed: {}", error.detail.empty() ? "" : "; ",
                                    displayPath(directory), notRemoved);
    return fail(std::move(error));
}

CapacityManifest manifestOf(const CapacityReport& report, const CapacityOptions& options, const std::string& id,
                            std::uint64_t fileSize, Nanoseconds now)
{
    return {id,
            options.salt,
            fileSize,
            report.space,
            report.claimed,
            std::string(toString(report.judgement.verdict)),
            toIso8601(now)};
}

/// Why files that were to be kept are worth nothing; "" if they are worth it.
std::string whyNotWorthKeeping(const CapacityReport& report)
{
    if (report.judgement.verdict == CapacityVerdict::NotFinished)
        return "the check did not finish";
    if (!report.isFlushed || report.space.end == 0)
        return "the drive did not say that all of it is stored";
    return {};
}

} // namespace

Result<CapacityResult> checkDriveCapacity(System& system, ScratchStore& store, ProbeJournal& journal,
                                          const CapacityWish& wish, const std::stop_token& stop,
                                          const CapacityStatusListener& listener)
{
    const auto asked = openAskedFolder(system, wish.folder, O_PATH);
    if (!asked)
        return fail(asked.error());
    MountTable mounts;
    if (auto read = mounts.refresh(); !read)
        return fail(read.error());
    const auto place = placeOfDrive(system, mounts, wish.folder, asked->get());
    if (!place)
        return fail(place.error());
    const auto leave = bytesToLeave(system, mounts, *place, wish);
    if (!leave)
        return fail(leave.error());
    if (auto fits = checkRoom(*place, wish, *leave); !fits)
        return fail(fits.error());
    if (auto alone = checkNobodyElse(system, store, mounts, *place, wish.folder, {}); !alone)
        return fail(alone.error());

    CheckDirectory directory(system, store);
    StatusTeller teller(system, place->device, listener, stop);
    const auto removed = [&] { return directory.remove([&] { teller.removing(); }); };
    auto begun = directory.make(journal, wish, place->folder, stop);
    // Once more, now that others see this one: of two that begin at the same time at least one sees the other.
    if (begun)
        begun = checkNobodyElse(system, store, mounts, *place, wish.folder, directory.id());
    if (!begun)
        return failedCheck(begun.error(), directory.path(), removed());
    teller.status.directory = directory.path();
    teller.status.id = directory.id();

    FilesTargetOptions files;
    files.keepFree = *leave;
    files.isLocal = isDirectlyReached(place->mount);
    auto target = FilesTarget::open(system, directory.fd(), files);
    if (!target)
        return failedCheck(target.error(), directory.path(), removed());
    CapacityOptions options;
    system.processes.fillRandom(std::as_writable_bytes(std::span(&options.salt, 1)));
    options.size = wish.size / kBlockSize * kBlockSize;
    options.claimed = place->space.totalBytes;
    // What serves a folder from elsewhere need not take pieces out of their order, or several at once.
    if (!files.isLocal)
        options.threads = 1;
    const CapacityReport report = checkCapacity(**target, options, std::ref(teller), stop);
    CapacityResult result = resultOf(report, wish.folder);
    const std::uint64_t fileSize = (*target)->fileSize();
    target->reset();
    if (wish.keep) {
        result.notKept = whyNotWorthKeeping(report);
        if (result.notKept.empty()) {
            const auto kept =
                directory.keep(manifestOf(report, options, directory.id(), fileSize, system.clock.wall()));
            if (kept) {
                result.kept = directory.path();
                result.id = directory.id();
                return result;
            }
            result.notKept = toString(kept.error());
        }
    }
    result.notRemoved = removed();
    if (!result.notRemoved.empty()) {
        result.directory = directory.path();
        result.id = directory.id();
    }
    return result;
}

namespace {

/// A directory that --keep left.
struct KeptCheck
{
    UniqueFd fd;
    CapacityManifest manifest;
};

bool hasManifest(System& system, int folder, const std::string& name)
{
    const auto there = system.attributes.exists(folder, joinPath(name, kManifestName).c_str());
    return there && *there;
}

/// The names of the directories of checks in a folder.
Result<std::vector<std::string>> keptChecksIn(System& system, int folder)
{
    std::vector<std::string> found;
    std::vector<std::byte> buffer(65536);
    std::size_t seen = 0;
    while (seen <= kMostNames) {
        const auto filled = system.files.readEntries(folder, buffer);
        if (!filled)
            return fail(filled.error());
        if (*filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            ++seen;
            if (std::string_view(entry->name).starts_with(kVerifyPrefix) && hasManifest(system, folder, entry->name))
                found.emplace_back(entry->name);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<UniqueFd> openKeptCheck(System& system, const Path& folder)
{
    auto asked = openAskedFolder(system, folder, O_RDONLY);
    if (!asked)
        return fail(asked.error());
    if (system.attributes.exists(asked->get(), kManifestName).value_or(true))
        return asked;
    const auto names = keptChecksIn(system, asked->get());
    if (!names)
        return fail(names.error());
    if (names->empty())
        return refuseCheck(folder, "no kept check is there: it holds no manifest; expected the directory that "
                                   "`verify capacity --keep` left, or the folder that it is in");
    if (names->size() > 1)
        return refuseCheck(folder, fmt::format("several kept checks are there ({} and {}{}); expected the directory "
                                               "of one",
                                               displayText(names->front()), displayText((*names)[1]),
                                               names->size() > 2 ? ", ..." : ""));
    return system.files.open(asked->get(), names->front().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/// Up to where the file of that number was written; 0: not at all.
std::uint64_t writtenIn(const CapacityManifest& manifest, std::uint64_t index)
{
    const std::uint64_t begin = index * manifest.fileSize;
    std::uint64_t end = std::min(begin + manifest.fileSize, manifest.written.end);
    for (auto gap = manifest.written.gaps.rbegin(); gap != manifest.written.gaps.rend(); ++gap) {
        if (gap->offset < end && end <= gap->offset + gap->length)
            end = gap->offset;
    }
    return end <= begin ? 0 : end - begin;
}

/// A file that somebody deleted or cut is no fault of the drive.
Result<void> checkFilesAreWhole(System& system, int folder, const CapacityManifest& manifest)
{
    if (manifest.verdict == toString(CapacityVerdict::Damaged)) // what could not be written is missing then
        return {};
    for (std::uint64_t index = 0; index < manifest.files(); ++index) {
        const std::uint64_t expected = writtenIn(manifest, index);
        const std::string name = FilesTarget::nameOf(index);
        const auto status = system.attributes.statusAt(folder, name.c_str());
        if (expected == 0)
            continue;
        if (!status && status.error().code != ENOENT)
            continue; // the drive's own answer, which is judged
        if (!status || !status->isRegular() || status->size < expected)
            return refuseCheck(name, fmt::format("this file of the check is missing, or shorter than it was written; "
                                                 "expected {} bytes",
                                                 expected));
    }
    return {};
}

Result<KeptCheck> readKeptCheck(System& system, const Path& folder)
{
    auto opened = openKeptCheck(system, folder);
    if (!opened)
        return fail(opened.error());
    KeptCheck kept{std::move(*opened), {}};
    const Path place = pathOf(system, kept.fd.get()).value_or(folder);
    const auto failedIn = [&](Error error) {
        if (!error.path.empty() && error.path.front() != '/')
            error.path = joinPath(place, error.path);
        return fail(std::move(error));
    };
    if (auto locked = lockForCheck(system, kept.fd.get(), folder, LockMode::Shared); !locked)
        return fail(locked.error());
    auto manifest = readManifest(system, kept.fd.get());
    if (!manifest)
        return failedIn(manifest.error());
    kept.manifest = std::move(*manifest);
    // On another computer its owner has another number.
    const auto look = readMarker(system, kept.fd.get(), false);
    if (!look)
        return fail(look.error());
    if (look->state != MarkerState::Present || look->marker.id != kept.manifest.directory)
        return failedIn({ErrorKind::BadInput, kManifestName, 0,
                         "it is the manifest of another directory; expected the one that the check wrote there"});
    if (auto whole = checkFilesAreWhole(system, kept.fd.get(), kept.manifest); !whole)
        return failedIn(whole.error());
    return kept;
}

} // namespace

Result<CapacityResult> verifyKeptCapacity(System& system, const Path& folder, const std::stop_token& stop,
                                          const CapacityStatusListener& listener)
{
    const auto kept = readKeptCheck(system, folder);
    if (!kept)
        return fail(kept.error());
    MountTable mounts;
    if (auto read = mounts.refresh(); !read)
        return fail(read.error());
    const auto place = placeOfDrive(system, mounts, folder, kept->fd.get());
    if (!place)
        return fail(place.error());
    FilesTargetOptions files;
    files.fileSize = kept->manifest.fileSize;
    files.isLocal = isDirectlyReached(place->mount);
    const auto target = FilesTarget::reopen(system, kept->fd.get(), files, kept->manifest.files());
    if (!target)
        return fail(target.error());
    if (auto fits = checkManifestFits(**target, kept->manifest, stop); !fits)
        return refuseCheck(joinPath(place->folder, kManifestName), fits.error().detail);
    CapacityOptions options;
    options.salt = kept->manifest.salt;
    options.claimed = std::max(kept->manifest.claimed, place->space.totalBytes);
    if (!files.isLocal)
        options.threads = 1;
    StatusTeller teller(system, place->device, listener, stop);
    teller.status.directory = place->folder;
    const CapacityReport report = verifyAgain(**target, options, kept->manifest.written, std::ref(teller), stop);
    CapacityResult result = resultOf(report, folder);
    result.isAgain = true;
    result.kept = place->folder;
    return result;
}

} // namespace scratchproof
