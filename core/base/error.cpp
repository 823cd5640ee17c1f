// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace scratchproof {

namespace {
// Linux reserves errno values up to 4095 (MAX_ERRNO); glibc names those up to EHWPOISON (133).
constexpr int kLargestNamedErrno = 133;

struct Named
{
    ErrorKind kind;
    std::string_view name;
};

constexpr std::array kKinds{
    Named{ErrorKind::SystemCall, ""},
    Named{ErrorKind::NotResponding, "not-responding"},
    Named{ErrorKind::Cancelled, "cancelled"},
    Named{ErrorKind::BadInput, "bad-input"},
    Named{ErrorKind::BadRequest, "bad-request"},
    Named{ErrorKind::UnknownUser, "unknown-user"},
    Named{ErrorKind::FindProber, "find-prober"},
    Named{ErrorKind::ProberStart, "prober-start"},
    Named{ErrorKind::ProberDied, "prober-died"},
    Named{ErrorKind::ProberNonsense, "prober-nonsense"},
    Named{ErrorKind::UnknownDirectory, "unknown-directory"},
    Named{ErrorKind::NameExists, "name-exists"},
    Named{ErrorKind::FolderUnusable, "folder-unusable"},
    Named{ErrorKind::UnsafeFolder, "unsafe-folder"},
    Named{ErrorKind::IsElsewhere, "is-elsewhere"},
    Named{ErrorKind::IsNotHere, "is-not-here"},
    Named{ErrorKind::IsReleased, "is-released"},
    Named{ErrorKind::NotReleased, "not-released"},
    Named{ErrorKind::NotActive, "not-active"},
    Named{ErrorKind::BeingRemoved, "being-removed"},
    Named{ErrorKind::HoldsOthers, "holds-others"},
    Named{ErrorKind::InUse, "in-use"},
    Named{ErrorKind::NameTaken, "name-taken"},
    Named{ErrorKind::Protected, "protected"},
    Named{ErrorKind::ReleaseUnsupported, "release-unsupported"},
    Named{ErrorKind::ForeignMarker, "foreign-marker"},
    Named{ErrorKind::StoreBusy, "store-busy"},
    Named{ErrorKind::StoreDamaged, "store-damaged"},
    Named{ErrorKind::StoreNewer, "store-newer"},
    Named{ErrorKind::StoreReadOnly, "store-read-only"},
    Named{ErrorKind::StoreFull, "store-full"},
    Named{ErrorKind::StoreUnreachable, "store-unreachable"},
    Named{ErrorKind::StoreNotResponding, "store-not-responding"},
    Named{ErrorKind::StoreFailed, "store-failed"},
    Named{ErrorKind::ParseJson, "parse-json"},
    Named{ErrorKind::ParseFacts, "parse-facts"},
    Named{ErrorKind::ParseFinding, "parse-finding"},
    Named{ErrorKind::ParseCheck, "parse-check"},
    Named{ErrorKind::ParseMarker, "parse-marker"},
    Named{ErrorKind::ParseMountinfo, "parse-mountinfo"},
    Named{ErrorKind::ParseSize, "parse-size"},
    Named{ErrorKind::ParseDuration, "parse-duration"},
    Named{ErrorKind::ParseLifetime, "parse-lifetime"},
    Named{ErrorKind::LineFraming, "line-framing"},
    Named{ErrorKind::RemoteAddress, "remote-address"},
    Named{ErrorKind::Compare, "compare"},
    Named{ErrorKind::ReadEvent, "read-event"},
    Named{ErrorKind::Notify, "notify"},
};

/// Each kind is in it once, in the order of the enum, with a name that no other has.
constexpr bool areKindsWhole()
{
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (static_cast<std::size_t>(kKinds[i].kind) != i || kKinds[i].name.empty() != (i == 0))
            return false;
        for (std::size_t j = 0; j < i; ++j) {
            if (kKinds[j].name == kKinds[i].name)
                return false;
        }
    }
    return kKinds.back().kind == kLastErrorKind;
}
static_assert(areKindsWhole());

} // namespace

std::string_view toString(ErrorKind kind)
{
    return kKinds.at(static_cast<std::size_t>(kind)).name;
}

ErrorKind errorKindOf(std::string_view operation)
{
    const auto* known =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const Named& named) { return named.name == operation; });
    return known == kKinds.end() ? ErrorKind::SystemCall : known->kind;
}

Error::Error(ErrorKind theKind, std::string thePath, int theCode, std::string theDetail)
    : kind(theKind), operation(toString(theKind)), path(std::move(thePath)), code(theCode), detail(std::move(theDetail))
{}

Error::Error(std::string theOperation, std::string thePath, int theCode, std::string theDetail)
    : kind(errorKindOf(theOperation)), operation(std::move(theOperation)), path(std::move(thePath)), code(theCode),
      detail(std::move(theDetail))
{}

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
