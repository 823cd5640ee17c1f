// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/prober_session.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"

#include <fmt/format.h>

#include <ostream>

namespace scratchproof {

namespace {

/// One request about each of the directories that were given; the first that cannot be done does not stop the others.
class ScratchLifeCommand : public Command
{
public:
    int run(Console& console) override
    {
        ProberSession session(console);
        const auto chosen = namedScratch(session, m_words);
        if (!chosen)
            return session.exitCode(reportError(console, chosen.error()));
        ExitCode code = ExitCode::Success;
        Json directories = Json::array();
        for (const ListedScratch& one : *chosen) {
            const auto answer = askAbout(session, one, m_request, request(one));
            if (!answer) {
                code = worse(code, reportError(console, answer.error()));
                continue;
            }
            const Json* directory = getObject(*answer, "directory");
            if (directory == nullptr) {
                code = worse(
                    code, reportError(console, Error{ErrorKind::ProberNonsense, {}, 0, "the answer has no directory"}));
                continue;
            }
            directories.push_back(*directory);
            printNotes(console, *answer);
            if (!m_json)
                console.err << inWords(one, *directory) << '\n';
        }
        if (m_json && m_words.size() == 1 && directories.size() == 1)
            printScratchDocument(console, Json{{"directory", directories.front()}});
        else if (m_json)
            printScratchDocument(console, Json{{"directories", std::move(directories)}});
        return session.exitCode(code);
    }

protected:
    explicit ScratchLifeCommand(const char* request) : m_request(request) {}

    void declareCommon(CommandLine& command)
    {
        command.option("DIRECTORY", m_words, "Ids, names or paths")
            .required()
            .notEmpty()
            .completes(Completion::ScratchDirectories);
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1)");
    }
    static void addLifetime(CommandLine& command, std::string& lifetime, const char* about)
    {
        command.option("--lifetime TIME", lifetime, about).check(whyNoLifetime).completes(kLifetimes);
    }
    /// The members of the request besides the directory.
    [[nodiscard]] virtual Json request(const ListedScratch& directory) const = 0;
    /// What is so now.
    [[nodiscard]] virtual std::string inWords(const ListedScratch& directory, const Json& now) const = 0;

private:
    const char* m_request;
    std::vector<std::string> m_words;
    bool m_json = false;
};

class ScratchExtendCommand final : public ScratchLifeCommand
{
public:
    ScratchExtendCommand() : ScratchLifeCommand("scratch-extend") {}

    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("extend", "Give directories a new lifetime, which begins now");
        command.detail(R"(
One whose time was over is active again. The marker in the directory is written first, so that other registries know
of it; where it cannot be written, that is said. One whose removal did not finish is kept by it, with what is left.)");
        declareCommon(command);
        addLifetime(command, m_lifetime, "For example 12h, 7d, 30d or never (default: its own once more)");
        return command;
    }

private:
    [[nodiscard]] Json request(const ListedScratch& directory) const override
    {
        const auto own = getString(directory.json, "lifetime").value_or("never");
        return Json{{"lifetime", m_lifetime.empty() ? own : m_lifetime}};
    }
    [[nodiscard]] std::string inWords(const ListedScratch& directory, const Json& now) const override
    {
        const auto expires = localTime(now, "expires");
        return expires.empty() ? fmt::format("'{}' is kept for good", displayText(directory.name))
                               : fmt::format("'{}' is kept until {}", displayText(directory.name), expires);
    }

    std::string m_lifetime;
};

class ScratchPinCommand final : public ScratchLifeCommand
{
public:
    ScratchPinCommand() : ScratchLifeCommand("scratch-pin") {}

    CommandLine declare(CommandLine& program) override
    {
        CommandLine command =
            program.command("pin", "Keep directories until they are unpinned, whatever their lifetime");
        command.detail("The marker is written as by `scratch extend`.");
        declareCommon(command);
        command.flag("--off", m_off, "Unpin them: their lifetime counts again");
        return command;
    }

private:
    [[nodiscard]] Json request(const ListedScratch&) const override { return Json{{"pinned", !m_off}}; }
    [[nodiscard]] std::string inWords(const ListedScratch& directory, const Json&) const override
    {
        return fmt::format("'{}' is {}", displayText(directory.name), m_off ? "not pinned any more" : "pinned");
    }

    bool m_off = false;
};

class ScratchReleaseCommand final : public ScratchLifeCommand
{
public:
    ScratchReleaseCommand() : ScratchLifeCommand("scratch-release") {}

    CommandLine declare(CommandLine& program) override
    {
        CommandLine command =
            program.command("release", "Be done with directories; they can be restored for some days");
        command.detail(R"(
Each is moved into a private directory beside its place, on the same file system, and can be restored for three days,
or for what `$SCRATCHPROOF_GRACE` says (for instance `30d`; `never` keeps it for good). It counts when an end is set,
and is kept with it, also for the three days after a lifetime. One that holds another registered directory is left.
It goes on taking its space until it is cleaned up.)");
        declareCommon(command);
        command.flag("--in-use", m_inUse, "Also what a program has open or locked");
        return command;
    }

private:
    [[nodiscard]] Json request(const ListedScratch&) const override { return Json{{"in_use_ok", m_inUse}}; }
    [[nodiscard]] std::string inWords(const ListedScratch& directory, const Json& now) const override
    {
        const auto until = localTime(now, "restorable_until");
        return fmt::format("'{}' is released, and can be restored{}", displayText(directory.name),
                           until.empty() ? until : " until " + until);
    }

    bool m_inUse = false;
};

class ScratchRestoreCommand final : public ScratchLifeCommand
{
public:
    ScratchRestoreCommand() : ScratchLifeCommand("scratch-restore") {}

    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("restore", "Bring released directories back to their places");
        command.detail("Nothing is replaced: if something else is there now, it says so.");
        declareCommon(command);
        addLifetime(command, m_lifetime,
                    "A new lifetime, which begins now (default: its own, once more if it is over)");
        return command;
    }

private:
    [[nodiscard]] Json request(const ListedScratch&) const override
    {
        return m_lifetime.empty() ? Json::object() : Json{{"lifetime", m_lifetime}};
    }
    [[nodiscard]] std::string inWords(const ListedScratch& directory, const Json& now) const override
    {
        return fmt::format("'{}' is back at {}", displayText(directory.name),
                           displayPath(getPath(now, "path").value_or(directory.path)));
    }

    std::string m_lifetime;
};

} // namespace

std::unique_ptr<Command> makeScratchReleaseCommand()
{
    return std::make_unique<ScratchReleaseCommand>();
}

std::unique_ptr<Command> makeScratchRestoreCommand()
{
    return std::make_unique<ScratchRestoreCommand>();
}

std::unique_ptr<Command> makeScratchExtendCommand()
{
    return std::make_unique<ScratchExtendCommand>();
}

std::unique_ptr<Command> makeScratchPinCommand()
{
    return std::make_unique<ScratchPinCommand>();
}

} // namespace scratchproof
