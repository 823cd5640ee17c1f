// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/file_attributes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace scratchproof {

/// Which files with several hard links were met, for all threads of a walk. Thread safe.
class HardLinks
{
public:
    /// True the first time that the file is met.
    [[nodiscard]] bool isNew(const FileStatus& file);
    /// One of its links was removed; `file` is how it was before. True if that was the last of all, as far as can be
    /// told: of threads that remove links of one file at the same time none may see the other's.
    [[nodiscard]] bool isLastRemoved(const FileStatus& file);

private:
    struct Key
    {
        DeviceNumber device;
        std::uint64_t inode = 0;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hash
    {
        std::size_t operator()(const Key& key) const { return key.inode * 0x9e3779b97f4a7c15U ^ key.device.minor; }
    };
    struct Links
    {
        std::uint64_t were = 0;
        std::uint64_t removed = 0;
    };
    struct Part
    {
        std::mutex mutex;
        std::unordered_map<Key, Links, Hash> known;
    };
    [[nodiscard]] Part& partOf(const FileStatus& file) { return m_parts[file.inode % m_parts.size()]; }

    std::array<Part, 16> m_parts; // so that threads seldom meet
};

} // namespace scratchproof
