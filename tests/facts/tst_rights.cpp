// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/rights.h"
#include "core/system/system.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr std::uint32_t kMe = 1000;
constexpr std::uint32_t kMyGroup = 1000;
constexpr std::uint32_t kSecond = 2000; // a supplementary group of mine
constexpr unsigned kWrite = 3;          // write and search

struct Row
{
    const char* name;
    std::uint32_t mode;
    std::uint32_t uid;
    std::uint32_t gid;
    AccessList list;
    bool allowed;
    RightsRule rule;
    bool maskTookIt = false;
    bool listIgnored = false;
};

AclEntry entry(AclTag tag, unsigned permissions, std::uint32_t id = 0)
{
    return {tag, id, permissions, {}};
}

/// A whole list: owner rwx, the owning group and other as given, a mask, and what is named.
AccessList listOf(unsigned group, unsigned mask, unsigned other, std::vector<AclEntry> named)
{
    AccessList list{entry(AclTag::OwnerUser, 7), entry(AclTag::OwningGroup, group), entry(AclTag::Mask, mask),
                    entry(AclTag::Other, other)};
    list.insert(list.end(), named.begin(), named.end());
    return list;
}

const std::vector<Row>& rows()
{
    using Tag = AclTag;
    static const std::vector<Row> table{
        {"the owner who may", 0700, kMe, 0, {}, true, RightsRule::OwnerBits},
        {"the owner who may not, though all others may", 0077, kMe, kMyGroup, {}, false, RightsRule::OwnerBits},
        {"writing without search", 0600, kMe, 0, {}, false, RightsRule::OwnerBits},
        {"the owner is not helped by an entry of his own", 0570, kMe, 0,
         listOf(0, 7, 0, {entry(Tag::NamedUser, 7, kMe)}), false, RightsRule::OwnerBits},
        {"my group may", 0070, 0, kMyGroup, {}, true, RightsRule::GroupBits},
        {"a supplementary group may", 0070, 0, kSecond, {}, true, RightsRule::GroupBits},
        {"the group may not, though others may", 0707, 0, kMyGroup, {}, false, RightsRule::GroupBits},
        {"others may", 0707, 0, 5, {}, true, RightsRule::OtherBits},
        {"others may not", 0770, 0, 5, {}, false, RightsRule::OtherBits},
        {"a named user", 0770, 0, 5, listOf(0, 7, 0, {entry(Tag::NamedUser, 7, kMe)}), true, RightsRule::NamedUser},
        {"a named user under the mask", 0750, 0, 5, listOf(0, 5, 0, {entry(Tag::NamedUser, 7, kMe)}), false,
         RightsRule::NamedUser, true},
        {"a named user with less than other", 0777, 0, 5, listOf(7, 7, 7, {entry(Tag::NamedUser, 0, kMe)}), false,
         RightsRule::NamedUser},
        {"a named user comes before his groups", 0777, 0, kMyGroup,
         listOf(7, 7, 7, {entry(Tag::NamedUser, 1, kMe), entry(Tag::NamedGroup, 7, kSecond)}), false,
         RightsRule::NamedUser},
        {"another named user does not count", 0777, 0, 5, listOf(0, 7, 7, {entry(Tag::NamedUser, 0, 77)}), true,
         RightsRule::OtherBits},
        {"a named group", 0770, 0, 5, listOf(0, 7, 0, {entry(Tag::NamedGroup, 7, kSecond)}), true,
         RightsRule::GroupEntry},
        {"a named group under the mask", 0750, 0, 5, listOf(0, 5, 0, {entry(Tag::NamedGroup, 7, kSecond)}), false,
         RightsRule::GroupEntry, true},
        {"one group that grants wins over one that does not", 0777, 0, kMyGroup,
         listOf(0, 7, 0, {entry(Tag::NamedGroup, 7, kSecond)}), true, RightsRule::GroupEntry},
        {"the owning group in a list", 0770, 0, kMyGroup, listOf(7, 7, 0, {entry(Tag::NamedUser, 0, 77)}), true,
         RightsRule::GroupEntry},
        {"a group without a grant beats other", 0777, 0, 5, listOf(0, 7, 7, {entry(Tag::NamedGroup, 0, kSecond)}),
         false, RightsRule::GroupNoGrant},
        {"two groups that grant half each grant nothing", 0777, 0, kMyGroup,
         listOf(2, 7, 7, {entry(Tag::NamedGroup, 1, kSecond)}), false, RightsRule::GroupNoGrant},
        {"an empty mask switches the list off, for good", 0707, 0, 5, listOf(0, 0, 7, {entry(Tag::NamedUser, 0, kMe)}),
         true, RightsRule::OtherBits, false, true},
        {"an empty mask switches the list off, for bad", 0700, 0, 5, listOf(0, 0, 0, {entry(Tag::NamedUser, 7, kMe)}),
         false, RightsRule::OtherBits, false, true},
        {"an empty mask and my own group", 0707, 0, kMyGroup, listOf(7, 0, 7, {entry(Tag::NamedUser, 7, kMe)}), false,
         RightsRule::GroupBits, false, true},
    };
    return table;
}

} // namespace

