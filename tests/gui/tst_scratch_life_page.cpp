// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/desktop/notifier.h"
#include "app/gui/kit/banner.h"
#include "app/gui/scratch/drive_totals.h"
#include "app/gui/scratch/scratch_filter.h"
#include "app/gui/scratch/scratch_log_dialog.h"
#include "app/gui/scratch/sweep_job.h"
#include "tests/gui/scratch_page_under_test.h"
#include "tests/support/private_bus.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QLabel>
#include <QMenu>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

Json withMember(Json directory, const char* key, const Json& value)
{
    directory[key] = value;
    return directory;
}

/// One of each state that has something of its own to do.
std::vector<Json> all()
{
    Json released = sampleDirectory("r", "released", "/x/r", "released");
    released["restorable_until"] = toIso8601(linuxSystem().clock.wall() + 50 * kSampleHour);
    return {withMember(sampleDirectory("a", "alpha", "/x/a"), "lifetime", "12h"),
            sampleDirectory("e", "over", "/x/e", "expired"), released, sampleDirectory("l", "gone", "/x/l", "lost")};
}

struct PageUnderTest : ScratchPageUnderTest
{
    explicit PageUnderTest(SweepJob* sweep = nullptr)
        : ScratchPageUnderTest(sweep), banner(page.findChild<Banner*>()),
          states(page.findChild<QComboBox*>(QStringLiteral("states")))
    {}
    void choose(const QByteArray& id) const { table->selectRow(rowOf(id)); }
    [[nodiscard]] QAction* action(const char* text) const
    {
        QAction* found = ScratchPageUnderTest::action(QString::fromUtf8(text));
        if (found == nullptr)
            qFatal("no action %s", text);
        return found;
    }
    /// The last of its kind.
    template <typename R>
    [[nodiscard]] FakeProbers::Asked<R> asked() const
    {
        const auto questions = probers.waiting<R>();
        return questions.empty() ? FakeProbers::Asked<R>() : questions.back();
    }
    [[nodiscard]] QString said() const
    {
        return banner->isVisible() ? banner->findChild<QLabel*>(QStringLiteral("words"))->text() : QString();
    }
    [[nodiscard]] QPushButton* button() const { return banner->findChild<QPushButton*>(); }

    Banner* banner;
    QComboBox* states;
};

} // namespace

class ScratchLifeTest : public QObject
{
    Q_OBJECT

private slots:
    void whatCanBeDoneFollowsTheState()
    {
        PageUnderTest p;
        p.list(all());
        const char* const actions[] = {"extend", "extendBy", "pin", "release", "restore", "forget"};
        const std::pair<const char*, std::vector<bool>> expected[] = {{"a", {true, true, true, true, false, false}},
                                                                      {"e", {true, true, true, true, false, false}},
                                                                      {"r", {false, false, false, false, true, false}},
                                                                      {"l", {false, false, false, false, false, true}}};
        for (const auto& [id, enabled] : expected) {
            p.choose(id);
            for (std::size_t i = 0; i < enabled.size(); ++i)
                QVERIFY2(p.action(actions[i])->isEnabled() == enabled[i], (std::string(id) + actions[i]).c_str());
        }
        p.table->selectAll();
        for (const char* text : actions)
            QVERIFY2(!p.action(text)->isEnabled(), text);
    }

    void extendingGivesItsOwnLifetimeAgainOrTheOneThatIsChosen()
    {
        PageUnderTest p;
        p.list(all());
        p.choose("a");
        p.action("extend")->trigger();
        const auto question = p.asked<request::ScratchExtend>();
        QCOMPARE(formatLifetime(question.request.lifetime), std::string("12h"));
        QCOMPARE(question.folder, Path("/x/a")); // its marker is written too
        Json later = all()[0];
        later["expires"] = toIso8601(linuxSystem().clock.wall() + 30 * kSampleHour);
        p.probers.answer(question.id, inAnswer(later));
        QVERIFY2(p.cell("a", ScratchModel::TimeLeft).startsWith(QStringLiteral("30 h")) ||
                     p.cell("a", ScratchModel::TimeLeft).contains(QStringLiteral("day")) ||
                     p.cell("a", ScratchModel::TimeLeft).startsWith(QStringLiteral("29 h")),
                 qPrintable(p.cell("a", ScratchModel::TimeLeft)));
        QMenu* lifetimes = p.action("extendBy")->menu();
        QVERIFY(lifetimes != nullptr);
        lifetimes->actions().last()->trigger();
        QCOMPARE(formatLifetime(p.asked<request::ScratchExtend>().request.lifetime), std::string("never"));
    }

