// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/partial_walk.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <thread>

namespace scratchproof {

namespace {

constexpr std::size_t kFrugallyOpen = 2;
constexpr int kMostAttempts = 4;
constexpr std::size_t kManyEntries = 1000;
constexpr std::size_t kLeastRoom = std::size_t{4} << 10U;
constexpr std::size_t kFirstRoom = std::size_t{64} << 10U; // others soon have something to do
constexpr std::size_t kUsualRoom = std::size_t{256} << 10U;
constexpr std::size_t kMostRoom = std::size_t{8} << 20U;

/// Whether entries lie in the order of their inodes, forwards or backwards, but for one in eight.
bool isInOrder(std::span<const std::byte> filled)
{
    DirectoryEntries entries(filled);
    std::size_t count = 0;
    std::size_t up = 0;
    std::uint64_t last = 0;
    while (const auto* entry = entries.next()) {
        ++count;
        up += entry->inode > last ? 1U : 0U;
        last = entry->inode;
    }
    return up < count / 8 || count - up < count / 8;
}

} // namespace

PartialWalk::PartialWalk(WalkCrew& crew, TreePlace place, UniqueFd top, const FileStatus& status)
    : m_crew(crew), m_system(crew.system()), m_rules(crew.rules())
{
    Level& first = m_levels.emplace_back();
    first.place = std::move(place);
    first.status = status;
    first.fd = std::move(top);
}

PartialWalk::Step PartialWalk::run(CrewMember& member)
{
    m_member = &member;
    if (!m_hasLooked && !m_isOfTop && m_rules.keepMarked)
        lookForMarker();
    m_hasLooked = true;
    while (!m_crew.isStopped()) {
        if (m_crew.isFrugal())
            closeUpper(kFrugallyOpen);
        Level& level = m_levels.back();
        if (isLeftAlone(level))
            leaveAlone();
        if (!m_takenOver.entries.empty()) {
            meetTakenOver(level);
        } else if (!level.scanned) {
            scan(level);
        } else if (!level.folders.empty()) {
            giveFolders();
            descend(level);
        } else if (level.given && waitsForParts(level)) {
            return Step::LaidAside;
        } else if (m_levels.size() > 1) {
            ascend();
        } else if (!readTopAgain()) {
            break;
        }
    }
    m_hadProblem = m_levels.front().problem;
    m_levels.clear();
    return Step::Through;
}

const TreePlace& PartialWalk::placeOf(std::size_t level)
{
    std::size_t known = level;
    while (!m_levels[known].place)
        --known;
    for (; known < level; ++known)
        m_levels[known + 1].place = m_levels[known].place.child(m_levels[known + 1].name);
    return m_levels[level].place;
}

void PartialWalk::addProblem(std::string_view name, const Error& error)
{
    const TreePlace& place = placeOf(m_levels.size() - 1);
    m_crew.addProblem(name.empty() ? place : place.child(name), error);
    m_levels.back().problem = true;
}

/// Whether the deepest level is a scratch directory of its own, before anything in it is met.
void PartialWalk::lookForMarker()
{
    if (m_rules.marker == nullptr)
        return;
    const auto there = m_system.attributes.exists(m_levels.back().fd.get(), m_rules.marker);
    if (there && *there) {
        meetMarker();
    } else if (!there && there.error().code != ENAMETOOLONG) { // no name there can be so long
        addProblem({}, there.error());
        if (m_rules.keepMarked)
            leaveAlone();
    }
}

/// The deepest level has one.
void PartialWalk::meetMarker()
{
    Level& level = m_levels.back();
    const bool isKnown = level.markedForAll ? level.markedForAll->exchange(true) : level.marked;
    level.marked = true;
    if (!isKnown)
        m_crew.addMarked(placeOf(m_levels.size() - 1));
    if (!m_rules.keepMarked)
        return;
    if (!isKnown)
        addProblem({}, Error{ErrorKind::ForeignMarker, {}, 0, "it is a scratch directory of its own"});
    leaveAlone();
}

/// Nothing in the deepest level is met any more, and it stays.
void PartialWalk::leaveAlone()
{
    Level& level = m_levels.back();
    level.scanned = true;
    level.problem = true;
    level.folders.clear();
    m_takenOver = {};
    m_member->batch.clear();
}

/// Whether another thread found the marker.
bool PartialWalk::isLeftAlone(Level& level)
{
    return m_rules.keepMarked && level.markedForAll && level.markedForAll->load(std::memory_order_relaxed);
}

void PartialWalk::scan(Level& level)
{
    level.scanned = true;
    level.metSomething = false;
    m_readAtOnce = kFirstRoom;
    m_atEnd = false;
    auto ready = m_system.files.rewind(level.fd.get());
    if (!ready)
        addProblem({}, ready.error());
    while (ready && !m_atEnd && !m_crew.isStopped()) {
        const auto filled = readMany(level);
        if (!filled && filled.error().code != ENOENT) // that says: somebody else removed it
            addProblem({}, filled.error());
        if (!filled || *filled == 0)
            break;
        if (listBatch(*filled))
            meetMarker();
        if (m_rules.keepMarked && level.marked)
            break;
        // Large directories of ext4 and XFS are listed in an order that has nothing to do with where their inodes lie.
        std::vector<DirectoryEntry>& batch = m_member->batch;
        if (batch.size() >= kManyEntries && !isInOrder(std::span(m_member->buffer.get(), *filled)))
            std::ranges::sort(batch, {}, &DirectoryEntry::inode);
        meetBatch(level);
    }
    turnAway();
}

/// From the buffer. True if the directory turns out to be a scratch directory of its own.
bool PartialWalk::listBatch(std::size_t filled)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    batch.clear();
    DirectoryEntries entries(std::span<const std::byte>(m_member->buffer.get(), filled));
    const bool isTop = isOfTop(m_levels.size() - 1);
    const char* special = isTop ? m_rules.passOver : m_rules.marker;
    bool isMarked = false;
    while (const auto* entry = entries.next()) {
        if (entry->isDotOrDotDot())
            continue;
        const bool isSpecial = special != nullptr && std::strcmp(entry->name, special) == 0;
        isMarked = isMarked || (isSpecial && !isTop);
        if (!isSpecial || !isTop)
            batch.push_back(*entry);
    }
    return isMarked;
}

