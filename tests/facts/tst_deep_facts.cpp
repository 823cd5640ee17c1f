// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts_json.h"
#include "core/facts/path_walk.h"
#include "core/system/forwarding.h"
#include "tests/support/faults.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

/// Sends absolute paths of the kernel's and of /run, /etc and / itself to a tree of our own.
struct MovedFiles : ForwardingFiles
{
    MovedFiles(Files& target, std::string to) : ForwardingFiles(target), root(std::move(to)) {}
    std::string moved(const char* name) const { return name[0] == '/' ? root + name : name; }
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        return ForwardingFiles::open(dirFd, moved(name).c_str(), flags, mode);
    }
    Result<Path> readLink(int dirFd, const char* name) override
    {
        return ForwardingFiles::readLink(dirFd, moved(name).c_str());
    }
    std::string root;
};
struct MovedAttributes : ForwardingFileAttributes
{
    MovedAttributes(FileAttributes& target, std::string to) : ForwardingFileAttributes(target), root(std::move(to)) {}
    Result<bool> exists(int dirFd, const char* name) override
    {
        return ForwardingFileAttributes::exists(dirFd, (root + name).c_str());
    }
    std::string root;
};
/// A machine of our own making.
struct MovedSystem
{
    explicit MovedSystem(const TemporaryFolder& tree)
        : files(linuxSystem().files, tree.path()), attributes(linuxSystem().attributes, tree.path())
    {}
    MovedFiles files;
    MovedAttributes attributes;
    System system{files, attributes, linuxSystem().processes, linuxSystem().clock};
};

/// Answers of a file system that this machine has not got.
struct OddAttributes : ForwardingFileAttributes
{
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) override
    {
        const auto found = values.find(name);
        if (found == values.end())
            return ForwardingFileAttributes::extendedAttribute(fd, name);
        if (!found->second)
            return fail("getxattr", name, EINVAL);
        return found->second;
    }
    Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) override
    {
        ++questions;
        return onQuota ? onQuota(type, id) : ForwardingFileAttributes::quota(fd, device, type, id);
    }
    Result<ProjectNumbers> project(int fd) override
    {
        return projectId != 0 ? Result<ProjectNumbers>(ProjectNumbers{projectId, true})
                              : ForwardingFileAttributes::project(fd);
    }
    std::map<std::string, std::optional<std::string>> values; // nothing: EINVAL
    std::function<Result<QuotaNumbers>(QuotaType, std::uint32_t)> onQuota;
    std::uint32_t projectId = 0;
    int questions = 0;
};

void put(const TemporaryFolder& tree, const std::string& path, const std::string& text)
{
    const fs::path whole = tree.path() + path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
}

Facts deepFacts(System& system, const Path& folder)
{
    MountTable mounts;
    FactsCollector collector(system, mounts);
    Facts facts = collector.collect(folder, {});
    collector.deepen(folder, facts);
    return facts;
}

