// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/folder_requests.h"

#include "core/system/directory_entries.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::uint64_t kDefaultLimit = 5'000;
constexpr std::uint64_t kMostEntries = 200'000;

Result<UniqueFd> openFolder(System& system, const Json& request, int flags)
{
    const auto folder = getPath(request, "folder");
    if (!folder || folder->empty() || folder->find('\0') != Path::npos)
        return fail("bad-request", folder.value_or(Path()), 0, "a request needs a folder");
    return system.files.open(kWorkingDirectory, folder->c_str(), flags | O_DIRECTORY);
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

Result<Json> serveSpaceRequest(System& system, const Json& request)
{
    const auto fd = openFolder(system, request, O_PATH);
    if (!fd)
        return fail(fd.error());
    const auto space = system.attributes.space(fd->get());
    if (!space)
        return fail(space.error());
    Json json = Json::object();
    const bool isKnown = space->isSizeKnown();
    json["total_bytes"] = isKnown ? Json(space->totalBytes) : Json(nullptr);
    json["free_bytes"] = isKnown ? Json(space->freeBytes) : Json(nullptr);
    json["available_bytes"] = isKnown ? Json(space->availableBytes) : Json(nullptr);
    json["total_inodes"] = space->isInodeCountKnown() ? space->totalInodes : 0;
    json["free_inodes"] = space->isInodeCountKnown() ? space->freeInodes : 0;
    json["read_only"] = space->readOnly;
    return json;
}

Result<Json> serveListFoldersRequest(System& system, const Json& request, std::stop_token stop)
{
    const auto fd = openFolder(system, request, O_RDONLY);
    if (!fd)
        return fail(fd.error());
    const std::uint64_t limit = getUnsigned(request, "limit").value_or(kDefaultLimit);
    std::vector<std::string> names;
    std::vector<std::byte> buffer(65536);
    std::uint64_t seen = 0;
    bool truncated = false;
    while (!truncated) {
        if (stop.stop_requested())
            return fail("cancelled", *getPath(request, "folder"), 0);
        const auto filled = system.files.readEntries(fd->get(), buffer);
        if (!filled)
            return fail(filled.error());
        if (*filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            truncated = truncated || names.size() >= limit || ++seen > kMostEntries;
            if (!truncated && !entry->isDotOrDotDot() && leadsToFolder(system, fd->get(), *entry))
                names.emplace_back(entry->name);
        }
    }
    std::sort(names.begin(), names.end());
    Json folders = Json::array();
    for (const auto& name : names) {
        Json one = Json::object();
        putPath(one, "name", name);
        one["hidden"] = name.front() == '.';
        folders.push_back(std::move(one));
    }
    Json json = Json::object();
    putPath(json, "folder", *getPath(request, "folder"));
    json["folders"] = std::move(folders);
    json["truncated"] = truncated;
    return json;
}

Result<Json> serveEntriesRequest(System& system, const Json& request)
{
    constexpr std::size_t kMostNames = 1000;
    const auto folder = getPath(request, "folder");
    const auto names = getPaths(request, "names", kMostNames);
    if (!folder || !names)
        return fail("bad-request", folder.value_or(Path()), 0, "a request for entries needs a folder and names");
    const auto opened = system.files.open(kWorkingDirectory, folder->c_str(), O_PATH | O_DIRECTORY);
    if (!opened)
        return fail(opened.error());
    Json json = Json::object();
    json["exist"] = Json::array();
    for (const Path& name : *names) {
        const auto status = system.attributes.statusAt(opened->get(), name.c_str());
        json["exist"].push_back(status || (status.error().code != ENOENT && status.error().code != ENAMETOOLONG));
    }
    return json;
}

Result<Json> serveReadFileRequest(System& system, const Json& request, const std::stop_token& stop,
                                  const std::function<void(Json)>& progress)
{
    constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
    const auto path = getPath(request, "folder");
    if (!path)
        return fail("bad-request", {}, 0, "a request for a file needs its path");
    const auto file = system.files.open(kWorkingDirectory, path->c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (!file)
        return fail(file.error());
    std::vector<std::byte> buffer(std::size_t{48} << 10U);
    std::size_t total = 0;
    while (!stop.stop_requested()) {
        const auto count = system.files.read(file->get(), buffer);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return Json{{"bytes", total}};
        total += *count;
        if (total > kMostBytes)
            return fail("read", *path, EFBIG);
        progress({{"part", toBase64({reinterpret_cast<const char*>(buffer.data()), *count})}});
    }
    return fail("cancelled", *path, 0);
}

} // namespace scratchproof
