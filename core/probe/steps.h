// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// The steps of a probe, in their order. The names (stepName) are part of the JSON and of the catalogue of causes.
enum class Step : std::uint8_t {
    OpenFolder,
    CreateFile,
    Write,
    Sync,
    ReadBack,
    Rename,
    DeleteFile,
    CreateDirectory,
    DeleteDirectory,
};

enum class StepStatus : std::uint8_t { Passed, Failed, Skipped, TimedOut };

enum class Level : std::uint8_t { Quick, Standard, Full };

/// "open-folder", "create-file", ...; "passed", "failed", "skipped", "timed-out"; "quick", "standard", "full".
[[nodiscard]] std::string_view toString(Step step);
[[nodiscard]] std::string_view toString(StepStatus status);
[[nodiscard]] std::string_view toString(Level level);
[[nodiscard]] std::optional<Step> stepFromString(std::string_view text);
[[nodiscard]] std::optional<StepStatus> stepStatusFromString(std::string_view text);
[[nodiscard]] std::optional<Level> levelFromString(std::string_view text);

/// The steps that a level takes, in order.
[[nodiscard]] const std::vector<Step>& stepsOf(Level level);

struct StepResult
{
    Step step = Step::OpenFolder;
    StepStatus status = StepStatus::Skipped;
    std::string call;         // the system call that failed; "compare" where the data differed. Empty if none failed
    int errorCode = 0;        // its errno; 0 with call "compare"
    Nanoseconds duration = 0; // of passed, failed and timed-out steps
};

} // namespace scratchproof
