// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/error_words.h"
#include "app/gui/scratch/clean_up_dialog.h"
#include "app/gui/scratch/clean_up_model.h"
#include "tests/gui/fake_probers.h"
#include "tests/gui/scratch_samples.h"

#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

struct Dialog
{
    explicit Dialog(const std::vector<std::string>& ids)
    {
        std::vector<ScratchDirectory> entries;
        for (const std::string& id : ids)
            entries.push_back(*fromJson<ScratchDirectory>(sampleDirectory(id, id, "/x/" + id)));
        dialog = std::make_unique<CleanUpDialog>(probers, entries, kSampleNow);
        dialog->setAttribute(Qt::WA_DeleteOnClose, false);
        QObject::connect(dialog.get(), &CleanUpDialog::removed, dialog.get(),
                         [this](const std::string& id) { removed.push_back(id); });
        dialog->show();
        dialog->activateWindow();
        list = dialog->findChild<QListView*>(QStringLiteral("directories"));
        remove = dialog->findChild<QPushButton*>(QStringLiteral("remove"));
        cancel = dialog->findChild<QPushButton*>(QStringLiteral("cancel"));
    }
    void answerPreviews()
    {
        for (const auto& question : probers.waiting<request::ScratchPreview>())
            probers.answer(question.id, samplePreview(question.request.about.folder));
    }
    void answerClean(std::size_t which, bool removedAll, const Json& kept = Json::array())
    {
        const auto question = probers.waiting<request::ScratchClean>().at(which);
        Json answer{{"removed", removedAll}, {"entries", 15}, {"bytes", 3456}};
        answer["kept"] = kept;
        probers.answer(question.id, answer);
    }
    [[nodiscard]] QString words() const
    {
        QString all;
        for (const QLabel* label : dialog->findChildren<QLabel*>())
            if (label->isVisible())
                all += label->text() + QLatin1Char('\n');
        return all;
    }
    [[nodiscard]] QVariant shown(int row, int role) const { return list->model()->index(row, 0).data(role); }

    FakeProbers probers;
    std::unique_ptr<CleanUpDialog> dialog;
    std::vector<std::string> removed;
    QListView* list = nullptr;
    QPushButton* remove = nullptr;
    QPushButton* cancel = nullptr;
};

} // namespace

class CleanUpDialogTest : public QObject
{
    Q_OBJECT

private slots:
    void nothingCanBeRemovedBeforeEverythingWasLookedAt()
    {
        Dialog d({"a", "b"});
        QVERIFY(!d.remove->isEnabled());
        const auto previews = d.probers.waiting<request::ScratchPreview>();
        QCOMPARE(previews.size(), std::size_t{2});
        d.probers.answer(previews[0].id, samplePreview("/x/a"));
        QVERIFY(!d.remove->isEnabled());
        d.probers.answer(previews[1].id, samplePreview("/x/b"));
        QVERIFY(d.remove->isEnabled());
        QVERIFY(d.words().contains(QStringLiteral("24 files")));
        QCOMPARE(d.shown(0, CleanUpModel::PathTextRole).toString(), QStringLiteral("/x/a"));
        const QString facts = d.shown(0, CleanUpModel::FactsRole).toString();
        QVERIFY2(facts.contains(QStringLiteral("12 files")) && facts.contains(QStringLiteral("sub/newest.txt")) &&
                     facts.contains(QStringLiteral("2 h")),
                 qPrintable(facts));
    }

