// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/words.h"
#include "tests/diagnosis/recorded.h"
#include "tests/facts/recorded_nfs4.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <functional>
#include <set>

using namespace scratchproof;
using namespace recorded;

namespace {

struct Situation
{
    Facts facts = recorded::facts();
    ProbeResult probe = healthy();
    Path folder = "/mnt/x/folder";
};
using Arrange = std::function<void(Situation&)>;

bool isKebabCase(std::string_view id)
{
    const auto isFit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !id.empty() && std::all_of(id.begin(), id.end(), isFit) && id.front() != '-' && id.back() != '-' &&
           id.find("--") == std::string_view::npos;
}

/// The ids that a table of words has before its first gap.
std::vector<std::string> idsOf(const std::array<const char*, 12>& fixes)
{
    std::vector<std::string> ids;
    for (const char* const id : fixes) {
        if (id == nullptr)
            break;
        ids.emplace_back(id);
    }
    return ids;
}

void createFails(Situation& s, int code, const char* mountLine = nullptr)
{
    if (mountLine != nullptr)
        s.facts.mount = mount(mountLine);
    s.probe = failing(Step::CreateFile, code);
}

void lacks(Situation& s, Ability ability)
{
    AbilityResult result;
    result.ability = ability;
    result.status = AbilityStatus::Missing;
    result.call = "compare";
    result.refused = {":"};
    result.number = 143;
    s.probe.abilities.push_back(result);
}

void denied(Situation& s, RightsRule rule, AclTag tag, unsigned permissions, bool byMask)
{
    createFails(s, EACCES);
    s.facts.folder = folderStatus(0, 0, 0777);
    s.facts.rights = RightsAnswer{};
    s.facts.rights->rule = rule;
    s.facts.rights->entry = AclEntry{tag, 1000, permissions, std::string("ann")};
    s.facts.rights->maskTookIt = byMask;
}

Quota quota(QuotaKind kind)
{
    Quota quota;
    quota.kind = kind;
    quota.id = 1000;
    return quota;
}

} // namespace
Q_DECLARE_METATYPE(Arrange)

class TestCatalogue : public QObject
{
    Q_OBJECT
private slots:
    void everyCauseHasItsWordsAndItsPlace();
    void everyFixIsAdvisedBySomeCause();
    void theCauseIsAmongTheFindings_data();
    void theCauseIsAmongTheFindings();
    void commandsComeOutOfAShellAsTheyWentIn();
    void whatTheCatalogueNeverAdvises();
    void everyErrnoThatAStepCanGiveHasWords();
    void readingOnlyByHandIsOnlyThat_data();
    void readingOnlyByHandIsOnlyThat();
    void healthyFoldersHaveNoFinding();
};

void TestCatalogue::everyCauseHasItsWordsAndItsPlace()
{
    std::set<std::string> ids;
    std::set<std::string> titles;
    std::set<std::string> sections;
    for (const CatalogueSection& section : catalogueSections())
        sections.insert(section.id);
    for (const CauseWords* words : allCauseWords()) {
        QVERIFY2(isKebabCase(words->id), words->id);
        QVERIFY2(ids.insert(words->id).second, words->id);
        const std::string title = words->title;
        QVERIFY2(!title.empty() && title.back() != '.' && title.find('\n') == std::string::npos, words->id);
        const std::string explanation = words->explanation;
        QVERIFY2(explanation.size() > title.size() / 2 && explanation.back() == '.', words->id);
        QVERIFY2(words->whenBlocking == nullptr || std::string(words->whenBlocking).back() == '.', words->id);
        QVERIFY2(sections.contains(words->listed.section), words->id);
        for (const std::string& step : wordsOf(words->listed.steps))
            QVERIFY2(step == "any" || stepFromString(step).has_value(), words->id);
        for (const std::string& name : wordsOf(words->listed.errnos))
            QVERIFY2(errnoFromName(name).has_value(), words->id);
        std::set<std::string> fixes;
        for (const std::string& fix : idsOf(words->fixes)) {
            QVERIFY2(findFixWords(fix) != nullptr, fix.c_str());
            QVERIFY2(fixes.insert(fix).second, fix.c_str());
        }
        const auto given =
            std::count_if(words->fixes.begin(), words->fixes.end(), [](const char* fix) { return fix != nullptr; });
        QVERIFY2(static_cast<std::size_t>(given) == fixes.size(), words->id); // no gap in the list
    }
    QVERIFY(ids.contains("unknown")); // what render() falls back on
    QCOMPARE(catalogue().size(), ids.size());
}

