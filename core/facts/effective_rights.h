// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace scratchproof {

/// Whether somebody would be able to create files in a folder.
enum class RightsVerdict : std::uint8_t { Yes, No, Unknown };

/// "yes", "no", "unknown".
[[nodiscard]] std::string_view toString(RightsVerdict verdict);
[[nodiscard]] std::optional<RightsVerdict> rightsVerdictFromString(std::string_view text);

/// What decided.
enum class RightsReason : std::uint8_t {
    Granted,
    AppendOnly, // too, and what is created can never be removed
    // no
    Search,          // a folder on the way may not be passed through
    Write,           // the folder may not be written to
    Missing,         // a name on the way is not there
    Dangling,        // a link on the way leads to nothing
    LinkLoop,        // too many links
    LinkProtected,   // fs.protected_symlinks: somebody else's link in a sticky folder
    LinkNotFollowed, // the mount is nosymfollow
    NotAFolder,      // a file is on the way, or at its end
    TooLong,         // a name or the path
    MountReadOnly,   // the mount's flag
    FileSystemReadOnly,
    SubvolumeReadOnly, // btrfs
    Immutable,
    PrivateFuse, // a FUSE mount without allow_other that belongs to somebody else
    Pseudo,
    // unknown
    Server,  // a server decides
    Program, // a FUSE file system that does not leave it to the kernel
    Mapping, // an idmapped mount: whether the user has a number there cannot be seen
    Hidden,  // a folder on the way may not be looked into by this process
    Unseen,  // a look failed: see errorCode
    Stopped,
};

struct EffectiveRights
{
    RightsVerdict verdict = RightsVerdict::Unknown;
    RightsReason reason = RightsReason::Unseen;
    Path component; // the folder, link or name that decided; with links resolved. With Granted the folder itself
    std::optional<FileStatus> status;   // of the component, where it was seen
    AccessList list;                    // of the component, with names
    std::optional<RightsAnswer> answer; // of Search, Write and Granted
    std::optional<Mount> mount;         // that the component is on
    std::optional<std::string> owner;
    std::optional<std::string> group;
    std::optional<std::string> mountOwner; // of PrivateFuse
    bool groupIsPersonal = false;          // one user's own: nobody else is to join it
    std::optional<Path> unmountedPoint;    // a place of /etc/fstab that it is at or below, and nothing is mounted on
    std::optional<Path> linkTarget;        // of Dangling, LinkLoop, LinkProtected, LinkNotFollowed
    int errorCode = 0;
};

/// Somebody as the user database has them, with the groups that a session begun now would have.
struct Subject
{
    std::string name;
    Credentials credentials;
};

/// Of a name, or of a number where no name is it. An Error ("unknown-user") where there is nobody of that name or
/// number, or the groups cannot be found out. Root is taken to have its capabilities. May ask a directory server.
[[nodiscard]] Result<Subject> findSubject(System& system, const std::string& nameOrNumber);

/// Whether `who` could create a file in `folder` (absolute), as the kernel would decide it: every folder on the way,
/// links resolved as it does, mounts, attributes, rights and access lists. Nothing is tried: the answer is computed
/// from what this process may see. `mounts` is up to date. Room, quotas, limits and security modules are not looked at.
/// Blocks as long as the file systems on the way do: for a prober only.
[[nodiscard]] EffectiveRights computeRights(System& system, const MountTable& mounts, const Path& folder,
                                            const Credentials& who, NameCache& names, const std::stop_token& stop = {});

} // namespace scratchproof
