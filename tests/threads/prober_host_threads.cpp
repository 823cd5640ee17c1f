// SPDX-License-Identifier: GPL-3.0-or-later

// A host driven from several threads at once: checks, requests, cancelling, and its end while it is busy. Meant for the
// thread sanitizer; by itself it proves that each piece of work is answered exactly once.

#include "core/host/prober_host.h"
#include "tests/support/collector.h"
#include "tests/support/installed_cli.h"
#include "tests/threads/expect.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kThreads = 4;

/// SCRATCHPROOF_SCALE: 0.1 in CI, 1 for endurance.
int scaled(int count)
{
    const char* text = std::getenv("SCRATCHPROOF_SCALE");
    const double scale = text != nullptr ? std::atof(text) : 0.1;
    return std::max(1, static_cast<int>(count * scale));
}

HostSettings settings()
{
    HostSettings chosen;
    chosen.program = SCRATCHPROOF_CLI;
    chosen.stepDeadline = 60 * kNanosecondsPerSecond; // sanitizers are slow; nothing here hangs
    return chosen;
}

void onThreads(const std::function<void(int)>& body)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back(body, i);
    for (auto& thread : threads)
        thread.join();
}

void manyThreadsAskAndEachIsAnsweredOnce(const std::vector<Path>& folders)
{
    Collector collector;
    ProberHost host(linuxSystem(), settings(), collector);
    std::vector<std::vector<WorkId>> checks(kThreads);
    std::vector<std::vector<WorkId>> asks(kThreads);
    const int rounds = scaled(1000);
    onThreads([&](int thread) {
        const auto own = static_cast<std::size_t>(thread);
        for (int i = 0; i < rounds; ++i) {
            const Path& folder = folders[static_cast<std::size_t>(i + thread) % folders.size()];
            checks[own].push_back(host.check(folder, i % 10 == 0 ? Level::Standard : Level::Quick));
            if (i % 4 == 0)
                asks[own].push_back(host.ask(request::Space{folder}));
            if (i % 16 == 0)
                static_cast<void>(host.abandoned());
            if (i % 32 == 0)
                host.setStepDeadline(60 * kNanosecondsPerSecond);
        }
    });
    for (const auto& ids : checks) {
        for (const WorkId id : ids) {
            const auto check = collector.check(id, std::chrono::seconds(120));
            expect(check.has_value() && check->verdict == Verdict::Usable, "a check is answered, and usable");
            expect(collector.timesFinished(id) == 1, "a check is answered once");
            if (!check)
                return;
        }
    }
    for (const auto& ids : asks) {
        for (const WorkId id : ids) {
            const auto answer = collector.answer(id, std::chrono::seconds(120));
            expect(answer.has_value() && answer->has_value(), "a request is answered");
            expect(collector.timesFinished(id) == 1, "a request is answered once");
        }
    }
}

void whatIsCancelledIsAnsweredOnceToo(const std::vector<Path>& folders)
{
    Collector collector;
    ProberHost host(linuxSystem(), settings(), collector);
    std::vector<std::vector<WorkId>> checks(kThreads);
    const int rounds = scaled(1000);
    onThreads([&](int thread) {
        auto& own = checks[static_cast<std::size_t>(thread)];
        for (int i = 0; i < rounds; ++i) {
            own.push_back(host.check(folders[static_cast<std::size_t>(i) % folders.size()], Level::Standard));
            if (i % 2 == 0)
                host.cancel(own[static_cast<std::size_t>(i) / 2]);
            if (thread == 0 && i % 50 == 49)
                host.cancelAll();
        }
        host.cancel(1U << 30U); // of nothing
    });
    for (const auto& ids : checks) {
        for (const WorkId id : ids) {
            const auto check = collector.check(id, std::chrono::seconds(120));
            expect(check.has_value(), "a cancelled check is answered");
            expect(!check || check->verdict == Verdict::Usable || check->verdict == Verdict::NotChecked,
                   "a cancelled check is usable or not checked");
            expect(collector.timesFinished(id) == 1, "a cancelled check is answered once");
            if (!check)
                return;
        }
    }
}

/// A listener that calls the host, as it may.
class Insistent : public Collector
{
public:
    void checkFinished(WorkId id, const Check& check) override
    {
        if (m_left-- > 0)
            static_cast<void>(host->check(check.folder, Level::Quick));
        Collector::checkFinished(id, check);
    }
    ProberHost* host = nullptr;

private:
    int m_left = 20;
};

void aListenerMayCallItsHost(const std::vector<Path>& folders)
{
    Insistent listener;
    ProberHost host(linuxSystem(), settings(), listener);
    listener.host = &host;
    WorkId last = 0;
    for (const auto& folder : folders)
        last = host.check(folder, Level::Quick);
    expect(listener.check(last, std::chrono::seconds(120)).has_value(), "the first round is answered");
}

void aHostMayEndWhileItIsBusy(const std::vector<Path>& folders)
{
    for (int round = 0; round < scaled(100); ++round) {
        Collector collector;
        auto host = std::make_unique<ProberHost>(linuxSystem(), settings(), collector);
        onThreads([&](int) {
            for (const auto& folder : folders)
                static_cast<void>(host->check(folder, Level::Standard));
        });
        host.reset();
    }
    expect(eventually(everyChildHasEnded, std::chrono::seconds(60)), "no prober is left");
    for (const auto& folder : folders)
        expect(namesIn(folder).empty(), "nothing is left in " + folder);
}

} // namespace

int main()
{
    ignoreSignalsThatAreErrors();
    const TemporaryFolder base;
    useFreshHome(base.path());
    std::vector<Path> folders;
    for (int i = 0; i < 8; ++i)
        folders.push_back(base.makeFolder("f" + std::to_string(i)));
    const auto before = openDescriptors();
    manyThreadsAskAndEachIsAnsweredOnce(folders);
    whatIsCancelledIsAnsweredOnceToo(folders);
    aListenerMayCallItsHost(folders);
    aHostMayEndWhileItIsBusy(folders);
    expect(openDescriptors() == before, "descriptors are back to where they were");
    std::printf("%d failures\n", g_failures);
    return g_failures == 0 ? 0 : 1;
}
