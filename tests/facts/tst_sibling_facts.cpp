// SPDX-License-Identifier: GPL-3.0-or-later
// Folders beside each other: what is known of their way is used again, and never where it is no longer so.
#include "core/facts/facts.h"
#include "core/facts/facts_json.h"
#include "core/system/forwarding.h"
#include "tests/support/qt_main.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace scratchproof;
namespace fs = std::filesystem;

using Change = std::function<void(const std::string&)>;
Q_DECLARE_METATYPE(Change)

namespace {

struct CountingFiles : ForwardingFiles
{
    using ForwardingFiles::ForwardingFiles;
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        ++opened;
        return ForwardingFiles::open(dirFd, name, flags, mode);
    }
    int opened = 0;
};

/// As gathered by who has not seen anything before.
Facts freshFacts(const Path& folder)
{
    MountTable mounts;
    return FactsCollector(linuxSystem(), mounts).collect(folder, {});
}

/// Their JSON, without what others change as well: times and sizes of folders above, and the room on drives.
QByteArray textOf(Facts facts, const Path& ours)
{
    for (PathComponent& component : facts.path) {
        if (component.status && !component.path.starts_with(ours)) {
            component.status->modified = component.status->changed = 0;
            component.status->size = component.status->diskBytes = component.status->links = 0;
        }
    }
    if (facts.space)
        facts.space->freeBytes = facts.space->availableBytes = facts.space->freeInodes = 0;
    return QByteArray::fromStdString(toLine(toJson(facts)));
}

} // namespace

class TestSiblingFacts : public QObject
{
    Q_OBJECT
private slots:
    void aSiblingTakesFewerLooks();
    void whatChangesBetweenSiblingsIsSeen_data();
    void whatChangesBetweenSiblingsIsSeen();
    void aSiblingTellsOfItsMountsBeforeItTouchesThem();
};

