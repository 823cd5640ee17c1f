// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/fuse_owner.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/diagnosis/words.h"
#include "tests/diagnosis/recorded.h"
#include "tests/facts/recorded_nfs4.h"

#include <QTest>

#include <functional>

using namespace scratchproof;
using namespace recorded;

namespace {

/// A situation: facts that are changed from healthy ones, and how the probe went.
struct Situation
{
    Facts facts = recorded::facts();
    ProbeResult probe = healthy();
    Path folder = "/mnt/x/folder";
};
using Arrange = std::function<void(Situation&)>;

std::string verdict(const Diagnosis& diagnosis)
{
    return std::string(toString(diagnosis.verdict));
}

std::string firstId(const Diagnosis& diagnosis)
{
    return diagnosis.findings.empty() ? std::string() : diagnosis.findings.front().id;
}

} // namespace
Q_DECLARE_METATYPE(Arrange)

class TestDiagnosis : public QObject
{
    Q_OBJECT
private slots:
    void everyErrnoAtEveryStepHasAFirstFindingWithWords_data();
    void everyErrnoAtEveryStepHasAFirstFindingWithWords();
    void theCauseIsNamed_data();
    void theCauseIsNamed();
    void aHealthyFolderIsUsableWithoutFindings();
    void aLimitMakesItLimited_data();
    void aLimitMakesItLimited();
    void aNoteLeavesItUsable();
    void rootIsOfferedTheCheckAsWhoeverCalledSudo();
    void aDriveThatReturnsOtherDataIsToBeVerified();
    void whatVerifyDoesNotTakeIsNotAdvisedToIt_data();
    void whatVerifyDoesNotTakeIsNotAdvisedToIt();
    void aCancelledCheckIsNotChecked();
    void aSkippedStepIsNeverGood();
    void noStepsAreNeverGood();
    void aTimedOutStepIsNotResponding();
    void whatStopsComesBeforeWhatLimits();
    void anUnknownCauseShowsTheCallAndTheErrno();
    void theSameCauseAtTwoStepsIsToldOnce();
    void anAccessListKeepsTheModeFromBeingBlamed();
    void noFixWidensRightsForEverybody();
    void fatIsNeverToldToChangeModes();
    void aGrantWakesAsLittleAsItCan();
    void nobodyIsToldToJoinAGroupThatGivesMore();
    void whereListsDoNotWorkNoneIsAdvised();
    void aHangIsToldByWhatItWaitsIn_data();
    void aHangIsToldByWhatItWaitsIn();
    void aWaitThatDoesNotFitTheTypeBringsNoCommand();
    void aHungFuseMountIsUnmountedByItsOwner();
    void theWatchersFindingsHaveWords();
    void whatCouldNotBeStartedIsNotAlwaysMissing();
    void verdictNamesAreReadBack();
};

void TestDiagnosis::everyErrnoAtEveryStepHasAFirstFindingWithWords_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("nothing known") << QByteArray();
    for (const char* line :
         {"50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw", "50 1 8:17 / /mnt/x ro - vfat /dev/sdb1 ro",
          "50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw", "50 1 0:44 / /mnt/x rw - tmpfs t rw",
          "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw,sec=krb5", "50 1 0:44 / /mnt/x rw - cifs //nas/x rw",
          "50 1 0:44 / /mnt/x rw - fuse.sshfs nas: rw", "50 1 0:44 / /mnt/x rw - fuse.odd odd rw",
          "50 1 0:44 / /mnt/x rw - proc proc rw", "50 1 0:44 / /mnt/x rw - overlay overlay ro",
          "50 1 7:1 / /mnt/x rw - squashfs /dev/loop1 ro", "50 1 0:44 / /mnt/x rw - 9p host rw"})
        QTest::newRow(line) << QByteArray(line);
}

void TestDiagnosis::everyErrnoAtEveryStepHasAFirstFindingWithWords()
{
    QFETCH(QByteArray, line);
    for (const Step step : stepsOf(Level::Standard)) {
        for (int code = 0; code <= 133; ++code) {
            Facts known = line.isEmpty() ? Facts() : facts(line.toStdString());
            if (step == Step::OpenFolder)
                known.folder.reset();
            const Diagnosis diagnosis = diagnosed(known, failing(step, code, code == 0 ? "compare" : "openat"));
            const std::string where = std::string(toString(step)) + " " + errnoName(code);
            QVERIFY2(!diagnosis.findings.empty(), where.c_str());
            const bool isLimit = firstId(diagnosis) == "fsync-unsupported";
            QVERIFY2(isLimit || verdict(diagnosis) == "unusable", where.c_str());
            QVERIFY2(verdict(diagnosis) != "usable" && verdict(diagnosis) != "limited", where.c_str());
            for (const Finding& finding : diagnosis.findings) {
                QVERIFY2(findCauseWords(finding.id) != nullptr, finding.id.c_str());
                const RenderedFinding words = render(finding);
                QVERIFY2(words.title.find('?') == std::string::npos, words.title.c_str());
                QVERIFY2(words.explanation.find('?') == std::string::npos || line.isEmpty(), words.explanation.c_str());
                QVERIFY2(words.explanation.find('{') == std::string::npos, words.explanation.c_str());
                QCOMPARE(words.fixes.size(), finding.fixes.size());
            }
            const auto& evidence = diagnosis.findings.front().evidence;
            if (!isLimit && code != 0)
                QVERIFY2(!evidence.empty() && evidence.front().find(errnoName(code)) != std::string::npos,
                         where.c_str());
        }
    }
}

