// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scratch_commands.h"

#include "app/cli/prober_session.h"
#include "app/cli/question.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace scratchproof {

namespace {

std::string timeLeft(const ScratchDirectory& directory, Nanoseconds now)
{
    if (directory.isHalfRemoved)
        return "half removed";
    if (const auto until = directory.restorableUntil)
        return *until > now ? fmt::format("back for {}", formatSpan(*until - now)) : std::string("to be purged");
    if (directory.state == ScratchState::Released)
        return "can come back";
    if (directory.record.pinned)
        return "pinned";
    const auto expires = directory.expires;
    if (!expires)
        return "never ends";
    if (*expires <= now)
        return fmt::format("ended {} ago", formatSpan(now - *expires));
    return fmt::format("{} left", formatSpan(*expires - now));
}

std::string sizeInWords(const ScratchDirectory& directory)
{
    return directory.record.measure ? formatBytes(directory.record.measure->bytes) : "-";
}

class ScratchCreateCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("create", "Make a private directory with a lifetime, and print its path");
        command.detail("The folder is checked first.");
        command.option("NAME", m_name, "Its name; an unguessable ending is added").required().notEmpty();
        command.option("--in FOLDER", m_folder, "The folder to make it in ($TMPDIR, else /var/tmp)")
            .notEmpty()
            .completes(Completion::Folders)
            .detail(R"(
If $TMPDIR lies in a scratch directory, as within `scratch run`, it is made beside the outermost of those, so that it
does not go with them; with `--in` it is made where you say, and the outer one stays as long as it is there.)");
        command.option("--lifetime TIME", m_lifetime, "For example 12h, 7d, 30d or never")
            .completes(kLifetimes)
            .check(whyNoLifetime)
            .showDefault();
        command.option("--note TEXT", m_note, "What it is for");
        command.flag("--pin", m_pin, "Keep it until it is unpinned, whatever its lifetime");
        command
            .flag("--empty", m_empty,
                  "Make an empty directory in it for you, as git clone wants; print that one's path")
            .detail("The directory and its marker are around it, and go with it.");
        command.flag("--reuse", m_reuse, "Where there is one of that name in the folder, print its path").detail(R"(
A name is given once in a folder (except to what was released or is lost): without this, one that is there is an
error (2). It keeps its time, unless that was over: then it begins anew. One that was only found by `scratch find`
keeps having no end.)");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        const Path folder = absolutePath(m_folder.empty() ? defaultScratchFolder() : m_folder, console.workingFolder);
        if (!isUtf8(m_note))
            return toInt(reportError(console, Error{ErrorKind::BadInput, {}, 0, "the note is not UTF-8 text"}));
        CreateRequest wish;
        wish.name = m_name;
        wish.folder = folder;
        wish.lifetime = checkedLifetime(m_lifetime);
        wish.note = m_note;
        wish.pinned = m_pin;
        wish.reuse = m_reuse;
        wish.empty = m_empty;
        wish.isDefaultFolder = m_folder.empty();
        ProberSession session(console);
        const auto created = session.ask(request::ScratchCreate{std::move(wish)});
        if (!created)
            return session.exitCode(reportError(console, created.error()));
        printNotes(console, *created);
        if (m_json)
            printScratchDocument(console, Json{{"directory", toJson(created->directory)}, {"reused", created->reused}});
        else
            console.out << usablePath(created->directory) << '\n';
        return session.exitCode(ExitCode::Success);
    }

private:
    std::string m_name;
    std::string m_folder;
    std::string m_lifetime = "7d";
    std::string m_note;
    bool m_pin = false;
    bool m_empty = false;
    bool m_reuse = false;
    bool m_json = false;
};

// What the registry alone can tell, and what needs a look at the disk.
constexpr std::array<const char*, 7> kStates{"active", "expired", "released", "elsewhere", "lost", "offline", "busy"};
constexpr std::size_t kStatesOfRegistry = 4;

