// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/leftovers.h"
#include "core/probe/probe.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

/// For core/probe alone.
namespace scratchproof {

/// A taken name is tried again; so many that are taken mean that the file system answers EEXIST to everything.
constexpr int kMostNames = 100;

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
    [[nodiscard]] Outcome renameExclusively();
    [[nodiscard]] Outcome deleteFile();
    [[nodiscard]] Outcome createDirectory();
    [[nodiscard]] Outcome deleteDirectory();

    void chooseNames();
    void makeAnother(ProbeName& name);
    void noteNames();
    void announce(Step step);
    void tellWhatMayStay(std::optional<Step> step);
    [[nodiscard]] bool sweepBefore();
    void sweepAfter();
    [[nodiscard]] Result<UniqueFd> createExclusively(int dirFd, ProbeName& name, int flags);
    void takeBack(int dirFd, const ProbeName& name);
    [[nodiscard]] Outcome seeThatItIsGone(const ProbeName& name);
    [[nodiscard]] Outcome compare(int fd);
    void tryAbilities();
    void seeWhereThePathLeads();
    void cleanUp();
    struct Remains
    {
        std::vector<std::string> left;   // names that are there still
        std::vector<std::string> unsure; // that may be there: they could not be looked for
    };
    void removeRest(const ProbeName& name, bool wasMade, Remains& remains);

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
    std::vector<ProbeName> m_takenNames;  // refused as taken, though they were ours, and not removed yet
    std::vector<std::string> m_undecided; // judged once a file that is made here tells time and permissions
    std::size_t m_undecidedNoted = 0;     // so many of them, the first, are vouched for by the journal
    std::optional<FileStatus> m_newFile;  // that file, where one was made
    // What has been seen to work: the later steps stand on it.
    bool m_opened = false;
    bool m_created = false;
    bool m_dataIntact = true;
    bool m_deletes = true;
    bool m_madeDirectory = false;
    bool m_innerStays = false;     // what is in the directory: removing it would fail because of us
    bool m_writingRefused = false; // append-only, or leftovers that cannot be removed: nothing is written
};

} // namespace scratchproof
