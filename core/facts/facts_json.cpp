// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts_json.h"

#include "core/base/enum_names.h"
#include "core/facts/sysfs.h"

#include <algorithm>
#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

// Each struct has one describe(), which lists its members in the order of the JSON; a JsonWriter and a JsonReader go
// through it. What is read is another's word: sizes are bounded, what does not fit is left out, or refuses the struct
// that needs it.
namespace scratchproof {

namespace {

// Entries of one list, at most.
template <typename T>
constexpr std::size_t kMost = 4096;
// A path of 4095 bytes has at most 2048 components; longer ones are walked too, but not without end.
template <>
constexpr std::size_t kMost<PathComponent> = 20'000;
template <>
constexpr std::size_t kMost<Mount> = 20'000;
template <>
constexpr std::size_t kMost<IdRange> = 340; // of user_namespaces(7)
template <>
constexpr std::size_t kMost<std::uint32_t> = 65'536; // groups

template <typename T>
constexpr bool kIsList = false;
template <typename T>
constexpr bool kIsList<std::vector<T>> = true;

constexpr EnumNames<FileType::BlockDevice> kFileTypes({"unknown", "file", "folder", "link", "fifo", "socket",
                                                       "character-device", "block-device"});
constexpr EnumNames<QuotaKind::Project> kQuotaKinds({"user", "group", "project"});

std::string_view toString(FileType type)
{
    return kFileTypes.nameOf(type);
}
std::string_view toString(QuotaKind kind)
{
    return kQuotaKinds.nameOf(kind);
}
using scratchproof::toString;

template <typename T>
std::optional<T> fromString(std::string_view text)
{
    if constexpr (std::same_as<T, FileType>)
        return kFileTypes.valueOf(text);
    else if constexpr (std::same_as<T, QuotaKind>)
        return kQuotaKinds.valueOf(text);
    else if constexpr (std::same_as<T, AclTag>)
        return aclTagFromString(text);
    else if constexpr (std::same_as<T, RightsRule>)
        return rightsRuleFromString(text);
    else if constexpr (std::same_as<T, MountKind>)
        return mountKindFromString(text);
    else
        return parseDeviceNumber(text);
}

template <typename T>
constexpr bool kIsNamed = std::is_enum_v<T> || std::same_as<T, DeviceNumber>;

class JsonWriter
{
public:
    static constexpr bool kReads = false;

    explicit JsonWriter(JsonText& json) : m_json(json) {}

    /// Is always there; without it nothing can be made of the struct.
    template <typename T>
    void must(const char* key, const T& value)
    {
        put(key, value);
    }
    /// Is always there; where it is missing or does not fit, the member keeps its default.
    template <typename T>
    void always(const char* key, const T& value)
    {
        put(key, value);
    }
    /// Is there where it is not empty, 0 or false.
    template <typename T>
    void unlessEmpty(const char* key, const T& value)
    {
        if (value != T())
            put(key, value);
    }
    template <typename T>
    void unlessEmpty(const char* key, const std::vector<T>& list)
    {
        if (!list.empty())
            put(key, list);
    }
    template <typename T>
    void maybe(const char* key, const std::optional<T>& value)
    {
        if (value)
            put(key, *value);
    }
    void maybeUnlessEmpty(const char* key, const std::optional<std::string>& text)
    {
        unlessEmpty(key, text.value_or(""));
    }
    /// Is always there, as `otherwise` where it is not known.
    template <typename Otherwise>
    void known(const char* key, std::uint64_t value, bool isKnown, Otherwise otherwise)
    {
        if (isKnown)
            m_json.member(key, value);
        else
            m_json.member(key, otherwise);
    }
    /// Name of an errno; none for 0.
    void errorCode(const char* key, int code)
    {
        if (code != 0)
            m_json.member(key, errnoName(code));
    }
    /// The answer of faccessat2(2): "allowed", or the name of an errno; none where it was not asked (-1).
    void access(const char* key, int code)
    {
        if (code >= 0)
            m_json.member(key, code == 0 ? "allowed" : errnoName(code));
    }
    void base64(const char* key, const std::string& bytes) { m_json.member(key, toBase64(bytes)); }
    /// An object whose members are not those of one struct; `describeInner` goes through them.
    template <typename Inner>
    void object(const char* key, const Inner& describeInner)
    {
        m_json.key(key);
        m_json.beginObject();
        describeInner(*this);
        m_json.endObject();
    }
    /// The same, with the members of a struct that may be missing before its own.
    template <typename T, typename Inner>
    void extended(const char* key, const std::optional<T>& value, const Inner& describeInner)
    {
        if (!value)
            return;
        object(key, [&](JsonWriter& inner) {
            describe(inner, *value);
            describeInner(inner);
        });
    }
    void require(bool /*fits*/) {}

