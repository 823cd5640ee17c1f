// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/remote_findings.h"

#include "core/diagnosis/rule.h"

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"remote-no-client",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The ssh client is not installed here"),
     QT_TRANSLATE_NOOP("causes", "Folders of other computers are checked through ssh, which this computer does not "
                                 "have. The folder on '{host}' was not tried."),
     {"install-ssh-client"}},
    {"remote-host-unknown",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "No computer of that name is known"),
     QT_TRANSLATE_NOOP("causes", "Nobody could say where '{host}' is: the name is misspelled, or this computer is not "
                                 "connected to the network that knows it."),
     {"check-host-name", "local-with-dot"}},
    {"remote-refused",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The computer takes no connections by ssh"),
     QT_TRANSLATE_NOOP("causes", "'{host}' is there, and refused the connection: no ssh server runs on it, or it "
                                 "listens at another port."),
     {"start-ssh-server", "set-ssh-port"}},
    {"remote-unreachable",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The computer does not answer"),
     QT_TRANSLATE_NOOP("causes", "Nothing came back from '{host}' in time. It is switched off or asleep, or a firewall "
                                 "or a broken network stands in between. The folder was not tried."),
     {"wake-host", "try-ssh"}},
    {"remote-key-unknown",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The key of the other computer is not known here"),
     QT_TRANSLATE_NOOP("causes", "ssh does not know the key by which '{host}' proves that it is itself, and a check "
                                 "does not accept one unasked. The folder was not tried."),
     {"accept-key"}},
    {"remote-key-changed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The computer has another key than before"),
     QT_TRANSLATE_NOOP("causes",
                       "'{host}' showed another key than the one that is on record for it. It was set up "
                       "again, or something else pretends to be it: this may be an attack. Nothing was sent."),
     {"ask-about-key", "forget-key"}},
    {"remote-not-allowed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The computer does not let you in"),
     QT_TRANSLATE_NOOP("causes", "'{target}' accepted none of your keys. A check types no password: ssh must get in "
                                 "with a key alone."),
     {"load-key", "copy-key"}},
    {"remote-program-missing",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "Scratchproof is not installed on that computer"),
     QT_TRANSLATE_NOOP("causes", "The check is done by the program scratchproof-cli on '{host}' itself, and ssh found "
                                 "none there."),
     {"install-there"}},
    {"remote-other-version",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The other computer has another version of Scratchproof"),
     QT_TRANSLATE_NOOP("causes", "The scratchproof-cli on '{host}' speaks another version of the language that the two "
                                 "programs share. The folder was not tried."),
     {"same-version"}},
    {"remote-failed",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The check could not be started on the other computer"),
     QT_TRANSLATE_NOOP("causes", "Connecting to '{host}' failed before the folder was tried. ssh said: \"{message}\"."),
     {"try-ssh"}},
    {"remote-broke-off",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The connection to the other computer broke off"),
     QT_TRANSLATE_NOOP("causes", "What did the check on '{host}' ended in the middle, or the network did. That says "
                                 "nothing about the folder."),
     {"check-again"}},
    {"remote-greeting",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The other computer says something before Scratchproof can"),
     QT_TRANSLATE_NOOP("causes",
                       "A start-up file of the shell on '{host}', such as ~/.bashrc, prints a greeting even "
                       "where no person reads it: \"{message}\". Programs that talk over ssh cannot work then."),
     {"silence-greeting"}},
    {"remote-nonsense",
     {"no-answer"},
     QT_TRANSLATE_NOOP("causes", "The other computer gave no answer that can be understood"),
     QT_TRANSLATE_NOOP("causes", "What was started on '{host}' sent an answer that makes no sense. "
                                 "That says nothing about the folder."),
     {"same-version"}},
    {"remote-silent",
     {"no-answer", "", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The other computer does not answer any more"),
     QT_TRANSLATE_NOOP("causes", "The check on '{host}' stopped answering and was ended."),
     {"check-again"}},
};

