// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/sysfs.h"

#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <sstream>

namespace scratchproof {

namespace {

constexpr std::size_t kSmall = 4096;
constexpr std::size_t kLargestUdev = std::size_t{1} << 16U;
constexpr std::size_t kMostNames = 100'000;

} // namespace

std::string trimmed(std::string text)
{
    text.erase(std::min(text.find('\0'), text.size()));
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    text.erase(last == std::string::npos ? 0 : last + 1);
    text.erase(0, text.find_first_not_of(" \t"));
    return text;
}

std::optional<std::string> readAttribute(System& system, const std::string& path)
{
    auto text = readSmallFile(system.files, path.c_str(), kSmall);
    if (!text)
        return std::nullopt;
    return trimmed(std::move(*text));
}

std::optional<std::uint64_t> readNumber(System& system, const std::string& path)
{
    const auto text = readAttribute(system, path);
    std::uint64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
        return std::nullopt;
    return value;
}

std::optional<bool> readFlag(System& system, const std::string& path)
{
    const auto value = readNumber(system, path);
    return value ? std::optional<bool>(*value != 0) : std::nullopt;
}

bool isThere(System& system, const std::string& path)
{
    return system.attributes.exists(kWorkingDirectory, path.c_str()).value_or(false);
}

std::vector<std::string> namesIn(System& system, const std::string& folder)
{
    std::vector<std::string> names;
    const auto fd = system.files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!fd)
        return names;
    std::vector<std::byte> buffer(32768);
    for (;;) {
        const auto filled = system.files.readEntries(fd->get(), buffer);
        if (!filled || *filled == 0)
            return names;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            if (names.size() >= kMostNames)
                return names;
            if (!entry->isDotOrDotDot())
                names.emplace_back(entry->name);
        }
    }
}

std::optional<DeviceNumber> parseDeviceNumber(std::string_view text)
{
    DeviceNumber device;
    const char* end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, device.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != ':')
        return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, device.minor);
    return minor.ec == std::errc() && minor.ptr == end ? std::optional(device) : std::nullopt;
}

std::string deviceNameOf(System& system, const std::string& source)
{
    if (source.rfind("/dev/", 0) != 0)
        return {};
    if (const auto target = system.files.readLink(kWorkingDirectory, source.c_str()))
        return std::string(baseName(*target));
    return std::string(baseName(source));
}

std::optional<std::uint64_t> sectorsWritten(System& system, DeviceNumber device)
{
    const std::string path = fmt::format("/sys/dev/block/{}/stat", toString(device));
    const auto text = readSmallFile(system.files, path.c_str(), 1024);
    if (!text)
        return std::nullopt;
    std::istringstream fields(*text);
    std::uint64_t value = 0;
    for (int field = 1; field <= 7; ++field) {
        if (!(fields >> value))
            return std::nullopt;
    }
    return value;
}

std::map<std::string, std::string> udevProperties(System& system, DeviceNumber device)
{
    std::map<std::string, std::string> properties;
    const auto text = readSmallFile(system.files, ("/run/udev/data/b" + toString(device)).c_str(), kLargestUdev);
    if (!text)
        return properties;
    for (const std::string_view line : splitAt(*text, "\n")) {
        const std::size_t equals = line.find('=');
        if (line.substr(0, 2) == "E:" && equals != std::string_view::npos && line.find('\0') == std::string_view::npos)
            properties.emplace(line.substr(2, equals - 2), line.substr(equals + 1));
    }
    return properties;
}

std::string decodeUdev(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
            const char* from = text.data() + i + 2;
            if (std::from_chars(from, from + 2, value, 16).ptr == from + 2 && value != 0) {
                out += static_cast<char>(value);
                i += 3;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

std::vector<std::string_view> splitAt(std::string_view text, std::string_view separators)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0)
            parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::optional<std::uint64_t> parseNumber(std::string_view text)
{
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

} // namespace scratchproof
