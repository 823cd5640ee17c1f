// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/report_words.h"

#include "core/base/error.h"
#include "core/base/quantity.h"

namespace scratchproof {

const char* wordOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
        return QT_TRANSLATE_NOOP("report", "Usable");
    case Verdict::Limited:
        return QT_TRANSLATE_NOOP("report", "Limited");
    case Verdict::Unusable:
        return QT_TRANSLATE_NOOP("report", "Not usable");
    case Verdict::NotResponding:
        return QT_TRANSLATE_NOOP("report", "Not responding");
    case Verdict::NotChecked:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "Not checked");
}

const char* wordOf(Step step)
{
    switch (step) {
    case Step::OpenFolder:
        return QT_TRANSLATE_NOOP("report", "Open the folder");
    case Step::CreateFile:
        return QT_TRANSLATE_NOOP("report", "Create a file");
    case Step::Write:
        return QT_TRANSLATE_NOOP("report", "Write");
    case Step::Sync:
        return QT_TRANSLATE_NOOP("report", "Write through to the disk");
    case Step::ReadBack:
        return QT_TRANSLATE_NOOP("report", "Read back and compare");
    case Step::Rename:
        return QT_TRANSLATE_NOOP("report", "Rename");
    case Step::DeleteFile:
        return QT_TRANSLATE_NOOP("report", "Delete the file");
    case Step::CreateDirectory:
        return QT_TRANSLATE_NOOP("report", "Create a directory");
    case Step::DeleteDirectory:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "Delete the directory");
}

const char* wordOf(StepStatus status)
{
    switch (status) {
    case StepStatus::Passed:
        return QT_TRANSLATE_NOOP("report", "passed");
    case StepStatus::Failed:
        return QT_TRANSLATE_NOOP("report", "failed");
    case StepStatus::TimedOut:
        return QT_TRANSLATE_NOOP("report", "did not come back");
    case StepStatus::Skipped:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "skipped");
}

const char* wordOf(Level level)
{
    switch (level) {
    case Level::Quick:
        return QT_TRANSLATE_NOOP("report", "quick");
    case Level::Full:
        return QT_TRANSLATE_NOOP("report", "full");
    case Level::Standard:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "standard");
}

const char* wordOf(Severity severity)
{
    switch (severity) {
    case Severity::Blocking:
        return QT_TRANSLATE_NOOP("report", "stops it");
    case Severity::Limit:
        return QT_TRANSLATE_NOOP("report", "limit");
    case Severity::Note:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "note");
}

const char* wordOf(Certainty certainty)
{
    switch (certainty) {
    case Certainty::Proven:
        return QT_TRANSLATE_NOOP("report", "proven");
    case Certainty::Likely:
        return QT_TRANSLATE_NOOP("report", "likely");
    case Certainty::ByElimination:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "by elimination");
}

const char* meaningOf(Certainty certainty)
{
    switch (certainty) {
    case Certainty::Proven:
        return QT_TRANSLATE_NOOP("report", "This was seen directly: it is the cause.");
    case Certainty::Likely:
        return QT_TRANSLATE_NOOP("report", "All signs point to this, but it could not be seen directly.");
    case Certainty::ByElimination:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "Everything else that is known was ruled out.");
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
    switch (status) {
    case AbilityStatus::Present:
        return QT_TRANSLATE_NOOP("report", "yes");
    case AbilityStatus::Missing:
        return QT_TRANSLATE_NOOP("report", "no");
    case AbilityStatus::NotTried:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "not tried");
}

const char* wordOf(MountKind kind)
{
    switch (kind) {
    case MountKind::Local:
        return QT_TRANSLATE_NOOP("report", "a disk of this computer");
    case MountKind::Removable:
        return QT_TRANSLATE_NOOP("report", "a removable drive");
    case MountKind::Network:
        return QT_TRANSLATE_NOOP("report", "a server's");
    case MountKind::Memory:
        return QT_TRANSLATE_NOOP("report", "memory, gone after a restart");
    case MountKind::Pseudo:
        return QT_TRANSLATE_NOOP("report", "a view into the running system");
    case MountKind::Image:
        return QT_TRANSLATE_NOOP("report", "an image that cannot be written");
    case MountKind::Fuse:
        return QT_TRANSLATE_NOOP("report", "a program's (FUSE)");
    case MountKind::Automount:
        return QT_TRANSLATE_NOOP("report", "mounted when it is used");
    case MountKind::Other:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "of another kind");
}

namespace {

const char* wordOfNames(Ability ability)
{
    switch (ability) {
    case Ability::CaseSensitivity:
        return QT_TRANSLATE_NOOP("report", "Tells capital from small letters");
    case Ability::LongNames:
        return QT_TRANSLATE_NOOP("report", "Long names");
    case Ability::SpecialCharacters:
        return QT_TRANSLATE_NOOP("report", "Special characters in names");
    case Ability::TrailingDotsAndSpaces:
        return QT_TRANSLATE_NOOP("report", "Names that end in a dot or a space");
    case Ability::ReservedNames:
        return QT_TRANSLATE_NOOP("report", "Names that Windows reserves");
    case Ability::UndecodableNames:
        return QT_TRANSLATE_NOOP("report", "Names that are not UTF-8");
    case Ability::TimeStamps:
        return QT_TRANSLATE_NOOP("report", "Exact time stamps");
    case Ability::ChangeNotification:
        return QT_TRANSLATE_NOOP("report", "Tells programs of changes");
    default:
        return QT_TRANSLATE_NOOP("report", "Rubbish bin");
    }
}

} // namespace

const char* wordOf(Ability ability)
{
    switch (ability) {
    case Ability::SymbolicLinks:
        return QT_TRANSLATE_NOOP("report", "Symbolic links");
    case Ability::HardLinks:
        return QT_TRANSLATE_NOOP("report", "Hard links");
    case Ability::ExecutableFiles:
        return QT_TRANSLATE_NOOP("report", "Running programs from here");
    case Ability::PermissionBits:
        return QT_TRANSLATE_NOOP("report", "Permissions that stick");
    case Ability::ExtendedAttributes:
        return QT_TRANSLATE_NOOP("report", "Extended attributes");
    case Ability::AccessLists:
        return QT_TRANSLATE_NOOP("report", "Access control lists");
    case Ability::WholeFileLocks:
        return QT_TRANSLATE_NOOP("report", "Locks on whole files");
    case Ability::ByteRangeLocks:
        return QT_TRANSLATE_NOOP("report", "Locks on parts of files");
    case Ability::SparseFiles:
        return QT_TRANSLATE_NOOP("report", "Sparse files");
    case Ability::LargeFiles:
        return QT_TRANSLATE_NOOP("report", "Files over 4 GiB");
    case Ability::Preallocation:
        return QT_TRANSLATE_NOOP("report", "Reserving space in advance");
    case Ability::UnnamedFiles:
        return QT_TRANSLATE_NOOP("report", "Files without a name");
    case Ability::MemoryMapping:
        return QT_TRANSLATE_NOOP("report", "Memory-mapped files");
    default:
        return wordOfNames(ability);
    }
}

std::string translated(const Translate& translate, const char* text)
{
    return translate ? translate(text) : std::string(text);
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
        return formatDuration(static_cast<Nanoseconds>(*result.number));
    return result.errorCode != 0 ? errnoName(result.errorCode) : std::string();
}

} // namespace scratchproof