void TestDiagnosis::theCauseIsNamed_data()
{
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<Arrange>("arrange");
    const auto row = [](const char* id, const char* how, Arrange arrange) {
        QTest::addRow("%s %s", id, how) << QByteArray(id) << std::move(arrange);
    };
    const auto unreached = [](Situation& s, int code) {
        s.facts.folder.reset();
        s.probe = failing(Step::OpenFolder, code);
    };
    const auto mode = [](std::uint32_t uid, std::uint32_t gid, std::uint32_t bits) {
        return [=](Situation& s) {
            s.facts.folder = folderStatus(uid, gid, bits);
            s.facts.owner = uid == 1000 ? "ann" : uid == 0 ? "root" : "bob";
            s.facts.group = "team";
            s.facts.mount = mount("50 1 8:17 / / rw - ext4 /dev/sdb1 rw");
            s.probe = failing(Step::CreateFile, EACCES);
        };
    };
    const auto readOnly = [](const char* line) {
        return [=](Situation& s) {
            s.facts.mount = mount(line);
            s.probe = failing(Step::CreateFile, EROFS);
        };
    };
    // The path.
    row("path-empty", "", [=](Situation& s) { unreached(s, ENOENT), s.folder = "", s.facts.path.clear(); });
    row("path-invalid", "", [=](Situation& s) { unreached(s, EINVAL), s.folder = std::string("/a\0b", 4); });
    row("path-missing", "", [=](Situation& s) {
        unreached(s, ENOENT);
        s.facts.path.back().status.reset();
        s.facts.path.back().errorCode = ENOENT;
    });
    row("path-dangling-symlink", "", [=](Situation& s) {
        unreached(s, ENOENT);
        s.facts.path.back().linkTarget = "nowhere";
        s.facts.path.back().linkErrorCode = ENOENT;
    });
    row("path-symlink-loop", "", [=](Situation& s) {
        unreached(s, ELOOP);
        s.facts.path.back().status->type = FileType::SymbolicLink;
        s.facts.links = LinkChain{2, "/mnt/x/folder", std::nullopt};
    });
    row("unknown", "a loop, and no link", [=](Situation& s) { unreached(s, ELOOP); });
    row("path-nosymfollow", "", [=](Situation& s) {
        unreached(s, ELOOP);
        s.facts.path.back().status->type = FileType::SymbolicLink;
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw,nosymfollow - tmpfs t rw");
    });
    row("path-not-directory", "", [=](Situation& s) { unreached(s, ENOTDIR); });
    row("path-too-long", "", [=](Situation& s) { unreached(s, ENAMETOOLONG); });
    row("parent-no-search", "", [=](Situation& s) {
        unreached(s, EACCES);
        s.facts.path[2].searchable = false;
        s.facts.path[3].status.reset();
    });
    row("media-dir-of-other-user", "", [=](Situation& s) {
        unreached(s, EACCES);
        s.facts.path[2].path = "/run/media/bob";
        s.facts.path[2].searchable = false;
    });
    row("folder-deleted-underneath", "at create", [](Situation& s) {
        s.probe = failing(Step::CreateFile, ENOENT);
        s.probe.notes.folderGone = true;
    });
    row("folder-deleted-underneath", "between", [](Situation& s) { s.probe = failing(Step::OpenFolder, ENOENT); });
    // Rights.
    row("mode-not-writable", "of root", mode(0, 0, 0755));
    row("mode-not-writable", "our group may look", mode(0, 27, 0750));
    row("mode-owner-lacks-write", "", mode(1000, 1000, 0500));
    row("owner-class-excludes", "", mode(1000, 5, 0070));
    row("dir-write-without-search", "ours", mode(1000, 1000, 0600));
    row("dir-write-without-search", "others", mode(0, 0, 0766));
    row("group-missing", "", mode(0, 23456, 0770));
    row("group-not-active-in-session", "", [=](Situation& s) {
        mode(0, 23456, 0770)(s);
        s.facts.user.accountGroups = {1000, 23456};
    });
    row("foreign-uid-owner", "", [=](Situation& s) { mode(4242, 4242, 0755)(s), s.facts.owner.reset(); });
    row("fresh-ext4-owned-by-root", "", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = facts().mount;
        s.folder = "/mnt/x/";
        s.facts.isEmpty = true;
    });
    // With files in it, or with errors, it is no new one.
    row("mode-not-writable", "top of a drive in use", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = facts().mount;
        s.folder = "/mnt/x/";
        s.facts.isEmpty = false;
    });
    row("mode-not-writable", "top of a drive with errors", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = facts().mount;
        s.folder = "/mnt/x/";
        s.facts.isEmpty = true;
        s.facts.device->ext4Errors = 1;
    });
    row("mode-not-writable", "a drive below a folder of the system", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = mount("50 1 8:17 / /opt/data rw - ext4 /dev/sdb1 rw");
        s.folder = "/opt/data/x";
    });
    row("lost-and-found", "", [=](Situation& s) { mode(0, 0, 0700)(s), s.folder = "/mnt/x/lost+found/"; });
    row("fat-mounted-for-root", "", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = mount("50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 rw");
    });
    row("cifs-local-mode-check", "", [=](Situation& s) {
        mode(0, 0, 0755)(s);
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - cifs //nas/x rw");
    });
    row("dir-immutable", "", [](Situation& s) {
        s.facts.folder->attributes = 0x10;
        s.probe = failing(Step::CreateFile, EPERM);
    });
    row("dir-append-only", "", [](Situation& s) {
        s.probe = failing(Step::OpenFolder, 0);
        s.probe.steps.front() = {Step::OpenFolder, StepStatus::Passed, {}, 0, 1};
        s.probe.notes.appendOnly = true;
    });
    row("fscrypt-no-key", "", [](Situation& s) { s.probe = failing(Step::CreateFile, ENOKEY); });
    row("fanotify-scanner-deny", "", [](Situation& s) {
        s.probe = failing(Step::CreateFile, EPERM);
        s.probe.notes.nameAppearedDespiteError = true;
    });
    row("default-acl-unreadable-new-file", "", [](Situation& s) {
        s.probe = failing(Step::ReadBack, EACCES);
        s.probe.notes.createdFile = folderStatus(1000, 1000, 0);
    });
    // Read-only, and why.
    row("mount-readonly-flag", "", readOnly("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 rw"));
    row("superblock-readonly", "", readOnly("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 ro"));
    row("fs-type-readonly", "though the flag says rw", readOnly("50 1 7:1 / /mnt/x rw - squashfs /dev/loop1 ro"));
    row("overlay-without-upper", "", readOnly("50 1 0:44 / /mnt/x ro - overlay overlay ro,lowerdir=a:b"));
    row("journal-noload", "", readOnly("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 ro,norecovery"));
    row("ext4-emergency-ro", "by the option", readOnly("50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw,emergency_ro"));
    row("ext4-emergency-ro", "by the counter", [=](Situation& s) {
        s.facts.device->ext4Errors = 2;
        s.probe = failing(Step::CreateFile, EROFS);
    });
    row("ext4-remounted-ro", "", [=](Situation& s) {
        readOnly("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 ro")(s);
        s.facts.device->ext4Errors = 2;
    });
    row("device-write-protected", "", [=](Situation& s) {
        readOnly("50 1 8:17 / /mnt/x ro - vfat /dev/sdb1 ro")(s);
        s.facts.device->readOnly = true;
    });
    row("device-write-protected", "a loop device has no switch", [=](Situation& s) {
        readOnly("50 1 7:1 / /mnt/x ro - ext4 /dev/loop1 ro")(s);
        s.facts.device->readOnly = s.facts.device->loop = true;
    });
    row("overmounted", "", [=](Situation& s) {
        readOnly("50 1 0:44 / /mnt/x ro - tmpfs t ro")(s);
        s.facts.mountsAtPoint = 2;
    });
    row("nfs-export-readonly", "", readOnly("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw"));
    row("btrfs-ro-subvolume", "", readOnly("50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw"));
    row("pseudo-filesystem", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:5 / /proc rw - proc proc rw");
        s.probe = failing(Step::CreateFile, ENOENT);
    });
    row("mount-changed", "", [](Situation& s) {
        s.probe.notes.folder = folderStatus(1000, 1000, 0755);
        s.probe.notes.folder->mountId = 51;
    });
    row("mount-changed", "at the end", [](Situation& s) { s.probe.notes.mountChanged = true; });
    row("mount-changed", "and nothing came in its place", [](Situation& s) {
        s.probe.notes.folderReplaced = true;
        s.facts.mountByText = true;
    });
    row("folder-deleted-underneath", "after it had worked", [](Situation& s) { s.probe.notes.folderReplaced = true; });
    // Space.
    row("disk-full", "", [](Situation& s) {
        s.facts.space->freeBytes = s.facts.space->availableBytes = 0;
        s.probe = failing(Step::Write, ENOSPC, "write");
    });
    row("disk-full", "with the customary reserve", [](Situation& s) {
        s.facts.space->freeBytes = s.facts.space->totalBytes / 20;
        s.facts.space->availableBytes = 0;
        s.probe = failing(Step::Write, ENOSPC, "write");
    });
    row("reserved-blocks", "", [](Situation& s) {
        s.facts.space->freeBytes = s.facts.space->totalBytes / 5;
        s.facts.space->availableBytes = 0;
        s.probe = failing(Step::Write, ENOSPC, "write");
    });
    row("inodes-exhausted", "", [](Situation& s) {
        s.facts.space->freeInodes = 0;
        s.probe = failing(Step::CreateFile, ENOSPC);
    });
    row("disk-full", "no inodes counted", [](Situation& s) {
        s.facts.space->totalInodes = s.facts.space->freeInodes = 0;
        s.facts.space->availableBytes = s.facts.space->freeBytes = 0;
        s.probe = failing(Step::CreateFile, ENOSPC);
    });
    row("tmpfs-limit", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - tmpfs t rw");
        s.probe = failing(Step::Write, ENOSPC, "write");
    });
    for (const auto& [freeBytes, totalBytes] :
         {std::pair{std::uint64_t{0}, std::uint64_t{0}}, std::pair{UINT64_MAX - 20479, std::uint64_t{1} << 30U}}) {
        row("disk-full", totalBytes == 0 ? "nothing of nothing" : "more free than there is", [=](Situation& s) {
            s.facts.mount = mount("50 1 0:44 / /mnt/x rw - tmpfs t rw");
            s.facts.space->totalBytes = totalBytes;
            s.facts.space->freeBytes = s.facts.space->availableBytes = freeBytes;
            s.probe = failing(Step::Write, ENOSPC, "write");
        });
    }
    // Access lists of servers: they are on every NFSv4 mount.
    const auto onNfs = [](Situation& s, const std::vector<Nfs4Ace>& list) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.facts.state.serverLists = {{"system.nfs4_acl", nfs4List(list)}};
        s.probe = failing(Step::CreateFile, EACCES);
    };
    row("nfs-uid-mismatch", "the list grants", [=](Situation& s) { onNfs(s, kOwnerMayWrite); });
    row("nfs4-acl-denied", "the list denies", [=](Situation& s) { onNfs(s, kReadOnlyForAll); });
    row("nfs-uid-mismatch", "the list denies somebody who may be us", [=](Situation& s) {
        onNfs(s, {{1, 0, 0x1f01ff, "bea@example.org"}, {0, 0, 0x1f01ff, "EVERYONE@"}});
    });
    row("nfs-root-squash", "root, whatever the list says", [=](Situation& s) {
        onNfs(s, kReadOnlyForAll);
        s.facts.user = {0, 0, {0}, "root", std::nullopt};
    });
    row("nfs-root-squash", "on the way", [=](Situation& s) {
        unreached(s, EACCES);
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.facts.user = {0, 0, {0}, "root", std::nullopt};
        s.facts.path[2].status = folderStatus(1000, 1000, 0700);
        s.facts.path[2].searchable = false;
        s.facts.path[3].status.reset();
    });
    row("thin-backing-full", "", [](Situation& s) { s.probe = failing(Step::Sync, ENOSPC, "fsync"); });
    row("user-quota-blocks", "", [](Situation& s) { s.probe = failing(Step::Write, EDQUOT, "write"); });
    row("user-quota-inodes", "", [](Situation& s) { s.probe = failing(Step::CreateFile, EDQUOT); });
    row("rlimit-fsize", "", [](Situation& s) { s.probe = failing(Step::Write, EFBIG, "write"); });
    // Devices, servers, programs.
    for (const int code : {ENOENT, EIO, EROFS, ENOSPC, ENODEV}) {
        row("device-unplugged", errnoName(code).c_str(), [=](Situation& s) {
            s.facts.device->present = false;
            s.probe = failing(Step::CreateFile, code);
        });
    }
    row("device-io-error", "", [](Situation& s) { s.probe = failing(Step::Sync, EIO, "fsync"); });
    row("fake-capacity", "", [](Situation& s) { s.probe = failing(Step::ReadBack, 0, "compare"); });
    row("read-back-mismatch-cache", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.probe = failing(Step::ReadBack, 0, "compare");
    });
    row("late-writeback-error", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.probe = failing(Step::Sync, ENOSPC, "fsync");
    });
    row("fuse-daemon-dead", "", [=](Situation& s) {
        unreached(s, ENOTCONN);
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - fuse.odd odd rw");
    });
    row("fuse-other-user", "", [=](Situation& s) {
        unreached(s, EACCES);
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - fuse.odd odd rw,user_id=1001");
        s.facts.path.pop_back();
        s.facts.path.back().status.reset();
        s.facts.path.back().errorCode = EACCES;
    });
    row("nfs-stale-handle", "", [](Situation& s) { s.probe = failing(Step::CreateFile, ESTALE); });
    row("cifs-session-lost", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - cifs //nas/x rw");
        s.probe = failing(Step::CreateFile, EHOSTDOWN);
    });
    row("nfs-server-gone", "", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw,soft");
        s.probe = failing(Step::CreateFile, EIO);
    });
    // Limits of the system, and what servers forbid.
    row("process-fd-limit", "", [](Situation& s) { s.probe = failing(Step::CreateFile, EMFILE); });
    row("system-fd-limit", "", [](Situation& s) { s.probe = failing(Step::CreateFile, ENFILE); });
    row("out-of-memory", "", [](Situation& s) { s.probe = failing(Step::CreateFile, ENOMEM); });
    row("too-many-links", "", [](Situation& s) { s.probe = failing(Step::CreateDirectory, EMLINK, "mkdirat"); });
    row("probe-leftover-name-taken", "", [](Situation& s) { s.probe = failing(Step::CreateFile, EEXIST); });
    row("delete-denied-by-server", "", [](Situation& s) {
        s.probe = failing(Step::DeleteFile, EACCES, "unlinkat");
        s.probe.notes.leftBehind = {"/mnt/x/folder/.scratchproof-probe-1-2"};
    });
    row("name-stays-after-delete", "", [](Situation& s) {
        s.probe = failing(Step::DeleteFile, 0, "unlinkat");
        s.probe.notes.nameStayedAfterDelete = true;
    });
    row("unknown", "", [](Situation& s) { s.probe = failing(Step::Rename, EXDEV, "renameat2"); });
}

