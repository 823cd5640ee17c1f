// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/fact_text.h"

#include "core/base/error.h"
#include "core/base/quantity.h"
#include "core/base/translatable.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

namespace {

const char* wordOf(FileType type)
{
    switch (type) {
    case FileType::Directory:
        return QT_TRANSLATE_NOOP("report", "folder");
    case FileType::SymbolicLink:
        return QT_TRANSLATE_NOOP("report", "link");
    case FileType::Regular:
        return QT_TRANSLATE_NOOP("report", "file");
    case FileType::Unknown:
        return QT_TRANSLATE_NOOP("report", "unknown");
    default:
        return QT_TRANSLATE_NOOP("report", "special file");
    }
}

std::string errorWords(int code)
{
    return fmt::format("{} ({})", errnoText(code), errnoName(code));
}

/// Fills one group after the other; a value that is absent or empty makes no line.
class Lines
{
public:
    explicit Lines(const Translate& translate) : m_translate(translate) {}

    void group(const char* title) { m_groups.push_back({word(title), {}}); }
    void add(const char* name, std::string value)
    {
        if (!value.empty())
            m_groups.back().lines.push_back({word(name), std::move(value)});
    }
    void foreign(const char* name, std::string_view bytes) { add(name, displayText(bytes)); }
    void flag(const char* name, const std::optional<bool>& value)
    {
        if (value)
            add(name, yesOrNo(*value));
    }
    void flagIf(const char* name, bool value)
    {
        if (value)
            add(name, yesOrNo(true));
    }
    void number(const char* name, const std::optional<std::uint64_t>& value)
    {
        if (value)
            add(name, std::to_string(*value));
    }
    void bytes(const char* name, const std::optional<std::uint64_t>& value)
    {
        if (value)
            add(name, size(*value));
    }
    void list(const char* name, const AccessList& entries)
    {
        std::string text;
        for (const AclEntry& entry : entries)
            text += (text.empty() ? "" : "\n") + displayText(toText(entry));
        add(name, std::move(text));
    }
    /// "400 B of 1.00 kB"
    void share(const char* name, const std::string& part, const std::string& whole)
    {
        add(name, filled(word(QT_TRANSLATE_NOOP("report", "%1 of %2")), {part, whole}));
    }
    void rights(const FileStatus& status, const std::optional<std::string>& owner,
                const std::optional<std::string>& group)
    {
        add(QT_TRANSLATE_NOOP("report", "Owner"), whoText(owner, status.uid));
        add(QT_TRANSLATE_NOOP("report", "Group"), whoText(group, status.gid));
        add(QT_TRANSLATE_NOOP("report", "Mode"), fmt::format("{} ({:04o})", modeLetters(status), status.mode & 07777U));
    }
    [[nodiscard]] std::string word(const char* text) const { return translated(m_translate, text); }
    [[nodiscard]] std::string size(std::uint64_t bytes) const { return formatBytes(bytes, word(kDecimalPoint)); }
    [[nodiscard]] std::string yesOrNo(bool value) const
    {
        return word(value ? QT_TRANSLATE_NOOP("report", "yes") : QT_TRANSLATE_NOOP("report", "no"));
    }
    [[nodiscard]] std::vector<FactGroup> take()
    {
        std::erase_if(m_groups, [](const FactGroup& group) { return group.lines.empty(); });
        return std::move(m_groups);
    }
    [[nodiscard]] std::vector<FactLine> takeOne() { return std::move(m_groups.back().lines); }

private:
    const Translate& m_translate;
    std::vector<FactGroup> m_groups = {{}}; // the first one has no title
};

void addMount(Lines& lines, const Facts& facts)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Mount"));
    if (facts.mount) {
        const Mount& mount = *facts.mount;
        lines.foreign(QT_TRANSLATE_NOOP("report", "Mounted at"), mount.mountPoint);
        lines.foreign(QT_TRANSLATE_NOOP("report", "File system"), mount.fileSystem);
        lines.foreign(QT_TRANSLATE_NOOP("report", "Source"), mount.source);
        lines.add(QT_TRANSLATE_NOOP("report", "Kind"), lines.word(wordOf(mount.kind)));
        lines.foreign(QT_TRANSLATE_NOOP("report", "Options of the mount"), mount.options);
        lines.foreign(QT_TRANSLATE_NOOP("report", "Options of the file system"), mount.superOptions);
        if (mount.root != "/")
            lines.foreign(QT_TRANSLATE_NOOP("report", "Part that is shown"), mount.root);
        lines.flagIf(QT_TRANSLATE_NOOP("report", "Guessed from the path's text"), facts.mountByText);
        if (facts.mountsAtPoint > 1)
            lines.number(QT_TRANSLATE_NOOP("report", "Mounts at this place"), facts.mountsAtPoint);
    }
    if (facts.unmountedPoint)
        lines.foreign(QT_TRANSLATE_NOOP("report", "Expected and not mounted"), *facts.unmountedPoint);
    for (const UnmountedVolume& volume : facts.unmountedVolumes)
        lines.foreign(QT_TRANSLATE_NOOP("report", "Plugged in and not mounted"),
                      fmt::format("{} {} {}", volume.device, volume.fileSystem, volume.label));
}