    void severalAreExtendedAtOnce()
    {
        PageUnderTest p;
        p.list({sampleDirectory("a", "alpha", "/x/a"), sampleDirectory("b", "beta", "/x/b")});
        p.table->selectAll();
        p.action("extend")->trigger();
        QCOMPARE(p.probers.waiting<request::ScratchExtend>().size(), std::size_t{2});
    }

    void pinningIsShownAndTakenBack()
    {
        PageUnderTest p;
        p.list(all());
        p.choose("a");
        QAction* pin = p.action("pin");
        QVERIFY(!pin->isChecked());
        pin->trigger();
        const auto question = p.asked<request::ScratchPin>();
        QCOMPARE(question.request.pinned, true);
        p.probers.answer(question.id, inAnswer(withMember(all()[0], "pinned", true)));
        QCOMPARE(p.cell("a", ScratchModel::TimeLeft), QStringLiteral("pinned"));
        QVERIFY(pin->isChecked());
        pin->trigger();
        QCOMPARE(p.asked<request::ScratchPin>().request.pinned, false);
    }

    void aReleasedOneSaysHowLongItCanBeRestored()
    {
        PageUnderTest p;
        p.list(all());
        QVERIFY2(p.cell("r", ScratchModel::TimeLeft).startsWith(QStringLiteral("restorable for ")),
                 qPrintable(p.cell("r", ScratchModel::TimeLeft)));
        p.choose("r");
        p.action("restore")->trigger();
        p.probers.answer(p.asked<request::ScratchRestore>().id, inAnswer(sampleDirectory("r", "released", "/x/r")));
        QCOMPARE(p.cell("r", ScratchModel::State), QStringLiteral("Active"));
    }

    void oneInUseIsReleasedOnlyAfterAWordForThat()
    {
        PageUnderTest p;
        p.list(all());
        p.choose("a");
        p.action("release")->trigger();
        const auto first = p.asked<request::ScratchRelease>();
        QVERIFY(first.request.inUse == ScratchStore::InUse::Keep);
        p.probers.answer(first.id, fail("in-use", "/x/a", 0, "it is in use by vim (process 12)"));
        QVERIFY2(p.said().contains(QStringLiteral("vim (process 12)")), qPrintable(p.said()));
        QCOMPARE(p.button()->text(), QStringLiteral("Release all the same"));
        QVERIFY(p.probers.waiting<request::ScratchRelease>().empty());
        p.button()->click();
        const auto second = p.asked<request::ScratchRelease>();
        QVERIFY(second.request.inUse == ScratchStore::InUse::RemoveAllTheSame);
        p.probers.answer(second.id, inAnswer(sampleDirectory("a", "alpha", "/x/a", "released")));
        QCOMPARE(p.cell("a", ScratchModel::State), QStringLiteral("Released"));
        QVERIFY(p.said().isEmpty());
    }

    void oneThatIsHalfRemovedCanBeKeptOrCleanedUpAgain()
    {
        PageUnderTest p;
        const auto half = [](const char* id, const char* state) {
            return withMember(sampleDirectory(id, id, std::string("/x/") + id, state), "half_removed", true);
        };
        p.list(
            {half("a", "active"), half("r", "released"), half("o", "offline"), sampleDirectory("w", "whole", "/x/w")});
        const char* const actions[] = {"extend", "pin", "release", "restore", "cleanUp", "forget"};
        const std::pair<const char*, std::vector<bool>> expected[] = {{"a", {true, true, false, false, true, false}},
                                                                      {"r", {false, false, false, true, true, false}},
                                                                      {"o", {false, false, false, false, true, true}},
                                                                      {"w", {true, true, true, false, true, false}}};
        for (const auto& [id, enabled] : expected) {
            p.choose(id);
            for (std::size_t i = 0; i < enabled.size(); ++i)
                QVERIFY2(p.action(actions[i])->isEnabled() == enabled[i], (std::string(id) + actions[i]).c_str());
        }
        p.states->setCurrentIndex(p.states->findText(QStringLiteral("Half removed")));
        QCOMPARE(p.table->model()->rowCount(), 2);
        p.choose("a");
        p.action("extend")->trigger();
        p.probers.answer(p.asked<request::ScratchExtend>().id, inAnswer(sampleDirectory("a", "a", "/x/a")));
        QCOMPARE(p.table->model()->rowCount(), 1);
    }