void TestSiblingFacts::aSiblingTakesFewerLooks()
{
    const QTemporaryDir root;
    const std::string parent = root.path().toStdString();
    CountingFiles files(linuxSystem().files);
    System system{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
    MountTable mounts;
    FactsCollector collector(system, mounts);
    for (const char* name : {"/a", "/b"})
        fs::create_directory(parent + name);
    (void)collector.collect(parent + "/a", {});
    files.opened = 0;
    const Facts facts = collector.collect(parent + "/b", {});
    QCOMPARE(files.opened, 1);
    QCOMPARE(textOf(facts, parent), textOf(freshFacts(parent + "/b"), parent));
}

void TestSiblingFacts::whatChangesBetweenSiblingsIsSeen_data()
{
    QTest::addColumn<Change>("change");
    const auto row = [](const char* name, Change change) { QTest::newRow(name) << std::move(change); };
    row("nothing", [](const std::string&) {});
    row("the mode of the parent", [](const std::string& at) { fs::permissions(at + "/parent", fs::perms(0751)); });
    row("the mode of one above it", [](const std::string& at) { fs::permissions(at, fs::perms(0711)); });
    row("the owner of the parent",
        [](const std::string& at) { QCOMPARE(::chown((at + "/parent").c_str(), 65534, 65534), 0); });
    row("the access list of the parent", [](const std::string& at) {
        // POSIX_ACL_XATTR_VERSION, and user::rwx user:65534:--- group::r-x mask::r-x other::r-x
        constexpr char kList[] = "\2\0\0\0\1\0\7\0\xff\xff\xff\xff\2\0\0\0\xfe\xff\0\0\4\0\5\0\xff\xff\xff\xff"
                                 "\x10\0\5\0\xff\xff\xff\xff\x20\0\5\0\xff\xff\xff\xff";
        (void)::setxattr((at + "/parent").c_str(), "system.posix_acl_access", kList, sizeof kList - 1, 0);
    });
    row("another folder in the place of the parent", [](const std::string& at) {
        fs::rename(at + "/parent", at + "/old");
        fs::create_directories(at + "/parent/b");
    });
    row("a link in the place of the parent", [](const std::string& at) {
        fs::rename(at + "/parent", at + "/old");
        fs::create_symlink("old", at + "/parent");
    });
    row("a link in the place of the folder", [](const std::string& at) {
        fs::rename(at + "/parent/b", at + "/parent/c");
        fs::create_symlink("c", at + "/parent/b");
    });
    row("a file in the place of the folder", [](const std::string& at) {
        fs::remove(at + "/parent/b");
        std::ofstream(at + "/parent/b") << "text";
    });
    row("no folder any more", [](const std::string& at) { fs::remove(at + "/parent/b"); });
    row("no parent any more", [](const std::string& at) { fs::remove_all(at + "/parent"); });
    row("the mode of the folder", [](const std::string& at) { fs::permissions(at + "/parent/b", fs::perms(0500)); });
    row("a mount over the parent", [](const std::string& at) {
        QCOMPARE(::mount("tmpfs", (at + "/parent").c_str(), "tmpfs", 0, "mode=0750"), 0);
        fs::create_directory(at + "/parent/b");
    });
    row("a mount over the folder", [](const std::string& at) {
        QCOMPARE(::mount("tmpfs", (at + "/parent/b").c_str(), "tmpfs", 0, "mode=0750"), 0);
    });
    row("no mount any more", [](const std::string& at) {
        QCOMPARE(::umount2(at.c_str(), MNT_DETACH), 0);
        fs::create_directories(at + "/parent/b");
    });
    row("another mount in its place", [](const std::string& at) {
        QCOMPARE(::umount2(at.c_str(), MNT_DETACH), 0);
        QCOMPARE(::mount("tmpfs", at.c_str(), "tmpfs", MS_NOEXEC, "mode=0750"), 0);
        fs::create_directories(at + "/parent/b");
    });
    row("the mount made read-only", [](const std::string& at) {
        QCOMPARE(::mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    });
    row("the mount alone made read-only", [](const std::string& at) {
        QCOMPARE(::mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
    });
}

/// Facts of the second of two siblings, gathered by who knows the first, are those that a stranger gathers.
void TestSiblingFacts::whatChangesBetweenSiblingsIsSeen()
{
    QFETCH(Change, change);
    const QTemporaryDir root;
    const std::string at = root.path().toStdString() + "/at";
    fs::create_directories(at);
    QCOMPARE(::mount("tmpfs", at.c_str(), "tmpfs", 0, "mode=0755"), 0);
    for (const char* name : {"/parent/a", "/parent/b"})
        fs::create_directories(at + name);
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    (void)collector.collect(at + "/parent/a", {});
    change(at);
    const QByteArray found = textOf(collector.collect(at + "/parent/b", {}), at);
    const QByteArray expected = textOf(freshFacts(at + "/parent/b"), at);
    for (const Path& point : {at + "/parent/b", at + "/parent", at}) {
        while (::umount2(point.c_str(), MNT_DETACH) == 0) {
        }
    }
    QCOMPARE(found, expected);
}

void TestSiblingFacts::aSiblingTellsOfItsMountsBeforeItTouchesThem()
{
    const QTemporaryDir root;
    const std::string parent = root.path().toStdString();
    for (const char* name : {"/a", "/b", "/c"})
        fs::create_directory(parent + name);
    MountTable mounts;
    FactsCollector collector(linuxSystem(), mounts);
    std::vector<std::uint64_t> told;
    const auto tell = [&told](const Mount& mount) { return told.push_back(mount.id), true; };
    (void)collector.collect(parent + "/a", {}, tell);
    const auto first = std::exchange(told, {});
    (void)collector.collect(parent + "/b", {}, tell);
    QVERIFY(!first.empty());
    QVERIFY(told == first);
    const Facts refused = collector.collect(parent + "/c", {}, [](const Mount&) { return false; });
    QVERIFY(refused.path.empty() && !refused.folder);
}

SCRATCHPROOF_TEST_MAIN(TestSiblingFacts, PrivateMounts)
#include "tst_sibling_facts.moc"