    template <typename T>
    void object(const T& value)
    {
        m_json.beginObject();
        describe(*this, value);
        m_json.endObject();
    }

private:
    template <typename T>
    void put(const char* key, const T& value)
    {
        if constexpr (std::same_as<T, std::string>) {
            m_json.path(key, value);
        } else if constexpr (kIsNamed<T>) {
            m_json.member(key, toString(value));
        } else if constexpr (kIsList<T>) {
            m_json.key(key);
            m_json.beginArray();
            for (const auto& entry : value) {
                if constexpr (std::same_as<T, std::vector<std::uint32_t>>)
                    m_json.value(entry);
                else
                    object(entry);
            }
            m_json.endArray();
        } else if constexpr (std::is_arithmetic_v<T>) {
            m_json.member(key, value);
        } else {
            m_json.key(key);
            object(value);
        }
    }

    JsonText& m_json;
};

class JsonReader
{
public:
    static constexpr bool kReads = true;

    explicit JsonReader(const Json& json) : m_json(json) {}

    /// Nothing if all fits; else the member that does not.
    [[nodiscard]] const char* misfit() const { return m_misfit; }

    template <typename T>
    void must(const char* key, T& value)
    {
        if (auto read = get<T>(m_json, key))
            value = std::move(*read);
        else
            refuse(key);
    }
    template <typename T>
    void always(const char* key, T& value)
    {
        if (auto read = get<T>(m_json, key))
            value = std::move(*read);
    }
    template <typename T>
    void unlessEmpty(const char* key, T& value)
    {
        always(key, value);
    }
    template <typename T>
    void maybe(const char* key, std::optional<T>& value)
    {
        value = get<T>(m_json, key);
    }
    void maybeUnlessEmpty(const char* key, std::optional<std::string>& text) { maybe(key, text); }
    void known(const char* key, std::uint64_t& value, bool /*isKnown*/, auto /*otherwise*/) { always(key, value); }
    void errorCode(const char* key, int& code)
    {
        code = errnoFromName(getString(m_json, key).value_or("")).value_or(0);
    }
    void access(const char* key, int& code)
    {
        if (const auto name = getString(m_json, key))
            code = *name == "allowed" ? 0 : errnoFromName(*name).value_or(-1);
    }
    void base64(const char* key, std::string& bytes)
    {
        if (auto read = fromBase64(getString(m_json, key).value_or("")))
            bytes = std::move(*read);
        else
            refuse(key);
    }
    template <typename Inner>
    void object(const char* key, const Inner& describeInner)
    {
        const Json* const json = getObject(m_json, key);
        if (json == nullptr)
            return refuse(key);
        JsonReader inner(*json);
        describeInner(inner);
        if (inner.misfit() != nullptr)
            refuse(key);
    }
    template <typename T, typename Inner>
    void extended(const char* key, std::optional<T>& value, const Inner& describeInner)
    {
        if (getObject(m_json, key) == nullptr)
            return;
        object(key, [&](JsonReader& inner) {
            describe(inner, value.emplace());
            describeInner(inner);
        });
    }
    /// For what the members have to be besides.
    void require(bool fits)
    {
        if (!fits)
            refuse("value");
    }

