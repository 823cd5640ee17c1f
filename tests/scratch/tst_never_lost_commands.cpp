// SPDX-License-Identifier: GPL-3.0-or-later

// That nothing is lost by the console program as an ordinary user runs it, and that it says what it did: each case
// beside its twin.

#include "core/store/database.h"
#include "core/stream/json_fields.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/stat.h>

#include <filesystem>
#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

bool isThere(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0;
}

bool says(const Ended& ended, const std::string& words)
{
    return ended.errors.find(words) != std::string::npos || ended.output.find(words) != std::string::npos;
}

std::string told(const Ended& ended)
{
    return "exit " + std::to_string(ended.exitCode) + "\n" + ended.output + "\n" + ended.errors;
}

} // namespace

class TestNeverLostCommands : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_work = own("work");
    }
    void cleanup()
    {
        m_folder.reset();
        m_cli.reset();
    }

    void theOneThatWasNamedAndNoOther_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("other");
        QTest::newRow("brackets") << "[ab]"
                                  << "ab";
        QTest::newRow("a list") << "[ab,cd]"
                                << "ab";
        QTest::newRow("empty brackets") << "[]"
                                        << "ab";
        QTest::newRow("a comma") << "ab,cd"
                                 << "ab";
        QTest::newRow("a pattern") << "*"
                                   << "ab";
        QTest::newRow("at") << "@ab"
                            << "ab";
        QTest::newRow("pluses") << "ab++"
                                << "ab";
        QTest::newRow("percent") << "%ab"
                                 << "ab";
        QTest::newRow("quotes") << "'ab'"
                                << "ab";
        QTest::newRow("a word") << "cd"
                                << "ab";
    }
    void theOneThatWasNamedAndNoOther()
    {
        QFETCH(QString, name);
        QFETCH(QString, other);
        const Path kept = create({other.toStdString()});
        const Path path = create({name.toStdString()});
        QVERIFY(!kept.empty() && !path.empty());
        asUser("echo x > \"$1/thesis\"; echo x > \"$2/f\"", {kept, path});
        for (const bool isAfterDashes : {true, false}) {
            std::vector<std::string> words{"clean", "--yes"};
            if (isAfterDashes)
                words.emplace_back("--");
            words.push_back(name.toStdString());
            if (!isAfterDashes && !isThere(path)) {
                const Ended again = scratch(words); // there is none of that name any more
                QVERIFY2(again.exitCode == 2, told(again).c_str());
                break;
            }
            const Ended cleaned = scratch(words);
            QVERIFY2(cleaned.exitCode == 0, told(cleaned).c_str());
            QVERIFY(!isThere(path));
        }
        QVERIFY(isThere(kept + "/thesis"));
        QCOMPARE(scratch({"clean", "--yes", other.toStdString()}).exitCode, 0);
        QVERIFY(!isThere(kept));
    }

    void runLeavesWhatItsCommandMadeToKeep_data()
    {
        QTest::addColumn<QString>("options"); // of create
        QTest::addColumn<bool>("isMade");
        QTest::newRow("by default") << "" << true;
        QTest::newRow("inside on purpose") << "--in \"$TMPDIR\"" << true;
        QTest::newRow("nothing made") << "" << false;
    }
    void runLeavesWhatItsCommandMadeToKeep()
    {
        QFETCH(QString, options);
        QFETCH(bool, isMade);
        const std::string making = "d=$(\"$0\" scratch create results --lifetime 30d --pin " + options.toStdString() +
                                   ") && echo 1 > \"$d/r\" && echo \"$d\"";
        const Ended ended =
            scratch({"run", "--in", m_work, "--", "sh", "-c", isMade ? making : "true", m_cli->program()});
        QVERIFY2(ended.exitCode == 0 || ended.exitCode == 1, told(ended).c_str());
        if (!isMade) {
            QVERIFY(namesIn(m_work).empty());
            return;
        }
        const Path result = ended.output.substr(0, ended.output.find('\n'));
        QVERIFY2(isThere(result + "/r"), told(ended).c_str());
        QCOMPARE(state("results"), std::string("active"));
        QCOMPARE(parentPath(result) == m_work, options.isEmpty());
        // Beside it: nothing else is left. Inside: what it lies in stays, and that is said.
        if (options.isEmpty())
            QCOMPARE(namesIn(m_work).size(), std::size_t{1});
        else
            QVERIFY2(says(ended, "results"), told(ended).c_str());
        QCOMPARE(scratch({"clean", "--yes", "results"}).exitCode, 0);
        QVERIFY(!isThere(result));
    }

    void bothGoWhereBothAreNamed()
    {
        const Path outer = create({"outer"});
        const Ended inner = scratch({"create", "inner", "--in", outer, "--pin", "--note", "thesis results"});
        QVERIFY2(inner.exitCode == 0, told(inner).c_str());
        const Ended alone = scratch({"clean", "--yes", "outer"});
        QVERIFY2(alone.exitCode == 1, told(alone).c_str());
        QVERIFY(says(alone, "inner"));
        QVERIFY(isThere(outer));
        const Ended shown = scratch({"clean", "--dry-run", "inner"});
        QVERIFY2(says(shown, "pinned") && says(shown, "thesis results"), told(shown).c_str());
        const Ended released = scratch({"release", "outer"});
        QVERIFY2(released.exitCode != 0 && says(released, "inner"), told(released).c_str());
        const Ended both = scratch({"clean", "--yes", "outer", "inner"});
        QVERIFY2(both.exitCode == 0, told(both).c_str());
        QVERIFY(namesIn(m_work).empty());
    }

    void aStatePathThatCannotBeUsedIsSaid_data()
    {
        QTest::addColumn<QString>("how"); // $1: the home
        QTest::addColumn<int>("exitCode");
        QTest::newRow("closed") << "mkdir $1/.local; chmod 700 $1/.local; chown 0 $1/.local" << 4;
        QTest::newRow("a loop") << "ln -s .local $1/.local" << 4;
        QTest::newRow("a file") << "touch $1/.local" << 4;
        QTest::newRow("open") << "mkdir $1/.local; chown 12345:12345 $1/.local" << 0;
    }
    void aStatePathThatCannotBeUsedIsSaid()
    {
        QFETCH(QString, how);
        QFETCH(int, exitCode);
        const Path home = m_cli->environmentOf(kOrdinaryUser)["HOME"];
        runOrFail({"sh", "-ec", how.toStdString(), "sh", home});
        const Ended created = scratch({"create", "job", "--in", m_work});
        QVERIFY2(created.exitCode == exitCode, told(created).c_str());
        QCOMPARE(namesIn(m_work).size(), std::size_t{exitCode == 0 ? 1U : 0U});
        QVERIFY2(!says(created, "signal"), told(created).c_str());
    }

    void aStatePathThatIsTooLongIsSaid()
    {
        Program program = m_cli->command({"scratch", "create", "job", "--in", m_work});
        program.environment["XDG_STATE_HOME"] = "/" + std::string(5000, 'x');
        const Ended created = run(program);
        QVERIFY2(created.exitCode == 4, told(created).c_str());
        QVERIFY(!says(created, "signal"));
        QVERIFY(namesIn(m_work).empty());
    }

    void anyUmaskIsGoodEnough_data()
    {
        QTest::addColumn<QString>("umask");
        for (const char* umask : {"0777", "0277", "0077", "0022"})
            QTest::newRow(umask) << umask;
    }
    void anyUmaskIsGoodEnough()
    {
        QFETCH(QString, umask);
        const Ended created = asUserTry("umask " + umask.toStdString() + "; exec \"$1\" scratch create job --in \"$2\"",
                                        {m_cli->program(), m_work});
        QVERIFY2(created.exitCode == 0, told(created).c_str());
        const Path path = created.output.substr(0, created.output.find('\n'));
        struct stat status = {};
        QVERIFY(stat(path.c_str(), &status) == 0 && (status.st_mode & 0777U) == 0700U);
        asUser("echo x > \"$1/f\"", {path});
        QCOMPARE(state("job"), std::string("active"));
        QCOMPARE(scratch({"clean", "--yes", "job"}).exitCode, 0);
        QVERIFY(namesIn(m_work).empty());
    }

    void whatAContainerOfTheUsersLeftIsNamed_data()
    {
        QTest::addColumn<QString>("ranges"); // /etc/subuid
        QTest::addColumn<bool>("isForeign");
        QTest::newRow("in the user's range") << "12345:100000:100000\n" << true;
        QTest::newRow("in nobody's") << "12345:900000:10\n" << true;
        QTest::newRow("the user's own") << "12345:100000:100000\n" << false;
    }
    void whatAContainerOfTheUsersLeftIsNamed()
    {
        QFETCH(QString, ranges);
        QFETCH(bool, isForeign);
        const Path file = *m_folder / "subuid";
        writeFile(file, ranges.toStdString());
        if (!isThere("/etc/subuid"))
            QSKIP("there is no /etc/subuid to mount over");
        const MountedFolder bound("none", file, "/etc/subuid", "bind");
        const Path path = create({"pod"});
        asUser("mkdir -p \"$1/storage/etc\"; echo x > \"$1/storage/etc/passwd\"; echo mine > \"$1/mine\"", {path});
        if (isForeign)
            runOrFail({"chown", "-R", "166535:166535", path + "/storage"});
        const Ended cleaned = scratch({"clean", "--yes", "pod"});
        QVERIFY2(cleaned.exitCode == (isForeign ? 1 : 0), told(cleaned).c_str());
        QCOMPARE(isThere(path), isForeign);
        QVERIFY(!isThere(path + "/mine"));
        if (!isForeign)
            return;
        QVERIFY(isThere(path + "/storage/etc/passwd"));
        QVERIFY2(says(cleaned, "166535") && says(cleaned, "storage"), told(cleaned).c_str());
        QVERIFY2(says(cleaned, "podman unshare rm -rf -- "), told(cleaned).c_str());
        const Ended listed = scratch({"list"});
        QVERIFY2(says(listed, path), told(listed).c_str());
        QVERIFY2(says(listed, "removed"), told(listed).c_str()); // half of it
        // With those gone it goes, too.
        runOrFail({"rm", "-rf", path + "/storage"});
        QCOMPARE(scratch({"clean", "--yes", "pod"}).exitCode, 0);
        QVERIFY(!isThere(path));
    }

    void aNewerRegistryIsRefused_data()
    {
        QTest::addColumn<bool>("isNewer");
        QTest::newRow("newer") << true;
        QTest::newRow("today's") << false;
    }
    void aNewerRegistryIsRefused()
    {
        QFETCH(bool, isNewer);
        const Path path = create({"job"});
        const Path registry = m_cli->environmentOf(kOrdinaryUser)["HOME"] + "/.local/state/scratchproof/scratch.db";
        QVERIFY(isThere(registry));
        if (isNewer) {
            DatabaseSettings settings;
            settings.file = registry;
            settings.applicationId = 0x53507266;
            settings.migrations = {"", "", "", "CREATE TABLE of_another_time (x INTEGER);"};
            QVERIFY(Database::open(settings));
        }
        const std::string before = readFile(registry);
        for (const auto& words : {std::vector<std::string>{"clean", "--yes", "job"},
                                  {"list"},
                                  {"sweep"},
                                  {"create", "other", "--in", m_work},
                                  {"forget", "job"}}) {
            const Ended ended = scratch(words);
            QVERIFY2(isNewer == (ended.exitCode == 4), (words.front() + ": " + told(ended)).c_str());
        }
        QCOMPARE(isThere(path), isNewer);
        QVERIFY(!isNewer || readFile(registry) == before);
    }

    void aLifetimeIsANumberWithAUnit_data()
    {
        QTest::addColumn<QString>("lifetime");
        QTest::addColumn<bool>("isFine");
        QTest::newRow("bare") << "30" << false;
        QTest::newRow("nothing") << "0" << false;
        QTest::newRow("less than a millisecond") << "0.4ms" << false;
        QTest::newRow("0ms") << "0ms" << false;
        QTest::newRow("30d") << "30d" << true;
        QTest::newRow("1ms") << "1ms" << true;
        QTest::newRow("never") << "never" << true;
    }
    void aLifetimeIsANumberWithAUnit()
    {
        QFETCH(QString, lifetime);
        QFETCH(bool, isFine);
        QVERIFY(scratch({"create", "other", "--in", own("else")}).exitCode == 0);
        const Ended created = scratch({"create", "job", "--in", m_work, "--lifetime", lifetime.toStdString()});
        QVERIFY2(created.exitCode == (isFine ? 0 : 2), told(created).c_str());
        QCOMPARE(namesIn(m_work).size(), std::size_t{isFine ? 1U : 0U});
        if (isFine) {
            QVERIFY(state("job") != "lost");
            QCOMPARE(scratch({"clean", "--yes", "job"}).exitCode, 0);
        }
        Program sweep = m_cli->command({"scratch", "sweep"});
        sweep.environment["SCRATCHPROOF_GRACE"] = lifetime.toStdString();
        const Ended swept = run(sweep);
        QVERIFY2((swept.exitCode == 0) == isFine, told(swept).c_str());
    }

    void anEmptyOneTakesAClone()
    {
        const Path source = own("source");
        asUser("cd \"$1\"; git init -q; echo x > f; git add f; git -c user.name=n -c user.email=e@example.org commit "
               "-qm m",
               {source});
        const Path path = create({"clone", "--empty"});
        QVERIFY(namesIn(path).empty());
        asUser("git clone -q \"$1\" \"$2\"", {source, path});
        QVERIFY(isThere(path + "/f"));
        const Ended cleaned = scratch({"clean", "--yes", path});
        QVERIFY2(cleaned.exitCode == 0, told(cleaned).c_str());
        QVERIFY(namesIn(m_work).empty());
        const Path full = create({"full"});
        QVERIFY(asUserTry("git clone -q \"$1\" \"$2\"", {source, full}).exitCode != 0);
    }

    void theFolderThatOneWorksInIsKept_data()
    {
        QTest::addColumn<QString>("where"); // below the directory; "-": elsewhere
        QTest::newRow("in it") << "";
        QTest::newRow("below") << "/a/b";
        QTest::newRow("elsewhere") << "-";
    }
    void theFolderThatOneWorksInIsKept()
    {
        QFETCH(QString, where);
        const Path path = create({"job"});
        asUser("mkdir -p \"$1/a/b\"", {path});
        Program program = m_cli->command({"scratch", "clean", "--yes", "--in-use", "job"});
        program.workingFolder = where == "-" ? Path("/") : path + where.toStdString();
        const Ended cleaned = run(program);
        QVERIFY2(cleaned.exitCode == (where == "-" ? 0 : 1), told(cleaned).c_str());
        QCOMPARE(isThere(path), where != "-");
    }

    void exitCodesSayWhatCameOfIt()
    {
        const Path path = create({"job", "--lifetime", "1ms"});
        runOrFail({"sh", "-ec", "mkdir $1/theirs; touch $1/theirs/f", "sh", path});
        Program sweep = m_cli->command({"scratch", "sweep"});
        sweep.environment["SCRATCHPROOF_GRACE"] = "1ms";
        // Its grace was set when it was made.
        QCOMPARE(scratch({"extend", "job", "--lifetime", "1ms"}).exitCode, 0);
        QCOMPARE(run(sweep).exitCode, 0);
        QVERIFY(isThere(path));
        Program again = m_cli->command({"scratch", "extend", "job", "--lifetime", "1s"});
        again.environment["SCRATCHPROOF_GRACE"] = "1ms";
        QCOMPARE(run(again).exitCode, 0);
        QTest::qSleep(1200);
        const Ended swept = run(sweep);
        QVERIFY2(swept.exitCode == 1, told(swept).c_str());
        QVERIFY(isThere(path + "/theirs/f"));
        runOrFail({"rm", "-rf", path + "/theirs"});
        (void)run(sweep); // what was taken out of it was a change, and put it off
        QTest::qSleep(50);
        const Ended last = run(sweep);
        QVERIFY2(last.exitCode == 0, told(last).c_str());
        QVERIFY2(!isThere(path), told(last).c_str());
        const Ended looked = scratch({"find", *m_folder / "missing"});
        QVERIFY2(looked.exitCode == 3, told(looked).c_str());
        QCOMPARE(scratch({"find", m_work}).exitCode, 0);
    }

    void whatIsOfAnotherComputerIsForgottenAtOnce()
    {
        if (!isThere("/etc/machine-id"))
            QSKIP("there is no /etc/machine-id to mount over");
        const auto bind = [&](const std::string& id) {
            const Path file = *m_folder / "id";
            writeFile(file, id + "\n");
            return std::make_unique<MountedFolder>("none", file, "/etc/machine-id", "bind");
        };
        std::vector<Path> paths;
        {
            const auto id = bind("0123456789abcdef0123456789abcdef");
            for (const char* name : {"one", "two"})
                paths.push_back(create({name}));
        }
        const auto id = bind("fedcba9876543210fedcba9876543210");
        const Path here = create({"here"});
        QCOMPARE(state("one"), std::string("elsewhere"));
        const Ended cleaned = scratch({"clean", "--yes", "one"});
        QVERIFY2(cleaned.exitCode != 0, told(cleaned).c_str());
        QCOMPARE(scratch({"forget", "here"}).exitCode, 1);
        const Ended forgotten = scratch({"forget", "--elsewhere", "--yes"});
        QVERIFY2(forgotten.exitCode == 0, told(forgotten).c_str());
        QCOMPARE(state("one"), std::string());
        QCOMPARE(state("two"), std::string());
        QCOMPARE(state("here"), std::string("active"));
        for (const Path& path : paths)
            QVERIFY(isThere(path)); // the disk was not touched
        const Ended found = scratch({"find", m_work});
        QVERIFY2(found.exitCode == 0, told(found).c_str());
        QVERIFY(state("one") != "");
    }

