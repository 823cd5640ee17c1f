// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <thread>

namespace scratchproof::test {

/// fork(2) for a child that goes on with code of ours. A thread that is just ending (the registry's, once it has
/// answered) may hold a lock of the sanitizer's runtime; a child made then inherits it locked, and waits for it for
/// ever. So such threads are waited for, a second at most: others are not this one's business.
inline pid_t quietFork()
{
    constexpr std::ptrdiff_t kLasting = 2; // the test's thread, and Qt Test's watchdog
    const auto threads = [] {
        std::error_code gone;
        return std::distance(std::filesystem::directory_iterator("/proc/self/task", gone), {});
    };
    for (int i = 0; i < 200 && threads() > kLasting; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ::fork();
}

} // namespace scratchproof::test
