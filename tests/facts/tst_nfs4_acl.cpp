// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/nfs4_acl.h"
#include "tests/facts/recorded_nfs4.h"

#include <QTest>

using namespace scratchproof;
using namespace recorded;

namespace {

constexpr std::uint32_t kAll = kNfs4AddFile | kNfs4AddFolder | kNfs4Search | kNfs4DeleteIn;
constexpr std::uint32_t kMake = kNfs4AddFile | kNfs4Search;
constexpr std::uint32_t kGroupFlag = 0x40;

/// Bytes of getxattr(2) on a folder of mode 0755 that a Linux server exports.
constexpr unsigned char kSeen[] = {0,   0,   0, 3, 0,   0,    0,   0,    0,   0,   0,   0,   0,   0x16, 0x01, 0xef,
                                   0,   0,   0, 6, 'O', 'W',  'N', 'E',  'R', '@', 0,   0,   0,   0,    0,    0,
                                   0,   0,   0, 0, 0,   0x12, 0,   0xa9, 0,   0,   0,   6,   'G', 'R',  'O',  'U',
                                   'P', '@', 0, 0, 0,   0,    0,   0,    0,   0,   0,   0,   0,   0x12, 0,    0xa9,
                                   0,   0,   0, 9, 'E', 'V',  'E', 'R',  'Y', 'O', 'N', 'E', '@', 0,    0,    0};

std::string seen()
{
    return {reinterpret_cast<const char*>(kSeen), sizeof kSeen};
}

Nfs4User ann(bool isOwner, bool isInGroup = false)
{
    return {"ann", 1000, isOwner, isInGroup, {1000, 27}};
}

Nfs4Answer ask(const std::vector<Nfs4Ace>& entries, const Nfs4User& user, std::uint32_t rights = kMake)
{
    const auto list = parseNfs4List(nfs4List(entries));
    return list ? evaluateNfs4List(*list, user, rights) : Nfs4Answer::Unknown;
}

} // namespace
Q_DECLARE_METATYPE(std::vector<Nfs4Ace>)

class Nfs4AclTest : public QObject
{
    Q_OBJECT
private slots:
    void aListThatWasSeenIsRead()
    {
        QCOMPARE(nfs4List(kOwnerMayWrite), seen());
        const auto list = parseNfs4List(seen());
        QVERIFY(list && list->size() == 3);
        QCOMPARE(list->front().who, std::string("OWNER@"));
        QCOMPARE(list->front().rights, 0x1601efU);
        QVERIFY(list->front().type == Nfs4Entry::Type::Allow);
        QVERIFY(evaluateNfs4List(*list, ann(true), kMake) == Nfs4Answer::Grants);
        QVERIFY(evaluateNfs4List(*list, ann(false), kMake) == Nfs4Answer::Denies);
    }

    void bytesThatAreNoListAreNone()
    {
        const std::string good = seen();
        for (std::size_t length = 0; length < good.size(); ++length)
            QVERIFY2(!parseNfs4List(good.substr(0, length)), std::to_string(length).c_str());
        QVERIFY(!parseNfs4List(good + std::string(4, '\0')));
        std::string huge = good;
        huge[0] = '\x7f'; // 2^31 entries
        QVERIFY(!parseNfs4List(huge));
        huge = good;
        huge[16] = '\xff'; // a name of 4 GiB
        QVERIFY(!parseNfs4List(huge));
    }

    void theFirstEntryThatNamesARightDecidesIt()
    {
        QVERIFY(ask({{1, 0, kAll, "EVERYONE@"}, {0, 0, kAll, "OWNER@"}}, ann(true)) == Nfs4Answer::Denies);
        QVERIFY(ask({{0, 0, kAll, "OWNER@"}, {1, 0, kAll, "EVERYONE@"}}, ann(true)) == Nfs4Answer::Grants);
        QVERIFY(ask({{0, 0, kNfs4AddFile, "OWNER@"}, {0, 0, kNfs4Search, "EVERYONE@"}}, ann(true)) ==
                Nfs4Answer::Grants);
        QVERIFY(ask({{0, 0, kNfs4AddFile, "OWNER@"}}, ann(true)) == Nfs4Answer::Denies);
        QVERIFY(ask({{0, 0, kMake, "EVERYONE@"}}, ann(true), kNfs4DeleteIn) == Nfs4Answer::Denies);
        QVERIFY(ask({{0, 0x8, kAll, "EVERYONE@"}}, ann(true)) == Nfs4Answer::Denies); // for new files only
        QVERIFY(ask({{2, 0, kAll, "EVERYONE@"}, {0, 0, kAll, "EVERYONE@"}}, ann(false)) == Nfs4Answer::Grants);
    }

    void peopleAndGroupsAreKnownByNameOrNumber()
    {
        QVERIFY(ask({{0, 0, kAll, "ann@example.org"}}, ann(false)) == Nfs4Answer::Grants);
        QVERIFY(ask({{0, 0, kAll, "1000"}}, ann(false)) == Nfs4Answer::Grants);
        QVERIFY(ask({{0, 0, kAll, "1001"}}, ann(false)) == Nfs4Answer::Denies);
        QVERIFY(ask({{0, kGroupFlag, kAll, "27"}}, ann(false)) == Nfs4Answer::Grants);
        QVERIFY(ask({{0, kGroupFlag, kAll, "28"}}, ann(false)) == Nfs4Answer::Denies);
        QVERIFY(ask({{0, 0, kAll, "GROUP@"}}, ann(false, true)) == Nfs4Answer::Grants);
        QVERIFY(ask({{1, 0, kAll, "ann@example.org"}, {0, 0, kAll, "EVERYONE@"}}, ann(false)) == Nfs4Answer::Denies);
    }

    /// Who "crew" is at the server, or whether it takes us for "bea", cannot be seen from here.
    void entriesForStrangersLeaveItOpen()
    {
        QVERIFY(ask({{0, kGroupFlag, kAll, "crew@example.org"}}, ann(false)) == Nfs4Answer::DeniesAsFarAsKnown);
        QVERIFY(ask({{1, 0, kAll, "bea@example.org"}, {0, 0, kAll, "EVERYONE@"}}, ann(false)) == Nfs4Answer::Unknown);
        QVERIFY(ask({{0, 0, kAll, "EVERYONE@"}, {1, 0, kAll, "bea@example.org"}}, ann(false)) == Nfs4Answer::Grants);
    }
};

QTEST_GUILESS_MAIN(Nfs4AclTest)
#include "tst_nfs4_acl.moc"
