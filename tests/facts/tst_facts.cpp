// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/device.h"
#include "core/facts/facts_json.h"
#include "core/system/forwarding.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <filesystem>
#include <fstream>

using namespace scratchproof;
namespace fs = std::filesystem;

namespace {

/// Sends every absolute path of sysfs and udev to a tree of our own, so that a device can be made up.
struct MovedFiles : ForwardingFiles
{
    MovedFiles(Files& target, std::string to) : ForwardingFiles(target), root(std::move(to)) {}
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        return ForwardingFiles::open(dirFd, (root + name).c_str(), flags, mode);
    }
    Result<Path> readLink(int dirFd, const char* name) override
    {
        return ForwardingFiles::readLink(dirFd, (root + name).c_str());
    }
    std::string root;
};
struct MovedAttributes : ForwardingFileAttributes
{
    MovedAttributes(FileAttributes& target, std::string to) : ForwardingFileAttributes(target), root(std::move(to)) {}
    Result<bool> exists(int dirFd, const char* name) override
    {
        return ForwardingFileAttributes::exists(dirFd, (root + name).c_str());
    }
    std::string root;
};

void put(const std::string& path, const std::string& text)
{
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
}

Mount mountOf(const char* line)
{
    MountTable table;
    table.parse(line);
    return table.mounts().at(0);
}

} // namespace

class TestFacts : public QObject
{
    Q_OBJECT
private slots:
    void aRealFolderHasItsTrueMount();
    void aMountThatMovesUnderAPathIsFoundById();
    void aPathThatIsNotThereStillHasAMountByItsText();
    void anEmptyPathHasTheUserOnly();
    void nothingIsWritten();
    void aPartitionOfAStickIsDescribed();
    void aDriveThatIsGoneIsToldAsGone();
    void aSwitchOnTheWholeDiskCountsForItsPartition();
    void btrfsFindsItsDeviceByTheSource();
    void aNetworkMountHasNoDevice();
    void withoutSysfsNothingIsInvented();
    void aBuiltInDiskBelowMediaIsLocal();
    void jsonReadsBackAsItWas();
    void jsonKeepsBytesThatAreNoText();
    void jsonThatDoesNotFitIsRefused_data();
    void jsonThatDoesNotFitIsRefused();

private:
    std::optional<DeviceFacts> deviceIn(const QTemporaryDir& root, const char* mountLine)
    {
        System& real = linuxSystem();
        MovedFiles files(real.files, root.path().toStdString());
        MovedAttributes attributes(real.attributes, root.path().toStdString());
        System system{files, attributes, real.processes, real.clock};
        return deviceOf(system, mountOf(mountLine));
    }
    static void makeStick(const std::string& root, bool diskReadOnly);
};

void TestFacts::makeStick(const std::string& root, bool diskReadOnly)
{
    const std::string disk = root + "/sys/devices/pci0/usb1/1-1/host6/block/sdb";
    put(disk + "/sdb1/partition", "1\n");
    put(disk + "/sdb1/ro", "0\n");
    put(disk + "/ro", diskReadOnly ? "1\n" : "0\n");
    put(disk + "/removable", "1\n");
    put(disk + "/queue/rotational", "0\n");
    put(disk + "/device/vendor", "Acme    \n");
    put(disk + "/device/model", "Flash Drive     \n");
    fs::create_directories(root + "/sys/dev/block");
    fs::create_symlink("../../devices/pci0/usb1/1-1/host6/block/sdb/sdb1", root + "/sys/dev/block/8:17");
    put(root + "/sys/class/block/sdb1/dev", "8:17\n");
    put(root + "/sys/fs/ext4/sdb1/errors_count", "3\n");
    put(root + "/run/udev/data/b8:17",
        "S:disk/by-uuid/1\nE:ID_FS_LABEL_ENC=My\\x20Stick\nE:ID_FS_UUID=12-34\nnonsense\nE:\n");
}

