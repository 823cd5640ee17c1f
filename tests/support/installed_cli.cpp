// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"

#include "tests/support/file_content.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

/// Not set at all in the homes made here.
constexpr const char* kOtherVariables[] = {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"};

} // namespace

InstalledCli::InstalledCli(const Path& builtProgram) : m_program(m_folder.makeFolder("bin") + "/scratchproof-cli")
{
    std::filesystem::copy_file(builtProgram, m_program);
    std::filesystem::permissions(m_program, std::filesystem::perms(0755));
    for (const unsigned user : {0U, kOrdinaryUser}) {
        for (const std::string kind : {"home-", "runtime-"}) {
            const Path path = m_folder.makeFolder(kind + std::to_string(user), 0700);
            changeOwner(path, user, user);
        }
    }
}

std::map<std::string, std::string> InstalledCli::environmentOf(unsigned user) const
{
    std::map<std::string, std::string> variables{{"HOME", m_folder / ("home-" + std::to_string(user))},
                                                 {"XDG_RUNTIME_DIR", m_folder / ("runtime-" + std::to_string(user))}};
    for (const char* name : kOtherVariables)
        variables[name] = "";
    return variables;
}

Program InstalledCli::command(std::vector<std::string> arguments, unsigned user) const
{
    Program program;
    program.arguments = std::move(arguments);
    program.arguments.insert(program.arguments.begin(), m_program);
    program.environment = environmentOf(user);
    program.user = user;
    return program;
}

void useFreshHome(const Path& base)
{
    makeFolder(base + "/home", 0700);
    makeFolder(base + "/runtime", 0700);
    setenv("HOME", (base + "/home").c_str(), 1);
    setenv("XDG_RUNTIME_DIR", (base + "/runtime").c_str(), 1);
    for (const char* name : kOtherVariables)
        unsetenv(name);
}

void useNoHome()
{
    unsetenv("HOME");
    unsetenv("XDG_RUNTIME_DIR");
    for (const char* name : kOtherVariables)
        unsetenv(name);
}

std::vector<int> probersOf(int parent)
{
    std::vector<int> probers;
    for (const int child : childrenOf(parent)) {
        if (contentOf("/proc/" + std::to_string(child) + "/cmdline").value_or("").find(std::string("\0prober", 7)) !=
            std::string::npos)
            probers.push_back(child);
    }
    return probers;
}

} // namespace scratchproof::test
