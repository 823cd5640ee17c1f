// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/finding_json.h"
#include "core/host/prober_host.h"
#include "tests/support/collector.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

std::string word(Verdict verdict)
{
    return std::string(toString(verdict));
}

const std::string kHello =
    R"({"event":"started","schema":"scratchproof.stream/1","program":{"name":"scratchproof-cli","version":"0.1.0"}})";

} // namespace

/// Programs that are started as probers and are none: each costs its one row, with a reason, and never the host.
class BadProbersTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

    Path script(const std::string& body) const
    {
        Path path = *m_base / "prober-program";
        writeFile(path, "#!/bin/sh\n" + body + "\n", 0755);
        return path;
    }

    static HostSettings settings(const Path& program)
    {
        HostSettings chosen;
        chosen.program = program;
        chosen.stepDeadline = 700 * kNanosecondsPerMillisecond;
        return chosen;
    }

private slots:
    void init()
    {
        ignoreSignalsThatAreErrors(); // again: Qt Test has put handlers of its own in their place
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
    }

    void aBadProberCostsItsRowWithAReason_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("ends at once") << QByteArray("exit 0");
        QTest::newRow("fails at once") << QByteArray("echo 'cannot open shared object' >&2; exit 127");
        QTest::newRow("kills itself") << QByteArray("kill -SEGV $$");
        QTest::newRow("ends after hello") << QByteArray::fromStdString("echo '" + kHello + "'; read line; exit 3");
        QTest::newRow("prints nonsense") << QByteArray("echo nonsense; exec sleep 100");
        QTest::newRow("prints bytes") << QByteArray("head -c 100000 /dev/urandom; exec sleep 100");
        QTest::newRow("another schema") << QByteArray(
            R"(echo '{"event":"started","schema":"scratchproof.stream/99"}'; exec sleep 100)");
        QTest::newRow("endless without newline") << QByteArray("exec cat /dev/zero");
        QTest::newRow("endless lines") << QByteArray("exec yes");
        QTest::newRow("endless errors") << QByteArray("exec yes >&2");
        QTest::newRow("closes its output") << QByteArray("exec >&-; exec sleep 100");
        QTest::newRow("closes its input") << QByteArray("exec <&-; exec sleep 100");
        QTest::newRow("says nothing") << QByteArray("exec sleep 100");
        QTest::newRow("answers somebody else") << QByteArray::fromStdString(
            "echo '" + kHello + R"('; read line; echo '{"event":"answer","id":999999,"result":{}}'; exec sleep 100)");
        QTest::newRow("hello again and again")
            << QByteArray::fromStdString("echo '" + kHello + "'; exec yes '" + kHello + "'");
    }
    void aBadProberCostsItsRowWithAReason()
    {
        QFETCH(QByteArray, body);
        const Path program = script(body.toStdString());
        const Path folder = m_base->makeFolder("folder");
        const auto before = openDescriptors();
        {
            Collector collector;
            ProberHost host(linuxSystem(), settings(program), collector);
            const WorkId id = host.check(folder, Level::Standard);
            const WorkId asked = host.ask(request::ScratchList());
            const auto row = collector.check(id);
            QVERIFY2(row.has_value(), "no answer at all");
            QVERIFY2(row->verdict == Verdict::NotChecked || row->verdict == Verdict::NotResponding,
                     word(row->verdict).c_str());
            QVERIFY(row->folder == folder);
            QVERIFY(!row->findings.empty());
            QVERIFY(!row->findings.front().id.empty());
            const auto answer = collector.answer(asked);
            QVERIFY2(answer.has_value(), "no answer to the request");
            QVERIFY(!answer->has_value());
            QVERIFY(!answer->error().operation.empty());
            QCOMPARE(collector.timesFinished(id), 1);
            QCOMPARE(collector.timesFinished(asked), 1);
        }
        QVERIFY2(eventually(everyChildHasEnded), "a child is left");
        QCOMPARE(openDescriptors(), before);
        QVERIFY(namesIn(folder).empty());
    }

    void aProgramThatCannotBeStartedCostsItsRow_data()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::newRow("missing") << QByteArray("missing");
        QTest::newRow("not executable") << QByteArray("plain");
        QTest::newRow("a folder") << QByteArray("folder");
        QTest::newRow("empty") << QByteArray("empty");
    }
    void aProgramThatCannotBeStartedCostsItsRow()
    {
        QFETCH(QByteArray, kind);
        Path program = *m_base / "no-such-program";
        if (kind == "plain")
            writeFile(program, "text", 0644);
        else if (kind == "folder")
            makeFolder(program, 0755);
        else if (kind == "empty")
            program.clear();
        Collector collector;
        ProberHost host(linuxSystem(), settings(program), collector);
        const auto row = collector.check(host.check(m_base->path(), Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::NotChecked));
        QVERIFY(!row->findings.empty());
        const auto answer = collector.answer(host.ask(request::ScratchList()));
        QVERIFY(answer.has_value() && !answer->has_value());
        QCOMPARE(answer->error().operation, std::string("prober-start"));
    }

    void aProberThatEndsBeforeItsFirstWordSaysWhy()
    {
        const auto findingOf = [this](const std::string& body) {
            Collector collector;
            ProberHost host(linuxSystem(), settings(script(body)), collector);
            const auto row = collector.check(host.check(m_base->path(), Level::Quick));
            return row && !row->findings.empty() ? row->findings.front() : Finding();
        };
        const Finding start = findingOf("echo 'libx.so.1: failed to map segment' >&2; exit 127");
        QCOMPARE(start.id, std::string("prober-start"));
        QVERIFY(start.arguments.at("message").text.find("failed to map segment") != std::string::npos);
        QCOMPARE(start.fixes.size(), std::size_t{1});
        QCOMPARE(start.fixes.front().id, std::string("raise-limits"));
        const Finding died = findingOf("echo '" + kHello + "'; read line; exit 3");
        QVERIFY2(died.id == "prober-died", toLine(toJson(died)).c_str());
        QCOMPARE(findingOf("kill -SEGV $$").id, std::string("prober-died"));
    }

    void oneBadProberCostsOneRowAndTheNextOneGoesOn()
    {
        // Bad the first time, a real prober from then on.
        const Path marker = *m_base / "was-here";
        const Path program = script("if [ -e '" + marker + "' ]; then exec '" SCRATCHPROOF_CLI "' \"$@\"; fi\n: > '" +
                                    marker + "'\nread line\nexit 3");
        Collector collector;
        ProberHost host(linuxSystem(), settings(program), collector);
        std::vector<WorkId> ids;
        for (int i = 0; i < 5; ++i)
            ids.push_back(host.check(m_base->makeFolder("f" + std::to_string(i)), Level::Quick));
        std::size_t bad = 0;
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            bad += row->verdict == Verdict::Usable ? 0U : 1U;
        }
        QCOMPARE(bad, std::size_t{1});
    }

    void aProberThatWantsForTheProcessorIsNotTakenForAHungFolder()
    {
        // Computes for some deadlines before it becomes a prober, as one does on a machine that is too busy for it.
        const Path program =
            script("exec perl -e 'my $end = time + 3; 1 while time < $end; exec @ARGV' '" SCRATCHPROOF_CLI "' \"$@\"");
        Collector collector;
        ProberHost host(linuxSystem(), settings(program), collector);
        const auto row = collector.check(host.check(m_base->makeFolder("folder"), Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::Usable));
    }

    void aProberThatOnlyComputesIsGivenUpInTheEnd()
    {
        const Path program = script("while :; do :; done");
        Collector collector;
        ProberHost host(linuxSystem(), settings(program), collector);
        const auto row = collector.check(host.check(m_base->makeFolder("folder"), Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
        QVERIFY(row->duration >= 6 * settings(program).stepDeadline);
    }

    void aProberThatGoesOnSayingSomethingIsGivenUpInTheEnd()
    {
        const std::string crossing =
            R"({"event":"crossing","id":1,"mount":{"id":1,"device":"0:1","point":"/","type":"x"},)"
            R"("asks":false})";
        for (const std::string& goOn :
             {"exec perl -le '$| = 1; for (;;) { print $ARGV[0]; select undef, undef, undef, 0.02 }' '" + crossing +
                  "'",
              "exec yes '" + crossing + "'"}) {
            const Path program = script("echo '" + kHello + "'; read line; " + goOn);
            Collector collector;
            HostSettings quick = settings(program);
            quick.stepDeadline = 100 * kNanosecondsPerMillisecond;
            ProberHost host(linuxSystem(), quick, collector);
            const auto started = std::chrono::steady_clock::now();
            const auto row = collector.check(host.check(m_base->makeFolder("folder"), Level::Standard));
            QVERIFY2(row.has_value(), "no answer at all");
            QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
            QVERIFY(row->duration > 10 * kNanosecondsPerSecond);
            QVERIFY(std::chrono::steady_clock::now() - started < 30s);
            std::filesystem::remove(*m_base / "folder");
        }
    }

    void whoeverTalksWithoutEndIsTakenLeaveOfAtOnce()
    {
        const Path program = script("echo '" + kHello +
                                    R"('; read line; exec yes '{"event":"crossing","id":1,)"
                                    R"("mount":{"id":1,"device":"0:1","point":"/","type":"x"},"asks":false}')");
        Collector collector;
        auto host = std::make_unique<ProberHost>(linuxSystem(), settings(program), collector);
        const WorkId id = host->check(m_base->path(), Level::Standard);
        QVERIFY(eventually([] { return !childrenOf(getpid()).empty(); }));
        std::this_thread::sleep_for(300ms);
        const auto started = std::chrono::steady_clock::now();
        host->cancel(id);
        host.reset();
        QVERIFY(std::chrono::steady_clock::now() - started < 1s);
    }

    void closingWithASilentProberTakesLessThanASecond()
    {
        const Path program = script("trap '' TERM; exec sleep 100");
        Collector collector;
        HostSettings patient = settings(program);
        patient.stepDeadline = 60 * kNanosecondsPerSecond;
        auto host = std::make_unique<ProberHost>(linuxSystem(), patient, collector);
        static_cast<void>(host->check(m_base->path(), Level::Standard));
        QVERIFY(eventually([] { return !childrenOf(getpid()).empty(); }));
        const auto started = std::chrono::steady_clock::now();
        host.reset();
        QVERIFY(std::chrono::steady_clock::now() - started < 1s);
    }
};

SCRATCHPROOF_TEST_MAIN(BadProbersTest, Nothing)
#include "tst_bad_probers.moc"
