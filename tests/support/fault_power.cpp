// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_power.h"

#include "tests/support/file_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

bool isBelow(const std::string& path, const std::string& folder)
{
    return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
           (folder == "/" || path[folder.size()] == '/');
}

std::string parentOf(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

PowerCut::Stored PowerCut::look(const std::string& path, bool withContent) const
{
    const std::string real = m_backing + path;
    struct stat status
    {};
    Stored stored;
    if (lstat(real.c_str(), &status) != 0)
        return stored;
    stored.mode = status.st_mode;
    stored.uid = status.st_uid;
    stored.gid = status.st_gid;
    if (S_ISREG(status.st_mode) && withContent)
        stored.content = contentOf(real).value_or("");
    if (S_ISLNK(status.st_mode))
        stored.content = std::filesystem::read_symlink(real).native();
    return stored;
}

void PowerCut::remember()
{
    const std::scoped_lock lock(m_mutex);
    m_follows = true;
    m_now.clear();
    m_storedNames.clear();
    m_stored.clear();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(m_backing)) {
        const std::string path = entry.path().native().substr(m_backing.size());
        m_now[path] = ++m_last;
        m_storedNames[path] = m_last;
        m_stored[m_last] = look(path, true);
    }
}

void PowerCut::made(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    if (m_follows)
        m_now[path] = ++m_last;
}

void PowerCut::removed(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    m_now.erase(path);
}

void PowerCut::renamed(const std::string& from, const std::string& to)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_follows)
        return;
    std::map<std::string, Number> after;
    for (const auto& [path, number] : m_now) {
        if (path == from || isBelow(path, from))
            after[to + path.substr(from.size())] = number;
        else if (path != to && !isBelow(path, to))
            after.emplace(path, number);
    }
    m_now = std::move(after);
}

/// The name as it is, and with it the folders that it is in. Of a new file that was not synced itself nothing but the
/// name is there afterwards.
void PowerCut::storeName(const std::string& path)
{
    const auto now = m_now.find(path);
    if (now == m_now.end())
        return;
    if (const std::string folder = parentOf(path); folder != "/")
        storeName(folder);
    m_storedNames[path] = now->second;
    if (!m_stored.contains(now->second))
        m_stored[now->second] = look(path, false);
}

void PowerCut::syncedFile(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_follows || !m_now.contains(path))
        return;
    storeName(path);
    m_stored[m_now[path]] = look(path, true);
}

void PowerCut::syncedFolder(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_follows)
        return;
    // The stored names in it that are others' now, or nobody's, with all below them.
    std::map<std::string, Number> gone;
    for (const auto& [name, number] : m_storedNames) {
        const auto now = m_now.find(name);
        const bool isIn = isBelow(name, path) && parentOf(name) == path;
        const bool isOld = isIn && (now == m_now.end() || now->second != number);
        if (isOld || (!gone.empty() && gone.contains(parentOf(name))))
            gone[name] = number;
    }
    for (const auto& [name, number] : gone)
        m_storedNames.erase(name);
    for (const auto& [name, number] : m_now) {
        if (isBelow(name, path) && parentOf(name) == path)
            storeName(name);
    }
    // What a renamed folder held has gone with it.
    for (const auto& [oldName, number] : gone) {
        for (const auto& [name, current] : m_now) {
            if (current == number && isBelow(name, path))
                storeName(name);
        }
    }
}

void PowerCut::putBack(const std::string& path, const Stored& stored) const
{
    const std::string real = m_backing + path;
    if (S_ISDIR(stored.mode)) {
        mkdir(real.c_str(), 0700);
    } else if (S_ISLNK(stored.mode)) {
        static_cast<void>(symlink(stored.content.c_str(), real.c_str()));
    } else {
        const int fd = open(real.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        static_cast<void>(write(fd, stored.content.data(), stored.content.size()));
        close(fd);
    }
    static_cast<void>(lchown(real.c_str(), stored.uid, stored.gid));
    if (!S_ISLNK(stored.mode))
        chmod(real.c_str(), stored.mode & 07777U);
}

void PowerCut::cut()
{
    const std::scoped_lock lock(m_mutex);
    if (!m_follows)
        return;
    // What is as it was stored stays where it is, so that it keeps its inode.
    for (auto now = m_now.rbegin(); now != m_now.rend(); ++now) {
        const auto stored = m_storedNames.find(now->first);
        if (stored == m_storedNames.end() || stored->second != now->second)
            std::filesystem::remove_all(m_backing + now->first);
    }
    for (const auto& [path, number] : m_storedNames)
        putBack(path, m_stored[number]);
    m_now = m_storedNames;
}

} // namespace scratchproof::test
