// SPDX-License-Identifier: GPL-3.0-or-later

// Mounts a folder once more, with translated user and group numbers (mount_setattr(2), MOUNT_ATTR_IDMAP):
//
//   idmap SOURCE TARGET INSIDE OUTSIDE COUNT        numbers as in user_namespaces(7)

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace {

int fail(const char* what)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    return 1;
}

bool writeMap(int pid, const char* name, const std::string& line)
{
    std::ofstream file("/proc/" + std::to_string(pid) + "/" + name);
    file << line << std::flush;
    return file.good();
}

int mountTranslated(const char* source, const char* target, int nameSpace)
{
    const int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0)
        return fail("open_tree");
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<__u64>(nameSpace);
    if (mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0)
        return fail("mount_setattr");
    if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) != 0)
        return fail("move_mount");
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 6) {
        std::fprintf(stderr, "usage: %s SOURCE TARGET INSIDE OUTSIDE COUNT\n", argv[0]);
        return 2;
    }
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0)
        return fail("pipe2");
    // A child is needed only to own the namespace that holds the map.
    const int child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0) {
        const bool entered = unshare(CLONE_NEWUSER) == 0;
        if (entered && write(ready[1], "r", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    char got = 0;
    int result = 1;
    const std::string line = std::string(argv[3]) + " " + argv[4] + " " + argv[5] + "\n";
    if (read(ready[0], &got, 1) == 1 && writeMap(child, "uid_map", line) && writeMap(child, "gid_map", line)) {
        const int nameSpace = open(("/proc/" + std::to_string(child) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
        result = nameSpace < 0 ? fail("open") : mountTranslated(argv[1], argv[2], nameSpace);
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return result;
}
