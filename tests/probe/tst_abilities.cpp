// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

/// What an ability is expected to be, as short(): "present", "missing openat EINVAL", "not-tried", "present 255".
using Table = std::map<std::string, std::string>;

std::string shortOf(const Json& ability)
{
    std::string text = getString(ability, "status").value_or("?");
    for (const char* key : {"call", "errno"}) {
        if (const auto value = getString(ability, key))
            text += " " + *value;
    }
    if (const auto number = getUnsigned(ability, "number"))
        text += " " + std::to_string(*number);
    if (const Json* refused = getArray(ability, "refused")) {
        text += ":";
        for (const auto& entry : *refused)
            text += " " + (entry == "\n" ? std::string("newline") : entry.get<std::string>());
    }
    return text;
}

Table abilitiesOf(const Report& report)
{
    Table table;
    const Json* abilities = getArray(report.check(0), "abilities");
    if (abilities == nullptr)
        return table;
    for (const auto& ability : *abilities)
        table[getString(ability, "ability").value_or("?")] = shortOf(ability);
    return table;
}

constexpr const char* kAll[] = {"symbolic-links",
                                "hard-links",
                                "executable-files",
                                "permission-bits",
                                "extended-attributes",
                                "access-lists",
                                "whole-file-locks",
                                "byte-range-locks",
                                "sparse-files",
                                "large-files",
                                "preallocation",
                                "unnamed-files",
                                "memory-mapping",
                                "case-sensitivity",
                                "long-names",
                                "special-characters",
                                "trailing-dots-and-spaces",
                                "reserved-names",
                                "undecodable-names",
                                "time-stamps",
                                "change-notification",
                                "trash"};

/// All of them, except for what is said.
Table allPresentBut(const Table& others)
{
    Table table;
    for (const char* name : kAll)
        table[name] = "present";
    table["long-names"] = "present 255";
    table["time-stamps"] = "present 1";
    for (const auto& [name, text] : others)
        table[name] = text;
    return table;
}

std::string differences(const Table& found, const Table& wanted)
{
    std::string text;
    for (const auto& [name, value] : wanted) {
        const auto at = found.find(name);
        const std::string seen = at == found.end() ? "not there" : at->second;
        if (seen != value)
            text += name + " is '" + seen + "', not '" + value + "'; ";
    }
    if (found.size() != wanted.size())
        text += std::to_string(found.size()) + " abilities";
    return text;
}

struct Stage
{
    TemporaryFolder base;
    std::unique_ptr<MountedFolder> store = mountTmpfs(base.makeFolder("store"), "mode=0755,size=1g");
    Path place = base.makeFolder("place");
    std::vector<std::unique_ptr<MountedFolder>> mounts;
    std::vector<Path> daemons; // where FUSE file systems are mounted

    Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage()
    {
        for (const auto& path : daemons)
            umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
        while (!mounts.empty())
            mounts.pop_back();
    }

    /// A folder of the ordinary user, below the file system's top, which is root's.
    Path own(const std::string& name = "own") const
    {
        Path path = place + "/" + name;
        makeFolder(path, 0755);
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }
    Path tmpfs(const std::string& options)
    {
        mounts.push_back(mountTmpfs(place, "mode=0755," + options));
        return own();
    }
    Path image(const std::string& type, std::uint64_t megabytes, const std::vector<std::string>& arguments = {})
    {
        mounts.push_back(mountImage(type, store->path() + "/image", megabytes << 20U, place, arguments));
        return own();
    }
    Path plainImage(std::uint64_t megabytes, std::vector<std::string> make) const
    {
        Path path = store->path() + "/image";
        writeFile(path, "", 0600);
        std::filesystem::resize_file(path, megabytes << 20U);
        make.push_back(path);
        runOrFail(make);
        return path;
    }
    /// A daemon's file system, whose top is the ordinary user's.
    Path daemon(std::vector<std::string> command)
    {
        command.push_back(place);
        runOrFail(std::move(command));
        daemons.push_back(place);
        return place;
    }
    Path ntfs(const std::string& options)
    {
        const Path path = plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
        return daemon({"ntfs-3g", "-o", "uid=12345,gid=12345,umask=022" + options, path});
    }
    Path exfat()
    {
        // exfat-fuse works on a loop device only. The kernel takes it away with the last that has it open.
        std::string device = runOrFail({"losetup", "-f", "--show", plainImage(16, {"mkfs.exfat"})});
        device.erase(device.find_last_not_of('\n') + 1);
        Path path = daemon({"mount.exfat-fuse", "-o", "uid=12345,gid=12345,umask=022", device});
        runOrFail({"losetup", "-d", device});
        return path;
    }
};

