// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/journal_slot.h"

#include <xxhash.h>

#include <cstring>

namespace scratchproof {

namespace {

constexpr std::string_view kMagic = "SCRPROB1";
constexpr std::uint16_t kMostJournalled = 8;

template <typename Number>
void appendNumber(std::string& out, Number number)
{
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof number);
}

/// Takes a number off the front; false at the end of the bytes.
template <typename Number>
bool take(std::string_view& bytes, Number& number)
{
    if (bytes.size() < sizeof number)
        return false;
    std::memcpy(&number, bytes.data(), sizeof number);
    bytes.remove_prefix(sizeof number);
    return true;
}

bool takeText(std::string_view& bytes, std::string_view& text)
{
    std::uint16_t length = 0;
    if (!take(bytes, length) || bytes.size() < length)
        return false;
    text = bytes.substr(0, length);
    bytes.remove_prefix(length);
    return true;
}

std::string guarded(const std::string& content)
{
    std::string body;
    body.reserve(content.size() + 10);
    appendNumber(body, static_cast<std::uint64_t>(XXH64(content.data(), content.size(), content.size())));
    appendNumber(body, static_cast<std::uint16_t>(content.size()));
    return body += content;
}

/// What guarded() was given; nothing if it is not whole.
std::optional<std::string_view> unguarded(std::string_view bytes)
{
    std::uint64_t hash = 0;
    std::uint16_t length = 0;
    if (!take(bytes, hash) || !take(bytes, length) || length == 0 || bytes.size() < length)
        return std::nullopt;
    bytes = bytes.substr(0, length);
    return XXH64(bytes.data(), bytes.size(), length) == hash ? std::optional(bytes) : std::nullopt;
}

std::optional<UnderWay> decodeUnderWay(std::string_view stored)
{
    const auto whole = unguarded(stored);
    if (!whole)
        return std::nullopt;
    std::string_view bytes = *whole;
    UnderWay underWay;
    std::string_view text;
    std::uint16_t count = 0;
    if (!take(bytes, count) || count > kMostJournalled || !takeText(bytes, text))
        return std::nullopt;
    underWay.folder = text;
    for (std::uint16_t i = 0; i < count; ++i) {
        // The hash guards against accidents, not against forgery: only names of our own pattern are ever believed.
        if (!takeText(bytes, text) || !parseProbeName(text))
            return std::nullopt;
        underWay.names.emplace_back(text);
    }
    return underWay;
}

} // namespace

std::string encodeSlotHead(const Maker& maker, const ProcessIdentity& process)
{
    std::string head(kMagic);
    appendNumber(head, static_cast<std::int64_t>(process.pid));
    appendNumber(head, process.startTime);
    head += maker.text();
    head.resize(kSlotHeadBytes, '\0');
    return head;
}

std::string encodeUnderWay(std::string_view folder, std::span<const std::string_view> names)
{
    std::string content;
    content.reserve(folder.size() + names.size() * (kProbeNameLength + 2) + 4);
    appendNumber(content, static_cast<std::uint16_t>(names.size()));
    appendNumber(content, static_cast<std::uint16_t>(folder.size()));
    content += folder;
    for (const auto name : names) {
        appendNumber(content, static_cast<std::uint16_t>(name.size()));
        content += name;
    }
    if (content.size() + kSlotHeadBytes + 16 > kLongestSlot)
        return {};
    return guarded(content);
}

std::string encodePlace(std::string_view place)
{
    constexpr std::size_t kGuard = 10;
    if (place.size() + kGuard > kLongestWithPlace - kLongestSlot)
        return {};
    return guarded(std::string(place));
}

std::string_view emptyBody()
{
    return {"\0\0\0\0\0\0\0\0\0\0", 10};
}

std::optional<JournalSlot> decodeSlot(std::string_view bytes)
{
    if (bytes.size() < kSlotHeadBytes || bytes.substr(0, kMagic.size()) != kMagic)
        return std::nullopt;
    std::string_view head = bytes.substr(kMagic.size(), kSlotHeadBytes - kMagic.size());
    JournalSlot slot;
    std::int64_t pid = 0;
    if (!take(head, pid) || !take(head, slot.process.startTime))
        return std::nullopt;
    slot.process.pid = static_cast<int>(pid);
    const std::string_view maker = head.substr(0, kMakerLength);
    slot.maker = {std::string(maker.substr(0, 6)), std::string(maker.substr(6, 5)), std::string(maker.substr(11, 5)),
                  std::string(maker.substr(16, 7))};
    slot.underWay = decodeUnderWay(bytes.substr(kSlotHeadBytes, kLongestSlot - kSlotHeadBytes));
    if (bytes.size() > kLongestSlot)
        slot.place = unguarded(bytes.substr(kLongestSlot)).value_or("");
    return slot;
}

} // namespace scratchproof
