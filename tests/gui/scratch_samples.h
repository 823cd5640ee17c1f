// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <string>
#include <vector>

namespace scratchproof::gui {

constexpr Nanoseconds kSampleHour = 3600 * kNanosecondsPerSecond;
/// "Now" of the samples: 2026-11-23T10:00:00Z.
constexpr Nanoseconds kSampleNow = 1'795'428'000 * kNanosecondsPerSecond;

/// An entry of scratchproof.scratch/1, made ten hours ago, with fourteen left.
inline Json sampleDirectory(const std::string& id, const std::string& name, const Path& path,
                            const std::string& state = "active")
{
    Json json = Json::object();
    json["id"] = id;
    json["name"] = name;
    putPath(json, "path", path);
    json["state"] = state;
    json["note"] = "a note";
    json["created"] = toIso8601(kSampleNow - 10 * kSampleHour);
    json["expires"] = toIso8601(kSampleNow + 14 * kSampleHour);
    return json;
}

inline Json measured(Json directory, std::uint64_t bytes, std::uint64_t files)
{
    directory["bytes"] = bytes;
    directory["files"] = files;
    return directory;
}

inline Json listOf(const std::vector<Json>& directories)
{
    Json json = Json::object();
    json["directories"] = Json::array();
    for (const Json& directory : directories)
        json["directories"].push_back(directory);
    return json;
}

inline Json inAnswer(const Json& directory)
{
    Json json = Json::object();
    json["directory"] = directory;
    return json;
}

inline Json samplePreview(const Path& path, std::uint64_t files = 12, std::uint64_t bytes = 3456)
{
    Json json = Json::object();
    json["removable"] = true;
    putPath(json, "path", path);
    json["files"] = files;
    json["directories"] = 3;
    json["bytes"] = bytes;
    json["newest"] = Json::object();
    putPath(json["newest"], "path", "sub/newest.txt");
    json["newest"]["modified"] = toIso8601(kSampleNow - 2 * kSampleHour);
    json["lock"] = "free";
    json["confirmation"] = "word-" + path;
    return json;
}

} // namespace scratchproof::gui
