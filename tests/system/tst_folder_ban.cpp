// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/folder_ban.h"
#include "core/system/system.h"

#include <QTest>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

using namespace scratchproof;

namespace {

/// How a child ends that does this: the number of a signal, or 0.
int signalOf(const std::function<void()>& deed)
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        deed();
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void open(const char* path)
{
    static_cast<void>(linuxSystem().files.open(kWorkingDirectory, path, O_PATH));
}

} // namespace

class TestFolderBan : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
#ifdef NDEBUG
        QSKIP("it does nothing in this build");
#endif
    }

    void whoMustAnswerTouchesNoFolder()
    {
        for (const char* path : {"/tmp", ".", "/", "/procession", "proc/self"}) {
            QCOMPARE(signalOf([path] {
                         const FolderBan ban;
                         open(path);
                     }),
                     SIGABRT);
        }
        QCOMPARE(signalOf([] {
                     const FolderBan ban;
                     static_cast<void>(linuxSystem().attributes.statusAt(kWorkingDirectory, "/tmp"));
                 }),
                 SIGABRT);
        QCOMPARE(signalOf([] {
                     const FolderBan ban;
                     static_cast<void>(
                         linuxSystem().files.rename(kWorkingDirectory, "/proc/self", kWorkingDirectory, "/tmp/x", 0));
                 }),
                 SIGABRT);
    }

    void whatNeverWaitsMayBeAsked()
    {
        QCOMPARE(signalOf([] {
                     const FolderBan ban;
                     open("/proc/self/stat");
                     open("/sys/block");
                 }),
                 0);
    }

    void itHoldsForItsThreadAndItsTime()
    {
        QCOMPARE(signalOf([] {
                     {
                         const FolderBan ban;
                         std::thread([] { open("/tmp"); }).join();
                     }
                     open("/tmp");
                 }),
                 0);
        QCOMPARE(signalOf([] {
                     const FolderBan ban;
                     {
                         const FolderBan another;
                     }
                     open("/tmp");
                 }),
                 SIGABRT);
    }
};

QTEST_APPLESS_MAIN(TestFolderBan)
#include "tst_folder_ban.moc"