const Table kTopIsRoots{{"trash", "missing faccessat2 EACCES"}};

Table withTopOfRoot(Table table)
{
    table.insert(kTopIsRoots.begin(), kTopIsRoots.end());
    return table;
}

struct Situation
{
    std::function<Path(Stage&)> build;
    Table others; // than present
};

const std::map<std::string, Situation>& situations()
{
    static const std::string everyCharacter = ": \\ : * ? \" < > | newline";
    static const std::map<std::string, Situation> all{
        {"tmpfs", {[](Stage& stage) { return stage.tmpfs("size=16m"); }, kTopIsRoots}},
        {"ext4", {[](Stage& stage) { return stage.image("ext4", 64); }, kTopIsRoots}},
        {"xfs", {[](Stage& stage) { return stage.image("xfs", 320); }, kTopIsRoots}},
        {"btrfs", {[](Stage& stage) { return stage.image("btrfs", 256); }, kTopIsRoots}},
        {"ext4 with old, small inodes",
         {[](Stage& stage) {
              return stage.image("ext4", 32, {"-I", "128"});
          },
          withTopOfRoot({{"time-stamps", "missing compare 1000000000"}})}},
        {"a mount without programs",
         {[](Stage& stage) { return stage.tmpfs("size=16m,noexec"); },
          withTopOfRoot({{"executable-files", "missing faccessat2 EACCES"}})}},
        {"a mount that follows no links",
         {[](Stage& stage) { return stage.tmpfs("size=16m,nosymfollow"); },
          withTopOfRoot({{"symbolic-links", "missing statx ELOOP"}})}},
        {"a mount without access lists",
         {[](Stage& stage) {
              const Path path = stage.image("btrfs", 256);
              stage.mounts.back()->remount("noacl");
              return path;
          },
          withTopOfRoot({{"access-lists", "missing setxattr EOPNOTSUPP"}})}},
        {"a drop box",
         {[](Stage& stage) {
              Path path = stage.tmpfs("size=16m");
              ::chmod(path.c_str(), 0300);
              return path;
          },
          kTopIsRoots}},
        {"exfat",
         {[](Stage& stage) { return stage.exfat(); },
          {{"symbolic-links", "missing symlinkat ENOSYS"},
           {"hard-links", "missing linkat EPERM"},
           {"permission-bits", "missing compare"},
           {"extended-attributes", "missing setxattr EOPNOTSUPP"},
           {"access-lists", "missing setxattr EOPNOTSUPP"},
           {"sparse-files", "missing compare"},
           {"large-files", "not-tried"},
           {"preallocation", "missing fallocate EOPNOTSUPP"},
           {"unnamed-files", "missing openat EOPNOTSUPP"},
           {"case-sensitivity", "missing compare"},
           {"special-characters", "missing openat ENOENT" + everyCharacter},
           {"undecodable-names", "missing openat EILSEQ"},
           {"time-stamps", "missing compare 1000000000"}}}},
        {"ntfs",
         {[](Stage& stage) { return stage.ntfs(""); },
          {{"permission-bits", "missing compare"},
           {"access-lists", "missing compare"},
           {"preallocation", "missing fallocate EOPNOTSUPP"},
           {"unnamed-files", "missing openat EOPNOTSUPP"},
           {"undecodable-names", "missing openat EILSEQ"},
           {"time-stamps", "present 100"}}}},
        {"ntfs with the names of Windows",
         {[](Stage& stage) { return stage.ntfs(",windows_names"); },
          {{"permission-bits", "missing compare"},
           {"access-lists", "missing compare"},
           {"preallocation", "missing fallocate EOPNOTSUPP"},
           {"unnamed-files", "missing openat EOPNOTSUPP"},
           {"special-characters", "missing openat EINVAL" + everyCharacter},
           {"trailing-dots-and-spaces", "missing openat EINVAL: .  "},
           {"reserved-names", "missing openat EINVAL: CON PRN AUX NUL COM1 LPT1"},
           {"undecodable-names", "missing openat EILSEQ"},
           {"time-stamps", "present 100"}}}},
        {"fat",
         {[](Stage& stage) {
              const Path path = stage.plainImage(16, {"mkfs.vfat"});
              return stage.daemon({"fusefat", "-o", "rw+,allow_other,uid=12345,gid=12345", path});
          },
          {{"symbolic-links", "missing symlinkat ENOSYS"},
           {"hard-links", "missing linkat EPERM"},
           {"permission-bits", "missing fchmod ENOSYS"},
           {"extended-attributes", "missing setxattr EOPNOTSUPP"},
           {"access-lists", "missing setxattr EOPNOTSUPP"},
           {"sparse-files", "missing compare"},
           {"large-files", "not-tried"},
           {"preallocation", "missing fallocate EOPNOTSUPP"},
           {"unnamed-files", "missing openat EOPNOTSUPP"},
           {"case-sensitivity", "missing compare"},
           {"special-characters", "missing openat EPERM" + everyCharacter},
           {"undecodable-names", "missing openat EPERM"},
           {"time-stamps", "missing compare 2000000000"}}}},
        {"bindfs",
         {[](Stage& stage) {
              const Path shown = stage.base.makeFolder("shown");
              changeOwner(shown, kOrdinaryUser, kOrdinaryUser);
              return stage.daemon({"bindfs", shown});
          },
          {{"preallocation", "missing fallocate EOPNOTSUPP"}, {"unnamed-files", "missing openat EOPNOTSUPP"}}}},
        {"overlay",
         {[](Stage& stage) {
              for (const char* name : {"lower", "upper", "work"})
                  makeFolder(stage.store->path() + "/" + name, 0755);
              const std::string at = stage.store->path();
              stage.mounts.push_back(std::make_unique<MountedFolder>("overlay", "overlay", stage.place,
                                                                     "lowerdir=" + at + "/lower,upperdir=" + at +
                                                                         "/upper,workdir=" + at + "/work"));
              return stage.own();
          },
          kTopIsRoots}},
    };
    return all;
}

