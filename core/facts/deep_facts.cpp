// SPDX-License-Identifier: GPL-3.0-or-later
// What FactsCollector gathers only after something failed.
#include "core/facts/facts.h"
#include "core/facts/path_walk.h"
#include "core/system/directory_entries.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

/// Nothing where it cannot be read.
std::optional<bool> holdsNothing(Files& files, int folderFd)
{
    std::array<std::byte, 4096> buffer{};
    for (;;) {
        const auto count = files.readEntries(folderFd, buffer);
        if (!count)
            return std::nullopt;
        if (*count == 0)
            return true;
        for (DirectoryEntries entries(std::span<const std::byte>(buffer).first(*count));
             const DirectoryEntry* entry = entries.next();) {
            const std::string_view name = entry->name;
            if (name != "." && name != ".." && name != "lost+found")
                return false;
        }
    }
}

} // namespace

Credentials ownCredentials(const UserFacts& user, const Confinement& confinement, const FileStatus& folder)
{
    Credentials own{user.uid, user.gid, user.groups, confinement.overridesPermissions().value_or(user.uid == 0)};
    if (!confinement.isInitialUserNamespace()) {
        const std::uint32_t nobody = confinement.overflowUid.value_or(65534);
        own.overridesPermissions = own.overridesPermissions && folder.uid != nobody && folder.gid != nobody;
    }
    return own;
}

void FactsCollector::renewMount(const Path& folder, Facts& facts, int folderFd)
{
    const auto known = facts.mountByText ? std::nullopt : std::exchange(facts.mount, {});
    refreshIfOlderThan(0);
    findMount(folder, facts, known);
    if (!facts.folder || folderFd < 0)
        return;
    const auto now = m_system.attributes.status(folderFd);
    // Another file system than before: its space says nothing about the one that was checked.
    if (!now || now->mountId != facts.folder->mountId)
        return;
    if (const auto space = m_system.attributes.space(folderFd))
        facts.space = *space;
}

void FactsCollector::deepenPath(const Path& folder, Facts& facts, const std::stop_token& stop)
{
    auto walked = walkPath(m_system, folder, stop, m_names, ListsOf::All);
    for (std::size_t i = 0; i < std::min(walked.size(), facts.path.size()); ++i) {
        PathComponent& known = facts.path[i];
        // A path that changes under the walk: two halves of different paths would explain neither.
        if (known.path != walked[i].path || !known.status || !walked[i].status ||
            !known.status->sameFileAs(*walked[i].status))
            break;
        known.accessList = std::move(walked[i].accessList);
        known.mountId = walked[i].mountId;
    }
    const auto add = [&](const std::optional<std::uint64_t>& id) {
        const Mount* mount = id ? m_mounts.byId(*id) : nullptr;
        const auto isIt = [&](const Mount& other) { return other.id == mount->id; };
        auto& all = facts.mountsOnPath;
        if (mount != nullptr && std::none_of(all.begin(), all.end(), isIt))
            all.push_back(*mount);
    };
    facts.mountsOnPath.clear();
    for (const PathComponent& component : facts.path) {
        add(component.status ? component.status->mountId : std::nullopt);
        add(component.mountId);
    }
}

void FactsCollector::deepenRights(int folderFd, Facts& facts)
{
    if (!facts.user.accountGroups && !facts.user.name.empty())
        facts.user.accountGroups = m_system.processes.accountGroups(facts.user.name, facts.user.gid);
    if (!facts.folder || folderFd < 0)
        return;
    const auto isBroken = [](const Error& error) { return error.code == EINVAL || error.code == EIO; };
    // The kernel reads the list's bytes before it gives them out, so one that does not parse shows here too.
    const auto raw = m_system.attributes.extendedAttribute(folderFd, "system.posix_acl_access");
    facts.accessListIsBroken = !raw && isBroken(raw.error());
    if (raw && *raw) {
        if (auto list = readAccessList(folderFd, AclKind::Access))
            facts.accessList = std::move(*list);
        else
            facts.accessListIsBroken = isBroken(list.error());
    }
    if (auto list = readAccessList(folderFd, AclKind::Default))
        facts.defaultList = std::move(*list);
    nameEntries(m_system.processes, facts.accessList, m_names);
    nameEntries(m_system.processes, facts.defaultList, m_names);
    facts.groupIsPersonal = isPersonalGroup(m_system.processes, facts.folder->gid, facts.group, m_names);
    const Credentials own = ownCredentials(facts.user, facts.confinement, *facts.folder);
    // Without the list nothing can be said for certain.
    if (!facts.accessListIsBroken && (raw || !facts.hasAccessList.value_or(false)))
        facts.rights = evaluateRights(*facts.folder, facts.accessList, own, 3);
    // Most FUSE programs leave lists to nobody: the kernel's own answer shows whether they count (FUSE_POSIX_ACL).
    const bool isFuse = facts.mount && facts.mount->fileSystem.rfind("fuse", 0) == 0;
    if (isFuse && facts.rights && facts.rights->allowed && facts.accessCode == EACCES && !facts.accessList.empty()) {
        const RightsAnswer byMode = evaluateRights(*facts.folder, {}, own, 3);
        if (!byMode.allowed)
            facts.rights = byMode;
    }
}

