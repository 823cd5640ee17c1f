// SPDX-License-Identifier: GPL-3.0-or-later
// The Verify page: what it asks for, what it shows while it goes on and at the end, and what it tells the desktop.
#include "app/gui/desktop/sleep_inhibitor.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/main_window.h"
#include "app/gui/probers/prober_bridge.h"
#include "app/gui/verify/drive_map.h"
#include "app/gui/verify/speed_chart.h"
#include "app/gui/verify/verify_form.h"
#include "app/gui/verify/verify_page.h"
#include "app/gui/verify/verify_words.h"
#include "tests/gui/fake_probers.h"
#include "tests/gui/scratch_samples.h"
#include "tests/support/installed_cli.h"
#include "tests/support/private_bus.h"
#include "tests/verify/mounted_false_drive.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusUnixFileDescriptor>
#include <QDBusVirtualObject>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <random>

using namespace scratchproof;
using namespace scratchproof::gui;
using namespace scratchproof::test;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

/// Answers every call with what a test says, and keeps what it was asked.
class FakeService : public QDBusVirtualObject
{
public:
    FakeService(const std::string& address, const QString& name, const QString& path)
        : m_connection(QDBusConnection::connectToBus(QString::fromStdString(address),
                                                     name + QString::number(reinterpret_cast<quintptr>(this))))
    {
        m_connection.registerVirtualObject(path, this);
        m_connection.registerService(name);
    }
    ~FakeService() override { QDBusConnection::disconnectFromBus(m_connection.name()); }

    [[nodiscard]] QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection&) override
    {
        asked << message.arguments();
        if (answer)
            m_connection.send(answer(message));
        return true;
    }

    std::function<QDBusMessage(const QDBusMessage&)> answer;
    QList<QVariantList> asked;

private:
    QDBusConnection m_connection;
};

/// The system's sleep, as far as one asks not to have it: a lock is the writing end of a pipe.
class FakeLogind : public FakeService
{
public:
    explicit FakeLogind(const std::string& address)
        : FakeService(address, QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"))
    {
        answer = [this](const QDBusMessage& message) {
            if (refused.contains(message.arguments().value(0).toString()))
                return message.createErrorReply(QStringLiteral("org.freedesktop.DBus.Error.AccessDenied"),
                                                QStringLiteral("no"));
            std::array<int, 2> ends{};
            if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
                return message.createErrorReply(QStringLiteral("no.pipe"), {});
            m_readingEnds.push_back(ends[0]);
            QDBusUnixFileDescriptor lock;
            lock.giveFileDescriptor(ends[1]);
            return message.createReply(QVariant::fromValue(lock));
        };
    }
    ~FakeLogind() override
    {
        for (const int end : m_readingEnds)
            close(end);
    }
    /// Locks that somebody still has.
    [[nodiscard]] int held() const
    {
        return static_cast<int>(std::count_if(m_readingEnds.begin(), m_readingEnds.end(), [](int end) {
            char byte = 0;
            return read(end, &byte, 1) != 0; // 0: no writer is left
        }));
    }

    QStringList refused;

private:
    std::vector<int> m_readingEnds;
};

Json progressOf(CapacityPhase phase, std::uint64_t done, std::uint64_t total, std::uint64_t bad = 0,
                Nanoseconds elapsed = kNanosecondsPerSecond)
{
    CapacityStatus status;
    status.run.phase = phase;
    status.run.done = done;
    status.run.total = total;
    status.run.bad = bad;
    status.run.elapsed = elapsed;
    status.directory = "/media/stick/verify-1234";
    status.id = "abcd";
    return toJson(status);
}

CapacityResult resultOf(CapacityVerdict verdict, std::vector<Region> regions)
{
    CapacityResult result;
    result.verdict = verdict;
    result.folder = "/media/stick";
    result.regions = std::move(regions);
    for (const Region& region : result.regions) {
        result.tested += region.length;
        result.found[static_cast<std::size_t>(region.state)] += region.length;
    }
    result.claimed = result.tested;
    result.real = result.bytes(RegionState::Good);
    result.isPastCache = true;
    result.writing = result.verifying = kNanosecondsPerSecond;
    return result;
}

struct PageUnderTest
{
    PageUnderTest() : page(linuxSystem(), probers)
    {
        page.resize(1100, 760);
        page.show();
        page.shown();
        page.propose("/media/stick", VerifyKind::Quick);
    }