    void aMarkerThatCouldNotBeWrittenIsSaidOfEach()
    {
        PageUnderTest p;
        p.list({sampleDirectory("a", "alpha", "/x/a"), sampleDirectory("b", "beta", "/x/b"),
                sampleDirectory("c", "gamma", "/x/c")});
        p.table->selectAll();
        p.action("extend")->trigger();
        for (const auto& question : p.probers.waiting<request::ScratchExtend>()) {
            const std::string id = question.request.about.directory;
            Json answer = inAnswer(sampleDirectory(id, id, "/x/" + id));
            answer["marker_not_written"] = id == "b" ? Json(nullptr) : Json("Read-only file system");
            p.probers.answer(question.id, answer);
        }
        QCOMPARE(p.said().count(QStringLiteral("Only this computer knows of it")), 2);
        QVERIFY2(p.said().contains(QStringLiteral("Read-only file system")), qPrintable(p.said()));
        QVERIFY(!p.said().contains(QStringLiteral("beta")));
        p.choose("a");
        p.action("pin")->trigger();
        Json answer = inAnswer(sampleDirectory("a", "a", "/x/a"));
        answer["marker_not_written"] = "its drive is not here";
        p.probers.answer(p.asked<request::ScratchPin>().id, answer);
        QCOMPARE(p.said().count(QStringLiteral("Only this computer knows of it")), 1);
    }

    void whatFailsIsSaidAndTheRowStays()
    {
        PageUnderTest p;
        p.list(all());
        p.choose("e");
        p.action("extend")->trigger();
        p.probers.answer(p.asked<request::ScratchExtend>().id,
                         fail("store-busy", {}, 0, "another program holds the registry"));
        QVERIFY2(p.said().contains(QStringLiteral("Another program holds the registry.")), qPrintable(p.said()));
        QCOMPARE(p.cell("e", ScratchModel::State), QStringLiteral("Expired"));
    }

    void theFilterByStateIsRememberedAndSaysWhenNothingIsLikeThat()
    {
        PageUnderTest p;
        p.list(all());
        p.states->setCurrentIndex(p.states->findText(QStringLiteral("Released")));
        QCOMPARE(p.table->model()->rowCount(), 1);
        p.page.setFilter(QStringLiteral("alpha"));
        QCOMPARE(p.table->model()->rowCount(), 0);
        QVERIFY(p.page.findChild<QLabel*>(QStringLiteral("nothingText"))->isVisible());
        QVERIFY(p.states->isVisible());
        const QVariantMap layout = p.page.saveLayout();
        p.page.setFilter({});
        p.page.findChild<QPushButton*>(QStringLiteral("showAll"))->click();
        QCOMPARE(p.table->model()->rowCount(), 4);
        QVERIFY(p.table->isVisible());
        PageUnderTest other;
        other.page.restoreLayout(layout);
        QCOMPARE(other.states->currentText(), QStringLiteral("Released"));
    }

    void theFilterIsAModelLikeAnother()
    {
        ScratchModel model;
        ScratchFilter filter;
        const QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        filter.setSourceModel(&model);
        std::vector<ScratchDirectory> entries;
        for (const Json& json : all())
            entries.push_back(*fromJson<ScratchDirectory>(json));
        model.setEntries(entries);
        filter.setCondition(ScratchState::Active);
        QCOMPARE(filter.rowCount(), 1);
        entries[0].state = ScratchState::Expired;
        model.setChanged(entries[0]);
        QCOMPARE(filter.rowCount(), 0);
        filter.setCondition(std::nullopt);
        QCOMPARE(filter.rowCount(), 4);
    }

