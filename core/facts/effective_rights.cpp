// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/effective_rights.h"

#include "core/base/enum_names.h"
#include "core/facts/path_walk.h"
#include "core/facts/sysfs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <utility>

namespace scratchproof {

namespace {

constexpr int kMostLinks = 40; // MAXSYMLINKS of namei.h
constexpr unsigned kSearch = 1;
constexpr unsigned kWriteAndSearch = 3;

constexpr EnumNames<RightsVerdict::Unknown> kVerdicts({"yes", "no", "unknown"});

bool isFuse(const Mount& mount)
{
    return mount.fileSystem.rfind("fuse", 0) == 0;
}

/// Value of "user_id=1000" and the like among the file system's options.
std::optional<std::uint64_t> numberOption(const Mount& mount, std::string_view name)
{
    for (const std::string_view option : splitAt(mount.superOptions, ",")) {
        if (option.size() > name.size() && option.substr(0, name.size()) == name && option[name.size()] == '=')
            return parseNumber(option.substr(name.size() + 1));
    }
    return std::nullopt;
}

/// Who decides on a mount, apart from the kernel.
enum class Decides : std::uint8_t { Kernel, KernelThenServer, Server, Program };

Decides whoDecides(const Mount& mount)
{
    const std::string& type = mount.fileSystem;
    const bool isRemote = mount.kind == MountKind::Network;
    if (isFuse(mount)) {
        const bool checksModes = mount.hasSuperOption("default_permissions");
        if (isRemote)
            return checksModes ? Decides::KernelThenServer : Decides::Server;
        return checksModes ? Decides::Kernel : Decides::Program;
    }
    // cifs checks the modes that it shows, unless it was told not to (mount.cifs(8), noperm).
    if (type == "cifs" || type == "smb3" || type == "smbfs")
        return mount.hasSuperOption("noperm") ? Decides::Server : Decides::KernelThenServer;
    if (isRemote || type == "9p" || type == "virtiofs" || type == "vboxsf")
        return Decides::Server;
    return Decides::Kernel;
}

/// fuse_allow_current_process() of fs/fuse/dir.c: not even root gets into somebody else's.
bool isPrivateOfAnother(const Mount& mount, const Credentials& who)
{
    if (!isFuse(mount) || mount.hasSuperOption("allow_other"))
        return false;
    const auto uid = numberOption(mount, "user_id");
    const auto gid = numberOption(mount, "group_id");
    return (uid && *uid != who.uid) || (gid && *gid != who.gid);
}

/// Walks for somebody else.
class RightsWalk
{
public:
    RightsWalk(System& system, const MountTable& mounts, const Credentials& who, NameCache& names)
        : m_system(system), m_mounts(mounts), m_who(who), m_names(names)
    {
        m_protectsLinks = readNumber(system, "/proc/sys/fs/protected_symlinks").value_or(1) != 0;
    }

    EffectiveRights run(const Path& folder, const std::stop_token& stop)
    {
        if (folder.empty() || folder.front() != '/' || folder.find('\0') != Path::npos)
            return decided(RightsVerdict::No, RightsReason::Missing, folder, ENOENT);
        if (folder.size() >= kLongestPath)
            return decided(RightsVerdict::No, RightsReason::TooLong, folder, ENAMETOOLONG);
        auto root = m_system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
        if (!root)
            return decided(RightsVerdict::Unknown, RightsReason::Unseen, "/", root.error().code);
        m_root = std::move(*root);
        push(folder);
        if (auto end = goToRoot())
            return std::move(*end);
        while (!m_pending.empty()) {
            if (stop.stop_requested())
                return decided(RightsVerdict::Unknown, RightsReason::Stopped, m_at.path);
            if (auto end = pass())
                return std::move(*end);
            const Pending next = std::move(m_pending.front());
            m_pending.pop_front();
            m_link = next.link;
            if (auto end = next.name == ".." ? goUp() : step(next.name))
                return std::move(*end);
        }
        return judge();
    }

private:
    static constexpr std::size_t kLongestPath = 4096;

    struct Place
    {
        UniqueFd fd;
        Path path;
        FileStatus status;
        AccessList list;
        const Mount* mount = nullptr;
    };
    struct Pending
    {
        std::string name;
        std::optional<Path> link; // the link that brought it in
    };
    using End = std::optional<EffectiveRights>;

    EffectiveRights decided(RightsVerdict verdict, RightsReason reason, Path component, int errorCode = 0) const
    {
        EffectiveRights rights;
        rights.verdict = verdict;
        rights.reason = reason;
        rights.component = std::move(component);
        rights.errorCode = errorCode;
        rights.unmountedPoint = unmountedAbove(rights.component);
        return rights;
    }

