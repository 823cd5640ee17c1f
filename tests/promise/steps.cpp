// SPDX-License-Identifier: GPL-3.0-or-later

// What happens in a history: what people, the program and the computer do.

#include "tests/promise/history.h"
#include "tests/support/file_content.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kMarker = ".scratchproof-marker";

/// In place: the same inode. False where it is not all there, as on a full disk.
bool overwrite(const Path& path, const std::string& content)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    return file.good();
}

std::set<Path> entriesOf(const Path& folder)
{
    std::set<Path> entries;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(folder, gone))
        entries.insert(entry.path().string());
    return entries;
}

bool exists(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0;
}

} // namespace

void History::create(bool nested, bool locked)
{
    const std::size_t r = someRegistry();
    Path folder = oneOf(m_folders);
    Object* outer = nested ? someObject() : nullptr;
    if (outer != nullptr)
        folder = outer->at;
    if (isHidden(folder + "/x")) // what is made on another drive goes with it
        return;
    const std::vector<Nanoseconds> lifetimes{kHour, kDay, 2 * kDay, 7 * kDay, 10 * kDay};
    const Nanoseconds lifetime = chance(8) ? kNever : oneOf(lifetimes);
    const bool pinned = chance(10);
    const std::string name = fmt::format("n{}", pick(4));
    const auto before = entriesOf(folder);
    const Json made = ask({{"do", "create"},
                           {"registry", registryPath(r)},
                           {"name", name},
                           {"folder", folder},
                           {"lifetime", lifetime == kNever ? Json() : Json(lifetime)},
                           {"pinned", pinned},
                           {"reuse", chance(15)},
                           {"empty", chance(20)},
                           {"default", nested && chance(20)}});
    if (m_hasDied) { // what is there of it may go, or stay until it is cleaned up
        for (const Json& row : rows(r)) {
            Object half;
            half.id = row.at("id");
            half.at = row.at("path").get<Path>();
            half.marker = !exists(joinPath(half.at, kMarker))                                  ? MarkerIs::Missing
                          : contentOf(joinPath(half.at, kMarker)).value_or("").ends_with('\n') ? MarkerIs::Whole
                                                                                               : MarkerIs::Torn;
            half.isCondemned = true;
            half.isUnsure = true;
            const bool isKnown = std::any_of(m_objects.begin(), m_objects.end(), [&](const Object& one) {
                return !one.isGone && (one.at == half.at || one.id == half.id);
            });
            if (!isKnown && exists(half.at))
                addObject(half);
        }
    }
    if (made.contains("error")) { // what is left of it must be known, so that it can be got rid of
        const auto known = rows(r);
        for (const Path& entry : entriesOf(folder)) {
            if (before.count(entry) == 0 &&
                std::none_of(known.begin(), known.end(), [&](const Json& row) { return row.at("path") == entry; }))
                broken("STUCK", entry + " is left of one that was not made");
        }
    }
    if (!made.contains("row"))
        return;
    const Json& row = made["row"];
    if (made.value("reused", false)) {
        Object* reused = objectOf(row);
        if (reused != nullptr) {
            if (lifetime == kNever)
                reused->endedWall = kNever;
            else if (reused->endedWall != kNever) // only if it was over, and then from now on
                reused->endedWall = std::max(reused->endedWall, wall() + lifetime);
        }
        return;
    }
    if (outer != nullptr && row.at("path").get<Path>().starts_with(outer->at + '/')) // not beside it
        outer->changedWall = std::max(outer->changedWall, wall());
    Object object;
    object.id = row.at("id");
    object.name = name;
    object.at = row.at("path").get<Path>();
    object.isPinned = pinned;
    const std::size_t index = addObject(object);
    ++m_counts.made;
    m_rows[r][object.id] = {};
    Object& added = m_objects[index];
    grant(added, lifetime, true);
    if (chance(80)) {
        const AsUser user(m_user);
        const std::string content = fmt::format("{} of {}", index, added.id);
        if (overwrite(joinPath(added.at, "data"), content))
            added.files["data"] = content;
        if (chance(40)) {
            std::error_code failed;
            fs::create_directories(joinPath(added.at, "sub/deeper"), failed);
            if (overwrite(joinPath(added.at, "sub/deeper/more"), content))
                added.files["sub/deeper/more"] = content;
        }
        added.changedWall = wall();
    }
    if (locked) {
        added.lock = open(added.at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        flock(added.lock, LOCK_SH);
    }
}

void History::extend()
{
    const std::size_t r = someRegistry();
    const auto row = someRow(r);
    if (!row)
        return;
    const std::vector<Nanoseconds> lifetimes{kHour, kDay, 7 * kDay};
    const Nanoseconds lifetime = chance(8) ? kNever : oneOf(lifetimes);
    Object* object = objectOf(*row);
    const Json done = ask({{"do", "extend"},
                           {"registry", registryPath(r)},
                           {"id", row->at("id")},
                           {"lifetime", lifetime == kNever ? Json() : Json(lifetime)}});
    const bool isDone = done.contains("row");
    if (isDone || m_isOpen) {
        RowModel& model = m_rows[r][row->at("id")];
        model.isAdopted = true;
        model.wasPutOff = model.wasPutOff && m_isOpen;
        // It is meant, and not a copy that is away; one that comes back has to be met anew.
        if (m_isOpen || done.value("notWritten", "").empty())
            std::erase_if(model.met, [&](const auto& met) { return isHidden(met.second); });
        // Where it is away, this registry alone knows.
        if (Object* away = object == nullptr ? madeAs(row->at("id")) : nullptr)
            grant(*away, lifetime, false);
        else if (object != nullptr && !object->isReleased)
            grant(*object, lifetime, isDone && done.value("notWritten", "").empty());
    }
}

void History::pin()
{
    const std::size_t r = someRegistry();
    const auto row = someRow(r);
    if (!row)
        return;
    Object* object = objectOf(*row);
    const bool pinned = chance(60);
    const Json done = ask({{"do", "pin"}, {"registry", registryPath(r)}, {"id", row->at("id")}, {"pinned", pinned}});
    if (object == nullptr && (done.contains("row") || m_isOpen)) { // as of extend()
        if (Object* away = madeAs(row->at("id"))) {
            away->isUnsure = true;
            away->isPinned = away->isPinned && pinned;
        }
    }
    if (object == nullptr)
        return;
    object->isUnsure = object->isUnsure || m_isOpen || !done.value("notWritten", "").empty();
    if (done.contains("row"))
        object->isPinned = pinned && done.value("notWritten", "").empty();
    else if (m_isOpen && !pinned)
        object->isPinned = false;
}

void History::release()
{
    const std::size_t r = someRegistry();
    if (const auto row = someRow(r))
        (void)ask({{"do", "release"}, {"registry", registryPath(r)}, {"id", row->at("id")}});
}

void History::restore()
{
    const std::size_t r = someRegistry();
    const auto all = rows(r);
    std::vector<Json> released;
    std::copy_if(all.begin(), all.end(), std::back_inserter(released),
                 [](const Json& row) { return row.at("quarantine") != ""; });
    if (released.empty())
        return;
    const Json row = oneOf(released);
    Object* object = objectOf(row);
    Json request{{"do", "restore"}, {"registry", registryPath(r)}, {"id", row.at("id")}};
    const std::vector<Nanoseconds> lifetimes{kHour, kDay, 7 * kDay};
    const std::optional<Nanoseconds> lifetime = chance(70) ? std::nullopt : std::optional(oneOf(lifetimes));
    if (lifetime)
        request["lifetime"] = *lifetime;
    const Json done = ask(request);
    m_isRestored = done.contains("row");
    if (!lifetime || (!m_isRestored && !m_isOpen))
        return;
    RowModel& model = m_rows[r][row.at("id")];
    // One that had been moved back by hand is only seen to be there, and granted what its own end grants.
    const bool isGiven = m_isRestored && object != nullptr && object->isReleased;
    model.isAdopted = model.isAdopted || isGiven || m_isOpen;
    model.wasPutOff = model.wasPutOff && m_isOpen;
    if (object != nullptr)
        grant(*object, *lifetime, isGiven && done.value("notWritten", "").empty());
}

void History::clean()
{
    const std::size_t r = someRegistry();
    const auto row = someRow(r);
    if (!row)
        return;
    Object* object = objectOf(*row);
    const Json seen = ask({{"do", "preview"}, {"registry", registryPath(r)}, {"id", row->at("id")}});
    if (!seen.value("removable", false))
        return;
    if (object != nullptr && !isInUse(*object) && !hasCopyMet(r, *object))
        condemn(*object);
    (void)ask({{"do", "clean"},
               {"registry", registryPath(r)},
               {"id", row->at("id")},
               {"confirmation", seen.at("confirmation")}});
}

void History::forget()
{
    const std::size_t r = someRegistry();
    if (const auto row = someRow(r))
        (void)ask({{"do", "forget"}, {"registry", registryPath(r)}, {"id", row->at("id")}}, false);
}

void History::sweep(std::size_t registry)
{
    const auto known = rows(registry);
    for (std::size_t i = 0; i < m_objects.size(); ++i) {
        if (!m_objects[i].isGone && mayBePurged(registry, m_objects[i], known))
            condemn(m_objects[i]);
    }
    // The timer may have been started with another grace period than was promised.
    const Json swept =
        ask({{"do", "sweep"}, {"registry", registryPath(registry)}, {"grace", chance(50) ? "1d" : "3d"}});
    for (const Json& one : swept.value("done", Json::array())) {
        if (one.at("outcome") != "put-off")
            continue;
        RowModel& row = m_rows[registry][one.at("id")];
        row.wasPutOff = true;
        row.putOffUntil = now() + kDay;
    }
    for (const Json& one : swept.value("done", Json::array())) {
        RowModel& row = m_rows[registry][one.at("id")];
        if (one.at("outcome") == "error" && !m_filler.empty() && !row.wasPutOff) { // the same
            row.wasPutOff = true;
            row.putOffUntil = 0;
        }
    }
    if (m_isOpen) { // it may have been put off, which is not to be known
        for (auto& [id, row] : m_rows[registry]) {
            if (!row.wasPutOff) {
                row.wasPutOff = true;
                row.putOffUntil = 0;
            }
        }
    }
    m_isSweep = true;
}

void History::find(std::size_t registry, const Path& folder)
{
    const auto before = rows(registry);
    const Json result = ask({{"do", "find"}, {"registry", registryPath(registry)}, {"folder", folder}});
    for (const Json& one : result.value("found", Json::array())) {
        if (!one.contains("row"))
            continue;
        const std::string id = one["row"].at("id");
        const std::string status = one.at("status");
        RowModel& row = m_rows[registry][id];
        // Where a copy was met as well, only that is told: but what the registry did not know, or knew to be elsewhere,
        // was found all the same.
        const bool wasThere = std::any_of(before.begin(), before.end(), [&](const Json& known) {
            return known.at("id") == id && known.at("path") == one["row"].at("path");
        });
        if (!wasThere || status == "imported" || status == "moved")
            row.isAdopted = false;
        if (status == "copy") {
            for (std::size_t i = 0; i < m_objects.size(); ++i) {
                if (!m_objects[i].isGone && m_objects[i].id == id)
                    row.met.insert({i, m_objects[i].at});
            }
        }
    }
    if (m_isOpen) {
        for (const Json& row : rows(registry))
            m_rows[registry][row.at("id")].isAdopted = row.at("adopted").get<bool>();
    }
}

void History::swapped()
{
    const std::size_t r = someRegistry();
    const auto row = someRow(r);
    Object* object = row ? objectOf(*row) : nullptr;
    if (object == nullptr || object->isCondemned || isHidden(object->at) || isInUse(*object) || !m_filler.empty())
        return;
    const Json seen = ask({{"do", "preview"}, {"registry", registryPath(r)}, {"id", row->at("id")}}, false);
    if (!seen.value("removable", false))
        return;
    verify("looking at it");
    const Path place = object->at;
    const Path aside = fmt::format("{}/aside{}", parentPath(place), ++m_number);
    Object decoy;
    {
        const AsUser user(m_user);
        if (rename(place.c_str(), aside.c_str()) != 0)
            return;
        const auto index = static_cast<std::size_t>(object - m_objects.data());
        moved(place, aside);
        if (chance(50))
            fs::create_directory(place);
        else
            fs::copy(aside, place, fs::copy_options::recursive);
        overwrite(joinPath(place, "decoy"), "not to be touched");
        decoy.files["decoy"] = "not to be touched";
        decoy.at = place;
        decoy.id = "decoy";
        decoy.isDecoy = true;
        addObject(decoy);
        object = &m_objects[index];
    }
    const auto number = static_cast<std::size_t>(object - m_objects.data());
    (void)ask({{"do", "clean"},
               {"registry", registryPath(r)},
               {"id", row->at("id")},
               {"confirmation", seen.at("confirmation")}});
    verify("cleaning what was swapped");
    m_objects.back().isGone = true;
    std::error_code ignored;
    fs::remove_all(place, ignored);
    if (rename(aside.c_str(), place.c_str()) == 0)
        moved(aside, place);
    if (m_objects[number].isGone)
        broken("LOST", place + " was not looked at");
}

void History::copy()
{
    Object* object = someObject();
    if (object == nullptr || object->isCondemned || object->isDecoy || !exists(object->at))
        return;
    const Path to = fmt::format("{}/copy{}", oneOf(m_folders), ++m_number);
    if (to.starts_with(object->at + '/') || isHidden(to))
        return;
    tell(fmt::format("cp -a {} {}", object->at, to));
    const AsUser user(m_user);
    std::error_code failed;
    fs::copy(object->at, to, fs::copy_options::recursive, failed);
    if (failed) {
        fs::remove_all(to, failed);
        return;
    }
    // All that lies in it is there twice, too.
    const Path from = object->at;
    for (const std::size_t i : there()) {
        const Object& one = m_objects[i];
        if (one.at != from && !one.at.starts_with(from + '/'))
            continue;
        Object other;
        other.id = one.id;
        other.name = one.name;
        other.at = to + one.at.substr(from.size());
        other.marker = one.marker;
        other.markerText = one.markerText;
        other.files = one.files;
        other.isCondemned = one.isCondemned;
        other.isPinned = one.isPinned;
        other.isDecoy = one.isDecoy;
        if (exists(other.at))
            addObject(other);
    }
}

void History::snapshot()
{
    struct statfs space = {};
    if (m_subvolume.empty() || !m_mounts.empty() || statfs(m_subvolume.c_str(), &space) != 0 ||
        space.f_type != BTRFS_SUPER_MAGIC)
        return;
    const std::string name = fmt::format("snapshot{}", ++m_number);
    const int from = open(m_subvolume.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int to = open(m_top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    btrfs_ioctl_vol_args_v2 wish = {};
    wish.fd = from;
    name.copy(wish.name, sizeof wish.name - 1);
    const bool isMade = ioctl(to, BTRFS_IOC_SNAP_CREATE_V2, &wish) == 0;
    close(from);
    close(to);
    if (!isMade)
        throw std::runtime_error("no snapshot of " + m_subvolume);
    tell("snapshot " + name);
    const Path top = joinPath(m_top, name);
    for (const std::size_t i : there()) {
        Object other = m_objects[i];
        other.at = top + other.at.substr(m_subvolume.size());
        other.lock = -1;
        other.user = -1;
        other.deadline = kNever;
        other.releaseDeadline = kNever;
        if (exists(other.at))
            addObject(std::move(other));
    }
}

void History::moveByHand()
{
    Object* object = someObject();
    if (object == nullptr)
        return;
    const Path folder = oneOf(m_folders);
    const Path to = fmt::format("{}/{}", folder,
                                chance(50) ? std::string(baseName(object->at)) : fmt::format("moved{}", ++m_number));
    if (to == object->at || to.starts_with(object->at + '/') || exists(to) || isHidden(to))
        return;
    const AsUser user(m_user);
    const Path from = object->at;
    if (rename(from.c_str(), to.c_str()) != 0)
        return;
    tell(fmt::format("mv {} {}", from, to));
    moved(from, to);
}

void History::moveFolder()
{
    // Renamed, and perhaps another one made in its place; or back.
    const Path folder = joinPath(m_top, "a");
    const Path other = joinPath(m_top, "a-away");
    if (isHidden(folder + "/x") || isHidden(other + "/x") || !m_filler.empty())
        return;
    const AsUser user(m_user);
    if (!exists(other)) {
        if (rename(folder.c_str(), other.c_str()) != 0)
            return;
        const auto folders = m_folders;
        moved(folder, other);
        m_folders = folders;
        fs::create_directory(folder);
        m_folders.push_back(other);
        tell("mv a a-away; mkdir a");
        return;
    }
    std::error_code ignored;
    if (rmdir(folder.c_str()) != 0 || rename(other.c_str(), folder.c_str()) != 0) {
        fs::create_directory(folder, ignored);
        return;
    }
    std::erase(m_folders, other);
    moved(other, folder);
    tell("rmdir a; mv a-away a");
}

void History::outOfQuarantine()
{
    for (const std::size_t i : there()) {
        Object& object = m_objects[i];
        if (!object.isReleased)
            continue;
        const Path from = object.at;
        const Path outside = parentPath(parentPath(from));
        const Path to = chance(60) ? joinPath(outside, baseName(from)) : fmt::format("{}/out{}", outside, ++m_number);
        const AsUser user(m_user);
        if (exists(to) || rename(from.c_str(), to.c_str()) != 0)
            continue;
        tell(fmt::format("mv {} {}", from, to));
        moved(from, to);
        return;
    }
}

void History::unmount(const Mount& mount)
{
    tell("umount " + mount.at);
    if (umount2(mount.at.c_str(), 0) != 0 && umount2(mount.at.c_str(), MNT_DETACH) != 0)
        throw std::runtime_error("umount " + mount.at);
}

void History::changeMounts()
{
    if (!m_mounts.empty() && chance(50)) {
        const Mount mount = m_mounts.back();
        m_mounts.pop_back();
        unmount(mount);
        return;
    }
    if (m_mounts.size() > 3)
        return;
    const std::string owner = fmt::format("mode=0755,uid={},gid={}", m_user, m_user);
    Mount mounted;
    switch (pick(3)) {
    case 0: { // over a folder
        mounted.at = oneOf(m_folders);
        mounted.hides = true;
        if (isHidden(mounted.at) || mount("tmpfs", mounted.at.c_str(), "tmpfs", 0, owner.c_str()) != 0)
            return;
        if (chance(50)) {
            const AsUser user(m_user);
            fs::create_directory(joinPath(mounted.at, "deep"));
        }
        break;
    }
    case 1: { // a folder twice
        mounted.at = fmt::format("{}/mnt{}", m_top, ++m_number);
        const Path what = oneOf(m_folders);
        mkdir(mounted.at.c_str(), 0755);
        if (isHidden(what) || mount(what.c_str(), mounted.at.c_str(), nullptr, MS_BIND, nullptr) != 0)
            return;
        // What is seen there is what is below `what`; with the folder itself it goes.
        break;
    }
    default: { // in a scratch directory
        Object* object = someObject();
        if (object == nullptr || object->isCondemned || !exists(object->at) || isInUse(*object))
            return;
        mounted.at = fmt::format("{}/mounted{}", object->at, ++m_number);
        {
            const AsUser user(m_user);
            if (mkdir(mounted.at.c_str(), 0755) != 0)
                return;
        }
        object->changedWall = std::max(object->changedWall, wall());
        if (mount("tmpfs", mounted.at.c_str(), "tmpfs", 0, owner.c_str()) != 0)
            return;
        mounted.file = joinPath(mounted.at, "stays");
        const AsUser user(m_user);
        overwrite(mounted.file, "on a mount");
    }
    }
    tell("mount " + mounted.at);
    m_mounts.push_back(mounted);
}

/// All of it, or all but a little.
void History::fillDisk()
{
    struct statfs space = {};
    const Path disk = m_disks.size() > 1 && chance(50) ? m_disks.back() : m_top;
    // btrfs keeps room of its own for what it writes besides.
    if (!m_filler.empty() || statfs(disk.c_str(), &space) != 0 || space.f_type == BTRFS_SUPER_MAGIC)
        return;
    constexpr off_t kBlock = 4096;
    static const std::vector<off_t> rests{0, 0, kBlock, 2 * kBlock, 4 * kBlock, 16 * kBlock};
    const off_t rest = oneOf(rests);
    m_filler = joinPath(disk, "filler");
    const int file = open(m_filler.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    off_t size = 0;
    for (off_t more = off_t{1} << 28; more >= kBlock;) {
        if (fallocate(file, 0, size, more) == 0)
            size += more;
        else
            more /= 2;
    }
    (void)!ftruncate(file, std::max(off_t{0}, size - rest));
    close(file);
    ++m_counts.fills;
    tell(fmt::format("{} is full, but for {} bytes", disk, rest));
}

void History::makeRoom()
{
    if (m_filler.empty())
        return;
    unlink(m_filler.c_str());
    tell("there is room again: " + m_filler);
    m_filler.clear();
}

void History::stepClock()
{
    static const std::vector<Nanoseconds> steps{-400 * kDay, -40 * kDay, -5 * kDay, -kHour,    kHour,
                                                2 * kDay,    6 * kDay,   20 * kDay, 40 * kDay, 400 * kDay};
    SharedClock& clock = m_worker.clock();
    const bool isRight = chance(40);
    clock.isSynchronized = isRight;
    clock.set(clock.skipped, isRight ? 0 : clock.wallError + oneOf(steps));
    tell(isRight ? "the clock is set right" : "the clock is set wrong");
}

void History::timePasses(Nanoseconds time)
{
    SharedClock& clock = m_worker.clock();
    clock.set(clock.skipped + time, clock.wallError);
    tell(fmt::format("{:.3f} days pass", static_cast<double>(time) / static_cast<double>(kDay)));
}

void History::restart()
{
    static const std::vector<Nanoseconds> offs{kSecond, kHour, 10 * kHour, 2 * kDay, 20 * kDay};
    static const std::vector<Nanoseconds> errors{-10'000 * kDay, -30 * kDay, -kHour, 3 * kDay, 12 * kDay, 400 * kDay};
    releaseUses();
    while (!m_mounts.empty()) {
        const Mount mount = m_mounts.back();
        m_mounts.pop_back();
        unmount(mount);
    }
    m_worker.stop();
    SharedClock& clock = m_worker.clock();
    const Nanoseconds off = oneOf(offs);
    clock.isSynchronized = chance(50);
    const Nanoseconds error = clock.isSynchronized ? 0 : chance(50) ? clock.wallError : oneOf(errors);
    clock.set(clock.skipped + off, error);
    clock.booted = clock.trueTime() - 60 * kSecond;
    ++clock.boot;
    writeBoot();
    // As documented (elapsed_time.h), and no more.
    if (!clock.isSynchronized) {
        for (Object& object : m_objects)
            object.ahead += kDay;
    }
    tell(fmt::format("restart, {:.3f} days off, {}", static_cast<double>(off) / static_cast<double>(kDay),
                     clock.isSynchronized ? "synchronized" : "not synchronized"));
}

void History::hurtMarker()
{
    Object* object = someObject();
    if (object == nullptr || object->isDecoy || object->isCondemned)
        return;
    const Path marker = joinPath(object->at, kMarker);
    const AsUser user(m_user);
    if (object->marker != MarkerIs::Whole) {
        if (object->markerText.empty())
            return;
        chmod(object->at.c_str(), 0700);
        chmod(marker.c_str(), 0600);
        const bool isWhole = overwrite(marker, object->markerText);
        object->marker = isWhole ? MarkerIs::Whole : MarkerIs::Torn;
        if (isWhole)
            tell("mended the marker of " + object->at);
        return;
    }
    const std::string text = contentOf(marker).value_or("");
    if (text.empty())
        return;
    object->markerText = text;
    if (chance(50)) {
        overwrite(marker, text.substr(0, pick(text.size() - 2))); // without its last bracket
        object->marker = MarkerIs::Torn;
    } else {
        unlink(marker.c_str());
        object->marker = MarkerIs::Missing;
    }
    tell("hurt the marker of " + object->at);
}

void History::closeUp()
{
    Object* object = someObject();
    if (object == nullptr || object->isDecoy)
        return;
    const AsUser user(m_user);
    if (chance(70))
        chmod(object->at.c_str(), 0);
    else
        chmod(joinPath(object->at, kMarker).c_str(), 0);
    tell("chmod 000 " + object->at);
}

void History::hurtRegistry()
{
    const std::size_t r = m_isHurt[1] ? 1 : m_isHurt[0] ? 0 : someRegistry();
    const Path file = registryPath(r);
    if (!exists(file) && !m_isHurt[r])
        return;
    const auto drop = [&] {
        for (const char* ending : {"", "-wal", "-shm", "-journal"})
            unlink((file + ending).c_str());
        m_rows[r].clear();
    };
    const AsUser user(m_user);
    if (m_isHurt[r] || chance(20)) { // lost
        drop();
        m_isHurt[r] = false;
        tell(fmt::format("registry {} is removed", r));
        return;
    }
    std::string content = contentOf(file).value_or("");
    constexpr std::size_t kPage = 4096;
    switch (pick(3)) {
    case 0:
        content.resize(content.size() / 2);
        break;
    case 1:
        content.replace(0, std::min<std::size_t>(content.size(), 100), 100, '\x5a');
        break;
    default: {
        const std::size_t page = kPage * pick(std::max<std::size_t>(1, content.size() / kPage));
        content.replace(page, std::min(kPage, content.size() - page), kPage, '\x5a');
    }
    }
    overwrite(file, content);
    m_isHurt[r] = true;
    tell(fmt::format("registry {} is damaged", r));
}

void History::backup()
{
    const std::size_t r = someRegistry();
    const Path file = registryPath(r);
    const Path saved = fmt::format("{}/saved{}", m_top, r);
    const AsUser user(m_user);
    std::error_code failed;
    bool isWhole = true;
    if (m_hasBackup[r] && chance(40)) {
        for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
            fs::remove(file + ending, failed);
            isWhole = isWhole && (!exists(saved + ending) || fs::copy_file(saved + ending, file + ending, failed));
        }
        m_rows[r] = m_saved[r];
        m_isHurt[r] = !isWhole;
        tell(fmt::format("registry {} is restored from its backup", r));
        return;
    }
    if (m_isHurt[r] || !exists(file))
        return;
    for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
        fs::remove(saved + ending, failed);
        isWhole = isWhole && (!exists(file + ending) || fs::copy_file(file + ending, saved + ending, failed));
    }
    m_saved[r] = m_rows[r];
    m_hasBackup[r] = isWhole;
    tell(fmt::format("registry {} is backed up", r));
}

void History::writeFile()
{
    Object* object = someObject();
    if (object == nullptr || object->isCondemned || object->isDecoy)
        return;
    const AsUser user(m_user);
    const std::string name = fmt::format("file{}", ++m_number);
    const bool isWhole = overwrite(joinPath(object->at, name), name);
    if (!exists(joinPath(object->at, name)))
        return;
    if (isWhole)
        object->files[name] = name;
    object->changedWall = std::max(object->changedWall, wall());
    tell(fmt::format("wrote {}/{}", object->at, name));
}

void History::oldArrivals()
{
    Object* object = someObject();
    if (object == nullptr || object->isCondemned || object->isDecoy)
        return;
    const AsUser user(m_user);
    const std::string name = fmt::format("old{}", ++m_number);
    const Path outside = joinPath(m_top, name);
    std::error_code failed;
    fs::create_directory(outside, failed);
    const bool isWhole = overwrite(joinPath(outside, "inner"), name);
    const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    utimensat(AT_FDCWD, joinPath(outside, "inner").c_str(), times, 0);
    utimensat(AT_FDCWD, outside.c_str(), times, 0);
    const Path to = joinPath(object->at, name);
    if (rename(outside.c_str(), to.c_str()) != 0) {
        fs::remove_all(outside, failed);
        return;
    }
    if (isWhole)
        object->files[name + "/inner"] = name;
    object->changedWall = std::max(object->changedWall, wall());
    tell(fmt::format("mv {} with old times into {}", name, object->at));
}

void History::use()
{
    Object* object = someObject();
    if (object == nullptr || isInUse(*object) || object->isDecoy || !exists(object->at))
        return;
    if (chance(40)) {
        object->lock = open(object->at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        flock(object->lock, LOCK_SH);
        tell("locked " + object->at);
        return;
    }
    chmod(object->at.c_str(), 0700);
    std::array<int, 2> ready{};
    if (pipe2(ready.data(), O_CLOEXEC) != 0)
        return;
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const bool is = chdir(object->at.c_str()) == 0 && setresgid(m_user, m_user, m_user) == 0 &&
                        setresuid(m_user, m_user, m_user) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
        (void)!write(ready[1], "x", 1);
        for (;;)
            is ? (void)pause() : _exit(1);
    }
    char byte = 0;
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    close(ready[1]);
    object->user = child;
    tell(fmt::format("process {} works in {}", child, object->at));
}

void History::unuse(Object& object)
{
    if (object.lock >= 0)
        close(object.lock);
    object.lock = -1;
    if (object.user > 0) {
        kill(object.user, SIGKILL);
        waitpid(object.user, nullptr, 0);
    }
    object.user = -1;
}

void History::releaseUses()
{
    for (Object& object : m_objects) {
        if (isInUse(object))
            tell("no more used: " + object.at);
        unuse(object);
    }
}

} // namespace scratchproof::test
