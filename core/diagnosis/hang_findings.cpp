// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/advisable.h"
#include "core/diagnosis/fuse_owner.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <string>

namespace scratchproof {

namespace {

constexpr const char* kUnmountByOwner = "unmount-fuse-lazily"; // of whom it is, is not known

constexpr CauseWords kCauses[] = {
    {"fanotify-scanner-hang",
     {"security", "any", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "A security scanner does not answer"),
     QT_TRANSLATE_NOOP("causes", "Every file that is opened here waits for a scanner's consent, and the scanner is "
                                 "silent."),
     {"restart-scanner"},
     Severity::Blocking,
     Certainty::Likely},
    {"fuse-daemon-hung",
     {"fuse", "any", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The program behind this folder does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "A helper program provides what is shown at '{mount}'. It was asked {waited} ago and has not "
                       "answered."),
     {"unmount-own-fuse-lazily", "have-fuse-unmounted", kUnmountByOwner}},
    {"fs-frozen",
     {"device", "any", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The file system is paused"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing at '{mount}' is being held back, as is done while a snapshot or backup is taken."),
     {"wait-for-snapshot", "thaw"},
     Severity::Blocking,
     Certainty::Likely},
    {"not-responding",
     {"device", "any", Shows::Hangs},
     QT_TRANSLATE_NOOP("causes", "The folder does not answer"),
     QT_TRANSLATE_NOOP("causes",
                       "The step '{step}' did not come back within {waited}. What it waits for is not known."),
     {"check-again"},
     Severity::Blocking,
     Certainty::ByElimination},
};

constexpr FixWords kFixes[] = {
    {"restart-scanner", QT_TRANSLATE_NOOP("causes", "Start the scanner's service again."), FixBy::Admin},
    {"wait-for-snapshot", QT_TRANSLATE_NOOP("causes", "Wait until the backup or snapshot is done."), FixBy::User},
    {"thaw",
     QT_TRANSLATE_NOOP("causes", "If nothing is under way: let the file system go on."),
     FixBy::Admin,
     {"fsfreeze", "-u", "{mount}"}},
    {"unmount-own-fuse-lazily",
     QT_TRANSLATE_NOOP("causes", "End the program behind it. If that does not help, unmount it. It may not be possible "
                                 "to connect it again before every program that waits for it has ended."),
     FixBy::User,
     {"fusermount3", "-u", "-z", "--", "{mount}"}},
    {"have-fuse-unmounted",
     QT_TRANSLATE_NOOP("causes", "Somebody else connected it. That person can end the program behind it or unmount it, "
                                 "and so can an administrator. It may not be possible to connect it again before every "
                                 "program that waits for it has ended."),
     FixBy::Admin,
     {"umount", "-l", "--", "{mount}"}},
};

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// Whom one waits for, by the kernel's function.
enum class WaitsFor : std::uint8_t { Unknown, Scanner, Daemon, NfsServer, SmbServer, Thaw };

WaitsFor waitsFor(std::string_view in)
{
    if (has(in, "fanotify"))
        return WaitsFor::Scanner;
    if (has(in, "request_wait_answer") || has(in, "fuse"))
        return WaitsFor::Daemon;
    if (has(in, "rpc_wait") || has(in, "nfs"))
        return WaitsFor::NfsServer;
    if (has(in, "wait_for_response") || has(in, "cifs") || has(in, "smb"))
        return WaitsFor::SmbServer;
    if (has(in, "percpu_rwsem_wait") || has(in, "sb_start_write") || has(in, "percpu_down_read"))
        return WaitsFor::Thaw;
    return WaitsFor::Unknown;
}

bool isFuse(std::string_view type)
{
    return type.substr(0, 4) == "fuse";
}

bool isNfs(std::string_view type)
{
    return type.substr(0, 3) == "nfs";
}

bool isSmb(std::string_view type)
{
    return type == "cifs" || type == "smb3";
}

/// It has its files from other file systems, and waits in theirs.
bool isLayered(std::string_view type)
{
    return type == "overlay" || type == "ecryptfs" || type == "aufs";
}

struct Told
{
    const char* id;
    Certainty certainty;
};

/// What a sleeping prober waits in tells most; the type of the file system decides where that says nothing, and must
/// not be against it.
Told causeOf(const Hang& hang)
{
    const std::string_view type = hang.fileSystem;
    const WaitsFor whom = waitsFor(hang.waitsIn);
    if (whom == WaitsFor::Scanner)
        return {"fanotify-scanner-hang", Certainty::Likely};
    if (!waitFits(hang.waitsIn, type) || type.empty())
        return {"not-responding", Certainty::ByElimination};
    // A helper that stands for an NFS server waits for it.
    if (type == "fuse.nfs" || type == "fuse.fuse-nfs")
        return {"nfs-server-gone", Certainty::Likely};
    const Certainty known = isLayered(type) || hang.mountIsGone ? Certainty::Likely : Certainty::Proven;
    if (whom == WaitsFor::Daemon)
        return {"fuse-daemon-hung", known};
    if (whom == WaitsFor::NfsServer)
        return {"nfs-server-gone", known};
    if (whom == WaitsFor::SmbServer)
        return {"cifs-session-lost", Certainty::Likely};
    if (whom == WaitsFor::Thaw)
        return {"fs-frozen", Certainty::Likely};
    if (isFuse(type))
        return {"fuse-daemon-hung", Certainty::Likely};
    if (isNfs(type))
        return {"nfs-server-gone", Certainty::Likely};
    if (isSmb(type))
        return {"cifs-session-lost", Certainty::Likely};
    if (type == "autofs")
        return {"automount-unreachable", Certainty::Likely};
    return {"not-responding", Certainty::ByElimination};
}

} // namespace

extern const RuleFamily hangFindings{{}, kCauses, kFixes};

bool waitFits(std::string_view waitsIn, std::string_view fileSystem)
{
    if (isLayered(fileSystem))
        return true;
    switch (waitsFor(waitsIn)) {
    case WaitsFor::Daemon:
        return isFuse(fileSystem);
    case WaitsFor::NfsServer:
        return isNfs(fileSystem);
    case WaitsFor::SmbServer:
        return isSmb(fileSystem);
    case WaitsFor::Thaw:
        return canBeFrozen(fileSystem);
    default:
        return true;
    }
}

FuseOwner fuseOwnerOf(const Mount& mount, std::uint32_t ourUser)
{
    const auto user = mount.superOption("user_id");
    if (!user)
        return FuseOwner::Unknown;
    return *user == std::to_string(ourUser) ? FuseOwner::Ourselves : FuseOwner::Another;
}

void adviseUnmountingTo(FuseOwner owner, Finding& finding)
{
    if (owner == FuseOwner::Unknown)
        return;
    for (Fix& fix : finding.fixes) {
        if (fix.id == kUnmountByOwner)
            fix = makeFix(owner == FuseOwner::Ourselves ? "unmount-own-fuse-lazily" : "have-fuse-unmounted",
                          finding.arguments);
    }
}

std::vector<Finding> diagnoseHang(const Path& folder, const Hang& hang)
{
    const Told told = causeOf(hang);
    const MountRole role = hang.mountIsGone || isLayered(hang.fileSystem) ? MountRole::Unknown : hang.role;
    Arguments arguments{{"path", Argument::path(folder)},
                        {"step", Argument::plain(hang.step)},
                        {"waited", Argument::duration(hang.waited)},
                        {"pid", Argument::count(hang.pid)},
                        {"mount_role", Argument::name(std::string(toString(role)))}};
    if (!hang.mountPoint.empty())
        arguments.emplace("mount", Argument::path(hang.mountPoint));
    if (!hang.fileSystem.empty())
        arguments.emplace("fs", Argument::name(hang.fileSystem));
    Finding finding = makeFinding(told.id, std::move(arguments));
    finding.certainty = told.certainty;
    if (told.id == std::string_view("fuse-daemon-hung"))
        finding = withFixes(std::move(finding), {kUnmountByOwner});
    finding.evidence.push_back(fmt::format("{}: no answer after {} ms; process {} waits in {}", displayText(hang.step),
                                           hang.waited / kNanosecondsPerMillisecond, hang.pid,
                                           hang.waitsIn.empty() ? "?" : displayText(hang.waitsIn)));
    if (!waitFits(hang.waitsIn, hang.fileSystem))
        finding.evidence.push_back(fmt::format("a wait of that kind does not belong to a file system of type {}",
                                               displayText(hang.fileSystem)));
    if (hang.mountIsGone)
        finding.evidence.push_back("mountinfo: it is not at that place any more, or something lies on top of it");
    return {finding};
}

} // namespace scratchproof