Facts everything()
{
    Facts facts;
    PathComponent component;
    component.path = "/a\xff";
    component.status = FileStatus();
    component.mountId = 44;
    component.accessList = {{AclTag::OwnerUser, 0, 7, {}}, {AclTag::NamedUser, 1000, 5, "ann"}};
    facts.path = {component};
    facts.confinement = {"org.x.App",
                         {"home", "xdg-\xfe"},
                         "firefox",
                         "podman",
                         "backup.service",
                         true,
                         true,
                         true,
                         "overlay",
                         true,
                         {{0, 1000, 1}},
                         {{0, 100, 1}, {1, 10000, 65536}},
                         65534,
                         true,
                         2,
                         0x1ffU,
                         "snap.firefox.firefox (enforce)",
                         "apparmor",
                         true};
    facts.isDeep = true;
    facts.accessList = {{AclTag::NamedGroup, 7, 3, "staff"}, {AclTag::Mask, 0, 1, {}}};
    facts.defaultList = {{AclTag::Other, 0, 0, {}}};
    facts.accessListIsBroken = true;
    facts.rights = RightsAnswer{false, RightsRule::GroupEntry, facts.accessList.front(), true, false};
    facts.limits = {4096, 1024, 12, 800, 99'999, 1ULL << 33U};
    facts.quota.quotas = {{QuotaKind::User, 5, 1, 2, 3, 4, 5, 6, 7, 8},
                          {QuotaKind::Project, 9, 0, 0, 1, 0, 0, 0, -1, 0}};
    facts.quota.project = 9;
    facts.quota.projectIsInherited = true;
    facts.quota.mountTotalBytes = 1;
    facts.state.subvolumeReadOnly = true;
    facts.state.subvolume = "/sub\xff";
    facts.state.metadataUsedBytes = 1;
    facts.state.metadataTotalBytes = 2;
    facts.state.metadataReservedBytes = 3;
    facts.state.unallocatedBytes = 4;
    facts.state.btrfsDeviceErrors = 5;
    facts.state.isNtfs3g = true;
    facts.state.hasHibernationFile = true;
    facts.state.serverLists = {{"system.nfs4_acl", std::string("\0\1\xff", 3)}};
    facts.state.securityContext = "system_u:object_r:user_home_t:s0";
    facts.state.fuseOwner = 1000;
    facts.state.ext4Errors = 6;
    facts.state.ext4LastErrorFunction = "ext4_lookup";
    facts.state.fileSystemOnDevice = "ntfs";
    facts.state.subvolumeId = 256;
    facts.state.fullQgroups = {{1, 0, 7, 8}, {0, 256, 9, 10}};
    facts.state.poolMinimumFree = 11;
    facts.state.overlayLayer = OverlayLayer{"/up\xff", "/work", true, false, "/drive"};
    facts.links = LinkChain{45, "/circle\xff", "/end"};
    facts.unmountedVolumes = {{"/dev/sdb1", "STICK", "12-34", "vfat", true}};
    Mount mount;
    mount.id = 4;
    mount.mountPoint = "/mnt/x";
    mount.kind = MountKind::Local;
    facts.mountsOnPath = {mount};
    facts.file = FileTarget{"f\xff", 5, "ann", true, true, true, "sleep", true, true, 1, true, FileStatus()};
    return facts;
}

} // namespace

class TestDeepFacts : public QObject
{
    Q_OBJECT
private slots:
    void jsonReadsBackEverything()
    {
        const Json json = toJson(everything());
        const auto parsed = parseJson(toLine(json));
        QVERIFY(parsed.has_value());
        const auto read = factsFromJson(*parsed);
        QVERIFY(read.has_value());
        QCOMPARE(toLine(toJson(*read)), toLine(json));
        QCOMPARE(read->state.serverLists.front().value, std::string("\0\1\xff", 3));
        QCOMPARE(read->path.front().accessList, everything().path.front().accessList);
        QVERIFY(read->confinement.userMap == everything().confinement.userMap);
        QCOMPARE(read->file->name, std::string("f\xff"));
        QVERIFY(read->links && read->links->links == 45 && read->links->circle == std::optional<Path>("/circle\xff"));
        QVERIFY(read->state.fullQgroups.size() == 2 && read->state.fullQgroups.front().level == 1);
        QCOMPARE(read->state.overlayLayer->upper, std::string("/up\xff"));
    }

    void jsonOfAnotherShapeIsLeftOut()
    {
        const Json whole = toJson(everything());
        for (const char* key :
             {"confinement", "limits", "quota", "state", "unmounted_volumes", "mounts_on_path", "file"}) {
            QVERIFY2(whole.contains(key), key);
            for (const char* value : {"7", "\"x\"", "[]", "{}", "[[[]]]", "[{\"device\":7}]", "null"}) {
                Json other = whole;
                other[key] = *parseJson(value);
                QVERIFY2(factsFromJson(other).has_value(), key);
            }
            for (const auto& [member, unused] : whole[key].items()) {
                if (!whole[key].is_object())
                    continue;
                for (const char* value : {"-1", "1.5", "18446744073709551616", "\"x\"", "[7]", "{}", "null"}) {
                    Json other = whole;
                    other[key][member] = *parseJson(value);
                    QVERIFY2(factsFromJson(other).has_value(), member.c_str());
                }
            }
        }
        Json other = whole;
        other["rights"]["list"][0]["permissions"] = 8;
        QVERIFY(factsFromJson(other)->accessList.empty());
    }

