// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tree/walk_crew.h"

#include <atomic>
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

    /// Of everything in `top`, a descriptor of the walk's own, which lies at `place`.
    PartialWalk(WalkCrew& crew, TreePlace place, UniqueFd top, const FileStatus& status);

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
    struct TakenOver
    {
        std::shared_ptr<const std::byte[]> names; // that the entries' lie in; other walks have some of them
        std::vector<DirectoryEntry> entries;      // still to be met, the last one first
    };
    struct Level
    {
        std::string name;
        TreePlace place; // made when it is first asked for; the top's is there
        int attempts = 0;
        FileStatus status;
        UniqueFd fd;                 // may be closed further up
        std::vector<Folder> folders; // still to be entered
        std::shared_ptr<GivenAway> given;
        std::shared_ptr<std::atomic<bool>> markedForAll; // as `marked`, of all walks that have some of it
        bool scanned = false;
        bool metSomething = false; // in the last scan
        bool marked = false;       // a scratch directory of its own
        bool problem = false;
    };

    [[nodiscard]] bool isWhole() const { return !m_giver; }
    [[nodiscard]] bool isOfTop(std::size_t level) const { return level == 0 && m_isOfTop; }
    [[nodiscard]] const TreePlace& placeOf(std::size_t level);
    void addProblem(std::string_view name, const Error& error);
    void lookForMarker();
    void meetMarker();
    void leaveAlone();
    [[nodiscard]] bool isLeftAlone(Level& level);
    void scan(Level& level);
    void provideBuffer(std::size_t size, std::size_t used);
    [[nodiscard]] Result<std::size_t> readMany(const Level& level);
    [[nodiscard]] bool listBatch(std::size_t filled);
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
    void leaveLost(const Error& why);
    void giveFolders();
    [[nodiscard]] bool giveWholeBatch(Level& level);
    void giveBatch(Level& level, std::size_t next);
    void giveTakenOver(Level& level);
    [[nodiscard]] std::shared_ptr<PartialWalk> makePart(std::size_t level);

    WalkCrew& m_crew;
    System& m_system;
    const WalkRules& m_rules;
    std::vector<Level> m_levels;
    TakenOver m_takenOver; // of the top
    std::shared_ptr<PartialWalk> m_giver;
    std::shared_ptr<GivenAway> m_givenBy;
    const GivenAway* m_waitingFor = nullptr;
    CrewMember* m_member = nullptr;
    std::size_t m_met = 0;
    std::size_t m_readAtOnce = 0; // bytes of entries, at most
    int m_readAgain = 0;
    bool m_isOfTop = true; // its top is that of the whole walk
    bool m_hasLooked = true;
    bool m_atEnd = false; // of the listing at hand
    bool m_hadProblem = false;
};

} // namespace scratchproof
