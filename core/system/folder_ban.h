// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// While one is there, the thread that made it touches no folder: any call of the seam that follows a path ends the
/// program (std::abort), unless the path is absolute and below /proc or /sys, which never wait for a drive or a server.
/// For threads that must always answer: a window's, a watcher's. Calls on descriptors alone are not asked about.
///
/// In builds with NDEBUG it does nothing.
class FolderBan
{
public:
    FolderBan();
    ~FolderBan();
    FolderBan(const FolderBan&) = delete;
    FolderBan& operator=(const FolderBan&) = delete;
};

/// For the seam, before it follows a path: see FolderBan.
#ifdef NDEBUG
inline void beforeFollowing(const char* /*path*/) {}
#else
void beforeFollowing(const char* path);
#endif

} // namespace scratchproof
