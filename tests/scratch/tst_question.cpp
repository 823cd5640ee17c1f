// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"
#include "core/stream/json_fields.h"
#include "tests/support/installed_cli.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <sstream>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

/// What a command asks on a terminal, and what it tells the prober of who asks.
class TestQuestion : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        if (geteuid() != 0)
            QSKIP("becoming the ordinary user needs root");
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_work = m_folder->makeFolder("work", 0755);
        changeOwner(m_work, kOrdinaryUser, kOrdinaryUser);
    }
    void cleanup()
    {
        m_folder.reset();
        m_cli.reset();
    }

    void whatIsTypedIsTheAnswer_data()
    {
        QTest::addColumn<QByteArray>("typed");
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("isRemoved");
        QTest::newRow("y") << QByteArray("y\n") << 0 << true;
        QTest::newRow("yes") << QByteArray("yes\n") << 0 << true;
        QTest::newRow("yes, sent in two parts") << QByteArray("ye\x04s\n") << 0 << true;
        QTest::newRow("n") << QByteArray("n\n") << 3 << false;
        QTest::newRow("nothing") << QByteArray("\n") << 3 << false;
        QTest::newRow("yeah") << QByteArray("yeah\n") << 3 << false;
        QTest::newRow("the end") << QByteArray("\x04") << 3 << false;
        QTest::newRow("the end after y") << QByteArray("y\x04\x04") << 3 << false;
        QTest::newRow("Ctrl-C") << QByteArray("\x03") << 130 << false;
        QTest::newRow("Ctrl-C after y") << QByteArray("y\x03") << 130 << false;
        QTest::newRow("Ctrl-C after a part that was sent") << QByteArray("y\x04\x03") << 130 << false;
    }
    void whatIsTypedIsTheAnswer()
    {
        QFETCH(QByteArray, typed);
        QFETCH(int, code);
        QFETCH(bool, isRemoved);
        make();
        RunningProgram program(asking());
        waitForQuestion(program);
        for (const char key : typed) { // one by one: what Ctrl-C follows is thrown away by the terminal
            program.send({key});
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        const auto before = std::chrono::steady_clock::now();
        const auto line = program.readLineWith("code=");
        QVERIFY(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
        const std::string expected = "code=" + std::to_string(code);
        QVERIFY2(line && line->find(expected) != std::string::npos, line.value_or("no end").c_str());
        QCOMPARE(namesIn(m_work).empty(), isRemoved);
    }

    void aSignalFromElsewhereEndsTheQuestion_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGHUP") << SIGHUP;
    }
    void aSignalFromElsewhereEndsTheQuestion()
    {
        QFETCH(int, signal);
        make();
        RunningProgram program(asking());
        const int pid = waitForQuestion(program);
        QVERIFY(pid > 0);
        ::kill(pid, signal);
        const auto line = program.readLineWith("code=");
        const std::string expected = "code=" + std::to_string(128 + signal);
        QVERIFY2(line && line->find(expected) != std::string::npos, line.value_or("no end").c_str());
        QCOMPARE(namesIn(m_work).size(), std::size_t(1));
    }

    void theProberIsToldWhereTheUserIs_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("text") << QByteArray("here");
        QTest::newRow("bytes") << QByteArray("h\xe9re\n\"");
        QTest::newRow("nowhere") << QByteArray();
    }
    void theProberIsToldWhereTheUserIs()
    {
        QFETCH(QByteArray, name);
        useFreshHome(m_folder->path());
        const Path own = m_folder->makeFolder("own", 0700);
        // The prober, with what it is asked kept.
        const Path prober = *m_folder / "prober";
        const Path asked = *m_folder / "asked";
        writeFile(prober,
                  "#!/bin/sh\n[ \"$1\" = prober ] && exec sh -c 'tee -a " + asked + " | " + SCRATCHPROOF_CLI +
                      " prober'\nexec " + SCRATCHPROOF_CLI + " \"$@\"\n",
                  0755);
        const Path here = name.isEmpty() ? Path() : joinPath(m_folder->path(), name.toStdString());
        const auto scratch = [&](const std::vector<std::string>& words) {
            std::istringstream in;
            std::ostringstream out;
            std::ostringstream err;
            Console console{in, out, err, false, false, false, linuxSystem(), prober, here, false};
            std::vector<std::string> arguments{"scratch"};
            arguments.insert(arguments.end(), words.begin(), words.end());
            const int code = runConsole(arguments, console);
            if (code != 0)
                qWarning("%s", err.str().c_str());
            return code;
        };
        QCOMPARE(scratch({"create", "one", "--in", own}), 0);
        QCOMPARE(scratch({"release", "one"}), 0);
        QCOMPARE(scratch({"restore", "one"}), 0);
        QCOMPARE(scratch({"clean", "one", "--yes"}), 0);
        std::istringstream lines(readFile(asked));
        int asking = 0;
        for (std::string line; std::getline(lines, line);) {
            const Json request = Json::parse(line);
            const auto what = getString(request, "request").value_or("");
            if (what != "scratch-release" && what != "scratch-named" && what != "scratch-clean-unseen")
                continue;
            ++asking;
            QVERIFY2(getPath(request, "working_folder") == (name.isEmpty() ? std::nullopt : std::optional(here)),
                     line.c_str());
        }
        QCOMPARE(asking, 5); // three commands name one, and two of them would take it away
    }

private:
    void make()
    {
        const Ended made = run(m_cli->command({"scratch", "create", "one", "--in", m_work}));
        QVERIFY2(made.exitCode == 0, made.errors.c_str());
    }
    /// `scratch clean` in a terminal (script(1)), whose exit code is printed.
    Program asking() const
    {
        Program program = m_cli->command({"scratch", "clean", "one"});
        program.arguments = {"script", "-qec",
                             "stty -echo; trap : INT; " + quoteForShell(program.arguments) + "; echo code=$?",
                             "/dev/null"};
        program.environment["SHELL"] = "/bin/sh";
        return program;
    }
    /// The process that asks. It shows what would go first.
    static int waitForQuestion(RunningProgram& program)
    {
        static_cast<void>(program.readLineWith(" files, "));
        int found = 0;
        const auto isAsking = [&] {
            std::vector<int> all{program.pid()};
            for (std::size_t i = 0; i < all.size(); ++i) {
                for (const int child : childrenOf(all[i]))
                    all.push_back(child);
                const Path process = "/proc/" + std::to_string(all[i]);
                if (readFile(process + "/comm") == "scratchproof-cl\n" &&
                    readFile(process + "/cmdline").find("clean") != std::string::npos)
                    found = all[i];
            }
            return found != 0;
        };
        static_cast<void>(eventually(isAsking));
        std::this_thread::sleep_for(std::chrono::milliseconds(200)); // nothing is written after the question
        return found;
    }

    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    Path m_work;
};

QTEST_GUILESS_MAIN(TestQuestion)
#include "tst_question.moc"
