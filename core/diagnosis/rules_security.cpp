// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

/// Asked last: the permissions allow it, the file system is one of this computer, and still it was refused.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"selinux-denied",
     {"security", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "A second set of security rules (SELinux) forbids it"),
     QT_TRANSLATE_NOOP(
         "causes", "The permissions of the folder allow it. Besides them this system has rules of SELinux, and those "
                   "do not let this program write to a folder with such a label."),
     {"look-at-denials", "restore-labels"}},
    {"apparmor-denied",
     {"security", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "A security profile refuses this program (AppArmor)"),
     QT_TRANSLATE_NOOP("causes",
                       "The permissions of the folder are fine. This program runs under the profile {profile}, which "
                       "most likely does not list the folder."),
     {"start-unconfined", "extend-profile"},
     Severity::Blocking,
     Certainty::ByElimination},
    {"landlock-sandbox",
     {"security", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The program has locked itself into a sandbox"),
     QT_TRANSLATE_NOOP("causes",
                       "The permissions of the folder are fine, and still it was refused. The program that started "
                       "Scratchproof has most likely shut itself, and all it starts, out of this folder."),
     {"start-outside-sandbox"},
     Severity::Blocking,
     Certainty::ByElimination},
    {"seccomp-filter",
     {"security", "any", Shows::Fails, "EPERM ENOSYS"},
     QT_TRANSLATE_NOOP("causes", "A sandbox forbids this kind of operation"),
     QT_TRANSLATE_NOOP("causes",
                       "Nothing about the folder explains the refusal. This program runs under a filter that can "
                       "forbid single operations, and '{step}' is most likely one of them."),
     {"start-outside-sandbox"},
     Severity::Blocking,
     Certainty::ByElimination},
    {"container-selinux-label",
     {"confinement", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The folder was not labelled for this container"),
     QT_TRANSLATE_NOOP("causes",
                       "SELinux lets a container use only those folders of the host that bear its label, and this "
                       "one was put in without."),
     {"relabel-volume"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"look-at-denials",
     QT_TRANSLATE_NOOP("causes", "See what was denied, and why."),
     FixBy::Admin,
     {"ausearch", "-m", "avc", "-ts", "recent"}},
    {"relabel-volume",
     QT_TRANSLATE_NOOP("causes",
                       "Start the container with ':z' (shared) or ':Z' (for it alone) at the end of the folder's "
                       "-v option. That changes the label of everything in it: never do it with a home or a "
                       "system folder."),
     FixBy::User},
    {"restore-labels",
     QT_TRANSLATE_NOOP("causes", "Give the folder the label that the policy has for its place."),
     FixBy::Admin,
     {"restorecon", "-v", "--", "{path}"}},
    {"start-unconfined",
     QT_TRANSLATE_NOOP("causes", "Start it from a program that is not confined, such as a "
                                 "terminal."),
     FixBy::User},
    {"extend-profile",
     QT_TRANSLATE_NOOP("causes", "Have the folder added to the profile."),
     FixBy::Admin,
     {"aa-logprof"}},
};

/// Refused on a file system of this computer, though nothing about the folder says why.
bool isUnexplained(const Input& in)
{
    const auto rights = in.rights();
    const bool isDenied = rights && !rights->allowed;
    return in.problem != nullptr && !in.failedAt({Step::OpenFolder}) && !isDenied && !in.isRemote() &&
           !in.isKind(MountKind::Pseudo) && in.mount() != nullptr;
}

std::optional<Finding> selinux(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    if (!isUnexplained(in) || !in.failedWith({EACCES}) || !own.selinuxEnforcing.value_or(false))
        return std::nullopt;
    if (!own.container.empty() && in.mount()->root != "/")
        return withEvidence(makeFinding(in, "container-selinux-label"),
                            fmt::format("labels: {} on {}", displayText(own.securityLabel),
                                        displayText(in.facts.state.securityContext.value_or("?"))));
    Finding finding = makeFinding(in, "selinux-denied");
    // The kernel's own answer to "may I?" is no although the permissions say yes: only the policy is left. Where it
    // said yes the policy may still forbid single operations, and so may others.
    if (in.facts.accessCode != EACCES || !in.rights())
        finding.certainty = Certainty::Likely;
    return withEvidence(std::move(finding), fmt::format("labels: {} on {}", displayText(own.securityLabel),
                                                        displayText(in.facts.state.securityContext.value_or("?"))));
}

std::optional<Finding> apparmor(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    const std::string& label = own.securityLabel;
    if (!isUnexplained(in) || !in.failedWith({EACCES, EPERM}) || own.securityModule != "apparmor" || label.empty() ||
        label.compare(0, 10, "unconfined") == 0 || label.find("(complain)") != std::string::npos)
        return std::nullopt;
    return withEvidence(makeFinding(in, "apparmor-denied", {{"profile", Argument::plain(label)}}),
                        "/proc/self/attr/current: " + displayText(label));
}

std::optional<Finding> filtered(const Input& in)
{
    if (!isUnexplained(in) || !in.failedWith({EPERM, ENOSYS}) || in.facts.confinement.seccomp.value_or(0) != 2 ||
        in.failedAt({Step::Sync}))
        return std::nullopt;
    return withEvidence(
        makeFinding(in, "seccomp-filter", {{"step", Argument::plain(std::string(toString(in.problem->step)))}}),
        "/proc/self/status: Seccomp 2");
}

std::optional<Finding> landlocked(const Input& in)
{
    if (!isUnexplained(in) || !in.failedWith({EACCES}) || !in.facts.confinement.noNewPrivileges.value_or(false) ||
        in.facts.accessCode != 0)
        return std::nullopt;
    return withEvidence(makeFinding(in, "landlock-sandbox"), "/proc/self/status: NoNewPrivs 1; faccessat2: allowed");
}

constexpr std::array<Rule, 4> kRules = {selinux, apparmor, filtered, landlocked};

} // namespace

extern const RuleFamily rulesSecurity{kRules, kCauses, kFixes};

} // namespace scratchproof
