// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/capacity_check.h"

#include "core/base/quantity.h"
#include "core/facts/sysfs.h"
#include "core/scratch/marker.h"
#include "core/scratch/scratch_store.h"
#include "core/system/directory_entries.h"
#include "core/verify/aligned_buffer.h"
#include "core/verify/block_pattern.h"
#include "core/verify/check_directory.h"
#include "core/verify/drive_place.h"
#include "core/verify/file_target.h"
#include "core/verify/manifest.h"
#include "core/verify/quick_capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

/// With less there is nothing to be learnt, and the directory itself may not fit.
constexpr std::uint64_t kLeastRoom = kMebibyte;
/// For manifest and marker, once the drive is full.
constexpr std::size_t kReserveSize = 256 * kKibibyte;
constexpr const char* kReserveName = "verify-reserve";

constexpr Nanoseconds kStatusInterval = 200 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kLongestSilence = 50 * kNanosecondsPerSecond; // and the watcher's deadline after it
constexpr Nanoseconds kLongestUnseenFlush = 600 * kNanosecondsPerSecond;
constexpr Nanoseconds kLongestStop = kNanosecondsPerSecond / 2; // who stopped it does not wait for a drive that hangs
constexpr std::size_t kMostNames = 10'000;
constexpr std::uint64_t kUnitsOfFile = 8; // making a file and removing it takes longer than sampling it

Result<void> checkRoom(const DrivePlace& place, const CapacityWish& wish, std::uint64_t leave)
{
    const FileSystemSpace& space = place.space;
    for (const auto& [bytes, name] : {std::pair(wish.size, "--size"), std::pair(wish.push, "--push")}) {
        if (bytes != 0 && bytes < kBlockSize)
            return refuseCheck(wish.folder, fmt::format("{} were asked for by {}; expected {} at least",
                                                        formatBytes(bytes), name, formatBytes(kBlockSize)));
    }
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
    const std::uint64_t wanted = wish.quick ? wish.push : wish.size;
    if (wanted > room)
        return refuseCheck(wish.folder,
                           fmt::format("{} were asked for by {}, and {} can be written there; expected at "
                                       "most that",
                                       formatBytes(wanted), wish.quick ? "--push" : "--size", formatBytes(room)));
    return {};
}

