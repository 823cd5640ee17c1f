// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/leftovers.h"

#include "core/base/invariant.h"
#include "core/probe/ability_place.h"
#include "core/probe/pattern.h"
#include "core/system/directory_entries.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::size_t kMostEntries = 20'000;
constexpr Nanoseconds kLongestLook = 100 * kNanosecondsPerMillisecond;
constexpr std::size_t kMostOfATrial = 100;                          // a trial has a few names at a time
constexpr std::uint64_t kMostWritten = std::uint64_t{1} << 20U;     // the sparse file, where files are not sparse
constexpr std::uint64_t kLargeFile = (std::uint64_t{4} << 30U) + 1; // the large one

/// As statfs(2) and linux/magic.h have them. No eCryptfs, which may lie on a server, and no GFS2 and OCFS2.
constexpr std::array<std::uint64_t, 27> kOfOneComputer{
    0xef53,     // ext2, ext3, ext4
    0x58465342, // XFS
    0x9123683e, // btrfs
    0xf2f52010, // F2FS
    0xca451a4e, // bcachefs
    0x2fc12fc1, // ZFS
    0x3153464a, // JFS
    0x52654973, // ReiserFS
    0x3434,     // NILFS2
    0x4d44,     // FAT
    0x2011bab0, // exFAT
    0x5346544e, // NTFS
    0x7366746e, // NTFS3
    0x4244,     // HFS
    0x482b,     // HFS+
    0x15013346, // UDF
    0x00011954, // UFS
    0x19540119, // UFS2
    0x137f,     // minix, in its five variants
    0x138f,     //
    0x2468,     //
    0x2478,     //
    0x4d5a,     //
    0x01021994, // tmpfs
    0x858458f6, // ramfs
    0x958458f6, // hugetlbfs
    0x794c7630, // overlayfs: two at once over one upper folder are not allowed anyway
};

bool isAnyEntry(std::string_view name)
{
    return name != "." && name != "..";
}

} // namespace

bool isOfOneComputer(System& system, int folderFd)
{
    constexpr std::uint64_t kFuse = 0x65735546;
    const auto space = system.attributes.space(folderFd);
    if (!space)
        return false;
    if (space->type == kFuse) {
        // fuseblk (ntfs-3g, exfat) has the number of its block device, all others of FUSE one of no device.
        const auto status = system.attributes.status(folderFd);
        return status && status->device.major != 0;
    }
    return std::find(kOfOneComputer.begin(), kOfOneComputer.end(), space->type) != kOfOneComputer.end();
}

/// Whether it is what a check makes. Unclear: it has permissions that a check does not give, and it is not known yet
/// whether this file system stores them at all.
LeftoverSweeper::Shape LeftoverSweeper::shapeOf(const FileStatus& status, const std::optional<FileStatus>& newFile)
{
    constexpr std::uint32_t kOfFile = 0600;
    constexpr std::uint32_t kOfDirectory = 02700; // with the setgid bit of the folder that it lies in
    if (status.uid != m_system.processes.userId() || (!status.isRegular() && !status.isDirectory()))
        return Shape::NotOurs;
    if (status.isRegular() && (status.size > kProbeBytes || status.links > 1))
        return Shape::NotOurs;
    // Fewer are as good: a umask, or the folder's default access list, may have taken them.
    if ((status.mode & ~(status.isDirectory() ? kOfDirectory : kOfFile)) == 0)
        return Shape::Ours;
    if (!newFile)
        return Shape::Unclear;
    const bool permissionsAreStored = (newFile->mode & ~kOfFile) == 0;
    const bool isAsMadeHere = status.isDirectory() || status.mode == newFile->mode;
    return !permissionsAreStored && isAsMadeHere ? Shape::Ours : Shape::NotOurs;
}

