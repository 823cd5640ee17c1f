// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_list_model.h"
#include "app/gui/picker/folder_picker.h"
#include "tests/gui/fake_probers.h"

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

Json folders(const std::vector<std::string>& names, bool truncated = false)
{
    Json json = Json::object();
    json["folders"] = Json::array();
    for (const std::string& name : names) {
        Json entry = Json::object();
        putPath(entry, "name", name);
        entry["hidden"] = name.front() == '.';
        json["folders"].push_back(entry);
    }
    json["truncated"] = truncated;
    return json;
}

ChooserRequest request(ChooserRequest::Kind kind, const Path& start)
{
    return {kind, QStringLiteral("Choose"), {}, start, QStringLiteral("report.json")};
}

std::vector<PickerPlace> places()
{
    return {{QStringLiteral("Home"), "/home/a", Glyph::Home}, {QStringLiteral("Computer"), "/", Glyph::Computer}};
}

/// A picker that was shown, with what a test looks at.
struct Picker
{
    explicit Picker(FakeProbers& probers, ChooserRequest::Kind kind = ChooserRequest::Kind::Folders,
                    const Path& start = "/home/a")
        : dialog(new FolderPicker(probers, request(kind, start), places()))
    {
        dialog->setAttribute(Qt::WA_DeleteOnClose, false);
        QObject::connect(dialog.get(), &FolderPicker::chosen, dialog.get(),
                         [this](const std::vector<Path>& paths) { chosen.push_back(paths); });
        dialog->show();
        list = dialog->findChild<QListView*>(QStringLiteral("folders"));
        path = dialog->findChild<QLineEdit*>(QStringLiteral("path"));
        accept = dialog->findChild<QPushButton*>(QStringLiteral("accept"));
    }
    [[nodiscard]] int rows() const { return list->model()->rowCount(); }
    [[nodiscard]] QString words() const
    {
        QString all;
        for (const QLabel* label : dialog->findChildren<QLabel*>())
            if (label->isVisible())
                all += label->text() + QLatin1Char('\n');
        return all;
    }
    void select(int row, QItemSelectionModel::SelectionFlags how = QItemSelectionModel::Select) const
    {
        list->selectionModel()->select(list->model()->index(row, 0), how);
    }

    std::unique_ptr<FolderPicker> dialog;
    std::vector<std::vector<Path>> chosen;
    QListView* list = nullptr;
    QLineEdit* path = nullptr;
    QPushButton* accept = nullptr;
};

} // namespace

