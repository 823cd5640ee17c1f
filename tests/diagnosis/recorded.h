// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"

#include <cerrno>
#include <string>

/// Facts and probes as they were seen on real folders, made up here in a few words.
namespace recorded {

using namespace scratchproof;

inline Mount mount(const std::string& line)
{
    MountTable table;
    table.parse(line);
    return table.mounts().at(0);
}

inline FileStatus folderStatus(std::uint32_t uid, std::uint32_t gid, std::uint32_t mode)
{
    FileStatus status;
    status.type = FileType::Directory;
    status.uid = uid;
    status.gid = gid;
    status.mode = mode;
    status.inode = 100;
    status.links = 2;
    status.mountId = 50;
    return status;
}

/// /mnt/x/folder on a roomy ext4, the folder of user 1000 who asks.
inline Facts facts(const std::string& mountLine = "50 1 8:17 / /mnt/x rw,relatime - ext4 /dev/sdb1 rw")
{
    Facts facts;
    facts.mount = mount(mountLine);
    facts.mountsAtPoint = 1;
    facts.mountRole = MountRole::Apart;
    facts.space = FileSystemSpace{};
    facts.space->totalBytes = std::uint64_t{64} << 30U;
    facts.space->freeBytes = facts.space->availableBytes = std::uint64_t{32} << 30U;
    facts.space->totalInodes = facts.space->freeInodes = 1000;
    facts.folder = folderStatus(1000, 1000, 0755);
    facts.owner = "ann";
    facts.group = "ann";
    facts.user = {1000, 1000, {1000, 27}, "ann", std::nullopt};
    facts.accessCode = 0;
    for (const char* path : {"/", "/mnt", "/mnt/x", "/mnt/x/folder"}) {
        PathComponent component;
        component.path = path;
        component.status = folderStatus(0, 0, 0755);
        component.owner = "root";
        component.searchable = true;
        facts.path.push_back(component);
    }
    DeviceFacts device;
    device.number = {8, 17};
    device.name = "sdb1";
    device.readOnly = false;
    facts.device = device;
    return facts;
}

inline ProbeResult healthy(Level level = Level::Standard)
{
    ProbeResult probe;
    for (const Step step : stepsOf(level))
        probe.steps.push_back({step, StepStatus::Passed, {}, 0, 1000});
    return probe;
}

/// Fails at `step`; what comes after was not tried.
inline ProbeResult failing(Step step, int code, const std::string& call = "openat")
{
    ProbeResult probe = healthy();
    for (StepResult& result : probe.steps) {
        if (result.step == step)
            result = {step, StepStatus::Failed, call, code, 1000};
        else if (result.step > step)
            result = {result.step, StepStatus::Skipped, {}, 0, 0};
    }
    return probe;
}

inline Diagnosis diagnosed(const Facts& facts, const ProbeResult& probe)
{
    return diagnose("/mnt/x/folder", facts, probe);
}

} // namespace recorded
