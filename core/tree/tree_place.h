// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace scratchproof {

/// Where something lies in a tree, without its path: what is below one directory shares what leads there. So to keep
/// a place costs as much at any depth, and a path is made of one that is told of. Copies are cheap, and may be used by
/// several threads.
class TreePlace
{
public:
    /// None.
    TreePlace() = default;
    /// The top of a tree.
    explicit TreePlace(const Path& top);
    TreePlace(const TreePlace& other);
    TreePlace(TreePlace&& other) noexcept : m_node(std::exchange(other.m_node, nullptr)) {}
    TreePlace& operator=(TreePlace other) noexcept
    {
        std::swap(m_node, other.m_node);
        return *this;
    }
    ~TreePlace();

    [[nodiscard]] explicit operator bool() const { return m_node != nullptr; }
    [[nodiscard]] TreePlace child(std::string_view name) const;
    /// "" of none.
    [[nodiscard]] Path path() const;
    /// Bytes of path(), at most one too many.
    [[nodiscard]] std::size_t pathSize() const;
    /// An order of a tree's places: those further up first, then by the names on the way, as bytes.
    [[nodiscard]] bool isBefore(const TreePlace& other) const;

private:
    struct Node;

    const Node* m_node = nullptr; // one of its owners is this
};

} // namespace scratchproof
