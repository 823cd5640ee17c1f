// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Where one situation is built: a folder of its own, with images on a tmpfs, and what is mounted.
struct Stage
{
    TemporaryFolder base;
    std::unique_ptr<MountedFolder> store = mountTmpfs(base.makeFolder("store"), "mode=0755,size=1g");
    std::vector<std::unique_ptr<MountedFolder>> mounts;
    std::vector<std::string> undo; // a program's arguments, run at the end

    ~Stage()
    {
        if (!undo.empty())
            runOrFail(undo);
        while (!mounts.empty())
            mounts.pop_back();
    }

    /// A folder of the ordinary user.
    Path own(const Path& path, unsigned mode = 0755) const
    {
        makeFolder(path, mode);
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }
    Path own(unsigned mode = 0755) const { return own(base / "own", mode); }

    Path image(const std::string& type, std::uint64_t megabytes, const std::vector<std::string>& makeArguments = {},
               const std::string& options = "rw")
    {
        const Path place = base.makeFolder("place");
        mounts.push_back(mountImage(type, store->path() + "/image", megabytes << 20U, place, makeArguments, options));
        return options == "ro" ? place : own(place + "/own");
    }
    Path tmpfs(const std::string& options)
    {
        mounts.push_back(mountTmpfs(base.makeFolder("place"), options));
        return own(base / "place/own");
    }
};

/// Takes every free inode.
void useUpInodes(const Path& folder)
{
    for (int i = 0;; ++i) {
        const Path path = folder + "/f" + std::to_string(i);
        if (mknod(path.c_str(), S_IFREG | 0644, 0) != 0)
            return;
    }
}

struct Situation
{
    std::function<Path(Stage&)> build;
    std::string verdict;
    std::vector<std::string> findings; // the first finding is one of these; empty: none is asked for
    std::string problem;               // as Report::problem()
};

