// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/way.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>
#include <utility>

namespace scratchproof {

namespace {

constexpr int kMostLinks = 40; // path_resolution(7)

/// Puts the names of `path` before those that wait.
void putFirst(std::deque<std::string>& names, std::string_view path)
{
    std::vector<std::string> parts;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, slash);
        if (!name.empty() && name != ".")
            parts.emplace_back(name);
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    names.insert(names.begin(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

class Follower
{
public:
    Follower(System& system, MountTable& mounts, const CrossingListener& crossing)
        : m_system(system), m_mounts(mounts), m_crossing(crossing)
    {}

    Way follow(const Path& path, const std::stop_token& stop)
    {
        putFirst(m_names, path);
        bool goesOn = begin();
        while (goesOn && !m_names.empty() && !stop.stop_requested()) {
            const std::string name = std::move(m_names.front());
            m_names.pop_front();
            goesOn = name == ".." ? goUp() : step(name);
        }
        m_way.isWhole = goesOn && m_names.empty();
        findHidden();
        return std::move(m_way);
    }

private:
    bool begin()
    {
        // The mount of "/" cannot be told before it is asked: it is where this program came from.
        auto root = m_system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
        if (!root)
            return stopAt(root.error());
        m_way.end = "/";
        return enter(std::move(*root));
    }

    bool stopAt(const Error& error)
    {
        m_way.errorCode = error.code;
        return false;
    }

    bool announce(const Mount& mount)
    {
        m_way.mounts.push_back(mount);
        if (m_crossing && !m_crossing(mount)) {
            m_way.refused = true;
            return false;
        }
        return true;
    }

    [[nodiscard]] const Mount* here() const { return m_way.mounts.empty() ? nullptr : &m_way.mounts.back(); }

    /// `folder` is the one at `end`.
    bool enter(UniqueFd folder)
    {
        m_at = std::move(folder);
        const auto status = m_system.attributes.status(m_at.get());
        if (!status)
            return stopAt(status.error());
        if (!status->mountId) // before Linux 5.8
            return here() != nullptr || tellByText();
        // btrfs gives each subvolume a device number of its own.
        const bool isHere = here() != nullptr && here()->id == *status->mountId &&
                            (here()->device == status->device || here()->fileSystem == "btrfs");
        if (isHere)
            return true;
        const Mount* mount = m_mounts.byId(*status->mountId);
        if (mount == nullptr || here() == nullptr || here()->id == *status->mountId || m_told) {
            static_cast<void>(m_mounts.refresh());
            mount = m_mounts.byId(*status->mountId);
        }
        if (mount == nullptr || (here() != nullptr && identityOf(*here()) == identityOf(*mount)))
            return true;
        return announce(*mount);
    }

    bool tellByText()
    {
        const Mount* mount = m_mounts.byPathText(m_way.end);
        return mount == nullptr || announce(*mount);
    }

    bool goUp()
    {
        if (m_way.end == "/")
            return true;
        if (here() != nullptr && m_way.end == here()->mountPoint) {
            const Mount* parent = m_mounts.byId(here()->parentId);
            while (parent != nullptr && parent->mountPoint == m_way.end)
                parent = m_mounts.byId(parent->parentId);
            if (parent != nullptr && !announce(*parent))
                return false;
        }
        auto opened = m_system.files.open(m_at.get(), "..", O_PATH | O_DIRECTORY);
        if (!opened)
            return stopAt(opened.error());
        m_way.end.resize(std::max<std::size_t>(m_way.end.rfind('/'), 1));
        return enter(std::move(*opened));
    }

    /// One name more. `end` is longer by it if that is so.
    bool step(const std::string& name)
    {
        const std::size_t before = m_way.end.size();
        if (m_way.end != "/")
            m_way.end += '/';
        m_way.end += name;
        const Mount* from = here() != nullptr ? m_mounts.byId(here()->id) : nullptr;
        const Mount* next = from != nullptr ? m_mounts.crossedAt(*from, m_way.end) : nullptr;
        m_told = next != nullptr;
        if (next != nullptr && !announce(*next))
            return back(before);
        const auto status = m_system.attributes.statusAt(m_at.get(), name.c_str());
        if (!status)
            return back(before, status.error().code);
        if (status->type == FileType::SymbolicLink)
            return followLink(name, before);
        if (!status->isDirectory())
            return m_names.empty() || back(before, ENOTDIR);
        auto opened = m_system.files.open(m_at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
        return opened ? enter(std::move(*opened)) : back(before, opened.error().code);
    }

    bool back(std::size_t size, int code = 0)
    {
        m_way.end.resize(size);
        m_way.errorCode = code;
        return false;
    }

    bool followLink(const std::string& name, std::size_t before)
    {
        if (++m_links > kMostLinks)
            return back(before, ELOOP);
        const auto target = m_system.files.readLink(m_at.get(), name.c_str());
        if (!target)
            return back(before, target.error().code);
        if (here() != nullptr && here()->fileSystem == "proc" && name != "self" && name != "thread-self")
            return followMagic(name, *target);
        m_way.end.resize(before);
        putFirst(m_names, *target);
        if (target->empty() || target->front() != '/')
            return true;
        auto root = m_system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
        if (!root)
            return stopAt(root.error());
        m_way.end = "/";
        if (here() != nullptr && here()->id != m_way.mounts.front().id && !announce(Mount(m_way.mounts.front())))
            return false;
        return enter(std::move(*root));
    }

    /// What it leads to is no path: the text only names it, and may be that of another namespace.
    bool followMagic(const std::string& name, const Path& target)
    {
        m_isNamed = false;
        const Mount* mount = target.starts_with('/') ? m_mounts.byPathText(target) : nullptr;
        if (mount != nullptr && mount->id != here()->id && !announce(*mount))
            return false;
        auto opened = m_system.files.open(m_at.get(), name.c_str(), O_PATH | O_DIRECTORY);
        if (!opened)
            return stopAt(opened.error());
        if (target.starts_with('/'))
            m_way.end = target;
        return enter(std::move(*opened));
    }

    /// A mount that the table has on the last part of the way, and that one did not come to.
    void findHidden()
    {
        if (here() == nullptr || m_way.refused || !m_isNamed)
            return;
        for (Path path = m_way.end; path.size() > here()->mountPoint.size(); path = parentPath(path)) {
            if (!m_mounts.isMountPoint(path))
                continue;
            const auto& all = m_mounts.mounts();
            const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Mount& mount) {
                return mount.mountPoint == path && mount.kind != MountKind::Automount;
            });
            if (found != all.rend() && found->id != here()->id) {
                m_way.hidden = *found;
                return;
            }
        }
    }

    System& m_system;
    MountTable& m_mounts;
    const CrossingListener& m_crossing;
    std::deque<std::string> m_names; // that are to be looked up
    UniqueFd m_at;                   // the folder that the next is looked up in
    int m_links = 0;
    bool m_told = false;   // of a mount at the name that is looked up
    bool m_isNamed = true; // `end` is a path that leads there
    Way m_way;
};

} // namespace

Way followWay(System& system, MountTable& mounts, const Path& path, const std::stop_token& stop,
              const CrossingListener& crossing)
{
    if (path.empty() || path.front() != '/' || path.find('\0') != Path::npos)
        return {};
    return Follower(system, mounts, crossing).follow(path, stop);
}

} // namespace scratchproof
