// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "tests/matrix/matrix_bench.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"

#include <QTest>

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

using std::chrono::steady_clock;
constexpr Nanoseconds kPatient = 30 * kNanosecondsPerSecond;
constexpr Nanoseconds kDeadline = 3 * kNanosecondsPerSecond;
constexpr Nanoseconds kSlow = 2 * kNanosecondsPerSecond;

/// Where a step is held: in the nth call of an operation; 0: the look with which open-folder begins.
struct Point
{
    Step step;
    const char* operation;
    std::size_t nth;

    /// Whether a call that changes the folder is held, so that the kernel has no read-only remount meanwhile.
    [[nodiscard]] bool changes() const
    {
        const std::string name = operation;
        return name != "getattr" && name != "open" && name != "read" && name != "opendir";
    }
    [[nodiscard]] std::string words() const { return std::string(toString(step)) + " in " + operation; }
};

constexpr Point kPoints[] = {
    {Step::OpenFolder, "getattr", 0},
    {Step::CreateFile, "create", 1},
    {Step::Write, "write", 1},
    {Step::Sync, "fsync", 1},
    {Step::Sync, "flush", 1},
    {Step::ReadBack, "open", 1},
    {Step::ReadBack, "read", 1},
    {Step::Rename, "rename", 1},
    {Step::DeleteFile, "unlink", 1},
    {Step::CreateDirectory, "mkdir", 1},
    {Step::CreateDirectory, "create", 2},
    {Step::CreateDirectory, "unlink", 2},
    {Step::DeleteDirectory, "rmdir", 1},
};

/// A case that did not survive.
struct Failure : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& what, const Check& check)
{
    if (!holds)
        throw Failure(what + ": " + summary(check));
}

/// One bench, and a check that is held at a point.
class Scene
{
public:
    Scene(const Path& base, const Path& program, const Point& point, Nanoseconds deadline)
        : m_point(point), m_bench(base, program, deadline)
    {
        const auto healthy = m_bench.check();
        require(healthy.verdict == Verdict::Usable, "not healthy to begin with", healthy);
        m_nth = point.nth != 0 ? point.nth : firstLookOfTheProbe();
    }

    [[nodiscard]] MatrixBench& bench() { return m_bench; }
    [[nodiscard]] FaultFolder& fault() { return m_bench.fault(); }
    [[nodiscard]] const Point& point() const { return m_point; }

    void at(const std::string& effect)
    {
        if (m_point.nth == 0)
            m_bench.forgetTheWay();
        fault().on(m_point.operation, std::to_string(m_nth), effect);
    }
    /// Begins a check, and waits until it is held at the point.
    WorkId hold()
    {
        at("hang");
        const WorkId id = m_bench.begin();
        if (!fault().waitUntilStuck(m_point.operation))
            throw Failure("the check did not come to " + m_point.words());
        return id;
    }
    /// A first finding, and not the one that knows nothing.
    static void requireReason(const Check& check)
    {
        require(!check.findings.empty() && check.findings.front().id != "unknown", "no reason", check);
    }
    void requireFailedHere(const Check& check, std::initializer_list<int> codes) const
    {
        const auto problems = problemsOf(check);
        require(!problems.empty() && problems.front().status == StepStatus::Failed, "no step failed", check);
        require(problems.front().step == m_point.step, "another step is blamed", check);
        const int code = problems.front().errorCode;
        require(std::find(codes.begin(), codes.end(), code) != codes.end(), "another errno", check);
    }
    /// What lies in the folder now is named by the check.
    void requireLeftoversNamed(const Check& check)
    {
        for (const auto& name : namesIn(m_bench.backing()))
            require(namesLeftover(check, joinPath(m_bench.folder(), name)), name + " is left and not named", check);
    }
    /// The next check finds all well, and leaves nothing.
    void requireHealed()
    {
        const auto next = m_bench.check();
        require(next.verdict == Verdict::Usable, "the next check", next);
        require(namesIn(m_bench.backing()).empty(), "left after the next check", next);
    }

private:
    /// The walk from "/" with which the folder is opened is the last one before the folder is listed.
    std::size_t firstLookOfTheProbe()
    {
        m_bench.forgetTheWay();
        fault().forget();
        static_cast<void>(m_bench.check());
        std::size_t looks = 0;
        std::size_t found = 0;
        for (const auto& [operation, path] : fault().seen()) {
            if (operation == "opendir")
                break;
            looks += operation == "getattr" ? 1U : 0U;
            if (operation == "getattr" && path == "/")
                found = looks;
        }
        return found;
    }

