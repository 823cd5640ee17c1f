// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/system/system.h"
#include "core/verify/capacity.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace scratchproof {

/// What is kept beside the files of a capacity check, so that they can be verified again later or on another computer.
/// Written once all of it was flushed: what it names the drive has said to have stored.
struct CapacityManifest
{
    std::string directory; // the id of the scratch directory (Marker::id) that they lie in
    std::uint64_t salt = 0;
    std::uint64_t fileSize = 0; // of each file but the last, in bytes
    WrittenSpace written;
    std::uint64_t claimed = 0; // bytes of the whole file system, as it said then
    std::string verdict;       // of the check that wrote it
    std::string finished;      // when, ISO 8601 in UTC

    /// How many files it is.
    [[nodiscard]] std::uint64_t files() const { return (written.end + fileSize - 1) / fileSize; }
};

constexpr const char* kManifestName = "verify-manifest.json";

/// Its JSON, and a checksum (XXH64) over that: who edits it by hand is noticed, who means to forge it is not.
[[nodiscard]] std::string manifestText(const CapacityManifest& manifest);

/// Reads what manifestText() wrote; the text may be a stranger's. BadInput where it is none, or was changed since.
[[nodiscard]] Result<CapacityManifest> manifestFromText(std::string_view text);

/// Makes it in an open folder: exclusively, 0600, synced, and the folder with it. What was made is removed again if
/// that fails.
[[nodiscard]] Result<void> writeManifest(System& system, int folder, const CapacityManifest& manifest);

/// Of an open folder; BadInput besides the errors of manifestFromText() where there is none, or a link or something
/// else that is no file in its place.
[[nodiscard]] Result<CapacityManifest> readManifest(System& system, int folder);

/// Whether what lies in the target was written with the manifest's salt: places all over it are read. BadInput where
/// none of them holds anything of this run, and some hold something else: the files are another run's. Where all of it
/// is zeros, or cannot be read, that says nothing of the manifest, and is left to be judged.
[[nodiscard]] Result<void> checkManifestFits(VerifyTarget& target, const CapacityManifest& manifest,
                                             const std::stop_token& stop);

} // namespace scratchproof