    void aFlatpakTellsOfItself()
    {
        const TemporaryFolder tree;
        put(tree, "/.flatpak-info",
            "[Application]\nname=org.example.App\nruntime=x\n[Context]\nshared=network;\nfilesystems=home;xdg-download:"
            "ro;\n");
        MovedSystem moved(tree);
        const Confinement confinement = readConfinement(moved.system);
        QCOMPARE(confinement.flatpak, std::string("org.example.App"));
        QVERIFY((confinement.flatpakFileSystems == std::vector<std::string>{"home", "xdg-download:ro"}));
    }

    void aRootlessContainerTellsOfItself()
    {
        const TemporaryFolder tree;
        put(tree, "/run/.containerenv", "");
        put(tree, "/proc/self/uid_map", "         0       1000          1\n         1     100000      65536\n");
        put(tree, "/proc/self/gid_map", "         0       1000          1\n");
        put(tree, "/proc/self/status", "Name:\tx\nCapEff:\t00000000800405fb\nNoNewPrivs:\t1\nSeccomp:\t2\n");
        put(tree, "/proc/sys/kernel/overflowuid", "65534\n");
        MovedSystem moved(tree);
        const Confinement confinement = readConfinement(moved.system);
        QCOMPARE(confinement.container, std::string("podman"));
        QVERIFY(!confinement.isInitialUserNamespace());
        QCOMPARE(confinement.userMap.size(), std::size_t{2});
        QCOMPARE(confinement.overflowUid, std::optional<std::uint32_t>(65534));
        QCOMPARE(confinement.noNewPrivileges, std::optional(true));
        QCOMPARE(confinement.seccomp, std::optional(2U));
        QCOMPARE(confinement.overridesPermissions(), std::optional(true));
        // Root of such a namespace overrides only what has an owner in it.
        FileStatus status;
        status.uid = 65534;
        QVERIFY(!ownCredentials({0, 0, {}, "root", {}}, confinement, status).overridesPermissions);
        status.uid = 0;
        QVERIFY(ownCredentials({0, 0, {}, "root", {}}, confinement, status).overridesPermissions);
    }

    void servicesAndSessionsAreToldApart_data()
    {
        QTest::addColumn<QString>("cgroup");
        QTest::addColumn<QString>("service");
        QTest::newRow("service") << "0::/system.slice/backup.service\n"
                                 << "backup.service";
        QTest::newRow("old hierarchy") << "1:name=systemd:/system.slice/x.service\n0::/\n"
                                       << "x.service";
        QTest::newRow("session") << "0::/user.slice/user-1000.slice/session-3.scope\n"
                                 << "";
        QTest::newRow("user manager") << "0::/user.slice/user-1000.slice/user@1000.service\n"
                                      << "";
        QTest::newRow("nothing") << ""
                                 << "";
        QTest::newRow("nonsense") << "::::\n\n:service\n"
                                  << "";
    }
    void servicesAndSessionsAreToldApart()
    {
        QFETCH(QString, cgroup);
        QFETCH(QString, service);
        const TemporaryFolder tree;
        put(tree, "/proc/self/cgroup", cgroup.toStdString());
        MovedSystem moved(tree);
        QCOMPARE(readConfinement(moved.system).systemdService, service.toStdString());
    }

    void securityModulesAndSystemsAreKnown()
    {
        const TemporaryFolder tree;
        put(tree, "/sys/kernel/security/lsm", "lockdown,capability,landlock,yama,apparmor");
        put(tree, "/proc/self/attr/current", "snap.firefox.geckodriver (enforce)\n");
        put(tree, "/etc/os-release", "NAME=\"Fedora\"\nnonsense\n=\nVARIANT_ID=silverblue\n");
        MovedSystem moved(tree);
        const Confinement confinement = readConfinement(moved.system);
        QCOMPARE(confinement.securityModule, std::string("apparmor"));
        QCOMPARE(confinement.snap, std::string("firefox"));
        QVERIFY(confinement.immutableSystem);
    }

