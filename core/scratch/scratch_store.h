// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/measure_tree.h"
#include "core/scratch/registry.h"
#include "core/scratch/remove_tree.h"
#include "core/scratch/users.h"
#include "core/system/system.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

class ProbeJournal;

/// What a user sees of a scratch directory.
enum class ScratchState : std::uint8_t { Active, Expired, Released, Offline, Lost, Elsewhere, Busy };
/// "active", "expired", "released", "offline", "lost", "elsewhere", "busy".
[[nodiscard]] std::string_view toString(ScratchState state);

/// A row of the registry with its state, and why where that needs a reason.
struct ScratchDirectory
{
    ScratchRecord record;
    ScratchState state = ScratchState::Active;
    std::string reason; // English; of offline, lost and elsewhere
};

struct CreateRequest
{
    std::string name;
    Path folder; // absolute
    Lifetime lifetime;
    std::string note;
};
struct Created
{
    ScratchDirectory directory;
    bool permissionsNotStored = false; // others on this computer may see what is in it
    std::string fileSystem;
};

struct Preview
{
    ScratchDirectory directory;
    bool removable = false;
    std::string reason; // why not
    TreeMeasure content;
    std::vector<UserOfDirectory> users; // of those processes that we may look into
    std::string confirmation;           // for clean(); empty where not removable
};

struct Kept
{
    Path path;
    std::string reason;
};
struct Cleaned
{
    bool removed = false; // the directory is gone, and no longer registered
    RemovalProgress done;
    std::vector<Kept> kept; // bounded
    std::uint64_t keptCount = 0;
    bool cancelled = false;
};

/// The operations on scratch directories: registry and disk together. No transaction is held while a folder is touched,
/// so a drive that hangs locks nobody out of the registry.
///
/// Errors: "bad-input", "unknown-directory", "folder-unusable", "unsafe-folder", "cancelled", those of the registry
/// (storeProblem()), and system calls. Blocks as long as the file system does: for a prober only. One thread at a time.
class ScratchStore
{
public:
    /// `registry` is its file (registryFile()), opened anew by each operation.
    ScratchStore(System& system, Path registry);

    /// Probes the folder, then makes `NAME-SUFFIX` in it: exclusively, 0700, with a marker, synced, registered. The row
    /// comes first and is made valid last, so that a crash in between leaves at worst an empty directory that the
    /// registry knows, and never one that it does not. A failure undoes what was done.
    [[nodiscard]] Result<Created> create(const CreateRequest& request, ProbeJournal& journal, std::stop_token stop);

    /// Everything that is registered. Touches no scratch directory: the state is as far as the registry alone can tell.
    [[nodiscard]] Result<std::vector<ScratchDirectory>> list();

    /// Looks at the disk and measures; what was measured is kept in the registry where that can be written.
    [[nodiscard]] Result<ScratchDirectory> inspect(const std::string& id, std::stop_token stop,
                                                   const std::function<void(const Measure&)>& progress);

    /// What clean() would do. `confirmation` holds the identity of what was seen.
    [[nodiscard]] Result<Preview> preview(const std::string& id, std::stop_token stop,
                                          const std::function<void(const Measure&)>& progress);

    /// Removes the directory if it is, beyond doubt, the one that is registered and the one that was previewed; else it
    /// is kept, with the reason. The marker goes last, so that what was interrupted can be run again.
    [[nodiscard]] Result<Cleaned> clean(const std::string& id, const std::string& confirmation, std::stop_token stop,
                                        const std::function<void(const RemovalProgress&)>& progress);

    /// Drops a row and touches no folder. False if there was none.
    [[nodiscard]] Result<bool> forget(const std::string& id);

private:
    [[nodiscard]] Result<ScratchRecord> record(const std::string& id);
    /// Notes that a removal begins, so that an empty directory whose marker went last is known as ours if we are
    /// stopped there. It also shows that the registry can be written, before anything goes.
    [[nodiscard]] Result<void> noteRemoval(const ScratchRecord& row);
    [[nodiscard]] ScratchDirectory withState(ScratchRecord record) const;

    System& m_system;
    Path m_registry;
    std::string m_machine;
};

/// Whether a name can be that of a scratch directory; the Error ("bad-input") says what was expected.
[[nodiscard]] Result<void> checkScratchName(std::string_view name);

} // namespace scratchproof
