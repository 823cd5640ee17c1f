// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstddef>

/// How the files of this room turn what a system call answers into a Result. For core/system alone.
namespace scratchproof {

/// Tries again as long as the call was only interrupted.
template <typename Call>
auto retried(Call call)
{
    for (;;) {
        const auto result = call();
        if (result != -1 || errno != EINTR)
            return result;
    }
}

inline Result<void> done(int result, const char* call, const char* name)
{
    if (result == 0)
        return {};
    return fail(call, name, errno);
}

inline Result<std::size_t> counted(long result, const char* call)
{
    if (result >= 0)
        return static_cast<std::size_t>(result);
    return fail(call, {}, errno);
}

/// "/proc/self/fd/N", for calls that do not take an O_PATH descriptor.
struct ProcFdPath
{
    explicit ProcFdPath(int fd) { *fmt::format_to(text.data(), "/proc/self/fd/{}", fd) = '\0'; }
    std::array<char, 40> text{};
};

} // namespace scratchproof
