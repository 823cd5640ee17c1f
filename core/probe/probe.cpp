// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"

#include "core/probe/ability_trials.h"
#include "core/probe/probe_run.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

ProbeResult ProbeRun::run()
{
    chooseNames(); // before anything is announced: the watcher is told what the next call makes
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
    seeWhereThePathLeads();
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
        return !m_madeDirectory || m_innerStays;
    default:
        return false;
    }
}

/// What is in the folder during that step, or may be; without a step, what could not be removed in the end.
void ProbeRun::tellWhatMayStay(std::optional<Step> step)
{
    if (m_listener == nullptr)
        return;
    std::vector<Path> paths = m_result.notes.leftBehind;
    const auto add = [&](const ProbeName& name, bool may) {
        if (may)
            paths.push_back(joinPath(m_folder, name.data()));
    };
    if (step) {
        add(m_fileName, m_fileMayExist || step == Step::CreateFile);
        add(m_newName, m_newNameMayExist || step == Step::Rename);
        add(m_directoryName, m_directoryMayExist || step == Step::CreateDirectory);
        add(m_placeName, m_placeMayExist);
        for (const auto& name : m_takenNames)
            add(name, true);
    }
    m_listener->mayLeave(paths);
}

void ProbeRun::announce(Step step)
{
    if (m_listener == nullptr)
        return;
    tellWhatMayStay(step);
    m_listener->stepStarted(step);
}

void ProbeRun::take(Step step)
{
    announce(step);
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
            m_result.notes.folderGone = folder ? folder->links == 0 : folder.error().code == ENOENT; // FUSE
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
        const auto fate = i < vouched ? m_sweeper.removeVouched(folder, names[i], std::nullopt)
                                      : m_sweeper.removeIfDead(folder, names[i], std::nullopt);
        if (fate == LeftoverFate::Removed)
            m_result.notes.swept.push_back(joinPath(m_folder, names[i]));
        if (fate == LeftoverFate::Kept && std::count(m_undecided.begin(), m_undecided.end(), names[i]) == 0)
            m_undecided.push_back(names[i]);
        if (i < vouched) {
            m_undecidedNoted = m_undecided.size();
            allGone = allGone && fate && *fate != LeftoverFate::Kept;
        }
        if (!fate && (fate.error().code == EPERM || fate.error().code == EACCES)) {
            refusal = fate.error();
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

/// What was to be judged by the file system's own clock, or by what becomes of permissions here, once the file that was
/// made tells them. What the journal vouched for and is kept all the same is nothing that a check makes.
void ProbeRun::sweepAfter()
{
    if (m_undecided.empty() || !m_newFile)
        return;
    bool notedAreDone = m_undecidedNoted > 0;
    for (std::size_t i = 0; i < m_undecided.size(); ++i) {
        const std::string& name = m_undecided[i];
        const bool isNoted = i < m_undecidedNoted;
        const auto fate = isNoted ? m_sweeper.removeVouched(m_folderFd.get(), name, m_newFile)
                                  : m_sweeper.removeIfDead(m_folderFd.get(), name, m_newFile);
        if (fate == LeftoverFate::Removed)
            m_result.notes.swept.push_back(joinPath(m_folder, name));
        notedAreDone = notedAreDone && (fate || !isNoted);
    }
    if (notedAreDone)
        m_journal.forget(m_folder);
}

void ProbeRun::tryAbilities()
{
    const bool allPassed = std::all_of(m_result.steps.begin(), m_result.steps.end(),
                                       [](const StepResult& step) { return step.status == StepStatus::Passed; });
    if (m_level != Level::Full || !allPassed)
        return;
    TriedAbilities tried;
    for (int attempt = 0; attempt <= kMostNames; ++attempt) {
        makeAnother(m_placeName);
        const std::string_view name(m_placeName.data(), kProbeNameLength);
        m_journal.note(m_folder, {&name, 1});
        m_placeMayExist = true;
        tellWhatMayStay(Step::DeleteDirectory);
        tried = scratchproof::tryAbilities(m_system, m_folderFd.get(), m_placeName.data(), m_journal.makerText(),
                                           m_result.notes.createdFile, m_stop, [this](Ability ability) {
                                               if (m_listener != nullptr)
                                                   m_listener->abilityStarted(ability);
                                           });
        m_placeMayExist = !tried.nameWasTaken;
        if (!tried.nameWasTaken)
            break;
    }
    m_result.abilities = std::move(tried.results);
    m_madePlace = tried.made && !tried.removed;
    m_result.notes.cancelled = m_stop.stop_requested();
}

/// All was done in the folder that was opened. An unmounted, renamed or replaced one works on for whoever has it open,
/// which is of no use to those who come by the path.
void ProbeRun::seeWhereThePathLeads()
{
    const auto& opened = m_result.notes.folder;
    if (!m_opened || !opened)
        return;
    const auto fd = m_files.open(kWorkingDirectory, m_folder.c_str(), O_PATH | O_DIRECTORY);
    if (!fd) {
        m_result.notes.folderReplaced = fd.error().code == ENOENT || fd.error().code == ENOTDIR;
        return;
    }
    const auto now = m_attributes.status(fd->get());
    if (!now)
        return;
    m_result.notes.mountChanged = now->mountId && opened->mountId && *now->mountId != *opened->mountId;
    m_result.notes.folderReplaced = !m_result.notes.mountChanged && !now->sameFileAs(*opened);
}

/// `wasMade`: it has been seen to work; otherwise the name is only looked for, as a call may have failed after its
/// effect. What cannot even be looked for counts as left if it was made, and else is for a later check to look for.
void ProbeRun::removeRest(const ProbeName& name, bool wasMade, Remains& remains)
{
    const auto fate = m_sweeper.removeMade(m_folderFd.get(), name.data());
    if (fate == LeftoverFate::Kept) {
        const auto found = m_attributes.statusAt(m_folderFd.get(), name.data());
        if (found && !found->isRegular() && !found->isDirectory())
            return; // a link, a FIFO: what somebody put in the place of ours
    }
    if (!fate || *fate == LeftoverFate::Kept) {
        // Once more, blindly: the look may be what fails.
        const auto removed = m_files.unlink(m_folderFd.get(), name.data());
        if (!removed && (removed.error().code == EISDIR || removed.error().code == EPERM) &&
            !m_files.removeDirectory(m_folderFd.get(), name.data()))
            static_cast<void>(m_sweeper.removeMade(m_folderFd.get(), name.data())); // with what is in it
    }
    // Not by the errno: a file system may say ENOENT and keep the name.
    const auto there = m_attributes.exists(m_folderFd.get(), name.data());
    if (there ? *there : wasMade)
        remains.left.emplace_back(name.data());
    else if (!there)
        remains.unsure.emplace_back(name.data());
}

void ProbeRun::cleanUp()
{
    m_file.reset();
    Remains remains;
    if (m_fileMayExist)
        removeRest(m_fileName, m_created, remains);
    if (m_newNameMayExist)
        removeRest(m_newName, m_renamed, remains);
    if (m_directoryMayExist)
        removeRest(m_directoryName, m_madeDirectory, remains);
    if (m_placeMayExist)
        removeRest(m_placeName, m_madePlace, remains);
    for (const auto& name : m_takenNames)
        removeRest(name, true, remains);
    for (const auto& name : remains.left)
        m_result.notes.leftBehind.push_back(joinPath(m_folder, name));
    auto names = std::move(remains.left);
    names.insert(names.end(), remains.unsure.begin(), remains.unsure.end());
    if (!names.empty())
        m_journal.keep(m_folder, names);
    tellWhatMayStay(std::nullopt);
}

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
