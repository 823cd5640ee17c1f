// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scratch_commands.h"

#include "app/cli/prober_session.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace scratchproof {

namespace {

std::string timeLeft(const Json& directory, Nanoseconds now)
{
    if (getBool(directory, "pinned") == true)
        return "pinned";
    if (const auto until = fromIso8601(getString(directory, "restorable_until").value_or("")))
        return *until > now ? fmt::format("back for {}", formatDuration(*until - now)) : std::string("to be purged");
    const auto expires = fromIso8601(getString(directory, "expires").value_or(""));
    if (!expires)
        return "never ends";
    if (*expires <= now)
        return fmt::format("ended {} ago", formatDuration(now - *expires));
    return fmt::format("{} left", formatDuration(*expires - now));
}

std::string sizeInWords(const Json& directory)
{
    const auto bytes = getUnsigned(directory, "bytes");
    return bytes ? formatBytes(*bytes) : "-";
}

class ScratchCreateCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("create", "Make a private directory with a lifetime, and print its path");
        command.option("NAME", m_name, "Its name; an unguessable ending is added").required().notEmpty();
        command.option("--in FOLDER", m_folder, "The folder to make it in ($TMPDIR, else /var/tmp)").notEmpty();
        command.option("--lifetime TIME", m_lifetime, "For example 12h, 7d, 30d or never")
            .check(whyNoLifetime)
            .showDefault();
        command.option("--note TEXT", m_note, "What it is for");
        command.flag("--pin", m_pin, "Keep it until it is unpinned, whatever its lifetime");
        command.flag("--reuse", m_reuse, "Where there is one of that name in the folder, print its path");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        const Path folder = absolutePath(m_folder.empty() ? defaultScratchFolder() : m_folder, console.workingFolder);
        Json request = Json::object();
        request["request"] = "scratch-create";
        putPath(request, "name", m_name);
        putPath(request, "in", folder);
        request["lifetime"] = m_lifetime;
        if (!isUtf8(m_note))
            return toInt(reportError(console, Error{"bad-input", {}, 0, "the note is not UTF-8 text"}));
        request["note"] = m_note;
        request["pinned"] = m_pin;
        request["reuse"] = m_reuse;
        ProberSession session(console);
        const auto answer = session.ask(folder, std::move(request));
        if (!answer)
            return session.exitCode(reportError(console, answer.error()));
        const Json* directory = getObject(*answer, "directory");
        const auto created = directory != nullptr ? listedScratch(*directory) : std::nullopt;
        if (!created)
            return session.exitCode(
                reportError(console, Error{"prober-nonsense", {}, 0, "the answer has no directory"}));
        if (const Json* notes = getArray(*answer, "notes")) {
            for (const Json& note : *notes)
                console.err << "scratchproof-cli: scratch: note: " << displayText(getString(note, "title").value_or(""))
                            << ": " << displayText(getString(note, "explanation").value_or("")) << '\n';
        }
        if (m_json)
            printScratchDocument(
                console, Json{{"directory", created->json}, {"reused", getBool(*answer, "reused").value_or(false)}});
        else
            console.out << created->path << '\n';
        return session.exitCode(ExitCode::Success);
    }

private:
    std::string m_name;
    std::string m_folder;
    std::string m_lifetime = "7d";
    std::string m_note;
    bool m_pin = false;
    bool m_reuse = false;
    bool m_json = false;
};

// What the registry alone can tell; the others need a look at the disk.
constexpr std::array<const char*, 4> kListedStates{"active", "expired", "released", "elsewhere"};

class ScratchListCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("list", "List all scratch directories, as the registry knows them");
        command.option("--state STATE", m_states, "Only these, with commas between several")
            .splitAt(',')
            .oneOf(std::vector<std::string>(kListedStates.begin(), kListedStates.end()));
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        auto all = listScratch(session);
        if (!all)
            return session.exitCode(reportError(console, all.error()));
        const bool none = all->empty();
        if (!m_states.empty())
            std::erase_if(*all, [this](const ListedScratch& one) {
                return std::find(m_states.begin(), m_states.end(), one.state) == m_states.end();
            });
        if (m_json) {
            Json directories = Json::array();
            for (const ListedScratch& one : *all)
                directories.push_back(one.json);
            printScratchDocument(console, Json{{"directories", std::move(directories)}});
            return session.exitCode(ExitCode::Success);
        }
        if (none && console.errIsTerminal)
            console.err << "There are no scratch directories. `scratchproof-cli scratch create NAME` makes one.\n";
        const Nanoseconds now = console.system.clock.wall();
        for (const ListedScratch& one : *all)
            console.out << fmt::format("{}  {:<20} {:<9} {:<16} {:>9}  {}\n", one.id.substr(0, 8),
                                       displayText(one.name), displayText(one.state), timeLeft(one.json, now),
                                       sizeInWords(one.json), displayPath(one.path));
        return session.exitCode(ExitCode::Success);
    }

