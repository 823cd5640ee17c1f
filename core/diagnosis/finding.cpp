// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/finding.h"

#include "core/base/enum_names.h"

namespace scratchproof {

namespace {

constexpr EnumNames<Severity::Note> kSeverities({"blocking", "limit", "note"});
constexpr EnumNames<Certainty::ByElimination> kCertainties({"proven", "likely", "by-elimination"});
constexpr EnumNames<FixBy::Admin> kFixers({"user", "owner", "admin"});
constexpr EnumNames<ArgumentType::Errno> kTypes({"path", "user", "group", "size", "number", "duration", "name", "text",
                                                 "errno"});

} // namespace

std::string_view toString(Severity severity)
{
    return kSeverities.nameOf(severity);
}
std::string_view toString(Certainty certainty)
{
    return kCertainties.nameOf(certainty);
}
std::string_view toString(FixBy by)
{
    return kFixers.nameOf(by);
}
std::string_view toString(ArgumentType type)
{
    return kTypes.nameOf(type);
}
std::optional<Severity> severityFromString(std::string_view text)
{
    return kSeverities.valueOf(text);
}
std::optional<Certainty> certaintyFromString(std::string_view text)
{
    return kCertainties.valueOf(text);
}
std::optional<FixBy> fixByFromString(std::string_view text)
{
    return kFixers.valueOf(text);
}
std::optional<ArgumentType> argumentTypeFromString(std::string_view text)
{
    return kTypes.valueOf(text);
}

} // namespace scratchproof
