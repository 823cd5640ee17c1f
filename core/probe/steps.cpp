// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/steps.h"

#include <array>
#include <cstddef>

namespace scratchproof {

namespace {

constexpr std::array<std::string_view, 9> kStepNames{"open-folder", "create-file",      "write",
                                                     "sync",        "read-back",        "rename",
                                                     "delete-file", "create-directory", "delete-directory"};
constexpr std::array<std::string_view, 4> kStepStatusNames{"passed", "failed", "skipped", "timed-out"};
constexpr std::array<std::string_view, 3> kLevelNames{"quick", "standard", "full"};

template <typename Enum, std::size_t count>
std::optional<Enum> find(const std::array<std::string_view, count>& names, std::string_view text)
{
    for (std::size_t i = 0; i < count; ++i) {
        if (names.at(i) == text)
            return static_cast<Enum>(i);
    }
    return std::nullopt;
}

} // namespace

std::string_view toString(Step step)
{
    return kStepNames.at(static_cast<std::size_t>(step));
}

std::string_view toString(StepStatus status)
{
    return kStepStatusNames.at(static_cast<std::size_t>(status));
}

std::string_view toString(Level level)
{
    return kLevelNames.at(static_cast<std::size_t>(level));
}

std::optional<Step> stepFromString(std::string_view text)
{
    return find<Step>(kStepNames, text);
}

std::optional<StepStatus> stepStatusFromString(std::string_view text)
{
    return find<StepStatus>(kStepStatusNames, text);
}

std::optional<Level> levelFromString(std::string_view text)
{
    return find<Level>(kLevelNames, text);
}

const std::vector<Step>& stepsOf(Level level)
{
    static const std::vector<Step> quick{Step::OpenFolder, Step::CreateFile, Step::DeleteFile, Step::CreateDirectory,
                                         Step::DeleteDirectory};
    static const std::vector<Step> standard{Step::OpenFolder, Step::CreateFile,      Step::Write,
                                            Step::Sync,       Step::ReadBack,        Step::Rename,
                                            Step::DeleteFile, Step::CreateDirectory, Step::DeleteDirectory};
    return level == Level::Quick ? quick : standard;
}

} // namespace scratchproof
