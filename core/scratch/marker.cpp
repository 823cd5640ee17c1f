// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/marker.h"

#include "core/stream/json_fields.h"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace scratchproof {

namespace {

constexpr const char* kMarkerSchema = "scratchproof.marker/2";
constexpr const char* kOldMarkerSchema = "scratchproof.marker/1"; // of version 0.1.0, which refuses newer ones
constexpr std::size_t kLargestMarker = 64U << 10U;
constexpr std::size_t kIdLength = 32;

bool isId(std::string_view text)
{
    return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

MarkerLook notOurs(ReasonKind reason)
{
    return {MarkerState::NotOurs, {}, {reason}, false};
}

Result<std::string> readAll(Files& files, int fd)
{
    std::string text;
    std::vector<std::byte> buffer(4096);
    while (text.size() <= kLargestMarker) {
        const auto count = files.read(fd, buffer);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            break;
        text.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    return text;
}

} // namespace

std::string markerText(const Marker& marker)
{
    Json json = Json::object();
    json["schema"] = kMarkerSchema;
    json["about"] =
        "Scratchproof made this directory and removes it when its time is over. Without this file it stays.";
    json["id"] = marker.id;
    json["name"] = marker.name;
    json["note"] = marker.note;
    json["created"] = toIso8601(marker.created);
    json["lifetime"] = formatLifetime(marker.lifetime);
    json["machine"] = marker.machine;
    json["program"] = marker.program;
    json["kept_until"] = marker.keptUntil ? Json(toIso8601(*marker.keptUntil)) : Json(nullptr);
    json["pinned"] = marker.pinned;
    json["changes"] = marker.changes;
    if (!marker.content.empty())
        putPath(json, "content", marker.content);
    return toLine(json) + "\n";
}

Result<Marker> markerFromText(std::string_view text)
{
    const auto json = parseJson(text);
    if (!json)
        return fail(ErrorKind::ParseMarker, {}, 0, json.error().detail);
    const auto id = getString(*json, "id");
    const auto name = getString(*json, "name");
    const auto created = fromIso8601(getString(*json, "created").value_or(""));
    const auto schema = getString(*json, "schema");
    const bool isOld = schema == kOldMarkerSchema;
    const auto written = getString(*json, "lifetime").value_or("");
    // Version 0.1.0 took lifetimes of less than a millisecond, and wrote them so.
    const auto lifetime =
        isOld && written == "0ms" ? Result<Lifetime>(kNanosecondsPerMillisecond) : parseLifetime(written);
    if ((!isOld && schema != kMarkerSchema) || !id || !isId(*id) || !name || !created || !lifetime)
        return fail(ErrorKind::ParseMarker, {}, 0, "the text is no marker of this program");
    Marker marker;
    marker.isOld = isOld;
    if (!isOld) {
        const auto until = json->find("kept_until");
        const auto moment = fromIso8601(getString(*json, "kept_until").value_or(""));
        const auto pinned = getBool(*json, "pinned");
        const auto changes = getUnsigned(*json, "changes");
        if (until == json->end() || (!until->is_null() && !moment) || !pinned || !changes)
            return fail(ErrorKind::ParseMarker, {}, 0, "the marker does not say how long the directory is kept");
        marker.keptUntil = moment;
        marker.pinned = *pinned;
        marker.changes = *changes;
        marker.content = getPath(*json, "content").value_or("");
        if (marker.content.find('/') != std::string::npos || marker.content == "." || marker.content == "..")
            return fail(ErrorKind::ParseMarker, {}, 0, "the marker names a content that is not in it");
    }
    marker.id = *id;
    marker.name = *name;
    marker.note = getString(*json, "note").value_or("");
    marker.created = *created;
    marker.lifetime = *lifetime;
    marker.machine = getString(*json, "machine").value_or("");
    marker.program = getString(*json, "program").value_or("");
    return marker;
}

namespace {

/// A file of that name, which was not there: written and synced. What was made is removed again if that fails.
Result<void> writeNew(System& system, int directory, const char* name, const Marker& marker)
{
    auto file = system.files.open(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file)
        return fail(std::move(file.error()));
    const std::string text = markerText(marker);
    // The umask may have taken what a later reader needs. Where that cannot be given, it shows when it is read.
    static_cast<void>(system.files.changeMode(file->get(), 0600));
    auto done = writeAll(system.files, file->get(), std::as_bytes(std::span(text)));
    if (done)
        done = system.files.sync(file->get());
    if (done)
        done = system.files.close(std::move(*file));
    if (!done)
        (void)system.files.unlink(directory, name);
    return done;
}

/// fsync(2): an entry itself is safe only once its directory is. Some file systems sync no directories.
Result<void> syncDirectory(System& system, int directory)
{
    auto done = system.files.sync(directory);
    if (!done && done.error().code == EINVAL)
        done = {};
    return done;
}

} // namespace

Result<void> writeMarker(System& system, int directory, const Marker& marker)
{
    auto done = writeNew(system, directory, kMarkerName, marker);
    if (!done)
        return done;
    done = syncDirectory(system, directory);
    if (!done)
        (void)system.files.unlink(directory, kMarkerName);
    return done;
}

Result<void> replaceMarker(System& system, int directory, const Marker& marker)
{
    auto done = writeNew(system, directory, kNewMarkerName, marker);
    if (!done && done.error().code == EEXIST) { // left by a crash, or it is being written by another program
        (void)system.files.unlink(directory, kNewMarkerName);
        done = writeNew(system, directory, kNewMarkerName, marker);
    }
    if (!done)
        return done;
    done = system.files.rename(directory, kNewMarkerName, directory, kMarkerName, 0);
    if (!done) {
        (void)system.files.unlink(directory, kNewMarkerName);
        return done;
    }
    // It is there; whether it outlives a power cut is all that a failure leaves open, and the old one is no harm.
    (void)syncDirectory(system, directory);
    return {};
}

namespace {

/// Gives our own marker its owner's rights, whatever a command took from it.
bool openMarkerUp(System& system, int directory)
{
    const auto look = system.files.open(directory, kMarkerName, O_PATH | O_NOFOLLOW);
    const auto status = look ? system.attributes.status(look->get()) : Result<FileStatus>(fail(look.error()));
    return status && status->isRegular() && status->links == 1 && status->uid == system.processes.userId() &&
           system.files.changeModeOfPathFd(look->get(), status->mode | 0600U);
}

} // namespace

Result<MarkerLook> readMarker(System& system, int directory, bool ownersCount, bool openUp)
{
    // O_NONBLOCK: a FIFO in its place must not hold us.
    constexpr int kLook = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    auto file = system.files.open(directory, kMarkerName, kLook);
    if (!file && file.error().code == EACCES && openUp && openMarkerUp(system, directory))
        file = system.files.open(directory, kMarkerName, kLook);
    if (!file) {
        switch (file.error().code) {
        case ENOENT:
            return MarkerLook{};
        case ELOOP:
            return notOurs(ReasonKind::MarkerIsLink);
        case ENXIO:
            return notOurs(ReasonKind::MarkerNotPlain);
        default:
            return fail(std::move(file.error()));
        }
    }
    const auto status = system.attributes.status(file->get());
    if (!status)
        return fail(status.error());
    if (!status->isRegular())
        return notOurs(ReasonKind::MarkerNotPlain);
    if (ownersCount && status->uid != system.processes.userId())
        return notOurs(ReasonKind::MarkerOfOther);
    if (status->links != 1)
        return notOurs(ReasonKind::MarkerLinkedTwice);
    const auto text = readAll(system.files, file->get());
    if (!text)
        return fail(text.error());
    if (text->size() > kLargestMarker)
        return notOurs(ReasonKind::MarkerTooLarge);
    auto marker = markerFromText(*text);
    if (!marker) {
        MarkerLook look = notOurs(ReasonKind::MarkerSenseless);
        look.isUnfinished = text->empty() || text->back() != '\n';
        return look;
    }
    return MarkerLook{MarkerState::Present, std::move(*marker), {}, false};
}

} // namespace scratchproof