void addSpace(Lines& lines, const Facts& facts)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Space"));
    if (!facts.space)
        return;
    const FileSystemSpace& space = *facts.space;
    if (space.isSizeKnown())
        lines.share(QT_TRANSLATE_NOOP("report", "Free"), lines.size(space.availableBytes),
                    lines.size(space.totalBytes));
    if (space.isSizeKnown() && space.freeBytes > space.availableBytes)
        lines.bytes(QT_TRANSLATE_NOOP("report", "Kept for root"), space.freeBytes - space.availableBytes);
    if (space.isInodeCountKnown())
        lines.share(QT_TRANSLATE_NOOP("report", "Room for files (inodes)"), std::to_string(space.freeInodes),
                    std::to_string(space.totalInodes));
    if (space.blockSize > 0)
        lines.number(QT_TRANSLATE_NOOP("report", "Block size in bytes"), space.blockSize);
    if (space.nameMax > 0)
        lines.number(QT_TRANSLATE_NOOP("report", "Longest name in bytes"), space.nameMax);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "Read-only"), space.readOnly);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "Programs cannot be run (noexec)"), space.noExec);
}

void addDevice(Lines& lines, const Facts& facts)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Device"));
    if (!facts.device)
        return;
    const DeviceFacts& device = *facts.device;
    std::string maker;
    for (const std::string* word : {&device.vendor, &device.model})
        if (!word->empty())
            maker += (maker.empty() ? "" : " ") + *word;
    lines.foreign(QT_TRANSLATE_NOOP("report", "Make"), maker);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Name"),
                  device.name.empty() ? toString(device.number)
                                      : fmt::format("{} ({})", device.name, toString(device.number)));
    if (!device.present)
        lines.add(QT_TRANSLATE_NOOP("report", "Still there"), lines.yesOrNo(false));
    lines.foreign(QT_TRANSLATE_NOOP("report", "Connected by"), device.transport);
    lines.flag(QT_TRANSLATE_NOOP("report", "Write-protected"), device.readOnly);
    lines.flag(QT_TRANSLATE_NOOP("report", "Removable"), device.removable);
    lines.flag(QT_TRANSLATE_NOOP("report", "Rotating"), device.rotational);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "An image (loop device)"), device.loop);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Label"), device.label);
    lines.foreign(QT_TRANSLATE_NOOP("report", "UUID"), device.uuid);
    lines.number(QT_TRANSLATE_NOOP("report", "Errors that ext4 counted"), device.ext4Errors);
}

