// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"
#include "core/facts/own_powers.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr Nanoseconds kSlowStep = kNanosecondsPerSecond;
constexpr Nanoseconds kSlowSync = 2 * kNanosecondsPerSecond;

constexpr CauseWords kCauses[] = {
    {"too-many-links",
     {"changes", "create-directory", Shows::Fails, "EMLINK"},
     QT_TRANSLATE_NOOP("causes", "The folder has too many folders in it"),
     QT_TRANSLATE_NOOP("causes",
                       "This file system allows a certain number of folders in one folder, and with {count} that is "
                       "reached."),
     {"spread-folders"}},
    {"delete-denied-by-server",
     {"changes", "delete-file rename", Shows::Fails, "EPERM EACCES"},
     QT_TRANSLATE_NOOP("causes", "Files can be added here, but not renamed or deleted"),
     QT_TRANSLATE_NOOP("causes",
                       "Storing a file works, taking it away again is refused by the server or the way the place is "
                       "connected. Many programs that save by way of a temporary file will fail here."),
     {"ask-modify-right"}},
    {"rmdir-hidden-leftovers",
     {"changes", "delete-directory", Shows::Fails, "ENOTEMPTY"},
     QT_TRANSLATE_NOOP("causes", "A folder cannot be deleted because something hides in it"),
     QT_TRANSLATE_NOOP("causes",
                       "A test folder that should be empty holds files of somebody else: a server's, or a program's "
                       "that watches this place."),
     {"show-hidden-files"}},
    {"name-stays-after-delete",
     {"changes", "delete-file", Shows::Differs},
     QT_TRANSLATE_NOOP("causes", "Deleted files stay where they are"),
     QT_TRANSLATE_NOOP("causes", "Deleting was reported as done, but the name is still there.")},
    {"probe-leftover-stays",
     {"changes", "delete-file"},
     QT_TRANSLATE_NOOP("causes", "A test file could not be removed"),
     QT_TRANSLATE_NOOP("causes",
                       "'{leftover}' was made by a check and cannot be deleted. It can be removed by hand, once that "
                       "is possible again."),
     {"remove-leftover"},
     Severity::Limit},
    {"ext4-errors-continue",
     {"device", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The drive has reported errors"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing works, but {count} errors of this file system were noted since it was last checked."),
     {"save-data-first", "unmount-drive", "check-ext", "check-at-start", "have-it-checked"},
     Severity::Limit},
    {"device-slow",
     {"device", "any", Shows::Slow},
     QT_TRANSLATE_NOOP("causes", "The drive is slow to store data"),
     QT_TRANSLATE_NOOP("causes", "Everything works, but it took {duration} until a file of 64 KB was really stored."),
     {"use-faster-port"},
     Severity::Limit},
    {"slow-create",
     {"device", "create-file", Shows::Slow},
     QT_TRANSLATE_NOOP("causes", "The folder is very slow"),
     QT_TRANSLATE_NOOP("causes", "Everything works, but creating one file took {duration}."),
     {},
     Severity::Limit},
    {"slow-step",
     {"device", "any", Shows::Slow},
     QT_TRANSLATE_NOOP("causes", "The folder is very slow"),
     QT_TRANSLATE_NOOP("causes", "Everything works, but the step '{step}' took {duration}."),
     {},
     Severity::Limit},
    {"process-fd-limit",
     {"system", "create-file", Shows::Fails, "EMFILE"},
     QT_TRANSLATE_NOOP("causes", "This program has too many files open"),
     QT_TRANSLATE_NOOP("causes", "It is a limit of the program, and no fault of the folder."),
     {"restart-program"}},
    {"system-fd-limit",
     {"system", "create-file", Shows::Fails, "ENFILE"},
     QT_TRANSLATE_NOOP("causes", "The computer has too many files open"),
     QT_TRANSLATE_NOOP("causes",
                       "All programs together have as many files open as the system allows. The folder is not at "
                       "fault."),
     {"close-programs"}},
    {"out-of-memory",
     {"system", "any", Shows::Fails, "ENOMEM"},
     QT_TRANSLATE_NOOP("causes", "There is not enough memory"),
     QT_TRANSLATE_NOOP("causes",
                       "The system had no memory left for what was asked. The folder is probably not the cause."),
     {"close-programs"},
     Severity::Blocking,
     Certainty::Likely},
    {"fsync-unsupported",
     {"system", "sync", Shows::Fails, "EINVAL ENOSYS EOPNOTSUPP"},
     QT_TRANSLATE_NOOP("causes", "This place cannot confirm that data is stored"),
     QT_TRANSLATE_NOOP("causes",
                       "Files can be written, but the place gives no answer to the question whether they have really "
                       "arrived."),
     {"eject-properly"},
     Severity::Limit},
    {"probe-leftover-name-taken",
     {"system", "create-file", Shows::Fails, "EEXIST"},
     QT_TRANSLATE_NOOP("causes", "The name of the test file is always taken"),
     QT_TRANSLATE_NOOP("causes",
                       "Every name that was tried for a test file exists here already, which is next to impossible on "
                       "a sound drive.")},
    {"unknown",
     {"system", "any"},
     QT_TRANSLATE_NOOP("causes", "Linux refused, and no known reason fits"),
     QT_TRANSLATE_NOOP("causes",
                       "The step '{step}' failed with '{message}' ({errno}). What was found out about the folder may "
                       "help an expert."),
     {"copy-report"},
     Severity::Blocking,
     Certainty::ByElimination},
    {"root-answer-only",
     {"no-answer", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "This answer holds for the administrator only"),
     QT_TRANSLATE_NOOP("causes",
                       "The check was run as root, who may do almost everything. An ordinary user may not be allowed "
                       "to write here."),
     {"check-as-caller", "check-as-user"},
     Severity::Note},
    {"cancelled",
     {"no-answer", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The check was stopped"),
     QT_TRANSLATE_NOOP("causes", "It was stopped before it was done, so nothing is known about this folder yet."),
     {"check-again"}},
};

constexpr FixWords kFixes[] = {
    {"check-as-caller",
     QT_TRANSLATE_NOOP("causes", "Check what {caller} may do here."),
     FixBy::Admin,
     {"scratchproof-cli", "check", "--as", "{caller}", "--", "{path}"}},
    {"restart-program", QT_TRANSLATE_NOOP("causes", "Close the program and start it again."), FixBy::User},
    {"close-programs", QT_TRANSLATE_NOOP("causes", "Close programs that are not needed, then check again."),
     FixBy::User},
    {"spread-folders", QT_TRANSLATE_NOOP("causes", "Spread them over several folders."), FixBy::User},
    {"eject-properly", QT_TRANSLATE_NOOP("causes", "Eject or unmount it before it is unplugged or switched off."),
     FixBy::User},
    {"ask-modify-right",
     QT_TRANSLATE_NOOP("causes", "Ask whoever looks after the place for the right to change and delete "
                                 "files."),
     FixBy::Admin},
    {"remove-leftover",
     QT_TRANSLATE_NOOP("causes", "Delete the test file yourself."),
     FixBy::User,
     {"rm", "-r", "--", "{leftover}"}},
    {"show-hidden-files",
     QT_TRANSLATE_NOOP("causes", "Close programs that use the folder, let the file manager show hidden files, and "
                                 "delete them."),
     FixBy::User},
    {"use-faster-port", QT_TRANSLATE_NOOP("causes", "Use a faster port, and wait until it may be removed safely."),
     FixBy::User},
    {"copy-report", QT_TRANSLATE_NOOP("causes", "Copy the report and show it to somebody who knows the system."),
     FixBy::User},
};

std::optional<Finding> ofTheSystem(const Input& in)
{
    const LimitFacts& limits = in.facts.limits;
    if (in.failedWith({EMFILE}))
        return withEvidence(makeFinding(in, "process-fd-limit"),
                            fmt::format("RLIMIT_NOFILE: {}", limits.openFiles.value_or(0)));
    if (in.failedWith({ENFILE}))
        return withEvidence(makeFinding(in, "system-fd-limit"),
                            fmt::format("/proc/sys/fs/file-nr: {} of {}", limits.systemOpenFiles.value_or(0),
                                        limits.systemMostOpenFiles.value_or(0)));
    if (in.failedWith({ENOMEM}))
        return withEvidence(makeFinding(in, "out-of-memory"),
                            fmt::format("MemAvailable: {}", limits.memoryAvailableBytes.value_or(0)));
    return std::nullopt;
}

std::optional<Finding> tooManyLinks(const Input& in)
{
    if (!in.failedWith({EMLINK}))
        return std::nullopt;
    // Each folder in it links back to it; the name it has and its own "." are the other two.
    const FileStatus* folder = in.folderStatus();
    const std::uint64_t links = folder != nullptr ? folder->links : 0;
    return makeFinding(in, "too-many-links",
                       {{"count", Argument::count(static_cast<std::int64_t>(links > 2 ? links - 2 : 0))}});
}

std::optional<Finding> syncUnsupported(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !in.failedWith({EINVAL, ENOSYS, EOPNOTSUPP}))
        return std::nullopt;
    return makeFinding(in, "fsync-unsupported");
}

