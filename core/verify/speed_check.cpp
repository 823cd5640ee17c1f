// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/speed_check.h"

#include "core/base/quantity.h"
#include "core/verify/check_directory.h"
#include "core/verify/drive_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace scratchproof {

namespace {

Result<void> checkSpeedWish(const DrivePlace& place, const SpeedWish& wish, std::uint64_t leave)
{
    if (wish.timeOfJob != 0 && (wish.timeOfJob < kLeastTimeOfJob || wish.timeOfJob > kMostTimeOfJob))
        return refuseCheck(wish.folder,
                           fmt::format("{} were asked for by --time; expected {} to {}", formatDuration(wish.timeOfJob),
                                       formatDuration(kLeastTimeOfJob), formatDuration(kMostTimeOfJob)));
    if (wish.size != 0 && wish.size < kLeastSpeedSize)
        return refuseCheck(wish.folder, fmt::format("{} were asked for by --size; expected {} at least",
                                                    formatBytes(wish.size), formatBytes(kLeastSpeedSize)));
    const std::uint64_t room = place.space.availableBytes - std::min(place.space.availableBytes, leave);
    if (place.space.isSizeKnown() && room / 2 >= kLeastSpeedSize && wish.size > room / 2)
        return refuseCheck(wish.folder, fmt::format("{} were asked for by --size, and half of what may be written "
                                                    "there is {}; expected at most that",
                                                    formatBytes(wish.size), formatBytes(room / 2)));
    return {};
}

} // namespace

Result<SpeedResult> measureDriveSpeed(System& system, ScratchStore& store, ProbeJournal& journal, const SpeedWish& wish,
                                      const std::stop_token& stop, const SpeedListener& listener)
{
    MountTable mounts;
    const auto place = findDrive(system, mounts, wish.folder);
    if (!place)
        return fail(place.error());
    const auto leave = bytesToLeave(system, mounts, *place, wish.folder, true);
    if (!leave)
        return fail(leave.error());
    if (place->mount.isReadOnly() || place->space.readOnly)
        return fail(ErrorKind::FolderUnusable, wish.folder, EROFS, "measuring has to write");
    if (auto fits = checkSpeedWish(*place, wish, *leave); !fits)
        return fail(fits.error());
    if (auto alone = checkNobodyElse(system, store, mounts, *place, wish.folder, {}); !alone)
        return fail(alone.error());

    CheckDirectory directory(system, store);
    const auto tell = [&](SpeedProgress now) {
        now.directory = directory.path();
        now.id = directory.id();
        if (listener)
            listener(now);
    };
    const auto removed = [&] { return directory.remove([&] { tell({}); }); };
    auto begun = directory.make(journal, kSpeedNote, wish.folder, place->folder, stop);
    // Once more, now that others see this one.
    if (begun)
        begun = checkNobodyElse(system, store, mounts, *place, wish.folder, directory.id());
    if (!begun)
        return failedCheck(begun.error(), directory.path(), removed());
    SpeedOptions options;
    system.processes.fillRandom(std::as_writable_bytes(std::span(&options.salt, 1)));
    options.keepFree = *leave;
    options.isLocal = isDirectlyReached(place->mount);
    if (wish.size != 0)
        options.size = wish.size;
    if (wish.timeOfJob != 0)
        options.timeOfJob = wish.timeOfJob;
    auto report = measureSpeed(system, directory.fd(), options, tell, stop);
    if (!report) {
        Error error = report.error();
        if (error.path.empty())
            error.path = wish.folder;
        return failedCheck(std::move(error), directory.path(), removed());
    }
    SpeedResult result{wish.folder, std::move(*report), removed(), {}, {}};
    if (!result.notRemoved.empty()) {
        result.directory = directory.path();
        result.id = directory.id();
    }
    return result;
}

} // namespace scratchproof
