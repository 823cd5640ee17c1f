// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

/// Wrong usage is named and has its exit code; nothing is checked then.
class CommandLineTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    TemporaryFolder m_base;

private slots:
    void initTestCase()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        changeOwner(m_base.makeFolder("own"), kOrdinaryUser, kOrdinaryUser);
        writeFile(m_base / "secret", "/tmp\n", 0600);
    }
    void cleanupTestCase() { m_cli.reset(); }

    void wrongUsageIsNamedAndEndsWithTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("named");
        const QString own = QString::fromStdString(m_base / "own");
        QTest::newRow("unknown option") << QStringList{"check", "--frobnicate", own} << QByteArray("frobnicate");
        QTest::newRow("unknown command") << QStringList{"frobnicate"} << QByteArray("frobnicate");
        QTest::newRow("unknown level") << QStringList{"check", "--level", "brutal", own} << QByteArray("level");
        QTest::newRow("level without a value") << QStringList{"check", own, "--level"} << QByteArray("level");
        QTest::newRow("timeout that is none")
            << QStringList{"check", "--timeout", "soon", own} << QByteArray("timeout");
        QTest::newRow("negative timeout") << QStringList{"check", "--timeout=-1", own} << QByteArray("timeout");
        QTest::newRow("timeout of nothing") << QStringList{"check", "--timeout", "0", own} << QByteArray("timeout");
        QTest::newRow("two formats") << QStringList{"check", "--json", "--ndjson", own} << QByteArray("json");
        QTest::newRow("no folder") << QStringList{"check"} << QByteArray("FOLDER");
        QTest::newRow("missing list") << QStringList{"check", "--from-file", "/nonexistent/list"}
                                      << QByteArray("/nonexistent/list");
        QTest::newRow("unreadable list") << QStringList{"check", "--from-file",
                                                        QString::fromStdString(m_base / "secret")}
                                         << QByteArray("secret");
        QTest::newRow("a folder as the list") << QStringList{"check", "--from-file", own} << QByteArray("own");
        QTest::newRow("option of volumes") << QStringList{"volumes", "--frobnicate"} << QByteArray("frobnicate");
    }
    void wrongUsageIsNamedAndEndsWithTwo()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, named);
        std::vector<std::string> words;
        for (const auto& argument : arguments)
            words.push_back(argument.toStdString());
        const auto ended = run(m_cli->command(words));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY2(ended.errors.find(named.toStdString()) != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.output.empty(), ended.output.c_str());
    }

    void noCommandAtAllSaysHowItIsUsed()
    {
        const auto ended = run(m_cli->command({}));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(ended.errors.find("check") != std::string::npos);
    }

    void helpAndVersionAreOutputAndNoError()
    {
        for (const std::string option : {"--help", "--version"}) {
            const auto ended = run(m_cli->command({option}));
            QCOMPARE(ended.exitCode, 0);
            QVERIFY(!ended.output.empty());
            QVERIFY(ended.errors.empty());
        }
        QVERIFY(run(m_cli->command({"check", "--help"})).output.find("--from-file") != std::string::npos);
    }

    void aFullDiskForTheOutputIsAFault()
    {
        auto program = m_cli->command({});
        program.arguments = {"sh", "-c",
                             "'" + program.arguments.front() + "' check --json '" + (m_base / "own") + "' > /dev/full"};
        const auto ended = run(program);
        QVERIFY2(ended.exitCode != 0, "the report was lost, and it said that all is well");
    }

    void volumesListsTheMountsWithTheirSpace()
    {
        const auto store = mountTmpfs(m_base.makeFolder("store"));
        const auto mounted =
            mountImage("ext4", store->path() + "/image", std::uint64_t{16} << 20U, m_base.makeFolder("a volume"));
        const auto ended = run(m_cli->command({"volumes", "--json"}));
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        const auto json = parseJson(ended.output);
        QVERIFY(json.has_value());
        QVERIFY(getString(*json, "schema").has_value());
        QVERIFY2(ended.output.find(mounted->path()) != std::string::npos, ended.output.c_str());
    }

    void aPathThatIsNotUtf8ComesBackReversibly()
    {
        const Path folder = m_base.makeFolder("\xff\n");
        const Report report(run(m_cli->command({"check", "--json", folder})).output);
        QCOMPARE(report.size(), std::size_t{1});
        QVERIFY(report.folder() == folder);
    }
};

SCRATCHPROOF_TEST_MAIN(CommandLineTest, PrivateMounts)
#include "tst_command_line.moc"
