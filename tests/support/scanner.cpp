// SPDX-License-Identifier: GPL-3.0-or-later

// A security scanner by fanotify(7): is asked whenever a file is opened on the mount, and refuses, or never answers.
//
//   scanner deny|hang MOUNT-POINT        says "ready"; its end frees whoever waits

#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s deny|hang MOUNT-POINT\n", argv[0]);
        return 2;
    }
    const bool denies = std::strcmp(argv[1], "deny") == 0;
    const int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_PERM, AT_FDCWD, argv[2]) != 0) {
        std::fprintf(stderr, "fanotify: %s\n", std::strerror(errno));
        return 1;
    }
    std::printf("ready\n");
    std::fflush(stdout);
    alignas(fanotify_event_metadata) char buffer[4096];
    for (;;) {
        ssize_t left = read(fd, buffer, sizeof buffer);
        if (left < 0)
            return 1;
        for (auto* event = reinterpret_cast<fanotify_event_metadata*>(buffer); FAN_EVENT_OK(event, left);
             event = FAN_EVENT_NEXT(event, left)) {
            const fanotify_response response{event->fd, FAN_DENY};
            if (denies && write(fd, &response, sizeof response) < 0)
                return 1;
            close(event->fd);
        }
    }
}
