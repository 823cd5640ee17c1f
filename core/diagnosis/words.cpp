// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/words.h"

#include "core/base/enum_names.h"
#include "core/base/fill_words.h"
#include "core/base/quantity.h"
#include "core/diagnosis/advisable.h"
#include "core/diagnosis/rule.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr EnumNames<Target::Ability> kTargets({"folder", "file", "ability"});
constexpr EnumNames<Shows::Passes> kShows({"fails", "hangs", "slow", "differs", "passes"});

template <typename Words>
const Words* find(std::span<const Words> list, std::string_view id)
{
    const auto found = std::find_if(list.begin(), list.end(), [id](const Words& words) { return id == words.id; });
    return found == list.end() ? nullptr : &*found;
}

std::string shown(const Argument& argument, const Translate& translate)
{
    switch (argument.type) {
    case ArgumentType::Path:
        return displayPath(argument.text);
    case ArgumentType::Size:
        return formatBytes(static_cast<std::uint64_t>(std::max<std::int64_t>(argument.number, 0)),
                           translated(translate, kDecimalPoint));
    case ArgumentType::Number:
        return std::to_string(argument.number);
    case ArgumentType::Duration:
        return formatDuration(argument.number, translated(translate, kDecimalPoint));
    default:
        return displayText(argument.text);
    }
}

/// `text` in the reader's language, with the arguments as they are shown.
std::string inWords(const char* text, const Arguments& arguments, const Translate& translate)
{
    return fillWords(translated(translate, text), [&](const std::string& name) {
        const auto found = arguments.find(name);
        return found == arguments.end() ? std::string("?") : shown(found->second, translate);
    });
}

/// Names that go into a word of a command beside other text ("u:ann:rwx"): nothing that could end the name there.
bool isPlainName(std::string_view name)
{
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-' || c == '@' || c == '\\' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
    };
    return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), isPlain);
}

/// As a command takes it, bytes and all; nothing if it must not go into one.
std::optional<std::string> forCommand(const Argument& argument)
{
    switch (argument.type) {
    case ArgumentType::Path:
        if (argument.text.empty() || argument.text.find('\0') != std::string::npos)
            return std::nullopt;
        return argument.text.front() == '/' ? argument.text : "./" + argument.text;
    case ArgumentType::User:
    case ArgumentType::Group:
    case ArgumentType::Name:
        return isPlainName(argument.text) ? std::optional(argument.text) : std::nullopt;
    case ArgumentType::Size:
    case ArgumentType::Number:
    case ArgumentType::Duration:
        return argument.number >= 0 ? std::optional(std::to_string(argument.number)) : std::nullopt;
    default:
        return std::nullopt;
    }
}

bool holdsAll(std::string_view text, const Arguments& arguments)
{
    bool all = true;
    fillWords(text, [&](const std::string& name) {
        all = all && arguments.contains(name);
        return std::string();
    });
    return all;
}

void setWhose(RenderedFix& fix, const Arguments& arguments)
{
    fix.whose = fix.by == FixBy::Admin ? Whose::Administrators : Whose::Readers;
    if (fix.by != FixBy::Owner)
        return;
    const auto owner = arguments.find("owner");
    const auto user = arguments.find("user");
    // An owner without an account cannot be asked.
    const bool isAdministrators =
        owner != arguments.end() && (owner->second.text == "root" || owner->second.text.rfind("number ", 0) == 0);
    const bool isReaders =
        owner != arguments.end() && user != arguments.end() && owner->second.text == user->second.text;
    fix.whose = isAdministrators ? Whose::Administrators : isReaders ? Whose::Readers : Whose::Owners;
    if (fix.whose == Whose::Owners && owner != arguments.end())
        fix.owner = displayText(owner->second.text);
}

} // namespace

std::string_view toString(Target target)
{
    return kTargets.nameOf(target);
}

std::string_view toString(Shows shows)
{
    return kShows.nameOf(shows);
}