LeftoverJudgement LeftoverSweeper::judge(const Maker& maker, const FileStatus& status, const LeftoverPlace& place)
{
    const Shape shape = shapeOf(status, place.newFile);
    if (shape == Shape::NotOurs)
        return LeftoverJudgement::Keep;
    if (shape == Shape::Unclear)
        return LeftoverJudgement::KeepYoung;
    // A process probes one folder at a time, and sweeps before it makes anything: its own are from before.
    if (maker == m_self)
        return LeftoverJudgement::Remove;
    const bool sameMachine = m_self.knowsMachine && maker.machine == m_self.machine;
    if (sameMachine && maker.boot != m_self.boot && place.isOfOneComputer)
        return LeftoverJudgement::Remove;
    // By number, namespaces are the same on all machines and after each boot.
    if (sameMachine && maker.boot == m_self.boot && maker.nameSpace == m_self.nameSpace) {
        const Life life = lifeOf(maker.process);
        if (life != Life::Unknown)
            return life == Life::Alive ? LeftoverJudgement::Keep : LeftoverJudgement::Remove;
    }
    return place.newFile && place.newFile->modified - status.modified > kSurelyOld ? LeftoverJudgement::Remove
                                                                                   : LeftoverJudgement::KeepYoung;
}

LeftoverSweeper::Life LeftoverSweeper::lifeOf(const std::string& hash)
{
    if (!m_alive)
        readProcesses();
    if (m_alive->count(hash) != 0)
        return Life::Alive;
    return m_seesAllProcesses ? Life::Dead : Life::Unknown;
}

/// Without /proc, with one that hides the processes of others (hidepid, proc(5)), and without a descriptor left to read
/// it, nobody can be called dead.
void LeftoverSweeper::readProcesses()
{
    m_alive.emplace();
    m_seesAllProcesses = false;
    const auto pids = m_system.processes.all();
    if (!pids)
        return;
    bool seesFirst = false;
    bool isWhole = true;
    for (const int pid : *pids) {
        if (const auto startTime = m_system.processes.startTime(pid)) {
            m_alive->insert(processHash({pid, *startTime}));
            seesFirst = seesFirst || pid == 1;
        } else {
            const auto process = m_system.processes.openProcess(pid);
            isWhole = isWhole && !process && process.error().code == ESRCH; // it ended meanwhile
        }
    }
    m_seesAllProcesses = seesFirst && isWhole;
}

/// Nothing: it is not there.
Result<std::optional<FileStatus>> LeftoverSweeper::find(int folderFd, const std::string& name)
{
    const auto status = m_system.attributes.statusAt(folderFd, name.c_str());
    if (status)
        return std::optional(*status);
    if (status.error().code == ENOENT)
        return std::optional<FileStatus>();
    return fail(status.error());
}

Result<LeftoverFate> LeftoverSweeper::removeIfDead(int folderFd, const std::string& name,
                                                   const std::optional<FileStatus>& newFile)
{
    const auto maker = parseProbeName(name);
    if (!maker)
        return LeftoverFate::Kept;
    const auto found = find(folderFd, name);
    if (!found)
        return fail(found.error());
    if (!*found)
        return LeftoverFate::NotThere;
    LeftoverPlace place{newFile, false};
    if (maker->machine == m_self.machine && maker->boot != m_self.boot)
        place.isOfOneComputer = isOfOneComputer(m_system, folderFd);
    if (judge(*maker, **found, place) != LeftoverJudgement::Remove)
        return LeftoverFate::Kept;
    return remove(folderFd, name, **found);
}

Result<LeftoverFate> LeftoverSweeper::removeVouched(int folderFd, const std::string& name,
                                                    const std::optional<FileStatus>& newFile)
{
    const auto found = find(folderFd, name);
    if (!found)
        return fail(found.error());
    if (!*found)
        return LeftoverFate::NotThere;
    return shapeOf(**found, newFile) == Shape::Ours ? remove(folderFd, name, **found) : LeftoverFate::Kept;
}

Result<LeftoverFate> LeftoverSweeper::removeMade(int folderFd, const std::string& name)
{
    const auto found = find(folderFd, name);
    if (!found)
        return fail(found.error());
    if (!*found)
        return LeftoverFate::NotThere;
    const FileStatus& status = **found;
    if (status.uid != m_system.processes.userId() || (!status.isRegular() && !status.isDirectory()))
        return LeftoverFate::Kept;
    return remove(folderFd, name, status);
}

