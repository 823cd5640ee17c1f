// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/promise/model.h"

namespace scratchproof::test {

/// The files of a test belong to the worker's user, and are made and read as by him.
class AsUser
{
public:
    explicit AsUser(unsigned user);
    ~AsUser();
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;
};

/// One random history, with the model that knows what may be gone.
class History
{
public:
    /// `subvolume`: where a real file system is mounted that `top` is on, of which snapshots are made where it can; "":
    /// `top` is on a tmpfs, and the program dies at a call of its own instead of by a signal.
    History(std::uint64_t seed, Worker& worker, unsigned user, Path top, Path bootFile, Counts& counts, Path subvolume);
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// All of its steps, and its end. False if the promise was broken: story() tells how.
    bool run();
    [[nodiscard]] const std::vector<std::string>& story() const { return m_story; }
    [[nodiscard]] const std::string& verdict() const { return m_verdict; } // what was broken first; "": nothing
    bool isTold = false;                                                   // each step on stdout

private:
    struct Mount
    {
        Path at;
        bool hides = false;
        Path file; // of its own, which must be there while it is mounted
    };

    // Randomness.
    std::uint64_t pick(std::uint64_t below) { return m_random() % below; }
    bool chance(unsigned percent) { return pick(100) < percent; }
    template <typename T>
    const T& oneOf(const std::vector<T>& of)
    {
        return of[pick(of.size())];
    }

    // history.cpp
    void tell(std::string line);
    void mountDisk(const Path& at);
    void step();
    [[nodiscard]] Json ask(Json request, bool mayDie = true);
    [[nodiscard]] std::vector<Json> rows(std::size_t registry);
    [[nodiscard]] std::optional<Json> someRow(std::size_t registry);
    [[nodiscard]] Path registryPath(std::size_t registry) const;
    [[nodiscard]] Object* objectOf(const Json& row);
    [[nodiscard]] Object* madeAs(const std::string& id); // and no copy of it
    [[nodiscard]] std::vector<std::size_t> there(bool includingHidden = false);
    [[nodiscard]] Object* someObject();
    [[nodiscard]] bool isHidden(const Path& path) const;
    void moved(Path from, Path to);
    Nanoseconds now() { return m_worker.clock().trueTime(); }
    Nanoseconds wall() { return m_worker.clock().wall(); }
    std::size_t someRegistry() { return chance(80) ? 0 : 1; }

    // steps.cpp
    void create(bool nested, bool locked);
    void extend();
    void pin();
    void release();
    void restore();
    void clean();
    void forget();
    void sweep(std::size_t registry);
    void find(std::size_t registry, const Path& folder);
    void swapped();
    void copy();
    void snapshot();
    void moveByHand();
    void moveFolder();
    void outOfQuarantine();
    void changeMounts();
    void fillDisk();
    void makeRoom();
    void stepClock();
    void timePasses(Nanoseconds time);
    void restart();
    void hurtMarker();
    void closeUp();
    void hurtRegistry();
    void backup();
    void writeFile();
    void oldArrivals();
    void use();
    void unuse(Object& object);
    void releaseUses();
    void unmount(const Mount& mount);
    void writeBoot();

    // judge.cpp
    void grant(Object& object, Nanoseconds lifetime, bool isSure);
    [[nodiscard]] bool isInUse(const Object& object) const { return object.lock >= 0 || object.user > 0; }
    [[nodiscard]] bool hasCopyMet(std::size_t registry, const Object& object);
    [[nodiscard]] bool mayBePurged(std::size_t registry, const Object& object, const std::vector<Json>& rows,
                                   int depth = 0);
    void condemn(Object& object);
    void verify(const std::string& what);
    void place(Object& object);
    void broken(const char* kind, const std::string& what);
    std::size_t addObject(Object object);
    void end();
    void endByHand();
    [[nodiscard]] bool isShutIn(const Object& object);
    [[nodiscard]] std::string whatIsStuck();

    std::mt19937_64 m_random;
    Worker& m_worker;
    unsigned m_user;
    Path m_top;
    Path m_bootFile;
    Path m_subvolume;
    Counts& m_counts;
    std::vector<std::string> m_story;
    std::string m_verdict;
    std::vector<Object> m_objects;
    std::vector<Path> m_folders;
    std::vector<Mount> m_mounts;
    std::array<RowModels, kRegistries> m_rows;
    std::array<RowModels, kRegistries> m_saved;
    std::array<bool, kRegistries> m_hasBackup{};
    std::array<bool, kRegistries> m_isHurt{};
    std::array<bool, kRegistries> m_isUsed{};
    Nanoseconds m_grace = 0;
    std::set<std::size_t> m_mayGo; // objects, in this step
    bool m_isSweep = false;
    bool m_isRestored = false; // by the program
    bool m_hasDied = false;    // the program, in this step
    bool m_isOpen = false;     // it died, or failed on a full disk: what came of it is not to be known
    Path m_filler;             // takes all the room there is on its disk; "": there is room
    bool m_isBroken = false;
    bool m_isEnding = false;
    unsigned m_number = 0;     // for names
    std::vector<Path> m_disks; // mounted for this history
};

} // namespace scratchproof::test
