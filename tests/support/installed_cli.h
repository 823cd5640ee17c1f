// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <string>
#include <vector>

namespace scratchproof::test {

/// The console program in a folder that every user reaches (the build's own may be closed to them), with a home and a
/// runtime directory of its own for each user.
class InstalledCli
{
public:
    explicit InstalledCli(const Path& builtProgram);

    [[nodiscard]] const Path& program() const { return m_program; }
    /// HOME, XDG_RUNTIME_DIR (0700) and no other XDG variable, for this user.
    [[nodiscard]] std::map<std::string, std::string> environmentOf(unsigned user) const;
    /// `scratchproof-cli ARGUMENTS...` as that user.
    [[nodiscard]] Program command(std::vector<std::string> arguments, unsigned user = kOrdinaryUser) const;

private:
    TemporaryFolder m_folder;
    Path m_program;
};

/// Sets this process's HOME and XDG variables to fresh folders below `base`, so that no test touches a real home.
void useFreshHome(const Path& base);
/// Leaves this process without a place for a journal or a registry.
void useNoHome();

/// Processes that run `scratchproof-cli prober` as children of `parent`.
[[nodiscard]] std::vector<int> probersOf(int parent);

} // namespace scratchproof::test