/// Whether a file may be as long (RLIMIT_FSIZE).
bool mayHold(System& system, std::uint64_t size)
{
    const auto limit = system.files.fileSizeLimit();
    return limit && (!*limit || **limit >= size);
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
        const auto sectors = isFlushing && m_device ? sectorsWritten(m_system, *m_device) : std::nullopt;
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

/// What the reports of both kinds of check have.
template <typename Report>
CapacityResult commonResultOf(const Report& report, const DrivePlace& place, const Path& folder)
{
    CapacityResult result;
    result.verdict = report.judgement.verdict;
    result.folder = folder;
    result.storage = place.storage;
    result.claimed = report.claimed;
    result.tested = report.regions.tested();
    result.real = report.judgement.real;
    result.realError = report.judgement.realError;
    for (std::size_t i = 0; i < kRegionStates; ++i)
        result.found[i] = report.regions.bytes(static_cast<RegionState>(i));
    result.regions = report.regions.list();
    result.isCoarse = report.regions.isCoarse();
    result.isPastCache = report.isPastCache;
    result.writing = report.writing;
    result.flushing = report.flushing;
    result.verifying = report.verifying;
    result.error = report.error;
    return result;
}

CapacityResult resultOf(const CapacityReport& report, const DrivePlace& place, const Path& folder)
{
    CapacityResult result = commonResultOf(report, place, folder);
    result.endedEarly = report.endedEarly;
    return result;
}

CapacityResult resultOf(const QuickCapacityReport& report, const DrivePlace& place, const Path& folder)
{
    CapacityResult result = commonResultOf(report, place, folder);
    result.quick = {report.samples, report.badSamples, report.reserved,
                    report.written, report.pushed,     report.cannotReserve};
    return result;
}

/// Leaves a manifest in it. The check must have flushed all.
Result<void> keepWithManifest(System& system, CheckDirectory& directory, const CapacityManifest& manifest)
{
    (void)system.files.unlink(directory.fd(), kReserveName);
    (void)system.files.sync(directory.fd()); // some give room back only then
    if (auto written = writeManifest(system, directory.fd(), manifest); !written)
        return written;
    return directory.keep();
}

/// Room that is there for certain once the drive is full; of a content that no file system makes smaller.
Result<void> makeReserve(System& system, int directory)
{
    auto file = system.files.open(directory, kReserveName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file)
        return fail(file.error());
    AlignedBuffer content(kReserveSize);
    BlockPattern(1).fill(content.first(kReserveSize), 0);
    if (auto written = writeAll(system.files, file->get(), content.first(kReserveSize)); !written)
        return written;
    return system.files.sync(file->get());
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
    MountTable mounts;
    const auto place = findDrive(system, mounts, wish.folder);
    if (!place)
        return fail(place.error());
    const auto leave = bytesToLeave(system, mounts, *place, wish.folder, wish.allowSystem);
    if (!leave)
        return fail(leave.error());
    if (auto alone = checkNobodyElse(system, store, mounts, *place, wish.folder, {}); !alone)
        return fail(alone.error());
    if (auto fits = checkRoom(*place, wish, *leave); !fits)
        return fail(fits.error());

    CheckDirectory directory(system, store);
    StatusTeller teller(system, place->device, listener, stop);
    const auto removed = [&] { return directory.remove([&] { teller.removing(); }); };
    auto begun = directory.make(journal, kCapacityNote, wish.folder, place->folder, stop);
    if (begun && wish.keep)
        begun = makeReserve(system, directory.fd());
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
    files.lengthReserves = reservesByLength(system, place->space);
    const std::uint64_t unit = quickUnit(place->space.availableBytes - std::min(place->space.availableBytes, *leave));
    if (wish.quick)
        files.fileSize = fillsNoGaps(place->space) && mayHold(system, unit * kUnitsOfFile) ? unit * kUnitsOfFile : unit;
    auto target = FilesTarget::open(system, directory.fd(), files);
    if (!target)
        return failedCheck(target.error(), directory.path(), removed());
    const auto noteRemoval = [&](CapacityResult& result) {
        result.notRemoved = removed();
        if (!result.notRemoved.empty()) {
            result.directory = directory.path();
            result.id = directory.id();
        }
    };
    if (wish.quick) {
        QuickCapacityOptions quick;
        system.processes.fillRandom(std::as_writable_bytes(std::span(&quick.salt, 1)));
        quick.claimed = place->space.totalBytes;
        quick.span = (*target)->fileSize();
        quick.unit = std::min(unit, quick.span);
        quick.push = wish.push / kBlockSize * kBlockSize;
        if (!files.isLocal)
            quick.threads = 1;
        CapacityResult result =
            resultOf(checkQuickCapacity(**target, quick, std::ref(teller), stop), *place, wish.folder);
        target->reset();
        noteRemoval(result);
        return result;
    }
    CapacityOptions options;
    system.processes.fillRandom(std::as_writable_bytes(std::span(&options.salt, 1)));
    options.size = wish.size / kBlockSize * kBlockSize;
    options.claimed = place->space.totalBytes;
    // What serves a folder from elsewhere need not take pieces out of their order, or several at once.
    if (!files.isLocal)
        options.threads = 1;
    const CapacityReport report = checkCapacity(**target, options, std::ref(teller), stop);
    CapacityResult result = resultOf(report, *place, wish.folder);
    const std::uint64_t fileSize = (*target)->fileSize();
    target->reset();
    if (wish.keep) {
        result.notKept = whyNotWorthKeeping(report);
        if (result.notKept.empty()) {
            const auto kept = keepWithManifest(
                system, directory, manifestOf(report, options, directory.id(), fileSize, system.clock.wall()));
            if (kept) {
                result.kept = directory.path();
                result.id = directory.id();
                return result;
            }
            result.notKept = toString(kept.error());
        }
    }
    noteRemoval(result);
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
    CapacityResult result = resultOf(report, *place, folder);
    result.isAgain = true;
    result.kept = place->folder;
    return result;
}

} // namespace scratchproof
