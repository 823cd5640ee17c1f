// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/report_words.h"

#include "core/base/error.h"
#include "core/base/quantity.h"
#include "core/base/translatable.h"

#include <algorithm>

namespace scratchproof {

namespace {

/// The word at the value's place: the words stand in the order of the enum, whose last value is `last`.
template <auto last, std::size_t count>
const char* wordFrom(const char* const (&words)[count], decltype(last) value)
{
    static_assert(count == static_cast<std::size_t>(last) + 1, "the enum has another number of values");
    return words[std::min(static_cast<std::size_t>(value), count - 1)];
}

} // namespace

const char* wordOf(Verdict verdict)
{
    static constexpr const char* kWords[] = {
        QT_TRANSLATE_NOOP("report", "Usable"), QT_TRANSLATE_NOOP("report", "Limited"),
        QT_TRANSLATE_NOOP("report", "Not usable"), QT_TRANSLATE_NOOP("report", "Not responding"),
        QT_TRANSLATE_NOOP("report", "Not checked")};
    return wordFrom<Verdict::NotChecked>(kWords, verdict);
}

const char* wordOf(Step step)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "Open the folder"),
                                             QT_TRANSLATE_NOOP("report", "Create a file"),
                                             QT_TRANSLATE_NOOP("report", "Write"),
                                             QT_TRANSLATE_NOOP("report", "Write through to the disk"),
                                             QT_TRANSLATE_NOOP("report", "Read back and compare"),
                                             QT_TRANSLATE_NOOP("report", "Rename"),
                                             QT_TRANSLATE_NOOP("report", "Delete the file"),
                                             QT_TRANSLATE_NOOP("report", "Create a directory"),
                                             QT_TRANSLATE_NOOP("report", "Delete the directory")};
    return wordFrom<Step::DeleteDirectory>(kWords, step);
}

const char* wordOf(StepStatus status)
{
    static constexpr const char* kWords[] = {
        QT_TRANSLATE_NOOP("report", "passed"), QT_TRANSLATE_NOOP("report", "failed"),
        QT_TRANSLATE_NOOP("report", "skipped"), QT_TRANSLATE_NOOP("report", "did not come back")};
    return wordFrom<StepStatus::TimedOut>(kWords, status);
}

const char* wordOf(Level level)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "quick"),
                                             QT_TRANSLATE_NOOP("report", "standard"),
                                             QT_TRANSLATE_NOOP("report", "full")};
    return wordFrom<Level::Full>(kWords, level);
}

const char* wordOf(Severity severity)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "stops it"),
                                             QT_TRANSLATE_NOOP("report", "limit"), QT_TRANSLATE_NOOP("report", "note")};
    return wordFrom<Severity::Note>(kWords, severity);
}

const char* wordOf(Certainty certainty)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "proven"),
                                             QT_TRANSLATE_NOOP("report", "likely"),
                                             QT_TRANSLATE_NOOP("report", "by elimination")};
    return wordFrom<Certainty::ByElimination>(kWords, certainty);
}

const char* meaningOf(Certainty certainty)
{
    static constexpr const char* kWords[] = {
        QT_TRANSLATE_NOOP("report", "This was seen directly: it is the cause."),
        QT_TRANSLATE_NOOP("report", "All signs point to this, but it could not be seen directly."),
        QT_TRANSLATE_NOOP("report", "Everything else that is known was ruled out.")};
    return wordFrom<Certainty::ByElimination>(kWords, certainty);
}

std::string doerOf(const RenderedFix& fix, const Translate& translate)
{
    const auto word = [&](const char* text) { return translated(translate, text); };
    switch (fix.whose) {
    case Whose::Readers:
        return word(QT_TRANSLATE_NOOP("report", "You can do this"));
    case Whose::Administrators:
        return word(QT_TRANSLATE_NOOP("report", "For an administrator"));
    case Whose::Owners:
        break;
    }
    if (fix.owner.empty())
        return word(QT_TRANSLATE_NOOP("report", "For the folder's owner"));
    constexpr std::string_view kOwner = "{owner}";
    std::string text = word(QT_TRANSLATE_NOOP("report", "For {owner}"));
    if (const auto at = text.find(kOwner); at != std::string::npos)
        text.replace(at, kOwner.size(), fix.owner);
    return text;
}

