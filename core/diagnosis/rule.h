// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/words.h"

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

/// How a cause is added: in one file (cause_*.cpp) stand its rule, its CauseWords and the FixWords of new fixes, as a
/// family of one; the list in CMakeLists.txt says when it is asked. Causes that share their evidence are a family in
/// one file (rules_*.cpp). Nothing else knows them.
namespace scratchproof {

/// What a rule may look at. With `problem` a rule explains that failed step; without, it says what is worth knowing of
/// the folder as a whole.
struct Input
{
    const Path& folder;
    const Facts& facts;
    const ProbeResult& probe;
    const StepResult* problem = nullptr;

    [[nodiscard]] bool failedAt(std::initializer_list<Step> steps) const;
    /// A new name was refused: at the file or at the directory.
    [[nodiscard]] bool isCreating() const { return failedAt({Step::CreateFile, Step::CreateDirectory}); }
    [[nodiscard]] bool failedWith(std::initializer_list<int> codes) const;
    /// The folder's status: as the probe opened it, else as the facts have it; nullptr if it was not reached.
    [[nodiscard]] const FileStatus* folderStatus() const;
    /// The folder on the way that may not be passed; nullptr if there is none.
    [[nodiscard]] const PathComponent* barrier() const;
    /// Whose rights count here.
    [[nodiscard]] Credentials credentials() const;
    /// Whether permissions let us write and enter, and by which rule; nothing where they are not known.
    [[nodiscard]] std::optional<RightsAnswer> rights() const;
    /// The folder, where creating was denied with EACCES and its permissions are why; else nullptr.
    [[nodiscard]] const FileStatus* deniedByRights() const;
    /// What came of trying it, where the folder lacks it; asked without `problem` only.
    [[nodiscard]] const AbilityResult* lacking(Ability ability) const;
    [[nodiscard]] const Mount* mount() const { return facts.mount ? &*facts.mount : nullptr; }
    /// Type of the file system; "" if it is not known.
    [[nodiscard]] std::string_view fileSystem() const;
    [[nodiscard]] bool isFuse() const;
    [[nodiscard]] bool isNfs() const;
    [[nodiscard]] bool isSmb() const;
    /// Somewhere else than on a device of this computer: a server's, a host's, or a program's.
    [[nodiscard]] bool isRemote() const;
    /// FAT, exFAT, NTFS, by whichever driver: what chmod and chown cannot change.
    [[nodiscard]] bool storesNoPermissions() const;
    /// No step failed or timed out.
    [[nodiscard]] bool allWell() const { return problem == nullptr && probe.firstProblem() == nullptr; }
    [[nodiscard]] bool isKind(MountKind kind) const { return facts.mount && facts.mount->kind == kind; }
};

/// A pure function: the finding, if the cause is so. The first that answers for a failed step names its cause.
using Rule = std::optional<Finding> (*)(const Input&);

/// What one file of rules holds. It is a variable that is named after the file: `causeServerFull` of
/// cause_server_full.cpp.
struct RuleFamily
{
    std::span<const Rule> rules = {};
    std::span<const CauseWords> causes = {};
    std::span<const FixWords> fixes = {};
};

/// In the order in which they are asked, which is that of the list in CMakeLists.txt.
[[nodiscard]] std::span<const RuleFamily> ruleFamilies();

/// makeFinding() of words.h with the arguments that all have (path, user, and mount, fs and device where they are
/// known), and with the failed step and the mount's line as evidence.
[[nodiscard]] Finding makeFinding(const Input& input, const char* id, Arguments arguments = {});
/// The same, less certain.
[[nodiscard]] Finding makeLikelyFinding(const Input& input, const char* id, Arguments extra = {});
/// With `middle` between two others, each of which may be nullptr.
[[nodiscard]] Finding withFixes(Finding finding, const char* first, std::vector<const char*> middle, const char* last);
[[nodiscard]] Finding withEvidence(Finding finding, std::string evidence);

/// What it takes to make a file in a folder, of one class of a mode's bits.
constexpr unsigned kWriteAndSearch = 3;
[[nodiscard]] constexpr bool grants(unsigned bits)
{
    return (bits & kWriteAndSearch) == kWriteAndSearch;
}

/// "mode 0755, owner 0 (root), group 0 (root)": evidence.
[[nodiscard]] std::string modeLine(const Input& input, const FileStatus& status);

/// What setfacl(1) has to be told so that `who` gets `needed` (r 4, w 2, x 1) by an entry of one's own and loses
/// nothing by it, since such an entry counts before any group and replaces an older one. "grant": the entry's rights,
/// "x", "rx". "mask": the list's mask, the smallest that serves, where setfacl's own would give more to others (it
/// takes the union of all entries, and so wakes those that a chmod has put to sleep), or where the list was not read
/// (`isUnread`). "wakes": the entries of others that get rights back by it all the same; not there where none does.
[[nodiscard]] Arguments grantOf(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who,
                                unsigned needed, bool isUnread = false);
/// The same where the entries are right and only the mask holds them back: "mask" and "wakes".
[[nodiscard]] Arguments raiseMask(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who,
                                  unsigned mask);

/// By its type: FAT, exFAT, NTFS; SMB. chmod has no effect on either.
[[nodiscard]] bool storesNoPermissions(const Mount& mount);
[[nodiscard]] bool isSmb(const Mount& mount);

/// Whether access lists can be set there: not on FAT, NTFS, NFSv4, SMB, FUSE, and not on ZFS or others without them.
/// nullptr: it is taken to be so.
[[nodiscard]] bool takesAccessLists(const Mount* mount);

/// Groups that give far more than one folder, or that are one user's own: nobody should join them for that.
[[nodiscard]] bool isForJoining(std::uint32_t gid, const std::optional<std::string>& name, bool isPersonal);

/// Ids of the fixes that let one user write to a folder that denies it by its permissions, with the arguments that
/// grantOf() makes.
[[nodiscard]] std::vector<const char*> accessFixes(const Input& input, const FileStatus& folder);

/// Ids of the fixes that have a damaged file system checked and repaired: by its type, never while it is mounted, and
/// at the next start where the system runs from it.
[[nodiscard]] std::vector<const char*> repairFixes(const Input& input);

/// A folder of the operating system itself: nobody is to be let into it for the sake of storing files.
[[nodiscard]] bool isSystemFolder(std::string_view path);

/// What a file that was given adds to the answer about its folder.
struct FilesShare
{
    std::optional<Verdict> verdict; // in place of the folder's own
    std::optional<Finding> note;    // what goes and what does not
};
/// Both can be written to: the folder's verdict stays. One of them: limited; neither: unusable. Where it is not known
/// of the file, or none was given, nothing is added. `findings` are those of folder and file.
[[nodiscard]] FilesShare judgeGivenFile(const Input& input, std::span<const Finding> findings);

/// Name of a user or group, "number 4242" where the number has none.
[[nodiscard]] std::string nameOrNumber(const std::optional<std::string>& name, std::uint32_t number);

} // namespace scratchproof
