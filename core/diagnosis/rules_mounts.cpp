// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"pseudo-filesystem", QT_TRANSLATE_NOOP("causes", "This is not a place for files"),
     QT_TRANSLATE_NOOP("causes",
                       "What looks like a folder here is a view into the running system ({fs}). Nothing can be "
                       "stored in it.")},
    {"hybrid-iso-stick", QT_TRANSLATE_NOOP("causes", "The stick carries an installer and takes no files"),
     QT_TRANSLATE_NOOP("causes", "An image of an installer was put on this stick. In this form it can only be read.")},
    {"fs-type-readonly", QT_TRANSLATE_NOOP("causes", "This is an image that can only be read"),
     QT_TRANSLATE_NOOP("causes", "A disc or packed image ({fs}) is shown here. Its kind cannot be written to at all.")},
    {"overlay-without-upper", QT_TRANSLATE_NOOP("causes", "There is no layer that could be written to"),
     QT_TRANSLATE_NOOP("causes", "This folder is a stack of images that can only be read, as in a live system or a "
                                 "container, without a layer on top for changes.")},
    {"overmounted", QT_TRANSLATE_NOOP("causes", "Two drives are connected at the same place"),
     QT_TRANSLATE_NOOP("causes",
                       "Several mounts lie on top of each other at '{mount}'. Only the last one is seen; it hides "
                       "the others.")},
    {"mount-readonly-flag", QT_TRANSLATE_NOOP("causes", "The folder is connected for reading only"),
     QT_TRANSLATE_NOOP("causes", "At '{mount}' the drive was connected in read-only mode. The drive itself could be "
                                 "written to, perhaps at another place.")},
    {"ext4-remounted-ro", QT_TRANSLATE_NOOP("causes", "The drive was switched to read-only after an error"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive reported errors ({count} so far), and Linux stopped writing to it to protect "
                       "your files.")},
    {"ext4-emergency-ro", QT_TRANSLATE_NOOP("causes", "Linux has stopped writing to the drive after an error"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive reported an error, and Linux stopped all writing to protect your files, although "
                       "it still shows the drive as writable.")},
    {"device-write-protected", QT_TRANSLATE_NOOP("causes", "The drive is write-protected"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive itself says that it must not be written to. Cards and some sticks have a little "
                       "switch for that; without one, the drive may be worn out.")},
    {"journal-noload", QT_TRANSLATE_NOOP("causes", "The drive is open in rescue mode"),
     QT_TRANSLATE_NOOP("causes", "The drive was connected without replaying its journal, which allows reading only.")},
    {"superblock-readonly", QT_TRANSLATE_NOOP("causes", "The drive is connected for reading only"),
     QT_TRANSLATE_NOOP("causes", "The whole file system at '{mount}' was mounted in read-only mode.")},
    {"nfs-export-readonly", QT_TRANSLATE_NOOP("causes", "The server shares this folder for reading only"),
     QT_TRANSLATE_NOOP("causes", "This computer would allow writing, but the server that holds the folder does not.")},
    {"btrfs-ro-subvolume", QT_TRANSLATE_NOOP("causes", "This is a snapshot that cannot be changed"),
     QT_TRANSLATE_NOOP("causes", "The folder belongs to a part of the drive that is kept in an old state, for reading "
                                 "only.")},
    {"network-readonly-share-mode", QT_TRANSLATE_NOOP("causes", "The remote folder can only be read"),
     QT_TRANSLATE_NOOP("causes", "The connection to this place, or the program behind it, allows reading only.")},
    {"ghost-mountpoint", QT_TRANSLATE_NOOP("causes", "The drive is not connected here"),
     QT_TRANSLATE_NOOP("causes",
                       "Nothing is mounted at '{point}', where a drive or share is expected. What is saved here "
                       "lands on this computer's own disk, in an empty stand-in for it.")},
    {"mount-changed", QT_TRANSLATE_NOOP("causes", "The drive or share changed during the check"),
     QT_TRANSLATE_NOOP("causes",
                       "While the folder was checked, another file system took its place, or the one that was "
                       "there went away. The steps below say nothing about the folder that was meant.")},
    {"idmapped-unmapped-user", QT_TRANSLATE_NOOP("causes", "Your user number has no place here"),
     QT_TRANSLATE_NOOP("causes", "The folder is connected with translated user numbers, and yours is not in the "
                                 "translation.")},
};