void TestDiagnosis::theCauseIsNamed()
{
    QFETCH(QByteArray, id);
    QFETCH(Arrange, arrange);
    Situation situation;
    arrange(situation);
    const Diagnosis diagnosis = diagnose(situation.folder, situation.facts, situation.probe);
    QCOMPARE(firstId(diagnosis), id.toStdString());
    QCOMPARE(verdict(diagnosis), std::string("unusable"));
    QVERIFY(findCauseWords(firstId(diagnosis)) != nullptr);
    for (const Fix& fix : diagnosis.findings.front().fixes)
        QVERIFY2(findFixWords(fix.id) != nullptr, fix.id.c_str());
}

void TestDiagnosis::aHealthyFolderIsUsableWithoutFindings()
{
    for (const Level level : {Level::Quick, Level::Standard}) {
        const Diagnosis diagnosis = diagnosed(facts(), healthy(level));
        QCOMPARE(verdict(diagnosis), std::string("usable"));
        QVERIFY(diagnosis.findings.empty());
    }
}

void TestDiagnosis::aLimitMakesItLimited_data()
{
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<Arrange>("arrange");
    const auto row = [](const char* id, Arrange arrange) { QTest::newRow(id) << QByteArray(id) << std::move(arrange); };
    row("nearly-full", [](Situation& s) { s.facts.space->availableBytes = 1000; });
    row("slow-create", [](Situation& s) { s.probe.steps[1].duration = kNanosecondsPerSecond; });
    row("slow-step", [](Situation& s) { s.probe.steps[6].duration = kNanosecondsPerSecond; });
    row("device-slow", [](Situation& s) { s.probe.steps[3].duration = 4 * kNanosecondsPerSecond; });
    row("fsync-unsupported", [](Situation& s) {
        s.probe.steps[3] = {Step::Sync, StepStatus::Failed, "fsync", EINVAL, 1};
    });
    row("ext4-errors-continue", [](Situation& s) { s.facts.device->ext4Errors = 1; });
    row("ghost-mountpoint", [](Situation& s) { s.facts.unmountedPoint = "/mnt/x"; });
    row("probe-leftover-stays", [](Situation& s) { s.probe.notes.leftBehind = {"/mnt/x/folder/p"}; });
}