const CauseWords* findCauseWords(std::string_view id)
{
    for (const RuleFamily& family : ruleFamilies()) {
        if (const auto* words = find(family.causes, id))
            return words;
    }
    return nullptr;
}

const FixWords* findFixWords(std::string_view id)
{
    for (const RuleFamily& family : ruleFamilies()) {
        if (const auto* words = find(family.fixes, id))
            return words;
    }
    return nullptr;
}

std::vector<const CauseWords*> allCauseWords()
{
    std::vector<const CauseWords*> all;
    for (const RuleFamily& family : ruleFamilies()) {
        for (const CauseWords& words : family.causes)
            all.push_back(&words);
    }
    return all;
}

std::vector<const FixWords*> allFixWords()
{
    std::vector<const FixWords*> all;
    for (const RuleFamily& family : ruleFamilies()) {
        for (const FixWords& words : family.fixes)
            all.push_back(&words);
    }
    return all;
}

Fix makeFix(std::string_view id, const Arguments& arguments)
{
    Fix fix;
    fix.id = id;
    const FixWords* words = findFixWords(id);
    if (words == nullptr)
        return fix;
    fix.by = words->by;
    bool fits = true;
    const auto isWhole = [&](std::string_view optional) { return holdsAll(optional, arguments); };
    for (const char* part : words->command) {
        if (part == nullptr)
            break;
        fix.command.push_back(fillWords(withoutGaps(part, isWhole), [&](const std::string& name) {
            const auto found = arguments.find(name);
            auto value = found == arguments.end() ? std::nullopt : forCommand(found->second);
            fits = fits && value.has_value();
            return value.value_or("");
        }));
    }
    if (!fits || !isAdvisable(fix.command, arguments))
        fix.command.clear();
    return fix;
}

Finding makeFinding(std::string_view id, Arguments arguments)
{
    Finding finding;
    finding.id = id;
    finding.arguments = std::move(arguments);
    const CauseWords* words = findCauseWords(id);
    if (words == nullptr)
        return finding;
    finding.severity = words->severity;
    finding.certainty = words->certainty;
    return withFixes(std::move(finding), words->fixes);
}

Finding withFixes(Finding finding, std::span<const char* const> fixes)
{
    finding.fixes.clear();
    for (const char* fix : fixes) {
        const FixWords* words = fix == nullptr ? nullptr : findFixWords(fix);
        if (fix != nullptr && (words == nullptr || holdsAll(words->text, finding.arguments)))
            finding.fixes.push_back(makeFix(fix, finding.arguments));
    }
    return finding;
}

Finding withFixes(Finding finding, std::initializer_list<const char*> fixes)
{
    return withFixes(std::move(finding), std::span(fixes.begin(), fixes.size()));
}

bool isAboutFile(const Finding& finding)
{
    const CauseWords* words = findCauseWords(finding.id);
    return words != nullptr && words->target == Target::File;
}

RenderedFinding render(const Finding& finding, const Translate& translate)
{
    const CauseWords* words = findCauseWords(finding.id);
    const bool isKnown = words != nullptr;
    if (!isKnown)
        words = findCauseWords("unknown");
    RenderedFinding rendered;
    rendered.title = inWords(words->title, finding.arguments, translate);
    const bool isWorse = words->whenBlocking != nullptr && finding.severity == Severity::Blocking;
    rendered.explanation = inWords(isWorse ? words->whenBlocking : words->explanation, finding.arguments, translate);
    for (const Fix& fix : finding.fixes) {
        const FixWords* text = findFixWords(fix.id);
        if (text == nullptr)
            continue;
        Fix anew = makeFix(fix.id, finding.arguments);
        if (!isKnown)
            anew.command.clear();
        RenderedFix shown;
        shown.id = fix.id;
        shown.by = anew.by;
        shown.text = inWords(text->text, finding.arguments, translate);
        shown.command = std::move(anew.command);
        setWhose(shown, finding.arguments);
        rendered.fixes.push_back(std::move(shown));
    }
    return rendered;
}

} // namespace scratchproof