void TestCatalogue::everyFixIsAdvisedBySomeCause()
{
    // Added to causes of the folder that are told of another user, in whose list it would be out of place.
    std::set<std::string> advised = {"rights-find-out"};
    for (const CauseWords* words : allCauseWords()) {
        for (const std::string& fix : idsOf(words->fixes))
            advised.insert(fix);
    }
    std::set<std::string> ids;
    for (const FixWords* words : allFixWords()) {
        QVERIFY2(isKebabCase(words->id), words->id);
        QVERIFY2(ids.insert(words->id).second, words->id);
        QVERIFY2(advised.contains(words->id), words->id);
        const std::string text = words->text;
        QVERIFY2(!text.empty() && text.back() == '.', words->id);
    }
}

void TestCatalogue::theCauseIsAmongTheFindings_data()
{
    QTest::addColumn<Arrange>("arrange");
    const auto row = [](const char* id, Arrange arrange) { QTest::newRow(id) << std::move(arrange); };
    const auto refused = [&](const char* id, int code, const char* line) {
        row(id, [=](Situation& s) { createFails(s, code, line); });
    };
    // What holds the program itself back.
    row("snap-removable-media", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.confinement.snap = "scratchproof";
    });
    row("flatpak-no-filesystem-permission", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 rw");
        s.facts.confinement.flatpak = "org.x.App";
    });
    row("sandbox-ro-bind", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 / /mnt/x ro - ext4 /dev/sdb1 rw");
        s.facts.confinement.noNewPrivileges = s.facts.confinement.rootIsReadOnly = true;
    });
    row("container-readonly-rootfs", [](Situation& s) {
        createFails(s, EROFS, "50 1 0:44 / / ro - overlay overlay rw,upperdir=u");
        s.facts.confinement.container = "docker";
    });
    row("container-uid-mismatch", [](Situation& s) {
        createFails(s, EACCES, "50 1 8:17 /volume /mnt/x rw - ext4 /dev/sdb1 rw");
        s.facts.folder = folderStatus(4242, 4242, 0755);
        s.facts.confinement.container = "docker";
    });
    row("immutable-os", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 / /usr ro - ext4 /dev/sdb1 rw");
        s.folder = "/usr/share";
        s.facts.confinement.immutableSystem = true;
    });
    row("systemd-protectsystem", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 /mnt/x /mnt/x ro - ext4 /dev/sdb1 rw");
        s.facts.confinement.systemdService = "backup.service";
    });
    row("userns-root-not-real-root", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.user.uid = 0;
        s.facts.folder = folderStatus(65534, 65534, 0755);
        s.facts.confinement.userMap = s.facts.confinement.groupMap = {{0, 1000, 1}};
    });
    row("root-without-capability", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.user.uid = 0;
        s.facts.confinement.capabilities = 0;
    });
    row("selinux-denied", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.accessCode = EACCES;
        s.facts.confinement.selinuxEnforcing = true;
    });
    row("apparmor-denied", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.confinement.securityModule = "apparmor";
        s.facts.confinement.securityLabel = "evince (enforce)";
    });
    row("landlock-sandbox", [](Situation& s) {
        createFails(s, EACCES);
        s.facts.confinement.noNewPrivileges = true;
    });
    row("seccomp-filter", [](Situation& s) {
        createFails(s, EPERM);
        s.facts.confinement.seccomp = 2;
    });
    // Lists.
    row("acl-mask-limits", [](Situation& s) { denied(s, RightsRule::NamedUser, AclTag::NamedUser, 7, true); });
    row("acl-named-user-denied", [](Situation& s) { denied(s, RightsRule::NamedUser, AclTag::NamedUser, 0, false); });
    row("acl-group-match-no-fallback",
        [](Situation& s) { denied(s, RightsRule::GroupNoGrant, AclTag::NamedGroup, 0, false); });
    row("acl-mask-zero-ignored", [](Situation& s) {
        s.facts.hasAccessList = true;
        s.facts.folder = folderStatus(1000, 1000, 0707);
    });
    row("nfs4-acl-denied", [](Situation& s) {
        createFails(s, EACCES, "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.facts.state.serverLists = {{"system.nfs4_acl", nfs4List(kReadOnlyForAll)}};
    });
    // What lies below, beside and behind.
    row("overlay-layer-readonly", [](Situation& s) {
        createFails(s, EROFS, "50 1 0:44 / /mnt/x rw - overlay o rw,upperdir=/drive/up,workdir=/drive/work");
        s.facts.state.overlayLayer = OverlayLayer{"/drive/up", "/drive/work", true, true, "/drive"};
    });
    row("overlay-layer-unusable", [](Situation& s) {
        createFails(s, ENOENT, "50 1 0:44 / /mnt/x rw - overlay o rw,upperdir=/drive/up,workdir=/drive/work");
        s.facts.state.overlayLayer = OverlayLayer{"/drive/up", "/drive/work", true, false, std::nullopt};
    });
    row("subvolume-stand-in", [](Situation& s) {
        createFails(s, EACCES, "50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw");
        s.facts.folder->inode = 2;
    });
    row("hidden-from-program",
        [](Situation& s) { createFails(s, EACCES, "50 1 0:44 /systemd/inaccessible/dir /mnt/x ro - tmpfs tmpfs rw"); });
    row("path-too-many-links", [](Situation& s) {
        s.probe = failing(Step::OpenFolder, ELOOP, "openat");
        s.facts.links = LinkChain{45, std::nullopt, "/real"};
    });
    row("link-protected", [](Situation& s) {
        s.probe = failing(Step::OpenFolder, EACCES, "openat");
        s.facts.folder.reset();
        s.facts.path[2].status->mode = 01777;
        s.facts.path[3].status->uid = 1001;
        s.facts.path[3].status->type = FileType::SymbolicLink;
        s.facts.path[3].linkErrorCode = EACCES;
    });
    refused("file-system-damaged", EBADMSG, "50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw");
    row("server-full", [](Situation& s) {
        createFails(s, ENOSPC, "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.facts.space->freeBytes = s.facts.space->availableBytes = 0;
    });
    row("mount-masks-write", [](Situation& s) {
        createFails(s, EACCES, "50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 rw,umask=0222");
        s.facts.folder = folderStatus(1000, 1000, 0555);
    });
    row("fuse-local-mode-check", [](Situation& s) {
        createFails(s, EACCES, "50 1 0:44 / /mnt/x rw - fuse.sshfs nas: rw,default_permissions,allow_other");
        s.facts.folder = folderStatus(4242, 4242, 0755);
    });
    refused("pool-refuses", ENOSPC, "50 1 0:44 / /mnt/x rw - fuse.mhddfs a;b rw");
    row("pool-keeps-room-free", [](Situation& s) {
        createFails(s, ENOSPC, "50 1 0:44 / /mnt/x rw - fuse.mergerfs a:b rw");
        s.facts.state.poolMinimumFree = std::uint64_t{4} << 30U;
    });
    refused("xfs-inode-space", ENOSPC, "50 1 8:17 / /mnt/x rw - xfs /dev/sdb1 rw,inode64");
    row("dir-write-only-dropbox", [](Situation& s) { s.facts.folder = folderStatus(1000, 1000, 0300); });
    // Devices and file systems.
    row("flash-worn-out", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw,emergency_ro");
        s.facts.device->readOnly = true;
    });
    row("ntfs-hibernated", [](Situation& s) {
        createFails(s, EROFS, "50 1 0:44 / /mnt/x ro - fuse image ro");
        s.facts.state.hasHibernationFile = true;
    });
    refused("ntfs3-dirty", EROFS, "50 1 8:17 / /mnt/x rw - ntfs3 /dev/sdb1 ro");
    refused("zfs-readonly", EROFS, "50 1 0:44 / /mnt/x ro - zfs pool/x ro,xattr,posixacl");
    refused("wsl-windows-drive", EACCES, "50 1 0:44 / /mnt/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\134");
    row("chromeos-not-shared", [](Situation& s) {
        s.facts.folder.reset();
        s.folder = "/mnt/chromeos/MyFiles";
        s.probe = failing(Step::OpenFolder, ENOENT);
    });
    row("package-store", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 /nix/store /nix/store ro - ext4 /dev/sdb1 rw");
        s.folder = "/nix/store/abc";
    });
    row("container-selinux-label", [](Situation& s) {
        createFails(s, EACCES, "50 1 8:17 /srv/data /data rw - xfs /dev/sdb1 rw");
        s.facts.accessCode = EACCES;
        s.facts.confinement.selinuxEnforcing = true;
        s.facts.confinement.container = "podman";
    });
    row("system-folder", [](Situation& s) {
        createFails(s, EACCES, "50 1 8:17 / / rw - ext4 /dev/sdb1 rw");
        s.folder = "/etc";
        s.facts.folder = folderStatus(0, 0, 0755);
    });
    row("root-home", [](Situation& s) {
        createFails(s, EACCES, "50 1 8:17 / / rw - ext4 /dev/sdb1 rw");
        s.folder = "/root";
        s.facts.folder = folderStatus(0, 0, 0700);
    });
    row("ecryptfs-locked", [](Situation& s) {
        createFails(s, EACCES);
        s.folder = "/home/ann/Private";
        s.facts.folder = folderStatus(1000, 1000, 0500);
    });
    row("parent-owner-locked-out", [](Situation& s) {
        s.facts.folder.reset();
        s.probe = failing(Step::OpenFolder, EACCES);
        s.facts.path[2].status = folderStatus(1000, 1000, 0600);
        s.facts.path[2].searchable = false;
        s.facts.path[3].status.reset();
    });
    row("volume-not-mounted", [](Situation& s) {
        s.facts.folder.reset();
        s.folder = "/media/ann/PHOTOS";
        s.facts.path.back().path = s.folder;
        s.facts.path.back().status.reset();
        s.facts.unmountedVolumes = {{"/dev/sdb1", "PHOTOS", "0b5a", "ntfs", false}};
        s.probe = failing(Step::OpenFolder, ENOENT);
    });
    refused("fat-exfat-errors-ro", EROFS, "50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 ro,errors=remount-ro");
    refused("hfsplus-journaled", EROFS, "50 1 8:17 / /mnt/x ro - hfsplus /dev/sdb1 ro");
    refused("apfs-readonly", EROFS, "50 1 0:44 / /mnt/x ro - fuse.apfs-fuse /dev/sdb1 ro");
    refused("btrfs-forced-readonly", EROFS, "50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 ro");
    refused("fs-shutdown", EIO, "50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw,shutdown");
    refused("idmapped-unmapped-user", EOVERFLOW, "50 1 8:17 / /mnt/x rw,idmapped - ext4 /dev/sdb1 rw");
    row("hybrid-iso-stick", [](Situation& s) {
        createFails(s, EROFS, "50 1 8:17 / /mnt/x ro - iso9660 /dev/sdb1 ro");
        s.facts.device->transport = "usb";
    });
    row("automount-unreachable", [](Situation& s) {
        s.facts.folder.reset();
        s.facts.mount = mount("50 1 0:44 / /mnt/nas rw - autofs systemd-1 rw");
        s.probe = failing(Step::OpenFolder, ENOENT);
    });
    row("volume-locked", [](Situation& s) {
        s.facts.folder.reset();
        s.facts.unmountedVolumes = {{"/dev/sdb1", "folder", "", "crypto_LUKS", false}};
        s.probe = failing(Step::OpenFolder, ENOENT);
    });
    // Allowances.
    row("quota-grace-expired", [](Situation& s) {
        s.probe = failing(Step::Write, EDQUOT, "write");
        s.facts.quota.quotas = {quota(QuotaKind::User)};
        s.facts.quota.quotas[0].softBytes = 10;
        s.facts.quota.quotas[0].usedBytes = 20;
    });
    row("group-quota", [](Situation& s) {
        s.probe = failing(Step::Write, EDQUOT, "write");
        s.facts.quota.quotas = {quota(QuotaKind::Group)};
        s.facts.quota.quotas[0].hardBytes = s.facts.quota.quotas[0].usedBytes = 1000;
    });
    row("project-quota", [](Situation& s) {
        s.probe = failing(Step::Write, EDQUOT, "write");
        s.facts.quota.project = 7;
    });
    refused("btrfs-qgroup-limit", EDQUOT, "50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw");
    refused("zfs-quota-or-full", EDQUOT, "50 1 0:44 / /mnt/x rw - zfs pool/x rw");
    refused("btrfs-metadata-full", ENOSPC, "50 1 0:44 / /mnt/x rw - btrfs /dev/sdb1 rw");
    row("dir-index-full", [](Situation& s) {
        createFails(s, ENOSPC, "50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 rw");
        s.facts.space->totalInodes = 0;
    });
    // Servers and programs.
    refused("network-readonly-share-mode", EROFS, "50 1 0:44 / /mnt/x ro - fuse.sshfs nas: ro");
    refused("nfs-kerberos-expired", EACCES, "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw,sec=krb5");
    refused("nfs-uid-mismatch", EACCES, "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
    row("nfs-root-squash", [](Situation& s) {
        createFails(s, EACCES, "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw");
        s.facts.user.uid = 0;
    });
    refused("cifs-server-denied", EACCES, "50 1 0:44 / /mnt/x rw - cifs //nas/x rw,username=ann");
    refused("cifs-wrong-account", EACCES, "50 1 0:44 / /mnt/x rw - cifs //nas/x rw,username=guest");
    refused("fuse-policy", EPERM, "50 1 0:44 / /mnt/x rw - fuse.odd odd rw");
    refused("gvfs-path", EOPNOTSUPP, "50 1 0:44 / /mnt/x rw - fuse.gvfsd-fuse gvfsd-fuse rw");
    refused("mtp-phone", EOPNOTSUPP, "50 1 0:44 / /mnt/x rw - fuse.jmtpfs jmtpfs rw");
    refused("cloud-mount-offline", EIO, "50 1 0:44 / /mnt/x rw - fuse.rclone cloud: rw");
    refused("virtiofs-9p-host", EACCES, "50 1 0:44 / /mnt/x rw - virtiofs share rw");
    row("vboxsf-group", [](Situation& s) {
        createFails(s, EACCES, "50 1 0:44 / /mnt/x rw - vboxsf share rw");
        s.facts.folder = folderStatus(0, 999, 0770);
        s.facts.group = "vboxsf";
    });
    row("file-open-on-server", [](Situation& s) {
        s.facts.mount = mount("50 1 0:44 / /mnt/x rw - cifs //nas/x rw");
        s.probe = failing(Step::Rename, EBUSY, "renameat2");
    });
    row("rmdir-hidden-leftovers",
        [](Situation& s) { s.probe = failing(Step::DeleteDirectory, ENOTEMPTY, "unlinkat"); });
    // The file that was given.
    const auto file = [&](const char* id, const std::function<void(FileTarget&)>& change) {
        row(id, [change](Situation& s) {
            s.facts.folder = folderStatus(0, 0, 01777);
            s.facts.file = FileTarget();
            s.facts.file->name = "x";
            s.facts.file->isRegular = true;
            s.facts.file->owner = 1001;
            change(*s.facts.file);
        });
    };
    file("file-immutable", [](FileTarget& f) { f.isImmutable = true; });
    file("swapfile-busy", [](FileTarget& f) { f.isSwapFile = true; });
    file("text-file-busy", [](FileTarget& f) { f.runningProgram = "sleep"; });
    file("mountpoint-busy", [](FileTarget& f) { f.isMountPoint = true; });
    file("rename-across-mounts", [](FileTarget& f) { f.isOnOtherMount = true; });
    file("sticky-delete-others", [](FileTarget&) {});
    file("file-write-bit-missing", [](FileTarget& f) {
        f.owner = recorded::facts().user.uid;
        f.status = FileStatus();
        f.status->mode = 0100444;
        f.accessCode = EACCES;
    });
    file("file-not-writable", [](FileTarget& f) { f.accessCode = EACCES; });
    file("file-refused", [](FileTarget& f) { f.accessCode = EPERM; });
    file("file-mount-read-only", [](FileTarget& f) {
        f.isOnOtherMount = true;
        f.accessCode = EROFS;
    });
    row("folder-usable-file-not", [](Situation& s) {
        s.facts.file = FileTarget();
        s.facts.file->isRegular = true;
        s.facts.file->accessCode = EACCES;
    });
    file("file-and-folder-usable", [](FileTarget& f) { f.accessCode = 0; });
    row("file-usable-folder-not", [](Situation& s) {
        denied(s, RightsRule::OtherBits, AclTag::Other, 5, false);
        s.facts.file = FileTarget();
        s.facts.file->isRegular = true;
        s.facts.file->accessCode = 0;
    });
    file("protected-regular", [](FileTarget& f) { f.protectedRegular = 1; });
    // Abilities.
    const auto ability = [&](const char* id, Ability which, const char* line) {
        row(id, [=](Situation& s) {
            s.facts.mount = mount(line);
            lacks(s, which);
        });
    };
    const char* const fat = "50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 rw";
    const char* const ext = "50 1 8:17 / /mnt/x rw,noexec - ext4 /dev/sdb1 rw";
    ability("fat-4gib-limit", Ability::LargeFiles, fat);
    ability("fs-max-file-size", Ability::LargeFiles, ext);
    ability("name-too-long", Ability::LongNames, ext);
    ability("encrypted-name-limit", Ability::LongNames, "50 1 0:44 / /mnt/x rw - ecryptfs x rw");
    ability("illegal-characters", Ability::SpecialCharacters, fat);
    ability("trailing-dot-or-space", Ability::TrailingDotsAndSpaces, fat);
    ability("case-collision", Ability::CaseSensitivity, fat);
    ability("invalid-encoding", Ability::UndecodableNames, fat);
    ability("chmod-has-no-effect", Ability::PermissionBits, fat);
    ability("locks-unsupported", Ability::ByteRangeLocks, fat);
    ability("symlink-or-special-unsupported", Ability::SymbolicLinks, fat);
    ability("noexec-mount", Ability::ExecutableFiles, ext);
    ability("trash-not-possible", Ability::Trash, ext);
    row("ntfs-names-windows-cannot-read", [](Situation& s) {
        s.facts.mount = mount("50 1 8:17 / /mnt/x rw - ntfs3 /dev/sdb1 rw");
        lacks(s, Ability::SpecialCharacters);
        s.probe.abilities[0].status = AbilityStatus::Present;
    });
}