    void eachDriveHasItsTotalInWords()
    {
        PageUnderTest p;
        p.probers.setRule<request::Space>([](const auto&) {
            return Json{{"total_bytes", 100'000'000}, {"available_bytes", 40'000'000}};
        });
        p.list({measured(sampleDirectory("a", "alpha", "/x/a"), 3'000'000, 1),
                measured(sampleDirectory("b", "beta", "/x/b"), 4'000'000, 1),
                measured(sampleDirectory("l", "gone", "/x/l", "lost"), 9'000'000, 1)});
        auto* totals = p.page.findChild<DriveTotals*>();
        QTRY_COMPARE(totals->findChildren<QWidget*>().size(), 1);
        QTRY_COMPARE(totals->findChildren<QWidget*>().at(0)->accessibleDescription(),
                     QStringLiteral("7.00 MB of scratch, 40.0 MB free"));
    }

    void theLogIsShownTheNewestFirst()
    {
        PageUnderTest p;
        p.list(all());
        p.action("log")->trigger();
        auto* dialog = p.page.findChild<ScratchLogDialog*>();
        QVERIFY(dialog != nullptr);
        Json answer{{"entries", Json::array()}};
        answer["entries"].push_back(
            {{"at", toIso8601(kSampleNow)}, {"path", "/x/old"}, {"what", "purged"}, {"detail", "3 entries"}});
        answer["entries"].push_back({{"at", toIso8601(kSampleNow - kSampleHour)},
                                     {"path", "/x/kept"},
                                     {"what", "kept"},
                                     {"detail", "it is pinned"}});
        p.probers.answer(p.asked<request::ScratchLog>().id, answer);
        auto* table = dialog->findChild<QTableWidget*>(QStringLiteral("logTable"));
        QCOMPARE(table->rowCount(), 2);
        QCOMPARE(table->item(0, 1)->text(), QStringLiteral("Removed"));
        QVERIFY(table->item(1, 2)->text().contains(QStringLiteral("/x/kept")));
        QVERIFY(table->isVisible());
        dialog->close();
    }

    void anEmptyLogSaysWhatWouldBeThere()
    {
        PageUnderTest p;
        p.list(all());
        p.action("log")->trigger();
        p.probers.answer(p.asked<request::ScratchLog>().id, Json{{"entries", Json::array()}});
        auto* message = p.page.findChild<ScratchLogDialog*>()->findChild<QLabel*>(QStringLiteral("logMessage"));
        QVERIFY(message->isVisible() && message->text().startsWith(QStringLiteral("Nothing was cleaned up")));
    }

    void aSweepPurgesOneAfterAnotherAndThePageTells()
    {
        FakeProbers probers;
        SweepJob sweep(probers);
        PageUnderTest p(&sweep);
        p.list(all());
        QSignalSpy finished(&sweep, &SweepJob::finished);
        sweep.start();
        sweep.start();
        QCOMPARE(probers.waiting<request::ScratchSweep>().size(), std::size_t{1});
        Json plan{{"due", Json::array({sampleDirectory("x", "one", "/x/one"), sampleDirectory("y", "two", "/x/two"),
                                       sampleDirectory("z", "three", "/x/three")})},
                  {"expiring", Json::array({withMember(sampleDirectory("a", "alpha", "/x/a"), "lifetime", "3d")})},
                  {"clock", nullptr}};
        probers.answer(probers.waiting<request::ScratchSweep>()[0].id, plan);
        auto purges = probers.waiting<request::ScratchPurge>();
        QCOMPARE(purges.size(), std::size_t{1});
        QCOMPARE(purges[0].folder, Path("/x/one"));
        probers.answer(purges[0].id, Json{{"outcome", "purged"}, {"bytes", 2'000'000}});
        purges = probers.waiting<request::ScratchPurge>();
        QCOMPARE(purges[0].folder, Path("/x/two"));
        probers.answer(purges[0].id, Json{{"outcome", "kept"}, {"reason", "it is in use by vim (process 12)"}});
        purges = probers.waiting<request::ScratchPurge>();
        QCOMPARE(purges[0].folder, Path("/x/three"));
        probers.answer(purges[0].id, Json{{"outcome", "kept"}, {"reason", "Input/output error"}, {"failed", true}});
        QCOMPARE(finished.count(), 1);
        QVERIFY2(p.said().contains(QStringLiteral("was kept: it is in use")), qPrintable(p.said()));
        QVERIFY2(p.said().contains(QStringLiteral("could not be removed: Input/output error")), qPrintable(p.said()));
        QVERIFY2(p.said().contains(QStringLiteral("2.00 MB")), qPrintable(p.said()));
        QVERIFY2(p.said().contains(QStringLiteral("vim (process 12)")), qPrintable(p.said()));
        QVERIFY2(p.said().contains(QStringLiteral("alpha")), qPrintable(p.said()));
        QCOMPARE(p.button()->text(), QStringLiteral("Extend"));
        p.button()->click();
        QCOMPARE(formatLifetime(p.asked<request::ScratchExtend>().request.lifetime), std::string("3d"));
    }

