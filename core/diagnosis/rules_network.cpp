// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"file-open-on-server",
     {"changes", "delete-file rename", Shows::Fails, "EBUSY ETXTBSY EACCES"},
     QT_TRANSLATE_NOOP("causes", "A file is held open on another computer"),
     QT_TRANSLATE_NOOP("causes",
                       "The server does not rename or delete a file while somebody has it open. A program on the "
                       "server, such as a scanner, may be holding it."),
     {"close-elsewhere", "show-open-files"},
     Severity::Blocking,
     Certainty::Likely,
     Target::File},
    {"nfs-root-squash",
     {"network", "create-file open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The server does not accept the administrator of this computer"),
     QT_TRANSLATE_NOOP("causes",
                       "On this server the administrator counts as a stranger, while an ordinary user may be allowed "
                       "to write."),
     {"check-as-user"},
     Severity::Blocking,
     Certainty::Likely},
    {"nfs-uid-mismatch",
     {"network", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The server knows you under another number"),
     QT_TRANSLATE_NOOP("causes",
                       "A server of this kind (NFS) goes by user numbers, not names. The folder belongs to {owner}, "
                       "and you may be somebody else to the server than you are here."),
     {"same-number-on-server"},
     Severity::Blocking,
     Certainty::Likely},
    {"nfs-stale-handle",
     {"network", "any", Shows::Fails, "ESTALE"},
     QT_TRANSLATE_NOOP("causes", "The server has replaced or removed this folder"),
     QT_TRANSLATE_NOOP("causes", "The connection still stands for a folder that the server does not know any more."),
     {"unmount-share", "unmount-lazily"}},
    {"nfs-server-gone",
     {"network", "any", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The file server does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "The server that holds this folder cannot be reached. Linux may wait for it without end."),
     {"check-network", "force-unmount", "unmount-lazily"}},
    {"nfs-kerberos-expired",
     {"network", "create-file open-folder", Shows::Fails, "EACCES EKEYEXPIRED"},
     QT_TRANSLATE_NOOP("causes", "Your ticket for the server has expired"),
     QT_TRANSLATE_NOOP("causes", "The server knows you by a ticket that lasts some hours, and yours is over."),
     {"renew-ticket"}},
    {"cifs-server-denied",
     {"network", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The server refuses your account"),
     QT_TRANSLATE_NOOP("causes",
                       "This computer would allow writing, but your account on the server may only read there."),
     {"ask-share-owner"},
     Severity::Blocking,
     Certainty::Likely},
    {"cifs-wrong-account",
     {"network", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You are connected to the server as somebody else"),
     QT_TRANSLATE_NOOP("causes",
                       "The share was connected as '{username}', not with your own account, and that account may not "
                       "write here."),
     {"connect-with-own-account"},
     Severity::Blocking,
     Certainty::Likely},
    {"cifs-session-lost",
     {"network", "any", Shows::Fails,
      "EHOSTDOWN EHOSTUNREACH ENETUNREACH ENETDOWN ECONNRESET ECONNREFUSED ECONNABORTED ENOTCONN EAGAIN EIO"},
     QT_TRANSLATE_NOOP("causes", "The connection to the server was lost"),
     QT_TRANSLATE_NOOP("causes", "The server, or the network on the way to it, has gone away."),
     {"check-network", "unmount-share", "unmount-lazily"},
     Severity::Blocking,
     Certainty::Likely},
    {"fuse-other-user",
     {"fuse", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "This connection belongs to another user"),
     QT_TRANSLATE_NOOP("causes",
                       "The place at '{mount}' was connected by a program of {owner}. Nobody else can look into it, "
                       "not even the administrator."),
     {"connect-yourself"}},
    {"fuse-daemon-dead",
     {"fuse", "any", Shows::Fails, "ENOTCONN"},
     QT_TRANSLATE_NOOP("causes", "The program behind this folder has crashed"),
     QT_TRANSLATE_NOOP("causes",
                       "A helper program provides what is shown at '{mount}', and it is not running any more."),
     {"unmount-fuse"}},
    {"fuse-policy",
     {"fuse", "create-file delete-file rename", Shows::Fails, "EPERM EACCES ENOSYS"},
     QT_TRANSLATE_NOOP("causes", "The program behind this folder refuses"),
     QT_TRANSLATE_NOOP("causes",
                       "A helper program provides this folder, and it does not do what was asked. Its reasons "
                       "cannot be seen from here."),
     {"read-its-manual"},
     Severity::Blocking,
     Certainty::ByElimination},
    {"gvfs-path",
     {"fuse", "create-file rename", Shows::Fails, "EOPNOTSUPP EINVAL"},
     QT_TRANSLATE_NOOP("causes", "This network place works with some programs only"),
     QT_TRANSLATE_NOOP("causes",
                       "The place is connected through the desktop (GVfs). Ordinary programs can do only a part of "
                       "what they do with files there."),
     {"save-here-then-copy", "mount-with-system"}},
    {"mtp-phone",
     {"fuse", "create-file rename", Shows::Fails, "EOPNOTSUPP"},
     QT_TRANSLATE_NOOP("causes", "Phones and cameras only take whole files"),
     QT_TRANSLATE_NOOP("causes",
                       "This is a device that is reached through its media transfer mode (MTP). Files can be copied to "
                       "it, while it is unlocked, but not worked on in place."),
     {"unlock-phone", "save-here-then-copy"}},
    {"cloud-mount-offline",
     {"fuse", "create-file sync", Shows::Fails, "ETIMEDOUT"},
     QT_TRANSLATE_NOOP("causes", "The service behind this folder cannot be reached"),
     QT_TRANSLATE_NOOP("causes", "The folder is kept elsewhere, and the program that brings it here got no answer."),
     {"check-network"},
     Severity::Blocking,
     Certainty::Likely},
    {"virtiofs-9p-host",
     {"fuse", "create-file", Shows::Fails, "EACCES EPERM EROFS"},
     QT_TRANSLATE_NOOP("causes", "The host of this virtual machine refuses"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder belongs to the computer that runs this virtual machine, which decides about it."),
     {"change-on-host"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"connect-yourself", QT_TRANSLATE_NOOP("causes", "Connect it yourself, or ask the other user to allow others in."),
     FixBy::User},
    {"unmount-fuse",
     QT_TRANSLATE_NOOP("causes", "Unmount it and connect it again. Only {owner}, who connected it, or an administrator "
                                 "can do that."),
     FixBy::Owner,
     {"fusermount3", "-u", "--", "{mount}"}},
    {"unmount-fuse-lazily",
     QT_TRANSLATE_NOOP("causes",
                       "End the program behind it. If that does not help, unmount it; only who connected it, or "
                       "an administrator, can do that. It may not be possible to connect it again before "
                       "every program that waits for it has ended."),
     FixBy::Owner,
     {"fusermount3", "-u", "-z", "--", "{mount}"}},
    {"unmount-share",
     QT_TRANSLATE_NOOP("causes", "Close the programs that use the share, unmount it and connect it again."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"unmount-lazily",
     QT_TRANSLATE_NOOP("causes",
                       "Only if nothing else helps: take it out of sight. It cannot be connected again before "
                       "all programs that still use it have ended, and what they had not stored may be lost."),
     FixBy::Admin,
     {"umount", "-l", "--", "{mount}"}},
    {"renew-ticket",
     QT_TRANSLATE_NOOP("causes", "Get a new ticket, or lock and unlock the screen."),
     FixBy::User,
     {"kinit"}},
    {"check-as-user", QT_TRANSLATE_NOOP("causes", "Check and work as an ordinary user."), FixBy::User},
    {"check-network", QT_TRANSLATE_NOOP("causes", "Look at the network, the VPN and the server."), FixBy::User},
    {"ask-share-owner",
     QT_TRANSLATE_NOOP("causes", "Ask for the right to change files, on the share and on the folder."), FixBy::Admin},
    {"change-on-host", QT_TRANSLATE_NOOP("causes", "Change the permissions or the setting of the share on the host."),
     FixBy::Admin},
    {"read-its-manual",
     QT_TRANSLATE_NOOP("causes", "Look into the documentation of that program, or save to another place."),
     FixBy::User},
    {"force-unmount",
     QT_TRANSLATE_NOOP("causes",
                       "If the server does not come back: unmount the share by force. What was not stored yet is "
                       "lost."),
     FixBy::Admin,
     {"umount", "-f", "--", "{mount}"}},
    {"same-number-on-server",
     QT_TRANSLATE_NOOP("causes",
                       "Have the same user number set on both computers, or have the server translate names."),
     FixBy::Admin},
    {"connect-with-own-account",
     QT_TRANSLATE_NOOP("causes", "Disconnect the share, and connect it again with your own account."), FixBy::User},
    {"unlock-phone", QT_TRANSLATE_NOOP("causes", "Unlock the device's screen and choose file transfer on it."),
     FixBy::User},
    {"save-here-then-copy",
     QT_TRANSLATE_NOOP("causes", "Save to a folder of this computer, then copy the file with the file manager."),
     FixBy::User},
    {"mount-with-system", QT_TRANSLATE_NOOP("causes", "Have the share mounted by the system (cifs or sshfs) instead."),
     FixBy::Admin},
    {"close-elsewhere", QT_TRANSLATE_NOOP("causes", "Close the file where it is open, then check again."), FixBy::User},
    {"show-open-files",
     QT_TRANSLATE_NOOP("causes", "On a Samba server: see who has which files open."),
     FixBy::Admin,
     {"smbstatus", "-L"}},
};

/// Even looking at the mount point itself is refused, while its parent lets us pass.
std::optional<Finding> otherUsersFuse(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({EACCES}) || !in.isFuse() || in.facts.path.empty())
        return std::nullopt;
    const PathComponent& last = in.facts.path.back();
    if (last.path != in.mount()->mountPoint || last.errorCode != EACCES || in.mount()->hasSuperOption("allow_other"))
        return std::nullopt;
    const auto owner = in.facts.state.fuseOwner;
    return makeFinding(
        in, "fuse-other-user",
        {{"owner", owner ? Argument::user(nameOrNumber(std::nullopt, *owner)) : Argument::plain("another user")}});
}

/// Who may unmount it: fusermount3(1) takes the mounts of its own user only.
Arguments ownerOfFuse(const Input& in)
{
    const auto number = in.mount()->superOption("user_id");
    const UserFacts& user = in.facts.user;
    const bool isOurs = number == std::to_string(user.uid) && !user.name.empty();
    const std::string name = number == "0" ? "root" : isOurs ? user.name : "number " + number.value_or("?");
    return {{"owner", Argument::user(name)}};
}

std::optional<Finding> daemonDead(const Input& in)
{
    if (!in.failedWith({ENOTCONN, ECONNABORTED}) || in.isSmb() || in.isNfs())
        return std::nullopt;
    return in.isFuse() ? makeFinding(in, "fuse-daemon-dead", ownerOfFuse(in))
                       : withFixes(makeLikelyFinding(in, "fuse-daemon-dead"), {});
}

std::optional<Finding> stale(const Input& in)
{
    if (!in.failedWith({ESTALE}))
        return std::nullopt;
    return makeFinding(in, "nfs-stale-handle");
}

std::optional<Finding> ticketExpired(const Input& in)
{
    if (in.failedWith({EKEYEXPIRED}))
        return makeFinding(in, "nfs-kerberos-expired");
    const bool byTicket =
        in.mount() != nullptr && in.isNfs() && in.mount()->superOptions.find("sec=krb5") != std::string::npos;
    if (!byTicket || !in.failedWith({EACCES}))
        return std::nullopt;
    return makeLikelyFinding(in, "nfs-kerberos-expired");
}

std::optional<Finding> connectionLost(const Input& in)
{
    if (in.failedWith({EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENETDOWN, ECONNRESET, ECONNREFUSED, ETIMEDOUT,
                       ECONNABORTED, ENOTCONN}) ||
        (in.failedWith({EIO, EAGAIN}) && (in.isNfs() || in.isSmb()))) {
        if (in.isNfs())
            return makeLikelyFinding(in, "nfs-server-gone");
        return makeFinding(in, in.isFuse() ? "cloud-mount-offline" : "cifs-session-lost");
    }
    return std::nullopt;
}

/// What the desktop connects: one helper for all of it, with the kind in the folder's name.
std::optional<Finding> throughDesktop(const Input& in)
{
    if (in.failedAt({Step::OpenFolder}) ||
        !in.failedWith({EOPNOTSUPP, EIO, EINVAL, EPERM, EACCES, ENOSYS, EBUSY, EEXIST}))
        return std::nullopt;
    const auto type = in.fileSystem();
    const bool isGvfs = type == "fuse.gvfsd-fuse" || (in.isFuse() && in.folder.find("/gvfs/") != Path::npos);
    if (type == "fuse.jmtpfs" || type == "fuse.simple-mtpfs" || type == "fuse.go-mtpfs" ||
        type == "fuse.aft-mtp-mount" ||
        (isGvfs && (in.folder.find("/gvfs/mtp:") != Path::npos || in.folder.find("/gvfs/gphoto2:") != Path::npos)))
        return makeFinding(in, "mtp-phone");
    if (!isGvfs)
        return std::nullopt;
    return makeFinding(in, "gvfs-path");
}

std::optional<Finding> cloudOffline(const Input& in)
{
    if (!in.failedWith({EIO}) || !in.isFuse() || !in.isKind(MountKind::Network))
        return std::nullopt;
    return makeFinding(in, "cloud-mount-offline");
}

std::optional<Finding> heldOpen(const Input& in)
{
    if (!in.isSmb() || !in.failedAt({Step::Rename, Step::DeleteFile}) || !in.failedWith({EBUSY, ETXTBSY}))
        return std::nullopt;
    return makeFinding(in, "file-open-on-server");
}

std::optional<Finding> refusedBySmb(const Input& in)
{
    const auto account = in.mount()->superOption("username");
    const bool isNobody = !account || account->empty() || *account == "guest" || *account == "nobody" ||
                          in.mount()->hasSuperOption("guest") ||
                          in.mount()->superOptions.find("sec=none") != std::string::npos;
    if (isNobody && in.fileSystem() != "fuse.smbnetfs")
        return makeFinding(in, "cifs-wrong-account",
                           {{"username", Argument::user(account && !account->empty() ? *account : "guest")}});
    return makeFinding(in, "cifs-server-denied");
}

std::optional<Finding> serverRefuses(const Input& in)
{
    if (!in.isCreating() || !in.failedWith({EACCES, EPERM}))
        return std::nullopt;
    if (in.isNfs() && in.facts.user.uid == 0)
        return makeFinding(in, "nfs-root-squash");
    if (in.isSmb())
        return refusedBySmb(in);
    if (in.fileSystem() == "9p" || in.fileSystem() == "virtiofs")
        return makeFinding(in, "virtiofs-9p-host");
    const bool isReadOnly =
        in.mount() != nullptr && in.isRemote() && (in.mount()->hasOption("ro") || in.mount()->hasSuperOption("ro"));
    if (isReadOnly)
        return withFixes(makeFinding(in, "network-readonly-share-mode"), {"reconnect-writable"});
    // The permissions that are shown allow it; the server goes by its own, and by the numbers of users.
    const auto rights = in.rights();
    if (in.isNfs() && rights && rights->allowed)
        return makeFinding(in, "nfs-uid-mismatch",
                           {{"owner", Argument::user(nameOrNumber(in.facts.owner, in.folderStatus()->uid))}});
    return std::nullopt;
}

std::optional<Finding> fusePolicy(const Input& in)
{
    if (!in.isFuse() || in.failedAt({Step::DeleteFile, Step::Rename, Step::DeleteDirectory}) ||
        !in.failedWith({EPERM, EACCES, ENOSYS, EOPNOTSUPP}) || in.failedAt({Step::Sync}))
        return std::nullopt;
    return makeFinding(in, "fuse-policy");
}

constexpr std::array<Rule, 10> kRules = {otherUsersFuse, daemonDead, stale,        ticketExpired, connectionLost,
                                         throughDesktop, heldOpen,   cloudOffline, serverRefuses, fusePolicy};

} // namespace

extern const RuleFamily rulesNetwork{kRules, kCauses, kFixes};

} // namespace scratchproof
