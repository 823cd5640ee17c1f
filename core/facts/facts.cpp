// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts.h"

#include "core/facts/device.h"
#include "core/facts/path_walk.h"
#include "core/facts/sysfs.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

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

/// The device that a line of /etc/fstab names. All of /dev is the kernel's own, so this look cannot hang; what is a
/// file or a server is not looked at.
std::optional<bool> isDeviceThere(System& system, const std::string& source)
{
    if (source.rfind("/dev/", 0) == 0)
        return isThere(system, source);
    static constexpr std::pair<std::string_view, const char*> kTagFolders[] = {
        {"UUID=", "/dev/disk/by-uuid"}, {"LABEL=", "/dev/disk/by-label"}, {"PARTUUID=", "/dev/disk/by-partuuid"}};
    for (const auto& [tag, folder] : kTagFolders) {
        const std::string value = source.substr(std::min(tag.size(), source.size()));
        const bool isPlain = std::all_of(value.begin(), value.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        // Other letters are written in udev's own way, and without udev there is no such folder.
        if (source.rfind(tag, 0) == 0 && isPlain && !value.empty() && isThere(system, folder))
            return isThere(system, joinPath(folder, value));
    }
    return std::nullopt;
}

} // namespace

bool isPersonalGroup(Processes& processes, std::uint32_t gid, const std::optional<std::string>& name, NameCache& names)
{
    return name && !name->empty() && userNameOf(processes, gid, names) == name;
}

