// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/tree_walk.h"

#include "core/system/directory_entries.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace scratchproof {

namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr int kLookAtFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW;
constexpr std::size_t kMostOpen = 16;
constexpr int kMostAttempts = 4;
constexpr std::size_t kBufferSize = std::size_t{64} << 10U;

/// openat2(2) is not there, or not for us: then the checks are made by hand.
bool saysNoOpenat2(int code)
{
    return code == ENOSYS || code == EINVAL || code == E2BIG || code == EPERM;
}

Result<UniqueFd> openOneBelow(System& system, int parent, const FileStatus& parentStatus, const char* name, int flags)
{
    auto opened = system.files.openBeneath(parent, name, flags, BeneathRules{});
    for (int again = 0; !opened && opened.error().code == EAGAIN && again < 8; ++again)
        opened = system.files.openBeneath(parent, name, flags, BeneathRules{});
    if (opened || !saysNoOpenat2(opened.error().code))
        return opened;
    opened = system.files.open(parent, name, flags);
    if (!opened)
        return opened;
    const auto status = system.attributes.status(opened->get());
    if (!status)
        return fail(status.error());
    const auto here = mountIdOf(system, opened->get(), *status);
    const auto there = mountIdOf(system, parent, parentStatus);
    if (!here || !there || *here != *there)
        return fail("openat", name, EXDEV,
                    here && there ? "a mount is in the way" : "no telling whether a mount is in the way");
    return opened;
}

bool lacksOwnerRights(System& system, const FileStatus& status)
{
    return (status.mode & 0700U) != 0700U && status.uid == system.processes.userId();
}

} // namespace

std::optional<std::uint64_t> mountIdOf(System& system, int fd, const FileStatus& status)
{
    if (status.mountId)
        return status.mountId;
    const auto text = readSmallFile(system.files, ("/proc/self/fdinfo/" + std::to_string(fd)).c_str());
    constexpr std::string_view kKey = "mnt_id:"; // proc(5), since Linux 3.15
    const auto found = text ? text->find(kKey) : std::string::npos;
    if (found == std::string::npos)
        return std::nullopt;
    const auto digits = text->find_first_not_of(" \t", found + kKey.size());
    std::uint64_t id = 0;
    if (digits == std::string::npos ||
        std::from_chars(text->data() + digits, text->data() + text->size(), id).ec != std::errc())
        return std::nullopt;
    return id;
}

Result<OpenedFolder> openFolderBelow(System& system, int parent, const FileStatus& parentStatus, const char* name,
                                     bool openUp)
{
    auto opened = openOneBelow(system, parent, parentStatus, name, kOpenFolder);
    if (!opened && opened.error().code == EACCES && openUp) {
        // Neither readable nor searchable: it can still be looked at, and its mode changed through that descriptor.
        auto look = openOneBelow(system, parent, parentStatus, name, kLookAtFolder);
        const auto status = look ? system.attributes.status(look->get()) : Result<FileStatus>(fail(look.error()));
        if (status && status->isDirectory() && status->isMountRoot() != true && lacksOwnerRights(system, *status)) {
            if (system.files.changeModeOfPathFd(look->get(), status->mode | 0700U))
                opened = openOneBelow(system, look->get(), *status, ".", kOpenFolder);
        }
    }
    if (!opened)
        return fail(std::move(opened.error()));
    const auto status = system.attributes.status(opened->get());
    if (!status)
        return fail(status.error());
    if (!status->isDirectory())
        return fail("openat", name, ENOTDIR);
    if (status->isMountRoot() == true)
        return fail("openat", name, EXDEV, "a mount is in the way");
    if (openUp && lacksOwnerRights(system, *status))
        (void)system.files.changeMode(opened->get(), status->mode | 0700U); // what it prevents is told by each entry
    return OpenedFolder{std::move(*opened), *status};
}

void WalkProblems::add(Error error)
{
    ++count;
    if (list.size() >= kMost || textSize + error.path.size() > kMostText)
        return;
    textSize += error.path.size();
    list.push_back(std::move(error));
}

namespace {

struct Pending
{
    std::string name;
    int attempts = 0;
};

struct LevelState
{
    std::string name;
    int attempts = 0;
    FileStatus status;
    UniqueFd fd; // may be closed further up
    std::vector<Pending> folders;
    bool scanned = false;
    bool problem = false;
};

class Walker
{
public:
    Walker(System& system, const Path& path, const WalkRules& rules, TreeVisitor& visitor, std::stop_token stop)
        : m_system(system), m_path(path), m_rules(rules), m_visitor(visitor), m_stop(std::move(stop)),
          m_buffer(kBufferSize)
    {}

    WalkOutcome run(int top)
    {
        auto status = m_system.attributes.status(top);
        auto fd = status ? m_system.files.duplicate(top) : Result<UniqueFd>(fail(status.error()));
        if (!fd) {
            tell({}, fd.error());
            return std::move(m_outcome);
        }
        LevelState& first = m_levels.emplace_back();
        first.status = *status;
        first.fd = std::move(*fd);
        while (!m_levels.empty() && !m_outcome.cancelled) {
            LevelState& level = m_levels.back();
            if (!level.scanned)
                scan(level);
            else if (!level.folders.empty())
                descend(level);
            else if (!ascend())
                break;
            m_outcome.cancelled = m_outcome.cancelled || m_stop.stop_requested();
        }
        return std::move(m_outcome);
    }

private:
    void tell(std::string_view name, Error error)
    {
        Path path = m_path;
        for (std::size_t i = 1; i < m_levels.size(); ++i)
            path = joinPath(path, m_levels[i].name);
        error.path = name.empty() ? path : joinPath(path, name);
        m_outcome.problems.add(std::move(error));
        if (!m_levels.empty())
            m_levels.back().problem = true;
    }

