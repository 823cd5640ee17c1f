// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/capacity.h"

#include "core/verify/aligned_buffer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 3> kPhaseWords{"writing", "flushing", "verifying"};
constexpr auto kProgressInterval = std::chrono::milliseconds(100);
constexpr std::size_t kSampleSize = 64 * 1024;
/// A drive tries each bad sector for seconds: after that long the rest of a piece counts as unreadable.
constexpr auto kRescueTime = std::chrono::seconds(3);
/// So many pieces that could not be written in a row, and no more are tried.
constexpr int kMostFailures = 8;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
/// Caches of drives are mostly smaller than the first, and hardly ever larger than the second.
constexpr std::uint64_t kLeastPushed = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMostPushed = std::uint64_t{1} << 30U;
/// A file system may give back room once it was flushed, so often.
constexpr int kMostRefills = 4;

/// What was found in one piece, until those before it were.
struct PieceFindings
{
    std::vector<Region> regions;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> aliases; // where, and whose place it is

    void add(std::uint64_t offset, std::uint64_t length, RegionState state)
    {
        if (!regions.empty() && regions.back().state == state && regions.back().end() == offset)
            regions.back().length += length;
        else
            regions.push_back({offset, length, state});
    }
};

class CapacityRun
{
public:
    CapacityRun(VerifyTarget& target, const CapacityOptions& options, const CapacityListener& listener,
                const std::stop_token& stop)
        : m_target(target), m_options(options), m_listener(listener), m_stop(stop), m_pattern(options.salt)
    {
        m_options.threads = std::max(1U, options.threads);
        for (unsigned i = 0; i < m_options.threads; ++i)
            m_buffers.emplace_back(std::max(options.piece, kSampleSize));
        m_report.isPastCache = target.readsPastCache();
        m_report.claimed = options.claimed;
    }

    CapacityReport fillAndVerify()
    {
        m_report.writing = timed([this] {
            fill();
            if (m_report.isPastCache && !mustEnd())
                pushCacheOut();
        });
        if (m_failures >= kMostFailures && doesNotAnswer(m_buffers.front()))
            m_isGone = true;
        m_report.flushing = mustEnd() ? 0 : timed([this] { m_report.isFlushed = flush(); });
        return verify();
    }