void TestCatalogue::theCauseIsAmongTheFindings()
{
    QFETCH(Arrange, arrange);
    Situation situation;
    arrange(situation);
    const std::string id = QTest::currentDataTag();
    const Diagnosis diagnosis = diagnose(situation.folder, situation.facts, situation.probe);
    QVERIFY(!diagnosis.findings.empty());
    // What is as true, and comes before it: sticky-delete-others, or what one of the two is refused for.
    const bool isSecond = id == "protected-regular" || id == "folder-usable-file-not" ||
                          id == "file-usable-folder-not" || id == "file-and-folder-usable";
    const Finding& finding = diagnosis.findings.at(isSecond ? 1 : 0);
    QCOMPARE(finding.id, id);
    const RenderedFinding words = render(finding);
    QVERIFY2(words.explanation.find('?') == std::string::npos, words.explanation.c_str());
}

/// Each command of the catalogue with the names of a stranger's stick, run by sh with every program replaced by one
/// that prints what it was given.
void TestCatalogue::commandsComeOutOfAShellAsTheyWentIn()
{
    QTemporaryDir stubs;
    for (const Path& hostile : {Path("/mnt/x'; rm -rf ~; '"), Path("/mnt/a\nb\x1b[31m"), Path("/mnt/$(id)`id`"),
                                Path("-rf"), Path("/mnt/\xff\xfe ä"), Path("/mnt/\"x\" \\ *")}) {
        Arguments arguments = {{"user", Argument::user("ann")},       {"group", Argument::group("team")},
                               {"app", Argument::name("org.x.A")},    {"snap", Argument::name("x")},
                               {"unit", Argument::name("a.service")}, {"uid", Argument::count(1000)},
                               {"level", Argument::count(1)}};
        for (const char* name : {"path", "mount", "component", "device", "point", "file", "leftover", "subvolume",
                                 "volume", "target", "layer"})
            arguments.emplace(name, Argument::path(hostile));
        for (const FixWords* words : allFixWords()) {
            const Fix fix = makeFix(words->id, arguments);
            if (fix.command.empty())
                continue;
            const QString stub = stubs.filePath(QString::fromStdString(fix.command.front()));
            if (!QFile::exists(stub)) {
                QFile file(stub);
                QVERIFY(file.open(QIODevice::WriteOnly));
                file.write("#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n");
                file.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
            }
            QProcess shell;
            auto environment = QProcessEnvironment::systemEnvironment();
            environment.insert("PATH", stubs.path() + ":" + environment.value("PATH"));
            shell.setProcessEnvironment(environment);
            shell.start("/bin/sh", {"-s"});
            QVERIFY(shell.waitForStarted());
            shell.write(QByteArray::fromStdString(quoteForShell(fix.command)) + "\n");
            shell.closeWriteChannel();
            QVERIFY(shell.waitForFinished());
            QByteArray expected;
            for (std::size_t i = 1; i < fix.command.size(); ++i)
                expected += QByteArray::fromStdString(fix.command[i]) + '\0';
            QVERIFY2(shell.readAllStandardOutput() == expected, words->id);
        }
    }
}