    void mapsThatAreNoMapsAreNotKnown()
    {
        for (const char* text : {"", "x\n", "0 1\n", "0 0 4294967296\n", "0 0 1 2\n", "-1 0 1\n"}) {
            const TemporaryFolder tree;
            put(tree, "/proc/self/uid_map", text);
            put(tree, "/proc/self/status", "CapEff:\txyz\nSeccomp:\t9\nNoNewPrivs\n\n:\n");
            MovedSystem moved(tree);
            const Confinement confinement = readConfinement(moved.system);
            QVERIFY(confinement.userMap.empty() && confinement.isInitialUserNamespace());
            QVERIFY(!confinement.capabilities && !confinement.seccomp && !confinement.overridesPermissions());
        }
    }

    void drivesThatAreNotMountedAreFound()
    {
        const TemporaryFolder tree;
        const auto drive = [&](const char* name, const char* number, const char* udev) {
            put(tree, std::string("/sys/class/block/") + name + "/dev", std::string(number) + "\n");
            put(tree, std::string("/run/udev/data/b") + number, udev);
        };
        drive("sdb1", "8:17", "E:ID_FS_TYPE=crypto_LUKS\nE:ID_FS_UUID=ab\n");
        drive("sdc1", "8:33", "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL_ENC=My\\x20Stick\n");
        drive("sdd1", "8:49", "E:ID_FS_TYPE=ext4\n");
        drive("sde1", "8:65", "E:ID_FS_TYPE=swap\n");
        drive("sdf", "8:80", "S:x\n");
        drive("sdg", "what", "E:ID_FS_TYPE=ext4\n");
        fs::create_directories(tree.path() + "/sys/class/block/sdb1/holders/dm-0");
        MountTable mounts;
        mounts.parse("1 0 8:49 / /mnt rw - ext4 /dev/sdd1 rw\n");
        MovedSystem moved(tree);
        auto volumes = findUnmountedVolumes(moved.system, mounts);
        std::sort(volumes.begin(), volumes.end(), [](auto& a, auto& b) { return a.device < b.device; });
        QCOMPARE(volumes.size(), std::size_t{2});
        QCOMPARE(volumes[0].device, std::string("/dev/sdb1"));
        QVERIFY(volumes[0].hasHolders && !volumes[1].hasHolders);
        QCOMPARE(volumes[1].label, std::string("My Stick"));
    }

    void quotasAreAskedOfTheUserAndTheGroups()
    {
        const TemporaryFolder base;
        OddAttributes attributes(linuxSystem().attributes);
        attributes.projectId = 77;
        attributes.onQuota = [](QuotaType type, std::uint32_t id) -> Result<QuotaNumbers> {
            if (type == QuotaType::Project || id == 50)
                return fail("quotactl_fd", {}, EPERM);
            QuotaNumbers numbers;
            numbers.hardBytes = id == 60 ? 0 : 1000 + id;
            return numbers;
        };
        System& real = linuxSystem();
        System system{real.files, attributes, real.processes, real.clock};
        const auto fd = real.files.open(kWorkingDirectory, base.path().c_str(), O_RDONLY);
        const QuotaFacts facts = readQuotas(system, fd->get(), fd->get(), "", {7, 70, {50, 60, 80}, "", {}}, 90);
        std::string seen;
        for (const Quota& quota : facts.quotas)
            seen += std::to_string(static_cast<int>(quota.kind)) + ":" + std::to_string(quota.id) + " ";
        QCOMPARE(seen, std::string("0:7 1:70 1:80 1:90 "));
        QCOMPARE(facts.project, std::optional<std::uint32_t>(77));
        QVERIFY(facts.projectIsInherited);
        // Where a kind is not kept, one question is enough.
        attributes.onQuota = [](QuotaType, std::uint32_t) -> Result<QuotaNumbers> {
            return fail("quotactl_fd", {}, ENOSYS);
        };
        attributes.projectId = 0;
        attributes.questions = 0;
        QVERIFY(readQuotas(system, fd->get(), fd->get(), "", {7, 70, {50, 60, 80}, "", {}}, 90).quotas.empty());
        QCOMPARE(attributes.questions, 2);
    }

