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

Result<std::vector<ScratchDirectory>> namedScratch(ProberSession& session, const std::vector<std::string>& words)
{
    return session.ask(request::ScratchNamed{words, session.workingFolder()});
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

Lifetime checkedLifetime(const std::string& text)
{
    return parseLifetime(text).value();
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
                                   toString(altered.notWritten));
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
