// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/private_files.h"

#include <sys/stat.h>

#include <mutex>

namespace scratchproof {

namespace {

constexpr mode_t kOwnerOnly = 0077;

struct Mask
{
    std::mutex mutex;
    int users = 0;
    mode_t ofSession = 0;
};

Mask& sharedMask()
{
    static Mask& mask = *new Mask; // never destroyed: a thread that waits in a call may outlive the end of main()
    return mask;
}

} // namespace

PrivateFiles::PrivateFiles()
{
    Mask& mask = sharedMask();
    const std::lock_guard lock(mask.mutex);
    if (mask.users++ == 0)
        mask.ofSession = ::umask(kOwnerOnly);
}

PrivateFiles::~PrivateFiles()
{
    Mask& mask = sharedMask();
    const std::lock_guard lock(mask.mutex);
    if (--mask.users == 0)
        static_cast<void>(::umask(mask.ofSession));
}

} // namespace scratchproof
