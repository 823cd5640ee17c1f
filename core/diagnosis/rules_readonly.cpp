// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

/// EROFS, and why: the mount's flag, then the file system's, its type, its device, and what its driver decided.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"mount-readonly-flag",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The folder is connected for reading only"),
     QT_TRANSLATE_NOOP(
         "causes", "'{mount}' was connected in read-only mode. Only this way to it is read-only; elsewhere it may be "
                   "open."),
     {"remount-bind-rw"}},
    {"superblock-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "This place is connected for reading only"),
     QT_TRANSLATE_NOOP("causes", "All of what is connected at '{mount}' was connected in read-only mode."),
     {"remount-rw", "reconnect-drive"}},
    {"fs-type-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "This is an image that can only be read"),
     QT_TRANSLATE_NOOP("causes", "A disc or a packed image is shown here. Nothing can be changed on it."),
     {"copy-elsewhere"}},
    {"hybrid-iso-stick",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The stick carries an installer and takes no files"),
     QT_TRANSLATE_NOOP("causes", "An image of an installer was put on this stick. In this form it can only be read."),
     {"reformat-stick"}},
    {"overlay-without-upper",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "This is a read-only system image"),
     QT_TRANSLATE_NOOP("causes",
                       "What is shown here is put together from images that can only be read, as in a live system or a "
                       "container."),
     {"choose-real-folder"}},
    {"ext4-emergency-ro",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "Linux has stopped writing to the drive after an error"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive reported an error, and Linux stopped all writing to protect your files, although it "
                       "still shows the drive as writable."),
     {"save-data-first", "unmount-drive", "check-ext", "check-at-start", "have-it-checked", "read-drive-health"}},
    {"ext4-remounted-ro",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The drive was switched to read-only after an error"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive reported errors ({count} so far), and Linux stopped writing to it to protect your "
                       "files."),
     {"save-data-first", "unmount-drive", "check-ext", "check-xfs", "check-at-start", "have-it-checked",
      "read-drive-health"}},
    {"btrfs-ro-subvolume",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "This is a snapshot that cannot be changed"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder belongs to a part of the drive that is kept in an old state, for reading only."),
     {"use-live-folder", "make-subvolume-writable", "snapshot-writable"}},
    {"btrfs-forced-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The file system stopped writing after an error"),
     QT_TRANSLATE_NOOP("causes", "btrfs met an error that it could not mend and switched itself to read-only."),
     {"save-data-first", "unmount-drive", "check-btrfs", "check-at-start", "have-it-checked"},
     Severity::Blocking,
     Certainty::Likely},
    {"device-write-protected",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The drive is write-protected"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive {device} itself says that it must not be written to, so Linux can only read it. "
                       "Permissions and settings of the folder do not change that."),
     {"slide-lock-switch", "attach-writable", "save-data-first"}},
    {"flash-worn-out",
     {"read-only", "create-file sync", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The drive has locked itself and is probably worn out"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive {device} says that it must not be written to, and it has no switch for that. Drives "
                       "with flash memory turn read-only for good when they wear out. Reading still works."),
     {"save-data-first", "replace-drive", "read-drive-health"},
     Severity::Blocking,
     Certainty::Likely},
    {"ntfs-hibernated",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "Windows was not fully shut down"),
     QT_TRANSLATE_NOOP("causes",
                       "Windows is only asleep. Changes from Linux could damage its files, so Linux only reads."),
     {"shut-windows-down"},
     Severity::Blocking,
     Certainty::Likely},
    {"ntfs3-dirty",
     {"read-only", "open-folder", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "Linux stopped writing to this drive of Windows"),
     QT_TRANSLATE_NOOP("causes",
                       "Its file system holds a contradiction, or is marked as being in use. It has to be checked by "
                       "Windows first."),
     {"check-in-windows"},
     Severity::Blocking,
     Certainty::Likely},
    {"fat-exfat-errors-ro",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The drive's table of files is damaged"),
     QT_TRANSLATE_NOOP("causes",
                       "Linux found a contradiction in the drive's own notes and switched it to read-only, so that it "
                       "does not get worse."),
     {"save-data-first", "unmount-drive", "check-fat", "check-exfat", "have-it-checked", "check-at-start"},
     Severity::Blocking,
     Certainty::Likely},
    {"hfsplus-journaled",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "Linux can only read this Mac drive"),
     QT_TRANSLATE_NOOP("causes", "The drive was formatted on a Mac with a journal, or was not ejected properly there. "
                                 "Linux does not write to it then."),
     {"disable-mac-journal", "format-exfat"}},
    {"apfs-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS EPERM"},
     QT_TRANSLATE_NOOP("causes", "Linux can only read this Mac drive (APFS)"),
     QT_TRANSLATE_NOOP("causes", "The drive has Apple's file system APFS. What opens it here cannot write to it."),
     {"share-from-mac", "format-exfat"}},
    {"zfs-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "This part of the pool is set to read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "The ZFS dataset {dataset} is mounted read-only: by its own setting, or as a snapshot or a "
                       "copy that is kept up to date by another computer."),
     {"change-zfs-setting"},
     Severity::Blocking,
     Certainty::Likely},
    {"journal-noload",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The drive is open in rescue mode"),
     QT_TRANSLATE_NOOP("causes", "The drive was connected without replaying its journal, which allows reading only."),
     {"mount-normally"}},
    {"nfs-export-readonly",
     {"network", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The server shares this folder for reading only"),
     QT_TRANSLATE_NOOP("causes", "This computer would allow writing, but the server that holds the folder does not."),
     {"ask-server-admin"}},
    {"network-readonly-share-mode",
     {"network", "create-file", Shows::Fails, "EROFS EACCES EPERM"},
     QT_TRANSLATE_NOOP("causes", "The remote folder can only be read"),
     QT_TRANSLATE_NOOP("causes", "The connection to this place, or the program behind it, allows reading only."),
     {"reconnect-writable", "ask-server-admin"}},
};