void TestFacts::aRealFolderHasItsTrueMount()
{
    const QTemporaryDir folder;
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    const Facts facts = collector.collect(folder.path().toStdString(), {});
    QVERIFY(facts.folder && facts.folder->isDirectory());
    QVERIFY(facts.mount.has_value());
    QVERIFY(!facts.mountByText);
    QCOMPARE(std::optional(facts.mount->id), facts.folder->mountId);
    QVERIFY(facts.space && facts.space->totalBytes > 0);
    QCOMPARE(facts.accessCode, 0);
    QCOMPARE(facts.path.back().path, fs::path(folder.path().toStdString()).string());
    QVERIFY(facts.mountsAtPoint >= 1);
}

void TestFacts::aMountThatMovesUnderAPathIsFoundById()
{
    // A link leads to another file system; the text of the path says nothing of it.
    const QTemporaryDir folder;
    const std::string link = folder.path().toStdString() + "/link";
    fs::create_symlink("/proc/self", link);
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    const Facts facts = collector.collect(link, {});
    QCOMPARE(facts.mount->fileSystem, std::string("proc"));
    QVERIFY(facts.mount->kind == MountKind::Pseudo);
}

void TestFacts::aPathThatIsNotThereStillHasAMountByItsText()
{
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    const Facts facts = collector.collect("/proc/no-such-thing/at-all", {});
    QVERIFY(!facts.folder);
    QVERIFY(facts.mountByText);
    QCOMPARE(facts.mount->fileSystem, std::string("proc"));
    QCOMPARE(facts.accessCode, -1);
    QVERIFY(!facts.space);
}

void TestFacts::anEmptyPathHasTheUserOnly()
{
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    const Facts facts = collector.collect("", {});
    QVERIFY(!facts.mount && !facts.folder && facts.path.empty());
    QCOMPARE(facts.user.uid, linuxSystem().processes.userId());
}

void TestFacts::nothingIsWritten()
{
    const QTemporaryDir folder;
    const auto before = fs::last_write_time(folder.path().toStdString());
    MountTable mounts;
    (void)FactsCollector(linuxSystem(), mounts).collect(folder.path().toStdString(), {});
    QVERIFY(fs::is_empty(folder.path().toStdString()));
    QCOMPARE(fs::last_write_time(folder.path().toStdString()), before);
}

void TestFacts::aPartitionOfAStickIsDescribed()
{
    const QTemporaryDir root;
    makeStick(root.path().toStdString(), false);
    const auto device = deviceIn(root, "1 0 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw");
    QVERIFY(device.has_value());
    QCOMPARE(device->name, std::string("sdb1"));
    QVERIFY(device->present);
    QCOMPARE(device->readOnly, std::optional<bool>(false));
    QCOMPARE(device->removable, std::optional<bool>(true));
    QCOMPARE(device->rotational, std::optional<bool>(false));
    QCOMPARE(device->transport, std::string("usb"));
    QCOMPARE(device->vendor, std::string("Acme"));
    QCOMPARE(device->model, std::string("Flash Drive"));
    QCOMPARE(device->label, std::string("My Stick"));
    QCOMPARE(device->uuid, std::string("12-34"));
    QCOMPARE(device->ext4Errors, std::optional<std::uint64_t>(3));
    QVERIFY(refineKind(MountKind::Local, device) == MountKind::Removable);
}

void TestFacts::aDriveThatIsGoneIsToldAsGone()
{
    const QTemporaryDir root;
    makeStick(root.path().toStdString(), false);
    const auto device = deviceIn(root, "1 0 8:33 / /mnt/x rw - vfat /dev/sdc1 rw");
    QVERIFY(device && !device->present);
    QCOMPARE(device->name, std::string("sdc1"));
}

void TestFacts::aSwitchOnTheWholeDiskCountsForItsPartition()
{
    const QTemporaryDir root;
    makeStick(root.path().toStdString(), true);
    QCOMPARE(deviceIn(root, "1 0 8:17 / /mnt/x rw - vfat /dev/sdb1 rw")->readOnly, std::optional<bool>(true));
}

void TestFacts::btrfsFindsItsDeviceByTheSource()
{
    const QTemporaryDir root;
    makeStick(root.path().toStdString(), false);
    const auto device = deviceIn(root, "1 0 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw");
    QVERIFY(device.has_value());
    QCOMPARE(toString(device->number), std::string("8:17"));
}

