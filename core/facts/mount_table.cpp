// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/mount_table.h"

#include <libmount.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

constexpr const char* kMountInfo = "/proc/self/mountinfo";

/// libmount guesses the format of a table from its first line. This one, which is dropped again, keeps a damaged first
/// line from turning the whole text into an fstab.
constexpr std::string_view kFormatLine = "1 1 0:0 / / rw - none none rw\n";

struct TableDeleter
{
    void operator()(libmnt_table* table) const { mnt_unref_table(table); }
};
struct IteratorDeleter
{
    void operator()(libmnt_iter* iterator) const { mnt_free_iter(iterator); }
};
struct FileCloser
{
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using Table = std::unique_ptr<libmnt_table, TableDeleter>;
using Stream = std::unique_ptr<std::FILE, FileCloser>;

std::string text(const char* maybe)
{
    return maybe != nullptr ? std::string(maybe) : std::string();
}

// dev_t as glibc lays it out: gnu_dev_major(3) and gnu_dev_minor(3), without <sys/sysmacros.h>.
DeviceNumber deviceOf(std::uint64_t device)
{
    return {static_cast<std::uint32_t>(((device >> 8U) & 0xfffU) | ((device >> 32U) & 0xfffff000U)),
            static_cast<std::uint32_t>((device & 0xffU) | ((device >> 12U) & 0xffffff00U))};
}

/// Reads mountinfo lines of `stream`; those that do not parse are left out.
std::vector<Mount> readMounts(std::FILE* stream, bool dropFirst)
{
    const Table table(mnt_new_table());
    const std::unique_ptr<libmnt_iter, IteratorDeleter> iterator(mnt_new_iter(MNT_ITER_FORWARD));
    std::vector<Mount> mounts;
    if (!table || !iterator)
        return mounts;
    mnt_table_set_parser_errcb(table.get(), [](libmnt_table*, const char*, int) { return 1; });
    if (mnt_table_parse_stream(table.get(), stream, kMountInfo) < 0)
        return mounts;
    const int count = mnt_table_get_nents(table.get());
    mounts.reserve(count > 0 ? static_cast<std::size_t>(count) : 0U);
    libmnt_fs* entry = nullptr;
    while (mnt_table_next_fs(table.get(), iterator.get(), &entry) == 0) {
        if (std::exchange(dropFirst, false))
            continue;
        Mount mount;
        mount.id = static_cast<std::uint64_t>(mnt_fs_get_id(entry));
        mount.parentId = static_cast<std::uint64_t>(mnt_fs_get_parent_id(entry));
        mount.device = deviceOf(mnt_fs_get_devno(entry));
        mount.root = text(mnt_fs_get_root(entry));
        mount.mountPoint = text(mnt_fs_get_target(entry));
        mount.options = text(mnt_fs_get_vfs_options(entry));
        mount.fileSystem = text(mnt_fs_get_fstype(entry));
        mount.source = text(mnt_fs_get_source(entry));
        mount.superOptions = text(mnt_fs_get_fs_options(entry));
        if (mount.mountPoint.empty())
            continue;
        mount.kind = kindOf(mount.fileSystem, mount.source, mount.mountPoint);
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

bool hasWord(std::string_view list, std::string_view option)
{
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view word = list.substr(0, comma);
        if (word.substr(0, word.find('=')) == option)
            return true;
        if (comma == std::string_view::npos)
            break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

} // namespace

bool Mount::hasOption(std::string_view option) const
{
    return hasWord(options, option);
}

bool Mount::hasSuperOption(std::string_view option) const
{
    return hasWord(superOptions, option);
}

MountIdentity identityOf(const Mount& mount)
{
    return {mount.id, mount.device, mount.mountPoint};
}

std::optional<std::string> Mount::superOption(std::string_view name) const
{
    std::string_view rest = superOptions;
    while (!rest.empty()) {
        const std::string_view option = rest.substr(0, rest.find(','));
        if (option.size() > name.size() && option.substr(0, name.size()) == name && option[name.size()] == '=')
            return std::string(option.substr(name.size() + 1));
        rest.remove_prefix(std::min(option.size() + 1, rest.size()));
    }
    return std::nullopt;
}

Result<void> MountTable::refresh()
{
    const Stream stream(std::fopen(kMountInfo, "re"));
    if (!stream)
        return fail("fopen", kMountInfo, errno);
    auto mounts = readMounts(stream.get(), false);
    if (mounts.empty())
        return fail(ErrorKind::ParseMountinfo, kMountInfo, 0, "no line of the mount table could be read");
    m_mounts = std::move(mounts);
    index();
    return {};
}

void MountTable::parse(std::string_view mountinfo)
{
    std::string all(kFormatLine);
    // A NUL, which the kernel never writes, would end libmount's reading of a line in the middle.
    for (const char c : mountinfo)
        all += c == '\0' ? '\n' : c;
    const Stream stream(fmemopen(all.data(), all.size(), "r"));
    m_mounts = stream ? readMounts(stream.get(), true) : std::vector<Mount>();
    index();
}

void MountTable::index()
{
    m_byId.clear();
    m_byMountPoint.clear();
    m_longestPoint = 0;
    for (std::size_t i = 0; i < m_mounts.size(); ++i) {
        m_byId[m_mounts[i].id] = i;
        m_byMountPoint[m_mounts[i].mountPoint] = i;
        m_longestPoint = std::max(m_longestPoint, m_mounts[i].mountPoint.size());
    }
}

namespace {

bool hasOption(libmnt_fs* entry, const char* name)
{
    // 0: found (mnt_fs_get_option())
    return mnt_fs_get_option(entry, name, nullptr, nullptr) == 0;
}

} // namespace

std::vector<ExpectedMount> expectedMounts()
{
    const Table table(mnt_new_table());
    const std::unique_ptr<libmnt_iter, IteratorDeleter> iterator(mnt_new_iter(MNT_ITER_FORWARD));
    std::vector<ExpectedMount> points;
    if (!table || !iterator)
        return points;
    mnt_table_set_parser_errcb(table.get(), [](libmnt_table*, const char*, int) { return 1; });
    if (mnt_table_parse_fstab(table.get(), nullptr) < 0)
        return points;
    libmnt_fs* entry = nullptr;
    while (mnt_table_next_fs(table.get(), iterator.get(), &entry) == 0) {
        const std::string target = text(mnt_fs_get_target(entry));
        if (target.size() > 1 && target.front() == '/')
            points.push_back({absolutePath(target, "/"), text(mnt_fs_get_source(entry)),
                              hasOption(entry, "user") || hasOption(entry, "users") || hasOption(entry, "owner") ||
                                  hasOption(entry, "group"),
                              hasOption(entry, "ro")});
    }
    return points;
}

const Mount* MountTable::byId(std::uint64_t id) const
{
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : &m_mounts[found->second];
}

const Mount* MountTable::byPathText(std::string_view path) const
{
    std::string prefix = absolutePath(path, "/");
    while (true) {
        if (const auto found = m_byMountPoint.find(prefix); found != m_byMountPoint.end())
            return &m_mounts[found->second];
        const std::size_t slash = prefix.rfind('/');
        if (slash == std::string::npos || prefix.size() == 1)
            break;
        prefix.resize(slash == 0 ? 1 : slash);
    }
    return m_mounts.empty() ? nullptr : &m_mounts.front();
}

bool MountTable::isMountPoint(const Path& path) const
{
    return path.size() <= m_longestPoint && m_byMountPoint.contains(path);
}

const Mount* MountTable::crossedAt(const Mount& from, const Path& point) const
{
    if (!isMountPoint(point))
        return nullptr;
    const Mount* below = &from;
    // The table keeps the order in which they were mounted, not how they lie: each is looked for on the one before.
    for (std::size_t steps = 0; steps < m_mounts.size(); ++steps) {
        const auto next = std::find_if(m_mounts.begin(), m_mounts.end(), [&](const Mount& mount) {
            return mount.parentId == below->id && mount.id != below->id && mount.mountPoint == point;
        });
        if (next == m_mounts.end())
            break;
        below = &*next;
    }
    return below == &from ? nullptr : below;
}

bool MountTable::isReached(const MountIdentity& identity) const
{
    const Mount* mount = byId(identity.id);
    if (mount == nullptr || identityOf(*mount) != identity)
        return false;
    // Up to the root: each must be what is come to from its parent, and so must what it lies on.
    for (std::size_t steps = 0; steps < m_mounts.size(); ++steps) {
        if (crossedAt(*mount, mount->mountPoint) != nullptr)
            return false; // something lies on top
        const Mount* parent = byId(mount->parentId);
        if (mount->mountPoint == "/" || parent == nullptr || parent == mount)
            return true;
        // Of several at one place the lower ones are passed on the way up.
        while (parent->mountPoint == mount->mountPoint && byId(parent->parentId) != nullptr &&
               parent->mountPoint != "/")
            parent = byId(parent->parentId);
        // Between the two no other may have come: "/a/b" on "/" is hidden by a later "/a".
        for (Path between = parentPath(mount->mountPoint);
             between.size() > parent->mountPoint.size() && between != parent->mountPoint;
             between = parentPath(between)) {
            if (crossedAt(*parent, between) != nullptr)
                return false;
        }
        mount = parent;
    }
    return true;
}

} // namespace scratchproof