/// What was run and did harm, or did not do what it was for.
void TestCatalogue::whatTheCatalogueNeverAdvises()
{
    const auto has = [](const FixWords& words, std::string_view word) {
        return std::any_of(words.command.begin(), words.command.end(),
                           [&](const char* part) { return part != nullptr && word == part; });
    };
    for (const FixWords* words : allFixWords()) {
        QVERIFY2(!has(*words, "ntfsfix"), words->id);
        QVERIFY2(!has(*words, "fsck"), words->id); // it goes by the type, and does nothing for XFS and btrfs
        QVERIFY2(!has(*words, "verify") || (!has(*words, "--yes") && !has(*words, "--allow-system")), words->id);
        const bool isUnmount = has(*words, "umount");
        QVERIFY2(!isUnmount || !has(*words, "-l") || std::string(words->text).find("again") != std::string::npos,
                 words->id);
        for (const char* part : words->command) {
            const std::string text = part == nullptr ? "" : part;
            const bool isGrant = text.rfind("u:{user}:", 0) == 0 && text != "u:{user}:rwX";
            QVERIFY2(!isGrant || text.find("[,m::{mask}]") != std::string::npos, words->id);
        }
    }
    for (const CauseWords* words : allCauseWords()) {
        bool lazily = false;
        for (const char* fix : words->fixes) {
            QVERIFY2(fix == nullptr || !lazily, words->id); // it is the last
            lazily = lazily || (fix != nullptr && std::string_view(fix) == "unmount-lazily");
        }
    }
}

