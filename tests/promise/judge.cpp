// SPDX-License-Identifier: GPL-3.0-or-later

// What must be there, what may be gone, and what has to be.

#include "tests/promise/history.h"
#include "tests/support/file_content.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

constexpr std::string_view kQuarantine = ".scratchproof-released-";
/// Files get the time of the last tick of the clock.
constexpr Nanoseconds kTick = 20'000'000;

bool isInQuarantine(const Path& path)
{
    return baseName(parentPath(path)).starts_with(kQuarantine);
}

} // namespace

std::size_t History::addObject(Object object)
{
    struct stat status = {};
    if (lstat(object.at.c_str(), &status) != 0)
        throw std::runtime_error("not there: " + object.at);
    object.inode = status.st_ino;
    object.device = status.st_dev;
    m_objects.push_back(std::move(object));
    return m_objects.size() - 1;
}

void History::grant(Object& object, Nanoseconds lifetime, bool isSure)
{
    const Nanoseconds deadline = lifetime == kNever ? kNever : now() + lifetime + m_grace;
    const Nanoseconds ended = lifetime == kNever ? kNever : wall() + lifetime;
    if (isSure) {
        object.lifetime = lifetime;
        object.deadline = deadline;
        object.endedWall = ended;
        object.ahead = 0;
    } else {
        object.isUnsure = true;
        object.deadline = std::min(object.deadline, deadline);
        object.endedWall = std::max(object.endedWall, ended);
    }
}

bool History::hasCopyMet(std::size_t registry, const Object& object)
{
    const auto row = m_rows[registry].find(object.id);
    if (row == m_rows[registry].end())
        return false;
    return std::any_of(row->second.met.begin(), row->second.met.end(), [&](const auto& met) {
        const Object& other = m_objects[met.first];
        return &other != &object && !other.isGone && other.at == met.second && other.marker == MarkerIs::Whole;
    });
}

bool History::mayBePurged(std::size_t registry, const Object& object, const std::vector<Json>& rows, int depth)
{
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Json& one) {
        return one.at("id") == object.id && (one.at("path") == object.at || one.at("quarantine") == object.at);
    });
    const auto known = m_rows[registry].find(object.id);
    if (row == rows.end() || known == m_rows[registry].end() || !known->second.isAdopted || isInUse(object) ||
        isHidden(object.at) || hasCopyMet(registry, object))
        return false;
    if (object.marker != MarkerIs::Whole && !object.files.empty())
        return false;
    const Nanoseconds latest = now() + object.ahead;
    if (object.isReleased ? latest < object.releaseDeadline : (object.isPinned || latest < object.deadline))
        return false;
    const Nanoseconds ended = object.isReleased ? object.releasedWall : object.endedWall;
    if (known->second.wasPutOff ? latest < known->second.putOffUntil : object.changedWall > ended + kTick)
        return false;
    // What lies in it goes first, or keeps it; what this registry does not know stays in what is left of it.
    const auto isRegistered = [&](const Object& other) {
        return std::any_of(rows.begin(), rows.end(), [&](const Json& one) {
            return one.at("id") == other.id && (one.at("path") == other.at || one.at("quarantine") == other.at);
        });
    };
    return std::none_of(m_objects.begin(), m_objects.end(), [&](const Object& other) {
        return !other.isGone && !other.isCondemned && &other != &object && other.at.starts_with(object.at + '/') &&
               isRegistered(other) && (depth > 4 || !mayBePurged(registry, other, rows, depth + 1));
    });
}

void History::condemn(Object& object)
{
    m_mayGo.insert(static_cast<std::size_t>(&object - m_objects.data()));
    for (Object& other : m_objects) {
        // Without its marker it is a directory like any other.
        if (&other != &object && !other.isGone && other.at.starts_with(object.at + '/') &&
            other.marker == MarkerIs::Missing)
            m_mayGo.insert(static_cast<std::size_t>(&other - m_objects.data()));
    }
}

/// Where it is now: the program moves it into its quarantine and back, and nowhere else.
void History::place(Object& object)
{
    const auto isAt = [&](const Path& path) {
        struct stat status = {};
        return lstat(path.c_str(), &status) == 0 && status.st_ino == object.inode && status.st_dev == object.device;
    };
    if (isAt(object.at))
        return;
    std::vector<Path> candidates;
    if (isInQuarantine(object.at)) {
        candidates.push_back(joinPath(parentPath(parentPath(object.at)), baseName(object.at)));
    } else {
        std::error_code gone;
        for (const auto& entry : std::filesystem::directory_iterator(parentPath(object.at), gone)) {
            if (entry.path().filename().string().starts_with(kQuarantine))
                candidates.push_back(joinPath(entry.path().string(), baseName(object.at)));
        }
    }
    for (const Path& candidate : candidates) {
        if (isAt(candidate)) {
            moved(object.at, candidate);
            return;
        }
    }
    object.isGone = true;
}