class TestRights : public QObject
{
    Q_OBJECT
private slots:
    void theKernelsOrderIsKept_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < rows().size(); ++i)
            QTest::newRow(rows()[i].name) << static_cast<int>(i);
    }
    void theKernelsOrderIsKept()
    {
        QFETCH(int, row);
        const Row& given = rows()[static_cast<std::size_t>(row)];
        FileStatus status;
        status.type = FileType::Directory;
        status.mode = given.mode;
        status.uid = given.uid;
        status.gid = given.gid;
        const auto answer = evaluateRights(status, given.list, {kMe, kMyGroup, {kSecond}, false}, kWrite);
        QCOMPARE(answer.allowed, given.allowed);
        QCOMPARE(toString(answer.rule), toString(given.rule));
        QCOMPARE(answer.maskTookIt, given.maskTookIt);
        QCOMPARE(answer.listIgnored, given.listIgnored);
        const bool byEntry = given.rule == RightsRule::NamedUser || given.rule == RightsRule::GroupEntry ||
                             given.rule == RightsRule::GroupNoGrant;
        QCOMPARE(answer.entry.has_value(), byEntry);
    }

    void rootPassesWhereItIsRefused()
    {
        FileStatus status;
        status.type = FileType::Directory;
        status.uid = kMe;
        status.gid = 9;
        const Credentials root{0, 0, {}, true};
        QCOMPARE(toString(evaluateRights(status, {}, root, 7).rule), toString(RightsRule::Capability));
        QVERIFY(evaluateRights(status, {}, root, 7).allowed);
        status.mode = 0007;
        QCOMPARE(toString(evaluateRights(status, {}, root, 7).rule), toString(RightsRule::OtherBits));
        QVERIFY(evaluateRights(status, {}, {0, 0, {}, false}, 7).allowed);
        status.mode = 0;
        QVERIFY(!evaluateRights(status, {}, {0, 0, {}, false}, 1).allowed);
    }

    void rootDoesNotRunWhatNobodyMayRun()
    {
        FileStatus status;
        status.type = FileType::Regular;
        status.mode = 0644;
        status.uid = kMe;
        QVERIFY(!evaluateRights(status, {}, {0, 0, {}, true}, 1).allowed);
        status.mode = 0645;
        QVERIFY(evaluateRights(status, {}, {5, 5, {}, true}, 1).allowed);
    }

    void namesReadBack()
    {
        for (const auto rule :
             {RightsRule::Capability, RightsRule::OwnerBits, RightsRule::NamedUser, RightsRule::GroupEntry,
              RightsRule::GroupNoGrant, RightsRule::GroupBits, RightsRule::OtherBits})
            QVERIFY(rightsRuleFromString(toString(rule)) == rule);
        QVERIFY(!rightsRuleFromString("luck"));
        for (const auto tag : {AclTag::OwnerUser, AclTag::NamedUser, AclTag::OwningGroup, AclTag::NamedGroup,
                               AclTag::Mask, AclTag::Other})
            QVERIFY(aclTagFromString(toString(tag)) == tag);
        QVERIFY(!aclTagFromString("users"));
    }

    void aListIsReadAsItWasSet()
    {
        const TemporaryFolder base;
        makeFolder(base / "m", 0755);
        const auto tmpfs = mountTmpfs(base / "m");
        const Path folder = base / "m/listed";
        makeFolder(folder, 0750);
        runOrFail({"setfacl", "-m", "u:4242:rwx,g:4343:-wx,m::r-x,o::--x", folder});
        runOrFail({"setfacl", "-d", "-m", "u::rwx,g::---,o::---", folder});
        const UniqueFd fd(::open(folder.c_str(), O_PATH | O_CLOEXEC));
        const auto list = readAccessList(fd.get(), AclKind::Access);
        QVERIFY(list.has_value());
        std::string text;
        for (const AclEntry& one : *list)
            text += toText(one) + "\n";
        QCOMPARE(text, std::string("user::rwx\nuser:4242:rwx\ngroup::r-x\ngroup:4343:-wx\nmask::r-x\nother::--x\n"));
        const auto defaults = readAccessList(fd.get(), AclKind::Default);
        QVERIFY(defaults.has_value());
        QCOMPARE(defaults->size(), std::size_t{3});
    }

    void aFolderWithoutAListHasNone()
    {
        const TemporaryFolder base;
        const UniqueFd fd(::open(base.path().c_str(), O_PATH | O_CLOEXEC));
        QVERIFY(readAccessList(fd.get(), AclKind::Access).has_value());
        QVERIFY(readAccessList(fd.get(), AclKind::Access)->empty());
        QVERIFY(readAccessList(fd.get(), AclKind::Default)->empty());
        const UniqueFd proc(::open("/proc/self", O_PATH | O_CLOEXEC));
        QVERIFY(readAccessList(proc.get(), AclKind::Access)->empty());
        QVERIFY(!readAccessList(-1, AclKind::Access).has_value());
    }

    void anEntryWithANameIsShownWithIt()
    {
        QCOMPARE(toText({AclTag::NamedUser, 5, 6, "ann"}), std::string("user:ann:rw-"));
        QCOMPARE(toText({AclTag::NamedGroup, 5, 1, {}}), std::string("group:5:--x"));
    }
};

SCRATCHPROOF_TEST_MAIN(TestRights, PrivateMounts)
#include "tst_rights.moc"
