// SPDX-License-Identifier: GPL-3.0-or-later
// What computeRights() makes of mounts, links and bad input; modes and lists are in tst_random_rights.
#include "core/diagnosis/rights_findings.h"
#include "core/system/forwarding.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

const Credentials kAnn{1000, 1000, {1000}, false};
const Credentials kRoot{0, 0, {0}, true};
const Subject kSubject{"ann", kAnn};

/// Refuses to look at one name, as a folder that is closed to this process does.
struct BlindAttributes : ForwardingFileAttributes
{
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<FileStatus> statusAt(int dirFd, const char* name) override
    {
        if (name == hidden)
            return fail("statx", name, code);
        return ForwardingFileAttributes::statusAt(dirFd, name);
    }
    std::string hidden;
    int code = EACCES;
};
/// fs.protected_symlinks as it is set nearly everywhere.
struct ProtectingFiles : ForwardingFiles
{
    ProtectingFiles(Files& target, Path setting) : ForwardingFiles(target), file(std::move(setting)) {}
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        const bool isIt = std::string_view(name) == "/proc/sys/fs/protected_symlinks";
        return ForwardingFiles::open(dirFd, isIt ? file.c_str() : name, flags, mode);
    }
    Path file;
};

} // namespace

class TestEffectiveRights : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<MountedFolder> m_memory;

    /// The real table, with the mount of the folder made into another kind by its line.
    MountTable tableWith(const std::string& options, const std::string& type, const std::string& superOptions) const
    {
        const auto fd = linuxSystem().files.open(kWorkingDirectory, m_memory->path().c_str(), O_PATH);
        const auto id = linuxSystem().attributes.status(fd->get())->mountId.value_or(0);
        MountTable table;
        table.parse("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n" + std::to_string(id) + " 1 0:77 / " + m_memory->path() +
                    " " + options + " - " + type + " source " + superOptions + "\n");
        return table;
    }
    EffectiveRights rights(const MountTable& table, const Path& folder, const Credentials& who = kAnn,
                           System& system = linuxSystem()) const
    {
        NameCache names;
        return computeRights(system, table, folder, who, names);
    }
    Path open(const char* name = "open") const
    {
        const Path path = m_memory->path() + "/" + name;
        makeFolder(path, 0777);
        return path;
    }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_memory = mountTmpfs(m_base->makeFolder("m"));
    }
    void cleanup()
    {
        m_memory.reset();
        m_base.reset();
    }

    void theMountDecides_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("superOptions");
        QTest::addColumn<unsigned>("mode");
        QTest::addColumn<QString>("verdict");
        QTest::addColumn<QString>("id");
        const auto row = [](const char* name, const char* type, const char* options, const char* super, unsigned mode,
                            const char* verdict, const char* id) {
            QTest::newRow(name) << type << options << super << mode << verdict << id;
        };
        row("a disk", "ext4", "rw", "rw", 0777, "yes", "rights-granted");
        row("a disk, closed", "ext4", "rw", "rw", 0755, "no", "mode-not-writable");
        row("read-only here", "ext4", "ro", "rw", 0777, "no", "mount-readonly-flag");
        row("read-only", "ext4", "ro", "ro", 0777, "no", "superblock-readonly");
        row("stopped after an error", "ext4", "rw", "rw,emergency_ro", 0777, "no", "ext4-emergency-ro");
        row("an image", "squashfs", "rw", "ro", 0777, "no", "fs-type-readonly");
        row("layers", "overlay", "ro", "ro,lowerdir=/a", 0777, "no", "overlay-without-upper");
        row("a view into the system", "cgroup2", "rw", "rw", 0777, "no", "pseudo-filesystem");
        row("a drive without permissions", "vfat", "rw", "rw,uid=0", 0755, "no", "fat-mounted-for-root");
        row("translated numbers", "ext4", "rw,idmapped", "rw", 0777, "unknown", "rights-unknown-mapping");
        row("nfs, open", "nfs4", "rw", "rw,sec=sys", 0777, "unknown", "rights-unknown-server");
        row("nfs, closed", "nfs4", "rw", "rw,sec=sys", 0700, "unknown", "rights-unknown-server");
        row("nfs, read-only", "nfs4", "ro", "rw", 0777, "no", "mount-readonly-flag");
        row("smb, closed", "cifs", "rw", "rw,uid=0", 0755, "no", "cifs-local-mode-check");
        row("smb, closed to all", "cifs", "rw", "rw,uid=0", 0555, "no", "mount-masks-write");
        row("smb by a program, closed to all", "fuse.smbnetfs", "rw", "rw,default_permissions", 0555, "no",
            "mount-masks-write");
        row("smb, open", "cifs", "rw", "rw", 0777, "unknown", "rights-unknown-server");
        row("smb, not checked here", "cifs", "rw", "rw,noperm", 0755, "unknown", "rights-unknown-server");
        row("sshfs of another", "fuse.sshfs", "rw", "rw,user_id=77,group_id=77", 0777, "no", "fuse-other-user");
        row("sshfs of another group", "fuse.sshfs", "rw", "rw,user_id=1000,group_id=9", 0777, "no", "fuse-other-user");
        row("sshfs of their own", "fuse.sshfs", "rw", "rw,user_id=1000,group_id=1000", 0777, "unknown",
            "rights-unknown-server");
        row("fuse for all", "fuse.x", "rw", "rw,user_id=0,group_id=0,allow_other", 0777, "unknown",
            "rights-unknown-program");
        row("fuse that leaves it to the kernel", "fuse.x", "rw",
            "rw,user_id=0,group_id=0,default_permissions,allow_other", 0777, "yes", "rights-granted");
        row("the same, closed", "fuse.x", "rw", "rw,user_id=0,group_id=0,default_permissions,allow_other", 0755, "no",
            "mode-not-writable");
        row("ntfs-3g", "fuseblk", "rw", "rw,user_id=0,group_id=0,default_permissions,allow_other", 0755, "no",
            "fat-mounted-for-root");
        row("a host's folder", "virtiofs", "rw", "rw", 0777, "unknown", "rights-unknown-server");
    }
    void theMountDecides()
    {
        QFETCH(QString, type);
        QFETCH(QString, options);
        QFETCH(QString, superOptions);
        QFETCH(unsigned, mode);
        QFETCH(QString, verdict);
        QFETCH(QString, id);
        const Path folder = m_memory->path() + "/folder";
        makeFolder(folder, mode);
        const auto answer =
            rights(tableWith(options.toStdString(), type.toStdString(), superOptions.toStdString()), folder);
        const Finding finding = rightsFinding(answer, folder, kSubject);
        QCOMPARE(QString::fromStdString(finding.id), id);
        QCOMPARE(QString::fromStdString(std::string(toString(answer.verdict))), verdict);
        const RenderedFinding words = renderRights(finding);
        for (const std::string& text : {words.title, words.explanation}) {
            QVERIFY2(text.find('{') == std::string::npos, text.c_str());
            QVERIFY(!text.empty());
        }
    }

    void aPrivateConnectionIsClosedToRootToo()
    {
        const MountTable table = tableWith("rw", "fuse.sshfs", "rw,user_id=1000,group_id=1000");
        const auto answer = rights(table, open(), kRoot);
        QVERIFY(answer.reason == RightsReason::PrivateFuse);
        QCOMPARE(rights(tableWith("rw", "ext4", "rw"), open("b"), kRoot).verdict == RightsVerdict::Yes, true);
    }

    void aConnectionThatCannotBeLookedIntoIsJudgedByItsMount()
    {
        // Not even stat of the top: what everybody but the mount's user meets.
        open("fuse");
        BlindAttributes attributes(linuxSystem().attributes);
        attributes.hidden = "fuse";
        System& real = linuxSystem();
        System system{real.files, attributes, real.processes, real.clock};
        MountTable table;
        table.parse("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / " + m_memory->path() +
                    "/fuse rw - fuse.sshfs x:y rw,user_id=1000,group_id=1000\n");
        const Path folder = m_memory->path() + "/fuse/inner";
        QVERIFY(rights(table, folder, kAnn, system).reason == RightsReason::Hidden);
        QVERIFY(rights(table, folder, {77, 77, {77}, false}, system).reason == RightsReason::PrivateFuse);
    }

    void whatThisProcessMayNotSeeCannotBeKnown()
    {
        const Path folder = open() + "/inner";
        makeFolder(folder, 0777);
        BlindAttributes attributes(linuxSystem().attributes);
        attributes.hidden = "inner";
        System& real = linuxSystem();
        System system{real.files, attributes, real.processes, real.clock};
        const MountTable table = tableWith("rw", "ext4", "rw");
        const auto answer = rights(table, folder, kAnn, system);
        QVERIFY(answer.verdict == RightsVerdict::Unknown && answer.reason == RightsReason::Hidden);
        QCOMPARE(answer.component, m_memory->path() + "/open");
        attributes.code = EIO;
        const auto failed = rights(table, folder, kAnn, system);
        QVERIFY(failed.reason == RightsReason::Unseen && failed.errorCode == EIO);
        QVERIFY(renderRights(rightsFinding(failed, folder, kSubject)).explanation.find("Input/output") !=
                std::string::npos);
        // A parent that stops them anyway does, whatever lies below.
        runOrFail({"chmod", "0700", m_memory->path() + "/open"});
        QVERIFY(rights(table, folder, kAnn, system).reason == RightsReason::Search);
    }

    void linksAreFollowedAsTheKernelDoes()
    {
        const MountTable table = tableWith("rw", "ext4", "rw");
        const Path top = m_memory->path();
        makeFolder(top + "/closed", 0700);
        makeFolder(top + "/closed/inner", 0777);
        fs::create_symlink("closed/inner", top + "/in");
        fs::create_symlink("loop", top + "/loop");
        fs::create_symlink("gone/too", top + "/dangling");
        fs::create_symlink(top + "/./closed/../" + fs::path(open()).filename().string(), top + "/around");
        fs::create_symlink(open("plain"), top + "/good");
        QVERIFY(rights(table, top + "/in").reason == RightsReason::Search);
        QCOMPARE(rights(table, top + "/in").component, top + "/closed");
        QVERIFY(rights(table, top + "/loop").reason == RightsReason::LinkLoop);
        const auto dangling = rights(table, top + "/dangling");
        QVERIFY(dangling.reason == RightsReason::Dangling);
        QCOMPARE(dangling.component, top + "/dangling");
        // ".." out of a folder needs the right to pass through it.
        QVERIFY(rights(table, top + "/around").reason == RightsReason::Search);
        QVERIFY(rights(table, top + "/good/").verdict == RightsVerdict::Yes);
        QCOMPARE(rights(table, top + "/good").component, top + "/plain");
        QVERIFY(rights(tableWith("rw,nosymfollow", "ext4", "rw"), top + "/good").reason ==
                RightsReason::LinkNotFollowed);
    }

    void somebodyElsesLinkInASharedFolderIsNotFollowed()
    {
        const Path setting = m_base->path() + "/setting";
        writeFile(setting, "1\n");
        ProtectingFiles files(linuxSystem().files, setting);
        System& real = linuxSystem();
        System system{files, real.attributes, real.processes, real.clock};
        const MountTable table = tableWith("rw", "ext4", "rw");
        const Path shared = m_memory->path() + "/shared";
        makeFolder(shared, 01777);
        fs::create_symlink(open(), shared + "/link");
        const auto belongsTo = [&](unsigned uid) { QCOMPARE(lchown((shared + "/link").c_str(), uid, uid), 0); };
        belongsTo(4242);
        const auto answer = rights(table, shared + "/link", kAnn, system);
        QVERIFY(answer.reason == RightsReason::LinkProtected);
        QCOMPARE(rightsFinding(answer, shared, kSubject).id, std::string("rights-link-protected"));
        QVERIFY(rights(table, shared + "/link", kRoot, system).reason == RightsReason::LinkProtected);
        belongsTo(1000);
        QVERIFY(rights(table, shared + "/link", kAnn, system).verdict == RightsVerdict::Yes);
        belongsTo(0); // the folder's owner
        QVERIFY(rights(table, shared + "/link", kAnn, system).verdict == RightsVerdict::Yes);
    }

    void marksCountForAll()
    {
        const auto disk =
            mountImage("ext4", m_memory->path() + "/image", std::uint64_t{32} << 20U, m_base->makeFolder("disk"));
        MountTable table;
        QVERIFY(table.refresh().has_value());
        for (const auto& [mark, reason] : {std::pair("i", RightsReason::Immutable), {"a", RightsReason::AppendOnly}}) {
            const Path folder = disk->path() + "/" + mark;
            makeFolder(folder, 0777);
            runOrFail({"chattr", std::string("+") + mark, folder});
            const auto answer = rights(table, folder);
            runOrFail({"chattr", std::string("-") + mark, folder});
            // In an append-only folder creating works, and only that was asked.
            QVERIFY(answer.verdict == (*mark == 'i' ? RightsVerdict::No : RightsVerdict::Yes));
            QVERIFY(answer.reason == reason);
            QVERIFY(rights(table, folder).reason == RightsReason::Granted);
        }
        const Path closed = disk->path() + "/closed";
        makeFolder(closed, 0755);
        runOrFail({"chattr", "+a", closed});
        const auto answer = rights(table, closed);
        runOrFail({"chattr", "-a", closed});
        QVERIFY(answer.verdict == RightsVerdict::No && answer.reason == RightsReason::Write);
    }

    /// The kernel counts the access lists of few FUSE programs, and it cannot be seen of which.
    void aListOfAFuseProgramLeavesItOpenWhereItDecides()
    {
        const Path granting = m_memory->path() + "/granting";
        const Path needless = m_memory->path() + "/needless";
        makeFolder(granting, 0755);
        makeFolder(needless, 0777);
        for (const Path& folder : {granting, needless})
            runOrFail({"setfacl", "-m", "u:1000:rwx", folder});
        const MountTable disk = tableWith("rw", "ext4", "rw");
        QVERIFY(rights(disk, granting).verdict == RightsVerdict::Yes);
        const MountTable fuse = tableWith("rw", "fuse.x", "rw,user_id=0,group_id=0,default_permissions,allow_other");
        QVERIFY(rights(fuse, granting).verdict == RightsVerdict::Unknown);
        QVERIFY(rights(fuse, granting).reason == RightsReason::Program);
        QVERIFY(rights(fuse, needless).verdict == RightsVerdict::Yes);
        runOrFail({"setfacl", "-b", granting});
        QVERIFY(rights(fuse, granting).verdict == RightsVerdict::No);
    }

    /// The top of the snapshot, where its mark stands, is out of sight.
    void aFolderOfASnapshotThatIsMountedByItselfIsReadOnly()
    {
        const auto disk =
            mountImage("btrfs", m_memory->path() + "/image", std::uint64_t{128} << 20U, m_base->makeFolder("disk"));
        runOrFail({"btrfs", "-q", "subvolume", "create", disk->path() + "/live"});
        makeFolder(disk->path() + "/live/open", 0777);
        runOrFail({"btrfs", "-q", "subvolume", "snapshot", "-r", disk->path() + "/live", disk->path() + "/old"});
        const Path place = m_base->makeFolder("bound");
        for (const auto& [subvolume, verdict] : {std::pair("/old", RightsVerdict::No), {"/live", RightsVerdict::Yes}}) {
            runOrFail({"mount", "-n", "--bind", disk->path() + subvolume + "/open", place});
            MountTable table;
            QVERIFY(table.refresh().has_value());
            const auto answer = rights(table, place);
            runOrFail({"umount", "-n", place});
            QVERIFY(answer.verdict == verdict);
            QVERIFY(answer.reason ==
                    (verdict == RightsVerdict::No ? RightsReason::SubvolumeReadOnly : RightsReason::Granted));
        }
    }

    void badPathsAreAnswered()
    {
        const MountTable table = tableWith("rw", "ext4", "rw");
        writeFile(m_memory->path() + "/file", "x");
        QVERIFY(rights(table, "").reason == RightsReason::Missing);
        QVERIFY(rights(table, "relative").reason == RightsReason::Missing);
        QVERIFY(rights(table, std::string("/a\0b", 4)).reason == RightsReason::Missing);
        QVERIFY(rights(table, "/" + std::string(5000, 'x')).reason == RightsReason::TooLong);
        QVERIFY(rights(table, m_memory->path() + "/" + std::string(300, 'x')).reason == RightsReason::TooLong);
        QVERIFY(rights(table, m_memory->path() + "/file/x").reason == RightsReason::NotAFolder);
        QVERIFY(rights(table, m_memory->path() + "/none").reason == RightsReason::Missing);
        QVERIFY(rights(MountTable(), open()).verdict == RightsVerdict::Yes); // without a table the modes are left
        std::stop_source stop;
        stop.request_stop();
        NameCache names;
        QVERIFY(computeRights(linuxSystem(), table, open("b"), kAnn, names, stop.get_token()).reason ==
                RightsReason::Stopped);
    }

    void usersAreFoundByNameAndNumber()
    {
        const auto daemon = findSubject(linuxSystem(), "daemon");
        QVERIFY(daemon && daemon->credentials.uid == 1 && !daemon->credentials.overridesPermissions);
        QVERIFY(findSubject(linuxSystem(), "1")->name == "daemon");
        QVERIFY(findSubject(linuxSystem(), "root")->credentials.overridesPermissions);
        for (const char* name : {"", "no-such-user", "4242424242", "99999999999", "-1", "1x"}) {
            const auto nobody = findSubject(linuxSystem(), name);
            QVERIFY2(!nobody && nobody.error().operation == "unknown-user", name);
        }
    }

    void everyReasonHasWordsWithoutGaps()
    {
        for (int i = 0; i <= static_cast<int>(RightsReason::Stopped); ++i) {
            EffectiveRights answer;
            answer.reason = static_cast<RightsReason>(i);
            answer.component = "/a/b";
            answer.status = FileStatus();
            answer.mount = Mount();
            answer.mount->mountPoint = "/a";
            answer.linkTarget = "/c";
            answer.errorCode = EIO;
            answer.answer = RightsAnswer();
            answer.answer->entry = AclEntry{AclTag::NamedUser, 1000, 0, {}};
            const RenderedFinding words = renderRights(rightsFinding(answer, "/a/b/c", kSubject));
            for (const RenderedFix& fix : words.fixes)
                QVERIFY2(fix.text.find('{') == std::string::npos, fix.text.c_str());
            QVERIFY2(words.title.find('{') == std::string::npos, words.title.c_str());
            QVERIFY2(words.explanation.find('{') == std::string::npos, words.explanation.c_str());
        }
    }
};

SCRATCHPROOF_TEST_MAIN(TestEffectiveRights, PrivateMounts)
#include "tst_effective_rights.moc"
