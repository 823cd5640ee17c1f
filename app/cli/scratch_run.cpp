// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/lock_holder.h"
#include "app/cli/prober_session.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"
#include "core/scratch/identity.h"
#include "core/system/foreground_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <ostream>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kLockDeadline = 10 * kNanosecondsPerSecond;
constexpr std::size_t kLongestNote = 200;

int toInt(RunCode code)
{
    return static_cast<int>(code);
}

/// `scratch run`: three sessions with probers, one after another: make the directory, run the command (without any
/// thread or prober of ours beside it), remove the directory.
class ScratchRunCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command(
            "run", "Run a command with a scratch directory of its own, which goes when the command ends");
        command.option("--in FOLDER", m_folder, "The folder to make the directory in ($TMPDIR, else /var/tmp)")
            .notEmpty();
        command.option("--min-free SIZE", m_minFree, "Refuse if the folder has less room, for example 20G")
            .check(whyNoSize);
        command.option("--name NAME", m_name, "The directory's name; an unguessable ending is added").notEmpty();
        command.option("--lifetime TIME", m_lifetime, "When it goes if we are killed, or with --keep")
            .check(whyNoLifetime)
            .showDefault();
        command.flag("--keep", m_keep, "Keep the directory, and say where it is");
        command.rest("COMMAND", m_arguments, "What to run; it finds TMPDIR and SCRATCH_DIR set to the directory");
        command.footer("Exit codes: COMMAND's own, or 125 own failure, 126 not executable, 127 not found, 128+N ended "
                       "by signal N.");
        return command;
    }

    int badUsage() const override { return toInt(RunCode::OwnFailure); }

    int run(Console& console) override
    {
        ForegroundCommand foreground; // before any session changes the signal mask
        if (m_arguments.empty()) {
            console.err << "scratchproof-cli: scratch run: no command given; expected `scratch run [OPTION...] -- "
                           "COMMAND ARG...`\n";
            return badUsage();
        }
        std::unique_ptr<LockHolder> lock;
        if (const auto code = prepare(console, lock)) {
            remove(console);
            return *code;
        }
        console.out.flush();
        const auto ended = foreground.run(
            m_arguments, {{"TMPDIR", m_directory->path}, {"SCRATCH_DIR", m_directory->path}}, lock->toldAt());
        lock.reset();
        remove(console);
        if (!ended)
            return couldNotRun(console, ended.error());
        if (ended->interruptedByTerminal && console.catchSignals) {
            console.out.flush();
            console.err.flush();
            endByInterrupt();
        }
        return ended->status.signalled ? kInterruptedBase + ended->status.value : ended->status.value;
    }

