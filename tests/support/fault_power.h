// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace scratchproof::test {

/// What would still be there after a power cut, for the fault file system. As a careful file system may do it: fsync of
/// a file stores its content and its present name (with the folders above); fsync of a folder stores which names are in
/// it. A new, renamed or removed name that was not stored so is as if it had not happened. Paths are those of the file
/// system, from its top ("/own/file"). Thread safe.
class PowerCut
{
public:
    explicit PowerCut(std::string backing) : m_backing(std::move(backing)) {}

    /// What is there now is stored; from now on changes are followed. Without it, nothing is.
    void remember();
    /// Puts back what was stored. Who has a file open goes on with one that is gone.
    void cut();

    void made(const std::string& path);
    void removed(const std::string& path);
    void renamed(const std::string& from, const std::string& to);
    void syncedFile(const std::string& path);
    void syncedFolder(const std::string& path);

private:
    /// A file or folder as long as it lives, whatever it is called.
    using Number = std::uint64_t;
    struct Stored
    {
        mode_t mode = 0; // with its type
        uid_t uid = 0;
        gid_t gid = 0;
        std::string content; // of a symbolic link: its target
    };

    void storeName(const std::string& path);
    void storeTree(const std::string& path);
    void putBack(const std::string& path, const Stored& stored) const;
    [[nodiscard]] Stored look(const std::string& path, bool withContent) const;

    std::mutex m_mutex;
    std::string m_backing;
    bool m_follows = false;
    Number m_last = 0;
    std::map<std::string, Number> m_now;         // by path
    std::map<std::string, Number> m_storedNames; // by path
    std::map<Number, Stored> m_stored;
};

} // namespace scratchproof::test
