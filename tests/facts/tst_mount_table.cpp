// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/mount_table.h"

#include <QTest>

using namespace scratchproof;

namespace {

MountTable tableOf(std::string_view text)
{
    MountTable table;
    table.parse(text);
    return table;
}

constexpr std::string_view kSmall =
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
    "30 27 0:25 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw,size=4k\n"
    "31 27 8:17 / /media/ann/STICK ro,relatime shared:5 master:2 - vfat /dev/sdb1 rw,errors=remount-ro\n"
    "32 31 8:18 / /media/ann/STICK/inner rw - ext4 /dev/sdb2 rw\n";

} // namespace

class TestMountTable : public QObject
{
    Q_OBJECT
private slots:
    void everyFieldOfALineIsRead();
    void escapesAreUndone();
    void linesThatAreCutShortAreLeftOut_data();
    void linesThatAreCutShortAreLeftOut();
    void aDamagedFirstLineDoesNotSpoilTheRest();
    void nonsenseGivesAnEmptyTable_data();
    void nonsenseGivesAnEmptyTable();
    void optionsAreWholeWords();
    void theLongestPrefixOfThePathsTextWins_data();
    void theLongestPrefixOfThePathsTextWins();
    void ofTwoMountsAtOnePlaceTheLastIsSeen();
    void fiftyThousandLinesAreReadAndFound();
    void aPathOfManyComponentsIsLookedUp();
    void theRealTableHasARoot();
    void kindsAreTold_data();
    void kindsAreTold();
    void placesForPeople_data();
    void placesForPeople();
    void kindNamesAreReadBack();
};

void TestMountTable::everyFieldOfALineIsRead()
{
    const MountTable table = tableOf(kSmall);
    QCOMPARE(table.mounts().size(), std::size_t{4});
    const Mount* stick = table.byId(31);
    QVERIFY(stick != nullptr);
    QCOMPARE(stick->parentId, 27U);
    QCOMPARE(stick->device.major, 8U);
    QCOMPARE(stick->device.minor, 17U);
    QCOMPARE(stick->root, std::string("/"));
    QCOMPARE(stick->mountPoint, std::string("/media/ann/STICK"));
    QCOMPARE(stick->options, std::string("ro,relatime"));
    QCOMPARE(stick->fileSystem, std::string("vfat"));
    QCOMPARE(stick->source, std::string("/dev/sdb1"));
    QCOMPARE(stick->superOptions, std::string("rw,errors=remount-ro"));
    QVERIFY(table.byId(99) == nullptr);
}

void TestMountTable::escapesAreUndone()
{
    const MountTable table = tableOf(
        "40 1 0:40 /a\\040b /mnt/tab\\011nl\\012back\\134slash\\043\\040x rw - fuse.x so\\040urce rw,name=a\\040b\n");
    QCOMPARE(table.mounts().size(), std::size_t{1});
    const Mount& mount = table.mounts().front();
    QCOMPARE(mount.root, std::string("/a b"));
    QCOMPARE(mount.mountPoint, std::string("/mnt/tab\tnl\nback\\slash# x"));
    QCOMPARE(mount.source, std::string("so urce"));
    QVERIFY(table.byPathText("/mnt/tab\tnl\nback\\slash# x/below") == &mount);
}

void TestMountTable::linesThatAreCutShortAreLeftOut_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("after the id") << QByteArray("50");
    QTest::newRow("after the device") << QByteArray("50 27 8:1");
    QTest::newRow("after the root") << QByteArray("50 27 8:1 /");
    QTest::newRow("before the separator") << QByteArray("50 27 8:1 / /mnt rw,relatime shared:1");
    QTest::newRow("not a number") << QByteArray("x y 8:1 / /mnt rw - ext4 /dev/sda1 rw");
}

void TestMountTable::linesThatAreCutShortAreLeftOut()
{
    QFETCH(QByteArray, line);
    const MountTable table = tableOf(std::string(kSmall) + line.toStdString());
    QCOMPARE(table.mounts().size(), std::size_t{4});
    QVERIFY(table.byId(50) == nullptr);
}

void TestMountTable::aDamagedFirstLineDoesNotSpoilTheRest()
{
    const MountTable table = tableOf("/dev/sda1 / ext4 defaults 0 0\n\n\x01\x02 what\n" + std::string(kSmall));
    QVERIFY(table.byId(27) != nullptr);
    QVERIFY(table.byId(32) != nullptr);
}

