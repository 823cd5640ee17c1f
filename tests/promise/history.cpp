// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/promise/history.h"

#include <fmt/format.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace scratchproof::test {

AsUser::AsUser(unsigned user)
{
    setfsgid(user);
    setfsuid(user);
}

AsUser::~AsUser()
{
    setfsuid(0);
    setfsgid(0);
}

History::History(std::uint64_t seed, Worker& worker, unsigned user, Path top, Path bootFile, Counts& counts,
                 Path subvolume)
    : m_random(seed), m_worker(worker), m_user(user), m_top(std::move(top)), m_bootFile(std::move(bootFile)),
      m_subvolume(std::move(subvolume)), m_counts(counts)
{
    SharedClock& clock = m_worker.clock();
    clock.count = 1;
    clock.segments[0] = {};
    clock.skipped = 0;
    clock.wallError = 0;
    clock.isSynchronized = true;
    clock.booted = clock.trueTime() - 10 * kHour;
    ++clock.boot;
    writeBoot();
    m_grace = (chance(70) ? 3 : 9) * kDay;
    const bool isStateApart = chance(50); // on a disk of its own
    {
        const AsUser user_(m_user);
        std::filesystem::create_directory(m_top);
    }
    if (m_subvolume.empty())
        mountDisk(m_top);
    {
        const AsUser user_(m_user);
        for (const char* name : {"a", "b", "b/deep", "state0", "state1"}) {
            std::filesystem::create_directory(joinPath(m_top, name));
            if (name[0] != 's')
                m_folders.push_back(joinPath(m_top, name));
        }
    }
    if (isStateApart)
        mountDisk(joinPath(m_top, "state0"));
}

History::~History()
{
    releaseUses();
    for (auto mount = m_mounts.rbegin(); mount != m_mounts.rend(); ++mount)
        umount2(mount->at.c_str(), MNT_DETACH);
    for (auto disk = m_disks.rbegin(); disk != m_disks.rend(); ++disk)
        umount2(disk->c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove_all(m_top, ignored);
}

/// Small, so that it is soon full.
void History::mountDisk(const Path& at)
{
    const std::string options = fmt::format("mode=0755,size=16m,uid={},gid={}", m_user, m_user);
    if (mount("tmpfs", at.c_str(), "tmpfs", 0, options.c_str()) != 0)
        throw std::runtime_error("no disk at " + at);
    m_disks.push_back(at);
}

void History::tell(std::string line)
{
    line =
        fmt::format("{:7.2f}d {:+.1f}d  {}", static_cast<double>(m_worker.clock().skipped) / static_cast<double>(kDay),
                    static_cast<double>(m_worker.clock().wallError) / static_cast<double>(kDay), line);
    if (isTold)
        std::printf("%s\n", line.c_str());
    m_story.push_back(std::move(line));
}

Path History::registryPath(std::size_t registry) const
{
    return fmt::format("{}/state{}/scratch.db", m_top, registry);
}

Json History::ask(Json request, bool mayDie)
{
    if (!request.contains("grace"))
        request["grace"] = fmt::format("{}d", m_grace / kDay);
    constexpr unsigned kDeaths = 12; // of a hundred
    const int deathAt =
        mayDie && !m_isEnding && chance(kDeaths) ? static_cast<int>(1 + pick(chance(50) ? 25 : 120)) : 0;
    for (std::size_t r = 0; r < kRegistries; ++r)
        m_isUsed[r] = m_isUsed[r] || (request.at("registry") == registryPath(r) && request.at("do") != "list");
    // On real file systems by a signal, whenever it comes.
    const long killAfter = !m_subvolume.empty() && deathAt != 0 ? 1 + static_cast<long>(pick(12'000'000)) : 0;
    Json answer = m_worker.ask(request, killAfter != 0 ? 0 : deathAt, killAfter);
    m_hasDied = answer.is_null();
    m_isOpen = m_hasDied || (!m_filler.empty() && answer.is_object() && answer.contains("error"));
    m_counts.deaths += m_hasDied ? 1 : 0;
    if (request.at("do") != "list") {
        std::string text = m_hasDied ? fmt::format("killed at call {}", deathAt) : answer.dump();
        tell(fmt::format("{} -> {}", request.dump(), text));
    }
    if (answer.is_object() && answer.value("error", "") == "exception")
        broken("STUCK", answer.dump());
    return m_hasDied ? Json::object() : answer;
}

std::vector<Json> History::rows(std::size_t registry)
{
    const bool hasDied = m_hasDied;
    const bool isOpen = m_isOpen;
    const Json answer = ask({{"do", "list"}, {"registry", registryPath(registry)}}, false);
    m_hasDied = hasDied;
    m_isOpen = isOpen;
    if (!answer.contains("rows"))
        return {};
    return answer["rows"].get<std::vector<Json>>();
}

std::optional<Json> History::someRow(std::size_t registry)
{
    const auto all = rows(registry);
    return all.empty() ? std::nullopt : std::optional(oneOf(all));
}

Object* History::objectOf(const Json& row)
{
    for (const char* place : {"path", "quarantine"}) {
        for (Object& object : m_objects) {
            if (!object.isGone && !object.isDecoy && object.id == row.at("id") && object.at == row.at(place))
                return &object;
        }
    }
    return nullptr;
}

Object* History::madeAs(const std::string& id)
{
    const auto first = std::find_if(m_objects.begin(), m_objects.end(),
                                    [&](const Object& object) { return !object.isDecoy && object.id == id; });
    return first == m_objects.end() || first->isGone ? nullptr : &*first;
}

bool History::isHidden(const Path& path) const
{
    return std::any_of(m_mounts.begin(), m_mounts.end(),
                       [&](const Mount& mount) { return mount.hides && path.starts_with(mount.at + '/'); });
}

std::vector<std::size_t> History::there(bool includingHidden)
{
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < m_objects.size(); ++i) {
        if (!m_objects[i].isGone && (includingHidden || !isHidden(m_objects[i].at)))
            result.push_back(i);
    }
    return result;
}

