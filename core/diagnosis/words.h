// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"

#include <array>
#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace scratchproof {

/// What a cause is about: the folder; the file in it that was given; or what the folder is able to do (level full).
enum class Target : std::uint8_t { Folder, File, Ability };

/// "folder", "file", "ability".
[[nodiscard]] std::string_view toString(Target target);

/// How a cause shows at the steps of a probe.
enum class Shows : std::uint8_t { Fails, Hangs, Slow, Differs, Passes };

/// "fails", "hangs", "slow", "differs", "passes".
[[nodiscard]] std::string_view toString(Shows shows);

/// Where a cause is listed and how it shows, for people who look it up, never for a rule to decide by.
struct Listing
{
    const char* section;    // of catalogueSections()
    const char* steps = ""; // "create-file rename"; "any": whatever comes first; "": at none, it is about another thing
    Shows shows = Shows::Fails;
    const char* errnos = ""; // "EROFS EIO"; "" where there is none, or any
};

/// One row of the catalogue, in English, with {argument} where a value goes. Marked with QT_TRANSLATE_NOOP where it
/// stands, beside its rule. A finding may be less certain or less severe than its row says, and offers those of the
/// fixes that fit.
struct CauseWords
{
    const char* id;
    Listing listed;
    const char* title;                      // one line, no full stop
    const char* explanation;                // one or two sentences for a person who has never heard of permissions
    std::array<const char*, 12> fixes = {}; // ids, the one that asks for the least rights first; nullptr ends them
    Severity severity = Severity::Blocking;
    Certainty certainty = Certainty::Proven;
    Target target = Target::Folder;
    const char* whenBlocking = nullptr; // the explanation of a finding that is Blocking, where the row's is not
};

/// One fix: what to do, as an instruction; who may; and the command, where there is one, as an argument list. Each of
/// its arguments is a text with {argument} where a value goes, so that a command can be made anew from a finding's id
/// and arguments alone. What stands in [brackets] is left out where an argument in it is missing.
struct FixWords
{
    const char* id;
    const char* text;
    FixBy by = FixBy::User;
    std::array<const char*, 8> command = {};
};

using Arguments = std::map<std::string, Argument>;

/// The fix of that id for these arguments. No command where an argument is missing or not fit for a command line (a
/// user name with a comma, a path with a NUL), or where it may not be advised (advisable.h); a relative path gets "./"
/// before it. An unknown id: a fix without a
/// command.
[[nodiscard]] Fix makeFix(std::string_view id, const Arguments& arguments);

/// The finding of that cause: its severity and certainty, and its fixes as far as withFixes() takes them. An unknown
/// id: blocking, proven, and without a fix.
[[nodiscard]] Finding makeFinding(std::string_view id, Arguments arguments);
/// With these fixes in place of its own, in this order; without those whose sentence has a gap. nullptr is passed over.
[[nodiscard]] Finding withFixes(Finding finding, std::span<const char* const> fixes);
[[nodiscard]] Finding withFixes(Finding finding, std::initializer_list<const char*> fixes);

/// Looks an English text up in the reader's language; identity for English.
using Translate = std::function<std::string(const char*)>;
/// `text` in the reader's language.
[[nodiscard]] inline std::string translated(const Translate& translate, const char* text)
{
    return translate ? translate(text) : std::string(text);
}

/// Whose a fix is, for somebody who reads it: their own; that of the owner of what it is about; or an administrator's,
/// who also stands for an owner called root and for one without an account.
enum class Whose : std::uint8_t { Readers, Owners, Administrators };

/// A finding as a person reads it.
struct RenderedFix
{
    std::string id;
    FixBy by = FixBy::User;
    std::string text;
    std::vector<std::string> command;
    Whose whose = Whose::Readers;
    std::string owner; // of Owners: the name, displayable; "" where it is not known
};
struct RenderedFinding
{
    std::string title;
    std::string explanation;
    std::vector<RenderedFix> fixes;
};

/// Fills the words of the finding's id with its arguments (paths and foreign text made displayable, sizes and durations
/// formatted). Commands are made anew from ids and arguments; those in the finding are not looked at. An unknown id
/// gets the words of `unknown`, and no command; an unknown fix is left out.
[[nodiscard]] RenderedFinding render(const Finding& finding, const Translate& translate = {});

/// nullptr for an id that is not in the catalogue.
[[nodiscard]] const CauseWords* findCauseWords(std::string_view id);
/// Whether the finding's cause is about the file that was given, and not about its folder.
[[nodiscard]] bool isAboutFile(const Finding& finding);
[[nodiscard]] const FixWords* findFixWords(std::string_view id);
/// The whole catalogue, in its order.
[[nodiscard]] std::vector<const CauseWords*> allCauseWords();
[[nodiscard]] std::vector<const FixWords*> allFixWords();

} // namespace scratchproof
