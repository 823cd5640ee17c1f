// SPDX-License-Identifier: GPL-3.0-or-later
// What the system tells of storage that can answer for bytes that it does not have: on made-up trees of sysfs.
#include "core/facts/device.h"
#include "core/facts/storage.h"
#include "core/system/forwarding.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <functional>

using namespace scratchproof;
namespace fs = std::filesystem;

namespace {

bool isOfTree(const std::string& name)
{
    return name.starts_with("/sys/");
}

/// sysfs and what it leads to are in a tree of our own; all else is real.
struct TreeFiles : ForwardingFiles
{
    TreeFiles(Files& target, std::string to) : ForwardingFiles(target), root(std::move(to)) {}
    [[nodiscard]] std::string moved(const char* name) const { return isOfTree(name) ? root + name : name; }
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        return ForwardingFiles::open(dirFd, moved(name).c_str(), flags, mode);
    }
    Result<Path> readLink(int dirFd, const char* name) override
    {
        return ForwardingFiles::readLink(dirFd, moved(name).c_str());
    }
    std::string root;
};
struct TreeAttributes : ForwardingFileAttributes
{
    TreeAttributes(FileAttributes& target, std::string to) : ForwardingFileAttributes(target), root(std::move(to)) {}
    Result<bool> exists(int dirFd, const char* name) override
    {
        return ForwardingFileAttributes::exists(dirFd, isOfTree(name) ? (root + name).c_str() : name);
    }
    std::string root;
};

void put(const std::string& path, const std::string& text)
{
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
}

using Arrange = std::function<void(const std::string& root)>;

/// One below the other: "dm-2" over "dm-1".
void stack(const std::string& root, const std::string& above, const std::string& below)
{
    put(root + "/sys/class/block/" + above + "/slaves/" + below + "/dev", "1:1\n");
}

void map(const std::string& root, const std::string& name, const std::string& uuid)
{
    put(root + "/sys/class/block/" + name + "/dm/uuid", uuid + "\n");
}

void loop(const std::string& root, std::uint64_t size, bool isFilled, const std::string& file)
{
    std::ofstream(root + "/image") << (isFilled ? std::string(size, 'x') : std::string());
    fs::resize_file(root + "/image", size);
    put(root + "/sys/class/block/loop3/loop/backing_file", (file.empty() ? root + "/image" : file) + "\n");
    put(root + "/sys/class/block/loop3/loop/offset", "0\n");
    put(root + "/sys/class/block/loop3/size", std::to_string(size / 512) + "\n");
}

} // namespace
Q_DECLARE_METATYPE(Arrange)

class TestStorage : public QObject
{
    Q_OBJECT
private slots:
    void whatTheSystemTellsIsTold_data();
    void whatTheSystemTellsIsTold();
    void aFolderThatIsCompressedByItselfIsTold();
    void everyTraitHasAWordOfItsOwn();

private:
    static std::string traitsOf(const std::string& root, const std::string& line, const std::string& device,
                                const FileStatus& folder = {})
    {
        System& real = linuxSystem();
        TreeFiles files(real.files, root);
        TreeAttributes attributes(real.attributes, root);
        System system{files, attributes, real.processes, real.clock};
        MountTable table;
        table.parse(line);
        std::optional<DeviceFacts> facts;
        if (!device.empty())
            facts.emplace().name = device;
        std::string text;
        for (const StorageTrait trait : storageTraits(system, table.mounts().at(0), folder, facts))
            text += std::string(text.empty() ? "" : " ") + std::string(toString(trait));
        return text;
    }
};

