// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/protocol/requests.h"
#include "core/stream/json_fields.h"

#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

class ProberSession;

/// Those that a user means (ScratchStore::named()), each once. An Error ("unknown-directory") where none fits a word,
/// or several do.
[[nodiscard]] Result<std::vector<ScratchDirectory>> namedScratch(ProberSession& session,
                                                                 const std::vector<std::string>& words);

/// "scratchproof-cli: scratch: ..." in words for a person, on `err`; returns the exit code that goes with it.
[[nodiscard]] ExitCode reportError(Console& console, const Error& error);

/// Where scratch directories go unless told otherwise: what the user chose for temporary files ($TMPDIR), else
/// /var/tmp, whose content outlives a restart (file-hierarchy(7)).
[[nodiscard]] Path defaultScratchFolder();

/// What an option says that whyNoLifetime() has nothing against.
[[nodiscard]] Lifetime checkedLifetime(const std::string& text);
[[nodiscard]] constexpr ScratchStore::InUse inUseOf(bool isAllowed)
{
    return isAllowed ? ScratchStore::InUse::RemoveAllTheSame : ScratchStore::InUse::Keep;
}

/// For CommandOption::completes() and check().
inline const std::vector<std::string> kLifetimes{"12h", "1d", "7d", "30d", "never"};
[[nodiscard]] std::string whyNoLifetime(const std::string& text);
[[nodiscard]] std::string whyNoSize(const std::string& text);

/// A moment as a person reads it, in the local time zone; "" where there is none.
[[nodiscard]] std::string localTime(const std::optional<Nanoseconds>& moment);

/// What a prober says besides of what it did, on `err`: the notes of a creation, and that a marker was not written.
void printNotes(Console& console, const Created& created);
void printNotes(Console& console, const Altered& altered);

/// One JSON document with the schema of scratchproof.scratch/1 first.
void printScratchDocument(Console& console, Json members);

/// What a request is about: it waits with the directory's mount, and tells where the user is.
[[nodiscard]] request::About aboutOf(const ProberSession& session, const ScratchDirectory& directory);

} // namespace scratchproof
