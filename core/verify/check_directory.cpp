// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/check_directory.h"

#include "core/scratch/identity.h"
#include "core/scratch/locate.h"
#include "core/scratch/marker.h"
#include "core/verify/other_users.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

/// How long what a crash leaves is there before its grace period begins.
constexpr Nanoseconds kVerifyLifetime = 24 * 3600 * kNanosecondsPerSecond;
/// How long the removal waits for a registry that another program holds, besides what the registry waits itself.
constexpr Nanoseconds kLongestBusy = 30 * kNanosecondsPerSecond;

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

} // namespace

bool isOfVerification(const ScratchRecord& record)
{
    return record.name.starts_with(kVerifyPrefix) && (record.note == kCapacityNote || record.note == kSpeedNote);
}

Result<void> CheckDirectory::make(ProbeJournal& journal, const char* note, const Path& asked, const Path& folder,
                                  const std::stop_token& stop)
{
    CreateRequest request;
    // Several may be left over in one folder, and a name is given once in it.
    request.name = std::string(kVerifyPrefix) + randomHex(m_system, 4);
    request.folder = folder;
    request.lifetime = kVerifyLifetime;
    request.note = note;
    auto created = m_store.create(request, journal, stop);
    if (!created)
        return fail(created.error());
    m_record = std::move(created->directory.record);
    auto opened = m_system.files.open(kWorkingDirectory, m_record.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened)
        return fail(opened.error());
    const auto look = readMarker(m_system, opened->get(), false);
    if (!look || look->state != MarkerState::Present || look->marker.id != m_record.id)
        return fail(ErrorKind::UnsafeFolder, asked, 0, "the directory just made was replaced");
    m_fd = std::move(*opened);
    return lockForCheck(m_system, m_fd.get(), m_record.path, LockMode::Exclusive);
}

Result<void> CheckDirectory::keep()
{
    const auto extended = m_store.extend(m_record.id, Lifetime());
    if (!extended)
        return fail(extended.error());
    m_fd.reset();
    return {};
}

std::string CheckDirectory::remove(const std::function<void()>& progress)
{
    if (m_record.id.empty())
        return {};
    const auto clean = [&] {
        progress();
        return m_store.cleanUnseen(
            m_record.id, {}, [&](const RemovalProgress&) { progress(); }, ScratchStore::InUse::LockIsOurs);
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

Result<void> checkNobodyElse(System& system, ScratchStore& store, const MountTable& mounts, const DrivePlace& place,
                             const Path& folder, const std::string& own)
{
    const auto known = store.list();
    if (!known)
        return fail(known.error());
    for (const ScratchDirectory& other : *known) {
        const ScratchRecord& row = other.record;
        if (row.id == own || !isOfVerification(row) || row.phase != Phase::Active ||
            other.state == ScratchState::Elsewhere)
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
            return refuseCheck(folder, fmt::format("it lies in '{}', which a verification is writing to; "
                                                   "expected a folder outside of that",
                                                   displayPath(row.path)));
        return fail(ErrorKind::InUse, folder, 0,
                    fmt::format("a verification of this drive is under way in '{}'; two at once would judge each "
                                "other: try again when it is over",
                                displayPath(row.path)));
    }
    if (const auto other = verificationOfAnotherUser(system, mounts, place))
        return fail(
            ErrorKind::InUse, folder, 0,
            fmt::format(
                "{} has a directory of this drive to itself (process {}), as a verification does; two at "
                "once would judge each other: try again when it is over",
                displayText(
                    system.processes.userName(other->uid).value_or(fmt::format("the user with number {}", other->uid))),
                other->pid));
    return {};
}

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

tl::unexpected<Error> failedCheck(Error error, const Path& directory, const std::string& notRemoved)
{
    if (!notRemoved.empty())
        error.detail += fmt::format("{}its directory '{}' could not be removed: {}", error.detail.empty() ? "" : "; ",
                                    displayPath(directory), notRemoved);
    return fail(std::move(error));
}

} // namespace scratchproof
