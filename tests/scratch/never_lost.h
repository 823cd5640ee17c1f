// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/probe_journal.h"
#include "core/scratch/finder.h"
#include "core/scratch/scratch_store.h"
#include "core/scratch/sweeper.h"
#include "core/system/forwarding.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace scratchproof::test {

constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
constexpr Nanoseconds kHour = 3600 * kSecond;
constexpr Nanoseconds kDay = 24 * kHour;

/// This process becomes that user, and stays able to become root again.
inline void become(unsigned user)
{
    if (setresuid(0, 0, 0) != 0 || setgroups(0, nullptr) != 0 || setresgid(user, user, 0) != 0 ||
        setresuid(user, user, 0) != 0)
        failSetup("become " + std::to_string(user));
    prctl(PR_SET_DUMPABLE, 1); // else /proc/self is root's
}
inline void asRoot(const std::function<void()>& work)
{
    const unsigned user = geteuid();
    become(0);
    work();
    become(user);
}
/// A command that has to succeed.
inline void must(const std::string& command)
{
    runOrFail({"sh", "-ec", command});
}
inline void mustAsRoot(const std::string& command)
{
    asRoot([&] { must(command); });
}
/// lstat() finds something.
inline bool isThere(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0;
}

/// Clocks that are set and that time passes by; they run on besides.
class SetClocks : public ClockSource
{
public:
    Nanoseconds monotonic() override { return linuxSystem().clock.monotonic(); }
    Nanoseconds wall() override { return linuxSystem().clock.wall() + m_wall; }
    Nanoseconds sinceBoot() override { return linuxSystem().clock.sinceBoot() + m_sinceBoot; }
    bool isSynchronized() override { return synchronized; }

    /// Time passes.
    void pass(Nanoseconds time)
    {
        m_wall += time;
        m_sinceBoot += time;
    }
    /// Somebody sets the wall clock on, or back.
    void step(Nanoseconds by) { m_wall += by; }
    void setWall(Nanoseconds wall) { m_wall = wall - linuxSystem().clock.wall(); }
    /// Off for so long, and started again; the wall clock of this computer goes on meanwhile, by `counted`.
    void restart(Nanoseconds counted)
    {
        m_wall += counted;
        m_sinceBoot = kSecond - linuxSystem().clock.sinceBoot();
        ++boot;
    }

    bool synchronized = true;
    int boot = 1;

private:
    Nanoseconds m_wall = 0;
    Nanoseconds m_sinceBoot = 0;
};

/// Reads files of one's own instead of the system's, and has something happen at a call.
class OwnFiles : public ForwardingFiles
{
public:
    explicit OwnFiles(Path folder) : ForwardingFiles(linuxSystem().files), m_folder(std::move(folder)) {}

    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) override
    {
        if (const auto own = m_own.find(name); own != m_own.end())
            return ForwardingFiles::open(dirFd, own->second.c_str(), flags, mode);
        return ForwardingFiles::open(dirFd, name, flags, mode);
    }
    Result<void> removeDirectory(int dirFd, const char* name) override
    {
        if (atRemoveDirectory)
            std::exchange(atRemoveDirectory, {})();
        return ForwardingFiles::removeDirectory(dirFd, name);
    }
    /// What is read at that place from now on.
    void answer(const Path& place, const std::string& content)
    {
        const Path file = joinPath(m_folder, "own-" + std::to_string(m_own.size()) + '-' + std::to_string(++m_count));
        writeFile(file, content);
        m_own[place] = file;
    }
    std::function<void()> atRemoveDirectory; // once

private:
    Path m_folder;
    std::map<std::string, Path, std::less<>> m_own;
    int m_count = 0;
};