    CapacityReport verifyOnly(const WrittenSpace& written)
    {
        m_end = written.end;
        m_gaps = written.gaps;
        return verify();
    }

private:
    template <typename Call>
    static Nanoseconds timed(const Call& call)
    {
        const auto begin = SteadyClock::now();
        call();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - begin).count();
    }

    [[nodiscard]] bool isStopped() const { return m_stop.stop_requested(); }
    [[nodiscard]] bool mustEnd() const { return isStopped() || m_isGone; }

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
        m_progress.phase = phase;
        m_progress.total = total;
        m_done = 0;
        m_phaseBegan = SteadyClock::now();
        tell();
    }

    void tell()
    {
        if (!m_listener)
            return;
        m_progress.done = m_done;
        m_progress.total = std::max<std::uint64_t>(m_progress.total, m_progress.done);
        m_progress.bad = m_bad;
        m_progress.answers = m_answers;
        m_progress.elapsed =
            std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - m_phaseBegan).count();
        m_listener(m_progress);
    }

    /// Calls `work` with a buffer on each of so many threads, and tells of the progress until all have returned.
    template <typename Work>
    void inParallel(unsigned threads, const Work& work)
    {
        std::mutex mutex;
        std::condition_variable ended;
        unsigned running = threads;
        std::vector<std::jthread> crew;
        for (unsigned i = 0; i < threads; ++i) {
            crew.emplace_back([&, i] {
                work(m_buffers[i]);
                const std::scoped_lock lock(mutex);
                --running;
                ended.notify_one();
            });
        }
        std::unique_lock lock(mutex);
        while (!ended.wait_for(lock, kProgressInterval, [&] { return running == 0; })) {
            lock.unlock();
            tell();
            lock.lock();
        }
    }

    // --- Writing ---

    void fill()
    {
        const auto room = m_target.room();
        const std::uint64_t limit = m_options.size != 0 ? m_options.size : std::uint64_t{1} << 62U;
        begin(CapacityPhase::Writing, m_options.size != 0 ? m_options.size : room.value_or(0));
        std::uint64_t look = std::max<std::uint64_t>(m_options.firstLook, kSampleSize);
        while (m_end < limit && !m_isFull && !mustEnd()) {
            const std::uint64_t begun = m_end;
            writePieces(begun, std::min(limit, look));
            if (m_failures >= kMostFailures)
                return;
            if (m_isFull || mustEnd() || m_end <= begun || m_end < look)
                break;
            look *= 2;
            if (!m_report.isPastCache)
                continue; // what this computer remembers says nothing of the drive
            static_cast<void>(flush());
            bool isKept = true;
            inParallel(1, [&](AlignedBuffer&) { isKept = mustEnd() || keepsEarlyPlaces(m_end); });
            if (!isKept) {
                m_report.endedEarly = m_progress.foundBadEarly = true;
                // A little more, so that it shows beyond doubt.
                writePieces(m_end, std::min(limit, m_end + m_end / 4 / kBlockSize * kBlockSize));
                return;
            }
        }
        for (int i = 0; i < kMostRefills && m_isFull && !mustEnd(); ++i) {
            const std::uint64_t before = m_done;
            inParallel(1, [&](AlignedBuffer&) { fillRest(limit); });
            if (m_end >= limit || mustEnd())
                return;
            static_cast<void>(flush());
            const bool isDone = i > 0 && m_done == before;
            if (isDone || m_target.room().value_or(0) < kBlockSize)
                return;
        }
    }

    /// What was written last may lie in the drive's own cache, and be read from there though it is stored nowhere. The
    /// beginning is written once more, with the same content, until that is pushed out; then a small part of it, so
    /// that what lies in the cache in the end is among the first that is real.
    void pushCacheOut()
    {
        m_pushed = std::min({kMostPushed, std::max(kLeastPushed, m_end / 50), m_end / 4}) / kBlockSize * kBlockSize;
        inParallel(1, [this](AlignedBuffer&) {
            writeBeginning(m_pushed);
            writeBeginning(m_pushed / 8 / kBlockSize * kBlockSize);
        });
    }

    void writeBeginning(std::uint64_t size)
    {
        for (std::uint64_t offset = 0; offset < size && !mustEnd() && m_failures == 0; offset += m_options.piece) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(m_options.piece, size - offset));
            if (overlaps(m_gaps, offset, length) || overlaps(m_failed, offset, length))
                continue;
            const auto data = m_buffers.front().first(length);
            m_pattern.fill(data, offset);
            if (const auto written = m_target.write(offset, data); !written) {
                noteError(written.error());
                m_hasFailed = true;
                return;
            }
            ++m_answers;
        }
    }

    void writePieces(std::uint64_t from, std::uint64_t to)
    {
        std::atomic<std::uint64_t> next = from;
        std::atomic<std::uint64_t> end = from;
        inParallel(m_options.threads, [&](AlignedBuffer& buffer) {
            while (!mustEnd() && !m_isFull && m_failures < kMostFailures) {
                const std::uint64_t offset = next.fetch_add(m_options.piece);
                if (offset >= to)
                    return;
                const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(m_options.piece, to - offset));
                const std::uint64_t done = writePiece(buffer.first(size), offset);
                if (done < size) {
                    const std::scoped_lock lock(m_mutex);
                    m_gaps.push_back({offset + done, size - done});
                }
                std::uint64_t seen = end;
                while (seen < offset + size && !end.compare_exchange_weak(seen, offset + size)) {
                }
            }
        });
        m_end = end;
        dropGapsAtEnd();
    }

    /// How many bytes of it are there now, whatever they are: those of a piece that failed count as written and bad.
    std::uint64_t writePiece(std::span<std::byte> buffer, std::uint64_t offset)
    {
        m_pattern.fill(buffer, offset);
        const auto written = m_target.write(offset, buffer);
        ++m_answers;
        if (!written) {
            noteError(written.error());
            ++m_failures;
            m_hasFailed = true;
            if (m_isGone)
                return 0;
            const std::scoped_lock lock(m_mutex);
            m_failed.push_back({offset, buffer.size()});
            return buffer.size();
        }
        m_failures = 0;
        m_done += *written;
        if (*written < buffer.size())
            m_isFull = true;
        return *written;
    }

    void dropGapsAtEnd()
    {
        std::sort(m_gaps.begin(), m_gaps.end(), [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
        while (!m_gaps.empty() && m_gaps.back().offset + m_gaps.back().length >= m_end) {
            m_end = std::min(m_end, m_gaps.back().offset);
            m_gaps.pop_back();
        }
    }

    /// To the last block, in smaller and smaller pieces.
    void fillRest(std::uint64_t limit)
    {
        const auto gaps = std::exchange(m_gaps, {});
        for (const Extent& gap : gaps) {
            const std::uint64_t end = gap.offset + gap.length;
            const std::uint64_t reached = append(gap.offset, end);
            if (reached < end)
                m_gaps.push_back({reached, end - reached});
        }
        m_end = append(m_end, limit);
        dropGapsAtEnd();
    }

    std::uint64_t append(std::uint64_t offset, std::uint64_t limit)
    {
        std::size_t step = std::min<std::size_t>(m_options.piece, std::size_t{1} << 20U);
        while (step >= kBlockSize && offset < limit && !mustEnd() && m_failures < kMostFailures) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(step, limit - offset));
            const std::uint64_t done = writePiece(m_buffers.front().first(size), offset);
            offset += done;
            if (done < size)
                step = step / 4 / kBlockSize * kBlockSize;
        }
        return offset;
    }

    bool flush()
    {
        const CapacityPhase before = m_progress.phase;
        m_progress.phase = CapacityPhase::Flushing;
        bool isFlushed = false;
        inParallel(1, [&](AlignedBuffer&) {
            const auto flushed = m_target.flush();
            ++m_answers;
            isFlushed = flushed.has_value();
            if (!flushed) {
                m_hasFailed = true;
                noteError(flushed.error());
            }
        });
        m_progress.phase = before;
        return isFlushed;
    }

    /// Reads places of the beginning, as they come first in what a false drive overwrites, and others spread over the
    /// rest. Single blocks that are bad are no reason to end: the drive is worn, and all of it is to be seen.
    bool keepsEarlyPlaces(std::uint64_t end)
    {
        std::vector<std::uint64_t> places{0};
        for (std::uint64_t place = kSampleSize; place < end; place *= 2)
            places.push_back(place);
        constexpr std::uint64_t kSpread = 32;
        for (std::uint64_t i = 1; i < kSpread; ++i)
            places.push_back(end / kSpread / kSampleSize * i * kSampleSize);
        int lost = 0;
        for (const std::uint64_t place : places) {
            const std::uint64_t size = std::min<std::uint64_t>(kSampleSize, end - std::min(place, end));
            if (size == 0 || overlaps(m_failed, place, size))
                continue;
            if (mustEnd())
                return true;
            const auto data = m_buffers.front().first(static_cast<std::size_t>(size));
            const auto read = m_target.read(place, data);
            ++m_answers;
            if (!read) {
                noteError(read.error());
                continue;
            }
            std::uint64_t lostBytes = 0;
            for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
                const SectorFinding found = m_pattern.examine(data.subspan(at, kSectorSize), place + at);
                if (found.state == SectorState::Aliased && found.origin < m_end)
                    return false;
                if (regionStateOf(found.state) == RegionState::Lost)
                    lostBytes += kSectorSize;
            }
            if (lostBytes == size && ++lost > 1)
                return false;
        }
        return true;
    }

    static bool overlaps(const std::vector<Extent>& extents, std::uint64_t offset, std::uint64_t length)
    {
        return std::any_of(extents.begin(), extents.end(), [=](const Extent& one) {
            return one.offset < offset + length && offset < one.offset + one.length;
        });
    }

    // --- Verifying ---

    CapacityReport verify()
    {
        m_report.written = m_end;
        for (const Extent& gap : m_gaps)
            m_report.written -= gap.length;
        m_report.space = {m_end, m_gaps};
        begin(CapacityPhase::Verifying, m_report.written);
        if (!mustEnd())
            m_report.verifying = timed([this] { readPieces(); });
        for (const auto& [offset, findings] : m_pending)
            take(findings);
        CapacityEvidence evidence;
        evidence.claimed = m_options.claimed;
        evidence.pushed = m_pushed;
        evidence.isPastCache = m_report.isPastCache;
        evidence.isChecksummed = m_target.checksContent();
        evidence.isStopped = isStopped();
        evidence.isGone = m_isGone;
        evidence.isComplete = m_report.regions.tested() == m_report.written;
        evidence.hasFailed = m_hasFailed;
        m_report.judgement = judgeCapacity(m_report.regions, evidence);
        tell();
        return std::move(m_report);
    }

    void readPieces()
    {
        std::atomic<std::uint64_t> next = 0;
        inParallel(m_options.threads, [&](AlignedBuffer& buffer) {
            while (!mustEnd()) {
                const std::uint64_t offset = next.fetch_add(m_options.piece);
                if (offset >= m_end)
                    return;
                PieceFindings findings;
                readPiece(buffer, offset, std::min<std::uint64_t>(m_options.piece, m_end - offset), findings);
                if (m_isGone)
                    return; // what could not be read says nothing of the drive
                commit(offset, std::move(findings));
            }
        });
    }

    /// What was written of [offset, offset + length): without the gaps, and what failed as it is.
    void readPiece(AlignedBuffer& buffer, std::uint64_t offset, std::uint64_t length, PieceFindings& findings)
    {
        const std::uint64_t end = offset + length;
        if (!overlaps(m_gaps, offset, length) && !overlaps(m_failed, offset, length)) {
            readExtent(buffer, offset, length, findings);
            return;
        }
        while (offset < end) {
            const std::uint64_t size = std::min<std::uint64_t>(kBlockSize, end - offset);
            if (overlaps(m_failed, offset, size))
                findings.add(offset, size, RegionState::Error);
            else if (!overlaps(m_gaps, offset, size))
                readExtent(buffer, offset, size, findings);
            offset += size;
        }
    }

    void readExtent(AlignedBuffer& buffer, std::uint64_t offset, std::uint64_t length, PieceFindings& findings)
    {
        const auto data = buffer.first(static_cast<std::size_t>(length));
        const auto read = m_target.read(offset, data);
        ++m_answers;
        if (read) {
            examine(data, offset, findings);
            return;
        }
        noteError(read.error());
        m_hasFailed = true; // also where it can be read the next time
        if (m_isGone || isStopped())
            return;
        PieceFindings rescued;
        rescue(buffer, offset, length, rescued);
        const bool isNothingLeft = std::all_of(rescued.regions.begin(), rescued.regions.end(),
                                               [](const Region& one) { return one.state == RegionState::Error; });
        if (isNothingLeft && doesNotAnswer(buffer))
            m_isGone = true;
        for (const Region& region : rescued.regions)
            findings.add(region.offset, region.length, region.state);
        findings.aliases.insert(findings.aliases.end(), rescued.aliases.begin(), rescued.aliases.end());
    }

    /// A drive that was pulled out may answer every read with EIO: what was good a moment ago tells.
    bool doesNotAnswer(AlignedBuffer& buffer)
    {
        const std::uint64_t good = m_lastGood;
        return !m_target.room() || (good != kNowhere && !m_target.read(good, buffer.first(kBlockSize)));
    }

    /// Reads in smaller pieces what can be read of it.
    void rescue(AlignedBuffer& buffer, std::uint64_t offset, std::uint64_t length, PieceFindings& findings)
    {
        const auto began = SteadyClock::now();
        const std::uint64_t end = offset + length;
        const auto tryParts = [&](const auto& self, std::uint64_t from, std::uint64_t to, std::size_t step) -> void {
            for (std::uint64_t at = from; at < to && !mustEnd(); at += step) {
                const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(step, to - at));
                const auto data = buffer.first(size);
                const bool isLate = SteadyClock::now() - began > kRescueTime;
                const bool isRead = !isLate && m_target.read(at, data);
                ++m_answers;
                if (isRead)
                    examine(data, at, findings);
                else if (isLate || step == kBlockSize)
                    addBad(findings, at, size, RegionState::Error);
                else
                    self(self, at, at + size, kBlockSize);
            }
        };
        tryParts(tryParts, offset, end, kSampleSize);
    }

    void examine(std::span<const std::byte> data, std::uint64_t offset, PieceFindings& findings)
    {
        m_done += data.size();
        if (m_pattern.matches(data, offset)) {
            findings.add(offset, data.size(), RegionState::Good);
            return;
        }
        for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
            const SectorFinding found = m_pattern.examine(data.subspan(at, kSectorSize), offset + at);
            // What was never written in this run is no place that it could hold.
            const bool isAlias = found.state == SectorState::Aliased && found.origin < m_end;
            if (isAlias)
                findings.aliases.emplace_back(offset + at, found.origin);
            const RegionState state =
                found.state == SectorState::Aliased && !isAlias ? RegionState::Lost : regionStateOf(found.state);
            if (state == RegionState::Good)
                findings.add(offset + at, kSectorSize, state);
            else
                addBad(findings, offset + at, kSectorSize, state);
        }
    }

    void addBad(PieceFindings& findings, std::uint64_t offset, std::uint64_t length, RegionState state)
    {
        findings.add(offset, length, state);
        m_bad += length;
    }

    /// In the order of their places.
    void commit(std::uint64_t offset, PieceFindings findings)
    {
        const std::scoped_lock lock(m_mutex);
        m_pending.emplace(offset, std::move(findings));
        while (!m_pending.empty() && m_pending.begin()->first == m_nextCommit) {
            take(m_pending.begin()->second);
            m_pending.erase(m_pending.begin());
            m_nextCommit += m_options.piece;
        }
    }

    void take(const PieceFindings& findings)
    {
        for (const Region& region : findings.regions) {
            m_report.regions.add(region.offset, region.length, region.state);
            if (region.state == RegionState::Good && region.length >= kBlockSize && region.offset % kBlockSize == 0)
                m_lastGood = region.offset;
        }
        for (const auto& [offset, origin] : findings.aliases)
            m_report.regions.noteAlias(offset, origin);
    }

    VerifyTarget& m_target;
    CapacityOptions m_options;
    const CapacityListener& m_listener;
    std::stop_token m_stop;
    BlockPattern m_pattern;
    std::vector<AlignedBuffer> m_buffers;
    CapacityReport m_report;
    CapacityProgress m_progress; // of the calling thread
    SteadyClock::time_point m_phaseBegan;

    std::atomic<std::uint64_t> m_done = 0;
    std::atomic<std::uint64_t> m_bad = 0;
    std::atomic<std::uint64_t> m_answers = 0;
    std::atomic<int> m_failures = 0; // in a row
    std::atomic<bool> m_isFull = false;
    std::atomic<bool> m_isGone = false;
    std::atomic<bool> m_hasFailed = false;

    std::uint64_t m_pushed = 0;
    std::uint64_t m_end = 0; // of what was written; changed only while no other thread runs
    std::mutex m_mutex;      // for what follows, and for the report, while threads run
    std::vector<Extent> m_gaps;
    std::vector<Extent> m_failed;
    std::map<std::uint64_t, PieceFindings> m_pending;
    std::uint64_t m_nextCommit = 0;
    std::atomic<std::uint64_t> m_lastGood = kNowhere;
};

} // namespace

std::string_view toString(CapacityPhase phase)
{
    return kPhaseWords[static_cast<std::size_t>(phase)];
}

CapacityReport checkCapacity(VerifyTarget& target, const CapacityOptions& options, const CapacityListener& listener,
                             const std::stop_token& stop)
{
    return CapacityRun(target, options, listener, stop).fillAndVerify();
}

CapacityReport verifyAgain(VerifyTarget& target, const CapacityOptions& options, const WrittenSpace& written,
                           const CapacityListener& listener, const std::stop_token& stop)
{
    return CapacityRun(target, options, listener, stop).verifyOnly(written);
}

} // namespace scratchproof
