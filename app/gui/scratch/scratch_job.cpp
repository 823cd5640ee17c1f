// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_job.h"

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

std::optional<Nanoseconds> getTime(const Json& json, const std::string& key)
{
    const auto text = getString(json, key);
    return text ? fromIso8601(*text) : std::nullopt;
}

template <typename T>
Result<T> orNonsense(std::optional<T> read)
{
    if (read)
        return std::move(*read);
    return fail(ErrorKind::ProberNonsense);
}

std::optional<std::vector<ScratchEntry>> entriesFromJson(const Json& json, const char* key)
{
    const Json* array = getArray(json, key);
    if (array == nullptr)
        return std::nullopt;
    std::vector<ScratchEntry> records;
    for (const Json& entry : *array) {
        auto record = scratchEntryFromJson(entry);
        if (!record)
            return std::nullopt;
        records.push_back(std::move(*record));
    }
    return records;
}

std::optional<std::vector<ScratchEntry>> listFromJson(const Json& json)
{
    return entriesFromJson(json, "directories");
}

std::optional<ScratchEntry> directoryFromJson(const Json& json)
{
    const Json* directory = getObject(json, "directory");
    return directory == nullptr ? std::nullopt : scratchEntryFromJson(*directory);
}

std::optional<AlteredScratch> alteredFromJson(const Json& json)
{
    auto directory = directoryFromJson(json);
    if (!directory)
        return std::nullopt;
    return AlteredScratch{std::move(*directory), getString(json, "marker_not_written").value_or("")};
}

std::optional<CreatedScratch> createdFromJson(const Json& json)
{
    auto directory = directoryFromJson(json);
    if (!directory)
        return std::nullopt;
    CreatedScratch created{std::move(*directory), {}};
    if (const Json* notes = getArray(json, "notes"))
        created.notes.assign(notes->begin(), notes->end());
    return created;
}

std::optional<CleanPreview> previewFromJson(const Json& json)
{
    const auto removable = getBool(json, "removable");
    const auto path = getPath(json, "path");
    if (!removable || !path)
        return std::nullopt;
    CleanPreview preview;
    preview.directory = directoryFromJson(json);
    preview.path = *path;
    preview.removable = *removable;
    preview.reason = getString(json, "reason").value_or("");
    preview.files = getUnsigned(json, "files").value_or(0);
    preview.directories = getUnsigned(json, "directories").value_or(0);
    preview.bytes = getUnsigned(json, "bytes").value_or(0);
    if (const Json* newest = getObject(json, "newest")) {
        preview.newest = getPath(*newest, "path").value_or(Path());
        preview.newestModified = getTime(*newest, "modified");
    }
    if (const Json* users = getArray(json, "used_by"))
        for (const Json& user : *users)
            preview.usedBy.push_back({getInteger(user, "pid").value_or(0), getString(user, "name").value_or(""),
                                      getString(user, "how").value_or("")});
    const auto lock = getString(json, "lock");
    if (lock == "free" || lock == "held")
        preview.lock = lock == "free" ? CleanPreview::Lock::Free : CleanPreview::Lock::Held;
    preview.confirmation = getString(json, "confirmation").value_or("");
    // Without the word that the removal is tied to, nothing can be removed.
    preview.removable = preview.removable && !preview.confirmation.empty();
    return preview;
}

std::optional<CleanResult> cleanResultFromJson(const Json& json)
{
    const auto removed = getBool(json, "removed");
    if (!removed)
        return std::nullopt;
    CleanResult result;
    result.removed = *removed;
    result.entries = getUnsigned(json, "entries").value_or(0);
    result.bytes = getUnsigned(json, "bytes").value_or(0);
    if (const Json* kept = getArray(json, "kept"))
        for (const Json& entry : *kept)
            result.kept.push_back({getPath(entry, "path").value_or(Path()), getString(entry, "reason").value_or("")});
    result.keptCount = std::max<std::uint64_t>(getUnsigned(json, "kept_count").value_or(0), result.kept.size());
    result.cancelled = getBool(json, "cancelled").value_or(false);
    result.staysRegistered = getBool(json, "stays_registered").value_or(!result.removed);
    return result;
}

std::optional<SweepWork> sweepFromJson(const Json& json)
{
    auto due = entriesFromJson(json, "due");
    auto expiring = entriesFromJson(json, "expiring");
    if (!due || !expiring)
        return std::nullopt;
    return SweepWork{std::move(*due), std::move(*expiring), getString(json, "clock").value_or("")};
}

