// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"late-writeback-error",
     {"space", "sync", Shows::Fails, "EIO ENOSPC EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "Data was taken, but not stored"),
     QT_TRANSLATE_NOOP("causes",
                       "The place accepted the data at first, and could not store it in the end. A program that does "
                       "not look twice would have lost it."),
     {"try-again-later"}},
    {"fs-shutdown",
     {"device", "any", Shows::Fails, "EIO"},
     QT_TRANSLATE_NOOP("causes", "The file system has stopped itself"),
     QT_TRANSLATE_NOOP("causes",
                       "After a serious error of the drive, Linux shut this file system down to protect what is "
                       "stored on it. Nothing can be read now."),
     {"unmount-drive", "mount-again", "save-data-then", "check-ext", "check-xfs", "check-at-start", "have-it-checked"}},
    {"device-unplugged",
     {"device", "any", Shows::Fails, "ENODEV ENXIO ENOMEDIUM"},
     QT_TRANSLATE_NOOP("causes", "The drive was unplugged"),
     QT_TRANSLATE_NOOP(
         "causes",
         "The drive went away without being ejected. What is still shown here is only what Linux remembers of it."),
     {"plug-in-again", "unmount-gone"}},
    {"device-io-error",
     {"device", "read-back sync write", Shows::Fails, "EIO EUCLEAN EBADMSG EREMOTEIO"},
     QT_TRANSLATE_NOOP("causes", "The drive reports errors"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive could not do what was asked of it. It may be failing, or its cable or port may be "
                       "bad."),
     {"save-data-first", "try-other-port", "read-drive-health"},
     Severity::Blocking,
     Certainty::Likely},
    {"fake-capacity",
     {"device", "read-back", Shows::Differs},
     QT_TRANSLATE_NOOP("causes", "The drive returns other data than was written"),
     QT_TRANSLATE_NOOP("causes",
                       "What was stored came back changed, although no error was reported. The drive, its cable or its "
                       "port is defective, or the drive is a fake that claims more room than it has."),
     {"save-data-first", "try-other-port", "verify-capacity", "verify-system-drive"},
     Severity::Blocking,
     Certainty::Likely},
    {"read-back-mismatch-cache",
     {"device", "read-back", Shows::Differs},
     QT_TRANSLATE_NOOP("causes", "The server shows other data than was written"),
     QT_TRANSLATE_NOOP("causes",
                       "What was stored came back changed. The server or the program behind this folder may be "
                       "showing an older version of the file."),
     {"try-again-later"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"plug-in-again", QT_TRANSLATE_NOOP("causes", "Plug the drive in again, then check again."), FixBy::User},
    {"unmount-gone",
     QT_TRANSLATE_NOOP("causes",
                       "If the old entry stays, so that the drive cannot be opened again: have it taken away."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"save-data-first", QT_TRANSLATE_NOOP("causes", "Copy what matters to another drive now, before anything else."),
     FixBy::User},
    {"try-other-port", QT_TRANSLATE_NOOP("causes", "Try another cable and another port, without a hub."), FixBy::User},
    {"verify-capacity",
     QT_TRANSLATE_NOOP("causes", "Then see how much of the drive is real. This asks before it writes, fills what is "
                                 "free, reads all of it back, and removes it."),
     FixBy::User,
     {"scratchproof-cli", "verify", "capacity", "--", "{path}"}},
    {"verify-system-drive",
     QT_TRANSLATE_NOOP("causes",
                       "The system runs from this drive, and programs may stop while it is filled. Once all is copied, "
                       "'verify capacity --allow-system' sees how much of the rest is real, and leaves 5 % free."),
     FixBy::User},
    {"read-drive-health",
     QT_TRANSLATE_NOOP("causes", "Look at what the drive says of its own health."),
     FixBy::Admin,
     {"smartctl", "-a", "--", "{device}"}},
    {"unmount-drive",
     QT_TRANSLATE_NOOP("causes", "Close the programs that use the drive, then unmount it."),
     FixBy::Admin,
     {"umount", "--", "{mount}"}},
    {"mount-again",
     QT_TRANSLATE_NOOP("causes", "Mount it again."),
     FixBy::Admin,
     {"mount", "--", "{device}", "{mount}"}},
    {"save-data-then", QT_TRANSLATE_NOOP("causes", "Then copy what matters to another drive at once."), FixBy::User},
    {"check-ext",
     QT_TRANSLATE_NOOP("causes", "While it is unmounted: have its file system checked and repaired."),
     FixBy::Admin,
     {"e2fsck", "-f", "-p", "{device}"}},
    {"check-xfs",
     QT_TRANSLATE_NOOP("causes", "While it is unmounted: have its file system checked and repaired."),
     FixBy::Admin,
     {"xfs_repair", "{device}"}},
    {"check-btrfs",
     QT_TRANSLATE_NOOP("causes", "While it is unmounted: have it checked. This changes nothing."),
     FixBy::Admin,
     {"btrfs", "check", "--readonly", "{device}"}},
    {"check-fat",
     QT_TRANSLATE_NOOP("causes", "While it is unmounted: have it checked and repaired here, or by Windows."),
     FixBy::Admin,
     {"fsck.fat", "-a", "{device}"}},
    {"check-exfat",
     QT_TRANSLATE_NOOP("causes", "While it is unmounted: have it checked and repaired here, or by Windows."),
     FixBy::Admin,
     {"fsck.exfat", "-p", "{device}"}},
    {"check-at-start",
     QT_TRANSLATE_NOOP("causes",
                       "The system runs from it, so it can be checked only while the computer starts: restart "
                       "with 'fsck.mode=force' in the kernel's command line, or start from another system."),
     FixBy::Admin},
    {"have-it-checked",
     QT_TRANSLATE_NOOP("causes", "Have its file system checked and repaired, while it is not mounted."), FixBy::Admin},
    {"try-again-later", QT_TRANSLATE_NOOP("causes", "Wait a little and check again."), FixBy::User},
};

std::optional<Finding> unplugged(const Input& in)
{
    if (in.problem == nullptr)
        return std::nullopt;
    // Only its absence proves it: vfat answers ENOENT and ntfs3 ENOSPC when the stick is gone.
    if (in.facts.device && !in.facts.device->present)
        return withEvidence(makeFinding(in, "device-unplugged"),
                            "/sys/dev/block/" + toString(in.facts.device->number) + ": not there, or of size 0");
    // A FUSE program passes on what its own device answered.
    const bool isHere = !in.isRemote() || in.isKind(MountKind::Fuse);
    if (in.failedWith({ENODEV, ENXIO, ENOMEDIUM}) && isHere && !in.isKind(MountKind::Automount))
        return makeLikelyFinding(in, "device-unplugged");
    return std::nullopt;
}

/// Nothing can be copied, and nothing checked, before it was unmounted; mounting it again brings its journal in order.
Finding stopped(const Input& in, Finding finding)
{
    auto fixes = repairFixes(in);
    if (fixes.front() == std::string_view("unmount-drive"))
        fixes.insert(fixes.begin() + 1, {"mount-again", "save-data-then"});
    return withFixes(std::move(finding), fixes);
}

std::optional<Finding> shutDown(const Input& in)
{
    if (!in.failedWith({EIO}) || in.mount() == nullptr)
        return std::nullopt;
    if (in.mount()->hasSuperOption("shutdown"))
        return stopped(in, makeFinding(in, "fs-shutdown"));
    // XFS says so nowhere, but then even a look at a file fails.
    if (in.fileSystem() == "xfs" && in.failedAt({Step::OpenFolder}))
        return stopped(in, makeLikelyFinding(in, "fs-shutdown"));
    return std::nullopt;
}

std::optional<Finding> storedTooLate(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !in.isRemote() || !in.failedWith({EIO, ENOSPC, EDQUOT}))
        return std::nullopt;
    return makeFinding(in, "late-writeback-error");
}

