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
    ListedScratch directory;
    std::string confirmation;
    Json preview;
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
        std::stable_sort(chosen->begin(), chosen->end(), [](const ListedScratch& a, const ListedScratch& b) {
            return levelsOf(a.path) > levelsOf(b.path);
        });
        m_code = ExitCode::Success;
        if (m_dryRun || !m_yes)
            showAndClean(session, console, std::move(*chosen));
        else
            for (const ListedScratch& one : *chosen)
                cleanUnseen(session, console, one);
        if (m_json)
            printDocument(console);
        return session.exitCode(m_code);
    }

private:
    void showAndClean(ProberSession& session, Console& console, std::vector<ListedScratch> chosen)
    {
        for (const ListedScratch& one : chosen)
            m_named.push_back(one.id);
        std::vector<CleanTarget> targets;
        for (ListedScratch& one : chosen)
            preview(session, console, std::move(one), targets);
        if (m_dryRun) {
            for (const CleanTarget& target : targets)
                m_wouldRemove.push_back(target.preview);
        } else if (!targets.empty() && confirmed(session, console, targets.size())) {
            for (const CleanTarget& target : targets)
                clean(session, console, target);
        } else if (!targets.empty()) {
            console.err << "Nothing was removed.\n";
            m_code = worse(m_code, ExitCode::NotFoundOut);
        }
    }

    /// Nobody is shown what goes, and nobody is asked.
    void cleanUnseen(ProberSession& session, Console& console, const ListedScratch& directory)
    {
        const auto answer = askAbout(session, directory, "scratch-clean-unseen", Json{{"in_use_ok", m_inUse}});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, directory.path, toString(answer.error()), false);
            return;
        }
        const Json* seen = getObject(*answer, "preview");
        if (const Json* cleaned = getObject(*answer, "cleaned"))
            tellCleaned(console, directory, *cleaned);
        else if (seen == nullptr || mayGo(console, directory, *seen))
            keep(console, directory.path, "it was not removed", true);
    }

    void preview(ProberSession& session, Console& console, ListedScratch directory, std::vector<CleanTarget>& targets)
    {
        const auto answer = askAbout(session, directory, "scratch-preview", Json{{"also", m_named}});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, directory.path, toString(answer.error()), false);
            return;
        }
        if (!mayGo(console, directory, *answer))
            return;
        show(console, directory, *answer);
        targets.push_back({std::move(directory), getString(*answer, "confirmation").value_or(""), *answer});
    }

    /// Else says why not.
    bool mayGo(Console& console, const ListedScratch& directory, const Json& preview)
    {
        if (getBool(preview, "removable") != true) {
            std::string reason = getString(preview, "reason").value_or("");
            const Json* seen = getObject(preview, "directory");
            if (seen != nullptr && getString(*seen, "state") == "lost")
                reason += fmt::format(" (`scratch forget {}` drops its record)", directory.id.substr(0, 8));
            keep(console, directory.path, reason, true);
            return false;
        }
        const bool isBusy = !isUnused(preview) || getString(preview, "lock") == "held";
        if (isBusy && !m_inUse && !m_dryRun) {
            const Json* seen = getObject(preview, "directory");
            const auto reason = seen != nullptr ? getString(*seen, "reason") : std::nullopt;
            keep(console, directory.path, reason.value_or("it is in use") + kHowAllTheSame, true);
            return false;
        }
        return true;
    }

    /// Words go to `err`; with --dry-run they are what was asked for.
    void show(Console& console, const ListedScratch& directory, const Json& preview) const
    {
        if (m_json)
            return;
        std::ostream& to = m_dryRun ? console.out : console.err;
        to << displayPath(directory.path) << '\n';
        if (getBool(directory.json, "pinned") == true)
            to << "  pinned\n";
        if (const auto note = getString(directory.json, "note").value_or(""); !note.empty())
            to << "  note: " << displayText(note) << '\n';
        to << fmt::format("  {} files, {} directories, {}\n", getUnsigned(preview, "files").value_or(0),
                          getUnsigned(preview, "directories").value_or(0),
                          formatBytes(getUnsigned(preview, "bytes").value_or(0)));
        if (const Json* newest = getObject(preview, "newest"))
            to << fmt::format("  newest: {} ({})\n", displayPath(getPath(*newest, "path").value_or("")),
                              localTime(*newest, "modified"));
        if (const auto unseen = getUnsigned(preview, "unseen"); unseen.value_or(0) > 0)
            to << fmt::format("  {} entries could not be looked at\n", *unseen);
        const Json* users = getArray(preview, "used_by");
        for (const Json& user : users != nullptr ? *users : Json::array())
            printUser(to, user);
        const auto lock = getString(preview, "lock");
        if (lock == "held")
            to << "  a program holds its lock\n";
        else if (lock == "unknown")
            to << "  whether a program holds its lock cannot be asked there\n";
    }

    /// No process stands for what the system itself uses: a mount, a loop device, a swap file.
    static void printUser(std::ostream& to, const Json& user)
    {
        const auto name = displayText(getString(user, "name").value_or(""));
        if (const auto pid = getInteger(user, "pid").value_or(0); pid != 0)
            to << fmt::format("  in use by {} (process {})\n", name, pid);
        else
            to << fmt::format("  in use by {} ({})\n", name, displayText(getString(user, "how").value_or("")));
    }

    static bool isUnused(const Json& preview)
    {
        const Json* users = getArray(preview, "used_by");
        return users == nullptr || users->empty();
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
        const bool isUnknown = getString(target.preview, "lock") == "unknown" && isUnused(target.preview);
        const auto answer = askAbout(session, target.directory, "scratch-clean",
                                     Json{{"confirmation", target.confirmation}, {"in_use_ok", m_inUse || isUnknown}});
        if (!answer) {
            m_code = worse(m_code, reportError(console, answer.error()));
            keep(console, target.directory.path, toString(answer.error()), false);
            return;
        }
        tellCleaned(console, target.directory, *answer);
    }

    void tellCleaned(Console& console, const ListedScratch& directory, const Json& cleaned)
    {
        if (getBool(cleaned, "removed") == true) {
            Json removed = Json::object();
            removed["id"] = directory.id;
            putPath(removed, "name", directory.name);
            putPath(removed, "path", directory.path);
            removed["entries"] = getUnsigned(cleaned, "entries").value_or(0);
            removed["bytes"] = getUnsigned(cleaned, "bytes").value_or(0);
            m_removed.push_back(std::move(removed));
            if (!m_json)
                console.out << "removed " << displayPath(directory.path) << '\n';
            return;
        }
        const Json* kept = getArray(cleaned, "kept");
        const char* how = getBool(cleaned, "in_use") == true ? kHowAllTheSame : "";
        for (const Json& one : kept != nullptr ? *kept : Json::array())
            keep(console, getPath(one, "path").value_or(directory.path), getString(one, "reason").value_or("") + how,
                 true);
        const auto count = getUnsigned(cleaned, "kept_count").value_or(0);
        if (kept != nullptr && count > kept->size())
            console.err << fmt::format("scratchproof-cli: scratch: and {} more\n", count - kept->size());
        if (getUnsigned(cleaned, "entries").value_or(0) > 0)
            console.err << fmt::format(
                "scratchproof-cli: scratch: '{}' is half removed: clean it again, or keep what is "
                "left of it with `scratch extend {}`\n",
                displayPath(directory.path), directory.id.substr(0, 8));
        m_code = worse(m_code, getBool(cleaned, "cancelled") == true ? ExitCode::NotFoundOut : ExitCode::Unusable);
    }

    void keep(Console& console, const Path& path, const std::string& reason, bool tell)
    {
        Json kept = Json::object();
        putPath(kept, "path", path);
        kept["reason"] = reason;
        m_kept.push_back(std::move(kept));
        if (!tell)
            return;
        m_code = worse(m_code, ExitCode::Unusable);
        console.err << "scratchproof-cli: scratch: kept '" << displayPath(path) << "': " << displayText(reason) << '\n';
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
    Json m_named = Json::array(); // ids
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