/// Leaves `count` free inodes, and no more.
void leaveInodes(const Path& folder, int count)
{
    int made = 0;
    while (mknod((folder + "/f" + std::to_string(made)).c_str(), S_IFREG | 0644, 0) == 0)
        ++made;
    for (int i = 0; i < count; ++i)
        unlink((folder + "/f" + std::to_string(--made)).c_str());
}

} // namespace

/// `check --level full` of real folders, as an unprivileged user.
class AbilitiesTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;

    Ended check(const Path& folder, std::vector<std::string> before = {}) const
    {
        auto program = m_cli->command({"check", "--json", "--level", "full", "--", folder});
        program.arguments.insert(program.arguments.begin(), before.begin(), before.end());
        return run(program);
    }

    /// What the journal of the ordinary user holds.
    std::vector<std::string> journal() const
    {
        const Path folder = m_cli->environmentOf(kOrdinaryUser).at("XDG_RUNTIME_DIR") + "/scratchproof/journal";
        return std::filesystem::exists(folder) ? namesIn(folder) : std::vector<std::string>();
    }

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }

    void aFolderShowsItsAbilitiesAndIsLeftEmpty_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const auto& [name, situation] : situations())
            QTest::addRow("%s", name.c_str()) << QByteArray::fromStdString(name);
    }
    void aFolderShowsItsAbilitiesAndIsLeftEmpty()
    {
        QFETCH(QByteArray, name);
        const auto& situation = situations().at(name.toStdString());
        Stage stage;
        const Path folder = situation.build(stage);
        const auto before = namesIn(folder);
        const auto ended = check(folder);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.problem(), std::string());
        const auto wrong = differences(abilitiesOf(report), allPresentBut(situation.others));
        QVERIFY2(wrong.empty(), wrong.c_str());
        QVERIFY2(report.verdict() == "usable" || report.verdict() == "limited", report.verdict().c_str());
        QVERIFY2(namesIn(folder) == before, "the folder is not as it was");
        QVERIFY(journal().empty());
    }

    void filesThatFollowTheirUserToTheTrashNeedNoTrashOfTheirOwn()
    {
        // The home's own file system: its trash is there.
        const Path folder = m_cli->environmentOf(kOrdinaryUser).at("HOME") + "/folder";
        makeFolder(folder, 0755);
        changeOwner(folder, kOrdinaryUser, kOrdinaryUser);
        QCOMPARE(abilitiesOf(Report(check(folder).output))["trash"], std::string("present"));
    }

    void aTrashAtTheTopIsSeen_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("owner");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("shared") << QByteArray(".Trash") << 01777 << 0 << QByteArray("present");
        QTest::newRow("shared, not sticky")
            << QByteArray(".Trash") << 0777 << 0 << QByteArray("missing faccessat2 EACCES");
        QTest::newRow("own") << QByteArray(".Trash-12345") << 0700 << 12345 << QByteArray("present");
        QTest::newRow("somebody else's") << QByteArray(".Trash-12345") << 0777 << 0 << QByteArray("missing compare");
    }
    void aTrashAtTheTopIsSeen()
    {
        QFETCH(QByteArray, name);
        QFETCH(int, mode);
        QFETCH(int, owner);
        QFETCH(QByteArray, expected);
        Stage stage;
        const Path folder = stage.tmpfs("size=16m");
        const Path trash = stage.place + "/" + name.toStdString();
        makeFolder(trash, static_cast<unsigned>(mode));
        changeOwner(trash, static_cast<unsigned>(owner), static_cast<unsigned>(owner));
        QCOMPARE(abilitiesOf(Report(check(folder).output))["trash"], expected.toStdString());
        QVERIFY(namesIn(trash).empty());
    }

    void aFileSystemWithTwoInodesLeftSaysWhatItCouldNotTry()
    {
        Stage stage;
        const Path folder = stage.tmpfs("size=16m,nr_inodes=30");
        leaveInodes(stage.place, 2);
        auto abilities = abilitiesOf(Report(check(folder).output));
        QCOMPARE(abilities["hard-links"], std::string("not-tried linkat ENOSPC"));
        QCOMPARE(abilities["case-sensitivity"], std::string("not-tried openat ENOSPC"));
        // What needs no second name is tried; newer kernels count attributes as inodes as well.
        abilities.erase("hard-links");
        abilities.erase("case-sensitivity");
        abilities.erase("trash");
        for (const auto& [name, text] : abilities)
            QVERIFY2(text.starts_with("present") || (name == "extended-attributes" && text.ends_with("ENOSPC")),
                     (name + " is " + text).c_str());
        QVERIFY(namesIn(folder).empty());
    }

    void aNearlyFullDiskIsNotCalledUnable()
    {
        Stage stage;
        const Path folder = stage.image("ext4", 32, {"-m", "0"});
        const Path filling = fillUp(stage.place);
        // Room for the steps, not for all of the abilities.
        std::filesystem::resize_file(filling, std::filesystem::file_size(filling) - (68U << 10U));
        const auto ended = check(folder);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.problem(), std::string());
        for (const auto& [name, text] : abilitiesOf(report)) {
            if (name != "trash")
                QVERIFY2(text.starts_with("present") || (text.starts_with("not-tried") && text.ends_with("ENOSPC")),
                         (name + " is " + text).c_str());
        }
        QVERIFY(namesIn(folder).empty());
    }

    void aLimitOfTheProcessIsNotTheFileSystems_data()
    {
        QTest::addColumn<QByteArray>("limit");
        QTest::addColumn<QByteArray>("sparse");
        QTest::newRow("100 MB") << QByteArray("--fsize=100000000") << QByteArray("present");
        QTest::newRow("1 MB") << QByteArray("--fsize=1000000") << QByteArray("not-tried pwrite EFBIG");
    }
    void aLimitOfTheProcessIsNotTheFileSystems()
    {
        QFETCH(QByteArray, limit);
        QFETCH(QByteArray, sparse);
        Stage stage;
        const Path folder = stage.tmpfs("size=16m");
        const auto ended = check(folder, {"prlimit", limit.toStdString()});
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        const auto wrong = differences(abilitiesOf(report),
                                       allPresentBut(withTopOfRoot({{"sparse-files", sparse.toStdString()},
                                                                    {"large-files", "not-tried getrlimit EFBIG"}})));
        QVERIFY2(wrong.empty(), wrong.c_str());
        QVERIFY(namesIn(folder).empty());
    }

    void aPersonSeesWhatWorksAndWhatDoesNot()
    {
        Stage stage;
        const Path folder = stage.tmpfs("size=16m,noexec");
        const auto ended = run(m_cli->command({"check", "--level", "full", "--", folder}));
        const auto& text = ended.output;
        const auto row = [&](const std::string& left, const std::string& right) {
            const auto at = text.find("    " + left);
            const auto end = text.find('\n', at);
            return at != std::string::npos && text.substr(at, end - at).ends_with(right);
        };
        QVERIFY2(row("Works here:", "Does not work here:"), text.c_str());
        QVERIFY2(row("Symbolic links", "(EACCES)"), text.c_str());
        QVERIFY2(row("Long names (up to 255 bytes)", ""), text.c_str());
        // Other levels try nothing of the kind.
        QCOMPARE(run(m_cli->command({"check", "--", folder})).output.find("Works here"), std::string::npos);
    }

    void theStreamAnnouncesTheAbilitiesOnce()
    {
        Stage stage;
        const auto ended = run(m_cli->command({"check", "--ndjson", "--level", "full", "--", stage.tmpfs("size=16m")}));
        std::size_t times = 0;
        const std::string announced = R"("step":"abilities")";
        for (auto at = ended.output.find(announced); at != std::string::npos; at = ended.output.find(announced, at + 1))
            ++times;
        QCOMPARE(times, std::size_t{1});
    }

    void aFolderThatHangsInAnAbilityIsNotRespondingAndIsCleanedUpLater()
    {
        TemporaryFolder base;
        FaultFolder hanging(base / "hanging");
        const Path backing = hanging.backing() + "/own";
        makeFolder(backing, 0755);
        changeOwner(backing, kOrdinaryUser, kOrdinaryUser);
        const Path folder = hanging.path() + "/own";
        hanging.hang("chmod");
        const auto ended =
            run(m_cli->command({"check", "--json", "--level", "full", "--timeout", "700ms", "--", folder}));
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.verdict(), std::string("not-responding"));
        QCOMPARE(report.step("delete-directory"), std::string("passed"));
        QCOMPARE(ended.exitCode, 3);
        QCOMPARE(namesIn(backing).size(), std::size_t{1});
        hanging.release();
        // The prober that was stuck cleans up by itself, or is killed before it can: then the next check does.
        QVERIFY(eventually([&] {
            const auto next = run(m_cli->command({"check", "--json", "--", folder}));
            return Report(next.output).problem().empty() && namesIn(backing).empty();
        }));
    }
};

SCRATCHPROOF_TEST_MAIN(AbilitiesTest, PrivateMounts)
#include "tst_abilities.moc"