    Point m_point;
    MatrixBench m_bench;
    std::size_t m_nth = 0;
};

void hangs(Scene& scene)
{
    const WorkId id = scene.hold();
    const auto check = scene.bench().end(id);
    require(check.verdict == Verdict::NotResponding, "verdict", check);
    const auto problems = problemsOf(check);
    require(problems.size() == 1 && problems.front().status == StepStatus::TimedOut, "no step timed out", check);
    require(problems.front().step == scene.point().step, "another step is blamed", check);
    require(problems.front().duration >= kDeadline, "given up too early", check);
    require(check.findings.front().id == "fuse-daemon-hung", "another cause", check);
    scene.fault().release();
    const bool isGone = eventually([&] { return scene.bench().host().abandoned().empty(); });
    require(isGone, "the abandoned prober goes on", check);
    scene.requireHealed();
}

void isSlow(Scene& scene)
{
    scene.at("delay 2000");
    const auto check = scene.bench().check();
    require(check.verdict == Verdict::Limited && problemsOf(check).empty(), "verdict", check);
    const auto step = std::find_if(check.steps.begin(), check.steps.end(),
                                   [&](const StepResult& one) { return one.step == scene.point().step; });
    require(step != check.steps.end() && step->duration >= kSlow, "another step was slow", check);
    const std::string id = check.findings.front().id;
    require(id == "slow-create" || id == "slow-step" || id == "device-slow", "another cause", check);
    require(namesIn(scene.bench().backing()).empty(), "left something", check);
}

void losesItsDaemon(Scene& scene)
{
    const WorkId id = scene.hold();
    scene.fault().kill();
    const auto check = scene.bench().end(id);
    require(check.verdict == Verdict::Unusable, "verdict", check);
    scene.requireFailedHere(check, {ENOTCONN, ECONNABORTED});
    require(check.findings.front().id == "fuse-daemon-dead", "another cause", check);
    scene.requireLeftoversNamed(check);
    scene.fault().restart();
    scene.requireHealed();
}

