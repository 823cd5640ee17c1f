// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/scratch/create_scratch_dialog.h"
#include "tests/gui/fake_probers.h"
#include "tests/gui/scratch_samples.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

struct Dialog
{
    explicit Dialog(const Path& folder = "/home/a")
        : chooser(probers, &window, QDBusConnection(QStringLiteral("no bus"))),
          dialog(new CreateScratchDialog(probers, chooser, folder, "7d"))
    {
        dialog->setAttribute(Qt::WA_DeleteOnClose, false);
        QObject::connect(dialog.get(), &CreateScratchDialog::created, dialog.get(),
                         [this](const ScratchDirectory& entry) { created.push_back(entry); });
        dialog->show();
    }
    template <typename T>
    T* child(const char* name) const
    {
        return dialog->findChild<T*>(QLatin1String(name));
    }
    void type(const char* field, const QString& text) const
    {
        child<QLineEdit>(field)->selectAll();
        QTest::keyClicks(child<QLineEdit>(field), text);
    }
    [[nodiscard]] QString message() const { return child<QLabel>("message")->text(); }

    FakeProbers probers;
    QWidget window;
    FolderChooser chooser;
    std::unique_ptr<CreateScratchDialog> dialog;
    std::vector<ScratchDirectory> created;
};

} // namespace

class CreateScratchDialogTest : public QObject
{
    Q_OBJECT

private slots:
    void whatIsWrongIsSaidAsOneTypes()
    {
        Dialog d;
        QVERIFY(!d.child<QPushButton>("create")->isEnabled());
        QCOMPARE(d.message(), QString()); // not before anything was typed
        d.type("name", QStringLiteral("a/b"));
        QCOMPARE(d.message(), QStringLiteral("A name cannot contain a slash."));
        d.type("name", QStringLiteral(".hidden"));
        QCOMPARE(d.message(), QStringLiteral("A name cannot begin with a dot or a dash."));
        d.type("name", QString(200, QLatin1Char('x')));
        QCOMPARE(d.message(), QStringLiteral("This name is too long."));
        d.type("name", QStringLiteral("build"));
        QCOMPARE(d.message(), QString());
        QVERIFY(d.child<QPushButton>("create")->isEnabled());
        d.child<QLineEdit>("folder")->clear();
        QVERIFY(!d.dialog->problem().isEmpty());
    }

    void enterCreatesWithWhatWasGiven()
    {
        Dialog d("/d\xff");
        d.type("name", QStringLiteral(" build "));
        d.type("note", QStringLiteral("for now"));
        QTest::keyClick(d.child<QLineEdit>("note"), Qt::Key_Return);
        const auto asked = d.probers.waiting<request::ScratchCreate>();
        QCOMPARE(asked.size(), std::size_t{1});
        QCOMPARE(asked[0].folder, Path("/d\xff"));
        QCOMPARE(asked[0].request.wish.folder, Path("/d\xff"));
        QCOMPARE(asked[0].request.wish.name, std::string("build"));
        QCOMPARE(formatLifetime(asked[0].request.wish.lifetime), std::string("7d"));
        QCOMPARE(asked[0].request.wish.note, std::string("for now"));
        QVERIFY(!d.child<QPushButton>("create")->isEnabled());
        d.probers.answer(asked[0].id, inAnswer(sampleDirectory("id1", "build", "/d\xff/build-x")));
        QCOMPARE(d.created.size(), std::size_t{1});
        QCOMPARE(d.created[0].record.path, Path("/d\xff/build-x"));
        QVERIFY(!d.dialog->isVisible());
    }

    void lifetimesAreOfferedAndCanBeOnesOwn()
    {
        Dialog d;
        auto* box = d.child<QComboBox>("lifetime");
        QStringList offered;
        for (int i = 0; i < box->count(); ++i) {
            box->setCurrentIndex(i);
            offered << QString::fromStdString(formatLifetime(d.dialog->wish().lifetime));
        }
        QCOMPARE(offered, (QStringList{"12h", "1d", "7d", "30d", "never", "3d"}));
        d.dialog->findChild<QSpinBox*>()->setValue(36);
        QCOMPARE(formatLifetime(d.dialog->wish().lifetime), std::string("36d"));
    }

    void aTimeThatIsTooLongIsRefusedAndNotTakenForGood()
    {
        Dialog d;
        d.type("name", QStringLiteral("build"));
        auto* box = d.child<QComboBox>("lifetime");
        box->setCurrentIndex(box->count() - 1);
        auto* unit = d.child<QComboBox>("ownUnit");
        unit->setCurrentIndex(unit->count() - 1); // weeks
        d.dialog->findChild<QSpinBox*>()->setValue(9999);
        QVERIFY(d.dialog->problem().contains(QStringLiteral("100 years")));
        d.dialog->findChild<QSpinBox*>()->setValue(5000);
        QCOMPARE(d.dialog->problem(), QString());
        QCOMPARE(formatLifetime(d.dialog->wish().lifetime), std::string("35000d"));
    }

