// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/probe/ability_trials.h"
#include "core/probe/own_entry.h"
#include "core/probe/pattern.h"

#include <array>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::uint64_t kFourGibibytes = 4096 * kMebibyte;
constexpr std::uint64_t kFat = 0x4d44; // MSDOS_SUPER_MAGIC, statfs(2): vfat as well
constexpr const char* kAttribute = "user.scratchproof";
constexpr const char* kAccessList = "system.posix_acl_access";

template <typename Number>
void appendLittleEndian(std::string& out, Number number)
{
    for (std::size_t i = 0; i < sizeof number; ++i)
        out.push_back(static_cast<char>((std::uint64_t{number} >> (8 * i)) & 0xffU));
}

/// An access list that names `user`, as the kernel keeps it in its attribute (linux/posix_acl_xattr.h: version 2, then
/// tag, permissions and id of each entry, little-endian, sorted).
std::string accessListNaming(std::uint32_t user)
{
    constexpr std::uint32_t kNobody = 0xffffffff; // ACL_UNDEFINED_ID
    struct Entry
    {
        std::uint16_t tag;
        std::uint16_t permissions;
        std::uint32_t id;
    };
    std::string value;
    appendLittleEndian(value, std::uint32_t{2});
    for (const auto& [tag, permissions, id] : {Entry{0x01, 6, kNobody}, Entry{0x02, 4, user}, Entry{0x04, 0, kNobody},
                                               Entry{0x10, 4, kNobody}, Entry{0x20, 0, kNobody}}) {
        appendLittleEndian(value, tag);
        appendLittleEndian(value, permissions);
        appendLittleEndian(value, id);
    }
    return value;
}

} // namespace

AbilityResult AbilityTrials::executableFiles()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    // Where the file system keeps no bits all its files may be executable anyway: what counts is what comes out.
    const auto changed = m_files.changeMode(file.fd(), 0700);
    const auto status = m_attributes.status(file.fd());
    if (!status)
        return abilityUnknown(status.error());
    if ((status->mode & 0100U) == 0)
        return changed ? abilityDiffers() : abilityRefused(changed.error());
    // A noexec mount answers EACCES here (access(2)).
    const auto allowed = m_attributes.access(m_place.fd(), file.name(), AccessMode::Search);
    if (!allowed)
        return abilityRefused(allowed.error());
    const auto space = m_attributes.space(file.fd());
    if (!space)
        return abilityUnknown(space.error());
    return space->noExec ? abilityDiffers() : abilityPresent();
}

AbilityResult AbilityTrials::permissionBits()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    for (const std::uint32_t mode : {0640U, 0600U}) {
        if (const auto changed = m_files.changeMode(file.fd(), mode); !changed)
            return abilityRefused(changed.error());
        const auto status = m_attributes.status(file.fd());
        if (!status)
            return abilityUnknown(status.error());
        if ((status->mode & 0777U) != mode)
            return abilityDiffers();
    }
    return abilityPresent();
}

AbilityResult AbilityTrials::extendedAttributes()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    const std::string value = file.name();
    if (const auto set = m_attributes.setExtendedAttribute(file.fd(), kAttribute, value); !set)
        return abilityRefused(set.error());
    auto found = m_attributes.extendedAttribute(file.fd(), kAttribute);
    if (!found)
        return abilityRefused(found.error());
    if (*found != value)
        return abilityDiffers();
    if (const auto removed = m_attributes.removeExtendedAttribute(file.fd(), kAttribute); !removed)
        return abilityRefused(removed.error());
    found = m_attributes.extendedAttribute(file.fd(), kAttribute);
    if (!found)
        return abilityRefused(found.error());
    return found->has_value() ? abilityDiffers() : abilityPresent();
}

AbilityResult AbilityTrials::accessLists()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    // Our own user: an id that is sure to be known in this user namespace.
    const std::string list = accessListNaming(m_system.processes.userId());
    if (const auto set = m_attributes.setExtendedAttribute(file.fd(), kAccessList, list); !set)
        return abilityRefused(set.error());
    const auto found = m_attributes.extendedAttribute(file.fd(), kAccessList);
    if (!found)
        return abilityRefused(found.error());
    if (*found != list)
        return abilityDiffers();
    // One that is kept as a mere attribute, and not looked at, does not show its mask as the group's bits.
    const auto status = m_attributes.status(file.fd());
    if (!status)
        return abilityUnknown(status.error());
    return (status->mode & 0777U) == 0640U ? abilityPresent() : abilityDiffers();
}

/// Two openings of one file: the second must not get what the first holds.
AbilityResult AbilityTrials::locks(Result<bool> (Files::*tryLock)(int fd, LockMode mode))
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    const auto other = m_files.open(m_place.fd(), file.name(), O_RDWR | kOpenOwnFile);
    if (!other)
        return abilityUnknown(other.error());
    const auto first = (m_files.*tryLock)(file.fd(), LockMode::Exclusive);
    if (!first)
        return abilityRefused(first.error());
    const auto second = (m_files.*tryLock)(other->get(), LockMode::Exclusive);
    if (!second)
        return abilityRefused(second.error());
    if (!*first || *second)
        return abilityDiffers();
    const auto released = (m_files.*tryLock)(file.fd(), LockMode::Unlock);
    if (!released)
        return abilityRefused(released.error());
    const auto third = (m_files.*tryLock)(other->get(), LockMode::Exclusive);
    if (!third)
        return abilityRefused(third.error());
    return *third ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::wholeFileLocks()
{
    return locks(&Files::tryLock);
}