std::optional<SweptEntry> sweptFromJson(const Json& json)
{
    constexpr std::pair<std::string_view, SweepOutcome> kWords[] = {{"purged", SweepOutcome::Purged},
                                                                    {"kept", SweepOutcome::Kept},
                                                                    {"put-off", SweepOutcome::PutOff},
                                                                    {"gone", SweepOutcome::Gone}};
    const auto word = getString(json, "outcome");
    for (const auto& [text, outcome] : kWords)
        if (word == text)
            return SweptEntry{outcome, getString(json, "reason").value_or(""), getUnsigned(json, "bytes").value_or(0),
                              getBool(json, "failed").value_or(false)};
    return std::nullopt;
}

std::optional<std::vector<ScratchLogEntry>> logFromJson(const Json& json)
{
    const Json* entries = getArray(json, "entries");
    if (entries == nullptr)
        return std::nullopt;
    std::vector<ScratchLogEntry> log;
    for (const Json& entry : *entries)
        log.push_back({getTime(entry, "at").value_or(0), getPath(entry, "path").value_or(Path()),
                       getString(entry, "what").value_or(""), getString(entry, "detail").value_or("")});
    return log;
}

std::optional<FoundDirectories> foundFromJson(const Json& json)
{
    const Json* found = getArray(json, "found");
    if (found == nullptr)
        return std::nullopt;
    FoundDirectories all;
    all.complete = getBool(json, "complete").value_or(false);
    for (const Json& one : *found)
        all.found.push_back({getPath(one, "path").value_or(Path()), getString(one, "status").value_or(""),
                             getString(one, "reason").value_or("")});
    return all;
}

/// Hands an answer on after `read` has made it what was asked for.
template <typename T, typename Read>
std::function<void(const Result<Json>&)> reader(ScratchJob::Done<T> done, Read read)
{
    return [done = std::move(done), read](const Result<Json>& answer) {
        if (answer)
            done(orNonsense<T>(read(*answer)));
        else
            done(fail(answer.error()));
    };
}

Json requestAbout(const char* request, const ScratchEntry& directory)
{
    Json json = Json::object();
    json["request"] = request;
    putPath(json, "folder", directory.path);
    json["directory"] = directory.id;
    return json;
}

} // namespace

const Path& usablePath(const ScratchEntry& entry)
{
    return entry.content.empty() ? entry.path : entry.content;
}

ScratchCondition conditionFromString(std::string_view word)
{
    constexpr std::pair<std::string_view, ScratchCondition> kWords[] = {
        {"active", ScratchCondition::Active},     {"expired", ScratchCondition::Expired},
        {"released", ScratchCondition::Released}, {"offline", ScratchCondition::Offline},
        {"lost", ScratchCondition::Lost},         {"elsewhere", ScratchCondition::Elsewhere},
        {"busy", ScratchCondition::Busy},
    };
    for (const auto& [text, state] : kWords)
        if (text == word)
            return state;
    return ScratchCondition::Unknown;
}

std::optional<ScratchEntry> scratchEntryFromJson(const Json& json)
{
    const auto id = getString(json, "id");
    const auto path = getPath(json, "path");
    if (!id || id->empty() || !path)
        return std::nullopt;
    ScratchEntry record;
    record.id = *id;
    record.path = *path;
    record.name = getPath(json, "name").value_or(Path());
    record.condition = conditionFromString(getString(json, "state").value_or(""));
    record.note = getString(json, "note").value_or("");
    record.reason = getString(json, "reason").value_or("");
    record.created = getTime(json, "created");
    record.expires = getTime(json, "expires");
    record.lifetime = getString(json, "lifetime").value_or("");
    record.restorableUntil = getTime(json, "restorable_until");
    record.pinned = getBool(json, "pinned").value_or(false);
    record.adopted = getBool(json, "adopted").value_or(true);
    record.halfRemoved = getBool(json, "half_removed").value_or(false);
    record.content = getPath(json, "content").value_or(Path());
    record.bytes = getUnsigned(json, "bytes");
    record.files = getUnsigned(json, "files");
    return record;
}

WorkId ScratchJob::list(QObject* context, Done<std::vector<ScratchEntry>> done)
{
    Json request = Json::object();
    request["request"] = "scratch-list";
    return m_service.ask({}, std::move(request), context,
                         reader<std::vector<ScratchEntry>>(std::move(done), listFromJson));
}

WorkId ScratchJob::inspect(const ScratchEntry& directory, Look look, QObject* context, Done<ScratchEntry> done)
{
    Json request = requestAbout("scratch-inspect", directory);
    request["brief"] = look == Look::Brief;
    return m_service.ask(directory.path, std::move(request), context,
                         reader<ScratchEntry>(std::move(done), directoryFromJson));
}

