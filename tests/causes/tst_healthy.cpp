// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Folders that are fine, all on one file system, and in whose shoes they are.
struct Healthy
{
    std::vector<Path> folders;
    std::vector<std::string> launcher = {};
    std::optional<unsigned> user = kOrdinaryUser;
};

/// The folder, with an access list.
Path withList(Path folder, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "setfacl");
    arguments.push_back(folder);
    runOrFail(std::move(arguments));
    return folder;
}

Path ownedBy(const Path& path, unsigned mode, unsigned user, unsigned group)
{
    makeFolder(path, 0700);
    changeOwner(path, user, group);
    runOrFail({"chmod", QString::number(mode, 8).toStdString(), path});
    return path;
}

/// Odd names, in `top`, which is anybody's to write to or ours.
std::vector<Path> oddNames(const Stage& stage, const Path& top)
{
    std::vector<Path> folders;
    for (const std::string& name :
         {std::string("plain"), std::string("two words"), std::string(".hidden"), std::string("-rf"),
          std::string("a\nb"), std::string("a\xff\xfe"), std::string("x'; touch pwned; '"), std::string("$(id)"),
          std::string("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"), std::string(255, 'n'), std::string("trailing. "),
          std::string("tab\there"),
          std::string("\xe2\x80\xae"
                      "gpj"),
          std::string("{path}")})
        folders.push_back(stage.own(top + "/" + name, 0700));
    return folders;
}

/// Permissions that look odd and let us in.
std::vector<Path> oddPermissions(const Stage& stage, const Path& top, bool hasLists)
{
    std::vector<Path> folders{
        stage.own(top + "/0755", 0755),
        stage.own(top + "/0711", 0711),
        stage.own(top + "/0777", 0777),
        stage.own(top + "/02755", 02755),
        stage.own(top + "/01700", 01700),
        ownedBy(top + "/everybody's", 01777, 0, 0),
        ownedBy(top + "/open", 0777, 0, 0),
        ownedBy(top + "/somebody's", 0777, kOtherUser, kOtherUser),
        ownedBy(top + "/nobody's", 0777, kNamelessUser, kNamelessUser),
        ownedBy(top + "/group's", 02775, 0, kGroup),
        ownedBy(top + "/group's only", 0070 | 02000, kOtherUser, kGroup),
        ownedBy(top + "/others only", 0707, 0, 0),
    };
    makeFolder(top + "/passage", 0711);
    folders.push_back(stage.own(top + "/passage/0700", 0700));
    makeFolder(top + "/deep", 0755);
    Path deep = top + "/deep";
    for (int level = 0; level < 30; ++level)
        makeFolder(deep += "/level", 0711);
    folders.push_back(stage.own(deep + "/end", 0700));
    if (hasLists) {
        folders.push_back(withList(ownedBy(top + "/listed", 0700, 0, 0), {"-m", "u:12345:rwx"}));
        folders.push_back(withList(ownedBy(top + "/listed group", 0700, 0, 0), {"-m", "g:23456:rwx"}));
        folders.push_back(withList(ownedBy(top + "/two groups", 0700, 0, 0), {"-m", "g:23456:rwx,g:23457:---"}));
        folders.push_back(withList(stage.own(top + "/inherited"), {"-d", "-m", "u:23457:rwx,g::r-x,o::---"}));
        folders.push_back(withList(stage.own(top + "/owner with list", 0700), {"-m", "u:23457:r-x"}));
    }
    return folders;
}

/// All of them, as a member of the group.
Healthy allIn(const Stage& stage, const Path& top, bool hasLists = true)
{
    ownedBy(top + "/.Trash", 01777, 0, 0); // without it "no trash" is true
    Healthy healthy{oddNames(stage, top), asUserWithGroups(std::to_string(kGroup)), std::nullopt};
    for (auto& folder : oddPermissions(stage, top, hasLists))
        healthy.folders.push_back(std::move(folder));
    return healthy;
}

struct Place
{
    std::string name;
    std::function<Healthy(Stage&)> build;
    bool isComplete = false; // a file system without limits: at level full it has no findings either
};

