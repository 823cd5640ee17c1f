// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/manifest.h"

#include "core/stream/json_fields.h"
#include "core/verify/aligned_buffer.h"
#include "core/verify/block_pattern.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

constexpr const char* kManifestSchema = "scratchproof.verify-manifest/1";
constexpr std::size_t kLongestManifest = std::size_t{1} << 20U;
constexpr std::size_t kMostGaps = 10'000;
constexpr std::uint64_t kFurthestEnd = std::uint64_t{1} << 60U;
constexpr std::uint64_t kMostFiles = std::uint64_t{1} << 24U;
/// Only what this program writes has that checksum.
constexpr std::uint64_t kChecksumSeed = 0x73637261746368ULL;

tl::unexpected<Error> refuseManifest(std::string why)
{
    return fail(ErrorKind::BadInput, kManifestName, 0, std::move(why));
}

std::string hexOf(std::uint64_t number)
{
    return fmt::format("{:016x}", number);
}

std::optional<std::uint64_t> fromHex(const std::optional<std::string>& text)
{
    std::uint64_t number = 0;
    if (!text || text->size() != 16)
        return std::nullopt;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), number, 16);
    return read.ec == std::errc() && read.ptr == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

std::string checksumOf(const Json& body)
{
    const std::string text = toLine(body);
    return hexOf(XXH64(text.data(), text.size(), kChecksumSeed));
}

bool isBlocks(std::uint64_t bytes)
{
    return bytes % kBlockSize == 0;
}

/// Whether what was read can be what a check wrote: sizes that are used to compute with.
bool isPlausible(const CapacityManifest& manifest)
{
    std::uint64_t reached = 0;
    for (const Extent& gap : manifest.written.gaps) {
        if (!isBlocks(gap.offset) || !isBlocks(gap.length) || gap.length == 0 || gap.offset < reached ||
            gap.offset > manifest.written.end || gap.length > manifest.written.end - gap.offset)
            return false;
        reached = gap.offset + gap.length;
    }
    return manifest.written.end != 0 && isBlocks(manifest.written.end) && manifest.written.end <= kFurthestEnd &&
           manifest.fileSize != 0 && isBlocks(manifest.fileSize) && manifest.fileSize <= kFurthestEnd &&
           manifest.files() <= kMostFiles;
}

Result<std::string> readWhole(System& system, int fd)
{
    std::string text;
    std::vector<std::byte> buffer(65536);
    while (text.size() <= kLongestManifest) {
        const auto count = system.files.read(fd, buffer);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return text;
        text.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    return refuseManifest("the manifest is larger than any that a check writes");
}

} // namespace

std::string manifestText(const CapacityManifest& manifest)
{
    Json json = Json::object();
    json["schema"] = kManifestSchema;
    json["directory"] = manifest.directory;
    json["salt"] = hexOf(manifest.salt);
    json["file_bytes"] = manifest.fileSize;
    json["end"] = manifest.written.end;
    json["gaps"] = Json::array();
    for (const Extent& gap : manifest.written.gaps)
        json["gaps"].push_back({{"offset", gap.offset}, {"length", gap.length}});
    json["claimed_bytes"] = manifest.claimed;
    json["verdict"] = manifest.verdict;
    json["finished"] = manifest.finished;
    json["checksum"] = checksumOf(json);
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<CapacityManifest> manifestFromText(std::string_view text)
{
    auto json = parseJson(text);
    if (!json || getString(*json, "schema") != kManifestSchema)
        return refuseManifest(
            "it is no manifest of a capacity check of this version; expected the one that --keep left");
    const auto checksum = getString(*json, "checksum");
    json->erase("checksum");
    if (!checksum || *checksum != checksumOf(*json))
        return refuseManifest("the manifest was changed since the check wrote it; expected it as --keep left it");
    CapacityManifest manifest;
    const auto salt = fromHex(getString(*json, "salt"));
    const Json* gaps = getArray(*json, "gaps");
    if (!salt || gaps == nullptr || gaps->size() > kMostGaps)
        return refuseManifest("the manifest lacks what a check writes");
    for (const Json& gap : *gaps)
        manifest.written.gaps.push_back(
            {getUnsigned(gap, "offset").value_or(1), getUnsigned(gap, "length").value_or(1)});
    manifest.directory = getString(*json, "directory").value_or("");
    manifest.salt = *salt;
    manifest.fileSize = getUnsigned(*json, "file_bytes").value_or(0);
    manifest.written.end = getUnsigned(*json, "end").value_or(0);
    manifest.claimed = getUnsigned(*json, "claimed_bytes").value_or(0);
    manifest.verdict = getString(*json, "verdict").value_or("");
    manifest.finished = getString(*json, "finished").value_or("");
    if (!isPlausible(manifest))
        return refuseManifest("the manifest names sizes that no check writes");
    return manifest;
}

Result<void> writeManifest(System& system, int folder, const CapacityManifest& manifest)
{
    auto file = system.files.open(folder, kManifestName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file)
        return fail(file.error());
    const std::string text = manifestText(manifest);
    auto done = writeAll(system.files, file->get(), std::as_bytes(std::span(text)));
    if (done)
        done = system.files.sync(file->get());
    if (done)
        done = system.files.close(std::move(*file));
    if (!done)
        (void)system.files.unlink(folder, kManifestName);
    else
        (void)system.files.sync(folder); // some do not know fsync of a folder
    return done;
}

Result<CapacityManifest> readManifest(System& system, int folder)
{
    const auto file = system.files.open(folder, kManifestName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!file && file.error().code == ENOENT)
        return refuseManifest("there is no manifest; expected the directory that `verify capacity --keep` left");
    if (!file && file.error().code != ELOOP)
        return fail(file.error());
    const auto status = file ? system.attributes.status(file->get()) : Result<FileStatus>(FileStatus());
    if (!status)
        return fail(status.error());
    if (!status->isRegular())
        return refuseManifest("what lies in the manifest's place is no file");
    const auto text = readWhole(system, file->get());
    if (!text)
        return fail(text.error());
    return manifestFromText(*text);
}

Result<void> checkManifestFits(VerifyTarget& target, const CapacityManifest& manifest, const std::stop_token& stop)
{
    constexpr std::uint64_t kPlaces = 64;
    const BlockPattern pattern(manifest.salt);
    AlignedBuffer buffer(kBlockSize);
    std::uint64_t others = 0;
    const std::uint64_t blocks = manifest.written.end / kBlockSize;
    const std::uint64_t step = std::max<std::uint64_t>(1, blocks / kPlaces);
    for (std::uint64_t block = 0; block < blocks && !stop.stop_requested(); block += step) {
        const std::uint64_t offset = block * kBlockSize;
        const auto data = buffer.first(kBlockSize);
        if (!target.read(offset, data))
            continue;
        for (std::size_t at = 0; at < kBlockSize; at += kSectorSize) {
            const SectorState state = pattern.examine(data.subspan(at, kSectorSize), offset + at).state;
            if (state == SectorState::Good || state == SectorState::Aliased || state == SectorState::Changed)
                return {};
            others += state == SectorState::Foreign ? 1 : 0;
        }
    }
    if (others == 0 || stop.stop_requested())
        return {};
    return refuseManifest("the files are not those that the manifest is about: nothing in them was written with it; "
                          "expected the manifest and the files of one check, of one drive");
}

} // namespace scratchproof
