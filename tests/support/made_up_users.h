// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temporary_folder.h"

#include <map>
#include <string>
#include <vector>

namespace scratchproof::test {

/// The only users besides root and nobody, for this process and its children: whoever has an account on this machine,
/// by whichever service, has none here, and what the machine says of sudo(8) and of PAM (faces, keys, fingers) holds
/// for nobody. Needs PrivateMounts. Each user has a group of the same name and number, no password that fits, and a
/// home (0700).
class MadeUpUsers
{
public:
    struct User
    {
        std::string name;
        unsigned id = 0;
        std::string shell = "/bin/sh";
    };
    explicit MadeUpUsers(const std::vector<User>& users);
    ~MadeUpUsers();
    MadeUpUsers(const MadeUpUsers&) = delete;
    MadeUpUsers& operator=(const MadeUpUsers&) = delete;

    [[nodiscard]] Path home(const std::string& name) const { return m_folder / ("home-" + name); }
    /// Replaces the rules of sudoers(5) that hold besides root's; "": none.
    void setSudoRules(const std::string& rules) const;

private:
    void coverFile(const Path& file, const std::string& content, unsigned mode = 0644);
    void coverFolder(const Path& folder, const std::map<std::string, std::string>& files = {});

    TemporaryFolder m_folder;
    std::vector<Path> m_covered;
};

} // namespace scratchproof::test
