// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/supervisor.h"

#include "core/base/exit_code.h"
#include "core/protocol/messages.h"
#include "core/stream/line_framing.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <variant>

namespace scratchproof {

namespace {

constexpr std::chrono::seconds kLastWords{1};
constexpr Nanoseconds kShortestDeadline = 10 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kLongestDeadline = 24 * 3600 * kNanosecondsPerSecond;

struct InputEnded
{
    bool fault = false;
};
using Item = std::variant<Input, Event, InputEnded>; // what was asked, what the host tells, the end

/// What the reading thread and the host's watcher hand to the thread that answers.
class Mailbox
{
public:
    void put(Item item)
    {
        const std::lock_guard lock(m_mutex);
        m_items.push_back(std::move(item));
        m_changed.notify_one();
    }
    /// The next one; nothing once `until` has come.
    std::optional<Item> take(std::optional<std::chrono::steady_clock::time_point> until)
    {
        std::unique_lock lock(m_mutex);
        const auto some = [this] { return !m_items.empty(); };
        if (!until)
            m_changed.wait(lock, some);
        else if (!m_changed.wait_until(lock, *until, some))
            return std::nullopt;
        Item item = std::move(m_items.front());
        m_items.pop_front();
        return item;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Item> m_items;
};

/// Of a caller on another computer, who knows no home here: "~", "~/docs" and "docs" are below it.
Path belowHome(const Path& folder)
{
    const bool isHome = folder == "~" || folder.rfind("~/", 0) == 0;
    const Path base = environmentVariable("HOME").value_or("/");
    return absolutePath(isHome ? "." + folder.substr(1) : folder, base);
}

void readRequests(Files& files, int inputFd, Mailbox& mailbox)
{
    LineSplitter lines;
    std::array<std::byte, 16384> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    for (;;) {
        const auto count = files.read(inputFd, buffer);
        if (!count || *count == 0)
            return mailbox.put(InputEnded{!count});
        if (!lines.append({reinterpret_cast<const char*>(buffer.data()), *count}))
            return mailbox.put(InputEnded{true});
        while (const auto line = lines.next()) {
            auto input = inputFromLine(*line);
            if (!input)
                return mailbox.put(InputEnded{true});
            mailbox.put(std::move(*input));
        }
    }
}

class Supervisor final : private HostListener
{
public:
    Supervisor(System& system, HostSettings settings, int outputFd)
        : m_files(system.files), m_outputFd(outputFd), m_host(system, std::move(settings), *this)
    {}

    int serve(int inputFd)
    {
        tell(event::Started{kStreamSchema, "scratchproof-cli", SCRATCHPROOF_VERSION});
        // Detached: when the output is closed while the input is not, it would wait in read() for ever.
        std::thread([&files = m_files, inputFd, mailbox = m_mailbox] {
            readRequests(files, inputFd, *mailbox);
        }).detach();
        while (!m_broken && !(m_until && m_theirs.empty())) {
            auto item = m_mailbox->take(m_until);
            if (!item)
                break;
            if (const auto* input = std::get_if<Input>(&*item))
                std::visit([this](const auto& one) { take(one); }, *input);
            else if (const auto* ended = std::get_if<InputEnded>(&*item))
                end(ended->fault);
            else
                pass(std::move(std::get<Event>(*item)));
        }
        return m_fault ? toInt(ExitCode::Fault) : 0;
    }

private:
    void take(const Cancel& cancel)
    {
        for (const auto& [ours, theirs] : m_theirs) {
            if (theirs == cancel.id)
                m_host.cancel(ours);
        }
    }
    void take(const Cross& cross) { refuse(cross.id, "a supervisor does not know this request"); }
    void take(const Misshapen& misshapen) { tell(event::Answer{misshapen.id, fail(misshapen.why)}); }
    void take(const Order& order)
    {
        if (const auto* check = std::get_if<request::Check>(&order.request))
            take(order.id, *check);
        else
            refuse(order.id, "a supervisor does not know this request");
    }
    void take(std::uint64_t id, const request::Check& check)
    {
        if (std::any_of(m_theirs.begin(), m_theirs.end(), [id](const auto& one) { return one.second == id; }))
            return refuse(id, "this number is taken by a check that is under way");
        if (check.deadline)
            m_host.setStepDeadline(std::clamp(*check.deadline, kShortestDeadline, kLongestDeadline));
        m_folders[id] = check.folder;
        m_theirs[m_host.check(belowHome(check.folder), check.level)] = id;
    }
    void refuse(std::uint64_t id, const char* why) { tell(event::Answer{id, fail(ErrorKind::BadRequest, {}, 0, why)}); }

    void end(bool fault)
    {
        m_fault = m_fault || fault;
        if (std::exchange(m_until, std::chrono::steady_clock::now() + kLastWords))
            return;
        m_host.cancelAll();
    }

    /// Puts their number in the place of ours, and sends it on.
    void pass(Event event)
    {
        std::visit(
            [this](auto& one) {
                if constexpr (requires { one.check; }) {
                    const auto theirs = m_theirs.find(one.check);
                    if (theirs == m_theirs.end())
                        return;
                    one.check = theirs->second;
                    if constexpr (requires { one.folder; })
                        one.folder = m_folders[one.check];
                    if constexpr (std::is_same_v<std::decay_t<decltype(one)>, event::CheckFinished>) {
                        m_folders.erase(one.check);
                        m_theirs.erase(theirs);
                    }
                    tell(std::move(one));
                }
            },
            event);
    }

    void tell(const Event& event)
    {
        const std::string line = toLine(event) + '\n';
        m_broken = m_broken || !writeAll(m_files, m_outputFd, std::as_bytes(std::span(line)));
    }

    // On the host's watcher thread.
    void checkStarted(WorkId id) override { m_mailbox->put(Event(event::CheckStarted{id, {}})); }
    void stepStarted(WorkId id, const std::string& step) override
    {
        m_mailbox->put(Event(event::StepStarted{id, step, {}}));
    }
    void stepFinished(WorkId id, const StepResult& result) override
    {
        m_mailbox->put(Event(event::StepFinished{id, result}));
    }
    void checkFinished(WorkId id, const Check& check) override
    {
        m_mailbox->put(Event(event::CheckFinished{id, check}));
    }

    Files& m_files;
    int m_outputFd;
    std::shared_ptr<Mailbox> m_mailbox = std::make_shared<Mailbox>(); // outlives us where the reader still waits
    std::map<WorkId, std::uint64_t> m_theirs;                         // our numbers to theirs, of what is not answered
    std::map<std::uint64_t, Path> m_folders;                          // by their number
    std::optional<std::chrono::steady_clock::time_point> m_until;     // the input has ended: when we go at the latest
    bool m_fault = false;
    bool m_broken = false; // nobody reads any more
    ProberHost m_host;     // last: it calls us until it is gone
};

} // namespace

int serveSupervisor(System& system, HostSettings settings, int inputFd, int outputFd)
{
    Supervisor supervisor(system, std::move(settings), outputFd);
    return supervisor.serve(inputFd);
}

} // namespace scratchproof
