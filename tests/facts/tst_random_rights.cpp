// SPDX-License-Identifier: GPL-3.0-or-later
// Random folders, access lists, parents, links and users: what is predicted against what the kernel does when a file is
// really created as that user. 20,000 cases at SCRATCHPROOF_SCALE=1.
#include "core/facts/effective_rights.h"
#include "tests/support/qt_main.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr std::uint64_t kSeed = 20'240'611;
constexpr int kCasesOfEach = 10'000;

int scaled(int count)
{
    const char* text = std::getenv("SCRATCHPROOF_SCALE");
    const double scale = text != nullptr ? std::atof(text) : 0.1;
    return std::max(100, static_cast<int>(count * (scale > 0 ? scale : 0.1)));
}

class Random
{
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(m_engine); }
    bool percent(unsigned chance) { return below(100) < chance; }
    std::uint32_t user() { return percent(4) ? 0 : 41'000 + below(5); }
    std::uint32_t group() { return percent(4) ? 0 : 42'000 + below(6); }
    /// Sets of three bits, the whole and the empty one more often than others.
    unsigned bits() { return percent(25) ? 7 : percent(15) ? 0 : below(8); }

private:
    std::mt19937_64 m_engine;
};

struct Entry
{
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
};

/// The bytes of a list as setxattr(2) takes them (linux/posix_acl_xattr.h): nothing of the code that is tested.
std::string randomList(Random& random)
{
    constexpr std::uint32_t kNoId = 0xffffffffU;
    std::vector<Entry> entries{{0x01, static_cast<std::uint16_t>(random.bits()), kNoId}};
    std::set<std::uint32_t> users;
    std::set<std::uint32_t> groups;
    for (unsigned i = random.below(3); i > 0; --i)
        users.insert(random.user());
    for (unsigned i = random.below(4); i > 0; --i)
        groups.insert(random.group());
    for (const std::uint32_t id : users)
        entries.push_back({0x02, static_cast<std::uint16_t>(random.bits()), id});
    entries.push_back({0x04, static_cast<std::uint16_t>(random.bits()), kNoId});
    for (const std::uint32_t id : groups)
        entries.push_back({0x08, static_cast<std::uint16_t>(random.bits()), id});
    // The mask, often empty: then the kernel leaves the list alone.
    const unsigned mask = random.percent(35) ? 0 : random.percent(60) ? 7 : random.below(8);
    if (!users.empty() || !groups.empty() || random.percent(50))
        entries.push_back({0x10, static_cast<std::uint16_t>(mask), kNoId});
    entries.push_back({0x20, static_cast<std::uint16_t>(random.bits()), kNoId});
    std::string bytes("\2\0\0\0", 4);
    for (const Entry& entry : entries) {
        bytes.append(reinterpret_cast<const char*>(&entry.tag), 2);
        bytes.append(reinterpret_cast<const char*>(&entry.permissions), 2);
        bytes.append(reinterpret_cast<const char*>(&entry.id), 4);
    }
    return bytes;
}

void makeRandomFolder(Random& random, const Path& path, unsigned openChance)
{
    if (mkdir(path.c_str(), 0755) != 0)
        failSetup("mkdir " + path);
    if (chown(path.c_str(), random.user(), random.group()) != 0)
        failSetup("chown " + path);
    if (random.percent(openChance))
        return;
    const unsigned mode = (random.bits() << 6U) | (random.bits() << 3U) | random.bits();
    if (chmod(path.c_str(), mode | (random.percent(20) ? 01000U : 0U)) != 0)
        failSetup("chmod " + path);
    if (!random.percent(70))
        return;
    const std::string list = randomList(random);
    if (setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
        failSetup("setxattr " + path);
    // A later chmod changes the mask and nothing else of the list.
    if (random.percent(20) && chmod(path.c_str(), mode) != 0)
        failSetup("chmod " + path);
}

/// The path that is asked for: plain, or through a link.
Path randomWay(Random& random, const Path& top, const Path& folder)
{
    if (random.percent(70))
        return folder;
    if (random.percent(40))
        return top + "/a/../" + folder.substr(top.size() + 1);
    const Path place = top + "/links";
    makeRandomFolder(random, place, 30);
    if (random.percent(50) && chmod(place.c_str(), 01777) != 0)
        failSetup("chmod " + place);
    const Path target = random.percent(50) ? folder : "../" + folder.substr(top.size() + 1);
    const Path link = place + "/link";
    if (symlink(target.c_str(), link.c_str()) != 0 || lchown(link.c_str(), random.user(), random.group()) != 0)
        failSetup("symlink " + link);
    return link;
}

/// errno of creating a file there as that user, 0 where it works. The effective ids are enough: file access goes by
/// them, and root's capabilities rest while the effective user is another.
int createAs(const Credentials& who, const Path& folder)
{
    const std::vector<gid_t> groups(who.groups.begin(), who.groups.end());
    const Path file = folder + "/new";
    if (setgroups(groups.size(), groups.data()) != 0 || setegid(who.gid) != 0 || seteuid(who.uid) != 0)
        failSetup("becoming another user");
    const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    const int code = fd < 0 ? errno : 0;
    if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(0, nullptr) != 0)
        failSetup("becoming root again");
    if (fd >= 0) {
        close(fd);
        unlink(file.c_str());
    }
    return code;
}

struct Counts
{
    int cases = 0;
    int yes = 0;
    int no = 0;
    int onTheWay = 0; // stopped by a parent
    int byLink = 0;   // by fs.protected_symlinks
    int trap = 0;     // a list that the kernel leaves alone since mode & 070 is 0
    int mismatches = 0;
};

void tryCase(const Path& base, std::uint64_t number, const MountTable& mounts, NameCache& names, Counts& counts)
{
    Random random(kSeed + number);
    const Path top = base + "/" + std::to_string(number);
    if (mkdir(top.c_str(), 0755) != 0 || mkdir((top + "/a").c_str(), 0755) != 0)
        failSetup("mkdir " + top);
    Path folder = top;
    for (unsigned depth = random.below(3); depth > 0; --depth) {
        folder += "/p" + std::to_string(depth);
        makeRandomFolder(random, folder, 60);
    }
    folder += "/folder";
    makeRandomFolder(random, folder, 0);
    const Path way = randomWay(random, top, folder);
    Credentials who{random.user(), random.group(), {}, false};
    for (unsigned i = random.below(4); i > 0; --i)
        who.groups.push_back(random.group());
    who.overridesPermissions = who.uid == 0;

    const EffectiveRights predicted = computeRights(linuxSystem(), mounts, way, who, names);
    const int code = createAs(who, way);
    ++counts.cases;
    counts.yes += predicted.verdict == RightsVerdict::Yes ? 1 : 0;
    counts.no += predicted.verdict == RightsVerdict::No ? 1 : 0;
    counts.onTheWay += predicted.reason == RightsReason::Search ? 1 : 0;
    counts.byLink += predicted.reason == RightsReason::LinkProtected ? 1 : 0;
    counts.trap += predicted.answer && predicted.answer->listIgnored ? 1 : 0;
    const bool agrees =
        code == 0 ? predicted.verdict == RightsVerdict::Yes : predicted.verdict == RightsVerdict::No && code == EACCES;
    if (!agrees) {
        ++counts.mismatches;
        qWarning("case %llu (seed %llu): user %u group %u: predicted %s by %s, really %s; %s",
                 static_cast<unsigned long long>(number), static_cast<unsigned long long>(kSeed + number), who.uid,
                 who.gid, std::string(toString(predicted.verdict)).c_str(), predicted.component.c_str(),
                 code == 0 ? "created" : errnoName(code).c_str(), way.c_str());
        return; // left there to be looked at until the end of the test
    }
    removeAll(top);
}

} // namespace

