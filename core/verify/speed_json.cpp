// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/speed_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scratchproof {

namespace {

/// Of a job: a hundred are wanted, and a drive may answer late.
constexpr std::size_t kMostPointsRead = 2000;

const SpeedJob* jobNamed(std::string_view name)
{
    const auto found =
        std::find_if(kSpeedJobs.begin(), kSpeedJobs.end(), [&](const SpeedJob& job) { return job.name == name; });
    return found == kSpeedJobs.end() ? nullptr : &*found;
}

double seconds(Nanoseconds time)
{
    return static_cast<double>(time) / static_cast<double>(kNanosecondsPerSecond);
}

std::uint64_t roundedRate(double rate)
{
    return static_cast<std::uint64_t>(std::llround(std::max(0.0, rate)));
}

Json jobJson(const SpeedOfJob& job, bool isDirect)
{
    Json json = Json::object();
    json["name"] = job.job.name;
    json["direction"] = job.job.isWrite ? "write" : "read";
    json["pattern"] = job.job.isRandom ? "random" : "sequential";
    json["block_bytes"] = job.job.block;
    json["queue_depth"] = job.job.depth;
    json["direct"] = isDirect;
    json["bytes"] = job.bytes;
    json["operations"] = job.requests;
    json["duration_ns"] = job.time;
    json["bytes_per_second"] = roundedRate(job.bytesPerSecond());
    json["operations_per_second"] = std::round(job.requestsPerSecond() * 10) / 10;
    json["first_bytes_per_second"] = roundedRate(job.firstBytesPerSecond());
    json["steady_bytes_per_second"] = roundedRate(job.steadyBytesPerSecond());
    const auto spread = job.spread();
    json["low_bytes_per_second"] = roundedRate(spread.low);
    json["median_bytes_per_second"] = roundedRate(spread.median);
    json["high_bytes_per_second"] = roundedRate(spread.high);
    Json& points = json["points"] = Json::array();
    for (const SpeedPoint& point : job.curve)
        points.push_back({{"after_ns", point.time}, {"bytes", point.bytes}});
    return json;
}

/// All jobs, one after the other.
Json curveJson(const std::vector<SpeedOfJob>& jobs)
{
    Json curve = Json::array();
    Nanoseconds before = 0;
    for (const SpeedOfJob& job : jobs) {
        SpeedPoint last;
        for (const SpeedPoint& point : job.curve) {
            const double part = seconds(point.time - last.time);
            if (part > 0)
                curve.push_back(
                    {{"seconds", std::round(seconds(before + point.time) * 1000) / 1000},
                     {"bytes_per_second", roundedRate(static_cast<double>(point.bytes - last.bytes) / part)}});
            last = point;
        }
        before += job.time;
    }
    return curve;
}

std::optional<SpeedOfJob> jobFromJson(const Json& json)
{
    const SpeedJob* job = jobNamed(getString(json, "name").value_or(""));
    const Json* points = getArray(json, "points");
    if (job == nullptr || points == nullptr || points->size() > kMostPointsRead)
        return std::nullopt;
    SpeedOfJob result{*job};
    result.bytes = getUnsigned(json, "bytes").value_or(0);
    result.requests = getUnsigned(json, "operations").value_or(0);
    result.time = std::max<Nanoseconds>(0, getInteger(json, "duration_ns").value_or(0));
    for (const Json& one : *points) {
        const auto time = getInteger(one, "after_ns");
        const auto bytes = getUnsigned(one, "bytes");
        const SpeedPoint last = result.curve.empty() ? SpeedPoint{} : result.curve.back();
        if (!time || !bytes || *time < last.time || *bytes < last.bytes)
            return std::nullopt;
        result.curve.push_back({*time, *bytes});
    }
    return result;
}

} // namespace

