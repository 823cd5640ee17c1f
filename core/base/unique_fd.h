// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

namespace scratchproof {

/// Owns one file descriptor and closes it when it goes. Closing here drops close()'s error; where that error counts
/// (data that was written), hand the descriptor to Files::close() instead.
class UniqueFd
{
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : m_fd(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] explicit operator bool() const { return m_fd >= 0; }
    /// Gives the descriptor up without closing it.
    [[nodiscard]] int release() { return std::exchange(m_fd, -1); }
    /// Closes what is held and takes `fd` (or nothing).
    void reset(int fd = -1);

private:
    int m_fd = -1;
};

} // namespace scratchproof