std::optional<Finding> nameTaken(const Input& in)
{
    if (!in.isCreating() || !in.failedWith({EEXIST}))
        return std::nullopt;
    return makeFinding(in, "probe-leftover-name-taken");
}

/// On a file system of this computer a refusal is a sandbox's more likely than a server's: see rules_security.cpp.
bool mayBeSandbox(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    const bool byFilter = own.seccomp.value_or(0) == 2 && in.failedWith({EPERM});
    const bool byLandlock = own.noNewPrivileges.value_or(false) && in.failedWith({EACCES});
    return in.mount() != nullptr && !in.isRemote() && (byFilter || byLandlock);
}

std::optional<Finding> deleteRefused(const Input& in)
{
    if (!in.failedAt({Step::Rename, Step::DeleteFile, Step::DeleteDirectory}))
        return std::nullopt;
    if (in.probe.notes.nameStayedAfterDelete && in.problem->errorCode == 0)
        return makeFinding(in, "name-stays-after-delete");
    if (in.failedWith({ENOTEMPTY, EEXIST}))
        return makeFinding(in, "rmdir-hidden-leftovers");
    if (!in.failedWith({EPERM, EACCES}) || mayBeSandbox(in))
        return std::nullopt;
    return makeFinding(in, "delete-denied-by-server");
}

