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
        for (const ScratchDirectory& one : *chosen) {
            const auto altered = alter(session, one);
            if (!altered) {
                code = worse(code, reportError(console, altered.error()));
                continue;
            }
            directories.push_back(toJson(altered->directory));
            printNotes(console, *altered);
            if (!m_json)
                console.err << inWords(displayText(one.record.name), altered->directory) << '\n';
        }
        if (m_json && m_words.size() == 1 && directories.size() == 1)
            printScratchDocument(console, Json{{"directory", directories.front()}});
        else if (m_json)
            printScratchDocument(console, Json{{"directories", std::move(directories)}});
        return session.exitCode(code);
    }

protected:
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
    [[nodiscard]] virtual Result<Altered> alter(ProberSession& session, const ScratchDirectory& directory) const = 0;
    /// What is so now.
    [[nodiscard]] virtual std::string inWords(const std::string& name, const ScratchDirectory& now) const = 0;

private:
    std::vector<std::string> m_words;
    bool m_json = false;
};

class ScratchExtendCommand final : public ScratchLifeCommand
{
public:
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
    [[nodiscard]] Result<Altered> alter(ProberSession& session, const ScratchDirectory& directory) const override
    {
        const Lifetime lifetime = m_lifetime.empty() ? directory.record.lifetime : checkedLifetime(m_lifetime);
        return session.ask(request::ScratchExtend{aboutOf(session, directory), lifetime});
    }
    [[nodiscard]] std::string inWords(const std::string& name, const ScratchDirectory& now) const override
    {
        return now.expires ? fmt::format("'{}' is kept until {}", name, localTime(now.expires))
                           : fmt::format("'{}' is kept for good", name);
    }

    std::string m_lifetime;
};

class ScratchPinCommand final : public ScratchLifeCommand
{
public:
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
    [[nodiscard]] Result<Altered> alter(ProberSession& session, const ScratchDirectory& directory) const override
    {
        return session.ask(request::ScratchPin{aboutOf(session, directory), !m_off});
    }
    [[nodiscard]] std::string inWords(const std::string& name, const ScratchDirectory& /*now*/) const override
    {
        return fmt::format("'{}' is {}", name, m_off ? "not pinned any more" : "pinned");
    }

    bool m_off = false;
};

class ScratchReleaseCommand final : public ScratchLifeCommand
{
public:
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
    [[nodiscard]] Result<Altered> alter(ProberSession& session, const ScratchDirectory& directory) const override
    {
        return session.ask(request::ScratchRelease{aboutOf(session, directory), inUseOf(m_inUse)})
            .map([](const ScratchDirectory& released) {
                return Altered{released, {}};
            });
    }
    [[nodiscard]] std::string inWords(const std::string& name, const ScratchDirectory& now) const override
    {
        const auto until = localTime(now.restorableUntil);
        return fmt::format("'{}' is released, and can be restored{}", name, until.empty() ? until : " until " + until);
    }

    bool m_inUse = false;
};

class ScratchRestoreCommand final : public ScratchLifeCommand
{
public:
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
    [[nodiscard]] Result<Altered> alter(ProberSession& session, const ScratchDirectory& directory) const override
    {
        std::optional<Lifetime> lifetime;
        if (!m_lifetime.empty())
            lifetime = checkedLifetime(m_lifetime);
        return session.ask(request::ScratchRestore{aboutOf(session, directory), lifetime});
    }
    [[nodiscard]] std::string inWords(const std::string& name, const ScratchDirectory& now) const override
    {
        return fmt::format("'{}' is back at {}", name, displayPath(now.record.path));
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