    void aListThatDoesNotParseIsSaidToBeBroken()
    {
        const TemporaryFolder base;
        OddAttributes attributes(linuxSystem().attributes);
        attributes.values["system.posix_acl_access"] = std::nullopt;
        attributes.values["system.nfs4_acl"] = std::string("\0x", 2);
        attributes.values["security.selinux"] = std::string("ctx\0", 4);
        System& real = linuxSystem();
        System system{real.files, attributes, real.processes, real.clock};
        const Facts facts = deepFacts(system, base.path());
        QVERIFY(facts.isDeep && facts.accessListIsBroken && facts.accessList.empty());
        QVERIFY(!facts.rights);
        QVERIFY(!facts.hasAccessList);
        QCOMPARE(facts.state.serverLists.size(), std::size_t{1});
        QCOMPARE(facts.state.securityContext, std::optional<std::string>("ctx"));
    }

    void listsAndRightsOfARealFolderAreThere()
    {
        const TemporaryFolder base;
        const auto memory = mountTmpfs(base.makeFolder("m"));
        const Path folder = memory->path() + "/a/b";
        makeFolder(memory->path() + "/a", 0755);
        makeFolder(folder, 0750);
        runOrFail({"setfacl", "-m", "u:daemon:rwx", folder});
        runOrFail({"setfacl", "-m", "g:4343:--x", memory->path() + "/a"});
        const Facts facts = deepFacts(linuxSystem(), folder);
        QCOMPARE(facts.accessList.size(), std::size_t{5});
        QCOMPARE(toText(facts.accessList[1]), std::string("user:daemon:rwx"));
        QVERIFY(facts.rights && facts.rights->allowed);
        QCOMPARE(facts.path.back().accessList, facts.accessList);
        QCOMPARE(facts.path[facts.path.size() - 2].accessList.size(), std::size_t{5});
        QCOMPARE(facts.mountsOnPath.back().mountPoint, memory->path());
        QVERIFY(facts.mountsOnPath.size() >= 2);
        QVERIFY(facts.limits.openFiles && facts.limits.openFilesNow && *facts.limits.openFilesNow > 2);
        QVERIFY(facts.limits.systemMostOpenFiles && facts.limits.memoryAvailableBytes);
        const auto read = factsFromJson(toJson(facts));
        QVERIFY(read.has_value());
        QCOMPARE(toLine(toJson(*read)), toLine(toJson(facts)));
    }

    void theListOfAParentThatStopsUsIsReadAtOnce()
    {
        const TemporaryFolder base;
        const auto memory = mountTmpfs(base.makeFolder("m"));
        const Path parent = memory->path() + "/private";
        makeFolder(parent, 0750);
        runOrFail({"setfacl", "-m", "u:daemon:rx", parent});
        makeFolder(parent + "/inner", 0777);
        QCOMPARE(runAsUser(kOrdinaryUser,
                           [&] {
                               NameCache names;
                               const auto path = walkPath(linuxSystem(), parent + "/inner", {}, names);
                               const auto& stops = path.at(path.size() - 2);
                               return stops.path == parent && stops.searchable == false &&
                                              stops.accessList.size() == 5 && path.back().errorCode == EACCES &&
                                              path.front().accessList.empty()
                                          ? 0
                                          : 1;
                           }),
                 0);
    }

    void aFolderThatWasSwappedIsNotMixedUp()
    {
        const TemporaryFolder base;
        const Path folder = base.makeFolder("f", 0700);
        MountTable mounts;
        FactsCollector collector(linuxSystem(), mounts);
        Facts facts = collector.collect(folder, {});
        const auto inode = facts.folder->inode;
        fs::rename(folder, folder + ".old");
        const auto memory = mountTmpfs(base.makeFolder("f", 0777));
        runOrFail({"setfacl", "-m", "u:4242:rwx", folder});
        const auto space = facts.space->totalBytes;
        collector.deepen(folder, facts);
        QVERIFY(facts.isDeep);
        QCOMPARE(facts.folder->inode, inode);
        QVERIFY(!facts.rights && facts.accessList.empty() && facts.path.back().accessList.empty());
        QCOMPARE(facts.space->totalBytes, space);
        fs::remove_all(folder + ".old");
    }