Json toJson(const SpeedResult& result)
{
    const SpeedReport& report = result.report;
    Json json = Json::object();
    json["kind"] = "speed";
    putPath(json, "folder", result.folder);
    json["engine"] = toString(report.engine);
    json["direct"] = report.isDirect;
    json["file_bytes"] = report.size;
    json["stopped"] = report.isStopped;
    Json& jobs = json["jobs"] = Json::array();
    for (const SpeedOfJob& job : report.jobs)
        jobs.push_back(jobJson(job, report.isDirect));
    json["curve"] = curveJson(report.jobs);
    json["flushes"] = report.flushes;
    json["flush_median_ns"] = report.flushMedian;
    json["flush_p99_ns"] = report.flushP99;
    json["small_files"] = report.smallFiles;
    json["small_files_ns"] = report.smallFilesTime;
    json["small_files_per_second"] = std::round(report.smallFilesPerSecond() * 10) / 10;
    if (report.error)
        json["error"] = toJson(*report.error);
    if (!result.directory.empty())
        putPath(json, "directory", result.directory);
    if (!result.id.empty())
        json["id"] = result.id;
    if (!result.notRemoved.empty())
        json["not_removed"] = result.notRemoved;
    return json;
}

std::optional<SpeedResult> speedResultFromJson(const Json& json)
{
    const Json* jobs = getArray(json, "jobs");
    const auto engine = getString(json, "engine");
    if (getString(json, "kind") != "speed" || jobs == nullptr || jobs->size() > kSpeedJobs.size() || !engine)
        return std::nullopt;
    SpeedResult result;
    result.folder = getPath(json, "folder").value_or("");
    SpeedReport& report = result.report;
    report.engine = *engine == toString(SpeedEngine::Uring) ? SpeedEngine::Uring : SpeedEngine::Threads;
    report.isDirect = getBool(json, "direct").value_or(false);
    report.size = getUnsigned(json, "file_bytes").value_or(0);
    report.isStopped = getBool(json, "stopped").value_or(false);
    for (const Json& one : *jobs) {
        auto job = jobFromJson(one);
        if (!job)
            return std::nullopt;
        report.jobs.push_back(std::move(*job));
    }
    report.flushes = getUnsigned(json, "flushes").value_or(0);
    report.flushMedian = getInteger(json, "flush_median_ns").value_or(0);
    report.flushP99 = getInteger(json, "flush_p99_ns").value_or(0);
    report.smallFiles = getUnsigned(json, "small_files").value_or(0);
    report.smallFilesTime = getInteger(json, "small_files_ns").value_or(0);
    if (const Json* error = getObject(json, "error"))
        report.error = errorFromJson(*error);
    result.directory = getPath(json, "directory").value_or("");
    result.id = getString(json, "id").value_or("");
    result.notRemoved = getString(json, "not_removed").value_or("");
    return result;
}

Json toJson(const SpeedProgress& progress)
{
    Json json{{"job", progress.job},
              {"index", progress.index},
              {"jobs", progress.jobs},
              {"left_ns", progress.left},
              {"bytes_per_second", roundedRate(progress.bytesPerSecond)},
              {"scratch", progress.id}};
    putPath(json, "directory", progress.directory);
    return json;
}

SpeedProgress speedProgressFromJson(const Json& json)
{
    SpeedProgress progress;
    const std::string name = getString(json, "job").value_or("");
    if (const SpeedJob* job = jobNamed(name))
        progress.job = job->name;
    else if (name == kFlushJob)
        progress.job = kFlushJob;
    else if (name == kSmallFilesJob)
        progress.job = kSmallFilesJob;
    progress.index = static_cast<std::size_t>(getUnsigned(json, "index").value_or(0));
    progress.jobs = static_cast<std::size_t>(getUnsigned(json, "jobs").value_or(0));
    progress.left = getInteger(json, "left_ns").value_or(0);
    progress.bytesPerSecond = static_cast<double>(getUnsigned(json, "bytes_per_second").value_or(0));
    progress.directory = getPath(json, "directory").value_or("");
    progress.id = getString(json, "scratch").value_or("");
    return progress;
}

} // namespace scratchproof
