// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/walk_crew.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

/// A walk through some of the entries of one directory and everything below them, by one thread at a time.
class PartialWalk : public std::enable_shared_from_this<PartialWalk>
{
public:
    enum class Step { Through, LaidAside };

    /// Of everything in `top`, a descriptor of the walk's own; `path` is that of `top`.
    PartialWalk(WalkCrew& crew, Path path, UniqueFd top, const FileStatus& status);

    /// LaidAside: from then on it is another thread's.
    [[nodiscard]] Step run(CrewMember& member);

    // For the crew, under its mutex.
    [[nodiscard]] int top() const { return m_levels.front().fd.get(); }
    void layAside(const GivenAway& waitingFor) { m_waitingFor = &waitingFor; }
    [[nodiscard]] bool takeUp(const GivenAway& back)
    {
        return m_waitingFor == &back && std::exchange(m_waitingFor, nullptr) != nullptr;
    }
    [[nodiscard]] const std::shared_ptr<PartialWalk>& giver() const { return m_giver; }
    [[nodiscard]] GivenAway* givenBy() const { return m_givenBy.get(); }
    [[nodiscard]] bool hasProblem() const { return m_hadProblem; }

private:
    static constexpr std::size_t kMostOpen = 16; // levels, besides the top
    // Less is not worth another thread.
    static constexpr std::size_t kLeastMet = 64;
    static constexpr std::size_t kLeastGiven = 64;

    struct Folder
    {
        std::string name;
        int attempts = 0;
    };
    struct Entry
    {
        std::string name;
        FileType type = FileType::Unknown;
    };
    struct Level
    {
        std::string name;
        int attempts = 0;
        FileStatus status;
        UniqueFd fd;                 // may be closed further up
        std::vector<Folder> folders; // still to be entered
        std::vector<Entry> entries;  // taken over, still to be met
        std::shared_ptr<GivenAway> given;
        bool scanned = false;
        bool metSomething = false; // in the last scan
        bool problem = false;
    };

    [[nodiscard]] bool isWhole() const { return !m_giver; }
    [[nodiscard]] Path pathOf(std::size_t level) const;
    void tell(std::string_view name, Error error);
    void scan(Level& level);
    [[nodiscard]] Result<std::size_t> readMany(const Level& level);
    void meetBatch(Level& level);
    void meetTakenOver(Level& level);
    void meet(Level& level, const char* name, FileType type);
    void handleFile(Level& level, const char* name);
    void turnAway();
    void descend(Level& level);
    [[nodiscard]] Result<OpenedFolder> openFolder(const Level& parent, const char* name);
    [[nodiscard]] bool makeDescriptorFree(int code, int& attempts);
    void closeUpper(std::size_t keptOpen);
    [[nodiscard]] bool waitsForParts(Level& level);
    void ascend();
    [[nodiscard]] bool readTopAgain();
    [[nodiscard]] bool reopen(Level& parent);
    void leaveLost(Error why);
    void giveFolders();
    void giveBatch(Level& level, std::size_t next);
    void giveTakenOver(Level& level);
    [[nodiscard]] std::shared_ptr<PartialWalk> makePart(std::size_t level);

    WalkCrew& m_crew;
    System& m_system;
    const WalkRules& m_rules;
    Path m_path;
    std::vector<Level> m_levels;
    std::shared_ptr<PartialWalk> m_giver;
    std::shared_ptr<GivenAway> m_givenBy;
    const GivenAway* m_waitingFor = nullptr;
    CrewMember* m_member = nullptr;
    std::size_t m_met = 0;
    int m_readAgain = 0;
    bool m_hadProblem = false;
};

} // namespace scratchproof
