// SPDX-License-Identifier: GPL-3.0-or-later

// What tells a file system, and a folder in it, from another: on real file systems, and where the kernel of this
// machine has none of the kind, by what such a one says.

#include "core/scratch/identity.h"
#include "core/system/forwarding.h"
#include "tests/scratch/never_lost.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <fcntl.h>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

PlaceIdentity identityOf(const Path& folder, System& system = linuxSystem())
{
    const auto fd = system.files.open(kWorkingDirectory, folder.c_str(), O_PATH | O_DIRECTORY);
    const auto status = system.attributes.status(fd->get());
    MountTable mounts;
    if (!mounts.refresh())
        failSetup("mountinfo");
    return placeIdentity(system, mounts, fd->get(), *status);
}

RecordedPlace recordOf(const PlaceIdentity& place)
{
    return {place.fileSystem(), false, place.inode, place.mountRoot, 0};
}

SameFileSystem compare(const PlaceIdentity& recorded, const PlaceIdentity& now)
{
    return isSameFileSystem(recordOf(recorded), now);
}

bool isUnknown(const PlaceIdentity& place)
{
    return !place.type.empty() && place.values.empty();
}

/// What a file system says of itself.
class SaidAttributes : public ForwardingFileAttributes
{
public:
    SaidAttributes() : ForwardingFileAttributes(linuxSystem().attributes) {}
    Result<FileSystemSpace> space(int /*fd*/) override
    {
        FileSystemSpace space;
        space.fsid = fsid;
        return space;
    }
    VolumeNames volumeNames(int /*fd*/) override { return names; }
    std::uint64_t fsid = 0;
    VolumeNames names;
};

PlaceIdentity said(const std::string& type, const std::string& source, SaidAttributes& attributes,
                   const std::string& root = "/", std::uint64_t inode = 2)
{
    System system{linuxSystem().files, attributes, linuxSystem().processes, linuxSystem().clock};
    const auto fd = system.files.open(kWorkingDirectory, "/", O_PATH | O_DIRECTORY);
    FileStatus status;
    status.mountId = 77;
    status.inode = inode;
    status.device = {0, 99};
    MountTable mounts;
    mounts.parse("77 1 0:99 " + root + " /mnt rw - " + type + ' ' + source + " rw\n");
    return placeIdentity(system, mounts, fd->get(), status);
}

} // namespace

