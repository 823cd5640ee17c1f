// SPDX-License-Identifier: GPL-3.0-or-later
// The scratch page and the picker with real probers, on real folders.
#include "app/gui/picker/folder_picker.h"
#include "app/gui/probers/prober_bridge.h"
#include "app/gui/scratch/clean_up_dialog.h"
#include "app/gui/scratch/clean_up_model.h"
#include "app/gui/scratch/create_scratch_dialog.h"
#include "app/gui/scratch/forget_dialog.h"
#include "app/gui/scratch/scratch_model.h"
#include "app/gui/scratch/scratch_page.h"

#include <QAction>
#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

using namespace scratchproof;
using namespace scratchproof::gui;

class ScratchProberTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_state = std::make_unique<QTemporaryDir>();
        QVERIFY(m_state->isValid());
        qputenv("XDG_STATE_HOME", QFile::encodeName(m_state->path()));
        qputenv("XDG_RUNTIME_DIR", {});
        m_probers = std::make_unique<ProberBridge>(linuxSystem());
        m_probers->setProgram(SCRATCHPROOF_CLI);
    }
    void cleanup()
    {
        m_probers.reset();
        m_folder.reset();
        m_state.reset();
    }

    void aDirectoryIsMadeListedMeasuredAndCleanedUp()
    {
        const QString place = m_folder->filePath(QStringLiteral("place"));
        QVERIFY(QDir().mkdir(place));
        ScratchPage page(linuxSystem(), *m_probers);
        page.restoreLayout({{QStringLiteral("folder"), QFile::encodeName(place)}});
        page.resize(1000, 500);
        page.show();
        page.shown();
        auto* table = page.findChild<QTableView*>();
        page.toolBarActions().at(0)->trigger();
        auto* dialog = page.findChild<CreateScratchDialog*>();
        QTest::keyClicks(dialog->findChild<QLineEdit*>(QStringLiteral("name")), QStringLiteral("build"));
        dialog->findChild<QPushButton*>(QStringLiteral("create"))->click();
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, 10'000);
        const QStringList made = QDir(place).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        QCOMPARE(made.size(), 1);
        QVERIFY(made[0].startsWith(QStringLiteral("build-")));

        QFile file(place + QLatin1Char('/') + made[0] + QStringLiteral("/data"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(5000, 'x'));
        file.close();
        page.refresh();
        const auto cell = [table](int column) { return table->model()->index(0, column).data().toString(); };
        QTRY_COMPARE_WITH_TIMEOUT(cell(ScratchModel::Files), QStringLiteral("1"), 10'000);
        QCOMPARE(cell(ScratchModel::State), QStringLiteral("Active"));

        table->selectRow(0);
        const auto choose = [&page](const QString& name) {
            const auto actions = page.toolBarActions();
            const auto found = std::find_if(actions.begin(), actions.end(),
                                            [&](QAction* action) { return action->objectName() == name; });
            QVERIFY(found != actions.end());
            QVERIFY2((*found)->isEnabled(), qPrintable(name));
            (*found)->trigger();
        };
        choose(QStringLiteral("extend"));
        choose(QStringLiteral("release"));
        QTRY_COMPARE_WITH_TIMEOUT(cell(ScratchModel::State), QStringLiteral("Released"), 10'000);
        QVERIFY(!file.exists());
        choose(QStringLiteral("restore"));
        QTRY_COMPARE_WITH_TIMEOUT(cell(ScratchModel::State), QStringLiteral("Active"), 10'000);
        QVERIFY(file.exists());
        QTRY_COMPARE_WITH_TIMEOUT(cell(ScratchModel::Files), QStringLiteral("1"), 10'000);

        choose(QStringLiteral("cleanUp"));
        auto* cleanUp = page.findChild<CleanUpDialog*>();
        auto* remove = cleanUp->findChild<QPushButton*>(QStringLiteral("remove"));
        QTRY_VERIFY_WITH_TIMEOUT(remove->isEnabled(), 10'000);
        QVERIFY(file.exists());
        remove->click();
        QTRY_COMPARE_WITH_TIMEOUT(cleanUp->phase(), CleanUpDialog::Phase::Result, 10'000);
        QVERIFY(QDir(place).isEmpty());
        QTRY_COMPARE(table->model()->rowCount(), 0);
    }

    void oneInAnotherGoesWithItOnlyIfBothAreChosen()
    {
        const QString place = m_folder->filePath(QStringLiteral("nested"));
        QVERIFY(QDir().mkdir(place));
        ScratchPage page(linuxSystem(), *m_probers);
        page.resize(1000, 500);
        page.show();
        page.shown();
        auto* table = page.findChild<QTableView*>();
        const auto create = [&page](const QString& in, const QString& name, bool empty) {
            page.restoreLayout({{QStringLiteral("folder"), QFile::encodeName(in)}});
            page.toolBarActions().at(0)->trigger();
            auto* dialog = page.findChild<CreateScratchDialog*>();
            QTest::keyClicks(dialog->findChild<QLineEdit*>(QStringLiteral("name")), name);
            dialog->findChild<QCheckBox*>(QStringLiteral("empty"))->setChecked(empty);
            dialog->findChild<QPushButton*>(QStringLiteral("create"))->click();
            return dialog;
        };
        create(place, QStringLiteral("outer"), false);
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, 10'000);
        QTRY_VERIFY(page.findChild<CreateScratchDialog*>() == nullptr);
        const QString outer = place + QLatin1Char('/') + QDir(place).entryList({QStringLiteral("outer-*")}).at(0);
        CreateScratchDialog* dialog = create(outer, QStringLiteral("inner"), true);
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 2, 10'000);
        QVERIFY(dialog->findChild<QLabel*>(QStringLiteral("notes"))->text().contains(outer));
        const QString own = dialog->findChild<QLabel*>(QStringLiteral("path"))->text();
        QVERIFY2(own.startsWith(outer + QStringLiteral("/inner-")) && own.endsWith(QStringLiteral("/inner")) &&
                     QDir(own).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 qPrintable(own));
        dialog->close();
        QTRY_VERIFY(page.findChild<CreateScratchDialog*>() == nullptr);

        const auto cleanUp = [&page] {
            for (QAction* action : page.toolBarActions())
                if (action->objectName() == QStringLiteral("cleanUp"))
                    action->trigger();
            return page.findChild<CleanUpDialog*>();
        };
        for (int row = 0; row < 2; ++row)
            if (table->model()->index(row, 0).data().toString() == QStringLiteral("outer"))
                table->selectRow(row);
        CleanUpDialog* alone = cleanUp();
        auto* list = alone->findChild<QListView*>(QStringLiteral("directories"))->model();
        const auto warning = [list] { return list->index(0, 0).data(CleanUpModel::WarningRole).toString(); };
        QTRY_VERIFY_WITH_TIMEOUT(warning().contains(QStringLiteral("lies in it")), 10'000);
        QVERIFY(!alone->findChild<QPushButton*>(QStringLiteral("remove"))->isEnabled());
        alone->close();
        QTRY_VERIFY(page.findChild<CleanUpDialog*>() == nullptr);
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 2, 10'000);

        table->selectAll();
        CleanUpDialog* both = cleanUp();
        auto* remove = both->findChild<QPushButton*>(QStringLiteral("remove"));
        QTRY_VERIFY_WITH_TIMEOUT(remove->isEnabled(), 10'000);
        remove->click();
        QTRY_COMPARE_WITH_TIMEOUT(both->phase(), CleanUpDialog::Phase::Result, 10'000);
        QVERIFY(QDir(place).isEmpty());
        QTRY_COMPARE(table->model()->rowCount(), 0);
    }

    void whatIsLostIsForgottenAndWhatIsThereStays()
    {
        const QString place = m_folder->filePath(QStringLiteral("forget"));
        QVERIFY(QDir().mkdir(place));
        ScratchPage page(linuxSystem(), *m_probers);
        page.restoreLayout({{QStringLiteral("folder"), QFile::encodeName(place)}});
        page.resize(1000, 500);
        page.show();
        page.shown();
        auto* table = page.findChild<QTableView*>();
        for (const char* name : {"here", "gone"}) {
            page.toolBarActions().at(0)->trigger();
            auto* dialog = page.findChild<CreateScratchDialog*>();
            QTest::keyClicks(dialog->findChild<QLineEdit*>(QStringLiteral("name")), QLatin1String(name));
            dialog->findChild<QPushButton*>(QStringLiteral("create"))->click();
            QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), name == std::string_view("here") ? 1 : 2, 10'000);
            QTRY_VERIFY(page.findChild<CreateScratchDialog*>() == nullptr);
        }
        const QString gone = QDir(place).entryList({QStringLiteral("gone-*")}).at(0);
        QVERIFY(QDir(place + QLatin1Char('/') + gone).removeRecursively());
        for (QAction* action : page.menuActions())
            if (action->objectName() == QStringLiteral("forgetLost"))
                action->trigger();
        auto* dialog = page.findChild<ForgetDialog*>();
        auto* forget = dialog->findChild<QPushButton*>(QStringLiteral("forget"));
        QTRY_VERIFY_WITH_TIMEOUT(forget->isEnabled(), 10'000);
        QCOMPARE(dialog->findChild<QListWidget*>()->count(), 1);
        forget->click();
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, 10'000);
        QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("here"));
        QCOMPARE(QDir(place).entryList({QStringLiteral("here-*")}).size(), 1);
    }

    void thePickerShowsWhatIsThere()
    {
        const QByteArray odd = QFile::encodeName(m_folder->path()) + "/caf\xe9";
        QVERIFY(::mkdir(odd.constData(), 0700) == 0);
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral(".hidden")));
        FolderPicker picker(*m_probers, {ChooserRequest::Kind::Folders, {}, {}, m_folder->path().toStdString(), {}},
                            {});
        picker.setAttribute(Qt::WA_DeleteOnClose, false);
        picker.show();
        auto* list = picker.findChild<QListView*>(QStringLiteral("folders"));
        QTRY_COMPARE_WITH_TIMEOUT(list->model()->rowCount(), 1, 10'000);
        list->selectionModel()->select(list->model()->index(0, 0), QItemSelectionModel::Select);
        QCOMPARE(picker.choice(), std::vector<Path>{odd.toStdString()});
        ::rmdir(odd.constData());
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QTemporaryDir> m_state; // apart: a prober keeps its journal there
    std::unique_ptr<ProberBridge> m_probers;
};

QTEST_MAIN(ScratchProberTest)
#include "tst_scratch_prober.moc"
