// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/file_target.h"

#include "core/facts/sysfs.h"
#include "core/verify/block_pattern.h"
#include "core/verify/direct_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::uint64_t kFileSizeUnit = std::uint64_t{4} << 20U;
constexpr std::size_t kMostOpen = 64;

bool isChecksummed(const FileSystemSpace& space)
{
    // btrfs, ZFS and bcachefs, as statfs(2) numbers them.
    return space.type == 0x9123683e || space.type == 0x2fc12fc1 || space.type == 0xca451a4e;
}

/// In /sys/dev/block; empty where that has none of this number.
std::string blockDeviceOf(System& system, int folder)
{
    const auto status = system.attributes.status(folder);
    if (!status)
        return {};
    std::string device = "/sys/dev/block/" + toString(status->device);
    return system.files.open(kWorkingDirectory, device.c_str(), O_PATH) ? device : std::string();
}

bool saysItIsFull(const Error& error)
{
    return error.code == ENOSPC || error.code == EDQUOT || error.code == EFBIG;
}

} // namespace

bool fillsNoGaps(const FileSystemSpace& space)
{
    // As statfs(2) numbers them. What ext2 and ext3 have of the first number reserves nothing.
    return space.type == 0xef53 || space.type == 0x58465342 || space.type == 0x9123683e;
}

