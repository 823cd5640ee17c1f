// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/mount_role.h"
#include "core/facts/way.h"
#include "tests/support/hung_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

Way wayTo(const Path& path, const CrossingListener& crossing = {})
{
    MountTable mounts;
    static_cast<void>(mounts.refresh());
    return followWay(linuxSystem(), mounts, path, {}, crossing);
}

Path lastMount(const Way& way)
{
    return way.mounts.empty() ? Path() : way.mounts.back().mountPoint;
}

} // namespace

/// The mounts that a path leads through, each told before it is touched.
class WayTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

private slots:
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void theRootComesFirstAndEachMountInItsTurn()
    {
        const auto outer = mountTmpfs(m_base->makeFolder("outer"));
        fs::create_directory(outer->path() + "/inner");
        const auto inner = mountTmpfs(outer->path() + "/inner");
        fs::create_directory(inner->path() + "/folder");
        const Way way = wayTo(inner->path() + "/folder");
        QVERIFY(way.isWhole);
        QCOMPARE(way.end, inner->path() + "/folder");
        QCOMPARE(way.mounts.front().mountPoint, Path("/"));
        QCOMPARE(lastMount(way), inner->path());
        QCOMPARE(way.mounts.at(way.mounts.size() - 2).mountPoint, outer->path());
        QVERIFY(!way.hidden);
    }

    void linksAndDotsAreFollowedWhereTheyReallyLead()
    {
        const auto place = mountTmpfs(m_base->makeFolder("place"));
        fs::create_directories(place->path() + "/deep/folder");
        fs::create_directory_symlink(place->path() + "/deep", *m_base / "link");
        fs::create_directory_symlink("../place/deep/folder", m_base->makeFolder("near") + "/relative");
        QCOMPARE(wayTo(*m_base / "link/folder").end, place->path() + "/deep/folder");
        QCOMPARE(lastMount(wayTo(*m_base / "link/folder")), place->path());
        QCOMPARE(wayTo(*m_base / "near/relative").end, place->path() + "/deep/folder");
        // The parent of where the link leads, not of where it lies.
        QCOMPARE(wayTo(*m_base / "link/..").end, place->path());
        const Way out = wayTo(*m_base / "link/../../near");
        QCOMPARE(out.end, *m_base / "near");
        QVERIFY(lastMount(out) != place->path());
    }

    void whatIsMissingEndsTheWayWithItsErrno()
    {
        const auto place = mountTmpfs(m_base->makeFolder("place"));
        const Way way = wayTo(place->path() + "/gone/folder");
        QVERIFY(!way.isWhole);
        QCOMPARE(way.errorCode, ENOENT);
        QCOMPARE(way.end, place->path());
        QCOMPARE(lastMount(way), place->path());
        fs::create_symlink("circle", *m_base / "circle");
        QCOMPARE(wayTo(*m_base / "circle").errorCode, ELOOP);
    }

    void aMountIsToldBeforeItIsTouched()
    {
        if (const auto why = HungFolder::whyNot(HangKind::StoppedDaemon))
            QSKIP(why->c_str());
        HungFolder hung(HangKind::StoppedDaemon, *m_base, "hung");
        fs::create_directory_symlink(hung.path(), *m_base / "nas");
        QVERIFY(wayTo(*m_base / "nas/some").mounts.size() > 1);
        hung.hang();
        const auto started = std::chrono::steady_clock::now();
        const Way way =
            wayTo(*m_base / "nas/other/folder", [&](const Mount& mount) { return mount.mountPoint != hung.path(); });
        QVERIFY(way.refused);
        QCOMPARE(lastMount(way), hung.path());
        QVERIFY(std::chrono::steady_clock::now() - started < std::chrono::seconds(2));
        hung.release();
    }

    void aMountThatALaterOneHidesIsNotTheOneComeTo()
    {
        const Path data = m_base->makeFolder("data");
        fs::create_directory(data + "/sub");
        const auto stick = mountTmpfs(data + "/sub", "mode=0777,size=5m");
        QVERIFY(!wayTo(data + "/sub").hidden);
        const auto disk = mountTmpfs(data, "mode=0777,size=9m");
        fs::create_directories(data + "/sub/below");
        for (const char* name : {"/sub", "/sub/below"}) {
            const Way way = wayTo(data + name);
            QCOMPARE(lastMount(way), data);
            QVERIFY(way.hidden);
            QCOMPARE(way.hidden->mountPoint, data + "/sub");
        }
        QVERIFY(!wayTo(data).hidden);
        // Nothing is to be unmounted by a path that leads elsewhere.
        MountTable mounts;
        QVERIFY(mounts.refresh());
        const Way way = wayTo(data + "/sub");
        QVERIFY(!mounts.isReached(identityOf(*way.hidden)));
        QVERIFY(mounts.isReached(identityOf(way.mounts.back())));
        QCOMPARE(std::string(toString(roleOf(mounts, *way.hidden))), std::string("unknown"));
        QCOMPARE(std::string(toString(roleOf(mounts, way.mounts.back()))), std::string("apart"));
    }

    void ofTwoAtOnePlaceItIsTheTopmost()
    {
        const Path place = m_base->makeFolder("place");
        const auto below = mountTmpfs(place, "size=1m");
        const auto above = mountTmpfs(place, "size=2m");
        const Way way = wayTo(place);
        QCOMPARE(way.mounts.back().superOptions.find("size=2048k") != std::string::npos, true);
        QVERIFY(wayTo(place + "/..").end == m_base->path());
    }

    void theSameNumberOnAnotherDeviceIsAnotherMount()
    {
        MountTable mounts;
        mounts.parse("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n42 20 0:55 / /mnt/x rw - fuse.sshfs nas: rw\n");
        const MountIdentity before = identityOf(*mounts.byId(42));
        QVERIFY(mounts.isReached(before));
        mounts.parse("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n42 20 0:56 / /mnt/x rw - fuse.sshfs nas: rw\n");
        QVERIFY(!mounts.isReached(before));
        mounts.parse("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n42 20 0:55 / /mnt/x rw - fuse.sshfs nas: rw\n"
                     "43 42 0:57 / /mnt/x rw - tmpfs none rw\n");
        QVERIFY(!mounts.isReached(before)); // covered
    }

    void aMountOfTheSystemsOwnFileSystemIsKnown()
    {
        MountTable mounts;
        mounts.parse("20 1 8:1 / / rw - btrfs /dev/sda1 rw,subvol=/@\n"
                     "21 20 8:1 /home /home rw - btrfs /dev/sda1 rw\n"
                     "22 20 8:1 /data /srv/data rw - btrfs /dev/sda1 rw\n"
                     "23 20 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n"
                     "24 21 0:50 / /home/ann/nas rw - fuse.sshfs nas: rw\n"
                     "25 20 8:2 / /boot/efi rw - vfat /dev/sda2 rw\n");
        const auto role = [&](std::uint64_t id) { return std::string(toString(roleOf(mounts, *mounts.byId(id)))); };
        QCOMPARE(role(20), std::string("system"));
        QCOMPARE(role(21), std::string("system"));
        QCOMPARE(role(22), std::string("system-disk"));
        QCOMPARE(role(23), std::string("apart"));
        QCOMPARE(role(24), std::string("apart"));
        QCOMPARE(role(25), std::string("system"));
        // A live system: the stick that it was started from is below its root.
        mounts.parse("20 1 0:30 / / rw - overlay overlay rw,lowerdir=/run/live/root,upperdir=/run/live/cow/up\n"
                     "21 20 7:0 / /run/live/root ro - squashfs /dev/loop0 ro\n"
                     "22 20 8:17 / /run/live/cow rw - ext4 /dev/sdb1 rw\n"
                     "23 20 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n");
        QCOMPARE(role(23), std::string("system-disk"));
    }
};

SCRATCHPROOF_TEST_MAIN(WayTest, PrivateMounts)
#include "tst_way.moc"