    void thoseThatLieInOneAnotherGoFromTheInside()
    {
        Dialog d({"o", "o/i", "o/i/n", "other"});
        for (const auto& question : d.probers.waiting<request::ScratchPreview>())
            QVERIFY(question.request.also == std::vector<std::string>({"o", "o/i", "o/i/n", "other"}));
        d.answerPreviews();
        d.remove->click();
        const auto cleaning = [&d] {
            std::vector<std::string> ids;
            for (const auto& question : d.probers.waiting<request::ScratchClean>())
                ids.push_back(question.request.about.directory);
            return ids;
        };
        QCOMPARE(cleaning(), (std::vector<std::string>{"o/i/n", "other"}));
        d.answerClean(0, true);
        QCOMPARE(cleaning(), (std::vector<std::string>{"other", "o/i"}));
        d.answerClean(1, true);
        QCOMPARE(cleaning(), (std::vector<std::string>{"other", "o"}));
        d.answerClean(1, true);
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Removing);
        d.answerClean(0, true);
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Result);
        QCOMPARE(d.removed, (std::vector<std::string>{"o/i/n", "o/i", "o", "other"}));
    }

    void stoppingAlsoStopsWhatWaitsForAnother()
    {
        Dialog d({"o", "o/i"});
        d.answerPreviews();
        d.remove->click();
        QTest::keyClick(d.dialog.get(), Qt::Key_Escape);
        d.probers.answer(d.probers.waiting<request::ScratchClean>()[0].id, fail("cancelled", {}, 0));
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Result);
        QVERIFY(d.probers.waiting<request::ScratchClean>().empty());
        QCOMPARE(d.shown(0, CleanUpModel::WarningRole).toString(), QStringLiteral("This was stopped."));
    }

    void whatBecameOfOneThatWasKeptIsTrue()
    {
        Dialog d({"a", "b", "c"});
        d.answerPreviews();
        d.remove->click();
        const auto answers = d.probers.waiting<request::ScratchClean>();
        d.probers.answer(answers[0].id, Json{{"removed", false}, {"entries", 0}, {"stays_registered", true}});
        d.probers.answer(answers[1].id, Json{{"removed", false}, {"entries", 3}, {"stays_registered", true}});
        d.probers.answer(answers[2].id, Json{{"removed", false}, {"entries", 0}, {"stays_registered", false}});
        const char* const expected[] = {"It was kept: see below.", "Not all of it could be removed: see below.",
                                        "It is gone, or another program removes it at this moment."};
        for (int row = 0; row < 3; ++row)
            QCOMPARE(d.shown(row, CleanUpModel::WarningRole).toString(), QLatin1String(expected[row]));
    }

    void enterIsCancelWhereverTheFocusIs()
    {
        for (int where = 0; where < 3; ++where) {
            Dialog d({"a"});
            d.answerPreviews();
            QWidget* const widgets[] = {d.cancel, d.remove, d.list};
            widgets[where]->setFocus();
            QTest::keyClick(widgets[where], Qt::Key_Return);
            QVERIFY(!d.dialog->isVisible());
            QVERIFY(d.probers.waiting<request::ScratchClean>().empty());
        }
    }

    void theWordFromThePreviewGoesWithTheRemoval()
    {
        Dialog d({"a"});
        d.answerPreviews();
        d.remove->click();
        const auto cleans = d.probers.waiting<request::ScratchClean>();
        QCOMPARE(cleans.size(), std::size_t{1});
        QCOMPARE(cleans[0].request.confirmation, std::string("word-/x/a"));
        QCOMPARE(cleans[0].request.about.directory, std::string("a"));
        auto* bar = d.dialog->findChild<QProgressBar*>();
        QVERIFY(bar->isVisible());
        d.probers.progress(cleans[0].id, Json{{"entries", 8}, {"bytes", 1000}});
        QCOMPARE(bar->value(), 500);
        d.answerClean(0, true);
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Result);
        QCOMPARE(d.removed, std::vector<std::string>{"a"});
        QVERIFY(d.words().contains(QStringLiteral("Cleaned up")));
        QTest::keyClick(d.cancel, Qt::Key_Return);
        QVERIFY(!d.dialog->isVisible());
    }

    void oneInUseNeedsATickOfItsOwn()
    {
        Dialog d({"a"});
        Json preview = samplePreview("/x/a");
        preview["used_by"] = Json::array({{{"pid", 4123}, {"name", "postgres"}}});
        d.probers.answer(d.probers.waiting<request::ScratchPreview>()[0].id, preview);
        QVERIFY(!d.remove->isEnabled());
        QVERIFY(d.shown(0, CleanUpModel::WarningRole).toString().contains(QStringLiteral("postgres (process 4123)")));
        d.list->setFocus();
        d.list->setCurrentIndex(d.list->model()->index(0, 0));
        QTest::keyClick(d.list, Qt::Key_Space);
        QVERIFY(d.remove->isEnabled());
    }

    void aHeldLockNeedsATickAndAnUnknownOneAWord()
    {
        Dialog d({"a", "b"});
        const auto previews = d.probers.waiting<request::ScratchPreview>();
        Json held = samplePreview("/x/a");
        held["lock"] = "held";
        d.probers.answer(previews[0].id, held);
        Json unknown = samplePreview("/x/b");
        unknown["lock"] = "unknown";
        d.probers.answer(previews[1].id, unknown);
        QVERIFY(d.shown(0, CleanUpModel::WarningRole).toString().contains(QStringLiteral("holds its lock")));
        QVERIFY(d.shown(1, CleanUpModel::WarningRole).toString().contains(QStringLiteral("cannot be asked")));
        QCOMPARE(d.shown(0, Qt::CheckStateRole).toInt(), int{Qt::Unchecked});
        QCOMPARE(d.shown(1, Qt::CheckStateRole).toInt(), int{Qt::Checked});
        d.remove->click();
        const auto cleans = d.probers.waiting<request::ScratchClean>();
        QCOMPARE(cleans.size(), std::size_t{1});
        QVERIFY(cleans[0].request.inUse == ScratchStore::InUse::RemoveAllTheSame);
    }

    void oneThatIsRefusedOrHangsHoldsUpNoOther()
    {
        Dialog d({"a", "b", "c"});
        const auto previews = d.probers.waiting<request::ScratchPreview>();
        d.probers.answer(previews[0].id,
                         Json{{"removable", false}, {"path", "/x/a"}, {"reason", "the marker is missing"}});
        d.probers.answer(previews[1].id, fail("not-responding", {}, 0));
        d.probers.answer(previews[2].id, samplePreview("/x/c"));
        QCOMPARE(d.shown(0, CleanUpModel::WarningRole).toString(),
                 QStringLiteral("The marker is missing. It will not be touched."));
        QVERIFY(d.shown(1, CleanUpModel::WarningRole).toString().contains(QStringLiteral("does not answer")));
        d.remove->click();
        QCOMPARE(d.probers.waiting<request::ScratchClean>().size(), std::size_t{1});
        d.answerClean(0, true);
        QCOMPARE(d.removed, std::vector<std::string>{"c"});
    }

    void aPreviewWithoutAConfirmationIsNotRemovable()
    {
        Dialog d({"a"});
        Json preview = samplePreview("/x/a");
        preview.erase("confirmation");
        d.probers.answer(d.probers.waiting<request::ScratchPreview>()[0].id, preview);
        QVERIFY(!d.remove->isEnabled());
    }

    void everyPathThatIsLeftIsListedWithItsReason()
    {
        Dialog d({"a"});
        d.answerPreviews();
        d.remove->click();
        Json kept = Json::array();
        for (int i = 0; i < 300; ++i) {
            Json entry{{"reason", "immutable"}};
            putPath(entry, "path", "/x/a/caf\xe9" + std::to_string(i));
            kept.push_back(entry);
        }
        d.answerClean(0, false, kept);
        auto* list = d.dialog->findChild<QListView*>(QStringLiteral("kept"));
        QVERIFY(list->isVisible());
        QCOMPARE(list->model()->rowCount(), 300);
        QCOMPARE(list->model()->index(7, 0).data().toString(),
                 leftToRight(QStringLiteral("/x/a/caf\\xe97")) + QStringLiteral("\nimmutable"));
        QVERIFY(d.removed.empty());
        QVERIFY(d.words().contains(QStringLiteral("Not everything could be removed")));
    }

    void stopAsksForItAndASecondTimeLeaves()
    {
        Dialog d({"a", "b"});
        d.answerPreviews();
        d.remove->click();
        const auto running = d.probers.waiting<request::ScratchClean>();
        QTest::keyClick(d.dialog.get(), Qt::Key_Escape);
        QVERIFY(d.dialog->isVisible());
        QCOMPARE(d.probers.cancelled().size(), std::size_t{2});
        d.probers.answer(running[0].id, fail("cancelled", {}, 0));
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Removing);
        QTest::keyClick(d.dialog.get(), Qt::Key_Escape);
        QVERIFY(!d.dialog->isVisible());
        QVERIFY(d.removed.empty());
    }

    void aRemovalThatHangsIsSaid()
    {
        Dialog d({"a"});
        d.answerPreviews();
        d.remove->click();
        d.probers.answer(d.probers.waiting<request::ScratchClean>()[0].id, fail("not-responding", {}, 0));
        QCOMPARE(d.dialog->phase(), CleanUpDialog::Phase::Result);
        QVERIFY(d.shown(0, CleanUpModel::WarningRole).toString().contains(QStringLiteral("does not answer")));
    }
};

QTEST_MAIN(CleanUpDialogTest)
#include "tst_clean_up_dialog.moc"