private:
    std::vector<std::string> m_states;
    bool m_json = false;
};

class ScratchShowCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("show", "Look at one scratch directory and measure it");
        command.option("DIRECTORY", m_word, "Its id, name or path").required().notEmpty();
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const auto all = listScratch(session);
        const auto found =
            all ? findScratch(*all, m_word, console.workingFolder) : Result<ListedScratch>(fail(all.error()));
        if (!found)
            return session.exitCode(reportError(console, found.error()));
        const auto answer = askAbout(session, *found, "scratch-inspect");
        if (!answer)
            return session.exitCode(reportError(console, answer.error()));
        const Json* directory = getObject(*answer, "directory");
        if (directory == nullptr)
            return session.exitCode(
                reportError(console, Error{"prober-nonsense", {}, 0, "the answer has no directory"}));
        if (m_json)
            printScratchDocument(console, Json{{"directory", *directory}});
        else
            print(console, *directory);
        return session.exitCode(ExitCode::Success);
    }

private:
    static void print(Console& console, const Json& directory)
    {
        const auto line = [&](const char* label, const std::string& value) {
            if (!value.empty())
                console.out << fmt::format("{:<10} {}\n", label, displayText(value));
        };
        const auto text = [&](const char* key) { return getString(directory, key).value_or(""); };
        line("Name", getPath(directory, "name").value_or(""));
        line("Path", getPath(directory, "path").value_or(""));
        line("Waits at", getPath(directory, "quarantine").value_or(""));
        line("State", text("state"));
        line("Because", text("reason"));
        line("Note", text("note"));
        line("Created", localTime(directory, "created"));
        line("Restorable", localTime(directory, "restorable_until"));
        line("Lifetime", fmt::format("{} ({})", text("lifetime"), timeLeft(directory, console.system.clock.wall())));
        line("Size", sizeInWords(directory));
        if (const auto files = getUnsigned(directory, "files"))
            line("Files", std::to_string(*files));
        line("Newest", localTime(directory, "newest"));
        line("Id", text("id"));
    }

    std::string m_word;
    bool m_json = false;
};

/// Drops the record of a directory that is gone for good. Touches no folder.
class ScratchForgetCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command =
            program.command("forget", "Drop the record of a directory that is lost; touches no folder");
        command.option("DIRECTORY", m_word, "Its id, name or path").required().notEmpty();
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const auto all = listScratch(session);
        const auto found =
            all ? findScratch(*all, m_word, console.workingFolder) : Result<ListedScratch>(fail(all.error()));
        if (!found)
            return session.exitCode(reportError(console, found.error()));
        const auto seen = askAbout(session, *found, "scratch-inspect");
        if (!seen)
            return session.exitCode(reportError(console, seen.error()));
        const Json* directory = getObject(*seen, "directory");
        const std::string state = directory != nullptr ? getString(*directory, "state").value_or("") : "";
        if (state != "lost" && state != "offline") {
            console.err << "scratchproof-cli: scratch: '" << displayPath(found->path) << "' is " << displayText(state)
                        << ", not lost; it was not forgotten\n";
            return session.exitCode(ExitCode::Unusable);
        }
        Json request{{"request", "scratch-forget"}, {"directory", found->id}};
        const auto answer = session.ask({}, std::move(request));
        if (!answer)
            return session.exitCode(reportError(console, answer.error()));
        return session.exitCode(ExitCode::Success);
    }

private:
    std::string m_word;
};

} // namespace

std::vector<std::unique_ptr<Command>> scratchCommands()
{
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<ScratchCreateCommand>());
    commands.push_back(std::make_unique<ScratchListCommand>());
    commands.push_back(std::make_unique<ScratchShowCommand>());
    commands.push_back(makeScratchExtendCommand());
    commands.push_back(makeScratchPinCommand());
    commands.push_back(makeScratchReleaseCommand());
    commands.push_back(makeScratchRestoreCommand());
    commands.push_back(makeScratchCleanCommand());
    commands.push_back(std::make_unique<ScratchForgetCommand>());
    commands.push_back(makeScratchFindCommand());
    commands.push_back(makeScratchSweepCommand());
    commands.push_back(makeScratchLogCommand());
    commands.push_back(makeScratchBestCommand());
    commands.push_back(makeScratchRunCommand());
    return commands;
}

} // namespace scratchproof