/// Each as it is on the disk now; one that cannot be looked at is left as the registry has it, and told of.
ExitCode lookAtAll(ProberSession& session, Console& console, std::vector<ScratchDirectory>& all)
{
    std::vector<request::ScratchInspect> questions;
    for (const ScratchDirectory& one : all)
        questions.push_back({{one.record.path, one.record.id}, ScratchStore::Look::Brief});
    auto answers = session.askAll(std::move(questions));
    ExitCode code = ExitCode::Success;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& answer = answers[i];
        if (answer && *answer) {
            all[i] = std::move(**answer);
        } else {
            code = ExitCode::NotFoundOut;
            if (answer && !*answer)
                static_cast<void>(reportError(console, answer->error()));
        }
    }
    return code;
}

void printLine(std::ostream& to, const ScratchDirectory& one, Nanoseconds now)
{
    to << fmt::format("{}  {:<20} {:<9} {:<16} {:>9}  {}\n", one.record.id.substr(0, 8), displayText(one.record.name),
                      toString(one.state), timeLeft(one, now), sizeInWords(one), displayPath(one.record.path));
}

class ScratchListCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("list", "List all scratch directories");
        command.detail("All directories that the registry knows, with state, age and time left.");
        command.option("--state STATES", m_states, "Only these states, for example expired,released or lost,offline")
            .splitAt(',')
            .oneOf(std::vector<std::string>(kStates.begin(), kStates.end()));
        command.flag("--look", m_look, "Look at each (implied by lost, offline and busy); else as the registry has it")
            .detail("The registry alone knows nothing of these three.");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        auto all = session.ask(request::ScratchList());
        if (!all)
            return session.exitCode(reportError(console, all.error()));
        const bool none = all->empty();
        const bool needsLook =
            std::any_of(kStates.begin() + kStatesOfRegistry, kStates.end(), [this](const char* state) {
                return std::find(m_states.begin(), m_states.end(), state) != m_states.end();
            });
        const ExitCode code = m_look || needsLook ? lookAtAll(session, console, *all) : ExitCode::Success;
        if (!m_states.empty())
            std::erase_if(*all, [this](const ScratchDirectory& one) {
                return std::find(m_states.begin(), m_states.end(), toString(one.state)) == m_states.end();
            });
        if (m_json) {
            Json directories = Json::array();
            for (const ScratchDirectory& one : *all)
                directories.push_back(toJson(one));
            printScratchDocument(console, Json{{"directories", std::move(directories)}});
            return session.exitCode(code);
        }
        if (none && console.errIsTerminal)
            console.err << "There are no scratch directories. `scratchproof-cli scratch create NAME` makes one.\n";
        const Nanoseconds now = console.system.clock.wall();
        for (const ScratchDirectory& one : *all)
            printLine(console.out, one, now);
        return session.exitCode(code);
    }

private:
    std::vector<std::string> m_states;
    bool m_look = false;
    bool m_json = false;
};

class ScratchShowCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("show", "Look at one scratch directory and measure it");
        command.detail(R"(
Its times, and those that `extend`, `release`, `clean`, `sweep` and `log` tell, are of your time zone (`$TZ`); with
`--json` they are in UTC.)");
        command.option("DIRECTORY", m_word, "Its id, name or path")
            .required()
            .notEmpty()
            .completes(Completion::ScratchDirectories);
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const auto found = namedScratch(session, {m_word});
        if (!found)
            return session.exitCode(reportError(console, found.error()));
        if (found->empty())
            return session.exitCode(
                reportError(console, Error{ErrorKind::ProberNonsense, {}, 0, "the answer has no directory"}));
        const auto directory = session.ask(request::ScratchInspect{aboutOf(session, found->front())});
        if (!directory)
            return session.exitCode(reportError(console, directory.error()));
        if (m_json)
            printScratchDocument(console, Json{{"directory", toJson(*directory)}});
        else
            print(console, *directory);
        return session.exitCode(ExitCode::Success);
    }

private:
    static void print(Console& console, const ScratchDirectory& directory)
    {
        const auto line = [&](const char* label, const std::string& value) {
            if (!value.empty())
                console.out << fmt::format("{:<10} {}\n", label, displayText(value));
        };
        const ScratchRecord& record = directory.record;
        line("Name", record.name);
        line("Path", record.path);
        line("Waits at", record.quarantine);
        line("State", std::string(toString(directory.state)));
        line("Because", toString(directory.reason));
        line("Note", record.note);
        line("Created", localTime(record.created));
        line("Restorable", localTime(directory.restorableUntil));
        line("Lifetime",
             fmt::format("{} ({})", formatLifetime(record.lifetime), timeLeft(directory, console.system.clock.wall())));
        line("Size", sizeInWords(directory));
        if (record.measure) {
            line("Files", std::to_string(record.measure->files));
            if (record.measure->newest != 0)
                line("Newest", localTime(record.measure->newest));
        }
        line("Id", record.id);
    }

    std::string m_word;
    bool m_json = false;
};

