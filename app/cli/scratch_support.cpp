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

} // namespace

std::optional<ListedScratch> listedScratch(const Json& directory)
{
    const auto id = getString(directory, "id");
    const auto path = getPath(directory, "path");
    if (!id || !path)
        return std::nullopt;
    return ListedScratch{*id, getPath(directory, "name").value_or(""), *path,
                         getString(directory, "state").value_or(""), directory};
}

namespace {

Result<std::vector<ListedScratch>> directoriesOf(const Result<Json>& answer)
{
    if (!answer)
        return fail(answer.error());
    const Json* directories = getArray(*answer, "directories");
    if (directories == nullptr)
        return fail("prober-nonsense", {}, 0, "the list has no directories");
    std::vector<ListedScratch> all;
    for (const Json& directory : *directories) {
        if (auto one = listedScratch(directory))
            all.push_back(std::move(*one));
    }
    return all;
}

} // namespace

Result<std::vector<ListedScratch>> listScratch(ProberSession& session)
{
    return directoriesOf(session.ask({}, Json{{"request", "scratch-list"}}));
}

Result<std::vector<ListedScratch>> namedScratch(ProberSession& session, const std::vector<std::string>& words)
{
    Json request{{"request", "scratch-named"}};
    putPaths(request, "words", words);
    if (!session.workingFolder().empty())
        putPath(request, "working_folder", session.workingFolder());
    return directoriesOf(session.ask({}, std::move(request)));
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

std::string localTime(const Json& object, const char* key)
{
    const auto text = getString(object, key).value_or("");
    const auto moment = fromIso8601(text);
    return moment ? toLocalTime(*moment) : displayText(text);
}

void printNotes(Console& console, const Json& answer)
{
    const auto say = [&](const std::string& text) {
        console.err << "scratchproof-cli: scratch: note: " << text << '\n';
    };
    const Json* notes = getArray(answer, "notes");
    for (const Json& note : notes != nullptr ? *notes : Json::array()) {
        const auto text = [&](const char* key) { return displayText(getString(note, key).value_or("")); };
        const Json* arguments = getObject(note, "arguments");
        const Json* outer = arguments != nullptr ? getObject(*arguments, "outer") : nullptr;
        const auto path = outer != nullptr ? getPath(*outer, "value") : std::nullopt;
        say(fmt::format("{}: {}{}", text("title"), text("explanation"),
                        path ? fmt::format(" ({})", displayPath(*path)) : std::string()));
    }
    if (const auto why = getString(answer, "marker_not_written"))
        say(fmt::format("only this registry knows of it, for its marker could not be written: {}", displayText(*why)));
}

Path usablePath(const ListedScratch& directory)
{
    return getPath(directory.json, "content").value_or(directory.path);
}

void printScratchDocument(Console& console, Json members)
{
    Json document = Json::object();
    document["schema"] = kScratchSchema;
    for (auto& [key, value] : members.items())
        document[key] = std::move(value);
    console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Result<Json> askAbout(ProberSession& session, const ListedScratch& directory, const char* request, Json more)
{
    Json whole = Json::object();
    whole["request"] = request;
    putPath(whole, "folder", directory.path);
    whole["directory"] = directory.id;
    // The prober itself works in "/"; where the user is counts as use.
    if (!session.workingFolder().empty())
        putPath(whole, "working_folder", session.workingFolder());
    for (auto& [key, value] : more.items())
        whole[key] = std::move(value);
    return session.ask(directory.path, std::move(whole));
}

} // namespace scratchproof
