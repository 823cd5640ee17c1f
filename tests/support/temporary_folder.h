// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof::test {

/// What could not be set up, as an exception: nothing catches it, so the test fails with these words.
struct SetupError : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Throws SetupError with `what` and errno's text.
[[noreturn]] void failSetup(const std::string& what);

/// A folder of its own below $TMPDIR (or /tmp), mode 0755 so that an unprivileged user reaches what is in it. Removed
/// with all its contents at the end; mounts below must be gone by then (PrivateMounts takes care, or MountedFolder).
class TemporaryFolder
{
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const Path& path() const { return m_path; }
    /// The path of something in it, made or not.
    [[nodiscard]] Path operator/(std::string_view name) const { return joinPath(m_path, name); }
    /// A new folder in it.
    Path makeFolder(std::string_view name, unsigned mode = 0755) const;

private:
    Path m_path;
};

/// mkdir with exactly this mode, whatever the umask; chown; a file with this content. All throw SetupError.
void makeFolder(const Path& path, unsigned mode);
void changeOwner(const Path& path, unsigned uid, unsigned gid);
void writeFile(const Path& path, std::string_view content, unsigned mode = 0644);
[[nodiscard]] std::string readFile(const Path& path);

/// The names in a folder, sorted, without "." and "..".
[[nodiscard]] std::vector<std::string> namesIn(const Path& folder);

/// Removes whatever is there, if it is.
void removeAll(const Path& path);

} // namespace scratchproof::test