/// A buffer of at least that size with the same first `used` bytes, which nobody else reads.
void PartialWalk::provideBuffer(std::size_t size, std::size_t used)
{
    CrewMember& member = *m_member;
    if (!member.isBufferGiven && member.bufferSize >= size)
        return;
    auto larger = std::make_shared_for_overwrite<std::byte[]>(size);
    if (used > 0)
        std::memcpy(larger.get(), member.buffer.get(), used);
    member.buffer = std::move(larger);
    member.bufferSize = size;
    member.isBufferGiven = false;
}

/// Entries, for the member's buffer: bytes in it. Where they are to be removed, as many as 8 MiB hold, so that they can
/// be put in order; where they are, or are only looked at, fewer do, and other threads are not kept waiting.
Result<std::size_t> PartialWalk::readMany(const Level& level)
{
    std::size_t used = 0;
    provideBuffer(kUsualRoom, used);
    while (!m_crew.isStopped()) {
        if (m_readAtOnce - used < kLeastRoom) {
            if (!m_rules.empties || m_readAtOnce >= kMostRoom ||
                isInOrder(std::span<const std::byte>(m_member->buffer.get(), used)))
                break;
            m_readAtOnce = kMostRoom;
            provideBuffer(m_readAtOnce, used);
        }
        auto filled =
            m_system.files.readEntries(level.fd.get(), std::span(m_member->buffer.get() + used, m_readAtOnce - used));
        if (!filled && used == 0)
            return filled;
        m_atEnd = filled && *filled == 0;
        if (!filled || m_atEnd)
            break; // an error is met again by the next call, when these are through
        used += *filled;
    }
    m_readAtOnce = std::max(m_readAtOnce, kUsualRoom);
    return used;
}

