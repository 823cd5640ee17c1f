// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/check/check.h"

#include <cstddef>
#include <memory>

namespace scratchproof {

/// How `check` shows what happens. `number` is 1 for the first folder that was given.
class CheckOutput
{
public:
    virtual ~CheckOutput() = default;
    virtual void begin(std::size_t /*folders*/) {}
    virtual void checkStarted(std::size_t /*number*/, const Path& /*folder*/) {}
    virtual void stepStarted(std::size_t /*number*/, const std::string& /*step*/) {}
    virtual void stepFinished(std::size_t /*number*/, const StepResult&) {}
    virtual void checkFinished(std::size_t number, std::shared_ptr<const Check> check) = 0;
    /// Whether it has no use for what is in a result, and takes resultLine() in place of checkFinished() where it
    /// comes.
    [[nodiscard]] virtual bool takesResultLines() const { return false; }
    virtual void resultLine(std::size_t /*number*/, const std::string& /*result*/) {}
    virtual void end(int exitCode) = 0;
};

/// For people: the answers in the order of the folders, words and what to do below those that are not usable.
[[nodiscard]] std::unique_ptr<CheckOutput> makeTextOutput(Console& console);
/// One scratchproof.report/1, written as the answers come, in the order of the folders.
[[nodiscard]] std::unique_ptr<CheckOutput> makeJsonOutput(Console& console);
/// scratchproof.stream/1, flushed line by line.
[[nodiscard]] std::unique_ptr<CheckOutput> makeStreamOutput(Console& console);

} // namespace scratchproof