    void aFolderThatGoesAwayUnderTheLookIsBorne()
    {
        const TemporaryFolder base;
        const Path folder = base.makeFolder("a") + "/b";
        makeFolder(folder, 0755);
        MountTable mounts;
        FactsCollector collector(linuxSystem(), mounts);
        Facts facts = collector.collect(folder, {});
        const std::size_t components = facts.path.size();
        fs::remove_all(base.path() + "/a");
        writeFile(base.path() + "/a", "now a file");
        collector.deepen(folder, facts);
        QCOMPARE(facts.path.size(), components);
        QVERIFY(facts.mount && !facts.rights);
    }

    void withoutProcAndSysNothingIsInvented()
    {
        const TemporaryFolder base;
        FaultySystem faulty;
        faulty.plan.set([](const Call& call) -> std::optional<Fault> {
            for (const char* place : {"/proc", "/sys", "/run", "/etc", "/.flatpak-info", "/.dockerenv"}) {
                if (call.name.rfind(place, 0) == 0 && call.name.rfind("/proc/self/fd/", 0) != 0)
                    return Fault{EACCES, Fault::Kind::Instead};
            }
            return std::nullopt;
        });
        const Facts facts = deepFacts(faulty.system, base.path());
        QVERIFY(faulty.plan.faults() > 10);
        const Confinement& own = facts.confinement;
        QVERIFY(own.userMap.empty() && !own.noNewPrivileges && !own.seccomp && !own.capabilities && !own.overflowUid);
        QVERIFY(own.flatpak.empty() && own.container.empty() && own.systemdService.empty() && !own.immutableSystem);
        QVERIFY(!facts.limits.openFilesNow && !facts.limits.systemOpenFiles && !facts.limits.memoryAvailableBytes);
        QVERIFY(facts.unmountedVolumes.empty());
        QVERIFY(facts.rights.has_value()); // what the folder itself says is known all the same
    }

    void anyCallMayFailAtAnyPoint()
    {
        const TemporaryFolder base;
        const Path folder = base.makeFolder("a");
        FaultySystem faulty;
        faulty.plan.set({});
        (void)deepFacts(faulty.system, folder);
        const std::size_t calls = faulty.plan.calls().size();
        QVERIFY(calls > 30);
        const std::size_t before = openDescriptors();
        for (const int code : {EIO, EACCES, EMFILE, ENOENT}) {
            for (std::size_t i = 1; i <= calls; ++i) {
                faulty.plan.set(failCallNumber(i, {code, Fault::Kind::Instead}));
                const Facts facts = deepFacts(faulty.system, folder);
                QVERIFY(factsFromJson(toJson(facts)).has_value());
            }
        }
        QCOMPARE(openDescriptors(), before);
    }

    void theNumberOfAMountThatIsGoneIsGivenToAnother()
    {
        const TemporaryFolder base;
        auto first = mountTmpfs(base.makeFolder("first"));
        const Path folder = first->path() + "/own";
        makeFolder(folder, 0755);
        MountTable mounts;
        FactsCollector collector(linuxSystem(), mounts);
        Facts facts = collector.collect(folder, {});
        QVERIFY(facts.mount && !facts.mountByText);
        const std::uint64_t number = facts.mount->id;
        first.reset();
        // The lowest number that is free: those below it are given out first.
        std::vector<std::unique_ptr<MountedFolder>> others;
        for (int i = 0; i < 200; ++i) {
            others.push_back(mountTmpfs(base.makeFolder("other" + std::to_string(i))));
            const Facts other = collector.collect(others.back()->path(), {});
            if (other.mount && other.mount->id == number)
                break;
        }
        collector.deepen(folder, facts);
        QVERIFY(mounts.byId(number) != nullptr);
        QVERIFY(facts.mountByText);
        QVERIFY(facts.mount && facts.mount->mountPoint.rfind(base.path() + "/", 0) != 0);
    }