void PartialWalk::meetBatch(Level& level)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    level.metSomething = level.metSomething || !batch.empty();
    if (giveWholeBatch(level))
        return;
    for (std::size_t i = 0; i < batch.size() && !m_crew.isStopped(); ++i) {
        if (i % kLeastGiven == 0) {
            if (isLeftAlone(level))
                return leaveAlone();
            giveBatch(level, i);
        }
        meet(level, batch[i].name, batch[i].type);
    }
}

void PartialWalk::meetTakenOver(Level& level)
{
    std::vector<DirectoryEntry>& entries = m_takenOver.entries;
    while (!entries.empty() && !m_crew.isStopped()) {
        if (entries.size() % kLeastGiven == 0) {
            if (isLeftAlone(level))
                break;
            giveTakenOver(level);
        }
        const DirectoryEntry entry = entries.back();
        entries.pop_back();
        meet(level, entry.name, entry.type);
    }
    turnAway();
}

void PartialWalk::meet(Level& level, const char* name, FileType type)
{
    ++m_met;
    if (type == FileType::Unknown) {
        const auto status = m_system.attributes.statusAt(level.fd.get(), name);
        if (!status) {
            if (status.error().code != ENOENT)
                addProblem(name, status.error());
            return;
        }
        type = status->type;
    }
    if (type == FileType::Directory)
        level.folders.push_back({name, 0});
    else
        handleFile(level, name);
    if (m_member->isCaller)
        m_crew.pulse();
}

void PartialWalk::handleFile(Level& level, const char* name)
{
    const auto done = m_member->visitor.file(level.fd.get(), name);
    if (done || done.error().code == ENOENT)
        return;
    if (done.error().code == EISDIR)
        level.folders.push_back({name, 1});
    else
        addProblem(name, done.error());
}

void PartialWalk::turnAway()
{
    m_member->visitor.turnedAway([this] { return placeOf(m_levels.size() - 1); });
}

void PartialWalk::descend(Level& level)
{
    Folder next = std::move(level.folders.back());
    level.folders.pop_back();
    auto opened = openFolder(level, next.name.c_str());
    if (!opened) {
        const int code = opened.error().code;
        // No directory any more: a link or a file took its place.
        if ((code == ELOOP || code == ENOTDIR) && next.attempts == 0) {
            handleFile(level, next.name.c_str());
            turnAway();
        } else if (code != ENOENT) {
            addProblem(next.name, opened.error());
        }
        return;
    }
    m_member->visitor.entered(opened->status);
    Level below;
    below.name = std::move(next.name);
    below.attempts = next.attempts + 1;
    below.status = opened->status;
    below.fd = std::move(opened->fd);
    m_levels.push_back(std::move(below));
    lookForMarker();
    if (m_rules.keepMarked && m_levels.back().problem && opened->closedMode)
        (void)m_system.files.changeMode(m_levels.back().fd.get(), *opened->closedMode); // not ours to open up, then
    if (m_levels.size() > kMostOpen + 1) // the top stays open, and so do the deepest
        m_levels[m_levels.size() - 1 - kMostOpen].fd.reset();
}

Result<OpenedFolder> PartialWalk::openFolder(const Level& parent, const char* name)
{
    int attempts = 0;
    for (;;) {
        auto opened = openFolderBelow(m_system, parent.fd.get(), parent.status, name, m_rules.openUp);
        if (opened || !makeDescriptorFree(opened.error().code, attempts))
            return opened;
    }
}