void TestMountTable::nonsenseGivesAnEmptyTable_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("newlines") << QByteArray("\n\n\n");
    QTest::newRow("bytes") << QByteArray("\xff\xfe\x80 \x1b[2J");
    QTest::newRow("NULs") << QByteArray(100, '\0');
    QTest::newRow("one long word") << QByteArray(1 << 20, 'x');
}

void TestMountTable::nonsenseGivesAnEmptyTable()
{
    QFETCH(QByteArray, text);
    const MountTable table = tableOf(text.toStdString());
    QVERIFY(table.mounts().empty());
    QVERIFY(table.byPathText("/anything") == nullptr);
}

void TestMountTable::optionsAreWholeWords()
{
    const MountTable table = tableOf(kSmall);
    const Mount* stick = table.byId(31);
    QVERIFY(stick->hasOption("ro"));
    QVERIFY(!stick->hasOption("rw"));
    QVERIFY(!stick->hasOption("rel"));
    QVERIFY(stick->hasSuperOption("errors"));
    QVERIFY(!stick->hasSuperOption("ro"));
    QVERIFY(!stick->hasSuperOption("remount-ro"));
    QVERIFY(!stick->hasOption(""));
}

void TestMountTable::theLongestPrefixOfThePathsTextWins_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("id");
    QTest::newRow("root") << QByteArray("/") << 27;
    QTest::newRow("below root") << QByteArray("/home/ann") << 27;
    QTest::newRow("the mount point itself") << QByteArray("/media/ann/STICK") << 31;
    QTest::newRow("below it") << QByteArray("/media/ann/STICK/a/b") << 31;
    QTest::newRow("a mount in a mount") << QByteArray("/media/ann/STICK/inner/x") << 32;
    QTest::newRow("a longer name is another") << QByteArray("/media/ann/STICKY") << 27;
    QTest::newRow("slashes twice") << QByteArray("//media///ann/STICK//a/") << 31;
    QTest::newRow("single dots") << QByteArray("/media/./ann/STICK/.") << 31;
    QTest::newRow("a relative path stands for one below root") << QByteArray("tmp/x") << 30;
}

void TestMountTable::theLongestPrefixOfThePathsTextWins()
{
    QFETCH(QByteArray, path);
    QFETCH(int, id);
    const MountTable table = tableOf(kSmall);
    const Mount* mount = table.byPathText(path.toStdString());
    QVERIFY(mount != nullptr);
    QCOMPARE(mount->id, static_cast<std::uint64_t>(id));
}

void TestMountTable::ofTwoMountsAtOnePlaceTheLastIsSeen()
{
    const MountTable table = tableOf(std::string(kSmall) + "60 30 0:60 / /tmp ro - tmpfs second ro\n");
    QCOMPARE(table.byPathText("/tmp/x")->id, 60U);
    QVERIFY(table.byId(30) != nullptr);
}