    /// By the text of the path, which has its links resolved.
    std::optional<Path> unmountedAbove(const Path& path) const
    {
        for (const ExpectedMount& expected : m_expected) {
            const Path& point = expected.point;
            const Mount* mount = isBelow(path, point) ? m_mounts.byPathText(point) : nullptr;
            const Mount* own = mount != nullptr ? m_mounts.byPathText(path) : nullptr;
            if (own != nullptr && mount->mountPoint != point && own->mountPoint == mount->mountPoint)
                return point;
        }
        return std::nullopt;
    }

    /// Decided by the folder that the walk is at.
    EffectiveRights here(RightsVerdict verdict, RightsReason reason, std::optional<RightsAnswer> answer = {}) const
    {
        EffectiveRights rights = decided(verdict, reason, m_at.path);
        rights.status = m_at.status;
        rights.list = m_at.list;
        if (m_at.mount != nullptr)
            rights.mount = *m_at.mount;
        rights.owner = userNameOf(m_system.processes, m_at.status.uid, m_names);
        rights.group = groupNameOf(m_system.processes, m_at.status.gid, m_names);
        rights.groupIsPersonal = isPersonalGroup(m_system.processes, m_at.status.gid, rights.group, m_names);
        nameEntries(m_system.processes, rights.list, m_names);
        if (answer && answer->entry) {
            AccessList entry{*answer->entry};
            nameEntries(m_system.processes, entry, m_names);
            answer->entry = std::move(entry.front());
        }
        rights.answer = std::move(answer);
        return rights;
    }

    void push(std::string_view path, const std::optional<Path>& link = {})
    {
        std::deque<Pending> parts;
        for (const std::string_view name : splitAt(path, "/")) {
            if (name != ".")
                parts.push_back({std::string(name), link});
        }
        m_pending.insert(m_pending.begin(), parts.begin(), parts.end());
    }

    End goToRoot()
    {
        auto fd = m_system.files.duplicate(m_root.get());
        return fd ? enter(std::move(*fd), "/")
                  : decided(RightsVerdict::Unknown, RightsReason::Unseen, "/", fd.error().code);
    }

    End goUp()
    {
        auto fd = m_system.files.open(m_at.fd.get(), "..", O_PATH | O_DIRECTORY);
        const Path path = parentPath(m_at.path);
        return fd ? enter(std::move(*fd), path) : unseen(path, fd.error().code);
    }

    End enter(UniqueFd fd, Path path)
    {
        const auto status = m_system.attributes.status(fd.get());
        if (!status)
            return unseen(path, status.error().code);
        auto list = readAccessList(fd.get(), AclKind::Access);
        if (!list)
            return unseen(path, list.error().code);
        m_at = {std::move(fd), std::move(path), *status, std::move(*list), nullptr};
        m_at.mount = status->mountId ? m_mounts.byId(*status->mountId) : nullptr;
        if (m_at.mount == nullptr)
            m_at.mount = m_mounts.byPathText(m_at.path);
        return std::nullopt;
    }

    /// A look failed at `path`, a name in the folder that the walk is at. Why decides what it means for somebody else.
    EffectiveRights unseen(const Path& path, int code) const
    {
        const Mount* mount = m_mounts.byPathText(path);
        const bool isTop = mount != nullptr && mount->mountPoint == path;
        if (isTop && code == EACCES && isPrivateOfAnother(*mount, m_who)) {
            return privateOf(*mount, decided(RightsVerdict::No, RightsReason::PrivateFuse, path, code));
        }
        switch (code) {
        case ENOENT:
            return decided(RightsVerdict::No, m_link ? RightsReason::Dangling : RightsReason::Missing,
                           m_link.value_or(path), code);
        case ENAMETOOLONG:
            return decided(RightsVerdict::No, RightsReason::TooLong, path, code);
        case EACCES:
            return decided(RightsVerdict::Unknown, RightsReason::Hidden, isTop ? path : m_at.path, code);
        default:
            return decided(RightsVerdict::Unknown, RightsReason::Unseen, path, code);
        }
    }

    /// Whose connection it is, by the mount: its top folder may belong to anybody.
    EffectiveRights privateOf(const Mount& mount, EffectiveRights rights) const
    {
        rights.mount = mount;
        if (const auto uid = numberOption(mount, "user_id"); uid && *uid <= UINT32_MAX)
            rights.mountOwner = userNameOf(m_system.processes, static_cast<std::uint32_t>(*uid), m_names);
        return rights;
    }