bool reservesByLength(System& system, const FileSystemSpace& space)
{
    constexpr std::uint64_t kExfat = 0x2011bab0; // statfs(2)
    if (space.type != kExfat)
        return false;
    unsigned major = 0;
    unsigned minor = 0;
    const std::string release = readAttribute(system, "/proc/sys/kernel/osrelease").value_or("");
    return std::sscanf(release.c_str(), "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 8));
}

FilesTarget::FilesTarget(System& system, UniqueFd folder, const FilesTargetOptions& options, std::string device,
                         bool isDirect)
    : m_system(system), m_folder(std::move(folder)), m_options(options), m_device(std::move(device)),
      m_isDirect(isDirect)
{}

std::string FilesTarget::nameOf(std::uint64_t index)
{
    return fmt::format("verify-{:05}", index);
}

Result<std::unique_ptr<FilesTarget>> FilesTarget::open(System& system, int folder, const FilesTargetOptions& options)
{
    auto own = system.files.duplicate(folder);
    if (!own)
        return fail(own.error());
    const auto space = system.attributes.space(own->get());
    if (!space)
        return fail(space.error());
    if (!space->isSizeKnown())
        return fail(ErrorKind::BadInput, {}, 0, "its file system does not say how much room there is");
    FilesTargetOptions used = options;
    if (const auto limit = system.files.fileSizeLimit(); limit && *limit)
        used.fileSize = std::min(used.fileSize, **limit);
    used.fileSize = used.fileSize / kFileSizeUnit * kFileSizeUnit;
    if (used.fileSize == 0)
        return fail(ErrorKind::BadInput, {}, 0, "files may hold at least 4 MiB here (RLIMIT_FSIZE)");
    std::string device = blockDeviceOf(system, own->get());
    auto made = makeDirectFile(system, own->get(), nameOf(0).c_str());
    if (!made)
        return fail(made.error());
    std::unique_ptr<FilesTarget> target(
        new FilesTarget(system, std::move(*own), used, std::move(device), made->isDirect));
    target->m_isChecksummed = isChecksummed(*space);
    target->m_made.push_back(true);
    target->m_open.emplace_front(0, std::make_shared<OpenFile>(std::move(made->fd), true));
    return target;
}

Result<std::unique_ptr<FilesTarget>> FilesTarget::reopen(System& system, int folder, const FilesTargetOptions& options,
                                                         std::uint64_t count)
{
    auto own = system.files.duplicate(folder);
    if (!own)
        return fail(own.error());
    const auto space = system.attributes.space(own->get());
    if (!space)
        return fail(space.error());
    // Without O_NONBLOCK a FIFO in a file's place would be waited for.
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    auto first = system.files.open(own->get(), nameOf(0).c_str(), kFlags | O_DIRECT);
    const bool isDirect = first || first.error().code != EINVAL;
    if (!isDirect)
        first = system.files.open(own->get(), nameOf(0).c_str(), kFlags);
    if (!first)
        return fail(first.error());
    std::string device = blockDeviceOf(system, own->get());
    std::unique_ptr<FilesTarget> target(new FilesTarget(system, std::move(*own), options, std::move(device), isDirect));
    target->m_isChecksummed = isChecksummed(*space);
    target->m_isReadOnly = true;
    target->m_made.resize(static_cast<std::size_t>(count), true);
    return target;
}

/// The file with that number; null where it was not made, and is not to be.
Result<std::shared_ptr<FilesTarget::OpenFile>> FilesTarget::file(std::uint64_t index, bool makes)
{
    const std::scoped_lock lock(m_mutex);
    const auto known =
        std::find_if(m_open.begin(), m_open.end(), [index](const auto& entry) { return entry.first == index; });
    if (known != m_open.end()) {
        m_open.splice(m_open.begin(), m_open, known);
        return m_open.front().second;
    }
    const bool isMade = index < m_made.size() && m_made[static_cast<std::size_t>(index)];
    if (!isMade && !makes)
        return std::shared_ptr<OpenFile>();
    const int access = m_isReadOnly ? O_RDONLY | O_NONBLOCK : O_RDWR;
    const int flags = access | O_NOFOLLOW | (m_isDirect ? O_DIRECT : 0) | (isMade ? 0 : O_CREAT | O_EXCL);
    auto opened = m_system.files.open(m_folder.get(), nameOf(index).c_str(), flags, 0600);
    if (!opened)
        return fail(opened.error());
    // What this computer remembers of it says nothing of the drive.
    if (m_isReadOnly && !m_isDirect)
        (void)m_system.files.dropCachedPages(opened->get());
    if (index >= m_made.size())
        m_made.resize(static_cast<std::size_t>(index) + 1);
    m_made[static_cast<std::size_t>(index)] = true;
    m_open.emplace_front(index, std::make_shared<OpenFile>(std::move(*opened), false));
    // Used by nobody else, as its use count says under the lock.
    for (auto entry = std::prev(m_open.end()); m_open.size() > kMostOpen && entry != m_open.begin();) {
        const auto before = std::prev(entry);
        if (entry->second.use_count() == 1) {
            if (const auto synced = sync(*entry->second); !synced)
                return fail(synced.error());
            m_open.erase(entry);
        }
        entry = before;
    }
    return m_open.front().second;
}

Result<void> FilesTarget::sync(OpenFile& file)
{
    if (!file.isDirty.exchange(false))
        return {};
    auto synced = m_system.files.sync(file.fd.get());
    // A file system without fsync cannot be asked; what is read back tells.
    if (!synced && synced.error().code != EINVAL && synced.error().code != ENOSYS &&
        synced.error().code != EOPNOTSUPP) {
        file.isDirty = true;
        return synced;
    }
    // Where reading goes through the cache, what is clean is dropped from it, as far as the kernel follows.
    if (!m_isDirect)
        (void)m_system.files.dropCachedPages(file.fd.get());
    return {};
}

Result<std::size_t> FilesTarget::write(std::uint64_t offset, std::span<const std::byte> data)
{
    if (m_isReadOnly)
        return fail("write", {}, EBADF);
    if (m_options.keepFree != 0 && !isReserved(offset)) {
        const auto left = room();
        if (!left)
            return fail(left.error());
        data =
            data.first(static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), *left / kBlockSize * kBlockSize)));
    }
    std::size_t done = 0;
    while (done < data.size()) {
        const std::uint64_t place = offset + done;
        const auto opened = file(place / m_options.fileSize, true);
        if (!opened) {
            if (saysItIsFull(opened.error()))
                return done;
            return fail(opened.error());
        }
        OpenFile& into = **opened;
        const std::uint64_t inFile = place % m_options.fileSize;
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(data.size() - done, m_options.fileSize - inFile));
        into.isDirty = true;
        const auto written = m_system.files.writeAt(into.fd.get(), data.subspan(done, size), inFile);
        if (!written && !saysItIsFull(written.error())) {
            // Some programs that serve a folder have another errno for that.
            const auto left = m_options.isLocal ? Result<std::uint64_t>(size) : room();
            if (!left || *left >= size)
                return fail(written.error());
        }
        // A block that was written in part counts as not written.
        const std::size_t whole = written ? *written / kBlockSize * kBlockSize : 0;
        if (whole == 0)
            return done;
        done += whole;
    }
    return done;
}

