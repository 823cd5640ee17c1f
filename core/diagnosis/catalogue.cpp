// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/catalogue.h"

#include "core/base/edit_distance.h"
#include "core/diagnosis/words.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr CatalogueSection kSections[] = {
    {"path", "The path",
     "What stands between the top of the system and the folder, and whether the folder is what it seems to be."},
    {"permissions", "Permissions and owners",
     "Who may write is decided by owner, group, mode and access list, in this order, and for every folder on the way."},
    {"read-only", "Read-only file systems",
     "Where nobody may write, whatever the permissions say. Several flags can say so, and some of them lie."},
    {"marks", "Marks and locks on files", "Attributes that stand above permissions, and files that are in use."},
    {"confinement", "This program is held back",
     "Sandboxes, containers and services see other rights than the same user in a terminal does."},
    {"security", "Security modules and scanners", "They refuse what the permissions allow, and mostly without a word."},
    {"space", "Space and quotas",
     "No room left, or none left for you. Some of it shows only when data is flushed to the drive."},
    {"changes", "Renaming and deleting", "Storing works, and taking away or moving does not."},
    {"network", "Network shares", "The server decides, and what stands in the permissions here may mean nothing."},
    {"fuse", "FUSE, phones, clouds and virtual machines", "File systems that are programs."},
    {"device", "Drives that fail, hang or are slow", "The hardware, and what it takes with it."},
    {"abilities", "What a folder is not able to do", "Limits that stop some programs, and no others."},
    {"system", "The system itself", "Limits of the program or of the computer; and what has no explanation."},
    {"rights", "Whether somebody else would be able to write",
     "What the command rights answers: computed, and not tried."},
    {"no-answer", "When there is no answer, or only half of one",
     "These say something about the check, and nothing about the folder."},
};