std::optional<Finding> inputOutputError(const Input& in)
{
    if (!in.failedWith({EIO, EUCLEAN, EBADMSG, EREMOTEIO}) || in.isRemote() || in.isKind(MountKind::Pseudo) ||
        in.isKind(MountKind::Automount))
        return std::nullopt;
    // Linux 6.12 to 6.14: ext4 that stopped writing after an error answers EIO and shows it in no option.
    const auto errors = in.facts.device ? in.facts.device->ext4Errors.value_or(0) : 0;
    if (errors > 0 && in.failedWith({EIO}) && in.isCreating())
        return withEvidence(withFixes(makeLikelyFinding(in, "ext4-emergency-ro"), "save-data-first", repairFixes(in),
                                      "read-drive-health"),
                            fmt::format("errors_count: {}", errors));
    return makeFinding(in, "device-io-error");
}

/// Only what verify takes: a drive of this computer's, come to directly.
std::vector<const char*> fixesOfOtherData(const Input& in)
{
    if (in.isKind(MountKind::Memory))
        return {"save-data-first"};
    std::vector<const char*> fixes{"save-data-first", "try-other-port"};
    const bool isDrive = in.isKind(MountKind::Local) || in.isKind(MountKind::Removable);
    if (!isDrive || in.fileSystem() == "overlay")
        return fixes;
    if (in.facts.mountRole == MountRole::Apart)
        fixes.push_back("verify-capacity");
    else if (in.facts.mountRole != MountRole::Unknown)
        fixes.push_back("verify-system-drive");
    return fixes;
}

std::optional<Finding> otherData(const Input& in)
{
    if (!in.failedAt({Step::ReadBack}) || in.problem->errorCode != 0)
        return std::nullopt;
    const char* id = in.isRemote() ? "read-back-mismatch-cache" : "fake-capacity";
    Arguments where;
    if (const auto& offset = in.probe.notes.firstDifference)
        where.emplace("offset", Argument::count(static_cast<std::int64_t>(*offset)));
    Finding finding = makeFinding(in, id, std::move(where));
    if (!in.isRemote())
        finding = withFixes(std::move(finding), fixesOfOtherData(in));
    if (const auto& offset = in.probe.notes.firstDifference)
        finding = withEvidence(std::move(finding), fmt::format("first difference at byte {}", *offset));
    return finding;
}

constexpr std::array<Rule, 5> kRules = {unplugged, shutDown, storedTooLate, inputOutputError, otherData};

} // namespace

extern const RuleFamily rulesDevice{kRules, kCauses, kFixes};

} // namespace scratchproof
