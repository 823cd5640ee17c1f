// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/scratch_json.h"

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {

Json orNull(const std::optional<Nanoseconds>& moment)
{
    return moment ? Json(toIso8601(*moment)) : Json(nullptr);
}

/// The id of its finding.
std::string_view idOf(CreateNote note)
{
    return note == CreateNote::PermissionsNotStored ? "chmod-has-no-effect" : toString(note);
}

/// As a finding of the report, which people and programs read alike.
Json noteJson(CreateNote note, const Created& created)
{
    const NoteWords words = wordsOf(note);
    Json json = Json::object();
    json["id"] = idOf(note);
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

void putReason(Json& object, const std::string& key, const Reason& reason)
{
    object[key] = toString(reason);
    const ReasonWords* words = wordsOf(reason.kind);
    if (words == nullptr)
        return;
    object[key + "_id"] = words->id;
    Json arguments = Json::object();
    if (!reason.path.empty())
        putPath(arguments, "path", reason.path);
    if (!reason.name.empty())
        putPath(arguments, "name", reason.name);
    if (!reason.text.empty())
        arguments["text"] = displayText(reason.text);
    if (reason.number != 0)
        arguments["number"] = reason.number;
    if (reason.bytes != 0)
        arguments["bytes"] = reason.bytes;
    if (reason.more != 0)
        arguments["more"] = reason.more;
    if (reason.time != 0)
        arguments["time"] = toIso8601(reason.time);
    if (reason.otherTime != 0)
        arguments["other_time"] = toIso8601(reason.otherTime);
    if (!reason.inner.empty())
        putReason(arguments, "reason", reason.inner.front());
    if (!arguments.empty())
        object[key + "_arguments"] = std::move(arguments);
}

Json toJson(const ScratchDirectory& directory)
{
    const ScratchRecord& record = directory.record;
    Json json = Json::object();
    json["id"] = record.id;
    putPath(json, "name", record.name);
    putPath(json, "path", record.path);
    json["state"] = toString(directory.state);
    if (!directory.reason.empty())
        putReason(json, "reason", directory.reason);
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
        putPath(json, "content", usablePath(directory));
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
    json["marker_not_written"] = nullptr;
    if (!altered.notWritten.empty())
        putReason(json, "marker_not_written", altered.notWritten);
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
    json["clock"] = nullptr;
    if (!plan.clock.empty())
        putReason(json, "clock", plan.clock);
    return json;
}

Json toJson(const Purge& purge)
{
    Json json = Json::object();
    json["outcome"] = toString(purge.outcome);
    putReason(json, "reason", purge.reason);
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
        putReason(entry, "reason", found.reason);
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
    putReason(json, "reason", preview.reason);
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
        putReason(entry, "reason", kept.reason);
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

// What follows takes another's word.

namespace {

std::optional<Nanoseconds> getMoment(const Json& json, const char* key)
{
    const auto text = getString(json, key);
    return text ? fromIso8601(*text) : std::nullopt;
}

/// The value of an enum from 0 to `last` whose toString() is that member.
template <typename E>
std::optional<E> getWord(const Json& json, const char* key, E last)
{
    const auto word = getString(json, key);
    for (std::size_t i = 0; word && i <= static_cast<std::size_t>(last); ++i) {
        if (toString(static_cast<E>(i)) == *word)
            return static_cast<E>(i);
    }
    return std::nullopt;
}

std::optional<ScratchDirectory> directoryOf(const Json& json)
{
    const Json* directory = getObject(json, "directory");
    return directory == nullptr ? std::nullopt : fromJson<ScratchDirectory>(*directory);
}

} // namespace

Reason getReason(const Json& object, const std::string& key)
{
    const auto kind = reasonKindFromId(getString(object, key + "_id").value_or(""));
    if (!kind)
        return Reason::said(getString(object, key).value_or(""));
    Reason reason{*kind};
    const Json* arguments = getObject(object, key + "_arguments");
    if (arguments == nullptr)
        return reason;
    reason.path = getPath(*arguments, "path").value_or("");
    reason.name = getPath(*arguments, "name").value_or("");
    reason.text = getString(*arguments, "text").value_or("");
    reason.number = getUnsigned(*arguments, "number").value_or(0);
    reason.bytes = getUnsigned(*arguments, "bytes").value_or(0);
    reason.more = getUnsigned(*arguments, "more").value_or(0);
    reason.time = getMoment(*arguments, "time").value_or(0);
    reason.otherTime = getMoment(*arguments, "other_time").value_or(0);
    if (Reason inner = getReason(*arguments, "reason"); !inner.empty())
        reason.inner.push_back(std::move(inner));
    return reason;
}

template <>
std::optional<ScratchDirectory> fromJson(const Json& json)
{
    auto id = getString(json, "id");
    auto path = getPath(json, "path");
    if (!id || id->empty() || !path)
        return std::nullopt;
    ScratchDirectory directory;
    ScratchRecord& record = directory.record;
    record.id = std::move(*id);
    record.path = std::move(*path);
    record.name = getPath(json, "name").value_or("");
    directory.state = getWord(json, "state", ScratchState::Busy).value_or(ScratchState::Unknown);
    directory.reason = getReason(json, "reason");
    record.note = getString(json, "note").value_or("");
    record.created = getMoment(json, "created").value_or(0);
    record.lifetime = parseLifetime(getString(json, "lifetime").value_or("never")).value_or(Lifetime());
    directory.expires = getMoment(json, "expires");
    directory.restorableUntil = getMoment(json, "restorable_until");
    record.quarantine = getPath(json, "quarantine").value_or("");
    record.pinned = getBool(json, "pinned").value_or(false);
    record.adopted = getBool(json, "adopted").value_or(true);
    directory.purgedAfter = getMoment(json, "purged_after");
    directory.isHalfRemoved = getBool(json, "half_removed").value_or(false);
    if (const auto content = getPath(json, "content"); content && content->starts_with(joinPath(record.path, "")))
        record.content = content->substr(joinPath(record.path, "").size());
    if (auto copy = getPath(json, "copy_at"))
        record.copies.push_back({std::move(*copy), {}});
    record.host = getString(json, "host").value_or("");
    record.place.fileSystem.type = getString(json, "file_system").value_or("");
    if (const auto bytes = getUnsigned(json, "bytes")) {
        record.measure.emplace();
        record.measure->bytes = *bytes;
        record.measure->files = getUnsigned(json, "files").value_or(0);
        record.measure->newest = getMoment(json, "newest").value_or(0);
        record.measured = getMoment(json, "measured").value_or(0);
    }
    return directory;
}

std::optional<std::vector<ScratchDirectory>> scratchDirectoriesFromJson(const Json& json, const char* key)
{
    const Json* list = getArray(json, key);
    if (list == nullptr)
        return std::nullopt;
    std::vector<ScratchDirectory> directories;
    for (const Json& one : *list) {
        auto directory = fromJson<ScratchDirectory>(one);
        if (!directory)
            return std::nullopt;
        directories.push_back(std::move(*directory));
    }
    return directories;
}

template <>
std::optional<Altered> fromJson(const Json& json)
{
    auto directory = directoryOf(json);
    if (!directory)
        return std::nullopt;
    return Altered{std::move(*directory), getReason(json, "marker_not_written")};
}

template <>
std::optional<Created> fromJson(const Json& json)
{
    auto directory = directoryOf(json);
    if (!directory)
        return std::nullopt;
    Created created;
    created.directory = std::move(*directory);
    created.reused = getBool(json, "reused").value_or(false);
    const Json* notes = getArray(json, "notes");
    for (const Json& one : notes != nullptr ? *notes : Json::array()) {
        const auto id = getString(one, "id").value_or("");
        for (std::size_t i = 0; i <= static_cast<std::size_t>(CreateNote::NotAdopted); ++i) {
            if (idOf(static_cast<CreateNote>(i)) == id)
                created.notes.push_back(static_cast<CreateNote>(i));
        }
        const Json* arguments = getObject(one, "arguments");
        const Json* outer = arguments != nullptr ? getObject(*arguments, "outer") : nullptr;
        if (outer != nullptr)
            created.outer = getPath(*outer, "value").value_or("");
    }
    return created;
}

template <>
std::optional<SweepPlan> fromJson(const Json& json)
{
    auto due = scratchDirectoriesFromJson(json, "due");
    auto expiring = scratchDirectoriesFromJson(json, "expiring");
    if (!due || !expiring)
        return std::nullopt;
    return SweepPlan{std::move(*due), std::move(*expiring), getReason(json, "clock")};
}

template <>
std::optional<Purge> fromJson(const Json& json)
{
    const auto outcome = getWord(json, "outcome", PurgeOutcome::Gone);
    if (!outcome)
        return std::nullopt;
    Purge purge;
    purge.outcome = *outcome;
    purge.reason = getReason(json, "reason");
    purge.directory = directoryOf(json).value_or(ScratchDirectory());
    purge.done = {getUnsigned(json, "entries").value_or(0), getUnsigned(json, "bytes").value_or(0)};
    purge.failed = getBool(json, "failed").value_or(false);
    return purge;
}

template <>
std::optional<FindResult> fromJson(const Json& json)
{
    const Json* found = getArray(json, "found");
    if (found == nullptr)
        return std::nullopt;
    FindResult result;
    for (const Json& one : *found) {
        const auto status = getWord(one, "status", FindStatus::NotOurs);
        if (!status)
            return std::nullopt;
        result.found.push_back(
            {getPath(one, "path").value_or(""), *status, getReason(one, "reason"), directoryOf(one)});
    }
    result.lookedAt = getUnsigned(json, "looked_at").value_or(0);
    result.complete = getBool(json, "complete").value_or(false);
    return result;
}

std::optional<std::vector<LogEntry>> logFromJson(const Json& json)
{
    const Json* entries = getArray(json, "entries");
    if (entries == nullptr)
        return std::nullopt;
    std::vector<LogEntry> log;
    for (const Json& one : *entries)
        log.push_back({getMoment(one, "at").value_or(0), getString(one, "directory").value_or(""),
                       getPath(one, "path").value_or(""), getString(one, "what").value_or(""),
                       getString(one, "detail").value_or("")});
    return log;
}

template <>
std::optional<Preview> fromJson(const Json& json)
{
    const auto removable = getBool(json, "removable");
    auto path = getPath(json, "path");
    if (!removable || !path)
        return std::nullopt;
    Preview preview;
    preview.directory = directoryOf(json).value_or(ScratchDirectory());
    preview.reason = getReason(json, "reason");
    preview.path = std::move(*path);
    preview.lock = getWord(json, "lock", DirectoryLock::Unknown).value_or(DirectoryLock::Unknown);
    preview.confirmation = getString(json, "confirmation").value_or("");
    // Without the word that the removal is tied to, nothing can be removed.
    preview.removable = *removable && !preview.confirmation.empty();
    preview.isBrief = !json.contains("files");
    const Json* users = getArray(json, "used_by");
    for (const Json& user : users != nullptr ? *users : Json::array())
        preview.users.push_back({static_cast<int>(getInteger(user, "pid").value_or(0)),
                                 getString(user, "name").value_or(""),
                                 getWord(user, "how", Use::SwapFile).value_or(Use::OpenFile)});
    Measure& measure = preview.content.measure;
    measure.files = getUnsigned(json, "files").value_or(0);
    measure.directories = getUnsigned(json, "directories").value_or(0);
    measure.bytes = getUnsigned(json, "bytes").value_or(0);
    preview.content.unseen.count = getUnsigned(json, "unseen").value_or(0);
    if (const Json* newest = getObject(json, "newest")) {
        preview.content.newestPath = getPath(*newest, "path").value_or("");
        measure.newest = getMoment(*newest, "modified").value_or(0);
    }
    return preview;
}

template <>
std::optional<Cleaned> fromJson(const Json& json)
{
    const auto removed = getBool(json, "removed");
    if (!removed)
        return std::nullopt;
    Cleaned cleaned;
    cleaned.removed = *removed;
    cleaned.done = {getUnsigned(json, "entries").value_or(0), getUnsigned(json, "bytes").value_or(0)};
    cleaned.cancelled = getBool(json, "cancelled").value_or(false);
    cleaned.isInUse = getBool(json, "in_use").value_or(false);
    cleaned.staysRegistered = getBool(json, "stays_registered").value_or(!cleaned.removed);
    const Json* kept = getArray(json, "kept");
    for (const Json& one : kept != nullptr ? *kept : Json::array())
        cleaned.kept.push_back({getPath(one, "path").value_or(""), getReason(one, "reason")});
    cleaned.keptCount = std::max<std::uint64_t>(getUnsigned(json, "kept_count").value_or(0), cleaned.kept.size());
    return cleaned;
}

template <>
std::optional<ScratchStore::Unseen> fromJson(const Json& json)
{
    const Json* preview = getObject(json, "preview");
    auto seen = preview != nullptr ? fromJson<Preview>(*preview) : std::nullopt;
    if (!seen)
        return std::nullopt;
    const Json* cleaned = getObject(json, "cleaned");
    return ScratchStore::Unseen{std::move(*seen), cleaned != nullptr ? fromJson<Cleaned>(*cleaned) : std::nullopt};
}

} // namespace scratchproof
