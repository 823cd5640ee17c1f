// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/fact_text.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace scratchproof {

namespace {

const char* wordOf(FileType type)
{
    switch (type) {
    case FileType::Directory:
        return QT_TRANSLATE_NOOP("report", "folder");
    case FileType::SymbolicLink:
        return QT_TRANSLATE_NOOP("report", "link");
    case FileType::Regular:
        return QT_TRANSLATE_NOOP("report", "file");
    case FileType::Unknown:
        return QT_TRANSLATE_NOOP("report", "unknown");
    default:
        return QT_TRANSLATE_NOOP("report", "special file");
    }
}

std::string errorWords(int code)
{
    return fmt::format("{} ({})", errnoText(code), errnoName(code));
}

} // namespace

std::string whoText(const std::optional<std::string>& name, std::uint32_t number)
{
    return name ? fmt::format("{} ({})", displayText(*name), number) : std::to_string(number);
}

std::vector<FactLine> describePlace(const PathPlace& place, const Translate& translate)
{
    std::vector<FactLine> lines;
    const auto add = [&](const char* name, std::string value) {
        lines.push_back({translated(translate, name), std::move(value)});
    };
    const PathComponent* seen = place.component;
    if (!seen) {
        add(QT_TRANSLATE_NOOP("report", "Seen"), translated(translate, QT_TRANSLATE_NOOP("report", "not reached")));
        return lines;
    }
    if (seen->status) {
        add(QT_TRANSLATE_NOOP("report", "Kind"), translated(translate, wordOf(seen->status->type)));
        if (seen->linkTarget)
            add(QT_TRANSLATE_NOOP("report", "Leads to"), displayPath(*seen->linkTarget));
        add(QT_TRANSLATE_NOOP("report", "Owner"), whoText(seen->owner, seen->status->uid));
        add(QT_TRANSLATE_NOOP("report", "Group"), whoText(seen->group, seen->status->gid));
        add(QT_TRANSLATE_NOOP("report", "Mode"),
            fmt::format("{} ({:04o})", modeLetters(*seen->status), seen->status->mode & 07777U));
    }
    if (!seen->accessList.empty()) {
        std::string list;
        for (const AclEntry& entry : seen->accessList)
            list += (list.empty() ? "" : "\n") + displayText(toText(entry));
        add(QT_TRANSLATE_NOOP("report", "Access list"), std::move(list));
    }
    if (seen->linkErrorCode != 0)
        add(QT_TRANSLATE_NOOP("report", "Following it"), errorWords(seen->linkErrorCode));
    if (seen->searchable)
        add(QT_TRANSLATE_NOOP("report", "May be passed"),
            translated(translate,
                       *seen->searchable ? QT_TRANSLATE_NOOP("report", "yes") : QT_TRANSLATE_NOOP("report", "no")));
    if (seen->errorCode != 0)
        add(QT_TRANSLATE_NOOP("report", "The system says"), errorWords(seen->errorCode));
    if (place.mount)
        add(QT_TRANSLATE_NOOP("report", "Mounted here"),
            filled(translated(translate, QT_TRANSLATE_NOOP("report", "%1 from %2 (%3)")),
                   {displayText(place.mount->fileSystem), displayText(place.mount->source),
                    displayText(place.mount->options)}));
    else if (place.beginsMount)
        add(QT_TRANSLATE_NOOP("report", "Mounted here"),
            translated(translate, QT_TRANSLATE_NOOP("report", "another file system")));
    return lines;
}

} // namespace scratchproof
