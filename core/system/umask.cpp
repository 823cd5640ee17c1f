// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/umask.h"

#include <sys/stat.h>

namespace scratchproof {

void keepOwnersBitsInUmask()
{
    const mode_t inherited = ::umask(0077);
    ::umask(inherited & 0077U);
}

} // namespace scratchproof
