// SPDX-License-Identifier: GPL-3.0-or-later
// Measuring speed on a real file system: what is said was done, nothing is left, and what fails is told.
#include "core/system/linux.h"
#include "core/verify/speed.h"
#include "core/verify/speed_engine.h"
#include "tests/support/faults.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

SpeedOptions shortOptions(SpeedEngine engine)
{
    SpeedOptions options;
    options.salt = 5;
    options.size = 24 * kMiB;
    options.timeOfJob = kNanosecondsPerSecond / 4;
    options.engine = engine;
    return options;
}

UniqueFd opened(const Path& folder)
{
    auto fd = linuxSystem().files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    return fd ? std::move(*fd) : UniqueFd();
}

std::string words(const Result<SpeedReport>& report)
{
    if (!report)
        return toString(report.error());
    std::string text = std::string(toString(report->engine)) + (report->isDirect ? " direct" : " cached");
    for (const SpeedOfJob& job : report->jobs)
        text += std::string(", ") + job.job.name + " " + std::to_string(job.bytesPerSecond() / 1e6) + " MB/s";
    text += ", small files " + std::to_string(report->smallFilesPerSecond()) + " a second, " +
            std::to_string(report->flushes) + " flushes of " + std::to_string(report->flushMedian) + " ns";
    return report->error ? text + ", " + toString(*report->error) : text;
}

} // namespace

class TestSpeed : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanupTestCase() { m_mount.reset(); }
    void eachJobIsMeasured_data();
    void eachJobIsMeasured();
    void whatIsInMemoryIsNotCalledReading();
    void itEndsWhereTheDriveFails();
    void itStopsAtOnceAndLeavesNothing();
    void aFolderWithoutRoomIsRefused();
    void placesAreWithinTheFileAndSpread();
    void ratesAreBytesBySeconds();

private:
    TemporaryFolder m_base;
    std::unique_ptr<MountedFolder> m_mount;
    Path m_folder;
};

void TestSpeed::initTestCase()
{
    const Path image = m_base / "image";
    runOrFail({"truncate", "-s", "64M", image});
    runOrFail({"mkfs.ext4", "-qF", image});
    m_mount = std::make_unique<MountedFolder>("ext4", image, m_base.makeFolder("drive"), "rw,loop");
    m_folder = m_mount->path() + "/ours";
    fs::create_directory(m_folder);
}

void TestSpeed::eachJobIsMeasured_data()
{
    QTest::addColumn<int>("engine");
    QTest::newRow("io_uring") << static_cast<int>(SpeedEngine::Uring);
    QTest::newRow("threads") << static_cast<int>(SpeedEngine::Threads);
}

void TestSpeed::eachJobIsMeasured()
{
    QFETCH(int, engine);
    const auto wanted = static_cast<SpeedEngine>(engine);
    std::vector<std::string> told;
    const auto report = measureSpeed(linuxSystem(), opened(m_folder).get(), shortOptions(wanted),
                                     [&](const SpeedProgress& progress) {
                                         if (told.empty() || told.back() != progress.job)
                                             told.emplace_back(progress.job);
                                     },
                                     {});
    qInfo("%s", words(report).c_str());
    QVERIFY2(report && !report->error, words(report).c_str());
    QVERIFY(report->engine == wanted || !hasUring());
    QVERIFY(report->isDirect);
    QVERIFY2(report->size <= 24 * kMiB && report->size >= 4 * kMiB, words(report).c_str());
    QCOMPARE(report->jobs.size(), kSpeedJobs.size());
    for (std::size_t i = 0; i < kSpeedJobs.size(); ++i) {
        const SpeedOfJob& job = report->jobs[i];
        QCOMPARE(std::string(job.job.name), std::string(kSpeedJobs[i].name));
        QVERIFY2(job.bytes > 0 && job.bytes == job.requests * job.job.block, words(report).c_str());
        QVERIFY(job.time >= kNanosecondsPerSecond / 4);
        QVERIFY(job.time < 5 * kNanosecondsPerSecond);
        const auto spread = job.spread();
        QVERIFY(spread.low <= spread.median && spread.median <= spread.high);
    }
    QVERIFY(report->flushes > 0 && report->flushMedian > 0 && report->flushMedian <= report->flushP99);
    QVERIFY(report->smallFilesPerSecond() > 0);
    QCOMPARE(told.size(), kSpeedJobs.size() + 2);
    QVERIFY(fs::is_empty(m_folder));
}

