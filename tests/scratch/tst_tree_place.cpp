// SPDX-License-Identifier: GPL-3.0-or-later

// A place in a tree is told as a path, in an order, at any depth.

#include "core/tree/tree_place.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <cstddef>
#include <string>
#include <vector>

using namespace scratchproof;

namespace {

TreePlace place(const Path& top, const std::vector<std::string>& names)
{
    TreePlace result(top);
    for (const std::string& name : names)
        result = result.child(name);
    return result;
}

} // namespace

class TestTreePlace : public QObject
{
    Q_OBJECT

private slots:
    void itsPathIsThatOfTheTopWithTheNames()
    {
        QCOMPARE(TreePlace().path(), Path());
        QVERIFY(!TreePlace());
        QCOMPARE(place("/a", {}).path(), Path("/a"));
        QCOMPARE(place("/a", {"b", "c"}).path(), Path("/a/b/c"));
        QCOMPARE(place("/", {"b", "c"}).path(), Path("/b/c"));
        QCOMPARE(place("", {"b"}).path(), Path("/b"));
        const std::string odd("\xff\n", 2);
        QCOMPARE(place("/a", {odd}).path(), "/a/" + odd);
        for (const TreePlace& each : {place("/a", {"b", "c"}), place("/", {"b"}), place("/a", {})}) {
            QVERIFY(each.pathSize() >= each.path().size());
            QVERIFY(each.pathSize() <= each.path().size() + 1);
        }
    }

    void thoseFurtherUpComeFirstThenByName()
    {
        const TreePlace top("/t");
        const std::vector<TreePlace> inOrder = {
            TreePlace(),
            top,
            top.child("a"),
            top.child("b"),
            top.child("a").child("z"),
            top.child("b").child("a"), // the names further up count first
            top.child("b").child("b"),
        };
        for (std::size_t i = 0; i < inOrder.size(); ++i) {
            for (std::size_t j = 0; j < inOrder.size(); ++j)
                QCOMPARE(inOrder[i].isBefore(inOrder[j]), i < j);
        }
        QVERIFY(!place("/t", {"a"}).isBefore(top.child("a"))); // equal ones that share nothing
        QVERIFY(!top.child("a").isBefore(place("/t", {"a"})));
    }

    void whatItSharesStaysWhileAnotherNeedsIt()
    {
        TreePlace below;
        {
            const TreePlace top("/t");
            const TreePlace middle = top.child("m");
            below = middle.child("b");
        }
        TreePlace copy = below;
        below = TreePlace();
        QCOMPARE(copy.path(), Path("/t/m/b"));
        const TreePlace moved = std::move(copy);
        QCOMPARE(moved.path(), Path("/t/m/b"));
    }

    void aMillionLevelsNeedNoStack()
    {
        constexpr std::size_t levels = 1000000;
        TreePlace deep("/t");
        for (std::size_t i = 0; i < levels; ++i)
            deep = deep.child("d");
        QCOMPARE(deep.path().size(), 2 + levels * 2);
        const TreePlace other = deep.child("e");
        QVERIFY(deep.isBefore(other));
        deep = TreePlace();
        QCOMPARE(other.path().size(), 2 + levels * 2 + 2);
    }
};

SCRATCHPROOF_TEST_MAIN(TestTreePlace, Nothing)
#include "tst_tree_place.moc"
