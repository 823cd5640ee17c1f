// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/prober.h"

#include "core/base/exit_code.h"
#include "core/check/check.h"
#include "core/protocol/messages.h"
#include "core/protocol/requests.h"
#include "core/stream/line_framing.h"
#include "core/system/umask.h"
#include "core/worker/folder_requests.h"
#include "core/worker/scratch_requests.h"
#include "core/worker/verify_requests.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

/// A request that was taken in, or the Error that it is answered with.
struct Task
{
    std::uint64_t id = 0;
    Result<Request> request;
    std::optional<Path> mount; // that it was queued for
    std::stop_source stop;
};

bool isCheck(const Task& task)
{
    return task.request && std::holds_alternative<request::Check>(*task.request);
}

/// What the reading thread and the working thread share: the requests, in their order.
class Inbox
{
public:
    void put(Task request)
    {
        const std::lock_guard lock(m_mutex);
        m_waiting.push_back(std::move(request));
        m_changed.notify_one();
    }
    /// Stops what runs or waits under this id.
    void cancel(std::uint64_t id)
    {
        const std::lock_guard lock(m_mutex);
        if (m_running && m_runningId == id)
            m_running->request_stop();
        for (auto& request : m_waiting) {
            if (request.id == id)
                request.stop.request_stop();
        }
        m_changed.notify_one();
    }
    /// What runs under this id may cross into the mount that it asked about.
    void letCross(std::uint64_t id)
    {
        const std::lock_guard lock(m_mutex);
        m_mayCross = m_running && m_runningId == id;
        m_changed.notify_one();
    }
    /// Of the working thread: waits for letCross(). False if what runs is stopped instead.
    bool waitToCross()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_mayCross || m_ended || !m_running || m_running->stop_requested(); });
        return std::exchange(m_mayCross, false) && !m_ended && m_running && !m_running->stop_requested();
    }
    /// No more requests; what runs is stopped.
    void end(bool fault)
    {
        const std::lock_guard lock(m_mutex);
        m_ended = true;
        m_fault = m_fault || fault;
        if (m_running)
            m_running->request_stop();
        m_changed.notify_one();
    }
    /// The next request; nothing at the end of the input, whatever still waits.
    std::optional<Task> take()
    {
        std::unique_lock lock(m_mutex);
        m_running.reset();
        m_changed.wait(lock, [this] { return m_ended || !m_waiting.empty(); });
        if (m_ended)
            return std::nullopt;
        Task request = std::move(m_waiting.front());
        m_waiting.pop_front();
        m_running = request.stop;
        m_runningId = request.id;
        m_mayCross = false;
        return request;
    }
    [[nodiscard]] bool hasCheckNext()
    {
        const std::lock_guard lock(m_mutex);
        return !m_ended && !m_waiting.empty() && isCheck(m_waiting.front());
    }
    [[nodiscard]] bool hadFault()
    {
        const std::lock_guard lock(m_mutex);
        return m_fault;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Task> m_waiting;
    std::optional<std::stop_source> m_running;
    std::uint64_t m_runningId = 0;
    bool m_mayCross = false;
    bool m_ended = false;
    bool m_fault = false;
};

/// Takes one line of input. False if it is not a request.
bool takeLine(Inbox& inbox, const std::string& line)
{
    auto input = inputFromLine(line);
    if (!input)
        return false;
    struct Taker
    {
        Inbox& inbox;
        void operator()(Order& order) const
        {
            inbox.put({order.id, std::move(order.request), std::move(order.mount), std::stop_source()});
        }
        void operator()(Misshapen& misshapen) const
        {
            inbox.put({misshapen.id, fail(std::move(misshapen.why)), std::nullopt, std::stop_source()});
        }
        void operator()(const Cancel& cancel) const { inbox.cancel(cancel.id); }
        void operator()(const Cross& cross) const { inbox.letCross(cross.id); }
    };
    std::visit(Taker{inbox}, *input);
    return true;
}

void readRequests(Files& files, int inputFd, Inbox& inbox)
{
    LineSplitter lines;
    std::array<std::byte, 16384> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    for (;;) {
        const auto count = files.read(inputFd, buffer);
        if (!count || *count == 0)
            return inbox.end(!count);
        const std::string_view bytes(reinterpret_cast<const char*>(buffer.data()), *count);
        if (!lines.append(bytes))
            return inbox.end(true);
        while (const auto line = lines.next()) {
            if (!takeLine(inbox, *line))
                return inbox.end(true);
        }
    }
}

