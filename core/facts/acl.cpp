// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/acl.h"

#include "core/base/enum_names.h"

#include <acl/libacl.h>
#include <fmt/format.h>
#include <sys/acl.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

constexpr EnumNames<AclTag::Other> kTags({"user-obj", "user", "group-obj", "group", "mask", "other"});

struct AclDeleter
{
    void operator()(void* object) const { acl_free(object); }
};
using Acl = std::unique_ptr<std::remove_pointer_t<acl_t>, AclDeleter>;

std::optional<AclTag> tagFrom(acl_tag_t tag)
{
    switch (tag) {
    case ACL_USER_OBJ:
        return AclTag::OwnerUser;
    case ACL_USER:
        return AclTag::NamedUser;
    case ACL_GROUP_OBJ:
        return AclTag::OwningGroup;
    case ACL_GROUP:
        return AclTag::NamedGroup;
    case ACL_MASK:
        return AclTag::Mask;
    case ACL_OTHER:
        return AclTag::Other;
    default:
        return std::nullopt;
    }
}

std::optional<AclEntry> entryFrom(acl_entry_t raw)
{
    acl_tag_t tag = ACL_UNDEFINED_TAG;
    acl_permset_t permissions = nullptr;
    if (acl_get_tag_type(raw, &tag) != 0 || acl_get_permset(raw, &permissions) != 0)
        return std::nullopt;
    const auto known = tagFrom(tag);
    if (!known)
        return std::nullopt;
    AclEntry entry;
    entry.tag = *known;
    if (tag == ACL_USER || tag == ACL_GROUP) {
        const std::unique_ptr<void, AclDeleter> id(acl_get_qualifier(raw));
        if (!id)
            return std::nullopt;
        entry.id = *static_cast<const id_t*>(id.get());
    }
    entry.permissions = (acl_get_perm(permissions, ACL_READ) == 1 ? 4U : 0U) |
                        (acl_get_perm(permissions, ACL_WRITE) == 1 ? 2U : 0U) |
                        (acl_get_perm(permissions, ACL_EXECUTE) == 1 ? 1U : 0U);
    return entry;
}

} // namespace

std::string_view toString(AclTag tag)
{
    return kTags.nameOf(tag);
}

std::optional<AclTag> aclTagFromString(std::string_view text)
{
    return kTags.valueOf(text);
}

Result<AccessList> readAccessList(int fd, AclKind kind)
{
    const std::string path = fmt::format("/proc/self/fd/{}", fd);
    const Acl acl(acl_get_file(path.c_str(), kind == AclKind::Access ? ACL_TYPE_ACCESS : ACL_TYPE_DEFAULT));
    if (!acl) {
        if (errno == ENOTSUP || errno == ENODATA)
            return AccessList();
        return fail("acl_get_file", {}, errno);
    }
    // Where there is no list libacl makes one up of the mode.
    if (kind == AclKind::Access && acl_equiv_mode(acl.get(), nullptr) == 0)
        return AccessList();
    AccessList list;
    acl_entry_t raw = nullptr;
    for (int which = ACL_FIRST_ENTRY; acl_get_entry(acl.get(), which, &raw) == 1; which = ACL_NEXT_ENTRY) {
        auto entry = entryFrom(raw);
        if (!entry)
            return fail("acl_get_entry", {}, EINVAL, "an entry of the access list is of no known kind");
        list.push_back(std::move(*entry));
    }
    return list;
}

std::string toText(const AclEntry& entry)
{
    static constexpr std::array<const char*, 6> kWords = {"user", "user", "group", "group", "mask", "other"};
    std::string who;
    if (entry.tag == AclTag::NamedUser || entry.tag == AclTag::NamedGroup)
        who = entry.name.value_or(std::to_string(entry.id));
    return fmt::format("{}:{}:{}{}{}", kWords.at(static_cast<std::size_t>(entry.tag)), who,
                       (entry.permissions & 4U) != 0 ? 'r' : '-', (entry.permissions & 2U) != 0 ? 'w' : '-',
                       (entry.permissions & 1U) != 0 ? 'x' : '-');
}

} // namespace scratchproof
