// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/save_file_command.h"

#include "core/prober/save_file.h"
#include "core/stream/json_fields.h"

#include <ostream>

namespace scratchproof {

CLI::App* SaveFileCommand::declare(CLI::App& app)
{
    auto* command = app.add_subcommand("save-file", "Write standard input into a file (used by Scratchproof itself)");
    command->add_flag("--replace", m_replace, "An older file gives way");
    command->add_option("FILE", m_file, "The file")->required();
    command->group(""); // not shown by --help
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
