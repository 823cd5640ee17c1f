// SPDX-License-Identifier: GPL-3.0-or-later
// The window's check side with real probers, on real folders.
#include "app/gui/check/check_page.h"
#include "app/gui/probers/prober_bridge.h"
#include "app/gui/probers/prober_service.h"
#include "core/check/check_json.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace scratchproof;
using namespace scratchproof::gui;

class CheckProberTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { ignoreSignalsThatAreErrors(); }
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        qputenv("XDG_STATE_HOME", QFile::encodeName(m_folder->filePath(QStringLiteral("state"))));
        qputenv("XDG_RUNTIME_DIR", {});
        m_probers = std::make_unique<ProberBridge>(linuxSystem());
        m_probers->setProgram(SCRATCHPROOF_CLI);
        m_page = std::make_unique<CheckPage>(linuxSystem(), *m_probers);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_probers.reset();
        m_folder.reset();
    }

    void aGoodFolderIsUsableAndEmptyAfterwards()
    {
        const Path folder = make("good");
        m_page->addFolders({folder});
        QVERIFY(finish());
        const CheckRow& row = m_page->model().at(0);
        QVERIFY2(row.verdict() == Verdict::Usable || row.verdict() == Verdict::Limited, qPrintable(row.reason));
        QCOMPARE(row.check->steps.size(), stepsOf(Level::Standard).size());
        QVERIFY(row.freeBytes > 0);
        QVERIFY(row.time > 0);
        QVERIFY(QDir(QFile::decodeName(QByteArray::fromStdString(folder)))
                    .isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    }

    void badInputGetsItsRowAndItsReason()
    {
        const Path file = m_folder->filePath(QStringLiteral("gone")).toStdString();
        m_page->addFolders({file, "", "/proc", Path(5000, 'x'), make("new\nline")});
        QVERIFY(finish());
        QCOMPARE(m_page->model().rowCount(), 4); // what names no folder is left out, and said so
        for (int row = 0; row < 3; ++row) {
            const CheckRow& shown = m_page->model().at(row);
            QVERIFY2(shown.verdict() == Verdict::Unusable || shown.verdict() == Verdict::NotChecked,
                     qPrintable(shown.path.left(40)));
            QVERIFY2(!shown.reason.isEmpty(), qPrintable(shown.path.left(40)));
        }
        QCOMPARE(m_page->model().at(0).check->findings.front().id, std::string("path-missing"));
        QVERIFY(m_page->model().at(3).verdict() == Verdict::Usable ||
                m_page->model().at(3).verdict() == Verdict::Limited);
    }

    void anExportReadsBackAndIsNotOverwrittenUnasked()
    {
        m_page->addFolders({make("one"), make("t'w $(o)")});
        QVERIFY(finish());
        const QString file = m_folder->filePath(QStringLiteral("re port'.json"));
        QSignalSpy exported(m_page.get(), &CheckPage::exported);
        m_page->exportTo(QFile::encodeName(file).toStdString(), false);
        QVERIFY(exported.wait(20'000));
        QVERIFY2(exported.first().first().toBool(), qPrintable(exported.first().at(1).toString()));
        QFile saved(file);
        QVERIFY(saved.open(QIODevice::ReadOnly));
        const auto report = parseJson(saved.readAll().toStdString());
        QVERIFY(report.has_value());
        QCOMPARE(getString(*report, "schema"), std::optional<std::string>("scratchproof.report/1"));
        const Json* checks = getArray(*report, "checks");
        QVERIFY(checks && checks->size() == 2);
        for (const Json& entry : *checks)
            QVERIFY(checkFromJson(entry).has_value());

        m_page->exportTo(QFile::encodeName(file).toStdString(), false);
        QVERIFY(exported.wait(20'000));
        QVERIFY(!exported.last().first().toBool());
        m_page->exportTo("/nowhere/at/all.json", false);
        QVERIFY(exported.wait(20'000));
        QVERIFY(!exported.last().first().toBool());
        QVERIFY(!exported.last().at(1).toString().isEmpty());
    }

    void aMissingProgramIsSaid()
    {
        m_page.reset();
        m_probers = std::make_unique<ProberBridge>(linuxSystem());
        m_probers->setProgram("/nowhere/scratchproof-cli");
        m_page = std::make_unique<CheckPage>(linuxSystem(), *m_probers);
        m_page->addFolders({make("good")});
        QVERIFY(finish());
        QVERIFY(m_page->model().at(0).verdict() == Verdict::NotChecked);
    }

    void aCheckInAnothersPlaceIsAnsweredInItsOwnRow()
    {
        const Path folder = make("good");
        m_page->addFolders({folder});
        QVERIFY(finish());
        const std::string self = m_page->model().at(0).check->facts.user.name;
        if (self.empty())
            QSKIP("this user has no name, so nobody can be asked for by it");
        // Our own name needs no sudo, but a supervisor all the same; nobody has the other one.
        m_page->job().addAndCheck({{{self, {}}, folder}});
        m_page->job().addAndCheck({{{"no-such-user-anywhere", {}}, folder}});
        QVERIFY(finish());
        QCOMPARE(m_page->model().rowCount(), 3);
        const CheckRow& ours = m_page->model().at(1);
        QCOMPARE(ours.check->as.value_or(""), self);
        QVERIFY2(ours.verdict() == Verdict::Usable || ours.verdict() == Verdict::Limited, qPrintable(ours.reason));
        const CheckRow& nobodys = m_page->model().at(2);
        QVERIFY(nobodys.verdict() == Verdict::NotChecked);
        QCOMPARE(nobodys.check->findings.front().id, std::string("as-user-unknown"));
        // Once more, all of them: a failure is no reason not to ask again.
        m_page->job().check(m_page->model().allIds());
        QVERIFY(finish());
        QVERIFY(m_page->model().at(0).verdict() == ours.verdict());
        QCOMPARE(nobodys.check->findings.front().id, std::string("as-user-unknown"));
    }

    void aProberSaysWhetherSomebodyWouldBeAbleToWrite()
    {
        std::map<std::string, Result<RightsReply>> replies;
        for (const char* user : {"0", "no-such-user-anywhere"})
            m_probers->askFor(request::Rights{make("good"), user}, this,
                              [&replies, user](const Result<RightsReply>& reply) { replies.emplace(user, reply); });
        QTRY_COMPARE_WITH_TIMEOUT(replies.size(), std::size_t{2}, 20'000);
        const Result<RightsReply>& root = replies.at("0");
        QVERIFY(root.has_value());
        QVERIFY(root->verdict == RightsVerdict::Yes);
        QCOMPARE(root->uid.value_or(1), std::uint64_t{0});
        QVERIFY(root->finding.has_value());
        QVERIFY(!replies.at("no-such-user-anywhere").has_value());
        QCOMPARE(replies.at("no-such-user-anywhere").error().operation, std::string("unknown-user"));
    }

    void spaceIsAnsweredOnTheWindowsThread()
    {
        std::uint64_t total = 0;
        m_probers->askFor(request::Space{make("good")}, this, [&](const Result<SpaceAnswer>& answer) {
            QVERIFY(answer.has_value());
            QCOMPARE(QThread::currentThread(), thread());
            total = answer->totalBytes.value_or(0);
        });
        QTRY_VERIFY_WITH_TIMEOUT(total > 0, 20'000);
    }

private:
    Path make(const QString& name) const
    {
        QDir(m_folder->path()).mkdir(name);
        return QFile::encodeName(m_folder->filePath(name)).toStdString();
    }
    bool finish()
    {
        return QTest::qWaitFor([this] { return !m_page->job().isRunning(); }, 30'000);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ProberBridge> m_probers;
    std::unique_ptr<CheckPage> m_page;
};

QTEST_MAIN(CheckProberTest)
#include "tst_check_prober.moc"
