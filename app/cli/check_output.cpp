// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/check_output.h"

#include "app/cli/text_layout.h"
#include "core/base/quantity.h"
#include "core/diagnosis/remote_findings.h"
#include "core/diagnosis/words.h"
#include "core/protocol/messages.h"
#include "core/protocol/result_line.h"
#include "core/report/document_writer.h"
#include "core/report/path_text.h"
#include "core/report/report_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <vector>

namespace scratchproof {

namespace {

struct Look
{
    const char* mark;
    const char* word;
    const char* colour;
};

Look lookOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
        return {"✓", "usable", "\033[32m"};
    case Verdict::Limited:
        return {"!", "limited", "\033[33m"};
    case Verdict::Unusable:
        return {"✗", "not usable", "\033[31m"};
    case Verdict::NotResponding:
        return {"…", "not responding", "\033[35m"};
    case Verdict::NotChecked:
        return {"?", "not checked", "\033[90m"};
    }
    return {"?", "not checked", ""};
}

/// "Long names (up to 255 bytes)".
std::string inWords(const AbilityResult& ability)
{
    const std::string note = noteOf(ability);
    const std::string_view status = ability.status == AbilityStatus::NotTried ? "not tried" : "";
    const std::string_view between = note.empty() || status.empty() ? "" : ", ";
    const std::string more = fmt::format("{}{}{}", status, between, note);
    return more.empty() ? std::string(wordOf(ability.ability)) : fmt::format("{} ({})", wordOf(ability.ability), more);
}

/// Two columns: what works, and what does not, with that which is not known below it.
std::string tableOf(const std::vector<AbilityResult>& abilities)
{
    constexpr const char* kRow = "    {:<46}  {}";
    std::vector<std::string> works{"Works here:"};
    std::vector<std::string> others{"Does not work here:"};
    for (const auto& ability : abilities) {
        if (ability.status == AbilityStatus::Present)
            works.push_back(inWords(ability));
        else if (ability.status == AbilityStatus::Missing)
            others.push_back(inWords(ability));
    }
    for (const auto& ability : abilities) {
        if (ability.status == AbilityStatus::NotTried)
            others.push_back(inWords(ability));
    }
    if (others.size() == 1)
        others.emplace_back("nothing that was tried");
    std::string table;
    for (std::size_t row = 0; row < std::max(works.size(), others.size()); ++row) {
        std::string line =
            fmt::format(kRow, row < works.size() ? works[row] : "", row < others.size() ? others[row] : "");
        table += line.erase(line.find_last_not_of(' ') + 1) + '\n';
    }
    return table;
}

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
    explicit TextOutput(Console& console) : m_console(console) {}

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
        m_waiting.put(number, std::move(check), [this](const Check& next) { print(next); });
        m_console.out.flush();
        showProgress();
    }

    void end(int) override
    {
        clearProgress();
        m_waiting.putRest([this](const Check& next) { print(next); });
        m_console.out.flush();
        if (m_folders < 2)
            return;
        std::string summary;
        for (const auto& [verdict, count] : m_counts)
            summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, lookOf(verdict).word);
        if (m_finished < m_folders)
            summary += fmt::format(", {} without an answer", m_folders - m_finished);
        m_console.err << fmt::format("{} folders: {}\n", m_folders, summary);
    }

private:
    void print(const Check& check)
    {
        const Look look = lookOf(check.verdict);
        const char* colour = m_console.outIsTerminal ? look.colour : "";
        const char* plain = m_console.outIsTerminal ? "\033[0m" : "";
        std::string facts;
        if (check.facts.mount)
            facts += "  " + displayText(check.facts.mount->fileSystem);
        if (check.facts.space && check.facts.space->isSizeKnown())
            facts += fmt::format("  {} free", formatBytes(check.facts.space->availableBytes));
        const std::string folder = check.folder.empty() ? "(an empty path)" : displayPlace(check);
        if (check.as && !check.host)
            facts += "  as " + displayText(*check.as);
        if (check.duration > 0)
            facts += "  " + formatDuration(check.duration);
        m_console.out << fmt::format("{}{} {:<15}{}{}{}\n", colour, look.mark, look.word, plain, folder, facts);
        for (const auto& finding : check.findings) {
            // The same note below each of a thousand folders helps nobody.
            if (finding.severity == Severity::Note && !m_noted.insert(finding.id).second)
                continue;
            print(finding, check.host && !isOfSupervision(finding) ? " on " + displayText(*check.host) : "");
            if (&finding == &check.findings.front())
                printPath(check);
        }
        if (!check.abilities.empty())
            m_console.out << tableOf(check.abilities);
    }

    /// "/ > media > [ann] > STICK": where it stops.
    void printPath(const Check& check)
    {
        const auto places = placesOf(check);
        if (std::none_of(places.begin(), places.end(), [](const PathPlace& place) { return place.stops; }))
            return;
        std::string line;
        for (const PathPlace& place : places) {
            std::string name = displayPath(baseName(place.path));
            if (place.component != nullptr && place.component->linkTarget)
                name += " -> " + displayPath(*place.component->linkTarget);
            if (place.stops)
                name.insert(0, "[").append("]");
            line += (line.empty() ? "" : " > ") + name;
        }
        m_console.out << wrapped(line, "    Where: ", "           ", m_console.columns) << '\n';
    }

    /// How certain it is stands beside what is told, as in the window. A note tells what was seen.
    static std::string titleOf(const Finding& finding, const RenderedFinding& words)
    {
        if (finding.severity == Severity::Note)
            return words.title + ".";
        return fmt::format("{} ({}).", words.title, wordOf(finding.certainty));
    }

    /// `where`: for what is to be done on another computer.
    void print(const Finding& finding, const std::string& where)
    {
        const RenderedFinding words = render(finding);
        const bool coloured = m_console.outIsTerminal;
        m_console.out << (coloured ? "\033[1m" : "")
                      << wrapped(titleOf(finding, words), "    ", "    ", m_console.columns)
                      << (coloured ? "\033[0m" : "") << '\n';
        if (!words.explanation.empty())
            m_console.out << wrapped(words.explanation, "    ", "    ", m_console.columns) << '\n';
        if (!words.fixes.empty())
            m_console.out << "    What to do" << where << ":\n";
        for (const auto& fix : words.fixes) {
            m_console.out << wrapped(fix.text, "    - ", "      ", m_console.columns) << '\n';
            m_console.out << commandLines(fix);
        }
    }

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
    std::size_t m_folders = 0;
    std::size_t m_finished = 0;
    InOrder m_waiting;
    std::map<Verdict, std::size_t> m_counts;
    bool m_shown = false;
    std::set<std::string> m_noted; // ids
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
