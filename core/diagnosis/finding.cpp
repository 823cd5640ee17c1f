// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/finding.h"

#include <array>
#include <utility>

namespace scratchproof {

namespace {

template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

constexpr Names<Severity, 3> kSeverities = {
    {{Severity::Blocking, "blocking"}, {Severity::Limit, "limit"}, {Severity::Note, "note"}}};
constexpr Names<Certainty, 3> kCertainties = {
    {{Certainty::Proven, "proven"}, {Certainty::Likely, "likely"}, {Certainty::ByElimination, "by-elimination"}}};
constexpr Names<FixBy, 3> kFixers = {{{FixBy::User, "user"}, {FixBy::Owner, "owner"}, {FixBy::Admin, "admin"}}};
constexpr Names<ArgumentType, 9> kTypes = {{{ArgumentType::Path, "path"},
                                            {ArgumentType::User, "user"},
                                            {ArgumentType::Group, "group"},
                                            {ArgumentType::Size, "size"},
                                            {ArgumentType::Number, "number"},
                                            {ArgumentType::Duration, "duration"},
                                            {ArgumentType::Name, "name"},
                                            {ArgumentType::Text, "text"},
                                            {ArgumentType::Errno, "errno"}}};

template <typename Value, std::size_t count>
std::string_view nameIn(const Names<Value, count>& names, Value value)
{
    for (const auto& [known, name] : names) {
        if (known == value)
            return name;
    }
    return names.front().second;
}

template <typename Value, std::size_t count>
std::optional<Value> valueIn(const Names<Value, count>& names, std::string_view text)
{
    for (const auto& [value, name] : names) {
        if (name == text)
            return value;
    }
    return std::nullopt;
}

} // namespace

std::string_view toString(Severity severity)
{
    return nameIn(kSeverities, severity);
}
std::string_view toString(Certainty certainty)
{
    return nameIn(kCertainties, certainty);
}
std::string_view toString(FixBy by)
{
    return nameIn(kFixers, by);
}
std::string_view toString(ArgumentType type)
{
    return nameIn(kTypes, type);
}
std::optional<Severity> severityFromString(std::string_view text)
{
    return valueIn(kSeverities, text);
}
std::optional<Certainty> certaintyFromString(std::string_view text)
{
    return valueIn(kCertainties, text);
}
std::optional<FixBy> fixByFromString(std::string_view text)
{
    return valueIn(kFixers, text);
}
std::optional<ArgumentType> argumentTypeFromString(std::string_view text)
{
    return valueIn(kTypes, text);
}

} // namespace scratchproof
