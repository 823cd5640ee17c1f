// SPDX-License-Identifier: GPL-3.0-or-later

// The console program, started where something does not answer: a folder that it is to check, or one of its own.
#include "tests/support/hung_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr auto kPatience = std::chrono::seconds(kIsQuickBuild ? 45 : 120);
constexpr int kHungMounts = 50;
constexpr long long kDeadlineMs = 2 * kShortDeadline / kNanosecondsPerMillisecond; // twenty programs start at once
const std::string kDeadlineWord = std::to_string(kDeadlineMs / 1000) + "s";

const char* const kOwnFolders[] = {"HOME",          "TMPDIR",         "XDG_CONFIG_HOME", "XDG_STATE_HOME",
                                   "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "PATH"};

/// A program that is started before its folders hang, and goes on when it is told to.
class Waiting
{
public:
    Waiting(std::vector<std::string> arguments, std::map<std::string, std::string> environment, Path folder)
    {
        Program program;
        program.arguments = {"/bin/sh", "-c", "echo ready; read -r word; exec \"$@\"", "waiting", SCRATCHPROOF_CLI};
        for (auto& argument : arguments)
            program.arguments.push_back(std::move(argument));
        program.environment = std::move(environment);
        program.workingFolder = std::move(folder);
        m_program = std::make_unique<RunningProgram>(program);
        if (!m_program->readLineWith("ready"))
            throw SetupError("the shell did not start");
    }
    void go()
    {
        m_clock.start();
        m_program->send("\n");
    }
    [[nodiscard]] Ended wait()
    {
        Ended ended = m_program->wait(kPatience);
        m_took = m_clock.elapsed();
        return ended;
    }
    void interrupt()
    {
        m_clock.start();
        m_program->signal(SIGINT);
    }
    [[nodiscard]] qint64 took() const { return m_took; }

private:
    std::unique_ptr<RunningProgram> m_program;
    QElapsedTimer m_clock;
    qint64 m_took = 0;
};

/// This process inherits the probers that their parent left, as init would. Dead ones count until they can be reaped: a
/// thread of theirs may still be stuck.
bool allAreGone()
{
    return eventually([] {
        reapEndedChildren();
        const auto children = childrenOf(getpid());
        return std::none_of(children.begin(), children.end(), [](int pid) {
            std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
            std::string name;
            return std::getline(file, name) && name.starts_with("scratchproof-cl");
        });
    });
}

} // namespace

class HungStartTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<MountedFolder> m_well;
    Path m_folder;
    std::map<std::string, std::string> m_environment;
    int m_tried = 0;
    int m_survived = 0;
    qint64 m_longest = 0;

    void prepareKind(const QByteArray& name, std::unique_ptr<HungFolder>& hung, HangKind& kind)
    {
        const auto& all = hangKinds();
        kind = std::find_if(all.begin(), all.end(), [&](const HangKindName& one) { return name == one.name; })->kind;
        if (const auto reason = HungFolder::whyNot(kind))
            QSKIP(reason->c_str());
        hung = std::make_unique<HungFolder>(kind, *m_base, "hung");
    }
    static void eachKind()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const auto& kind : hangKinds())
            QTest::newRow(kind.name) << QByteArray(kind.name);
    }
    [[nodiscard]] Waiting waiting(std::vector<std::string> arguments,
                                  const std::map<std::string, std::string>& more = {}, const Path& folder = "/") const
    {
        auto environment = m_environment;
        for (const auto& [name, value] : more)
            environment[name] = value;
        return {std::move(arguments), environment, folder};
    }
    void survived(const Waiting& program)
    {
        ++m_survived;
        m_longest = std::max(m_longest, program.took());
    }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_well = mountTmpfs(m_base->makeFolder("well"));
        m_folder = m_well->path() + "/folder";
        makeFolder(m_folder, 0700);
        m_environment.clear();
        for (const char* name : kOwnFolders)
            m_environment[name] = "";
        m_environment.erase("PATH");
        for (const std::string name : {"HOME", "XDG_RUNTIME_DIR"}) {
            m_environment[name] = m_well->path() + "/" + name;
            makeFolder(m_environment[name], 0700);
        }
    }
    void cleanup()
    {
        m_well.reset();
        m_base.reset();
    }
    void cleanupTestCase()
    {
        qInfo("hangs: console: %d situations, %d survived; the longest check of a well folder took %lld ms", m_tried,
              m_survived, m_longest);
    }

    void anOwnFolderThatHangsCostsNoFolderItsAnswer_data() { eachKind(); }
    void anOwnFolderThatHangsCostsNoFolderItsAnswer()
    {
        QFETCH(QByteArray, kind);
        std::unique_ptr<HungFolder> hung;
        HangKind way{};
        prepareKind(kind, hung, way);
        if (!hung)
            return;
        std::vector<Waiting> checks;
        std::vector<std::string> of;
        for (const std::string name : kOwnFolders) {
            const Path own = hung->path() + "/" + name;
            makeFolder(own, 0700);
            auto value = name == "PATH" ? own + ":/usr/bin:/bin" : own;
            // Without a runtime directory the journal is where the registry is.
            const bool isHome = name == "HOME" || name == "XDG_STATE_HOME";
            std::map<std::string, std::string> more{{name, value}};
            if (isHome)
                more["XDG_RUNTIME_DIR"] = "";
            checks.push_back(waiting({"check", "--timeout", kDeadlineWord, "--json", m_folder}, more));
            of.push_back(name);
        }
        checks.push_back(waiting({"check", "--timeout", kDeadlineWord, "--json", "."}, {{"PWD", m_folder}}, m_folder));
        of.emplace_back("nothing");
        checks.push_back(waiting({"check", "--timeout", kDeadlineWord, "--json", m_folder}, {}, hung->path()));
        of.emplace_back("working directory");
        // The registry's home: what it holds can be read where only writing waits.
        const std::map<std::string, std::string> homeHangs{{"HOME", hung->path() + "/HOME"}};
        Waiting list = waiting({"scratch", "list"}, homeHangs);
        Waiting create = waiting({"scratch", "create", "one", "--in", m_folder}, homeHangs);
        hung->hang();
        for (auto& check : checks)
            check.go();
        list.go();
        create.go();
        for (std::size_t i = 0; i < checks.size(); ++i) {
            ++m_tried;
            const auto ended = checks[i].wait();
            const Report report(ended.output);
            QVERIFY2(!ended.timedOut, of[i].c_str());
            QVERIFY2(ended.exitCode == 0, (of[i] + ": " + ended.errors + ended.output).c_str());
            QCOMPARE(report.verdict(), std::string("usable"));
            survived(checks[i]);
        }
        m_tried += 2;
        const auto listed = list.wait();
        QVERIFY(!listed.timedOut);
        // A listener is asked for files that are there, and none may be yet: `create` makes it at the same time.
        const bool mayBeEmpty = way == HangKind::Frozen || way == HangKind::SilentListener;
        QVERIFY2(listed.exitCode == 4 || (mayBeEmpty && listed.exitCode == 0), listed.errors.c_str());
        const auto created = create.wait();
        QVERIFY(!created.timedOut);
        QCOMPARE(created.exitCode, 4);
        QVERIFY2(created.errors.find("registry") != std::string::npos, created.errors.c_str());
        QVERIFY2(namesIn(m_folder).empty(), "a scratch directory that no registry knows");
        m_survived += 2;
        hung->release();
        QVERIFY(allAreGone());
    }

    void aHungFolderIsAnsweredAndCanBeInterrupted_data() { eachKind(); }
    void aHungFolderIsAnsweredAndCanBeInterrupted()
    {
        QFETCH(QByteArray, kind);
        std::unique_ptr<HungFolder> hung;
        HangKind way{};
        prepareKind(kind, hung, way);
        if (!hung)
            return;
        const Path stuck = hung->path() + "/stuck";
        makeFolder(stuck, 0755);
        std::vector<std::string> make{"scratch", "create", "held", "--in", stuck};
        Waiting create = waiting(make);
        create.go();
        QCOMPARE(create.wait().exitCode, 1); // others may rename what is at the top
        Program open;
        open.arguments = {"chmod", "0755", hung->path()};
        QCOMPARE(run(open).exitCode, 0);
        Waiting again = waiting(make);
        again.go();
        QCOMPARE(again.wait().exitCode, 0);

        Waiting check = waiting({"check", "--timeout", kDeadlineWord, "--json", stuck, m_folder});
        Waiting interrupted = waiting({"check", "--timeout", "60s", stuck, m_folder});
        Waiting volumes = waiting({"volumes", "--json"});
        Waiting list = waiting({"scratch", "list"});
        Waiting show = waiting({"scratch", "show", "held"});
        Waiting clean = waiting({"scratch", "clean", "held", "--yes"});
        hung->hang();
        m_tried += 6;
        for (Waiting* program : {&check, &interrupted, &volumes, &list, &show, &clean})
            program->go();
        const auto checked = check.wait();
        const Report report(checked.output);
        QCOMPARE(checked.exitCode, 3);
        QCOMPARE(report.verdict(0), std::string("not-responding"));
        QCOMPARE(report.verdict(1), std::string("usable"));
        QVERIFY2(check.took() >= kDeadlineMs && check.took() < 14'000 + kDeadlineMs, "the time that was given");
        QTest::qWait(500);
        interrupted.interrupt();
        const auto ended = interrupted.wait();
        qInfo("hangs: %s: ended %lld ms after Ctrl-C", kind.constData(), interrupted.took());
        QCOMPARE(ended.exitCode, 130);
        QVERIFY(interrupted.took() < 3000);
        QCOMPARE(volumes.wait().exitCode, 0);
        QCOMPARE(list.wait().exitCode, 0);
        // A frozen one and one whose listener is asked for files only can be looked at in part; no answer is wrong, but
        // one there must be.
        const int shown = show.wait().exitCode;
        QVERIFY2(shown == 0 || shown == 3, std::to_string(shown).c_str());
        const int cleaned = clean.wait().exitCode;
        QVERIFY2(cleaned == 3, std::to_string(cleaned).c_str());
        m_survived += 6;
        hung->release();
        QVERIFY(allAreGone());
        Waiting later = waiting({"check", "--json", stuck});
        later.go();
        QCOMPARE(later.wait().exitCode, 0);
        for (const auto& name : namesIn(stuck))
            QVERIFY2(name.find(".scratchproof-probe") == std::string::npos, name.c_str());
    }

    void fiftyHungMountsInOneRun()
    {
        if (const auto reason = HungFolder::whyNot(HangKind::StoppedDaemon))
            QSKIP(reason->c_str());
        std::vector<std::unique_ptr<HungFolder>> hung;
        std::vector<std::string> arguments{"check", "--timeout", kDeadlineWord, "--json"};
        for (int i = 0; i < kHungMounts; ++i) {
            hung.push_back(std::make_unique<HungFolder>(HangKind::StoppedDaemon, *m_base, "hung" + std::to_string(i)));
            hung.back()->hang();
            arguments.push_back(hung.back()->path());
        }
        arguments.push_back(m_folder);
        m_tried += kHungMounts;
        Waiting check = waiting(arguments);
        check.go();
        const auto ended = check.wait();
        QCOMPARE(ended.exitCode, 3);
        const Report report(ended.output);
        QCOMPARE(report.size(), std::size_t{kHungMounts + 1});
        for (std::size_t i = 0; i < report.size(); ++i)
            QCOMPARE(report.verdict(i), std::string(report.folder(i) == m_folder ? "usable" : "not-responding"));
        qInfo("hangs: console: %d hung mounts in one run: %lld ms (deadline %lld ms)", kHungMounts, check.took(),
              kDeadlineMs);
        QVERIFY(check.took() < (kIsQuickBuild ? 11'000 : 60'000) + kDeadlineMs);
        hung.clear();
        QVERIFY(allAreGone());
        m_survived += kHungMounts;
    }
};

int main(int argc, char** argv)
{
    if (const int code = prepare(Needs::PrivateMounts); code != 0)
        return code;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    QCoreApplication application(argc, argv);
    HungStartTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_hung_start.moc"