    void scan(LevelState& level)
    {
        level.scanned = true;
        auto ready = m_system.files.rewind(level.fd.get());
        while (ready) {
            const auto filled = m_system.files.readEntries(level.fd.get(), m_buffer);
            if (!filled) {
                tell({}, filled.error());
                return;
            }
            if (*filled == 0)
                return;
            DirectoryEntries entries(std::span<const std::byte>(m_buffer).first(*filled));
            while (const auto* entry = entries.next()) {
                if (m_stop.stop_requested()) {
                    m_outcome.cancelled = true;
                    return;
                }
                meet(level, *entry);
            }
        }
        tell({}, ready.error());
    }

    void meet(LevelState& level, const DirectoryEntry& entry)
    {
        const bool passOver =
            m_levels.size() == 1 && m_rules.passOver != nullptr && std::strcmp(entry.name, m_rules.passOver) == 0;
        if (entry.isDotOrDotDot() || passOver)
            return;
        FileType type = entry.type;
        if (type == FileType::Unknown) {
            const auto status = m_system.attributes.statusAt(level.fd.get(), entry.name);
            if (!status) {
                if (status.error().code != ENOENT)
                    tell(entry.name, status.error());
                return;
            }
            type = status->type;
        }
        if (type == FileType::Directory)
            level.folders.push_back({entry.name, 0});
        else
            handleFile(level, entry.name);
    }

    void handleFile(LevelState& level, const char* name)
    {
        const auto done = m_visitor.file(level.fd.get(), name);
        if (done || done.error().code == ENOENT)
            return;
        if (done.error().code == EISDIR)
            level.folders.push_back({name, 1});
        else
            tell(name, done.error());
    }

    void descend(LevelState& level)
    {
        Pending next = std::move(level.folders.back());
        level.folders.pop_back();
        auto opened = openFolderBelow(m_system, level.fd.get(), level.status, next.name.c_str(), m_rules.openUp);
        if (!opened && (opened.error().code == EMFILE || opened.error().code == ENFILE) && closeOne())
            opened = openFolderBelow(m_system, level.fd.get(), level.status, next.name.c_str(), m_rules.openUp);
        if (!opened) {
            const int code = opened.error().code;
            // No directory any more: a link or a file took its place.
            if ((code == ELOOP || code == ENOTDIR) && next.attempts == 0)
                handleFile(level, next.name.c_str());
            else if (code != ENOENT)
                tell(next.name, opened.error());
            return;
        }
        m_visitor.entered(opened->status);
        LevelState below;
        below.name = std::move(next.name);
        below.attempts = next.attempts + 1;
        below.status = opened->status;
        below.fd = std::move(opened->fd);
        m_levels.push_back(std::move(below));
        // The top stays open, and so do the deepest.
        if (m_levels.size() > kMostOpen + 1)
            m_levels[m_levels.size() - 1 - kMostOpen].fd.reset();
    }

    bool closeOne()
    {
        for (std::size_t i = 1; i + 1 < m_levels.size(); ++i) {
            if (m_levels[i].fd) {
                m_levels[i].fd.reset();
                return true;
            }
        }
        return false;
    }

    /// Leaves the deepest directory. False where the way back is lost: somebody moved it.
    bool ascend()
    {
        if (m_levels.size() == 1)
            return false;
        LevelState& parent = m_levels[m_levels.size() - 2];
        if (!parent.fd) {
            auto up = m_system.files.open(m_levels.back().fd.get(), "..", kOpenFolder);
            const auto status = up ? m_system.attributes.status(up->get()) : Result<FileStatus>(fail(up.error()));
            if (!status || !status->sameFileAs(parent.status) || status->mountId != parent.status.mountId) {
                tell({},
                     status ? Error{"openat", {}, ESTALE, "the directory was moved away meanwhile"} : status.error());
                return false;
            }
            parent.fd = std::move(*up);
        }
        LevelState done = std::move(m_levels.back());
        m_levels.pop_back();
        done.fd.reset();
        if (done.problem) {
            parent.problem = true;
            return true;
        }
        const auto left = m_visitor.left(parent.fd.get(), done.name.c_str());
        if (left || left.error().code == ENOENT)
            return true;
        const bool filled = left.error().code == ENOTEMPTY || left.error().code == EEXIST;
        if (filled && done.attempts < kMostAttempts)
            parent.folders.push_back({std::move(done.name), done.attempts});
        else
            tell(done.name, left.error());
        return true;
    }

    System& m_system;
    const Path& m_path;
    const WalkRules& m_rules;
    TreeVisitor& m_visitor;
    std::stop_token m_stop;
    std::vector<std::byte> m_buffer;
    std::vector<LevelState> m_levels;
    WalkOutcome m_outcome;
};

} // namespace

WalkOutcome walkTree(System& system, int top, const Path& path, const WalkRules& rules, TreeVisitor& visitor,
                     std::stop_token stop)
{
    return Walker(system, path, rules, visitor, std::move(stop)).run(top);
}

} // namespace scratchproof