Healthy overlay(Stage& stage)
{
    const Path disk = stage.image("ext4", 64);
    for (const char* part : {"/lower", "/upper", "/work"})
        makeFolder(disk + part, 0755);
    const Path inLower = stage.own(disk + "/lower/below");
    Healthy healthy =
        allIn(stage, stage.mountAt(stage.base / "merged",
                                   {"-t", "overlay", "-o",
                                    "lowerdir=" + disk + "/lower,upperdir=" + disk + "/upper,workdir=" + disk + "/work",
                                    "overlay"}));
    healthy.folders.push_back(stage.base / "merged/below");
    return healthy;
}

Healthy btrfs(Stage& stage)
{
    const Path place = stage.image("btrfs", 256);
    Healthy healthy = allIn(stage, place);
    for (const std::string name : {"/subvolume", "/subvolume/inner"}) {
        runOrFail({"btrfs", "-q", "subvolume", "create", place + name});
        healthy.folders.push_back(stage.own(place + name + "/own"));
        changeOwner(place + name, kOrdinaryUser, kOrdinaryUser);
        healthy.folders.push_back(place + name);
    }
    runOrFail({"btrfs", "-q", "subvolume", "snapshot", place + "/subvolume", place + "/snapshot"});
    healthy.folders.push_back(place + "/snapshot/own");
    return healthy;
}

Healthy bindMounts(Stage& stage)
{
    const Path disk = stage.image("ext4", 32);
    ownedBy(disk + "/.Trash", 01777, 0, 0);
    const Path own = stage.own(disk + "/own");
    Healthy healthy{{own}};
    const auto mounted = [&](const std::string& name, std::vector<std::string> arguments) {
        healthy.folders.push_back(stage.mountAt(stage.base / name, std::move(arguments)));
    };
    mounted("bound", {"--bind", own});
    mounted("twice", {"--bind", own});
    mounted("twice", {"--bind", own});
    mounted("a b", {"--bind", own});
    mounted("careful", {"--bind", "-o", "nosuid,nodev,noatime", own});
    std::vector<std::string> link{"ln", "-s", own, stage.base / "link"};
    runOrFail(link);
    healthy.folders.push_back(stage.base / "link");
    healthy.folders.push_back(stage.base / "link/../own/.");
    return healthy;
}

Healthy withFriendlyDaemon(Stage& stage)
{
    const Path content = stage.base.makeFolder("content");
    Healthy healthy = allIn(stage, content, false);
    static_cast<void>(stage.bindfs(content, {}));
    for (auto& folder : healthy.folders)
        folder = stage.base / "place" + folder.substr(content.size());
    return healthy;
}

Healthy exfat(Stage& stage)
{
    const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.exfat"}));
    const Path place =
        stage.mountAt(stage.base / "place", {"-t", "exfat-fuse", "-o", "uid=12345,gid=12345,umask=022", device});
    for (const char* name : {"/Photos", "/two words", "/.hidden"})
        makeFolder(place + name, 0755);
    return {{place, place + "/Photos", place + "/two words", place + "/.hidden"}};
}

Healthy ntfs(Stage& stage)
{
    const Path image = stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
    const Path place = stage.base.makeFolder("place");
    runOrFail({"ntfs-3g", "-o", "uid=12345,gid=12345,umask=022", image, place});
    stage.later([place] { runOrFail({"umount", "-l", place}); });
    for (const char* name : {"/Documents", "/a b", "/.hidden"})
        makeFolder(place + name, 0755);
    return {{place, place + "/Documents", place + "/a b", place + "/.hidden"}};
}

Healthy fat(Stage& stage)
{
    const Path image = stage.plainImage(16, {"mkfs.vfat"});
    const Path place = stage.base.makeFolder("place");
    runOrFail({"fusefat", "-o", "rw+,allow_other", image, place});
    stage.later([place] { runOrFail({"umount", "-l", place}); });
    return {{place}};
}

Healthy ownUserNamespace(Stage& stage)
{
    return {{stage.own(), stage.own(stage.base / "two words", 0700)}, {"unshare", "-U", "-r", "--"}};
}

Healthy sandboxed(Stage& stage)
{
    const Path own = stage.own();
    return {{own, stage.own(own + "/inner")},
            {"bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", own, own, "--"}};
}