/// Of the manual pages (section ERRORS) of the calls that the steps make, of nfs(5), and what file systems of Linux
/// give besides.
void TestCatalogue::everyErrnoThatAStepCanGiveHasWords()
{
    const std::pair<const char*, const char*> pages[] = {
        {"open(2)",
         "EACCES EBADF EBUSY EDQUOT EEXIST EFAULT EFBIG EINTR EINVAL EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE "
         "ENODEV ENOENT ENOMEM ENOSPC ENOTDIR ENXIO EOPNOTSUPP EOVERFLOW EPERM EROFS ETXTBSY"},
        {"openat2(2)", "E2BIG EAGAIN EINVAL ELOOP EXDEV ENOSYS"},
        {"statx(2), fstatfs(2)",
         "EACCES EBADF EFAULT EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOSYS ENOTDIR EOVERFLOW"},
        {"write(2)", "EAGAIN EBADF EDESTADDRREQ EDQUOT EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPERM EPIPE"},
        {"fsync(2)", "EBADF EINTR EIO ENOSPC EROFS EINVAL EDQUOT"},
        {"read(2)", "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR"},
        {"close(2)", "EBADF EINTR EIO ENOSPC EDQUOT"},
        {"mkdir(2)", "EACCES EBADF EDQUOT EEXIST EFAULT EINVAL ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOSPC ENOTDIR "
                     "EPERM EROFS EOVERFLOW"},
        {"rename(2)", "EACCES EBUSY EDQUOT EFAULT EINVAL EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOSPC ENOTDIR "
                      "ENOTEMPTY EEXIST EPERM EROFS EXDEV"},
        {"unlink(2)", "EACCES EBUSY EFAULT EIO EISDIR ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EPERM EROFS"},
        {"rmdir(2)", "EACCES EBUSY EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR ENOTEMPTY EPERM EROFS"},
        {"nfs(5), mount.cifs(8)", "EIO ETIMEDOUT ESTALE EHOSTDOWN EHOSTUNREACH ENETUNREACH ENETDOWN ECONNREFUSED "
                                  "ECONNRESET ECONNABORTED ENOTCONN EPROTO EREMOTEIO EREMOTE ESHUTDOWN ENOLINK ENOLCK"},
        {"file systems", "EUCLEAN EBADMSG EILSEQ ENODATA ENOMEDIUM EMEDIUMTYPE ENOKEY EKEYEXPIRED EKEYREVOKED "
                         "EKEYREJECTED"},
    };
    for (const auto& [page, names] : pages) {
        for (const std::string& name : wordsOf(names)) {
            QVERIFY2(errnoFromName(name), name.c_str());
            const std::string meaning(errnoMeaning(name));
            QVERIFY2(meaning.size() > 10 && meaning.back() == '.', (page + (" " + name)).c_str());
        }
    }
    QVERIFY(errnoMeaning("ENOTBLK").empty());
}