void TestSpeed::whatIsInMemoryIsNotCalledReading()
{
    auto options = shortOptions(SpeedEngine::Threads);
    options.isLocal = false;
    options.timeOfJob = kNanosecondsPerSecond / 20;
    const auto report = measureSpeed(linuxSystem(), opened(m_folder).get(), options, {}, {});
    QVERIFY2(report && !report->error && !report->isDirect, words(report).c_str());
    for (const SpeedOfJob& job : report->jobs)
        QVERIFY(job.job.isWrite);
}

void TestSpeed::itEndsWhereTheDriveFails()
{
    for (const char* call : {"pwrite", "pread", "fsync", "write", "unlinkat"}) {
        FaultySystem faulty;
        faulty.plan.set(failEvery(call, {EIO}));
        auto options = shortOptions(SpeedEngine::Threads);
        options.timeOfJob = kNanosecondsPerSecond / 20;
        const auto report = measureSpeed(faulty.system, opened(m_folder).get(), options, {}, {});
        QVERIFY2(report && report->error && report->error->code == EIO, (call + (" " + words(report))).c_str());
        fs::remove(m_folder + "/verify-speed");
        fs::remove(m_folder + "/verify-small");
    }
}

void TestSpeed::itStopsAtOnceAndLeavesNothing()
{
    for (const auto engine : {SpeedEngine::Uring, SpeedEngine::Threads}) {
        for (const char* at : {"sequential-write-q32", "random-read-q1", "flush", "small-files"}) {
            std::stop_source stop;
            auto options = shortOptions(engine);
            options.timeOfJob = kNanosecondsPerSecond / 20;
            const auto report = measureSpeed(
                linuxSystem(), opened(m_folder).get(), options,
                [&](const SpeedProgress& progress) {
                    if (progress.job == at)
                        stop.request_stop();
                },
                stop.get_token());
            QVERIFY2(report && report->isStopped && !report->error, words(report).c_str());
            QVERIFY(fs::is_empty(m_folder));
        }
    }
}

void TestSpeed::aFolderWithoutRoomIsRefused()
{
    auto options = shortOptions(SpeedEngine::Threads);
    options.keepFree = std::uint64_t{1} << 40U;
    const auto report = measureSpeed(linuxSystem(), opened(m_folder).get(), options, {}, {});
    QVERIFY(!report && report.error().kind == ErrorKind::FolderUnusable);
    QVERIFY(fs::is_empty(m_folder));
}

void TestSpeed::placesAreWithinTheFileAndSpread()
{
    SpeedRequests inOrder({"x", true, false, 4096, 1}, -1, 3 * 4096 + 100, 7);
    for (const unsigned place : {0U, 4096U, 8192U, 0U})
        QCOMPARE(inOrder.next(), std::uint64_t{place});
    SpeedRequests anywhere({"x", true, true, 4096, 1}, -1, 64 * 4096, 7);
    std::vector<int> hits(64);
    for (int i = 0; i < 6400; ++i) {
        const std::uint64_t place = anywhere.next();
        QVERIFY(place % 4096 == 0 && place < 64 * 4096U);
        ++hits[place / 4096];
    }
    for (const int count : hits)
        QVERIFY(count > 50 && count < 170);
}

void TestSpeed::ratesAreBytesBySeconds()
{
    // 300 MB/s for a second, then 50: the first tenth, the second half and the whole differ.
    SpeedOfJob job{kSpeedJobs[0]};
    for (int part = 1; part <= 100; ++part) {
        job.time = part * kNanosecondsPerSecond / 10;
        job.bytes += part <= 10 ? 30'000'000 : 5'000'000;
        job.curve.push_back({job.time, job.bytes});
    }
    QCOMPARE(job.bytesPerSecond(), 75e6);
    QCOMPARE(job.firstBytesPerSecond(), 300e6);
    QCOMPARE(job.steadyBytesPerSecond(), 50e6);
    QCOMPARE(job.spread().median, 50e6);
    QCOMPARE(job.spread().high, 300e6);
    QCOMPARE(SpeedOfJob{}.bytesPerSecond(), 0.0);
}

SCRATCHPROOF_TEST_MAIN(TestSpeed, PrivateMounts)
#include "tst_speed.moc"
