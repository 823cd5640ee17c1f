// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/journal_folder.h"

#include "core/probe/leftovers.h"
#include "core/system/directory_entries.h"
#include "core/system/private_files.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::string_view kSlotPrefix = "slot-";
constexpr std::string_view kKeptPrefix = "kept-";
constexpr std::size_t kMostSlots = 4096;
constexpr Nanoseconds kClockTick = 20 * kNanosecondsPerMillisecond;

std::span<const std::byte> bytesOf(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

bool isOursAlone(System& system, int fd)
{
    const auto status = system.attributes.status(fd);
    return status && status->isDirectory() && status->uid == system.processes.userId() && (status->mode & 0077U) == 0;
}

UniqueFd openFolder(System& system, int base, const char* name)
{
    auto fd = system.files.open(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return fd ? std::move(*fd) : UniqueFd();
}

/// The folder with every missing parent made 0700; nothing unless the last one is ours alone.
UniqueFd openOrMakeFolder(System& system, const Path& folder)
{
    const PrivateFiles ours;
    auto root = system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
    UniqueFd at = root ? std::move(*root) : UniqueFd();
    std::string_view rest(folder);
    while (at && !rest.empty()) {
        const auto slash = rest.find('/');
        const std::string name(rest.substr(0, slash));
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (name.empty())
            continue;
        // A parent may be one that we may pass and not list (/home, mode 0711); only the last one is listed.
        const int flags = (rest.empty() ? O_RDONLY : O_PATH) | O_DIRECTORY;
        // Parents may be links (a home that was moved); what is made, and the last one, is looked at below.
        auto next = system.files.open(at.get(), name.c_str(), flags);
        if (!next && next.error().code == ENOENT) {
            const auto made = system.files.makeDirectory(at.get(), name.c_str(), 0700);
            if (!made && made.error().code != EEXIST)
                return {};
            next = system.files.open(at.get(), name.c_str(), flags | O_NOFOLLOW);
        }
        at = next ? std::move(*next) : UniqueFd();
    }
    return at && isOursAlone(system, at.get()) ? std::move(at) : UniqueFd();
}

} // namespace

JournalFolder::JournalFolder(System& system, UniqueFd folder)
    : m_system(system), m_folder(std::move(folder)), m_maker(currentMaker(system)), m_makerText(m_maker.text()),
      m_slotName(fmt::format("{}{}", kSlotPrefix, m_makerText))
{}

JournalFolder::~JournalFolder()
{
    if (m_slot && m_folder)
        static_cast<void>(m_system.files.unlink(m_folder.get(), m_slotName.c_str()));
}

std::shared_ptr<JournalFolder> JournalFolder::open(System& system)
{
    if (const auto runtime = runtimeFolder()) {
        const UniqueFd parent = openFolder(system, kWorkingDirectory, parentPath(*runtime).c_str());
        if (parent && isOursAlone(system, parent.get())) {
            UniqueFd folder = openOrMakeFolder(system, joinPath(*runtime, "journal"));
            if (folder)
                return std::make_shared<JournalFolder>(system, std::move(folder));
        }
    }
    if (const auto state = stateFolder(); state && checkHome(system))
        return openIn(system, joinPath(*state, "journal"));
    return std::make_shared<JournalFolder>(system, UniqueFd());
}

std::shared_ptr<JournalFolder> JournalFolder::openIn(System& system, const Path& folder)
{
    return std::make_shared<JournalFolder>(system, openOrMakeFolder(system, folder));
}

bool JournalFolder::makeSlot()
{
    if (m_slot)
        return true;
    if (!m_folder)
        return false;
    const PrivateFiles ours;
    const char* name = m_slotName.c_str();
    auto slot = m_system.files.open(m_folder.get(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!slot && slot.error().code == EEXIST) {
        // Of our own maker, so of this very process: an earlier journal of it.
        static_cast<void>(m_system.files.unlink(m_folder.get(), name));
        slot = m_system.files.open(m_folder.get(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    }
    const std::string head = encodeSlotHead(m_maker, m_system.processes.self()).append(emptyBody());
    if (!slot || !writeAll(m_system.files, slot->get(), bytesOf(head))) {
        // A full or read-only place for it: go on without, the look finds what is left.
        static_cast<void>(m_system.files.unlink(m_folder.get(), name));
        m_folder.reset();
        return false;
    }
    m_slot = std::move(*slot);
    return true;
}

void JournalFolder::note(std::string_view folder, std::span<const std::string_view> names)
{
    if (!makeSlot())
        return;
    const std::string body = encodeUnderWay(folder, names);
    static_cast<void>(m_system.files.writeAt(m_slot.get(), bytesOf(body), kSlotHeadBytes));
}

void JournalFolder::clear()
{
    if (m_slot)
        static_cast<void>(m_system.files.writeAt(m_slot.get(), bytesOf(emptyBody()), kSlotHeadBytes));
}

void JournalFolder::keep(const Path& folder, const std::vector<std::string>& names)
{
    if (!m_folder || names.empty())
        return;
    const PrivateFiles ours;
    std::array<std::byte, 8> random{};
    m_system.processes.fillRandom(random);
    const std::string file = fmt::format("{}{:02x}", kKeptPrefix, fmt::join(random, ""));
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string content =
        encodeSlotHead(m_maker, m_system.processes.self()).append(encodeUnderWay(folder, views));
    auto fd = m_system.files.open(m_folder.get(), file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd && !writeAll(m_system.files, fd->get(), bytesOf(content)))
        static_cast<void>(m_system.files.unlink(m_folder.get(), file.c_str()));
    m_left[folder][file] = names;
}

std::vector<std::string> JournalFolder::leftIn(const Path& folder)
{
    if (!m_folder)
        return {};
    refresh();
    std::vector<std::string> names;
    if (const auto found = m_left.find(folder); found != m_left.end()) {
        for (const auto& [file, left] : found->second)
            names.insert(names.end(), left.begin(), left.end());
    }
    return names;
}

void JournalFolder::forget(const Path& folder)
{
    const auto found = m_left.find(folder);
    if (found == m_left.end())
        return;
    for (const auto& [file, left] : found->second)
        static_cast<void>(m_system.files.unlink(m_folder.get(), file.c_str()));
    m_left.erase(found);
}

void JournalFolder::refresh()
{
    const auto status = m_system.attributes.status(m_folder.get());
    const bool changed = !status || status->modified != m_lastChange;
    bool died = false;
    if (!changed && !m_watched.empty()) {
        std::vector<WatchedFd> polled;
        for (const auto& one : m_watched)
            polled.push_back({one.process.get(), true, false, false, false});
        const auto ready = m_system.processes.waitFor(polled, 0);
        died = ready && *ready > 0;
    }
    if (changed || died) {
        readAllSlots();
        // A change in the same tick of the file system's clock would not show: read again until the tick is over.
        const bool settled = status && m_system.clock.wall() - status->modified > kClockTick;
        m_lastChange = settled && !m_someAreUnwatched ? status->modified : -1;
    }
}

void JournalFolder::readAllSlots()
{
    m_watched.clear();
    m_left.clear();
    m_someAreUnwatched = false;
    auto listing = m_system.files.open(m_folder.get(), ".", O_RDONLY | O_DIRECTORY);
    if (!listing)
        return;
    std::vector<std::string> found;
    std::vector<std::byte> buffer(32768);
    for (;;) {
        const auto filled = m_system.files.readEntries(listing->get(), buffer);
        if (!filled || *filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            const std::string_view name(entry->name);
            const bool isSlot = name.substr(0, kSlotPrefix.size()) == kSlotPrefix && name != m_slotName;
            if ((isSlot || name.substr(0, kKeptPrefix.size()) == kKeptPrefix) && found.size() < kMostSlots)
                found.emplace_back(name);
        }
    }
    for (const auto& name : found) {
        if (const auto read = readSlot(name))
            takeIn(name, read->slot, read->modified);
    }
}

std::optional<JournalFolder::Slot> JournalFolder::readSlot(const std::string& file)
{
    auto fd = m_system.files.open(m_folder.get(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd)
        return std::nullopt;
    std::string content(kLongestWithPlace, '\0');
    const auto length = m_system.files.readAt(fd->get(), std::as_writable_bytes(std::span(content)), 0);
    const auto status = m_system.attributes.status(fd->get());
    if (!length || !status)
        return std::nullopt;
    auto slot = decodeSlot(std::string_view(content).substr(0, *length));
    if (!slot)
        return std::nullopt;
    return Slot{std::move(*slot), status->modified};
}

std::vector<StuckProcess> JournalFolder::enter(const std::string& place)
{
    if (!makeSlot())
        return {};
    if (place != m_place) {
        m_place = place;
        static_cast<void>(m_system.files.writeAt(m_slot.get(), bytesOf(encodePlace(place)), kLongestSlot));
    }
    refresh();
    std::vector<StuckProcess> stuck;
    for (const Watched& one : m_watched) {
        // Read anew: a slot is changed where it lies.
        const auto read = readSlot(one.file);
        if (read && read->slot.place == place && wasGivenUp(read->slot.process.pid))
            stuck.push_back({read->slot.process.pid, read->modified});
    }
    return stuck;
}

/// Nobody can write to its standard input any more: whoever gives a prober up closes it, and one who ends does, too.
/// Opening a pipe by this link makes another reader of it (proc(5)); no process of another user's lets us.
bool JournalFolder::wasGivenUp(int pid)
{
    const std::string input = fmt::format("/proc/{}/fd/0", pid);
    const auto where = m_system.files.readLink(kWorkingDirectory, input.c_str());
    if (!where || !where->starts_with("pipe:"))
        return false;
    auto fd = m_system.files.open(kWorkingDirectory, input.c_str(), O_RDONLY | O_NONBLOCK);
    if (!fd)
        return false;
    WatchedFd watched{fd->get(), false, false, false, false}; // POLLHUP is told unasked, poll(2)
    const auto ready = m_system.processes.waitFor({&watched, 1}, 0);
    return ready && *ready > 0;
}

/// Only what is surely dead is dead: a process that is not there, that has another start time, or that has ended and
/// is not waited for yet. One that cannot be opened or looked at (no descriptor left, no memory, a kernel or a sandbox
/// that has no pidfd) may live.
bool JournalFolder::isDead(const std::string& file, const ProcessIdentity& process)
{
    auto opened = m_system.processes.openProcess(process.pid);
    if (!opened && opened.error().code == ESRCH)
        return true;
    const auto startTime = m_system.processes.startTime(process.pid);
    if (startTime && *startTime != process.startTime)
        return true;
    if (!opened) {
        m_someAreUnwatched = true;
        return false;
    }
    // A zombie still has its start time, but its pidfd is readable: it is dead.
    WatchedFd watched{opened->get(), true, false, false, false};
    const auto ready = m_system.processes.waitFor({&watched, 1}, 0);
    if (ready && *ready > 0)
        return true;
    m_watched.push_back({file, std::move(*opened)});
    return false;
}

/// An earlier boot of this machine, or the running one of its clone: in a home that both have they look the same, and
/// only a day tells. By that file system's clock, which last told the time when the folder changed.
bool JournalFolder::mayBeOfAClone(Nanoseconds slotModified)
{
    if (isOfOneComputer(m_system, m_folder.get()))
        return false;
    const auto folder = m_system.attributes.status(m_folder.get());
    return !folder || folder->modified - slotModified <= kSurelyOld;
}

void JournalFolder::takeIn(const std::string& file, const JournalSlot& slot, Nanoseconds modified)
{
    const bool kept = file.compare(0, kKeptPrefix.size(), kKeptPrefix) == 0;
    if (slot.maker.machine != m_maker.machine)
        return; // A home that several computers share: theirs to look after.
    if (!kept && slot.maker.boot == m_maker.boot) {
        if (slot.maker.nameSpace != m_maker.nameSpace)
            return; // A container's: whether it lives cannot be seen from here.
        if (!isDead(file, slot.process))
            return;
    } else if (!kept && mayBeOfAClone(modified)) {
        return;
    }
    if (slot.underWay)
        m_left[slot.underWay->folder][file] = slot.underWay->names;
    else
        static_cast<void>(m_system.files.unlink(m_folder.get(), file.c_str()));
}

} // namespace scratchproof
