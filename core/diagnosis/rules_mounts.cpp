// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"ghost-mountpoint",
     {"path", "create-file", Shows::Fails, "EACCES EPERM"},
     QT_TRANSLATE_NOOP("causes", "The drive or share is not connected"),
     QT_TRANSLATE_NOOP("causes",
                       "A drive or share is expected at '{point}', and is not connected. Files saved now go to this "
                       "computer's own disk, and vanish from view when the drive is connected."),
     {"plug-in-expected", "mount-expected", "mount-expected-as-admin"},
     Severity::Limit,
     Certainty::Proven,
     Target::Folder,
     QT_TRANSLATE_NOOP("causes",
                       "A drive or share is expected at '{point}', and is not connected. What is there instead "
                       "is only an empty folder of this computer.")},
    {"overmounted",
     {"path", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "Two things are connected at the same place"),
     QT_TRANSLATE_NOOP("causes",
                       "Several mounts lie on top of each other at '{mount}'. Only the last one is seen; it hides the "
                       "others."),
     {"unmount-topmost"}},
    {"automount-unreachable",
     {"path", "create-file open-folder", Shows::Fails, "ENOENT ELOOP EACCES EHOSTDOWN ETIMEDOUT ENODEV"},
     QT_TRANSLATE_NOOP("causes", "The place behind this folder could not be connected"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is connected when it is needed, and this time that failed. Its server or drive may "
                       "be away."),
     {"check-network", "restart-automount", "pass-mounts-on", "restart-automounter"},
     Severity::Blocking,
     Certainty::Likely},
    {"volume-locked",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "The folder may be on the locked drive {volume}"),
     QT_TRANSLATE_NOOP(
         "causes", "An encrypted drive is plugged in, and its passphrase has not been given. Until then none of its "
                   "folders can be seen."),
     {"unlock-volume"}},
    {"volume-not-mounted",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "The drive {label} is plugged in, but not opened yet"),
     QT_TRANSLATE_NOOP("causes", "A drive of that name is there ({volume}). Its files can be seen once it is opened."),
     {"open-volume"}},
    {"pseudo-filesystem",
     {"path", "create-file write", Shows::Fails, "EACCES ENOENT EPERM EINVAL"},
     QT_TRANSLATE_NOOP("causes", "This is not a place for files"),
     QT_TRANSLATE_NOOP("causes",
                       "What looks like a folder here is a view into the running system ({fs}). Nothing can be stored "
                       "in it."),
     {"choose-real-folder"}},
    {"mount-hidden",
     {"path", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The drive that belongs here is hidden by another one"),
     QT_TRANSLATE_NOOP("causes",
                       "A drive or share ({hidden}) is connected at '{point}', but what was connected at '{mount}' "
                       "later lies over it. What is saved here lands on the latter, and is hidden again once that is "
                       "away."),
     {"unmount-cover"},
     Severity::Limit},
    {"mount-changed",
     {"path", "any"},
     QT_TRANSLATE_NOOP("causes", "The drive or share changed during the check"),
     QT_TRANSLATE_NOOP("causes",
                       "While the folder was checked, another file system took its place, or the one that was there "
                       "went away. The steps below say nothing about the folder that was meant."),
     {"check-again"}},
    {"idmapped-unmapped-user",
     {"confinement", "create-file", Shows::Fails, "EOVERFLOW"},
     QT_TRANSLATE_NOOP("causes", "Your user number has no place here"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is connected with translated user numbers, and yours is not in the translation."),
     {"map-user"}},
    {"package-store",
     {"confinement", "create-file", Shows::Fails, "EROFS EACCES"},
     QT_TRANSLATE_NOOP("causes", "This is where a package manager keeps its packages"),
     QT_TRANSLATE_NOOP("causes",
                       "What is in the store of Nix or Guix never changes; only the package manager adds to it. "
                       "Nothing is broken."),
     {"save-in-home"}},
    {"wsl-windows-drive",
     {"fuse", "create-file", Shows::Fails, "EACCES EPERM EROFS"},
     QT_TRANSLATE_NOOP("causes", "Windows does not allow it"),
     QT_TRANSLATE_NOOP("causes",
                       "This is a drive of Windows, seen from the Linux inside it (WSL). Windows decides about it, "
                       "by the rights of your Windows account."),
     {"use-wsl-home", "change-in-windows"},
     Severity::Blocking,
     Certainty::Likely},
    {"chromeos-not-shared",
     {"fuse", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "The folder is not shared with Linux"),
     QT_TRANSLATE_NOOP("causes", "ChromeOS shows Linux only those folders that were shared with it."),
     {"share-with-linux"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"choose-real-folder", QT_TRANSLATE_NOOP("causes", "Choose a folder on a drive, such as your home folder."),
     FixBy::User},
    {"share-with-linux",
     QT_TRANSLATE_NOOP("causes",
                       "In the Files app of ChromeOS, right-click the folder and choose to share it with Linux."),
     FixBy::User},
    {"use-wsl-home", QT_TRANSLATE_NOOP("causes", "Save to your Linux home folder instead."), FixBy::User},
    {"change-in-windows",
     QT_TRANSLATE_NOOP("causes", "Or change the folder's permissions in Windows, under Properties, Security."),
     FixBy::User},
    {"restart-automount",
     QT_TRANSLATE_NOOP("causes", "Once it can be reached again: let the system try again."),
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
    {"open-volume",
     QT_TRANSLATE_NOOP("causes", "Click it in the file manager, then check again."),
     FixBy::User,
     {"udisksctl", "mount", "-b", "{volume}"}},
    {"plug-in-expected", QT_TRANSLATE_NOOP("causes", "Plug in the drive, or switch it on, then check again."),
     FixBy::User},
    {"mount-expected",
     QT_TRANSLATE_NOOP("causes", "Connect the drive or share first."),
     FixBy::User,
     {"mount", "--", "{point}"}},
    {"mount-expected-as-admin",
     QT_TRANSLATE_NOOP("causes", "Have the drive or share connected first; only an administrator may."),
     FixBy::Admin,
     {"mount", "--", "{point}"}},
    {"unmount-topmost",
     QT_TRANSLATE_NOOP("causes", "Disconnect the upper one, if it is not the one you need."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"unmount-cover",
     QT_TRANSLATE_NOOP("causes", "Unmount what lies over it; then connect both, the outer one first."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"map-user", QT_TRANSLATE_NOOP("causes", "Have it mounted with a translation that knows your user number."),
     FixBy::Admin},
};

std::optional<Finding> pseudo(const Input& in)
{
    if (in.problem == nullptr || in.failedAt({Step::OpenFolder}) || !in.isKind(MountKind::Pseudo))
        return std::nullopt;
    return makeFinding(in, "pseudo-filesystem");
}

std::optional<Finding> packageStore(const Input& in)
{
    const Path whole = absolutePath(in.folder, "/");
    if ((!isBelow(whole, "/nix/store") && !isBelow(whole, "/gnu/store")) || !in.failedWith({EROFS, EACCES, EPERM}))
        return std::nullopt;
    return makeFinding(in, "package-store");
}

std::optional<Finding> notSharedByChromeOs(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.failedWith({ENOENT}) ||
        !isBelow(absolutePath(in.folder, "/"), "/mnt/chromeos"))
        return std::nullopt;
    return makeFinding(in, "chromeos-not-shared");
}

std::optional<Finding> refusedByWindows(const Input& in)
{
    const Mount* mount = in.mount();
    const bool isWindows =
        mount != nullptr && (in.fileSystem() == "drvfs" ||
                             (in.fileSystem() == "9p" && mount->superOptions.find("aname=drvfs") != std::string::npos));
    if (!isWindows || !in.failedWith({EACCES, EPERM, EROFS}))
        return std::nullopt;
    return makeFinding(in, "wsl-windows-drive");
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
        return makeFinding(in, "pseudo-filesystem"); // the folder in which others appear
    const PathComponent* last = in.facts.path.empty() ? nullptr : &in.facts.path.back();
    const bool isLink = last != nullptr && last->status && last->status->type == FileType::SymbolicLink;
    // The daemon says that it is done, and nothing appeared here: its mount came about in another namespace.
    if (!isOpened && in.failedWith({ELOOP}) && !isLink)
        return withEvidence(withFixes(makeFinding(in, "automount-unreachable"), {"pass-mounts-on"}),
                            "ELOOP, and no symbolic link");
    if (!isOpened &&
        !in.failedWith({ENOENT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ECONNREFUSED, ETIMEDOUT, ENODEV, EIO}))
        return std::nullopt;
    if (mount.source != "systemd-1")
        return withFixes(makeFinding(in, "automount-unreachable"),
                         {isDaemonGone ? "restart-automounter" : "check-network"});
    Arguments unit = {{"unit", Argument::name(automountUnit(mount.mountPoint))}};
    return isDaemonGone ? withFixes(makeFinding(in, "automount-unreachable", std::move(unit)), {"restart-automount"})
                        : withFixes(makeFinding(in, "automount-unreachable", std::move(unit)),
                                    {"check-network", "restart-automount"});
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
        if (volume.hasHolders)
            continue;
        const auto certainty = onAbsentDrive(in, volume);
        // Some drive that is locked, or waits for a click, explains nothing; that it is the one that was meant is known
        // by its name alone.
        if (!certainty || *certainty != Certainty::Proven)
            continue;
        Finding finding = makeFinding(in, isLocked ? "volume-locked" : "volume-not-mounted",
                                      {{"volume", Argument::path(volume.device)},
                                       {"device", Argument::path(volume.device)},
                                       {"label", Argument::plain(volume.label.empty() ? volume.uuid : volume.label)}});
        finding.certainty = *certainty;
        return withEvidence(std::move(finding), "udev: " + displayText(volume.device) +
                                                    " ID_FS_TYPE=" + displayText(volume.fileSystem) + ", not mounted");
    }
    return std::nullopt;
}

std::optional<Finding> unmappedUser(const Input& in)
{
    if (!in.failedWith({EOVERFLOW}) || in.mount() == nullptr || !in.mount()->hasOption("idmapped"))
        return std::nullopt;
    return makeFinding(in, "idmapped-unmapped-user");
}

/// Where what is on top works, nobody needs to know: systems and sandboxes stack mounts all the time. A bind mount of a
/// place on itself, which is how one makes it read-only, shows the same files and is told by its flag.
std::optional<Finding> overmountedReadOnly(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.facts.mountsAtPoint < 2 || in.mount() == nullptr ||
        !in.mount()->hasSuperOption("ro") || in.isKind(MountKind::Image))
        return std::nullopt;
    return makeFinding(in, "overmounted");
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
    return makeFinding(in, "mount-changed");
}

/// Mounted before the mount on the way to it was, so that the path does not lead to it.
std::optional<Finding> hiddenMount(const Input& in)
{
    if (in.problem != nullptr || !in.facts.hiddenMount || in.mount() == nullptr)
        return std::nullopt;
    const Mount& hidden = *in.facts.hiddenMount;
    return withEvidence(
        makeFinding(in, "mount-hidden",
                    {{"hidden", Argument::plain(hidden.source.empty() ? hidden.fileSystem : hidden.source)},
                     {"point", Argument::path(hidden.mountPoint)}}),
        fmt::format("mountinfo: {} {} at {}, not the mount that the path leads to", hidden.id,
                    displayText(hidden.fileSystem), displayPath(hidden.mountPoint)));
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
    const bool isAway = !in.facts.unmountedDeviceThere.value_or(true);
    Finding finding =
        withFixes(makeFinding(in, "ghost-mountpoint", {{"point", Argument::path(*in.facts.unmountedPoint)}}),
                  {isAway                       ? "plug-in-expected"
                   : in.facts.unmountedForUsers ? "mount-expected"
                                                : "mount-expected-as-admin"});
    if (explains)
        finding.severity = Severity::Blocking;
    return finding;
}

constexpr std::array<Rule, 11> kRules = {
    packageStore, notSharedByChromeOs, refusedByWindows, pseudo,           automount, unmountedVolume,
    unmappedUser, overmountedReadOnly, hiddenMount,      changedMeanwhile, ghost};

} // namespace

extern const RuleFamily rulesMounts{kRules, kCauses, kFixes};

} // namespace scratchproof
