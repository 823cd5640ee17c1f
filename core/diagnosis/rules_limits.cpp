// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr Nanoseconds kSlowCreate = kNanosecondsPerSecond;
constexpr Nanoseconds kSlowSync = 3 * kNanosecondsPerSecond;

constexpr CauseWords kCauses[] = {
    {"process-fd-limit", QT_TRANSLATE_NOOP("causes", "This program has too many files open"),
     QT_TRANSLATE_NOOP("causes", "It is a limit of the program, and no fault of the folder.")},
    {"system-fd-limit", QT_TRANSLATE_NOOP("causes", "The computer has too many files open"),
     QT_TRANSLATE_NOOP("causes",
                       "All programs together have as many files open as the system allows. The folder is not at "
                       "fault.")},
    {"out-of-memory", QT_TRANSLATE_NOOP("causes", "There is not enough memory"),
     QT_TRANSLATE_NOOP("causes", "The system had no memory left for what was asked. The folder is hardly at fault.")},
    {"too-many-links", QT_TRANSLATE_NOOP("causes", "The folder has too many folders in it"),
     QT_TRANSLATE_NOOP("causes",
                       "This file system allows a certain number of folders in one folder, and it is reached.")},
    {"fsync-unsupported", QT_TRANSLATE_NOOP("causes", "This place cannot confirm that data is stored"),
     QT_TRANSLATE_NOOP("causes",
                       "Files can be written, but the place gives no answer to the question whether they have "
                       "really arrived.")},
    {"probe-leftover-name-taken", QT_TRANSLATE_NOOP("causes", "The name of the test file is always taken"),
     QT_TRANSLATE_NOOP("causes", "Every name that was tried for a test file exists here already, which is next to "
                                 "impossible on a sound drive.")},
    {"rmdir-hidden-leftovers", QT_TRANSLATE_NOOP("causes", "A folder cannot be deleted because something hides in it"),
     QT_TRANSLATE_NOOP("causes", "A test folder that should be empty holds files of somebody else: a server's, or a "
                                 "program's that watches this place.")},
    {"delete-denied-by-server", QT_TRANSLATE_NOOP("causes", "Files can be added here, but not renamed or deleted"),
     QT_TRANSLATE_NOOP("causes",
                       "Storing a file works, taking it away again is refused by the server or the way the place "
                       "is connected. Many programs that save by way of a temporary file will fail here.")},
    {"name-stays-after-delete", QT_TRANSLATE_NOOP("causes", "Deleted files stay where they are"),
     QT_TRANSLATE_NOOP("causes", "Deleting was reported as done, but the name is still there.")},
    {"probe-leftover-stays", QT_TRANSLATE_NOOP("causes", "A test file could not be removed"),
     QT_TRANSLATE_NOOP("causes",
                       "'{leftover}' was made by a check and cannot be deleted. It can be removed by hand, once "
                       "that is possible again.")},
    {"slow-create", QT_TRANSLATE_NOOP("causes", "The folder is very slow"),
     QT_TRANSLATE_NOOP("causes", "Everything works, but creating one file took {duration}.")},
    {"device-slow", QT_TRANSLATE_NOOP("causes", "The drive is slow to store data"),
     QT_TRANSLATE_NOOP("causes", "Everything works, but it took {duration} until a file of 64 KB was really stored.")},
    {"ext4-errors-continue", QT_TRANSLATE_NOOP("causes", "The drive has reported errors"),
     QT_TRANSLATE_NOOP("causes", "Writing works, but {count} errors of this file system were noted since it was last "
                                 "checked.")},
    {"root-answer-only", QT_TRANSLATE_NOOP("causes", "This answer holds for the administrator only"),
     QT_TRANSLATE_NOOP("causes",
                       "The check was run as root, who is refused next to nothing. An ordinary user may not be "
                       "allowed to write here.")},
    {"cancelled", QT_TRANSLATE_NOOP("causes", "The check was stopped"),
     QT_TRANSLATE_NOOP("causes", "It was stopped before it was done, so nothing is known about this folder yet.")},
    {"unknown", QT_TRANSLATE_NOOP("causes", "Linux refused, and no known reason fits"),
     QT_TRANSLATE_NOOP("causes",
                       "The step '{step}' failed with '{message}' ({errno}). What was found out about the folder "
                       "may help an expert.")},
};