void TestDiagnosis::aLimitMakesItLimited()
{
    QFETCH(QByteArray, id);
    QFETCH(Arrange, arrange);
    Situation situation;
    arrange(situation);
    const Diagnosis diagnosis = diagnose(situation.folder, situation.facts, situation.probe);
    QCOMPARE(firstId(diagnosis), id.toStdString());
    QCOMPARE(verdict(diagnosis), std::string("limited"));
}

void TestDiagnosis::aNoteLeavesItUsable()
{
    Facts asRoot = facts();
    asRoot.user.uid = 0;
    const Diagnosis diagnosis = diagnosed(asRoot, healthy());
    QCOMPARE(firstId(diagnosis), std::string("root-answer-only"));
    QCOMPARE(verdict(diagnosis), std::string("usable"));
    QVERIFY(diagnosis.findings.front().fixes.front().command.empty());
}

void TestDiagnosis::rootIsOfferedTheCheckAsWhoeverCalledSudo()
{
    Facts asRoot = facts();
    asRoot.user.uid = 0;
    asRoot.user.sudoCaller = "ann";
    const Diagnosis diagnosis = diagnosed(asRoot, healthy());
    const std::vector<std::string> expected = {"scratchproof-cli", "check", "--as", "ann", "--", "/mnt/x/folder"};
    QCOMPARE(diagnosis.findings.front().fixes.front().command, expected);
}

