// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"path-empty", QT_TRANSLATE_NOOP("causes", "No folder was given"),
     QT_TRANSLATE_NOOP("causes", "The path is empty, so there is nothing to check.")},
    {"path-invalid", QT_TRANSLATE_NOOP("causes", "This cannot be a path"),
     QT_TRANSLATE_NOOP("causes", "The path holds a character that no name of a file or folder can have.")},
    {"path-missing", QT_TRANSLATE_NOOP("causes", "The folder does not exist"),
     QT_TRANSLATE_NOOP("causes",
                       "There is nothing at '{component}'. Perhaps it was renamed or deleted, or its drive is "
                       "not connected.")},
    {"path-dangling-symlink", QT_TRANSLATE_NOOP("causes", "A shortcut in the path leads nowhere"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut to '{target}', and there is nothing at that place. Perhaps "
                       "its drive is not plugged in.")},
    {"path-symlink-loop", QT_TRANSLATE_NOOP("causes", "The shortcuts in the path go round in a circle"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut that leads back to itself, so no folder is ever reached.")},
    {"path-nosymfollow", QT_TRANSLATE_NOOP("causes", "Shortcuts on this drive are not followed"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut, and the drive it is on was connected so that shortcuts on "
                       "it do not count.")},
    {"path-not-directory", QT_TRANSLATE_NOOP("causes", "This is a file, not a folder"),
     QT_TRANSLATE_NOOP("causes", "'{component}' is not a folder, so nothing can be stored in it.")},
    {"path-too-long", QT_TRANSLATE_NOOP("causes", "The path is too long"),
     QT_TRANSLATE_NOOP("causes",
                       "The whole path has {bytes} bytes. Programs on Linux can use at most 4095, and 255 for "
                       "one name.")},
    {"parent-no-search", QT_TRANSLATE_NOOP("causes", "A folder on the way may not be entered"),
     QT_TRANSLATE_NOOP("causes",
                       "You may not pass through '{component}', which belongs to {owner}. The folder itself was "
                       "never reached.")},
    {"media-dir-of-other-user", QT_TRANSLATE_NOOP("causes", "The drive was connected by somebody else"),
     QT_TRANSLATE_NOOP("causes", "Drives below '{component}' are private to the user who plugged them in.")},
    {"folder-deleted-underneath", QT_TRANSLATE_NOOP("causes", "The folder was deleted during the check"),
     QT_TRANSLATE_NOOP("causes", "The folder was there when the check began, and was removed or replaced before it was "
                                 "done.")},
};

constexpr FixWords kFixes[] = {
    {"create-folder",
     QT_TRANSLATE_NOOP("causes", "Check the spelling, or create the folder."),
     FixBy::User,
     {"mkdir", "-p", "--", "{path}"}},
    {"plug-in-drive", QT_TRANSLATE_NOOP("causes", "Plug in the drive that it leads to, or make the shortcut anew."),
     FixBy::User},
    {"remove-link",
     QT_TRANSLATE_NOOP("causes", "Delete the shortcut that leads in a circle."),
     FixBy::Owner,
     {"rm", "--", "{component}"}},
    {"use-real-path", QT_TRANSLATE_NOOP("causes", "Choose the folder that the shortcut leads to."), FixBy::User},
    {"choose-containing-folder", QT_TRANSLATE_NOOP("causes", "Choose the folder that the file is in."), FixBy::User},
    {"shorten-path", QT_TRANSLATE_NOOP("causes", "Shorten the names of folders, or move the folder further up."),
     FixBy::User},
    {"grant-search",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to let you pass through, and nothing more."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:x", "--", "{component}"}},
    {"replug-as-yourself",
     QT_TRANSLATE_NOOP("causes", "Let the other user eject the drive, then plug it in again yourself."), FixBy::User},
    {"check-again", QT_TRANSLATE_NOOP("causes", "Check the folder again."), FixBy::User},
};

/// The last component that was seen or tried: where the walk ended.
const PathComponent* end(const Input& in)
{
    return in.facts.path.empty() ? nullptr : &in.facts.path.back();
}