constexpr FixWords kFixes[] = {
    {"choose-real-folder", QT_TRANSLATE_NOOP("causes", "Choose a folder on a drive, such as your home folder."),
     FixBy::User},
    {"copy-elsewhere", QT_TRANSLATE_NOOP("causes", "Copy the files to another place and work there."), FixBy::User},
    {"reformat-stick", QT_TRANSLATE_NOOP("causes", "Format the stick anew to store files on it. This erases it."),
     FixBy::User},
    {"unmount-topmost",
     QT_TRANSLATE_NOOP("causes", "Unmount what is on top."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"remount-bind-rw",
     QT_TRANSLATE_NOOP("causes", "Connect it for writing, and change /etc/fstab if it is listed there."),
     FixBy::Admin,
     {"mount", "-o", "remount,bind,rw", "--", "{mount}"}},
    {"remount-rw",
     QT_TRANSLATE_NOOP("causes", "Mount it for writing, once it is clear why it was not."),
     FixBy::Admin,
     {"mount", "-o", "remount,rw", "--", "{mount}"}},
    {"slide-lock-switch",
     QT_TRANSLATE_NOOP("causes", "Unmount the drive, slide its lock switch to open, and plug it in again."),
     FixBy::User},
    {"mount-normally", QT_TRANSLATE_NOOP("causes", "Unmount the drive, have it checked, and mount it as usual."),
     FixBy::Admin},
    {"ask-server-admin", QT_TRANSLATE_NOOP("causes", "Ask whoever looks after the server to allow writing."),
     FixBy::Admin},
    {"use-live-folder", QT_TRANSLATE_NOOP("causes", "Work in the folder that the snapshot was taken of."), FixBy::User},
    {"reconnect-writable", QT_TRANSLATE_NOOP("causes", "Disconnect, and connect again without the read-only option."),
     FixBy::User},
    {"mount-expected",
     QT_TRANSLATE_NOOP("causes", "Connect the drive or share first."),
     FixBy::User,
     {"mount", "--", "{point}"}},
    {"map-user", QT_TRANSLATE_NOOP("causes", "Have it mounted with a translation that knows your user number."),
     FixBy::Admin},
};

constexpr std::string_view kReadOnlyTypes[] = {"iso9660", "squashfs", "erofs", "cramfs", "romfs"};

std::optional<Finding> pseudo(const Input& in)
{
    if (in.problem == nullptr || in.failedAt({Step::OpenFolder}) || !in.isKind(MountKind::Pseudo))
        return std::nullopt;
    return blocking(in, "pseudo-filesystem", {"choose-real-folder"});
}

std::optional<Finding> typeReadOnly(const Input& in)
{
    const auto type = in.fileSystem();
    if (!in.failedWith({EROFS, EACCES, EPERM}) ||
        (!in.isKind(MountKind::Image) &&
         std::find(std::begin(kReadOnlyTypes), std::end(kReadOnlyTypes), type) == std::end(kReadOnlyTypes)))
        return std::nullopt;
    if (in.failedAt({Step::OpenFolder}))
        return std::nullopt;
    if (type == "iso9660" && in.facts.device && in.facts.device->transport == "usb")
        return blocking(in, "hybrid-iso-stick", {"reformat-stick"});
    return blocking(in, "fs-type-readonly", {"copy-elsewhere"});
}

std::optional<Finding> overlayWithoutUpper(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.fileSystem() != "overlay" || in.mount()->hasSuperOption("upperdir"))
        return std::nullopt;
    return blocking(in, "overlay-without-upper", {"choose-real-folder"});
}

std::optional<Finding> overmountedReadOnly(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.facts.mountsAtPoint < 2)
        return std::nullopt;
    return blocking(in, "overmounted", {"unmount-topmost"});
}