std::optional<OverlayLayer> FactsCollector::overlayLayer(const Mount& mount) const
{
    const auto upper = mount.superOption("upperdir");
    if (mount.fileSystem != "overlay" || !upper || upper->empty())
        return std::nullopt;
    OverlayLayer layer{*upper, mount.superOption("workdir").value_or(""), {}, {}, {}};
    const auto isThere = [this](const Path& path) -> std::optional<bool> {
        const auto there = path.empty() ? Result<bool>(fail("statx", {}, ENOENT))
                                        : m_system.attributes.exists(kWorkingDirectory, path.c_str());
        return there ? std::optional<bool>(*there) : std::nullopt;
    };
    layer.upperIsThere = isThere(layer.upper);
    // It makes this folder in the one that it is given.
    layer.workIsThere = isThere(joinPath(layer.work, "work"));
    const Mount* below = m_mounts.byPathText(layer.upper);
    if (below != nullptr && below->isReadOnly() && layer.upperIsThere.value_or(true))
        layer.readOnlyMount = below->mountPoint;
    return layer;
}

void FactsCollector::deepenStorage(int folderFd, Facts& facts)
{
    if (folderFd < 0 || !facts.mount || !facts.folder)
        return;
    const std::string device = facts.device ? facts.device->name : std::string();
    const auto number = facts.device ? facts.device->number : DeviceNumber();
    const auto readable = m_system.files.open(folderFd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    facts.quota = readQuotas(m_system, folderFd, readable ? readable->get() : -1,
                             device.empty() ? std::string() : "/dev/" + device, facts.user, facts.folder->gid);
    if (readable)
        facts.isEmpty = holdsNothing(m_system.files, readable->get());
    facts.state = readFileSystemState(m_system, folderFd, *facts.mount, device, number);
    facts.state.overlayLayer = overlayLayer(*facts.mount);
    const auto top = m_system.files.open(kWorkingDirectory, facts.mount->mountPoint.c_str(), O_PATH | O_DIRECTORY);
    const auto status = top ? m_system.attributes.status(top->get()) : Result<FileStatus>(fail("open", {}, ENOENT));
    if (!status || !status->mountId || *status->mountId != facts.mount->id)
        return;
    if (const auto space = m_system.attributes.space(top->get()); space && space->isSizeKnown())
        facts.quota.mountTotalBytes = space->totalBytes;
}

void FactsCollector::deepen(const Path& folder, Facts& facts, const std::stop_token& stop)
{
    facts.isDeep = true;
    const bool canBeOpened = !folder.empty() && folder.find('\0') == Path::npos;
    auto opened = canBeOpened ? m_system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY)
                              : Result<UniqueFd>(fail("open", folder, ENOENT));
    const auto status =
        opened ? m_system.attributes.status(opened->get()) : Result<FileStatus>(fail("open", folder, ENOENT));
    // Another folder than the one that was checked has nothing to say about it.
    const bool isSame = status && facts.folder && status->sameFileAs(*facts.folder);
    const int fd = isSame ? opened->get() : -1;
    renewMount(folder, facts, fd);
    facts.limits = readLimits(m_system);
    if (!opened && opened.error().code == ELOOP)
        facts.links = followLinks(m_system, folder, stop);
    if (stop.stop_requested())
        return;
    deepenPath(folder, facts, stop);
    deepenRights(fd, facts);
    deepenStorage(fd, facts);
    facts.unmountedVolumes = findUnmountedVolumes(m_system, m_mounts);
    if (facts.path.size() < 2 || facts.path.back().status || facts.path.back().errorCode != ENOENT)
        return;
    const Path& missing = facts.path.back().path;
    const auto parent =
        m_system.files.open(kWorkingDirectory, parentPath(missing).c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (parent)
        facts.lookAlike = findLookAlike(m_system, parent->get(), baseName(missing), stop);
}

void FactsCollector::addFile(const Path& folder, const Path& name, Facts& facts)
{
    const auto opened = m_system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY);
    if (opened)
        facts.file = readFileTarget(m_system, opened->get(), name);
}

} // namespace scratchproof
