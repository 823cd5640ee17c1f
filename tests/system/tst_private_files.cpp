// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/private_files.h"

#include <QTest>

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

using namespace scratchproof;

namespace {

mode_t maskNow()
{
    const mode_t mask = umask(0);
    umask(mask);
    return mask;
}

} // namespace

class PrivateFilesTest : public QObject
{
    Q_OBJECT

private:
    mode_t m_before = 0;

private slots:
    void init() { m_before = umask(0777); }
    void cleanup() { umask(m_before); }

    void theMaskIsTheOwnersAloneAndThenTheSessionsAgain()
    {
        {
            const PrivateFiles ours;
            QCOMPARE(maskNow(), mode_t{0077});
        }
        QCOMPARE(maskNow(), mode_t{0777});
    }

    void theLastOfSeveralGivesItBackInWhateverOrderTheyEnd()
    {
        auto first = std::make_unique<PrivateFiles>();
        auto second = std::make_unique<PrivateFiles>();
        first.reset();
        QCOMPARE(maskNow(), mode_t{0077});
        second.reset();
        QCOMPARE(maskNow(), mode_t{0777});
    }

    void aNewMaskOfTheSessionIsTheOneThatComesBack()
    {
        umask(0022);
        {
            const PrivateFiles ours;
        }
        QCOMPARE(maskNow(), mode_t{0022});
    }

    void threadsShareIt()
    {
        constexpr int kRounds = 2000;
        const PrivateFiles ours; // so that asking what it is changes nothing for the others
        std::atomic<int> running{0};
        {
            std::array<std::jthread, 4> threads;
            for (auto& thread : threads)
                thread = std::jthread([&] {
                    ++running;
                    for (int i = 0; i < kRounds; ++i)
                        const PrivateFiles also;
                });
        }
        QCOMPARE(running.load(), 4);
        QCOMPARE(maskNow(), mode_t{0077});
    }
};

QTEST_APPLESS_MAIN(PrivateFilesTest)
#include "tst_private_files.moc"