void TestCatalogue::readingOnlyByHandIsOnlyThat_data()
{
    QTest::addColumn<Arrange>("arrange");
    QTest::addColumn<QByteArray>("id");
    const char* const fuse = "50 1 8:17 / /mnt/x ro - fuseblk /dev/sdb1 ro,user_id=0";
    const auto row = [](const char* name, Arrange arrange, const char* id) {
        QTest::newRow(name) << std::move(arrange) << QByteArray(id);
    };
    const auto onNtfs = [=](const std::function<void(Facts&)>& change) {
        return [=](Situation& s) {
            createFails(s, EROFS, fuse);
            s.facts.state.isNtfs3g = true;
            change(s.facts);
        };
    };
    row("fuseblk, by its own fallback", onNtfs([](Facts& facts) { facts.state.helperAskedReadOnly = false; }),
        "ntfs-hibernated");
    row("fuseblk, by hand", onNtfs([](Facts& facts) { facts.state.helperAskedReadOnly = true; }),
        "superblock-readonly");
    row("fuseblk, by /etc/fstab", onNtfs([](Facts& facts) { facts.expectedReadOnly = true; }), "superblock-readonly");
    row("fuseblk, by the device", onNtfs([](Facts& facts) { facts.device->readOnly = true; }),
        "device-write-protected");
    row(
        "ntfs3, by hand", [](Situation& s) { createFails(s, EROFS, "50 1 8:17 / /mnt/x ro - ntfs3 /dev/sdb1 ro"); },
        "superblock-readonly");
}