constexpr CatalogueRow kRows[] = {
    {"path-missing", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"path-dangling-symlink", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"path-symlink-loop", "path", "open-folder", Shows::Fails, "ELOOP"},
    {"path-nosymfollow", "path", "open-folder", Shows::Fails, "ELOOP"},
    {"path-not-directory", "path", "open-folder", Shows::Fails, "ENOTDIR"},
    {"path-too-long", "path", "open-folder", Shows::Fails, "ENAMETOOLONG"},
    {"parent-no-search", "path", "open-folder", Shows::Fails, "EACCES"},
    {"parent-owner-locked-out", "path", "open-folder", Shows::Fails, "EACCES"},
    {"folder-deleted-underneath", "path", "create-file", Shows::Fails, "ENOENT"},
    {"ghost-mountpoint", "path", "create-file", Shows::Fails, "EACCES"},
    {"overmounted", "path", "create-file", Shows::Fails, "EROFS"},
    {"automount-unreachable", "path", "open-folder", Shows::Fails, "ENOENT EHOSTDOWN ETIMEDOUT ENODEV"},
    {"volume-locked", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"volume-not-mounted", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"pseudo-filesystem", "path", "create-file", Shows::Fails, "EACCES ENOENT EPERM"},
    {"path-empty", "path", "open-folder", Shows::Fails, "ENOENT"},
    {"path-invalid", "path", "open-folder", Shows::Fails, ""},
    {"mount-changed", "path", "any", Shows::Fails, ""},
    {"mode-not-writable", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"mode-owner-lacks-write", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"owner-class-excludes", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"dir-write-without-search", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"dir-write-only-dropbox", "permissions", "open-folder", Shows::Fails, "EACCES"},
    {"group-not-active-in-session", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"group-missing", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"acl-mask-limits", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"acl-named-user-denied", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"acl-group-match-no-fallback", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"acl-mask-zero-ignored", "permissions", "", Shows::Passes, ""},
    {"default-acl-unreadable-new-file", "permissions", "read-back", Shows::Fails, "EACCES"},
    {"nfs4-acl-denied", "permissions", "create-file delete-file rename", Shows::Fails, "EACCES"},
    {"root-without-capability", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"sticky-delete-others", "permissions", "delete-file rename", Shows::Fails, "EPERM"},
    {"protected-regular", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"fresh-ext4-owned-by-root", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"lost-and-found", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"foreign-uid-owner", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"media-dir-of-other-user", "permissions", "open-folder", Shows::Fails, "EACCES"},
    {"system-folder", "permissions", "create-file open-folder", Shows::Fails, "EACCES"},
    {"root-home", "permissions", "open-folder create-file", Shows::Fails, "EACCES"},
    {"fat-mounted-for-root", "permissions", "create-file", Shows::Fails, "EACCES"},
    {"mount-readonly-flag", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"superblock-readonly", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"fs-type-readonly", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"hybrid-iso-stick", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"overlay-without-upper", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"ext4-emergency-ro", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"ext4-remounted-ro", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"btrfs-ro-subvolume", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"btrfs-forced-readonly", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"device-write-protected", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"flash-worn-out", "read-only", "create-file sync", Shows::Fails, "EROFS"},
    {"ntfs-hibernated", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"ntfs3-dirty", "read-only", "open-folder", Shows::Fails, "EROFS"},
    {"fat-exfat-errors-ro", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"hfsplus-journaled", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"apfs-readonly", "read-only", "create-file", Shows::Fails, "EROFS EPERM"},
    {"zfs-readonly", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"journal-noload", "read-only", "create-file", Shows::Fails, "EROFS"},
    {"dir-immutable", "marks", "create-directory create-file", Shows::Fails, "EPERM"},
    {"dir-append-only", "marks", "delete-file rename", Shows::Fails, "EPERM"},
    {"file-immutable", "marks", "delete-file rename", Shows::Fails, "EPERM"},
    {"ecryptfs-locked", "marks", "create-file", Shows::Fails, "EACCES"},
    {"fscrypt-no-key", "marks", "create-file", Shows::Fails, "ENOKEY"},
    {"text-file-busy", "marks", "", Shows::Fails, "ETXTBSY"},
    {"swapfile-busy", "marks", "delete-file", Shows::Fails, "ETXTBSY EPERM"},
    {"systemd-protectsystem", "confinement", "create-file", Shows::Fails, "EROFS"},
    {"sandbox-ro-bind", "confinement", "create-file", Shows::Fails, "EROFS"},
    {"flatpak-no-filesystem-permission", "confinement", "create-file open-folder", Shows::Fails, "ENOENT EROFS EACCES"},
    {"snap-removable-media", "confinement", "create-file open-folder", Shows::Fails, "EACCES"},
    {"container-readonly-rootfs", "confinement", "create-file", Shows::Fails, "EROFS"},
    {"package-store", "confinement", "create-file", Shows::Fails, "EROFS EACCES"},
    {"container-selinux-label", "confinement", "create-file", Shows::Fails, "EACCES"},
    {"immutable-os", "confinement", "create-file", Shows::Fails, "EROFS EPERM"},
    {"userns-root-not-real-root", "confinement", "create-file", Shows::Fails, "EACCES"},
    {"idmapped-unmapped-user", "confinement", "create-file", Shows::Fails, "EOVERFLOW"},
    {"container-uid-mismatch", "confinement", "create-file", Shows::Fails, "EACCES"},
    {"selinux-denied", "security", "create-file", Shows::Fails, "EACCES"},
    {"apparmor-denied", "security", "create-file", Shows::Fails, "EACCES"},
    {"landlock-sandbox", "security", "create-file", Shows::Fails, "EACCES"},
    {"seccomp-filter", "security", "any", Shows::Fails, "EPERM ENOSYS"},
    {"fanotify-scanner-deny", "security", "create-file", Shows::Fails, "EPERM"},
    {"fanotify-scanner-hang", "security", "any", Shows::Hangs, ""},
    {"disk-full", "space", "write", Shows::Fails, "ENOSPC"},
    {"reserved-blocks", "space", "write", Shows::Fails, "ENOSPC"},
    {"inodes-exhausted", "space", "create-directory create-file", Shows::Fails, "ENOSPC"},
    {"user-quota-blocks", "space", "sync write", Shows::Fails, "EDQUOT"},
    {"user-quota-inodes", "space", "create-file", Shows::Fails, "EDQUOT"},
    {"quota-grace-expired", "space", "write", Shows::Fails, "EDQUOT"},
    {"group-quota", "space", "write", Shows::Fails, "EDQUOT"},
    {"project-quota", "space", "write", Shows::Fails, "EDQUOT ENOSPC"},
    {"btrfs-qgroup-limit", "space", "rename write", Shows::Fails, "EDQUOT"},
    {"btrfs-metadata-full", "space", "create-file write", Shows::Fails, "ENOSPC"},
    {"thin-backing-full", "space", "sync", Shows::Fails, "ENOSPC"},
    {"late-writeback-error", "space", "sync", Shows::Fails, "EIO ENOSPC EDQUOT"},
    {"tmpfs-limit", "space", "write", Shows::Fails, "ENOSPC"},
    {"dir-index-full", "space", "create-file", Shows::Fails, "ENOSPC"},
    {"zfs-quota-or-full", "space", "write", Shows::Fails, "EDQUOT ENOSPC"},
    {"rlimit-fsize", "space", "write", Shows::Fails, "EFBIG"},
    {"nearly-full", "space", "", Shows::Passes, ""},
    {"too-many-links", "changes", "create-directory", Shows::Fails, "EMLINK"},
    {"rename-across-mounts", "changes", "rename", Shows::Fails, "EXDEV"},
    {"mountpoint-busy", "changes", "delete-directory rename", Shows::Fails, "EBUSY"},
    {"delete-denied-by-server", "changes", "delete-file rename", Shows::Fails, "EPERM EACCES"},
    {"rmdir-hidden-leftovers", "changes", "delete-directory", Shows::Fails, "ENOTEMPTY"},
    {"file-open-on-server", "changes", "delete-file rename", Shows::Fails, "EBUSY ETXTBSY EACCES"},
    {"trash-not-possible", "changes", "", Shows::Fails, "EACCES EOPNOTSUPP"},
    {"name-stays-after-delete", "changes", "delete-file", Shows::Differs, ""},
    {"probe-leftover-stays", "changes", "delete-file", Shows::Fails, ""},
    {"nfs-root-squash", "network", "create-file", Shows::Fails, "EACCES"},
    {"nfs-uid-mismatch", "network", "create-file", Shows::Fails, "EACCES"},
    {"nfs-export-readonly", "network", "create-file", Shows::Fails, "EROFS"},
    {"nfs-stale-handle", "network", "any", Shows::Fails, "ESTALE"},
    {"nfs-server-gone", "network", "any", Shows::Hangs, ""},
    {"nfs-kerberos-expired", "network", "create-file open-folder", Shows::Fails, "EACCES EKEYEXPIRED"},
    {"cifs-local-mode-check", "network", "create-file", Shows::Fails, "EACCES"},
    {"cifs-server-denied", "network", "create-file", Shows::Fails, "EACCES"},
    {"cifs-wrong-account", "network", "create-file", Shows::Fails, "EACCES"},
    {"cifs-session-lost", "network", "any", Shows::Fails,
     "EHOSTDOWN EHOSTUNREACH ENETUNREACH ENETDOWN ECONNRESET ECONNREFUSED ECONNABORTED ENOTCONN EAGAIN EIO"},
    {"network-readonly-share-mode", "network", "create-file", Shows::Fails, "EROFS EACCES EPERM"},
    {"fuse-other-user", "fuse", "open-folder", Shows::Fails, "EACCES"},
    {"fuse-daemon-dead", "fuse", "any", Shows::Fails, "ENOTCONN"},
    {"fuse-daemon-hung", "fuse", "any", Shows::Hangs, ""},
    {"fuse-policy", "fuse", "create-file delete-file rename", Shows::Fails, "EPERM EACCES ENOSYS"},
    {"gvfs-path", "fuse", "create-file rename", Shows::Fails, "EOPNOTSUPP EINVAL"},
    {"mtp-phone", "fuse", "create-file rename", Shows::Fails, "EOPNOTSUPP"},
    {"cloud-mount-offline", "fuse", "create-file sync", Shows::Fails, "ETIMEDOUT"},
    {"vboxsf-group", "fuse", "open-folder", Shows::Fails, "EACCES"},
    {"wsl-windows-drive", "fuse", "create-file", Shows::Fails, "EACCES EPERM EROFS"},
    {"chromeos-not-shared", "fuse", "open-folder", Shows::Fails, "ENOENT"},
    {"virtiofs-9p-host", "fuse", "create-file", Shows::Fails, "EACCES EPERM EROFS"},
    {"ext4-errors-continue", "device", "", Shows::Passes, ""},
    {"fs-shutdown", "device", "any", Shows::Fails, "EIO"},
    {"device-unplugged", "device", "any", Shows::Fails, "ENODEV ENXIO ENOMEDIUM"},
    {"device-io-error", "device", "read-back sync write", Shows::Fails, "EIO EUCLEAN EBADMSG EREMOTEIO"},
    {"fs-frozen", "device", "any", Shows::Hangs, ""},
    {"device-slow", "device", "any", Shows::Slow, ""},
    {"fake-capacity", "device", "read-back", Shows::Differs, ""},
    {"read-back-mismatch-cache", "device", "read-back", Shows::Differs, ""},
    {"slow-create", "device", "create-file", Shows::Slow, ""},
    {"slow-step", "device", "any", Shows::Slow, ""},
    {"not-responding", "device", "any", Shows::Hangs, ""},
    {"fat-4gib-limit", "abilities", "", Shows::Fails, "EFBIG"},
    {"fs-max-file-size", "abilities", "", Shows::Fails, "EFBIG"},
    {"name-too-long", "abilities", "", Shows::Fails, "ENAMETOOLONG"},
    {"encrypted-name-limit", "abilities", "", Shows::Fails, "ENAMETOOLONG"},
    {"illegal-characters", "abilities", "", Shows::Fails, "EINVAL ENOENT EPERM"},
    {"trailing-dot-or-space", "abilities", "", Shows::Fails, "EINVAL"},
    {"ntfs-names-windows-cannot-read", "abilities", "", Shows::Passes, ""},
    {"case-collision", "abilities", "", Shows::Fails, "EEXIST"},
    {"invalid-encoding", "abilities", "", Shows::Fails, "EILSEQ EINVAL"},
    {"chmod-has-no-effect", "abilities", "", Shows::Fails, "EPERM"},
    {"locks-unsupported", "abilities", "", Shows::Fails, "ENOLCK EOPNOTSUPP"},
    {"symlink-or-special-unsupported", "abilities", "", Shows::Fails, "EPERM EOPNOTSUPP"},
    {"noexec-mount", "abilities", "", Shows::Fails, "EACCES"},
    {"process-fd-limit", "system", "create-file", Shows::Fails, "EMFILE"},
    {"system-fd-limit", "system", "create-file", Shows::Fails, "ENFILE"},
    {"out-of-memory", "system", "any", Shows::Fails, "ENOMEM"},
    {"fsync-unsupported", "system", "sync", Shows::Fails, "EINVAL ENOSYS EOPNOTSUPP"},
    {"probe-leftover-name-taken", "system", "create-file", Shows::Fails, "EEXIST"},
    {"unknown", "system", "any", Shows::Fails, ""},
    {"rights-granted", "rights", "", Shows::Passes, ""},
    {"rights-parent-no-search", "rights", "", Shows::Fails, ""},
    {"rights-system-folder", "rights", "", Shows::Fails, ""},
    {"rights-root-home", "rights", "", Shows::Fails, ""},
    {"rights-mode-not-writable", "rights", "", Shows::Fails, ""},
    {"rights-mode-owner-lacks-write", "rights", "", Shows::Fails, ""},
    {"rights-owner-class-excludes", "rights", "", Shows::Fails, ""},
    {"rights-dir-write-without-search", "rights", "", Shows::Fails, ""},
    {"rights-group-missing", "rights", "", Shows::Fails, ""},
    {"rights-acl-mask-limits", "rights", "", Shows::Fails, ""},
    {"rights-acl-named-user-denied", "rights", "", Shows::Fails, ""},
    {"rights-acl-group-match-no-fallback", "rights", "", Shows::Fails, ""},
    {"rights-fat-mounted-for-root", "rights", "", Shows::Fails, ""},
    {"rights-cifs-local-mode-check", "rights", "", Shows::Fails, ""},
    {"rights-fuse-other-user", "rights", "", Shows::Fails, ""},
    {"rights-dir-append-only", "rights", "", Shows::Fails, ""},
    {"rights-link-protected", "rights", "", Shows::Fails, ""},
    {"rights-ghost-mountpoint", "rights", "", Shows::Fails, ""},
    {"rights-unknown-server", "rights", "", Shows::Fails, ""},
    {"rights-unknown-program", "rights", "", Shows::Fails, ""},
    {"rights-unknown-mapping", "rights", "", Shows::Fails, ""},
    {"rights-unknown-hidden", "rights", "", Shows::Fails, ""},
    {"rights-unknown-error", "rights", "", Shows::Fails, ""},
    {"rights-grant-search", "rights", "", Shows::Fails, ""},
    {"rights-grant-write", "rights", "", Shows::Fails, ""},
    {"rights-owner-chmod", "rights", "", Shows::Fails, ""},
    {"rights-raise-mask", "rights", "", Shows::Fails, ""},
    {"rights-join-group", "rights", "", Shows::Fails, ""},
    {"rights-mount-for", "rights", "", Shows::Fails, ""},
    {"rights-allow-other", "rights", "", Shows::Fails, ""},
    {"rights-use-real-path", "rights", "", Shows::Fails, ""},
    {"rights-ask-as-admin", "rights", "", Shows::Fails, ""},
    {"rights-check-as", "rights", "", Shows::Fails, ""},
    {"root-answer-only", "no-answer", "", Shows::Passes, ""},
    {"cancelled", "no-answer", "", Shows::Passes, ""},
    {"same-mount-not-responding", "no-answer", "", Shows::Hangs, ""},
    {"still-stuck", "no-answer", "", Shows::Hangs, ""},
    {"probe-may-stay", "no-answer", "", Shows::Hangs, ""},
    {"prober-died", "no-answer", "", Shows::Fails, ""},
    {"prober-nonsense", "no-answer", "", Shows::Fails, ""},
    {"prober-start", "no-answer", "", Shows::Fails, ""},
    {"journal-not-responding", "no-answer", "", Shows::Passes, ""},
    {"as-user-unknown", "no-answer", "", Shows::Fails, ""},
    {"as-no-way", "no-answer", "", Shows::Fails, ""},
    {"as-password-needed", "no-answer", "", Shows::Fails, ""},
    {"as-not-allowed", "no-answer", "", Shows::Fails, ""},
    {"as-may-gain-nothing", "no-answer", "", Shows::Fails, ""},
    {"as-dismissed", "no-answer", "", Shows::Fails, ""},
    {"as-program-unreachable", "no-answer", "", Shows::Fails, ""},
    {"as-failed", "no-answer", "", Shows::Fails, ""},
    {"as-broke-off", "no-answer", "", Shows::Fails, ""},
    {"as-nonsense", "no-answer", "", Shows::Fails, ""},
    {"as-other-version", "no-answer", "", Shows::Fails, ""},
    {"as-silent", "no-answer", "", Shows::Hangs, ""},
    {"remote-no-client", "no-answer", "", Shows::Fails, ""},
    {"remote-host-unknown", "no-answer", "", Shows::Fails, ""},
    {"remote-refused", "no-answer", "", Shows::Fails, ""},
    {"remote-unreachable", "no-answer", "", Shows::Fails, ""},
    {"remote-key-unknown", "no-answer", "", Shows::Fails, ""},
    {"remote-key-changed", "no-answer", "", Shows::Fails, ""},
    {"remote-not-allowed", "no-answer", "", Shows::Fails, ""},
    {"remote-program-missing", "no-answer", "", Shows::Fails, ""},
    {"remote-other-version", "no-answer", "", Shows::Fails, ""},
    {"remote-failed", "no-answer", "", Shows::Fails, ""},
    {"remote-broke-off", "no-answer", "", Shows::Fails, ""},
    {"remote-greeting", "no-answer", "", Shows::Fails, ""},
    {"remote-nonsense", "no-answer", "", Shows::Fails, ""},
    {"remote-silent", "no-answer", "", Shows::Hangs, ""},
};

} // namespace

