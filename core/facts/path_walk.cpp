// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/path_walk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

std::vector<std::string> namesOf(const Path& path)
{
    std::vector<std::string> names;
    std::size_t at = 0;
    while (at < path.size()) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        std::string name = path.substr(at, end - at);
        if (!name.empty() && name != ".")
            names.push_back(std::move(name));
        at = end + 1;
    }
    return names;
}

class Walk
{
public:
    Walk(System& system, NameCache& names, ListsOf lists) : m_system(system), m_names(names), m_lists(lists) {}

    /// Opens what the walk begins with; false if that is not possible.
    bool begin(bool absolute)
    {
        auto opened = m_system.files.open(kWorkingDirectory, absolute ? "/" : ".", O_PATH | O_DIRECTORY);
        if (!opened)
            return false;
        m_at = std::move(*opened);
        if (!absolute)
            return true;
        m_path = "/";
        PathComponent root;
        root.path = m_path;
        if (const auto status = m_system.attributes.status(m_at.get()))
            root.status = *status;
        else
            root.errorCode = status.error().code;
        if (root.status)
            root.mountId = root.status->mountId;
        lookIn(root);
        add(std::move(root));
        return true;
    }

    /// One component more; false if the walk ends with it.
    bool step(const std::string& name)
    {
        const Path parent = m_path;
        m_path = m_path.empty() ? name : joinPath(m_path, name);
        PathComponent component;
        component.path = m_path;
        const auto status = m_system.attributes.statusAt(m_at.get(), name.c_str());
        bool isFolder = false;
        if (status) {
            component.status = *status;
            component.mountId = status->mountId;
            isFolder = status->isDirectory() || (status->type == FileType::SymbolicLink && follow(component, name));
        } else {
            component.errorCode = status.error().code;
        }
        const bool goesOn = isFolder && enter(component, name);
        const auto hidden = component.linkErrorCode == EACCES ? component.linkTarget : std::nullopt;
        add(std::move(component));
        if (hidden && !hidden->empty())
            goTowards(*hidden, parent);
        return goesOn;
    }

    std::vector<PathComponent> take() { return std::move(m_components); }

private:
    /// What stops us lies on the way to the target of a link: the walk goes on there, and ends.
    void goTowards(const Path& target, const Path& parent)
    {
        constexpr int kMostLinks = 40; // as path_resolution(7) has it
        if (++m_links > kMostLinks)
            return;
        m_path = parent;
        if (target.front() == '/') {
            auto root = m_system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
            if (!root)
                return;
            m_at = std::move(*root);
            m_path = "/";
        }
        for (const std::string& name : namesOf(target)) {
            if (!step(name))
                return;
        }
    }

    /// Whether a link leads to a folder.
    bool follow(PathComponent& component, const std::string& name)
    {
        if (auto target = m_system.files.readLink(m_at.get(), name.c_str()))
            component.linkTarget = std::move(*target);
        const auto followed = m_system.attributes.statusFollowing(m_at.get(), name.c_str());
        if (!followed) {
            component.linkErrorCode = followed.error().code;
            return false;
        }
        component.targetType = followed->type;
        return followed->isDirectory();
    }

    bool enter(PathComponent& component, const std::string& name)
    {
        auto opened = m_system.files.open(m_at.get(), name.c_str(), O_PATH | O_DIRECTORY);
        if (!opened) {
            component.errorCode = opened.error().code;
            return false;
        }
        m_at = std::move(*opened);
        // A link and the folder that it leads to may lie on two mounts.
        if (m_lists == ListsOf::All && component.linkTarget) {
            const auto entered = m_system.attributes.status(m_at.get());
            component.mountId = entered ? entered->mountId : std::nullopt;
        }
        lookIn(component);
        return true;
    }

    /// What is to be known of the folder that was entered last.
    void lookIn(PathComponent& component)
    {
        component.searchable = mayPass();
        if (m_lists == ListsOf::WhatStops && component.searchable.value_or(true))
            return;
        if (auto list = readAccessList(m_at.get(), AclKind::Access)) {
            component.accessList = std::move(*list);
            nameEntries(m_system.processes, component.accessList, m_names);
        }
    }

