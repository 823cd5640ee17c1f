// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/target.h"

#include <cerrno>

namespace scratchproof {

Result<std::uint64_t> VerifyTarget::reserve(std::uint64_t /*offset*/, std::uint64_t /*length*/)
{
    return fail("fallocate", "", EOPNOTSUPP);
}

bool saysDriveIsGone(const Error& error)
{
    switch (error.code) {
    case ENODEV:
    case ENXIO:
    case ENOTCONN:
    case ESTALE:
    case ESHUTDOWN:
    case ENOMEDIUM:
        return true;
    default:
        return false;
    }
}

} // namespace scratchproof
