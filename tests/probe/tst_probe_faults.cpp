// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "tests/support/faults.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

const std::vector<int> kErrnos{EPERM,  ENOENT,  EIO,          ENXIO,    ENOMEM,    EACCES, EEXIST,     EXDEV,
                               ENODEV, ENOTDIR, EISDIR,       EINVAL,   ENFILE,    EMFILE, EFBIG,      ENOSPC,
                               EROFS,  EMLINK,  ENAMETOOLONG, ENOSYS,   ENOTEMPTY, ELOOP,  EOPNOTSUPP, ETIMEDOUT,
                               ESTALE, EDQUOT,  ECONNABORTED, ENOTCONN, EHOSTDOWN, EUCLEAN};

/// Which step was under way at each call.
struct StepRecorder : ProbeListener
{
    explicit StepRecorder(FaultPlan& faultPlan) : plan(faultPlan) {}
    void stepStarted(Step step) override { begins.push_back({plan.calls().size(), step}); }
    void stepFinished(const StepResult&) override { ends.push_back(plan.calls().size()); }

    /// Nothing: between two steps, before the first, or after the last.
    [[nodiscard]] std::optional<Step> stepOfCall(std::size_t index) const
    {
        for (std::size_t i = 0; i < begins.size(); ++i) {
            if (index > begins[i].first && index <= ends[i])
                return begins[i].second;
        }
        return std::nullopt;
    }

    FaultPlan& plan;
    std::vector<std::pair<std::size_t, Step>> begins;
    std::vector<std::size_t> ends;
};

template <typename Enum>
std::string word(Enum value)
{
    return std::string(toString(value));
}

/// Whether the probe has to fail when this call fails so; other calls it can do without.
bool mustFail(const Call& call, Step step, int code, Fault::Kind kind)
{
    if (call.call == "posix_fadvise")
        return false; // a hint
    if (call.call == "openat" && call.creates())
        return code != EEXIST; // a taken name is tried again
    if (call.call == "mkdirat")
        return code != EEXIST;
    if (call.call == "renameat2")
        return code != EINVAL && code != ENOSYS &&             // then without the flag
               (code != EEXIST || kind == Fault::Kind::After); // a taken name is tried again
    if (call.call == "statx" && step == Step::CreateFile)
        return false; // a fact, not a step
    return true;
}

QString describe(const Call& call, int code, const ProbeResult& result)
{
    QString text = QString::fromStdString(call.call + " '" + call.name + "' (call " + std::to_string(call.index) +
                                          ", " + std::to_string(call.nth) + " of its kind) " + errnoName(code) + ":");
    for (const auto& step : result.steps)
        text += QString::fromStdString(" " + std::string(toString(step.step)) + "=" +
                                       std::string(toString(step.status)) + (step.call.empty() ? "" : "/" + step.call) +
                                       (step.errorCode == 0 ? "" : "/" + errnoName(step.errorCode)));
    return text;
}

bool hasExactlyTheStepsOf(Level level, const ProbeResult& result)
{
    std::vector<Step> steps;
    for (const auto& step : result.steps)
        steps.push_back(step.step);
    return steps == stepsOf(level);
}

const StepResult& stepOf(const ProbeResult& result, Step wanted)
{
    return *std::find_if(result.steps.begin(), result.steps.end(),
                         [&](const StepResult& step) { return step.step == wanted; });
}

/// One folder, one faulty system, no journal.
struct Bench
{
    TemporaryFolder base;
    Path folder = base.makeFolder("checked");
    FaultySystem faulty;
    ProbeJournal journal = ProbeJournal::disabled(linuxSystem());

    ProbeResult probe(Level level, FaultPlan::Rule rule, ProbeListener* listener = nullptr)
    {
        faulty.plan.set(std::move(rule));
        return FolderProbe(faulty.system, journal).run(folder, level, {}, listener);
    }
};

void addLevels()
{
    QTest::addColumn<int>("level");
    QTest::newRow("quick") << static_cast<int>(Level::Quick);
    QTest::newRow("standard") << static_cast<int>(Level::Standard);
}

} // namespace

class ProbeFaultsTest : public QObject
{
    Q_OBJECT

private:
    static Level level()
    {
        QFETCH(int, level);
        return static_cast<Level>(level);
    }

