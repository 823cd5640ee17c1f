// SPDX-License-Identifier: GPL-3.0-or-later
// Folders of other computers on the Check page, with probers that answer when the test says so.
#include "app/gui/check/check_page.h"
#include "app/gui/check/details_pane.h"
#include "app/gui/check/remote_folder_dialog.h"
#include "app/gui/kit/text_block.h"
#include "core/diagnosis/remote_findings.h"
#include "fake_checks.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTableView>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

QAction* action(const CheckPage& page, const QString& name)
{
    return page.findChild<QAction*>(name);
}

QString textsIn(const QWidget& widget)
{
    QString all;
    for (const QLabel* label : widget.findChildren<QLabel*>())
        all += label->text() + QLatin1Char('\n');
    for (const TextBlock* block : widget.findChildren<TextBlock*>())
        all += block->toPlainText() + QLatin1Char('\n');
    return all + widget.accessibleName() + widget.accessibleDescription();
}

} // namespace

class RemoteRowsTest : public QObject
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

    void theDialogTakesAddressesOfOtherComputersOnly_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<bool>("isTaken");
        QTest::addColumn<bool>("hasHint");
        QTest::newRow("nothing") << QString() << false << false;
        QTest::newRow("a user's") << QStringLiteral(" ann@nas:/srv/share ") << true << false;
        QTest::newRow("a host's") << QStringLiteral("nas:/srv") << true << false;
        QTest::newRow("an IPv6 address") << QStringLiteral("ann@[fe80::1]:/srv") << true << false;
        QTest::newRow("here") << QStringLiteral("/srv/share") << false << true;
        QTest::newRow("here, with a colon") << QStringLiteral("./x:y") << false << true;
        QTest::newRow("an option") << QStringLiteral("-oProxyCommand=x:/srv") << false << true;
        QTest::newRow("another address") << QStringLiteral("sftp://nas/srv") << false << true;
    }
    void theDialogTakesAddressesOfOtherComputersOnly()
    {
        QFETCH(QString, typed);
        QFETCH(bool, isTaken);
        QFETCH(bool, hasHint);
        RemoteFolderDialog dialog(nullptr);
        dialog.findChild<QLineEdit*>()->setText(typed);
        QCOMPARE(dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->isEnabled(), isTaken);
        QString last;
        for (const QLabel* label : dialog.findChildren<QLabel*>())
            if (label->buddy() == nullptr)
                last = label->text(); // the last one is the hint
        QCOMPARE(!last.isEmpty(), hasHint);
    }

    void theDialogsFolderIsCheckedOverThere()
    {
        const WorkId work = addByDialog();
        QCOMPARE(m_probers->userOf(work), std::string("ann@nas"));
        QCOMPARE(m_probers->waiting().at(work), Path("/srv/share"));
        const CheckRow& row = m_page->model().at(0);
        QVERIFY(row.runAs.isRemote());
        QVERIFY(shownPlace().contains(QStringLiteral("ann@nas:/srv/share")));
        m_probers->answer(work, Verdict::Usable);
        QCOMPARE(CheckModel::stateText(m_page->model().at(0)), QStringLiteral("Usable"));
    }

    /// The same path here is another row, and the same address again is not.
    void anAddressIsARowOfItsOwn()
    {
        addByDialog();
        m_page->addFolders({"/srv/share"});
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{2});
        QMimeData lines;
        lines.setText(QStringLiteral("ann@nas:/srv/share\nbob@nas:/srv/share\n"));
        m_page->addFrom(lines);
        QTRY_COMPARE(m_page->model().rowCount(), 3);
    }

    void whatIsWrongWithTheWayIsToldInTheDetails()
    {
        const WorkId work = addByDialog();
        RemoteCase wrong;
        wrong.problem = RemoteProblem::Unreachable;
        wrong.host = "nas<b>";
        Check check = FakeChecks::makeCheck("/srv/share", Verdict::NotChecked);
        check.findings = {remoteFinding(wrong)};
        m_probers->answerWith(work, check);
        QCOMPARE(CheckModel::stateText(m_page->model().at(0)), QStringLiteral("Not checked"));
        m_page->table().selectRow(0);
        const QString words = QString::fromStdString(render(check.findings.front()).title);
        QVERIFY(!words.isEmpty());
        auto* pane = m_page->findChild<DetailsPane*>();
        QVERIFY(pane);
        QTRY_VERIFY2(textsIn(*pane).contains(words), qPrintable(textsIn(*pane)));
        QVERIFY2(textsIn(*pane).contains(QStringLiteral("nas<b>")),
                 qPrintable(textsIn(*pane))); // as it is, not as markup
    }

    void stopTakesItBackAndAnotherUserIsNotOffered()
    {
        const WorkId work = addByDialog();
        action(*m_page, QStringLiteral("stop"))->trigger();
        QTRY_COMPARE(m_probers->cancelled(), std::vector<WorkId>{work});
        QCOMPARE(CheckModel::stateText(m_page->model().at(0)), QStringLiteral("Not checked"));
        m_page->table().selectRow(0);
        action(*m_page, QStringLiteral("checkAs"))->trigger();
        QVERIFY(m_page->findChildren<QDialog*>().isEmpty());
        action(*m_page, QStringLiteral("again"))->trigger();
        QTRY_COMPARE(m_probers->waiting().size(), std::size_t{1});
        QCOMPARE(m_probers->userOf(m_probers->waiting().begin()->first), std::string("ann@nas"));
    }

    void thePageCanGoWhileOneIsWaitedFor()
    {
        const WorkId work = addByDialog();
        m_page.reset();
        m_probers->answer(work, Verdict::Usable);
        QCoreApplication::processEvents();
    }

private:
    WorkId addByDialog()
    {
        action(*m_page, QStringLiteral("remote"))->trigger();
        auto* dialog = m_page->findChild<RemoteFolderDialog*>();
        Q_ASSERT(dialog);
        dialog->findChild<QLineEdit*>()->setText(QStringLiteral("ann@nas:/srv/share"));
        dialog->accept();
        const bool asked = QTest::qWaitFor([&] { return m_probers->waiting().size() == 1; }, 5000) &&
                           QTest::qWaitFor([&] { return !m_page->findChild<RemoteFolderDialog*>(); }, 5000);
        return asked ? m_probers->waiting().begin()->first : 0;
    }
    QString shownPlace()
    {
        const auto* shown = m_page->table().model();
        const QModelIndex cell = shown->index(0, CheckModel::FolderColumn);
        QString all;
        for (const auto& data : shown->itemData(cell))
            all += data.toString() + QLatin1Char('\n');
        for (int role = Qt::UserRole; role < Qt::UserRole + 12; ++role)
            all += shown->data(cell, role).toString() + QLatin1Char('\n');
        return all;
    }

    std::unique_ptr<FakeChecks> m_probers;
    std::unique_ptr<CheckPage> m_page;
};

QTEST_MAIN(RemoteRowsTest)
#include "tst_remote_rows.moc"