    template <typename T>
    static std::optional<T> fromObject(const Json& json)
    {
        T value;
        JsonReader reader(json);
        describe(reader, value);
        return reader.misfit() == nullptr ? std::optional(std::move(value)) : std::nullopt;
    }

private:
    void refuse(const char* key) { m_misfit = m_misfit == nullptr ? key : m_misfit; }

    /// A list is there as a whole, or not at all.
    template <typename T>
    static std::optional<std::vector<T>> listIn(const Json& json, const char* key)
    {
        const Json* list = getArray(json, key);
        if (list == nullptr || list->size() > kMost<T>)
            return std::nullopt;
        std::vector<T> entries;
        entries.reserve(list->size());
        for (const Json& one : *list) {
            if constexpr (std::same_as<T, std::uint32_t>) {
                if (!one.is_number_unsigned() || one.get<std::uint64_t>() > UINT32_MAX)
                    return std::nullopt;
                entries.push_back(one.get<std::uint32_t>());
            } else {
                auto entry = fromObject<T>(one);
                if (!entry)
                    return std::nullopt;
                entries.push_back(std::move(*entry));
            }
        }
        return entries;
    }

    template <typename T>
    static std::optional<T> get(const Json& json, const char* key)
    {
        if constexpr (std::same_as<T, std::string>) {
            return getPath(json, key);
        } else if constexpr (std::same_as<T, bool>) {
            return getBool(json, key);
        } else if constexpr (std::same_as<T, std::int64_t>) {
            return getInteger(json, key);
        } else if constexpr (std::is_integral_v<T>) {
            const auto value = getUnsigned(json, key);
            return value && std::in_range<T>(*value) ? std::optional(static_cast<T>(*value)) : std::nullopt;
        } else if constexpr (kIsNamed<T>) {
            return fromString<T>(getString(json, key).value_or(""));
        } else if constexpr (kIsList<T>) {
            return listIn<typename T::value_type>(json, key);
        } else {
            const Json* const object = getObject(json, key);
            return object == nullptr ? std::nullopt : fromObject<T>(*object);
        }
    }

