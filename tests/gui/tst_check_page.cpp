// SPDX-License-Identifier: GPL-3.0-or-later
// The Check page with probers that answer when the test says so.
#include "app/gui/check/check_as_dialog.h"
#include "app/gui/check/check_page.h"
#include "app/gui/check/details_pane.h"
#include "app/gui/kit/banner.h"
#include "app/gui/kit/empty_state.h"
#include "app/gui/kit/text_block.h"
#include "core/system/forwarding.h"
#include "fake_checks.h"
#include "tests/gui/heartbeat.h"
#include "tests/support/pace.h"

#include <QAbstractButton>
#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;
using namespace scratchproof::test;

namespace {

QAction* action(const CheckPage& page, const QString& name)
{
    return page.findChild<QAction*>(name);
}

} // namespace

class CheckPageTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_probers = std::make_unique<FakeChecks>();
        m_page = std::make_unique<CheckPage>(linuxSystem(), *m_probers);
        m_page->resize(1100, 700);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_probers.reset();
    }

    void anEmptyTableInvites()
    {
        QVERIFY(m_page->findChild<EmptyState*>()->isVisible());
        m_page->addFolders({"/a"});
        QVERIFY(!m_page->findChild<EmptyState*>()->isVisible());
        QVERIFY(m_page->table().isVisible());
    }

    void anAddedFolderIsCheckedAndSelectedAndItsAnswerShown()
    {
        m_page->addFolders({"/a"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        QCOMPARE(m_page->table().currentIndex().row(), 0);
        m_probers->answer(m_probers->waiting().begin()->first, Verdict::Unusable, "path-missing");
        QCOMPARE(CheckModel::stateText(m_page->model().at(0)), QStringLiteral("Not usable"));
        QVERIFY(!m_page->model().at(0).reason.isEmpty());
        QTRY_VERIFY(detailsText().contains(m_page->model().at(0).reason));
    }

    void anotherSpellingIsTheSameRowCheckedAgainAndSelected()
    {
        m_page->addFolders({"/a", "/b"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        m_probers->answerSome(2);
        m_page->table().selectRow(0);
        m_page->addFolders({"/./b//"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        QCOMPARE(m_page->model().rowCount(), 2);
        QCOMPARE(m_page->table().currentIndex().row(), 1);
    }

    void progressCountsTheRun()
    {
        QSignalSpy status(m_page.get(), &Page::statusChanged);
        m_page->addFolders({"/a", "/b", "/c"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{3});
        m_probers->answerSome(2);
        QCOMPARE(status.last().at(0).toString(), QStringLiteral("2 of 3 checked"));
        QCOMPARE(status.last().at(1).toInt(), 2);
        QCOMPARE(status.last().at(2).toInt(), 3);
        m_probers->answerSome(1);
        QCOMPARE(status.last().at(2).toInt(), 0);
    }

    void stopTakesBackWhatWaitsAndLeavesNothingGood()
    {
        m_page->addFolders({"/a", "/b"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        action(*m_page, QStringLiteral("stop"))->trigger();
        QTRY_COMPARE(m_probers->cancelled().size(), std::size_t{2});
        QVERIFY(!m_page->job().isRunning());
        for (int row = 0; row < 2; ++row)
            QCOMPARE(CheckModel::stateText(m_page->model().at(row)), QStringLiteral("Not checked"));
    }

    void removedRowsAreTakenBackAndTheirAnswersDropped()
    {
        m_page->addFolders({"/a", "/b"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("remove"))->trigger();
        QCOMPARE(m_page->model().rowCount(), 1);
        QTRY_COMPARE(m_probers->cancelled().size(), std::size_t{1});
        m_probers->answerSome(1);
        QVERIFY(!m_page->job().isRunning());
    }

    void pastedLinesAndAddressesBecomeRows()
    {
        QMimeData lines;
        lines.setText(QStringLiteral("/one\r\n\n  /two  \nfile:///with%20space\n"));
        m_page->addFrom(lines);
        QCOMPARE(m_page->model().rowCount(), 3);
        QCOMPARE(m_page->model().at(2).folder, Path("/with space"));
        QMimeData addresses;
        addresses.setData(QStringLiteral("text/uri-list"), "file:///caf%E9\r\nsmb://nas/share\r\n");
        m_page->addFrom(addresses);
        QCOMPARE(m_page->model().rowCount(), 4);
        QCOMPARE(m_page->model().at(3).folder, Path("/caf\xe9"));
    }

    void droppedFoldersBecomeRows()
    {
        QMimeData dropped;
        dropped.setUrls({QUrl(QStringLiteral("file:///a")), QUrl(QStringLiteral("file:///b"))});
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_page.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop({10, 10}, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_page.get(), &drop);
        QCOMPARE(m_page->model().rowCount(), 2);
    }

    void rowsAreCopiedAsTableAndAsMarkdown()
    {
        m_page->addFolders({"/a|b"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        m_probers->answerSome(1);
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("copy"))->trigger();
        const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'));
        QCOMPARE(lines.at(0).split(QLatin1Char('\t')).size(), int{CheckModel::ColumnCount});
        QCOMPARE(lines.at(1).split(QLatin1Char('\t')).at(0), QStringLiteral("/a|b"));
        action(*m_page, QStringLiteral("copyMarkdown"))->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("| /a\\|b | ")));
    }

    /// What a device calls itself begins a formula in a spreadsheet, a table or a code span in Markdown.
    void copiedRowsDoNothingWhereTheyArePasted()
    {
        m_page->addFolders({"/a"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        Check check = FakeChecks::makeCheck("/a", Verdict::Unusable, "path-missing");
        check.facts.mount->fileSystem = "fuse.`x`|y\t\n";
        check.facts.mount->source = "=HYPERLINK(\"http://x\",\"y\")";
        m_probers->answerWith(m_probers->waiting().begin()->first, check);
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("copy"))->trigger();
        const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 3); // the last is empty
        const QStringList cells = lines.at(1).split(QLatin1Char('\t'));
        QCOMPARE(cells.size(), int{CheckModel::ColumnCount});
        QCOMPARE(cells.at(CheckModel::FolderColumn), QStringLiteral("/a"));
        QCOMPARE(cells.at(CheckModel::DeviceColumn), QStringLiteral("'=HYPERLINK(\"http://x\",\"y\")"));
        action(*m_page, QStringLiteral("copyMarkdown"))->trigger();
        const QString markdown = QGuiApplication::clipboard()->text();
        QVERIFY2(markdown.contains(QStringLiteral("fuse.\\`x\\`\\|y\\\\t\\\\n")), qPrintable(markdown));
        QCOMPARE(markdown.count(QLatin1Char('\n')), 3);
    }

    void aCopiedPathKeepsItsBytes_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<bool>("isText");
        QTest::newRow("text") << QByteArray("/mnt/\xc3\xa4 b") << true;
        QTest::newRow("no UTF-8") << QByteArray("/mnt/\xff\xe4") << false;
        QTest::newRow("a line break") << QByteArray("/mnt/a\nb") << false;
        QTest::newRow("a blank at the end") << QByteArray("/mnt/a ") << false;
    }
    void aCopiedPathKeepsItsBytes()
    {
        QFETCH(QByteArray, path);
        QFETCH(bool, isText);
        m_page->addFolders({path.toStdString()});
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("copyPath"))->trigger();
        const QMimeData* copied = QGuiApplication::clipboard()->mimeData();
        QCOMPARE(copied->data(QStringLiteral("text/plain")), path);
        // A text is pasted as text wherever it may go; what a text cannot hold goes as an address.
        QCOMPARE(copied->hasUrls(), !isText);
        // Here it comes back.
        CheckPage other(linuxSystem(), *m_probers);
        action(other, QStringLiteral("paste"))->trigger();
        QCOMPARE(other.model().rowCount(), 1);
        QVERIFY(other.model().at(0).folder == path.toStdString());
    }

    void theDiagnosesOfTheSelectedRowsAreCopied()
    {
        m_page->addFolders({"/a", "/b", "/c"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{3});
        m_page->table().selectAll();
        QAction* copy = action(*m_page, QStringLiteral("copyDiagnosis"));
        QCOMPARE(copy->shortcut(), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
        copy->trigger();
        QVERIFY(!QGuiApplication::clipboard()->text().contains(QStringLiteral("## "))); // no answer yet
        m_probers->answer(m_probers->waiting().begin()->first, Verdict::Unusable, "path-missing");
        m_probers->answer(m_probers->waiting().begin()->first, Verdict::Usable);
        copy->trigger();
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY(text.contains(QStringLiteral("## Not usable: `/a`")) &&
                text.contains(QStringLiteral("## Usable: `/b`")));
        QVERIFY(!text.contains(QStringLiteral("`/c`")));
    }

    void aCheckInAnothersPlaceHasARowOfItsOwn()
    {
        m_page->addFolders({"/a"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        m_probers->answerSome(1);
        action(*m_page, QStringLiteral("checkAs"))->trigger();
        auto* dialog = m_page->findChild<CheckAsDialog*>();
        QVERIFY(dialog);
        dialog->findChild<QLineEdit*>()->setText(QStringLiteral(" alice "));
        dialog->accept();
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        const WorkId work = m_probers->waiting().begin()->first;
        QCOMPARE(m_probers->userOf(work), std::string("alice"));
        QCOMPARE(m_page->model().rowCount(), 2);
        QCOMPARE(CheckModel::text(m_page->model().at(1), CheckModel::FolderColumn), QStringLiteral("/a (as alice)"));
        m_probers->answerSome(1);
        m_page->table().selectRow(1);
        action(*m_page, QStringLiteral("again"))->trigger();
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        QCOMPARE(m_probers->userOf(m_probers->waiting().begin()->first), std::string("alice"));
        m_page->addFolders({"/a"}); // as we are: the first row
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        QCOMPARE(m_page->model().rowCount(), 2);
        QCOMPARE(m_page->table().currentIndex().row(), 0);
    }

    void asRootTheBannerSaysSoAndOffersTheCheckAsWhoCalledSudo_data()
    {
        QTest::addColumn<QByteArray>("caller");
        QTest::addColumn<QString>("offer");
        QTest::newRow("sudo") << QByteArray("ann") << QStringLiteral("Check as ann");
        QTest::newRow("a root login") << QByteArray() << QString();
        QTest::newRow("root called sudo") << QByteArray("root") << QString();
    }
    void asRootTheBannerSaysSoAndOffersTheCheckAsWhoCalledSudo()
    {
        QFETCH(QByteArray, caller);
        QFETCH(QString, offer);
        struct RootProcesses final : ForwardingProcesses
        {
            using ForwardingProcesses::ForwardingProcesses;
            std::uint32_t userId() override { return 0; }
        };
        System& real = linuxSystem();
        RootProcesses processes(real.processes);
        System system{real.files, real.attributes, processes, real.clock};
        qputenv("SUDO_USER", caller);
        CheckPage page(system, *m_probers);
        page.resize(1000, 700);
        page.show();
        page.shown();
        qunsetenv("SUDO_USER");
        const auto* banner = page.findChild<Banner*>();
        QVERIFY(banner->isVisible());
        QVERIFY(banner->findChild<QLabel*>(QStringLiteral("words"))->text().contains(QStringLiteral("root only")));
        auto* button = banner->findChild<QAbstractButton*>();
        QCOMPARE(button->isVisible(), !offer.isEmpty());
        if (offer.isEmpty())
            return;
        QCOMPARE(button->text(), offer);
        QVERIFY(!button->isEnabled()); // nothing to check yet
        page.addFolders({"/a", "/b"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        m_probers->answerSome(2);
        button->click();
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        for (const auto& [work, folder] : m_probers->waiting())
            QCOMPARE(m_probers->userOf(work), caller.toStdString());
        m_probers->answerSome(2);
        button->click(); // the same rows again, not rows of rows
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        QCOMPARE(page.model().rowCount(), 4);
    }

    void asAnOrdinaryUserThereIsNoBanner()
    {
        struct UserProcesses final : ForwardingProcesses
        {
            using ForwardingProcesses::ForwardingProcesses;
            std::uint32_t userId() override { return 1000; }
        };
        System& real = linuxSystem();
        UserProcesses processes(real.processes);
        System system{real.files, real.attributes, processes, real.clock};
        CheckPage page(system, *m_probers);
        page.show();
        page.shown();
        QVERIFY(!page.findChild<Banner*>()->isVisible());
    }

    void theSelectionSurvivesTheFilter()
    {
        m_page->addFolders({"/a", "/b", "/c"});
        m_page->table().selectRow(2);
        m_page->setFilter(QStringLiteral("/c"));
        QCOMPARE(m_page->model().rowCount(), 1);
        QCOMPARE(m_page->table().currentIndex().row(), 0);
        m_page->setFilter({});
        QCOMPARE(m_page->table().currentIndex().row(), 2);
        QVERIFY(m_page->table().selectionModel()->isRowSelected(2));
    }

    void theLevelOfTheMenuIsWhatIsAsked()
    {
        action(*m_page, QStringLiteral("quick"))->trigger();
        m_page->addFolders({"/a"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        QVERIFY(m_probers->levelOf(m_probers->waiting().begin()->first) == Level::Quick);
    }

    void layoutLevelAndFavouritesAreRemembered()
    {
        action(*m_page, QStringLiteral("quick"))->trigger();
        m_page->addFolders({"/fav\xff"});
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("favourite"))->trigger();
        m_page->table().sortByColumn(CheckModel::FreeColumn, Qt::DescendingOrder);
        const QVariantMap layout = m_page->saveLayout();
        CheckPage other(linuxSystem(), *m_probers);
        other.restoreLayout(layout);
        QVERIFY(other.job().level() == Level::Quick);
        QCOMPARE(other.saveLayout().value(QStringLiteral("favourites")), layout.value(QStringLiteral("favourites")));
        QCOMPARE(other.model().sortColumn(), int{CheckModel::FreeColumn});
    }

    void aMissingProberIsSaidAndNoRowWaitsForEver()
    {
        m_probers->setProblem(QStringLiteral("no prober"));
        m_page->addFolders({"/a"});
        QTRY_VERIFY(!m_page->job().isRunning());
        bool said = false;
        for (const QLabel* label : m_page->findChildren<QLabel*>())
            said = said || (label->isVisible() && label->text() == QStringLiteral("no prober"));
        QVERIFY(said);
    }

    void everyControlHasANameForAScreenReader()
    {
        m_page->addFolders({"/a"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        m_probers->answer(m_probers->waiting().begin()->first, Verdict::Unusable, "path-missing");
        QTest::qWait(50);
        for (const QWidget* widget : m_page->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || qobject_cast<const QLabel*>(widget))
                continue;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                     widget->metaObject()->className());
        }
    }

    void tenThousandRowsNeverStallTheEventLoop()
    {
        // A busy machine stalls anybody now and then; a stall of our own comes each time.
        double best = 1e9;
        for (int attempt = 0; attempt < 3 && best >= kLongestStall; ++attempt) {
            cleanup();
            init();
            best = qMin(best, driveTenThousandRows());
        }
        qInfo("longest stall of the event loop with 10,000 rows: %.1f ms", best);
        if (!kIsQuickBuild)
            QSKIP("measured, but judged in optimised builds only");
        QVERIFY(best < kLongestStall);
    }

private:
    static constexpr double kLongestStall = 50;

    [[nodiscard]] QString detailsText() const
    {
        QStringList texts;
        for (const QLabel* label : m_page->details().findChildren<QLabel*>())
            texts << label->text();
        for (const TextBlock* text : m_page->details().findChildren<TextBlock*>())
            texts << text->toPlainText();
        return texts.join(QLatin1Char('\n'));
    }

    double driveTenThousandRows()
    {
        constexpr int kRows = 10'000;
        std::vector<Path> folders;
        for (int i = 0; i < kRows; ++i)
            folders.push_back("/some/where/folder-" + std::to_string(i * 7919 % kRows));
        m_page->table().sortByColumn(CheckModel::FolderColumn, Qt::AscendingOrder);
        const Heartbeat heartbeat;
        m_page->addFolders(folders);
        const auto arrived = [this] { return m_probers->waiting().size() == std::size_t{kRows}; };
        if (!QTest::qWaitFor(arrived, 30'000))
            return 1e9;
        QTimer results;
        QObject::connect(&results, &QTimer::timeout, m_probers.get(), [this] { m_probers->answerSome(64); });
        results.start(2);
        const int columns[] = {CheckModel::FreeColumn, CheckModel::VerdictColumn, CheckModel::ReasonColumn,
                               CheckModel::TimeColumn, CheckModel::FolderColumn};
        for (const int column : columns) {
            m_page->table().sortByColumn(column, Qt::DescendingOrder);
            QTest::qWait(60);
            m_page->setFilter(QStringLiteral("folder-1"));
            QTest::qWait(60);
            m_page->setFilter({});
            QTest::qWait(60);
        }
        if (!QTest::qWaitFor([this] { return !m_page->job().isRunning(); }, 60'000))
            return 1e9;
        m_page->table().selectAll();
        QTest::qWait(60);
        m_page->table().sortByColumn(CheckModel::ReasonColumn, Qt::AscendingOrder);
        m_page->setFilter(QStringLiteral("not usable"));
        QTest::qWait(300);
        return heartbeat.longestMilliseconds();
    }

    std::unique_ptr<FakeChecks> m_probers;
    std::unique_ptr<CheckPage> m_page;
};

QTEST_MAIN(CheckPageTest)
#include "tst_check_page.moc"