void TestDiagnosis::aDriveThatReturnsOtherDataIsToBeVerified()
{
    const ProbeResult probe = failing(Step::ReadBack, 0, "compare");
    for (const Path& folder : {Path("/mnt/x/folder"), Path("/mnt/x/a b"), Path("/mnt/x/it's \"x\" $(id)"),
                               Path("/mnt/x/-rf"), Path("/mnt/x/\xff\xfe")}) {
        const Diagnosis diagnosis = diagnose(folder, facts(), probe);
        QCOMPARE(firstId(diagnosis), std::string("fake-capacity"));
        const Fix& last = diagnosis.findings.front().fixes.back();
        QCOMPARE(last.id, std::string("verify-capacity"));
        const std::vector<std::string> expected = {"scratchproof-cli", "verify", "capacity", "--", folder};
        QCOMPARE(last.command, expected);
    }
    const Diagnosis relative = diagnose("-rf", facts(), probe);
    QCOMPARE(relative.findings.front().fixes.back().command.back(), std::string("./-rf"));
}

void TestDiagnosis::whatVerifyDoesNotTakeIsNotAdvisedToIt_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("role");
    QTest::addColumn<QByteArray>("last");
    const auto row = [](const char* name, const char* line, MountRole role, const char* last) {
        QTest::newRow(name) << QByteArray(line) << static_cast<int>(role) << QByteArray(last);
    };
    const char* const disk = "50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw";
    row("the system's own place", disk, MountRole::System, "verify-system-drive");
    row("a drive that the system runs from", disk, MountRole::SystemDisk, "verify-system-drive");
    row("not found out", disk, MountRole::Unknown, "try-other-port");
    row("in memory", "50 1 0:44 / /mnt/x rw - tmpfs tmpfs rw", MountRole::Apart, "save-data-first");
    row("layers", "50 1 0:44 / /mnt/x rw - overlay overlay rw,upperdir=/u", MountRole::Apart, "try-other-port");
    row("a server's", "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw", MountRole::Apart, "try-again-later");
    row("a program's", "50 1 0:44 / /mnt/x rw - fuse.bindfs /a rw", MountRole::Apart, "try-again-later");
    row("a host's", "50 1 0:44 / /mnt/x rw - 9p host rw", MountRole::Apart, "try-again-later");
}

void TestDiagnosis::whatVerifyDoesNotTakeIsNotAdvisedToIt()
{
    QFETCH(QByteArray, line);
    QFETCH(int, role);
    QFETCH(QByteArray, last);
    Facts given = facts(line.toStdString());
    given.mountRole = static_cast<MountRole>(role);
    const Diagnosis diagnosis = diagnosed(given, failing(Step::ReadBack, 0, "compare"));
    const auto& fixes = diagnosis.findings.front().fixes;
    QCOMPARE(fixes.back().id, last.toStdString());
    for (const Fix& fix : fixes)
        QVERIFY2(fix.command.empty(), fix.id.c_str());
}

void TestDiagnosis::aCancelledCheckIsNotChecked()
{
    ProbeResult probe = failing(Step::Write, EIO);
    probe.notes.cancelled = true;
    QCOMPARE(verdict(diagnosed(facts(), probe)), std::string("not-checked"));
    QCOMPARE(firstId(diagnosed(facts(), probe)), std::string("cancelled"));
    ProbeResult good = healthy();
    good.notes.cancelled = true;
    QCOMPARE(verdict(diagnosed(facts(), good)), std::string("not-checked"));
}

