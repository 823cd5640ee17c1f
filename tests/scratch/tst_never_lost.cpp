// SPDX-License-Identifier: GPL-3.0-or-later

// Ways by which a scratch directory, or what lies beside it, could be lost or not be got rid of: each on real mounts as
// an unprivileged user, and beside a twin without its cause that is removed.

#include "core/scratch/marker.h"
#include "tests/scratch/never_lost.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// So short that it is over by the file system's clock, too, which no test can set.
constexpr Nanoseconds kShort = 400 * kNanosecondsPerMillisecond;

void waitForShort()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(450));
}

const char* words(const std::string& text)
{
    return text.c_str();
}

} // namespace

class TestNeverLost : public QObject
{
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<World>(); }
    void cleanup() { m.reset(); }

    void ofTwoWithOneMarkerNeitherGoes_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("how"); // of /bin/sh: $1 the folder it is in, $2 the directory, $3 another folder
        QTest::addColumn<QString>("other");
        QTest::addColumn<bool>("isCopy");
        QTest::newRow("btrfs snapshot") << "btrfs"
                                        << "btrfs -q subvolume snapshot $1/home $1/backup"
                                        << "in/backup" << true;
        QTest::newRow("btrfs snapshot of the whole") << "btrfs"
                                                     << "btrfs -q subvolume snapshot $1 $1/backup"
                                                     << "in/backup/home" << true;
        QTest::newRow("reflinks") << "btrfs"
                                  << "cp -a --reflink=always $2 $1/backup"
                                  << "in/backup" << true;
        QTest::newRow("cp -a") << "ext4"
                               << "mkdir $1/backup; cp -a $2 $1/backup/"
                               << "in/backup" << true;
        QTest::newRow("dd") << "ext4"
                            << "sync; dd if=$4 of=$4.2 status=none; mount -o loop,ro,noload $4.2 $3"
                            << "other/home" << true;
        QTest::newRow("dd of xfs") << "xfs"
                                   << "xfs_freeze -f $1; cp $4 $4.2; xfs_freeze -u $1; mount -o loop,nouuid $4.2 $3"
                                   << "other/home" << true;
        QTest::newRow("bind mount") << "ext4"
                                    << "mount --bind $1/home $3"
                                    << "other" << false;
        QTest::newRow("second mount") << "ext4"
                                      << "mount $(findmnt -nro SOURCE $1) $3"
                                      << "other/home" << false;
        QTest::newRow("second mount of a subvolume") << "btrfs"
                                                     << "mount -o subvol=home $(findmnt -nro SOURCE $1) $3"
                                                     << "other" << false;
        QTest::newRow("nothing") << "tmpfs"
                                 << "true"
                                 << "in/home" << false;
    }
    void ofTwoWithOneMarkerNeitherGoes()
    {
        QFETCH(QString, type);
        QFETCH(QString, how);
        QFETCH(QString, other);
        QFETCH(bool, isCopy);
        for (const bool originalFirst : {false, true}) {
            cleanup();
            init();
            const Path in = type == "tmpfs"
                                ? m->folder("in")
                                : m->mountImageAt(type.toStdString(), "in", (type == "xfs" ? 320U : 200U) << 20U);
            if (type == "btrfs" && how != "btrfs -q subvolume snapshot $1 $1/backup") // which has no subvolumes in it
                mustAsRoot("btrfs -q subvolume create " + in + "/home; chown 12345:12345 " + in + "/home");
            else
                makeFolder(in + "/home", 0755);
            const auto record = m->make("work", kDay, in + "/home");
            writeFile(record.path + "/thesis", "all of it");
            asRoot([&] {
                runOrFail({"sh", "-ec", how.toStdString(), "sh", in, record.path, m->folder("other"), m->image("in")});
            });
            const Path second = m->top + '/' + other.toStdString();
            if (originalFirst)
                m->find(in + "/home");
            const auto found = m->find(second);
            QCOMPARE(found.size(), std::size_t{1});
            QVERIFY2(found.front().status == (isCopy ? FindStatus::Copy : FindStatus::Known),
                     words(toString(found.front().reason)));
            m->find(in + "/home");
            m->pass(10 * kDay);
            if (!isCopy) {
                const auto purge = m->sweep();
                QVERIFY2(purge.at(record.id).outcome == PurgeOutcome::Purged,
                         words(toString(purge.at(record.id).reason)));
                QVERIFY(!isThere(record.path));
                continue;
            }
            for (const auto& [id, purge] : m->sweep())
                QVERIFY2(purge.outcome == PurgeOutcome::Kept, words(toString(purge.reason)));
            QVERIFY(!m->clean(record.id).empty());
            QVERIFY(isThere(record.path + "/thesis"));
            QVERIFY(isThere(found.front().path + "/thesis"));
        }
    }

    void whatIsLeftOfACopyIsKeptUntilAPersonSaysSo()
    {
        const Path in = m->mountImageAt("btrfs", "in", 200U << 20U);
        mustAsRoot("btrfs -q subvolume create " + in + "/home; chown 12345:12345 " + in + "/home");
        const auto record = m->make("work", kDay, in + "/home");
        writeFile(record.path + "/thesis", "all of it");
        mustAsRoot("btrfs -q subvolume snapshot " + in + "/home " + in + "/backup; rm -rf " + record.path);
        const auto found = m->find(in + "/backup");
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY2(found.front().status == FindStatus::Imported, words(toString(found.front().reason)));
        m->pass(10 * kDay);
        QVERIFY(m->sweep().empty());
        QVERIFY(isThere(found.front().path + "/thesis"));
        QVERIFY(m->store().extend(record.id, kDay));
        m->pass(5 * kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void oneInsideAnotherDoesNotGoWithIt_data()
    {
        QTest::addColumn<bool>("hasInner");
        QTest::addColumn<bool>("isRegistered");
        QTest::newRow("inside") << true << true;
        QTest::newRow("inside, and forgotten") << true << false;
        QTest::newRow("nothing inside") << false << false;
    }
    void oneInsideAnotherDoesNotGoWithIt()
    {
        QFETCH(bool, hasInner);
        QFETCH(bool, isRegistered);
        const auto outer = m->make("outer", kDay);
        std::filesystem::create_directories(outer.path + "/a/b");
        writeFile(outer.path + "/file", "of the outer one");
        Path result;
        std::string inner;
        if (hasInner) {
            const auto record = m->make("results", std::nullopt, outer.path + "/a/b", true);
            inner = record.id;
            result = record.path + "/result";
            writeFile(result, "kept");
            if (!isRegistered)
                QVERIFY(m->store().forget(inner).value());
        }
        if (hasInner && isRegistered) {
            const auto released = m->store().release(outer.id);
            QVERIFY(!released);
            QCOMPARE(released.error().operation, std::string("holds-others"));
            const std::string why = m->clean(outer.id);
            QVERIFY2(why.find("results") != std::string::npos && why.find("pinned") != std::string::npos, words(why));
            QVERIFY(isThere(outer.path + "/file"));
        }
        m->pass(10 * kDay);
        QCOMPARE(m->isSwept(outer.id), !hasInner);
        QCOMPARE(isThere(outer.path), hasInner);
        QVERIFY(!hasInner || isThere(result));
        if (!hasInner)
            return;
        if (!isRegistered) { // the removal itself meets it
            QVERIFY(m->clean(outer.id).find("results") != std::string::npos);
            QVERIFY(isThere(result));
            QVERIFY(!isThere(outer.path + "/file"));
            return;
        }
        QVERIFY(m->store().setPinned(inner, false));
        QVERIFY(m->store().extend(inner, kHour));
        m->pass(4 * kDay);
        const auto both = m->sweep();
        QCOMPARE(both.size(), std::size_t{2}); // the inner one first
        QVERIFY(!isThere(outer.path));
    }

    void bothGoWhereBothAreNamed()
    {
        const auto outer = m->make("outer", kDay);
        const auto inner = m->make("inner", kDay, outer.path);
        writeFile(inner.path + "/file", "x");
        ScratchStore store = m->store();
        store.alsoNamed({outer.id, inner.id});
        const auto of = [&](const std::string& id) { return store.preview(id, {}, {}).value(); };
        const auto seenOuter = of(outer.id);
        const auto seenInner = of(inner.id);
        QVERIFY2(seenOuter.removable, words(toString(seenOuter.reason)));
        QVERIFY(store.clean(inner.id, seenInner.confirmation, {}, {})->removed);
        QVERIFY(store.clean(outer.id, seenOuter.confirmation, {}, {})->removed);
        QVERIFY(!isThere(outer.path));
    }

    void whatArrivesWithOldTimesIsAChange_data()
    {
        QTest::addColumn<QString>("how"); // $1: the directory, $2: a folder with old things
        QTest::addColumn<bool>("isChange");
        QTest::newRow("cp -a") << "cp -a $2/old $1/" << true;
        QTest::newRow("cp -a of a folder") << "cp -a $2/tree $1/" << true;
        QTest::newRow("cp -a into a folder") << "cp -a $2/old $1/sub/" << true;
        QTest::newRow("tar") << "tar -C $2 -cf - tree | tar -C $1 -xpf -" << true;
        QTest::newRow("unzip") << "cd $2; zip -qr all.zip tree; cd $1; unzip -q $2/all.zip" << true;
        QTest::newRow("mv of a file") << "mv $2/old $1/" << true;
        QTest::newRow("mv of a folder") << "mv $2/tree $1/" << true;
        QTest::newRow("mv into a folder") << "mv $2/tree $1/sub/" << true;
        QTest::newRow("a file taken out") << "mv $1/there $2/" << true;
        QTest::newRow("hard link") << "ln $2/old $1/" << true;
        QTest::newRow("looked at") << "ls -lR $1; cat $1/there" << false;
        QTest::newRow("nothing") << "true" << false;
    }
    void whatArrivesWithOldTimesIsAChange()
    {
        QFETCH(QString, how);
        QFETCH(bool, isChange);
        const Path old = m->folder("old");
        must("cd " + old + "; echo 1 > old; mkdir tree; echo 2 > tree/f; touch -d 2020-01-01 old tree/f tree");
        const auto record = m->make("work", kShort);
        must("d=" + record.path + "; mkdir $d/sub; echo x > $d/there; touch -d 2021-01-01 $d/there $d/sub");
        waitForShort();
        runOrFail({"sh", "-ec", how.toStdString(), "sh", record.path, old});
        m->pass(4 * kDay);
        const auto purge = m->sweep().at(record.id);
        QVERIFY2(purge.outcome == (isChange ? PurgeOutcome::PutOff : PurgeOutcome::Purged),
                 words(toString(purge.reason)));
        QCOMPARE(isThere(record.path), isChange);
        if (!isChange)
            return;
        m->pass(2 * kDay);
        QVERIFY(m->sweep().empty());
        m->pass(2 * kDay);
        QVERIFY(m->isSwept(record.id)); // put off once
    }

    void writingItsMarkerIsNoChangeOfItsUser()
    {
        const auto record = m->make("work", kShort, {}, true);
        waitForShort();
        QVERIFY(m->store().setPinned(record.id, false)->notWritten.empty());
        m->pass(4 * kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void whatIsBeingRestoredIsNotPurged_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("killed half-way") << "killed";
        QTest::newRow("looked at meanwhile") << "looked at";
        QTest::newRow("moved back by hand") << "by hand";
        QTest::newRow("restored") << "restored";
        QTest::newRow("left") << "left";
    }
    void whatIsBeingRestoredIsNotPurged()
    {
        QFETCH(QString, how);
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/file", "kept");
        const auto released = m->store().release(record.id);
        QVERIFY(released);
        const Path quarantine = released->record.quarantine;
        m->pass(5 * kDay);
        if (how == "killed") {
            int ended = -1;
            asRoot([&] {
                ended = runAsUser(kOrdinaryUser, [&] {
                    m->files->atRemoveDirectory = [] { _exit(9); };
                    return m->store().restore(record.id) ? 0 : 1;
                });
            });
            QCOMPARE(ended, 9);
        } else if (how == "looked at") {
            bool looked = false;
            m->files->atRemoveDirectory = [&] {
                looked = true;
                ScratchStore other(linuxSystem(), m->registry);
                QVERIFY(other.inspect(record.id, {}, {}));
            };
            QVERIFY(m->store().restore(record.id));
            QVERIFY(looked);
        } else if (how == "by hand") {
            std::filesystem::rename(quarantine, record.path);
        } else if (how == "restored") {
            QVERIFY(m->store().restore(record.id));
        }
        const bool isLeft = how == "left";
        QCOMPARE(isThere(record.path + "/file"), !isLeft);
        QCOMPARE(m->isSwept(record.id), isLeft);
        QCOMPARE(isThere(record.path + "/file"), !isLeft);
        QVERIFY(!isThere(parentPath(quarantine)));
        if (isLeft)
            return;
        QVERIFY(m->sweep().empty());
        const auto seen = m->look(record.id);
        QVERIFY(seen.state == ScratchState::Active && seen.record.expires);
        QVERIFY(*seen.expires > m->clock.wall() + 23 * kHour);
        m->pass(5 * kDay);
        QVERIFY(m->isSwept(record.id)); // not for ever
    }

    void oneThatIsHalfRemovedComesBack_data()
    {
        QTest::addColumn<QString>("obstacle");
        QTest::addColumn<QString>("back");
        for (const char* obstacle : {"immutable", "somebody else's", "cancelled"}) {
            for (const char* back : {"extend", "pin", "restore", ""})
                QTest::addRow("%s, %s", obstacle, *back == '\0' ? "left" : back) << obstacle << back;
        }
    }
    void oneThatIsHalfRemovedComesBack()
    {
        QFETCH(QString, obstacle);
        QFETCH(QString, back);
        const auto record = m->make("work", kDay);
        std::filesystem::create_directory(record.path + "/k");
        for (int i = 0; i < 20; ++i)
            writeFile(record.path + "/k/f" + std::to_string(i), "x");
        Path quarantine;
        Path now = record.path;
        if (back == "restore") {
            now = quarantine = m->store().release(record.id)->record.quarantine;
        }
        const Path stone = now + "/k/f7";
        if (obstacle == "immutable")
            mustAsRoot("chattr +i " + stone);
        else if (obstacle == "somebody else's")
            mustAsRoot("mkdir " + now + "/k/theirs; touch " + now + "/k/theirs/f; chmod 755 " + now + "/k/theirs");
        std::stop_source stop;
        ScratchStore store = m->store();
        const auto seen = store.preview(record.id, {}, {}).value();
        const auto progress = [&](const RemovalProgress&) {
            if (obstacle == "cancelled")
                stop.request_stop();
        };
        if (obstacle == "cancelled")
            stop.request_stop();
        const auto cleaned = store.clean(record.id, seen.confirmation, stop.get_token(), progress).value();
        QVERIFY(!cleaned.removed && cleaned.staysRegistered);
        mustAsRoot("chattr -i " + stone + " 2>/dev/null || true; rm -rf " + now + "/k/theirs");
        const bool isHalf = cleaned.done.entries > 0;
        QCOMPARE(m->look(record.id).isHalfRemoved, isHalf);
        if (obstacle != "cancelled")
            QVERIFY(isHalf);
        if (back == "extend")
            QVERIFY(m->store().extend(record.id, 30 * kDay));
        else if (back == "pin")
            QVERIFY(m->store().setPinned(record.id, true));
        else if (back == "restore")
            QVERIFY(m->store().restore(record.id, 30 * kDay));
        writeFile((back == "restore" ? record.path : now) + "/new", "new");
        m->pass(11 * kDay);
        QCOMPARE(m->isSwept(record.id), back.isEmpty());
        QCOMPARE(isThere(record.path + "/new"), !back.isEmpty());
        if (!back.isEmpty()) {
            QVERIFY(!m->look(record.id).isHalfRemoved);
            QVERIFY(m->look(record.id).state == ScratchState::Active);
            QCOMPARE(m->clean(record.id), std::string());
        }
    }

    void oneThatIsHalfRemovedIsPutOffAsWell_data()
    {
        QTest::addColumn<bool>("isChanged");
        QTest::newRow("changed") << true;
        QTest::newRow("left") << false;
    }
    void oneThatIsHalfRemovedIsPutOffAsWell()
    {
        QFETCH(bool, isChanged);
        const auto record = m->make("work", kShort);
        mustAsRoot("mkdir " + record.path + "/theirs; touch " + record.path + "/theirs/f");
        writeFile(record.path + "/mine", "x");
        QVERIFY(!m->clean(record.id).empty());
        QVERIFY(m->look(record.id).isHalfRemoved);
        mustAsRoot("rm -rf " + record.path + "/theirs");
        waitForShort();
        if (isChanged)
            writeFile(record.path + "/new", "new");
        m->pass(4 * kDay);
        QVERIFY(m->sweep().at(record.id).outcome == (isChanged ? PurgeOutcome::PutOff : PurgeOutcome::Purged));
        if (!isChanged)
            return;
        m->pass(4 * kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void aSweepThatCouldNotRemoveAllSaysSoAndTakesUpAgain()
    {
        const auto record = m->make("work", kDay);
        mustAsRoot("mkdir " + record.path + "/theirs; touch " + record.path + "/theirs/f");
        writeFile(record.path + "/mine", "x");
        m->pass(5 * kDay);
        const auto purge = m->sweep().at(record.id);
        QVERIFY(purge.outcome == PurgeOutcome::Kept && purge.failed);
        QVERIFY(toString(purge.reason).find("theirs") != std::string::npos);
        QVERIFY(m->look(record.id).isHalfRemoved);
        mustAsRoot("rm -rf " + record.path + "/theirs");
        m->pass(kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void useFromElsewhereIsSeen_data()
    {
        QTest::addColumn<QString>("use"); // $1: the directory; says "ready", and ends with its input
        QTest::newRow("a container's mount") << "exec unshare -rm sh -c 'mount --bind $1 /mnt; cd /; exec 9< /mnt/f; "
                                                "echo ready; read -r e' sh $1";
        QTest::newRow("a program of it") << "cp /bin/cat $1/run; cd /; $1/run $1/f; exec $1/run";
        QTest::newRow("a working directory") << "cd $1; echo ready; read -r e";
        QTest::newRow("a container's working directory") << "cd $1; exec unshare -rm sh -c 'echo ready; read -r e'";
        QTest::newRow("elsewhere") << "cd /; echo ready; read -r e";
    }
    void useFromElsewhereIsSeen()
    {
        QFETCH(QString, use);
        const bool isUse = std::string(QTest::currentDataTag()) != "elsewhere";
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/f", "ready\n");
        Program program;
        program.arguments = {"sh", "-c", use.toStdString(), "sh", record.path};
        auto user = std::make_unique<RunningProgram>(program);
        QCOMPARE(user->readLine().value_or(""), std::string("ready"));
        m->pass(5 * kDay);
        const auto purge = m->sweep().at(record.id);
        QVERIFY2(purge.outcome == (isUse ? PurgeOutcome::Kept : PurgeOutcome::Purged), words(toString(purge.reason)));
        QCOMPARE(isThere(record.path), isUse);
        if (!isUse)
            return;
        QVERIFY2(toString(purge.reason).find("in use") != std::string::npos, words(toString(purge.reason)));
        user->closeInput();
        (void)user->wait();
        user.reset();
        QVERIFY(m->isSwept(record.id));
    }

    void whatIsAwayIsNotForgotten_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("away"); // $1: where it is mounted or lies, $2: its image
        QTest::addColumn<QString>("back");
        QTest::newRow("bind mount") << "bind"
                                    << "umount $1"
                                    << "mount --bind $1.store $1";
        QTest::newRow("drive") << "ext4"
                               << "umount $1"
                               << "mount -o loop $2 $1";
        QTest::newRow("drive of btrfs") << "btrfs"
                                        << "umount $1"
                                        << "mount -o loop $2 $1";
        QTest::newRow("drive, and another in its place")
            << "ext4"
            << "umount $1; truncate -s 20M $2.2; mkfs.ext4 -q $2.2; mount -o loop $2.2 $1; mkdir $1/sub"
            << "umount $1; mount -o loop $2 $1";
        QTest::newRow("private folder for temporary files") << "tmpfs"
                                                            << "mount -t tmpfs none $1; mkdir $1/sub"
                                                            << "umount $1";
        QTest::newRow("parent renamed") << "tmpfs"
                                        << "mv $1/sub $1/other"
                                        << "mv $1/other $1/sub";
        QTest::newRow("parent renamed, and made again") << "tmpfs"
                                                        << "mv $1/sub $1/other; mkdir $1/sub; chown 12345 $1/sub"
                                                        << "rmdir $1/sub; mv $1/other $1/sub";
        QTest::newRow("parent replaced by a link") << "tmpfs"
                                                   << "mv $1/sub $1/other; ln -s nothing $1/sub"
                                                   << "rm $1/sub; mv $1/other $1/sub";
        QTest::newRow("nothing") << "tmpfs"
                                 << "true"
                                 << "true";
    }
    void whatIsAwayIsNotForgotten()
    {
        QFETCH(QString, type);
        QFETCH(QString, away);
        QFETCH(QString, back);
        Path in = m->folder("in");
        if (type == "bind") {
            m->folder("in.store");
            mustAsRoot("mount --bind " + in + ".store " + in);
        } else if (type != "tmpfs") {
            in = m->mountImageAt(type.toStdString(), "in", 200U << 20U);
        }
        makeFolder(in + "/sub", 0755);
        const auto record = m->make("work", kDay, in + "/sub");
        writeFile(record.path + "/file", "kept");
        m->pass(5 * kDay);
        const auto root = [&](const QString& command) {
            asRoot([&] { runOrFail({"sh", "-ec", command.toStdString(), "sh", in, m->image("in")}); });
        };
        root(away);
        if (away != "true") {
            const auto seen = m->look(record.id);
            QVERIFY2(seen.state == ScratchState::Offline, words(toString(seen.reason)));
            QVERIFY(!m->clean(record.id).empty());
            for (int i = 0; i < 3; ++i) {
                const auto purge = m->sweep();
                QVERIFY(purge.at(record.id).outcome == PurgeOutcome::Kept);
                m->pass(kDay);
            }
            QVERIFY(m->isRegistered(record.id));
            QVERIFY(toString(m->store().extend(record.id, kDay)->notWritten).size() > 0);
            root(back);
            m->pass(5 * kDay);
        }
        QVERIFY(m->isSwept(record.id));
        QVERIFY(!m->isRegistered(record.id));
    }

    void aSubvolumeThatIsNotMountedIsAway()
    {
        const Path in = m->mountImageAt("btrfs", "in", 200U << 20U);
        mustAsRoot("btrfs -q subvolume create " + in + "/home; chown 12345:12345 " + in + "/home");
        const Path at = m->folder("at");
        const auto mountIt = "mount -o subvol=home $(findmnt -nro SOURCE " + in + ") " + at;
        mustAsRoot(mountIt);
        const auto record = m->make("work", kDay, at);
        m->pass(5 * kDay);
        mustAsRoot("umount " + at);
        QVERIFY(m->look(record.id).state == ScratchState::Offline);
        QVERIFY(m->sweep().at(record.id).outcome == PurgeOutcome::Kept);
        // Another subvolume of the same file system is another place.
        mustAsRoot("btrfs -q subvolume create " + in + "/else; mount -o subvol=else $(findmnt -nro SOURCE " + in +
                   ") " + at);
        QVERIFY(m->look(record.id).state == ScratchState::Offline);
        QVERIFY(m->sweep().at(record.id).outcome == PurgeOutcome::Kept);
        QVERIFY(m->isRegistered(record.id));
        mustAsRoot("umount " + at + "; " + mountIt);
        QVERIFY(m->isSwept(record.id));
    }

    void whatSomebodyElseRemovedIsForgotten()
    {
        const auto record = m->make("work", kDay);
        must("rm -rf " + record.path);
        QVERIFY(m->look(record.id).state == ScratchState::Lost);
        m->pass(5 * kDay);
        QVERIFY(m->sweep().at(record.id).outcome == PurgeOutcome::Gone);
        QVERIFY(!m->isRegistered(record.id));
    }

    void whatWasInMemoryIsGoneWithARestartAlone_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("how"); // $1: where it was mounted
        QTest::addColumn<bool>("isRestarted");
        QTest::addColumn<bool>("isGone");
        QTest::newRow("mounted anew") << "tmpfs"
                                      << "umount $1; mount -t tmpfs none $1" << true << true;
        QTest::newRow("not mounted") << "tmpfs"
                                     << "umount $1" << true << true;
        QTest::newRow("its folder is not there") << "tmpfs"
                                                 << "umount $1; rmdir $1" << true << true;
        QTest::newRow("the same boot") << "tmpfs"
                                       << "umount $1" << false << false;
        QTest::newRow("the same boot, mounted over") << "tmpfs"
                                                     << "mount -t tmpfs none $1" << false << false;
        QTest::newRow("a drive") << "ext4"
                                 << "umount $1" << true << false;
        QTest::newRow("a drive, and memory in its place") << "ext4"
                                                          << "umount $1; mount -t tmpfs none $1" << true << false;
    }
    void whatWasInMemoryIsGoneWithARestartAlone()
    {
        QFETCH(QString, type);
        QFETCH(QString, how);
        QFETCH(bool, isRestarted);
        QFETCH(bool, isGone);
        const Path in = m->folder("in");
        if (type == "tmpfs")
            mustAsRoot("mount -t tmpfs -o mode=0755,uid=12345 none " + in);
        else
            (void)m->mountImageAt(type.toStdString(), "in", 64U << 20U);
        const auto record = m->make("work", kDay, in);
        const auto released = m->make("released", kDay, in);
        QVERIFY(m->store().release(released.id));
        asRoot([&] { runOrFail({"sh", "-ec", how.toStdString(), "sh", in}); });
        if (isRestarted)
            m->restart(kHour);
        const auto state = m->look(record.id).state;
        QVERIFY(state == (isGone ? ScratchState::Lost : ScratchState::Offline));
        for (int day = 0; day < 6; ++day) {
            m->pass(kDay);
            m->sweep();
        }
        QCOMPARE(m->isRegistered(record.id), !isGone);
        QCOMPARE(m->isRegistered(released.id), !isGone);
    }

    void anotherDeviceNumberIsTheSameDrive_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<bool>("isSame");
        for (const char* type : {"ext4", "xfs", "btrfs"}) {
            QTest::addRow("%s", type) << type << true;
            QTest::addRow("%s, made anew", type) << type << false;
        }
    }
    void anotherDeviceNumberIsTheSameDrive()
    {
        QFETCH(QString, type);
        QFETCH(bool, isSame);
        const Path in = m->folder("in");
        const Path image = m->image("in");
        const auto size = std::string(type == "xfs" ? "320M" : "200M");
        const auto make = "truncate -s 0 " + image + "; truncate -s " + size + ' ' + image + "; mkfs." +
                          type.toStdString() + " -q " + image;
        const auto mountIt = "mount -o loop " + image + ' ' + in + "; chown 12345:12345 " + in;
        mustAsRoot(make + "; " + mountIt);
        const auto record = m->make("work", kDay, in);
        writeFile(record.path + "/file", "x");
        const auto before = runOrFail({"findmnt", "-nro", "SOURCE", in});
        mustAsRoot("truncate -s 1M " + image + ".2; umount " + in + "; losetup -f " + image + ".2");
        if (!isSame)
            mustAsRoot(make);
        mustAsRoot(mountIt);
        const auto after = runOrFail({"findmnt", "-nro", "SOURCE", in});
        asRoot([&] { must("for l in $(losetup -nO NAME -j " + image + ".2); do losetup -d $l; done"); });
        if (before == after)
            qWarning("the number is the same by chance");
        const auto seen = m->look(record.id);
        QVERIFY2(seen.state == (isSame ? ScratchState::Active : ScratchState::Offline), words(toString(seen.reason)));
        if (isSame) {
            const auto found = m->find(in);
            QCOMPARE(found.size(), std::size_t{1});
            QVERIFY2(found.front().status == FindStatus::Known, words(toString(found.front().reason)));
        }
        m->pass(5 * kDay);
        QCOMPARE(m->isSwept(record.id), isSame);
        QCOMPARE(m->isRegistered(record.id), !isSame);
    }

    void madeWhileTheClockWasBehindItHasItsTime()
    {
        const Nanoseconds today = m->clock.wall();
        m->clock.setWall(300 * kSecond); // in 1970
        m->clock.synchronized = false;
        const auto record = m->make("work", 7 * kDay);
        writeFile(record.path + "/fresh", "x");
        m->pass(300 * kSecond);
        m->clock.setWall(today);
        m->clock.synchronized = true;
        for (int i = 0; i < 3; ++i)
            QVERIFY(m->sweep().empty());
        const auto seen = m->look(record.id);
        QVERIFY(seen.state == ScratchState::Active && *seen.expires > today + 6 * kDay);
        for (int day = 0; day < 9; ++day) {
            m->pass(kDay);
            QVERIFY(m->sweep().empty());
        }
        QVERIFY(isThere(record.path + "/fresh"));
        m->pass(2 * kDay);
        QVERIFY(!m->sweep().empty()); // its files are newer than the end that it had: that may put it off
        m->pass(4 * kDay);
        m->sweep();
        QVERIFY(!isThere(record.path));
    }

    void aClockThatWasAheadForTwoSweepsRemovesNothing_data()
    {
        QTest::addColumn<bool>("restarts");
        QTest::newRow("in one boot") << false;
        QTest::newRow("over restarts") << true;
    }
    void aClockThatWasAheadForTwoSweepsRemovesNothing()
    {
        QFETCH(bool, restarts);
        m->clock.synchronized = false;
        const auto record = m->make("work", 7 * kDay);
        writeFile(record.path + "/fresh", "x");
        QVERIFY(m->sweep().empty());
        m->clock.step(365 * kDay);
        for (int i = 0; i < 4; ++i) {
            QVERIFY(m->sweep().empty());
            m->pass(kHour);
            if (restarts)
                m->restart(60 * kSecond);
        }
        m->clock.step(-365 * kDay);
        for (int i = 0; i < 4; ++i)
            QVERIFY(m->sweep().empty());
        QVERIFY(m->look(record.id).state == ScratchState::Active);
        for (int day = 0; day < 12; ++day) {
            m->pass(kDay);
            m->sweep();
        }
        QVERIFY(!isThere(record.path));
    }

    void aLaptopThatIsOffAtNightGetsItsPurges()
    {
        m->clock.synchronized = false;
        const auto record = m->make("work", 7 * kDay);
        int days = 0;
        for (; days < 20 && isThere(record.path); ++days) {
            m->pass(8 * kHour);
            m->sweep();
            m->restart(16 * kHour);
            m->sweep();
        }
        QVERIFY2(days >= 10 && days <= 11, words(std::to_string(days)));
    }

    void theOtherRegistryIsHeard_data()
    {
        QTest::addColumn<QString>("what");
        QTest::newRow("pinned there") << "pin";
        QTest::newRow("extended there") << "extend";
        QTest::newRow("nothing") << "";
    }
    void theOtherRegistryIsHeard()
    {
        QFETCH(QString, what);
        const Path other = m->top + "/home/state2/scratch.db";
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/file", "x");
        QVERIFY(m->find(m->work, other).front().status == FindStatus::Imported);
        if (what == "pin")
            QVERIFY(m->storeOf(other).setPinned(record.id, true));
        else if (what == "extend")
            QVERIFY(m->storeOf(other).extend(record.id, 30 * kDay));
        m->pass(5 * kDay);
        const auto purge = m->sweep().at(record.id);
        QVERIFY2(purge.outcome == (what.isEmpty() ? PurgeOutcome::Purged : PurgeOutcome::Kept),
                 words(toString(purge.reason)));
        QCOMPARE(isThere(record.path), !what.isEmpty());
        if (what.isEmpty())
            return;
        QVERIFY(m->sweep().empty()); // it knows now
        const auto row = m->look(record.id).record;
        QCOMPARE(row.pinned, what == "pin");
        m->storeOf(other).setPinned(record.id, false).value();
        m->storeOf(other).extend(record.id, kDay).value();
        m->look(record.id); // and learns that, too
        m->pass(5 * kDay);
        QVERIFY(m->isSwept(record.id));
    }

    void aRegistryFromABackupDoesNotUndoWhatWasSaid_data()
    {
        QTest::addColumn<QString>("what");
        QTest::newRow("pinned since") << "pin";
        QTest::newRow("extended since") << "extend";
        QTest::newRow("nothing since") << "";
    }
    void aRegistryFromABackupDoesNotUndoWhatWasSaid()
    {
        QFETCH(QString, what);
        const auto record = m->make("work", kDay);
        const Path state = parentPath(m->registry);
        must("cp -a " + state + ' ' + state + ".backup");
        if (what == "pin")
            QVERIFY(m->store().setPinned(record.id, true));
        else if (what == "extend")
            QVERIFY(m->store().extend(record.id, 30 * kDay));
        must("rm -rf " + state + "; mv " + state + ".backup " + state);
        m->pass(5 * kDay);
        QCOMPARE(m->isSwept(record.id), what.isEmpty());
        QCOMPARE(isThere(record.path), !what.isEmpty());
        QVERIFY(what.isEmpty() || m->look(record.id).state == ScratchState::Active);
    }

private:
    std::unique_ptr<World> m;
};

SCRATCHPROOF_TEST_MAIN(TestNeverLost, PrivateMounts)
#include "tst_never_lost.moc"
