// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/quick_capacity.h"

#include "core/base/quantity.h"
#include "core/verify/aligned_buffer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::uint64_t kLeastUnit = 4 * kMebibyte;
constexpr std::uint64_t kWantedSamples = 540;
constexpr std::size_t kPushPiece = kMebibyte;
constexpr std::uint64_t kNoPlace = std::uint64_t{1} << 62U;
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
          m_span(std::max(options.span, options.unit)), m_step(m_span)
    {
        m_options.threads = std::max(1U, options.threads);
        for (unsigned i = 0; i < m_options.threads; ++i)
            m_buffers.emplace_back(std::max(options.sample, kPushPiece));
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
                now.total = std::max(now.total, now.done);
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
        timed(m_report.writing, [this] { reserveAndSample(); });
        if (m_samples.empty() || m_isReservingFailed || mustEnd())
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

    /// Calls `work` with a buffer on each of the threads at once: while one waits for the drive another one makes what
    /// comes next.
    template <typename Work>
    void inParallel(const Work& work)
    {
        std::vector<std::jthread> crew;
        for (AlignedBuffer& buffer : m_buffers)
            crew.emplace_back([&work, &buffer] { work(buffer); });
    }

    [[nodiscard]] bool mustEnd() const { return m_stop.stop_requested() || m_isGone; }

    [[nodiscard]] std::uint64_t claimed() const { return std::max(m_options.claimed, m_report.reserved); }

    void noteError(const Error& error)
    {
        const std::scoped_lock lock(m_mutex);
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

    void reserveAndSample()
    {
        const auto room = m_target.room();
        if (!room)
            return noteError(room.error());
        m_roomBefore = *room;
        begin(CapacityPhase::Writing, m_roomBefore / m_options.unit * m_options.sample);
        inParallel([this](AlignedBuffer& buffer) {
            while (Sample* sample = reserveNext()) {
                const auto data = buffer.first(m_options.sample);
                m_pattern.fill(data, sample->offset);
                const auto written = write(data, sample->offset);
                sample->hasFailed = !written;
                // A quota, or a file system that needs more room than it reserved.
                if (written && *written < m_options.sample)
                    m_isIncomplete = true;
                answered(m_options.sample);
            }
        });
    }

    /// The place of the next sample; null if there is none. By one thread at a time, so that the drive is given out in
    /// the order of the samples.
    Sample* reserveNext()
    {
        const std::scoped_lock lock(m_order);
        while (m_next.length < m_options.sample) {
            // Near the end in smaller and smaller parts; never more in all than there was.
            if (m_report.reserved >= m_roomBefore || m_step < m_options.sample || m_isReservingFailed || mustEnd())
                return nullptr;
            const std::uint64_t offset = m_spans * m_span;
            const auto reserved = m_target.reserve(offset, m_step);
            answered(0);
            if (!reserved) {
                const bool isRefused = reserved.error().code == EOPNOTSUPP || reserved.error().code == ENOSYS;
                // Where the drive lost some of the file system, a part of that much may still be had elsewhere.
                if (m_step > m_options.unit && !isRefused && !saysDriveIsGone(reserved.error())) {
                    m_step = m_options.unit;
                    ++m_spans;
                    continue;
                }
                m_isReservingFailed = true;
                m_report.cannotReserve = m_samples.empty() && isRefused;
                if (!m_report.cannotReserve)
                    noteError(reserved.error());
                return nullptr;
            }
            if (*reserved < m_options.sample) {
                m_step /= 4;
                continue;
            }
            m_report.reserved += *reserved;
            ++m_spans;
            m_next = {offset, *reserved};
        }
        if (mustEnd())
            return nullptr;
        // What is too little for another one goes with the last.
        const bool isLast = m_next.length < m_options.unit + m_options.sample;
        const std::uint64_t length = isLast ? m_next.length : m_options.unit;
        Sample& sample = m_samples.emplace_back(Sample{m_next.offset, length});
        m_next = {m_next.offset + length, m_next.length - length};
        return &sample;
    }

    Result<std::size_t> write(std::span<const std::byte> data, std::uint64_t offset)
    {
        auto written = m_target.write(offset, data);
        if (!written)
            noteError(written.error());
        const std::scoped_lock lock(m_mutex);
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
        m_toPush = m_options.push != 0 ? m_options.push : defaultPush(claimed(), m_options.unit);
        begin(CapacityPhase::Writing, m_toPush);
        m_pushed = {0, m_options.sample};
        inParallel([this](AlignedBuffer& buffer) {
            // Of no place on the drive, and another one for each.
            const auto index = static_cast<std::uint64_t>(&buffer - m_buffers.data());
            m_pattern.fill(buffer.first(kPushPiece), kNoPlace + index * kPushPiece);
            while (const auto piece = nextToPush()) {
                const auto size = static_cast<std::size_t>(piece->length);
                // The place is what a sample tells that was written over; the rest takes longer to make than to write.
                m_pattern.stamp(buffer.first(size), piece->offset);
                const auto written = write(buffer.first(size), piece->offset);
                const std::scoped_lock lock(m_order);
                if (!written)
                    m_hasFailed = true;
                if (!written || *written < size) {
                    m_toPush = 0;
                    return;
                }
                m_report.pushed += size;
                m_pushedEnd = std::max(m_pushedEnd, piece->offset + size);
                answered(size);
            }
        });
    }

    /// What follows in the one stretch; nothing at its end.
    std::optional<Extent> nextToPush()
    {
        const std::scoped_lock lock(m_order);
        auto& [index, at] = m_pushed;
        for (; index < m_samples.size() && !mustEnd(); ++index, at = m_options.sample) {
            const Sample& sample = m_samples[index];
            const std::uint64_t left = std::min({sample.reserved - at, m_toPush, std::uint64_t{kPushPiece}});
            if (const std::uint64_t whole = left / kBlockSize * kBlockSize; whole != 0) {
                const Extent piece{sample.offset + at, whole};
                m_toPush -= whole;
                at += whole;
                return piece;
            }
            if (m_toPush < kBlockSize)
                break;
        }
        return std::nullopt;
    }

    /// Whether this run wrote to that place.
    [[nodiscard]] bool wroteTo(std::uint64_t place) const
    {
        const auto after =
            std::upper_bound(m_samples.begin(), m_samples.end(), place,
                             [](std::uint64_t one, const Sample& sample) { return one < sample.offset; });
        return after != m_samples.begin() &&
               (place - std::prev(after)->offset < m_options.sample || place < m_pushedEnd);
    }

    void readBack()
    {
        begin(CapacityPhase::Verifying, m_samples.size() * m_options.sample);
        std::atomic<std::size_t> left = m_samples.size();
        inParallel([&](AlignedBuffer& buffer) {
            for (std::size_t one = left; one != 0 && !mustEnd();) {
                if (left.compare_exchange_weak(one, one - 1))
                    readBack(m_samples[one - 1], buffer);
            }
        });
    }

    void readBack(Sample& sample, AlignedBuffer& buffer)
    {
        const auto data = buffer.first(m_options.sample);
        const auto read = sample.hasFailed ? Result<void>(fail("pwrite", "", EIO)) : m_target.read(sample.offset, data);
        if (!read) {
            noteError(read.error());
            if (m_isGone)
                return;
            sample.regions.push_back({sample.offset, m_options.sample, RegionState::Error});
        } else {
            examine(data, sample);
        }
        const bool isBad = sample.regions.size() != 1 || sample.regions.front().state != RegionState::Good;
        answered(m_options.sample);
        const std::scoped_lock lock(m_mutex);
        ++m_report.samples;
        if (isBad) {
            ++m_report.badSamples;
            m_progress.bad += m_options.sample;
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
        evidence.isComplete =
            !m_isIncomplete && !m_isReservingFailed && !m_samples.empty() && m_report.samples == m_samples.size();
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
    std::vector<AlignedBuffer> m_buffers; // one of each thread
    std::mutex m_mutex;                   // for the next three, and m_report's error, sums and samples
    QuickCapacityReport m_report;
    CapacityProgress m_progress;
    Clock::time_point m_phaseBegan;
    std::mutex m_order;           // for what comes next: all down to m_pushedEnd, while there are several threads
    std::deque<Sample> m_samples; // references to them stay
    Extent m_next;                // is reserved, for further samples
    std::uint64_t m_spans = 0;    // that were reserved
    std::uint64_t m_span;
    std::uint64_t m_step;       // how much is reserved next
    std::uint64_t m_toPush = 0; // still
    struct
    {
        std::size_t sample = 0;
        std::uint64_t at = 0; // in its unit
    } m_pushed;               // what comes next in the stretch
    std::uint64_t m_pushedEnd = 0;
    std::uint64_t m_roomBefore = 0;
    std::atomic<bool> m_isReservingFailed = false;
    std::atomic<bool> m_isGone = false;
    std::atomic<bool> m_isIncomplete = false;
    std::atomic<bool> m_hasFailed = false;
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
