// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

bool isThere(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0;
}

bool changedSince2001(const Path& path)
{
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && status.st_mtim.tv_sec != 1'000'000'000;
}

} // namespace

/// What is written on the command line is what is done, to the very folder that it names; wrong usage is named, has its
/// exit code, and does nothing.
class CommandLineTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    TemporaryFolder m_base;

private slots:
    void initTestCase()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        changeOwner(m_base.makeFolder("own"), kOrdinaryUser, kOrdinaryUser);
        writeFile(m_base / "secret", "/tmp\n", 0600);
    }
    void cleanupTestCase() { m_cli.reset(); }

    void wrongUsageIsNamedAndEndsWithTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("named");
        const QString own = QString::fromStdString(m_base / "own");
        QTest::newRow("unknown option") << QStringList{"check", "--frobnicate", own} << QByteArray("frobnicate");
        QTest::newRow("unknown command") << QStringList{"frobnicate"} << QByteArray("frobnicate");
        QTest::newRow("unknown level") << QStringList{"check", "--level", "brutal", own} << QByteArray("level");
        QTest::newRow("level without a value") << QStringList{"check", own, "--level"} << QByteArray("level");
        QTest::newRow("timeout that is none")
            << QStringList{"check", "--timeout", "soon", own} << QByteArray("timeout");
        QTest::newRow("negative timeout") << QStringList{"check", "--timeout=-1", own} << QByteArray("timeout");
        QTest::newRow("timeout of nothing") << QStringList{"check", "--timeout", "0", own} << QByteArray("timeout");
        QTest::newRow("two formats") << QStringList{"check", "--json", "--ndjson", own} << QByteArray("json");
        QTest::newRow("no folder") << QStringList{"check"} << QByteArray("FOLDER");
        QTest::newRow("missing list") << QStringList{"check", "--from-file", "/nonexistent/list"}
                                      << QByteArray("/nonexistent/list");
        QTest::newRow("unreadable list") << QStringList{"check", "--from-file",
                                                        QString::fromStdString(m_base / "secret")}
                                         << QByteArray("secret");
        QTest::newRow("a folder as the list") << QStringList{"check", "--from-file", own} << QByteArray("own");
        QTest::newRow("a list that cannot be read to its end")
            << QStringList{"check", "--from-file", "/proc/self/mem"} << QByteArray("/proc/self/mem");
        QTest::newRow("misspelt option") << QStringList{"check", "--lvel", "quick", own} << QByteArray("--level?");
        QTest::newRow("abbreviated option") << QStringList{"check", "--lev", "quick", own} << QByteArray("--level?");
        QTest::newRow("misspelt command") << QStringList{"chek", own} << QByteArray("mean check?");
        QTest::newRow("folder with a dash") << QStringList{"check", "-x"} << QByteArray("-x");
        QTest::newRow("empty folder") << QStringList{"check", own, ""} << QByteArray("FOLDER");
        QTest::newRow("empty list") << QStringList{"check", "--from-file="} << QByteArray("--from-file");
        QTest::newRow("empty folder to create in")
            << QStringList{"scratch", "create", "x", "--in", ""} << QByteArray("--in");
        QTest::newRow("empty directory") << QStringList{"scratch", "clean", "--yes", ""} << QByteArray("DIRECTORY");
        QTest::newRow("empty folder to search") << QStringList{"scratch", "find", ""} << QByteArray("FOLDER");
        QTest::newRow("empty candidate") << QStringList{"scratch", "best", ""} << QByteArray("FOLDER");
        QTest::newRow("empty folder of rights") << QStringList{"rights", "root", ""} << QByteArray("FOLDER");
        QTest::newRow("option of volumes") << QStringList{"volumes", "--frobnicate"} << QByteArray("frobnicate");
    }
    void wrongUsageIsNamedAndEndsWithTwo()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, named);
        std::vector<std::string> words;
        for (const auto& argument : arguments)
            words.push_back(argument.toStdString());
        const auto ended = run(m_cli->command(words));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY2(ended.errors.find(named.toStdString()) != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.output.empty(), ended.output.c_str());
    }

    void wrongUsageOfRunIsAFailureOfItsOwn()
    {
        for (const std::vector<std::string>& words :
             {std::vector<std::string>{"--frobnicate", "--", "true"}, {"--in", "", "--", "true"}, {"true"}, {"--"}}) {
            auto arguments = words;
            arguments.insert(arguments.begin(), {"scratch", "run"});
            const auto ended = run(m_cli->command(arguments));
            QVERIFY2(ended.exitCode == 125, ended.errors.c_str());
        }
    }

    /// A check writes to a folder, and so its time stamp tells whether it was there.
    void aCheckTouchesTheFolderThatIsNamedAndNoOther_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name :
             {"[a,b]", "[]", "a,b", "[a", "@a", "a=b", "%a", "++", "--json", "-h", "check", "\xff\n", "-"})
            QTest::newRow(QByteArray(name).toPercentEncoding().constData()) << QByteArray(name);
    }
    void aCheckTouchesTheFolderThatIsNamedAndNoOther()
    {
        QFETCH(QByteArray, name);
        const TemporaryFolder base;
        const auto others = {"a", "b", "ab", "a]", "b]", "[a", "x"};
        const auto make = [&](const std::string& folder) {
            if (!isThere(base / folder))
                changeOwner(base.makeFolder(folder), kOrdinaryUser, kOrdinaryUser);
            const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
            QCOMPARE(utimensat(AT_FDCWD, (base / folder).c_str(), old, 0), 0);
        };
        changeOwner(base.path(), kOrdinaryUser, kOrdinaryUser);
        for (const char* other : others)
            make(other);
        make(name.toStdString());
        auto program = m_cli->command({"check", "--json", "--", name.toStdString()});
        program.workingFolder = base.path();
        const auto ended = run(program);
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        const Report report(ended.output);
        QCOMPARE(report.size(), std::size_t{1});
        QVERIFY(report.folder() == base / name.toStdString());
        QVERIFY(changedSince2001(base / name.toStdString()));
        for (const char* other : others)
            QVERIFY2(name == other || !changedSince2001(base / other), other);
    }

    void cleanRemovesTheDirectoryThatIsNamedAndNoOther()
    {
        const TemporaryFolder base;
        changeOwner(base.path(), kOrdinaryUser, kOrdinaryUser);
        const auto scratch = [&](std::vector<std::string> words) {
            words.insert(words.begin(), "scratch");
            return run(m_cli->command(words));
        };
        const auto create = [&](const std::string& name) {
            const auto ended = scratch({"create", "--in", base.path(), "--", name});
            return ended.exitCode == 0 ? ended.output.substr(0, ended.output.size() - 1) : ended.errors;
        };
        std::vector<Path> paths;
        for (const char* name : {"[ab]", "ab", "a", "b", "[a,b]"})
            paths.push_back(create(name));
        for (const Path& path : paths)
            QVERIFY2(isThere(path), path.c_str());
        const auto shown = scratch({"show", "[ab]"});
        QVERIFY2(shown.output.find(paths[0]) != std::string::npos, shown.errors.c_str());
        QCOMPARE(scratch({"clean", "[ab]", "--yes"}).exitCode, 0);
        QVERIFY(!isThere(paths[0]) && isThere(paths[1]));
        QCOMPARE(scratch({"clean", "--yes", "--", "[a,b]"}).exitCode, 0);
        QVERIFY(!isThere(paths[4]) && isThere(paths[2]) && isThere(paths[3]));
        QCOMPARE(scratch({"clean", "[ab]", "--yes"}).exitCode, 2);
        QVERIFY(isThere(paths[1]));
        // And what is named is removed.
        QCOMPARE(scratch({"clean", "ab", "a", "b", "--yes"}).exitCode, 0);
        QVERIFY(!isThere(paths[1]) && !isThere(paths[2]) && !isThere(paths[3]));
    }

    void aNoteArrivesAsItWasGiven()
    {
        const TemporaryFolder base;
        changeOwner(base.path(), kOrdinaryUser, kOrdinaryUser);
        const std::string name = "noted";
        for (const std::string note : {"[a,b]", "", "--json", "a=b", "@x"}) {
            const auto ended =
                run(m_cli->command({"scratch", "create", name, "--json", "--in", base.path(), "--note", note}));
            QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
            const Json document = parseJson(ended.output).value_or(Json());
            const Json* directory = getObject(document, "directory");
            QVERIFY(directory != nullptr);
            QCOMPARE(getString(*directory, "note").value_or("(none)"), note);
            QCOMPARE(run(m_cli->command({"scratch", "clean", name, "--yes"})).exitCode, 0);
        }
    }

    void aPlaceForTheRegistryThatCannotBeHadIsNamedAndEndsWithFour_data()
    {
        QTest::addColumn<QByteArray>("state");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("one that can be had") << QByteArray("open") << QByteArray();
        QTest::newRow("closed") << QByteArray("closed") << QByteArray("/closed/");
        QTest::newRow("a loop") << QByteArray("loop") << QByteArray("/loop'");
        QTest::newRow("a link to nothing") << QByteArray("nothing") << QByteArray("/nothing'");
        QTest::newRow("a file") << QByteArray("file") << QByteArray("/file'");
        QTest::newRow("a name too long") << QByteArray(300, 'x') << QByteArray("xxx");
        QTest::newRow("a path too long") << QByteArray("d/").repeated(2500) + "e" << QByteArray("/d/d/");
    }
    void aPlaceForTheRegistryThatCannotBeHadIsNamedAndEndsWithFour()
    {
        QFETCH(QByteArray, state);
        QFETCH(QByteArray, named);
        const TemporaryFolder base;
        for (const char* folder : {"home", "home/open", "work"})
            changeOwner(base.makeFolder(folder), kOrdinaryUser, kOrdinaryUser);
        static_cast<void>(base.makeFolder("home/closed", 0700));
        writeFile(base / "home/file", "");
        QCOMPARE(symlink("loop", (base / "home/loop").c_str()), 0);
        QCOMPARE(symlink("nowhere", (base / "home/nothing").c_str()), 0);
        auto program = m_cli->command({"scratch", "create", "x", "--in", base / "work"});
        program.environment["XDG_STATE_HOME"] = base / ("home/" + state.toStdString());
        program.environment["XDG_RUNTIME_DIR"] = "";
        const auto ended = run(program);
        if (named.isEmpty()) {
            QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
            return;
        }
        QVERIFY2(ended.exitCode == 4, ended.errors.c_str());
        QVERIFY2(ended.errors.find("registry") != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find(named.toStdString()) != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find("signal") == std::string::npos, ended.errors.c_str());
        QVERIFY(namesIn(base / "work").empty());
    }

    /// Our own files and a scratch directory can be used with a umask that closes all that is made; twice, since the
    /// second time they are there. Nor does it say anything about a folder.
    void aUmaskThatTakesEverythingTakesNothingFromUs_data()
    {
        QTest::addColumn<QString>("mask");
        for (const char* mask : {"0022", "0177", "0277", "0777"})
            QTest::newRow(mask) << mask;
    }
    void aUmaskThatTakesEverythingTakesNothingFromUs()
    {
        QFETCH(QString, mask);
        const TemporaryFolder base;
        for (const char* folder : {"home", "work"})
            changeOwner(base.makeFolder(folder), kOrdinaryUser, kOrdinaryUser);
        const auto runMasked = [&](const std::string& words) {
            auto program = m_cli->command({});
            program.arguments = {"sh", "-c",
                                 "umask " + mask.toStdString() + "; exec '" + m_cli->program() + "' " + words};
            program.environment["HOME"] = base / "home";
            program.environment["XDG_RUNTIME_DIR"] = "";
            return run(program);
        };
        for (const std::string name : {"one", "two"}) {
            const Report report(runMasked("check --json '" + (base / "work") + "'").output);
            QCOMPARE(report.verdict(), std::string("usable"));
            QVERIFY2(report.firstFinding().empty(), report.firstFinding().c_str());
            const auto created = runMasked("scratch create " + name + " --in '" + (base / "work") + "'");
            QVERIFY2(created.exitCode == 0, created.errors.c_str());
            struct stat status = {};
            QCOMPARE(stat(created.output.substr(0, created.output.size() - 1).c_str(), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0700U);
            const auto listed = runMasked("scratch list");
            QVERIFY2(listed.output.find(name) != std::string::npos, listed.errors.c_str());
        }
        QCOMPARE(namesIn(base / "work").size(), std::size_t{2});
        for (const char* folder :
             {".local", ".local/state", ".local/state/scratchproof", ".local/state/scratchproof/journal"}) {
            struct stat status = {};
            QCOMPARE(stat((base / (std::string("home/") + folder)).c_str(), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0700U);
        }
        QCOMPARE(runMasked("scratch release one").exitCode, 0);
        QCOMPARE(runMasked("scratch restore one").exitCode, 0);
        QCOMPARE(runMasked("scratch clean one two --yes").exitCode, 0);
        QVERIFY(namesIn(base / "work").empty());
    }

    /// The way to it may be one that can be passed and not listed (/home of mode 0711), and not one that is closed.
    void theJournalIsKeptBelowAHomeThatCannotBeListed()
    {
        const TemporaryFolder base;
        changeOwner(base.makeFolder("work"), kOrdinaryUser, kOrdinaryUser);
        for (const bool isOpen : {true, false}) {
            const Path above = base.makeFolder(isOpen ? "passable" : "closed", isOpen ? 0711 : 0700);
            const Path home = above + "/ann";
            makeFolder(home, 0700);
            changeOwner(home, kOrdinaryUser, kOrdinaryUser);
            auto program = m_cli->command({"check", "--json", base / "work"});
            program.environment["HOME"] = home;
            program.environment["XDG_RUNTIME_DIR"] = "";
            QCOMPARE(Report(run(program).output).verdict(), std::string("usable"));
            QCOMPARE(isThere(home + "/.local/state/scratchproof/journal"), isOpen);
        }
    }

    void noCommandAtAllSaysHowItIsUsed()
    {
        const auto ended = run(m_cli->command({}));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(ended.errors.find("check") != std::string::npos);
    }

    void helpAndVersionAreOutputAndNoError()
    {
        for (const std::string option : {"--help", "--version"}) {
            const auto ended = run(m_cli->command({option}));
            QCOMPARE(ended.exitCode, 0);
            QVERIFY(!ended.output.empty());
            QVERIFY(ended.errors.empty());
        }
        QVERIFY(run(m_cli->command({"check", "--help"})).output.find("--from-file") != std::string::npos);
    }

    void aFullDiskForTheOutputIsAFault()
    {
        auto program = m_cli->command({});
        program.arguments = {"sh", "-c",
                             "'" + program.arguments.front() + "' check --json '" + (m_base / "own") + "' > /dev/full"};
        const auto ended = run(program);
        QVERIFY2(ended.exitCode != 0, "the report was lost, and it said that all is well");
    }

    void volumesListsTheMountsWithTheirSpace()
    {
        const auto store = mountTmpfs(m_base.makeFolder("store"));
        const auto mounted =
            mountImage("ext4", store->path() + "/image", std::uint64_t{16} << 20U, m_base.makeFolder("a volume"));
        const auto ended = run(m_cli->command({"volumes", "--json"}));
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        const auto json = parseJson(ended.output);
        QVERIFY(json.has_value());
        QVERIFY(getString(*json, "schema").has_value());
        QVERIFY2(ended.output.find(mounted->path()) != std::string::npos, ended.output.c_str());
    }

    void aPathThatIsNotUtf8ComesBackReversibly()
    {
        const Path folder = m_base.makeFolder("\xff\n");
        const Report report(run(m_cli->command({"check", "--json", folder})).output);
        QCOMPARE(report.size(), std::size_t{1});
        QVERIFY(report.folder() == folder);
    }
};

SCRATCHPROOF_TEST_MAIN(CommandLineTest, PrivateMounts)
#include "tst_command_line.moc"
