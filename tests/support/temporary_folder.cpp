// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/temporary_folder.h"

#include "core/base/error.h"
#include "tests/support/file_content.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace scratchproof::test {

void failSetup(const std::string& what)
{
    throw SetupError(what + ": " + errnoText(errno));
}

TemporaryFolder::TemporaryFolder()
{
    const char* base = std::getenv("TMPDIR");
    std::string pattern = joinPath(base != nullptr && *base == '/' ? base : "/tmp", "scratchproof-test-XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr)
        failSetup("mkdtemp " + pattern);
    m_path = pattern;
    if (chmod(m_path.c_str(), 0755) != 0)
        failSetup("chmod " + m_path);
}

TemporaryFolder::~TemporaryFolder()
{
    removeAll(m_path);
}

Path TemporaryFolder::makeFolder(std::string_view name, unsigned mode) const
{
    Path path = *this / name;
    test::makeFolder(path, mode);
    return path;
}

void makeFolder(const Path& path, unsigned mode)
{
    if (mkdir(path.c_str(), 0700) != 0 || chmod(path.c_str(), mode) != 0)
        failSetup("mkdir " + path);
}

void changeOwner(const Path& path, unsigned uid, unsigned gid)
{
    if (lchown(path.c_str(), uid, gid) != 0)
        failSetup("chown " + path);
}

void writeFile(const Path& path, std::string_view content, unsigned mode)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    if (!file || chmod(path.c_str(), mode) != 0)
        failSetup("write " + path);
}

std::string readFile(const Path& path)
{
    auto content = contentOf(path);
    if (!content)
        failSetup("read " + path);
    return *std::move(content);
}

std::vector<std::string> namesIn(const Path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename().native());
    std::sort(names.begin(), names.end());
    return names;
}

void removeAll(const Path& path)
{
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

} // namespace scratchproof::test
