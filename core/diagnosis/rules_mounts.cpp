// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"pseudo-filesystem",
     QT_TRANSLATE_NOOP("causes", "This is not a place for files"),
     QT_TRANSLATE_NOOP(
         "causes", "What looks like a folder here is a part of the running system ({fs}) and not a place on a drive. "
                   "Nothing can be stored in it."),
     {"choose-real-folder"}},
    {"automount-unreachable",
     QT_TRANSLATE_NOOP("causes", "The place behind this folder could not be connected"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is connected when it is needed, and this time that failed. Its server or drive may "
                       "be away."),
     {"check-network", "restart-automount", "pass-mounts-on", "restart-automounter"},
     Severity::Blocking,
     Certainty::Likely},
    {"volume-locked",
     QT_TRANSLATE_NOOP("causes", "The drive is encrypted and not unlocked yet"),
     QT_TRANSLATE_NOOP("causes",
                       "An encrypted drive ({volume}) is plugged in, and its passphrase has not been given. Until then "
                       "none of its folders can be seen."),
     {"unlock-volume"}},
    {"ghost-mountpoint",
     QT_TRANSLATE_NOOP("causes", "The drive is not connected here"),
     QT_TRANSLATE_NOOP("causes",
                       "Nothing is mounted at '{point}', where a drive or share is expected. What is saved here lands "
                       "on this computer's own disk, in an empty stand-in for it."),
     {"mount-expected"},
     Severity::Limit},
    {"overmounted",
     QT_TRANSLATE_NOOP("causes", "Two drives are connected at the same place"),
     QT_TRANSLATE_NOOP("causes",
                       "Several mounts lie on top of each other at '{mount}'. Only the last one is seen; it hides the "
                       "others."),
     {"unmount-topmost"}},
    {"mount-changed",
     QT_TRANSLATE_NOOP("causes", "The drive or share changed during the check"),
     QT_TRANSLATE_NOOP("causes",
                       "While the folder was checked, another file system took its place, or the one that was there "
                       "went away. The steps below say nothing about the folder that was meant."),
     {"check-again"}},
    {"idmapped-unmapped-user",
     QT_TRANSLATE_NOOP("causes", "Your user number has no place here"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is connected with translated user numbers, and yours is not in the translation."),
     {"map-user"}},
};

constexpr CatalogueRow kRows[] = {
    {"ghost-mountpoint", "path", "create-file", Shows::Fails, "EACCES EPERM"},
    {"overmounted", "path", "create-file", Shows::Fails, "EROFS"},
    {"automount-unreachable", "path", "create-file open-folder", Shows::Fails,
     "ENOENT ELOOP EACCES EHOSTDOWN ETIMEDOUT ENODEV"},
    {"volume-locked", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"pseudo-filesystem", "path", "create-file write", Shows::Fails, "EACCES ENOENT EPERM EINVAL"},
    {"mount-changed", "path", "any", Shows::Fails, ""},
    {"idmapped-unmapped-user", "confinement", "create-file", Shows::Fails, "EOVERFLOW"},
};

