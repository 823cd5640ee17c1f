// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/made_up_users.h"

#include "tests/support/run_program.h"

#include <sys/mount.h>

#include <filesystem>

namespace scratchproof::test {

namespace {
constexpr const char* kSudoRules = "/etc/sudoers.d";
} // namespace

MadeUpUsers::MadeUpUsers(const std::vector<User>& users)
{
    std::string accounts;
    std::string groups;
    std::string passwords;
    for (const auto& user : users) {
        const std::string number = std::to_string(user.id);
        const Path home = m_folder.makeFolder("home-" + user.name, 0700);
        changeOwner(home, user.id, user.id);
        accounts += user.name + ":x:" + number + ":" + number + "::" + home + ":" + user.shell + "\n";
        groups += user.name + ":x:" + number + ":\n";
        passwords += user.name + ":*:19000:0:99999:7:::\n";
    }
    cover("/etc/passwd", accounts, 0644);
    cover("/etc/group", groups, 0644);
    cover("/etc/shadow", passwords, 0600);
    if (std::filesystem::is_directory(kSudoRules)) {
        runOrFail({"mount", "-n", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", kSudoRules});
        m_covered.emplace_back(kSudoRules);
    }
}

MadeUpUsers::~MadeUpUsers()
{
    for (const auto& path : m_covered)
        umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

void MadeUpUsers::setSudoRules(const std::string& rules) const
{
    removeAll(std::string(kSudoRules) + "/rules");
    if (!rules.empty())
        writeFile(std::string(kSudoRules) + "/rules", rules, 0440);
}

void MadeUpUsers::cover(const Path& file, const std::string& lines, unsigned mode)
{
    std::string content = readFile(file);
    if (!content.empty() && content.back() != '\n')
        content += '\n';
    const Path ours = m_folder / std::filesystem::path(file).filename().string();
    writeFile(ours, content + lines, mode);
    runOrFail({"mount", "-n", "--bind", ours, file});
    m_covered.push_back(file);
}

} // namespace scratchproof::test
