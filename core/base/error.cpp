// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include "core/base/text.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace scratchproof {

namespace {
// Linux reserves errno values up to 4095 (MAX_ERRNO); glibc names those up to EHWPOISON (133).
constexpr int kLargestNamedErrno = 133;
} // namespace

std::string errnoName(int code)
{
    if (code == 0)
        return {};
    if (const char* name = strerrorname_np(code))
        return name;
    return fmt::format("E{}", code);
}

std::optional<int> errnoFromName(std::string_view name)
{
    for (int code = 1; code <= kLargestNamedErrno; ++code) {
        const char* known = strerrorname_np(code);
        if (known != nullptr && name == known)
            return code;
    }
    // Names that share a number with the one strerrorname_np() gives.
    if (name == "EWOULDBLOCK")
        return EWOULDBLOCK;
    if (name == "ENOTSUP")
        return ENOTSUP;
    if (name.size() < 2 || name.front() != 'E')
        return std::nullopt;
    int code = 0;
    const char* end = name.data() + name.size();
    const auto [rest, problem] = std::from_chars(name.data() + 1, end, code);
    if (problem != std::errc() || rest != end || code <= 0 || code > 4095)
        return std::nullopt;
    return code;
}

std::string errnoText(int code)
{
    if (const char* text = strerrordesc_np(code))
        return text;
    return fmt::format("Unknown error {}", code);
}

std::string toString(const Error& error)
{
    std::string text = error.operation;
    if (!error.path.empty())
        text += fmt::format(" '{}'", displayPath(error.path));
    if (error.code != 0)
        text += fmt::format(": {} ({})", errnoText(error.code), errnoName(error.code));
    if (!error.detail.empty())
        text += fmt::format("{} {}", error.code != 0 ? ";" : ":", error.detail);
    return text;
}

} // namespace scratchproof
