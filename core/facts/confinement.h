// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// One line of /proc/PID/uid_map or gid_map (user_namespaces(7)).
struct IdRange
{
    std::uint32_t inside = 0;
    std::uint32_t outside = 0;
    std::uint32_t count = 0;
    friend bool operator==(const IdRange&, const IdRange&) = default;
};

/// What holds this process itself back: it would falsify every answer about a folder. The same for all folders that one
/// process checks.
struct Confinement
{
    std::string flatpak;                         // application id of /.flatpak-info; empty: not in one
    std::vector<std::string> flatpakFileSystems; // [Context] filesystems
    std::string snap;                            // name, of the security label "snap.NAME.APP"
    std::string container;                       // "docker", "podman", "lxc", "systemd-nspawn", "oci"; empty: none seen
    std::string systemdService;                  // unit of /proc/self/cgroup, "backup.service"; empty: none
    bool isUsersService = false;                 // it is one of a user's own manager, "systemctl --user"
    bool immutableSystem = false;                // /run/ostree-booted, or an os-release known for it
    std::optional<bool> rootIsReadOnly;          // the mount of "/" (field 6)
    std::string rootFileSystem;                  // its type
    std::optional<bool> ownMountNamespace;       // another mount namespace than process 1's; nothing: may not be seen
    std::vector<IdRange> userMap;                // empty: could not be read
    std::vector<IdRange> groupMap;
    std::optional<std::uint32_t> overflowUid; // /proc/sys/kernel/overflowuid
    std::optional<bool> noNewPrivileges;
    std::optional<unsigned> seccomp;           // 0 off, 1 strict, 2 filter
    std::optional<std::uint64_t> capabilities; // effective
    std::string securityLabel;  // /proc/self/attr/current (AppArmor profile, SELinux context); empty: none
    std::string securityModule; // "selinux", "apparmor", "smack"; of /sys/kernel/security/lsm or what is mounted
    std::optional<bool> selinuxEnforcing;

    /// All ids are mapped to themselves, as in the initial user namespace; true where that is not known.
    [[nodiscard]] bool isInitialUserNamespace() const;
    /// CAP_DAC_OVERRIDE is effective; nothing where that is not known.
    [[nodiscard]] std::optional<bool> overridesPermissions() const;
};

class MountTable;

/// Reads it all from /proc, /sys and /run; what cannot be read stays absent. Asks no server and no folder of a user.
/// What is said of "/" is taken from `mounts`.
[[nodiscard]] Confinement readConfinement(System& system, const MountTable* mounts = nullptr);

} // namespace scratchproof