void History::broken(const char* kind, const std::string& what)
{
    m_isBroken = true;
    ++(kind[0] == 'L' ? m_counts.lost : kind[0] == 'E' ? m_counts.early : m_counts.stuck);
    tell(fmt::format("{}: {}", kind, what));
    if (m_verdict.empty())
        m_verdict = m_story.back();
}

void History::verify(const std::string& what)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < m_objects.size(); ++i)
        order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return m_objects[a].at.size() < m_objects[b].at.size(); });
    for (const std::size_t i : order) {
        Object& object = m_objects[i];
        if (object.isGone || isHidden(object.at))
            continue;
        place(object);
        std::string missing = object.isGone ? object.at : std::string();
        for (const auto& [name, content] : object.files) {
            if (missing.empty() && contentOf(joinPath(object.at, name)) != content)
                missing = joinPath(object.at, name);
        }
        if (!missing.empty() && !object.isCondemned) {
            if (m_mayGo.count(i) == 0)
                broken(m_isSweep ? "EARLY" : "LOST",
                       fmt::format("{} of {} ({}) after: {}", missing, object.id, object.at, what));
            object.isCondemned = true;
            ++(m_isSweep ? m_counts.purged : m_counts.cleaned);
        }
        if (object.isGone || object.isCondemned) {
            object.files.clear();
            if (object.isGone)
                unuse(object);
            continue;
        }
        const bool isReleased = isInQuarantine(object.at);
        if (isReleased && !object.isReleased) {
            object.releaseDeadline = now() + (m_isOpen ? kDay : m_grace);
            object.releasedWall = wall();
            object.ahead = 0;
        } else if (!isReleased && object.isReleased) {
            if (object.deadline != kNever)
                object.deadline = std::max(object.deadline, now() + m_grace);
            // By hand, or by what was killed: its life begins anew when the program next looks, which is not to be
            // known.
            object.endedWall = m_isRestored && object.endedWall != kNever
                                   ? std::max(object.endedWall, wall() + object.lifetime)
                                   : kNever;
        }
        object.isReleased = isReleased;
    }
    for (const Mount& mount : m_mounts) {
        // Under another mount it is not to be seen; it is looked for again once that is gone.
        if (!mount.file.empty() && !isHidden(mount.file) && !contentOf(mount.file))
            broken("LOST", mount.file + ", which lies on a mount, after: " + what);
    }
    m_mayGo.clear();
    m_isSweep = false;
    m_isRestored = false;
    m_hasDied = false;
    m_isOpen = false;
}

void History::end()
{
    tell("--- the end");
    m_isEnding = true;
    makeRoom();
    releaseUses();
    while (!m_mounts.empty()) {
        const Mount mount = m_mounts.back();
        m_mounts.pop_back();
        unmount(mount);
    }
    for (std::size_t r = 0; r < kRegistries; ++r) {
        if (m_isHurt[r])
            hurtRegistry();
    }
    m_worker.stop();
    SharedClock& clock = m_worker.clock();
    clock.set(clock.skipped + kHour, 0);
    clock.booted = clock.trueTime();
    clock.isSynchronized = true;
    ++clock.boot;
    writeBoot();
    verify("unmounting");
    // A marker that is in two places is taken from all but one by the user, whose own that directory is then.
    std::set<std::string> ids;
    std::vector<Path> own;
    for (Object& object : m_objects) {
        if (object.isGone || object.marker == MarkerIs::Missing || ids.insert(object.id).second)
            continue;
        chmod(object.at.c_str(), 0700);
        unlink((object.at + "/.scratchproof-marker").c_str());
        object.marker = MarkerIs::Missing;
    }
    // One that lies in another one goes first, which is a change of the other one, that is put off for once.
    constexpr int kLeast = 3;
    constexpr int kMost = 9;
    std::string stuck;
    for (int round = 0; round < kMost && !m_isBroken && (round <= kLeast || !stuck.empty()); ++round) {
        for (std::size_t r = 0; r < kRegistries && !m_isBroken; ++r) {
            if (!m_isUsed[r])
                continue;
            if (round == 0)
                find(r, m_top);
            sweep(r);
            verify("a sweep at the end");
        }
        timePasses((round < kLeast ? 25 : 11) * kDay);
        stuck = whatIsStuck();
    }
    if (!stuck.empty() && !m_isBroken)
        broken("STUCK", stuck + " should have been purged by the sweeps");
    if (!m_isBroken)
        endByHand();
}

