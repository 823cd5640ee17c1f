// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/prober_session.h"
#include "app/cli/question.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace scratchproof {

namespace {

constexpr const char* kHowAllTheSame = " (--in-use removes it all the same)";

/// What would go, as a prober saw it.
struct CleanTarget
{
    ScratchDirectory directory;
    Preview preview;
};

class ScratchCleanCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("clean", "Show what would go, ask, and remove it");
        command.detail(R"(
Removes directories with all they contain. It goes by open directories and not by paths, follows no symbolic link,
crosses no mount, and removes only what the registry and the marker in the directory agree upon. What could not be
removed is named, and can be cleaned again, or kept by `scratch extend`. A scratch directory inside it stays, with
what that lies in, unless it is named as well.)");
        command.option("DIRECTORY", m_words, "Ids, names or paths")
            .required()
            .notEmpty()
            .completes(Completion::ScratchDirectories);
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
        command.flag("--dry-run", m_dryRun, "Only show what would be removed");
        command.flag("--in-use", m_inUse, "Also what a program has open or locked").detail(R"(
That is: open, works in, runs, has mapped or mounted, or holds the lock of (`flock`(2)), in whatever mount namespace.
Without it such a directory is kept. Processes of other users are not seen. The folder that you are in is always
kept. Where the lock cannot be asked (a server's folder, FUSE) that is shown, and the word for the removal is enough.)");
        command.flag("--yes", m_yes, "Do not ask; needed where there is no terminal");
        return command;
    }

    int run(Console& console) override
    {
        const bool canAsk = console.inIsTerminal && console.errIsTerminal;
        if (!m_dryRun && !m_yes && !canAsk) {
            console.err << "scratchproof-cli: scratch: there is no terminal to ask on; expected --yes or --dry-run\n";
            return toInt(ExitCode::BadUsage);
        }
        ProberSession session(console);
        auto chosen = namedScratch(session, m_words);
        if (!chosen)
            return session.exitCode(reportError(console, chosen.error()));
        // What lies in another one goes first, so that the other one may go as well.
        std::stable_sort(chosen->begin(), chosen->end(), [](const ScratchDirectory& a, const ScratchDirectory& b) {
            return levelsOf(a.record.path) > levelsOf(b.record.path);
        });
        m_code = ExitCode::Success;
        if (m_dryRun || !m_yes)
            showAndClean(session, console, std::move(*chosen));
        else
            for (const ScratchDirectory& one : *chosen)
                cleanUnseen(session, console, one);
        if (m_json)
            printDocument(console);
        return session.exitCode(m_code);
    }

private:
    void showAndClean(ProberSession& session, Console& console, std::vector<ScratchDirectory> chosen)
    {
        for (const ScratchDirectory& one : chosen)
            m_named.push_back(one.record.id);
        std::vector<CleanTarget> targets;
        for (ScratchDirectory& one : chosen)
            preview(session, console, std::move(one), targets);
        if (m_dryRun) {
            for (const CleanTarget& target : targets)
                m_wouldRemove.push_back(toJson(target.preview));
        } else if (!targets.empty() && confirmed(session, console, targets.size())) {
            for (const CleanTarget& target : targets)
                clean(session, console, target);
        } else if (!targets.empty()) {
            console.err << "Nothing was removed.\n";
            m_code = worse(m_code, ExitCode::NotFoundOut);
        }
    }

    /// Nobody is shown what goes, and nobody is asked.
    void cleanUnseen(ProberSession& session, Console& console, const ScratchDirectory& directory)
    {
        const auto answer = session.ask(request::ScratchCleanUnseen{aboutOf(session, directory), inUseOf(m_inUse)});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, directory.record.path, refusedBy(answer.error()), "", false);
            return;
        }
        if (answer->cleaned)
            tellCleaned(console, directory, *answer->cleaned);
        else if (mayGo(console, directory, answer->preview))
            keep(console, directory.record.path, Reason::said("it was not removed"), "", true);
    }

    void preview(ProberSession& session, Console& console, ScratchDirectory directory,
                 std::vector<CleanTarget>& targets)
    {
        auto answer =
            session.ask(request::ScratchPreview{aboutOf(session, directory), ScratchStore::Look::Whole, m_named});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, directory.record.path, refusedBy(answer.error()), "", false);
            return;
        }
        if (!mayGo(console, directory, *answer))
            return;
        show(console, directory, *answer);
        targets.push_back({std::move(directory), std::move(*answer)});
    }

    /// Else says why not.
    bool mayGo(Console& console, const ScratchDirectory& directory, const Preview& preview)
    {
        if (!preview.removable) {
            std::string how;
            if (preview.directory.state == ScratchState::Lost)
                how = fmt::format(" (`scratch forget {}` drops its record)", directory.record.id.substr(0, 8));
            keep(console, directory.record.path, preview.reason, how, true);
            return false;
        }
        const bool isBusy = !preview.users.empty() || preview.lock == DirectoryLock::Held;
        if (isBusy && !m_inUse && !m_dryRun) {
            const Reason& reason = preview.directory.reason;
            keep(console, directory.record.path, reason.empty() ? Reason::said("it is in use") : reason, kHowAllTheSame,
                 true);
            return false;
        }
        return true;
    }

    /// Words go to `err`; with --dry-run they are what was asked for.
    void show(Console& console, const ScratchDirectory& directory, const Preview& preview) const
    {
        if (m_json)
            return;
        std::ostream& to = m_dryRun ? console.out : console.err;
        to << displayPath(directory.record.path) << '\n';
        if (directory.record.pinned)
            to << "  pinned\n";
        if (!directory.record.note.empty())
            to << "  note: " << displayText(directory.record.note) << '\n';
        const Measure& measure = preview.content.measure;
        to << fmt::format("  {} files, {} directories, {}\n", measure.files, measure.directories,
                          formatBytes(measure.bytes));
        if (measure.newest != 0)
            to << fmt::format("  newest: {} ({})\n", displayPath(preview.content.newestPath),
                              localTime(measure.newest));
        if (preview.content.unseen.count > 0)
            to << fmt::format("  {} entries could not be looked at\n", preview.content.unseen.count);
        for (const UserOfDirectory& user : preview.users)
            printUser(to, user);
        if (preview.lock == DirectoryLock::Held)
            to << "  a program holds its lock\n";
        else if (preview.lock == DirectoryLock::Unknown)
            to << "  whether a program holds its lock cannot be asked there\n";
    }

    /// No process stands for what the system itself uses: a mount, a loop device, a swap file.
    static void printUser(std::ostream& to, const UserOfDirectory& user)
    {
        const auto name = displayText(user.name);
        if (user.pid != 0)
            to << fmt::format("  in use by {} (process {})\n", name, user.pid);
        else
            to << fmt::format("  in use by {} ({})\n", name, toString(user.how));
    }

    static bool confirmed(ProberSession& session, Console& console, std::size_t count)
    {
        const auto question = fmt::format("Remove {} with all that is in {}?",
                                          count == 1 ? "this directory" : fmt::format("these {} directories", count),
                                          count == 1 ? "it" : "them");
        return askYesOrNo(session, console, question) == Reply::Yes;
    }

    void clean(ProberSession& session, Console& console, const CleanTarget& target)
    {
        // A lock that cannot be asked was shown: the word for the removal is the word for that, too.
        const bool isUnknown = target.preview.lock == DirectoryLock::Unknown && target.preview.users.empty();
        const auto answer = session.ask(request::ScratchClean{
            aboutOf(session, target.directory), target.preview.confirmation, inUseOf(m_inUse || isUnknown)});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, target.directory.record.path, refusedBy(answer.error()), "", false);
            return;
        }
        tellCleaned(console, target.directory, *answer);
    }

    void tellCleaned(Console& console, const ScratchDirectory& directory, const Cleaned& cleaned)
    {
        const ScratchRecord& record = directory.record;
        if (cleaned.removed) {
            Json removed = Json::object();
            removed["id"] = record.id;
            putPath(removed, "name", record.name);
            putPath(removed, "path", record.path);
            removed["entries"] = cleaned.done.entries;
            removed["bytes"] = cleaned.done.bytes;
            m_removed.push_back(std::move(removed));
            if (!m_json)
                console.out << "removed " << displayPath(record.path) << '\n';
            return;
        }
        const char* how = cleaned.isInUse ? kHowAllTheSame : "";
        for (const Kept& one : cleaned.kept)
            keep(console, one.path.empty() ? record.path : one.path, one.reason, how, true);
        if (cleaned.keptCount > cleaned.kept.size())
            console.err << fmt::format("scratchproof-cli: scratch: and {} more\n",
                                       cleaned.keptCount - cleaned.kept.size());
        if (cleaned.done.entries > 0)
            console.err << fmt::format(
                "scratchproof-cli: scratch: '{}' is half removed: clean it again, or keep what is "
                "left of it with `scratch extend {}`\n",
                displayPath(record.path), record.id.substr(0, 8));
        m_code = worse(m_code, cleaned.cancelled ? ExitCode::NotFoundOut : ExitCode::Unusable);
    }

    static Reason refusedBy(const Error& error) { return {.kind = ReasonKind::Refused, .text = toString(error)}; }

    /// `how`: what can be done about it, in words that follow the reason's; "": nothing.
    void keep(Console& console, const Path& path, const Reason& reason, const std::string& how, bool tell)
    {
        Json& kept = m_kept.emplace_back(Json::object());
        putPath(kept, "path", path);
        putReason(kept, "reason", reason);
        auto& words = kept["reason"].get_ref<std::string&>();
        words += how;
        if (!tell)
            return;
        m_code = worse(m_code, ExitCode::Unusable);
        console.err << "scratchproof-cli: scratch: kept '" << displayPath(path) << "': " << words << '\n';
    }

    void printDocument(Console& console)
    {
        Json members = Json::object();
        members["removed"] = m_removed;
        members["kept"] = m_kept;
        if (m_dryRun)
            members["would_remove"] = m_wouldRemove;
        printScratchDocument(console, std::move(members));
    }

    std::vector<std::string> m_words;
    bool m_json = false;
    bool m_dryRun = false;
    bool m_yes = false;
    bool m_inUse = false;
    ExitCode m_code = ExitCode::Success;
    std::vector<std::string> m_named; // ids
    Json m_removed = Json::array();
    Json m_kept = Json::array();
    Json m_wouldRemove = Json::array();
};

} // namespace

std::unique_ptr<Command> makeScratchCleanCommand()
{
    return std::make_unique<ScratchCleanCommand>();
}

} // namespace scratchproof
