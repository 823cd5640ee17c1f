// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/explain_command.h"
#include "core/base/error.h"
#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/words.h"
#include "core/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace scratchproof {

namespace {

/// What a placeholder stands for, where its name alone does not say it.
std::string placeholder(const std::string& name)
{
    static const std::map<std::string, std::string> kNames = {
        {"as", "other user"},   {"asker", "you"},         {"fs", "kind of file system"},
        {"path", "the folder"}, {"mount", "mount point"}, {"errno", "EXXX"},
        {"pid", "number"},      {"since", "time"},        {"user", "you"},
    };
    const auto found = kNames.find(name);
    return found == kNames.end() ? name : found->second;
}

/// Words with {placeholders} as Markdown: those in italics, with the quotes around them left out.
std::string inMarkdown(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
        if (close == std::string_view::npos) {
            if (std::string_view("*_`<>[]|").find(text[i]) != std::string_view::npos)
                out += '\\';
            out += text[i];
            continue;
        }
        const bool quoted = !out.empty() && out.back() == '\'' && close + 1 < text.size() && text[close + 1] == '\'';
        if (quoted)
            out.pop_back();
        out += "*" + placeholder(std::string(text.substr(i + 1, close - i - 1))) + "*";
        i = close + (quoted ? 1 : 0);
    }
    return out;
}

std::string inCode(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "`" : ", `") + word + "`";
    return out;
}

std::string anchorOf(std::string_view title)
{
    std::string anchor;
    for (const char c : title) {
        if (c == ' ')
            anchor += '-';
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')
            anchor += c;
        else if (c >= 'A' && c <= 'Z')
            anchor += static_cast<char>(c - 'A' + 'a');
    }
    return anchor;
}

std::string signature(const CauseWords& words)
{
    std::string line = fmt::format("`{}`", words.id);
    if (words.target != Target::Folder)
        line += words.target == Target::File ? " · about a file" : " · about an ability";
    line += fmt::format(" · {} · {}", toString(words.severity), toString(words.certainty));
    const auto steps = wordsOf(words.listed.steps);
    if (!steps.empty())
        line += fmt::format(" · {} at {}", toString(words.listed.shows),
                            steps.front() == "any" ? "any step" : inCode(steps));
    const auto errnos = wordsOf(words.listed.errnos);
    if (!errnos.empty())
        line += fmt::format(" {} {}", steps.empty() ? "· shows as" : "with", inCode(errnos));
    return line;
}

std::string fixInMarkdown(const FixWords& fix)
{
    static const std::map<FixBy, std::string> kBy = {
        {FixBy::User, ""}, {FixBy::Owner, " (its owner)"}, {FixBy::Admin, " (an administrator)"}};
    std::string out = "- " + inMarkdown(fix.text) + kBy.at(fix.by) + "\n";
    std::vector<std::string> command;
    for (const char* part : fix.command) {
        if (part == nullptr)
            break;
        command.emplace_back(part);
    }
    if (!command.empty())
        out +=
            fmt::format("\n  ```sh\n  {}{}\n  ```\n", fix.by == FixBy::Admin ? "sudo " : "", commandTemplate(command));
    return out;
}

std::string causeInMarkdown(const CauseWords& words)
{
    std::string out = fmt::format("### <a id=\"{}\"></a>{}\n\n", words.id, inMarkdown(words.title));
    out += signature(words) + "\n\n" + inMarkdown(words.explanation) + "\n\n";
    bool any = false;
    for (const char* id : words.fixes) {
        const FixWords* fix = id == nullptr ? nullptr : findFixWords(id);
        if (fix == nullptr)
            continue;
        out += fixInMarkdown(*fix);
        any = true;
    }
    return out + (any ? "\n" : "");
}

std::vector<const CauseWords*> causesOf(const CatalogueSection& section)
{
    std::vector<const CauseWords*> causes = catalogue();
    std::erase_if(causes,
                  [&](const CauseWords* words) { return words->listed.section != std::string_view(section.id); });
    return causes;
}

/// Every errno that the catalogue knows, and the causes that show as it.
std::string errnoTable()
{
    std::map<std::string, std::vector<const CauseWords*>> causes;
    for (const CauseWords* words : catalogue()) {
        for (const auto& name : wordsOf(words->listed.errnos))
            causes[name].push_back(words);
    }
    std::string out = "| errno | what it says | what it may be |\n|---|---|---|\n";
    for (const auto& [name, ofErrno] : causes) {
        std::string links;
        for (const CauseWords* words : ofErrno)
            links += fmt::format("{}[{}](#{})", links.empty() ? "" : ", ", words->id, words->id);
        const std::string_view meaning = errnoMeaning(name);
        const std::string text = meaning.empty() ? errnoText(errnoFromName(name).value_or(0)) : std::string(meaning);
        out += fmt::format("| `{}` | {} | {} |\n", name, text, links);
    }
    return out;
}

constexpr const char* kIntroduction =
    R"(<!-- Made from the rules by the build: `cmake --build BUILD --target causes_doc`. Not to be edited by hand. -->

# Why a folder does not take a file

These are the causes that Scratchproof knows, with its own words and what it advises. The same is in the terminal:

```console
$ scratchproof-cli explain mount-readonly-flag
$ scratchproof-cli explain EROFS
```

Below each title stand the id by which reports name it; how grave it is (*blocking*: nothing can be saved; *limit*: it works, with a
limit that may matter; *note*: worth knowing); how certain the answer is (*proven*: seen directly; *likely*: it fits all that was
seen, and something else might as well; *by-elimination*: what is left when everything else was ruled out); and at which step of
the check it shows, with which errno. Words in *italics* and in {braces} are filled in by the check.

)";

} // namespace

std::string causesInMarkdown()
{
    std::string contents = "## Contents\n\n";
    std::string body;
    for (const CatalogueSection& section : catalogueSections()) {
        const auto causes = causesOf(section);
        if (causes.empty())
            continue;
        contents += fmt::format("- [{}](#{})\n", section.title, anchorOf(section.title));
        body += fmt::format("## {}\n\n{}\n\n", section.title, section.about);
        for (const CauseWords* words : causes) {
            contents += fmt::format("  - [{}](#{})\n", inMarkdown(words->title), words->id);
            body += causeInMarkdown(*words);
        }
    }
    contents += "- [By errno](#by-errno)\n\n";
    return kIntroduction + contents + body + "## By errno\n\n" + errnoTable();
}

} // namespace scratchproof