Object* History::someObject()
{
    const auto all = there();
    return all.empty() ? nullptr : &m_objects[oneOf(all)];
}

void History::moved(Path from, Path to)
{
    const auto follow = [&](Path& path) {
        if (path == from || path.starts_with(from + '/'))
            path = to + path.substr(from.size());
    };
    for (Object& object : m_objects)
        follow(object.at);
    for (Path& folder : m_folders)
        follow(folder);
    for (Mount& mount : m_mounts) {
        follow(mount.at);
        follow(mount.file);
    }
}

void History::writeBoot()
{
    std::ofstream(m_bootFile) << fmt::format("boot-{}\n", m_worker.clock().boot);
}

void History::step()
{
    struct Choice
    {
        unsigned weight;
        void (*doIt)(History&);
    };
    static const std::vector<Choice> choices{
        {12, [](History& h) { h.create(false, false); }},
        {3, [](History& h) { h.create(true, false); }},
        {3, [](History& h) { h.create(false, true); }},
        {7, [](History& h) { h.extend(); }},
        {5, [](History& h) { h.pin(); }},
        {8, [](History& h) { h.release(); }},
        {7, [](History& h) { h.restore(); }},
        {5, [](History& h) { h.clean(); }},
        {1, [](History& h) { h.forget(); }},
        {16, [](History& h) { h.sweep(h.someRegistry()); }},
        {6, [](History& h) { h.find(h.someRegistry(), h.chance(60) ? h.m_top : h.oneOf(h.m_folders)); }},
        {2, [](History& h) { h.swapped(); }},
        {3, [](History& h) { h.copy(); }},
        {4, [](History& h) { h.moveByHand(); }},
        {2, [](History& h) { h.moveFolder(); }},
        {3, [](History& h) { h.outOfQuarantine(); }},
        {5, [](History& h) { h.changeMounts(); }},
        {4, [](History& h) { h.stepClock(); }},
        {15,
         [](History& h) {
             static const std::vector<Nanoseconds> times{10 * kSecond, kHour,    12 * kHour, kDay,     3 * kDay,
                                                         3 * kDay,     5 * kDay, 8 * kDay,   12 * kDay};
             h.timePasses(h.chance(4) ? 40 * kDay : h.oneOf(times));
         }},
        {4, [](History& h) { h.restart(); }},
        {2, [](History& h) { h.hurtMarker(); }},
        {2, [](History& h) { h.closeUp(); }},
        {2, [](History& h) { h.hurtRegistry(); }},
        {4, [](History& h) { h.backup(); }},
        {6, [](History& h) { h.writeFile(); }},
        {3, [](History& h) { h.oldArrivals(); }},
        {3, [](History& h) { h.use(); }},
        {3, [](History& h) { h.releaseUses(); }},
        {2, [](History& h) { h.snapshot(); }},
        {4, [](History& h) { h.fillDisk(); }},
    };
    static const unsigned total = [] {
        unsigned sum = 0;
        for (const Choice& choice : choices)
            sum += choice.weight;
        return sum;
    }();
    if (!m_filler.empty() && chance(20))
        makeRoom();
    auto at = static_cast<unsigned>(pick(total));
    for (const Choice& choice : choices) {
        if (at < choice.weight) {
            choice.doIt(*this);
            return;
        }
        at -= choice.weight;
    }
}

bool History::run()
{
    const std::size_t steps = 8 + pick(30);
    for (std::size_t i = 0; i < steps && !m_isBroken; ++i) {
        step();
        ++m_counts.steps;
        verify(m_story.empty() ? "" : m_story.back());
    }
    if (!m_isBroken)
        end();
    ++m_counts.histories;
    return !m_isBroken;
}

} // namespace scratchproof::test