AbilityResult AbilityTrials::byteRangeLocks()
{
    return locks(&Files::tryRangeLock);
}

/// Data at the end of a mebibyte: where the rest takes room on the disk, files are not sparse.
AbilityResult AbilityTrials::sparseFiles()
{
    constexpr std::uint64_t kMuch = kMebibyte / 2;
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    std::array<std::byte, 4 * kKibibyte> data{};
    fillPattern(data, 1);
    const auto written = m_files.writeAt(file.fd(), data, kMebibyte - data.size());
    if (!written)
        return abilityRefused(written.error());
    auto status = m_attributes.status(file.fd());
    if (status && status->diskBytes == 0) {
        // Not counted before it is on the disk, or not at all.
        if (const auto synced = m_files.sync(file.fd()); !synced)
            return abilityUnknown(synced.error());
        status = m_attributes.status(file.fd());
    }
    if (!status)
        return abilityUnknown(status.error());
    if (*written != data.size() || status->size != kMebibyte || status->diskBytes == 0) {
        AbilityResult unknown;
        unknown.call = "compare";
        return unknown;
    }
    return status->diskBytes < kMuch ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::largeFiles()
{
    constexpr std::uint64_t kLarge = kFourGibibytes + 1;
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    const auto limit = m_files.fileSizeLimit();
    if (!limit)
        return abilityUnknown(limit.error());
    if (*limit && **limit < kLarge)
        return abilityUnknown({"getrlimit", {}, EFBIG, "a limit of this process, not of the file system"});
    if (!m_filesAreSparse) {
        const auto space = m_attributes.space(file.fd());
        if (!space)
            return abilityUnknown(space.error());
        AbilityResult result;
        if (space->type == kFat) {
            result.status = AbilityStatus::Missing;
            result.call = "fstatfs";
            result.errorCode = EFBIG; // what a write would answer
        }
        return result; // elsewhere four gibibytes would really be written
    }
    if (const auto extended = m_files.truncate(file.fd(), kLarge); !extended) {
        auto result = abilityRefused(extended.error());
        if (extended.error().code == EFBIG)
            result.status = AbilityStatus::Missing;
        return result;
    }
    const auto status = m_attributes.status(file.fd());
    if (!status)
        return abilityUnknown(status.error());
    return status->size == kLarge ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::preallocation()
{
    constexpr std::uint64_t kBytes = 64 * kKibibyte;
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    if (const auto allocated = m_files.allocate(file.fd(), kBytes); !allocated)
        return abilityRefused(allocated.error());
    const auto status = m_attributes.status(file.fd());
    if (!status)
        return abilityUnknown(status.error());
    return status->size == kBytes ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::memoryMapping()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    std::array<std::byte, 4 * kKibibyte> data{};
    fillPattern(data, 1);
    if (const auto written = writeAll(m_files, file.fd(), data); !written)
        return abilityUnknown(written.error());
    fillPattern(data, 2);
    if (const auto mapped = m_files.writeMapped(file.fd(), data); !mapped) {
        auto result = abilityRefused(mapped.error());
        if (mapped.error().code == ENODEV) // mmap(2): the file system does not support it
            result.status = AbilityStatus::Missing;
        return result;
    }
    std::array<std::byte, data.size()> found{};
    const auto count = m_files.readAt(file.fd(), found, 0);
    if (!count)
        return abilityUnknown(count.error());
    return *count == data.size() && found == data ? abilityPresent() : abilityDiffers();
}

/// A time with all its digits, in an odd second since FAT keeps even ones, and what is left of it.
AbilityResult AbilityTrials::timeStamps()
{
    constexpr Nanoseconds kAsked = 1'000'000'001 * kNanosecondsPerSecond + 123'456'789;
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    if (const auto changed = m_files.changeTimes(file.fd(), kAsked, kAsked); !changed)
        return abilityUnknown(changed.error());
    const auto status = m_attributes.status(file.fd());
    if (!status)
        return abilityUnknown(status.error());
    AbilityResult result = abilityDiffers();
    for (const Nanoseconds resolution :
         {Nanoseconds{1}, Nanoseconds{100}, Nanoseconds{1000}, kNanosecondsPerMillisecond,
          10 * kNanosecondsPerMillisecond, kNanosecondsPerSecond, 2 * kNanosecondsPerSecond}) {
        const Nanoseconds down = kAsked - kAsked % resolution;
        if (status->modified != down && status->modified != down + resolution)
            continue;
        if (resolution < kNanosecondsPerSecond)
            result = abilityPresent();
        result.number = static_cast<std::uint64_t>(resolution);
        break;
    }
    return result;
}

} // namespace scratchproof