void FactsCollector::refreshIfOlderThan(Nanoseconds age)
{
    const Nanoseconds now = m_system.clock.monotonic();
    if (m_refreshed && !m_mounts.mounts().empty() && now - *m_refreshed < age)
        return;
    // Where /proc cannot be read the table stays as it was, and what it does not hold stays unknown.
    if (m_mounts.refresh())
        m_refreshed = now;
    m_expectedMounts = expectedMounts();
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
    const bool hasWay = m_wayTo == folder && !m_way.mounts.empty();
    if (mount == nullptr && hasWay) {
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
    const bool isKnown = !facts.mountByText || (hasWay && identityOf(m_way.mounts.back()) == identityOf(*mount));
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

const ExpectedMount* FactsCollector::findUnmounted(const Path& folder, const Mount* trueMount) const
{
    const Path whole = absolutePath(folder, "/");
    for (const ExpectedMount& expected : m_expectedMounts) {
        const Path& point = expected.point;
        const Mount* mount = isBelow(whole, point) ? m_mounts.byPathText(point) : nullptr;
        // Through a symbolic link the folder may lie somewhere else altogether.
        const bool isItsOwn = mount != nullptr && (trueMount == nullptr || trueMount->mountPoint == mount->mountPoint);
        if (isItsOwn && mount->mountPoint != point)
            return &expected;
    }
    return nullptr;
}

void FactsCollector::addExpected(const Path& folder, Facts& facts)
{
    if (const ExpectedMount* expected =
            findUnmounted(folder, facts.mount && !facts.mountByText ? &*facts.mount : nullptr)) {
        facts.unmountedPoint = expected->point;
        facts.unmountedForUsers = expected->forUsers;
        facts.unmountedDeviceThere = isDeviceThere(m_system, expected->source);
    }
    for (const ExpectedMount& expected : m_expectedMounts)
        facts.expectedReadOnly =
            facts.expectedReadOnly || (facts.mount && expected.readOnly && facts.mount->mountPoint == expected.point);
}

/// Asked once for each change: whoever is told so reads the table anew.
bool FactsCollector::haveMountsChanged()
{
    if (!m_mountinfo) {
        auto opened = m_system.files.open(kWorkingDirectory, "/proc/self/mountinfo", O_RDONLY);
        m_mountinfo = opened ? std::move(*opened) : UniqueFd();
        return true;
    }
    WatchedFd watched{m_mountinfo.get(), false, false, true, false};
    const auto ready = m_system.processes.waitFor({&watched, 1}, 0);
    return !ready || *ready > 0;
}

void FactsCollector::rememberParents(const Path& folder, const Facts& facts)
{
    m_parents.clear();
    if (!m_way.isWhole || m_way.hidden || m_way.end != folder || folder == "/" || !facts.folder ||
        m_mounts.isMountPoint(folder))
        return;
    std::size_t announced = 0;
    for (const PathComponent& component : facts.path) {
        if (!component.status || !component.status->isDirectory() || !component.status->mountId ||
            !component.searchable.value_or(false))
            return;
        for (; announced < m_way.mounts.size() && m_way.mounts[announced].mountPoint == component.path; ++announced) {
        }
    }
    // The parents alone, each of its mounts come to in its place.
    if (!facts.path.empty() && facts.path.back().path == folder && announced == m_way.mounts.size())
        m_parents.assign(facts.path.begin(), std::prev(facts.path.end()));
}

FactsCollector::Approach FactsCollector::approachSibling(const Path& folder, const CrossingListener& crossing,
                                                         Facts& facts, UniqueFd& opened)
{
    const std::string_view name = baseName(folder);
    if (m_parents.empty() || name.empty() || name == "." || name == ".." || folder.find('\0') != Path::npos ||
        joinPath(m_parents.back().path, name) != folder || m_mounts.isMountPoint(folder))
        return Approach::Unknown;
    auto mount = m_way.mounts.begin();
    for (PathComponent& parent : m_parents) {
        for (; mount != m_way.mounts.end() && mount->mountPoint == parent.path; ++mount) {
            if (crossing && !crossing(*mount))
                return Approach::Refused;
        }
        auto status = m_system.attributes.statusAt(kWorkingDirectory, parent.path.c_str());
        if (!status || !status->sameFileAs(*parent.status) || status->mountId != parent.status->mountId ||
            status->uid != parent.status->uid || status->gid != parent.status->gid)
            return Approach::Unknown;
        parent.status = *status;
    }
    // That this works says of each parent, whatever became of its mode or lists, that it may be searched.
    auto fd = m_system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    const auto status = fd ? m_system.attributes.status(fd->get()) : Result<FileStatus>(fail("open", folder, ENOENT));
    if (!status || status->mountId != m_parents.back().status->mountId)
        return Approach::Unknown;
    // Who may write and search may search: mostly this is the only question.
    const auto allowed = m_system.attributes.access(fd->get(), "", AccessMode::WriteAndSearch);
    if (!allowed && !m_system.attributes.access(fd->get(), "", AccessMode::Search))
        return Approach::Unknown;
    facts.accessCode = allowed ? 0 : allowed.error().code;
    facts.path.reserve(m_parents.size() + 1);
    facts.path = m_parents;
    PathComponent& last = facts.path.emplace_back();
    last.path = folder;
    last.status = *status;
    last.mountId = status->mountId;
    last.searchable = true;
    last.owner = userNameOf(m_system.processes, status->uid, m_names);
    last.group = groupNameOf(m_system.processes, status->gid, m_names);
    m_way.end = folder;
    m_wayTo = folder;
    opened = std::move(*fd);
    return Approach::Reached;
}

Facts FactsCollector::collect(const Path& folder, std::stop_token stop, const CrossingListener& crossing)
{
    Facts facts;
    // The look whether they changed comes first: it is for the table that is read after it.
    const bool isStale = haveMountsChanged();
    refreshIfOlderThan(isStale ? 0 : kTableAge);
    if (isStale)
        m_parents.clear();
    if (!m_user)
        m_user = userOf(m_system.processes);
    facts.user = *m_user;
    facts.confinement = confinement();
    UniqueFd opened;
    const auto approach = stop.stop_requested() ? Approach::Unknown : approachSibling(folder, crossing, facts, opened);
    if (approach == Approach::Refused)
        return facts;
    if (approach == Approach::Unknown) {
        m_parents.clear();
        m_way = followWay(m_system, m_mounts, folder, stop, crossing);
        m_wayTo = folder;
        facts.hiddenMount = m_way.hidden;
        if (m_way.refused)
            return facts;
        facts.path = walkPath(m_system, folder, stop, m_names);
        if (!folder.empty() && folder.find('\0') == Path::npos && !stop.stop_requested())
            opened = m_system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY).value_or(UniqueFd());
    }
    if (opened) {
        const int fd = opened.get();
        if (approach == Approach::Reached) {
            facts.folder = facts.path.back().status;
            facts.owner = facts.path.back().owner;
            facts.group = facts.path.back().group;
        } else {
            if (const auto status = m_system.attributes.status(fd)) {
                facts.folder = *status;
                facts.owner = userNameOf(m_system.processes, status->uid, m_names);
                facts.group = groupNameOf(m_system.processes, status->gid, m_names);
            }
            const auto allowed = m_system.attributes.access(fd, "", AccessMode::WriteAndSearch);
            facts.accessCode = allowed ? 0 : allowed.error().code;
        }
        if (const auto space = m_system.attributes.space(fd))
            facts.space = *space;
        facts.hasAccessList = hasAttribute(m_system.attributes, fd, "system.posix_acl_access");
        facts.hasDefaultList = hasAttribute(m_system.attributes, fd, "system.posix_acl_default");
    }
    if (facts.accessCode == EACCES && !facts.user.name.empty())
        facts.user.accountGroups = m_system.processes.accountGroups(facts.user.name, facts.user.gid);
    // A mount that came after the table was read.
    if (facts.folder && facts.folder->mountId && m_mounts.byId(*facts.folder->mountId) == nullptr)
        refreshIfOlderThan(0);
    findMount(folder, facts);
    addExpected(folder, facts);
    if (approach == Approach::Unknown)
        rememberParents(folder, facts);
    return facts;
}

const Confinement& FactsCollector::confinement()
{
    if (!m_confinement)
        m_confinement = readConfinement(m_system, &m_mounts);
    return *m_confinement;
}

} // namespace scratchproof