// What is worth knowing of the folder as a whole.

const StepResult* passed(const Input& in, Step step)
{
    for (const StepResult& result : in.probe.steps) {
        if (result.step == step && result.status == StepStatus::Passed)
            return &result;
    }
    return nullptr;
}

std::optional<Finding> slowCreate(const Input& in)
{
    const StepResult* create = passed(in, Step::CreateFile);
    if (in.problem != nullptr || create == nullptr || create->duration < kSlowStep)
        return std::nullopt;
    return makeFinding(in, "slow-create", {{"duration", Argument::duration(create->duration)}});
}

/// The slowest of those that have no finding of their own.
std::optional<Finding> slowStep(const Input& in)
{
    if (in.problem != nullptr)
        return std::nullopt;
    const StepResult* slowest = nullptr;
    for (const StepResult& step : in.probe.steps) {
        const bool hasOwn = step.step == Step::CreateFile || step.step == Step::Sync;
        if (step.status == StepStatus::Passed && !hasOwn && step.duration >= kSlowStep &&
            (slowest == nullptr || step.duration > slowest->duration))
            slowest = &step;
    }
    if (slowest == nullptr)
        return std::nullopt;
    return makeFinding(in, "slow-step",
                       {{"step", Argument::plain(std::string(toString(slowest->step)))},
                        {"duration", Argument::duration(slowest->duration)}});
}

std::optional<Finding> slowSync(const Input& in)
{
    const StepResult* sync = passed(in, Step::Sync);
    if (in.problem != nullptr || sync == nullptr || sync->duration < kSlowSync)
        return std::nullopt;
    return makeFinding(in, "device-slow", {{"duration", Argument::duration(sync->duration)}});
}

std::optional<Finding> errorsNoted(const Input& in)
{
    if (!in.allWell() || !in.facts.device || in.facts.device->ext4Errors.value_or(0) == 0)
        return std::nullopt;
    const auto errors = static_cast<std::int64_t>(*in.facts.device->ext4Errors);
    return withEvidence(withFixes(makeFinding(in, "ext4-errors-continue", {{"count", Argument::count(errors)}}),
                                  "save-data-first", repairFixes(in), nullptr),
                        fmt::format("/sys/fs/ext4/{}/errors_count: {}", displayText(in.facts.device->name), errors));
}

std::optional<Finding> leftoverStays(const Input& in)
{
    const auto& notes = in.probe.notes;
    if (in.problem != nullptr || (notes.leftBehind.empty() && notes.refusedLeftovers.empty()))
        return std::nullopt;
    const Path& leftover = notes.leftBehind.empty() ? notes.refusedLeftovers.front() : notes.leftBehind.front();
    return makeFinding(in, "probe-leftover-stays", {{"leftover", Argument::path(leftover)}});
}

std::optional<Finding> askedAsRoot(const Input& in)
{
    // Root of a container, or without its powers, is refused what others are.
    // What failed for root is explained by what stopped root.
    if (!in.allWell() || in.facts.user.uid != 0 || !rootHasItsPowers(in.facts.confinement))
        return std::nullopt;
    const std::string& caller = in.facts.user.sudoCaller;
    if (caller.empty())
        return withFixes(makeFinding(in, "root-answer-only"), {"check-as-user"});
    return withFixes(makeFinding(in, "root-answer-only", {{"caller", Argument::user(caller)}}), {"check-as-caller"});
}

constexpr std::array<Rule, 11> kRules = {ofTheSystem,   tooManyLinks,  syncUnsupported, nameTaken,
                                         deleteRefused, slowCreate,    slowStep,        slowSync,
                                         errorsNoted,   leftoverStays, askedAsRoot};

} // namespace

extern const RuleFamily rulesLimits{kRules, kCauses, kFixes};

} // namespace scratchproof
