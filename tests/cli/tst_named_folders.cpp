// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// "ü" as one character and as two.
const std::string kComposed = "B\xc3\xbc"
                              "cher";
const std::string kDecomposed = "Bu\xcc\x88"
                                "cher";

std::string argumentOf(const Report& report, const std::string& name, std::size_t index = 0)
{
    const Json* findings = getArray(report.check(index), "findings");
    const Json* arguments =
        findings == nullptr || findings->empty() ? nullptr : getObject(findings->front(), "arguments");
    const Json* argument = arguments != nullptr ? getObject(*arguments, name) : nullptr;
    return argument != nullptr ? getPath(*argument, "value").value_or("") : "";
}

/// Every word of every command that the report advises.
std::vector<std::string> advised(const Report& report, std::size_t index = 0)
{
    std::vector<std::string> words;
    const Json* findings = getArray(report.check(index), "findings");
    for (std::size_t i = 0; findings != nullptr && i < findings->size(); ++i) {
        for (const Json& fix : (*findings)[i].value("fixes", Json::array())) {
            for (const Json& word : fix.value("argv", Json::array()))
                words.push_back(word.get<std::string>());
        }
    }
    return words;
}

bool has(const std::vector<std::string>& words, const std::string& word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

/// Which folder is meant by what was typed, listed or handed over by a shell; and where one really is.
class NamedFoldersTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    Path own(const std::string& name, unsigned mode = 0755) const
    {
        Path path = m_base->makeFolder(name, mode);
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }

    /// In a folder, with an ssh that only notes that it was called.
    Program in(const Path& folder, std::vector<std::string> words) const
    {
        const Path bin = *m_base / "bin";
        if (const auto names = namesIn(m_base->path()); !has(names, "bin"))
            makeFolder(bin, 0755);
        writeFile(bin + "/ssh", "#!/bin/sh\necho \"$@\" >> " + (*m_base / "called") + "\nexit 255\n", 0755);
        writeFile(*m_base / "called", "", 0666);
        words.insert(words.begin(), {"check", "--json"});
        Program program = m_cli->command(std::move(words));
        program.workingFolder = folder;
        program.environment["PATH"] = bin + ":/usr/bin:/bin";
        return program;
    }
    bool wasSshCalled() const { return !readFile(*m_base / "called").empty(); }

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void aFolderThatIsHereIsMeantWhateverItsNameLooksLike_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"smb-share:server=nas,share=data", "nas:docs", "ann@nas:docs", "C:", ":x", "a=b:c",
                                 "a b:c", "-o:x", "[::1]:x", "https:"})
            QTest::newRow(name) << QByteArray(name);
    }
    void aFolderThatIsHereIsMeantWhateverItsNameLooksLike()
    {
        QFETCH(QByteArray, name);
        own("place");
        const Path folder = own("place/" + name.toStdString());
        own("place/" + name.toStdString() + "/below");
        const auto ended = run(
            in(*m_base / "place", {"--", name.toStdString(), name.toStdString() + "/below", name.toStdString() + "/"}));
        const Report report(ended.output);
        QVERIFY2(report.size() == 3, ended.errors.c_str());
        for (std::size_t i = 0; i < 3; ++i)
            QCOMPARE(report.verdict(i), std::string("usable"));
        QCOMPARE(report.folder(0), folder);
        QVERIFY(!wasSshCalled());
    }

    void whatIsNotHereAndCanBeAHostIsAsked()
    {
        own("place");
        const auto ended = run(in(*m_base / "place", {"nas:docs"}));
        QVERIFY(wasSshCalled());
        QCOMPARE(ended.exitCode, 3);
    }

    void whatCanBeNoHostIsRefused()
    {
        own("place");
        for (const char* name : {"C:", "C:/Users/ann", ":x", "a=b:c", "x:"}) {
            const auto ended = run(in(*m_base / "place", {"--", name}));
            QCOMPARE(ended.exitCode, 2);
            QVERIFY2(ended.errors.find("./ in front") != std::string::npos, ended.errors.c_str());
            QVERIFY(!wasSshCalled());
        }
    }

    void aListNamesHostsOnlyWhenItMay()
    {
        own("place");
        const Path folder = own("place/nas:docs");
        writeFile(*m_base / "list", "nas:docs\nother:docs\nC:\\Users\nhttps://nas/x\n");
        const auto plain = run(in(*m_base / "place", {"--from-file", *m_base / "list"}));
        const Report report(plain.output);
        QCOMPARE(report.size(), std::size_t{4});
        QCOMPARE(report.verdict(0), std::string("usable"));
        QCOMPARE(report.folder(0), folder);
        QCOMPARE(report.firstFinding(1), std::string("path-missing"));
        QVERIFY(!wasSshCalled());
        QVERIFY2(plain.errors.find("--remote") != std::string::npos, plain.errors.c_str());

        writeFile(*m_base / "list", "nas:docs\nother:docs\n");
        const auto remote = run(in(*m_base / "place", {"--remote", "--from-file", *m_base / "list"}));
        QVERIFY(wasSshCalled());
        QCOMPARE(Report(remote.output).verdict(0), std::string("usable"));
        QCOMPARE(Report(remote.output).verdict(1), std::string("not-checked"));
    }

    void aUriOfAFileIsItsPath()
    {
        const Path folder = own("with space");
        const std::string escaped = *m_base / "with%20space";
        for (const std::string& uri : {"file://" + escaped, "file://localhost" + escaped, "file:" + escaped}) {
            const auto ended = run(in("/", {uri}));
            QCOMPARE(Report(ended.output).folder(), folder);
            QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        }
        const auto other = run(in("/", {"file://nas/home"}));
        QCOMPARE(other.exitCode, 2);
        QVERIFY(!wasSshCalled());
    }

    void aListOfWindowsIsRead()
    {
        const Path one = own("one");
        const Path two = own("two");
        writeFile(*m_base / "list", "\xef\xbb\xbf" + one + "\r\n" + two + "\r\n");
        const auto ended = run(in("/", {"--from-file", *m_base / "list"}));
        const Report report(ended.output);
        QCOMPARE(report.size(), std::size_t{2});
        QCOMPARE(report.folder(0), one);
        QCOMPARE(report.folder(1), two);
        QCOMPARE(ended.exitCode, 0);
        std::string wide = "\xff\xfe";
        for (const char c : one + "\r\n")
            wide += std::string(1, c) + std::string(1, '\0');
        writeFile(*m_base / "list", wide);
        const auto refused = run(in("/", {"--from-file", *m_base / "list"}));
        QCOMPARE(refused.exitCode, 2);
        QVERIFY(refused.errors.find("UTF-16") != std::string::npos);
    }

    void aLookAlikeIsNamedBeforeANewFolderIsAdvised_data()
    {
        QTest::addColumn<QByteArray>("there");
        QTest::addColumn<QByteArray>("asked");
        const auto row = [](const char* name, const std::string& there, const std::string& asked) {
            QTest::newRow(name) << QByteArray::fromStdString(there) << QByteArray::fromStdString(asked);
        };
        row("decomposed on disk", kDecomposed, kComposed);
        row("composed on disk", kComposed, kDecomposed);
        row("capital letters", "Photos", "photos");
        row("accents and capitals",
            "\xc3\x9c"
            "bung",
            "u\xcc\x88"
            "bung");
        row("a blank at the end", "Photos ", "Photos");
        row("a blank that was typed", "Photos", "Photos ");
        row("a carriage return", "Photos", "Photos\r");
        row("a byte order mark", "Photos", "\xef\xbb\xbfPhotos");
        row("no-break space", "My\xc2\xa0Photos", "My Photos");
        row("Hangul", "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab");
    }
    void aLookAlikeIsNamedBeforeANewFolderIsAdvised()
    {
        QFETCH(QByteArray, there);
        QFETCH(QByteArray, asked);
        own("place");
        const Path folder = own("place/" + there.toStdString());
        for (const char* below : {"", "/sub/folder"}) {
            const auto ended = run(in("/", {*m_base / "place/" + asked.toStdString() + below}));
            const Report report(ended.output);
            QCOMPARE(report.firstFinding(), std::string("path-look-alike"));
            QCOMPARE(argumentOf(report, "alike"), folder);
            QVERIFY(!has(advised(report), "mkdir"));
        }
    }

    void anotherNameIsNoLookAlike()
    {
        own("place");
        own("place/Photos");
        own("place/Bucher");
        for (const std::string& asked : {std::string("Photo"), std::string("Photos2"), kComposed}) {
            const Report report(run(in("/", {*m_base / "place/" + asked})).output);
            QCOMPARE(report.firstFinding(), std::string("path-missing"));
            QVERIFY(has(advised(report), "mkdir"));
        }
    }

    void whereDrivesAreConnectedPluggingInComesFirst()
    {
        for (const char* place :
             {"/media/ann/no-such-stick", "/run/media/ann/no-such-stick", "/mnt/no-such-nas/folder"}) {
            const auto ended = run(in("/", {place}));
            const Report report(ended.output);
            const Json& check = report.check(0);
            QVERIFY2(toLine(check).find("plug-in-missing") != std::string::npos, toLine(check).c_str());
            QVERIFY(toLine(check).find("volume-locked") == std::string::npos);
        }
    }

    void aMountThatIsHiddenIsTold()
    {
        const Path data = m_base->makeFolder("data");
        makeFolder(data + "/sub", 0755);
        const auto stick = mountTmpfs(data + "/sub", "mode=0777,size=5m");
        const auto before = run(in("/", {data + "/sub"}));
        QCOMPARE(Report(before.output).verdict(), std::string("usable"));
        const auto disk = mountTmpfs(data, "mode=0777,size=9m");
        makeFolder(data + "/sub", 0777);
        const auto ended = run(in("/", {data + "/sub", data}));
        const Report report(ended.output);
        QCOMPARE(report.verdict(0), std::string("limited"));
        QCOMPARE(report.firstFinding(0), std::string("mount-hidden"));
        QCOMPARE(argumentOf(report, "mount"), data);
        const Json* facts = getObject(report.check(0), "facts");
        QVERIFY(toLine(*facts).find("9437184") != std::string::npos); // the disk's size, not the stick's
        QCOMPARE(report.verdict(1), std::string("usable"));
    }

    void aFolderThatWasUnmountedUnderTheShellIsNotAnother()
    {
        const Path lazy = m_base->makeFolder("lazy");
        const Path absolute = own("absolute");
        const std::string words = "mount -t tmpfs -o mode=777 none " + lazy + " && cd " + lazy + " && umount -l " +
                                  lazy + " && exec setpriv --reuid=12345 --regid=12345 --clear-groups " +
                                  m_cli->program();
        const auto shell = [&](const std::string& command) {
            Program program;
            program.arguments = {"/bin/sh", "-c", words + " " + command};
            program.environment["HOME"] = "/nonexistent";
            program.environment["XDG_RUNTIME_DIR"] = "";
            return run(program);
        };
        const auto ended = shell("check --json . some/folder ../x " + absolute);
        const Report report(ended.output);
        QVERIFY2(report.size() == 4, ended.errors.c_str());
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(report.verdict(i), std::string("not-checked"));
            QCOMPARE(report.firstFinding(i), std::string("working-folder-gone"));
            QVERIFY(advised(report, i).empty());
        }
        QCOMPARE(report.folder(0), Path("."));
        QCOMPARE(report.verdict(3), std::string("usable"));
        QCOMPARE(ended.exitCode, 3);
        QCOMPARE(shell("rights 12345 .").exitCode, 2);
        QVERIFY(shell("scratch create --in . some").exitCode != 0);
    }

    void withoutProcTheFolderIsReallyTried()
    {
        const Path good = own("good");
        const Path bad = m_base->makeFolder("bad", 0755);
        Program program;
        program.arguments = {"/usr/bin/unshare", "-m", "/bin/sh", "-c",
                             "mount -t tmpfs none /proc && exec setpriv --reuid=12345 --regid=12345 --clear-groups " +
                                 m_cli->program() + " check --json " + good + " " + bad};
        program.environment["HOME"] = "/nonexistent";
        program.environment["XDG_RUNTIME_DIR"] = "";
        const auto ended = run(program);
        const Report report(ended.output);
        QVERIFY2(report.size() == 2, ended.errors.c_str());
        QVERIFY2(report.verdict(0) == "usable", ended.output.c_str());
        QCOMPARE(report.verdict(1), std::string("unusable"));
        QCOMPARE(report.firstFinding(1), std::string("mode-not-writable"));
        QCOMPARE(ended.exitCode, 1);
        QVERIFY(namesIn(good).empty());
    }
};

SCRATCHPROOF_TEST_MAIN(NamedFoldersTest, PrivateMounts)
#include "tst_named_folders.moc"
