// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/tree_place.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

struct TreePlace::Node
{
    const Node* parent = nullptr; // one of its owners is this
    std::string name;
    std::size_t depth = 0;
    std::size_t pathSize = 0;
    mutable std::atomic<std::size_t> owners = 1;
};

TreePlace::TreePlace(const Path& top) : m_node(new Node{nullptr, top, 0, top.size()}) {}

TreePlace::TreePlace(const TreePlace& other) : m_node(other.m_node)
{
    if (m_node != nullptr)
        m_node->owners.fetch_add(1, std::memory_order_relaxed);
}

/// In a loop, since 100,000 levels would not fit the stack were each to end the one above.
TreePlace::~TreePlace()
{
    for (const Node* node = m_node; node != nullptr;) {
        if (node->owners.fetch_sub(1, std::memory_order_acq_rel) > 1)
            break;
        delete std::exchange(node, node->parent);
    }
}

TreePlace TreePlace::child(std::string_view name) const
{
    TreePlace place(*this);
    const std::size_t depth = m_node == nullptr ? 0 : m_node->depth + 1;
    place.m_node = new Node{place.m_node, std::string(name), depth, pathSize() + 1 + name.size()};
    return place;
}

Path TreePlace::path() const
{
    std::vector<const Node*> way;
    for (const Node* node = m_node; node != nullptr; node = node->parent)
        way.push_back(node);
    Path path;
    path.reserve(pathSize());
    for (auto node = way.rbegin(); node != way.rend(); ++node) {
        if (node != way.rbegin() && (path.empty() || path.back() != '/'))
            path += '/';
        path += (*node)->name;
    }
    return path;
}

std::size_t TreePlace::pathSize() const
{
    return m_node != nullptr ? m_node->pathSize : 0;
}

bool TreePlace::isBefore(const TreePlace& other) const
{
    if (m_node == nullptr || other.m_node == nullptr)
        return m_node == nullptr && other.m_node != nullptr;
    if (m_node->depth != other.m_node->depth)
        return m_node->depth < other.m_node->depth;
    int order = 0; // of the names furthest up that differ
    const Node* one = m_node;
    for (const Node* two = other.m_node; one != two; one = one->parent, two = two->parent) {
        if (const int here = one->name.compare(two->name); here != 0)
            order = here;
    }
    return order < 0;
}

} // namespace scratchproof