/// Writes events. Lines gather until something is worth waking the watcher for: a step that starts (its deadline starts
/// with the line) or an end.
class Outbox
{
public:
    Outbox(Files& files, int fd) : m_files(files), m_fd(fd) {}

    void put(const Event& event) { m_text.append(toLine(event)).push_back('\n'); }
    void flush()
    {
        if (!m_broken && !writeAll(m_files, m_fd, std::as_bytes(std::span(m_text))))
            m_broken = true;
        m_text.clear();
    }
    /// The watcher is gone: nobody reads any more.
    [[nodiscard]] bool isBroken() const { return m_broken; }

private:
    Files& m_files;
    int m_fd;
    std::string m_text;
    bool m_broken = false;
};

/// Nobody is to be waited for there but this computer.
bool neverKeepsWaiting(const Mount& mount)
{
    return mount.fileSystem == "tmpfs" || mount.fileSystem == "devtmpfs" || mount.fileSystem == "proc" ||
           mount.fileSystem == "sysfs" || mount.fileSystem == "cgroup2";
}

/// Tells the watcher of each mount on the way of one request, and waits for its consent where that is asked.
class Crossings
{
public:
    Crossings(Outbox& out, Inbox& inbox, ProbeJournal& journal, const Task& task)
        : m_out(out), m_inbox(inbox), m_journal(journal), m_id(task.id), m_queuedFor(task.mount)
    {}

    bool operator()(const Mount& mount)
    {
        const bool isKnown = m_crossed.empty() || // that of "/": the watcher stands there itself
                             std::find(m_crossed.begin(), m_crossed.end(), mount.id) != m_crossed.end();
        auto stuck =
            m_queuedFor && !isKnown && !neverKeepsWaiting(mount) ? stuckIn(mount) : std::vector<StuckProcess>();
        const bool isElsewhere = m_queuedFor && !isKnown && mount.mountPoint != *m_queuedFor;
        const bool asks = (isElsewhere && !neverKeepsWaiting(mount)) || !stuck.empty();
        if (!isKnown || m_crossed.empty())
            m_crossed.push_back(mount.id);
        m_out.put(event::Crossing{m_id, identityOf(mount), mount.fileSystem, asks, std::move(stuck)});
        m_out.flush();
        return !asks || m_inbox.waitToCross();
    }

private:
    /// Those of earlier runs among them.
    [[nodiscard]] std::vector<StuckProcess> stuckIn(const Mount& mount)
    {
        constexpr std::chrono::milliseconds kForEnding{200};
        const std::string place = std::to_string(mount.id) + ' ' + toString(mount.device) + ' ' + mount.mountPoint;
        auto stuck = m_journal.enter(place);
        if (stuck.empty())
            return stuck;
        // One that was told to end a moment ago is no longer there a moment later.
        std::this_thread::sleep_for(kForEnding);
        return m_journal.enter(place);
    }

    Outbox& m_out;
    Inbox& m_inbox;
    ProbeJournal& m_journal;
    std::uint64_t m_id;
    std::optional<Path> m_queuedFor;
    std::vector<std::uint64_t> m_crossed; // their numbers
};

class CheckReporter final : public CheckListener
{
public:
    CheckReporter(Outbox& out, Inbox& inbox, ProbeJournal& journal, const Task& task)
        : m_out(out), m_id(task.id), m_crossings(out, inbox, journal, task)
    {}

    void factsStarted() override { announce(kFactsStep); }
    bool crossing(const Mount& mount) override { return m_crossings(mount); }
    void factsFinished(const Facts& facts) override
    {
        if (facts.mount && facts.mount->device.major != 0)
            m_device = facts.mount->device;
    }
    void mayLeave(const std::vector<Path>& paths) override { m_mayLeave = paths; }
    void stepStarted(Step step) override { announce(std::string(toString(step)), step == Step::Sync); }
    // Each renews the watcher's deadline.
    void abilityStarted(Ability) override { announce(kAbilitiesStep); }
    void stepFinished(const StepResult& result) override { m_out.put(event::StepFinished{m_id, result}); }

private:
    void announce(std::string step, bool withDevice = false)
    {
        m_out.put(event::StepStarted{m_id, std::move(step), withDevice ? m_device : std::nullopt, m_mayLeave});
        m_out.flush();
    }

