// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/desktop_notification.h"
#include "app/cli/prober_session.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/scratch_support.h"
#include "core/base/local_time.h"
#include "core/base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace scratchproof {

namespace {

constexpr std::size_t kMostAnnounced = 5;

Error nonsense(const char* what)
{
    return {"prober-nonsense", {}, 0, what};
}

std::string nameOf(const Json& directory)
{
    return displayText(getPath(directory, "name").value_or(""));
}

/// What the timer calls: announces what ends soon, and removes what is due.
class ScratchSweepCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command =
            program.command("sweep", "Remove what has expired or was released, once its grace is over");
        command.detail(R"(
It also says which ones end soon; that is announced on the desktop, unless standard error is a terminal. Kept are
those that are pinned, in use, locked, found and not yet extended, another computer's, copied, on a file system whose
inodes do not last (FAT, exFAT, SMB), or, once, changed since their end. Exits with 1 if something could not be
removed.

If the clock is behind a time on record, or more than 30 days past the last run, nothing is removed in that run.
Besides the clock, the time that has passed for certain must be over: that since a start of the computer, and of the
time that it was off a day at most where no time server has set the clock.

A timer of `systemd`(1) does this every day once it is switched on:

    systemctl --user enable --now scratchproof-sweep.timer)");
        command.flag("--dry-run", m_dryRun, "Only say what would be done");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const auto plan = session.ask({}, Json{{"request", "scratch-sweep"}, {"dry_run", m_dryRun}});
        const Json* due = plan ? getArray(*plan, "due") : nullptr;
        const Json* expiring = plan ? getArray(*plan, "expiring") : nullptr;
        if (due == nullptr || expiring == nullptr)
            return session.exitCode(
                reportError(console, plan ? nonsense("the answer has no directories") : plan.error()));
        const auto clock = getString(*plan, "clock");
        if (clock)
            console.err << "scratchproof-cli: scratch sweep: " << withLocalTimes(displayText(*clock)) << '\n';
        if (!m_json) {
            for (const Json& directory : *expiring)
                console.out << fmt::format("'{}' ends at {}\n", nameOf(directory), localTime(directory, "expires"));
        }
        ExitCode code = ExitCode::Success;
        Json purged = Json::array();
        for (const Json& directory : *due) {
            if (session.signal() != 0)
                break;
            code = worse(code, purge(session, console, directory, purged));
        }
        if (!m_dryRun && !console.errIsTerminal)
            announce(*expiring, clock, console.system.clock.wall());
        if (m_json)
            printScratchDocument(
                console,
                Json{{"clock", clock ? Json(*clock) : Json(nullptr)}, {"expiring", *expiring}, {"swept", purged}});
        return session.exitCode(code);
    }

private:
    /// For whoever does not read our output, as the timer is run. Where there is no desktop, the output has it all.
    static void announce(const Json& expiring, const std::optional<std::string>& clock, Nanoseconds now)
    {
        if (clock)
            (void)notifyDesktop("No scratch directory was removed by itself", displayText(*clock));
        if (expiring.empty())
            return;
        const std::string summary = expiring.size() == 1
                                        ? fmt::format("Scratch directory '{}' ends soon", nameOf(expiring.front()))
                                        : fmt::format("{} scratch directories end soon", expiring.size());
        std::string body;
        for (std::size_t i = 0; i < std::min(expiring.size(), kMostAnnounced); ++i) {
            const auto expires = fromIso8601(getString(expiring[i], "expires").value_or(""));
            body += fmt::format("'{}' in {}\n", nameOf(expiring[i]),
                                formatDuration(std::max(expires.value_or(now) - now, Nanoseconds{0})));
        }
        if (expiring.size() > kMostAnnounced)
            body += fmt::format("and {} more\n", expiring.size() - kMostAnnounced);
        (void)notifyDesktop(summary, body + "Extend what you still need.");
    }

    ExitCode purge(ProberSession& session, Console& console, const Json& directory, Json& purged) const
    {
        const auto one = listedScratch(directory);
        if (!one)
            return reportError(console, nonsense("a directory without id or path is due"));
        auto answer = askAbout(session, *one, "scratch-purge", Json{{"dry_run", m_dryRun}});
        if (!answer)
            return reportError(console, answer.error());
        if (!m_json)
            console.out << inWords(*one, *answer) << '\n';
        const bool failed = getBool(*answer, "failed") == true;
        purged.push_back(std::move(*answer));
        return failed ? ExitCode::Unusable : ExitCode::Success;
    }

    [[nodiscard]] std::string inWords(const ListedScratch& one, const Json& answer) const
    {
        const auto outcome = getString(answer, "outcome").value_or("");
        const auto reason = displayText(getString(answer, "reason").value_or(""));
        const auto name = displayText(one.name);
        if (outcome == "purged")
            return fmt::format("'{}' {}: {} entries, {}", name, m_dryRun ? "would be removed" : "was removed",
                               getUnsigned(answer, "entries").value_or(0),
                               formatBytes(getUnsigned(answer, "bytes").value_or(0)));
        if (outcome == "gone")
            return fmt::format("'{}' was gone already, and {} forgotten", name, m_dryRun ? "would be" : "is");
        return fmt::format("'{}' {} {}: {}", name, m_dryRun ? "would be" : "was",
                           outcome == "put-off" ? "put off" : "kept", reason);
    }

    bool m_dryRun = false;
    bool m_json = false;
};

class ScratchLogCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("log", "Show what was done without being asked, the newest first");
        command.option("--most NUMBER", m_most, "So many lines at most").between(1U, 10'000U).showDefault();
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const auto answer = session.ask({}, Json{{"request", "scratch-log"}, {"most", m_most}});
        const Json* entries = answer ? getArray(*answer, "entries") : nullptr;
        if (entries == nullptr)
            return session.exitCode(
                reportError(console, answer ? nonsense("the answer has no entries") : answer.error()));
        if (m_json) {
            printScratchDocument(console, Json{{"entries", *entries}});
            return session.exitCode(ExitCode::Success);
        }
        if (entries->empty() && console.errIsTerminal)
            console.err << "Nothing was done without being asked.\n";
        for (const Json& entry : *entries) {
            const auto text = [&](const char* key) { return displayText(getString(entry, key).value_or("")); };
            const auto path = getPath(entry, "path");
            console.out << fmt::format("{}  {:<9}  {}{}{}\n", localTime(entry, "at"), text("what"),
                                       path ? displayPath(*path) : std::string(),
                                       path && !text("detail").empty() ? ": " : "", withLocalTimes(text("detail")));
        }
        return session.exitCode(ExitCode::Success);
    }

private:
    unsigned m_most = 100;
    bool m_json = false;
};

class ScratchFindCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("find", "Look for scratch directories in folders, and register them");
        command.detail(R"(
What is not known is registered: after the registry was lost, on a drive that comes from another computer, or where
somebody moved one. Each is printed as `known`, `moved`, `imported` (it has no end until `scratch extend` gives it
one), `copy` (there are two with the same marker: neither is removed, until the file *.scratchproof-marker* is taken
out of one of them) or `not-ours`.)");
        command.option("FOLDER", m_folders, "Where to look, and in everything below")
            .required()
            .notEmpty()
            .completes(Completion::Folders)
            .detail("8 levels deep; through no symbolic link, across no mount.");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        ExitCode code = ExitCode::Success;
        Json all = Json::array();
        bool complete = true;
        for (const std::string& word : m_folders) {
            const Path folder = absolutePath(word, console.workingFolder);
            Json request{{"request", "scratch-find"}};
            putPath(request, "folder", folder);
            const auto answer = session.ask(folder, std::move(request));
            const Json* found = answer ? getArray(*answer, "found") : nullptr;
            if (found == nullptr) {
                const ExitCode told =
                    reportError(console, answer ? nonsense("the answer has no directories") : answer.error());
                code = worse(code, told == ExitCode::Unusable ? ExitCode::NotFoundOut : told);
                complete = false;
                continue;
            }
            if (getBool(*answer, "complete") == false) {
                complete = false;
                code = worse(code, ExitCode::NotFoundOut);
                console.err << fmt::format("scratchproof-cli: scratch find: not all of '{}' could be looked at ({} "
                                           "folders were)\n",
                                           displayPath(folder), getUnsigned(*answer, "looked_at").value_or(0));
            }
            for (const Json& one : *found) {
                if (!m_json)
                    console.out << inWords(one) << '\n';
                all.push_back(one);
            }
        }
        if (m_json)
            printScratchDocument(console, Json{{"found", std::move(all)}, {"complete", complete}});
        else if (all.empty() && console.errIsTerminal && code == ExitCode::Success)
            console.err << "No scratch directories were found there.\n";
        return session.exitCode(code);
    }

private:
    static std::string inWords(const Json& one)
    {
        const auto reason = displayText(getString(one, "reason").value_or(""));
        return fmt::format("{:<9} {}{}{}", displayText(getString(one, "status").value_or("")),
                           displayPath(getPath(one, "path").value_or("")), reason.empty() ? "" : ": ", reason);
    }

    std::vector<std::string> m_folders;
    bool m_json = false;
};

} // namespace

std::unique_ptr<Command> makeScratchSweepCommand()
{
    return std::make_unique<ScratchSweepCommand>();
}

std::unique_ptr<Command> makeScratchLogCommand()
{
    return std::make_unique<ScratchLogCommand>();
}

std::unique_ptr<Command> makeScratchFindCommand()
{
    return std::make_unique<ScratchFindCommand>();
}

} // namespace scratchproof