    void choose(const char* kind) { page.findChild<QRadioButton*>(QString::fromUtf8(kind))->setChecked(true); }
    void start() { page.findChild<QPushButton*>(QStringLiteral("startButton"))->click(); }
    [[nodiscard]] QMessageBox* question() const { return page.findChild<QMessageBox*>(QStringLiteral("confirm")); }
    void agree() const
    {
        for (QAbstractButton* button : question()->buttons())
            if (question()->buttonRole(button) == QMessageBox::AcceptRole)
                button->click();
    }
    [[nodiscard]] QString text(const char* name) const
    {
        return page.findChild<TextBlock*>(QString::fromUtf8(name))->toPlainText();
    }
    template <typename R>
    [[nodiscard]] auto only() const
    {
        const auto waiting = probers.waiting<R>();
        if (waiting.size() != 1)
            qFatal("%zu requests of this kind wait", waiting.size());
        return waiting.front();
    }

    FakeProbers probers;
    VerifyPage page;
};

} // namespace

class VerifyPageTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_home = std::make_unique<TemporaryFolder>();
        useFreshHome(m_home->path());
    }

    /// The word of the user is asked for where it writes all over the drive, and the requests are what was chosen.
    void itAsksBeforeItWritesAllOver()
    {
        PageUnderTest p;
        p.choose("full");
        p.page.findChild<QComboBox*>(QStringLiteral("size"))->setCurrentIndex(1);
        p.page.findChild<QAbstractButton*>(QStringLiteral("keep"))->click();
        p.start();
        QVERIFY(p.question() != nullptr);
        QVERIFY(p.question()->informativeText().contains(QStringLiteral("/media/stick")));
        QVERIFY(p.question()->informativeText().contains(QStringLiteral("may destroy")));
        QVERIFY(p.question()->defaultButton() == p.question()->button(QMessageBox::Cancel));
        QVERIFY(p.probers.waiting<request::VerifyCapacity>().empty());
        p.question()->button(QMessageBox::Cancel)->click();
        QTRY_VERIFY(p.question() == nullptr);
        QVERIFY(p.probers.waiting<request::VerifyCapacity>().empty());
        QVERIFY(!p.page.job().isRunning());

        p.start();
        p.agree();
        const auto asked = p.only<request::VerifyCapacity>().request;
        QCOMPARE(asked.folder, Path("/media/stick"));
        QCOMPARE(asked.size, std::uint64_t{1'000'000'000});
        QVERIFY(asked.keep);
        QVERIFY(!asked.quick);
        QVERIFY(!asked.allowSystem);
        // What is under way cannot be changed, nor begun twice.
        QVERIFY(!p.page.findChild<QRadioButton*>(QStringLiteral("quick"))->isEnabled());
        p.page.propose("/elsewhere", VerifyKind::Speed);
        p.page.findChild<QAction*>(QStringLiteral("start"))->trigger();
        QCOMPARE(p.probers.waiting<request::VerifyCapacity>().size(), std::size_t{1});
        QVERIFY(p.probers.waiting<request::VerifySpeed>().empty());
    }

    void whatWritesLittleBeginsAtOnce()
    {
        PageUnderTest p;
        p.choose("speed");
        p.start();
        QCOMPARE(p.only<request::VerifySpeed>().request.folder, Path("/media/stick"));
        PageUnderTest again;
        again.choose("again");
        QVERIFY(!again.page.findChild<QLabel*>(QStringLiteral("risk"))->isVisible());
        again.start();
        QCOMPARE(again.only<request::VerifyAgain>().request.folder, Path("/media/stick"));
    }

    void optionsOfOneKindAreNotThoseOfAnother()
    {
        PageUnderTest p;
        p.choose("full");
        p.page.findChild<QAbstractButton*>(QStringLiteral("keep"))->click();
        p.page.findChild<QComboBox*>(QStringLiteral("size"))->setCurrentIndex(2);
        p.choose("quick");
        p.page.findChild<QComboBox*>(QStringLiteral("push"))->setCurrentIndex(1);
        p.page.findChild<QAbstractButton*>(QStringLiteral("allowSystem"))->click();
        p.start();
        p.agree();
        const auto asked = p.only<request::VerifyCapacity>().request;
        QVERIFY(asked.quick && asked.allowSystem && !asked.keep);
        QCOMPARE(asked.size, std::uint64_t{0});
        QCOMPARE(asked.push, std::uint64_t{4'000'000'000});
    }

    void theMapFillsAndTheVerdictStandsAtTheEnd()
    {
        PageUnderTest p;
        p.choose("full");
        p.start();
        p.agree();
        const WorkId work = p.only<request::VerifyCapacity>().id;
        auto* map = p.page.findChild<DriveMap*>();
        p.probers.progress(work, progressOf(CapacityPhase::Writing, 400 * kMiB, 800 * kMiB));
        QVERIFY(map->isVisible());
        QVERIFY2(map->accessibleDescription().contains(QStringLiteral("50 %: written")),
                 qPrintable(map->accessibleDescription()));
        QVERIFY2(p.text("sentence").startsWith(QStringLiteral("Writing 419 MB of 839 MB")),
                 qPrintable(p.text("sentence")));
        p.probers.progress(work, progressOf(CapacityPhase::Verifying, 200 * kMiB, 800 * kMiB));
        p.probers.progress(work, progressOf(CapacityPhase::Verifying, 300 * kMiB, 800 * kMiB, 4096));
        QVERIFY(map->accessibleDescription().contains(QStringLiteral("25 %: good")));
        QVERIFY(map->accessibleDescription().contains(QStringLiteral("%: bad")));
        QVERIFY(p.page.findChild<SpeedChart*>()->accessibleDescription().contains(QStringLiteral("writing: median")));
        QVERIFY(!p.page.unfinished().isEmpty());

        const CapacityResult result =
            resultOf(CapacityVerdict::Counterfeit, {{0, 600 * kMiB, RegionState::Good},
                                                    {600 * kMiB, 100 * kMiB, RegionState::Lost},
                                                    {700 * kMiB, 100 * kMiB, RegionState::Aliased}});
        p.probers.answer(work, toJson(result));
        QCOMPARE(p.text("title"), QStringLiteral("Counterfeit"));
        QVERIFY(p.text("sentence").contains(QStringLiteral("only about 629 MB")));
        QVERIFY(p.text("grounds").contains(QStringLiteral("hold what was written to another place")));
        const QString told = map->accessibleDescription();
        for (const char* state : {"75 %: good", "never stored", "another place"})
            QVERIFY2(told.contains(QString::fromUtf8(state)), qPrintable(told));
        QVERIFY(p.page.unfinished().isEmpty());
        p.page.findChild<QAction*>(QStringLiteral("copyVerdict"))->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("Counterfeit")));
        const auto document = parseJson(documentOf(p.page.job()));
        QVERIFY(document && capacityResultFromJson(*document));
        QCOMPARE(getString(*document, "schema").value_or(""), std::string(kVerifySchema));
        // The next one begins with an empty map.
        p.start();
        p.agree();
        QVERIFY2(map->accessibleDescription().contains(QStringLiteral("100 %: not tested")),
                 qPrintable(map->accessibleDescription()));
        QVERIFY(!p.page.findChild<TextBlock*>(QStringLiteral("grounds"))->isVisible());
    }

    void stoppingNeverLooksLikeAGoodAnswer()
    {
        PageUnderTest p;
        p.choose("full");
        p.start();
        p.agree();
        const WorkId work = p.only<request::VerifyCapacity>().id;
        p.probers.progress(work, progressOf(CapacityPhase::Verifying, 799 * kMiB, 800 * kMiB));
        auto* stop = p.page.findChild<QPushButton*>(QStringLiteral("stopButton"));
        stop->click();
        QCOMPARE(p.probers.cancelled().back(), work);
        QVERIFY(!stop->isEnabled());
        QVERIFY(p.text("sentence").startsWith(QStringLiteral("Stopping")));
        p.probers.answer(work, toJson(resultOf(CapacityVerdict::NotFinished, {{0, kMiB, RegionState::Good}})));
        QCOMPARE(p.text("title"), QStringLiteral("Not finished"));

        p.start();
        p.agree();
        const WorkId second = p.only<request::VerifyCapacity>().id;
        p.page.job().stop();
        p.probers.answer(second, fail(ErrorKind::Cancelled, {}, 0));
        QCOMPARE(p.text("title"), QStringLiteral("Not finished"));
        QVERIFY(p.text("sentence").contains(QStringLiteral("stopped")));
    }

    void whatCouldNotBeTriedSaysWhy()
    {
        PageUnderTest p;
        p.choose("speed");
        p.start();
        p.probers.answer(p.only<request::VerifySpeed>().id,
                         fail(ErrorKind::BadInput, "/media/stick", 0, "it lies in this computer's memory"));
        QCOMPARE(p.text("title"), QStringLiteral("Could not be verified"));
        QVERIFY2(p.text("sentence").contains(QStringLiteral("memory")), qPrintable(p.text("sentence")));
        p.start();
        p.probers.answer(p.only<request::VerifySpeed>().id, fail(ErrorKind::NotResponding, "/media/stick", 0));
        QVERIFY(!p.text("sentence").isEmpty());
        QVERIFY(!p.page.findChild<QAction*>(QStringLiteral("saveVerdict"))->isEnabled());
    }

    void speedIsShownAsFiguresAndCurve()
    {
        PageUnderTest p;
        p.choose("speed");
        p.start();
        const WorkId work = p.only<request::VerifySpeed>().id;
        p.probers.progress(work, toJson(SpeedProgress{"sequential-write-q32", 0, 10, kNanosecondsPerSecond, 2e8}));
        QVERIFY(p.text("sentence").startsWith(QStringLiteral("Sequential write")));
        SpeedResult result;
        result.folder = "/media/stick";
        result.report.isDirect = true;
        result.report.size = kMiB;
        for (const SpeedJob& job : kSpeedJobs) {
            SpeedOfJob measured{job};
            measured.bytes = (job.isRandom ? 1U : 100U) * kMiB;
            measured.time = kNanosecondsPerSecond;
            for (int i = 1; i <= 10; ++i)
                measured.curve.push_back(
                    {i * kNanosecondsPerSecond / 10, measured.bytes / 10 * static_cast<unsigned>(i)});
            result.report.jobs.push_back(measured);
        }
        p.probers.answer(work, toJson(result));
        QCOMPARE(p.text("title"), QStringLiteral("Measured"));
        QVERIFY(p.text("figures").contains(QStringLiteral("105 MB/s")));
        QVERIFY(!p.page.findChild<DriveMap*>()->isVisible());
        const QString curve = p.page.findChild<SpeedChart*>()->accessibleDescription();
        QCOMPARE(curve.count(QStringLiteral("median")), 8);
    }

    /// What a cell shows is the worst of what lies in it: against a model of bytes.
    void cellsShowTheWorstOfWhatLiesInThem()
    {
        std::mt19937 random(20261129);
        for (int round = 0; round < 200; ++round) {
            CapacityResult result;
            std::vector<CellState> model; // of each of `blocks`
            const std::size_t blocks = 1 + random() % 3000;
            while (model.size() < blocks) {
                const std::size_t length = std::min<std::size_t>(1 + random() % 400, blocks - model.size());
                const auto kind = random() % 7;
                const std::uint64_t offset = model.size() * kBlockSize;
                if (kind < kRegionStates)
                    result.regions.push_back({offset, length * kBlockSize, static_cast<RegionState>(kind)});
                model.insert(model.end(), length,
                             kind < kRegionStates ? cellStateOf(static_cast<RegionState>(kind)) : CellState::Untested);
            }
            if (result.regions.empty() || result.regions.back().end() != blocks * kBlockSize)
                continue;
            MapCells cells;
            cells.show(result);
            QCOMPARE(cells.span(), blocks * kBlockSize);
            for (std::size_t cell = 0; cell < MapCells::kCells; ++cell) {
                // Which blocks lie in the cell wholly or partly; edges by a byte are left to rounding.
                const double from = static_cast<double>(cell) * static_cast<double>(blocks) / MapCells::kCells;
                const double to = static_cast<double>(cell + 1) * static_cast<double>(blocks) / MapCells::kCells;
                CellState surely = CellState::Untested;
                CellState perhaps = CellState::Untested;
                for (auto block = static_cast<std::size_t>(from); block < blocks && static_cast<double>(block) <= to;
                     ++block) {
                    const bool isInside =
                        static_cast<double>(block) + 1 > from + 0.01 && static_cast<double>(block) < to - 0.01;
                    perhaps = std::max(perhaps, model[block]);
                    if (isInside)
                        surely = std::max(surely, model[block]);
                }
                QVERIFY(cells.cells()[cell] >= surely);
                QVERIFY(cells.cells()[cell] <= perhaps);
            }
        }
    }

    /// However long it takes, the curve is bounded, keeps its time, and its bytes.
    void aLongCurveIsThinnedOutAndKeepsItsBytes()
    {
        std::mt19937 random(7);
        SpeedHistory history;
        CapacityStatus status;
        status.run.total = std::uint64_t{1} << 50U;
        for (int i = 0; i < 20'000; ++i) {
            status.run.elapsed += kNanosecondsPerSecond + static_cast<Nanoseconds>(random() % 1'000'000'000);
            status.run.done += random() % (200 * kMiB);
            history.note(status);
        }
        QCOMPARE(history.parts().size(), std::size_t{1});
        const SpeedPart& part = history.parts().front();
        QVERIFY(part.samples.size() <= SpeedHistory::kMostSamples);
        QVERIFY(part.samples.size() > SpeedHistory::kMostSamples / 3);
        double bytes = 0;
        double before = 0;
        for (const SpeedSample& sample : part.samples) {
            QVERIFY(sample.seconds > before);
            bytes += sample.bytesPerSecond * (sample.seconds - before);
            before = sample.seconds;
        }
        QVERIFY(std::abs(bytes - static_cast<double>(status.run.done)) < 0.001 * static_cast<double>(status.run.done));
        QVERIFY(std::abs(history.end() - static_cast<double>(status.run.elapsed) / 1e9) < 2.1);
    }

    void theComputerDoesNotGoToSleepMeanwhile()
    {
        if (!PrivateBus::isThere())
            QSKIP("dbus-daemon is not installed");
        const PrivateBus bus;
        FakeLogind logind(bus.address());
        const QDBusConnection client =
            QDBusConnection::connectToBus(QString::fromStdString(bus.address()), QStringLiteral("inhibiting"));
        PageUnderTest p;
        p.page.inhibitor().setBus(client);
        p.choose("speed");
        p.start();
        QTRY_VERIFY(p.page.inhibitor().isHeld());
        QCOMPARE(logind.asked.size(), 1);
        QCOMPARE(logind.asked[0].value(0).toString(), QStringLiteral("sleep:idle"));
        QCOMPARE(logind.asked[0].value(3).toString(), QStringLiteral("block"));
        QCOMPARE(logind.held(), 1);
        p.probers.answer(p.only<request::VerifySpeed>().id, fail(ErrorKind::NotResponding, "/media/stick", 0));
        QTRY_COMPARE(logind.held(), 0);

        // Where all of sleep may not be blocked, the idle computer's may.
        logind.refused = QStringList{QStringLiteral("sleep:idle")};
        p.start();
        QTRY_VERIFY(p.page.inhibitor().isHeld());
        QCOMPARE(logind.asked.last().value(0).toString(), QStringLiteral("idle"));
        p.probers.answer(p.only<request::VerifySpeed>().id, fail(ErrorKind::NotResponding, "/media/stick", 0));
        QTRY_COMPARE(logind.held(), 0);

        // An answer that comes after the end is given back.
        logind.refused.clear();
        p.start();
        p.probers.answer(p.only<request::VerifySpeed>().id, fail(ErrorKind::NotResponding, "/media/stick", 0));
        QVERIFY(!p.page.inhibitor().isHeld());
        QTRY_COMPARE(logind.asked.size(), 4);
        QTest::qWait(100);
        QVERIFY(!p.page.inhibitor().isHeld());
        QTRY_COMPARE(logind.held(), 0);
        QDBusConnection::disconnectFromBus(QStringLiteral("inhibiting"));
    }

    void aNotificationTellsTheEnd()
    {
        if (!PrivateBus::isThere())
            QSKIP("dbus-daemon is not installed");
        const PrivateBus bus;
        FakeService desktop(bus.address(), QStringLiteral("org.freedesktop.Notifications"),
                            QStringLiteral("/org/freedesktop/Notifications"));
        PageUnderTest p;
        p.page.setSessionBus(
            QDBusConnection::connectToBus(QString::fromStdString(bus.address()), QStringLiteral("notifying")));
        p.choose("full");
        p.start();
        p.agree();
        p.page.hide(); // the user does something else
        p.probers.answer(p.only<request::VerifyCapacity>().id,
                         toJson(resultOf(CapacityVerdict::Genuine, {{0, kMiB, RegionState::Good}})));
        QTRY_COMPARE(desktop.asked.size(), 1);
        QCOMPARE(desktop.asked[0].value(3).toString(), QStringLiteral("stick: Genuine"));
        QVERIFY(desktop.asked[0].value(4).toString().contains(QStringLiteral("genuine")));
        QDBusConnection::disconnectFromBus(QStringLiteral("notifying"));
    }

    void whatWasCutOffIsOfferedAndGoesByOneClick()
    {
        PageUnderTest p;
        const auto ofVerification = [](const std::string& id, const Path& path, bool ends = true) {
            Json directory = sampleDirectory(id, "verify-" + id, path);
            directory["note"] = "check of the drive's capacity";
            if (!ends)
                directory["expires"] = nullptr;
            return directory;
        };
        Json sameName = sampleDirectory("users", "verify-mine", "/m/users");
        const std::vector<Json> all = {ofVerification("left", "/m/left"), ofVerification("kept", "/m/kept", false),
                                       ofVerification("busy", "/m/busy"), sameName};
        p.probers.answer(p.only<request::ScratchList>().id, listOf(all));
        // Not those that were kept, nor what the user called so.
        const auto asked = p.probers.waiting<request::ScratchPreview>();
        QCOMPARE(asked.size(), std::size_t{2});
        for (const auto& one : asked) {
            Json preview = samplePreview(one.folder, 5, 7'000'000);
            preview["directory"] = one.folder == "/m/left" ? all[0] : all[2];
            if (one.folder == "/m/busy")
                preview["lock"] = "held";
            p.probers.answer(one.id, preview);
        }
        QCOMPARE(p.page.leftovers().found().size(), std::size_t{1});
        auto* words = p.page.findChild<QLabel*>(QStringLiteral("words"));
        QTRY_VERIFY(words->isVisible());
        QVERIFY2(words->text().contains(QStringLiteral("7.00 MB")), qPrintable(words->text()));
        for (QPushButton* button : words->parentWidget()->findChildren<QPushButton*>())
            button->click();
        const auto clean = p.only<request::ScratchClean>();
        QCOMPARE(clean.folder, Path("/m/left"));
        QCOMPARE(clean.request.confirmation, std::string("word-/m/left"));
        QVERIFY(clean.request.inUse == ScratchStore::InUse::Keep);
        Cleaned done;
        done.removed = true;
        p.probers.answer(clean.id, toJson(done));
        QTRY_VERIFY(!words->isVisible());
    }

    void whatCannotBeRemovedStaysTold()
    {
        PageUnderTest p;
        Json directory = sampleDirectory("left", "verify-left", "/m/left");
        directory["note"] = "check of the drive's capacity";
        p.probers.answer(p.only<request::ScratchList>().id, listOf({directory}));
        Json preview = samplePreview("/m/left");
        preview["directory"] = directory;
        p.probers.answer(p.only<request::ScratchPreview>().id, preview);
        p.page.leftovers().removeAll();
        p.probers.answer(p.only<request::ScratchClean>().id, fail(ErrorKind::NotResponding, "/m/left", 0));
        auto* words = p.page.findChild<QLabel*>(QStringLiteral("words"));
        QVERIFY(words->isVisible());
        QVERIFY2(words->text().contains(QStringLiteral("could not be removed")), qPrintable(words->text()));
        QVERIFY2(words->text().contains(QStringLiteral("/m/left")), qPrintable(words->text()));
    }

    void aWindowIsNotClosedUnaskedMeanwhile()
    {
        const QTemporaryDir folder;
        FakeProbers probers;
        SettingsStore settings(linuxSystem(), SCRATCHPROOF_WINDOW, folder.filePath(QStringLiteral("settings.ini")));
        MainWindow window(linuxSystem(), probers, settings);
        window.show();
        auto* page = qobject_cast<VerifyPage*>(window.showPage(MainWindow::VerifyIndex));
        page->propose("/media/stick", VerifyKind::Speed);
        page->findChild<QAction*>(QStringLiteral("start"))->trigger();
        QVERIFY(page->job().isRunning());
        QMetaObject::invokeMethod(&window, "closeIfWanted");
        QVERIFY(window.isVisible());
        auto* question = window.findChild<QMessageBox*>();
        QVERIFY(question != nullptr);
        question->button(QMessageBox::Cancel)->click();
        QVERIFY(window.isVisible() && page->job().isRunning());
        // A signal, or the end of the session, does not ask.
        QVERIFY(window.close());
        QVERIFY(!window.isVisible());
    }

    /// Through real probers, on a drive that begins anew: the page tells it, and nothing is left.
    void aFalseDriveIsTold()
    {
        FalseDrive drive("ext4", 256 * kMiB, 90 * kMiB + 12288, "wraps");
        ProberBridge probers(linuxSystem());
        probers.setProgram(SCRATCHPROOF_CLI);
        VerifyPage page(linuxSystem(), probers);
        page.resize(1100, 760);
        page.show();
        page.shown();
        for (const char* kind : {"quick", "full"}) {
            page.propose(drive.folder(), VerifyKind::Quick);
            page.findChild<QRadioButton*>(QString::fromUtf8(kind))->setChecked(true);
            page.findChild<QPushButton*>(QStringLiteral("startButton"))->click();
            auto* question = page.findChild<QMessageBox*>(QStringLiteral("confirm"));
            for (QAbstractButton* button : question->buttons())
                if (question->buttonRole(button) == QMessageBox::AcceptRole)
                    button->click();
            QVERIFY(page.job().isRunning());
            QTRY_VERIFY_WITH_TIMEOUT(!page.job().isRunning(), 60'000);
            QVERIFY2(page.job().capacity().has_value(),
                     qPrintable(page.findChild<TextBlock*>(QStringLiteral("sentence"))->toPlainText()));
            QVERIFY(page.job().capacity()->verdict == CapacityVerdict::Counterfeit);
            QVERIFY(std::filesystem::is_empty(drive.folder()));
        }
    }

private:
    std::unique_ptr<TemporaryFolder> m_home;
};

int main(int argc, char** argv)
{
    if (const int code = prepare(Needs::PrivateMounts); code != 0)
        return code;
    QApplication application(argc, argv);
    VerifyPageTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_verify_page.moc"
