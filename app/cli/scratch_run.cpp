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

constexpr Nanoseconds kLockDeadline = 5 * kNanosecondsPerSecond;
// How long the removal waits for a registry that another program holds, and before it asks again. A prober waits for
// some seconds itself.
constexpr Nanoseconds kBusyDeadline = 30 * kNanosecondsPerSecond;
constexpr Nanoseconds kBusyPause = 200 * kNanosecondsPerMillisecond;
constexpr std::size_t kLongestName = 255; // a file name's

template <typename T>
bool isBusy(const Result<T>& answer)
{
    return !answer && answer.error().kind == ErrorKind::StoreBusy;
}

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
        command.detail(R"(
The directory is removed when the command ends, however it ends. While the command runs, a shared lock (`flock`(2))
is held on the directory, so that `systemd-tmpfiles`(8) and `scratch clean` leave it alone. Where the lock cannot be
had, or is lost, it is tried again, and a note says so if that fails.

Signals are passed on, and stopping and continuing by the shell work as for the command by itself. If the command
alone is stopped by SIGSTOP, scratch run goes on waiting. At the end a registry that another program holds is waited
for, for half a minute at most; Ctrl-C ends the wait.

What the command released with `scratch release` is left, and can be restored. If `scratch run` is killed by SIGKILL,
the command goes on, and the directory stays: locked until the command ends, and registered, for `scratch clean`.)");
        command.option("--in FOLDER", m_folder, "The folder to make the directory in ($TMPDIR, else /var/tmp)")
            .notEmpty()
            .completes(Completion::Folders)
            .detail("As for `scratch create`.");
        command.option("--min-free SIZE", m_minFree, "Refuse if the folder has less room, for example 20G")
            .check(whyNoSize)
            .completes({"1G", "5G", "20G", "100G"})
            .detail("The exit status is 125 then.");
        command.option("--name NAME", m_name, "The directory's name; an unguessable ending is added")
            .notEmpty()
            .detail("A random one by default.");
        command.option("--lifetime TIME", m_lifetime, "When it goes if we are killed, or with --keep")
            .completes(kLifetimes)
            .check(whyNoLifetime)
            .showDefault();
        command.flag("--empty", m_empty, "SCRATCH_DIR is an empty directory in it, as git clone wants; TMPDIR is not");
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
            m_arguments, {{"TMPDIR", m_directory->record.path}, {"SCRATCH_DIR", usablePath(*m_directory)}}, *lock);
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
        auto created = session.ask(wish(console, folder));
        if (!created)
            return refuse(created.error());
        m_directory = std::move(created->directory);
        lock = std::make_unique<LockHolder>(console, m_directory->record.path);
        lock->waitForLock(kLockDeadline, [&] { return session.signal() != 0; });
        if (session.signal() != 0)
            return kInterruptedBase + session.signal();
        return std::nullopt;
    }

    Result<void> checkRoom(ProberSession& session, const Path& folder) const
    {
        if (m_minFree.empty())
            return {};
        const auto space = session.ask(request::Space{folder});
        if (!space && space.error().kind == ErrorKind::Cancelled)
            return fail(space.error());
        if (!space)
            return fail(ErrorKind::FolderUnusable, folder, space.error().code, space.error().detail);
        const auto wanted = parseSize(m_minFree);
        const auto available = space->availableBytes;
        if (!wanted || (available && *available >= *wanted))
            return {};
        return fail(
            "folder-unusable", folder, 0,
            available ? fmt::format("it has {} free, and {} are wanted", formatBytes(*available), formatBytes(*wanted))
                      : "how much room it has cannot be told, and --min-free asks for it");
    }

    request::ScratchCreate wish(Console& console, const Path& folder) const
    {
        CreateRequest wish;
        // Several of them at once are usual, and a name is given once in a folder.
        wish.name = m_name.empty() ? "run-" + randomHex(console.system, 4) : m_name;
        wish.folder = folder;
        wish.lifetime = checkedLifetime(m_lifetime);
        wish.isDefaultFolder = m_folder.empty();
        wish.empty = m_empty;
        // Never its arguments, which may hold a password.
        wish.note = displayText(baseName(m_arguments.front()).substr(0, kLongestName));
        return {std::move(wish)};
    }

    void remove(Console& console)
    {
        if (!m_directory)
            return;
        if (m_keep) {
            console.err << "scratchproof-cli: scratch run: kept '" << displayPath(m_directory->record.path) << "'\n";
            return;
        }
        Removal removal{std::make_unique<ProberSession>(console), console.system.clock.monotonic() + kBusyDeadline};
        while (!isSettled(console, removal)) {
            if (!std::exchange(removal.saidBusy, true))
                console.err << "scratchproof-cli: scratch run: waiting for the registry of scratch directories, which "
                               "another program holds, to remove '"
                            << displayPath(m_directory->record.path) << "' (for half a minute at most)" << std::endl;
            removal.session->pause(kBusyPause);
        }
    }

    struct Removal
    {
        std::unique_ptr<ProberSession> session;
        Nanoseconds deadline;
        bool saidBusy = false;
        bool wasTried = false; // we asked for it, and it may have come as far as the directory itself
    };

    /// Whether that is all: it is gone, or was said to stay. False: the registry is busy, and may be asked again.
    bool isSettled(Console& console, Removal& removal)
    {
        const auto seen = preview(*removal.session);
        if (isBusy(seen) && mayAskAgain(console, removal))
            return false;
        if (!seen)
            return notRemoved(console, removal, seen.error());
        if (!m_directory->record.quarantine.empty())
            return say(console, " was released meanwhile, and is left as it is; `scratch restore {}` brings it back",
                       shortId());
        if (isLost() && removal.wasTried)
            return recordIsDropped(console, removal);
        if (!seen->removable)
            return say(console, " was not removed: {}; {}", toString(seen->reason), whatDropsIt());
        // What the command left running may still work in it: the directory goes nevertheless, as was promised.
        removal.wasTried = true;
        const auto cleaned = removal.session->ask(request::ScratchClean{
            aboutOf(*removal.session, *m_directory), seen->confirmation, ScratchStore::InUse::RemoveAllTheSame});
        if (isBusy(cleaned) && mayAskAgain(console, removal))
            return false;
        if (!cleaned)
            return notRemoved(console, removal, cleaned.error());
        if (!cleaned->removed)
            notAllRemoved(console, *cleaned);
        return true;
    }

    Result<Preview> preview(ProberSession& session)
    {
        auto seen = session.ask(request::ScratchPreview{aboutOf(session, *m_directory), ScratchStore::Look::Brief});
        if (seen && seen->directory.record.id == m_directory->record.id)
            m_directory = seen->directory;
        return seen;
    }

    static bool mayAskAgain(const Console& console, const Removal& removal)
    {
        return removal.session->signal() == 0 && console.system.clock.monotonic() < removal.deadline;
    }

    /// The directory is gone, and the registry could not be told at once.
    bool recordIsDropped(Console& console, Removal& removal)
    {
        const auto dropped = removal.session->ask(request::ScratchForget{m_directory->record.id});
        if (isBusy(dropped) && mayAskAgain(console, removal))
            return false;
        return dropped ? true : notRemoved(console, removal, dropped.error());
    }

    bool notRemoved(Console& console, Removal& removal, const Error& error)
    {
        const std::string why = removal.session->signal() != 0 ? "stopped" : inWords(error);
        if (!removal.wasTried && error.kind != ErrorKind::UnknownDirectory)
            return say(console, " was not removed: {}; {}", why, whatDropsIt());
        if (!removal.wasTried)
            return say(console, " is not registered any more, and is left alone: it was cleaned up or forgotten "
                                "meanwhile");
        // What became of it is seen by looking; this session may be over.
        removal.session = nullptr;
        ProberSession session(console);
        const auto seen = preview(session);
        if (!seen && seen.error().kind == ErrorKind::UnknownDirectory)
            return true;
        if (!seen)
            return say(console, " may be there still: {}; {}", why, whatDropsIt());
        return isLost() ? say(console, " was removed, and is registered still: {}; {}", why, whatDropsIt())
                        : say(console, " was not removed: {}; {}", why, whatDropsIt());
    }

    void notAllRemoved(Console& console, const Cleaned& cleaned) const
    {
        for (const Kept& one : cleaned.kept)
            console.err << "scratchproof-cli: scratch run: kept '"
                        << displayPath(one.path.empty() ? m_directory->record.path : one.path)
                        << "': " << toString(one.reason) << '\n';
        say(console, " was not removed{}{}; {}", cleaned.done.entries > 0 ? " entirely" : "",
            cleaned.cancelled ? ": stopped" : "", whatDropsIt());
    }

    static std::string inWords(const Error& error)
    {
        return error.kind == ErrorKind::StoreBusy ? "another program holds the registry of scratch directories"
                                                  : displayText(toString(error));
    }

    [[nodiscard]] bool isLost() const { return m_directory->state == ScratchState::Lost; }

    /// What to do about one that is still registered.
    [[nodiscard]] std::string whatDropsIt() const
    {
        if (isLost())
            return fmt::format("`scratch forget {}` drops its record", shortId());
        const std::string sweep = localTime(m_directory->purgedAfter);
        return fmt::format("`scratch clean {}` removes it{}", shortId(),
                           sweep.empty() ? "" : fmt::format(", or a sweep after {}", sweep));
    }

    [[nodiscard]] std::string shortId() const { return m_directory->record.id.substr(0, 8); }

    /// A sentence about the directory. Always true, for a caller that is done with it then.
    template <typename... Arguments>
    bool say(Console& console, fmt::format_string<Arguments...> format, Arguments&&... arguments) const
    {
        console.err << "scratchproof-cli: scratch run: '" << displayPath(m_directory->record.path) << '\''
                    << fmt::format(format, std::forward<Arguments>(arguments)...) << '\n';
        return true;
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
    bool m_empty = false;
    bool m_keep = false;
    std::optional<ScratchDirectory> m_directory;
};

} // namespace

std::unique_ptr<Command> makeScratchRunCommand()
{
    return std::make_unique<ScratchRunCommand>();
}

} // namespace scratchproof
