// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/speed_words.h"

#include "core/base/quantity.h"
#include "core/report/reader_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scratchproof {

namespace {

const char* wordOf(const SpeedJob& job)
{
    if (job.isRandom)
        return job.isWrite ? QT_TRANSLATE_NOOP("report", "random write") : QT_TRANSLATE_NOOP("report", "random read");
    return job.isWrite ? QT_TRANSLATE_NOOP("report", "sequential write")
                       : QT_TRANSLATE_NOOP("report", "sequential read");
}

std::string nameOf(const SpeedJob& job, const ReaderText& say)
{
    const std::string block = job.block == kMebibyte ? "1 MiB" : fmt::format("{} KiB", job.block / kKibibyte);
    return job.depth == 1 ? say(QT_TRANSLATE_NOOP("report", "%1, %2, one at a time"), say.text(wordOf(job)), block)
                          : say(QT_TRANSLATE_NOOP("report", "%1, %2, %3 at once"), say.text(wordOf(job)), block,
                                std::to_string(job.depth));
}

/// A drive whose cache is full writes at another rate than it began with.
bool differ(double first, double steady)
{
    return steady > 0 && (first > steady * 1.25 || first * 1.25 < steady);
}

std::string ratesOf(const SpeedOfJob& job, const ReaderText& say)
{
    std::string line = say.rate(job.bytesPerSecond());
    if (job.job.isRandom)
        line +=
            say(QT_TRANSLATE_NOOP("report", ", %1 requests a second"), fmt::format("{:.0f}", job.requestsPerSecond()));
    if (differ(job.firstBytesPerSecond(), job.steadyBytesPerSecond()))
        line += say(QT_TRANSLATE_NOOP("report", "; %1 at first, %2 in the second half"),
                    say.rate(job.firstBytesPerSecond()), say.rate(job.steadyBytesPerSecond()));
    return line;
}

} // namespace

std::string nameOfSpeedJob(std::string_view job, const Translate& translate)
{
    const ReaderText say(translate);
    const auto known =
        std::find_if(kSpeedJobs.begin(), kSpeedJobs.end(), [&](const SpeedJob& one) { return one.name == job; });
    if (known != kSpeedJobs.end())
        return nameOf(*known, say);
    if (job == kFlushJob)
        return say.text(QT_TRANSLATE_NOOP("report", "storing 4 KiB (fsync)"));
    return job == kSmallFilesJob ? say.text(QT_TRANSLATE_NOOP("report", "small files, made and deleted")) : "";
}

std::vector<std::pair<std::string, std::string>> figuresOf(const SpeedResult& result, const Translate& translate)
{
    const ReaderText say(translate);
    const SpeedReport& report = result.report;
    std::vector<std::pair<std::string, std::string>> rows;
    for (const SpeedOfJob& job : report.jobs) {
        if (job.time > 0)
            rows.emplace_back(nameOf(job.job, say), ratesOf(job, say));
    }
    if (report.flushes > 0)
        rows.emplace_back(nameOfSpeedJob(kFlushJob, translate),
                          say(QT_TRANSLATE_NOOP("report", "%1 mostly, %2 for the slowest of a hundred"),
                              say.time(report.flushMedian), say.time(report.flushP99)));
    if (report.smallFiles > 0)
        rows.emplace_back(
            nameOfSpeedJob(kSmallFilesJob, translate),
            say(QT_TRANSLATE_NOOP("report", "%1 a second"),
                fmt::format("{:.{}f}", report.smallFilesPerSecond(), report.smallFilesPerSecond() < 10 ? 1 : 0)));
    return rows;
}

std::vector<std::string> limitsOf(const SpeedResult& result, const Translate& translate)
{
    const ReaderText say(translate);
    const SpeedReport& report = result.report;
    std::vector<std::string> lines;
    if (!report.isDirect)
        lines.push_back(say.text(QT_TRANSLATE_NOOP(
            "report", "written through the cache of this computer or of a server, which makes the drive look faster "
                      "than it is; reading was not measured")));
    else if (!report.jobs.empty())
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "past the cache of this computer, by %1, in a file of %2"),
                            toString(report.engine), say.bytes(report.size)));
    if (report.isStopped)
        lines.push_back(say.text(QT_TRANSLATE_NOOP("report", "it was stopped before all was measured")));
    if (report.error)
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "it ended early, for the drive gave an error: %1"),
                            toString(*report.error)));
    return lines;
}

std::vector<std::string> linesOf(const SpeedResult& result, const Translate& translate)
{
    const auto rows = figuresOf(result, translate);
    std::size_t width = 0;
    for (const auto& [name, figures] : rows)
        width = std::max(width, name.size());
    std::vector<std::string> lines;
    lines.reserve(rows.size());
    for (const auto& [name, figures] : rows)
        lines.push_back(fmt::format("{:<{}}  {}", name, width, figures));
    for (std::string& line : limitsOf(result, translate))
        lines.push_back(std::move(line));
    return lines;
}

std::string lineOf(const SpeedProgress& progress, const Translate& translate)
{
    const ReaderText say(translate);
    const std::string name = nameOfSpeedJob(progress.job, translate);
    if (name.empty())
        return say.text(QT_TRANSLATE_NOOP("report", "removing what was written"));
    const std::string left = say(QT_TRANSLATE_NOOP("report", "about %1 left"), say.time(progress.left));
    if (progress.job == kFlushJob || progress.job == kSmallFilesJob)
        return say(QT_TRANSLATE_NOOP("report", "%1; %2"), name, left);
    return say(QT_TRANSLATE_NOOP("report", "%1: %2; %3"), name, say.rate(progress.bytesPerSecond), left);
}

ExitCode exitCodeOf(const SpeedResult& result)
{
    return result.report.error || result.report.isStopped ? ExitCode::NotFoundOut : ExitCode::Success;
}

} // namespace scratchproof