std::string_view toString(Shows shows)
{
    switch (shows) {
    case Shows::Fails:
        return "fails";
    case Shows::Hangs:
        return "hangs";
    case Shows::Slow:
        return "slow";
    case Shows::Differs:
        return "differs";
    case Shows::Passes:
        return "passes";
    }
    return {};
}

std::span<const CatalogueSection> catalogueSections()
{
    return kSections;
}

std::span<const CatalogueRow> catalogueRows()
{
    return kRows;
}

const CatalogueRow* findCatalogueRow(std::string_view id)
{
    const auto* found =
        std::find_if(std::begin(kRows), std::end(kRows), [id](const auto& row) { return id == row.id; });
    return found == std::end(kRows) ? nullptr : found;
}

std::vector<std::string> wordsOf(std::string_view list)
{
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (end > 0)
            words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

std::vector<const CatalogueRow*> causesWithErrno(std::string_view name)
{
    std::vector<const CatalogueRow*> found;
    for (const auto& row : kRows) {
        const auto names = wordsOf(row.errnos);
        if (findCauseWords(row.id) != nullptr && std::find(names.begin(), names.end(), name) != names.end())
            found.push_back(&row);
    }
    return found;
}

std::vector<std::string> nearestCauses(std::string_view text, std::size_t most)
{
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const CauseWords* words : allCauseWords()) {
        const std::string_view id = words->id;
        const bool contains = text.size() >= 3 && id.find(text) != std::string_view::npos;
        const std::size_t far = contains ? 0 : editDistance(text, id);
        if (far <= std::max<std::size_t>(2, text.size() / 3))
            ranked.emplace_back(far, id);
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(most, ranked.size()); ++i)
        ids.push_back(ranked[i].second);
    return ids;
}

} // namespace scratchproof
