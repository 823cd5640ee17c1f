// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scratch_support.h"

#include "app/cli/prober_session.h"
#include "core/base/local_time.h"
#include "core/base/quantity.h"
#include "core/scratch/scratch_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

namespace scratchproof {

namespace {

struct ErrorWords
{
    const char* operation;
    ExitCode code;
    const char* words; // before the detail
};
constexpr std::array<ErrorWords, 29> kErrors{{
    {"store-busy", ExitCode::Fault, "another program holds the registry of scratch directories; try again"},
    {"store-damaged", ExitCode::Fault, "the registry of scratch directories is damaged, and was left as it is"},
    {"store-newer", ExitCode::Fault, "the registry of scratch directories is from a newer version of this program"},
    {"store-read-only", ExitCode::Fault, "the registry of scratch directories cannot be written"},
    {"store-full", ExitCode::Fault, "there is no room for the registry of scratch directories"},
    {"store-unreachable", ExitCode::Fault, "the registry of scratch directories cannot be opened"},
    {"store-not-responding", ExitCode::Fault, "the registry of scratch directories does not answer"},
    {"store-failed", ExitCode::Fault, "the registry of scratch directories failed"},
    {"prober-died", ExitCode::Fault, "the process that looks at folders ended"},
    {"prober-start", ExitCode::Fault, "the process that looks at folders could not be started"},
    {"prober-nonsense", ExitCode::Fault, "the process that looks at folders sent an answer that makes no sense"},
    {"not-responding", ExitCode::NotFoundOut, "the folder does not answer"},
    {"cancelled", ExitCode::NotFoundOut, "stopped"},
    {"folder-unusable", ExitCode::Unusable, "the folder cannot be used"},
    {"unsafe-folder", ExitCode::Unusable, "the folder is no safe place for a scratch directory"},
    {"is-elsewhere", ExitCode::Unusable, "the scratch directory is on another computer"},
    {"not-active", ExitCode::Unusable, "the scratch directory is not in use any more"},
    {"being-removed", ExitCode::Unusable, "the scratch directory is being removed by another program"},
    {"holds-others", ExitCode::Unusable, "the scratch directory holds another one, which would go with it"},
    {"is-released", ExitCode::Unusable, "the scratch directory was released; `scratch restore` brings it back"},
    {"not-released", ExitCode::Unusable, "the scratch directory was not released"},
    {"is-not-here", ExitCode::Unusable, "the scratch directory was not found where it was"},
    {"in-use", ExitCode::Unusable, "the scratch directory is in use (--in-use does it all the same)"},
    {"name-taken", ExitCode::Unusable, "something else has taken the place of the scratch directory"},
    {"protected", ExitCode::Unusable, "the scratch directory must stay where it is"},
    {"release-unsupported", ExitCode::Unusable, "the scratch directory can only be cleaned up, not released"},
    {"name-exists", ExitCode::BadUsage,
     "there is a scratch directory of that name in the folder already (--reuse takes it)"},
    {"unknown-directory", ExitCode::BadUsage, nullptr},
    {"bad-input", ExitCode::BadUsage, nullptr},
}};

int rank(ExitCode code)
{
    constexpr std::array<ExitCode, 5> kOrder{ExitCode::Success, ExitCode::NotFoundOut, ExitCode::Unusable,
                                             ExitCode::BadUsage, ExitCode::Fault};
    return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), code) - kOrder.begin());
}

} // namespace

Result<std::vector<ScratchDirectory>> namedScratch(ProberSession& session, const std::vector<std::string>& words)
{
    return session.ask(request::ScratchNamed{words, session.workingFolder()});
}

ExitCode reportError(Console& console, const Error& error)
{
    const auto* known = std::find_if(kErrors.begin(), kErrors.end(),
                                     [&](const ErrorWords& words) { return error.operation == words.operation; });
    console.err << "scratchproof-cli: scratch: ";
    if (known == kErrors.end()) {
        console.err << toString(error) << '\n';
        return ExitCode::Unusable;
    }
    std::string_view separator;
    if (known->words != nullptr) {
        console.err << known->words;
        if (!error.path.empty())
            console.err << ": '" << displayPath(error.path) << '\'';
        separator = ": ";
    }
    if (error.code != 0) {
        console.err << separator << errnoText(error.code) << " (" << errnoName(error.code) << ')';
        separator = "; ";
    }
    if (!error.detail.empty())
        console.err << separator << error.detail;
    console.err << '\n';
    return known->code;
}

Path defaultScratchFolder()
{
    const auto chosen = environmentVariable("TMPDIR");
    return chosen && chosen->front() == '/' ? *chosen : "/var/tmp";
}

std::string whyNoLifetime(const std::string& text)
{
    const auto lifetime = parseLifetime(text);
    return lifetime ? std::string() : lifetime.error().detail;
}

std::string whyNoSize(const std::string& text)
{
    const auto size = parseSize(text);
    return size ? std::string() : size.error().detail;
}

std::string localTime(const std::optional<Nanoseconds>& moment)
{
    return moment ? toLocalTime(*moment) : std::string();
}

ExitCode worse(ExitCode a, ExitCode b)
{
    return rank(a) >= rank(b) ? a : b;
}

void printNotes(Console& console, const Created& created)
{
    for (const CreateNote note : created.notes) {
        const NoteWords words = wordsOf(note);
        const bool hasOuter = note == CreateNote::BesideOuter || note == CreateNote::InsideOuter;
        console.err << fmt::format("scratchproof-cli: scratch: note: {}: {}{}\n", words.title, words.explanation,
                                   hasOuter ? fmt::format(" ({})", displayPath(created.outer)) : std::string());
    }
}

void printNotes(Console& console, const Altered& altered)
{
    if (!altered.notWritten.empty())
        console.err << fmt::format("scratchproof-cli: scratch: note: only this registry knows of it, for its marker "
                                   "could not be written: {}\n",
                                   displayText(altered.notWritten));
}

void printScratchDocument(Console& console, Json members)
{
    Json document = Json::object();
    document["schema"] = kScratchSchema;
    for (auto& [key, value] : members.items())
        document[key] = std::move(value);
    console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

request::About aboutOf(const ProberSession& session, const ScratchDirectory& directory)
{
    // The prober itself works in "/"; where the user is counts as use.
    return {directory.record.path, directory.record.id, session.workingFolder()};
}

} // namespace scratchproof