    void aClockThatIsDoubtedIsTold()
    {
        FakeProbers probers;
        SweepJob sweep(probers);
        PageUnderTest p(&sweep);
        p.list(all());
        sweep.start();
        probers.answer(probers.waiting<request::ScratchSweep>()[0].id,
                       Json{{"due", Json::array()}, {"expiring", Json::array()}, {"clock", "the clock was set back"}});
        QVERIFY2(p.said().contains(QStringLiteral("the clock was set back")), qPrintable(p.said()));
        QCOMPARE(p.button()->text(), QStringLiteral("Show the log"));
    }

    void aSweepThatFindsNothingOrNoRegistryIsSilent()
    {
        for (const bool registry : {true, false}) {
            FakeProbers probers;
            SweepJob sweep(probers);
            PageUnderTest p(&sweep);
            p.list(all());
            sweep.start();
            probers.answer(probers.waiting<request::ScratchSweep>()[0].id,
                           registry ? Result<Json>(Json{{"due", Json::array()}, {"expiring", Json::array()}})
                                    : Result<Json>(fail("store-damaged", {}, 0)));
            QVERIFY(sweep.isFinished() && sweep.result().isSilent());
            QVERIFY(p.said().isEmpty());
        }
    }

    void anAnnouncementReachesTheDesktopAsPlainText()
    {
        if (!test::PrivateBus::isThere())
            QSKIP("dbus-daemon is not installed");
        test::PrivateBus session;
        const QString address = QString::fromStdString(session.address());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"), address);
        QProcess desktop;
        desktop.setProcessEnvironment(environment);
        desktop.start(QStringLiteral("/usr/bin/python3"),
                      {QStringLiteral("-u"), QStringLiteral("-m"), QStringLiteral("dbusmock"),
                       QStringLiteral("--session"), QStringLiteral("--template"),
                       QStringLiteral("notification_daemon")});
        const QDBusConnection bus = QDBusConnection::connectToBus(address, QStringLiteral("notifier"));
        QVERIFY(bus.isConnected());
        QByteArray log;
        QTRY_VERIFY_WITH_TIMEOUT(bus.interface()->isServiceRegistered(QStringLiteral("org.freedesktop.Notifications")),
                                 20'000);
        notifyDesktop(bus, QStringLiteral("ends soon"), QStringLiteral("<b>alpha</b>"));
        QTRY_VERIFY_WITH_TIMEOUT((log += desktop.readAllStandardOutput()).contains("&lt;b&gt;alpha"), 10'000);
        QVERIFY2(log.contains("ends soon") && log.contains("Scratchproof"), log.constData());
        notifyDesktop(QDBusConnection(QStringLiteral("none")), QStringLiteral("a"), QStringLiteral("b"));
        QDBusConnection::disconnectFromBus(QStringLiteral("notifier"));
        desktop.terminate();
        desktop.waitForFinished();
    }
};

QTEST_MAIN(ScratchLifeTest)
#include "tst_scratch_life_page.moc"