class FolderPickerTest : public QObject
{
    Q_OBJECT

private slots:
    void severalFoldersAreChosenAtOnce()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"b", "a", "c"}); });
        Picker picker(probers);
        QTRY_COMPARE(picker.rows(), 3);
        picker.select(0);
        picker.select(2);
        QCOMPARE(picker.accept->text(), QStringLiteral("&Choose 2 folders"));
        picker.accept->click();
        QCOMPARE(picker.chosen, (std::vector<std::vector<Path>>{{"/home/a/a", "/home/a/c"}}));
        QVERIFY(!picker.dialog->isVisible());
    }

    void nothingSelectedMeansTheFolderThatIsShown()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({}); });
        Picker picker(probers);
        QTRY_VERIFY(picker.words().contains(QStringLiteral("No folders in here")));
        QTest::keyClick(picker.list, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(picker.chosen, (std::vector<std::vector<Path>>{{"/home/a"}}));
    }

    void theKeyboardAloneGoesInAndUpAndChooses()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"x", "y"}); });
        Picker picker(probers);
        picker.dialog->activateWindow();
        QTRY_COMPARE(picker.rows(), 2);
        picker.list->setFocus();
        QTest::keyClick(picker.list, Qt::Key_Down);
        QTest::keyClick(picker.list, Qt::Key_Return);
        QCOMPARE(picker.dialog->folder(), Path("/home/a/y"));
        QTRY_COMPARE(picker.rows(), 2);
        QTest::keyClick(picker.list, Qt::Key_Backspace);
        QCOMPARE(picker.dialog->folder(), Path("/home/a"));
        QTRY_COMPARE(picker.rows(), 2);
        QCOMPARE(picker.list->currentIndex().data().toString(), QStringLiteral("y"));
        QVERIFY(picker.chosen.empty());
        QTest::keyClick(picker.dialog.get(), Qt::Key_Up, Qt::AltModifier);
        QTRY_COMPARE(picker.dialog->folder(), Path("/home"));
        QTest::keyClick(picker.dialog.get(), Qt::Key_Escape);
        QVERIFY(!picker.dialog->isVisible());
        QVERIFY(picker.chosen.empty());
    }

    void namesThatAreNotUtf8Survive()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"caf\xe9\n"}); });
        Picker picker(probers, ChooserRequest::Kind::Folders, "/d\xff");
        QTRY_COMPARE(picker.rows(), 1);
        QCOMPARE(picker.list->model()->index(0, 0).data().toString(), QStringLiteral("caf\\xe9\\n"));
        QCOMPARE(folderOf(probers.asked().front()), Path("/d\xff"));
        // Enter in the untouched field means the same bytes, not the text that stands for them.
        picker.path->setFocus();
        QTest::keyClick(picker.path, Qt::Key_Return);
        QCOMPARE(folderOf(probers.asked().back()), Path("/d\xff"));
        QTRY_COMPARE(picker.rows(), 1);
        picker.select(0);
        picker.accept->click();
        QCOMPARE(picker.chosen.front().front(), Path("/d\xff/caf\xe9\n"));
    }

    void aTypedOrPastedPathIsGoneTo()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"x"}); });
        Picker picker(probers);
        picker.path->setText(QStringLiteral("file:///media/a%20b/"));
        picker.path->setFocus();
        QTest::keyClick(picker.path, Qt::Key_Return);
        QCOMPARE(picker.dialog->folder(), Path("/media/a b"));
        QVERIFY(picker.dialog->isVisible());
        picker.path->setText(QStringLiteral("/other"));
        picker.accept->click();
        QCOMPARE(picker.chosen.front(), std::vector<Path>{"/other"});
    }

    void anErrorIsToldInPlainWordsAndCanBeTriedAgain()
    {
        FakeProbers probers;
        Picker picker(probers);
        probers.answer(probers.waiting<request::ListFolders>().front().id, fail("openat", "/home/a", EACCES));
        QVERIFY(picker.words().contains(QStringLiteral("You are not allowed to look into this folder.")));
        for (QPushButton* button : picker.dialog->findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Try &again"))
                button->click();
        probers.answer(probers.waiting<request::ListFolders>().front().id, folders({"x"}));
        QCOMPARE(picker.rows(), 1);
        QVERIFY(picker.list->isVisible());
    }

    void aHungFolderLeavesTheDialogAlive()
    {
        FakeProbers probers;
        Picker picker(probers);
        const WorkId hung = probers.waiting<request::ListFolders>().front().id;
        QTRY_VERIFY_WITH_TIMEOUT(picker.words().contains(QStringLiteral("taking its time")), 3000);
        probers.answer(hung, fail("not-responding", {}, 0));
        QVERIFY(picker.words().contains(QStringLiteral("This folder does not answer")));
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"x", "y"}); });
        auto* placesList = picker.dialog->findChild<QListWidget*>(QStringLiteral("places"));
        emit placesList->itemClicked(placesList->item(1));
        QTRY_COMPARE(picker.rows(), 2);
        QCOMPARE(picker.dialog->folder(), Path("/"));
    }

    void aLateAnswerIsDropped()
    {
        FakeProbers probers;
        Picker picker(probers);
        const WorkId slow = probers.waiting<request::ListFolders>().front().id;
        picker.dialog->goTo("/elsewhere");
        QVERIFY(std::count(probers.cancelled().begin(), probers.cancelled().end(), slow) == 1);
        probers.answer(probers.waiting<request::ListFolders>().back().id, folders({"right"}));
        probers.answer(slow, folders({"wrong", "wrong too"}));
        QCOMPARE(picker.rows(), 1);
        QCOMPARE(picker.list->model()->index(0, 0).data().toString(), QStringLiteral("right"));
    }

    void nonsenseIsRefusedWithWords()
    {
        FakeProbers probers;
        Picker picker(probers);
        probers.answer(probers.waiting<request::ListFolders>().front().id, Json::array({1, 2}));
        QVERIFY(picker.words().contains(QStringLiteral("makes no sense")));
        QVERIFY(picker.accept->isEnabled());
    }

    void hiddenFoldersAreShownOnDemand()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({".git", "src"}); });
        Picker picker(probers);
        QTRY_COMPARE(picker.rows(), 1);
        picker.dialog->findChild<QCheckBox*>()->click();
        QCOMPARE(picker.rows(), 2);
    }

    void ofTenThousandFoldersItSaysThatThereAreMore()
    {
        FakeProbers probers;
        Picker picker(probers);
        std::vector<std::string> names;
        for (int i = 0; i < 10'000; ++i)
            names.push_back("folder number " + std::to_string((i * 7919) % 10'000));
        const Json answer = folders(names, true);
        probers.answer(probers.waiting<request::ListFolders>().front().id, answer);
        picker.list->scrollToBottom();
        picker.list->grab();
        QCOMPARE(picker.rows(), 10'000);
        QVERIFY(picker.words().contains(QStringLiteral("Only the first")));
    }

    void savingWantsAFileName()
    {
        FakeProbers probers;
        probers.setRule<request::ListFolders>([](const auto&) { return folders({"x"}); });
        Picker picker(probers, ChooserRequest::Kind::SaveFile);
        auto* name = picker.dialog->findChild<QLineEdit*>(QStringLiteral("fileName"));
        for (const char* bad : {"", "  ", "a/b", "..", "."}) {
            name->setText(QString::fromLatin1(bad));
            QVERIFY2(!picker.accept->isEnabled(), bad);
        }
        name->setText(QStringLiteral("out.json"));
        name->setFocus();
        QTest::keyClick(name, Qt::Key_Return);
        QCOMPARE(picker.chosen.front(), std::vector<Path>{"/home/a/out.json"});
    }
};

QTEST_MAIN(FolderPickerTest)
#include "tst_folder_picker.moc"