constexpr FixWords kFixes[] = {
    {"install-ssh-client",
     QT_TRANSLATE_NOOP("causes", "Install the ssh client; the package is called openssh-client on Debian and Ubuntu."),
     FixBy::Admin,
     {"apt-get", "install", "openssh-client"}},
    {"check-host-name", QT_TRANSLATE_NOOP("causes", "Check how the name is spelled, and the network."), FixBy::User},
    {"local-with-dot",
     QT_TRANSLATE_NOOP("causes", "If you meant a folder of this computer with a colon in its name, put ./ before it."),
     FixBy::User},
    {"start-ssh-server",
     QT_TRANSLATE_NOOP("causes", "Have an ssh server (the package openssh-server) installed and started there."),
     FixBy::Admin},
    {"set-ssh-port",
     QT_TRANSLATE_NOOP("causes", "If it listens at another port, write that into ~/.ssh/config here: 'Host {host}', "
                                 "and below it 'Port NUMBER'."),
     FixBy::User},
    {"wake-host", QT_TRANSLATE_NOOP("causes", "See whether it is switched on and connected, then check again."),
     FixBy::User},
    {"try-ssh",
     QT_TRANSLATE_NOOP("causes", "Try it in a terminal; ssh says more there."),
     FixBy::User,
     {"ssh", "--", "{target}"}},
    {"accept-key",
     QT_TRANSLATE_NOOP("causes", "Connect once in a terminal, compare the key that ssh shows with what the "
                                 "administrator of '{host}' says it is, and accept it."),
     FixBy::User,
     {"ssh", "--", "{target}"}},
    {"ask-about-key",
     QT_TRANSLATE_NOOP("causes",
                       "First ask the administrator of '{host}' whether it was set up again. Until then do not "
                       "connect to it."),
     FixBy::User},
    {"forget-key",
     QT_TRANSLATE_NOOP("causes", "Only when they confirm the new key: have ssh forget the old one, and connect once in "
                                 "a terminal."),
     FixBy::User,
     {"ssh-keygen", "-R", "{host}"}},
    {"load-key",
     QT_TRANSLATE_NOOP("causes", "If your key has a passphrase, load it into the ssh agent in a terminal of this "
                                 "session."),
     FixBy::User,
     {"ssh-add"}},
    {"copy-key",
     QT_TRANSLATE_NOOP("causes", "Bring your public key there once; this asks for your password on '{host}'."),
     FixBy::User,
     {"ssh-copy-id", "--", "{target}"}},
    {"install-there",
     QT_TRANSLATE_NOOP("causes", "Have the package scratchproof-cli installed on '{host}', where every user's shell "
                                 "finds it, for instance in /usr/bin."),
     FixBy::Admin},
    {"silence-greeting",
     QT_TRANSLATE_NOOP("causes", "Have it print only where a person reads: put '[ -t 1 ] || return' before it in "
                                 "that file."),
     FixBy::User},
};

const char* idOf(RemoteProblem problem)
{
    switch (problem) {
    case RemoteProblem::NoClient:
        return "remote-no-client";
    case RemoteProblem::HostUnknown:
        return "remote-host-unknown";
    case RemoteProblem::Refused:
        return "remote-refused";
    case RemoteProblem::Unreachable:
        return "remote-unreachable";
    case RemoteProblem::KeyUnknown:
        return "remote-key-unknown";
    case RemoteProblem::KeyChanged:
        return "remote-key-changed";
    case RemoteProblem::NotAllowed:
        return "remote-not-allowed";
    case RemoteProblem::ProgramMissing:
        return "remote-program-missing";
    case RemoteProblem::OtherVersion:
        return "remote-other-version";
    case RemoteProblem::BrokeOff:
        return "remote-broke-off";
    case RemoteProblem::Greeting:
        return "remote-greeting";
    case RemoteProblem::Nonsense:
        return "remote-nonsense";
    case RemoteProblem::Silent:
        return "remote-silent";
    case RemoteProblem::Failed:
        break;
    }
    return "remote-failed";
}

} // namespace

extern const RuleFamily remoteFindings{{}, kCauses, kFixes};

Finding remoteFinding(const RemoteCase& what)
{
    Finding finding = makeFinding(idOf(what.problem), {{"host", Argument::name(what.host)},
                                                       {"target", Argument::name(what.target)},
                                                       {"message", Argument::plain(what.message)}});
    if (!what.message.empty())
        finding.evidence.push_back(displayText(what.message));
    return finding;
}

bool isOfSupervision(const Finding& finding)
{
    return finding.id.rfind("as-", 0) == 0 || finding.id.rfind("remote-", 0) == 0;
}

} // namespace scratchproof
