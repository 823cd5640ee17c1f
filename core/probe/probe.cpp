// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"

#include "core/probe/ability_trials.h"
#include "core/probe/leftovers.h"
#include "core/probe/pattern.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

/// A taken name is tried again; so many that are taken mean that the file system answers EEXIST to everything.
constexpr int kMostNames = 100;

/// What the file system answers where it has no fsync, or none for this file: data cannot be confirmed, which is a
/// limit.
bool meansUnsupported(int code)
{
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

/// One probe of one folder. Holds what exists in the folder at any moment, so that cleaning up is one function.
class ProbeRun
{
public:
    ProbeRun(System& system, ProbeJournal& journal, const Path& folder, Level level, std::stop_token stop,
             ProbeListener* listener)
        : m_system(system), m_files(system.files), m_attributes(system.attributes), m_journal(journal),
          m_folder(folder), m_level(level), m_stop(std::move(stop)), m_listener(listener),
          m_sweeper(system, journal.maker())
    {}

    ProbeResult run();

private:
    using Outcome = Result<void>;

    void take(Step step);
    [[nodiscard]] Outcome carryOut(Step step);
    [[nodiscard]] bool isBlocked(Step step) const;
    void skip(Step step) { m_result.steps.push_back({step, StepStatus::Skipped, {}, 0, 0}); }

    [[nodiscard]] Outcome openFolder();
    [[nodiscard]] Outcome createFile();
    [[nodiscard]] Outcome write();
    [[nodiscard]] Outcome sync();
    [[nodiscard]] Outcome readBack();
    [[nodiscard]] Outcome rename();
    [[nodiscard]] Outcome deleteFile();
    [[nodiscard]] Outcome createDirectory();
    [[nodiscard]] Outcome deleteDirectory();

    void chooseNames();
    void noteNames();
    [[nodiscard]] bool sweepBefore();
    void sweepAfter();
    [[nodiscard]] Result<UniqueFd> createExclusively(int dirFd, ProbeName& name, int flags);
    [[nodiscard]] Outcome seeThatItIsGone(const ProbeName& name);
    [[nodiscard]] Outcome compare(int fd);
    void tryAbilities();
    void cleanUp();
    void removeRest(const ProbeName& name, bool wasMade, std::vector<std::string>& left);

    System& m_system;
    Files& m_files;
    FileAttributes& m_attributes;
    ProbeJournal& m_journal;
    const Path& m_folder;
    Level m_level;
    std::stop_token m_stop;
    ProbeListener* m_listener;
    LeftoverSweeper m_sweeper;
    ProbeResult m_result;

    UniqueFd m_folderFd;
    UniqueFd m_file;
    ProbeName m_fileName{};
    ProbeName m_newName{};
    ProbeName m_directoryName{};
    ProbeName m_innerName{};
    ProbeName m_placeName{}; // of the abilities' directory
    std::uint64_t m_seed = 0;
    // What may exist in the folder now. A call that failed may have had its effect all the same.
    bool m_fileMayExist = false;
    bool m_newNameMayExist = false;
    bool m_directoryMayExist = false;
    bool m_placeMayExist = false;
    bool m_madePlace = false;
    bool m_renamed = false;
    std::vector<std::string> m_undecided; // of another machine: judged once the file system's clock is known
    // What has been seen to work: the later steps stand on it.
    bool m_opened = false;
    bool m_created = false;
    bool m_dataIntact = true;
    bool m_deletes = true;
    bool m_madeDirectory = false;
    bool m_writingRefused = false; // append-only, or leftovers that cannot be removed: nothing is written
};

ProbeResult ProbeRun::run()
{
    const auto& steps = stepsOf(m_level);
    m_result.steps.reserve(steps.size());
    for (const Step step : steps) {
        if (m_stop.stop_requested())
            m_result.notes.cancelled = true;
        // A step that was taken for the others' leftovers stands already.
        if (m_writingRefused && step == Step::DeleteFile && !m_result.notes.refusedLeftovers.empty())
            continue;
        if (m_result.notes.cancelled || isBlocked(step))
            skip(step);
        else
            take(step);
        if (step == Step::OpenFolder && m_opened && !m_result.notes.cancelled)
            m_writingRefused = m_result.notes.appendOnly || !sweepBefore();
    }
    tryAbilities();
    cleanUp();
    sweepAfter();
    std::sort(m_result.steps.begin(), m_result.steps.end(),
              [](const StepResult& a, const StepResult& b) { return a.step < b.step; });
    return std::move(m_result);
}

bool ProbeRun::isBlocked(Step step) const
{
    if (step == Step::OpenFolder)
        return false;
    if (!m_opened || m_writingRefused)
        return true;
    switch (step) {
    case Step::Write:
    case Step::DeleteFile:
        return !m_created;
    case Step::Sync:
    case Step::ReadBack:
    case Step::Rename:
        return !m_created || !m_dataIntact;
    case Step::CreateDirectory:
        return !m_created || !m_deletes;
    case Step::DeleteDirectory:
        return !m_madeDirectory;
    default:
        return false;
    }
}

void ProbeRun::take(Step step)
{
    if (m_listener != nullptr)
        m_listener->stepStarted(step);
    StepResult result{step, StepStatus::Passed, {}, 0, 0};
    const Nanoseconds start = m_system.clock.monotonic();
    const Outcome outcome = carryOut(step);
    result.duration = m_system.clock.monotonic() - start;
    if (!outcome) {
        result.status = StepStatus::Failed;
        result.call = outcome.error().operation;
        result.errorCode = outcome.error().code;
        if (result.errorCode == ENOENT && m_folderFd) {
            const auto folder = m_attributes.status(m_folderFd.get());
            m_result.notes.folderGone = folder && folder->links == 0;
        }
    }
    if (m_listener != nullptr)
        m_listener->stepFinished(result);
    m_result.steps.push_back(std::move(result));
}

ProbeRun::Outcome ProbeRun::carryOut(Step step)
{
    switch (step) {
    case Step::OpenFolder:
        return openFolder();
    case Step::CreateFile:
        return createFile();
    case Step::Write:
        return write();
    case Step::Sync:
        return sync();
    case Step::ReadBack:
        return readBack();
    case Step::Rename:
        return rename();
    case Step::DeleteFile:
        return deleteFile();
    case Step::CreateDirectory:
        return createDirectory();
    case Step::DeleteDirectory:
        return deleteDirectory();
    }
    return {};
}

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

/// Removes what earlier checks left. False if the folder refuses that: then nothing more is written to it.
bool ProbeRun::sweepBefore()
{
    std::vector<std::string> names = m_journal.leftIn(m_folder);
    const std::size_t vouched = names.size();
    if (m_level != Level::Quick) {
        for (auto& name : m_sweeper.look(m_folderFd.get(), m_stop))
            names.push_back(std::move(name));
    }
    bool allGone = true;
    std::optional<Error> refusal;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const int folder = m_folderFd.get();
        const auto gone = i < vouched ? m_sweeper.removeVouched(folder, names[i])
                                      : m_sweeper.removeIfDead(folder, names[i], std::nullopt);
        if (gone && *gone && i >= vouched)
            m_result.notes.swept.push_back(joinPath(m_folder, names[i]));
        if (gone && !*gone && i >= vouched)
            m_undecided.push_back(names[i]);
        allGone = allGone && (gone || i >= vouched);
        if (!gone && (gone.error().code == EPERM || gone.error().code == EACCES)) {
            refusal = gone.error();
            m_result.notes.refusedLeftovers.push_back(joinPath(m_folder, names[i]));
        }
    }
    if (allGone && vouched > 0)
        m_journal.forget(m_folder);
    // Where nothing may be written anyway, the probe itself gives the better answer.
    if (!refusal || !m_attributes.access(m_folderFd.get(), "", AccessMode::WriteAndSearch)) {
        m_result.notes.refusedLeftovers.clear();
        return true;
    }
    const StepResult refused{Step::DeleteFile, StepStatus::Failed, refusal->operation, refusal->code, 0};
    if (m_listener != nullptr)
        m_listener->stepFinished(refused);
    m_result.steps.push_back(refused);
    return false;
}

