// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/invariant.h"
#include "core/probe/own_entry.h"
#include "core/probe/pattern.h"
#include "core/probe/probe_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

/// The steps of a probe, each a function.
namespace scratchproof {

namespace {

/// What the file system answers where it has no fsync, or none for this file: data cannot be confirmed, which is a
/// limit.
bool meansUnsupported(int code)
{
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

} // namespace

ProbeRun::Outcome ProbeRun::openFolder()
{
    if (m_folder.find('\0') != Path::npos)
        return fail("openat", m_folder, EINVAL, "a path cannot hold a NUL byte");
    auto fd = m_files.open(kWorkingDirectory, m_folder.c_str(), O_PATH | O_DIRECTORY);
    if (!fd)
        return fail(std::move(fd.error()));
    auto status = m_attributes.status(fd->get());
    if (!status)
        return fail(std::move(status.error()));
    m_result.notes.appendOnly = status->isAppendOnly();
    m_result.notes.folder = *status;
    m_folderFd = std::move(*fd);
    m_opened = true;
    return {};
}

void ProbeRun::chooseNames()
{
    std::array<std::uint64_t, 5> random{};
    m_system.processes.fillRandom(std::as_writable_bytes(std::span(random)));
    const auto maker = m_journal.makerText();
    m_fileName = makeProbeName(maker, random[0]);
    m_newName = makeProbeName(maker, random[1]);
    m_directoryName = makeProbeName(maker, random[2]);
    m_innerName = makeProbeName(maker, random[3]);
    m_seed = random[4];
}

void ProbeRun::noteNames()
{
    const std::array<std::string_view, 3> names{std::string_view(m_fileName.data(), kProbeNameLength),
                                                std::string_view(m_newName.data(), kProbeNameLength),
                                                std::string_view(m_directoryName.data(), kProbeNameLength)};
    m_journal.note(m_folder, names);
}

void ProbeRun::makeAnother(ProbeName& name)
{
    std::uint64_t random = 0;
    m_system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
    name = makeProbeName(m_journal.makerText(), random);
}

/// Removes what lies under a name that was refused as taken. Nobody can have guessed the name, it was made up a moment
/// ago and is noted nowhere others read: what is there was made by this very call, whose answer a server lost, a kernel
/// asked for twice, or a scanner withheld. All the same nothing is removed but an empty file or directory of our own
/// user.
void ProbeRun::takeBack(int dirFd, const ProbeName& name)
{
    const auto found = m_attributes.statusAt(dirFd, name.data());
    if (!found || found->uid != m_system.processes.userId())
        return;
    Outcome removed;
    if (found->isDirectory())
        removed = m_files.removeDirectory(dirFd, name.data());
    else if (found->isRegular() && found->size == 0 && found->links == 1)
        removed = m_files.unlink(dirFd, name.data());
    if (!removed && dirFd == m_folderFd.get())
        m_takenNames.push_back(name); // once more at the end
}

/// As mkstemp(3) does. `name` is made anew while it is taken.
Result<UniqueFd> ProbeRun::createExclusively(int dirFd, ProbeName& name, int flags)
{
    for (int attempt = 0;; ++attempt) {
        auto fd = m_files.open(dirFd, name.data(), flags | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd || fd.error().code != EEXIST)
            return fd;
        takeBack(dirFd, name);
        if (attempt >= kMostNames)
            return fd;
        makeAnother(name);
        if (&name == &m_fileName) {
            noteNames();
            announce(Step::CreateFile); // anew: it has another name, and the folder answers
        }
    }
}

ProbeRun::Outcome ProbeRun::createFile()
{
    noteNames();
    auto fd = createExclusively(m_folderFd.get(), m_fileName, O_RDWR);
    if (!fd) {
        // A scanner that denies the open, or a server that lost its answer: the name may be there all the same.
        if (fd.error().code != EEXIST && m_files.unlink(m_folderFd.get(), m_fileName.data()))
            m_result.notes.nameAppearedDespiteError = true;
        else
            m_fileMayExist = fd.error().code != EEXIST;
        return fail(std::move(fd.error()));
    }
    m_fileMayExist = true;
    m_created = true;
    // Quick is what mkstemp shows, and no more, unless a leftover waits for it.
    if (m_level == Level::Quick && m_undecided.empty())
        return m_files.close(std::move(*fd));
    if (auto status = m_attributes.status(fd->get()))
        m_newFile = *status;
    if (m_level == Level::Quick)
        return m_files.close(std::move(*fd));
    m_result.notes.createdFile = m_newFile;
    m_file = std::move(*fd);
    return {};
}

ProbeRun::Outcome ProbeRun::write()
{
    const auto pattern = std::make_unique<std::array<std::byte, kProbeBytes>>();
    fillPattern(*pattern, m_seed);
    auto written = writeAll(m_files, m_file.get(), *pattern);
    m_dataIntact = written.has_value();
    return written;
}

ProbeRun::Outcome ProbeRun::sync()
{
    auto synced = m_files.sync(m_file.get());
    auto closed = m_files.close(std::move(m_file));
    if (!synced) {
        m_dataIntact = meansUnsupported(synced.error().code);
        return synced;
    }
    m_dataIntact = closed.has_value();
    return closed;
}

ProbeRun::Outcome ProbeRun::readBack()
{
    m_dataIntact = false;
    auto fd = m_files.open(m_folderFd.get(), m_fileName.data(), O_RDONLY | kOpenOwnFile);
    if (!fd)
        return fail(std::move(fd.error()));
    const auto status = m_attributes.status(fd->get());
    if (!status)
        return fail(status.error());
    if (!mayBeOurFile(*status, m_result.notes.createdFile))
        return fail("openat", m_fileName.data(), ESTALE, "another file was put in its place");
    // Not every file system has pages to drop; then every read asks it anyway.
    static_cast<void>(m_files.dropCachedPages(fd->get()));
    auto same = compare(fd->get());
    m_dataIntact = same.has_value();
    return same;
}

ProbeRun::Outcome ProbeRun::compare(int fd)
{
    const auto buffers = std::make_unique<std::array<std::array<std::byte, kProbeBytes>, 2>>();
    auto& [expected, found] = *buffers;
    fillPattern(expected, m_seed);
    std::size_t at = 0;
    while (at < kProbeBytes) {
        const auto count = m_files.read(fd, std::span(found).subspan(at));
        if (!count)
            return fail(count.error());
        if (*count == 0) {
            m_result.notes.shortRead = true;
            m_result.notes.firstDifference = at;
            return fail(ErrorKind::Compare, {}, 0, "the file came back shorter than it was written");
        }
        at += std::min(*count, kProbeBytes - at);
    }
    const auto difference = std::mismatch(expected.begin(), expected.end(), found.begin());
    if (difference.first == expected.end())
        return {};
    m_result.notes.firstDifference = static_cast<std::uint64_t>(difference.first - expected.begin());
    return fail(ErrorKind::Compare, {}, 0, "the file came back with other data than was written");
}

/// RENAME_NOREPLACE; the new name is made anew while it is taken.
ProbeRun::Outcome ProbeRun::renameExclusively()
{
    const int folder = m_folderFd.get();
    for (int attempt = 0;; ++attempt) {
        m_newNameMayExist = true;
        auto renamed = m_files.rename(folder, m_fileName.data(), folder, m_newName.data(), kRenameNoReplace);
        if (renamed || renamed.error().code != EEXIST)
            return renamed;
        // While the file has its old name, the new one is somebody else's, and stays.
        const auto there = m_attributes.exists(folder, m_fileName.data());
        m_newNameMayExist = !there || !*there;
        if (m_newNameMayExist || attempt >= kMostNames)
            return renamed;
        makeAnother(m_newName);
        noteNames();
        announce(Step::Rename);
    }
}

ProbeRun::Outcome ProbeRun::rename()
{
    auto renamed = renameExclusively();
    if (!renamed && (renamed.error().code == EINVAL || renamed.error().code == ENOSYS)) {
        // The flag is what is missing, most likely; the name is unguessable, so a plain rename replaces nothing.
        renamed = m_files.rename(m_folderFd.get(), m_fileName.data(), m_folderFd.get(), m_newName.data(), 0);
        m_result.notes.renamedWithoutFlag = renamed.has_value();
    }
    m_renamed = renamed.has_value();
    m_fileMayExist = !m_renamed;
    return renamed;
}

ProbeRun::Outcome ProbeRun::seeThatItIsGone(const ProbeName& name)
{
    const auto there = m_attributes.exists(m_folderFd.get(), name.data());
    if (!there)
        return fail(there.error());
    if (!*there)
        return {};
    m_result.notes.nameStayedAfterDelete = true;
    return fail("unlinkat", {}, 0, "the name is still there after it was deleted");
}

ProbeRun::Outcome ProbeRun::deleteFile()
{
    m_file.reset();
    const ProbeName& name = m_renamed ? m_newName : m_fileName;
    require(parseProbeName(name.data()).has_value(), "a probe removes names of its own pattern only");
    auto outcome = m_files.unlink(m_folderFd.get(), name.data());
    if (outcome)
        outcome = seeThatItIsGone(name);
    if (outcome) {
        (m_renamed ? m_newNameMayExist : m_fileMayExist) = false;
        if (m_renamed)
            m_fileMayExist = false;
    }
    // A rename that was only said to be done: the file has its old name.
    if (!outcome && m_renamed && outcome.error().code == ENOENT)
        m_fileMayExist = true;
    m_deletes = outcome.has_value();
    return outcome;
}

ProbeRun::Outcome ProbeRun::createDirectory()
{
    const int folder = m_folderFd.get();
    for (int attempt = 0;; ++attempt) {
        auto made = m_files.makeDirectory(folder, m_directoryName.data(), 0700);
        if (made)
            break;
        m_directoryMayExist = made.error().code != EEXIST;
        if (made.error().code != EEXIST)
            return made;
        takeBack(folder, m_directoryName);
        if (attempt >= kMostNames)
            return made;
        makeAnother(m_directoryName);
        noteNames();
        announce(Step::CreateDirectory);
    }
    m_directoryMayExist = true;
    m_madeDirectory = true;
    if (m_level == Level::Quick)
        return {}; // what mkdtemp shows, and no more
    auto directory = openMadeDirectory(m_system, folder, m_directoryName.data(), m_result.notes.createdFile);
    if (!directory)
        return fail(std::move(directory.error()));
    auto inner = createExclusively(directory->get(), m_innerName, O_RDWR);
    if (!inner) {
        if (inner.error().code != EEXIST)
            static_cast<void>(m_files.unlink(directory->get(), m_innerName.data()));
        return fail(std::move(inner.error()));
    }
    auto closed = m_files.close(std::move(*inner));
    auto removed = m_files.unlink(directory->get(), m_innerName.data());
    m_innerStays = !removed;
    return closed ? removed : closed;
}

ProbeRun::Outcome ProbeRun::deleteDirectory()
{
    require(parseProbeName(m_directoryName.data()).has_value(), "a probe removes names of its own pattern only");
    auto outcome = m_files.removeDirectory(m_folderFd.get(), m_directoryName.data());
    if (outcome)
        outcome = seeThatItIsGone(m_directoryName);
    m_directoryMayExist = !outcome;
    return outcome;
}

} // namespace scratchproof
