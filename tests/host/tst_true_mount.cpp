// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/find_program.h"
#include "core/host/prober_host.h"
#include "tests/host/host_settings.h"
#include "tests/support/collector.h"
#include "tests/support/fault_folder.h"
#include "tests/support/hung_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

Path mountOf(const Check& check)
{
    const auto& arguments = check.findings.front().arguments;
    const auto found = arguments.find("mount");
    return found == arguments.end() ? Path() : found->second.text;
}

std::vector<std::string> commandOf(const Check& check)
{
    for (const Fix& fix : check.findings.front().fixes) {
        if (!fix.command.empty())
            return fix.command;
    }
    return {};
}

} // namespace

/// Which mount a silence is charged to, where the text of the path leads to another.
class TrueMountTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

    void makeIn(FaultFolder& folder, std::initializer_list<const char*> names) const
    {
        for (const char* name : names)
            makeFolder(folder.backing() + "/" + name, 0777);
    }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
    }

    void aSilenceBehindALinkIsThatOfTheMountBehindIt_data()
    {
        QTest::addColumn<QByteArray>("way");
        QTest::newRow("a link") << QByteArray("nas");
        QTest::newRow("a link to a link") << QByteArray("again");
        QTest::newRow("two dots") << QByteArray("folder/../hanging");
        QTest::newRow("two dots behind a link") << QByteArray("far/../hanging");
    }
    void aSilenceBehindALinkIsThatOfTheMountBehindIt()
    {
        QFETCH(QByteArray, way);
        FaultFolder hanging(*m_base / "hanging");
        makeIn(hanging, {"a", "b", "c", "d"});
        std::filesystem::create_directory_symlink(hanging.path(), *m_base / "nas");
        std::filesystem::create_directory_symlink("nas", *m_base / "again");
        static_cast<void>(m_base->makeFolder("folder"));
        const auto elsewhere = mountTmpfs(m_base->makeFolder("elsewhere"));
        std::filesystem::create_directory_symlink(*m_base / "folder", elsewhere->path() + "/far");
        std::filesystem::create_directory_symlink(elsewhere->path() + "/far", *m_base / "far");
        hanging.hang("create");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        std::vector<WorkId> hung;
        std::vector<WorkId> fine;
        for (const char* name : {"a", "b", "c", "d"}) {
            hung.push_back(host.check(*m_base / way.toStdString() + "/" + name, Level::Standard));
            fine.push_back(host.check(m_base->makeFolder(std::string("good-") + name), Level::Standard));
        }
        fine.push_back(host.check(m_base->path(), Level::Standard));
        for (const WorkId id : fine) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QCOMPARE(word(row->verdict), word(Verdict::Usable));
        }
        for (std::size_t i = 0; i < hung.size(); ++i) {
            const auto row = collector.check(hung[i]);
            QVERIFY(row.has_value());
            QCOMPARE(mountOf(*row), hanging.path());
            QCOMPARE(word(row->verdict), word(i < 2 ? Verdict::NotResponding : Verdict::NotChecked));
            if (i < 2) {
                QCOMPARE(row->findings.front().id, std::string("fuse-daemon-hung"));
                QCOMPARE(commandOf(*row), (std::vector<std::string>{"fusermount3", "-u", "-z", "--", hanging.path()}));
            }
        }
        QCOMPARE(host.abandoned().size(), std::size_t{2});
        for (const auto& abandoned : host.abandoned())
            QCOMPARE(abandoned.mountPoint, hanging.path());
        // By the mount's own path it is as dead.
        const auto direct = collector.check(host.check(hanging.path() + "/d", Level::Standard), 2s);
        QVERIFY(direct.has_value());
        QCOMPARE(word(direct->verdict), word(Verdict::NotResponding));
        hanging.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        const auto after = collector.check(host.check(*m_base / way.toStdString() + "/a", Level::Standard));
        QCOMPARE(word(after.value().verdict), word(Verdict::Usable));
    }

    void everyKindOfHangIsChargedToItsMount_data()
    {
        QTest::addColumn<int>("kind");
        for (const HangKindName& one : hangKinds())
            QTest::newRow(one.name) << static_cast<int>(one.kind);
    }
    void everyKindOfHangIsChargedToItsMount()
    {
        QFETCH(int, kind);
        const auto hangs = static_cast<HangKind>(kind);
        if (const auto why = HungFolder::whyNot(hangs))
            QSKIP(why->c_str());
        HungFolder hung(hangs, *m_base, "hung");
        std::filesystem::create_directory_symlink(hung.path(), *m_base / "nas");
        hung.hang();
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const WorkId late = host.check(*m_base / "nas", Level::Standard);
        const WorkId fine = host.check(m_base->makeFolder("good"), Level::Standard);
        QCOMPARE(word(collector.check(fine).value().verdict), word(Verdict::Usable));
        const auto row = collector.check(late);
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
        QCOMPARE(mountOf(*row), hung.path());
        for (const Fix& fix : row->findings.front().fixes) {
            if (!fix.command.empty() && fix.command.front() != "systemctl")
                QCOMPARE(fix.command.back(), hung.path());
        }
        hung.release();
    }

    void atMostTwoAreStuckWhereverTheyCameFrom()
    {
        FaultFolder hanging(*m_base / "hanging");
        makeIn(hanging, {"a", "b", "c", "d", "e", "f"});
        std::vector<std::unique_ptr<MountedFolder>> places;
        for (const char* name : {"one", "two", "three", "four", "five"}) {
            places.push_back(mountTmpfs(m_base->makeFolder(name)));
            std::filesystem::create_directory_symlink(hanging.path(), places.back()->path() + "/nas");
        }
        hanging.hang("create");
        Collector collector;
        HostSettings chosen = settings();
        chosen.atOnce = 8;
        ProberHost host(linuxSystem(), chosen, collector);
        std::vector<WorkId> ids;
        const char* const names[] = {"a", "b", "c", "d", "e"};
        for (std::size_t i = 0; i < places.size(); ++i)
            ids.push_back(host.check(places[i]->path() + "/nas/" + names[i], Level::Standard));
        ids.push_back(host.check(hanging.path() + "/f", Level::Standard));
        std::size_t late = 0;
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QVERIFY(row->verdict == Verdict::NotResponding || row->verdict == Verdict::NotChecked);
            QCOMPARE(mountOf(*row), hanging.path());
            late += row->findings.front().id == "fuse-daemon-hung" && row->findings.size() < 3 ? 1U : 0U;
        }
        QVERIFY(late >= 2);
        QCOMPARE(host.abandoned().size(), std::size_t{2});
    }

    void manyCrossAtOnceWhereNothingHangs()
    {
        FaultFolder well(*m_base / "well");
        std::vector<std::unique_ptr<MountedFolder>> places;
        std::vector<WorkId> ids;
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        for (int i = 0; i < 6; ++i) {
            const std::string number = std::to_string(i);
            makeFolder(well.backing() + "/" + number, 0777);
            places.push_back(mountTmpfs(m_base->makeFolder("from" + number)));
            std::filesystem::create_directory_symlink(well.path(), places.back()->path() + "/link");
        }
        for (int round = 0; round < 5; ++round) {
            for (int i = 0; i < 6; ++i)
                ids.push_back(host.check(places[static_cast<std::size_t>(i)]->path() + "/link/" + std::to_string(i),
                                         Level::Quick));
        }
        for (const WorkId id : ids)
            QCOMPARE(word(collector.check(id).value().verdict), word(Verdict::Usable));
    }

    void aRequestIsHeldBackToo()
    {
        FaultFolder hanging(*m_base / "hanging");
        makeIn(hanging, {"a", "b"});
        std::filesystem::create_directory_symlink(hanging.path(), *m_base / "nas");
        hanging.hang("create");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        for (const char* name : {"a", "b"})
            static_cast<void>(collector.check(host.check(*m_base / "nas" + "/" + name, Level::Standard)));
        QCOMPARE(host.abandoned().size(), std::size_t{2});
        const auto answer = collector.answer(host.ask(request::Space{*m_base / "nas"}), 2s);
        QVERIFY2(answer.has_value(), "it waited for a deadline");
        QCOMPARE(answer->error().operation, std::string("not-responding"));
        const auto other = collector.answer(host.ask(request::Space{m_base->path()}));
        QVERIFY(other->has_value());
    }

    /// Unmounted lazily while a check waits in it, and something else is mounted in its place.
    void aMountThatWasReplacedMeanwhileIsNotUnmounted()
    {
        for (const bool isReplaced : {false, true}) {
            const auto hanging = std::make_unique<FaultFolder>(*m_base / (isReplaced ? "second" : "first"));
            hanging->hang("create");
            Collector collector;
            ProberHost host(linuxSystem(), settings(), collector);
            const WorkId id = host.check(hanging->path(), Level::Standard);
            QVERIFY(hanging->waitUntilStuck("create"));
            std::unique_ptr<MountedFolder> other;
            if (isReplaced) {
                QCOMPARE(umount2(hanging->path().c_str(), MNT_DETACH), 0);
                other = mountTmpfs(hanging->path());
            }
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QCOMPARE(row->findings.front().id, std::string("fuse-daemon-hung"));
            QCOMPARE(commandOf(*row).empty(), isReplaced);
            if (isReplaced) // the one that is there now is another, and answers
                QCOMPARE(word(collector.check(host.check(hanging->path(), Level::Standard)).value().verdict),
                         word(Verdict::Usable));
            hanging->release();
        }
    }

    /// By the watching thread, which is not to wait for anybody.
    void aProgramIsNotLookedForWhereNobodyAnswers()
    {
        FaultFolder hanging(*m_base / "hanging");
        const Path bin = m_base->makeFolder("bin");
        writeFile(bin + "/some-program", "#!/bin/sh\n", 0755);
        const Path links = m_base->makeFolder("links");
        std::filesystem::create_symlink(hanging.path() + "/some-program", links + "/some-program");
        std::filesystem::create_directory_symlink(hanging.path(), *m_base / "nas");
        hanging.hang("getattr");
        const QByteArray before = qgetenv("PATH");
        qputenv("PATH", (hanging.path() + ":" + (*m_base / "nas") + ":" + links + ":" + bin).c_str());
        const auto started = std::chrono::steady_clock::now();
        const auto found = findProgram(linuxSystem(), "some-program");
        const auto took = std::chrono::steady_clock::now() - started;
        qputenv("PATH", before);
        QCOMPARE(found.value_or(""), bin + "/some-program");
        QVERIFY(took < 2s);
    }

    /// A dead helper's folder behind a link fails at once, and the fix names the mount, not where the link is.
    void aDeadMountBehindALinkIsNamed()
    {
        FaultFolder dead(*m_base / "dead");
        std::filesystem::create_directory_symlink(dead.path(), *m_base / "nas");
        dead.kill();
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto row = collector.check(host.check(*m_base / "nas" + "/a", Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::Unusable));
        QCOMPARE(mountOf(*row), dead.path());
        QCOMPARE(commandOf(*row).empty() ? Path() : commandOf(*row).back(), dead.path());
    }
};

SCRATCHPROOF_TEST_MAIN(TrueMountTest, PrivateMounts)
#include "tst_true_mount.moc"
