// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/save_file_command.h"

#include "core/prober/save_file.h"
#include "core/stream/json_fields.h"

#include <ostream>

namespace scratchproof {

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

} // namespace scratchproof