class TestRandomRights : public QObject
{
    Q_OBJECT
private slots:
    void whatIsPredictedIsWhatTheKernelDoes_data()
    {
        QTest::addColumn<bool>("onExt4");
        QTest::newRow("tmpfs") << false;
        QTest::newRow("ext4") << true;
    }
    void whatIsPredictedIsWhatTheKernelDoes()
    {
        QFETCH(bool, onExt4);
        umask(0);
        const TemporaryFolder base;
        const auto memory = mountTmpfs(base.makeFolder("memory"));
        const auto disk =
            onExt4 ? mountImage("ext4", base / "memory/image", std::uint64_t{64} << 20U, base.makeFolder("disk"))
                   : nullptr;
        const Path top = (onExt4 ? disk->path() : memory->path()) + "/cases";
        makeFolder(top, 0755);
        MountTable mounts;
        QVERIFY(mounts.refresh().has_value());
        NameCache names;
        Counts counts;
        const int cases = scaled(kCasesOfEach);
        for (int i = 0; i < cases; ++i)
            tryCase(top, (onExt4 ? 1'000'000U : 0U) + static_cast<unsigned>(i), mounts, names, counts);
        qInfo("%s: %d cases, seed %llu: %d may, %d may not (%d of them stopped on the way, %d by a protected link); "
              "%d with a list that is switched off; %d mismatches",
              onExt4 ? "ext4" : "tmpfs", counts.cases, static_cast<unsigned long long>(kSeed), counts.yes, counts.no,
              counts.onTheWay, counts.byLink, counts.trap, counts.mismatches);
        QCOMPARE(counts.mismatches, 0);
        QCOMPARE(counts.yes + counts.no, counts.cases);
        // Each kind of case came up often enough to count.
        for (const int often : {counts.yes, counts.no, counts.onTheWay, counts.trap})
            QVERIFY(often >= counts.cases / 50);
    }
};

SCRATCHPROOF_TEST_MAIN(TestRandomRights, PrivateMounts)
#include "tst_random_rights.moc"