constexpr FixWords kFixes[] = {
    {"change-zfs-setting",
     QT_TRANSLATE_NOOP("causes",
                       "If it is no copy that must stay as it is: have the property 'readonly' of {dataset} set to "
                       "'off' (zfs set)."),
     FixBy::Admin},
    {"copy-elsewhere", QT_TRANSLATE_NOOP("causes", "Copy the files to another place and work there."), FixBy::User},
    {"reformat-stick", QT_TRANSLATE_NOOP("causes", "Format the stick again to store files on it. This erases it."),
     FixBy::User},
    {"remount-bind-rw",
     QT_TRANSLATE_NOOP("causes", "Connect it for writing, and change /etc/fstab if it is listed there."),
     FixBy::Admin,
     {"mount", "-o", "remount,bind,rw", "--", "{mount}"}},
    {"remount-rw",
     QT_TRANSLATE_NOOP("causes", "First find out why (an \"ro\" in /etc/fstab? an error? Windows?). If it was only a "
                                 "setting, this opens it for writing."),
     FixBy::Admin,
     {"mount", "-o", "remount,rw", "--", "{mount}"}},
    {"reconnect-drive",
     QT_TRANSLATE_NOOP("causes",
                       "First find out why (an \"ro\" in /etc/fstab?). If it was only a setting: disconnect it, "
                       "and connect it again without the option \"ro\"."),
     FixBy::Admin},
    {"slide-lock-switch",
     QT_TRANSLATE_NOOP("causes", "If the drive or card has a little lock switch: unmount it, slide the switch to open, "
                                 "and plug it in again."),
     FixBy::User},
    {"attach-writable",
     QT_TRANSLATE_NOOP("causes", "It is an image file that was attached for reading only. Unmount it, and attach it "
                                 "again without the read-only option."),
     FixBy::Admin},
    {"replace-drive", QT_TRANSLATE_NOOP("causes", "Replace the drive; do not trust it with new files."), FixBy::User},
    {"mount-normally", QT_TRANSLATE_NOOP("causes", "Unmount the drive, have it checked, and mount it as usual."),
     FixBy::Admin},
    {"shut-windows-down",
     QT_TRANSLATE_NOOP("causes", "Start Windows and choose Restart, not Shut down. To stop it for good, which turns "
                                 "hibernation off, run this there as administrator: powercfg /h off"
                                 "."),
     FixBy::User},
    {"check-in-windows",
     QT_TRANSLATE_NOOP("causes", "Plug it into a computer with Windows, let it repair the drive, and eject it there."),
     FixBy::User},
    {"disable-mac-journal",
     QT_TRANSLATE_NOOP("causes", "On the Mac, eject it properly, and turn its journal off in Disk Utility."),
     FixBy::User},
    {"share-from-mac", QT_TRANSLATE_NOOP("causes", "Leave it in the Mac and share the folder over the network."),
     FixBy::User},
    {"format-exfat",
     QT_TRANSLATE_NOOP("causes", "To use it with both: format it as exFAT. This erases it, so save the files first."),
     FixBy::User},
    {"ask-server-admin", QT_TRANSLATE_NOOP("causes", "Ask whoever looks after the server to allow writing."),
     FixBy::Admin},
    {"use-live-folder", QT_TRANSLATE_NOOP("causes", "Work in the folder that the snapshot was taken of."), FixBy::User},
    {"make-subvolume-writable",
     QT_TRANSLATE_NOOP("causes", "If it is no snapshot that should stay as it is: allow writing to it."),
     FixBy::Admin,
     {"btrfs", "property", "set", "-ts", "{subvolume}", "ro", "false"}},
    {"snapshot-writable",
     QT_TRANSLATE_NOOP("causes",
                       "If you need to change it: make a copy that can be written to, beside it. The snapshot "
                       "itself must stay as it is, since later backups build on it."),
     FixBy::Admin,
     {"btrfs", "subvolume", "snapshot", "--", "{subvolume}", "{subvolume}-writable"}},
    {"reconnect-writable", QT_TRANSLATE_NOOP("causes", "Disconnect, and connect again without the read-only option."),
     FixBy::User},
};