    void add(PathComponent component)
    {
        if (component.status) {
            component.owner = userNameOf(m_system.processes, component.status->uid, m_names);
            component.group = groupNameOf(m_system.processes, component.status->gid, m_names);
        }
        m_components.push_back(std::move(component));
    }

    /// Whether names in the folder that was entered last may be looked up.
    std::optional<bool> mayPass()
    {
        const auto allowed = m_system.attributes.access(m_at.get(), "", AccessMode::Search);
        if (allowed)
            return true;
        return allowed.error().code == EACCES ? std::optional<bool>(false) : std::nullopt;
    }

    System& m_system;
    NameCache& m_names;
    ListsOf m_lists;
    UniqueFd m_at; // the folder that the next name is looked up in
    Path m_path;
    int m_links = 0; // whose targets were walked towards
    std::vector<PathComponent> m_components;
};

} // namespace

std::optional<std::string> userNameOf(Processes& processes, std::uint32_t uid, NameCache& names)
{
    const auto [name, isNew] = names.users.try_emplace(uid);
    if (isNew)
        name->second = processes.userName(uid);
    return name->second;
}

std::optional<std::string> groupNameOf(Processes& processes, std::uint32_t gid, NameCache& names)
{
    const auto [name, isNew] = names.groups.try_emplace(gid);
    if (isNew)
        name->second = processes.groupName(gid);
    return name->second;
}

void nameEntries(Processes& processes, AccessList& list, NameCache& names)
{
    for (AclEntry& entry : list) {
        if (entry.tag == AclTag::NamedUser)
            entry.name = userNameOf(processes, entry.id, names);
        else if (entry.tag == AclTag::NamedGroup)
            entry.name = groupNameOf(processes, entry.id, names);
    }
}

std::vector<PathComponent> walkPath(System& system, const Path& path, const std::stop_token& stop, NameCache& nameCache,
                                    ListsOf lists)
{
    if (path.empty() || path.find('\0') != Path::npos)
        return {};
    Walk walk(system, nameCache, lists);
    if (!walk.begin(path.front() == '/'))
        return {};
    const auto names = namesOf(path);
    for (const std::string& name : names) {
        if (stop.stop_requested() || !walk.step(name))
            break;
    }
    return walk.take();
}

LinkChain followLinks(System& system, const Path& path, const std::stop_token& stop)
{
    constexpr unsigned kMostLinks = 1000;
    /// The names that a link (at the bottom: the path itself) stands for, and how many of them were done.
    struct Frame
    {
        std::vector<std::string> names;
        std::size_t done = 0;
        FileStatus link;
    };
    const auto pathOf = [&system](const UniqueFd& fd) {
        return system.files.readLink(kWorkingDirectory, ("/proc/self/fd/" + std::to_string(fd.get())).c_str());
    };
    LinkChain chain;
    auto at = system.files.open(kWorkingDirectory, path.substr(0, 1) == "/" ? "/" : ".", O_PATH | O_DIRECTORY);
    std::vector<Frame> frames;
    frames.push_back({namesOf(path), 0, {}});
    while (at && !stop.stop_requested()) {
        while (!frames.empty() && frames.back().done == frames.back().names.size())
            frames.pop_back();
        if (frames.empty()) {
            if (auto end = pathOf(*at))
                chain.end = std::move(*end);
            return chain;
        }
        const std::string name = frames.back().names[frames.back().done++];
        auto next = system.files.open(at->get(), name.c_str(), O_PATH | O_NOFOLLOW);
        const auto status =
            next ? system.attributes.status(next->get()) : Result<FileStatus>(fail("open", name, ENOENT));
        if (!status)
            return chain;
        if (status->type != FileType::SymbolicLink) {
            at = std::move(next);
            continue;
        }
        const auto folder = pathOf(*at);
        // A link that is met again while its own names are gone through never comes to an end.
        for (const Frame& frame : frames) {
            if (frame.link.type == FileType::SymbolicLink && frame.link.sameFileAs(*status)) {
                chain.circle = folder ? joinPath(*folder, name) : name;
                return chain;
            }
        }
        const auto target = system.files.readLink(at->get(), name.c_str());
        if (++chain.links > kMostLinks || !target || target->empty())
            return chain;
        if (target->front() == '/')
            at = system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
        frames.push_back({namesOf(*target), 0, *status});
    }
    return chain;
}

} // namespace scratchproof
