// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scratch_support.h"

#include "app/cli/prober_session.h"
#include "core/base/error_words.h"
#include "core/base/local_time.h"
#include "core/base/quantity.h"
#include "core/scratch/scratch_json.h"

#include <fmt/format.h>

#include <ostream>
#include <string_view>

namespace scratchproof {

namespace {

ExitCode exitCodeOf(ErrorKind kind)
{
    if (kind >= ErrorKind::StoreBusy && kind <= ErrorKind::StoreFailed)
        return ExitCode::Fault;
    switch (kind) {
    case ErrorKind::ProberStart:
    case ErrorKind::ProberDied:
    case ErrorKind::ProberNonsense:
        return ExitCode::Fault;
    case ErrorKind::NotResponding:
    case ErrorKind::Cancelled:
        return ExitCode::NotFoundOut;
    case ErrorKind::NameExists:
    case ErrorKind::UnknownDirectory:
    case ErrorKind::BadInput:
        return ExitCode::BadUsage;
    default:
        return ExitCode::Unusable;
    }
}

/// What helps in this program; "" where nothing does.
const char* hintOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::InUse:
        return " (--in-use does it all the same)";
    case ErrorKind::NameExists:
        return " (--reuse takes it)";
    case ErrorKind::IsReleased:
        return " (`scratch restore`)";
    default:
        return "";
    }
}

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
        return fail(ErrorKind::ProberNonsense, {}, 0, "the list has no directories");
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
    const ErrorWords* words = wordsOf(error.kind);
    console.err << "scratchproof-cli: scratch: ";
    if (words == nullptr && error.kind != ErrorKind::UnknownDirectory && error.kind != ErrorKind::BadInput) {
        console.err << toString(error) << '\n';
        return exitCodeOf(error.kind);
    }
    std::string_view separator;
    if (words != nullptr) {
        console.err << words->text << hintOf(error.kind);
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
    return exitCodeOf(error.kind);
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
