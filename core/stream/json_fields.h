// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// Insertion order is kept, so that a document reads in the order it was thought of.
using Json = nlohmann::ordered_json;

/// Sets `key` to the path. Where it is not UTF-8, `key` holds its display form and `key_bytes` the bytes in base64.
void putPath(Json& object, const std::string& key, const Path& path);

/// Reads what putPath() wrote; `key_bytes` wins. Nothing if neither is there, they have the wrong type, or a NUL is in
/// it.
[[nodiscard]] std::optional<Path> getPath(const Json& object, const std::string& key);

/// Sets `key` to an array of paths, each a string; one that is not UTF-8 is an object of `path` and `path_bytes`.
void putPaths(Json& object, const std::string& key, const std::vector<Path>& paths);

/// Reads what putPaths() wrote, at most `most` of them; none if it is not there. Nothing if it is anything else.
[[nodiscard]] std::optional<std::vector<Path>> getPaths(const Json& object, const std::string& key, std::size_t most);

/// Members of an object, where they are there and of the right type. Numbers must be whole and in range.
[[nodiscard]] std::optional<std::string> getString(const Json& object, const std::string& key);
[[nodiscard]] std::optional<std::int64_t> getInteger(const Json& object, const std::string& key);
[[nodiscard]] std::optional<std::uint64_t> getUnsigned(const Json& object, const std::string& key);
[[nodiscard]] std::optional<bool> getBool(const Json& object, const std::string& key);
/// nullptr if it is not there or not of that kind.
[[nodiscard]] const Json* getArray(const Json& object, const std::string& key);
[[nodiscard]] const Json* getObject(const Json& object, const std::string& key);

/// One line of JSON without its newline. Text that is not UTF-8 is replaced by U+FFFD: use putPath() for paths.
[[nodiscard]] std::string toLine(const Json& json);
/// Parses one document; never throws, and takes time that grows with its length only. Nesting deeper than 64, objects
/// of more than 512 members, and more than `mostContainers` objects and lists in all, are refused. The Error's detail
/// says what is wrong with it.
[[nodiscard]] Result<Json> parseJson(std::string_view text, std::size_t mostContainers = SIZE_MAX);

/// Of a line of the stream: each takes a hundred times the bytes that it is written in. Ten thousand folders are listed
/// in as many.
constexpr std::size_t kMostContainersOfLine = 65536;

/// An Error as an object {operation, path, errno, detail}, and back.
[[nodiscard]] Json toJson(const Error& error);
[[nodiscard]] std::optional<Error> errorFromJson(const Json& json);

} // namespace scratchproof
