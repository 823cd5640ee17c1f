// SPDX-License-Identifier: GPL-3.0-or-later

// Shuts itself into a sandbox, and goes on as another program:
//
//   sandbox landlock PROGRAM ARGUMENTS...    no files or folders can be made anywhere (EACCES), by landlock(7)
//   sandbox seccomp PROGRAM ARGUMENTS...     no folders can be made anywhere (EPERM), by a filter of system calls
//   sandbox over-quota PROGRAM ARGUMENTS...  writing 64 KiB at once is refused (EDQUOT), likewise
//   sandbox old-runtime PROGRAM ARGUMENTS...  statx and faccessat2 are refused (EPERM) wherever they are called, as by
//                                            container runtimes that are older than these calls

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

bool enterLandlock()
{
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR;
    const long rules = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    return rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

template <std::size_t Size>
bool enterFilter(const sock_filter (&filter)[Size])
{
    sock_filter copy[Size];
    std::memcpy(copy, filter, sizeof filter);
    sock_fprog program{Size, copy};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool enterWithoutNewFolders()
{
    const sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
#ifdef SYS_mkdir
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 1, 0),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return enterFilter(filter);
}

bool enterOverQuota()
{
    const sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])), // its low half: little-endian
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 65536, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDQUOT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return enterFilter(filter);
}

bool enterOldRuntime()
{
    const sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_statx, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_faccessat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return enterFilter(filter);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s landlock|seccomp|over-quota|old-runtime PROGRAM ARGUMENTS...\n", argv[0]);
        return 2;
    }
    const std::string_view kind = argv[1];
    const auto enter = kind == "landlock"     ? enterLandlock
                       : kind == "seccomp"    ? enterWithoutNewFolders
                       : kind == "over-quota" ? enterOverQuota
                                              : enterOldRuntime;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !enter()) {
        std::fprintf(stderr, "%s: %s\n", argv[1], std::strerror(errno));
        return 125;
    }
    execv(argv[2], argv + 2);
    return 127;
}