void TestStorage::whatTheSystemTellsIsTold_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("device");
    QTest::addColumn<Arrange>("arrange");
    QTest::addColumn<QString>("traits");
    const auto row = [](
                         const char* name, const char* what, const char* device, const char* traits,
                         Arrange arrange = [](const std::string&) {}) {
        QTest::newRow(name) << QString("50 1 8:17 / /mnt/x rw - %1").arg(what) << QString(device) << arrange
                            << QString(traits);
    };
    row("a stick", "ext4 /dev/sdb1 rw", "sdb", "");
    row("btrfs", "btrfs /dev/sdb rw,space_cache=v2,subvol=/", "sdb", "");
    row("btrfs that compresses", "btrfs /dev/sdb rw,compress=zstd:3,subvol=/", "sdb", "compressed");
    row("btrfs that always does", "btrfs /dev/sdb rw,compress-force=lzo", "sdb", "compressed");
    row("btrfs told not to", "btrfs /dev/sdb rw,compress=no", "sdb", "");
    row("bcachefs", "bcachefs /dev/sdb rw", "sdb", "");
    row("bcachefs that compresses", "bcachefs /dev/sdb rw,compression=lz4", "sdb", "compressed");
    row("bcachefs that does not", "bcachefs /dev/sdb rw,compression=none", "sdb", "");
    row("f2fs that could", "f2fs /dev/sdb rw,compress_algorithm=lz4,compress_log_size=2", "sdb", "");
    row("f2fs that does for some", "f2fs /dev/sdb rw,compress_algorithm=lz4,compress_extension=txt", "sdb", "");
    row("f2fs that does for all", "f2fs /dev/sdb rw,compress_algorithm=lz4,compress_extension=*", "sdb", "compressed");
    row("ext4 of that option's name", "ext4 /dev/sdb rw,compress=zstd", "sdb", "");
    row("zfs", "zfs tank/home rw,xattr,noacl", "", "may-reduce");
    row("a share", "nfs4 nas:/ rw", "", "server");
    row("the host's", "virtiofs share rw", "", "host");
    row("the host's by 9p", "9p share rw", "", "host");
    row("a program's", "fuse.bindfs /a rw", "", "program");
    row("a block device of a server", "ext4 /dev/nbd0 rw", "nbd0", "server");
    row("virtio", "ext4 /dev/vda rw", "vda", "virtual-disk");
    row("a virtual SCSI disk", "ext4 /dev/sda rw", "sda", "virtual-disk",
        [](const std::string& root) { put(root + "/sys/class/block/sda/device/vendor", "VMware, \n"); });
    row("a real SCSI disk", "ext4 /dev/sda rw", "sda", "",
        [](const std::string& root) { put(root + "/sys/class/block/sda/device/vendor", "ATA     \n"); });
    row("zram", "ext4 /dev/zram0 rw", "zram0", "in-memory");
    row("a partition of an iSCSI disk", "ext4 /dev/sdc1 rw", "sdc1", "server", [](const std::string& root) {
        const std::string disk = root + "/sys/devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdc";
        put(disk + "/sdc1/partition", "1\n");
        fs::create_directories(root + "/sys/class/block");
        fs::create_symlink("../../devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdc",
                           root + "/sys/class/block/sdc");
        fs::create_symlink("../../devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdc/sdc1",
                           root + "/sys/class/block/sdc1");
    });
    row("LVM", "ext4 /dev/mapper/a-b rw", "dm-0", "", [](const std::string& root) {
        map(root, "dm-0", "LVM-abcdef");
        stack(root, "dm-0", "sdb");
    });
    row("thin, and encrypted", "ext4 /dev/mapper/a-b rw", "dm-3", "thin", [](const std::string& root) {
        map(root, "dm-3", "CRYPT-LUKS2-0123-a");
        stack(root, "dm-3", "dm-2");
        map(root, "dm-2", "LVM-abcdef");
        stack(root, "dm-2", "dm-1");
        map(root, "dm-1", "LVM-abcdefgh-tpool");
        stack(root, "dm-1", "sdb");
    });
    row("VDO", "xfs /dev/mapper/v rw", "dm-1", "may-reduce thin", [](const std::string& root) {
        map(root, "dm-1", "LVM-abcdef");
        stack(root, "dm-1", "dm-0");
        map(root, "dm-0", "LVM-abcdef-vpool");
    });
    row("Stratis", "xfs /dev/mapper/s rw", "dm-1", "thin",
        [](const std::string& root) { map(root, "dm-1", "stratis-1-0123-thin-fs-4567"); });
    row("one that calls itself thin", "ext4 /dev/mapper/thin-tpool rw", "dm-0", "",
        [](const std::string& root) { map(root, "dm-0", "CRYPT-LUKS2-0123-tpool"); });
    row("a stack in a circle", "ext4 /dev/mapper/a rw", "dm-0", "", [](const std::string& root) {
        stack(root, "dm-0", "dm-1");
        stack(root, "dm-1", "dm-0");
    });
    constexpr std::uint64_t kSize = 1U << 20U;
    row("a whole image", "ext4 /dev/loop3 rw", "loop3", "image",
        [=](const std::string& root) { loop(root, kSize, true, ""); });
    row("an image with holes", "ext4 /dev/loop3 rw", "loop3", "image image-with-holes",
        [=](const std::string& root) { loop(root, kSize, false, ""); });
    row("an image that is not seen", "ext4 /dev/loop3 rw", "loop3", "image",
        [=](const std::string& root) { loop(root, kSize, false, root + "/image (deleted)"); });
    row("another file of its name", "ext4 /dev/loop3 rw", "loop3", "image", [=](const std::string& root) {
        loop(root, kSize, false, "");
        fs::resize_file(root + "/image", kSize / 2);
    });
}

void TestStorage::whatTheSystemTellsIsTold()
{
    QFETCH(QString, line);
    QFETCH(QString, device);
    QFETCH(Arrange, arrange);
    QFETCH(QString, traits);
    const QTemporaryDir root;
    arrange(root.path().toStdString());
    QCOMPARE(traitsOf(root.path().toStdString(), line.toStdString(), device.toStdString()), traits.toStdString());
}

void TestStorage::aFolderThatIsCompressedByItselfIsTold()
{
    const QTemporaryDir root;
    FileStatus folder;
    folder.attributes = 0x4; // STATX_ATTR_COMPRESSED
    QCOMPARE(traitsOf(root.path().toStdString(), "50 1 8:17 / /mnt/x rw - ntfs3 /dev/sdb1 rw", "sdb", folder),
             std::string("compressed"));
}

void TestStorage::everyTraitHasAWordOfItsOwn()
{
    for (int i = 0; i <= static_cast<int>(StorageTrait::Program); ++i) {
        const auto trait = static_cast<StorageTrait>(i);
        QVERIFY(storageTraitFromString(toString(trait)) == trait);
    }
    QVERIFY(!storageTraitFromString(""));
}

QTEST_APPLESS_MAIN(TestStorage)
#include "tst_storage.moc"