const std::map<std::string, Situation>& situations()
{
    static const std::map<std::string, Situation> all{
        {"tmpfs", {[](Stage& stage) { return stage.tmpfs("size=16m"); }, "usable", {}, ""}},
        {"ext4", {[](Stage& stage) { return stage.image("ext4", 64); }, "usable", {}, ""}},
        {"xfs", {[](Stage& stage) { return stage.image("xfs", 320); }, "usable", {}, ""}},
        {"btrfs", {[](Stage& stage) { return stage.image("btrfs", 256); }, "usable", {}, ""}},
        {"squashfs",
         {[](Stage& stage) {
              const Path place = stage.base.makeFolder("place");
              static_cast<void>(stage.own(stage.base.makeFolder("content") + "/own"));
              stage.mounts.push_back(mountSquashfs(stage.base / "content", stage.store->path() + "/image", place));
              return place + "/own";
          },
          "unusable",
          {"fs-type-readonly"},
          "create-file failed EROFS"}},
        {"a file system mounted read-only",
         {[](Stage& stage) {
              const Path own = stage.image("ext4", 64);
              stage.mounts.back()->remount("ro");
              return own;
          },
          "unusable",
          {"superblock-readonly"},
          "create-file failed EROFS"}},
        {"a read-only bind mount",
         {[](Stage& stage) {
              const Path own = stage.own();
              stage.mounts.push_back(std::make_unique<MountedFolder>("none", own, own, "bind"));
              stage.mounts.back()->remount("bind,ro");
              return own;
          },
          "unusable",
          {"mount-readonly-flag"},
          "create-file failed EROFS"}},
        {"a full ext4",
         {[](Stage& stage) {
              Path own = stage.image("ext4", 32, {"-m", "0"});
              static_cast<void>(fillUp(stage.base / "place"));
              return own;
          },
          "unusable",
          {"disk-full"},
          "write failed ENOSPC"}},
        {"an ext4 with nothing but the reserve left",
         {[](Stage& stage) {
              Path own = stage.image("ext4", 32, {"-m", "20"});
              if (runAsUser(kOrdinaryUser, [&] { return fillUp(own).empty() ? 1 : 0; }) != 0)
                  throw SetupError("could not fill the disk");
              return own;
          },
          "unusable",
          {"reserved-blocks"},
          "write failed ENOSPC"}},
        {"a full tmpfs",
         {[](Stage& stage) {
              Path own = stage.tmpfs("size=2m");
              static_cast<void>(fillUp(stage.base / "place"));
              return own;
          },
          "unusable",
          {"disk-full", "tmpfs-limit"},
          "write failed ENOSPC"}},
        {"a tmpfs without inodes",
         {[](Stage& stage) {
              Path own = stage.tmpfs("size=16m,nr_inodes=20");
              useUpInodes(stage.base / "place");
              return own;
          },
          "unusable",
          {"inodes-exhausted"},
          "create-file failed ENOSPC"}},
        {"an ext4 without inodes",
         {[](Stage& stage) {
              Path own = stage.image("ext4", 32, {"-N", "32"});
              useUpInodes(stage.base / "place");
              return own;
          },
          "unusable",
          {"inodes-exhausted"},
          "create-file failed ENOSPC"}},
        {"somebody else's folder",
         {[](Stage& stage) { return stage.base.makeFolder("root's", 0755); },
          "unusable",
          {"mode-not-writable"},
          "create-file failed EACCES"}},
        {"an own folder without the write bit",
         {[](Stage& stage) { return stage.own(0555); },
          "unusable",
          {"mode-owner-lacks-write"},
          "create-file failed EACCES"}},
        {"an own folder with the write but not the search bit",
         {[](Stage& stage) { return stage.own(0600); },
          "unusable",
          {"dir-write-without-search", "mode-owner-lacks-write"},
          "create-file failed EACCES"}},
        {"a drop box", {[](Stage& stage) { return stage.own(0300); }, "limited", {"dir-write-only-dropbox"}, ""}},
        {"behind a closed folder",
         {[](Stage& stage) { return stage.own(stage.base.makeFolder("closed", 0700) + "/own"); },
          "unusable",
          {"parent-no-search"},
          "open-folder failed EACCES"}},
        {"an append-only folder",
         {[](Stage& stage) {
              Path own = stage.image("ext4", 64);
              runOrFail({"chattr", "+a", own});
              stage.undo = {"chattr", "-a", own};
              return own;
          },
          "unusable",
          {"dir-append-only"},
          ""}},
        {"an immutable folder",
         {[](Stage& stage) {
              Path own = stage.image("ext4", 64);
              runOrFail({"chattr", "+i", own});
              stage.undo = {"chattr", "-i", own};
              return own;
          },
          "unusable",
          {"dir-immutable"},
          "create-file failed EPERM"}},
        {"a missing folder",
         {[](Stage& stage) { return stage.base / "missing"; },
          "unusable",
          {"path-missing"},
          "open-folder failed ENOENT"}},
        {"a folder below a missing one",
         {[](Stage& stage) { return stage.base / "missing/deep"; },
          "unusable",
          {"path-missing"},
          "open-folder failed ENOENT"}},
        {"a link that leads nowhere",
         {[](Stage& stage) {
              runOrFail({"ln", "-s", "nowhere", stage.base / "link"});
              return stage.base / "link";
          },
          "unusable",
          {"path-dangling-symlink"},
          "open-folder failed ENOENT"}},
        {"a link that leads to itself",
         {[](Stage& stage) {
              runOrFail({"ln", "-s", "loop", stage.base / "loop"});
              return stage.base / "loop/deep";
          },
          "unusable",
          {"path-symlink-loop"},
          "open-folder failed ELOOP"}},
        {"a link to a good folder",
         {[](Stage& stage) {
              runOrFail({"ln", "-s", stage.own(), stage.base / "link"});
              return stage.base / "link";
          },
          "usable",
          {},
          ""}},
        {"a path through a file",
         {[](Stage& stage) {
              writeFile(stage.base / "file", "content");
              return stage.base / "file/deep";
          },
          "unusable",
          {"path-not-directory"},
          "open-folder failed ENOTDIR"}},
        {"/proc", {[](Stage&) { return Path("/proc"); }, "unusable", {"pseudo-filesystem"}, "*"}},
        {"/sys", {[](Stage&) { return Path("/sys"); }, "unusable", {"pseudo-filesystem"}, "*"}},
        {"a path of 5,000 bytes",
         {[](Stage& stage) {
              Path path = stage.base.path();
              while (path.size() < 5000)
                  path += "/folder";
              return path;
          },
          "unusable",
          {"path-too-long"},
          "open-folder failed ENAMETOOLONG"}},
        {"a name that is not UTF-8",
         {[](Stage& stage) { return stage.own(stage.base / "a\xff\xfe"); }, "usable", {}, ""}},
        {"a name with a newline", {[](Stage& stage) { return stage.own(stage.base / "a\nb"); }, "usable", {}, ""}},
        {"a name that is a command",
         {[](Stage& stage) { return stage.own(stage.base / "x'; touch pwned; '"); }, "usable", {}, ""}},
    };
    return all;
}

