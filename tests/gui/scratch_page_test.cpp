// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/clean_up_dialog.h"
#include "app/gui/widgets/create_scratch_dialog.h"
#include "tests/gui/scratch_page_under_test.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

using PageUnderTest = ScratchPageUnderTest;

std::vector<Json> three()
{
    return {sampleDirectory("a", "alpha", "/x/a"), sampleDirectory("b", "beta", "/x/caf\xe9"),
            sampleDirectory("c", "gamma", "/x/c", "lost")};
}

} // namespace

class ScratchPageTest : public QObject
{
    Q_OBJECT

private slots:
    void anEmptyListIsAnInvitation()
    {
        PageUnderTest p;
        p.list({});
        auto* button = p.page.findChild<QPushButton*>(QStringLiteral("messageButton"));
        QTRY_COMPARE(button->text(), QStringLiteral("New scratch directory…"));
        QVERIFY(button->isVisible());
        QVERIFY(!p.table->isVisible());
        button->click();
        QVERIFY(p.page.findChild<CreateScratchDialog*>() != nullptr);
    }

    void aHungDirectoryHoldsUpNoOther()
    {
        PageUnderTest p;
        p.list(three());
        QTRY_COMPARE(p.probers.waiting("scratch-inspect").size(), std::size_t{3});
        const auto asked = p.probers.waiting("scratch-inspect");
        p.probers.answer(asked[0].id, inAnswer(measured(three()[0], 4'000'000, 9)));
        QCOMPARE(p.cell("a", ScratchModel::Size), QStringLiteral("4.0 MB"));
        QCOMPARE(p.cell("b", ScratchModel::Size), QStringLiteral("…"));
        p.probers.answer(asked[1].id, fail("not-responding", {}, 0));
        QCOMPARE(p.cell("b", ScratchModel::State), QStringLiteral("Does not answer"));
        p.probers.answer(asked[2].id, inAnswer(three()[2]));
        QCOMPARE(p.cell("c", ScratchModel::State), QStringLiteral("Lost"));
        QCOMPARE(asked[1].folder, Path("/x/caf\xe9"));
    }

    void answersOfAnOlderLookAreDropped()
    {
        PageUnderTest p;
        p.list(three());
        QTRY_COMPARE(p.probers.waiting("scratch-inspect").size(), std::size_t{3});
        const auto old = p.probers.waiting("scratch-inspect");
        p.page.refresh();
        p.probers.answer(old[0].id, inAnswer(measured(three()[0], 1, 1)));
        QCOMPARE(p.cell("a", ScratchModel::Size), QStringLiteral("…"));
        QVERIFY(p.probers.cancelled().size() >= 3);
    }

    void aRegistryThatCannotBeReadIsSaidAndTriedAgain()
    {
        PageUnderTest p;
        p.probers.setRule("scratch-list",
                          [](const Json&) { return fail("store-damaged", {}, 0, "the registry is damaged"); });
        p.page.shown();
        auto* text = p.page.findChild<QLabel*>(QStringLiteral("messageText"));
        QTRY_COMPARE(text->text(), QStringLiteral("The registry is damaged."));
        p.probers.setRule("scratch-list", [](const Json&) { return listOf(three()); });
        p.page.findChild<QPushButton*>(QStringLiteral("messageButton"))->click();
        QTRY_VERIFY(p.table->isVisible());
    }

    void aFailingRefreshKeepsWhatIsShown()
    {
        PageUnderTest p;
        p.list(three());
        p.probers.setRule("scratch-list", [](const Json&) { return fail("store-busy", {}, 0, "locked"); });
        QSignalSpy status(&p.page, &Page::statusChanged);
        p.page.refresh();
        QTRY_VERIFY(!status.isEmpty() && status.last().at(0).toString() == QStringLiteral("Locked."));
        QVERIFY(p.table->isVisible());
        QCOMPARE(p.table->model()->rowCount(), 3);
    }

