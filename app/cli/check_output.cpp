// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/check_output.h"

#include "core/protocol/messages.h"
#include "core/protocol/result_line.h"
#include "core/report/document_writer.h"
#include "core/report/render_text.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <ostream>
#include <string_view>

namespace scratchproof {

namespace {

/// Checks come as they end, and go out in the order of the folders.
class InOrder
{
public:
    using Take = std::function<void(const Check&)>;

    /// Hands on what no folder before it is missing for.
    void put(std::size_t number, std::shared_ptr<const Check> check, const Take& take)
    {
        m_waiting[number] = std::move(check);
        for (auto next = m_waiting.find(m_next); next != m_waiting.end(); next = m_waiting.find(m_next)) {
            take(*next->second);
            m_waiting.erase(next);
            ++m_next;
        }
    }
    /// The rest, though there is none for some folders before.
    void putRest(const Take& take)
    {
        for (const auto& [number, check] : m_waiting)
            take(*check);
        m_waiting.clear();
    }

private:
    std::size_t m_next = 1;
    std::map<std::size_t, std::shared_ptr<const Check>> m_waiting;
};

class TextOutput final : public CheckOutput
{
public:
    explicit TextOutput(Console& console) : m_console(console), m_renderer({console.columns, console.outIsTerminal}) {}

    void begin(std::size_t folders) override
    {
        m_folders = folders;
        showProgress();
    }

    void checkFinished(std::size_t number, std::shared_ptr<const Check> check) override
    {
        ++m_finished;
        ++m_counts[check->verdict];
        clearProgress();
        m_waiting.put(number, std::move(check),
                      [this](const Check& next) { m_console.out << m_renderer.render(next); });
        m_console.out.flush();
        showProgress();
    }

    void end(int) override
    {
        clearProgress();
        m_waiting.putRest([this](const Check& next) { m_console.out << m_renderer.render(next); });
        m_console.out.flush();
        if (m_folders < 2)
            return;
        std::string summary;
        for (const auto& [verdict, count] : m_counts)
            summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, wordInLine(verdict));
        if (m_finished < m_folders)
            summary += fmt::format(", {} without an answer", m_folders - m_finished);
        m_console.err << fmt::format("{} folders: {}\n", m_folders, summary);
    }

private:
    void showProgress()
    {
        if (!m_console.errIsTerminal || m_folders < 2 || m_finished >= m_folders)
            return;
        m_console.err << fmt::format("\r{} of {} checked", m_finished, m_folders) << std::flush;
        m_shown = true;
    }
    void clearProgress()
    {
        if (m_shown)
            m_console.err << "\r\033[K" << std::flush;
        m_shown = false;
    }

    Console& m_console;
    TextRenderer m_renderer;
    std::size_t m_folders = 0;
    std::size_t m_finished = 0;
    InOrder m_waiting;
    std::map<Verdict, std::size_t> m_counts;
    bool m_shown = false;
};

/// Check by check, in the order of the folders.
class JsonOutput final : public CheckOutput
{
public:
    explicit JsonOutput(Console& console)
        : m_console(console), m_document([&console](std::string_view part) { console.out << part; })
    {}

    void begin(std::size_t) override
    {
        Json head = Json::object();
        head["schema"] = kReportSchema;
        head.update(streamHead(m_console.system, "scratchproof-cli"));
        m_document.begin(head);
    }
    void checkFinished(std::size_t number, std::shared_ptr<const Check> check) override
    {
        m_waiting.put(number, std::move(check), [this](const Check& next) { m_document.add(next); });
    }
    void end(int exitCode) override
    {
        m_waiting.putRest([this](const Check& next) { m_document.add(next); });
        Json tail = Json::object();
        tail["finished"] = toIso8601(m_console.system.clock.wall());
        tail["exit_code"] = exitCode;
        m_document.end(tail);
    }

private:
    Console& m_console;
    DocumentWriter m_document;
    InOrder m_waiting;
};

class StreamOutput final : public CheckOutput
{
public:
    explicit StreamOutput(Console& console) : m_console(console) {}

    void begin(std::size_t) override
    {
        Json json = Json::object();
        json["event"] = "started";
        json["schema"] = kStreamSchema;
        json.update(streamHead(m_console.system, "scratchproof-cli"));
        put(toLine(json));
    }
    void checkStarted(std::size_t number, const Path& folder) override
    {
        put(toLine(Event(event::CheckStarted{number, folder})));
    }
    void stepStarted(std::size_t number, const std::string& step) override
    {
        put(toLine(Event(event::StepStarted{number, step, {}})));
    }
    void stepFinished(std::size_t number, const StepResult& result) override
    {
        put(toLine(Event(event::StepFinished{number, result})));
    }
    void checkFinished(std::size_t number, std::shared_ptr<const Check> check) override
    {
        put(toLine(Event(event::CheckFinished{number, *check})));
        m_console.out.flush();
    }
    [[nodiscard]] bool takesResultLines() const override { return true; }
    void resultLine(std::size_t number, const std::string& result) override
    {
        put(toLine(number, result));
        m_console.out.flush();
    }
    void end(int exitCode) override
    {
        Json json = Json::object();
        json["event"] = "finished";
        json["finished"] = toIso8601(m_console.system.clock.wall());
        json["exit_code"] = exitCode;
        put(toLine(json));
        m_console.out.flush();
    }

private:
    void put(const std::string& line)
    {
        m_console.out << line << '\n';
        if (m_console.outIsTerminal)
            m_console.out.flush();
    }

    Console& m_console;
};

} // namespace

std::unique_ptr<CheckOutput> makeTextOutput(Console& console)
{
    return std::make_unique<TextOutput>(console);
}

std::unique_ptr<CheckOutput> makeJsonOutput(Console& console)
{
    return std::make_unique<JsonOutput>(console);
}

std::unique_ptr<CheckOutput> makeStreamOutput(Console& console)
{
    return std::make_unique<StreamOutput>(console);
}

} // namespace scratchproof