    Outbox& m_out;
    std::uint64_t m_id;
    Crossings m_crossings;
    std::optional<DeviceNumber> m_device;
    std::vector<Path> m_mayLeave;
};

class Prober
{
public:
    Prober(System& system, Outbox& out, Inbox& inbox) : m_system(system), m_out(out), m_inbox(inbox) {}

    void serve(const Task& task)
    {
        if (!task.request)
            return answer(task, fail(task.request.error()));
        std::visit([&](const auto& request) { serve(task, request); }, *task.request);
    }

private:
    ProbeJournal& journal()
    {
        if (!m_journal)
            m_journal.emplace(ProbeJournal::open(m_system));
        return *m_journal;
    }

    void serve(const Task& task, const request::Check& request)
    {
        if (!m_checker)
            m_checker.emplace(m_system, journal());
        m_out.put(event::CheckStarted{task.id, request.folder});
        CheckReporter reporter(m_out, m_inbox, journal(), task);
        Check result = m_checker->run(request.folder, request.level, task.stop.get_token(), &reporter);
        m_out.put(event::CheckFinished{task.id, std::move(result)});
        m_out.flush();
        if (!m_inbox.hasCheckNext()) // which would note what is under way in its turn
            journal().clear();
    }

    template <typename R>
    void serve(const Task& task, const R& request)
    {
        const auto progress = [&](Json body) {
            m_out.put(event::Progress{task.id, std::move(body)});
            m_out.flush();
        };
        if (!goTo(task, folderOf(*task.request)))
            return answer(task, fail(ErrorKind::Cancelled, {}, 0));
        if constexpr (requires(ScratchService service) { service.serve(request); }) {
            ScratchService service{m_system, journal(), task.stop.get_token(),
                                   [&](const ScratchProgress& done) { progress(toJson(done)); }};
            answer(task, asJson(service.serve(request)));
        } else if constexpr (requires(VerifyService service) { service.serve(request); }) {
            VerifyService service{m_system, journal(), task.stop.get_token(), progress};
            answer(task, asJson(service.serve(request)));
        } else {
            answer(task, asJson(FolderService{m_system, task.stop.get_token(), progress}.serve(request)));
        }
    }

    template <typename T>
    static Result<Json> asJson(const Result<T>& result)
    {
        return result.map([](const T& answered) { return answerJson(answered); });
    }

    void answer(const Task& task, Result<Json> result)
    {
        m_out.put(event::Answer{task.id, std::move(result)});
        m_out.flush();
    }

    /// Tells of the mounts on the way to the request's folder. False if one of them is not to be entered.
    bool goTo(const Task& task, const Path& folder)
    {
        if (folder.empty() || !m_mounts.refresh())
            return true;
        return !followWay(m_system, m_mounts, folder, task.stop.get_token(), Crossings(m_out, m_inbox, journal(), task))
                    .refused;
    }

    System& m_system;
    Outbox& m_out;
    Inbox& m_inbox;
    MountTable m_mounts;
    std::optional<ProbeJournal> m_journal;
    std::optional<FolderChecker> m_checker;
};

} // namespace

int serveProber(System& system, int inputFd, int outputFd)
{
    keepOwnersBitsInUmask(); // before there is a second thread
    auto inbox = std::make_shared<Inbox>();
    Outbox out(system.files, outputFd);
    try {
        // Detached: when the output is closed while the input is not, it would wait in read() for ever.
        std::thread([&files = system.files, inputFd, inbox] { readRequests(files, inputFd, *inbox); }).detach();
    } catch (const std::system_error& error) {
        // Not having begun, it says why on its standard error.
        const std::string why = "no thread can be started: " + errnoText(error.code().value());
        static_cast<void>(writeAll(system.files, 2, std::as_bytes(std::span(why))));
        return toInt(ExitCode::Fault);
    }
    out.put(event::Started{kStreamSchema, "scratchproof-cli", SCRATCHPROOF_VERSION});
    out.flush();
    Prober prober(system, out, *inbox);
    while (!out.isBroken()) {
        const auto task = inbox->take();
        if (!task)
            break;
        prober.serve(*task);
    }
    return inbox->hadFault() ? toInt(ExitCode::Fault) : 0;
}

} // namespace scratchproof
