// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr unsigned kDaemon = 1; // a user that every Debian has

/// One answer of `rights --json`.
struct Answer
{
    std::string verdict;
    std::string id;
    Path component;
    std::string title;
    std::string firstCommand; // its words with spaces between
};

} // namespace

class RightsCommandTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    Ended rights(std::vector<std::string> arguments, unsigned runAs = 0) const
    {
        arguments.insert(arguments.begin(), "rights");
        return run(m_cli->command(std::move(arguments), runAs));
    }
    Answer answerFor(const Path& folder, int expectedCode, unsigned runAs = 0, const std::string& user = "daemon") const
    {
        const Ended ended = rights({"--json", user, folder}, runAs);
        if (ended.exitCode != expectedCode)
            qWarning("exit code %d: %s", ended.exitCode, ended.errors.c_str());
        const Json document = parseJson(ended.output).value_or(Json());
        const Json* answers = getArray(document, "answers");
        if (ended.exitCode != expectedCode || answers == nullptr || answers->size() != 1 ||
            getString(document, "schema") != "scratchproof.rights/1")
            return {};
        const Json& one = answers->front();
        const Json* finding = getObject(one, "finding");
        Answer answer{getString(one, "answer").value_or(""), "", getPath(one, "component").value_or(""), "", ""};
        if (finding == nullptr)
            return answer;
        answer.id = getString(*finding, "id").value_or("");
        answer.title = getString(*finding, "title").value_or("");
        const Json* fixes = getArray(*finding, "fixes");
        const Json* words = fixes != nullptr && !fixes->empty() ? getArray(fixes->front(), "argv") : nullptr;
        for (std::size_t i = 0; words != nullptr && i < words->size(); ++i)
            answer.firstCommand += (i == 0 ? "" : " ") + (*words)[i].get<std::string>();
        return answer;
    }

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void aFolderOfTheirOwnIsYes()
    {
        const Path folder = m_base->makeFolder("own");
        changeOwner(folder, kDaemon, kDaemon);
        const Answer answer = answerFor(folder, 0);
        QCOMPARE(answer.verdict, std::string("yes"));
        QCOMPARE(answer.id, std::string("rights-granted"));
        QCOMPARE(answer.component, folder);
        QVERIFY(answer.title.find("daemon") != std::string::npos);
        QVERIFY(namesIn(folder).empty());
    }

    void anOrdinaryUserMayAskToo()
    {
        const Path folder = m_base->makeFolder("own");
        changeOwner(folder, kDaemon, kDaemon);
        QCOMPARE(answerFor(folder, 0, kOrdinaryUser).verdict, std::string("yes"));
    }

    void aNumberIsAUserToo()
    {
        const Path folder = m_base->makeFolder("open", 0777);
        QCOMPARE(answerFor(folder, 0, 0, "1").verdict, std::string("yes"));
    }

    void aParentThatIsClosedIsNamedWithTheLeastThatHelps()
    {
        const Path parent = m_base->makeFolder("closed", 0755);
        const Path folder = m_base->makeFolder("closed/open", 0777);
        runOrFail({"chmod", "0700", parent});
        const Answer answer = answerFor(folder, 1);
        QCOMPARE(answer.verdict, std::string("no"));
        QCOMPARE(answer.id, std::string("parent-no-search"));
        QCOMPARE(answer.component, parent);
        QCOMPARE(answer.firstCommand, "setfacl -m u:daemon:x -- " + parent);
    }

    void whatTheyHaveAlreadyIsKeptByTheCommand()
    {
        const Path parent = m_base->makeFolder("listed", 0755);
        const Path folder = m_base->makeFolder("listed/open", 0777);
        runOrFail({"setfacl", "-m", "u:daemon:rw", parent});
        const Answer byName = answerFor(folder, 1);
        QCOMPARE(byName.firstCommand, "setfacl -m u:daemon:rwx -- " + parent);
        // An entry of one's own counts before one's group.
        runOrFail({"setfacl", "-b", parent});
        changeOwner(parent, 0, kDaemon);
        runOrFail({"chmod", "0745", parent});
        const Answer byGroup = answerFor(folder, 1);
        QCOMPARE(byGroup.firstCommand, "setfacl -m u:daemon:rx -- " + parent);
    }

    void theCommandThatIsOfferedHelps()
    {
        makeFolder(m_base->path() + "/m", 0755);
        const auto memory = mountTmpfs(m_base->path() + "/m");
        const Path folder = memory->path() + "/x'; touch gone; '";
        makeFolder(folder, 0755);
        const Ended before = rights({"--json", "daemon", folder});
        QCOMPARE(before.exitCode, 1);
        const Ended text = rights({"daemon", folder});
        QVERIFY2(text.output.find(" (proven; mode-not-writable).") != std::string::npos, text.output.c_str());
        const auto at = text.output.find("setfacl ");
        QVERIFY(at != std::string::npos);
        const std::string line = text.output.substr(at, text.output.find('\n', at) - at);
        runOrFail({"sh", "-c", line});
        QCOMPARE(answerFor(folder, 0).verdict, std::string("yes"));
        // Only a no has a certainty.
        const std::string granted = rights({"daemon", folder}).output;
        QVERIFY2(granted.find(" (rights-granted).") != std::string::npos, granted.c_str());
        QCOMPARE(namesIn(memory->path()).size(), std::size_t{1});
    }

    void accessListsAreRead()
    {
        makeFolder(m_base->path() + "/m", 0755);
        const auto memory = mountTmpfs(m_base->path() + "/m");
        const auto folder = [&](const char* name, unsigned mode, const char* list) {
            const Path path = memory->path() + "/" + name;
            makeFolder(path, mode);
            runOrFail({"setfacl", "-m", list, path});
            return path;
        };
        QCOMPARE(answerFor(folder("mask", 0755, "u:daemon:rwx,m::r-x"), 1).id, std::string("acl-mask-limits"));
        QCOMPARE(answerFor(folder("named", 0777, "u:daemon:---"), 1).id, std::string("acl-named-user-denied"));
        QCOMPARE(answerFor(folder("group", 0777, "g:daemon:---"), 1).id, std::string("acl-group-match-no-fallback"));
        QCOMPARE(answerFor(folder("grant", 0700, "u:daemon:rwx"), 0).verdict, std::string("yes"));
        // Mode & 070 is 0: the kernel leaves the list alone.
        QCOMPARE(answerFor(folder("trap", 0700, "u:daemon:rwx,m::---,o::---"), 1).id, std::string("mode-not-writable"));
        QCOMPARE(answerFor(folder("trap2", 0700, "u:daemon:---,m::---,o::rwx"), 0).verdict, std::string("yes"));
    }

    void modesHaveTheirNames()
    {
        const auto own = [&](const char* name, unsigned mode) {
            const Path path = m_base->makeFolder(name, mode);
            changeOwner(path, kDaemon, 4242);
            return path;
        };
        QCOMPARE(answerFor(own("a", 0500), 1).id, std::string("mode-owner-lacks-write"));
        QCOMPARE(answerFor(own("b", 0077), 1).id, std::string("owner-class-excludes"));
        QCOMPARE(answerFor(own("c", 0600), 1).id, std::string("dir-write-without-search"));
        QCOMPARE(answerFor(m_base->path() + "/a", 1).firstCommand, "chmod u+rwx -- " + m_base->path() + "/a");
        const Path group = m_base->makeFolder("g", 0770);
        changeOwner(group, 0, 2);
        QCOMPARE(answerFor(group, 1).id, std::string("group-missing"));
    }

    void readOnlyMountsAreNo()
    {
        makeFolder(m_base->path() + "/m", 0755);
        const auto memory = mountTmpfs(m_base->path() + "/m", "mode=0777,ro");
        QCOMPARE(answerFor(memory->path(), 1).id, std::string("superblock-readonly"));
        memory->remount("rw");
        memory->remount("bind,ro");
        QCOMPARE(answerFor(memory->path(), 1).id, std::string("mount-readonly-flag"));
        QCOMPARE(answerFor("/proc", 1).id, std::string("pseudo-filesystem"));
    }

    void aMissingFolderAndAFileAreNo()
    {
        writeFile(m_base->path() + "/file", "x");
        QCOMPARE(answerFor(m_base->path() + "/none", 1).id, std::string("path-missing"));
        QCOMPARE(answerFor(m_base->path() + "/file", 1).id, std::string("path-not-directory"));
    }

    void aFolderThatTheAskerMayNotLookIntoCannotBeKnown()
    {
        const Path closed = m_base->makeFolder("closed", 0700);
        changeOwner(closed, kDaemon, kDaemon);
        const Path folder = closed + "/inner";
        makeFolder(folder, 0777);
        const Answer answer = answerFor(folder, 3, kOrdinaryUser);
        QCOMPARE(answer.verdict, std::string("unknown"));
        QCOMPARE(answer.id, std::string("rights-unknown-hidden"));
        QCOMPARE(answer.component, closed);
        QCOMPARE(answerFor(folder, 0).verdict, std::string("yes")); // root sees it
    }

    void noWinsOverCannotBeKnown()
    {
        const Path hidden = m_base->makeFolder("hidden", 0700);
        changeOwner(hidden, kDaemon, kDaemon);
        makeFolder(hidden + "/inner", 0777);
        const Path open = m_base->makeFolder("open", 0777);
        const Path closed = m_base->makeFolder("closed", 0755);
        QCOMPARE(rights({"daemon", hidden + "/inner", open}, kOrdinaryUser).exitCode, 3);
        QCOMPARE(rights({"daemon", hidden + "/inner", closed, open}, kOrdinaryUser).exitCode, 1);
    }

    void aFolderThatDoesNotAnswerCostsItsLineOnly()
    {
        FaultFolder fuse(m_base->path() + "/fuse");
        fuse.hang("getattr");
        const Path open = m_base->makeFolder("open", 0777);
        const Ended ended = rights({"--json", "daemon", fuse.path(), open});
        fuse.release();
        QCOMPARE(ended.exitCode, 3);
        const Json document = parseJson(ended.output).value_or(Json());
        const Json* answers = getArray(document, "answers");
        QVERIFY(answers != nullptr && answers->size() == 2);
        QCOMPARE(getString((*answers)[0], "answer").value_or(""), std::string("unknown"));
        QVERIFY(getObject((*answers)[0], "error") != nullptr);
        QCOMPARE(getString((*answers)[1], "answer").value_or(""), std::string("yes"));
    }

    void anUnknownUserIsBadUsage()
    {
        for (const char* user : {"no-such-user-here", "4242424242", "", "ann\nbob"}) {
            const Ended ended = rights({user, m_base->path()});
            QVERIFY2(ended.exitCode == 2, user);
            QVERIFY(!ended.errors.empty());
            QVERIFY(ended.output.empty());
        }
        QCOMPARE(rights({"daemon"}).exitCode, 2);
        QCOMPARE(rights({}).exitCode, 2);
    }
};

SCRATCHPROOF_TEST_MAIN(RightsCommandTest, PrivateMounts)
#include "tst_rights_command.moc"
