// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_model.h"
#include "app/gui/check/places_model.h"
#include "fake_checks.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <QTextDocument>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

QStringList column(const CheckModel& model, int column)
{
    QStringList cells;
    for (int row = 0; row < model.rowCount(); ++row)
        cells << model.index(row, column).data().toString();
    return cells;
}

FinishedCheck finished(WorkId work, const Path& folder, Verdict verdict, std::uint64_t free, Nanoseconds time)
{
    Check check = FakeChecks::makeCheck(folder, verdict, verdict == Verdict::Usable ? "" : "path-missing");
    check.facts.space = FileSystemSpace{};
    check.facts.space->totalBytes = 1'000'000'000'000;
    check.facts.space->availableBytes = free;
    check.duration = time;
    return {work, std::make_shared<const Check>(std::move(check))};
}

/// What QToolTip makes of it.
QString asRead(const QString& toolTip)
{
    if (!Qt::mightBeRichText(toolTip))
        return toolTip;
    QTextDocument document;
    document.setHtml(toolTip);
    return document.toPlainText();
}

Mount mount(std::uint64_t id, const Path& point, MountKind kind, const std::string& source, const Path& root = "/")
{
    Mount made;
    made.id = id;
    made.mountPoint = point;
    made.kind = kind;
    made.source = source;
    made.root = root;
    made.device.minor = static_cast<std::uint32_t>(source.size());
    return made;
}

} // namespace