void TestDiagnosis::aSkippedStepIsNeverGood()
{
    for (std::size_t i = 0; i < healthy().steps.size(); ++i) {
        ProbeResult probe = healthy();
        probe.steps[i].status = StepStatus::Skipped;
        QCOMPARE(verdict(diagnosed(facts(), probe)), std::string("not-checked"));
        QVERIFY(!diagnosed(facts(), probe).findings.empty());
    }
}

void TestDiagnosis::noStepsAreNeverGood()
{
    QCOMPARE(verdict(diagnosed(facts(), ProbeResult())), std::string("not-checked"));
}

void TestDiagnosis::aTimedOutStepIsNotResponding()
{
    ProbeResult probe = healthy();
    probe.steps[3].status = StepStatus::TimedOut;
    QCOMPARE(verdict(diagnosed(facts(), probe)), std::string("not-responding"));
}

void TestDiagnosis::whatStopsComesBeforeWhatLimits()
{
    ProbeResult probe = healthy();
    probe.steps[3] = {Step::Sync, StepStatus::Failed, "fsync", EINVAL, 1};
    probe.steps[6] = {Step::DeleteFile, StepStatus::Failed, "unlinkat", EPERM, 1};
    const Diagnosis diagnosis = diagnosed(facts(), probe);
    QCOMPARE(firstId(diagnosis), std::string("delete-denied-by-server"));
    QCOMPARE(diagnosis.findings[1].id, std::string("fsync-unsupported"));
    QCOMPARE(verdict(diagnosis), std::string("unusable"));
}

void TestDiagnosis::anUnknownCauseShowsTheCallAndTheErrno()
{
    const Diagnosis diagnosis = diagnosed(facts(), failing(Step::Rename, EXDEV, "renameat2"));
    const Finding& finding = diagnosis.findings.front();
    QVERIFY(finding.certainty == Certainty::ByElimination);
    QVERIFY(finding.evidence.front().find("renameat2") != std::string::npos);
    QVERIFY(finding.evidence.front().find("EXDEV") != std::string::npos);
    QVERIFY(render(finding).explanation.find("EXDEV") != std::string::npos);
}

void TestDiagnosis::theSameCauseAtTwoStepsIsToldOnce()
{
    ProbeResult probe = healthy();
    probe.steps[1] = {Step::CreateFile, StepStatus::Failed, "openat", EROFS, 1};
    probe.steps[7] = {Step::CreateDirectory, StepStatus::Failed, "mkdirat", EROFS, 1};
    Facts known = facts("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 rw");
    QCOMPARE(diagnosed(known, probe).findings.size(), std::size_t{1});
}

void TestDiagnosis::anAccessListKeepsTheModeFromBeingBlamed()
{
    Facts known = facts();
    known.folder = folderStatus(0, 0, 0755);
    known.hasAccessList = true;
    QCOMPARE(firstId(diagnosed(known, failing(Step::CreateFile, EACCES))), std::string("unknown"));
}

void TestDiagnosis::noFixWidensRightsForEverybody()
{
    for (const FixWords* fix : allFixWords()) {
        if (fix->command[0] == nullptr)
            continue;
        for (const char* word : fix->command) {
            const std::string text = word != nullptr ? word : "";
            QVERIFY2(text.find("777") == std::string::npos && text.find("o+") == std::string::npos, fix->id);
            QVERIFY2(text != "a+w", fix->id);
            // Of ssh-keygen it takes one name out of a list.
            QVERIFY2(text != "-R" || std::string(fix->command[0]) == "ssh-keygen", fix->id);
        }
    }
}

void TestDiagnosis::fatIsNeverToldToChangeModes()
{
    for (const char* type : {"vfat", "exfat", "fuseblk", "ntfs3"}) {
        Facts known = facts(std::string("50 1 8:17 / /mnt/x rw - ") + type + " /dev/sdb1 rw");
        for (const std::uint32_t uid : {0U, 1000U}) {
            known.folder = folderStatus(uid, 0, 0555);
            for (const Finding& finding : diagnosed(known, failing(Step::CreateFile, EACCES)).findings) {
                for (const Fix& fix : finding.fixes)
                    QVERIFY2(fix.command.empty() || (fix.command[0] != "chmod" && fix.command[0] != "chown"), type);
            }
        }
    }
}

namespace {

std::vector<std::string> commandOf(const Finding& finding, std::string_view fix)
{
    for (const Fix& one : finding.fixes) {
        if (one.id == fix)
            return one.command;
    }
    return {};
}

bool hasFix(const Finding& finding, std::string_view fix)
{
    return std::any_of(finding.fixes.begin(), finding.fixes.end(), [&](const Fix& one) { return one.id == fix; });
}

/// /mnt/x/folder of bob, where creating was denied.
Facts deniedTo(unsigned mode, const AccessList& list)
{
    Facts known = facts();
    known.folder = folderStatus(1001, 1001, mode);
    known.owner = "bob";
    known.group = "bob";
    known.hasAccessList = !list.empty();
    known.accessList = list;
    return known;
}

} // namespace