/// What another machine or namespace left, once the file system's own clock is known from the file that was made.
void ProbeRun::sweepAfter()
{
    if (m_undecided.empty() || !m_result.notes.createdFile)
        return;
    for (const auto& name : m_undecided) {
        const auto gone = m_sweeper.removeIfDead(m_folderFd.get(), name, m_result.notes.createdFile->modified);
        if (gone && *gone)
            m_result.notes.swept.push_back(joinPath(m_folder, name));
    }
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

/// As mkstemp(3) does. `name` is made anew while it is taken.
Result<UniqueFd> ProbeRun::createExclusively(int dirFd, ProbeName& name, int flags)
{
    for (int attempt = 0;; ++attempt) {
        auto fd = m_files.open(dirFd, name.data(), flags | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd || fd.error().code != EEXIST || attempt >= kMostNames)
            return fd;
        std::uint64_t random = 0;
        m_system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
        name = makeProbeName(m_journal.makerText(), random);
        if (&name == &m_fileName)
            noteNames();
    }
}

ProbeRun::Outcome ProbeRun::createFile()
{
    chooseNames();
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
    if (m_level == Level::Quick)
        return m_files.close(std::move(*fd));
    if (auto status = m_attributes.status(fd->get()))
        m_result.notes.createdFile = *status;
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
    auto fd = m_files.open(m_folderFd.get(), m_fileName.data(), O_RDONLY | O_NOFOLLOW);
    if (!fd) {
        m_dataIntact = false;
        return fail(std::move(fd.error()));
    }
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
            return fail("compare", {}, 0, "the file came back shorter than it was written");
        }
        at += std::min(*count, kProbeBytes - at);
    }
    const auto difference = std::mismatch(expected.begin(), expected.end(), found.begin());
    if (difference.first == expected.end())
        return {};
    m_result.notes.firstDifference = static_cast<std::uint64_t>(difference.first - expected.begin());
    return fail("compare", {}, 0, "the file came back with other data than was written");
}

