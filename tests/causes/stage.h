// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/fault_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof::test {

// Who is there in the users and groups of these tests (see useOwnAccounts).
constexpr unsigned kOtherUser = 23457;     // "bea"
constexpr unsigned kNamelessUser = 4242;   // has no account
constexpr unsigned kGroup = 23456;         // "crew", without members
constexpr unsigned kJoinedGroup = 23459;   // "choir", "ann" is a member
constexpr unsigned kVirtualBoxGroup = 998; // "vboxsf", without members

/// This machine lacks what a situation needs (a kernel's option, a program), as an exception.
struct NotPossibleHere : SetupError
{
    using SetupError::SetupError;
};

/// Where one situation is built: a folder of its own, with images on a tmpfs. What was mounted, started or marked is
/// undone at the end, the last first. Needs PrivateMounts.
class Stage
{
public:
    /// `programFolder` holds the console program and the homes of its users.
    explicit Stage(Path programFolder) : m_programFolder(std::move(programFolder)) {}
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    TemporaryFolder base;

    [[nodiscard]] const Path& programFolder() const { return m_programFolder; }
    /// To be done at the end.
    void later(std::function<void()> undo) { m_undo.push_back(std::move(undo)); }

    /// A new folder of the ordinary user; without a path it is base/own.
    Path own(const Path& path, unsigned mode = 0755) const;
    Path own(unsigned mode = 0755) const { return own(base / "own", mode); }
    /// A new folder of anybody's: base/NAME.
    Path folder(std::string_view name, unsigned mode, unsigned user = 0, unsigned group = 0) const;

    /// Where images lie: on a tmpfs.
    const Path& store();
    /// A tmpfs at base/NAME. Returns its top, which is root's.
    Path tmpfs(const std::string& options = "mode=0755,size=16m", std::string_view name = "place");
    /// A file system in an image, mounted at base/place. Returns its top, which is root's.
    Path image(const std::string& type, std::uint64_t megabytes, const std::vector<std::string>& makeArguments = {},
               const std::string& options = "rw");
    /// An image that is not mounted yet, made by `make` with the image's path appended.
    Path plainImage(std::uint64_t megabytes, std::vector<std::string> make);
    /// A loop device of the image.
    std::string loopDevice(const Path& image, const std::vector<std::string>& options = {});
    /// A compressed disk in memory: a block device that is no loop device.
    std::string memoryDisk(const std::string& size);
    /// mount(8) with these arguments and then the folder, which is made if it is missing.
    Path mountAt(const Path& folder, std::vector<std::string> arguments);
    /// The device that is mounted there, "loop0".
    [[nodiscard]] static std::string deviceNameOf(const Path& mountPoint);

    /// Starts a FUSE daemon that stays in the foreground, and waits until it has mounted.
    RunningProgram& daemon(const Path& mountPoint, std::vector<std::string> arguments,
                           std::optional<unsigned> user = {});
    /// bindfs of `content` (made if missing) at base/place.
    RunningProgram& bindfs(const Path& content, const std::vector<std::string>& options);
    /// A FUSE file system that does as it is told, at base/place.
    FaultFolder& hanging();
    /// Lets everybody open /dev/fuse, as most systems do.
    void openFuse();
    /// Starts a program that goes on, and waits until it says "ready".
    RunningProgram& helper(std::vector<std::string> arguments);

    /// Puts a file of our own over one of the system's, in our mount namespace; it is made if missing.
    void coverFile(const Path& path, std::string_view content);
    /// Puts an empty tmpfs over a folder of the system's, in our mount namespace; the folder is made if missing.
    void coverFolder(const Path& path);
    /// A copy of one of our helper programs that every user reaches.
    Path tool(const Path& builtProgram) const;

private:
    Path m_programFolder;
    Path m_store;
    std::vector<std::function<void()>> m_undo;
};

/// Writes the users and groups of these tests over those in /etc, which has to be a file system of one's own.
void writeAccounts();

/// Lets "ann" (the ordinary user) and the others above be known to this process and its children.
void useOwnAccounts(Stage& stage);

/// Lets the ext4 that is mounted there find itself damaged.
void findDamage(const Path& mountPoint);

/// Starts what follows as the ordinary user with these supplementary groups; itself to be started as root.
std::vector<std::string> asUserWithGroups(const std::string& groups);

} // namespace scratchproof::test
