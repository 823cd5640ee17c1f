// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/quick_capacity.h"

#include "core/base/quantity.h"
#include "core/verify/aligned_buffer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::uint64_t kLeastUnit = 4 * kMebibyte;
constexpr std::uint64_t kWantedSamples = 540;
constexpr std::size_t kPushPiece = kMebibyte;
constexpr auto kTellInterval = std::chrono::milliseconds(100);

struct Sample
{
    std::uint64_t offset = 0;
    std::uint64_t reserved = 0;
    bool hasFailed = false; // to be written
    std::vector<Region> regions = {};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> aliases = {}; // where, and whose place it is
};

class QuickCapacityRun
{
public:
    QuickCapacityRun(VerifyTarget& target, const QuickCapacityOptions& options, const CapacityListener& listener,
                     const std::stop_token& stop)
        : m_target(target), m_options(options), m_listener(listener), m_stop(stop), m_pattern(options.salt),
          m_buffer(std::max(options.sample, kPushPiece))
    {
        m_report.claimed = options.claimed;
        m_report.isPastCache = target.readsPastCache();
    }

    QuickCapacityReport run()
    {
        m_phaseBegan = Clock::now();
        {
            bool isOver = false;
            std::condition_variable ended;
            const std::jthread worker([&] {
                work();
                const std::scoped_lock lock(m_mutex);
                isOver = true;
                ended.notify_one();
            });
            std::unique_lock lock(m_mutex);
            while (!ended.wait_for(lock, kTellInterval, [&] { return isOver; })) {
                CapacityProgress now = m_progress;
                now.elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - m_phaseBegan).count();
                lock.unlock();
                if (m_listener)
                    m_listener(now);
                lock.lock();
            }
        }
        judge();
        return std::move(m_report);
    }