    const Json& m_json;
    const char* m_misfit = nullptr;
};

/// `Type`, to be read into by a JsonReader, or const, to be written by a JsonWriter.
template <typename T, typename Type>
concept Of = std::same_as<std::remove_const_t<T>, Type>;

/// An entry of a list, in an object of its own, so that bytes that are no text survive.
void describe(auto& io, Of<std::string> auto& text)
{
    io.must("value", text);
}

void describe(auto& io, Of<FileStatus> auto& status)
{
    io.must("type", status.type);
    io.must("mode", status.mode);
    io.must("uid", status.uid);
    io.must("gid", status.gid);
    io.always("inode", status.inode);
    io.always("links", status.links);
    io.always("size", status.size);
    io.always("disk_bytes", status.diskBytes);
    io.always("device", status.device);
    io.maybe("mount_id", status.mountId);
    io.always("modified_ns", status.modified);
    io.always("changed_ns", status.changed);
    io.always("attributes", status.attributes);
    io.always("attributes_mask", status.attributesMask);
    if constexpr (std::remove_reference_t<decltype(io)>::kReads)
        status.mode &= 07777U;
}

void describe(auto& io, Of<AclEntry> auto& entry)
{
    io.must("tag", entry.tag);
    if (io.kReads || entry.tag == AclTag::NamedUser || entry.tag == AclTag::NamedGroup)
        io.always("id", entry.id);
    io.must("permissions", entry.permissions);
    io.maybe("name", entry.name);
    io.require(entry.permissions <= 7);
}

void describe(auto& io, Of<PathComponent> auto& component)
{
    io.must("path", component.path);
    io.maybe("status", component.status);
    io.errorCode("errno", component.errorCode);
    io.maybe("target", component.linkTarget);
    io.errorCode("target_errno", component.linkErrorCode);
    io.maybe("target_type", component.targetType);
    io.maybe("searchable", component.searchable);
    io.unlessEmpty("access_list", component.accessList);
    io.maybe("mount_id", component.mountId);
    io.maybe("owner", component.owner);
    io.maybe("group", component.group);
}

void describe(auto& io, Of<RightsAnswer> auto& answer)
{
    io.must("allowed", answer.allowed);
    io.must("rule", answer.rule);
    io.maybe("entry", answer.entry);
    io.always("mask_took_it", answer.maskTookIt);
    io.always("list_ignored", answer.listIgnored);
}

void describe(auto& io, Of<IdRange> auto& range)
{
    io.must("inside", range.inside);
    io.must("outside", range.outside);
    io.must("count", range.count);
}

void describe(auto& io, Of<Confinement> auto& confinement)
{
    io.unlessEmpty("flatpak", confinement.flatpak);
    io.unlessEmpty("flatpak_file_systems", confinement.flatpakFileSystems);
    io.unlessEmpty("snap", confinement.snap);
    io.unlessEmpty("container", confinement.container);
    io.unlessEmpty("systemd_service", confinement.systemdService);
    io.unlessEmpty("users_service", confinement.isUsersService);
    io.always("immutable_system", confinement.immutableSystem);
    io.maybe("root_read_only", confinement.rootIsReadOnly);
    io.unlessEmpty("root_file_system", confinement.rootFileSystem);
    io.maybe("own_mount_namespace", confinement.ownMountNamespace);
    io.unlessEmpty("user_map", confinement.userMap);
    io.unlessEmpty("group_map", confinement.groupMap);
    io.maybe("overflow_uid", confinement.overflowUid);
    io.maybe("no_new_privileges", confinement.noNewPrivileges);
    io.maybe("seccomp", confinement.seccomp);
    io.maybe("capabilities", confinement.capabilities);
    io.unlessEmpty("security_label", confinement.securityLabel);
    io.unlessEmpty("security_module", confinement.securityModule);
    io.maybe("selinux_enforcing", confinement.selinuxEnforcing);
    if constexpr (std::remove_reference_t<decltype(io)>::kReads) {
        if (confinement.seccomp.value_or(0) > 2)
            confinement.seccomp.reset();
    }
}

void describe(auto& io, Of<LimitFacts> auto& limits)
{
    io.maybe("file_size_bytes", limits.fileSizeBytes);
    io.maybe("open_files", limits.openFiles);
    io.maybe("open_files_now", limits.openFilesNow);
    io.maybe("system_open_files", limits.systemOpenFiles);
    io.maybe("system_most_open_files", limits.systemMostOpenFiles);
    io.maybe("memory_available_bytes", limits.memoryAvailableBytes);
}

void describe(auto& io, Of<FileSystemSpace> auto& space)
{
    const bool isSizeKnown = space.isSizeKnown();
    const bool isInodeCountKnown = space.isInodeCountKnown();
    io.always("type", space.type);
    io.always("block_bytes", space.blockSize);
    io.known("total_bytes", space.totalBytes, isSizeKnown, nullptr);
    io.known("free_bytes", space.freeBytes, isSizeKnown, nullptr);
    io.known("available_bytes", space.availableBytes, isSizeKnown, nullptr);
    io.known("total_inodes", space.totalInodes, isInodeCountKnown, 0U);
    io.known("free_inodes", space.freeInodes, isInodeCountKnown, 0U);
    io.always("longest_name", space.nameMax);
    io.always("read_only", space.readOnly);
    io.always("no_exec", space.noExec);
    io.always("no_suid", space.noSuid);
}

void describe(auto& io, Of<DeviceFacts> auto& device)
{
    io.must("number", device.number);
    io.unlessEmpty("name", device.name);
    io.always("present", device.present);
    io.maybe("read_only", device.readOnly);
    io.maybe("removable", device.removable);
    io.maybe("rotational", device.rotational);
    io.unlessEmpty("transport", device.transport);
    io.unlessEmpty("vendor", device.vendor);
    io.unlessEmpty("model", device.model);
    io.unlessEmpty("label", device.label);
    io.unlessEmpty("uuid", device.uuid);
    io.always("loop", device.loop);
    io.maybe("ext4_errors", device.ext4Errors);
}

void describe(auto& io, Of<Quota> auto& quota)
{
    io.must("kind", quota.kind);
    io.must("id", quota.id);
    io.always("used_bytes", quota.usedBytes);
    io.always("soft_bytes", quota.softBytes);
    io.always("hard_bytes", quota.hardBytes);
    io.always("used_files", quota.usedFiles);
    io.always("soft_files", quota.softFiles);
    io.always("hard_files", quota.hardFiles);
    io.always("bytes_grace_ends", quota.bytesGraceEnds);
    io.always("files_grace_ends", quota.filesGraceEnds);
}

void describe(auto& io, Of<QuotaFacts> auto& quota)
{
    io.always("quotas", quota.quotas);
    io.maybe("project", quota.project);
    io.always("project_is_inherited", quota.projectIsInherited);
    io.maybe("mount_total_bytes", quota.mountTotalBytes);
}

void describe(auto& io, Of<RawAttribute> auto& attribute)
{
    io.must("name", attribute.name);
    io.base64("base64", attribute.value);
}

void describe(auto& io, Of<QgroupLimit> auto& limit)
{
    io.must("level", limit.level);
    io.must("id", limit.id);
    io.always("used_bytes", limit.usedBytes);
    io.always("limit_bytes", limit.limitBytes);
}

void describe(auto& io, Of<OverlayLayer> auto& layer)
{
    io.must("upper", layer.upper);
    io.always("work", layer.work);
    io.maybe("upper_is_there", layer.upperIsThere);
    io.maybe("work_is_there", layer.workIsThere);
    io.maybe("read_only_mount", layer.readOnlyMount);
}

void describe(auto& io, Of<FileSystemState> auto& state)
{
    io.maybe("subvolume_read_only", state.subvolumeReadOnly);
    io.maybeUnlessEmpty("subvolume", state.subvolume);
    io.maybe("subvolume_received", state.subvolumeReceived);
    io.maybe("helper_asked_read_only", state.helperAskedReadOnly);
    io.maybe("metadata_used_bytes", state.metadataUsedBytes);
    io.maybe("metadata_total_bytes", state.metadataTotalBytes);
    io.maybe("metadata_reserved_bytes", state.metadataReservedBytes);
    io.maybe("unallocated_bytes", state.unallocatedBytes);
    io.maybe("btrfs_device_errors", state.btrfsDeviceErrors);
    io.unlessEmpty("ntfs_3g", state.isNtfs3g);
    io.unlessEmpty("hibernation_file", state.hasHibernationFile);
    io.unlessEmpty("server_lists", state.serverLists);
    io.maybeUnlessEmpty("security_context", state.securityContext);
    io.maybe("fuse_owner", state.fuseOwner);
    io.maybe("ext4_errors", state.ext4Errors);
    io.unlessEmpty("ext4_last_error_function", state.ext4LastErrorFunction);
    io.maybeUnlessEmpty("file_system_on_device", state.fileSystemOnDevice);
    io.maybe("subvolume_id", state.subvolumeId);
    io.unlessEmpty("full_qgroups", state.fullQgroups);
    io.maybe("pool_minimum_free_bytes", state.poolMinimumFree);
    io.maybe("overlay_layer", state.overlayLayer);
}

void describe(auto& io, Of<UnmountedVolume> auto& volume)
{
    io.must("device", volume.device);
    io.unlessEmpty("label", volume.label);
    io.unlessEmpty("uuid", volume.uuid);
    io.unlessEmpty("file_system", volume.fileSystem);
    io.always("has_holders", volume.hasHolders);
}

void describe(auto& io, Of<FileTarget> auto& file)
{
    io.must("name", file.name);
    io.maybe("uid", file.owner);
    io.maybe("owner", file.ownerName);
    io.always("immutable", file.isImmutable);
    io.always("append_only", file.isAppendOnly);
    io.always("swap", file.isSwapFile);
    io.maybe("running_program", file.runningProgram);
    io.always("mount_point", file.isMountPoint);
    io.always("other_mount", file.isOnOtherMount);
    io.maybe("protected_regular", file.protectedRegular);
    io.always("regular", file.isRegular);
    io.access("access", file.accessCode);
    io.maybe("status", file.status);
}

void describe(auto& io, Of<Mount> auto& mount)
{
    io.always("id", mount.id);
    io.always("parent_id", mount.parentId);
    io.always("device", mount.device);
    io.always("root", mount.root);
    io.must("point", mount.mountPoint);
    io.always("options", mount.options);
    io.always("file_system", mount.fileSystem);
    io.always("source", mount.source);
    io.always("super_options", mount.superOptions);
    io.must("kind", mount.kind);
}

void describe(auto& io, Of<LinkChain> auto& links)
{
    io.always("followed", links.links);
    io.maybe("circle", links.circle);
    io.maybe("end", links.end);
}

/// Who asks, and what may be done in the folder.
void describeRights(auto& io, Of<Facts> auto& facts)
{
    io.access("access", facts.accessCode);
    io.must("uid", facts.user.uid);
    io.must("gid", facts.user.gid);
    io.must("groups", facts.user.groups);
    io.unlessEmpty("user", facts.user.name);
    io.unlessEmpty("sudo_caller", facts.user.sudoCaller);
    io.maybe("account_groups", facts.user.accountGroups);
    io.maybe("access_list", facts.hasAccessList);
    io.maybe("default_access_list", facts.hasDefaultList);
    io.unlessEmpty("list", facts.accessList);
    io.unlessEmpty("default_list", facts.defaultList);
    io.unlessEmpty("list_is_broken", facts.accessListIsBroken);
    io.maybe("computed", facts.rights);
    io.maybe("folder", facts.folder);
    io.maybe("owner", facts.owner);
    io.maybe("group", facts.group);
}

void describe(auto& io, Of<Facts> auto& facts)
{
    io.extended("mount", facts.mount, [&](auto& mount) {
        mount.always("by_text", facts.mountByText);
        mount.always("mounts_at_point", facts.mountsAtPoint);
    });
    io.maybe("unmounted_point", facts.unmountedPoint);
    io.unlessEmpty("unmounted_for_users", facts.unmountedForUsers);
    io.maybe("unmounted_device_there", facts.unmountedDeviceThere);
    io.unlessEmpty("expected_read_only", facts.expectedReadOnly);
    io.maybe("space", facts.space);
    io.must("path", facts.path);
    io.object("rights", [&](auto& rights) { describeRights(rights, facts); });
    io.maybe("device", facts.device);
    io.always("confinement", facts.confinement);
    io.maybe("file", facts.file);
    io.unlessEmpty("deep", facts.isDeep);
    if (!io.kReads && !facts.isDeep)
        return;
    io.maybe("is_empty", facts.isEmpty);
    io.unlessEmpty("group_is_personal", facts.groupIsPersonal);
    io.always("limits", facts.limits);
    io.always("quota", facts.quota);
    io.always("state", facts.state);
    io.always("unmounted_volumes", facts.unmountedVolumes);
    io.maybe("links", facts.links);
    io.always("mounts_on_path", facts.mountsOnPath);
}

template <typename T>
Result<T> readAs(const Json& json)
{
    T value;
    JsonReader reader(json);
    describe(reader, value);
    if (reader.misfit() != nullptr)
        return fail(ErrorKind::ParseFacts, {}, 0,
                    std::string("missing, too long, or of a wrong kind: ") + reader.misfit());
    return value;
}

} // namespace

void writeJson(JsonText& json, const Mount& mount)
{
    JsonWriter(json).object(mount);
}

void writeJson(JsonText& json, const Facts& facts)
{
    JsonWriter(json).object(facts);
}

Result<Facts> factsFromJson(const Json& json)
{
    return readAs<Facts>(json);
}

} // namespace scratchproof
