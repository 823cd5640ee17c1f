// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temporary_folder.h"

#include <string>
#include <vector>

namespace scratchproof::test {

/// Users that this machine does not have, made up for this process and its children: its own /etc/passwd, /etc/group
/// and /etc/shadow lie over the real ones, and an empty /etc/sudoers.d over the real one. Needs PrivateMounts. Each has
/// a group of its name and number, no password that fits, and a home (0700) of its own.
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
    /// Replaces the rules of sudoers(5) that hold besides the machine's own; "": none.
    void setSudoRules(const std::string& rules) const;

private:
    void cover(const Path& file, const std::string& lines, unsigned mode);

    TemporaryFolder m_folder;
    std::vector<Path> m_covered;
};

} // namespace scratchproof::test
