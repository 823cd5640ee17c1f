// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace scratchproof {

/// A thread for calls that may never come back, as those on our own files in a home on a server that is away: whoever
/// asks waits for a bounded time, and goes on without the answer. One call at a time; while one has not come back, all
/// others are refused at once, and when it does come back the thread serves again. Thread safe.
///
/// For probers only: a thread that is stuck in the kernel keeps its whole process from ending.
class SideThread
{
public:
    /// Where the calls follow closely on each other the thread waits for the next one; else each call starts it anew.
    enum class Between : std::uint8_t { Waits, Ends };
    explicit SideThread(Between between = Between::Waits);
    /// Lets the thread end; does not wait for it.
    ~SideThread();
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;

    /// What `call` returns; nothing if it took longer than `patience`, an earlier one still does, or no thread can be
    /// started. `call` must own,
    /// or share, all that it touches: it may go on long after this has returned. What it then returns is destroyed
    /// there.
    template <typename Call>
    auto run(Call call, std::chrono::milliseconds patience) -> std::optional<std::invoke_result_t<Call>>
    {
        const auto answer = std::make_shared<std::optional<std::invoke_result_t<Call>>>();
        const auto shared = std::make_shared<Call>(std::move(call));
        if (!finishes([answer, shared] { answer->emplace((*shared)()); }, patience))
            return std::nullopt;
        return std::move(*answer);
    }

    /// While one is there, the thread waits for the next call whatever Between says: for work of many calls.
    class Kept
    {
    public:
        explicit Kept(SideThread& thread);
        ~Kept();
        Kept(const Kept&) = delete;
        Kept& operator=(const Kept&) = delete;

    private:
        SideThread& m_thread; // outlives it
    };

private:
    struct Shared;
    [[nodiscard]] bool finishes(std::function<void()> job, std::chrono::milliseconds patience);

    std::shared_ptr<Shared> m_shared;
};

} // namespace scratchproof