void TestFacts::aNetworkMountHasNoDevice()
{
    const QTemporaryDir root;
    makeStick(root.path().toStdString(), false);
    QVERIFY(!deviceIn(root, "1 0 0:44 / /mnt/x rw - nfs4 nas:/x rw"));
    QVERIFY(!deviceIn(root, "1 0 0:44 / /tmp rw - tmpfs tmpfs rw"));
    QVERIFY(!deviceIn(root, "1 0 0:44 / / rw - overlay overlay rw"));
}

void TestFacts::withoutSysfsNothingIsInvented()
{
    const QTemporaryDir root;
    QVERIFY(!deviceIn(root, "1 0 8:17 / /mnt/x rw - vfat /dev/sdb1 rw"));
}

void TestFacts::aBuiltInDiskBelowMediaIsLocal()
{
    DeviceFacts device;
    device.removable = false;
    device.transport = "ata";
    QVERIFY(refineKind(MountKind::Removable, device) == MountKind::Local);
    QVERIFY(refineKind(MountKind::Removable, std::nullopt) == MountKind::Removable);
    QVERIFY(refineKind(MountKind::Network, device) == MountKind::Network);
}

void TestFacts::jsonReadsBackAsItWas()
{
    const QTemporaryDir folder;
    fs::create_symlink("nowhere", folder.path().toStdString() + "/link");
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    for (const std::string& path : {folder.path().toStdString(), folder.path().toStdString() + "/link",
                                    std::string("/proc/none"), std::string()}) {
        Facts facts = collector.collect(path, {});
        facts.user.accountGroups = {1, 2};
        facts.device = DeviceFacts{{8, 1}, "sda1", false, true, false, true, "usb", "v", "m", "l", "u", true, 7};
        facts.unmountedPoint = "/mnt/x";
        const Json json = toJson(facts);
        const auto read = factsFromJson(json);
        QVERIFY(read.has_value());
        QCOMPARE(toLine(toJson(*read)), toLine(json));
    }
}

void TestFacts::jsonKeepsBytesThatAreNoText()
{
    Facts facts;
    PathComponent component;
    component.path = "/x\xff\n";
    component.linkTarget = "\xfe";
    facts.path.push_back(component);
    facts.mount = mountOf("1 0 8:17 / /mnt/x rw - vfat /dev/sdb1 rw");
    facts.mount->mountPoint = "/mnt/\xc3";
    const auto parsed = parseJson(toLine(toJson(facts)));
    QVERIFY(parsed.has_value());
    const auto read = factsFromJson(*parsed);
    QVERIFY(read.has_value());
    QCOMPARE(read->path.front().path, component.path);
    QCOMPARE(read->path.front().linkTarget, component.linkTarget);
    QCOMPARE(read->mount->mountPoint, facts.mount->mountPoint);
}

void TestFacts::jsonThatDoesNotFitIsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("a number") << QByteArray("7");
    QTest::newRow("empty") << QByteArray("{}");
    QTest::newRow("no rights") << QByteArray(R"({"path":[]})");
    QTest::newRow("rights of another kind") << QByteArray(R"({"path":[],"rights":[]})");
    QTest::newRow("a negative uid") << QByteArray(R"({"path":[],"rights":{"uid":-1,"gid":0,"groups":[]}})");
    QTest::newRow("a uid that is too large")
        << QByteArray(R"({"path":[],"rights":{"uid":4294967296,"gid":0,"groups":[]}})");
    QTest::newRow("a component that is a text")
        << QByteArray(R"({"path":["/"],"rights":{"uid":1,"gid":0,"groups":[]}})");
    QTest::newRow("a mount of no kind") << QByteArray(
        R"({"mount":{"point":"/"},"path":[],"rights":{"uid":1,"gid":0,"groups":[]}})");
}

void TestFacts::jsonThatDoesNotFitIsRefused()
{
    QFETCH(QByteArray, text);
    const auto json = parseJson(text.toStdString());
    QVERIFY(json.has_value());
    QVERIFY(!factsFromJson(*json));
}

QTEST_APPLESS_MAIN(TestFacts)
#include "tst_facts.moc"
