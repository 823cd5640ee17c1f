// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"device-unplugged", QT_TRANSLATE_NOOP("causes", "The drive was unplugged"),
     QT_TRANSLATE_NOOP("causes", "The drive went away without being ejected. What is still shown here is only a memory "
                                 "of it.")},
    {"fs-shutdown", QT_TRANSLATE_NOOP("causes", "The file system has stopped itself"),
     QT_TRANSLATE_NOOP("causes",
                       "After a serious error of the drive, Linux shut this file system down to protect what is "
                       "stored on it.")},
    {"device-io-error", QT_TRANSLATE_NOOP("causes", "The drive reports errors"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive could not do what was asked of it. It may be failing, or its cable or port may "
                       "be bad.")},
    {"late-writeback-error", QT_TRANSLATE_NOOP("causes", "Data was taken, but not stored"),
     QT_TRANSLATE_NOOP("causes",
                       "The place accepted the data at first, and could not store it in the end. A program that "
                       "does not look twice would have lost it.")},
    {"fake-capacity", QT_TRANSLATE_NOOP("causes", "The drive returns other data than was written"),
     QT_TRANSLATE_NOOP("causes", "What was stored came back changed, although no error was reported. The drive is "
                                 "defective, or a fake that claims more room than it has.")},
    {"read-back-mismatch-cache", QT_TRANSLATE_NOOP("causes", "The server shows other data than was written"),
     QT_TRANSLATE_NOOP("causes", "What was stored came back changed. The server or the program behind this folder may "
                                 "be showing an older version of the file.")},
};

constexpr FixWords kFixes[] = {
    {"plug-in-again",
     QT_TRANSLATE_NOOP("causes", "Plug the drive in again. If the old entry stays, unmount it."),
     FixBy::User,
     {"udisksctl", "unmount", "-f", "-b", "{device}"}},
    {"save-data-first", QT_TRANSLATE_NOOP("causes", "Copy what matters to another drive now, before anything else."),
     FixBy::User},
    {"try-other-port", QT_TRANSLATE_NOOP("causes", "Try another cable and another port, without a hub."), FixBy::User},
    {"read-drive-health",
     QT_TRANSLATE_NOOP("causes", "Look at what the drive says of its own health."),
     FixBy::Admin,
     {"smartctl", "-a", "--", "{device}"}},
    {"unmount-and-check",
     QT_TRANSLATE_NOOP("causes", "Unmount the drive, then have its file system checked and repaired."),
     FixBy::Admin,
     {"fsck", "-f", "{device}"}},
    {"verify-capacity",
     QT_TRANSLATE_NOOP("causes", "Have the whole drive verified; return it if it fails."),
     FixBy::User,
     {"scratchproof-cli", "verify", "capacity", "--", "{path}"}},
    {"try-again-later", QT_TRANSLATE_NOOP("causes", "Wait a little and check again."), FixBy::User},
};

bool isRemote(const Input& in)
{
    return in.isKind(MountKind::Network) || in.isKind(MountKind::Fuse) || in.fileSystem() == "9p" ||
           in.fileSystem() == "virtiofs";
}

std::optional<Finding> unplugged(const Input& in)
{
    if (in.problem == nullptr)
        return std::nullopt;
    // Only its absence proves it: vfat answers ENOENT and ntfs3 ENOSPC when the stick is gone.
    if (in.facts.device && !in.facts.device->present)
        return blocking(in, "device-unplugged", {"plug-in-again"});
    if (in.failedWith({ENODEV, ENXIO, ENOMEDIUM}) && !isRemote(in))
        return blocking(in, "device-unplugged", {"plug-in-again"}, {}, Certainty::Likely);
    return std::nullopt;
}

std::optional<Finding> shutDown(const Input& in)
{
    if (!in.failedWith({EIO}) || in.mount() == nullptr || !in.mount()->hasSuperOption("shutdown"))
        return std::nullopt;
    return blocking(in, "fs-shutdown", {"save-data-first", "unmount-and-check"});
}

std::optional<Finding> storedTooLate(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !isRemote(in) || !in.failedWith({EIO, ENOSPC, EDQUOT}))
        return std::nullopt;
    return blocking(in, "late-writeback-error", {"try-again-later"});
}

std::optional<Finding> inputOutputError(const Input& in)
{
    if (!in.failedWith({EIO, EUCLEAN, EBADMSG, EREMOTEIO}) || isRemote(in))
        return std::nullopt;
    return blocking(in, "device-io-error", {"save-data-first", "try-other-port", "read-drive-health"}, {},
                    Certainty::Likely);
}

std::optional<Finding> otherData(const Input& in)
{
    if (!in.failedAt({Step::ReadBack}) || in.problem->errorCode != 0)
        return std::nullopt;
    Arguments arguments;
    if (in.probe.notes.firstDifference)
        arguments.emplace("offset", Argument::count(static_cast<std::int64_t>(*in.probe.notes.firstDifference)));
    if (isRemote(in))
        return blocking(in, "read-back-mismatch-cache", {"try-again-later"}, std::move(arguments), Certainty::Likely);
    return blocking(in, "fake-capacity", {"save-data-first", "verify-capacity"}, std::move(arguments));
}

constexpr std::array<Rule, 5> kRules = {unplugged, shutDown, storedTooLate, inputOutputError, otherData};

} // namespace

RuleFamily deviceRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
