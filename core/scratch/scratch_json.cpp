// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/scratch_json.h"

namespace scratchproof {

namespace {

Json orNull(const std::optional<Nanoseconds>& moment)
{
    return moment ? Json(toIso8601(*moment)) : Json(nullptr);
}

struct NoteWords
{
    const char* severity;
    const char* title;
    const char* explanation;
};

NoteWords wordsOf(CreateNote note)
{
    switch (note) {
    case CreateNote::PermissionsNotStored:
        return {"limit", "Others on this computer may see what is in it",
                "This file system stores no permissions, so a directory on it cannot be made private."};
    case CreateNote::NeverByItself:
        return {
            "note", "It is never removed by itself",
            "On this file system it cannot be told beyond doubt from another one later. When its time is over it is "
            "shown as expired, and stays until you clean it up."};
    case CreateNote::BesideOuter:
        return {"note", "It was made beside a scratch directory, not in it",
                "The folder for temporary files lies in a scratch directory, and would take it along when that goes."};
    case CreateNote::InsideOuter:
        return {"note", "It lies in another scratch directory",
                "That one is not removed or released as long as this one is there."};
    case CreateNote::NotAdopted:
        break;
    }
    return {"note", "It was found here, and keeps having no end",
            "Somebody else may need what is in it. Extend it to give it a lifetime."};
}

/// As a finding of the report, which people and programs read alike.
Json noteJson(CreateNote note, const Created& created)
{
    const NoteWords words = wordsOf(note);
    Json json = Json::object();
    json["id"] = note == CreateNote::PermissionsNotStored ? "chmod-has-no-effect" : toString(note);
    json["severity"] = words.severity;
    json["certainty"] = "proven";
    json["arguments"] = {{"fs", {{"type", "name"}, {"value", created.directory.record.place.fileSystem.type}}}};
    if (note == CreateNote::BesideOuter || note == CreateNote::InsideOuter) {
        Json outer = Json{{"type", "path"}};
        putPath(outer, "value", created.outer);
        json["arguments"]["outer"] = std::move(outer);
    }
    json["title"] = words.title;
    json["explanation"] = words.explanation;
    return json;
}

} // namespace

Json toJson(const ScratchDirectory& directory)
{
    const ScratchRecord& record = directory.record;
    Json json = Json::object();
    json["id"] = record.id;
    putPath(json, "name", record.name);
    putPath(json, "path", record.path);
    json["state"] = toString(directory.state);
    if (!directory.reason.empty())
        json["reason"] = directory.reason;
    json["note"] = record.note;
    json["created"] = toIso8601(record.created);
    json["lifetime"] = formatLifetime(record.lifetime);
    json["expires"] = orNull(directory.expires);
    json["restorable_until"] = orNull(directory.restorableUntil);
    if (directory.state == ScratchState::Released)
        putPath(json, "quarantine", record.quarantine);
    json["pinned"] = record.pinned;
    json["adopted"] = record.adopted;
    json["purged_after"] = orNull(directory.purgedAfter);
    json["half_removed"] = directory.isHalfRemoved;
    if (!record.content.empty())
        putPath(json, "content", joinPath(record.path, record.content));
    if (!record.copies.empty())
        putPath(json, "copy_at", record.copies.front().path);
    json["host"] = record.host;
    json["file_system"] = record.place.fileSystem.type;
    json["bytes"] = record.measure ? Json(record.measure->bytes) : Json(nullptr);
    json["files"] = record.measure ? Json(record.measure->files) : Json(nullptr);
    json["newest"] =
        record.measure && record.measure->newest != 0 ? Json(toIso8601(record.measure->newest)) : Json(nullptr);
    json["measured"] = record.measure ? Json(toIso8601(record.measured)) : Json(nullptr);
    return json;
}

Json toJson(const Altered& altered)
{
    Json json = Json::object();
    json["directory"] = toJson(altered.directory);
    json["marker_not_written"] = altered.notWritten.empty() ? Json(nullptr) : Json(altered.notWritten);
    return json;
}

Json toJson(const Created& created)
{
    Json json = Json::object();
    json["directory"] = toJson(created.directory);
    json["reused"] = created.reused;
    json["notes"] = Json::array();
    for (const CreateNote note : created.notes)
        json["notes"].push_back(noteJson(note, created));
    return json;
}

Json toJson(const SweepPlan& plan)
{
    Json json = Json::object();
    json["due"] = Json::array();
    for (const ScratchDirectory& directory : plan.due)
        json["due"].push_back(toJson(directory));
    json["expiring"] = Json::array();
    for (const ScratchDirectory& directory : plan.expiring)
        json["expiring"].push_back(toJson(directory));
    json["clock"] = plan.clock.empty() ? Json(nullptr) : Json(plan.clock);
    return json;
}

Json toJson(const Purge& purge)
{
    Json json = Json::object();
    json["outcome"] = toString(purge.outcome);
    json["reason"] = purge.reason;
    json["directory"] = toJson(purge.directory);
    json["entries"] = purge.done.entries;
    json["bytes"] = purge.done.bytes;
    json["failed"] = purge.failed;
    return json;
}

Json toJson(const FindResult& result)
{
    Json json = Json::object();
    json["found"] = Json::array();
    for (const FoundScratch& found : result.found) {
        Json entry = Json::object();
        putPath(entry, "path", found.path);
        entry["status"] = toString(found.status);
        entry["reason"] = found.reason;
        entry["directory"] = found.directory ? toJson(*found.directory) : Json(nullptr);
        json["found"].push_back(std::move(entry));
    }
    json["looked_at"] = result.lookedAt;
    json["complete"] = result.complete;
    return json;
}

Json toJson(const LogEntry& entry)
{
    Json json = Json::object();
    json["at"] = toIso8601(entry.at);
    json["directory"] = entry.directory.empty() ? Json(nullptr) : Json(entry.directory);
    if (!entry.path.empty())
        putPath(json, "path", entry.path);
    json["what"] = entry.what;
    json["detail"] = entry.detail;
    return json;
}

Json toJson(const Preview& preview)
{
    Json json = Json::object();
    json["directory"] = toJson(preview.directory);
    json["removable"] = preview.removable;
    json["reason"] = preview.reason;
    putPath(json, "path", preview.path);
    json["lock"] = toString(preview.lock);
    json["confirmation"] = preview.confirmation;
    if (preview.isBrief && preview.lock != DirectoryLock::Unknown)
        return json;
    json["used_by"] = Json::array();
    for (const UserOfDirectory& user : preview.users) {
        Json entry = Json::object();
        entry["pid"] = user.pid;
        entry["name"] = displayText(user.name);
        entry["how"] = toString(user.how);
        json["used_by"].push_back(std::move(entry));
    }
    if (preview.isBrief)
        return json;
    const Measure& measure = preview.content.measure;
    json["files"] = measure.files;
    json["directories"] = measure.directories;
    json["bytes"] = measure.bytes;
    json["unseen"] = preview.content.unseen.count;
    json["newest"] = nullptr;
    if (measure.newest != 0) {
        Json newest = Json::object();
        putPath(newest, "path", preview.content.newestPath);
        newest["modified"] = toIso8601(measure.newest);
        json["newest"] = std::move(newest);
    }
    return json;
}

Json toJson(const Cleaned& cleaned)
{
    Json json = Json::object();
    json["removed"] = cleaned.removed;
    json["entries"] = cleaned.done.entries;
    json["bytes"] = cleaned.done.bytes;
    json["cancelled"] = cleaned.cancelled;
    json["in_use"] = cleaned.isInUse;
    json["stays_registered"] = cleaned.staysRegistered;
    json["kept"] = Json::array();
    for (const Kept& kept : cleaned.kept) {
        Json entry = Json::object();
        putPath(entry, "path", kept.path);
        entry["reason"] = kept.reason;
        json["kept"].push_back(std::move(entry));
    }
    json["kept_count"] = cleaned.keptCount;
    return json;
}

Json toJson(const ScratchStore::Unseen& done)
{
    Json json = Json::object();
    json["preview"] = toJson(done.preview);
    if (done.cleaned)
        json["cleaned"] = toJson(*done.cleaned);
    return json;
}

} // namespace scratchproof
