// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/folder_requests.h"

#include "core/diagnosis/rights_findings.h"
#include "core/system/directory_entries.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::uint64_t kMostEntries = 200'000;

Result<UniqueFd> openFolder(System& system, const Path& folder, int flags)
{
    if (folder.empty())
        return fail(ErrorKind::BadRequest, {}, 0, "a request needs a folder");
    return system.files.open(kWorkingDirectory, folder.c_str(), flags | O_DIRECTORY);
}

bool leadsToFolder(System& system, int folderFd, const DirectoryEntry& entry)
{
    if (entry.type == FileType::Directory)
        return true;
    if (entry.type != FileType::SymbolicLink && entry.type != FileType::Unknown)
        return false;
    const auto status = system.attributes.statusFollowing(folderFd, entry.name);
    return status && status->isDirectory();
}

} // namespace

Result<SpaceAnswer> FolderService::serve(const request::Space& request) const
{
    const auto fd = openFolder(system, request.folder, O_PATH);
    if (!fd)
        return fail(fd.error());
    const auto space = system.attributes.space(fd->get());
    if (!space)
        return fail(space.error());
    SpaceAnswer answer;
    if (space->isSizeKnown()) {
        answer.totalBytes = space->totalBytes;
        answer.freeBytes = space->freeBytes;
        answer.availableBytes = space->availableBytes;
    }
    if (space->isInodeCountKnown()) {
        answer.totalInodes = space->totalInodes;
        answer.freeInodes = space->freeInodes;
    }
    answer.readOnly = space->readOnly;
    return answer;
}

Result<FolderList> FolderService::serve(const request::ListFolders& request) const
{
    const auto fd = openFolder(system, request.folder, O_RDONLY);
    if (!fd)
        return fail(fd.error());
    std::vector<std::string> names;
    std::vector<std::byte> buffer(65536);
    std::uint64_t seen = 0;
    bool truncated = false;
    while (!truncated) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, request.folder, 0);
        const auto filled = system.files.readEntries(fd->get(), buffer);
        if (!filled)
            return fail(filled.error());
        if (*filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            truncated = truncated || names.size() >= request.limit || ++seen > kMostEntries;
            if (!truncated && !entry->isDotOrDotDot() && leadsToFolder(system, fd->get(), *entry))
                names.emplace_back(entry->name);
        }
    }
    std::sort(names.begin(), names.end());
    FolderList list{request.folder, {}, truncated};
    for (std::string& name : names) {
        const bool isHidden = name.front() == '.';
        list.folders.push_back({std::move(name), isHidden});
    }
    return list;
}

Result<EntriesAnswer> FolderService::serve(const request::Entries& request) const
{
    const auto opened = openFolder(system, request.folder, O_PATH);
    if (!opened)
        return fail(opened.error());
    EntriesAnswer answer;
    for (const Path& name : request.names) {
        const auto status = system.attributes.statusAt(opened->get(), name.c_str());
        answer.exist.push_back(status || (status.error().code != ENOENT && status.error().code != ENAMETOOLONG));
    }
    return answer;
}

Result<ReadFileAnswer> FolderService::serve(const request::ReadFile& request) const
{
    constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
    const auto file = system.files.open(kWorkingDirectory, request.folder.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (!file)
        return fail(file.error());
    std::vector<std::byte> buffer(std::size_t{48} << 10U);
    std::size_t total = 0;
    while (!stop.stop_requested()) {
        const auto count = system.files.read(file->get(), buffer);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return ReadFileAnswer{total};
        total += *count;
        if (total > kMostBytes)
            return fail("read", request.folder, EFBIG);
        progress({{"part", toBase64({reinterpret_cast<const char*>(buffer.data()), *count})}});
    }
    return fail(ErrorKind::Cancelled, request.folder, 0);
}

Result<RightsReply> FolderService::serve(const request::Rights& request) const
{
    if (request.folder.empty())
        return fail(ErrorKind::BadRequest, {}, 0, "a request needs a folder");
    const auto subject = findSubject(system, request.user);
    if (!subject)
        return fail(subject.error());
    MountTable mounts;
    if (const auto read = mounts.refresh(); !read)
        return fail(read.error());
    NameCache names;
    const EffectiveRights rights = computeRights(system, mounts, request.folder, subject->credentials, names, stop);
    if (rights.reason == RightsReason::Stopped)
        return fail(ErrorKind::Cancelled, request.folder, 0);
    return RightsReply{rights.verdict, subject->name, subject->credentials.uid, rights.component,
                       rightsFinding(rights, request.folder, *subject)};
}

} // namespace scratchproof