std::string numbersText(const std::vector<std::uint32_t>& numbers)
{
    std::string text;
    for (const std::uint32_t number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

std::string rightsText(const Lines& lines, const RightsAnswer& rights)
{
    std::string text = lines.yesOrNo(rights.allowed) + ", " + std::string(toString(rights.rule));
    if (rights.entry)
        text += ", " + displayText(toText(*rights.entry));
    if (rights.maskTookIt)
        text += ", " + lines.word(QT_TRANSLATE_NOOP("report", "taken away by the mask"));
    if (rights.listIgnored)
        text += ", " + lines.word(QT_TRANSLATE_NOOP("report", "the list is ignored (mode & 070 is 0)"));
    return text;
}

void addRights(Lines& lines, const Facts& facts)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Rights"));
    const UserFacts& user = facts.user;
    lines.add(QT_TRANSLATE_NOOP("report", "Checked as"),
              whoText(user.name.empty() ? std::nullopt : std::optional(user.name), user.uid));
    lines.add(QT_TRANSLATE_NOOP("report", "Groups of this session"), numbersText(user.groups));
    if (user.accountGroups)
        lines.add(QT_TRANSLATE_NOOP("report", "Groups of the account"), numbersText(*user.accountGroups));
    if (facts.folder) {
        const FileStatus& folder = *facts.folder;
        const PathComponent* last = facts.path.empty() ? nullptr : &facts.path.back();
        lines.rights(folder, facts.owner || !last ? facts.owner : last->owner,
                     facts.group || !last ? facts.group : last->group);
        lines.flagIf(QT_TRANSLATE_NOOP("report", "Immutable"), folder.isImmutable());
        lines.flagIf(QT_TRANSLATE_NOOP("report", "Append-only"), folder.isAppendOnly());
        lines.flagIf(QT_TRANSLATE_NOOP("report", "Encrypted"), folder.isEncrypted());
    }
    if (facts.accessCode >= 0)
        lines.add(QT_TRANSLATE_NOOP("report", "The system allows writing"),
                  facts.accessCode == 0 ? lines.yesOrNo(true)
                                        : fmt::format("{} ({})", lines.yesOrNo(false), errnoName(facts.accessCode)));
    if (facts.rights)
        lines.add(QT_TRANSLATE_NOOP("report", "By the rules"), rightsText(lines, *facts.rights));
    lines.list(QT_TRANSLATE_NOOP("report", "Access list"), facts.accessList);
    lines.list(QT_TRANSLATE_NOOP("report", "Default list"), facts.defaultList);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "The access list does not parse"), facts.accessListIsBroken);
    if (facts.accessList.empty())
        lines.flag(QT_TRANSLATE_NOOP("report", "Has an access list"), facts.hasAccessList);
}

void addConfinement(Lines& lines, const Confinement& held)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Confinement of this program"));
    lines.foreign(QT_TRANSLATE_NOOP("report", "Flatpak"), held.flatpak);
    std::string places;
    for (const std::string& place : held.flatpakFileSystems)
        places += (places.empty() ? "" : ";") + place;
    lines.foreign(QT_TRANSLATE_NOOP("report", "Folders of the Flatpak"), places);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Snap"), held.snap);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Container"), held.container);
    lines.foreign(QT_TRANSLATE_NOOP("report", "systemd service"), held.systemdService);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "The system is immutable"), held.immutableSystem);
    lines.flag(QT_TRANSLATE_NOOP("report", "The mount of / is read-only"), held.rootIsReadOnly);
    lines.flag(QT_TRANSLATE_NOOP("report", "Mounts of its own"), held.ownMountNamespace);
    for (const auto& [name, map] : {std::pair(QT_TRANSLATE_NOOP("report", "User numbers"), &held.userMap),
                                    std::pair(QT_TRANSLATE_NOOP("report", "Group numbers"), &held.groupMap)}) {
        std::string text;
        for (const IdRange& range : *map)
            text += fmt::format("{}{} {} {}", text.empty() ? "" : "\n", range.inside, range.outside, range.count);
        lines.add(name, std::move(text));
    }
    lines.flag(QT_TRANSLATE_NOOP("report", "No new privileges"), held.noNewPrivileges);
    if (held.seccomp && *held.seccomp != 0)
        lines.number(QT_TRANSLATE_NOOP("report", "System calls filtered (seccomp)"), *held.seccomp);
    if (held.capabilities)
        lines.add(QT_TRANSLATE_NOOP("report", "Capabilities"), fmt::format("{:016x}", *held.capabilities));
    lines.foreign(QT_TRANSLATE_NOOP("report", "Security module"), held.securityModule);
    lines.flag(QT_TRANSLATE_NOOP("report", "SELinux enforces"), held.selinuxEnforcing);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Security label"), held.securityLabel);
}