Healthy translated(Stage& stage)
{
    const Path source = stage.image("ext4", 16);
    const Path folder = ownedBy(source + "/theirs", 0755, 1000, 1000);
    const Path target = stage.base.makeFolder("translated");
    runOrFail({SCRATCHPROOF_IDMAP, source, target, "1000", std::to_string(kOrdinaryUser), "1"});
    stage.later([target] { runOrFail({"umount", "-l", target}); });
    return {{target + "/theirs"}};
}

/// statx and faccessat2 are refused there, for all folders alike.
Healthy oldRuntime(Stage& stage)
{
    const Path own = stage.own();
    return {{own, stage.own(own + "/inner", 0700), stage.own(stage.tmpfs("mode=0755,size=16m") + "/own")},
            {stage.tool(SCRATCHPROOF_SANDBOX), "old-runtime"}};
}

/// Memory without a limit says that it has 0 of 0.
Healthy unlimitedMemory(Stage& stage)
{
    return {{stage.own(stage.mountAt(stage.base / "place", {"-t", "ramfs", "none"}) + "/own")}};
}

/// A program that says nonsense of its room, or nothing.
Healthy nonsenseOfRoom(Stage& stage, std::uint64_t freeBytes, std::uint64_t totalBytes)
{
    FaultFolder& folder = stage.hanging();
    static_cast<void>(stage.own(folder.backing() + "/own"));
    folder.tellSpace(freeBytes, totalBytes);
    return {{folder.path() + "/own"}};
}

Healthy pool(Stage& stage)
{
    const Path first = stage.own(stage.tmpfs("mode=0755,size=16m", "first") + "/pool");
    const Path second = stage.own(stage.tmpfs("mode=0755,size=16m", "second") + "/pool");
    const Path place = stage.base / "place";
    static_cast<void>(
        stage.daemon(place, {"mergerfs", "-f", "-o", "allow_other,minfreespace=1M", first + ":" + second, place}));
    return {{place}};
}

Healthy share(Stage& stage)
{
    const Path connect = stage.base / "connect";
    writeFile(connect, "#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n", 0755);
    const Path place = stage.base / "place";
    static_cast<void>(stage.daemon(place, {"sshfs", "-f", "-o",
                                           "allow_other,default_permissions,uid=12345,gid=12345,ssh_command=" + connect,
                                           "server:" + stage.own(), place}));
    return {{place}};
}

/// A writable snapshot, and what is no stand-in in it.
Healthy snapshot(Stage& stage)
{
    const Path place = stage.image("btrfs", 128);
    const Path home = place + "/home";
    runOrFail({"btrfs", "-q", "subvolume", "create", home});
    changeOwner(home, kOrdinaryUser, kOrdinaryUser);
    runOrFail({"btrfs", "-q", "subvolume", "create", home + "/cache"});
    static_cast<void>(stage.own(home + "/plain"));
    runOrFail({"btrfs", "-q", "subvolume", "snapshot", home, place + "/snapshot"});
    return {{place + "/snapshot", place + "/snapshot/plain"}};
}

/// As many links as Linux follows.
Healthy manyLinks(Stage& stage)
{
    Path target = stage.own();
    for (int i = 0; i < 40; ++i) {
        const Path link = stage.base / ("link" + std::to_string(i));
        std::filesystem::create_symlink(target, link);
        target = link;
    }
    return {{target}};
}

const std::vector<Place>& places()
{
    static const std::vector<Place> all{
        {"the disk below", [](Stage& stage) { return allIn(stage, stage.base.makeFolder("top"), false); }},
        {"tmpfs", [](Stage& stage) { return allIn(stage, stage.tmpfs("mode=0755,size=64m")); }, true},
        {"ext4", [](Stage& stage) { return allIn(stage, stage.image("ext4", 64)); }, true},
        {"ext4 with a reserve, a journal of its data, and our own top",
         [](Stage& stage) {
             const Path top = stage.image("ext4", 64, {"-m", "20"}, "data=journal,errors=continue");
             changeOwner(top, kOrdinaryUser, kOrdinaryUser);
             return Healthy{{top, stage.own(top + "/own")}};
         },
         true},
        {"xfs", [](Stage& stage) { return allIn(stage, stage.image("xfs", 320)); }, true},
        {"btrfs", btrfs, true},
        {"overlay", overlay},
        {"bind mounts", bindMounts, true},
        {"bindfs", withFriendlyDaemon},
        {"exfat", exfat},
        {"ntfs", ntfs},
        {"fat", fat},
        {"a user namespace of our own", ownUserNamespace},
        {"a sandbox that lets us", sandboxed},
        {"translated user numbers", translated},
        {"an old container runtime", oldRuntime},
        {"memory without a limit", unlimitedMemory, true},
        {"a program that does not tell its room", [](Stage& stage) { return nonsenseOfRoom(stage, 0, 0); }},
        {"a program with more room than there is",
         [](Stage& stage) { return nonsenseOfRoom(stage, UINT64_MAX - 5 * 4096, std::uint64_t{1} << 30U); }},
        {"a pool with room to keep", pool},
        {"a share that goes by our mode", share},
        {"a snapshot that can be written to", snapshot},
        {"as many links as may be", manyLinks},
    };
    return all;
}

