// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "tests/support/faults.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Started anew: the kernel gives another boot id.
class NextBoot : public ForwardingFiles
{
public:
    NextBoot(Files& target, Path bootId) : ForwardingFiles(target), m_bootId(std::move(bootId)) {}
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) override
    {
        const bool asks = std::string_view(name) == "/proc/sys/kernel/random/boot_id";
        return ForwardingFiles::open(dirFd, asks ? m_bootId.c_str() : name, flags, mode);
    }

private:
    Path m_bootId;
};

void syncAll(const Path& folder)
{
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    syncfs(fd);
    close(fd);
}

} // namespace

/// The image of a drive is copied at each call of a check, as if the power had gone, and mounted after the "next
/// start".
class PowerCutTest : public QObject
{
    Q_OBJECT

private:
    int m_moments = 0;
    std::ptrdiff_t m_found = 0;

private slots:
    void theNextCheckLeavesNothingOfWhatAPowerCutLeft_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<qulonglong>("bytes");
        QTest::addColumn<int>("stride"); // full check: every so many calls
        QTest::newRow("ext4") << QByteArray("ext4") << 32ULL * 1024 * 1024 << 8;
        QTest::newRow("xfs") << QByteArray("xfs") << 320ULL * 1024 * 1024 << 40;
        QTest::newRow("btrfs") << QByteArray("btrfs") << 128ULL * 1024 * 1024 << 40;
    }
    void theNextCheckLeavesNothingOfWhatAPowerCutLeft()
    {
        QFETCH(QByteArray, type);
        QFETCH(qulonglong, bytes);
        QFETCH(int, stride);
        const std::string fileSystem = type.toStdString();
        const TemporaryFolder base;
        const auto disk = mountTmpfs(base.path(), "mode=0755,size=3g");
        const Path image = base / "image";
        const Path folder = base.makeFolder("mounted");
        std::vector<Path> copies;
        {
            const auto mounted = mountImage(fileSystem, image, bytes, folder);
            writeFile(folder + "/letter", "kept");
            syncAll(folder);
            FaultySystem faulty;
            ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
            for (const Level level : {Level::Standard, Level::Full}) {
                std::size_t every = level == Level::Standard ? 1 : static_cast<std::size_t>(stride);
                if (fileSystem != "ext4" && level == Level::Standard)
                    every = 4;
                for (const bool synced : {false, true}) {
                    faulty.plan.set([&](const Call& call) -> std::optional<Fault> {
                        if (call.index % every != 0)
                            return std::nullopt;
                        if (synced)
                            syncAll(folder);
                        copies.push_back(base / ("copy-" + std::to_string(copies.size())));
                        runOrFail({"cp", "--sparse=auto", image, copies.back()});
                        return std::nullopt;
                    });
                    QVERIFY(FolderProbe(faulty.system, journal).run(folder, level, {}).firstProblem() == nullptr);
                    faulty.plan.heal();
                }
            }
        }
        writeFile(base / "boot_id", "8a8f5a3e-0000-4000-8000-000000000000\n");
        NextBoot files(linuxSystem().files, base / "boot_id");
        System next{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
        for (const auto& copy : copies) {
            const std::string options = fileSystem == "xfs" ? "loop,nouuid" : "loop";
            const MountedFolder mounted(fileSystem, copy, folder, options);
            const auto left = namesIn(folder);
            m_found += std::count_if(left.begin(), left.end(),
                                     [](const std::string& name) { return parseProbeName(name).has_value(); });
            ProbeJournal journal = ProbeJournal::disabled(next);
            const auto result = FolderProbe(next, journal).run(folder, Level::Standard, {});
            QVERIFY2(result.firstProblem() == nullptr, copy.c_str());
            auto names = namesIn(folder);
            std::erase(names, "lost+found");
            QVERIFY2(names == std::vector<std::string>{"letter"}, (copy + " " + names.front()).c_str());
            QCOMPARE(readFile(folder + "/letter"), std::string("kept"));
            ++m_moments;
        }
    }

    void cleanupTestCase()
    {
        QVERIFY2(m_found > 0, "no power cut left anything: they came at the wrong moments");
        qInfo("power cuts: %d moments, %td leftovers found there, 0 left behind", m_moments, m_found);
    }
};

SCRATCHPROOF_TEST_MAIN(PowerCutTest, PrivateMounts)
#include "tst_power_cut.moc"
