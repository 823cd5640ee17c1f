// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof::test {

/// Turns the kernel's own protection in shared folders off (fs.protected_symlinks, _hardlinks, _regular and _fifos of
/// sysctl.d(5)) as long as it lives. They hold for the whole machine, so a child waits at a pipe, and puts them back
/// even when this process is killed. To be made while there is one thread; tests with it run alone.
class NoLinkProtection
{
public:
    NoLinkProtection();
    ~NoLinkProtection();
    NoLinkProtection(const NoLinkProtection&) = delete;
    NoLinkProtection& operator=(const NoLinkProtection&) = delete;

    /// False where the machine does not let it be changed: then what is protected anyway is not shown.
    [[nodiscard]] bool isOff() const { return m_off; }

private:
    int m_keeper = -1;
    int m_pipe = -1;
    bool m_off = false;
};

} // namespace scratchproof::test
