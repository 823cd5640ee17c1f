// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"
#include "core/protocol/requests.h"
#include "tests/support/collector.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

HostSettings settings()
{
    HostSettings chosen;
    chosen.program = SCRATCHPROOF_CLI;
    return chosen;
}

Program proberProgram()
{
    Program program;
    program.arguments = {SCRATCHPROOF_CLI, "prober"};
    return program;
}

std::string word(Verdict verdict)
{
    return std::string(toString(verdict));
}

} // namespace

/// What a prober in good health answers, and what it makes of requests that are none.
class ProberProcessTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
    }

    void oneProberServesManyFoldersOfAMount()
    {
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        std::vector<WorkId> ids;
        for (int i = 0; i < 100; ++i)
            ids.push_back(host.check(m_base->makeFolder(std::to_string(i)), Level::Quick));
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QCOMPARE(word(row->verdict), word(Verdict::Usable));
            QCOMPARE(row->steps.size(), stepsOf(Level::Quick).size());
            QCOMPARE(collector.timesFinished(id), 1);
        }
        QVERIFY(probersOf(getpid()).size() <= 1);
    }

    void anyPathComesBackAsItWasGiven()
    {
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        for (const Path& name : {Path("with space"), Path("line\nbreak"), Path("\xff\xfe"), Path("\xe2\x80\xae"),
                                 Path("-rf"), Path("x'; rm -rf ~; '"), Path("\"\\")}) {
            const Path folder = m_base->makeFolder(name);
            const auto row = collector.check(host.check(folder, Level::Quick));
            QVERIFY(row.has_value());
            QVERIFY2(row->folder == folder, displayPath(row->folder).c_str());
            QCOMPARE(word(row->verdict), word(Verdict::Usable));
        }
    }

    void spaceAndFoldersAreAnswered()
    {
        const auto small = mountTmpfs(m_base->makeFolder("small"), "size=4m,nr_inodes=100");
        makeFolder(small->path() + "/b", 0755);
        makeFolder(small->path() + "/\xff", 0755);
        makeFolder(small->path() + "/.hidden", 0755);
        writeFile(small->path() + "/file", "");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto space = collector.answer(host.ask(request::Space{small->path()}));
        QVERIFY(space.has_value() && space->has_value());
        QCOMPARE(getUnsigned(**space, "total_bytes").value_or(0), std::uint64_t{4} << 20U);
        QCOMPARE(getUnsigned(**space, "total_inodes").value_or(0), std::uint64_t{100});
        const auto answer = collector.answer(host.ask(request::ListFolders{small->path(), 5000}));
        QVERIFY(answer.has_value() && answer->has_value());
        const Json* folders = getArray(**answer, "folders");
        QVERIFY(folders != nullptr);
        std::vector<std::string> names;
        for (const auto& folder : *folders)
            names.push_back(getPath(folder, "name").value_or("?"));
        std::sort(names.begin(), names.end());
        QVERIFY(names == (std::vector<std::string>{".hidden", "b", "\xff"}));
    }

    void aRequestThatCannotBeMetIsAnError()
    {
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto missing = collector.answer(host.ask(request::Space{"/nonexistent"}));
        QVERIFY(missing.has_value() && !missing->has_value());
        QCOMPARE(missing->error().code, ENOENT);
        const auto unknown = collector.answer(host.ask(request::Rights{"/", "no-such-user-anywhere"}));
        QVERIFY(unknown.has_value() && !unknown->has_value());
        // And the host goes on.
        QVERIFY(collector.answer(host.ask(request::Space{"/"}))->has_value());
    }

    void aProberEndsWithItsInput()
    {
        RunningProgram prober(proberProgram());
        QVERIFY(prober.readLineWith("scratchproof.stream/1").has_value());
        prober.closeInput();
        const auto ended = prober.wait();
        QVERIFY(!ended.timedOut);
        QCOMPARE(ended.exitCode, 0);
    }

    void aRequestThatCannotBeServedIsAnsweredAndTheNextOneIsServed_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("no folder") << QByteArray(R"({"request": "check", "id": 1, "level": "quick"})");
        QTest::newRow("unknown level") << QByteArray(
            R"({"request": "check", "id": 1, "folder": "/tmp", "level": "brutal"})");
        QTest::newRow("folder with a nul") << QByteArray(R"({"request": "check", "id": 1, "folder": "/tmp\u0000x"})");
        QTest::newRow("unknown request") << QByteArray(R"({"request": "format", "id": 1, "folder": "/tmp"})");
    }
    void aRequestThatCannotBeServedIsAnsweredAndTheNextOneIsServed()
    {
        QFETCH(QByteArray, line);
        RunningProgram prober(proberProgram());
        QVERIFY(prober.readLineWith("started").has_value());
        prober.send(line.toStdString() + "\n" + toLine(Order{4711, request::Space{m_base->path()}}) + "\n");
        const auto answer = prober.readLine();
        QVERIFY(answer.has_value());
        const auto json = parseJson(*answer);
        QVERIFY(json.has_value());
        QVERIFY2(getUnsigned(*json, "id") == 1U || getUnsigned(*json, "check") == 1U, answer->c_str());
        QVERIFY2(prober.readLineWith("4711").has_value(), "the next request was not answered");
    }

    void aLineThatIsNoRequestEndsAProberAndNothingIsDone_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no json") << QByteArray("hello");
        QTest::newRow("array") << QByteArray("[]");
        QTest::newRow("no id") << QByteArray(R"({"request": "check", "folder": "/tmp"})");
        QTest::newRow("negative id") << QByteArray(R"({"request": "check", "id": -1, "folder": "/tmp"})");
        QTest::newRow("not utf-8") << QByteArray("{\"request\": \"\xff\", \"id\": 1}");
        QTest::newRow("deep") << QByteArray(100000, '[');
    }
    void aLineThatIsNoRequestEndsAProberAndNothingIsDone()
    {
        // Whoever says that is no watcher of ours, and could not be told what became of it.
        QFETCH(QByteArray, line);
        RunningProgram prober(proberProgram());
        QVERIFY(prober.readLineWith("started").has_value());
        prober.send(line.toStdString() + "\n");
        const auto ended = prober.wait();
        QVERIFY(!ended.timedOut);
        QVERIFY2(ended.exitCode < 128, "it was ended by a signal");
        QVERIFY2(ended.output.empty(), ended.output.c_str());
    }
};

SCRATCHPROOF_TEST_MAIN(ProberProcessTest, PrivateMounts)
#include "tst_prober_process.moc"
