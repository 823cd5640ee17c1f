// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/strangers/link_protection.h"

#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace scratchproof::test {

namespace {

constexpr std::array<const char*, 4> kSwitches{"/proc/sys/fs/protected_symlinks", "/proc/sys/fs/protected_hardlinks",
                                               "/proc/sys/fs/protected_regular", "/proc/sys/fs/protected_fifos"};

char readSwitch(const char* path)
{
    char value = '0';
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &value, 1) != 1)
        value = '?';
    close(fd);
    return value;
}

bool writeSwitch(const char* path, char value)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && write(fd, &value, 1) == 1;
    close(fd);
    return written;
}

} // namespace

NoLinkProtection::NoLinkProtection()
{
    std::array<char, kSwitches.size()> before{};
    for (std::size_t i = 0; i < kSwitches.size(); ++i)
        before.at(i) = readSwitch(kSwitches.at(i));
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        failSetup("pipe2");
    m_keeper = fork();
    if (m_keeper < 0)
        failSetup("fork");
    if (m_keeper == 0) {
        setsid(); // what ends the test's process group does not end this
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
            signal(number, SIG_IGN);
        close(ends[1]);
        char byte = 0;
        while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
        }
        for (std::size_t i = 0; i < kSwitches.size(); ++i) {
            if (before.at(i) != '?')
                writeSwitch(kSwitches.at(i), before.at(i));
        }
        _exit(0);
    }
    close(ends[0]);
    m_pipe = ends[1];
    m_off = true;
    for (std::size_t i = 0; i < kSwitches.size(); ++i)
        m_off = (before.at(i) == '0' || writeSwitch(kSwitches.at(i), '0')) && m_off;
}

NoLinkProtection::~NoLinkProtection()
{
    close(m_pipe);
    waitpid(m_keeper, nullptr, 0);
}

} // namespace scratchproof::test