constexpr FixWords kFixes[] = {
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
    {"use-faster-port", QT_TRANSLATE_NOOP("causes", "Use a faster port, and wait until it may be removed safely."),
     FixBy::User},
    {"copy-report", QT_TRANSLATE_NOOP("causes", "Copy the report and show it to somebody who knows the system."),
     FixBy::User},
};

std::optional<Finding> ofTheSystem(const Input& in)
{
    if (in.failedWith({EMFILE}))
        return blocking(in, "process-fd-limit", {"restart-program"});
    if (in.failedWith({ENFILE}))
        return blocking(in, "system-fd-limit", {"close-programs"});
    if (in.failedWith({ENOMEM}))
        return blocking(in, "out-of-memory", {"close-programs"}, {}, Certainty::Likely);
    return std::nullopt;
}

std::optional<Finding> tooManyLinks(const Input& in)
{
    if (!in.failedWith({EMLINK}))
        return std::nullopt;
    return blocking(in, "too-many-links", {"spread-folders"});
}

std::optional<Finding> syncUnsupported(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !in.failedWith({EINVAL, ENOSYS, EOPNOTSUPP}))
        return std::nullopt;
    return makeFinding(in, "fsync-unsupported", Severity::Limit, Certainty::Proven, {}, {"eject-properly"});
}

std::optional<Finding> nameTaken(const Input& in)
{
    if (!in.failedAt({Step::CreateFile, Step::CreateDirectory}) || !in.failedWith({EEXIST}))
        return std::nullopt;
    return blocking(in, "probe-leftover-name-taken");
}

std::optional<Finding> deleteRefused(const Input& in)
{
    if (!in.failedAt({Step::Rename, Step::DeleteFile, Step::DeleteDirectory}))
        return std::nullopt;
    if (in.probe.notes.nameStayedAfterDelete && in.problem->errorCode == 0)
        return blocking(in, "name-stays-after-delete");
    if (in.failedWith({ENOTEMPTY, EEXIST}))
        return blocking(in, "rmdir-hidden-leftovers");
    if (in.failedWith({EPERM, EACCES}))
        return blocking(in, "delete-denied-by-server", {"ask-modify-right"});
    return std::nullopt;
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
    if (in.problem != nullptr || create == nullptr || create->duration < kSlowCreate)
        return std::nullopt;
    return makeFinding(in, "slow-create", Severity::Limit, Certainty::Proven,
                       {{"duration", Argument::duration(create->duration)}});
}

std::optional<Finding> slowSync(const Input& in)
{
    const StepResult* sync = passed(in, Step::Sync);
    if (in.problem != nullptr || sync == nullptr || sync->duration < kSlowSync)
        return std::nullopt;
    return makeFinding(in, "device-slow", Severity::Limit, Certainty::Proven,
                       {{"duration", Argument::duration(sync->duration)}}, {"use-faster-port"});
}

std::optional<Finding> errorsNoted(const Input& in)
{
    if (in.problem != nullptr || !in.facts.device || in.facts.device->ext4Errors.value_or(0) == 0)
        return std::nullopt;
    return makeFinding(in, "ext4-errors-continue", Severity::Limit, Certainty::Proven,
                       {{"count", Argument::count(static_cast<std::int64_t>(*in.facts.device->ext4Errors))}},
                       {"save-data-first", "unmount-and-check"});
}

std::optional<Finding> leftoverStays(const Input& in)
{
    const auto& notes = in.probe.notes;
    if (in.problem != nullptr || (notes.leftBehind.empty() && notes.refusedLeftovers.empty()))
        return std::nullopt;
    const Path& leftover = notes.leftBehind.empty() ? notes.refusedLeftovers.front() : notes.leftBehind.front();
    return makeFinding(in, "probe-leftover-stays", Severity::Limit, Certainty::Proven,
                       {{"leftover", Argument::path(leftover)}}, {"remove-leftover"});
}

std::optional<Finding> askedAsRoot(const Input& in)
{
    if (in.problem != nullptr || in.facts.user.uid != 0)
        return std::nullopt;
    return makeFinding(in, "root-answer-only", Severity::Note, Certainty::Proven, {}, {"check-as-user"});
}

constexpr std::array<Rule, 10> kRules = {ofTheSystem, tooManyLinks, syncUnsupported, nameTaken,     deleteRefused,
                                         slowCreate,  slowSync,     errorsNoted,     leftoverStays, askedAsRoot};

} // namespace

RuleFamily limitRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
