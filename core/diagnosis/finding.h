// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/base/translatable.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

enum class Severity : std::uint8_t { Blocking, Limit, Note };
enum class Certainty : std::uint8_t { Proven, Likely, ByElimination };
/// Who may carry a fix out.
enum class FixBy : std::uint8_t { User, Owner, Admin };
// g++ 12 takes the scoped name for one that shadows the type.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
enum class ArgumentType : std::uint8_t { Path, User, Group, Size, Number, Duration, Name, Text, Errno };
#pragma GCC diagnostic pop

[[nodiscard]] std::string_view toString(Severity severity);   // "blocking", "limit", "note"
[[nodiscard]] std::string_view toString(Certainty certainty); // "proven", "likely", "by-elimination"
[[nodiscard]] std::string_view toString(FixBy by);            // "user", "owner", "admin"
[[nodiscard]] std::string_view toString(ArgumentType type);   // "path", "user", ...
[[nodiscard]] std::optional<Severity> severityFromString(std::string_view text);
[[nodiscard]] std::optional<Certainty> certaintyFromString(std::string_view text);
[[nodiscard]] std::optional<FixBy> fixByFromString(std::string_view text);
[[nodiscard]] std::optional<ArgumentType> argumentTypeFromString(std::string_view text);

/// A typed value that the words of a finding are filled with. Numbers (Size in bytes, Number, Duration in nanoseconds)
/// are kept as numbers, all else as bytes; the type also says what a redaction must replace.
struct Argument
{
    ArgumentType type = ArgumentType::Text;
    std::string text;
    std::int64_t number = 0;

    static Argument path(Path value) { return {ArgumentType::Path, std::move(value), 0}; }
    static Argument user(std::string value) { return {ArgumentType::User, std::move(value), 0}; }
    static Argument group(std::string value) { return {ArgumentType::Group, std::move(value), 0}; }
    static Argument name(std::string value) { return {ArgumentType::Name, std::move(value), 0}; }
    static Argument plain(std::string value) { return {ArgumentType::Text, std::move(value), 0}; }
    static Argument errorCode(std::string value) { return {ArgumentType::Errno, std::move(value), 0}; }
    static Argument size(std::uint64_t bytes) { return {ArgumentType::Size, {}, static_cast<std::int64_t>(bytes)}; }
    static Argument count(std::int64_t value) { return {ArgumentType::Number, {}, value}; }
    static Argument duration(std::int64_t nanoseconds) { return {ArgumentType::Duration, {}, nanoseconds}; }

    [[nodiscard]] bool isNumber() const
    {
        return type == ArgumentType::Size || type == ArgumentType::Number || type == ArgumentType::Duration;
    }
    friend bool operator==(const Argument&, const Argument&) = default;
};

/// Something that can be done about a finding. The command, where there is one, is an argument list, never a line of
/// text; quoteForShell() shows it. Its words are in the catalogue under `id`.
struct Fix
{
    std::string id; // kebab-case, "remount-rw"
    FixBy by = FixBy::User;
    std::vector<std::string> command; // empty: nothing to run
};

/// Why a folder is as it is. `id` is a row of the catalogue of causes; words are made from id and arguments in the
/// reader's language (words.h).
struct Finding
{
    std::string id;
    Severity severity = Severity::Blocking;
    Certainty certainty = Certainty::Proven;
    std::map<std::string, Argument> arguments;
    std::vector<Fix> fixes;
    std::vector<std::string> evidence; // the call, the errno, the mountinfo line; English, for support staff
};

} // namespace scratchproof
