// SPDX-License-Identifier: GPL-3.0-or-later

// File systems that stop answering, each in its own way, and fifty of them at once, as a prober host meets them.
#include "core/host/prober_host.h"
#include "tests/host/host_settings.h"
#include "tests/support/collector.h"
#include "tests/support/hung_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"

#include <QElapsedTimer>
#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

constexpr int kHungMounts = 50;
constexpr int kWellFolders = 20;

// Of a host that starts fifty probers at once: two processors have that much to do, above all under a sanitizer.
constexpr Nanoseconds kDeadlineOfMany = (kIsQuickBuild ? 1 : 3) * kShortDeadline;

constexpr long long kDeadlineMilliseconds = kDeadlineOfMany / kNanosecondsPerMillisecond;

std::vector<Path> makeFolders(const Path& below, int count)
{
    std::vector<Path> folders;
    for (int i = 0; i < count; ++i) {
        folders.push_back(below + "/" + std::to_string(i));
        makeFolder(folders.back(), 0777);
    }
    return folders;
}

} // namespace

class HangKindsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<MountedFolder> m_well;
    std::vector<Path> m_wellFolders;
    int m_tried = 0;
    int m_survived = 0;

    static HangKindName kindOf(const QByteArray& name)
    {
        const auto& all = hangKinds();
        return *std::find_if(all.begin(), all.end(), [&](const HangKindName& one) { return name == one.name; });
    }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
        m_well = mountTmpfs(m_base->makeFolder("well"));
        m_wellFolders = makeFolders(m_well->path(), kWellFolders);
    }
    void cleanup()
    {
        m_well.reset();
        m_base.reset();
    }
    void cleanupTestCase() { qInfo("hangs: %d situations, %d survived", m_tried, m_survived); }

    void eachKindIsNotRespondingAndLeavesNothing_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const auto& kind : hangKinds())
            QTest::newRow(kind.name) << QByteArray(kind.name);
    }
    void eachKindIsNotRespondingAndLeavesNothing()
    {
        QFETCH(QByteArray, kind);
        const HangKindName way = kindOf(kind);
        if (const auto reason = HungFolder::whyNot(way.kind))
            QSKIP(reason->c_str());
        ++m_tried;
        HungFolder hung(way.kind, *m_base, "hung");
        const auto folders = makeFolders(hung.path(), 5);
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        QCOMPARE(word(collector.check(host.check(folders.front(), Level::Standard)).value().verdict),
                 word(Verdict::Usable));

        hung.hang();
        std::vector<WorkId> late;
        for (const auto& folder : folders)
            late.push_back(host.check(folder, Level::Standard));
        std::vector<WorkId> fine;
        for (const auto& folder : m_wellFolders)
            fine.push_back(host.check(folder, Level::Standard));
        for (const WorkId id : fine)
            QCOMPARE(word(collector.check(id).value().verdict), word(Verdict::Usable));
        QCOMPARE(collector.timesFinished(late.back()), 0); // the others did not wait for it

        std::vector<Check> rows;
        for (const WorkId id : late)
            rows.push_back(collector.check(id).value());
        for (const std::size_t i : {0U, 1U}) {
            const Check& row = rows[i];
            QCOMPARE(word(row.verdict), word(Verdict::NotResponding));
            QVERIFY(!row.findings.empty());
            const Finding& first = row.findings.front();
            QCOMPARE(first.id, std::string(way.cause));
            // The step, what it waits in, and the file system.
            QVERIFY(first.arguments.contains("step") && !argumentText(first, "step").empty());
            QVERIFY(!argumentText(first, "fs").empty());
            QVERIFY2(first.evidence.front().find("waits in ?") == std::string::npos, first.evidence.front().c_str());
            QVERIFY(row.duration >= kShortDeadline);
        }
        for (const std::size_t i : {2U, 3U, 4U})
            QCOMPARE(word(rows[i].verdict), word(Verdict::NotChecked));
        // Those that could be ended have ended; the others are two at most.
        QVERIFY(host.abandoned().size() <= 2);
        const auto answered = collector.check(host.check(m_wellFolders.front(), Level::Standard));
        QCOMPARE(word(answered.value().verdict), word(Verdict::Usable));

        hung.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        for (const auto& folder : folders) {
            const auto row = collector.check(host.check(folder, Level::Standard));
            QCOMPARE(word(row.value().verdict), word(Verdict::Usable));
            QVERIFY(namesIn(folder).empty());
        }
        ++m_survived;
    }

    void fiftyHungMountsTakeAboutOneDeadline()
    {
        if (const auto reason = HungFolder::whyNot(HangKind::StoppedDaemon))
            QSKIP(reason->c_str());
        m_tried += kHungMounts;
        std::vector<std::unique_ptr<HungFolder>> hung;
        for (int i = 0; i < kHungMounts; ++i) {
            const auto kind = i % 2 == 0 ? HangKind::StoppedDaemon : HangKind::HungOperation;
            hung.push_back(std::make_unique<HungFolder>(kind, *m_base, "hung-" + std::to_string(i)));
            hung.back()->hang();
        }
        Collector collector;
        HostSettings chosen = settings();
        chosen.stepDeadline = kDeadlineOfMany;
        auto host = std::make_unique<ProberHost>(linuxSystem(), chosen, collector);
        QElapsedTimer clock;
        clock.start();
        std::vector<WorkId> late;
        for (const auto& folder : hung)
            late.push_back(host->check(folder->path(), Level::Standard));
        std::vector<WorkId> fine;
        for (const auto& folder : m_wellFolders)
            fine.push_back(host->check(folder, Level::Standard));
        for (const WorkId id : fine) {
            const auto row = collector.check(id, 60s);
            QVERIFY(row.has_value());
            QVERIFY2(row->verdict == Verdict::Usable, row->findings.empty() ? "" : row->findings.front().id.c_str());
        }
        const qint64 wellAfter = clock.elapsed();
        std::size_t most = 0;
        for (const WorkId id : late) {
            const auto row = collector.check(id, 60s);
            QVERIFY(row.has_value());
            QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
            most = std::max(most, probersOf(getpid()).size());
        }
        const qint64 allAfter = clock.elapsed();
        qInfo(
            "hangs: %d hung mounts: %d well folders after %lld ms, all after %lld ms (deadline %lld ms), %zu processes",
            kHungMounts, kWellFolders, wellAfter, allAfter, kDeadlineMilliseconds, most);
        QVERIFY2(wellAfter < 5 * kDeadlineMilliseconds, "the well ones waited for the hung ones");
        QVERIFY2(allAfter < 10 * kDeadlineMilliseconds, "the hung ones waited for each other");
        QVERIFY(most <= std::size_t{kHungMounts} * 2 + 6);

        clock.start();
        host.reset();
        qInfo("hangs: the host was gone after %lld ms", clock.elapsed());
        QVERIFY(clock.elapsed() < 3000);
        hung.clear();
        QVERIFY(eventually([] {
            reapEndedChildren();
            return probersOf(getpid()).empty();
        }));
        m_survived += kHungMounts;
    }

private:
    static std::string argumentText(const Finding& finding, const std::string& name)
    {
        const auto found = finding.arguments.find(name);
        return found == finding.arguments.end() ? std::string() : found->second.text;
    }
};

SCRATCHPROOF_TEST_MAIN(HangKindsTest, PrivateMounts)
#include "tst_hang_kinds.moc"
