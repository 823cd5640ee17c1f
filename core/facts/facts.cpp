// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts.h"

#include "core/facts/device.h"
#include "core/facts/path_walk.h"

#include <algorithm>
#include <cerrno>

namespace scratchproof {

namespace {

/// How old the mount table may be while all goes well. A failure reads it anew (deepen()).
constexpr Nanoseconds kTableAge = 200 * kNanosecondsPerMillisecond;

UserFacts userOf(Processes& processes)
{
    UserFacts user;
    user.uid = processes.userId();
    user.gid = processes.groupId();
    user.groups = processes.groups();
    user.name = processes.userName(user.uid).value_or("");
    if (user.uid == 0)
        user.sudoCaller = environmentVariable("SUDO_USER").value_or("");
    if (user.sudoCaller == user.name)
        user.sudoCaller.clear();
    return user;
}

std::optional<bool> hasAttribute(FileAttributes& attributes, int fd, const char* name)
{
    const auto value = attributes.extendedAttribute(fd, name);
    if (!value)
        return std::nullopt;
    return value->has_value();
}

} // namespace

void FactsCollector::refreshIfOlderThan(Nanoseconds age)
{
    const Nanoseconds now = m_system.clock.monotonic();
    if (m_refreshed && !m_mounts.mounts().empty() && now - *m_refreshed < age)
        return;
    // Where /proc cannot be read the table stays as it was, and what it does not hold stays unknown.
    if (m_mounts.refresh())
        m_refreshed = now;
    m_expectedMounts = expectedMountPoints();
    m_user.reset();
    m_names = {};
    m_devices.clear();
}

void FactsCollector::findMount(const Path& folder, Facts& facts, const std::optional<Mount>& known)
{
    const Mount* mount = nullptr;
    if (facts.folder && facts.folder->mountId)
        mount = m_mounts.byId(*facts.folder->mountId);
    // The number of a mount that is gone is given to the next one that comes (statx(2), STATX_MNT_ID).
    if (mount != nullptr && known && (mount->device != known->device || mount->mountPoint != known->mountPoint))
        mount = nullptr;
    facts.mountByText = mount == nullptr;
    // Where the way there ended: through a link it is another one than the text says.
    if (mount == nullptr && !m_way.mounts.empty()) {
        const Mount* end = m_mounts.byId(m_way.mounts.back().id);
        mount = end != nullptr && identityOf(*end) == identityOf(m_way.mounts.back()) ? end : nullptr;
    }
    if (mount == nullptr && !folder.empty() && folder.front() == '/')
        mount = m_mounts.byPathText(folder);
    if (mount == nullptr) {
        facts.mount.reset();
        facts.mountByText = false;
        facts.mountRole = MountRole::Unknown;
        return;
    }
    facts.mount = *mount;
    const bool isKnown =
        !facts.mountByText || (!m_way.mounts.empty() && identityOf(m_way.mounts.back()) == identityOf(*mount));
    facts.mountRole = isKnown ? roleOf(m_mounts, *mount) : MountRole::Unknown;
    const auto [device, isNew] = m_devices.try_emplace(mount->id);
    if (isNew)
        device->second = deviceOf(m_system, *mount);
    facts.device = device->second;
    facts.mount->kind = refineKind(mount->kind, facts.device);
    const auto& all = m_mounts.mounts();
    facts.mountsAtPoint = static_cast<unsigned>(std::count_if(all.begin(), all.end(), [mount](const Mount& other) {
        return other.mountPoint == mount->mountPoint && other.kind != MountKind::Automount;
    }));
}

std::optional<Path> FactsCollector::findUnmounted(const Path& folder, const Mount* trueMount) const
{
    const Path whole = absolutePath(folder, "/");
    for (const Path& point : m_expectedMounts) {
        const bool onPath =
            whole == point ||
            (whole.size() > point.size() && whole.compare(0, point.size(), point) == 0 && whole[point.size()] == '/');
        const Mount* mount = onPath ? m_mounts.byPathText(point) : nullptr;
        // Through a symbolic link the folder may lie somewhere else altogether.
        const bool isItsOwn = mount != nullptr && (trueMount == nullptr || trueMount->mountPoint == mount->mountPoint);
        if (isItsOwn && mount->mountPoint != point)
            return point;
    }
    return std::nullopt;
}

Facts FactsCollector::collect(const Path& folder, std::stop_token stop, const CrossingListener& crossing)
{
    Facts facts;
    refreshIfOlderThan(kTableAge);
    if (!m_user)
        m_user = userOf(m_system.processes);
    facts.user = *m_user;
    facts.confinement = confinement();
    m_way = followWay(m_system, m_mounts, folder, stop, crossing);
    facts.hiddenMount = m_way.hidden;
    if (m_way.refused)
        return facts;
    facts.path = walkPath(m_system, folder, stop, m_names);
    auto opened = folder.empty() || folder.find('\0') != Path::npos || stop.stop_requested()
                      ? Result<UniqueFd>(fail("open", folder, ENOENT))
                      : m_system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY);
    if (opened) {
        const int fd = opened->get();
        if (const auto status = m_system.attributes.status(fd)) {
            facts.folder = *status;
            facts.owner = userNameOf(m_system.processes, status->uid, m_names);
            facts.group = groupNameOf(m_system.processes, status->gid, m_names);
        }
        if (const auto space = m_system.attributes.space(fd))
            facts.space = *space;
        const auto allowed = m_system.attributes.access(fd, "", AccessMode::WriteAndSearch);
        facts.accessCode = allowed ? 0 : allowed.error().code;
        facts.hasAccessList = hasAttribute(m_system.attributes, fd, "system.posix_acl_access");
        facts.hasDefaultList = hasAttribute(m_system.attributes, fd, "system.posix_acl_default");
    }
    if (facts.accessCode == EACCES && !facts.user.name.empty())
        facts.user.accountGroups = m_system.processes.accountGroups(facts.user.name, facts.user.gid);
    // A mount that came after the table was read.
    if (facts.folder && facts.folder->mountId && m_mounts.byId(*facts.folder->mountId) == nullptr)
        refreshIfOlderThan(0);
    findMount(folder, facts);
    facts.unmountedPoint = findUnmounted(folder, facts.mount && !facts.mountByText ? &*facts.mount : nullptr);
    return facts;
}

const Confinement& FactsCollector::confinement()
{
    if (!m_confinement)
        m_confinement = readConfinement(m_system, &m_mounts);
    return *m_confinement;
}

} // namespace scratchproof
