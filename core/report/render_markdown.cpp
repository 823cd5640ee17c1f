// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/render_markdown.h"

#include "core/report/markdown_text.h"
#include "core/report/report_visitor.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

namespace {

using markdown::code;
using markdown::codeBlock;
using markdown::escaped;
using markdown::escapedCell;

class MarkdownWriter final : public ReportWriter
{
public:
    [[nodiscard]] bool wants(ReportPart) const override { return true; }

    void heading(const ReportHeading& heading) override
    {
        m_text += fmt::format("## {}: {}\n", escaped(heading.word), code(heading.place));
        if (!heading.whose.words.empty())
            m_text += fmt::format("\n{} {}\n", escaped(heading.whose.words), code(heading.whose.value));
    }

    void finding(const ReportFinding& finding) override
    {
        m_text += fmt::format("\n### {}\n", escaped(finding.title));
        if (!finding.explanation.empty())
            m_text += fmt::format("\n{}\n", escaped(finding.explanation));
        m_text += fmt::format("\n({}, {}, {})\n", escaped(finding.severityWord), escaped(finding.certaintyWord),
                              code(finding.id));
        if (finding.fixes.empty())
            return;
        m_text += "\n" + escaped(finding.whatToDo.words);
        if (!finding.whatToDo.value.empty())
            m_text += " " + code(finding.whatToDo.value);
        m_text += ":\n";
        for (std::size_t i = 0; i < finding.fixes.size(); ++i) {
            const auto& [fix, doer] = finding.fixes[i];
            const std::string number = fmt::format("{}. ", i + 1);
            m_text += fmt::format("\n{}{} ({})\n", number, escaped(fix.text), escaped(doer));
            if (!fix.command.empty())
                m_text += "\n" + codeBlock(quoteForShell(fix.command), "sh", number.size());
        }
    }

    void table(const ReportTable& table) override
    {
        if (!table.title.empty())
            m_text += fmt::format("\n### {}\n", escaped(table.title));
        m_text += "\n|";
        for (const std::string& column : table.columns)
            addCell(escaped(column));
        m_text += "\n|";
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            addCell("---");
        m_text += "\n";
        for (const ReportRow& row : table.rows) {
            m_text += "|";
            for (const auto& cell : row.cells)
                addCell(cellOf(cell));
            m_text += "\n";
        }
    }

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    void addCell(const std::string& cell) { m_text += cell.empty() ? " |" : " " + cell + " |"; }

    [[nodiscard]] static std::string cellOf(const std::vector<ReportText>& texts)
    {
        std::string cell;
        for (const ReportText& text : texts) {
            cell += cell.empty() ? "" : "; ";
            const std::string words = escapedCell(text.words);
            cell += text.isStrong ? "**" + words + "**" : words;
            if (!text.value.empty())
                cell += (words.empty() ? "" : " ") + valueOf(text.value);
        }
        return cell;
    }
    /// The lines of a list beside one another: a cell is one line.
    [[nodiscard]] static std::string valueOf(std::string_view value)
    {
        std::string text;
        while (!value.empty()) {
            const std::size_t end = std::min(value.find('\n'), value.size());
            text += (text.empty() ? "" : " ") + code(value.substr(0, end), true);
            value.remove_prefix(std::min(end + 1, value.size()));
        }
        return text;
    }

    std::string m_text;
};

} // namespace

std::string renderMarkdown(const Check& check, const ReportTranslate& translate)
{
    MarkdownWriter writer;
    describe(check, translate, writer);
    return writer.take() + fmt::format("\nScratchproof {}\n", SCRATCHPROOF_VERSION);
}

} // namespace scratchproof
