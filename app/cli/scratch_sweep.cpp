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

std::string shownName(const ScratchDirectory& directory)
{
    return displayText(directory.record.name);
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
        const auto plan = session.ask(request::ScratchSweep{mode()});
        if (!plan)
            return session.exitCode(reportError(console, plan.error()));
        if (!plan->clock.empty())
            console.err << "scratchproof-cli: scratch sweep: " << withLocalTimes(toString(plan->clock)) << '\n';
        if (!m_json) {
            for (const ScratchDirectory& directory : plan->expiring)
                console.out << fmt::format("'{}' ends at {}\n", shownName(directory), localTime(directory.expires));
        }
        ExitCode code = ExitCode::Success;
        Json purged = Json::array();
        for (const ScratchDirectory& directory : plan->due) {
            if (session.signal() != 0)
                break;
            code = worse(code, purge(session, console, directory, purged));
        }
        if (!m_dryRun && !console.errIsTerminal)
            announce(*plan, console.system.clock.wall());
        if (m_json) {
            Json whole = toJson(*plan);
            whole.erase("due");
            Json members{{"clock", whole["clock"]}, {"expiring", whole["expiring"]}, {"swept", purged}};
            members.update(whole); // with the kind of `clock`
            printScratchDocument(console, std::move(members));
        }
        return session.exitCode(code);
    }

private:
    /// For whoever does not read our output, as the timer is run. Where there is no desktop, the output has it all.
    static void announce(const SweepPlan& plan, Nanoseconds now)
    {
        if (!plan.clock.empty())
            (void)notifyDesktop("No scratch directory was removed by itself", toString(plan.clock));
        const std::vector<ScratchDirectory>& expiring = plan.expiring;
        if (expiring.empty())
            return;
        const std::string summary = expiring.size() == 1
                                        ? fmt::format("Scratch directory '{}' ends soon", shownName(expiring.front()))
                                        : fmt::format("{} scratch directories end soon", expiring.size());
        std::string body;
        for (std::size_t i = 0; i < std::min(expiring.size(), kMostAnnounced); ++i) {
            body += fmt::format("'{}' in {}\n", shownName(expiring[i]),
                                formatSpan(std::max(expiring[i].expires.value_or(now) - now, Nanoseconds{0})));
        }
        if (expiring.size() > kMostAnnounced)
            body += fmt::format("and {} more\n", expiring.size() - kMostAnnounced);
        (void)notifyDesktop(summary, body + "Extend what you still need.");
    }

    [[nodiscard]] SweepMode mode() const { return m_dryRun ? SweepMode::Try : SweepMode::Do; }

    ExitCode purge(ProberSession& session, Console& console, const ScratchDirectory& directory, Json& purged) const
    {
        const auto answer = session.ask(request::ScratchPurge{aboutOf(session, directory), mode()});
        if (!answer)
            return reportError(console, answer.error());
        if (!m_json)
            console.out << inWords(directory, *answer) << '\n';
        purged.push_back(toJson(*answer));
        return answer->failed ? ExitCode::Unusable : ExitCode::Success;
    }

    [[nodiscard]] std::string inWords(const ScratchDirectory& one, const Purge& purge) const
    {
        const auto name = shownName(one);
        switch (purge.outcome) {
        case PurgeOutcome::Purged:
            return fmt::format("'{}' {}: {} entries, {}", name, m_dryRun ? "would be removed" : "was removed",
                               purge.done.entries, formatBytes(purge.done.bytes));
        case PurgeOutcome::Gone:
            return fmt::format("'{}' was gone already, and {} forgotten", name, m_dryRun ? "would be" : "is");
        case PurgeOutcome::PutOff:
        case PurgeOutcome::Kept:
            break;
        }
        return fmt::format("'{}' {} {}: {}", name, m_dryRun ? "would be" : "was",
                           purge.outcome == PurgeOutcome::PutOff ? "put off" : "kept", toString(purge.reason));
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
        const auto entries = session.ask(request::ScratchLog{m_most});
        if (!entries)
            return session.exitCode(reportError(console, entries.error()));
        if (m_json) {
            printScratchDocument(console, answerJson(*entries));
            return session.exitCode(ExitCode::Success);
        }
        if (entries->empty() && console.errIsTerminal)
            console.err << "Nothing was done without being asked.\n";
        for (const LogEntry& entry : *entries)
            console.out << fmt::format(
                "{}  {:<9}  {}{}{}\n", localTime(entry.at), displayText(entry.what), displayPath(entry.path),
                !entry.path.empty() && !entry.detail.empty() ? ": " : "", withLocalTimes(displayText(entry.detail)));
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
            const auto answer = session.ask(request::ScratchFind{folder});
            if (!answer) {
                const ExitCode told = reportError(console, answer.error());
                code = worse(code, told == ExitCode::Unusable ? ExitCode::NotFoundOut : told);
                complete = false;
                continue;
            }
            if (!answer->complete) {
                complete = false;
                code = worse(code, ExitCode::NotFoundOut);
                console.err << fmt::format("scratchproof-cli: scratch find: not all of '{}' could be looked at ({} "
                                           "folders were)\n",
                                           displayPath(folder), answer->lookedAt);
            }
            if (!m_json) {
                for (const FoundScratch& one : answer->found)
                    console.out << inWords(one) << '\n';
            }
            const Json whole = toJson(*answer);
            for (const Json& one : whole["found"])
                all.push_back(one);
        }
        if (m_json)
            printScratchDocument(console, Json{{"found", std::move(all)}, {"complete", complete}});
        else if (all.empty() && console.errIsTerminal && code == ExitCode::Success)
            console.err << "No scratch directories were found there.\n";
        return session.exitCode(code);
    }

private:
    static std::string inWords(const FoundScratch& one)
    {
        return fmt::format("{:<9} {}{}{}", toString(one.status), displayPath(one.path), one.reason.empty() ? "" : ": ",
                           toString(one.reason));
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