/// An unprivileged user with a home, a registry, and a folder to work in on a tmpfs; this process is that user as long
/// as it lives. Needs PrivateMounts.
class World
{
public:
    World()
    {
        unsetenv("SCRATCHPROOF_GRACE");
        m_top = mountTmpfs(m_folder.makeFolder("top"));
        top = m_top->path();
        for (const char* name : {"home", "work", "own"}) {
            makeFolder(top + '/' + name, 0755);
            changeOwner(top + '/' + name, kOrdinaryUser, kOrdinaryUser);
        }
        setenv("HOME", (top + "/home").c_str(), 1);
        unsetenv("XDG_STATE_HOME");
        work = top + "/work";
        registry = top + "/home/state/scratch.db";
        become(kOrdinaryUser);
        files = std::make_unique<OwnFiles>(top + "/own");
        system = std::make_unique<System>(System{*files, linuxSystem().attributes, linuxSystem().processes, clock});
        bootIsKnown();
    }
    ~World()
    {
        system.reset();
        become(0);
        m_mounts.clear();
        m_top.reset();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    [[nodiscard]] ScratchStore store() { return {*system, registry}; }
    [[nodiscard]] ScratchStore storeOf(const Path& file) { return {*system, file}; }

    [[nodiscard]] Result<Created> create(CreateRequest request)
    {
        ProbeJournal journal = ProbeJournal::disabled(*system);
        return store().create(request, journal, {});
    }
    ScratchRecord make(const std::string& name, Lifetime lifetime, const Path& in = {}, bool pinned = false)
    {
        CreateRequest request;
        request.name = name;
        request.folder = in.empty() ? work : in;
        request.lifetime = lifetime;
        request.pinned = pinned;
        auto made = create(request);
        if (!made)
            throw std::runtime_error(toString(made.error()));
        return made->directory.record;
    }
    void pass(Nanoseconds time) { clock.pass(time); }
    void restart(Nanoseconds counted)
    {
        clock.restart(counted);
        bootIsKnown();
    }

    /// What the sweep does now, by id; nothing of what is not due.
    std::map<std::string, Purge> sweep(const Path& file = {})
    {
        ScratchStore all = storeOf(file.empty() ? registry : file);
        const auto plan = Sweeper(all).plan(SweepMode::Do);
        if (!plan)
            throw std::runtime_error(toString(plan.error()));
        std::map<std::string, Purge> done;
        for (const ScratchDirectory& due : plan->due) {
            auto purge = Sweeper(all).purge(due.record.id, SweepMode::Do, {}, {});
            if (!purge)
                throw std::runtime_error(toString(purge.error()));
            done.emplace(due.record.id, std::move(*purge));
        }
        return done;
    }
    /// Whether the sweep removes it now.
    bool isSwept(const std::string& id)
    {
        auto done = sweep();
        return done.count(id) == 1 && done[id].outcome == PurgeOutcome::Purged;
    }
    /// "" if it was removed, else why not.
    [[nodiscard]] std::string clean(const std::string& id)
    {
        ScratchStore all = store();
        const auto seen = all.preview(id, {}, {});
        if (!seen)
            return toString(seen.error());
        if (!seen->removable)
            return seen->reason.empty() ? "not removable" : toString(seen->reason);
        const auto cleaned = all.clean(id, seen->confirmation, {}, {});
        if (!cleaned)
            return toString(cleaned.error());
        if (cleaned->removed)
            return {};
        return cleaned->kept.empty() ? "kept"
                                     : cleaned->kept.front().path + ": " + toString(cleaned->kept.front().reason);
    }
    [[nodiscard]] Result<SweepPlan> plan(SweepMode mode)
    {
        ScratchStore used = store();
        return Sweeper(used).plan(mode);
    }
    std::vector<FoundScratch> find(const Path& folder, const Path& file = {})
    {
        ScratchStore used = storeOf(file.empty() ? registry : file);
        auto found = Finder(used).find(folder, {}, {});
        if (!found)
            throw std::runtime_error(toString(found.error()));
        return std::move(found->found);
    }
    ScratchDirectory look(const std::string& id)
    {
        auto seen = store().inspect(id, {}, {});
        if (!seen)
            throw std::runtime_error(toString(seen.error()));
        return std::move(*seen);
    }
    [[nodiscard]] bool isRegistered(const std::string& id, const Path& file = {})
    {
        const auto all = storeOf(file.empty() ? registry : file).list().value();
        return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.record.id == id; });
    }

    /// A folder of the user's below top.
    Path folder(const std::string& name)
    {
        const Path path = top + '/' + name;
        if (!isThere(path))
            asRoot([&] {
                makeFolder(path, 0755);
                changeOwner(path, kOrdinaryUser, kOrdinaryUser);
            });
        return path;
    }
    /// Mounts at a folder of that name, whose top is the user's then.
    Path mountImageAt(const std::string& type, const std::string& name, std::uint64_t bytes)
    {
        const Path at = folder(name);
        asRoot([&] {
            m_mounts.push_back(mountImage(type, image(name), bytes, at));
            changeOwner(at, kOrdinaryUser, kOrdinaryUser);
        });
        return at;
    }
    [[nodiscard]] Path image(const std::string& name) const { return top + '/' + name + ".image"; }

    Path top;
    Path work;
    Path registry;
    SetClocks clock;
    std::unique_ptr<OwnFiles> files;
    std::unique_ptr<System> system;

private:
    void bootIsKnown()
    {
        files->answer("/proc/sys/kernel/random/boot_id", "boot " + std::to_string(clock.boot) + '\n');
    }

    TemporaryFolder m_folder;
    std::unique_ptr<MountedFolder> m_top;
    std::vector<std::unique_ptr<MountedFolder>> m_mounts;
};

} // namespace scratchproof::test
