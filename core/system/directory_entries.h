// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/file_attributes.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace scratchproof {

/// One entry as getdents64(2) gives it. `name` points into the buffer that was read, NUL-terminated.
struct DirectoryEntry
{
    std::uint64_t inode = 0;
    FileType type = FileType::Unknown; // Unknown where the file system does not say (DT_UNKNOWN)
    const char* name = nullptr;

    [[nodiscard]] bool isDotOrDotDot() const
    {
        return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
    }
};

/// Walks what Files::readEntries() filled. Usage: `while (const auto* entry = entries.next()) ...`.
/// Trusts the kernel for the layout, but never leaves the buffer.
class DirectoryEntries
{
public:
    explicit DirectoryEntries(std::span<const std::byte> filled) : m_rest(filled) {}

    /// The next entry ("." and ".." included), or nullptr at the end. Valid until the next call.
    const DirectoryEntry* next()
    {
        // struct linux_dirent64: ino64 d_ino; off64 d_off; u16 d_reclen; u8 d_type; char d_name[].
        constexpr std::size_t kNameOffset = 19;
        if (m_rest.size() <= kNameOffset)
            return nullptr;
        std::uint16_t recordLength = 0;
        std::memcpy(&recordLength, m_rest.data() + 16, sizeof recordLength);
        if (recordLength <= kNameOffset || recordLength > m_rest.size())
            return nullptr;
        std::memcpy(&m_entry.inode, m_rest.data(), sizeof m_entry.inode);
        m_entry.type = typeOf(static_cast<unsigned char>(m_rest[18]));
        m_entry.name = reinterpret_cast<const char*>(m_rest.data() + kNameOffset);
        m_rest = m_rest.subspan(recordLength);
        return &m_entry;
    }

private:
    // d_type is the file type bits of st_mode, shifted down by 12 (inode(7)).
    static FileType typeOf(unsigned char dtype)
    {
        switch (dtype) {
        case 1:
            return FileType::Fifo;
        case 2:
            return FileType::CharacterDevice;
        case 4:
            return FileType::Directory;
        case 6:
            return FileType::BlockDevice;
        case 8:
            return FileType::Regular;
        case 10:
            return FileType::SymbolicLink;
        case 12:
            return FileType::Socket;
        default:
            return FileType::Unknown;
        }
    }

    std::span<const std::byte> m_rest;
    DirectoryEntry m_entry;
};

} // namespace scratchproof
