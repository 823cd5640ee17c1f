// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/supervised_host.h"
#include "core/system/forwarding.h"
#include "tests/support/collector.h"

#include <QTest>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// A user database that answers only once it is let.
class SlowAccounts final : public ForwardingProcesses
{
public:
    SlowAccounts() : ForwardingProcesses(linuxSystem().processes) {}
    ~SlowAccounts() override { letAnswer(); }

    Result<std::optional<UserAccount>> userAccount(const std::string& /*name*/) override
    {
        std::unique_lock lock(m_mutex);
        m_isAsked = true;
        m_change.notify_all();
        m_change.wait(lock, [this] { return m_mayAnswer; });
        return std::optional<UserAccount>();
    }
    void waitUntilAsked()
    {
        std::unique_lock lock(m_mutex);
        m_change.wait(lock, [this] { return m_isAsked; });
    }
    void letAnswer()
    {
        const std::lock_guard lock(m_mutex);
        m_mayAnswer = true;
        m_change.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_change;
    bool m_isAsked = false;
    bool m_mayAnswer = false;
};

/// Outlives the thread that asks it, which may go on after a test.
struct Shared
{
    SlowAccounts accounts;
    System system{linuxSystem().files, linuxSystem().attributes, accounts, linuxSystem().clock};
};

SupervisedSettings settings()
{
    SupervisedSettings made;
    made.program = SCRATCHPROOF_CLI;
    made.runAs = {"ann", {}};
    return made;
}

} // namespace

/// Who another user is may be a directory server's to say, and that may not answer.
class TestSlowAccounts : public QObject
{
    Q_OBJECT
private slots:
    void theAnswerIsWaitedFor()
    {
        Shared shared;
        Collector seen;
        SupervisedHost host(shared.system, settings(), seen);
        const WorkId first = host.check("/tmp", Level::Quick);
        shared.accounts.waitUntilAsked();
        const WorkId second = host.check("/tmp", Level::Quick);
        shared.accounts.letAnswer();
        for (const WorkId id : {first, second}) {
            const auto check = seen.check(id);
            QVERIFY(check);
            QVERIFY(check->verdict == Verdict::NotChecked);
            QCOMPARE(check->findings.at(0).id, std::string("as-user-unknown"));
        }
    }

    void whatIsTakenBackMeanwhileIsAnsweredAtOnce()
    {
        Shared shared;
        Collector seen;
        SupervisedHost host(shared.system, settings(), seen);
        const WorkId id = host.check("/tmp", Level::Quick);
        shared.accounts.waitUntilAsked();
        host.cancel(id);
        const auto check = seen.check(id);
        QVERIFY(check);
        QCOMPARE(check->findings.at(0).id, std::string("cancelled"));
        shared.accounts.letAnswer();
    }

    /// As when a window is closed: the thread that watches is not the one that waits.
    void theEndDoesNotWaitForIt()
    {
        // The thread that asks goes on for as long as this process.
        static Shared& shared = *new Shared; // NOLINT(cppcoreguidelines-owning-memory)
        Collector seen;
        auto host = std::make_unique<SupervisedHost>(shared.system, settings(), seen);
        host->check("/tmp", Level::Quick);
        shared.accounts.waitUntilAsked();
        const auto begin = std::chrono::steady_clock::now();
        host.reset();
        QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
        shared.accounts.letAnswer();
    }
};

QTEST_APPLESS_MAIN(TestSlowAccounts)
#include "tst_slow_accounts.moc"
