// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/stream/json_fields.h"

#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

class ProberSession;

/// A scratch directory as a prober tells of it: `json` is the DIRECTORY of scratchproof.scratch/1.
struct ListedScratch
{
    std::string id;
    std::string name;
    Path path;
    std::string state;
    Json json;
};

/// Nothing if the answer makes no sense.
[[nodiscard]] std::optional<ListedScratch> listedScratch(const Json& directory);
/// Everything that is registered.
[[nodiscard]] Result<std::vector<ListedScratch>> listScratch(ProberSession& session);

/// Those that a user means (ScratchStore::named()), each once. An Error ("unknown-directory") where none fits a word,
/// or several do.
[[nodiscard]] Result<std::vector<ListedScratch>> namedScratch(ProberSession& session,
                                                              const std::vector<std::string>& words);

/// "scratchproof-cli: scratch: ..." in words for a person, on `err`; returns the exit code that goes with it.
[[nodiscard]] ExitCode reportError(Console& console, const Error& error);

/// Where scratch directories go unless told otherwise: what the user chose for temporary files ($TMPDIR), else
/// /var/tmp, whose content outlives a restart (file-hierarchy(7)).
[[nodiscard]] Path defaultScratchFolder();

/// For CommandOption::completes() and check().
inline const std::vector<std::string> kLifetimes{"12h", "1d", "7d", "30d", "never"};
[[nodiscard]] std::string whyNoLifetime(const std::string& text);
[[nodiscard]] std::string whyNoSize(const std::string& text);

/// A moment of an answer as a person reads it, in the local time zone; "" where there is none.
[[nodiscard]] std::string localTime(const Json& object, const char* key);

/// What a prober says besides of what it did, on `err`: the notes of a creation, and that a marker was not written.
void printNotes(Console& console, const Json& answer);

/// The directory that is for the user: of one that was made with --empty, the one in it.
[[nodiscard]] Path usablePath(const ListedScratch& directory);

/// One JSON document with the schema of scratchproof.scratch/1 first.
void printScratchDocument(Console& console, Json members);

/// A request about one directory, waiting with its mount. It tells where the user is ("working_folder").
[[nodiscard]] Result<Json> askAbout(ProberSession& session, const ListedScratch& directory, const char* request,
                                    Json more = Json::object());

} // namespace scratchproof