Result<LeftoverFate> LeftoverSweeper::remove(int folderFd, const std::string& name, const FileStatus& status)
{
    require(isEntryName(name), "a leftover is an entry of the folder that was opened");
    Result<void> removed;
    if (status.isDirectory()) {
        removed = m_system.files.removeDirectory(folderFd, name.c_str());
        if (!removed && (removed.error().code == ENOTEMPTY || removed.error().code == EEXIST)) {
            emptyDirectory(folderFd, name, status);
            removed = m_system.files.removeDirectory(folderFd, name.c_str());
            if (!removed && (removed.error().code == ENOTEMPTY || removed.error().code == EEXIST))
                return LeftoverFate::Kept; // Somebody keeps other things in it: no longer ours to remove.
        }
    } else {
        removed = m_system.files.unlink(folderFd, name.c_str());
    }
    if (removed)
        return LeftoverFate::Removed;
    if (removed.error().code == ENOENT)
        return LeftoverFate::NotThere;
    return fail(removed.error());
}

/// What a probe or the trials of a full check can have made in a directory of theirs: our own user's files and links,
/// by the names they have. Nothing below it, and nothing that a link leads to.
void LeftoverSweeper::emptyDirectory(int folderFd, const std::string& name, const FileStatus& status)
{
    const auto inside = m_system.files.open(folderFd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!inside)
        return;
    const auto opened = m_system.attributes.status(inside->get());
    if (!opened || !opened->sameFileAs(status))
        return; // Another directory was put in its place.
    const auto entries = listed(inside->get(), isAnyEntry, {});
    for (const auto& entry : entries) {
        if (entries.size() > kMostOfATrial || !mayBeOfATrial(inside->get(), entry))
            return; // Somebody keeps other things in it, or put his own in its place: then nothing in it is ours.
    }
    for (const auto& entry : entries)
        static_cast<void>(m_system.files.unlink(inside->get(), entry.c_str()));
}

bool LeftoverSweeper::mayBeOfATrial(int directory, const std::string& entry)
{
    if (!isTrialName(entry))
        return false;
    const auto found = m_system.attributes.statusAt(directory, entry.c_str());
    if (!found || found->uid != m_system.processes.userId())
        return !found && found.error().code == ENOENT;
    if (found->type == FileType::SymbolicLink)
        return true;
    // A hard link has its first name in the same directory. Two files have a size that is set: with a hole in them.
    const bool hasTriedSize =
        found->size <= kMostWritten || (found->size == kLargeFile && found->diskBytes <= kMostWritten);
    if (!found->isRegular() || found->links > 2 || !hasTriedSize)
        return false;
    // A reserved name was tried empty; one with something in it is not from a check.
    return found->size == 0 || !std::count(kReservedNames.begin(), kReservedNames.end(), entry);
}

std::vector<std::string> LeftoverSweeper::look(int folderFd, std::stop_token stop)
{
    return listed(
        folderFd, [](std::string_view name) { return name[0] == '.' && parseProbeName(name); }, std::move(stop));
}

std::vector<std::string> LeftoverSweeper::listed(int folderFd, bool (*isWanted)(std::string_view), std::stop_token stop)
{
    auto listing = m_system.files.open(folderFd, ".", O_RDONLY | O_DIRECTORY);
    if (!listing)
        return {};
    std::vector<std::string> found;
    std::vector<std::byte> buffer(65536);
    const Nanoseconds end = m_system.clock.monotonic() + kLongestLook;
    std::size_t seen = 0;
    while (seen < kMostEntries && !stop.stop_requested() && m_system.clock.monotonic() < end) {
        const auto filled = m_system.files.readEntries(listing->get(), buffer);
        if (!filled || *filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            ++seen;
            if (isWanted(entry->name))
                found.emplace_back(entry->name);
        }
    }
    return found;
}

} // namespace scratchproof