class CheckModelTest : public QObject
{
    Q_OBJECT

private slots:
    void theSameFolderIsOneRow()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ids = model.add({"/a", "/b", "/a"});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(ids[0], ids[2]);
        QCOMPARE(model.add({"/b"}).front(), ids[1]);
    }

    void aFolderInAnothersPlaceIsARowOfItsOwn()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ours = model.add({"/a"});
        const auto anns = model.add({"/a"}, {"ann", {}});
        QVERIFY(ours != anns);
        QCOMPARE(model.add({"/a"}, {"ann", {}}), anns);
        QVERIFY(model.add({"/aann"}) != anns);
        QCOMPARE(column(model, CheckModel::FolderColumn),
                 (QStringList{QStringLiteral("/a"), QStringLiteral("/a (as ann)"), QStringLiteral("/aann")}));
        model.setFilter(QStringLiteral("ann)"));
        QCOMPARE(model.rowCount(), 1);
        model.remove(anns);
        model.setFilter({});
        QVERIFY(model.add({"/a"}, {"ann", {}}) != anns);
        QCOMPARE(model.add({"/a"}), ours);
    }

    void freeAndTimeSortAsNumbersAndUnknownComesLast()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ids = model.add({"/a", "/b", "/c", "/d"});
        model.setWaiting({{ids[0], 1}, {ids[1], 2}, {ids[2], 3}, {ids[3], 4}});
        model.applyFinished({finished(1, "/a", Verdict::Usable, 9'000'000'000, 900),
                             finished(2, "/b", Verdict::Usable, 10'000'000'000, 1'000'000),
                             finished(3, "/c", Verdict::Usable, 500, 20'000)});
        model.sort(CheckModel::FreeColumn, Qt::AscendingOrder);
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/c", "/a", "/b", "/d"}));
        model.sort(CheckModel::FreeColumn, Qt::DescendingOrder);
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/b", "/a", "/c", "/d"}));
        model.sort(CheckModel::TimeColumn, Qt::AscendingOrder);
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/a", "/c", "/b", "/d"}));
        model.sort(-1, Qt::AscendingOrder);
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/a", "/b", "/c", "/d"}));
    }

    void foldersSortByTheNumbersInTheirNames()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        model.add({"/disk10", "/disk9", "/Disk1"});
        model.sort(CheckModel::FolderColumn, Qt::AscendingOrder);
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/Disk1", "/disk9", "/disk10"}));
    }

    void sortingKeepsPersistentIndexesOnTheirRows()
    {
        CheckModel model;
        model.add({"/c", "/a", "/b"});
        const QPersistentModelIndex kept(model.index(0, CheckModel::FolderColumn));
        model.sort(CheckModel::FolderColumn, Qt::AscendingOrder);
        QCOMPARE(kept.row(), 2);
        QCOMPARE(kept.data().toString(), QStringLiteral("/c"));
    }

    void theFilterLooksInEveryColumnForEveryWord()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ids = model.add({"/photos/one", "/photos/two", "/music"});
        model.setWaiting({{ids[0], 1}, {ids[1], 2}});
        model.applyFinished(
            {finished(1, "/photos/one", Verdict::Usable, 1, 1), finished(2, "/photos/two", Verdict::Unusable, 1, 1)});
        model.setFilter(QStringLiteral("PHOTOS"));
        QCOMPARE(model.rowCount(), 2);
        model.setFilter(QStringLiteral("not usable two"));
        QCOMPARE(column(model, CheckModel::FolderColumn), QStringList{"/photos/two"});
        QCOMPARE(model.viewRowOf(ids[0]), -1);
        model.setFilter({});
        QCOMPARE(model.rowCount(), 3);
    }

    void aRowEntersTheFilterWhenItsAnswerFits()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ids = model.add({"/a"});
        model.setWaiting({{ids[0], 1}});
        model.setFilter(QStringLiteral("ext4"));
        QCOMPARE(model.rowCount(), 0);
        model.applyFinished({finished(1, "/a", Verdict::Usable, 1, 1)});
        QTRY_COMPARE(model.rowCount(), 1);
    }

    void anAnswerOfAnOlderRunIsDropped()
    {
        CheckModel model;
        const auto ids = model.add({"/a"});
        model.setWaiting({{ids[0], 1}});
        model.setWaiting({{ids[0], 2}});
        QVERIFY(model.applyFinished({finished(1, "/a", Verdict::Unusable, 1, 1)}).empty());
        QVERIFY(model.at(0).isRunning());
        QCOMPARE(model.applyFinished({finished(2, "/a", Verdict::Usable, 1, 1)}).size(), std::size_t{1});
        QVERIFY(model.at(0).verdict() == Verdict::Usable);
    }

    void oneSignalCarriesABatch()
    {
        CheckModel model;
        const auto ids = model.add({"/a", "/b", "/c"});
        model.setWaiting({{ids[0], 1}, {ids[1], 2}, {ids[2], 3}});
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.applyFinished({finished(1, "/a", Verdict::Usable, 1, 1), finished(3, "/c", Verdict::Usable, 1, 1)});
        QCOMPARE(changes.size(), 1);
    }

    void hostileNamesAreShownHarmless()
    {
        CheckModel model;
        model.add({"/a\nb\t\x1b[31m\xff", "/<img src=x>"});
        const QString shownPath = model.index(0, CheckModel::FolderColumn).data().toString();
        QVERIFY2(!shownPath.contains(QLatin1Char('\n')) && !shownPath.contains(QLatin1Char('\t')) &&
                     !shownPath.contains(QChar(0x1b)),
                 qPrintable(shownPath));
    }

    /// Qt reads a tool tip as it likes: as plain text or as markup.
    void aToolTipShowsTheNameAsItIs_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"plain", "R&D", "a &amp; b", "<img src=x>", "a  b <b>c</b>", "\"x\" & 'y'"})
            QTest::newRow(name) << QByteArray(name);
    }
    void aToolTipShowsTheNameAsItIs()
    {
        QFETCH(QByteArray, name);
        const Path folder = "/mnt/" + name.toStdString();
        CheckModel model;
        model.add({folder});
        QCOMPARE(asRead(model.index(0, CheckModel::FolderColumn).data(Qt::ToolTipRole).toString()),
                 QString::fromStdString(folder));
        QVERIFY(model.index(0, CheckModel::TimeColumn).data(Qt::ToolTipRole).toString().isEmpty());
        PlacesModel places;
        places.setFavourites({folder});
        QStringList tips;
        for (int row = 0; row < places.rowCount(); ++row)
            tips << asRead(places.index(row, 0).data(Qt::ToolTipRole).toString());
        QVERIFY2(tips.contains(QString::fromStdString(folder)), qPrintable(tips.join(QLatin1Char('\n'))));
    }

    void removedRowsAreGoneAndMayComeBack()
    {
        CheckModel model;
        const QAbstractItemModelTester tester(&model);
        const auto ids = model.add({"/a", "/b", "/c"});
        model.remove({ids[1]});
        QCOMPARE(column(model, CheckModel::FolderColumn), (QStringList{"/a", "/c"}));
        QVERIFY(model.find(ids[1]) == nullptr);
        QVERIFY(model.add({"/b"}).front() != ids[1]);
    }

    void placesAreGroupedAndBindMountsShownOnce()
    {
        PlacesModel places;
        const QAbstractItemModelTester tester(&places);
        places.setComputer("/home/ann", "/tmp");
        places.setMounts(
            {mount(1, "/", MountKind::Local, "/dev/sda1"), mount(2, "/mnt/again", MountKind::Local, "/dev/sda1"),
             mount(3, "/media/ann/STICK", MountKind::Local, "/dev/sdb1x"),
             mount(4, "/mnt/nas", MountKind::Network, "nas:/home"), mount(5, "/dev/shm", MountKind::Memory, "tmpfs")});
        QStringList labels;
        for (int row = 0; row < places.rowCount(); ++row)
            labels << places.index(row).data().toString();
        QCOMPARE(labels, (QStringList{"Drives", "System", "STICK", "Network", "nas", "Computer", "Home", "Temporary"}));
        QVERIFY(!places.flags(places.index(0)).testFlag(Qt::ItemIsSelectable));
    }

    void knownSpaceSurvivesAChangeOfTheMounts()
    {
        PlacesModel places;
        const QAbstractItemModelTester tester(&places);
        places.setMounts({mount(1, "/", MountKind::Local, "/dev/sda1")});
        places.setSpace("/", 1000, 400);
        places.setMounts({mount(1, "/", MountKind::Local, "/dev/sda1"), mount(2, "/b", MountKind::Local, "/dev/b")});
        QCOMPARE(places.at(1).availableBytes, quint64{400});
        QVERIFY(places.index(1).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("400")));
        places.setSpaceUnavailable("/b");
        QVERIFY(places.index(2).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("no answer")));
    }
};

QTEST_MAIN(CheckModelTest)
#include "tst_check_model.moc"
