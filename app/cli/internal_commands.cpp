// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/internal_commands.h"

#include "app/cli/console.h"
#include "app/cli/manual_page.h"
#include "app/cli/shell_completions.h"
#include "core/host/supervisor.h"
#include "core/stream/json_fields.h"
#include "core/worker/prober.h"
#include "core/worker/save_file.h"

#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kPatience = 2 * kNanosecondsPerSecond;
constexpr Nanoseconds kPause = 20 * kNanosecondsPerMillisecond;

/// Nothing: another program holds an exclusive lock on it, and has for some time.
Result<std::optional<UniqueFd>> lockDirectory(System& system, const Path& directory)
{
    // Its own folder is a safe place, so nobody else can have put a link there; NOFOLLOW is for ourselves.
    auto fd = system.files.open(kWorkingDirectory, directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd)
        return fail(std::move(fd.error()));
    // Whoever asks, as a prober and systemd-tmpfiles(8) do, has an exclusive lock for a moment.
    const Nanoseconds last = system.clock.monotonic() + kPatience;
    for (;;) {
        const auto locked = system.files.tryLock(fd->get(), LockMode::Shared);
        if (!locked)
            return fail(locked.error());
        if (*locked)
            return std::move(*fd);
        if (system.clock.monotonic() >= last || !system.processes.waitFor({}, kPause))
            return std::nullopt;
    }
}

} // namespace

CommandLine ProberCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("prober", "Serve requests on standard input (used by Scratchproof itself)");
    command.hide(); // not shown by --help
    return command;
}

int ProberCommand::run(Console& console)
{
    return serveProber(console.system, 0, 1);
}

CommandLine SuperviseCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("supervise", "Check folders for somebody else (used by Scratchproof itself)");
    command.hide(); // not shown by --help
    return command;
}

int SuperviseCommand::run(Console& console)
{
    HostSettings settings;
    settings.program = console.proberProgram;
    return serveSupervisor(console.system, std::move(settings), 0, 1);
}

CommandLine SaveFileCommand::declare(CommandLine& program)
{
    CommandLine command =
        program.command("save-file", "Write standard input into a file (used by Scratchproof itself)");
    command.flag("--replace", m_replace, "An older file gives way");
    command.option("FILE", m_file, "The file").required().notEmpty();
    command.hide(); // not shown by --help
    return command;
}

int SaveFileCommand::run(Console& console)
{
    const auto saved = saveFile(console.system, 0, absolutePath(m_file, console.workingFolder), m_replace);
    if (saved)
        return toInt(ExitCode::Success);
    console.out << toLine(toJson(saved.error())) << '\n';
    return toInt(ExitCode::Unusable);
}

CommandLine HoldLockCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("hold-lock", "Hold a lock on a directory (used by Scratchproof itself)");
    command.option("DIRECTORY", m_directory, "The directory").required().notEmpty();
    command.hide(); // not shown by --help
    return command;
}

int HoldLockCommand::run(Console& console)
{
    const auto lock = lockDirectory(console.system, absolutePath(m_directory, console.workingFolder));
    if (!lock) {
        console.out << "no " << toString(lock.error()) << std::endl;
        return toInt(ExitCode::Unusable);
    }
    if (!*lock) {
        console.out << "taken another program holds an exclusive lock on it" << std::endl;
        return toInt(ExitCode::Unusable);
    }
    console.out << "held" << std::endl;
    int pid = 0;
    const bool isTold = static_cast<bool>(console.in >> pid);
    // Opened at once: the number is the command's as long as `scratch run`, its parent, has not reaped it.
    const auto command = isTold ? console.system.processes.openProcess(pid) : Result<UniqueFd>();
    while (console.in.get() != std::istream::traits_type::eof()) {
    }
    if (isTold && command) {
        WatchedFd watched{command->get(), true};
        while (!watched.ready && console.system.processes.waitFor({&watched, 1}, -1)) {
        }
    }
    return toInt(ExitCode::Success);
}

CommandLine GenerateCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("generate", "Write the manual page or a completion (used by the build)");
    command.option("WHAT", m_what, "What to write").oneOf({"man", "bash", "zsh", "fish"}).required();
    command.hide();
    return command;
}

int GenerateCommand::run(Console& console)
{
    const AllCommands all;
    if (m_what == "bash")
        console.out << bashCompletion(all.program());
    else if (m_what == "zsh")
        console.out << zshCompletion(all.program());
    else if (m_what == "fish")
        console.out << fishCompletion(all.program());
    if (m_what != "man")
        return toInt(ExitCode::Success);
    const std::string frame{std::istreambuf_iterator<char>(console.in), {}};
    const auto page = manualPage(all.program(), frame);
    if (!page) {
        console.err << "scratchproof-cli: generate: the frame lacks a place for the commands\n";
        return toInt(ExitCode::BadUsage);
    }
    console.out << *page;
    return toInt(ExitCode::Success);
}

} // namespace scratchproof