private:
    /// Makes the directory and locks it. An exit code where that is not possible; what was made is in m_directory.
    std::optional<int> prepare(Console& console, std::unique_ptr<LockHolder>& lock)
    {
        ProberSession session(console);
        const auto refuse = [&](const Error& error) {
            static_cast<void>(reportError(console, error));
            return session.signal() != 0 ? kInterruptedBase + session.signal() : badUsage();
        };
        const Path folder = absolutePath(m_folder.empty() ? defaultScratchFolder() : m_folder, console.workingFolder);
        if (const auto room = checkRoom(session, folder); !room)
            return refuse(room.error());
        const auto answer = session.ask(folder, wish(console, folder));
        if (!answer)
            return refuse(answer.error());
        const Json* directory = getObject(*answer, "directory");
        m_directory = directory != nullptr ? listedScratch(*directory) : std::nullopt;
        if (!m_directory)
            return refuse(Error{"prober-nonsense", {}, 0, "the answer has no directory"});
        lock = std::make_unique<LockHolder>(console, m_directory->path, kLockDeadline,
                                            [&] { return session.signal() != 0; });
        if (session.signal() != 0)
            return kInterruptedBase + session.signal();
        if (!lock->problem().empty())
            console.err << "scratchproof-cli: scratch run: note: no lock is held on '" << displayPath(m_directory->path)
                        << "': " << lock->problem() << '\n';
        return std::nullopt;
    }

    Result<void> checkRoom(ProberSession& session, const Path& folder) const
    {
        if (m_minFree.empty())
            return {};
        Json request = Json::object();
        request["request"] = "space";
        putPath(request, "folder", folder);
        const auto space = session.ask(folder, std::move(request));
        if (!space && space.error().operation == "cancelled")
            return fail(space.error());
        if (!space)
            return fail("folder-unusable", folder, space.error().code, space.error().detail);
        const auto wanted = parseSize(m_minFree);
        const auto available = getUnsigned(*space, "available_bytes").value_or(0);
        if (!wanted || available >= *wanted)
            return {};
        return fail("folder-unusable", folder, 0,
                    fmt::format("it has {} free, and {} are wanted", formatBytes(available), formatBytes(*wanted)));
    }

    Json wish(Console& console, const Path& folder) const
    {
        Json request = Json::object();
        request["request"] = "scratch-create";
        // Several of them at once are usual, and a name is given once in a folder.
        putPath(request, "name", m_name.empty() ? "run-" + randomHex(console.system, 4) : m_name);
        putPath(request, "in", folder);
        request["lifetime"] = m_lifetime;
        std::string words;
        for (const std::string& argument : m_arguments)
            words += (words.empty() ? "" : " ") + displayText(argument);
        request["note"] = words.size() <= kLongestNote ? words : displayText(baseName(m_arguments.front()));
        return request;
    }

    void remove(Console& console) const
    {
        if (!m_directory)
            return;
        if (m_keep) {
            console.err << "scratchproof-cli: scratch run: kept '" << displayPath(m_directory->path) << "'\n";
            return;
        }
        ProberSession session(console);
        const auto seen = askAbout(session, *m_directory, "scratch-preview");
        if (!seen)
            return left(console, toString(seen.error()));
        if (getBool(*seen, "removable") != true)
            return left(console, getString(*seen, "reason").value_or(""));
        // What the command left running may still work in it: the directory goes nevertheless, as was promised.
        const auto cleaned =
            askAbout(session, *m_directory, "scratch-clean",
                     Json{{"confirmation", getString(*seen, "confirmation").value_or("")}, {"in_use_ok", true}});
        if (!cleaned)
            return left(console, toString(cleaned.error()));
        if (getBool(*cleaned, "removed") == true)
            return;
        const Json* kept = getArray(*cleaned, "kept");
        for (const Json& one : kept != nullptr ? *kept : Json::array())
            console.err << "scratchproof-cli: scratch run: kept '"
                        << displayPath(getPath(one, "path").value_or(m_directory->path))
                        << "': " << displayText(getString(one, "reason").value_or("")) << '\n';
        left(console, getBool(*cleaned, "cancelled") == true ? "stopped" : "not all of it could be removed");
    }

    void left(Console& console, const std::string& reason) const
    {
        console.err << "scratchproof-cli: scratch run: '" << displayPath(m_directory->path)
                    << "' was not removed: " << displayText(reason) << "; it stays registered, and `scratch clean "
                    << m_directory->id.substr(0, 8) << "` removes it\n";
    }

    int couldNotRun(Console& console, const Error& error) const
    {
        console.err << "scratchproof-cli: scratch run: '" << displayText(m_arguments.front())
                    << "' cannot be run: " << (error.code == ENOENT ? "there is no such program" : toString(error))
                    << '\n';
        if (error.operation != "execvp")
            return badUsage();
        return toInt(error.code == ENOENT || error.code == ENOTDIR ? RunCode::NotFound : RunCode::NotExecutable);
    }

    std::vector<std::string> m_arguments;
    std::string m_folder;
    std::string m_minFree;
    std::string m_name;
    std::string m_lifetime = "7d";
    bool m_keep = false;
    std::optional<ListedScratch> m_directory;
};

} // namespace

std::unique_ptr<Command> makeScratchRunCommand()
{
    return std::make_unique<ScratchRunCommand>();
}

} // namespace scratchproof
