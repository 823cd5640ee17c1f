// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <memory>
#include <set>

using namespace scratchproof;
using namespace scratchproof::test;

/// Which directory it is to be: names that are there already, --reuse, and `scratch best`; as an ordinary user.
class TestScratchChoice : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_work = makeOwnFolder("work");
    }
    void cleanup()
    {
        m_folder.reset();
        m_cli.reset();
    }

    void aNameThatIsThereIsAnErrorThatSaysWhere()
    {
        const Path first = create({});
        const Ended second = scratch({"create", "job", "--in", m_work});
        QCOMPARE(second.exitCode, 2);
        QCOMPARE(second.output, std::string());
        QVERIFY2(second.errors.find(first) != std::string::npos, second.errors.c_str());
        QVERIFY2(second.errors.find("--reuse") != std::string::npos, second.errors.c_str());
        QCOMPARE(namesIn(m_work).size(), std::size_t{1});
        QCOMPARE(scratch({"create", "job", "--in", makeOwnFolder("elsewhere")}).exitCode, 0);
        QCOMPARE(scratch({"create", "job2", "--in", m_work}).exitCode, 0);
    }

    void reuseIsTheSameDirectoryAgainWithItsTimeAsItWas()
    {
        const Path first = create({"--lifetime", "2d", "--reuse"});
        writeFile(first + "/kept", "kept");
        const Json before = row();
        QCOMPARE(create({"--lifetime", "9d", "--reuse"}), first);
        QVERIFY(row() == before);
        QCOMPARE(readFile(first + "/kept"), std::string("kept"));
        const Json document = json({"create", "job", "--in", m_work, "--reuse", "--json"});
        QCOMPARE(getBool(document, "reused"), std::optional(true));
        const Json other = json({"create", "other", "--in", m_work, "--reuse", "--json"});
        QCOMPARE(getBool(other, "reused"), std::optional(false));
    }

    void oneWhoseTimeIsOverBeginsAnewWhenReused()
    {
        const Path first = create({"--lifetime", "1s"});
        QTRY_COMPARE_WITH_TIMEOUT(getString(row(), "state"), std::optional<std::string>("expired"), 10'000);
        QCOMPARE(create({"--lifetime", "9d", "--reuse"}), first);
        QCOMPARE(getString(row(), "state"), std::optional<std::string>("active"));
        QCOMPARE(getString(row(), "lifetime"), std::optional<std::string>("9d"));
    }

    void whatWasReleasedOrIsLostIsInNobodysWay()
    {
        const Path first = create({});
        QCOMPARE(scratch({"release", first}).exitCode, 0);
        const Path second = create({"--reuse"});
        QVERIFY(second != first && !second.empty());
        QCOMPARE(scratch({"restore", first}).exitCode, 0);
        removeAll(first);
        removeAll(second);
        const Path third = create({});
        QVERIFY(third != first && third != second && !third.empty());
    }

    void severalThatReuseAtOnceGetOneDirectory()
    {
        constexpr int kProcesses = 8;
        std::vector<std::unique_ptr<RunningProgram>> running;
        for (int i = 0; i < kProcesses; ++i)
            running.push_back(std::make_unique<RunningProgram>(
                m_cli->command({"scratch", "create", "job", "--in", m_work, "--reuse"})));
        std::set<std::string> paths;
        for (const auto& program : running) {
            const Ended ended = program->wait();
            QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
            paths.insert(ended.output);
        }
        QCOMPARE(paths.size(), std::size_t{1});
        QCOMPARE(namesIn(m_work).size(), std::size_t{1});
    }

    void theBestIsWhereThereIsRoomOnADiskThatTakesFiles()
    {
        const Path memory = makeOwnFolder("memory");
        const auto tmpfs = mountTmpfs(memory, "mode=0755,uid=" + std::to_string(kOrdinaryUser));
        const Path closed = m_folder->makeFolder("closed", 0755);
        const Path shared = makeOwnFolder("shared");
        makeFolder(shared + "/open", 0777); // anybody may replace what is made there
        const Path missing = *m_folder / "missing";
        const Json document =
            json({"best", "--json", closed, memory, shared + "/open", missing, m_work, makeOwnFolder("later")});
        const Json* best = getObject(document, "best");
        QVERIFY(best != nullptr);
        QCOMPARE(getPath(*best, "path"), std::optional(m_work));
        const Json* candidates = getArray(document, "candidates");
        QVERIFY(candidates != nullptr && candidates->size() == 6);
        std::vector<bool> suits;
        for (const Json& one : *candidates) {
            suits.push_back(getBool(one, "suits").value_or(false));
            QVERIFY(suits.back() == (getString(one, "reason") == std::nullopt));
        }
        QVERIFY((suits == std::vector<bool>{false, true, false, false, true, true}));
        QCOMPARE(scratch({"best", memory, m_work}).output, m_work + "\n");
        QCOMPARE(scratch({"best", memory}).output, memory + "\n");
        for (const Path& folder : {m_work, memory, shared + "/open"})
            QVERIFY(namesIn(folder).empty());
    }

    void whereNothingSuitsEachReasonIsSaid()
    {
        const Ended ended = scratch({"best", "--min-free", "900P", m_work, *m_folder / "missing"});
        QCOMPARE(ended.exitCode, 1);
        QCOMPARE(ended.output, std::string());
        QVERIFY2(ended.errors.find("are wanted") != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find("does not exist") != std::string::npos, ended.errors.c_str());
        QCOMPARE(scratch({"best", "--min-free", "much", m_work}).exitCode, 2);
        const Ended enough = scratch({"best", "--min-free", "64K", m_work});
        QCOMPARE(enough.exitCode, 0);
        QCOMPARE(enough.output, m_work + "\n");
    }

    void withoutFoldersTheUsualOnesAreTried()
    {
        Program program = m_cli->command({"scratch", "best", "--json"});
        program.environment["TMPDIR"] = m_work;
        const Ended ended = run(program);
        const Json document = parseJson(ended.output).value_or(Json());
        const Json* candidates = getArray(document, "candidates");
        QVERIFY2(candidates != nullptr && candidates->size() >= 3, ended.errors.c_str());
        QCOMPARE(getPath(candidates->at(0), "path"), std::optional(m_work));
        QCOMPARE(getBool(candidates->at(0), "suits"), std::optional(true));
    }

private:
    Path makeOwnFolder(const char* name) const
    {
        const Path path = m_folder->makeFolder(name, 0755);
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }
    [[nodiscard]] Ended scratch(std::vector<std::string> words) const
    {
        words.insert(words.begin(), "scratch");
        return run(m_cli->command(std::move(words)));
    }
    /// The path that was printed; "" where it failed.
    [[nodiscard]] Path create(std::vector<std::string> options) const
    {
        std::vector<std::string> words{"create", "job", "--in", m_work};
        words.insert(words.end(), options.begin(), options.end());
        const Ended ended = scratch(words);
        return ended.exitCode == 0 ? ended.output.substr(0, ended.output.find('\n')) : Path();
    }
    [[nodiscard]] Json json(std::vector<std::string> words) const
    {
        return parseJson(scratch(std::move(words)).output).value_or(Json());
    }
    /// The only row of the registry.
    [[nodiscard]] Json row() const
    {
        const Json document = json({"list", "--json"});
        const Json* directories = getArray(document, "directories");
        return directories != nullptr && directories->size() == 1 ? directories->at(0) : Json();
    }

    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    Path m_work;
};

SCRATCHPROOF_TEST_MAIN(TestScratchChoice, PrivateMounts)
#include "tst_scratch_choice.moc"