/// Whether somebody closed a folder above it (chmod 000), which only its owner, or a look at that one if it is a
/// scratch directory whose own time is over, opens again.
bool History::isShutIn(const Object& object)
{
    return std::any_of(m_objects.begin(), m_objects.end(), [&](const Object& outer) {
        struct stat status = {};
        return !outer.isGone && object.at.starts_with(outer.at + '/') && lstat(outer.at.c_str(), &status) == 0 &&
               (status.st_mode & 0700U) != 0700U;
    });
}

/// What the sweeps should have purged; "": nothing.
std::string History::whatIsStuck()
{
    for (std::size_t r = 0; r < kRegistries; ++r) {
        const auto known = rows(r);
        for (const Object& object : m_objects) {
            // By both clocks.
            const bool isOver = (object.isReleased ? object.releasedWall : object.endedWall) + m_grace <= wall();
            const bool isHolding = std::any_of(m_objects.begin(), m_objects.end(), [&](const Object& other) {
                return !other.isGone && other.marker != MarkerIs::Missing && other.at.starts_with(object.at + '/');
            });
            if (!object.isGone && !object.isUnsure && object.marker == MarkerIs::Whole && isOver && !isHolding &&
                !isShutIn(object) && mayBePurged(r, object, known))
                return object.at;
        }
    }
    return {};
}

void History::endByHand()
{
    for (Object& object : m_objects) {
        if (!object.isGone) {
            chmod(object.at.c_str(), 0700);
            chmod((object.at + "/.scratchproof-marker").c_str(), 0600);
            if (object.marker == MarkerIs::Torn) { // find said that it is not to be trusted
                unlink((object.at + "/.scratchproof-marker").c_str());
                object.marker = MarkerIs::Missing;
            }
        }
    }
    for (std::size_t r = 0; r < kRegistries; ++r) {
        if (!m_isUsed[r])
            continue;
        constexpr int kRounds = 4;
        for (int round = 0; round < kRounds; ++round) {
            find(r, m_top); // also what was forgotten, whatever its record said
            auto left = rows(r);
            std::sort(left.begin(), left.end(), [](const Json& a, const Json& b) {
                return a.at("path").get<Path>().size() > b.at("path").get<Path>().size();
            });
            for (const Json& row : left) {
                const Json seen = ask({{"do", "preview"}, {"id", row.at("id")}, {"registry", registryPath(r)}}, false);
                if (seen.value("removable", false)) {
                    // As it is shown: it may have been found elsewhere since they were listed.
                    if (Object* object = objectOf(seen.at("row")))
                        condemn(*object);
                    const Json done = ask({{"do", "clean"},
                                           {"id", row.at("id")},
                                           {"registry", registryPath(r)},
                                           {"confirmation", seen.at("confirmation")}},
                                          false);
                    // One that lies in it, and that this registry does not know, is what the reason names.
                    for (std::size_t i = 0; !done.value("removed", true) && i < m_objects.size(); ++i) {
                        if (!m_objects[i].isGone && m_objects[i].at.starts_with(seen.at("path").get<Path>() + '/'))
                            find(r, m_objects[i].at);
                    }
                } else if (seen.contains("row") &&
                           (seen["row"]["state"] == "lost" || seen["row"]["state"] == "offline")) {
                    (void)ask({{"do", "forget"}, {"id", row.at("id")}, {"registry", registryPath(r)}}, false);
                }
                verify("cleaning up");
            }
        }
        for (const Json& row : rows(r)) {
            const Json seen = ask({{"do", "preview"}, {"id", row.at("id")}, {"registry", registryPath(r)}}, false);
            broken("STUCK", "a row that cannot be got rid of: " + seen.dump());
        }
    }
    for (const Object& object : m_objects) {
        if (!object.isGone && object.marker == MarkerIs::Whole)
            broken("STUCK", object.at + " is still there, " + object.id);
    }
    std::error_code gone;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(m_top, gone)) {
        if (entry.is_directory(gone) && entry.path().filename().string().starts_with(kQuarantine) &&
            std::filesystem::is_empty(entry.path(), gone))
            broken("STUCK", "an empty quarantine is left: " + entry.path().string());
    }
}

} // namespace scratchproof::test