ProbeRun::Outcome ProbeRun::rename()
{
    const int folder = m_folderFd.get();
    m_newNameMayExist = true;
    auto renamed = m_files.rename(folder, m_fileName.data(), folder, m_newName.data(), kRenameNoReplace);
    if (!renamed && (renamed.error().code == EINVAL || renamed.error().code == ENOSYS)) {
        // The flag is what is missing, most likely; the name is unguessable, so a plain rename replaces nothing.
        renamed = m_files.rename(folder, m_fileName.data(), folder, m_newName.data(), 0);
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
    auto outcome = m_files.unlink(m_folderFd.get(), name.data());
    if (outcome)
        outcome = seeThatItIsGone(name);
    if (outcome) {
        (m_renamed ? m_newNameMayExist : m_fileMayExist) = false;
        if (m_renamed)
            m_fileMayExist = false;
    }
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
        if (made.error().code != EEXIST || attempt >= kMostNames)
            return made;
        std::uint64_t random = 0;
        m_system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
        m_directoryName = makeProbeName(m_journal.makerText(), random);
        noteNames();
    }
    m_directoryMayExist = true;
    m_madeDirectory = true;
    if (m_level == Level::Quick)
        return {}; // what mkdtemp shows, and no more
    auto directory = m_files.open(folder, m_directoryName.data(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory)
        return fail(std::move(directory.error()));
    auto inner = createExclusively(directory->get(), m_innerName, O_RDWR);
    if (!inner) {
        static_cast<void>(m_files.unlink(directory->get(), m_innerName.data()));
        return fail(std::move(inner.error()));
    }
    auto closed = m_files.close(std::move(*inner));
    auto removed = m_files.unlink(directory->get(), m_innerName.data());
    return closed ? removed : closed;
}

ProbeRun::Outcome ProbeRun::deleteDirectory()
{
    auto outcome = m_files.removeDirectory(m_folderFd.get(), m_directoryName.data());
    if (outcome)
        outcome = seeThatItIsGone(m_directoryName);
    m_directoryMayExist = !outcome;
    return outcome;
}

void ProbeRun::tryAbilities()
{
    const bool allPassed = std::all_of(m_result.steps.begin(), m_result.steps.end(),
                                       [](const StepResult& step) { return step.status == StepStatus::Passed; });
    if (m_level != Level::Full || !allPassed)
        return;
    std::uint64_t random = 0;
    m_system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
    m_placeName = makeProbeName(m_journal.makerText(), random);
    const std::string_view name(m_placeName.data(), kProbeNameLength);
    m_journal.note(m_folder, {&name, 1});
    m_placeMayExist = true;
    const auto& file = m_result.notes.createdFile;
    auto tried =
        scratchproof::tryAbilities(m_system, m_folderFd.get(), m_placeName.data(), m_journal.makerText(),
                                   file ? std::optional(file->uid) : std::nullopt, m_stop, [this](Ability ability) {
                                       if (m_listener != nullptr)
                                           m_listener->abilityStarted(ability);
                                   });
    m_result.abilities = std::move(tried.results);
    m_madePlace = tried.made && !tried.removed;
    m_result.notes.cancelled = m_stop.stop_requested();
}

/// `wasMade`: it has been seen to work; otherwise the name is only looked for, as a call may have failed after its
/// effect. What cannot even be looked for counts as left if it was made.
void ProbeRun::removeRest(const ProbeName& name, bool wasMade, std::vector<std::string>& left)
{
    const auto gone = m_sweeper.removeVouched(m_folderFd.get(), name.data());
    if (!gone || !*gone) {
        // Once more, blindly: the look may be what fails.
        const auto removed = m_files.unlink(m_folderFd.get(), name.data());
        if (!removed && (removed.error().code == EISDIR || removed.error().code == EPERM))
            static_cast<void>(m_files.removeDirectory(m_folderFd.get(), name.data()));
    }
    // Not by the errno: a file system may say ENOENT and keep the name.
    const auto there = m_attributes.exists(m_folderFd.get(), name.data());
    if (there ? *there : wasMade)
        left.emplace_back(name.data());
}

void ProbeRun::cleanUp()
{
    m_file.reset();
    std::vector<std::string> left;
    if (m_fileMayExist)
        removeRest(m_fileName, m_created, left);
    if (m_newNameMayExist)
        removeRest(m_newName, m_renamed, left);
    if (m_directoryMayExist)
        removeRest(m_directoryName, m_madeDirectory, left);
    if (m_placeMayExist)
        removeRest(m_placeName, m_madePlace, left);
    if (left.empty())
        return;
    for (const auto& name : left)
        m_result.notes.leftBehind.push_back(joinPath(m_folder, name));
    m_journal.keep(m_folder, left);
}

} // namespace

const StepResult* ProbeResult::firstProblem() const
{
    for (const auto& step : steps) {
        if (step.status == StepStatus::Failed || step.status == StepStatus::TimedOut)
            return &step;
    }
    return nullptr;
}

FolderProbe::FolderProbe(System& system, ProbeJournal& journal) : m_system(system), m_journal(journal) {}

ProbeResult FolderProbe::run(const Path& folder, Level level, std::stop_token stop, ProbeListener* listener)
{
    return ProbeRun(m_system, m_journal, folder, level, std::move(stop), listener).run();
}

} // namespace scratchproof
