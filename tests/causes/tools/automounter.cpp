// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon of an automount (autofs) that connects nothing. Usage: automounter FOLDER done|gone
//   done   says of every request that the mount is there: as it is where the mount shows in another namespace only
//   gone   ends at once, as a daemon that crashed
// Says "ready" and stays until it is killed, in both cases.
#include <fcntl.h>
#include <linux/auto_fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

/// autofs asks for a mount when somebody of another process group looks.
int serve(const char* folder, bool goesOn)
{
    int ends[2];
    if (setpgid(0, 0) != 0 || pipe(ends) != 0)
        return 1;
    const std::string options =
        "fd=" + std::to_string(ends[1]) + ",pgrp=" + std::to_string(getpgrp()) + ",minproto=5,maxproto=5,direct";
    if (mount("/etc/auto.scratchproof", folder, "autofs", 0, options.c_str()) != 0) {
        std::perror("mount");
        return 1;
    }
    close(ends[1]);
    const int top = open(folder, O_RDONLY | O_CLOEXEC);
    if (top < 0)
        return 1;
    std::puts("ready");
    std::fflush(stdout);
    if (!goesOn)
        return 0;
    autofs_v5_packet_union request;
    while (read(ends[0], &request, sizeof request) > 0)
        ioctl(top, AUTOFS_IOC_READY, request.v5_packet.wait_queue_token);
    return 0;
}

} // namespace

int main(int count, char** arguments)
{
    if (count != 3)
        return 2;
    if (std::strcmp(arguments[2], "done") == 0)
        return serve(arguments[1], true);
    const pid_t daemon = fork();
    if (daemon == 0)
        return serve(arguments[1], false);
    int status = 0;
    waitpid(daemon, &status, 0);
    pause();
    return status;
}
