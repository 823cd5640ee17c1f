// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/scratch/scratch_store.h"
#include "core/system/system.h"
#include "core/verify/drive_place.h"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace scratchproof {

class ProbeJournal;

/// What the names of the scratch directories of verifications begin with, and the notes that tell them from what a user
/// calls so.
constexpr std::string_view kVerifyPrefix = "verify-";
constexpr const char* kCapacityNote = "check of the drive's capacity";
constexpr const char* kSpeedNote = "measuring of the drive's speed";

/// Whether a verification made it: by its name and note as the registry has them.
[[nodiscard]] bool isOfVerification(const ScratchRecord& record);

/// The scratch directory of one verification, from its making to its end: registered before it is made, and locked, so
/// that no sweep takes it. One thread at a time. Each call blocks as long as the drive does.
class CheckDirectory
{
public:
    CheckDirectory(System& system, ScratchStore& store) : m_system(system), m_store(store) {}
    CheckDirectory(const CheckDirectory&) = delete;
    CheckDirectory& operator=(const CheckDirectory&) = delete;

    /// In `folder`; `asked` is how the user names that. Errors of ScratchStore::create(), and "in-use".
    [[nodiscard]] Result<void> make(ProbeJournal& journal, const char* note, const Path& asked, const Path& folder,
                                    const std::stop_token& stop);

    /// An open descriptor of it, once it was made.
    [[nodiscard]] int fd() const { return m_fd.get(); }
    [[nodiscard]] const std::string& id() const { return m_record.id; }
    [[nodiscard]] const Path& path() const { return m_record.path; }

    /// It stays until it is cleaned, and is no longer locked.
    [[nodiscard]] Result<void> keep();

    /// Removes it with all that is in it, whatever was stopped before. Why it is still there, in English; "" if it is
    /// gone. The lock is held to the end, so that nobody takes it for left behind. `progress` is called now and then.
    [[nodiscard]] std::string remove(const std::function<void()>& progress);

private:
    System& m_system;
    ScratchStore& m_store;
    ScratchRecord m_record;
    UniqueFd m_fd;
};

/// Verifications that are under way: of this user as the registry knows them, of others as far as
/// verificationOfAnotherUser() sees them ("in-use"). Of this user's in the way are those that the folder lies
/// in ("bad-input"), and those of the same drive ("in-use"). Directories on other drives are not touched, which may be
/// drives that do not answer. `own` is the id of the caller's directory, or "".
[[nodiscard]] Result<void> checkNobodyElse(System& system, ScratchStore& store, const MountTable& mounts,
                                           const DrivePlace& place, const Path& folder, const std::string& own);

/// Takes the lock that tells everybody else that a directory is in use; whoever asks holds it for a moment. Where there
/// are no locks it does without: nobody can ask there either, and so leaves the directory alone.
[[nodiscard]] Result<void> lockForCheck(System& system, int directory, const Path& path, LockMode mode);

/// An Error of a verification that had begun, with what it could not take away again.
[[nodiscard]] tl::unexpected<Error> failedCheck(Error error, const Path& directory, const std::string& notRemoved);

} // namespace scratchproof