const char* wordOf(AbilityStatus status)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "yes"), QT_TRANSLATE_NOOP("report", "no"),
                                             QT_TRANSLATE_NOOP("report", "not tried")};
    return wordFrom<AbilityStatus::NotTried>(kWords, status);
}

const char* wordOf(MountKind kind)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "a disk of this computer"),
                                             QT_TRANSLATE_NOOP("report", "a removable drive"),
                                             QT_TRANSLATE_NOOP("report", "a server's"),
                                             QT_TRANSLATE_NOOP("report", "memory, gone after a restart"),
                                             QT_TRANSLATE_NOOP("report", "a view into the running system"),
                                             QT_TRANSLATE_NOOP("report", "an image that cannot be written"),
                                             QT_TRANSLATE_NOOP("report", "a program's (FUSE)"),
                                             QT_TRANSLATE_NOOP("report", "mounted when it is used"),
                                             QT_TRANSLATE_NOOP("report", "of another kind")};
    return wordFrom<MountKind::Other>(kWords, kind);
}

const char* wordOf(Ability ability)
{
    static constexpr const char* kWords[] = {QT_TRANSLATE_NOOP("report", "Symbolic links"),
                                             QT_TRANSLATE_NOOP("report", "Hard links"),
                                             QT_TRANSLATE_NOOP("report", "Running programs from here"),
                                             QT_TRANSLATE_NOOP("report", "Permissions that stick"),
                                             QT_TRANSLATE_NOOP("report", "Extended attributes"),
                                             QT_TRANSLATE_NOOP("report", "Access control lists"),
                                             QT_TRANSLATE_NOOP("report", "Locks on whole files"),
                                             QT_TRANSLATE_NOOP("report", "Locks on parts of files"),
                                             QT_TRANSLATE_NOOP("report", "Sparse files"),
                                             QT_TRANSLATE_NOOP("report", "Files over 4 GiB"),
                                             QT_TRANSLATE_NOOP("report", "Reserving space in advance"),
                                             QT_TRANSLATE_NOOP("report", "Files without a name"),
                                             QT_TRANSLATE_NOOP("report", "Memory-mapped files"),
                                             QT_TRANSLATE_NOOP("report", "Tells capital from small letters"),
                                             QT_TRANSLATE_NOOP("report", "Long names"),
                                             QT_TRANSLATE_NOOP("report", "Special characters in names"),
                                             QT_TRANSLATE_NOOP("report", "Names that end in a dot or a space"),
                                             QT_TRANSLATE_NOOP("report", "Names that Windows reserves"),
                                             QT_TRANSLATE_NOOP("report", "Names that are not UTF-8"),
                                             QT_TRANSLATE_NOOP("report", "Exact time stamps"),
                                             QT_TRANSLATE_NOOP("report", "Tells programs of changes"),
                                             QT_TRANSLATE_NOOP("report", "Rubbish bin")};
    return wordFrom<Ability::Trash>(kWords, ability);
}

std::string filled(std::string_view text, std::initializer_list<std::string_view> values)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto number = i + 1 < text.size() && text[i] == '%' ? static_cast<std::size_t>(text[i + 1] - '1') : 9;
        if (number < values.size()) {
            out += values.begin()[number];
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string noteOf(const AbilityResult& result, const Translate& translate)
{
    if (!result.refused.empty()) {
        std::string list;
        for (const std::string& name : result.refused)
            list += (list.empty() ? "" : "  ") + displayText(name);
        return filled(translated(translate, QT_TRANSLATE_NOOP("report", "refused: %1")), {list});
    }
    if (result.number && result.ability == Ability::LongNames)
        return filled(translated(translate, QT_TRANSLATE_NOOP("report", "up to %1 bytes")),
                      {std::to_string(*result.number)});
    if (result.number && result.ability == Ability::TimeStamps)
        return formatDuration(static_cast<Nanoseconds>(*result.number), translated(translate, kDecimalPoint));
    return result.errorCode != 0 ? errnoName(result.errorCode) : std::string();
}

} // namespace scratchproof