Arguments componentOf(const Input& in)
{
    const PathComponent* last = end(in);
    return {{"component", Argument::path(last != nullptr ? last->path : in.folder)}};
}

bool failedToOpen(const Input& in, std::initializer_list<int> codes)
{
    return in.failedAt({Step::OpenFolder}) && in.failedWith(codes);
}

std::optional<Finding> emptyPath(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.folder.empty())
        return std::nullopt;
    return blocking(in, "path-empty");
}

std::optional<Finding> invalidPath(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || in.folder.find('\0') == Path::npos)
        return std::nullopt;
    return blocking(in, "path-invalid");
}

std::optional<Finding> danglingLink(const Input& in)
{
    const PathComponent* last = end(in);
    if (!failedToOpen(in, {ENOENT}) || last == nullptr || !last->linkTarget || last->linkErrorCode != ENOENT)
        return std::nullopt;
    Arguments arguments = componentOf(in);
    arguments.emplace("target", Argument::path(*last->linkTarget));
    return blocking(in, "path-dangling-symlink", {"plug-in-drive"}, std::move(arguments));
}

std::optional<Finding> missing(const Input& in)
{
    if (!failedToOpen(in, {ENOENT}))
        return std::nullopt;
    // The walk may have seen the folder that the probe, a moment later, did not: then it is gone since.
    if (in.facts.folder)
        return blocking(in, "folder-deleted-underneath", {"check-again"});
    return blocking(in, "path-missing", {"create-folder"}, componentOf(in));
}

std::optional<Finding> linkNotFollowed(const Input& in)
{
    if (!failedToOpen(in, {ELOOP}))
        return std::nullopt;
    // The mount is known by the path's text here, which is the link's as long as no link leads elsewhere before.
    if (in.mount() != nullptr && in.mount()->hasOption("nosymfollow"))
        return blocking(in, "path-nosymfollow", {"use-real-path"}, componentOf(in));
    return blocking(in, "path-symlink-loop", {"remove-link"}, componentOf(in));
}

std::optional<Finding> notADirectory(const Input& in)
{
    if (!failedToOpen(in, {ENOTDIR}))
        return std::nullopt;
    return blocking(in, "path-not-directory", {"choose-containing-folder"}, componentOf(in));
}

std::optional<Finding> tooLong(const Input& in)
{
    if (!failedToOpen(in, {ENAMETOOLONG}))
        return std::nullopt;
    return blocking(in, "path-too-long", {"shorten-path"},
                    {{"bytes", Argument::count(static_cast<std::int64_t>(in.folder.size()))}});
}

/// The folder of a path that may not be passed: the last one seen, where the next name could not be looked up.
const PathComponent* barrier(const Input& in)
{
    const auto& path = in.facts.path;
    for (std::size_t i = path.size(); i-- > 0;) {
        if (path[i].searchable == std::optional<bool>(false))
            return &path[i];
    }
    return nullptr;
}

std::optional<Finding> noSearch(const Input& in)
{
    const PathComponent* stopped = barrier(in);
    if (!failedToOpen(in, {EACCES, EPERM}) || stopped == nullptr || !stopped->status)
        return std::nullopt;
    const std::string parent = parentPath(stopped->path);
    if ((parent == "/media" || parent == "/run/media") && stopped->status->uid == 0 &&
        baseName(stopped->path) != in.facts.user.name)
        return blocking(in, "media-dir-of-other-user", {"replug-as-yourself"},
                        {{"component", Argument::path(stopped->path)}});
    return blocking(in, "parent-no-search", {"grant-search"},
                    {{"component", Argument::path(stopped->path)},
                     {"owner", Argument::user(nameOrNumber(stopped->owner, stopped->status->uid))}});
}

std::optional<Finding> deletedUnderneath(const Input& in)
{
    if (in.problem == nullptr || !in.probe.notes.folderGone)
        return std::nullopt;
    return blocking(in, "folder-deleted-underneath", {"check-again"});
}

constexpr std::array<Rule, 9> kRules = {emptyPath,     invalidPath, danglingLink, missing,          linkNotFollowed,
                                        notADirectory, tooLong,     noSearch,     deletedUnderneath};

} // namespace

RuleFamily pathRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