void isUnmounted(Scene& scene)
{
    const WorkId id = scene.hold();
    if (umount2(scene.fault().path().c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
        failSetup("umount " + scene.fault().path());
    scene.fault().letGo();
    const auto check = scene.bench().end(id);
    require(check.verdict == Verdict::Unusable, "verdict", check);
    require(check.findings.front().id == "mount-changed", "another cause", check);
    require(namesIn(scene.bench().backing()).empty(), "left something", check);
    scene.fault().restart();
    scene.requireHealed();
}

void turnsReadOnly(Scene& scene)
{
    const Path place = scene.fault().path();
    const WorkId id = scene.hold();
    const bool isRemounted = mount(nullptr, place.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    const int refusal = isRemounted ? 0 : errno;
    if (scene.point().changes() ? refusal != EBUSY : refusal != 0)
        throw Failure("the remount was answered with " + errnoName(refusal));
    // The kernel refuses it while something is being changed: then the file system itself does, as at its first error.
    if (!isRemounted) {
        for (const char* operation : {"create", "write", "fsync", "rename", "unlink", "mkdir", "rmdir"})
            scene.fault().failWith(operation, EROFS);
    }
    scene.fault().letGo(isRemounted ? 0 : EROFS);
    const auto check = scene.bench().end(id);
    require(check.verdict == Verdict::Unusable, "verdict", check);
    if (!isRemounted)
        scene.requireFailedHere(check, {EROFS});
    require(!problemsOf(check).empty() && problemsOf(check).front().errorCode == EROFS, "another errno", check);
    Scene::requireReason(check);
    scene.requireLeftoversNamed(check);
    scene.fault().release();
    if (isRemounted && mount(nullptr, place.c_str(), nullptr, MS_REMOUNT, nullptr) != 0)
        failSetup("remount " + place);
    scene.requireHealed();
}

/// Not where a call holds the folder itself, which is then not renamed before it comes back.
void becomesALink(Scene& scene)
{
    const TemporaryFolder base;
    const Path victim = base.makeFolder("victim", 0777);
    writeFile(victim + "/content", "somebody's");
    const WorkId id = scene.hold();
    // libfuse renames no folder while a call is under way in it, and does so before it takes the next.
    scene.fault().on("getattr", "1+", "delay 20");
    auto swapped = std::async(std::launch::async, [&] { scene.fault().turnIntoLink("own", victim); });
    static_cast<void>(swapped.wait_for(std::chrono::milliseconds(200)));
    scene.fault().letGo();
    swapped.get();
    const auto check = scene.bench().end(id);
    require(check.verdict == Verdict::Unusable, "verdict", check);
    require(check.findings.front().id == "folder-deleted-underneath" || check.findings.front().id == "mount-changed",
            "another cause", check);
    require(namesIn(victim) == std::vector<std::string>{"content"}, "the other folder was changed", check);
    require(readFile(victim + "/content") == "somebody's", "the other folder's file was changed", check);
    require(namesIn(scene.fault().backing() + "/own.aside").empty(), "left something", check);
}

} // namespace

/// What happens to a folder in the middle of a step, at every step.
class MatrixEventsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<OrdinaryProber> m_prober;
    std::size_t m_tried = 0;
    std::size_t m_survived = 0;

    /// Each point on a file system and with a prober of its own, all at once.
    void atEveryPoint(
        const std::function<void(Scene&)>& event, Nanoseconds deadline = kPatient,
        const std::function<bool(const Point&)>& isFor = [](const Point&) { return true; })
    {
        const auto before = openDescriptors();
        const auto started = steady_clock::now();
        {
            const TemporaryFolder base;
            std::vector<std::future<std::string>> cases;
            for (const Point& point : kPoints) {
                if (!isFor(point))
                    continue;
                cases.push_back(std::async(std::launch::async, [&, number = cases.size()]() -> std::string {
                    try {
                        Scene scene(base / std::to_string(number), m_prober->program(), point, deadline);
                        event(scene);
                        return {};
                    } catch (const std::exception& failure) {
                        return point.words() + ": " + failure.what();
                    }
                }));
            }
            std::string failures;
            for (auto& one : cases) {
                const std::string failure = one.get();
                ++m_tried;
                m_survived += failure.empty() ? 1U : 0U;
                failures += failure.empty() ? "" : "\n" + failure;
            }
            QVERIFY2(failures.empty(), failures.c_str());
        }
        QVERIFY2(steady_clock::now() - started < std::chrono::seconds(60), "not in time");
        QVERIFY2(eventually(everyChildHasEnded), "a process is left");
        QCOMPARE(openDescriptors(), before);
    }

private slots:
    void initTestCase() { m_prober = std::make_unique<OrdinaryProber>(SCRATCHPROOF_CLI); }
    void cleanupTestCase()
    {
        qInfo("matrix: events: %zu cases tried, %zu survived", m_tried, m_survived);
        QCOMPARE(m_survived, m_tried);
    }

    void everyStepHangs() { atEveryPoint(hangs, kDeadline); }
    void everyStepIsSlowByTwoSeconds() { atEveryPoint(isSlow); }
    void theDaemonIsKilledInEveryStep() { atEveryPoint(losesItsDaemon); }
    void theFolderIsUnmountedInEveryStep() { atEveryPoint(isUnmounted); }
    void theFolderTurnsReadOnlyInEveryStep() { atEveryPoint(turnsReadOnly); }
    void theFolderBecomesALinkInEveryStepThatLetsIt()
    {
        atEveryPoint(becomesALink, kPatient, [](const Point& point) {
            return point.step == Step::Write || point.step == Step::Sync || point.step == Step::ReadBack;
        });
    }

    void whatTheFileSystemLiesAboutIsNotBelieved_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<QByteArray>("effect");
        QTest::addColumn<QByteArray>("verdict");
        QTest::addColumn<QByteArray>("step");
        const auto row = [](const char* operation, const char* effect, const char* step) {
            QTest::addRow("%s %s", operation, effect)
                << QByteArray(operation) << QByteArray(effect) << QByteArray("unusable") << QByteArray(step);
        };
        row("write", "torn 0", "read-back");
        row("write", "torn 4096", "read-back");
        row("write", "torn 65535", "read-back");
        row("write", "pretend", "write");
        for (const char* offset : {"flip 0", "flip 4096", "flip 65535"})
            row("read", offset, "read-back");
        row("rename", "pretend", "delete-file");
        row("unlink", "pretend", "delete-file");
        row("mkdir", "pretend", "create-directory");
        row("rmdir", "pretend", "delete-directory");
    }
    void whatTheFileSystemLiesAboutIsNotBelieved()
    {
        QFETCH(QByteArray, operation);
        QFETCH(QByteArray, effect);
        QFETCH(QByteArray, verdict);
        QFETCH(QByteArray, step);
        const TemporaryFolder base;
        MatrixBench bench(base / "fault", m_prober->program(), kPatient);
        bench.fault().on(operation.toStdString(), "1+", effect.toStdString());
        ++m_tried;
        const auto check = bench.check();
        const auto words = summary(check);
        QVERIFY2(verdict == toString(check.verdict).data(), words.c_str());
        const auto problems = problemsOf(check);
        QVERIFY2(!problems.empty() && step == toString(problems.front().step).data(), words.c_str());
        for (const auto& name : namesIn(bench.backing()))
            QVERIFY2(namesLeftover(check, joinPath(bench.folder(), name)), words.c_str());
        bench.fault().release();
        const auto next = bench.check();
        QVERIFY2(next.verdict == Verdict::Usable, summary(next).c_str());
        QVERIFY(namesIn(bench.backing()).empty());
        ++m_survived;
    }

    /// What was tried counts, not what is said of the room. (Of a program's folders no warning is given by their
    /// numbers.)
    void aLieAboutFreeSpaceChangesNoAnswer()
    {
        const TemporaryFolder base;
        MatrixBench bench(base / "fault", m_prober->program(), kPatient);
        ++m_tried;
        bench.fault().tellSpace(0, 1ULL << 30U);
        const auto check = bench.check();
        QVERIFY2(check.verdict == Verdict::Usable, summary(check).c_str());
        QVERIFY(check.facts.space && check.facts.space->availableBytes == 0);
        bench.fault().tellSpace(1ULL << 40U, 1ULL << 41U);
        bench.fault().failWith("write", ENOSPC);
        const auto full = bench.check();
        QVERIFY2(full.verdict == Verdict::Unusable, summary(full).c_str());
        QVERIFY(problemsOf(full).front().step == Step::Write);
        QCOMPARE(full.findings.front().id, std::string("pool-refuses")); // never that the drive is full
        QVERIFY(namesIn(bench.backing()).empty());
        ++m_survived;
    }

    /// Killed and cut off at the same moment: what was synced comes back, under the name that was stored.
    void afterAPowerCutInEveryStepTheNextCheckLeavesNothing_data()
    {
        QTest::addColumn<int>("point");
        int number = 0;
        for (const Point& point : kPoints)
            QTest::newRow(point.words().c_str()) << number++;
    }
    void afterAPowerCutInEveryStepTheNextCheckLeavesNothing()
    {
        QFETCH(int, point);
        const TemporaryFolder base;
        Scene scene(base / "fault", m_prober->program(), kPoints[point], kPatient);
        ++m_tried;
        scene.fault().remember();
        const WorkId id = scene.hold();
        const auto probers = probersOf(getpid());
        QCOMPARE(probers.size(), std::size_t{1});
        QCOMPARE(::kill(probers.front(), SIGKILL), 0);
        scene.fault().cutPower();
        scene.fault().letGo(EIO); // its last call is lost, too
        const auto check = scene.bench().end(id);
        QVERIFY2(check.verdict == Verdict::NotChecked, summary(check).c_str());
        const auto step = kPoints[point].step;
        const bool wasStored = step > Step::Sync || std::string(kPoints[point].operation) == "flush";
        QCOMPARE(namesIn(scene.bench().backing()).size(), wasStored ? std::size_t{1} : std::size_t{0});
        scene.requireHealed();
        ++m_survived;
    }
};

SCRATCHPROOF_TEST_MAIN(MatrixEventsTest, PrivateMounts)
#include "tst_matrix_events.moc"
