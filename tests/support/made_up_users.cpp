// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/made_up_users.h"

#include "tests/support/run_program.h"

#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace scratchproof::test {

namespace {

constexpr const char* kSudoRules = "/etc/sudoers.d";

// nsswitch.conf(5). Names of hosts, too: what a machine's DNS says of a name, or whether there is one, is not the
// test's.
constexpr const char* kServices = "passwd: files\ngroup: files\nshadow: files\nsudoers: files\nhosts: files\n";

constexpr const char* kSudoers =
    "Defaults env_reset\n"
    "Defaults secure_path=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n"
    "Defaults use_pty\n"
    "root ALL=(ALL:ALL) ALL\n"
    "#includedir /etc/sudoers.d\n";

// pam.d(5)
constexpr const char* kPam = "auth sufficient pam_rootok.so\n"
                             "auth required pam_unix.so\n"
                             "account required pam_unix.so\n"
                             "session required pam_unix.so\n"
                             "password required pam_deny.so\n";

std::string hosts()
{
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return std::string("127.0.0.1 localhost ") + name.data() + "\n";
}

} // namespace

MadeUpUsers::MadeUpUsers(const std::vector<User>& users)
{
    std::string accounts =
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    std::string groups = "root:x:0:\nnogroup:x:65534:\n";
    std::string passwords = "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n";
    for (const auto& user : users) {
        const std::string number = std::to_string(user.id);
        const Path home = m_folder.makeFolder("home-" + user.name, 0700);
        changeOwner(home, user.id, user.id);
        accounts += user.name + ":x:" + number + ":" + number + "::" + home + ":" + user.shell + "\n";
        groups += user.name + ":x:" + number + ":\n";
        passwords += user.name + ":*:19000:0:99999:7:::\n";
    }
    coverFile("/etc/nsswitch.conf", kServices);
    coverFile("/etc/hosts", hosts());
    coverFolder("/run/nscd"); // where it answers in place of the files
    coverFile("/etc/passwd", accounts);
    coverFile("/etc/group", groups);
    coverFile("/etc/shadow", passwords, 0600);
    coverFile("/etc/sudoers", kSudoers, 0440);
    coverFolder(kSudoRules);
    coverFolder("/etc/pam.d", {{"other", kPam}});
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

void MadeUpUsers::coverFile(const Path& file, const std::string& content, unsigned mode)
{
    if (!std::filesystem::exists(file))
        return;
    const Path ours = m_folder / std::filesystem::path(file).filename().string();
    writeFile(ours, content, mode);
    runOrFail({"mount", "-n", "--bind", ours, file});
    m_covered.push_back(file);
}

void MadeUpUsers::coverFolder(const Path& folder, const std::map<std::string, std::string>& files)
{
    if (!std::filesystem::is_directory(folder))
        return;
    runOrFail({"mount", "-n", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", folder});
    m_covered.push_back(folder);
    for (const auto& [name, content] : files)
        writeFile(folder + "/" + name, content);
}

} // namespace scratchproof::test
