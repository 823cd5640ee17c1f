// SPDX-License-Identifier: GPL-3.0-or-later

// Very many checks by one host, while folders vanish, mounts come and go, work is taken back and probers are killed:
// memory, descriptors, threads and processes must stay where they were after the first tenth.

#include "core/host/prober_host.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/threads/expect.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kBatch = 250;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true; // slow, and with a memory of its own
#else
constexpr bool kSanitized = false;
#endif

/// Counts, and keeps nothing: what grows is the host's.
class Counter : public HostListener
{
public:
    void checkFinished(WorkId, const Check& check) override
    {
        const std::scoped_lock lock(m_mutex);
        ++m_finished;
        ++m_verdicts[static_cast<std::size_t>(check.verdict)];
        m_changed.notify_all();
    }
    [[nodiscard]] bool waitFor(long finished)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(120), [&] { return m_finished >= finished; });
    }
    [[nodiscard]] long finished()
    {
        const std::scoped_lock lock(m_mutex);
        return m_finished;
    }
    [[nodiscard]] long with(Verdict verdict)
    {
        const std::scoped_lock lock(m_mutex);
        return m_verdicts[static_cast<std::size_t>(verdict)];
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    long m_finished = 0;
    long m_verdicts[8] = {};
};

struct Usage
{
    long heap = 0; // bytes in use
    long resident = 0;
    long descriptors = 0;
    long threads = 0;
    long processes = 0;
};

Usage usage()
{
    Usage now;
    const auto heap = mallinfo2();
    now.heap = static_cast<long>(heap.uordblks + heap.hblkhd);
    std::ifstream memory("/proc/self/statm");
    long pages = 0;
    memory >> pages >> now.resident;
    now.resident *= sysconf(_SC_PAGESIZE);
    now.descriptors = static_cast<long>(openDescriptors());
    now.threads = static_cast<long>(namesIn("/proc/self/task").size());
    now.processes = static_cast<long>(childrenOf(getpid()).size());
    return now;
}

void print(const char* when, const Usage& now)
{
    std::printf("%s: heap %ld KiB, resident %ld KiB, %ld descriptors, %ld threads, %ld probers\n", when,
                now.heap / 1024, now.resident / 1024, now.descriptors, now.threads, now.processes);
}

/// One batch: checks of folders that stay, one that comes and goes, and one on a mount that does.
void work(ProberHost& host, const TemporaryFolder& base, const std::vector<Path>& folders, int round)
{
    const Path going = base / "going";
    const Path mounted = base / "mounted";
    std::unique_ptr<MountedFolder> mount = mountTmpfs(mounted, "mode=0777");
    std::vector<WorkId> taken;
    for (int i = 0; i < kBatch; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const Path& folder = i % 25 == 7 ? going : i % 25 == 9 ? mounted : folders[at % folders.size()];
        const WorkId id = host.check(folder, i % 50 == 1 ? Level::Full : i % 3 == 0 ? Level::Standard : Level::Quick);
        if (i % 7 == 0)
            taken.push_back(id);
        if (i % 60 == 30)
            std::filesystem::is_directory(going) ? removeAll(going) : makeFolder(going, 0777);
    }
    for (const WorkId id : taken)
        host.cancel(id);
    mount.reset();
    if (round % 4 == 1) {
        for (const int prober : probersOf(getpid()))
            ::kill(prober, SIGKILL);
    }
}

} // namespace

int main()
{
    if (const int code = prepare(Needs::PrivateMounts); code != 0)
        return code;
    ignoreSignalsThatAreErrors();
    const TemporaryFolder base;
    const auto disk = mountTmpfs(base.path());
    useFreshHome(base.path());
    std::vector<Path> folders;
    for (int i = 0; i < 6; ++i)
        folders.push_back(base.makeFolder("f" + std::to_string(i)));
    base.makeFolder("mounted");
    const char* text = std::getenv("SCRATCHPROOF_SCALE");
    const double scale = (text != nullptr ? std::atof(text) : 0.1) * (kSanitized ? 0.2 : 1);
    const int rounds = std::max(20, static_cast<int>(100'000 * scale) / kBatch);

    Counter counter;
    Usage early;
    Usage late;
    {
        HostSettings settings;
        settings.program = SCRATCHPROOF_CLI;
        settings.stepDeadline = 60 * kNanosecondsPerSecond;
        ProberHost host(linuxSystem(), settings, counter);
        for (int round = 0; round < rounds; ++round) {
            work(host, base, folders, round);
            const bool answered = counter.waitFor(static_cast<long>(round + 1) * kBatch);
            expect(answered, "every check is answered");
            if (!answered)
                break;
            if (round == rounds / 10)
                early = usage();
        }
        late = usage();
    }
    print("after a tenth", early);
    print("at the end  ", late);
    expect(counter.finished() == static_cast<long>(rounds) * kBatch, "each check is answered once");
    expect(counter.with(Verdict::Usable) > counter.finished() / 2, "most of them are usable");
    if (!kSanitized) {
        expect(late.heap - early.heap < 512 * 1024, "the heap stays where it was");
        expect(late.resident - early.resident < 8 * 1024 * 1024, "the memory stays where it was");
    }
    // An idle prober has a process descriptor and three pipes.
    expect(late.descriptors - 4 * late.processes <= early.descriptors - 4 * early.processes, "descriptors stay");
    expect(late.processes <= 8 && late.threads <= early.threads, "threads and probers stay");
    expect(eventually(everyChildHasEnded, std::chrono::seconds(30)), "no prober is left");
    for (const auto& folder : folders)
        expect(namesIn(folder).empty(), "nothing is left in " + folder);
    std::printf("endurance: %ld checks (%ld usable, %ld unusable, %ld not checked), heap %+ld KiB, resident %+ld KiB, "
                "descriptors %+ld, threads %+ld, %d failures\n",
                counter.finished(), counter.with(Verdict::Usable), counter.with(Verdict::Unusable),
                counter.with(Verdict::NotChecked), (late.heap - early.heap) / 1024,
                (late.resident - early.resident) / 1024, late.descriptors - early.descriptors,
                late.threads - early.threads, g_failures);
    return g_failures == 0 ? 0 : 1;
}
