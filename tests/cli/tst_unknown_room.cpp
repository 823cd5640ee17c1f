// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

/// A file system that says 0 of 0 of its room, or more free than there is: no size of it is shown, and none decided by.
class UnknownRoomTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    std::unique_ptr<FaultFolder> m_told;
    Path m_own; // on a file system that tells what it is told to

    Ended cli(std::vector<std::string> arguments) { return run(m_cli->command(std::move(arguments))); }

    /// A folder of our own in one that nobody else may change.
    static Path ownIn(const FaultFolder& folder)
    {
        runOrFail({"chmod", "0755", folder.backing()});
        makeFolder(folder.backing() + "/own", 0755);
        changeOwner(folder.backing() + "/own", kOrdinaryUser, kOrdinaryUser);
        return folder.path() + "/own";
    }

private slots:
    void init()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_told = std::make_unique<FaultFolder>(*m_folder / "place");
        m_own = ownIn(*m_told);
    }
    void cleanup()
    {
        m_told.reset();
        m_folder.reset();
        m_cli.reset();
    }

    void noSizeIsShownThatIsNotKnown_data()
    {
        QTest::addColumn<quint64>("freeBytes");
        QTest::addColumn<quint64>("totalBytes");
        QTest::addColumn<bool>("isKnown");
        constexpr quint64 kGibibyte = quint64{1} << 30U;
        QTest::newRow("nothing of nothing") << quint64{0} << quint64{0} << false;
        QTest::newRow("minus five blocks") << quint64{UINT64_MAX - 5 * 4096} << kGibibyte << false;
        QTest::newRow("more than there is") << 2 * kGibibyte << kGibibyte << false;
        QTest::newRow("half of it") << kGibibyte / 2 << kGibibyte << true;
    }
    void noSizeIsShownThatIsNotKnown()
    {
        QFETCH(quint64, freeBytes);
        QFETCH(quint64, totalBytes);
        QFETCH(bool, isKnown);
        m_told->tellSpace(freeBytes, totalBytes);
        const auto has = [](const Ended& ended, const char* part) {
            return (ended.output + ended.errors).find(part) != std::string::npos;
        };

        const Ended words = cli({"check", m_own});
        QCOMPARE(words.exitCode, 0);
        QCOMPARE(has(words, "free"), isKnown);
        const Report report(cli({"check", "--json", m_own}).output);
        QVERIFY(report.isValid());
        const Json* facts = getObject(report.check(0), "facts");
        const Json* space = facts == nullptr ? nullptr : getObject(*facts, "space");
        QVERIFY(space != nullptr);
        for (const char* size : {"total_bytes", "free_bytes", "available_bytes"})
            QCOMPARE(space->at(size).is_null(), !isKnown);

        const auto volumes = parseJson(cli({"volumes", "--json"}).output);
        bool isListed = false;
        for (const Json& one : *getArray(*volumes, "volumes")) {
            if (getPath(one, "mount_point") != std::optional(m_told->path()))
                continue;
            isListed = true;
            QCOMPARE(one.at("available_bytes").is_null(), !isKnown);
        }
        QVERIFY(isListed);
        QVERIFY(!has(cli({"volumes"}), "EB"));

        const Ended asked = cli({"scratch", "run", "--in", m_own, "--min-free", "1M", "--", "true"});
        QCOMPARE(asked.exitCode, isKnown ? 0 : 125);
        QCOMPARE(has(asked, "cannot be told"), !isKnown);
        QVERIFY(!has(asked, "0 B"));
        QCOMPARE(cli({"scratch", "run", "--in", m_own, "--", "true"}).exitCode, 0);

        const Ended best = cli({"scratch", "best", "--min-free", "1M", m_own});
        QCOMPARE(best.exitCode, isKnown ? 0 : 1);
        QCOMPARE(has(best, "cannot be told"), !isKnown);
    }

    /// On the same kind of place, one whose room is known comes first; with no other choice it will do.
    void whereTheRoomIsNotKnownIsNotTheBest()
    {
        m_told->tellSpace(UINT64_MAX - 5 * 4096, std::uint64_t{1} << 30U);
        FaultFolder known(*m_folder / "known");
        const Path own = ownIn(known);
        known.tellSpace(std::uint64_t{1} << 28U, std::uint64_t{1} << 30U);
        QCOMPARE(cli({"scratch", "best", m_own, own}).output, own + "\n");
        QCOMPARE(cli({"scratch", "best", m_own}).output, m_own + "\n");
    }
};

SCRATCHPROOF_TEST_MAIN(UnknownRoomTest, PrivateMounts)
#include "tst_unknown_room.moc"