/// Drops records: of directories that are gone for good, or that another computer is said to have. Removes nothing.
class ScratchForgetCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command =
            program.command("forget", "Drop the records of directories that are lost; removes nothing");
        command.detail(R"(
They are listed no more. Those that are not named are looked for, listed, and asked for once.)");
        command.option("DIRECTORY", m_words, "Ids, names or paths, of what is lost, offline or elsewhere")
            .notEmpty()
            .completes(Completion::ScratchDirectories);
        command.flag("--lost", m_lost, "All that are lost; asks once");
        command.flag("--elsewhere", m_elsewhere, "All that are another computer's; asks once");
        command.flag("--dry-run", m_dryRun, "Only list what would be forgotten");
        command.flag("--yes", m_yes, "Do not ask; needed with --lost and --elsewhere where there is no terminal");
        return command;
    }

    int run(Console& console) override
    {
        const bool isOfMany = m_lost || m_elsewhere;
        if (m_words.empty() == !isOfMany) {
            console.err << "scratchproof-cli: scratch forget: expected either DIRECTORY... or --lost or --elsewhere\n";
            return toInt(ExitCode::BadUsage);
        }
        if (isOfMany && !m_yes && !m_dryRun && !(console.inIsTerminal && console.errIsTerminal)) {
            console.err << "scratchproof-cli: scratch: there is no terminal to ask on; expected --yes or --dry-run\n";
            return toInt(ExitCode::BadUsage);
        }
        ProberSession session(console);
        auto all = isOfMany ? session.ask(request::ScratchList()) : namedScratch(session, m_words);
        if (!all)
            return session.exitCode(reportError(console, all.error()));
        ExitCode code = ExitCode::Success;
        if (!m_elsewhere || m_lost) // whose computer is another one needs no look
            code = lookAtAll(session, console, *all);
        if (isOfMany)
            std::erase_if(*all, [this](const ScratchDirectory& one) {
                return !(m_lost && one.state == ScratchState::Lost) &&
                       !(m_elsewhere && one.state == ScratchState::Elsewhere);
            });
        std::ostream& to = m_dryRun ? console.out : console.err;
        for (const ScratchDirectory& one : *all) {
            if (isOfMany)
                to << one.record.id.substr(0, 8) << "  " << displayPath(one.record.path) << ": "
                   << (one.reason.empty() ? toString(one.state) : toString(one.reason)) << '\n';
        }
        if (m_dryRun || all->empty())
            return session.exitCode(code);
        if (isOfMany && !m_yes) {
            const auto question =
                fmt::format("Forget {}? What is on the disk stays.",
                            all->size() == 1 ? std::string("this one") : fmt::format("these {}", all->size()));
            if (askYesOrNo(session, console, question) != Reply::Yes) {
                console.err << "Nothing was forgotten.\n";
                return session.exitCode(ExitCode::NotFoundOut);
            }
        }
        for (const ScratchDirectory& one : *all)
            code = worse(code, forget(session, console, one));
        return session.exitCode(code);
    }

private:
    static ExitCode forget(ProberSession& session, Console& console, const ScratchDirectory& one)
    {
        if (one.state != ScratchState::Lost && one.state != ScratchState::Offline &&
            one.state != ScratchState::Elsewhere) {
            console.err << "scratchproof-cli: scratch: '" << displayPath(one.record.path) << "' is "
                        << toString(one.state) << ", not lost; it was not forgotten\n";
            return ExitCode::Unusable;
        }
        const auto answer = session.ask(request::ScratchForget{one.record.id});
        return answer ? ExitCode::Success : reportError(console, answer.error());
    }

    std::vector<std::string> m_words;
    bool m_lost = false;
    bool m_elsewhere = false;
    bool m_dryRun = false;
    bool m_yes = false;
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