/// Whether it may go better now, after the error `code`.
bool PartialWalk::makeDescriptorFree(int code, int& attempts)
{
    constexpr int kMostWaits = 2000;
    if (code != EMFILE && code != ENFILE)
        return false;
    m_crew.beFrugal();
    for (std::size_t i = 1; i + 1 < m_levels.size(); ++i) {
        if (m_levels[i].fd) {
            m_levels[i].fd.reset();
            return true;
        }
    }
    if (++attempts > kMostWaits || m_crew.isStopped() || !m_crew.hasOthersAtWork())
        return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
}

/// Leaves the top and so many of the deepest levels open.
void PartialWalk::closeUpper(std::size_t keptOpen)
{
    for (std::size_t i = m_levels.size(); i-- > 1;) {
        if (i + keptOpen < m_levels.size() && !m_levels[i].fd)
            return;
        if (i + keptOpen < m_levels.size())
            m_levels[i].fd.reset();
    }
}

bool PartialWalk::waitsForParts(Level& level)
{
    const std::shared_ptr<GivenAway> given = level.given;
    closeUpper(1);
    if (!m_crew.isBack(*this, *given))
        return true;
    level.problem = level.problem || given->problem;
    level.given.reset();
    return false;
}

void PartialWalk::ascend()
{
    Level& parent = m_levels[m_levels.size() - 2];
    if (!parent.fd && !reopen(parent))
        return;
    Level done = std::move(m_levels.back());
    m_levels.pop_back();
    done.fd.reset();
    if (done.problem) {
        parent.problem = true;
        return;
    }
    const auto left = m_member->visitor.left(parent.fd.get(), done.name.c_str());
    if (m_member->isCaller)
        m_crew.pulse();
    if (left || left.error().code == ENOENT)
        return;
    const bool filled = left.error().code == ENOTEMPTY || left.error().code == EEXIST;
    if (filled && done.attempts < kMostAttempts && m_crew.mayWalkAgain())
        parent.folders.push_back({std::move(done.name), done.attempts});
    else
        addProblem(done.name, left.error());
}

/// Opens the second deepest level by the deepest. False if that leads elsewhere: then that way is given up.
bool PartialWalk::reopen(Level& parent)
{
    int attempts = 0;
    auto up = m_system.files.open(m_levels.back().fd.get(), "..", kOpenFolder);
    while (!up && makeDescriptorFree(up.error().code, attempts))
        up = m_system.files.open(m_levels.back().fd.get(), "..", kOpenFolder);
    const auto status = up ? m_system.attributes.status(up->get()) : Result<FileStatus>(fail(up.error()));
    if (status && status->sameFileAs(parent.status) && status->mountId == parent.status.mountId) {
        parent.fd = std::move(*up);
        return true;
    }
    leaveLost(status ? Error{"openat", {}, ESTALE, "the directory was moved away meanwhile"} : status.error());
    return false;
}

/// Goes on at the next level further up that is open still: the top, if no other is.
void PartialWalk::leaveLost(const Error& why)
{
    std::size_t open = m_levels.size() - 2;
    while (open > 0 && !m_levels[open].fd)
        --open;
    Folder lost{m_levels[open + 1].name, m_levels[open + 1].attempts};
    const bool again = m_rules.empties && lost.attempts < kMostAttempts && m_crew.mayWalkAgain();
    if (!again)
        addProblem({}, why);
    while (m_levels.size() > open + 1)
        m_levels.pop_back();
    if (again)
        m_levels.back().folders.push_back(std::move(lost));
    else
        m_levels.back().problem = true;
}

/// Entries may have appeared, or have been passed over because others went while they were listed.
bool PartialWalk::readTopAgain()
{
    Level& top = m_levels.front();
    if (!isWhole() || !m_rules.empties || top.problem || !top.metSomething)
        return false;
    if (++m_readAgain == kMostAttempts) {
        addProblem({}, Error{"getdents64", {}, ENOTEMPTY, "files keep appearing in it"});
        return false;
    }
    top.scanned = false;
    return true;
}