private:
    Path own(const char* name) const
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
    [[nodiscard]] Path create(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"create", "--in", m_work});
        const Ended ended = scratch(words);
        if (ended.exitCode != 0)
            qWarning("%s", told(ended).c_str());
        return ended.exitCode == 0 ? ended.output.substr(0, ended.output.find('\n')) : Path();
    }
    [[nodiscard]] Ended asUserTry(const std::string& command, const std::vector<std::string>& words) const
    {
        Program program = m_cli->command({});
        program.arguments = {"sh", "-ec", command, "sh"};
        program.arguments.insert(program.arguments.end(), words.begin(), words.end());
        return run(program);
    }
    void asUser(const std::string& command, const std::vector<std::string>& words) const
    {
        const Ended ended = asUserTry(command, words);
        QVERIFY2(ended.exitCode == 0, told(ended).c_str());
    }
    /// Of the one of that name; "" where none is registered.
    [[nodiscard]] std::string state(const std::string& name) const
    {
        const Json document = parseJson(scratch({"list", "--json"}).output).value_or(Json());
        const Json* directories = getArray(document, "directories");
        for (const Json& one : directories != nullptr ? *directories : Json::array()) {
            if (getString(one, "name") == name)
                return getString(one, "state").value_or("");
        }
        return {};
    }

    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    Path m_work;
};

SCRATCHPROOF_TEST_MAIN(TestNeverLostCommands, PrivateMounts)
#include "tst_never_lost_commands.moc"