constexpr FixWords kFixes[] = {
    {"choose-real-folder", QT_TRANSLATE_NOOP("causes", "Choose a folder on a drive, such as your home folder."),
     FixBy::User},
    {"restart-automount",
     QT_TRANSLATE_NOOP("causes", "Once it can be reached again: let the system try anew."),
     FixBy::Admin,
     {"systemctl", "restart", "--", "{unit}"}},
    {"pass-mounts-on",
     QT_TRANSLATE_NOOP("causes",
                       "It was connected outside of this container or sandbox, and does not show in here. Use "
                       "the folder outside, or have mounts passed on: of a container, by the option rslave of "
                       "the volume."),
     FixBy::Admin},
    {"restart-automounter",
     QT_TRANSLATE_NOOP("causes", "The program that connects it has ended. Start it again."),
     FixBy::Admin,
     {"systemctl", "restart", "--", "autofs.service"}},
    {"unlock-volume",
     QT_TRANSLATE_NOOP("causes", "Click it in the file manager and type its passphrase."),
     FixBy::User,
     {"udisksctl", "unlock", "-b", "{volume}"}},
    {"mount-expected",
     QT_TRANSLATE_NOOP("causes", "Connect the drive or share first."),
     FixBy::User,
     {"mount", "--", "{point}"}},
    {"unmount-topmost",
     QT_TRANSLATE_NOOP("causes", "Unmount what is on top."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"map-user", QT_TRANSLATE_NOOP("causes", "Have it mounted with a translation that knows your user number."),
     FixBy::Admin},
};

std::optional<Finding> pseudo(const Input& in)
{
    if (in.problem == nullptr || in.failedAt({Step::OpenFolder}) || !in.isKind(MountKind::Pseudo))
        return std::nullopt;
    return tell(in, "pseudo-filesystem");
}

/// "mnt-nas.automount" of "/mnt/nas", as systemd-escape(1) makes it.
std::string automountUnit(std::string_view point)
{
    std::string unit;
    for (const char c : point.substr(1)) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                             c == ':' || (c == '.' && !unit.empty());
        if (c == '/')
            unit += '-';
        else if (isPlain)
            unit += c;
        else
            unit += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return unit + ".automount";
}

std::optional<Finding> automount(const Input& in)
{
    if (in.problem == nullptr || !in.isKind(MountKind::Automount) || in.mount()->mountPoint.size() < 2)
        return std::nullopt;
    const Mount& mount = *in.mount();
    const bool isOpened = !in.failedAt({Step::OpenFolder});
    // The kernel lets go of the pipe to a daemon that is gone; by then it answers as an empty folder of root.
    const bool isDaemonGone = mount.superOption("fd") == std::optional<std::string>("-1");
    if (isOpened && in.facts.mountByText)
        return std::nullopt;
    if (isOpened && !isDaemonGone && mount.hasSuperOption("indirect"))
        return tell(in, "pseudo-filesystem"); // the folder in which others appear
    const PathComponent* last = in.facts.path.empty() ? nullptr : &in.facts.path.back();
    const bool isLink = last != nullptr && last->status && last->status->type == FileType::SymbolicLink;
    // The daemon says that it is done, and nothing appeared here: its mount came about in another namespace.
    if (!isOpened && in.failedWith({ELOOP}) && !isLink)
        return withEvidence(withFixes(tell(in, "automount-unreachable"), {"pass-mounts-on"}),
                            "ELOOP, and no symbolic link");
    if (!isOpened &&
        !in.failedWith({ENOENT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ECONNREFUSED, ETIMEDOUT, ENODEV, EIO}))
        return std::nullopt;
    if (mount.source != "systemd-1")
        return withFixes(tell(in, "automount-unreachable"), {isDaemonGone ? "restart-automounter" : "check-network"});
    Arguments unit = {{"unit", Argument::name(automountUnit(mount.mountPoint))}};
    return isDaemonGone
               ? withFixes(tell(in, "automount-unreachable", std::move(unit)), {"restart-automount"})
               : withFixes(tell(in, "automount-unreachable", std::move(unit)), {"check-network", "restart-automount"});
}

/// Whether a path that is not there may be on a drive that is not connected: for certain where /etc/fstab expects one.
std::optional<Certainty> onAbsentDrive(const Input& in, const UnmountedVolume& volume)
{
    if (in.facts.unmountedPoint)
        return Certainty::Likely;
    const bool isPlaceOfDrives =
        isBelow(in.folder, "/media") || isBelow(in.folder, "/run/media") || isBelow(in.folder, "/mnt");
    if (!isPlaceOfDrives || in.facts.path.empty())
        return std::nullopt;
    const std::string_view stopped = baseName(in.facts.path.back().path);
    const bool isNamed = stopped == volume.label || stopped == volume.uuid;
    return isNamed && !stopped.empty() ? Certainty::Proven : Certainty::Likely;
}

std::optional<Finding> unmountedVolume(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({ENOENT}))
        return std::nullopt;
    for (const UnmountedVolume& volume : in.facts.unmountedVolumes) {
        const bool isLocked = volume.fileSystem == "crypto_LUKS" || volume.fileSystem == "BitLocker";
        if (volume.hasHolders || (!isLocked && volume.fileSystem != "ntfs"))
            continue;
        const auto certainty = onAbsentDrive(in, volume);
        // An NTFS drive may wait for a click only; by its name alone it is known to be the one that was meant.
        if (!certainty || (!isLocked && *certainty != Certainty::Proven))
            continue;
        Finding finding = tell(in, isLocked ? "volume-locked" : "ntfs3-dirty",
                               {{"volume", Argument::path(volume.device)}, {"device", Argument::path(volume.device)}});
        finding.certainty = isLocked ? *certainty : Certainty::Likely;
        return withEvidence(std::move(finding), "udev: " + displayText(volume.device) +
                                                    " ID_FS_TYPE=" + displayText(volume.fileSystem) + ", not mounted");
    }
    return std::nullopt;
}