std::shared_ptr<PartialWalk> PartialWalk::makePart(std::size_t level)
{
    Level& from = m_levels[level];
    auto top = m_system.files.duplicate(from.fd.get());
    if (!top)
        return nullptr;
    auto part = std::make_shared<PartialWalk>(m_crew, placeOf(level), std::move(*top), from.status);
    if (!from.given)
        from.given = std::make_shared<GivenAway>();
    part->m_giver = shared_from_this();
    part->m_givenBy = from.given;
    part->m_isOfTop = isOfTop(level);
    part->m_hasLooked = false;
    if (!from.markedForAll)
        from.markedForAll = std::make_shared<std::atomic<bool>>(from.marked);
    Level& first = part->m_levels.front();
    first.markedForAll = from.markedForAll;
    first.marked = from.marked;
    first.scanned = true;
    part->m_met = kLeastMet;
    return part;
}

/// Half of the directories that wait at the highest level where some do.
void PartialWalk::giveFolders()
{
    if (m_crew.idleThreads() == 0 || m_met < kLeastMet)
        return;
    const std::size_t firstOpen = m_levels.size() > kMostOpen ? m_levels.size() - kMostOpen : 1;
    for (std::size_t i = 0; i < m_levels.size(); i = std::max(i + 1, firstOpen)) { // the top, and those open below
        std::vector<Folder>& folders = m_levels[i].folders;
        const bool isDeepest = i + 1 == m_levels.size(); // it goes on there itself
        const auto given = static_cast<std::ptrdiff_t>(isDeepest ? folders.size() / 2 : (folders.size() + 1) / 2);
        if (given == 0 || !m_levels[i].fd)
            continue;
        auto part = makePart(i);
        if (!part)
            return;
        std::vector<Folder>& taken = part->m_levels.front().folders;
        taken.assign(std::move_iterator(folders.end() - given), std::move_iterator(folders.end()));
        folders.erase(folders.end() - given, folders.end());
        m_crew.give(std::move(part), *m_levels[i].given);
        return;
    }
}

/// Where more of the directory is still to be listed, so that this goes on while others meet what was.
bool PartialWalk::giveWholeBatch(Level& level)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    if (m_atEnd || batch.size() < kLeastGiven || !m_crew.wantsReserve())
        return false;
    auto part = makePart(m_levels.size() - 1);
    if (!part)
        return false;
    std::ranges::reverse(batch);
    part->m_takenOver = {m_member->buffer, std::move(batch)};
    batch = {};
    m_member->isBufferGiven = true;
    m_crew.give(std::move(part), *level.given);
    return true;
}

/// Of the entries from `next` on, as many to each thread without work as are kept.
void PartialWalk::giveBatch(Level& level, std::size_t next)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    std::size_t takers = m_crew.idleThreads();
    const std::size_t each = (batch.size() - next) / (takers + 1);
    if (m_met < kLeastMet || each < kLeastGiven)
        return;
    for (; takers > 0; --takers) {
        auto part = makePart(m_levels.size() - 1);
        if (!part)
            return;
        const auto given = static_cast<std::ptrdiff_t>(each);
        part->m_takenOver.names = m_member->buffer;
        part->m_takenOver.entries.assign(batch.rbegin(), batch.rbegin() + given);
        batch.erase(batch.end() - given, batch.end());
        m_member->isBufferGiven = true;
        m_crew.give(std::move(part), *level.given);
    }
}

/// Half of what this walk took over itself.
void PartialWalk::giveTakenOver(Level& level)
{
    std::vector<DirectoryEntry>& entries = m_takenOver.entries;
    const std::size_t given = entries.size() / 2;
    if (m_crew.idleThreads() == 0 || given < kLeastGiven)
        return;
    auto part = makePart(m_levels.size() - 1);
    if (!part)
        return;
    const auto to = entries.begin() + static_cast<std::ptrdiff_t>(given);
    part->m_takenOver.names = m_takenOver.names;
    part->m_takenOver.entries.assign(entries.begin(), to);
    entries.erase(entries.begin(), to);
    m_crew.give(std::move(part), *level.given);
}

} // namespace scratchproof