    RightsAnswer ask(unsigned wanted) const { return evaluateRights(m_at.status, m_at.list, m_who, wanted); }

    /// The kernel passes over the lists of a FUSE file system, unless its program asked it to count them
    /// (FUSE_POSIX_ACL), which cannot be seen. Whether that makes a difference here.
    bool hangsOnFuseList(unsigned wanted) const
    {
        return m_at.mount != nullptr && isFuse(*m_at.mount) && !m_at.list.empty() &&
               ask(wanted).allowed != evaluateRights(m_at.status, {}, m_who, wanted).allowed;
    }

    /// What this mount says before any mode is looked at; nothing if the modes decide.
    End mountRefuses() const
    {
        if (m_at.mount != nullptr && isPrivateOfAnother(*m_at.mount, m_who))
            return privateOf(*m_at.mount, here(RightsVerdict::No, RightsReason::PrivateFuse));
        return std::nullopt;
    }

    /// Whether names in the folder that the walk is at may be looked up.
    End pass()
    {
        if (auto refused = mountRefuses())
            return refused;
        const Decides decides = m_at.mount != nullptr ? whoDecides(*m_at.mount) : Decides::Kernel;
        if (decides == Decides::Server || decides == Decides::Program) {
            m_doubt = decides == Decides::Server ? RightsReason::Server : RightsReason::Program;
            return std::nullopt;
        }
        if (decides == Decides::KernelThenServer)
            m_doubt = RightsReason::Server;
        if (hangsOnFuseList(kSearch)) {
            m_doubt = RightsReason::Program;
            return std::nullopt;
        }
        if (const auto answer = ask(kSearch); !answer.allowed)
            return here(RightsVerdict::No, RightsReason::Search, answer);
        return std::nullopt;
    }

