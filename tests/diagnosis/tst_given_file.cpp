// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/words.h"
#include "tests/diagnosis/recorded.h"

#include <QTest>

#include <algorithm>

using namespace scratchproof;
using namespace recorded;

namespace {

FileTarget file(int accessCode)
{
    FileTarget target;
    target.name = "document";
    target.isRegular = true;
    target.owner = 1000;
    target.status = FileStatus();
    target.status->mode = accessCode == EACCES ? 0100444 : 0100644;
    target.accessCode = accessCode;
    return target;
}

Facts closed(Facts facts)
{
    facts.folder = folderStatus(0, 0, 0755);
    facts.owner = facts.group = "root";
    facts.accessCode = EACCES;
    return facts;
}

bool has(const Diagnosis& diagnosis, std::string_view id)
{
    return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(),
                       [&](const Finding& finding) { return finding.id == id; });
}

} // namespace

/// A file that was given counts as much as its folder does: both, one of them, neither.
class TestGivenFile : public QObject
{
    Q_OBJECT
private slots:
    void bothCount_data()
    {
        QTest::addColumn<QByteArray>("folder");
        QTest::addColumn<int>("accessCode");
        QTest::addColumn<QByteArray>("verdict");
        QTest::addColumn<QByteArray>("note");
        const auto row = [](const char* folder, int code, const char* verdict, const char* note) {
            QTest::addRow("%s, file %s", folder, code < 0 ? "not asked" : errnoName(code).c_str())
                << QByteArray(folder) << code << QByteArray(verdict) << QByteArray(note);
        };
        row("good", 0, "usable", "file-and-folder-usable");
        row("good", EACCES, "limited", "folder-usable-file-not");
        row("good", EPERM, "limited", "folder-usable-file-not");
        row("good", -1, "usable", "");
        row("closed", 0, "limited", "file-usable-folder-not");
        row("closed", EACCES, "unusable", "");
        row("closed", -1, "unusable", "");
        row("read-only", EROFS, "unusable", "");
        // The data does not get through, whatever the permissions say.
        row("full", 0, "unusable", "");
        row("broken", 0, "unusable", "");
        // The server, or a rule of another kind, decides, and was not asked about the file.
        row("closed share", 0, "unusable", "");
        row("closed by a sandbox", 0, "unusable", "");
        row("cancelled", 0, "not-checked", "");
        row("cancelled", EACCES, "not-checked", "");
        row("late", 0, "not-responding", "");
    }

    void bothCount()
    {
        QFETCH(QByteArray, folder);
        QFETCH(int, accessCode);
        QFETCH(QByteArray, verdict);
        QFETCH(QByteArray, note);
        Facts given = facts();
        ProbeResult probe = healthy();
        if (folder == "closed" || folder == "closed by a sandbox") {
            given = closed(facts());
            probe = failing(Step::CreateFile, EACCES);
        } else if (folder == "closed share") {
            given = closed(facts("50 1 0:44 / /mnt/x rw - cifs //nas/x rw"));
            probe = failing(Step::CreateFile, EACCES);
        } else if (folder == "read-only") {
            given = facts("50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 rw");
            probe = failing(Step::CreateFile, EROFS);
        } else if (folder == "full") {
            given.space->availableBytes = given.space->freeBytes = 0;
            probe = failing(Step::Write, ENOSPC, "write");
        } else if (folder == "broken") {
            probe = failing(Step::Sync, EIO, "fsync");
        } else if (folder == "cancelled") {
            probe.notes.cancelled = true;
        } else if (folder == "late") {
            probe.steps[2].status = StepStatus::TimedOut;
        }
        if (folder == "closed by a sandbox")
            given.confinement.snap = "scratchproof";
        given.file = file(accessCode);
        const Diagnosis diagnosis = diagnosed(given, probe);
        QCOMPARE(std::string(toString(diagnosis.verdict)), verdict.toStdString());
        for (const char* id : {"file-and-folder-usable", "folder-usable-file-not", "file-usable-folder-not"})
            QVERIFY2(has(diagnosis, id) == (note == id), id);
        if (verdict == "limited" || verdict == "unusable")
            QVERIFY(diagnosis.findings.front().severity == Severity::Blocking);
    }

    /// What no permission says: it grows only at its end, runs, or is memory.
    void whatHoldsTheFileAloneLimitsTheAnswer()
    {
        for (const int which : {0, 1, 2, 3}) {
            Facts given = facts();
            given.file = file(0);
            given.file->isAppendOnly = which == 0;
            given.file->isSwapFile = which == 1;
            given.file->isImmutable = which == 3;
            if (which == 2)
                given.file->runningProgram = "sleep";
            const Diagnosis diagnosis = diagnosed(given, healthy());
            QCOMPARE(std::string(toString(diagnosis.verdict)), std::string("limited"));
            QVERIFY(has(diagnosis, "folder-usable-file-not"));
        }
    }

    void whoseFileItIsDecidesWhatIsAdvised()
    {
        Facts given = facts();
        given.file = file(EACCES);
        const Diagnosis mine = diagnosed(given, healthy());
        QCOMPARE(mine.findings.front().id, std::string("file-write-bit-missing"));
        const std::vector<std::string> command = {"chmod", "u+w", "--", "/mnt/x/folder/document"};
        QCOMPARE(mine.findings.front().fixes.front().command, command);
        given.file->owner = 1001;
        given.file->ownerName = "bea";
        const Diagnosis theirs = diagnosed(given, healthy());
        QCOMPARE(theirs.findings.front().id, std::string("file-not-writable"));
        for (const Fix& fix : theirs.findings.front().fixes)
            QVERIFY(fix.command.empty());
    }

    /// A folder that is the top of a drive is no file.
    void aMountPointIsNoFile()
    {
        Facts given = facts();
        given.file = FileTarget();
        given.file->isMountPoint = true;
        const Diagnosis diagnosis = diagnosed(given, healthy());
        QCOMPARE(std::string(toString(diagnosis.verdict)), std::string("usable"));
        QVERIFY(diagnosis.findings.empty());
    }
};

QTEST_APPLESS_MAIN(TestGivenFile)
#include "tst_given_file.moc"
