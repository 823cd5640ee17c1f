// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/memory_pages.h"
#include "core/verify/block_pattern.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace scratchproof {

/// Memory that is aligned as O_DIRECT asks for (open(2)).
class AlignedBuffer
{
public:
    explicit AlignedBuffer(std::size_t size)
        : m_size(size), m_data(static_cast<std::byte*>(::operator new (size, std::align_val_t{kBlockSize})))
    {
        populate(first(size));
    }
    /// At most as much as there is.
    [[nodiscard]] std::span<std::byte> first(std::size_t size) { return {m_data.get(), std::min(size, m_size)}; }

private:
    struct Deleter
    {
        void operator()(std::byte* data) const { ::operator delete (data, std::align_val_t{kBlockSize}); }
    };
    std::size_t m_size;
    std::unique_ptr<std::byte, Deleter> m_data;
};

} // namespace scratchproof
