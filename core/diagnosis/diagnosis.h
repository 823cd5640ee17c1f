// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"
#include "core/facts/facts.h"
#include "core/probe/probe.h"

#include <string>
#include <vector>

namespace scratchproof {

enum class Verdict : std::uint8_t { Usable, Limited, Unusable, NotResponding, NotChecked };

/// "usable", "limited", "unusable", "not-responding", "not-checked".
[[nodiscard]] std::string_view toString(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdictFromString(std::string_view text);

struct Diagnosis
{
    Verdict verdict = Verdict::NotChecked;
    std::vector<Finding> findings; // the first names the cause
};

/// What the facts and the steps come to. A pure function: no system call, no clock. Whatever did not pass has a first
/// finding; where no rule fits it is `unknown`, with the call and the errno.
[[nodiscard]] Diagnosis diagnose(const Path& folder, const Facts& facts, const ProbeResult& probe);

/// What a watcher knows of a prober that did not come back in time.
struct Hang
{
    std::string step;       // the step's name, "facts" or "abilities"
    std::string waitsIn;    // /proc/PID/wchan; may be empty
    std::string fileSystem; // type of the mount that it waits in; "" where it is not known which
    Path mountPoint;        // of that mount
    int pid = 0;
    std::int64_t waited = 0; // nanoseconds
    MountRole role = MountRole::Unknown;
    bool mountIsGone = false; // another mount is at that place now, or none
};
/// Whether one who waits in that function of the kernel can be waiting in a file system of that type. An empty or
/// unknown function says nothing against any. An overlay waits where its layers do.
[[nodiscard]] bool waitFits(std::string_view waitsIn, std::string_view fileSystem);
/// The findings of a folder that does not answer: the catalogue's rows that show as `hangs`, by what it waits in.
[[nodiscard]] std::vector<Finding> diagnoseHang(const Path& folder, const Hang& hang);

} // namespace scratchproof