    End step(const std::string& name)
    {
        const Path path = joinPath(m_at.path, name);
        const auto status = m_system.attributes.statusAt(m_at.fd.get(), name.c_str());
        if (!status)
            return unseen(path, status.error().code);
        if (status->type == FileType::SymbolicLink)
            return follow(name, path, *status);
        if (!status->isDirectory()) {
            EffectiveRights rights = decided(RightsVerdict::No, RightsReason::NotAFolder, path, ENOTDIR);
            rights.status = *status;
            return rights;
        }
        auto fd = m_system.files.open(m_at.fd.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
        // It was a folder a moment ago: swapped meanwhile for a link or a file.
        if (!fd && (fd.error().code == ELOOP || fd.error().code == ENOTDIR))
            return decided(RightsVerdict::Unknown, RightsReason::Unseen, path, fd.error().code);
        return fd ? enter(std::move(*fd), path) : unseen(path, fd.error().code);
    }

    End follow(const std::string& name, const Path& path, const FileStatus& link)
    {
        auto target = m_system.files.readLink(m_at.fd.get(), name.c_str());
        if (!target)
            return unseen(path, target.error().code);
        const auto refuse = [&](RightsReason reason, int code) {
            EffectiveRights rights = decided(RightsVerdict::No, reason, path, code);
            rights.status = link;
            rights.linkTarget = *target;
            rights.owner = userNameOf(m_system.processes, link.uid, m_names);
            if (m_at.mount != nullptr)
                rights.mount = *m_at.mount;
            return rights;
        };
        if (++m_links > kMostLinks)
            return refuse(RightsReason::LinkLoop, ELOOP);
        if (m_at.mount != nullptr && m_at.mount->hasOption("nosymfollow"))
            return refuse(RightsReason::LinkNotFollowed, ELOOP);
        // may_follow_link() of fs/namei.c
        const bool isSharedFolder = m_at.status.isSticky() && (m_at.status.mode & 02U) != 0;
        if (m_protectsLinks && isSharedFolder && link.uid != m_who.uid && link.uid != m_at.status.uid)
            return refuse(RightsReason::LinkProtected, EACCES);
        if (target->empty())
            return refuse(RightsReason::Dangling, ENOENT);
        push(*target, path);
        return target->front() == '/' ? goToRoot() : End();
    }

    /// The end of the way: may a file be created here?
    EffectiveRights judge()
    {
        if (auto refused = mountRefuses())
            return std::move(*refused);
        if (auto refused = cannotBeWritten())
            return std::move(*refused);
        const Decides decides = m_at.mount != nullptr ? whoDecides(*m_at.mount) : Decides::Kernel;
        const auto answer = ask(kWriteAndSearch);
        if (decides == Decides::Server)
            return here(RightsVerdict::Unknown, RightsReason::Server, answer);
        if (decides == Decides::Program || hangsOnFuseList(kWriteAndSearch))
            return here(RightsVerdict::Unknown, RightsReason::Program, answer);
        if (!answer.allowed)
            return here(RightsVerdict::No, RightsReason::Write, answer);
        if (decides == Decides::KernelThenServer)
            return here(RightsVerdict::Unknown, RightsReason::Server, answer);
        // What was passed on the way and decides by itself leaves a doubt.
        if (m_doubt)
            return here(RightsVerdict::Unknown, *m_doubt, answer);
        if (m_at.mount != nullptr && m_at.mount->hasOption("idmapped"))
            return here(RightsVerdict::Unknown, RightsReason::Mapping, answer);
        // Creating works there; what is created stays for ever.
        return here(RightsVerdict::Yes, m_at.status.isAppendOnly() ? RightsReason::AppendOnly : RightsReason::Granted,
                    answer);
    }

    /// What keeps everybody from writing.
    End cannotBeWritten()
    {
        if (m_at.status.isImmutable())
            return here(RightsVerdict::No, RightsReason::Immutable);
        const Mount* mount = m_at.mount;
        if (mount == nullptr)
            return std::nullopt;
        if (mount->kind == MountKind::Pseudo && mount->fileSystem != "devtmpfs")
            return here(RightsVerdict::No, RightsReason::Pseudo);
        if (mount->hasSuperOption("ro") || mount->hasSuperOption("emergency_ro") || mount->kind == MountKind::Image)
            return here(RightsVerdict::No, RightsReason::FileSystemReadOnly);
        if (mount->hasOption("ro"))
            return here(RightsVerdict::No, RightsReason::MountReadOnly);
        if (mount->fileSystem == "btrfs" &&
            readFileSystemState(m_system, m_at.fd.get(), *mount, {}, {}).subvolumeReadOnly.value_or(false))
            return here(RightsVerdict::No, RightsReason::SubvolumeReadOnly);
        // A mount may show a folder of a snapshot whose top is out of sight. Whoever asks is told before his own rights
        // are looked at (btrfs_permission() of fs/btrfs/inode.c, sb_permission() of fs/namei.c).
        const auto allowed = m_system.attributes.access(m_at.fd.get(), "", AccessMode::Write);
        if (!allowed && allowed.error().code == EROFS)
            return here(RightsVerdict::No, mount->fileSystem == "btrfs" ? RightsReason::SubvolumeReadOnly
                                                                        : RightsReason::FileSystemReadOnly);
        return std::nullopt;
    }

    System& m_system;
    const MountTable& m_mounts;
    const Credentials& m_who;
    NameCache& m_names;
    std::vector<ExpectedMount> m_expected = expectedMounts();
    bool m_protectsLinks = true;
    UniqueFd m_root;
    Place m_at;
    std::deque<Pending> m_pending;
    std::optional<Path> m_link; // the link that the name being looked up came from
    int m_links = 0;
    std::optional<RightsReason> m_doubt;
};

} // namespace

std::string_view toString(RightsVerdict verdict)
{
    return kVerdicts.nameOf(verdict);
}

std::optional<RightsVerdict> rightsVerdictFromString(std::string_view text)
{
    return kVerdicts.valueOf(text);
}

Result<Subject> findSubject(System& system, const std::string& nameOrNumber)
{
    auto account = system.processes.userAccount(nameOrNumber);
    const auto number = parseNumber(nameOrNumber);
    if (account && !*account && number && *number < UINT32_MAX)
        account = system.processes.userAccountOf(static_cast<std::uint32_t>(*number));
    if (!account)
        return fail(ErrorKind::UnknownUser, {}, account.error().code, "the user database could not be asked");
    if (!*account)
        return fail(ErrorKind::UnknownUser, {}, 0,
                    "there is no user '" + displayText(nameOrNumber) + "' on this computer");
    Subject subject;
    subject.name = (*account)->name;
    subject.credentials.uid = (*account)->uid;
    subject.credentials.gid = (*account)->gid;
    subject.credentials.groups = system.processes.accountGroups(subject.name, (*account)->gid);
    subject.credentials.overridesPermissions = subject.credentials.uid == 0;
    if (subject.credentials.groups.empty())
        return fail(ErrorKind::UnknownUser, {}, 0,
                    "the groups of '" + displayText(subject.name) + "' could not be found out");
    return subject;
}

EffectiveRights computeRights(System& system, const MountTable& mounts, const Path& folder, const Credentials& who,
                              NameCache& names, const std::stop_token& stop)
{
    return RightsWalk(system, mounts, who, names).run(folder, stop);
}

} // namespace scratchproof