    void aReadOnlySubvolumeIsSeenFromBelow()
    {
        const TemporaryFolder base;
        const auto memory = mountTmpfs(base.makeFolder("m"));
        const auto disk =
            mountImage("btrfs", memory->path() + "/image", std::uint64_t{128} << 20U, base.makeFolder("disk"));
        const Path snapshot = disk->path() + "/snap";
        runOrFail({"btrfs", "subvolume", "create", snapshot});
        makeFolder(snapshot + "/deep", 0755);
        makeFolder(snapshot + "/deep/er", 0755);
        runOrFail({"btrfs", "property", "set", "-ts", snapshot, "ro", "true"});
        const Facts below = deepFacts(linuxSystem(), snapshot + "/deep/er");
        QCOMPARE(below.state.subvolumeReadOnly, std::optional(true));
        QCOMPARE(below.state.subvolume, std::optional(snapshot));
        const Facts top = deepFacts(linuxSystem(), disk->path());
        QCOMPARE(top.state.subvolumeReadOnly, std::optional(false));
        QVERIFY(top.state.metadataTotalBytes.value_or(0) > 0);
        QVERIFY(top.state.metadataUsedBytes.value_or(0) > 0);
        QCOMPARE(top.state.btrfsDeviceErrors, std::optional<std::uint64_t>(0));
    }

    void marksOfAFileAreSeen()
    {
        const TemporaryFolder base;
        const auto memory = mountTmpfs(base.makeFolder("m"));
        const auto disk =
            mountImage("ext4", memory->path() + "/image", std::uint64_t{32} << 20U, base.makeFolder("disk"));
        const Path file = disk->path() + "/frozen";
        writeFile(file, "x");
        runOrFail({"chattr", "+i", file});
        writeFile(disk->path() + "/growing", "x");
        runOrFail({"chattr", "+a", disk->path() + "/growing"});
        const auto folder = linuxSystem().files.open(kWorkingDirectory, disk->path().c_str(), O_PATH);
        const FileTarget frozen = readFileTarget(linuxSystem(), folder->get(), "frozen");
        const FileTarget growing = readFileTarget(linuxSystem(), folder->get(), "growing");
        const FileTarget none = readFileTarget(linuxSystem(), folder->get(), "none");
        runOrFail({"chattr", "-i", file});
        runOrFail({"chattr", "-a", disk->path() + "/growing"});
        QVERIFY(frozen.isImmutable && !frozen.isAppendOnly && frozen.isRegular && frozen.ownerName == "root");
        QVERIFY(growing.isAppendOnly && !growing.isImmutable);
        QVERIFY(!none.isRegular && !none.status);
    }

    void aRunningProgramAndAMountedFileAreSeen()
    {
        const TemporaryFolder base;
        const Path program = base.path() + "/dozer";
        fs::copy_file("/bin/sleep", program);
        writeFile(base.path() + "/mounted", "x");
        QCOMPARE(mount("/etc/passwd", (base.path() + "/mounted").c_str(), nullptr, MS_BIND, nullptr), 0);
        Program start;
        start.arguments = {program, "60"};
        const RunningProgram running(start);
        const auto folder = linuxSystem().files.open(kWorkingDirectory, base.path().c_str(), O_PATH);
        QVERIFY(eventually(
            [&] { return readFileTarget(linuxSystem(), folder->get(), "dozer").runningProgram == "dozer"; }));
        const FileTarget mounted = readFileTarget(linuxSystem(), folder->get(), "mounted");
        umount2((base.path() + "/mounted").c_str(), MNT_DETACH);
        QVERIFY(mounted.isOnOtherMount && mounted.isMountPoint && !mounted.runningProgram);
    }

    void aSwapFileIsKnownByItsPath()
    {
        const TemporaryFolder tree;
        const Path file = tree.path() + "/my swap";
        writeFile(file, "x");
        std::string escaped = file;
        escaped.replace(escaped.find(' '), 1, "\\040");
        put(tree, "/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n" + escaped + " file 1 0 -2\n");
        MovedSystem moved(tree);
        const auto folder = linuxSystem().files.open(kWorkingDirectory, tree.path().c_str(), O_PATH);
        // The link of the descriptor is the kernel's own.
        fs::create_directories(tree.path() + "/proc/self");
        fs::create_directory_symlink("/proc/self/fd", tree.path() + "/proc/self/fd");
        QVERIFY(readFileTarget(moved.system, folder->get(), "my swap").isSwapFile);
        QVERIFY(!readFileTarget(moved.system, folder->get(), "proc").isSwapFile);
    }
};

SCRATCHPROOF_TEST_MAIN(TestDeepFacts, PrivateMounts)
#include "tst_deep_facts.moc"
