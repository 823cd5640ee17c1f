// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error_words.h"

#include "core/base/translatable.h"

#include <algorithm>
#include <array>

namespace scratchproof {

namespace {

using Detail = ErrorWords::Detail;

constexpr std::array kWords{
    ErrorWords{ErrorKind::NotResponding, QT_TRANSLATE_NOOP("errors", "this folder does not answer"), Detail::IsForLogs},
    ErrorWords{ErrorKind::Cancelled, QT_TRANSLATE_NOOP("errors", "this was stopped"), Detail::IsForLogs},

    ErrorWords{ErrorKind::ProberStart,
               QT_TRANSLATE_NOOP("errors", "the helper that looks at folders (scratchproof-cli) could not be started"),
               Detail::IsForLogs},
    ErrorWords{ErrorKind::ProberDied,
               QT_TRANSLATE_NOOP("errors", "the helper that looks at folders ended unexpectedly; try again"),
               Detail::IsForLogs},
    ErrorWords{ErrorKind::ProberNonsense,
               QT_TRANSLATE_NOOP("errors", "the helper that looks at folders answered something that makes no sense"),
               Detail::IsForLogs},

    ErrorWords{ErrorKind::NameExists, QT_TRANSLATE_NOOP("errors", "there is a scratch directory of that name already")},
    ErrorWords{ErrorKind::FolderUnusable, QT_TRANSLATE_NOOP("errors", "the folder cannot be used"), Detail::AsTheErrno},
    ErrorWords{ErrorKind::UnsafeFolder,
               QT_TRANSLATE_NOOP("errors", "the folder is no safe place for a scratch directory"), Detail::AsTheErrno},
    ErrorWords{ErrorKind::IsElsewhere,
               QT_TRANSLATE_NOOP("errors", "the scratch directory belongs to another computer")},
    ErrorWords{ErrorKind::IsNotHere, QT_TRANSLATE_NOOP("errors", "the scratch directory was not found where it was")},
    ErrorWords{ErrorKind::IsReleased,
               QT_TRANSLATE_NOOP("errors", "the scratch directory was released; restore it first")},
    ErrorWords{ErrorKind::NotReleased,
               QT_TRANSLATE_NOOP("errors", "the scratch directory is not released, so there is nothing to restore")},
    ErrorWords{ErrorKind::NotActive, QT_TRANSLATE_NOOP("errors", "the scratch directory is not in use any more")},
    ErrorWords{ErrorKind::BeingRemoved, QT_TRANSLATE_NOOP("errors", "another program is removing it at this moment"),
               Detail::HasAPlace,
               QT_TRANSLATE_NOOP("errors", "its removal was begun, and whether that goes on cannot be seen now: %1")},
    ErrorWords{ErrorKind::HoldsOthers,
               QT_TRANSLATE_NOOP("errors", "another scratch directory lies in it, and would go with it"),
               Detail::HasAPlace, QT_TRANSLATE_NOOP("errors", "it would take another one along: %1")},
    ErrorWords{ErrorKind::InUse, QT_TRANSLATE_NOOP("errors", "the scratch directory is in use")},
    ErrorWords{ErrorKind::NameTaken,
               QT_TRANSLATE_NOOP("errors", "something else has taken the place of the scratch directory")},
    ErrorWords{ErrorKind::Protected, QT_TRANSLATE_NOOP("errors", "the scratch directory must stay where it is")},
    ErrorWords{ErrorKind::ReleaseUnsupported,
               QT_TRANSLATE_NOOP("errors", "the scratch directory can only be cleaned up, not released")},

    ErrorWords{ErrorKind::StoreBusy,
               QT_TRANSLATE_NOOP("errors", "another program holds the registry of scratch directories; try again")},
    ErrorWords{ErrorKind::StoreDamaged,
               QT_TRANSLATE_NOOP("errors", "the registry of scratch directories is damaged, and was left as it is")},
    ErrorWords{
        ErrorKind::StoreNewer,
        QT_TRANSLATE_NOOP("errors", "the registry of scratch directories is from a newer version of this program")},
    ErrorWords{ErrorKind::StoreReadOnly,
               QT_TRANSLATE_NOOP("errors", "the registry of scratch directories cannot be written")},
    ErrorWords{ErrorKind::StoreFull,
               QT_TRANSLATE_NOOP("errors", "there is no room for the registry of scratch directories")},
    ErrorWords{ErrorKind::StoreUnreachable,
               QT_TRANSLATE_NOOP("errors", "the registry of scratch directories cannot be opened")},
    ErrorWords{ErrorKind::StoreNotResponding,
               QT_TRANSLATE_NOOP("errors", "the registry of scratch directories does not answer")},
    ErrorWords{ErrorKind::StoreFailed, QT_TRANSLATE_NOOP("errors", "the registry of scratch directories failed")},
};

/// Every kind that is about scratch directories, the processes that look, or the registry has words, and once.
constexpr bool areWordsWhole()
{
    const auto count = [](ErrorKind kind) {
        return std::count_if(kWords.begin(), kWords.end(),
                             [kind](const ErrorWords& words) { return words.kind == kind; });
    };
    for (int i = static_cast<int>(ErrorKind::ProberStart); i <= static_cast<int>(ErrorKind::StoreFailed); ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        const bool saysAll = kind == ErrorKind::UnknownDirectory || kind == ErrorKind::ForeignMarker;
        if (count(kind) != (saysAll ? 0 : 1))
            return false;
    }
    return std::all_of(kWords.begin(), kWords.end(), [](const ErrorWords& words) {
        return (words.detail == Detail::HasAPlace) == (words.withDetail != nullptr);
    });
}
static_assert(areWordsWhole());

} // namespace

const ErrorWords* wordsOf(ErrorKind kind)
{
    const auto* known =
        std::find_if(kWords.begin(), kWords.end(), [kind](const ErrorWords& words) { return words.kind == kind; });
    return known == kWords.end() ? nullptr : known;
}

} // namespace scratchproof
