// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/other_user_findings.h"

#include "core/diagnosis/rule.h"

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"as-user-unknown",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "There is no user of that name"),
     QT_TRANSLATE_NOOP("causes", "This computer knows no user '{as}', so nothing could be tried in their place."),
     {"check-the-name"}},
    {"as-no-way",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "Nothing here lets you act as another user"),
     QT_TRANSLATE_NOOP("causes",
                       "To check as '{as}', the program needs sudo, or in a desktop session pkexec. Neither is "
                       "installed here."),
     {"install-sudo", "ask-them-to-check"}},
    {"as-password-needed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "Acting as another user needs a password"),
     QT_TRANSLATE_NOOP("causes",
                       "sudo wants a password before anything may be done as '{as}', and a check cannot type one. "
                       "The folder was not tried."),
     {"check-as-with-sudo", "allow-in-sudoers"}},
    {"as-not-allowed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "You may not act as that user"),
     QT_TRANSLATE_NOOP("causes",
                       "The rules of this computer do not let you start programs as '{as}'. The folder was not tried."),
     {"ask-them-to-check", "allow-in-sudoers"}},
    {"as-may-gain-nothing",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "This program was started so that it can gain no rights"),
     QT_TRANSLATE_NOOP(
         "causes", "A container, a sandbox or a service has started it with the rule that neither it nor its children "
                   "may become anybody else. So nothing can be tried as '{as}'."),
     {"start-outside"}},
    {"as-dismissed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The question for the password was closed"),
     QT_TRANSLATE_NOOP("causes", "Without it, nothing may be done as '{as}'. The folder was not tried."),
     {"check-again"}},
    {"as-program-unreachable",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "That user cannot start Scratchproof"),
     QT_TRANSLATE_NOOP("causes",
                       "The program lies at '{program}', where '{as}' may not go, for instance in somebody's private "
                       "home. The folder was not tried."),
     {"install-for-all"}},
    {"as-failed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check could not be started as that user"),
     QT_TRANSLATE_NOOP("causes",
                       "Starting the program as '{as}' failed before the folder was tried. It said: \"{message}\"."),
     {"ask-them-to-check"}},
    {"as-broke-off",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check in the other user's place broke off"),
     QT_TRANSLATE_NOOP("causes", "What was started as '{as}' ended in the middle. That says nothing about the folder."),
     {"check-again"}},
    {"as-nonsense",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The other user's side gave no answer that can be understood"),
     QT_TRANSLATE_NOOP("causes",
                       "What was started as '{as}' sent an answer that makes no sense, for instance a greeting from a "
                       "start-up file. That says nothing about the folder."),
     {"ask-them-to-check"}},
    {"as-other-version",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The other side is another version of Scratchproof"),
     QT_TRANSLATE_NOOP("causes",
                       "What answered for '{as}' speaks another version of the language that the two programs "
                       "share. The folder was not tried."),
     {"same-version"}},
    {"as-silent",
     {"no-answer", "", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The check in the other user's place stopped answering"),
     QT_TRANSLATE_NOOP("causes", "The check as '{as}' stopped answering and was ended."),
     {"check-again"}},
};

constexpr FixWords kFixes[] = {
    {"start-outside", QT_TRANSLATE_NOOP("causes", "Start it from an ordinary terminal."), FixBy::User},
    {"check-the-name", QT_TRANSLATE_NOOP("causes", "Check how the name is spelled."), FixBy::User},
    {"check-as-with-sudo",
     QT_TRANSLATE_NOOP("causes", "Start this check with sudo in a terminal; then it can ask for your password."),
     FixBy::Admin,
     {"scratchproof-cli", "check", "--as", "{as}", "--", "{path}"}},
    {"allow-in-sudoers",
     QT_TRANSLATE_NOOP("causes", "To allow it for good, an administrator adds this rule with visudo: "
                                 "'{asker} ALL=({as}) NOPASSWD: {program} supervise'."),
     FixBy::Admin},
    {"install-sudo", QT_TRANSLATE_NOOP("causes", "Have sudo installed, or do the check as root."), FixBy::Admin},
    {"ask-them-to-check", QT_TRANSLATE_NOOP("causes", "Ask '{as}' to do the check, and to send you the report."),
     FixBy::User},
    {"install-for-all", QT_TRANSLATE_NOOP("causes", "Have the program installed for all users, and use that one."),
     FixBy::Admin},
    {"same-version", QT_TRANSLATE_NOOP("causes", "Install the same version on both sides."), FixBy::Admin},
};

const char* idOf(OtherUserProblem problem)
{
    switch (problem) {
    case OtherUserProblem::UnknownUser:
        return "as-user-unknown";
    case OtherUserProblem::NoWay:
        return "as-no-way";
    case OtherUserProblem::PasswordNeeded:
        return "as-password-needed";
    case OtherUserProblem::NotAllowed:
        return "as-not-allowed";
    case OtherUserProblem::MayGainNothing:
        return "as-may-gain-nothing";
    case OtherUserProblem::Dismissed:
        return "as-dismissed";
    case OtherUserProblem::ProgramUnreachable:
        return "as-program-unreachable";
    case OtherUserProblem::BrokeOff:
        return "as-broke-off";
    case OtherUserProblem::Nonsense:
        return "as-nonsense";
    case OtherUserProblem::OtherVersion:
        return "as-other-version";
    case OtherUserProblem::Silent:
        return "as-silent";
    case OtherUserProblem::Failed:
        break;
    }
    return "as-failed";
}

} // namespace

extern const RuleFamily otherUserFindings{{}, kCauses, kFixes};

Finding otherUserFinding(const OtherUserCase& what, const Path& folder)
{
    Finding finding =
        makeFinding(idOf(what.problem), {{"as", Argument::user(what.as)},
                                         {"asker", Argument::user(what.asker.empty() ? "YOUR-NAME" : what.asker)},
                                         {"program", Argument::path(what.program)},
                                         {"message", Argument::plain(what.message)},
                                         {"path", Argument::path(folder)}});
    if (!what.message.empty())
        finding.evidence.push_back(displayText(what.message));
    return finding;
}

} // namespace scratchproof
