// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/advisable.h"
#include "core/diagnosis/words.h"
#include "core/facts/mount_role.h"

#include <QTest>

#include <algorithm>
#include <string>
#include <vector>

using namespace scratchproof;

namespace {

/// Every argument that some command of the catalogue takes, for a mount of a type that all programs are for.
Arguments argumentsFor(const FixWords& fix, const Path& mount, const char* role)
{
    Arguments arguments;
    for (const char* part : fix.command) {
        std::string_view text = part != nullptr ? std::string_view(part) : std::string_view();
        while (text.find('{') != std::string_view::npos) {
            text.remove_prefix(text.find('{') + 1);
            const std::string name(text.substr(0, text.find('}')));
            const bool isWord = name == "user" || name == "group" || name == "unit" || name == "grant" ||
                                name == "host" || name == "target" || name == "reader";
            arguments[name] = isWord ? Argument::name("ann") : Argument::path(joinPath(mount, "folder"));
        }
    }
    const bool thaws = fix.command[0] != nullptr && std::string_view(fix.command[0]) == "fsfreeze";
    arguments["mount"] = Argument::path(mount);
    arguments["device"] = Argument::path("/dev/sdb1");
    arguments["fs"] = Argument::name(thaws ? "ext4" : "fuse.sshfs");
    arguments["mount_role"] = Argument::name(role);
    return arguments;
}

std::optional<Deed> deedOf(const FixWords& fix)
{
    std::vector<std::string> command;
    for (const char* part : fix.command) {
        if (part != nullptr)
            command.emplace_back(part);
    }
    return command.empty() ? std::optional(Deed::Looks) : scratchproof::deedOf(command);
}

} // namespace

/// No command that unmounts, freezes, remounts or repairs what the system runs from, whichever cause it belongs to.
class TestAdvisable : public QObject
{
    Q_OBJECT
private slots:
    void everyProgramOfTheCatalogueIsKnown()
    {
        for (const FixWords* fix : allFixWords())
            QVERIFY2(deedOf(*fix), fix->id);
    }

    void nothingOfTheSystemsIsUnmountedOrAltered()
    {
        int tried = 0;
        for (const char* place :
             {"/", "/usr", "/usr/local", "/home", "/var", "/var/log", "/boot", "/boot/efi", "/etc"}) {
            for (const FixWords* fix : allFixWords()) {
                const auto deed = deedOf(*fix);
                if (deed != Deed::Unmounts && deed != Deed::Alters)
                    continue;
                // Whatever else is said of it.
                for (const char* role : {"unknown", "system", "system-disk", "apart"}) {
                    const Fix made = makeFix(fix->id, argumentsFor(*fix, place, role));
                    const bool isOfFile = std::find(made.command.begin(), made.command.end(),
                                                    joinPath(place, "folder")) != made.command.end();
                    const bool isOther =
                        isOfFile && deed == Deed::Unmounts && !isSystemPlace(joinPath(place, "folder"));
                    QVERIFY2(made.command.empty() || isOther, qPrintable(QString("%1 %2").arg(fix->id, place)));
                    ++tried;
                }
            }
        }
        QVERIFY(tried > 300);
    }

    void nothingIsAlteredOfAFileSystemThatTheSystemRunsFrom()
    {
        for (const FixWords* fix : allFixWords()) {
            const auto deed = deedOf(*fix);
            if (deed != Deed::Unmounts && deed != Deed::Alters)
                continue;
            const auto made = [&](const char* role) {
                return !makeFix(fix->id, argumentsFor(*fix, "/home/ann/nas", role)).command.empty();
            };
            QVERIFY2(made("apart"), fix->id); // so that nothing passes by having no command at all
            QCOMPARE(made("system-disk"), deed == Deed::Unmounts);
            const bool isOfFile = std::any_of(fix->command.begin(), fix->command.end(), [](const char* part) {
                return part != nullptr && std::string_view(part) == "{file}";
            });
            QVERIFY2(isOfFile || !made("unknown"), fix->id);
        }
    }

    void aProgramIsForItsTypesOnly()
    {
        const auto allowed = [](std::vector<std::string> command, const char* type) {
            return isAdvisable(command, {{"mount", Argument::path("/mnt/x")},
                                         {"fs", Argument::name(type)},
                                         {"mount_role", Argument::name("apart")}});
        };
        QVERIFY(allowed({"fusermount3", "-u", "--", "/mnt/x"}, "fuse.sshfs"));
        QVERIFY(!allowed({"fusermount3", "-u", "--", "/mnt/x"}, "ext4"));
        QVERIFY(allowed({"umount", "-f", "-l", "--", "/mnt/x"}, "nfs4"));
        QVERIFY(!allowed({"umount", "-f", "-l", "--", "/mnt/x"}, "ext4"));
        QVERIFY(allowed({"fsfreeze", "-u", "/mnt/x"}, "xfs"));
        QVERIFY(!allowed({"fsfreeze", "-u", "/mnt/x"}, "fuse.sshfs"));
        QVERIFY(!allowed({"fsfreeze", "-u", "/mnt/x"}, "tmpfs"));
    }

    void onlyADriveApartFromTheSystemIsFilled()
    {
        const auto advised = [](const char* folder, const char* role) {
            return isAdvisable({"scratchproof-cli", "verify", "capacity", "--", folder},
                               {{"mount_role", Argument::name(role)}});
        };
        QVERIFY(advised("/mnt/x/folder", "apart"));
        for (const char* role : {"unknown", "system", "system-disk"})
            QVERIFY2(!advised("/mnt/x/folder", role), role);
        QVERIFY(!advised("/var/tmp", "apart"));
        QVERIFY(!isAdvisable({"scratchproof-cli", "verify", "capacity", "--", "/mnt/x"}, {}));
        QVERIFY(isAdvisable({"scratchproof-cli", "check", "--", "/usr"}, {}));
    }

    void onlyDrivesAreAskedForTheirHealth()
    {
        for (const char* device : {"/dev/sdb1", "/dev/nvme0n1p2", "/dev/mmcblk0p1"})
            QVERIFY2(isAdvisable({"smartctl", "-a", "--", device}, {}), device);
        for (const char* device : {"/dev/loop0", "/dev/zram1", "/dev/dm-3", "/dev/mapper/luks-1", "/dev/md127"})
            QVERIFY2(!isAdvisable({"smartctl", "-a", "--", device}, {}), device);
    }

    void rightsOfSystemFoldersAreLeftAlone()
    {
        for (const char* place : {"/etc", "/usr/local/bin", "/", "/var", "/home", "/root"})
            QVERIFY2(!isAdvisable({"setfacl", "-m", "u:ann:rwx", "--", place}, {}), place);
        for (const char* place : {"/home/ann", "/srv/share", "/var/www/site", "/mnt/x", "/opt/game"})
            QVERIFY2(isAdvisable({"setfacl", "-m", "u:ann:rwx", "--", place}, {}), place);
        QVERIFY(isAdvisable({"df", "-h", "/"}, {}));
    }
};

QTEST_APPLESS_MAIN(TestAdvisable)
#include "tst_advisable.moc"
