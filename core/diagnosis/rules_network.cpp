// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"fuse-other-user", QT_TRANSLATE_NOOP("causes", "This connection belongs to another user"),
     QT_TRANSLATE_NOOP("causes",
                       "The place at '{mount}' was connected by another user's program. Nobody else can look into "
                       "it, not even the administrator.")},
    {"fuse-daemon-dead", QT_TRANSLATE_NOOP("causes", "The program behind this folder has crashed"),
     QT_TRANSLATE_NOOP("causes",
                       "A helper program provides what is shown at '{mount}', and it is not running any more.")},
    {"nfs-stale-handle", QT_TRANSLATE_NOOP("causes", "The server has replaced or removed this folder"),
     QT_TRANSLATE_NOOP("causes", "The connection still stands for a folder that the server does not know any more.")},
    {"nfs-kerberos-expired", QT_TRANSLATE_NOOP("causes", "Your ticket for the server has expired"),
     QT_TRANSLATE_NOOP("causes", "The server knows you by a ticket that lasts some hours, and yours is over.")},
    {"nfs-root-squash", QT_TRANSLATE_NOOP("causes", "The server does not accept the administrator of this computer"),
     QT_TRANSLATE_NOOP("causes", "On this server the administrator counts as a stranger, while an ordinary user may be "
                                 "allowed to write.")},
    {"cifs-server-denied", QT_TRANSLATE_NOOP("causes", "The server refuses your account"),
     QT_TRANSLATE_NOOP("causes",
                       "This computer would allow writing, but your account on the server may only read there.")},
    {"cifs-session-lost", QT_TRANSLATE_NOOP("causes", "The connection to the server was lost"),
     QT_TRANSLATE_NOOP("causes", "The server, or the network on the way to it, has gone away.")},
    {"nfs-server-gone", QT_TRANSLATE_NOOP("causes", "The file server does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "The server that holds this folder cannot be reached. Linux may wait for it without end.")},
    {"cloud-mount-offline", QT_TRANSLATE_NOOP("causes", "The service behind this folder cannot be reached"),
     QT_TRANSLATE_NOOP("causes", "The folder is kept elsewhere, and the program that brings it here ({fs}) got no "
                                 "answer.")},
    {"virtiofs-9p-host", QT_TRANSLATE_NOOP("causes", "The host of this virtual machine refuses"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder belongs to the computer that runs this virtual machine, which decides about "
                       "it.")},
    {"fuse-policy", QT_TRANSLATE_NOOP("causes", "The program behind this folder refuses"),
     QT_TRANSLATE_NOOP("causes", "A helper program ({fs}) provides this folder, and it does not do what was asked. Its "
                                 "reasons cannot be seen from here.")},
};

constexpr FixWords kFixes[] = {
    {"connect-yourself", QT_TRANSLATE_NOOP("causes", "Connect it yourself, or ask the other user to allow others in."),
     FixBy::User},
    {"unmount-fuse",
     QT_TRANSLATE_NOOP("causes", "Unmount it and connect it again."),
     FixBy::User,
     {"fusermount3", "-u", "--", "{mount}"}},
    {"unmount-fuse-lazily",
     QT_TRANSLATE_NOOP("causes", "Unmount it, end the program behind it, and connect it again."),
     FixBy::User,
     {"fusermount3", "-u", "-z", "--", "{mount}"}},
    {"remount-share",
     QT_TRANSLATE_NOOP("causes", "Leave the folder, unmount the share and mount it again."),
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
    {"read-its-manual", QT_TRANSLATE_NOOP("causes", "Look into the documentation of {fs}, or save to another place."),
     FixBy::User},
    {"force-unmount",
     QT_TRANSLATE_NOOP("causes",
                       "If the server does not come back: unmount the share by force. What was not stored yet is "
                       "lost."),
     FixBy::Admin,
     {"umount", "-f", "-l", "--", "{mount}"}},
};

bool isNfs(const Input& in)
{
    return in.fileSystem() == "nfs" || in.fileSystem() == "nfs4";
}

bool isSmb(const Input& in)
{
    return in.fileSystem() == "cifs" || in.fileSystem() == "smb3" || in.fileSystem() == "smbfs";
}

std::optional<Finding> otherUsersFuse(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({EACCES}) || !in.isFuse() || in.facts.path.empty())
        return std::nullopt;
    // Even looking at the mount point itself is refused, while its parent lets us pass.
    const PathComponent& last = in.facts.path.back();
    if (last.path != in.mount()->mountPoint || last.errorCode != EACCES)
        return std::nullopt;
    return blocking(in, "fuse-other-user", {"connect-yourself"});
}

std::optional<Finding> daemonDead(const Input& in)
{
    if (!in.failedWith({ENOTCONN, ECONNABORTED}) || isSmb(in) || isNfs(in))
        return std::nullopt;
    return blocking(in, "fuse-daemon-dead", {"unmount-fuse"}, {}, in.isFuse() ? Certainty::Proven : Certainty::Likely);
}

std::optional<Finding> stale(const Input& in)
{
    if (!in.failedWith({ESTALE}))
        return std::nullopt;
    return blocking(in, "nfs-stale-handle", {"remount-share"});
}

std::optional<Finding> ticketExpired(const Input& in)
{
    if (in.failedWith({EKEYEXPIRED}))
        return blocking(in, "nfs-kerberos-expired", {"renew-ticket"});
    const bool byTicket =
        in.mount() != nullptr && isNfs(in) && in.mount()->superOptions.find("sec=krb5") != std::string::npos;
    if (!byTicket || !in.failedWith({EACCES}))
        return std::nullopt;
    return blocking(in, "nfs-kerberos-expired", {"renew-ticket"}, {}, Certainty::Likely);
}

std::optional<Finding> connectionLost(const Input& in)
{
    if (in.failedWith({EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENETDOWN, ECONNRESET, ECONNREFUSED, ETIMEDOUT,
                       ECONNABORTED, ENOTCONN}) ||
        (in.failedWith({EIO, EAGAIN}) && (isNfs(in) || isSmb(in)))) {
        if (isNfs(in))
            return blocking(in, "nfs-server-gone", {"check-network", "force-unmount"}, {}, Certainty::Likely);
        if (in.isFuse())
            return blocking(in, "cloud-mount-offline", {"check-network"}, {}, Certainty::Likely);
        return blocking(in, "cifs-session-lost", {"check-network", "remount-share"}, {}, Certainty::Likely);
    }
    if (in.failedWith({EIO}) && in.isFuse() && in.isKind(MountKind::Network))
        return blocking(in, "cloud-mount-offline", {"check-network"}, {}, Certainty::Likely);
    return std::nullopt;
}

std::optional<Finding> serverRefuses(const Input& in)
{
    if (!in.failedAt({Step::CreateFile, Step::CreateDirectory}) || !in.failedWith({EACCES, EPERM}))
        return std::nullopt;
    if (isNfs(in) && in.facts.user.uid == 0)
        return blocking(in, "nfs-root-squash", {"check-as-user"}, {}, Certainty::Likely);
    if (isSmb(in))
        return blocking(in, "cifs-server-denied", {"ask-share-owner"}, {}, Certainty::Likely);
    if (in.fileSystem() == "9p" || in.fileSystem() == "virtiofs")
        return blocking(in, "virtiofs-9p-host", {"change-on-host"}, {}, Certainty::Likely);
    return std::nullopt;
}

std::optional<Finding> fusePolicy(const Input& in)
{
    if (!in.isFuse() || in.failedAt({Step::OpenFolder, Step::DeleteFile, Step::Rename, Step::DeleteDirectory}) ||
        !in.failedWith({EPERM, EACCES, ENOSYS, EOPNOTSUPP}) || in.failedAt({Step::Sync}))
        return std::nullopt;
    return blocking(in, "fuse-policy", {"read-its-manual"}, {}, Certainty::ByElimination);
}

constexpr std::array<Rule, 7> kRules = {otherUsersFuse, daemonDead,    stale,     ticketExpired,
                                        connectionLost, serverRefuses, fusePolicy};

} // namespace

RuleFamily networkRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