void TestMountTable::fiftyThousandLinesAreReadAndFound()
{
    std::string text(kSmall);
    for (int i = 0; i < 50'000; ++i) {
        const std::string n = std::to_string(i);
        text += std::to_string(1000 + i) + " 27 0:" + n + " / /mnt/many/m" + n + " rw - tmpfs t" + n + " rw\n";
    }
    const MountTable table = tableOf(text);
    QCOMPARE(table.mounts().size(), std::size_t{50'004});
    QCOMPARE(table.byPathText("/mnt/many/m49999/x/y")->id, 50'999U);
    QCOMPARE(table.byId(1000)->mountPoint, std::string("/mnt/many/m0"));
}

void TestMountTable::aPathOfManyComponentsIsLookedUp()
{
    const MountTable table = tableOf(kSmall);
    std::string path = "/tmp";
    for (int i = 0; i < 20'000; ++i)
        path += "/a";
    QCOMPARE(table.byPathText(path)->id, 30U);
}

void TestMountTable::theRealTableHasARoot()
{
    MountTable table;
    QVERIFY(table.refresh().has_value());
    const Mount* root = table.byPathText("/");
    QVERIFY(root != nullptr);
    QCOMPARE(root->mountPoint, std::string("/"));
    QCOMPARE(table.byPathText("/proc/self")->fileSystem, std::string("proc"));
}

void TestMountTable::kindsAreTold_data()
{
    QTest::addColumn<QByteArray>("fileSystem");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("point");
    QTest::addColumn<QByteArray>("kind");
    const auto row = [](const char* fs, const char* source, const char* point, const char* kind) {
        QTest::addRow("%s %s", fs, point)
            << QByteArray(fs) << QByteArray(source) << QByteArray(point) << QByteArray(kind);
    };
    row("ext4", "/dev/sda1", "/", "local");
    row("vfat", "/dev/sdb1", "/run/media/ann/X", "removable");
    row("vfat", "/dev/sdb1", "/media/ann/X", "removable");
    row("nfs4", "nas:/home", "/mnt/nas", "network");
    row("cifs", "//nas/x", "/mnt/nas", "network");
    row("fuse.sshfs", "ann@nas:", "/home/ann/nas", "network");
    row("fuse.rclone", "drive:", "/home/ann/d", "network");
    row("fuse.bindfs", "/x", "/y", "fuse");
    row("fuse", "/dev/sdc1", "/mnt/ntfs", "local");
    row("fuse", "/dev/fuse", "/mnt/f", "fuse");
    row("fuseblk", "/dev/sdc1", "/mnt/ntfs", "local");
    row("tmpfs", "tmpfs", "/tmp", "memory");
    row("tmpfs", "tmpfs", "/sys/fs/cgroup", "pseudo");
    row("proc", "proc", "/proc", "pseudo");
    row("cgroup2", "cgroup2", "/sys/fs/cgroup", "pseudo");
    row("squashfs", "/dev/loop1", "/snap/x/1", "image");
    row("iso9660", "/dev/sr0", "/media/ann/CD", "image");
    row("autofs", "systemd-1", "/mnt/auto", "automount");
    row("fromthefuture", "x", "/mnt/x", "other");
}

void TestMountTable::kindsAreTold()
{
    QFETCH(QByteArray, fileSystem);
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, point);
    QFETCH(QByteArray, kind);
    const MountKind told = kindOf(fileSystem.toStdString(), source.toStdString(), point.toStdString());
    QCOMPARE(std::string(toString(told)), kind.toStdString());
}

void TestMountTable::placesForPeople_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<bool>("place");
    const auto row = [](const char* name, const char* line, bool place) {
        QTest::newRow(name) << QByteArray(line) << place;
    };
    row("root", "1 0 8:1 / / rw - ext4 /dev/sda1 rw", true);
    row("home", "1 0 8:1 / /home rw - ext4 /dev/sda2 rw", true);
    row("stick", "1 0 8:1 / /run/media/ann/X rw - vfat /dev/sdb1 rw", true);
    row("share", "1 0 0:50 / /mnt/nas rw - nfs4 nas:/ rw", true);
    row("tmp", "1 0 0:50 / /tmp rw - tmpfs tmpfs rw", true);
    row("gvfs", "1 0 0:50 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw", true);
    row("proc", "1 0 0:5 / /proc rw - proc proc rw", false);
    row("run", "1 0 0:5 / /run rw - tmpfs tmpfs rw", false);
    row("credentials", "1 0 0:5 / /run/credentials/x ro - tmpfs tmpfs rw", false);
    row("document portal", "1 0 0:5 / /run/user/1000/doc rw - fuse.portal portal rw", false);
    row("session runtime", "1 0 0:5 / /run/user/1000 rw - tmpfs tmpfs rw", false);
    row("shared memory", "1 0 0:5 / /dev/shm rw - tmpfs tmpfs rw", false);
    row("snap", "1 0 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro", false);
    row("a file of a container", "1 0 8:1 /c/hosts /etc/hosts rw - ext4 /dev/sda1 rw", false);
    row("autofs", "1 0 0:5 / /mnt/auto rw - autofs systemd-1 rw", false);
}

void TestMountTable::placesForPeople()
{
    QFETCH(QByteArray, line);
    QFETCH(bool, place);
    const MountTable table = tableOf(line.toStdString());
    QCOMPARE(table.mounts().size(), std::size_t{1});
    QCOMPARE(isPlaceForPeople(table.mounts().front()), place);
}

void TestMountTable::kindNamesAreReadBack()
{
    for (int i = 0; i <= static_cast<int>(MountKind::Other); ++i) {
        const auto kind = static_cast<MountKind>(i);
        QCOMPARE(mountKindFromString(toString(kind)), std::optional<MountKind>(kind));
    }
    QVERIFY(!mountKindFromString("floppy"));
}

QTEST_APPLESS_MAIN(TestMountTable)
#include "tst_mount_table.moc"
