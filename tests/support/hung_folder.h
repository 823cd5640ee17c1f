// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temporary_folder.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof::test {

/// The ways in which a file system stops answering.
enum class HangKind : std::uint8_t {
    Frozen,         // ext4, fsfreeze(8): reading goes on, writing waits in uninterruptible sleep
    StoppedDaemon,  // FUSE, the daemon has got a SIGSTOP
    SilentListener, // tmpfs, a fanotify(7) listener that is asked before each opening and does not answer
    HungOperation,  // FUSE, the daemon takes requests and does not answer them
};

struct HangKindName
{
    HangKind kind;
    const char* name;
    const char* cause; // the finding that it is to lead to
};
[[nodiscard]] const std::vector<HangKindName>& hangKinds();

/// A mount of its own that hangs on command. Needs PrivateMounts. Whatever happens, it answers again in the end: the
/// destructor releases it, and if the test is killed before, what holds it ends with the test (a guard process thaws
/// the frozen one).
class HungFolder
{
public:
    /// Mounts at `base`/`name`, which is made; its top is 0777 and takes files.
    HungFolder(HangKind kind, const TemporaryFolder& base, const std::string& name);
    ~HungFolder();
    HungFolder(const HungFolder&) = delete;
    HungFolder& operator=(const HungFolder&) = delete;

    /// Why this machine cannot do it; nothing if it can.
    [[nodiscard]] static std::optional<std::string> whyNot(HangKind kind);

    [[nodiscard]] const Path& path() const { return m_path; }
    void hang();
    void release();

private:
    struct Way;
    struct Freezing;
    struct Stopping;
    struct Listening;
    struct Swallowing;
    [[nodiscard]] static std::unique_ptr<Way> makeWay(HangKind kind, const TemporaryFolder& base,
                                                      const std::string& name);

    Path m_path;
    std::unique_ptr<Way> m_way;
    bool m_hangs = false;
};

/// A process that does something when this one ends, however it ends, or when fire() asks for it.
class Guard
{
public:
    /// `command` goes to execvp(3).
    explicit Guard(std::vector<std::string> command);
    /// Runs the command and waits for it; once.
    void fire();
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    std::unique_ptr<class RunningProgram> m_shell;
};

} // namespace scratchproof::test
