// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/clock_source.h"
#include "core/system/file_attributes.h"
#include "core/system/files.h"
#include "core/system/processes.h"

#include <optional>
#include <string>

namespace scratchproof {

/// THE SEAM: everything the rest of core may ask of the operating system. Handed down by reference; owns nothing.
struct System
{
    Files& files;
    FileAttributes& attributes;
    Processes& processes;
    ClockSource& clock;
};

/// The real one. Lives as long as the program.
[[nodiscard]] System& linuxSystem();

/// An environment variable; nothing if it is unset or empty.
[[nodiscard]] std::optional<std::string> environmentVariable(const char* name);

/// Where our own files live (XDG Base Directory Specification): $XDG_STATE_HOME/scratchproof, else
/// $HOME/.local/state/scratchproof. Nothing if neither variable holds an absolute path. No system call is made.
[[nodiscard]] std::optional<Path> stateFolder();

/// Whether stateFolder() may be made: an Error of statx(2) if it lies in a home that is not there. A home is not ours
/// to make. May block as long as the home does.
[[nodiscard]] Result<void> checkHome(System& system);

/// $XDG_RUNTIME_DIR/scratchproof, without looking whether it is ours.
[[nodiscard]] std::optional<Path> runtimeFolder();

/// getcwd(2), which asks no file system.
[[nodiscard]] Result<Path> workingDirectory();

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, so that no file that is opened later is taken
/// for a standard stream. For main() to call, before anything else.
void openClosedStandardStreams();

/// Where this program's file is: /proc/self/exe, and without /proc the name that it was started by (AT_EXECFN of
/// getauxval(3)).
[[nodiscard]] Result<Path> ownProgram();

/// Whether the standard stream 0, 1 or 2 is a terminal (isatty(3)).
[[nodiscard]] bool isTerminal(int standardStream);

/// How wide the terminal at the standard stream 0, 1 or 2 is (TIOCGWINSZ, tty_ioctl(4)); nothing if it is none, or does
/// not say.
[[nodiscard]] std::optional<unsigned> terminalColumns(int standardStream);

/// SIGPIPE and SIGXFSZ ignored, so that a full pipe's end and a limit are errnos (EPIPE, EFBIG); for main() to call.
void ignoreSignalsThatAreErrors();

} // namespace scratchproof
