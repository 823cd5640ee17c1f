// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/marker.h"

#include "core/stream/json_fields.h"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace scratchproof {

namespace {

constexpr const char* kMarkerSchema = "scratchproof.marker/1";
constexpr std::size_t kLargestMarker = 64U << 10U;
constexpr std::size_t kIdLength = 32;

bool isId(std::string_view text)
{
    return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

MarkerLook notOurs(const char* reason)
{
    return {MarkerState::NotOurs, {}, reason, false};
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
    return toLine(json) + "\n";
}

Result<Marker> markerFromText(std::string_view text)
{
    const auto json = parseJson(text);
    if (!json)
        return fail("parse-marker", {}, 0, json.error().detail);
    const auto id = getString(*json, "id");
    const auto name = getString(*json, "name");
    const auto created = fromIso8601(getString(*json, "created").value_or(""));
    const auto lifetime = parseLifetime(getString(*json, "lifetime").value_or(""));
    if (getString(*json, "schema") != kMarkerSchema || !id || !isId(*id) || !name || !created || !lifetime)
        return fail("parse-marker", {}, 0, "the text is no marker of this program");
    Marker marker;
    marker.id = *id;
    marker.name = *name;
    marker.note = getString(*json, "note").value_or("");
    marker.created = *created;
    marker.lifetime = *lifetime;
    marker.machine = getString(*json, "machine").value_or("");
    marker.program = getString(*json, "program").value_or("");
    return marker;
}

Result<void> writeMarker(System& system, int directory, const Marker& marker)
{
    auto file = system.files.open(directory, kMarkerName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file)
        return fail(std::move(file.error()));
    const std::string text = markerText(marker);
    auto done = writeAll(system.files, file->get(), std::as_bytes(std::span(text)));
    if (done)
        done = system.files.sync(file->get());
    if (done)
        done = system.files.close(std::move(*file));
    // fsync(2): the entry itself is safe only once the directory is. Some file systems sync no directories.
    if (done) {
        done = system.files.sync(directory);
        if (!done && done.error().code == EINVAL)
            done = {};
    }
    if (!done)
        (void)system.files.unlink(directory, kMarkerName);
    return done;
}

Result<MarkerLook> readMarker(System& system, int directory, bool ownersCount)
{
    // O_NONBLOCK: a FIFO in its place must not hold us.
    auto file = system.files.open(directory, kMarkerName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!file) {
        switch (file.error().code) {
        case ENOENT:
            return MarkerLook{};
        case ELOOP:
            return notOurs("its marker is a symbolic link");
        case ENXIO:
            return notOurs("its marker is not a plain file");
        default:
            return fail(std::move(file.error()));
        }
    }
    const auto status = system.attributes.status(file->get());
    if (!status)
        return fail(status.error());
    if (!status->isRegular() || status->links != 1)
        return notOurs("its marker is not a plain file");
    if (ownersCount && status->uid != system.processes.userId())
        return notOurs("its marker belongs to another user");
    const auto text = readAll(system.files, file->get());
    if (!text)
        return fail(text.error());
    if (text->size() > kLargestMarker)
        return notOurs("its marker is too large to be one");
    auto marker = markerFromText(*text);
    if (!marker) {
        MarkerLook look = notOurs("its marker cannot be read as one");
        look.isUnfinished = text->empty() || text->back() != '\n';
        return look;
    }
    return MarkerLook{MarkerState::Present, std::move(*marker), {}, false};
}

} // namespace scratchproof