    /// Every call, with every errno. `kind` Instead or After.
    static void matrix(Fault::Kind kind)
    {
        Bench bench;
        StepRecorder recorder(bench.faulty.plan);
        const auto healthy = bench.probe(level(), {}, &recorder);
        QVERIFY(healthy.firstProblem() == nullptr);
        const auto calls = bench.faulty.plan.calls();
        int cases = 0;
        for (const auto& call : calls) {
            const auto step = recorder.stepOfCall(call.index);
            for (const int code : kErrnos) {
                // A call that worked does not say that it is not there.
                if (kind == Fault::Kind::After && call.call == "renameat2" && (code == EINVAL || code == ENOSYS))
                    continue;
                const auto result = bench.probe(level(), failCallNumber(call.index, {code, kind}));
                const auto words = describe(call, code, result);
                QVERIFY2(bench.faulty.plan.faults() == 1, qPrintable(words));
                QVERIFY2(hasExactlyTheStepsOf(level(), result), qPrintable(words));
                QVERIFY2(namesIn(bench.folder).empty(), qPrintable("left something behind: " + words));
                QVERIFY2(result.notes.leftBehind.empty(), qPrintable("says it left something: " + words));
                const auto* problem = result.firstProblem();
                QVERIFY2((problem != nullptr) == (step && mustFail(call, *step, code, kind)), qPrintable(words));
                if (problem != nullptr) {
                    QVERIFY2(problem->step == *step, qPrintable("another step is blamed: " + words));
                    QVERIFY2(problem->errorCode == code, qPrintable("another errno: " + words));
                    QVERIFY2(problem->call == call.call, qPrintable("another call: " + words));
                }
                ++cases;
            }
        }
        qInfo("%d cases over %zu calls, nothing left behind", cases, calls.size());
        QVERIFY(cases > 100);
    }

private slots:
    void aHealthyFolderPassesAndIsLeftEmpty_data() { addLevels(); }
    void aHealthyFolderPassesAndIsLeftEmpty()
    {
        Bench bench;
        const auto result = bench.probe(level(), {});
        QVERIFY(hasExactlyTheStepsOf(level(), result));
        for (const auto& step : result.steps)
            QVERIFY2(step.status == StepStatus::Passed, std::string(toString(step.step)).c_str());
        QVERIFY(namesIn(bench.folder).empty());
    }

    void everyCallThatFailsOnceFailsItsStepAndLeavesNothing_data() { addLevels(); }
    void everyCallThatFailsOnceFailsItsStepAndLeavesNothing() { matrix(Fault::Kind::Instead); }

    void everyCallThatFailsAfterItsEffectLeavesNothing_data() { addLevels(); }
    void everyCallThatFailsAfterItsEffectLeavesNothing() { matrix(Fault::Kind::After); }

    void twoCallsInARowThatFailLeaveNothing_data() { addLevels(); }
    void twoCallsInARowThatFailLeaveNothing()
    {
        // The one that fails, and the first that is meant to clean up after it.
        Bench bench;
        QVERIFY(bench.probe(level(), {}).firstProblem() == nullptr);
        const auto calls = bench.faulty.plan.calls();
        for (const auto& call : calls) {
            for (const int code : {EIO, EROFS, ENOENT}) {
                const auto result = bench.probe(level(), [&](const Call& now) {
                    const bool hit = now.index == call.index || now.index == call.index + 1;
                    return hit ? std::optional(Fault{code}) : std::nullopt;
                });
                const auto words = describe(call, code, result);
                const auto left = namesIn(bench.folder);
                QCOMPARE(left.size(), result.notes.leftBehind.size());
                QVERIFY2(left.empty(), qPrintable("left something behind: " + words));
            }
        }
    }

    void everyKindOfCallThatAlwaysFailsGivesAFailureAndNothingUnknownStays_data() { addLevels(); }
    void everyKindOfCallThatAlwaysFailsGivesAFailureAndNothingUnknownStays()
    {
        std::vector<std::string> kinds;
        {
            Bench bench;
            static_cast<void>(bench.probe(level(), {}));
            for (const auto& call : bench.faulty.plan.calls())
                kinds.push_back(call.call);
        }
        std::sort(kinds.begin(), kinds.end());
        kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
        for (const auto& kind : kinds) {
            for (const int code : kErrnos) {
                Bench bench;
                const auto result = bench.probe(level(), failEvery(kind, {code}));
                const auto words = describe({kind, "", 0, 0, 0}, code, result);
                QVERIFY2(hasExactlyTheStepsOf(level(), result), qPrintable(words));
                std::vector<std::string> left;
                for (const auto& path : result.notes.leftBehind) {
                    QCOMPARE(parentPath(path), bench.folder);
                    left.emplace_back(baseName(path));
                }
                std::sort(left.begin(), left.end());
                QVERIFY2(left == namesIn(bench.folder), qPrintable("what stays is not what is said: " + words));
                if (kind != "unlinkat" && kind != "rmdir")
                    QVERIFY2(left.empty(), qPrintable("left something behind: " + words));
            }
        }
    }

