// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>

/// What a folder can do beyond holding files (level full). Only what people run into has a finding: hard links,
/// attributes, preallocation and the like are shown among the abilities, and are no reason to call a folder limited.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"trash-not-possible",
     {"changes", "", Shows::Fails, "EACCES EOPNOTSUPP"},
     QT_TRANSLATE_NOOP("causes", "Deleted files cannot go to the trash"),
     QT_TRANSLATE_NOOP("causes",
                       "There is no trash on '{mount}', and you may not make one. What is deleted here is gone for "
                       "good."),
     {"delete-for-good", "make-trash"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"fat-4gib-limit",
     {"abilities", "", Shows::Fails, "EFBIG"},
     QT_TRANSLATE_NOOP("causes", "No file of 4 GB or more fits here"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive is formatted as FAT32. A single file must stay below 4 GB, however much room is "
                       "left: long videos and images of discs do not fit."),
     {"split-file", "reformat-larger-files"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"fs-max-file-size",
     {"abilities", "", Shows::Fails, "EFBIG"},
     QT_TRANSLATE_NOOP("causes", "Very large files do not fit here"),
     QT_TRANSLATE_NOOP("causes", "The file system or the server does not take a file of this size."),
     {"split-file"},
     Severity::Limit,
     Certainty::Likely,
     Target::Ability},
    {"chmod-has-no-effect",
     {"abilities", "", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "Permissions cannot be changed here"),
     QT_TRANSLATE_NOOP("causes",
                       "This place does not keep permissions for each file. Changing them is refused, or looks "
                       "as if it worked and has no effect."),
     {"mount-with-permissions"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"locks-unsupported",
     {"abilities", "", Shows::Fails, "ENOLCK EOPNOTSUPP"},
     QT_TRANSLATE_NOOP("causes", "Files cannot be locked here"),
     QT_TRANSLATE_NOOP("causes",
                       "Programs lock a file so that two of them do not write at once. That does not work here, so "
                       "office programs, mail and databases will have trouble."),
     {"work-on-a-copy", "start-lock-service"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"symlink-or-special-unsupported",
     {"abilities", "", Shows::Fails, "EPERM EOPNOTSUPP"},
     QT_TRANSLATE_NOOP("causes", "Shortcuts or programs cannot be stored here"),
     QT_TRANSLATE_NOOP("causes",
                       "This place cannot keep symbolic links, or the mark that makes a file a program. Games, "
                       "programs and some backups need them."),
     {"use-linux-file-system"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"noexec-mount",
     {"abilities", "", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Programs cannot be started from here"),
     QT_TRANSLATE_NOOP("causes",
                       "Files can be stored, but the place was connected so that no program on it may be started."),
     {"start-elsewhere", "remount-exec"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
};

constexpr FixWords kFixes[] = {
    {"split-file", QT_TRANSLATE_NOOP("causes", "Split the file, or use another drive."), FixBy::User},
    {"reformat-larger-files",
     QT_TRANSLATE_NOOP("causes", "Or format the drive as exFAT. This erases it, so save the files first."),
     FixBy::User},
    {"mount-with-permissions",
     QT_TRANSLATE_NOOP("causes", "Set them for the whole drive when it is mounted, by the options uid={user} and "
                                 "umask=022."),
     FixBy::Admin},
    {"start-elsewhere", QT_TRANSLATE_NOOP("causes", "Copy the program to your home folder and start it there."),
     FixBy::User},
    {"remount-exec",
     QT_TRANSLATE_NOOP("causes", "Or allow programs on this drive, if you trust what is on it."),
     FixBy::Admin,
     {"mount", "-o", "remount,exec", "--", "{mount}"}},
    {"use-linux-file-system", QT_TRANSLATE_NOOP("causes", "Use a drive with a file system of Linux for these."),
     FixBy::User},
    {"work-on-a-copy", QT_TRANSLATE_NOOP("causes", "Work on a copy in your home folder, and copy it back afterwards."),
     FixBy::User},
    {"start-lock-service",
     QT_TRANSLATE_NOOP("causes",
                       "On NFS: have the service rpc-statd started. The mount option local_lock=all helps only "
                       "if no other computer uses the files: it keeps apart the programs of this one alone."),
     FixBy::Admin},
    {"delete-for-good", QT_TRANSLATE_NOOP("causes", "Delete with Shift+Delete, and look twice before."), FixBy::User},
    {"make-trash",
     QT_TRANSLATE_NOOP("causes", "Or have a trash of your own made at its top."),
     FixBy::Admin,
     {"install", "-d", "-m", "700", "-o", "{user}", "--", "{mount}/.Trash-{uid}"}},
};

std::string lineOf(const AbilityResult& result)
{
    return std::string(toString(result.ability)) + ": " + displayText(result.call) +
           (result.errorCode != 0 ? ": " + errnoName(result.errorCode) : std::string());
}

bool isFat(const Input& in)
{
    constexpr std::uint64_t kFat = 0x4d44; // MSDOS_SUPER_MAGIC of statfs(2)
    const auto type = in.fileSystem();
    const auto& onDevice = in.facts.state.fileSystemOnDevice;
    return type == "vfat" || type == "msdos" || type == "fuse.fusefat" ||
           (in.facts.space && in.facts.space->type == kFat) || onDevice == std::optional<std::string>("vfat");
}

std::optional<Finding> largeFiles(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::LargeFiles);
    if (result == nullptr)
        return std::nullopt;
    return withEvidence(makeFinding(in, isFat(in) ? "fat-4gib-limit" : "fs-max-file-size"), lineOf(*result));
}

std::optional<Finding> permissionBits(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::PermissionBits);
    if (result == nullptr)
        return std::nullopt;
    return withEvidence(makeFinding(in, "chmod-has-no-effect"), lineOf(*result));
}

bool isNoExec(const Input& in)
{
    return (in.facts.space && in.facts.space->noExec) || (in.mount() != nullptr && in.mount()->hasOption("noexec"));
}

std::optional<Finding> noExec(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::ExecutableFiles);
    if (result == nullptr || !isNoExec(in))
        return std::nullopt;
    return withEvidence(makeFinding(in, "noexec-mount"), lineOf(*result));
}

std::optional<Finding> linksAndPrograms(const Input& in)
{
    const AbilityResult* links = in.lacking(Ability::SymbolicLinks);
    const AbilityResult* programs = isNoExec(in) ? nullptr : in.lacking(Ability::ExecutableFiles);
    const AbilityResult* result = links != nullptr ? links : programs;
    // A mount that does not follow links keeps them all the same.
    if (result == nullptr || (result == links && in.mount() != nullptr && in.mount()->hasOption("nosymfollow")))
        return std::nullopt;
    return withEvidence(makeFinding(in, "symlink-or-special-unsupported"), lineOf(*result));
}

std::optional<Finding> locks(const Input& in)
{
    const AbilityResult* whole = in.lacking(Ability::WholeFileLocks);
    const AbilityResult* ranges = in.lacking(Ability::ByteRangeLocks);
    const AbilityResult* result = ranges != nullptr ? ranges : whole;
    if (result == nullptr)
        return std::nullopt;
    Finding finding = makeFinding(in, "locks-unsupported");
    return withEvidence(in.isNfs() ? std::move(finding) : withFixes(std::move(finding), {"work-on-a-copy"}),
                        lineOf(*result));
}

/// Desktops use no trash on the mounts of the system itself, nor in memory.
std::optional<Finding> trash(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::Trash);
    static constexpr std::string_view kSystem[] = {"/", "/home", "/tmp", "/var", "/var/tmp", "/srv", "/opt", "/root"};
    if (result == nullptr || in.mount() == nullptr || in.isKind(MountKind::Memory) ||
        std::find(std::begin(kSystem), std::end(kSystem), in.mount()->mountPoint) != std::end(kSystem))
        return std::nullopt;
    return withEvidence(makeFinding(in, "trash-not-possible", {{"uid", Argument::count(in.facts.user.uid)}}),
                        lineOf(*result));
}

constexpr std::array<Rule, 6> kRules = {largeFiles, permissionBits, noExec, linksAndPrograms, locks, trash};

} // namespace

extern const RuleFamily rulesAbilities{kRules, kCauses, kFixes};

} // namespace scratchproof