class TestIdentity : public QObject
{
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<World>(); }
    void cleanup() { m.reset(); }

    void anImageIsKnownWhereverItIsMounted_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<bool>("isUser");
        for (const char* type : {"ext4", "xfs", "btrfs"}) {
            QTest::addRow("%s, by its user", type) << type << true;
            QTest::addRow("%s, by root", type) << type << false;
        }
    }
    void anImageIsKnownWhereverItIsMounted()
    {
        QFETCH(QString, type);
        QFETCH(bool, isUser);
        const std::uint64_t size = (type == "xfs" ? 320U : 200U) << 20U;
        const Path one = m->mountImageAt(type.toStdString(), "one", size);
        const Path two = m->mountImageAt(type.toStdString(), "two", size);
        makeFolder(one + "/sub", 0755);
        if (!isUser)
            become(0);
        const auto first = identityOf(one);
        QCOMPARE(first.type, type.toStdString());
        QVERIFY(!first.values.empty() && first.values.front().starts_with("uuid:"));
        QCOMPARE(compare(first, identityOf(two)), SameFileSystem::No);
        QCOMPARE(compare(first, identityOf(m->work)), SameFileSystem::No);
        const auto sub = identityOf(one + "/sub");
        QCOMPARE(compare(sub, first), SameFileSystem::Yes);
        QVERIFY(!isVeryFolder(recordOf(sub), first));

        // Elsewhere, by another number.
        mustAsRoot("umount " + one + "; umount " + two + "; mount -o loop " + m->image("two") + ' ' + one +
                   "; mount -o loop " + m->image("one") + ' ' + two);
        QCOMPARE(compare(first, identityOf(two)), SameFileSystem::Yes);
        QCOMPARE(compare(first, identityOf(one)), SameFileSystem::No);
        QVERIFY(isVeryFolder(recordOf(sub), identityOf(two + "/sub")));

        // What shows the same is the same.
        const Path at = m->folder("at");
        mustAsRoot("mount --bind " + two + "/sub " + at);
        QVERIFY(isVeryFolder(recordOf(sub), identityOf(at)));
        become(kOrdinaryUser);
    }

    void aCopyOfADriveHasItsNames()
    {
        const Path one = m->mountImageAt("ext4", "one", 64U << 20U);
        const auto first = identityOf(one);
        const Path two = m->folder("two");
        mustAsRoot("sync -f " + one + "; cp " + m->image("one") + ' ' + m->image("two") + "; mount -o loop,ro,noload " +
                   m->image("two") + ' ' + two);
        QCOMPARE(compare(first, identityOf(two)), SameFileSystem::Yes);
        mustAsRoot("umount " + two + "; e2fsck -fy " + m->image("two") + " >/dev/null || true; tune2fs -U random " +
                   m->image("two") + " >/dev/null; mount -o loop " + m->image("two") + ' ' + two);
        QCOMPARE(compare(first, identityOf(two)), SameFileSystem::No);
    }

    void eachSubvolumeIsAPlaceOfItsOwn()
    {
        const Path in = m->mountImageAt("btrfs", "in", 200U << 20U);
        mustAsRoot("btrfs -q subvolume create " + in + "/home; btrfs -q subvolume snapshot " + in + "/home " + in +
                   "/backup; btrfs -q subvolume snapshot -r " + in + "/home " + in + "/fixed");
        const auto home = identityOf(in + "/home");
        for (const char* other : {"", "/backup", "/fixed"}) {
            QCOMPARE(compare(home, identityOf(in + other)), SameFileSystem::No);
            QVERIFY(!isVeryFolder(recordOf(home), identityOf(in + other)));
        }
        const Path at = m->folder("at");
        mustAsRoot("mount -o subvol=home $(findmnt -nro SOURCE " + in + ") " + at);
        QCOMPARE(compare(home, identityOf(at)), SameFileSystem::Yes);
        QVERIFY(isVeryFolder(recordOf(home), identityOf(at)));
        // Version 0.1.0 took them all for one.
        QCOMPARE(identityOf(in + "/backup").oldValue, home.oldValue);
    }

    void memoryIsAnotherOneAtEachMount()
    {
        const Path one = m->folder("one");
        const Path two = m->folder("two");
        mustAsRoot("mount -t tmpfs none " + one + "; mount -t tmpfs none " + two);
        const auto first = identityOf(one);
        QVERIFY(!first.values.empty() && first.values.front().starts_with("memory:"));
        QCOMPARE(compare(first, identityOf(two)), SameFileSystem::No);
        const Path at = m->folder("at");
        mustAsRoot("mount --bind " + one + ' ' + at);
        QCOMPARE(compare(first, identityOf(at)), SameFileSystem::Yes);
        QVERIFY(isVeryFolder(recordOf(first), identityOf(at)));
        mustAsRoot("umount " + at + "; umount " + one + "; mount -t tmpfs none " + one);
        QCOMPARE(compare(first, identityOf(one)), SameFileSystem::No);
        QCOMPARE(first.oldValue, std::string("memory"));
    }

    void anOverlayIsNotItsUpperLayer()
    {
        const Path disk = m->mountImageAt("ext4", "disk", 64U << 20U);
        const Path at = m->folder("at");
        mustAsRoot("cd " + disk + "; mkdir l u w; mount -t overlay -o lowerdir=l,upperdir=u,workdir=w none " + at);
        const auto place = identityOf(at);
        QCOMPARE(place.type, std::string("overlay"));
        QVERIFY(isUnknown(place));
        QCOMPARE(compare(place, place), SameFileSystem::Unknown);
        QCOMPARE(compare(identityOf(disk), place), SameFileSystem::No);
        QVERIFY(!isVeryFolder(recordOf(place), place));
    }

    void aFolderThatIsClosedIsKnownAllTheSame()
    {
        const Path in = m->mountImageAt("ext4", "in", 64U << 20U);
        const auto open = identityOf(in);
        mustAsRoot("chown 0 " + in + "; chmod 711 " + in);
        const auto closed = identityOf(in);
        QVERIFY(!closed.values.empty()); // f_fsid needs no right to read
        QVERIFY(std::find(open.values.begin(), open.values.end(), closed.values.front()) != open.values.end());
        // What was recorded by the best name cannot be compared then, and is not taken for another's.
        QVERIFY(compare(open, closed) != SameFileSystem::No);
        QCOMPARE(compare(closed, open), SameFileSystem::Yes);
    }

    void whatOthersSayOfThemselves_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("uuid");
        QTest::addColumn<qulonglong>("fsid");
        QTest::addColumn<qulonglong>("subvolume"); // 0: none
        QTest::addColumn<QStringList>("values");
        QTest::addColumn<bool>("inodesDoLast");
        const qulonglong no = 0;
        const auto row = [](const char* name) -> QTestData& { return QTest::newRow(name); };
        row("nfs") << "nfs4"
                   << "nas:/home"
                   << "" << 99ULL << no << QStringList{"source:nas:/home"} << true;
        row("smb") << "cifs"
                   << "//nas/share"
                   << "" << 99ULL << no << QStringList{"source://nas/share"} << false;
        row("sshfs") << "fuse.sshfs"
                     << "ann@nas:/home"
                     << "" << 99ULL << no << QStringList{"source:ann@nas:/home"} << false;
        row("mergerfs") << "fuse.mergerfs"
                        << "mergerfs"
                        << "" << 99ULL << no << QStringList{} << false;
        row("zfs") << "zfs"
                   << "tank/home"
                   << "" << 99ULL << no << QStringList{"source:tank/home"} << true;
        row("zfs that says its uuid") << "zfs"
                                      << "tank/home"
                                      << "aa-bb" << 99ULL << no << QStringList{"uuid:aa-bb"} << true;
        row("bcachefs") << "bcachefs"
                        << "/dev/sdb:/dev/sdc"
                        << "aa-bb" << 99ULL << no << QStringList{"uuid:aa-bb"} << true;
        row("bcachefs of an older kernel") << "bcachefs"
                                           << "/dev/sdb"
                                           << "" << 99ULL << no << QStringList{} << true;
        row("jfs") << "jfs"
                   << "/dev/sdb"
                   << "" << 99ULL << no << QStringList{} << true;
        row("vfat") << "vfat"
                    << "/dev/sdb1"
                    << "ABCD-1234" << 99ULL << no << QStringList{"uuid:ABCD-1234"} << false;
        row("vfat of an older kernel") << "vfat"
                                       << "/dev/loop0"
                                       << "" << 99ULL << no << QStringList{} << false;
        row("exfat") << "exfat"
                     << "/dev/sdb1"
                     << "" << 99ULL << no << QStringList{} << false;
        row("ext4 of an older kernel") << "ext4"
                                       << "/dev/loop0"
                                       << "" << 255ULL << no << QStringList{"fsid:00000000000000ff"} << true;
        row("xfs of an older kernel") << "xfs"
                                      << "/dev/loop0"
                                      << "" << 255ULL << no << QStringList{} << true;
        row("btrfs") << "btrfs"
                     << "/dev/loop0"
                     << "aa-bb" << 255ULL << 257ULL << QStringList{"uuid:aa-bb/subvolume:257", "fsid:00000000000000ff"}
                     << true;
        row("btrfs that tells no subvolume") << "btrfs"
                                             << "/dev/loop0"
                                             << "aa-bb" << 255ULL << no << QStringList{"fsid:00000000000000ff"} << true;
        row("btrfs that tells nothing") << "btrfs"
                                        << "/dev/loop0"
                                        << "aa-bb" << no << no << QStringList{} << true;
        row("overlay") << "overlay"
                       << "overlay"
                       << "aa-bb" << 255ULL << no << QStringList{} << false;
        row("ramfs") << "ramfs"
                     << "none"
                     << "" << no << no << QStringList{"memory"} << false;
        row("9p") << "9p"
                  << "share"
                  << "" << no << no << QStringList{} << false; // a tag that each machine has
    }
    void whatOthersSayOfThemselves()
    {
        QFETCH(QString, type);
        QFETCH(QString, source);
        QFETCH(QString, uuid);
        QFETCH(qulonglong, fsid);
        QFETCH(qulonglong, subvolume);
        QFETCH(QStringList, values);
        QFETCH(bool, inodesDoLast);
        SaidAttributes attributes;
        attributes.fsid = fsid;
        attributes.names.uuid = uuid.toStdString();
        if (subvolume != 0)
            attributes.names.subvolume = subvolume;
        const auto place = said(type.toStdString(), source.toStdString(), attributes);
        QStringList seen;
        for (const auto& value : place.values)
            seen << QString::fromStdString(value);
        QCOMPARE(seen, values);
        QCOMPARE(inodesLast(place.type), inodesDoLast);
        for (const auto& value : place.values)
            QVERIFY(value.find("/dev/") == std::string::npos);
        QCOMPARE(compare(place, place), values.isEmpty() ? SameFileSystem::Unknown : SameFileSystem::Yes);
        const auto below = said(type.toStdString(), source.toStdString(), attributes, "/", 3);
        QCOMPARE(isVeryFolder(recordOf(place), place), !values.isEmpty());
        QCOMPARE(isVeryFolder(recordOf(place), below), !values.isEmpty() && !inodesDoLast);
        const auto part = said(type.toStdString(), source.toStdString(), attributes, "/part");
        QCOMPARE(isVeryFolder(recordOf(place), part), !values.isEmpty() && inodesDoLast);
    }

    void placesAreCompared_data()
    {
        QTest::addColumn<QString>("recorded");
        QTest::addColumn<bool>("byOldRules");
        QTest::addColumn<QStringList>("now");
        QTest::addColumn<QString>("oldNow");
        QTest::addColumn<int>("answer");
        const int yes = static_cast<int>(SameFileSystem::Yes);
        const int no = static_cast<int>(SameFileSystem::No);
        const int unknown = static_cast<int>(SameFileSystem::Unknown);
        QTest::newRow("the same") << "uuid:a" << false << QStringList{"uuid:a", "fsid:1"} << "uuid:a" << yes;
        QTest::newRow("by the second name") << "fsid:1" << false << QStringList{"uuid:a", "fsid:1"} << "uuid:a" << yes;
        QTest::newRow("another") << "uuid:b" << false << QStringList{"uuid:a", "fsid:1"} << "uuid:a" << no;
        QTest::newRow("of a kind that is not told now") << "uuid:b" << false << QStringList{"fsid:1"} << "" << unknown;
        QTest::newRow("nothing recorded") << "" << false << QStringList{"uuid:a"} << "" << unknown;
        QTest::newRow("nothing told") << "uuid:a" << false << QStringList{} << "" << unknown;
        QTest::newRow("memory of this boot")
            << "memory:b1:f1" << false << QStringList{"memory:b1:f1"} << "memory" << yes;
        QTest::newRow("memory, told of another boot")
            << "memory:b1:f1" << false << QStringList{"memory:b2:f1"} << "memory" << yes;
        QTest::newRow("another memory") << "memory:b1:f1" << false << QStringList{"memory:b1:f2"} << "memory" << no;
        QTest::newRow("0.1.0: the same") << "uuid:a" << true << QStringList{"uuid:a/subvolume:5"} << "uuid:a" << yes;
        QTest::newRow("0.1.0: another") << "uuid:b" << true << QStringList{"uuid:a"} << "uuid:a" << no;
        QTest::newRow("0.1.0: a device's name")
            << "source:/dev/loop0" << true << QStringList{"uuid:a"} << "source:/dev/loop0" << unknown;
        QTest::newRow("0.1.0: another device's name")
            << "source:/dev/loop0" << true << QStringList{"uuid:a"} << "source:/dev/loop1" << unknown;
        QTest::newRow("0.1.0: a share") << "source:nas:/home" << true << QStringList{"source:nas:/home"}
                                        << "source:nas:/home" << yes;
        QTest::newRow("0.1.0: memory") << "memory" << true << QStringList{"memory:1"} << "memory" << yes;
        QTest::newRow("0.1.0: nothing") << "" << true << QStringList{"uuid:a"} << "uuid:a" << unknown;
    }
    void placesAreCompared()
    {
        QFETCH(QString, recorded);
        QFETCH(bool, byOldRules);
        QFETCH(QStringList, now);
        QFETCH(QString, oldNow);
        QFETCH(int, answer);
        PlaceIdentity place;
        place.type = "ext4";
        for (const QString& value : now)
            place.values.push_back(value.toStdString());
        place.oldValue = oldNow.toStdString();
        place.inode = 2;
        place.mountRoot = "/";
        RecordedPlace record{{"ext4", recorded.toStdString()}, byOldRules, 2, "/", 12};
        QCOMPARE(static_cast<int>(isSameFileSystem(record, place)), answer);
        // What version 0.1.0 wrote never says that something is gone.
        const bool isYes = answer == static_cast<int>(SameFileSystem::Yes);
        QCOMPARE(isVeryFolder(record, place), isYes && !byOldRules);
        record.parentInode = 3;
        QVERIFY(!isVeryFolder(record, place));
        record.parentInode = 0; // not known: then by what its mount shows
        QCOMPARE(isVeryFolder(record, place), isYes && !byOldRules);
        record.mountRoot = "/part";
        QVERIFY(!isVeryFolder(record, place));
        record.fileSystem.type = "xfs";
        QCOMPARE(isSameFileSystem(record, place), SameFileSystem::No);
    }

    void anUnknownComputerHasNoIdentity_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("isKnown");
        QTest::newRow("an id") << "0123456789abcdef0123456789abcdef\n" << true;
        QTest::newRow("empty") << "" << false;
        QTest::newRow("uninitialized") << "uninitialized\n" << false;
    }
    void anUnknownComputerHasNoIdentity()
    {
        QFETCH(QString, text);
        QFETCH(bool, isKnown);
        m->files->answer("/etc/machine-id", text.toStdString());
        QCOMPARE(!machineIdentity(*m->system).empty(), isKnown);
    }

private:
    std::unique_ptr<World> m;
};

SCRATCHPROOF_TEST_MAIN(TestIdentity, PrivateMounts)
#include "tst_identity.moc"
