// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"fuse-daemon-hung",
     QT_TRANSLATE_NOOP("causes", "The program behind this folder does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "A helper program provides what is shown at '{mount}'. It was asked {waited} ago and has not "
                       "answered."),
     {"unmount-fuse-lazily"}},
    {"fanotify-scanner-hang",
     QT_TRANSLATE_NOOP("causes", "A security scanner does not answer"),
     QT_TRANSLATE_NOOP("causes", "Every file that is opened here waits for a scanner's consent, and the scanner is "
                                 "silent."),
     {"restart-scanner"},
     Severity::Blocking,
     Certainty::Likely},
    {"fs-frozen",
     QT_TRANSLATE_NOOP("causes", "The file system is paused"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing at '{mount}' is being held back, as is done while a snapshot or backup is taken."),
     {"wait-for-snapshot", "thaw"},
     Severity::Blocking,
     Certainty::Likely},
    {"not-responding",
     QT_TRANSLATE_NOOP("causes", "The folder does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "The step '{step}' did not come back within {waited}. What it waits for is not known."),
     {"check-again"},
     Severity::Blocking,
     Certainty::ByElimination},
};

constexpr CatalogueRow kRows[] = {
    {"fanotify-scanner-hang", "security", "any", Shows::Hangs, ""},
    {"fuse-daemon-hung", "fuse", "any", Shows::Hangs, ""},
    {"fs-frozen", "device", "any", Shows::Hangs, ""},
    {"not-responding", "device", "any", Shows::Hangs, ""},
};

constexpr FixWords kFixes[] = {
    {"restart-scanner", QT_TRANSLATE_NOOP("causes", "Start the scanner's service again."), FixBy::Admin},
    {"wait-for-snapshot", QT_TRANSLATE_NOOP("causes", "Wait until the backup or snapshot is done."), FixBy::User},
    {"thaw",
     QT_TRANSLATE_NOOP("causes", "If nothing is under way: let the file system go on."),
     FixBy::Admin,
     {"fsfreeze", "-u", "{mount}"}},
};

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

struct Told
{
    const char* id;
    Certainty certainty;
};

/// What a sleeping prober waits in tells more than the type of the file system, which is known by the path's text only.
Told causeOf(const Hang& hang)
{
    const std::string_view in = hang.waitsIn;
    const std::string_view type = hang.fileSystem;
    if (has(in, "fanotify"))
        return {"fanotify-scanner-hang", Certainty::Likely};
    // A helper that stands for an NFS server waits for it.
    if (type == "fuse.nfs" || type == "fuse.fuse-nfs")
        return {"nfs-server-gone", Certainty::Likely};
    if (has(in, "request_wait_answer") || has(in, "fuse"))
        return {"fuse-daemon-hung", Certainty::Proven};
    if (has(in, "rpc_wait") || has(in, "nfs"))
        return {"nfs-server-gone", Certainty::Proven};
    if (has(in, "wait_for_response") || has(in, "cifs") || has(in, "smb"))
        return {"cifs-session-lost", Certainty::Likely};
    if (has(in, "percpu_rwsem_wait") || has(in, "sb_start_write") || has(in, "percpu_down_read"))
        return {"fs-frozen", Certainty::Likely};
    if (type.substr(0, 4) == "fuse")
        return {"fuse-daemon-hung", Certainty::Likely};
    if (type.substr(0, 3) == "nfs")
        return {"nfs-server-gone", Certainty::Likely};
    if (type == "cifs" || type == "smb3")
        return {"cifs-session-lost", Certainty::Likely};
    if (type == "autofs")
        return {"automount-unreachable", Certainty::Likely};
    return {"not-responding", Certainty::ByElimination};
}

} // namespace

RuleFamily hangWords()
{
    return {{}, kCauses, kFixes, kRows};
}

std::vector<Finding> diagnoseHang(const Path& folder, const Hang& hang)
{
    const Told told = causeOf(hang);
    Finding finding;
    finding.id = told.id;
    finding.certainty = told.certainty;
    finding.arguments = {{"path", Argument::path(folder)},
                         {"step", Argument::plain(hang.step)},
                         {"waited", Argument::duration(hang.waited)},
                         {"pid", Argument::count(hang.pid)}};
    if (!hang.mountPoint.empty())
        finding.arguments.emplace("mount", Argument::path(hang.mountPoint));
    if (!hang.fileSystem.empty())
        finding.arguments.emplace("fs", Argument::name(hang.fileSystem));
    for (const char* fix : findCauseWords(told.id)->fixes) {
        if (fix != nullptr)
            finding.fixes.push_back(makeFix(fix, finding.arguments));
    }
    finding.evidence.push_back(fmt::format("{}: no answer after {} ms; process {} waits in {}", displayText(hang.step),
                                           hang.waited / kNanosecondsPerMillisecond, hang.pid,
                                           hang.waitsIn.empty() ? "?" : displayText(hang.waitsIn)));
    return {finding};
}

} // namespace scratchproof