void addLimits(Lines& lines, const LimitFacts& limits)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Limits of this program"));
    lines.bytes(QT_TRANSLATE_NOOP("report", "Largest file"), limits.fileSizeBytes);
    if (limits.openFiles)
        lines.share(QT_TRANSLATE_NOOP("report", "Open files"),
                    limits.openFilesNow ? std::to_string(*limits.openFilesNow) : "?",
                    std::to_string(*limits.openFiles));
    if (limits.systemMostOpenFiles)
        lines.share(QT_TRANSLATE_NOOP("report", "Open files of the whole system"),
                    limits.systemOpenFiles ? std::to_string(*limits.systemOpenFiles) : "?",
                    std::to_string(*limits.systemMostOpenFiles));
    lines.bytes(QT_TRANSLATE_NOOP("report", "Free memory"), limits.memoryAvailableBytes);
}

void addQuota(Lines& lines, const QuotaFacts& facts)
{
    lines.group(QT_TRANSLATE_NOOP("report", "Quota"));
    for (const Quota& quota : facts.quotas) {
        const char* name = quota.kind == QuotaKind::User    ? QT_TRANSLATE_NOOP("report", "User %1")
                           : quota.kind == QuotaKind::Group ? QT_TRANSLATE_NOOP("report", "Group %1")
                                                            : QT_TRANSLATE_NOOP("report", "Project %1");
        const auto limit = [&](std::uint64_t value, bool isBytes) {
            if (value == 0)
                return lines.word(QT_TRANSLATE_NOOP("report", "no limit"));
            return isBytes ? lines.size(value) : std::to_string(value);
        };
        const std::string of = lines.word(QT_TRANSLATE_NOOP("report", "%1 of %2"));
        const std::uint64_t mostBytes = quota.hardBytes != 0 ? quota.hardBytes : quota.softBytes;
        const std::uint64_t mostFiles = quota.hardFiles != 0 ? quota.hardFiles : quota.softFiles;
        const std::string id = std::to_string(quota.id);
        const std::string title = filled(lines.word(name), {id});
        lines.add(title.c_str(), filled(lines.word(QT_TRANSLATE_NOOP("report", "%1; files: %2")),
                                        {filled(of, {lines.size(quota.usedBytes), limit(mostBytes, true)}),
                                         filled(of, {std::to_string(quota.usedFiles), limit(mostFiles, false)})}));
    }
    if (facts.project)
        lines.number(QT_TRANSLATE_NOOP("report", "Project of the folder"), *facts.project);
}

void addState(Lines& lines, const FileSystemState& state)
{
    lines.group(QT_TRANSLATE_NOOP("report", "State of the file system"));
    if (state.subvolume)
        lines.foreign(QT_TRANSLATE_NOOP("report", "Subvolume"), *state.subvolume);
    lines.flag(QT_TRANSLATE_NOOP("report", "The subvolume is read-only"), state.subvolumeReadOnly);
    if (state.metadataUsedBytes && state.metadataTotalBytes)
        lines.share(QT_TRANSLATE_NOOP("report", "Metadata"), lines.size(*state.metadataUsedBytes),
                    lines.size(*state.metadataTotalBytes));
    lines.bytes(QT_TRANSLATE_NOOP("report", "Not allocated"), state.unallocatedBytes);
    lines.number(QT_TRANSLATE_NOOP("report", "Device errors"), state.btrfsDeviceErrors);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "Driven by ntfs-3g"), state.isNtfs3g);
    lines.flagIf(QT_TRANSLATE_NOOP("report", "Windows is hibernated"), state.hasHibernationFile);
    for (const RawAttribute& list : state.serverLists)
        lines.add(QT_TRANSLATE_NOOP("report", "List of the server"),
                  fmt::format("{} ({} bytes)", displayText(list.name), list.value.size()));
    if (state.securityContext)
        lines.foreign(QT_TRANSLATE_NOOP("report", "Security context"), *state.securityContext);
    if (state.fuseOwner)
        lines.number(QT_TRANSLATE_NOOP("report", "FUSE mount of user"), *state.fuseOwner);
    lines.number(QT_TRANSLATE_NOOP("report", "ext4 errors"), state.ext4Errors);
    lines.foreign(QT_TRANSLATE_NOOP("report", "Where ext4's last error was"), state.ext4LastErrorFunction);
    if (state.fileSystemOnDevice)
        lines.foreign(QT_TRANSLATE_NOOP("report", "On the device"), *state.fileSystemOnDevice);
}

} // namespace

