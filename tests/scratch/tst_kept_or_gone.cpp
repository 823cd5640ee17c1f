// SPDX-License-Identifier: GPL-3.0-or-later

// What stays and what goes, where commands, clocks, other programs and full disks had their way with a scratch
// directory: each case beside its twin.

#include "core/scratch/marker.h"
#include "core/stream/json_fields.h"
#include "tests/scratch/never_lost.h"
#include "tests/support/qt_main.h"
#include "tests/support/quiet_fork.h"

#include <QTest>

#include <sys/wait.h>

#include <filesystem>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

int endOf(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool has(const Created& created, CreateNote note)
{
    return std::find(created.notes.begin(), created.notes.end(), note) != created.notes.end();
}

} // namespace

class TestKeptOrGone : public QObject
{
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<World>(); }
    void cleanup()
    {
        unsetenv("SCRATCHPROOF_GRACE");
        m.reset();
    }

    void whatACommandClosedOrEmptiedGoes_data()
    {
        QTest::addColumn<QString>("command"); // $1: the directory
        QTest::addColumn<bool>("goes");
        QTest::newRow("chmod 000 of the directory") << "echo x > $1/f; chmod 000 $1" << true;
        QTest::newRow("chmod 000 of the marker") << "echo x > $1/f; chmod 000 $1/.scratchproof-marker" << true;
        QTest::newRow("chmod 000 of all") << "mkdir $1/d; echo x > $1/d/f; find $1 -depth -exec chmod 000 {} +" << true;
        QTest::newRow("git clean of an empty one") << "cd $1; git init -q; git clean -fdxq; rm -rf .git" << true;
        QTest::newRow("find -delete of an empty one") << "find $1 -mindepth 1 -delete" << true;
        QTest::newRow("find -delete, and something came") << "find $1 -mindepth 1 -delete; echo x > $1/f" << false;
        QTest::newRow("find -delete, and only an empty folder came")
            << "find $1 -mindepth 1 -delete; mkdir $1/d" << false;
        QTest::newRow("another one in its place, empty") << "mv $1 $1.old; mkdir $1" << false;
        QTest::newRow("another one in its place, closed") << "mv $1 $1.old; mkdir $1; chmod 000 $1" << false;
        QTest::newRow("another marker") << "sed -i 's/\"id\":\"./\"id\":\"g/' $1/.scratchproof-marker" << false;
        QTest::newRow("a torn marker") << "echo x > $1/f; truncate -s 40 $1/.scratchproof-marker" << false;
        QTest::newRow("a link for its marker")
            << "mv $1/.scratchproof-marker $1/m; ln -s m $1/.scratchproof-marker" << false;
        QTest::newRow("nothing") << "true" << true;
    }
    void whatACommandClosedOrEmptiedGoes()
    {
        QFETCH(QString, command);
        QFETCH(bool, goes);
        for (const bool isSwept : {false, true}) {
            const auto record = m->make(isSwept ? "swept" : "cleaned", kDay);
            runOrFail({"sh", "-ec", command.toStdString(), "sh", record.path});
            if (isSwept) {
                m->pass(5 * kDay);
                QCOMPARE(m->isSwept(record.id), goes);
                m->pass(-5 * kDay);
            } else {
                QCOMPARE(m->clean(record.id).empty(), goes);
            }
            QCOMPARE(isThere(record.path), !goes);
            QCOMPARE(m->isRegistered(record.id), !goes);
        }
    }

    void aQuarantineGoesWithWhatWasMovedOutOfIt_data()
    {
        QTest::addColumn<QString>("how"); // $1: the quarantine's directory, $2: its place, $3: elsewhere
        QTest::addColumn<bool>("isLeft");
        QTest::newRow("moved back") << "mv $1 $2" << false;
        QTest::newRow("moved elsewhere") << "mv $1 $3" << false;
        QTest::newRow("moved elsewhere, and something is in it") << "mv $1 $3; echo x > ${1%/*}/mine" << true;
    }
    void aQuarantineGoesWithWhatWasMovedOutOfIt()
    {
        QFETCH(QString, how);
        QFETCH(bool, isLeft);
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/file", "kept");
        const Path quarantine = m->store().release(record.id)->record.quarantine;
        runOrFail({"sh", "-ec", how.toStdString(), "sh", quarantine, record.path, m->work + "/elsewhere"});
        const auto found = m->find(m->work);
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY(found.front().directory->state == ScratchState::Active);
        QCOMPARE(isThere(parentPath(quarantine)), isLeft);
        m->pass(20 * kDay);
        m->sweep();
        const bool wasMoved = how != "mv $1 $2";
        QCOMPARE(isThere(m->work + "/elsewhere/file"), wasMoved); // without an end
        QCOMPARE(isThere(record.path), false);
        QCOMPARE(isThere(parentPath(quarantine)), isLeft);
    }

    void aMarkerThatCannotBeWrittenIsSaid_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("full") << "full";
        QTest::newRow("read-only") << "ro";
        QTest::newRow("room") << "";
    }
    void aMarkerThatCannotBeWrittenIsSaid()
    {
        QFETCH(QString, how);
        const Path in = m->folder("in");
        mustAsRoot("mount -t tmpfs -o size=1m,mode=0755,uid=12345 none " + in);
        const auto record = m->make("work", kDay, in);
        if (how == "full")
            (void)fillUp(in);
        else if (how == "ro")
            mustAsRoot("mount -o remount,ro " + in);
        const auto extended = m->store().extend(record.id, 30 * kDay);
        QVERIFY(extended.has_value());
        QCOMPARE(extended->notWritten.empty(), how.isEmpty());
        const auto pinned = m->store().setPinned(record.id, true);
        QVERIFY(pinned.has_value());
        QCOMPARE(pinned->notWritten.empty(), how.isEmpty());
        QVERIFY(pinned->directory.record.pinned && *pinned->directory.expires > m->clock.wall() + 29 * kDay);
        const auto inMarker = [&] { return markerFromText(readFile(record.path + "/" + kMarkerName)).value(); };
        QCOMPARE(inMarker().pinned, how.isEmpty());
        m->pass(10 * kDay);
        QVERIFY(m->sweep().empty());
        // It is made good as soon as it can be.
        mustAsRoot("mount -o remount,rw " + in + "; rm -f " + in + "/filling");
        m->look(record.id);
        QVERIFY(inMarker().pinned && inMarker().changes == pinned->directory.record.changes);
        QVERIFY(m->store().setPinned(record.id, false)->notWritten.empty());
        m->pass(24 * kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void theDefaultFolderLeadsBesideAnotherScratchDirectory_data()
    {
        QTest::addColumn<bool>("isDefault");
        QTest::newRow("by default") << true;
        QTest::newRow("on purpose") << false;
    }
    void theDefaultFolderLeadsBesideAnotherScratchDirectory()
    {
        QFETCH(bool, isDefault);
        const auto outer = m->make("outer", kDay);
        std::filesystem::create_directories(outer.path + "/a/b");
        CreateRequest request;
        request.name = "inner";
        request.folder = outer.path + "/a/b";
        request.lifetime = kDay;
        request.isDefaultFolder = isDefault;
        const auto created = m->create(request);
        QVERIFY(created.has_value());
        QCOMPARE(created->outer, outer.path);
        QCOMPARE(parentPath(created->directory.record.path), isDefault ? m->work : outer.path + "/a/b");
        QVERIFY(has(*created, isDefault ? CreateNote::BesideOuter : CreateNote::InsideOuter));
        QCOMPARE(m->clean(outer.id).empty(), isDefault);
        QVERIFY(isThere(created->directory.record.path));
    }

    void anEmptyOneTakesAClone_data()
    {
        QTest::addColumn<bool>("isEmpty");
        QTest::newRow("with --empty") << true;
        QTest::newRow("without") << false;
    }
    void anEmptyOneTakesAClone()
    {
        QFETCH(bool, isEmpty);
        const Path source = m->folder("source");
        must("cd " + source +
             "; git init -q; echo x > f; git add f; git -c user.name=n -c user.email=e@example.org commit -qm m");
        CreateRequest request;
        request.name = "clone";
        request.folder = m->work;
        request.lifetime = kDay;
        request.empty = isEmpty;
        const auto created = m->create(request);
        QVERIFY(created.has_value());
        const auto& record = created->directory.record;
        QCOMPARE(record.content.empty(), !isEmpty);
        const Path into = isEmpty ? record.path + '/' + record.content : record.path;
        Program clone;
        clone.arguments = {"git", "clone", "-q", source, into};
        QCOMPARE(run(clone).exitCode == 0, isEmpty);
        QCOMPARE(isThere(into + "/f"), isEmpty);
        must("cd " + into + " && { git clean -fdxq || true; }");
        QVERIFY(!isEmpty || isThere(record.path + "/" + kMarkerName));
        std::filesystem::remove_all(parentPath(m->registry)); // the marker knows its content
        QVERIFY(m->find(m->work).front().status == FindStatus::Imported);
        QCOMPARE(m->look(record.id).record.content, record.content);
        QCOMPARE(m->clean(record.id), std::string());
        QVERIFY(!isThere(record.path));
    }

    void graceIsThatOfTheMomentAndTheDirectory_data()
    {
        QTest::addColumn<QString>("atCreation");
        QTest::addColumn<QString>("atSweep");
        QTest::addColumn<int>("days"); // until it goes; -1: never
        QTest::newRow("none set") << ""
                                  << "" << 3;
        QTest::newRow("long, and the timer knows nothing of it") << "30d"
                                                                 << "" << 30;
        QTest::newRow("never") << "never"
                               << "" << -1;
        QTest::newRow("short where it is swept") << ""
                                                 << "1s" << 3;
        QTest::newRow("short") << "1h"
                               << "" << 0;
    }
    void graceIsThatOfTheMomentAndTheDirectory()
    {
        QFETCH(QString, atCreation);
        QFETCH(QString, atSweep);
        QFETCH(int, days);
        const auto set = [](const QString& grace) {
            if (grace.isEmpty())
                unsetenv("SCRATCHPROOF_GRACE");
            else
                setenv("SCRATCHPROOF_GRACE", qPrintable(grace), 1);
        };
        set(atCreation);
        const auto record = m->make("work", kDay);
        set("");
        const auto other = m->make("other", 60 * kDay);
        set(atSweep);
        m->pass(kDay);
        int gone = -1;
        for (int day = 0; day < 40 && gone < 0; ++day) {
            m->pass(2 * kHour);
            m->sweep();
            gone = isThere(record.path) ? -1 : day;
            m->pass(22 * kHour);
        }
        QCOMPARE(gone, days);
        QVERIFY(isThere(other.path));
    }

    void aGraceWithoutAUnitIsRefused_data()
    {
        QTest::addColumn<QString>("grace");
        QTest::addColumn<bool>("isFine");
        QTest::newRow("30") << "30" << false;
        QTest::newRow("0") << "0" << false;
        QTest::newRow("soon") << "soon" << false;
        QTest::newRow("30d") << "30d" << true;
        QTest::newRow("never") << "never" << true;
    }
    void aGraceWithoutAUnitIsRefused()
    {
        QFETCH(QString, grace);
        QFETCH(bool, isFine);
        const auto record = m->make("work", kDay);
        setenv("SCRATCHPROOF_GRACE", qPrintable(grace), 1);
        CreateRequest request;
        request.name = "other";
        request.folder = m->work;
        request.lifetime = kDay;
        const auto created = m->create(request);
        QCOMPARE(created.has_value(), isFine);
        QCOMPARE(m->store().extend(record.id, 2 * kDay).has_value(), isFine);
        QCOMPARE(m->store().release(record.id).has_value(), isFine);
        QCOMPARE(isThere(record.path), !isFine);
        QCOMPARE(namesIn(m->work).size(), std::size_t{isFine ? 2U : 1U});
        QCOMPARE(m->plan(SweepMode::Do).has_value(), isFine);
    }

    void whatIsBeingRemovedIsNobodyElses_data()
    {
        QTest::addColumn<bool>("isAtIt");
        QTest::newRow("being removed") << true;
        QTest::newRow("its remover was killed") << false;
    }
    void whatIsBeingRemovedIsNobodyElses()
    {
        QFETCH(bool, isAtIt);
        const auto record = m->make("work", kDay);
        std::filesystem::create_directory(record.path + "/sub");
        writeFile(record.path + "/file", "x");
        const Path sign = m->work + "/go-on";
        const Path there = m->work + "/there";
        const pid_t child = quietFork();
        if (child == 0) {
            m->files->atRemoveDirectory = [&] {
                writeFile(there, "");
                if (!isAtIt)
                    _exit(9);
                (void)eventually([&] { return isThere(sign); });
            };
            _exit(m->clean(record.id).empty() ? 0 : 1);
        }
        QVERIFY(eventually([&] { return isThere(there); }));
        if (!isAtIt)
            QCOMPARE(endOf(child), 9);
        const auto extended = m->store().extend(record.id, 9 * kDay);
        QCOMPARE(extended.has_value(), !isAtIt);
        const std::string cleaned = m->clean(record.id);
        QCOMPARE(cleaned.empty(), !isAtIt);
        if (!isAtIt)
            return;
        QCOMPARE(extended.error().operation, std::string("being-removed"));
        QVERIFY(m->store().list()->front().record.phase == Phase::Cleaning);
        writeFile(sign, "");
        QCOMPARE(endOf(child), 0);
        QVERIFY(!isThere(record.path) && !m->isRegistered(record.id));
    }

    void manyThatCleanAtOnceEndWell()
    {
        for (int round = 0; round < 5; ++round) {
            const auto record = m->make("work", kDay);
            for (int i = 0; i < 300; ++i)
                writeFile(record.path + "/f" + std::to_string(i), "x");
            std::vector<pid_t> children;
            for (int i = 0; i < 4; ++i) {
                children.push_back(quietFork());
                if (children.back() == 0)
                    _exit(m->clean(record.id).empty() ? 0 : 1);
            }
            int done = 0;
            for (const pid_t child : children)
                done += endOf(child) == 0 ? 1 : 0;
            QVERIFY(done <= 1 || !isThere(record.path));
            if (isThere(record.path)) // each left it to the others
                QCOMPARE(m->clean(record.id), std::string());
            QVERIFY(!m->isRegistered(record.id));
        }
    }

    void rowsOfAnotherComputerAreLeftAndCanBeForgotten_data()
    {
        QTest::addColumn<QString>("what");
        QTest::newRow("forgotten") << "forget";
        QTest::newRow("found") << "find";
        QTest::newRow("the same computer") << "";
    }
    void rowsOfAnotherComputerAreLeftAndCanBeForgotten()
    {
        QFETCH(QString, what);
        m->files->answer("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/file", "x");
        if (!what.isEmpty())
            m->files->answer("/etc/machine-id", "fedcba9876543210fedcba9876543210\n");
        m->pass(5 * kDay);
        QCOMPARE(m->isSwept(record.id), what.isEmpty());
        if (what.isEmpty())
            return;
        QVERIFY(m->store().list()->front().state == ScratchState::Elsewhere);
        QVERIFY(!m->clean(record.id).empty());
        QVERIFY(!m->store().extend(record.id, kDay));
        QVERIFY(isThere(record.path + "/file"));
        if (what == "forget") {
            QVERIFY(m->store().forget(record.id).value());
            QVERIFY(!m->isRegistered(record.id));
        } else {
            QVERIFY(m->find(m->work).front().status == FindStatus::Imported);
            m->pass(20 * kDay);
            QVERIFY(m->sweep().empty());
            QVERIFY(m->store().extend(record.id, kDay));
            m->pass(5 * kDay);
            QVERIFY(m->isSwept(record.id));
        }
    }

    void whatWasFoundIsNotAdoptedByTheWay_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("found") << "found";
        QTest::newRow("moved") << "moved";
        QTest::newRow("made here") << "";
    }
    void whatWasFoundIsNotAdoptedByTheWay()
    {
        QFETCH(QString, how);
        auto record = m->make("work", kHour);
        if (how == "found") {
            std::filesystem::remove_all(parentPath(m->registry));
        } else if (how == "moved") {
            const Path there = m->folder("there");
            std::filesystem::rename(record.path, there + '/' + std::string(baseName(record.path)));
        }
        if (!how.isEmpty())
            record.path = m->find(m->top).front().path;
        m->pass(2 * kHour);
        CreateRequest request;
        request.name = "work";
        request.folder = parentPath(record.path);
        request.lifetime = kHour;
        request.reuse = true;
        const auto same = m->create(request);
        QVERIFY(same && same->reused);
        QCOMPARE(same->directory.record.path, record.path);
        QCOMPARE(has(*same, CreateNote::NotAdopted), !how.isEmpty());
        QCOMPARE(same->directory.record.expires.has_value(), how.isEmpty());
        m->pass(20 * kDay);
        QCOMPARE(m->isSwept(record.id), how.isEmpty());
        QCOMPARE(isThere(record.path), !how.isEmpty());
        if (!how.isEmpty()) {
            QVERIFY(m->store().extend(record.id, kHour));
            m->pass(4 * kDay);
            QVERIFY(m->isSwept(record.id));
        }
    }

    void inAContainersLayer_data()
    {
        QTest::addColumn<bool>("isLower");
        QTest::newRow("in a lower layer") << true;
        QTest::newRow("in the upper layer") << false;
    }
    void inAContainersLayer()
    {
        QFETCH(bool, isLower);
        const Path disk = m->mountImageAt("ext4", "disk", 64U << 20U);
        const Path at = m->folder("at");
        mustAsRoot("cd " + disk +
                   "; mkdir l1 u1 w1 u2 w2; chown 12345:12345 l1 u1 u2; mount -t overlay -o "
                   "lowerdir=l1,upperdir=u1,workdir=w1 none " +
                   at);
        CreateRequest request;
        request.name = "job";
        request.folder = at;
        request.lifetime = kDay;
        const auto created = m->create(request);
        QVERIFY2(created.has_value(), created ? "" : toString(created.error()).c_str());
        QVERIFY(has(*created, CreateNote::NeverByItself));
        const auto record = created->directory.record;
        writeFile(record.path + "/f", "data");
        if (isLower)
            mustAsRoot("umount " + at + "; cd " + disk +
                       "; mount -t overlay -o lowerdir=u1:l1,upperdir=u2,workdir=w2,redirect_dir=off none " + at);
        m->pass(10 * kDay);
        QVERIFY(m->sweep().empty()); // as was said
        const auto released = m->store().release(record.id);
        QCOMPARE(released.has_value(), !isLower);
        if (isLower) {
            QCOMPARE(released.error().operation, std::string("release-unsupported"));
            QVERIFY(released.error().detail.find("lower layer") != std::string::npos);
            QVERIFY(isThere(record.path + "/f"));
            QCOMPARE(namesIn(at).size(), std::size_t{1});
            QVERIFY(m->look(record.id).record.quarantine.empty());
        }
        QCOMPARE(m->clean(record.id), std::string());
        QVERIFY(namesIn(at).empty());
        QVERIFY(!m->isRegistered(record.id));
    }

    void whatWasNeverFinishedGoesUnlessSomebodyUsesIt_data()
    {
        QTest::addColumn<bool>("isEmpty"); // made with a directory for the user in it
        QTest::addColumn<QString>("what"); // $1: the directory
        QTest::addColumn<bool>("goes");
        for (const bool isEmpty : {false, true}) {
            const char* kind = isEmpty ? "a directory for the user" : "plain";
            QTest::addRow("%s", kind) << isEmpty << "true" << true;
            QTest::addRow("%s, a file in it", kind) << isEmpty << "echo x > $1/f" << false;
            QTest::addRow("%s, a file below it", kind) << isEmpty << "mkdir -p $1/work; echo x > $1/work/f" << false;
        }
    }
    void whatWasNeverFinishedGoesUnlessSomebodyUsesIt()
    {
        QFETCH(bool, isEmpty);
        QFETCH(QString, what);
        QFETCH(bool, goes);
        CreateRequest request;
        request.name = "work";
        request.folder = m->work;
        request.lifetime = 30 * kDay;
        request.empty = isEmpty;
        const auto record = m->create(request)->directory.record;
        { // killed before the last step
            DatabaseSettings settings;
            settings.file = m->registry;
            settings.applicationId = 0x53507266;
            settings.migrations = {"", "", ""};
            auto database = Database::open(settings);
            QVERIFY(database && database->execute("UPDATE directories SET phase = 'creating', inode = 0"));
        }
        runOrFail({"sh", "-ec", what.toStdString(), "sh", record.path});
        QVERIFY(m->sweep().empty());
        m->pass(2 * kDay);
        QCOMPARE(m->isSwept(record.id), goes);
        QCOMPARE(isThere(record.path), !goes);
        QCOMPARE(m->isRegistered(record.id), !goes);
        if (!goes)
            QCOMPARE(m->clean(record.id), std::string()); // by the user's hand
    }

    void manyLostOnesOfOneNameAreInNobodysWay()
    {
        std::vector<std::string> ids;
        for (int i = 0; i < 30; ++i) {
            const auto record = m->make("work", kDay);
            must("rm -rf " + record.path);
            ids.push_back(record.id);
        }
        const auto record = m->make("work", kDay);
        QVERIFY(isThere(record.path));
        CreateRequest request;
        request.name = "work";
        request.folder = m->work;
        request.lifetime = kDay;
        QVERIFY(!m->create(request)); // that one is there
        m->pass(5 * kDay);
        const auto swept = m->sweep();
        for (const auto& id : ids)
            QVERIFY(swept.at(id).outcome == PurgeOutcome::Gone);
        QVERIFY(swept.at(record.id).outcome == PurgeOutcome::Purged);
    }

    void oneThatWasTakenForGoneIsKnownAgain()
    {
        const auto record = m->make("work", kDay);
        must("mv " + record.path + ' ' + m->top + "/own/aside");
        const auto second = m->make("work", kDay);
        must("mv " + m->top + "/own/aside " + record.path);
        QVERIFY(m->look(record.id).state == ScratchState::Active);
        CreateRequest request;
        request.name = "work";
        request.folder = m->work;
        request.lifetime = kDay;
        must("rm -rf " + second.path);
        const auto third = m->create(request);
        QVERIFY(!third);
        QCOMPARE(third.error().path, record.path);
    }

private:
    std::unique_ptr<World> m;
};

SCRATCHPROOF_TEST_MAIN(TestKeptOrGone, PrivateMounts)
#include "tst_kept_or_gone.moc"