    void aRefusalIsShownAndTheDialogStays()
    {
        Dialog d;
        d.type("name", QStringLiteral("build"));
        d.child<QPushButton>("create")->click();
        d.probers.answer(d.probers.waiting<request::ScratchCreate>()[0].id,
                         fail("unsafe-folder", "/home/a", 0, "others may rename what is in /home/a"));
        QCOMPARE(d.message(), QStringLiteral("It was not created. Others may rename what is in /home/a."));
        QVERIFY(d.dialog->isVisible());
        QVERIFY(d.child<QPushButton>("create")->isEnabled());
        QVERIFY(d.created.empty());
        d.child<QPushButton>("create")->click();
        d.probers.answer(d.probers.waiting<request::ScratchCreate>()[0].id, fail("not-responding", {}, 0));
        QCOMPARE(d.message(), QStringLiteral("It was not created. This folder does not answer."));
    }

    void notesAreShownBeforeItCloses()
    {
        Dialog d;
        d.type("name", QStringLiteral("build"));
        d.child<QPushButton>("create")->click();
        Json answer = inAnswer(sampleDirectory("id1", "build", "/home/a/build-x"));
        answer["notes"] = Json::array({{{"id", "chmod-has-no-effect"}}});
        d.probers.answer(d.probers.waiting<request::ScratchCreate>()[0].id, answer);
        QVERIFY(d.dialog->isVisible());
        QCOMPARE(d.created.size(), std::size_t{1});
        QCOMPARE(d.child<QLabel>("notes")->text(),
                 QStringLiteral("Others on this computer may see what is in it.\nThis file system stores no "
                                "permissions, so a directory on it cannot be made private."));
        QTest::keyClick(d.dialog.get(), Qt::Key_Return);
        QVERIFY(!d.dialog->isVisible());
    }

    void anEmptyDirectoryInItIsAskedForAndShown()
    {
        Dialog d;
        d.type("name", QStringLiteral("clone"));
        QVERIFY(!d.dialog->wish().empty);
        d.child<QCheckBox>("empty")->click();
        d.child<QPushButton>("create")->click();
        const auto question = d.probers.waiting<request::ScratchCreate>()[0];
        QCOMPARE(question.request.wish.empty, true);
        Json directory = sampleDirectory("id1", "clone", "/home/a/clone-x");
        putPath(directory, "content", "/home/a/clone-x/clone");
        Json note{{"id", "inside-outer"}, {"title", "It lies in another scratch directory"}, {"explanation", "So."}};
        note["arguments"]["outer"] = Json{{"type", "path"}, {"value", "/home/a/outer-y"}};
        Json answer = inAnswer(directory);
        answer["notes"] = Json::array({note});
        d.probers.answer(question.id, answer);
        QVERIFY(d.child<QLabel>("notes")->text().contains(QStringLiteral("/home/a/outer-y")));
        QCOMPARE(d.child<QLabel>("path")->text(), QStringLiteral("/home/a/clone-x/clone"));
        QCOMPARE(usablePath(d.created.at(0)), Path("/home/a/clone-x/clone"));
    }

    void closingWhileItHangsGivesUp()
    {
        Dialog d;
        d.type("name", QStringLiteral("build"));
        d.child<QPushButton>("create")->click();
        const WorkId hung = d.probers.waiting<request::ScratchCreate>()[0].id;
        QTest::keyClick(d.dialog.get(), Qt::Key_Escape);
        QVERIFY(!d.dialog->isVisible());
        QCOMPARE(d.probers.cancelled(), std::vector<WorkId>{hung});
    }

    void theFolderComesFromTheChooser()
    {
        Dialog d;
        d.probers.setRule<request::ListFolders>([](const auto&) { return Json{{"folders", Json::array()}}; });
        for (QPushButton* button : d.dialog->findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Ch&oose…"))
                button->click();
        QTRY_VERIFY(d.chooser.picker() != nullptr);
        d.chooser.picker()->goTo("/caf\xe9");
        d.chooser.picker()->findChild<QPushButton*>(QStringLiteral("accept"))->click();
        QCOMPARE(d.dialog->wish().folder, Path("/caf\xe9"));
    }
};

QTEST_MAIN(CreateScratchDialogTest)
#include "tst_create_scratch_dialog.moc"