/// Every entry of the folder and their attributes that a probe could change, by name.
std::vector<std::string> stateOf(const Path& folder)
{
    struct stat status
    {};
    if (lstat(folder.c_str(), &status) != 0 || folder.starts_with("/proc") || folder.starts_with("/sys"))
        return {};
    if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return {};
    auto names = namesIn(folder);
    names.push_back(std::to_string(status.st_mode) + ":" + std::to_string(status.st_uid));
    return names;
}

} // namespace

/// Real folders, checked by the installed console program as an unprivileged user.
class RealFoldersTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }

    void aFolderGetsItsVerdictItsReasonAndItsExitCode_data()
    {
        QTest::addColumn<QByteArray>("level");
        for (const auto& [name, situation] : situations()) {
            QTest::addRow("%s", name.c_str()) << QByteArray("standard");
            // Without writing data a full disk looks well: that is why quick is not the default.
            if (situation.problem != "write failed ENOSPC")
                QTest::addRow("%s, quick", name.c_str()) << QByteArray("quick");
        }
    }
    void aFolderGetsItsVerdictItsReasonAndItsExitCode()
    {
        QFETCH(QByteArray, level);
        std::string name = QTest::currentDataTag();
        if (level == "quick")
            name.resize(name.size() - std::string(", quick").size());
        const Situation& situation = situations().at(name);
        Stage stage;
        const Path folder = situation.build(stage);
        const auto before = stateOf(folder);
        const auto ended = run(m_cli->command({"check", "--json", "--level", level.toStdString(), "--", folder}));
        const Report report(ended.output);
        QVERIFY2(report.isValid(), (ended.errors + ended.output).c_str());
        QCOMPARE(report.size(), std::size_t{1});
        const std::string seen = report.verdict() + ", " + report.firstFinding() + ", " + report.problem();
        QVERIFY2(report.verdict() == situation.verdict, seen.c_str());
        if (!situation.findings.empty())
            QVERIFY2(std::find(situation.findings.begin(), situation.findings.end(), report.firstFinding()) !=
                         situation.findings.end(),
                     seen.c_str());
        if (situation.problem == "*")
            QVERIFY2(!report.problem().empty(), seen.c_str());
        else
            QVERIFY2(report.problem() == situation.problem, seen.c_str());
        QCOMPARE(ended.exitCode, situation.verdict == "unusable" ? 1 : 0);
        QVERIFY(report.folder() == folder);
        QVERIFY2(stateOf(folder) == before, "the folder is not as it was");
    }

    void anAppendOnlyFolderIsNotWrittenTo()
    {
        Stage stage;
        const Path folder = situations().at("an append-only folder").build(stage);
        const auto ended = run(m_cli->command({"check", "--json", folder}));
        const Report report(ended.output);
        QCOMPARE(report.step("open-folder"), std::string("passed"));
        QCOMPARE(report.step("create-file"), std::string("skipped"));
        QVERIFY(namesIn(folder).empty());
    }

    void aFileIsNeverWrittenTo()
    {
        Stage stage;
        const Path folder = stage.own();
        const Path file = folder + "/document";
        writeFile(file, "content");
        changeOwner(file, kOrdinaryUser, kOrdinaryUser);
        const auto ended = run(m_cli->command({"check", "--json", file}));
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.size(), std::size_t{1});
        QCOMPARE(report.verdict(), std::string("usable"));
        QCOMPARE(readFile(file), std::string("content"));
        QVERIFY(namesIn(folder) == std::vector<std::string>{"document"});
    }

    void aUmaskThatLocksFilesAgainstTheirMakerSaysNothingOfTheFolder_data()
    {
        QTest::addColumn<QByteArray>("mask");
        QTest::addColumn<QByteArray>("level");
        QTest::addColumn<QByteArray>("type");
        for (const char* mask : {"0777", "0277", "0477", "0177", "0000"}) {
            for (const char* level : {"quick", "standard", "full"})
                QTest::addRow("%s, %s, tmpfs", mask, level) << QByteArray(mask) << QByteArray(level) << QByteArray();
        }
        QTest::newRow("0777, full, ext4") << QByteArray("0777") << QByteArray("full") << QByteArray("ext4");
    }
    void aUmaskThatLocksFilesAgainstTheirMakerSaysNothingOfTheFolder()
    {
        QFETCH(QByteArray, mask);
        QFETCH(QByteArray, level);
        QFETCH(QByteArray, type);
        Stage stage;
        const Path folder = type.isEmpty() ? stage.tmpfs("size=16m") : stage.image(type.toStdString(), 64);
        const auto check = [&](const std::string& with) {
            Program program = m_cli->command({"check", "--json", "--level", level.toStdString(), "--", folder});
            program.arguments.insert(program.arguments.begin(), {"sh", "-c", "umask " + with + "; exec \"$@\"", "sh"});
            return Report(run(program).output);
        };
        const auto abilitiesOf = [](const Report& report) {
            const Json* abilities = getArray(report.check(0), "abilities");
            return abilities == nullptr ? std::string() : abilities->dump();
        };
        const Report ordinary = check("022");
        const Report report = check(mask.toStdString());
        QVERIFY(report.isValid());
        QCOMPARE(report.verdict(), ordinary.verdict());
        QVERIFY(report.verdict() == "usable" || report.verdict() == "limited");
        QCOMPARE(report.problem(), std::string());
        QCOMPARE(report.firstFinding(), ordinary.firstFinding());
        QCOMPARE(abilitiesOf(report), abilitiesOf(ordinary));
        QVERIFY(namesIn(folder).empty());
    }

    void whatTheFolderTakesFromNewFilesIsStillSeen()
    {
        // The owner's bits, gone by the folder's list and not by a mask.
        Stage stage;
        const Path folder = stage.image("ext4", 64);
        runOrFail({"setfacl", "-d", "-m", "u::-wx,g::---,o::---", folder});
        const Report report(run(m_cli->command({"check", "--json", "--", folder})).output);
        QCOMPARE(report.verdict(), std::string("unusable"));
        QCOMPARE(report.firstFinding(), std::string("default-acl-unreadable-new-file"));
        QVERIFY(namesIn(folder).empty());
    }

    void oddSpellingsEachGetTheirRow()
    {
        Stage stage;
        const Path folder = stage.own();
        auto program = m_cli->command({"check", "--json", "own", "./own/", folder, folder});
        program.workingFolder = stage.base.path();
        const auto ended = run(program);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.size(), std::size_t{4});
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(report.verdict(i), std::string("usable"));
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(namesIn(folder).empty());
    }
};

SCRATCHPROOF_TEST_MAIN(RealFoldersTest, PrivateMounts)
#include "tst_real_folders.moc"