void TestDiagnosis::aGrantWakesAsLittleAsItCan()
{
    const AclEntry owner{AclTag::OwnerUser, 0, 7, {}};
    const AclEntry group{AclTag::OwningGroup, 0, 5, {}};
    const AclEntry other{AclTag::Other, 0, 5, {}};
    const AclEntry carol{AclTag::NamedUser, 1002, 7, std::string("carol")};
    const auto commandWith = [](unsigned mode, const AccessList& list) {
        const Diagnosis diagnosis = diagnosed(deniedTo(mode, list), failing(Step::CreateFile, EACCES));
        return commandOf(diagnosis.findings.at(0), "ask-for-access").at(2);
    };
    QCOMPARE(commandWith(0755, {}), std::string("u:ann:rwx"));
    QCOMPARE(commandWith(0775, {owner, carol, group, {AclTag::Mask, 0, 7, {}}, other}), std::string("u:ann:rwx"));
    // What is to pass through a closed folder needs no more of the mask than that.
    Facts known = facts();
    known.folder.reset();
    known.path[2].searchable = false;
    known.path[2].status = folderStatus(1001, 1001, 0700);
    known.path[2].owner = "bob";
    known.path[2].accessList = {owner, carol, group, {AclTag::Mask, 0, 0, {}}, {AclTag::Other, 0, 0, {}}};
    known.path[3].status.reset();
    const Diagnosis closed = diagnosed(known, failing(Step::OpenFolder, EACCES));
    const Finding& finding = closed.findings.at(0);
    QCOMPARE(finding.id, std::string("parent-no-search"));
    QCOMPARE(commandOf(finding, "grant-search").at(2), std::string("u:ann:x,m::x"));
    QCOMPARE(finding.fixes.at(0).id, std::string("grant-wakes"));
    const std::string warning = render(finding).fixes.at(0).text;
    QVERIFY2(warning.find("user:carol:--x") != std::string::npos, warning.c_str());
    // Nobody is woken where nobody sleeps.
    known.path[2].accessList.clear();
    const Diagnosis plain = diagnosed(known, failing(Step::OpenFolder, EACCES));
    QCOMPARE(commandOf(plain.findings.at(0), "grant-search").at(2), std::string("u:ann:x"));
    QVERIFY(!hasFix(plain.findings.at(0), "grant-wakes"));
}

void TestDiagnosis::nobodyIsToldToJoinAGroupThatGivesMore()
{
    const auto joins = [](const char* name, bool isPersonal) {
        Facts known = deniedTo(0770, {});
        known.folder->gid = 23456;
        known.group = name;
        known.groupIsPersonal = isPersonal;
        const Diagnosis diagnosis = diagnosed(known, failing(Step::CreateFile, EACCES));
        return hasFix(diagnosis.findings.at(0), "join-group");
    };
    QVERIFY(joins("team", false));
    for (const char* powerful : {"root", "sudo", "docker", "disk", "shadow", "kvm", "input", "wheel", "adm"})
        QVERIFY2(!joins(powerful, false), powerful);
    QVERIFY(!joins("carol", true));
}

void TestDiagnosis::whereListsDoNotWorkNoneIsAdvised()
{
    const std::pair<const char*, bool> mounts[] = {
        {"50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw", true},
        {"50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw,noacl", false},
        {"50 1 0:44 / /mnt/x rw - zfs pool/x rw,xattr,posixacl", true},
        {"50 1 0:44 / /mnt/x rw - zfs pool/x rw,xattr,noacl", false},
        {"50 1 0:44 / /mnt/x rw - fuse.mergerfs a:b rw,default_permissions,allow_other", false},
        {"50 1 0:44 / /mnt/x rw - 9p host rw", false},
    };
    for (const auto& [line, works] : mounts) {
        Facts known = deniedTo(0755, {});
        known.mount = mount(line);
        const Diagnosis diagnosis = diagnosed(known, failing(Step::CreateFile, EACCES));
        bool setsList = false;
        for (const Fix& fix : diagnosis.findings.at(0).fixes)
            setsList = setsList || (!fix.command.empty() && fix.command.front() == "setfacl");
        QVERIFY2(setsList == works, line);
    }
}

void TestDiagnosis::aHangIsToldByWhatItWaitsIn_data()
{
    QTest::addColumn<QByteArray>("waitsIn");
    QTest::addColumn<QByteArray>("fileSystem");
    QTest::addColumn<QByteArray>("id");
    const auto row = [](const char* waitsIn, const char* fs, const char* id) {
        QTest::addRow("%s %s", waitsIn, fs) << QByteArray(waitsIn) << QByteArray(fs) << QByteArray(id);
    };
    row("rpc_wait_bit_killable", "nfs4", "nfs-server-gone");
    row("request_wait_answer", "fuse.sshfs", "fuse-daemon-hung");
    row("fanotify_handle_event", "ext4", "fanotify-scanner-hang");
    row("percpu_rwsem_wait", "ext4", "fs-frozen");
    row("wait_for_response", "cifs", "cifs-session-lost");
    row("", "fuse.odd", "fuse-daemon-hung");
    row("0", "nfs", "nfs-server-gone");
    row("", "", "not-responding");
    row("io_schedule", "ext4", "not-responding");
}

void TestDiagnosis::aHangIsToldByWhatItWaitsIn()
{
    QFETCH(QByteArray, waitsIn);
    QFETCH(QByteArray, fileSystem);
    QFETCH(QByteArray, id);
    const auto findings = diagnoseHang("/mnt/x/folder", {"create-file", waitsIn.toStdString(), fileSystem.toStdString(),
                                                         "/mnt/x", 77, 10 * kNanosecondsPerSecond});
    QCOMPARE(findings.front().id, id.toStdString());
    QVERIFY(findCauseWords(findings.front().id) != nullptr);
    QVERIFY(render(findings.front()).explanation.find('?') == std::string::npos);
    QVERIFY(findings.front().evidence.front().find("77") != std::string::npos);
}