bool FilesTarget::isReserved(std::uint64_t offset)
{
    const std::scoped_lock lock(m_mutex);
    return m_reserved.contains(offset / m_options.fileSize);
}

Result<std::uint64_t> FilesTarget::reserve(std::uint64_t offset, std::uint64_t length)
{
    const auto left = room();
    if (!left)
        return fail(left.error());
    length = std::min({length, *left / kBlockSize * kBlockSize, m_options.fileSize});
    if (length == 0)
        return std::uint64_t{0};
    const std::uint64_t index = offset / m_options.fileSize;
    const auto opened = file(index, true);
    if (!opened) {
        if (saysItIsFull(opened.error()))
            return std::uint64_t{0};
        return fail(opened.error());
    }
    const auto reserved = reserveIn((*opened)->fd.get(), length, *left);
    if (!reserved) {
        if (saysItIsFull(reserved.error()))
            return std::uint64_t{0};
        return fail(reserved.error());
    }
    const std::scoped_lock lock(m_mutex);
    m_reserved[index] = *opened;
    return length;
}

Result<void> FilesTarget::reserveIn(int file, std::uint64_t length, std::uint64_t roomBefore)
{
    auto reserved = m_system.files.reserve(file, length);
    if (reserved || reserved.error().code != EOPNOTSUPP || !m_options.lengthReserves)
        return reserved;
    if (auto longer = m_system.files.truncate(file, length); !longer)
        return longer;
    // What the length has not taken is not reserved.
    const auto left = room();
    if (!left)
        return fail(left.error());
    if (roomBefore - std::min(*left, roomBefore) >= length - length / 8)
        return {};
    static_cast<void>(m_system.files.truncate(file, 0));
    return reserved;
}

Result<void> FilesTarget::read(std::uint64_t offset, std::span<std::byte> out)
{
    std::size_t done = 0;
    while (done < out.size()) {
        const std::uint64_t place = offset + done;
        const std::uint64_t inFile = place % m_options.fileSize;
        const auto part = out.subspan(
            done, static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, m_options.fileSize - inFile)));
        const auto opened = file(place / m_options.fileSize, false);
        if (!opened)
            return fail(opened.error());
        std::size_t got = 0;
        while (*opened && got < part.size()) {
            const auto bytes = m_system.files.readAt((*opened)->fd.get(), part.subspan(got), inFile + got);
            if (!bytes)
                return fail(bytes.error());
            // The end of the file, which O_DIRECT may tell by a count that is no whole block.
            if (*bytes < kBlockSize) {
                got += *bytes;
                break;
            }
            got += *bytes / kBlockSize * kBlockSize;
        }
        std::fill(part.begin() + static_cast<std::ptrdiff_t>(got), part.end(), std::byte{0});
        done += part.size();
    }
    return {};
}

Result<void> FilesTarget::flush()
{
    std::vector<std::shared_ptr<OpenFile>> files;
    {
        const std::scoped_lock lock(m_mutex);
        for (const auto& entry : m_open)
            files.push_back(entry.second);
    }
    Result<void> first;
    for (const auto& one : files) {
        if (auto synced = sync(*one); !synced && first)
            first = std::move(synced);
    }
    return first;
}

Result<std::uint64_t> FilesTarget::room()
{
    if (!m_device.empty()) {
        if (const auto there = m_system.files.open(kWorkingDirectory, m_device.c_str(), O_PATH);
            !there && there.error().code == ENOENT)
            return fail("open", m_device, ENODEV);
    }
    const auto space = m_system.attributes.space(m_folder.get());
    if (!space)
        return fail(space.error());
    return space->availableBytes - std::min(space->availableBytes, m_options.keepFree);
}

Result<void> FilesTarget::remove()
{
    const std::scoped_lock lock(m_mutex);
    m_open.clear();
    m_reserved.clear();
    Result<void> first;
    if (m_isReadOnly)
        return first;
    for (std::uint64_t index = 0; index < m_made.size(); ++index) {
        if (!m_made[static_cast<std::size_t>(index)])
            continue;
        auto removed = m_system.files.unlink(m_folder.get(), nameOf(index).c_str());
        if (removed || removed.error().code == ENOENT)
            m_made[static_cast<std::size_t>(index)] = false;
        else if (first)
            first = std::move(removed);
    }
    return first;
}

} // namespace scratchproof