    void aNameThatCannotBeDeletedIsNamed()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, failEvery("unlinkat", {EACCES}));
        QCOMPARE(word(stepOf(result, Step::DeleteFile).status), word(StepStatus::Failed));
        QCOMPARE(stepOf(result, Step::DeleteFile).errorCode, EACCES);
        QCOMPARE(word(stepOf(result, Step::CreateDirectory).status), word(StepStatus::Skipped));
        QCOMPARE(result.notes.leftBehind.size(), std::size_t{1});
        QCOMPARE(namesIn(bench.folder).size(), std::size_t{1});
    }

    void takenNamesAreTriedAgain_data() { addLevels(); }
    void takenNamesAreTriedAgain()
    {
        for (const std::size_t taken : {std::size_t{1}, std::size_t{2}, std::size_t{20}}) {
            Bench bench;
            std::map<std::string, std::size_t> refused;
            const auto result = bench.probe(level(), [&](const Call& call) -> std::optional<Fault> {
                const bool creates = call.creates() || call.call == "mkdirat";
                if (!creates || refused[call.call]++ >= taken)
                    return std::nullopt;
                return Fault{EEXIST};
            });
            QVERIFY(result.firstProblem() == nullptr);
            QVERIFY(namesIn(bench.folder).empty());
            // Each try has another name.
            std::vector<std::string> names;
            for (const auto& call : bench.faulty.plan.calls()) {
                if (call.creates() || call.call == "mkdirat")
                    names.push_back(call.name);
            }
            std::sort(names.begin(), names.end());
            QVERIFY(std::unique(names.begin(), names.end()) == names.end());
        }
    }

    void aFileSystemThatAnswersEexistToEverythingIsAFailureInTheEnd()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, [](const Call& call) {
            return call.creates() ? std::optional(Fault{EEXIST}) : std::nullopt;
        });
        QVERIFY(result.firstProblem() != nullptr);
        QCOMPARE(word(result.firstProblem()->step), word(Step::CreateFile));
        QCOMPARE(result.firstProblem()->errorCode, EEXIST);
    }

    void aNameThatAppearsDespiteAnErrorIsRemovedAndNoted()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, [](const Call& call) {
            return call.creates() ? std::optional(Fault{EPERM, Fault::Kind::After}) : std::nullopt;
        });
        QCOMPARE(word(result.firstProblem()->step), word(Step::CreateFile));
        QVERIFY(result.notes.nameAppearedDespiteError);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void writesThatAreCutShortAreContinued()
    {
        Bench bench;
        QVERIFY(bench.probe(Level::Standard, failEvery("write", {0, Fault::Kind::Short})).firstProblem() == nullptr);
        QVERIFY(bench.faulty.plan.faults() > 1);
    }

    void readsThatAreCutShortAreContinued()
    {
        Bench bench;
        QVERIFY(bench.probe(Level::Standard, failEvery("read", {0, Fault::Kind::Short})).firstProblem() == nullptr);
        QVERIFY(bench.faulty.plan.faults() > 1);
    }

    void aWriteOfNothingIsAFailureAndNoLoop()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, failEvery("write", {0, Fault::Kind::Nothing}));
        QCOMPARE(word(result.firstProblem()->step), word(Step::Write));
        QCOMPARE(result.firstProblem()->errorCode, EIO);
    }

    void dataThatComesBackDifferentIsSeen()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, failNth("read", 1, {0, Fault::Kind::Flipped}));
        QCOMPARE(word(result.firstProblem()->step), word(Step::ReadBack));
        QCOMPARE(result.firstProblem()->call, std::string("compare"));
        QCOMPARE(result.firstProblem()->errorCode, 0);
        QVERIFY(result.notes.firstDifference.has_value());
        QVERIFY(!result.notes.shortRead);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void aFileThatComesBackShorterIsSeen()
    {
        Bench bench;
        const auto result = bench.probe(Level::Standard, failEvery("read", {0, Fault::Kind::Nothing}));
        QCOMPARE(word(result.firstProblem()->step), word(Step::ReadBack));
        QVERIFY(result.notes.shortRead);
        QCOMPARE(result.notes.firstDifference.value_or(99), std::uint64_t{0});
    }

    void aDeleteThatDoesNothingIsSeen_data()
    {
        QTest::addColumn<QByteArray>("call");
        QTest::addColumn<int>("step");
        QTest::newRow("file") << QByteArray("unlinkat") << static_cast<int>(Step::DeleteFile);
        QTest::newRow("directory") << QByteArray("rmdir") << static_cast<int>(Step::DeleteDirectory);
    }
    void aDeleteThatDoesNothingIsSeen()
    {
        QFETCH(QByteArray, call);
        QFETCH(int, step);
        Bench bench;
        const auto result = bench.probe(Level::Standard, failNth(call.toStdString(), 1, {0, Fault::Kind::Nothing}));
        QVERIFY(result.firstProblem() != nullptr);
        QCOMPARE(static_cast<int>(result.firstProblem()->step), step);
        QVERIFY(result.notes.nameStayedAfterDelete);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void aFileSystemWithoutTheRenameFlagIsRenamedPlainly_data()
    {
        QTest::addColumn<int>("code");
        QTest::newRow("EINVAL") << EINVAL;
        QTest::newRow("ENOSYS") << ENOSYS;
    }
    void aFileSystemWithoutTheRenameFlagIsRenamedPlainly()
    {
        QFETCH(int, code);
        Bench bench;
        const auto result = bench.probe(Level::Standard, failEvery("renameat2", {code}));
        QVERIFY(result.firstProblem() == nullptr);
        QVERIFY(result.notes.renamedWithoutFlag);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void aCancelledProbeIsNotAGoodOneAndLeavesNothing_data() { addLevels(); }
    void aCancelledProbeIsNotAGoodOneAndLeavesNothing()
    {
        struct StopBefore : ProbeListener
        {
            void stepStarted(Step step) override
            {
                if (step == when)
                    source.request_stop();
            }
            void stepFinished(const StepResult&) override {}
            std::stop_source source;
            Step when = Step::OpenFolder;
        };
        for (const Step step : stepsOf(level())) {
            Bench bench;
            StopBefore listener;
            listener.when = step;
            const auto result = FolderProbe(bench.faulty.system, bench.journal)
                                    .run(bench.folder, level(), listener.source.get_token(), &listener);
            QVERIFY(hasExactlyTheStepsOf(level(), result));
            QVERIFY(namesIn(bench.folder).empty());
            const bool wasLast = step == Step::DeleteDirectory;
            QCOMPARE(result.notes.cancelled, !wasLast);
            QCOMPARE(word(result.steps.back().status), word(wasLast ? StepStatus::Passed : StepStatus::Skipped));
        }
    }

    void aJournalThatFailsCostsNothing_data() { addLevels(); }
    void aJournalThatFailsCostsNothing()
    {
        // The journal goes through the faulty system too; each of its calls, and those of the probe, fails once.
        const TemporaryFolder base;
        const Path folder = base.makeFolder("checked");
        const auto probeWith = [&](FaultySystem& faulty, const FaultPlan::Rule& rule) {
            faulty.plan.set(rule);
            auto journal = ProbeJournal::openIn(faulty.system, base / "journal");
            const std::size_t opened = faulty.plan.calls().size();
            auto result = FolderProbe(faulty.system, journal).run(folder, level(), {});
            return std::pair(std::move(result), opened);
        };
        FaultySystem faulty;
        static_cast<void>(probeWith(faulty, {})); // makes the journal's folder
        const auto opened = probeWith(faulty, {}).second;
        for (std::size_t index = 1; index <= opened; ++index) {
            const auto [result, ignored] = probeWith(faulty, failCallNumber(index, {EIO}));
            QVERIFY2(result.firstProblem() == nullptr, qPrintable(QString::number(index)));
            QVERIFY(namesIn(folder).empty());
        }
        const auto [result, ignored] = probeWith(faulty, failEvery("pwrite", {ENOSPC}));
        QVERIFY(result.firstProblem() == nullptr);
    }

    void descriptorsAreBackToWhereTheyWere()
    {
        Bench bench;
        static_cast<void>(bench.probe(Level::Standard, {}));
        const auto calls = bench.faulty.plan.calls();
        const auto before = openDescriptors();
        for (const auto& call : calls) {
            static_cast<void>(bench.probe(Level::Standard, failCallNumber(call.index, {EIO})));
            QVERIFY2(openDescriptors() == before, call.call.c_str());
        }
    }

    void hostilePathsAreRefusedAtOpening_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("code");
        QTest::newRow("empty") << QByteArray() << ENOENT;
        QTest::newRow("missing") << QByteArray("/nonexistent/folder") << ENOENT;
        QTest::newRow("file") << QByteArray("/etc/passwd") << ENOTDIR;
        QTest::newRow("too long") << QByteArray("/" + QByteArray(5000, 'x')) << ENAMETOOLONG;
        QTest::newRow("too long in parts") << QByteArray("/dev").repeated(1300) << ENAMETOOLONG;
        QTest::newRow("with a nul") << QByteArray("/tmp\0x", 6) << EINVAL;
    }
    void hostilePathsAreRefusedAtOpening()
    {
        QFETCH(QByteArray, path);
        QFETCH(int, code);
        ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
        const auto result = FolderProbe(linuxSystem(), journal).run(path.toStdString(), Level::Standard, {});
        QVERIFY(hasExactlyTheStepsOf(Level::Standard, result));
        QCOMPARE(word(result.firstProblem()->step), word(Step::OpenFolder));
        QCOMPARE(result.firstProblem()->errorCode, code);
        QCOMPARE(word(result.steps.back().status), word(StepStatus::Skipped));
    }
};

SCRATCHPROOF_TEST_MAIN(ProbeFaultsTest, Nothing)
#include "tst_probe_faults.moc"