WorkId ScratchJob::create(const ScratchWish& wish, QObject* context, Done<CreatedScratch> done)
{
    Json request = Json::object();
    request["request"] = "scratch-create";
    request["name"] = wish.name;
    putPath(request, "in", wish.folder);
    request["lifetime"] = wish.lifetime;
    request["note"] = wish.note;
    request["empty"] = wish.empty;
    return m_service.ask(wish.folder, std::move(request), context,
                         reader<CreatedScratch>(std::move(done), createdFromJson));
}

WorkId ScratchJob::preview(const ScratchEntry& directory, const std::vector<std::string>& also, QObject* context,
                           Done<CleanPreview> done)
{
    Json request = requestAbout("scratch-preview", directory);
    request["also"] = also;
    return m_service.ask(directory.path, std::move(request), context,
                         reader<CleanPreview>(std::move(done), previewFromJson));
}

WorkId ScratchJob::clean(const ScratchEntry& directory, const CleanPreview& preview, QObject* context,
                         std::function<void(const CleanProgress&)> progressed, Done<CleanResult> done)
{
    Json request = requestAbout("scratch-clean", directory);
    request["confirmation"] = preview.confirmation;
    request["in_use_ok"] = preview.isInUse() || preview.lock == CleanPreview::Lock::Unknown;
    auto tell = [progressed = std::move(progressed)](const Json& body) {
        if (progressed)
            progressed({getUnsigned(body, "entries").value_or(0), getUnsigned(body, "bytes").value_or(0)});
    };
    return m_service.ask(directory.path, std::move(request), context,
                         reader<CleanResult>(std::move(done), cleanResultFromJson), std::move(tell));
}

WorkId ScratchJob::forget(const ScratchEntry& directory, QObject* context, Done<bool> done)
{
    Json request = Json::object();
    request["request"] = "scratch-forget";
    request["directory"] = directory.id;
    const auto read = [](const Json&) { return std::optional<bool>(true); };
    return m_service.ask({}, std::move(request), context, reader<bool>(std::move(done), read));
}

WorkId ScratchJob::extend(const ScratchEntry& directory, const std::string& lifetime, QObject* context,
                          Done<AlteredScratch> done)
{
    Json request = requestAbout("scratch-extend", directory);
    request["lifetime"] = lifetime;
    return m_service.ask({}, std::move(request), context, reader<AlteredScratch>(std::move(done), alteredFromJson));
}

WorkId ScratchJob::setPinned(const ScratchEntry& directory, bool pinned, QObject* context, Done<AlteredScratch> done)
{
    Json request = requestAbout("scratch-pin", directory);
    request["pinned"] = pinned;
    return m_service.ask({}, std::move(request), context, reader<AlteredScratch>(std::move(done), alteredFromJson));
}

WorkId ScratchJob::release(const ScratchEntry& directory, InUse inUse, QObject* context, Done<ScratchEntry> done)
{
    Json request = requestAbout("scratch-release", directory);
    request["in_use_ok"] = inUse == InUse::ReleaseAllTheSame;
    return m_service.ask(directory.path, std::move(request), context,
                         reader<ScratchEntry>(std::move(done), directoryFromJson));
}

WorkId ScratchJob::restore(const ScratchEntry& directory, QObject* context, Done<AlteredScratch> done)
{
    return m_service.ask(directory.path, requestAbout("scratch-restore", directory), context,
                         reader<AlteredScratch>(std::move(done), alteredFromJson));
}

WorkId ScratchJob::find(const Path& folder, QObject* context, Done<FoundDirectories> done)
{
    Json request = Json::object();
    request["request"] = "scratch-find";
    putPath(request, "folder", folder);
    return m_service.ask(folder, std::move(request), context, reader<FoundDirectories>(std::move(done), foundFromJson));
}

WorkId ScratchJob::planSweep(QObject* context, Done<SweepWork> done)
{
    Json request = Json::object();
    request["request"] = "scratch-sweep";
    return m_service.ask({}, std::move(request), context, reader<SweepWork>(std::move(done), sweepFromJson));
}

WorkId ScratchJob::purge(const ScratchEntry& directory, QObject* context, Done<SweptEntry> done)
{
    return m_service.ask(directory.path, requestAbout("scratch-purge", directory), context,
                         reader<SweptEntry>(std::move(done), sweptFromJson));
}

WorkId ScratchJob::log(unsigned most, QObject* context, Done<std::vector<ScratchLogEntry>> done)
{
    Json request = Json::object();
    request["request"] = "scratch-log";
    request["most"] = most;
    return m_service.ask({}, std::move(request), context,
                         reader<std::vector<ScratchLogEntry>>(std::move(done), logFromJson));
}

} // namespace scratchproof::gui
