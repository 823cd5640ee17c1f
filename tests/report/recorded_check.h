// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/diagnosis/words.h"

#include <cerrno>

namespace scratchproof::test {

/// A name that tries everything: markup, a table's bar, a code span, a control character, a right-to-left override,
/// bytes that are no UTF-8, and a command.
inline const std::string kHostile = "x|`y`<b>*_[l](http://e)\n\x1b[31m\xe2\x80\xae\xff'; rm -rf ~; '";

inline PathComponent component(Path path, std::uint32_t mode, std::uint32_t uid, std::optional<std::string> owner,
                               std::uint64_t mountId)
{
    PathComponent made;
    made.path = std::move(path);
    FileStatus status;
    status.type = FileType::Directory;
    status.mode = mode;
    status.uid = status.gid = uid;
    made.status = status;
    made.owner = owner;
    made.group = std::move(owner);
    made.searchable = true;
    made.mountId = mountId;
    return made;
}

/// A folder on a stick that may not be entered; `name` is the folder's own name.
inline Check checkOfAStick(const std::string& name, const std::string& cause = "parent-no-search")
{
    Check check;
    check.folder = "/media/stick/" + name;
    check.verdict = Verdict::Unusable;
    check.started = 1'763'892'000'123'000'000;
    check.duration = 3 * kNanosecondsPerMillisecond;
    StepResult opened;
    opened.step = Step::OpenFolder;
    opened.status = StepStatus::Failed;
    opened.call = "openat";
    opened.errorCode = EACCES;
    opened.duration = 85'000;
    StepResult skipped;
    skipped.step = Step::CreateFile;
    check.steps = {opened, skipped};

    Mount mount;
    mount.id = 42;
    mount.mountPoint = "/media/stick";
    mount.fileSystem = "ext4";
    mount.source = "/dev/sdb1";
    mount.options = "rw,nosuid,relatime";
    mount.superOptions = "ro,errors=remount-ro";
    mount.root = "/";
    mount.kind = MountKind::Removable;
    check.facts.mount = mount;
    check.facts.path = {component("/", 0755, 0, "root", 1), component("/media", 0755, 0, "root", 1),
                        component("/media/stick", 0750, 0, "root", 42)};
    check.facts.path.back().searchable = false;
    check.facts.path.back().errorCode = EACCES;
    check.facts.user = {1000, 1000, {1000, 24}, "ann", std::nullopt};
    check.facts.mountsOnPath = {mount};

    Finding finding;
    finding.id = cause;
    finding.arguments = {{"component", Argument::path("/media/stick")},
                         {"folder", Argument::path(check.folder)},
                         {"owner", Argument::user("root")},
                         {"user", Argument::user("ann")},
                         {"grant", Argument::name("x")}};
    finding.fixes = {makeFix("grant-search", finding.arguments)};
    finding.evidence = {"openat: EACCES"};
    check.findings = {finding};
    return check;
}

/// A folder that takes files, at level full: abilities of each status, free space, and a note.
inline Check checkThatTakesFiles(const std::string& name)
{
    Check check;
    check.folder = "/srv/" + name;
    check.verdict = Verdict::Usable;
    check.level = Level::Full;
    check.duration = 1'240'000'000;
    check.steps = {{Step::OpenFolder, StepStatus::Passed, "openat", 0, 85'000},
                   {Step::Write, StepStatus::Failed, "pwrite", 0, 3'000'000},
                   {Step::Sync, StepStatus::TimedOut, "fsync", 0, 12 * kNanosecondsPerSecond}};
    check.abilities = {{Ability::SymbolicLinks, AbilityStatus::Present, {}, 0, {}, {}},
                       {Ability::HardLinks, AbilityStatus::NotTried, "linkat", ENOSPC, {}, {}},
                       {Ability::AccessLists, AbilityStatus::Missing, "fsetxattr", EOPNOTSUPP, {}, {}},
                       {Ability::LongNames, AbilityStatus::Present, {}, 0, 255, {}},
                       {Ability::SpecialCharacters, AbilityStatus::Missing, "openat", EINVAL, {}, {":", "|", "\n"}},
                       {Ability::TimeStamps, AbilityStatus::Present, {}, 0, 4'000'000, {}},
                       {Ability::Trash, AbilityStatus::NotTried, {}, 0, {}, {}}};
    check.facts.mount = checkOfAStick(name).facts.mount;
    check.facts.space = FileSystemSpace{};
    check.facts.space->totalBytes = 512'000'000'000;
    check.facts.space->availableBytes = check.facts.space->freeBytes = 41'234'000'000;
    check.facts.path = {component("/", 0755, 0, "root", 1), component("/srv", 01777, 0, "root", 1),
                        component("/srv/" + name, 0770, 1000, {}, 42)};
    check.facts.path.back().linkTarget = "/mnt/real";
    check.facts.path.back().accessList = {{AclTag::NamedUser, 1000, 5, "ann"}, {AclTag::Mask, 0, 4, {}}};
    check.facts.accessList = check.facts.path.back().accessList;
    check.findings = {makeFinding("probe-may-stay", {{"leftover", Argument::path("/srv/.probe-1")}})};
    check.findings.front().severity = Severity::Note;
    return check;
}

} // namespace scratchproof::test