void TestDiagnosis::aWaitThatDoesNotFitTheTypeBringsNoCommand()
{
    const auto commands = [](const char* waitsIn, const char* fileSystem, MountRole role, bool isGone = false) {
        Hang hang{"create-file", waitsIn, fileSystem, "/mnt/x", 77, 10 * kNanosecondsPerSecond};
        hang.role = role;
        hang.mountIsGone = isGone;
        std::size_t count = 0;
        const auto findings = diagnoseHang("/mnt/x/folder", hang);
        for (const RenderedFix& fix : render(findings.front()).fixes)
            count += fix.command.empty() ? 0U : 1U;
        return count;
    };
    QVERIFY(commands("request_wait_answer", "fuse.sshfs", MountRole::Apart) > 0);
    QVERIFY(commands("rpc_wait_bit_killable", "nfs4", MountRole::Apart) > 0);
    QVERIFY(commands("percpu_rwsem_wait", "xfs", MountRole::Apart) > 0);
    QCOMPARE(commands("request_wait_answer", "ext4", MountRole::Apart), std::size_t{0});
    QCOMPARE(commands("rpc_wait_bit_killable", "fuse.sshfs", MountRole::Apart), std::size_t{0});
    QCOMPARE(commands("percpu_rwsem_wait", "vfat", MountRole::Apart), std::size_t{0});
    QCOMPARE(commands("request_wait_answer", "overlay", MountRole::Apart), std::size_t{0});
    QCOMPARE(commands("percpu_rwsem_wait", "xfs", MountRole::SystemDisk), std::size_t{0});
    QCOMPARE(commands("percpu_rwsem_wait", "xfs", MountRole::Unknown), std::size_t{0});
    QCOMPARE(commands("request_wait_answer", "fuse.sshfs", MountRole::Apart, true), std::size_t{0});
    // And where it is not known which mount: no cause is made up.
    QCOMPARE(diagnoseHang("/a", {"facts", "request_wait_answer", "", "", 77, 1}).front().id,
             std::string("not-responding"));
}

/// fusermount3 is for the one who connected it.
void TestDiagnosis::aHungFuseMountIsUnmountedByItsOwner()
{
    const auto advice = [](const char* options) {
        Hang hang{"create-file", "request_wait_answer", "fuse.sshfs", "/mnt/x", 77, 10 * kNanosecondsPerSecond};
        hang.role = MountRole::Apart;
        Finding finding = diagnoseHang("/mnt/x/folder", hang).front();
        Mount where;
        where.superOptions = options;
        adviseUnmountingTo(fuseOwnerOf(where, 1000), finding);
        const RenderedFix fix = render(finding).fixes.front();
        const char* whose = fix.whose == Whose::Readers ? "" : fix.whose == Whose::Owners ? "owner: " : "sudo ";
        return whose + quoteForShell(fix.command);
    };
    QCOMPARE(advice("rw,user_id=1000,group_id=1000"), std::string("fusermount3 -u -z -- /mnt/x"));
    QCOMPARE(advice("rw,user_id=0,group_id=0,allow_other"), std::string("sudo umount -l -- /mnt/x"));
    QCOMPARE(advice("rw,user_id=10001,group_id=1000"), std::string("sudo umount -l -- /mnt/x"));
    QCOMPARE(advice("rw"), std::string("owner: fusermount3 -u -z -- /mnt/x"));
}

void TestDiagnosis::theWatchersFindingsHaveWords()
{
    for (const Finding& finding : {cancelledFinding(), sameMountFinding("/mnt", "/mnt/a", 5, 1),
                                   stillStuckFinding("/mnt", 5, 1), proberDiedFinding("signal 9", "bye"),
                                   proberNonsenseFinding("x"), proberStartFinding({"posix_spawn", "/p", ENOENT, ""})}) {
        QVERIFY2(findCauseWords(finding.id) != nullptr, finding.id.c_str());
        const RenderedFinding words = render(finding);
        QVERIFY2(words.explanation.find('?') == std::string::npos, words.explanation.c_str());
        QCOMPARE(words.fixes.size(), std::size_t{1});
    }
}

void TestDiagnosis::whatCouldNotBeStartedIsNotAlwaysMissing()
{
    const auto fixOf = [](int code, const std::string& detail = {}) {
        const Finding finding = proberStartFinding({"posix_spawn", "/p", code, detail});
        return finding.fixes.size() == 1 ? finding.fixes.front().id : std::string();
    };
    for (const int code : {EMFILE, ENFILE, EAGAIN, ENOMEM})
        QCOMPARE(fixOf(code), std::string("raise-limits"));
    QCOMPARE(fixOf(0, "no thread can be started: Resource temporarily unavailable"), std::string("raise-limits"));
    QCOMPARE(fixOf(0, "libfmt.so.9: failed to map segment from shared object"), std::string("raise-limits"));
    for (const int code : {EPERM, ENOSYS})
        QCOMPARE(fixOf(code), std::string("start-outside-sandbox"));
    for (const int code : {ENOENT, EACCES, ENOEXEC})
        QCOMPARE(fixOf(code), std::string("reinstall"));
    QCOMPARE(fixOf(0, "libfmt.so.9: cannot open shared object file"), std::string("reinstall"));
}

void TestDiagnosis::verdictNamesAreReadBack()
{
    for (const Verdict value :
         {Verdict::Usable, Verdict::Limited, Verdict::Unusable, Verdict::NotResponding, Verdict::NotChecked})
        QVERIFY(verdictFromString(toString(value)) == value);
    QVERIFY(!verdictFromString("fine"));
}

QTEST_APPLESS_MAIN(TestDiagnosis)
#include "tst_diagnosis.moc"
