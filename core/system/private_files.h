// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// As long as one lives, what this process makes is its user's alone and open to that user, whatever umask the session
/// has: umask(2) is 0077. (With 0777 a folder just made cannot be entered.) At the end of the last one, the session's
/// umask is back.
///
/// The umask belongs to the process, not to a thread. So this is for making our own files, and not for a probe, which
/// is to find what other programs of the session would find. Thread safe; never blocks.
class PrivateFiles
{
public:
    PrivateFiles();
    ~PrivateFiles();
    PrivateFiles(const PrivateFiles&) = delete;
    PrivateFiles& operator=(const PrivateFiles&) = delete;
};

} // namespace scratchproof