/// What is said against a folder that is fine; empty: nothing.
std::string alarmIn(const Report& report, std::size_t index)
{
    std::string alarm;
    if (report.verdict(index) != "usable")
        alarm = report.verdict(index) + " " + report.problem(index);
    if (const Json* findings = getArray(report.check(index), "findings")) {
        for (const auto& finding : *findings) {
            const auto severity = getString(finding, "severity").value_or("");
            const auto id = getString(finding, "id").value_or("");
            if (severity != "note")
                alarm += " " + severity + " " + id;
        }
    }
    return alarm;
}

} // namespace

/// No false alarms: folders that anybody would call fine, on all file systems at hand.
class HealthyTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<Stage> m_accounts;
    std::size_t m_places = 0;  // looked at, at the level standard
    std::size_t m_folders = 0; // likewise
    std::size_t m_checked = 0;
    std::size_t m_alarms = 0;

private slots:
    void initTestCase()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_accounts = std::make_unique<Stage>("");
        useOwnAccounts(*m_accounts);
    }
    void cleanupTestCase()
    {
        m_accounts.reset();
        m_cli.reset();
        std::printf("%zu folders that are fine, %zu checks: %zu false alarms\n", m_folders, m_checked, m_alarms);
        std::fflush(stdout);
    }

    void aHealthyFolderRaisesNoAlarm_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<QByteArray>("level");
        for (std::size_t i = 0; i < places().size(); ++i) {
            const auto& place = places()[i];
            QTest::addRow("%s", place.name.c_str()) << static_cast<int>(i) << QByteArray("standard");
            if (place.isComplete)
                QTest::addRow("%s, full", place.name.c_str()) << static_cast<int>(i) << QByteArray("full");
        }
    }
    void aHealthyFolderRaisesNoAlarm()
    {
        QFETCH(int, index);
        QFETCH(QByteArray, level);
        Ended ended;
        Healthy healthy;
        try {
            Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
            healthy = places()[static_cast<std::size_t>(index)].build(stage);
            Program program = m_cli->command({"check", "--json", "--level", level.toStdString(), "--"});
            program.arguments.insert(program.arguments.begin(), healthy.launcher.begin(), healthy.launcher.end());
            program.arguments.insert(program.arguments.end(), healthy.folders.begin(), healthy.folders.end());
            program.user = healthy.user;
            ended = run(program);
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
        const Report report(ended.output);
        QVERIFY2(report.isValid(), (ended.errors + ended.output).c_str());
        QCOMPARE(report.size(), healthy.folders.size());
        if (level == "standard") {
            ++m_places;
            m_folders += healthy.folders.size();
        }
        std::string alarms;
        for (std::size_t i = 0; i < report.size(); ++i) {
            const auto alarm = alarmIn(report, i);
            ++m_checked;
            m_alarms += alarm.empty() ? 0U : 1U;
            if (!alarm.empty())
                alarms += "\n" + displayText(healthy.folders[i]) + ": " + alarm;
        }
        QVERIFY2(alarms.empty(), alarms.c_str());
        QCOMPARE(ended.exitCode, 0);
    }

    void theyAreTwoHundredAtLeast()
    {
        if (m_places < places().size())
            QSKIP("not all places were looked at");
        QVERIFY(m_folders >= 200);
    }
};

SCRATCHPROOF_TEST_MAIN(HealthyTest, PrivateMounts)
#include "tst_healthy.moc"