constexpr std::string_view kReadOnlyTypes[] = {"iso9660", "squashfs", "erofs", "cramfs", "romfs"};

/// The mount's flag may say rw all the same: that of the file system, which it has by its nature, counts.
std::optional<Finding> typeReadOnly(const Input& in)
{
    const auto type = in.fileSystem();
    if (!in.failedWith({EROFS, EACCES, EPERM}) || in.failedAt({Step::OpenFolder}) ||
        (!in.isKind(MountKind::Image) &&
         std::find(std::begin(kReadOnlyTypes), std::end(kReadOnlyTypes), type) == std::end(kReadOnlyTypes)))
        return std::nullopt;
    const bool isStick = type == "iso9660" && in.facts.device && in.facts.device->transport == "usb";
    return makeFinding(in, isStick ? "hybrid-iso-stick" : "fs-type-readonly");
}

std::optional<Finding> apfs(const Input& in)
{
    const auto type = in.fileSystem();
    if (!in.failedWith({EROFS, EPERM, EACCES}) || in.failedAt({Step::OpenFolder}) ||
        (type != "apfs" && type != "fuse.apfs-fuse" && type != "fuse.apfs"))
        return std::nullopt;
    return makeFinding(in, "apfs-readonly");
}

std::optional<Finding> overlayWithoutUpper(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.fileSystem() != "overlay" || in.mount()->hasSuperOption("upperdir") ||
        !in.mount()->hasSuperOption("ro"))
        return std::nullopt;
    return makeFinding(in, "overlay-without-upper");
}

std::optional<Finding> mountFlag(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr || !in.mount()->hasOption("ro") ||
        in.mount()->hasSuperOption("ro"))
        return std::nullopt;
    return makeFinding(in, "mount-readonly-flag");
}

/// A drive that says of itself that it is read-only. For a loop device that is the flag it was attached with
/// (losetup -r): as true, but there is no switch to talk of. Without a removable medium there is none either, and a
/// drive that was mounted for writing and is read-only now has done it by itself.
std::optional<Finding> deviceProtected(const Input& in)
{
    const auto& device = in.facts.device;
    if (!in.failedWith({EROFS}) || in.mount() == nullptr || !device || !device->readOnly.value_or(false))
        return std::nullopt;
    const bool isDisk = device->transport == "usb" || device->transport == "ata" || device->transport == "nvme";
    const bool hasNoSwitch =
        isDisk && !device->removable.value_or(true) && (device->loop || !device->rotational.value_or(false));
    const bool turned = !device->loop && !in.mount()->hasSuperOption("ro");
    std::string evidence = "/sys/dev/block/" + toString(device->number) + "/ro: 1";
    if (hasNoSwitch || turned)
        return withEvidence(makeFinding(in, "flash-worn-out"), std::move(evidence));
    Finding finding = makeFinding(in, "device-write-protected");
    finding = device->loop ? withFixes(std::move(finding), {"attach-writable"})
                           : withFixes(std::move(finding), {"slide-lock-switch", "save-data-first"});
    return withEvidence(std::move(finding), std::move(evidence));
}

std::uint64_t ext4Errors(const Input& in)
{
    return std::max(in.facts.device ? in.facts.device->ext4Errors.value_or(0) : 0,
                    in.facts.state.ext4Errors.value_or(0));
}

std::string ext4Line(const Input& in)
{
    return fmt::format("errors_count: {}, last_error_func: {}", ext4Errors(in),
                       displayText(in.facts.state.ext4LastErrorFunction));
}

Finding afterErrors(const Input& in, Finding finding)
{
    return withFixes(std::move(finding), "save-data-first", repairFixes(in), "read-drive-health");
}