std::optional<Finding> mountFlag(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr || !in.mount()->hasOption("ro") ||
        in.mount()->hasSuperOption("ro"))
        return std::nullopt;
    return blocking(in, "mount-readonly-flag", {"remount-bind-rw"});
}

bool deviceIsProtected(const Input& in)
{
    return in.facts.device && !in.facts.device->loop && in.facts.device->readOnly.value_or(false);
}

bool ext4HadErrors(const Input& in)
{
    return in.facts.device && in.facts.device->ext4Errors.value_or(0) > 0;
}

std::optional<Finding> wholeReadOnly(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr || !in.mount()->hasSuperOption("ro"))
        return std::nullopt;
    if (deviceIsProtected(in))
        return blocking(in, "device-write-protected", {"slide-lock-switch", "save-data-first"});
    if (in.mount()->hasSuperOption("noload") || in.mount()->hasSuperOption("norecovery"))
        return blocking(in, "journal-noload", {"mount-normally"});
    if (ext4HadErrors(in))
        return blocking(in, "ext4-remounted-ro", {"save-data-first", "unmount-and-check"},
                        {{"count", Argument::count(static_cast<std::int64_t>(*in.facts.device->ext4Errors))}});
    if (in.isKind(MountKind::Network) || in.isKind(MountKind::Fuse))
        return blocking(in, "network-readonly-share-mode", {"reconnect-writable"});
    return blocking(in, "superblock-readonly", {"remount-rw"});
}

/// EROFS although both option sets say that it can be written to.
std::optional<Finding> readOnlyInSpiteOfFlags(const Input& in)
{
    if (!in.failedWith({EROFS}) || in.mount() == nullptr)
        return std::nullopt;
    const auto type = in.fileSystem();
    if (in.mount()->hasSuperOption("emergency_ro") || (type == "ext4" && ext4HadErrors(in)))
        return blocking(in, "ext4-emergency-ro", {"save-data-first", "unmount-and-check"});
    if (deviceIsProtected(in))
        return blocking(in, "device-write-protected", {"slide-lock-switch", "save-data-first"});
    if (type == "nfs" || type == "nfs4")
        return blocking(in, "nfs-export-readonly", {"ask-server-admin"});
    if (type == "btrfs")
        return blocking(in, "btrfs-ro-subvolume", {"use-live-folder"}, {}, Certainty::Likely);
    if (in.isKind(MountKind::Network) || in.isKind(MountKind::Fuse))
        return blocking(in, "network-readonly-share-mode", {"reconnect-writable", "ask-server-admin"}, {},
                        Certainty::Likely);
    return std::nullopt;
}

std::optional<Finding> unmappedUser(const Input& in)
{
    if (!in.failedWith({EOVERFLOW}) || in.mount() == nullptr || !in.mount()->hasOption("idmapped"))
        return std::nullopt;
    return blocking(in, "idmapped-unmapped-user", {"map-user"});
}

// What is worth knowing of the folder as a whole.

std::optional<Finding> changedMeanwhile(const Input& in)
{
    const auto& before = in.facts.folder;
    const auto& probed = in.probe.notes.folder;
    if (in.problem != nullptr || !before || !probed || !before->mountId || !probed->mountId ||
        *before->mountId == *probed->mountId)
        return std::nullopt;
    return blocking(in, "mount-changed", {"check-again"});
}

std::optional<Finding> ghost(const Input& in)
{
    if (in.problem != nullptr || !in.facts.unmountedPoint || !in.facts.folder)
        return std::nullopt;
    return makeFinding(in, "ghost-mountpoint", Severity::Limit, Certainty::Proven,
                       {{"point", Argument::path(*in.facts.unmountedPoint)}}, {"mount-expected"});
}

constexpr std::array<Rule, 10> kRules = {pseudo,           typeReadOnly,  overlayWithoutUpper,    overmountedReadOnly,
                                         mountFlag,        wholeReadOnly, readOnlyInSpiteOfFlags, unmappedUser,
                                         changedMeanwhile, ghost};

} // namespace

RuleFamily mountRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
