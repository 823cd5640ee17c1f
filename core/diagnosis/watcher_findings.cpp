// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/watcher_findings.h"

#include "core/base/text.h"
#include "core/diagnosis/rule.h"

#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"same-mount-not-responding",
     {"no-answer", "", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The place it is on does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "'{folder}' is at the same place, '{mount}', and did not answer (process {pid}, since {since}). "
                       "So this folder was not tried."),
     {"wait-for-mount"}},
    {"still-stuck",
     {"no-answer", "", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The place it is on still does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "An earlier check at '{mount}' has been waiting for an answer since {since} (process {pid}). "
                       "The folder is not tried again while it does."),
     {"wait-for-mount"}},
    {"probe-may-stay",
     {"no-answer", "", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "Something of the check may still be there"),
     QT_TRANSLATE_NOOP("causes",
                       "'{leftover}' may have been made before the folder stopped answering. It is removed as soon as "
                       "the folder answers, or else when the folder is checked again."),
     {},
     Severity::Note},
    {"prober-died",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check broke off"),
     QT_TRANSLATE_NOOP("causes",
                       "The helper process that does the checking ended in the middle of it ({how}). That is a "
                       "fault of the program or of the system, and says nothing about the folder."),
     {"check-again"}},
    {"prober-nonsense",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check gave no answer that can be understood"),
     QT_TRANSLATE_NOOP("causes",
                       "The helper process that does the checking sent something else than an answer. That is a "
                       "fault of the program, and says nothing about the folder."),
     {"check-again"}},
    {"prober-start",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check could not be started"),
     QT_TRANSLATE_NOOP("causes", "The helper process that does the checking could not be started: {message}."),
     {"reinstall", "raise-limits", "start-outside-sandbox"}},
    {"working-folder-gone",
     {"no-answer", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The folder that you are in is gone"),
     QT_TRANSLATE_NOOP(
         "causes", "'{given}' is meant from the folder that the terminal is in, and that one was removed, or its "
                   "drive was disconnected. What is saved there now can be found under no path. Nothing was tried."),
     {"go-elsewhere"}},
    {"journal-not-responding",
     {"no-answer", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "Scratchproof's own files do not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "What a check makes is noted down in the home or runtime folder, and that does not answer. The "
                       "folder was tried all the same; only if the check had been killed, something might have stayed "
                       "behind."),
     {},
     Severity::Note},
};

constexpr FixWords kFixes[] = {
    {"wait-for-mount", QT_TRANSLATE_NOOP("causes", "Find out why the place does not answer, then check again."),
     FixBy::User},
    {"go-elsewhere",
     QT_TRANSLATE_NOOP("causes", "Go to a folder that is there (cd), or give the whole path, from / on."), FixBy::User},
    {"reinstall", QT_TRANSLATE_NOOP("causes", "See whether scratchproof-cli is installed beside this program."),
     FixBy::User},
    {"raise-limits",
     QT_TRANSLATE_NOOP("causes", "Close some programs, or allow this one more open files, processes or memory (ulimit "
                                 "-a shows the limits), then check again."),
     FixBy::User},
};

/// What helps where a helper process could not be started so: nothing is wrong with the program where files, processes
/// or memory ran out, or where it is not let.
const char* fixOfStart(const Error& error)
{
    switch (error.code) {
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
        return "raise-limits";
    case EPERM: // of a filter of system calls (seccomp(2))
    case ENOSYS:
        return "start-outside-sandbox";
    default:
        break;
    }
    // In the words of the C library, of its loader, and of a prober that ended at once.
    return containsAny(error.detail, {"emory", "Resource temporarily", "Too many", "failed to map"}) ? "raise-limits"
                                                                                                     : "reinstall";
}

} // namespace

extern const RuleFamily watcherFindings{{}, kCauses, kFixes};

Finding cancelledFinding()
{
    return makeFinding("cancelled", {});
}

Finding sameMountFinding(const Path& mountPoint, const Path& folder, int pid, Nanoseconds since)
{
    return makeFinding("same-mount-not-responding", {{"mount", Argument::path(mountPoint)},
                                                     {"folder", Argument::path(folder)},
                                                     {"pid", Argument::count(pid)},
                                                     {"since", Argument::plain(toIso8601(since))}});
}

Finding stillStuckFinding(const Path& mountPoint, int pid, Nanoseconds since)
{
    return makeFinding("still-stuck", {{"mount", Argument::path(mountPoint)},
                                       {"pid", Argument::count(pid)},
                                       {"since", Argument::plain(toIso8601(since))}});
}

Finding probeMayStayFinding(const Path& leftover)
{
    return makeFinding("probe-may-stay", {{"leftover", Argument::path(leftover)}});
}

Finding proberDiedFinding(const std::string& how, const std::string& errors)
{
    Finding made = makeFinding("prober-died", {{"how", Argument::plain(how)}});
    if (!errors.empty())
        made.evidence.push_back(displayText(errors));
    return made;
}

Finding proberNonsenseFinding(const std::string& why)
{
    Finding made = makeFinding("prober-nonsense", {});
    if (!why.empty())
        made.evidence.push_back(displayText(why));
    return made;
}

Finding proberStartFinding(const Error& error)
{
    const std::string message = error.code != 0 ? errnoText(error.code) : error.detail;
    Finding made = withFixes(makeFinding("prober-start", {{"message", Argument::plain(message)}}), {fixOfStart(error)});
    made.evidence.push_back(toString(error));
    return made;
}

Finding workingFolderGoneFinding(const Path& given)
{
    return makeFinding("working-folder-gone", {{"given", Argument::path(given)}});
}

Finding journalSilentFinding()
{
    return makeFinding("journal-not-responding", {});
}

} // namespace scratchproof
