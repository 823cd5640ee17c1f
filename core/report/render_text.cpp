// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/render_text.h"

#include "core/report/report_visitor.h"
#include "core/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace scratchproof {

namespace {

constexpr const char* kPlain = "\033[0m";
constexpr const char* kBold = "\033[1m";

struct Sign
{
    const char* mark;
    const char* colour;
};

Sign signOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
        return {"✓", "\033[32m"};
    case Verdict::Limited:
        return {"!", "\033[33m"};
    case Verdict::Unusable:
        return {"✗", "\033[31m"};
    case Verdict::NotResponding:
        return {"…", "\033[35m"};
    case Verdict::NotChecked:
        break;
    }
    return {"?", "\033[90m"};
}

/// "Not usable" within a line. Of other letters than English ones the case stays.
std::string withSmallLetter(std::string word)
{
    if (!word.empty() && word.front() >= 'A' && word.front() <= 'Z')
        word.front() = static_cast<char>(word.front() - 'A' + 'a');
    return word;
}

/// "Long names (up to 255 bytes)", of the cells name, status and remarks.
std::string abilityInWords(const ReportRow& row)
{
    const std::string& name = row.cells[0].front().words;
    const std::string& note = row.cells[2].front().value;
    std::string more = row.mark == ReportMark::NotTried ? row.cells[1].front().words : "";
    if (!note.empty())
        more += (more.empty() ? "" : ", ") + note;
    return more.empty() ? name : fmt::format("{} ({})", name, more);
}

class TextWriter final : public ReportWriter
{
public:
    TextWriter(const TextLook& look, std::set<std::string>& noted) : m_look(look), m_noted(noted) {}

    [[nodiscard]] bool wants(ReportPart part) const override { return part == ReportPart::Abilities; }

    void heading(const ReportHeading& heading) override
    {
        const Sign sign = signOf(heading.verdict);
        m_text += fmt::format("{}{} {:<15}{}{}", coloured(sign.colour), sign.mark, withSmallLetter(heading.word),
                              coloured(kPlain), heading.place.empty() ? "(an empty path)" : heading.place);
        for (const std::string* more : {&heading.fileSystem, &heading.free, &heading.as, &heading.took})
            if (!more->empty())
                m_text += "  " + *more;
        m_text += '\n';
    }

    void finding(const ReportFinding& finding) override
    {
        const bool isNote = finding.severity == Severity::Note;
        if (isNote && !m_noted.insert(finding.id).second)
            return;
        // How certain it is stands beside what is told, as in the window. A note tells what was seen.
        m_text += coloured(kBold);
        addWords(isNote ? finding.title + "." : fmt::format("{} ({}).", finding.title, finding.certaintyWord));
        m_text.insert(m_text.size() - 1, coloured(kPlain));
        if (!finding.explanation.empty())
            addWords(finding.explanation);
        if (!finding.fixes.empty())
            m_text += fmt::format("    {}{}{}:\n", finding.whatToDo.words, finding.whatToDo.value.empty() ? "" : " ",
                                  finding.whatToDo.value);
        for (const auto& [fix, doer] : finding.fixes)
            m_text += fixLines(fix, m_look.columns);
        addWay(finding.where);
    }

    /// Two columns: what works, and what does not, with that which is not known below it.
    void table(const ReportTable& table) override
    {
        std::vector<std::string> works{"Works here:"};
        std::vector<std::string> others{"Does not work here:"};
        for (const ReportMark mark : {ReportMark::Good, ReportMark::Bad, ReportMark::NotTried})
            for (const ReportRow& row : table.rows)
                if (row.mark == mark)
                    (mark == ReportMark::Good ? works : others).push_back(abilityInWords(row));
        if (others.size() == 1)
            others.emplace_back("nothing that was tried");
        works.resize(std::max(works.size(), others.size()));
        others.resize(works.size());
        for (std::size_t i = 0; i < works.size(); ++i) {
            std::string line = fmt::format("    {:<46}  {}", works[i], others[i]);
            m_text += line.erase(line.find_last_not_of(' ') + 1) + '\n';
        }
    }

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    [[nodiscard]] const char* coloured(const char* sequence) const { return m_look.isColoured ? sequence : ""; }

    void addWords(std::string_view words) { m_text += wrapped(words, "    ", "    ", m_look.columns) + '\n'; }

    /// "/ > media > [ann] > STICK": where it stops.
    void addWay(const std::vector<ReportPlace>& way)
    {
        if (way.empty())
            return;
        std::string line;
        for (const ReportPlace& place : way) {
            std::string name = place.name;
            if (!place.leadsTo.empty())
                name += " -> " + place.leadsTo;
            line += (line.empty() ? "" : " > ") + (place.stops ? "[" + name + "]" : name);
        }
        m_text += wrapped(line, "    Where: ", "           ", m_look.columns) + '\n';
    }

    const TextLook& m_look;
    std::set<std::string>& m_noted;
    std::string m_text;
};

} // namespace

std::string TextRenderer::render(const Check& check, const ReportTranslate& translate)
{
    TextWriter writer(m_look, m_noted);
    describe(check, translate, writer);
    return writer.take();
}

std::string wordInLine(Verdict verdict, const Translate& translate)
{
    return withSmallLetter(translated(translate, wordOf(verdict)));
}

} // namespace scratchproof
