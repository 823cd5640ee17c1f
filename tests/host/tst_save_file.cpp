// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/save_file.h"
#include "tests/support/faults.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <cerrno>

using namespace scratchproof;
using namespace scratchproof::test;

class SaveFileTest : public QObject
{
    Q_OBJECT

private:
    TemporaryFolder m_folder;
    Path m_source;
    Path m_target;
    std::string m_content;

    Result<void> save(System& system, bool replace) const
    {
        const auto input = linuxSystem().files.open(kWorkingDirectory, m_source.c_str(), O_RDONLY);
        return saveFile(system, input->get(), m_target, replace);
    }

private slots:
    void initTestCase()
    {
        m_source = m_folder / "source";
        m_folder.makeFolder("target");
        m_target = m_folder / "target/report \xff.json";
        m_content.assign(300'000, 'x'); // more than a pipe or a buffer holds
        m_content += "the end";
        writeFile(m_source, m_content);
    }

    void init() { removeAll(m_target); }

    void aNewFileHoldsEverything()
    {
        QVERIFY(save(linuxSystem(), false));
        QVERIFY(readFile(m_target) == m_content);
        QCOMPARE(namesIn(m_folder / "target").size(), std::size_t{1});
    }

    void anOlderFileStaysUnlessItIsToBeReplaced()
    {
        writeFile(m_target, "older");
        const auto refused = save(linuxSystem(), false);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, EEXIST);
        QCOMPARE(readFile(m_target), std::string("older"));
        QVERIFY(save(linuxSystem(), true));
        QVERIFY(readFile(m_target) == m_content);
    }

    void withoutTheRenameFlagAnOlderFileStaysAllTheSame()
    {
        FaultySystem faulty;
        faulty.plan.set(failEvery("renameat2", {EINVAL}));
        QVERIFY(save(faulty.system, false));
        QVERIFY(readFile(m_target) == m_content);
        QVERIFY(!save(faulty.system, false));
    }

    void aFailureLeavesTheOlderFileAndNothingElse_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<int>("code");
        for (const auto& [call, code] :
             {std::pair("write", ENOSPC), {"fsync", EIO}, {"close", EDQUOT}, {"renameat", EACCES}, {"read", EIO}})
            QTest::newRow(call) << QString::fromLatin1(call) << code;
    }
    void aFailureLeavesTheOlderFileAndNothingElse()
    {
        QFETCH(QString, call);
        QFETCH(int, code);
        writeFile(m_target, "older");
        FaultySystem faulty;
        faulty.plan.set(failNth(call.toStdString(), 1, {code}));
        const auto saved = save(faulty.system, true);
        QVERIFY(!saved);
        QCOMPARE(saved.error().code, code);
        QCOMPARE(readFile(m_target), std::string("older"));
        QCOMPARE(namesIn(m_folder / "target").size(), std::size_t{1});
    }
};

QTEST_GUILESS_MAIN(SaveFileTest)
#include "tst_save_file.moc"
