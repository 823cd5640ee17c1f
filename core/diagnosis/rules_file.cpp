// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

/// The file that was given in place of a folder: judged from facts alone, never opened for writing.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"sticky-delete-others",
     {"permissions", "delete-file rename", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "Only its owner may delete or rename this file"),
     QT_TRANSLATE_NOOP("causes",
                       "Everybody may add files to this folder, but the file belongs to {fileowner}, and here only the "
                       "owner of a file may delete or rename it."),
     {"ask-file-owner"},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"protected-regular",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Other people's files cannot be overwritten here"),
     QT_TRANSLATE_NOOP("causes",
                       "The file belongs to {fileowner} and lies in a folder that everybody may write to. A safety "
                       "rule of Linux keeps programs from overwriting it there, even where its permissions allow it."),
     {"save-under-other-name"},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"file-write-bit-missing",
     {"permissions", "", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Your file is set to read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "The file '{file}' is yours, but the permission to write to it was taken away, as happens when "
                       "it is copied from a disc."),
     {"file-chmod", "save-under-other-name"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"file-not-writable",
     {"permissions", "", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The file belongs to somebody else"),
     QT_TRANSLATE_NOOP("causes", "The file '{file}' belongs to {fileowner}, and you may not change it."),
     {"ask-to-change-file", "save-under-other-name"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"file-refused",
     {"permissions", "", Shows::Fails, "EACCES EPERM"},
     QT_TRANSLATE_NOOP("causes", "This file cannot be written to"),
     QT_TRANSLATE_NOOP("causes",
                       "Asked whether you may write to the file '{file}', the system says no ({errno}: {message}), "
                       "although its owner and permissions do not forbid it."),
     {"save-under-other-name"},
     Severity::Blocking,
     Certainty::ByElimination,
     Target::File},
    {"file-mount-read-only",
     {"read-only", "", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The file is connected here from a place that is read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "'{file}' does not lie in the folder it is seen in. It was connected there from elsewhere, and "
                       "nothing can be written to it."),
     {"save-under-other-name"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"folder-usable-file-not",
     {"permissions", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "New files can be stored beside it"),
     QT_TRANSLATE_NOOP("causes",
                       "Only the file '{file}' is refused. Saving under another name in the same folder works."),
     {},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"file-usable-folder-not",
     {"permissions", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The file itself may be written to"),
     QT_TRANSLATE_NOOP("causes",
                       "The permissions of the file '{file}' let you change it. Only new files beside it are refused, "
                       "so a program that saves by making a new file first will fail."),
     {},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"file-and-folder-usable",
     {"permissions", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "This file and new files beside it can be written"),
     QT_TRANSLATE_NOOP("causes",
                       "The permissions of the file '{file}' let you change it (it was not opened), and a new file was "
                       "stored beside it."),
     {},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"file-immutable",
     {"marks", "delete-file rename", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "This file is frozen"),
     QT_TRANSLATE_NOOP("causes",
                       "The file is marked so that it cannot be changed, renamed or deleted by anybody until the mark "
                       "is taken away. Other files in the folder are not affected."),
     {"clear-file-mark"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"text-file-busy",
     {"marks", "", Shows::Fails, "ETXTBSY"},
     QT_TRANSLATE_NOOP("causes", "This program file is running"),
     QT_TRANSLATE_NOOP("causes",
                       "The file is a program that runs right now ({program}), so Linux does not let it be written "
                       "over."),
     {"close-that-program", "replace-by-rename"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"swapfile-busy",
     {"marks", "delete-file", Shows::Fails, "ETXTBSY EPERM"},
     QT_TRANSLATE_NOOP("causes", "This file is in use as memory"),
     QT_TRANSLATE_NOOP("causes",
                       "Linux keeps parts of its memory in this file (swap). It cannot be changed or deleted while "
                       "that is so."),
     {"swap-off"},
     Severity::Blocking,
     Certainty::Proven,
     Target::File},
    {"rename-across-mounts",
     {"changes", "rename", Shows::Fails, "EXDEV"},
     QT_TRANSLATE_NOOP("causes", "The file lies on another drive than its folder"),
     QT_TRANSLATE_NOOP("causes",
                       "'{file}' is not on the same drive or mount as the folder it is seen in. It cannot simply be "
                       "moved between them: a program has to copy it and delete the old one."),
     {"copy-then-delete"},
     Severity::Note,
     Certainty::Proven,
     Target::File},
    {"mountpoint-busy",
     {"changes", "delete-directory rename", Shows::Fails, "EBUSY"},
     QT_TRANSLATE_NOOP("causes", "Something is connected at this place"),
     QT_TRANSLATE_NOOP("causes",
                       "'{file}' is a place where something else is mounted. It can be used, but not renamed or "
                       "deleted while that is so, and programs that save by replacing the file will fail."),
     {"unmount-first"},
     Severity::Note,
     Certainty::Proven,
     Target::File},
};

constexpr FixWords kFixes[] = {
    {"clear-file-mark",
     QT_TRANSLATE_NOOP("causes", "Take the marks away."),
     FixBy::Admin,
     {"chattr", "-i", "-a", "--", "{file}"}},
    {"file-chmod",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to write to it."),
     FixBy::User,
     {"chmod", "u+w", "--", "{file}"}},
    {"ask-to-change-file", QT_TRANSLATE_NOOP("causes", "Ask {fileowner} to change the file, or to let you change it."),
     FixBy::Owner},
    {"swap-off",
     QT_TRANSLATE_NOOP("causes", "Stop using it as memory first."),
     FixBy::Admin,
     {"swapoff", "--", "{file}"}},
    {"close-that-program", QT_TRANSLATE_NOOP("causes", "Close the program first."), FixBy::User},
    {"replace-by-rename",
     QT_TRANSLATE_NOOP("causes", "Or save under another name and rename it over the old file: what runs keeps the old "
                                 "one."),
     FixBy::User},
    {"unmount-first",
     QT_TRANSLATE_NOOP("causes", "Unmount what is connected there first."),
     FixBy::Admin,
     {"umount", "--", "{file}"}},
    {"copy-then-delete",
     QT_TRANSLATE_NOOP("causes", "Copy it and delete the old one; file managers do that by themselves."), FixBy::User},
    {"ask-file-owner",
     QT_TRANSLATE_NOOP("causes", "Ask {fileowner} to delete or rename it. Your own files are not "
                                 "affected."),
     FixBy::Owner},
    {"save-under-other-name", QT_TRANSLATE_NOOP("causes", "Save under another name."), FixBy::User},
};

/// Only once, beside whatever the folder itself has.
const FileTarget* fileOf(const Input& in)
{
    return in.problem == nullptr && in.facts.file ? &*in.facts.file : nullptr;
}

Finding about(const Input& in, const FileTarget& file, const char* id, Arguments extra = {})
{
    extra.emplace("file", Argument::path(joinPath(in.folder, file.name)));
    extra.emplace("fileowner", Argument::user(nameOrNumber(file.ownerName, file.owner.value_or(0))));
    return makeFinding(in, id, std::move(extra));
}

std::optional<Finding> frozen(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || (!file->isImmutable && !file->isAppendOnly))
        return std::nullopt;
    return withEvidence(about(in, *file, "file-immutable"),
                        file->isImmutable ? "statx: STATX_ATTR_IMMUTABLE" : "statx: STATX_ATTR_APPEND");
}

/// Why the file refuses to be written to, where nothing above says it; see FileTarget::accessCode.
std::optional<Finding> refused(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || file->accessCode <= 0 || file->isImmutable || file->isAppendOnly)
        return std::nullopt;
    const int code = file->accessCode;
    const std::string evidence = "faccessat2 W_OK of the file: " + errnoName(code);
    if (code == EROFS) {
        // Else the folder is read-only as well, and has a cause for it.
        return file->isOnOtherMount ? std::optional(withEvidence(about(in, *file, "file-mount-read-only"), evidence))
                                    : std::nullopt;
    }
    const bool isMine = file->owner == in.facts.user.uid;
    const bool hasOwnersBit = file->status && (file->status->mode & 0200U) != 0;
    const char* const id = code != EACCES || (isMine && hasOwnersBit) ? "file-refused"
                           : isMine                                   ? "file-write-bit-missing"
                                                                      : "file-not-writable";
    Finding finding =
        about(in, *file, id,
              {{"errno", Argument::errorCode(errnoName(code))}, {"message", Argument::plain(errnoText(code))}});
    // Under another name nothing can be saved there either; and nobody changes what is the system's for the asking.
    if (in.probe.firstProblem() != nullptr) {
        const bool isSystems = isSystemFolder(in.folder);
        std::erase_if(finding.fixes, [&](const Fix& fix) {
            return fix.id == "save-under-other-name" || (isSystems && fix.id == "ask-to-change-file");
        });
    }
    return withEvidence(std::move(finding), evidence);
}

std::optional<Finding> swap(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || !file->isSwapFile)
        return std::nullopt;
    return withEvidence(about(in, *file, "swapfile-busy"), "/proc/swaps lists it");
}

std::optional<Finding> running(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || !file->runningProgram)
        return std::nullopt;
    return about(in, *file, "text-file-busy", {{"program", Argument::plain(*file->runningProgram)}});
}

std::optional<Finding> mounted(const Input& in)
{
    const FileTarget* file = fileOf(in);
    // A folder that is a mount point is nothing but the top of a drive.
    if (file == nullptr || (!(file->isRegular && file->isMountPoint) && !file->isOnOtherMount))
        return std::nullopt;
    if (file->isMountPoint && !file->status) // the folder itself, not a file in it
        return about(in, *file, "mountpoint-busy", {{"file", Argument::path(in.folder)}});
    return about(in, *file, file->isMountPoint ? "mountpoint-busy" : "rename-across-mounts");
}

/// Somebody else's file in somebody else's folder, which is sticky.
bool isStrangersInSticky(const Input& in, const FileTarget& file)
{
    const FileStatus* folder = in.folderStatus();
    const std::uint32_t user = in.facts.user.uid;
    return folder != nullptr && folder->isSticky() && file.owner && *file.owner != user && folder->uid != user &&
           user != 0;
}

std::optional<Finding> sticky(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || file->isOnOtherMount || !isStrangersInSticky(in, *file))
        return std::nullopt;
    return withEvidence(about(in, *file, "sticky-delete-others"), modeLine(in, *in.folderStatus()));
}

