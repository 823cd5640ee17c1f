// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>

/// Which names a folder takes (level full). An ordinary Linux file system takes all that were tried, and is silent
/// here.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"name-too-long",
     {"abilities", "", Shows::Fails, "ENAMETOOLONG"},
     QT_TRANSLATE_NOOP("causes", "Only short names fit here"),
     QT_TRANSLATE_NOOP("causes",
                       "The longest name that a file can have here is {max} bytes; elsewhere it is 255. A plain letter "
                       "takes one, an umlaut two, an emoji four."),
     {"shorten-name"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"encrypted-name-limit",
     {"abilities", "", Shows::Fails, "ENAMETOOLONG"},
     QT_TRANSLATE_NOOP("causes", "Encrypted folders take shorter names"),
     QT_TRANSLATE_NOOP("causes",
                       "Names are stored in encrypted form, which makes them longer. So a name may have {max} bytes "
                       "here instead of 255."),
     {"shorten-name"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"illegal-characters",
     {"abilities", "", Shows::Fails, "EINVAL ENOENT EPERM"},
     QT_TRANSLATE_NOOP("causes", "Some characters are not allowed in names"),
     QT_TRANSLATE_NOOP("causes", "This drive or share refuses names with one of these: {chars}"
                                 " Files that have them elsewhere cannot be copied here as they are."),
     {"replace-characters"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"trailing-dot-or-space",
     {"abilities", "", Shows::Fails, "EINVAL"},
     QT_TRANSLATE_NOOP("causes", "Some names that Windows reserves do not work"),
     QT_TRANSLATE_NOOP("causes",
                       "Names that end in a dot or a space, or names like CON and NUL, are refused here or come out as "
                       "another name: {names}."),
     {"rename-file"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"ntfs-names-windows-cannot-read",
     {"abilities", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "Windows will not open every name that fits here"),
     QT_TRANSLATE_NOOP("causes",
                       "This drive of Windows takes names from Linux that Windows itself cannot open, such as those "
                       "with a colon or a question mark."),
     {"avoid-windows-names", "mount-windows-names"},
     Severity::Note,
     Certainty::Proven,
     Target::Ability},
    {"case-collision",
     {"abilities", "", Shows::Fails, "EEXIST"},
     QT_TRANSLATE_NOOP("causes", "Upper and lower case are the same here"),
     QT_TRANSLATE_NOOP("causes",
                       "This drive takes 'Photo' and 'photo' for the same name. Of two such files only one can be "
                       "stored."),
     {"rename-file"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
    {"invalid-encoding",
     {"abilities", "", Shows::Fails, "EILSEQ EINVAL"},
     QT_TRANSLATE_NOOP("causes", "Names in an old encoding do not work"),
     QT_TRANSLATE_NOOP("causes",
                       "Names of files must be proper Unicode (UTF-8) here. Those from old systems or archives may not "
                       "be."),
     {"convert-names"},
     Severity::Limit,
     Certainty::Proven,
     Target::Ability},
};

constexpr FixWords kFixes[] = {
    {"shorten-name", QT_TRANSLATE_NOOP("causes", "Shorten the name before the file is stored."), FixBy::User},
    {"replace-characters",
     QT_TRANSLATE_NOOP("causes", "Rename such files first, with '-' in place of ':' for example."), FixBy::User},
    {"rename-file", QT_TRANSLATE_NOOP("causes", "Rename such files before they are stored."), FixBy::User},
    {"avoid-windows-names",
     QT_TRANSLATE_NOOP("causes", "Leave out \\ : * ? \" < > | and names like CON where Windows will read the drive."),
     FixBy::User},
    {"mount-windows-names",
     QT_TRANSLATE_NOOP("causes", "Or have it mounted with the option windows_names, which refuses them."),
     FixBy::Admin},
    {"convert-names", QT_TRANSLATE_NOOP("causes", "Convert the names to UTF-8, with the program convmv for example."),
     FixBy::User},
};

bool isPresent(const Input& in, Ability ability)
{
    const auto& all = in.probe.abilities;
    return std::any_of(all.begin(), all.end(), [ability](const AbilityResult& result) {
        return result.ability == ability && result.status == AbilityStatus::Present;
    });
}

std::string listOf(const std::vector<std::string>& refused)
{
    std::string list;
    for (const std::string& text : refused)
        list += (list.empty() ? "" : " ") + displayText(text);
    return list;
}

bool encryptsNames(const Input& in)
{
    static constexpr std::string_view kTypes[] = {"ecryptfs",         "fuse.gocryptfs", "fuse.encfs",
                                                  "fuse.cryfs",       "fuse.securefs",  "fuse.rclone",
                                                  "fuse.cryptomator", "fuse.sirikali"};
    const FileStatus* folder = in.folderStatus();
    return std::find(std::begin(kTypes), std::end(kTypes), in.fileSystem()) != std::end(kTypes) ||
           (folder != nullptr && folder->isEncrypted());
}

std::optional<Finding> longNames(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::LongNames);
    if (result == nullptr)
        return std::nullopt;
    const std::uint64_t told = in.facts.space ? in.facts.space->nameMax : 0;
    const auto most = static_cast<std::int64_t>(result->number.value_or(told));
    return makeFinding(in, encryptsNames(in) ? "encrypted-name-limit" : "name-too-long",
                       {{"max", Argument::count(most)}});
}

std::optional<Finding> characters(const Input& in)
{
    const AbilityResult* result = in.lacking(Ability::SpecialCharacters);
    if (result == nullptr)
        return std::nullopt;
    return makeFinding(in, "illegal-characters", {{"chars", Argument::plain(listOf(result->refused))}});
}

std::optional<Finding> endings(const Input& in)
{
    const AbilityResult* endings = in.lacking(Ability::TrailingDotsAndSpaces);
    const AbilityResult* reserved = in.lacking(Ability::ReservedNames);
    if (endings == nullptr && reserved == nullptr)
        return std::nullopt;
    std::vector<std::string> names;
    for (const AbilityResult* result : {endings, reserved}) {
        if (result == nullptr)
            continue;
        for (const std::string& name : result->refused)
            names.push_back("'" + name + "'");
    }
    return makeFinding(in, "trailing-dot-or-space", {{"names", Argument::plain(listOf(names))}});
}

std::optional<Finding> unfitForWindows(const Input& in)
{
    const bool isNtfs = in.facts.state.isNtfs3g || in.fileSystem() == "ntfs3" ||
                        in.facts.state.fileSystemOnDevice == std::optional<std::string>("ntfs");
    if (in.problem != nullptr || !isNtfs || !isPresent(in, Ability::SpecialCharacters))
        return std::nullopt;
    return makeFinding(in, "ntfs-names-windows-cannot-read");
}

std::optional<Finding> letterCase(const Input& in)
{
    if (in.lacking(Ability::CaseSensitivity) == nullptr)
        return std::nullopt;
    return makeFinding(in, "case-collision");
}

std::optional<Finding> encoding(const Input& in)
{
    if (in.lacking(Ability::UndecodableNames) == nullptr)
        return std::nullopt;
    return makeFinding(in, "invalid-encoding");
}

constexpr std::array<Rule, 6> kRules = {longNames, characters, endings, unfitForWindows, letterCase, encoding};

} // namespace

extern const RuleFamily rulesNames{kRules, kCauses, kFixes};

} // namespace scratchproof