/// What made the whole file system read-only. The kernel's own switch leaves the mount's flag as it was: a person's
/// `mount -o ro` sets both.
std::optional<Finding> wholeReadOnly(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr || !in.mount()->hasSuperOption("ro"))
        return std::nullopt;
    const auto type = in.fileSystem();
    const bool bySystem = !in.mount()->hasOption("ro");
    if (in.mount()->hasSuperOption("noload") || in.mount()->hasSuperOption("norecovery"))
        return makeFinding(in, "journal-noload");
    if (const auto errors = ext4Errors(in); errors > 0) {
        Arguments arguments = {{"count", Argument::count(static_cast<std::int64_t>(errors))}};
        return withEvidence(afterErrors(in, bySystem
                                                ? makeFinding(in, "ext4-remounted-ro", std::move(arguments))
                                                : makeLikelyFinding(in, "ext4-remounted-ro", std::move(arguments))),
                            ext4Line(in));
    }
    if (in.facts.state.hasHibernationFile)
        return withEvidence(makeFinding(in, "ntfs-hibernated"), "hiberfil.sys in the top folder");
    if (type == "zfs")
        return makeFinding(in, "zfs-readonly", {{"dataset", Argument::plain(in.mount()->source)}});
    // By hand it is only that: Linux opens no marked drive for writing, and switches one that it has opened.
    if (type == "ntfs3" && bySystem)
        return makeFinding(in, "ntfs3-dirty");
    if ((type == "vfat" || type == "msdos" || type == "exfat") && bySystem)
        return withFixes(makeFinding(in, "fat-exfat-errors-ro"), "save-data-first", repairFixes(in), nullptr);
    if (type == "hfsplus")
        return makeFinding(in, "hfsplus-journaled");
    if (type == "btrfs" && (bySystem || in.facts.state.btrfsDeviceErrors.value_or(0) > 0))
        return withEvidence(
            withFixes(makeFinding(in, "btrfs-forced-readonly"), "save-data-first", repairFixes(in), nullptr),
            fmt::format("device errors: {}", in.facts.state.btrfsDeviceErrors.value_or(0)));
    // The driver of NTFS falls back to reading by itself, and looks then as if it had been asked to.
    const bool isNtfs = in.facts.state.isNtfs3g || in.facts.state.fileSystemOnDevice == "ntfs";
    if (in.isFuse() && isNtfs && !in.facts.expectedReadOnly && !in.facts.state.helperAskedReadOnly.value_or(false))
        return makeLikelyFinding(in, "ntfs-hibernated");
    // A helper for a drive's file system is no remote place.
    if (in.isRemote() && !in.facts.state.isNtfs3g)
        return withFixes(makeFinding(in, "network-readonly-share-mode"), {"reconnect-writable"});
    // A program that serves a drive cannot be told to write later: mounted anew over itself it breaks.
    return withFixes(makeFinding(in, "superblock-readonly"), {in.isFuse() ? "reconnect-drive" : "remount-rw"});
}

/// EROFS although both option sets say that it can be written to.
std::optional<Finding> readOnlyInSpiteOfFlags(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr)
        return std::nullopt;
    const auto type = in.fileSystem();
    const FileSystemState& state = in.facts.state;
    if (in.mount()->hasSuperOption("emergency_ro") || (type == "ext4" && ext4Errors(in) > 0))
        return withEvidence(afterErrors(in, makeFinding(in, "ext4-emergency-ro")), ext4Line(in));
    if (in.isNfs())
        return makeFinding(in, "nfs-export-readonly");
    if (type == "btrfs") {
        Arguments arguments;
        if (state.subvolume)
            arguments.emplace("subvolume", Argument::path(*state.subvolume));
        if (state.subvolumeReadOnly.value_or(false))
            return withEvidence(
                withFixes(makeFinding(in, "btrfs-ro-subvolume", std::move(arguments)),
                          {"use-live-folder",
                           state.subvolumeReceived.value_or(true) ? "snapshot-writable" : "make-subvolume-writable"}),
                "BTRFS_IOC_SUBVOL_GETFLAGS: BTRFS_SUBVOL_RDONLY");
        return withFixes(makeLikelyFinding(in, "btrfs-ro-subvolume", std::move(arguments)), {"use-live-folder"});
    }
    if (state.hasHibernationFile)
        return makeFinding(in, "ntfs-hibernated");
    if (type == "9p" || type == "virtiofs")
        return makeFinding(in, "virtiofs-9p-host");
    if (in.isRemote())
        return makeLikelyFinding(in, "network-readonly-share-mode");
    return std::nullopt;
}

constexpr std::array<Rule, 7> kRules = {typeReadOnly,    apfs,          overlayWithoutUpper,   mountFlag,
                                        deviceProtected, wholeReadOnly, readOnlyInSpiteOfFlags};

} // namespace

extern const RuleFamily rulesReadonly{kRules, kCauses, kFixes};

} // namespace scratchproof