/// fs.protected_regular, proc(5): 1 in sticky folders that all may write to, 2 in those that a group may as well.
std::optional<Finding> isProtected(const Input& in)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || !file->isRegular || file->isOnOtherMount || !isStrangersInSticky(in, *file))
        return std::nullopt;
    const int rule = file->protectedRegular.value_or(0);
    const FileStatus& folder = *in.folderStatus();
    const bool applies = (rule >= 1 && (folder.mode & 0002U) != 0) || (rule >= 2 && (folder.mode & 0020U) != 0);
    if (!applies || *file->owner == folder.uid)
        return std::nullopt;
    return withEvidence(about(in, *file, "protected-regular"),
                        "/proc/sys/fs/protected_regular: " + std::to_string(rule));
}

/// Whether what refused the folder may refuse the file as well, whatever faccessat2(2) says: the data itself did not
/// get through, or a server, a program or a sandbox decides, which was not asked.
bool mayRefuseFileToo(const Input& in, std::span<const Finding> findings)
{
    const StepResult* problem = in.probe.firstProblem();
    const bool isOfNames = problem != nullptr &&
                           (problem->errorCode == EACCES || problem->errorCode == EPERM || problem->errorCode == EROFS);
    const bool isKnownHere = !in.isSmb() && (!in.isFuse() || in.mount()->hasSuperOption("default_permissions"));
    const auto isOfRules = [](const Finding& finding) {
        const CauseWords* words = findCauseWords(finding.id);
        const std::string_view section = words != nullptr ? words->listed.section : "";
        return finding.severity == Severity::Blocking && (section == "confinement" || section == "security");
    };
    return !isOfNames || !isKnownHere || std::any_of(findings.begin(), findings.end(), isOfRules);
}

constexpr std::array<Rule, 7> kRules = {frozen, refused, swap, running, mounted, sticky, isProtected};

} // namespace

FilesShare judgeGivenFile(const Input& in, std::span<const Finding> findings)
{
    const FileTarget* file = fileOf(in);
    if (file == nullptr || !file->isRegular || file->accessCode < 0)
        return {};
    const auto refuses = [&](bool theFile) {
        return std::any_of(findings.begin(), findings.end(), [=](const Finding& finding) {
            return finding.severity == Severity::Blocking && isAboutFile(finding) == theFile;
        });
    };
    const bool fileRefuses = file->accessCode > 0 || refuses(true);
    const bool folderRefuses = refuses(false);
    if (folderRefuses && (fileRefuses || mayRefuseFileToo(in, findings)))
        return {Verdict::Unusable, std::nullopt};
    if (folderRefuses)
        return {Verdict::Limited, about(in, *file, "file-usable-folder-not")};
    if (fileRefuses)
        return {Verdict::Limited, about(in, *file, "folder-usable-file-not")};
    return {std::nullopt, about(in, *file, "file-and-folder-usable")};
}

extern const RuleFamily rulesFile{kRules, kCauses, kFixes};

} // namespace scratchproof