private:
    using Clock = std::chrono::steady_clock;

    void work()
    {
        bool isReserved = false;
        timed(m_report.writing, [&] {
            isReserved = reserveAll();
            if (isReserved)
                writeSamples();
        });
        if (!isReserved)
            return;
        timed(m_report.flushing, [this] { flush(); });
        if (mustEnd() || m_isIncomplete)
            return;
        // Some file systems say that they reserved, and did not: by now the room would be less.
        const auto left = m_target.room();
        answered(0);
        if (!left)
            return noteError(left.error());
        if (m_roomBefore - std::min(*left, m_roomBefore) < m_report.reserved / 2) {
            m_report.cannotReserve = true;
            return;
        }
        timed(m_report.writing, [this] { pushOut(); });
        timed(m_report.flushing, [this] { flush(); });
        timed(m_report.verifying, [this] { readBack(); });
    }

    /// Adds how long that took.
    template <typename Call>
    static void timed(Nanoseconds& sum, const Call& call)
    {
        const auto began = Clock::now();
        call();
        sum += std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
    }

    [[nodiscard]] bool mustEnd() const { return m_stop.stop_requested() || m_isGone; }

    [[nodiscard]] std::uint64_t claimed() const { return std::max(m_options.claimed, m_report.reserved); }

    void noteError(const Error& error)
    {
        if (!m_report.error)
            m_report.error = error;
        if (saysDriveIsGone(error))
            m_isGone = true;
    }

    void begin(CapacityPhase phase, std::uint64_t total)
    {
        const std::scoped_lock lock(m_mutex);
        m_progress.phase = phase;
        m_progress.done = 0;
        m_progress.total = total;
        m_phaseBegan = Clock::now();
    }

    /// A call of the target has come back, and so much of the phase is done.
    void answered(std::uint64_t done)
    {
        const std::scoped_lock lock(m_mutex);
        ++m_progress.answers;
        m_progress.done += done;
    }

    bool reserveAll()
    {
        const auto room = m_target.room();
        if (!room) {
            noteError(room.error());
            return false;
        }
        m_roomBefore = *room;
        std::uint64_t length = m_options.unit;
        // Near the end in smaller and smaller parts; never more in all than there was.
        while (m_report.reserved < m_roomBefore && length >= m_options.sample && !mustEnd()) {
            const std::uint64_t offset = m_samples.size() * m_options.unit;
            const auto reserved = m_target.reserve(offset, length);
            answered(0);
            if (!reserved && (reserved.error().code == EOPNOTSUPP || reserved.error().code == ENOSYS) &&
                m_samples.empty()) {
                m_report.cannotReserve = true;
                return false;
            }
            if (!reserved) {
                noteError(reserved.error());
                m_isIncomplete = true;
                return false;
            }
            if (*reserved < m_options.sample) {
                length /= 4;
                continue;
            }
            m_samples.push_back({offset, *reserved});
            m_report.reserved += *reserved;
        }
        return !m_samples.empty() && !mustEnd();
    }

    void writeSamples()
    {
        begin(CapacityPhase::Writing, m_samples.size() * m_options.sample);
        for (Sample& sample : m_samples) {
            if (mustEnd())
                return;
            const auto written = write(sample.offset, m_options.sample);
            sample.hasFailed = !written;
            // A quota, or a file system that needs more room than it reserved.
            if (written && *written < m_options.sample)
                m_isIncomplete = true;
            answered(m_options.sample);
        }
    }

    Result<std::size_t> write(std::uint64_t offset, std::size_t size)
    {
        const auto data = m_buffer.first(size);
        m_pattern.fill(data, offset);
        auto written = m_target.write(offset, data);
        if (!written)
            noteError(written.error());
        m_report.written += written.value_or(0);
        return written;
    }

    void flush()
    {
        if (mustEnd())
            return;
        begin(CapacityPhase::Flushing, 0);
        if (const auto flushed = m_target.flush(); !flushed) {
            noteError(flushed.error());
            m_hasFailed = true;
        }
        answered(0);
    }

    void pushOut()
    {
        const std::uint64_t wanted = m_options.push != 0 ? m_options.push : defaultPush(claimed(), m_options.unit);
        begin(CapacityPhase::Writing, wanted);
        for (const Sample& sample : m_samples) {
            for (std::uint64_t at = m_options.sample; at < sample.reserved; at += kPushPiece) {
                const std::uint64_t left = std::min(sample.reserved - at, wanted - m_report.pushed);
                const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPushPiece, left));
                if (size < kBlockSize || mustEnd())
                    return;
                const auto whole = size / kBlockSize * kBlockSize;
                const auto written = write(sample.offset + at, whole);
                if (!written)
                    m_hasFailed = true;
                if (!written || *written < whole)
                    return;
                m_report.pushed += whole;
                m_pushedEnd = sample.offset + at + whole;
                answered(whole);
            }
        }
    }

    /// Whether this run wrote to that place.
    [[nodiscard]] bool wroteTo(std::uint64_t place) const
    {
        const std::uint64_t index = place / m_options.unit;
        return index < m_samples.size() &&
               (place - m_samples[static_cast<std::size_t>(index)].offset < m_options.sample || place < m_pushedEnd);
    }

    void readBack()
    {
        begin(CapacityPhase::Verifying, m_samples.size() * m_options.sample);
        for (auto sample = m_samples.rbegin(); sample != m_samples.rend() && !mustEnd(); ++sample) {
            const auto data = m_buffer.first(m_options.sample);
            const auto read =
                sample->hasFailed ? Result<void>(fail("pwrite", "", EIO)) : m_target.read(sample->offset, data);
            if (!read) {
                noteError(read.error());
                if (m_isGone)
                    return;
                sample->regions.push_back({sample->offset, m_options.sample, RegionState::Error});
            } else {
                examine(data, *sample);
            }
            ++m_report.samples;
            const bool isBad = sample->regions.size() != 1 || sample->regions.front().state != RegionState::Good;
            if (isBad) {
                ++m_report.badSamples;
                const std::scoped_lock lock(m_mutex);
                m_progress.bad += m_options.sample;
            }
            answered(m_options.sample);
        }
    }

    void examine(std::span<const std::byte> data, Sample& sample) const
    {
        for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
            const std::uint64_t place = sample.offset + at;
            const SectorFinding found = m_pattern.examine(data.subspan(at, kSectorSize), place);
            RegionState state = regionStateOf(found.state);
            if (state == RegionState::Aliased && wroteTo(found.origin))
                sample.aliases.emplace_back(place, found.origin);
            else if (state == RegionState::Aliased)
                state = RegionState::Lost;
            if (!sample.regions.empty() && sample.regions.back().state == state)
                sample.regions.back().length += kSectorSize;
            else
                sample.regions.push_back({place, kSectorSize, state});
        }
    }

    void judge()
    {
        for (const Sample& sample : m_samples) {
            for (const Region& region : sample.regions)
                m_report.regions.add(region.offset, region.length, region.state);
            for (const auto& [offset, origin] : sample.aliases)
                m_report.regions.noteAlias(offset, origin);
        }
        CapacityEvidence evidence;
        evidence.claimed = m_options.claimed;
        evidence.isPastCache = m_report.isPastCache;
        evidence.isChecksummed = m_target.checksContent();
        evidence.isStopped = m_stop.stop_requested();
        evidence.isGone = m_isGone;
        evidence.isComplete = !m_isIncomplete && !m_samples.empty() && m_report.samples == m_samples.size();
        evidence.hasFailed = m_hasFailed;
        m_report.judgement = judgeCapacity(m_report.regions, evidence);
        if (m_report.judgement.verdict == CapacityVerdict::Genuine)
            m_report.judgement.verdict = CapacityVerdict::NoSignOfCounterfeit;
        if (m_report.judgement.verdict == CapacityVerdict::Counterfeit)
            estimateReal();
    }

    /// Of samples that are spread, the share that is good is that of the drive that is real; but where it begins anew,
    /// those keep their content that nothing else fell upon, and only the distance tells.
    void estimateReal()
    {
        CapacityJudgement& judgement = m_report.judgement;
        const auto claimed = static_cast<double>(this->claimed());
        if (m_report.regions.bytes(RegionState::Aliased) != 0) {
            const auto distance = m_report.regions.aliasDistance();
            const bool isKnown = distance.share >= 0.9 && static_cast<double>(distance.bytes) < claimed;
            // It may be a multiple of the real size.
            const auto most = isKnown ? distance.bytes : static_cast<std::uint64_t>(claimed);
            judgement.realError = (most + 1) / 2;
            judgement.real = most / 2;
            return;
        }
        const auto samples = static_cast<double>(m_report.samples);
        const double good = static_cast<double>(m_report.samples - m_report.badSamples) / samples;
        // 95 %, and half a sample for what lies between the last good and the first bad one.
        const double error = 1.96 * std::sqrt(good * (1 - good) / samples) + 0.5 / samples;
        // What could not be reserved (files of others, the file system's own) may be real or not.
        const auto reserved = static_cast<double>(m_report.reserved);
        const double unknown = (claimed - reserved) / 2;
        judgement.real = static_cast<std::uint64_t>(reserved * good + unknown);
        judgement.realError = static_cast<std::uint64_t>(reserved * error + unknown);
        // Where what is aliased is told as an error, it may begin anew as well: then less is real, unknown how much.
        if (m_target.checksContent()) {
            judgement.realError = (judgement.real + judgement.realError) / 2;
            judgement.real = judgement.realError;
        }
    }

    VerifyTarget& m_target;
    QuickCapacityOptions m_options;
    const CapacityListener& m_listener;
    std::stop_token m_stop;
    BlockPattern m_pattern;
    AlignedBuffer m_buffer;
    QuickCapacityReport m_report;
    std::mutex m_mutex; // for the next two
    CapacityProgress m_progress;
    Clock::time_point m_phaseBegan;
    std::vector<Sample> m_samples;
    std::uint64_t m_roomBefore = 0;
    std::uint64_t m_pushedEnd = 0;
    bool m_isGone = false;
    bool m_isIncomplete = false;
    bool m_hasFailed = false;
};

} // namespace

std::uint64_t quickUnit(std::uint64_t room)
{
    return std::max(kLeastUnit, (room / kWantedSamples + kLeastUnit - 1) / kLeastUnit * kLeastUnit);
}

std::uint64_t defaultPush(std::uint64_t claimed, std::uint64_t unit)
{
    return std::max(std::min(1024 * kMebibyte, claimed / 50), unit + unit / 2);
}

double chanceOfMissing(std::uint64_t samples, double missing)
{
    return std::pow(1 - std::clamp(missing, 0.0, 1.0), static_cast<double>(samples));
}

QuickCapacityReport checkQuickCapacity(VerifyTarget& target, const QuickCapacityOptions& options,
                                       const CapacityListener& listener, const std::stop_token& stop)
{
    return QuickCapacityRun(target, options, listener, stop).run();
}

} // namespace scratchproof
