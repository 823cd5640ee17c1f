// SPDX-License-Identifier: GPL-3.0-or-later
// The page of checks over a long day: rows come, are answered or taken back, and go again.
#include "app/gui/check/check_page.h"
#include "fake_checks.h"
#include "tests/support/pace.h"

#include <QTableView>
#include <QTest>

#include <malloc.h>

using namespace scratchproof;
using namespace scratchproof::gui;
using namespace scratchproof::test;

namespace {

constexpr int kRows = 2'000;
constexpr qint64 kSlack = 1024 * 1024;

qint64 heapInUse()
{
    const auto heap = mallinfo2();
    return static_cast<qint64>(heap.uordblks + heap.hblkhd);
}

int rounds()
{
    bool isNumber = false;
    const double scale = qEnvironmentVariable("SCRATCHPROOF_SCALE").toDouble(&isNumber);
    return qMax(8, static_cast<int>(50 * (isNumber ? scale : 0.1)));
}

} // namespace

class CheckEnduranceTest : public QObject
{
    Q_OBJECT

private slots:
    void rowsThatCameAndWentLeaveNothing()
    {
        FakeChecks probers;
        CheckPage page(linuxSystem(), probers);
        page.resize(1100, 700);
        page.show();
        qint64 early = 0;
        const int all = rounds();
        for (int round = 0; round < all; ++round) {
            work(page, probers, round);
            if (QTest::currentTestFailed())
                return;
            if (round == 2)
                early = heapInUse();
        }
        const qint64 grown = heapInUse() - early;
        qInfo("endurance: %d rows added, answered or stopped, and removed; heap %+lld KiB since the third round of %d",
              all * kRows, grown / 1024, all);
        if (kIsQuickBuild) // a sanitizer's allocator does not count so
            QVERIFY2(grown < kSlack, qPrintable(QString::number(grown)));
    }

private:
    static void work(CheckPage& page, FakeChecks& probers, int round)
    {
        std::vector<Path> folders;
        for (int i = 0; i < kRows; ++i)
            folders.push_back("/round-" + std::to_string(round) + "/folder-" + std::to_string(i));
        page.table().sortByColumn(round % CheckModel::ColumnCount, Qt::AscendingOrder);
        page.addFolders(folders);
        QTRY_COMPARE_WITH_TIMEOUT(probers.waiting().size(), std::size_t{kRows}, 60'000);
        page.table().selectRow(round);
        probers.answerSome(kRows / 2);
        page.setFilter(QStringLiteral("folder-1"));
        page.job().stop();
        QTRY_VERIFY_WITH_TIMEOUT(!page.job().isRunning(), 60'000);
        page.setFilter({});
        QCOMPARE(page.model().total(), std::size_t{kRows});
        page.job().remove(page.model().allIds());
        QCOMPARE(page.model().rowCount(), 0);
        probers.forgetAnswered();
    }
};

QTEST_MAIN(CheckEnduranceTest)
#include "tst_check_endurance.moc"
