// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/block_pattern.h"
#include "core/verify/target.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace scratchproof::test {

/// An honest drive in memory, with `size` bytes of room.
class MemoryTarget : public VerifyTarget
{
public:
    explicit MemoryTarget(std::uint64_t size) : m_data(static_cast<std::size_t>(size)) {}

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        const std::scoped_lock lock(m_mutex);
        if (offset >= m_data.size())
            return std::size_t{0};
        const std::size_t fits = std::min<std::size_t>(data.size(), m_data.size() - static_cast<std::size_t>(offset));
        std::memcpy(&m_data[static_cast<std::size_t>(offset)], data.data(), fits);
        m_used = std::max<std::uint64_t>(m_used, offset + fits);
        return fits;
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const std::scoped_lock lock(m_mutex);
        std::fill(out.begin(), out.end(), std::byte{0});
        if (offset < m_data.size()) {
            std::memcpy(out.data(), &m_data[static_cast<std::size_t>(offset)],
                        std::min<std::size_t>(out.size(), m_data.size() - static_cast<std::size_t>(offset)));
        }
        return {};
    }
    Result<void> flush() override { return {}; }
    Result<std::uint64_t> room() override
    {
        const std::scoped_lock lock(m_mutex);
        return m_data.size() - m_used;
    }
    bool readsPastCache() const override { return true; }

private:
    std::mutex m_mutex;
    std::vector<std::byte> m_data;
    std::uint64_t m_used = 0;
};

/// Hands everything on; what stacks on another one derives from it.
class ForwardingTarget : public VerifyTarget
{
public:
    explicit ForwardingTarget(VerifyTarget& below) : m_below(below) {}

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        return m_below.write(offset, data);
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override { return m_below.read(offset, out); }
    Result<void> flush() override { return m_below.flush(); }
    Result<std::uint64_t> room() override { return m_below.room(); }
    bool readsPastCache() const override { return m_below.readsPastCache(); }

protected:
    VerifyTarget& m_below;
};

/// Claims `claimed` bytes. Each block goes where `place` says, a block's number of what lies below; or nowhere.
class FalseTarget : public VerifyTarget
{
public:
    using Place = std::function<std::optional<std::uint64_t>(std::uint64_t block)>;

    FalseTarget(VerifyTarget& below, std::uint64_t claimed, Place place)
        : m_below(below), m_claimed(claimed), m_place(std::move(place))
    {}

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        std::size_t done = 0;
        for (; done < data.size() && offset + done < m_claimed; done += kBlockSize) {
            if (const auto block = m_place((offset + done) / kBlockSize)) {
                if (const auto written = m_below.write(*block * kBlockSize, data.subspan(done, kBlockSize)); !written)
                    return written;
            }
        }
        m_used = std::max<std::uint64_t>(m_used, offset + done);
        return done;
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        for (std::size_t done = 0; done < out.size(); done += kBlockSize) {
            const auto part = out.subspan(done, kBlockSize);
            std::fill(part.begin(), part.end(), std::byte{0});
            if (const auto block = m_place((offset + done) / kBlockSize)) {
                if (const auto got = m_below.read(*block * kBlockSize, part); !got)
                    return got;
            }
        }
        return {};
    }
    Result<void> flush() override { return m_below.flush(); }
    Result<std::uint64_t> room() override { return m_claimed - m_used; }
    bool readsPastCache() const override { return m_below.readsPastCache(); }

private:
    VerifyTarget& m_below;
    std::uint64_t m_claimed;
    Place m_place;
    std::atomic<std::uint64_t> m_used = 0;
};

/// Beyond its real blocks it begins anew.
inline FalseTarget::Place wrapsAround(std::uint64_t realBlocks)
{
    return [=](std::uint64_t block) { return block % realBlocks; };
}

/// What lies beyond its real blocks is dropped, and read as zeros.
inline FalseTarget::Place drops(std::uint64_t realBlocks)
{
    return [=](std::uint64_t block) { return block < realBlocks ? std::optional(block) : std::nullopt; };
}

/// What lies beyond its real blocks all goes to the last one.
inline FalseTarget::Place pilesUp(std::uint64_t realBlocks)
{
    return [=](std::uint64_t block) { return std::min(block, realBlocks - 1); };
}

/// A cache of the drive's own: the blocks written last are read from it, true or not. Flushing does not empty it.
class CachingTarget : public ForwardingTarget
{
public:
    CachingTarget(VerifyTarget& below, std::size_t blocks) : ForwardingTarget(below), m_blocks(blocks) {}

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        const auto written = m_below.write(offset, data);
        const std::scoped_lock lock(m_mutex);
        for (std::size_t at = 0; written && at + kBlockSize <= *written; at += kBlockSize) {
            const std::uint64_t block = (offset + at) / kBlockSize;
            const auto part = data.subspan(at, kBlockSize);
            m_cache[block].assign(part.begin(), part.end());
            m_order.push_back(block);
        }
        while (m_order.size() - m_oldest > m_blocks)
            m_cache.erase(m_order[m_oldest++]);
        return written;
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        auto got = m_below.read(offset, out);
        const std::scoped_lock lock(m_mutex);
        for (std::size_t at = 0; got && at < out.size(); at += kBlockSize) {
            const auto known = m_cache.find((offset + at) / kBlockSize);
            if (known != m_cache.end())
                std::copy(known->second.begin(), known->second.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
        }
        return got;
    }

private:
    std::mutex m_mutex;
    std::size_t m_blocks;
    std::unordered_map<std::uint64_t, std::vector<std::byte>> m_cache;
    std::vector<std::uint64_t> m_order;
    std::size_t m_oldest = 0;
};

/// Asks a rule before each call, which may give an errno instead.
class FailingTarget : public ForwardingTarget
{
public:
    enum class Call { Write, Read, Flush, Room };
    using Rule = std::function<int(Call, std::uint64_t offset, std::size_t length)>;

    FailingTarget(VerifyTarget& below, Rule rule) : ForwardingTarget(below), m_rule(std::move(rule)) {}

    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        if (const int code = m_rule(Call::Write, offset, data.size()); code != 0)
            return fail("pwrite", "", code);
        return m_below.write(offset, data);
    }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        if (const int code = m_rule(Call::Read, offset, out.size()); code != 0)
            return fail("pread", "", code);
        return m_below.read(offset, out);
    }
    Result<void> flush() override
    {
        if (const int code = m_rule(Call::Flush, 0, 0); code != 0)
            return fail("fsync", "", code);
        return m_below.flush();
    }

    Result<std::uint64_t> room() override
    {
        if (const int code = m_rule(Call::Room, 0, 0); code != 0)
            return fail("fstatfs", "", code);
        return m_below.room();
    }

private:
    Rule m_rule;
};

/// Changes what is read of some blocks.
class ChangingTarget : public ForwardingTarget
{
public:
    using Change = std::function<void(std::uint64_t block, std::span<std::byte> data)>;

    ChangingTarget(VerifyTarget& below, Change change) : ForwardingTarget(below), m_change(std::move(change)) {}

    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        auto got = m_below.read(offset, out);
        for (std::size_t at = 0; got && at < out.size(); at += kBlockSize)
            m_change((offset + at) / kBlockSize, out.subspan(at, kBlockSize));
        return got;
    }

private:
    Change m_change;
};

/// Answered by this computer's memory.
class CachedHereTarget : public ForwardingTarget
{
public:
    using ForwardingTarget::ForwardingTarget;
    bool readsPastCache() const override { return false; }
};

} // namespace scratchproof::test
