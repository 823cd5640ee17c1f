// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/clean_up_dialog.h"
#include "app/gui/scratch/clean_up_model.h"
#include "app/gui/scratch/create_scratch_dialog.h"
#include "app/gui/scratch/forget_dialog.h"
#include "tests/gui/scratch_page_under_test.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
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
        QTRY_COMPARE(p.probers.waiting<request::ScratchInspect>().size(), std::size_t{3});
        const auto asked = p.probers.waiting<request::ScratchInspect>();
        p.probers.answer(asked[0].id, inAnswer(measured(three()[0], 4'000'000, 9)));
        QCOMPARE(p.cell("a", ScratchModel::Size), QStringLiteral("4.00 MB"));
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
        QTRY_COMPARE(p.probers.waiting<request::ScratchInspect>().size(), std::size_t{3});
        const auto old = p.probers.waiting<request::ScratchInspect>();
        p.page.refresh();
        p.probers.answer(old[0].id, inAnswer(measured(three()[0], 1, 1)));
        QCOMPARE(p.cell("a", ScratchModel::Size), QStringLiteral("…"));
        QVERIFY(p.probers.cancelled().size() >= 3);
    }

    void aRegistryThatCannotBeReadIsSaidAndTriedAgain()
    {
        PageUnderTest p;
        p.probers.setRule<request::ScratchList>(
            [](const auto&) { return fail("store-damaged", {}, 0, "the registry is damaged"); });
        p.page.shown();
        auto* text = p.page.findChild<QLabel*>(QStringLiteral("messageText"));
        QTRY_COMPARE(text->text(), QStringLiteral("The registry is damaged."));
        p.probers.setRule<request::ScratchList>([](const auto&) { return listOf(three()); });
        p.page.findChild<QPushButton*>(QStringLiteral("messageButton"))->click();
        QTRY_VERIFY(p.table->isVisible());
    }

    void aFailingRefreshKeepsWhatIsShown()
    {
        PageUnderTest p;
        p.list(three());
        p.probers.setRule<request::ScratchList>([](const auto&) { return fail("store-busy", {}, 0, "locked"); });
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
        QAction* open = p.action(QStringLiteral("open"));
        QAction* copy = p.action(QStringLiteral("copy"));
        QAction* cleanUp = p.action(QStringLiteral("cleanUp"));
        QAction* forget = p.action(QStringLiteral("forget"));
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

    void askingForTheMenuAgainMakesNothingNew()
    {
        PageUnderTest p;
        const QList<QAction*> first = p.page.menuActions();
        const auto before = p.page.findChildren<QAction*>().size();
        for (int i = 0; i < 5; ++i)
            QCOMPARE(p.page.menuActions(), first);
        QCOMPARE(p.page.findChildren<QAction*>().size(), before);
    }

    void cleaningUpTakesExactlyTheSelectedAndRemovesTheirRows()
    {
        PageUnderTest p;
        p.list(three());
        p.table->selectRow(p.rowOf("a"));
        p.action(QStringLiteral("cleanUp"))->trigger();
        auto* dialog = p.page.findChild<CleanUpDialog*>();
        QVERIFY(dialog != nullptr);
        const auto previews = p.probers.waiting<request::ScratchPreview>();
        QCOMPARE(previews.size(), std::size_t{1});
        p.probers.answer(previews[0].id, samplePreview("/x/a"));
        dialog->findChild<QPushButton*>(QStringLiteral("remove"))->click();
        p.probers.answer(p.probers.waiting<request::ScratchClean>()[0].id,
                         Json{{"removed", true}, {"entries", 15}, {"bytes", 3456}, {"kept", Json::array()}});
        QCOMPARE(p.rowOf("a"), -1);
        QCOMPARE(p.table->model()->rowCount(), 2);
    }

    void forgettingAsksAndTouchesNoFolder()
    {
        for (const char* state : {"lost", "offline", "elsewhere"}) {
            PageUnderTest p;
            p.list({sampleDirectory("c", "gamma", "/x/c", state), three()[0]});
            p.table->selectRow(p.rowOf("c"));
            for (const bool meant : {false, true}) {
                QVERIFY(p.action(QStringLiteral("forget"))->isEnabled());
                p.action(QStringLiteral("forget"))->trigger();
                auto* dialog = p.page.findChild<ForgetDialog*>();
                QVERIFY(dialog != nullptr);
                QVERIFY(dialog->findChild<QLabel*>(QStringLiteral("text"))
                            ->text()
                            .contains(QStringLiteral("Nothing on a disk is touched")));
                QVERIFY(p.probers.waiting<request::ScratchForget>().empty());
                if (!meant) {
                    auto* forget = dialog->findChild<QPushButton*>(QStringLiteral("forget"));
                    forget->setFocus();
                    QTest::keyClick(forget, Qt::Key_Return); // Enter is Cancel
                    QTRY_VERIFY(p.page.findChild<ForgetDialog*>() == nullptr);
                    continue;
                }
                dialog->findChild<QPushButton*>(QStringLiteral("forget"))->click();
            }
            const auto asked = p.probers.waiting<request::ScratchForget>();
            QCOMPARE(asked.size(), std::size_t{1});
            QCOMPARE(asked[0].folder, Path());
            QCOMPARE(asked[0].request.directory, std::string("c"));
            p.probers.setRule<request::ScratchList>([](const auto&) { return listOf({three()[0]}); });
            p.probers.answer(asked[0].id, Json{{"forgotten", true}});
            QTRY_COMPARE(p.table->model()->rowCount(), 1);
            QTRY_VERIFY(p.page.findChild<ForgetDialog*>() == nullptr);
        }
    }

    void allThatAreLostAreLookedForListedAndAskedAboutOnce()
    {
        PageUnderTest p;
        p.list({sampleDirectory("a", "alpha", "/x/a"), sampleDirectory("b", "beta", "/x/b"),
                sampleDirectory("h", "hangs", "/x/h"), sampleDirectory("e", "away", "/x/e", "elsewhere"),
                sampleDirectory("c", "gamma", "/x/c")});
        p.action(QStringLiteral("forgetLost"))->trigger();
        auto* dialog = p.page.findChild<ForgetDialog*>();
        auto* forget = dialog->findChild<QPushButton*>(QStringLiteral("forget"));
        std::vector<FakeProbers::Asked<request::ScratchInspect>> looks;
        for (const auto& question : p.probers.waiting<request::ScratchInspect>())
            if (question.request.look == ScratchStore::Look::Brief)
                looks.push_back(question);
        QCOMPARE(looks.size(), std::size_t{4}); // what is elsewhere cannot be looked at
        for (const auto& look : looks) {
            QVERIFY(!forget->isEnabled());
            const std::string id = look.request.about.directory;
            if (id == "h")
                p.probers.answer(look.id, fail("not-responding", {}, 0));
            else
                p.probers.answer(look.id, inAnswer(sampleDirectory(id, id, "/x/" + id, id == "a" ? "active" : "lost")));
        }
        QVERIFY(forget->isEnabled());
        auto* list = dialog->findChild<QListWidget*>();
        QCOMPARE(list->count(), 2);
        QVERIFY(list->item(0)->data(CleanUpModel::PathTextRole).toString().contains(QStringLiteral("/x/b")));
        QVERIFY(dialog->findChild<QLabel*>(QStringLiteral("text"))->text().contains(QStringLiteral("could not be")));
        QVERIFY(dialog->findChild<QPushButton*>(QStringLiteral("cancel"))->isDefault());
        QVERIFY(p.probers.waiting<request::ScratchForget>().empty());
        forget->click();
        std::vector<std::string> ids;
        for (const auto& question : p.probers.waiting<request::ScratchForget>())
            ids.push_back(question.request.directory);
        QCOMPARE(ids, (std::vector<std::string>{"b", "c"}));
    }

    void whereNothingIsLostNothingIsAsked()
    {
        PageUnderTest p;
        p.list({sampleDirectory("a", "alpha", "/x/a")});
        p.action(QStringLiteral("forgetLost"))->trigger();
        auto* dialog = p.page.findChild<ForgetDialog*>();
        p.probers.answer(p.probers.waiting<request::ScratchInspect>().back().id,
                         inAnswer(sampleDirectory("a", "a", "/x/a")));
        QCOMPARE(dialog->findChild<QLabel*>(QStringLiteral("title"))->text(), QStringLiteral("No directory is lost"));
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("forget"))->isVisible());
    }

    void whatIsCopiedIsTheDirectoryThatIsTheUsersOwn()
    {
        PageUnderTest p;
        Json directory = sampleDirectory("a", "alpha", "/x/a");
        putPath(directory, "content", "/x/a/alpha");
        p.list({directory});
        p.table->selectRow(0);
        p.action(QStringLiteral("copy"))->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("/x/a/alpha"));
    }

    void aCreatedDirectoryIsListedAndSelected()
    {
        PageUnderTest p;
        p.list({});
        p.action(QStringLiteral("new"))->trigger();
        auto* dialog = p.page.findChild<CreateScratchDialog*>();
        dialog->findChild<QLineEdit*>(QStringLiteral("name"))->setText(QStringLiteral("beta"));
        dialog->findChild<QPushButton*>(QStringLiteral("create"))->click();
        p.probers.setRule<request::ScratchList>([](const auto&) { return listOf(three()); });
        p.probers.answer(p.probers.waiting<request::ScratchCreate>()[0].id, inAnswer(three()[1]));
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
        QTRY_COMPARE(p->probers.waiting<request::ScratchInspect>().size(), std::size_t{3});
        QElapsedTimer timer;
        timer.start();
        p.reset();
        QVERIFY(timer.elapsed() < 1000);
    }
};

QTEST_MAIN(ScratchPageTest)
#include "tst_scratch_page.moc"