std::string whoText(const std::optional<std::string>& name, std::uint32_t number)
{
    return name ? fmt::format("{} ({})", displayText(*name), number) : std::to_string(number);
}

std::vector<FactGroup> describeFacts(const Check& check, const Translate& translate)
{
    Lines lines(translate);
    const bool known = check.facts.mount || !check.facts.path.empty();
    if (known) {
        addMount(lines, check.facts);
        addSpace(lines, check.facts);
        addDevice(lines, check.facts);
        addRights(lines, check.facts);
        addConfinement(lines, check.facts.confinement);
        addLimits(lines, check.facts.limits);
        addQuota(lines, check.facts.quota);
        addState(lines, check.facts.state);
    }
    lines.group(QT_TRANSLATE_NOOP("report", "This check"));
    lines.add(QT_TRANSLATE_NOOP("report", "Level"), lines.word(wordOf(check.level)));
    if (check.host)
        lines.foreign(QT_TRANSLATE_NOOP("report", "As told by"), *check.host);
    if (check.as)
        lines.foreign(QT_TRANSLATE_NOOP("report", "As"), *check.as);
    if (check.started > 0)
        lines.add(QT_TRANSLATE_NOOP("report", "Began"), toIso8601(check.started));
    if (check.duration > 0)
        lines.add(QT_TRANSLATE_NOOP("report", "Took"), formatDuration(check.duration, lines.word(kDecimalPoint)));
    for (const Finding& finding : check.findings)
        for (const std::string& evidence : finding.evidence)
            lines.foreign(QT_TRANSLATE_NOOP("report", "Evidence"), evidence);
    return lines.take();
}

std::vector<FactLine> describePlace(const PathPlace& place, const Translate& translate)
{
    Lines lines(translate);
    const PathComponent* seen = place.component;
    if (!seen) {
        lines.add(QT_TRANSLATE_NOOP("report", "Seen"), lines.word(QT_TRANSLATE_NOOP("report", "not reached")));
        return lines.takeOne();
    }
    if (seen->status) {
        lines.add(QT_TRANSLATE_NOOP("report", "Kind"), lines.word(wordOf(seen->status->type)));
        if (seen->linkTarget)
            lines.foreign(QT_TRANSLATE_NOOP("report", "Leads to"), *seen->linkTarget);
        lines.rights(*seen->status, seen->owner, seen->group);
    }
    lines.list(QT_TRANSLATE_NOOP("report", "Access list"), seen->accessList);
    if (seen->linkErrorCode != 0)
        lines.add(QT_TRANSLATE_NOOP("report", "Following it"), errorWords(seen->linkErrorCode));
    lines.flag(QT_TRANSLATE_NOOP("report", "May be passed"), seen->searchable);
    if (seen->errorCode != 0)
        lines.add(QT_TRANSLATE_NOOP("report", "The system says"), errorWords(seen->errorCode));
    if (place.mount)
        lines.add(QT_TRANSLATE_NOOP("report", "Mounted here"),
                  filled(lines.word(QT_TRANSLATE_NOOP("report", "%1 from %2 (%3)")),
                         {displayText(place.mount->fileSystem), displayText(place.mount->source),
                          displayText(place.mount->options)}));
    else if (place.beginsMount)
        lines.add(QT_TRANSLATE_NOOP("report", "Mounted here"),
                  lines.word(QT_TRANSLATE_NOOP("report", "another file system")));
    return lines.takeOne();
}

} // namespace scratchproof