void TestCatalogue::readingOnlyByHandIsOnlyThat()
{
    QFETCH(Arrange, arrange);
    QFETCH(QByteArray, id);
    Situation situation;
    arrange(situation);
    const Diagnosis diagnosis = diagnose(situation.folder, situation.facts, situation.probe);
    QCOMPARE(diagnosis.findings.at(0).id, id.toStdString());
    for (const Fix& fix : diagnosis.findings.at(0).fixes)
        QVERIFY2(fix.command.empty() || situation.facts.mount->fileSystem != "fuseblk", fix.id.c_str());
}

void TestCatalogue::healthyFoldersHaveNoFinding()
{
    for (const char* line :
         {"50 1 8:17 / /mnt/x rw - ext4 /dev/sdb1 rw", "50 1 8:17 / /mnt/x rw - xfs /dev/sdb1 rw",
          "50 1 0:44 /@home /home rw - btrfs /dev/sdb1 rw", "50 1 0:44 / /mnt/x rw - tmpfs t rw",
          "50 1 8:17 / /mnt/x rw - vfat /dev/sdb1 rw", "50 1 8:17 / /mnt/x rw - exfat /dev/sdb1 rw",
          "50 1 8:17 / /mnt/x rw - ntfs3 /dev/sdb1 rw", "50 1 8:17 / /mnt/x rw - fuseblk /dev/sdb1 rw",
          "50 1 0:44 / /mnt/x rw - nfs4 nas:/ rw", "50 1 0:44 / /mnt/x rw - cifs //nas/x rw",
          "50 1 0:44 / /mnt/x rw - fuse.sshfs nas: rw", "50 1 0:44 / / rw - overlay overlay rw,upperdir=u"}) {
        Facts known = facts(line);
        known.mountsAtPoint = 2;
        const Diagnosis diagnosis = diagnosed(known, healthy());
        QVERIFY2(diagnosis.findings.empty(), line);
        QVERIFY(diagnosis.verdict == Verdict::Usable);
    }
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
