// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/other_users.h"

#include "core/facts/sysfs.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <thread>

namespace scratchproof {

namespace {

constexpr std::string_view kProberName = "scratchproof-cl"; // comm ends after 15 bytes
/// Who looks whether a lock is free holds it for a moment.
constexpr auto kMoment = std::chrono::milliseconds(200);
constexpr int kLooks = 3;

template <typename Number>
bool readWhole(std::string_view text, Number& number, int base)
{
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool isOfDrive(System& system, const MountTable& mounts, const DrivePlace& place, DeviceNumber device)
{
    if (device == place.mount.device)
        return true;
    const auto& all = mounts.mounts();
    const auto mount = std::find_if(all.begin(), all.end(), [&](const Mount& one) { return one.device == device; });
    return place.disk && mount != all.end() && diskBelow(system, *mount) == place.disk;
}

std::vector<ExclusiveLock> locksNow(System& system)
{
    const auto text = readSmallFile(system.files, "/proc/locks");
    return text ? exclusiveLocks(*text) : std::vector<ExclusiveLock>();
}

/// Nothing where it is one's own, or no prober.
std::optional<OtherVerification> holderOf(System& system, int pid)
{
    const std::string folder = "/proc/" + std::to_string(pid);
    const auto status = system.attributes.statusAt(kWorkingDirectory, folder.c_str());
    if (!status || status->uid == system.processes.userId() ||
        readAttribute(system, folder + "/comm") != std::string(kProberName))
        return std::nullopt;
    return OtherVerification{pid, status->uid};
}

} // namespace

std::vector<ExclusiveLock> exclusiveLocks(std::string_view text)
{
    std::vector<ExclusiveLock> locks;
    for (const std::string_view line : splitAt(text, "\n")) {
        // "1: FLOCK  ADVISORY  WRITE 1234 08:11:5678 0 EOF"
        const auto words = splitAt(line, " ");
        if (words.size() < 6 || words[1] != "FLOCK" || words[3] != "WRITE")
            continue;
        const auto place = splitAt(words[5], ":");
        ExclusiveLock lock;
        if (place.size() == 3 && readWhole(words[4], lock.pid, 10) && lock.pid > 0 &&
            readWhole(place[0], lock.device.major, 16) && readWhole(place[1], lock.device.minor, 16) &&
            readWhole(place[2], lock.inode, 10))
            locks.push_back(lock);
    }
    return locks;
}

std::optional<OtherVerification> verificationOfAnotherUser(System& system, const MountTable& mounts,
                                                           const DrivePlace& place)
{
    for (const ExclusiveLock& lock : locksNow(system)) {
        const auto holder = isOfDrive(system, mounts, place, lock.device) ? holderOf(system, lock.pid) : std::nullopt;
        bool isHeld = holder.has_value();
        for (int look = 1; isHeld && look < kLooks; ++look) {
            std::this_thread::sleep_for(kMoment);
            const auto now = locksNow(system);
            isHeld = std::find(now.begin(), now.end(), lock) != now.end();
        }
        if (isHeld)
            return holder;
    }
    return std::nullopt;
}

} // namespace scratchproof