    void actionsFollowTheSelection()
    {
        PageUnderTest p;
        p.list(three());
        QAction* open = p.action(QStringLiteral("&Open"));
        QAction* copy = p.action(QStringLiteral("&Copy path"));
        QAction* cleanUp = p.action(QStringLiteral("Clean &up…"));
        QAction* forget = p.action(QStringLiteral("&Forget"));
        QVERIFY(open && copy && cleanUp && forget);
        p.table->clearSelection();
        QVERIFY(!open->isEnabled() && !copy->isEnabled() && !cleanUp->isEnabled() && !forget->isEnabled());
        p.table->selectRow(p.rowOf("c"));
        QVERIFY(open->isEnabled() && copy->isEnabled() && cleanUp->isEnabled() && forget->isEnabled());
        p.table->selectRow(p.rowOf("a"));
        QVERIFY(!forget->isEnabled());
        copy->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("/x/a"));
        p.table->selectAll();
        QVERIFY(!open->isEnabled() && cleanUp->isEnabled() && !forget->isEnabled());
    }

    void cleaningUpTakesExactlyTheSelectedAndRemovesTheirRows()
    {
        PageUnderTest p;
        p.list(three());
        p.table->selectRow(p.rowOf("a"));
        p.action(QStringLiteral("Clean &up…"))->trigger();
        auto* dialog = p.page.findChild<CleanUpDialog*>();
        QVERIFY(dialog != nullptr);
        const auto previews = p.probers.waiting("scratch-preview");
        QCOMPARE(previews.size(), std::size_t{1});
        p.probers.answer(previews[0].id, samplePreview("/x/a"));
        dialog->findChild<QPushButton*>(QStringLiteral("remove"))->click();
        p.probers.answer(p.probers.waiting("scratch-clean")[0].id,
                         Json{{"removed", true}, {"entries", 15}, {"bytes", 3456}, {"kept", Json::array()}});
        QCOMPARE(p.rowOf("a"), -1);
        QCOMPARE(p.table->model()->rowCount(), 2);
    }

    void forgettingTouchesNoFolder()
    {
        PageUnderTest p;
        p.list(three());
        p.table->selectRow(p.rowOf("c"));
        p.action(QStringLiteral("&Forget"))->trigger();
        const auto asked = p.probers.waiting("scratch-forget");
        QCOMPARE(asked.size(), std::size_t{1});
        QCOMPARE(asked[0].folder, Path());
        QCOMPARE(getString(asked[0].request, "directory"), std::optional<std::string>("c"));
    }

    void aCreatedDirectoryIsListedAndSelected()
    {
        PageUnderTest p;
        p.list({});
        p.action(QStringLiteral("&New scratch directory…"))->trigger();
        auto* dialog = p.page.findChild<CreateScratchDialog*>();
        dialog->findChild<QLineEdit*>(QStringLiteral("name"))->setText(QStringLiteral("beta"));
        dialog->findChild<QPushButton*>(QStringLiteral("create"))->click();
        p.probers.setRule("scratch-list", [](const Json&) { return listOf(three()); });
        p.probers.answer(p.probers.waiting("scratch-create")[0].id, inAnswer(three()[1]));
        QTRY_COMPARE(p.table->model()->rowCount(), 3);
        QTRY_COMPARE(p.table->currentIndex().row(), p.rowOf("b"));
    }

    void theFilterLooksThroughNamePathNoteAndState()
    {
        PageUnderTest p;
        p.list(three());
        for (const auto& [text, rows] :
             {std::pair{"GAMMA", 1}, {"/x/", 3}, {"lost", 1}, {"note", 3}, {"nowhere", 0}, {"", 3}}) {
            p.page.setFilter(QString::fromLatin1(text));
            QCOMPARE(p.table->model()->rowCount(), rows);
        }
    }

    void theLayoutIsRemembered()
    {
        PageUnderTest p;
        p.table->setColumnWidth(ScratchModel::State, 333);
        const QVariantMap layout = p.page.saveLayout();
        PageUnderTest other;
        other.page.restoreLayout(layout);
        QCOMPARE(other.table->columnWidth(ScratchModel::State), 333);
        other.page.restoreLayout({});
        QCOMPARE(other.table->columnWidth(ScratchModel::State), 333);
    }

    void leavingWhileEverythingHangsTakesNoTime()
    {
        auto p = std::make_unique<PageUnderTest>();
        p->list(three());
        QTRY_COMPARE(p->probers.waiting("scratch-inspect").size(), std::size_t{3});
        QElapsedTimer timer;
        timer.start();
        p.reset();
        QVERIFY(timer.elapsed() < 1000);
    }
};

QTEST_MAIN(ScratchPageTest)
#include "scratch_page_test.moc"
