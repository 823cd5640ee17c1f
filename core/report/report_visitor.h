// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/report/report_words.h"

#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// A piece of text: words of ours in the reader's language, and behind them a value, which may be foreign. Both are
/// displayable (displayText) and escaped for no format. A line break in a value separates the entries of a list.
struct ReportText
{
    std::string words;
    std::string value;
    bool isStrong = false; // the words matter most among those beside them
};

/// Of which check the following is told. What is not known is empty.
struct ReportHeading
{
    Verdict verdict = Verdict::NotChecked;
    std::string word;  // the verdict's
    std::string place; // displayPlace()
    ReportText whose;  // who else tells it, or in whose place it was tried
    // What one line about the folder says besides:
    std::string fileSystem;
    std::string free; // "41.2 GB free"
    std::string as;   // "as ann", where the place does not say it
    std::string took;
};

/// One place on the way to the folder.
struct ReportPlace
{
    std::string name;
    std::string leadsTo; // of a link
    bool stops = false;
};

struct ReportFix
{
    RenderedFix fix;
    std::string doer; // doerOf()
};

struct ReportFinding
{
    std::string id;
    Severity severity = Severity::Blocking;
    std::string severityWord;
    std::string certaintyWord;
    std::string title;
    std::string explanation;
    std::vector<ReportPlace> where; // of the first finding: the way to the place that stops. Empty where none does
    ReportText whatToDo;            // above the fixes: "What to do", "What to do on" and the other computer
    std::vector<ReportFix> fixes;
};

/// What a row of a table comes to, for formats that show it by a colour or a sign, or sort by it.
enum class ReportMark : std::uint8_t { None, Good, Bad, NotTried };

struct ReportRow
{
    ReportMark mark = ReportMark::None;
    std::vector<std::vector<ReportText>> cells; // as many as there are columns
};

enum class ReportPart : std::uint8_t { Steps, Abilities, Places, Facts };

/// Never without a row. Steps have the columns step, result and time; abilities name, status and remarks; the path
/// name, owner, group, mode and remarks; facts name and value, in a table for each group.
struct ReportTable
{
    ReportPart part = ReportPart::Steps;
    std::string title;                // "" goes on under the last one's
    std::vector<std::string> columns; // "" has no name
    std::vector<ReportRow> rows;
};

/// One format of a report: how things look and what must be escaped. What is told, its words and its order are
/// describe()'s.
class ReportWriter
{
public:
    virtual ~ReportWriter() = default;
    /// A part that a format leaves out is not put into words.
    [[nodiscard]] virtual bool wants(ReportPart part) const = 0;
    virtual void heading(const ReportHeading& heading) = 0;
    virtual void finding(const ReportFinding& finding) = 0;
    virtual void table(const ReportTable& table) = 0;
};

/// Tells `writer` of a check: heading, findings, and the parts that it wants in their order.
void describe(const Check& check, const ReportTranslate& translate, ReportWriter& writer);

/// Whether what helps against this finding is to be done on the other computer that tells of it.
[[nodiscard]] bool isToBeDoneThere(const Check& check, const Finding& finding);

} // namespace scratchproof