std::optional<Finding> unmappedUser(const Input& in)
{
    if (!in.failedWith({EOVERFLOW}) || in.mount() == nullptr || !in.mount()->hasOption("idmapped"))
        return std::nullopt;
    return tell(in, "idmapped-unmapped-user");
}

/// Where what is on top works, nobody needs to know: systems and sandboxes stack mounts all the time. A bind mount of a
/// place on itself, which is how one makes it read-only, shows the same files and is told by its flag.
std::optional<Finding> overmountedReadOnly(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.facts.mountsAtPoint < 2 || in.mount() == nullptr ||
        !in.mount()->hasSuperOption("ro") || in.isKind(MountKind::Image))
        return std::nullopt;
    return tell(in, "overmounted");
}

// What is worth knowing of the folder as a whole.

std::optional<Finding> changedMeanwhile(const Input& in)
{
    if (in.problem != nullptr)
        return std::nullopt;
    const auto& before = in.facts.folder;
    const auto& probed = in.probe.notes.folder;
    const bool tookItsPlace =
        before && probed && before->mountId && probed->mountId && *before->mountId != *probed->mountId;
    // It leads to nothing now, and the mount is not in the table any more.
    const bool wentAway = in.probe.notes.folderReplaced && in.facts.mountByText;
    if (!tookItsPlace && !wentAway && !in.probe.notes.mountChanged)
        return std::nullopt;
    return tell(in, "mount-changed");
}

/// The stand-in below a mount point usually belongs to root, and has none of the folders that are asked for: then it
/// is why something fails.
std::optional<Finding> ghost(const Input& in)
{
    // Some guard the place with a mark, so that nothing lands on the system's disk while the drive is away.
    const FileStatus* folder = in.folderStatus();
    const bool isGuarded = in.facts.unmountedPoint && in.failedWith({EPERM, EACCES}) && folder != nullptr &&
                           folder->isImmutable() && absolutePath(in.folder, "/") == *in.facts.unmountedPoint;
    const bool explains = isGuarded || (in.failedAt({Step::OpenFolder}) && in.failedWith({ENOENT})) ||
                          (in.deniedByRights() != nullptr && in.facts.user.uid != 0);
    if (!in.facts.unmountedPoint || (in.problem == nullptr ? !in.facts.folder : !explains))
        return std::nullopt;
    Finding finding = tell(in, "ghost-mountpoint", {{"point", Argument::path(*in.facts.unmountedPoint)}});
    if (explains)
        finding.severity = Severity::Blocking;
    return finding;
}

constexpr std::array<Rule, 7> kRules = {pseudo,           automount, unmountedVolume, unmappedUser, overmountedReadOnly,
                                        changedMeanwhile, ghost};

} // namespace

RuleFamily mountRules()
{
    return {kRules, kCauses, kFixes, kRows};
}

} // namespace scratchproof
