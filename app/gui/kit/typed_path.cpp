// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/typed_path.h"

#include "core/host/run_as.h"

#include <QByteArray>

namespace scratchproof::gui {

std::optional<Path> pathFromUri(std::string_view uri)
{
    return pathOfFileUri(uri);
}

std::string uriFromPath(std::string_view path)
{
    const QByteArray bytes(path.data(), static_cast<qsizetype>(path.size()));
    return "file://" + bytes.toPercentEncoding("/").toStdString();
}

std::optional<Path> pathFromTyped(const QString& typed, const Path& base, const Path& home)
{
    const Path text = typed.trimmed().toUtf8().toStdString();
    if (text.empty())
        return std::nullopt;
    if (const auto path = pathFromUri(text))
        return absolutePath(*path, base);
    if (text == "~" || text.compare(0, 2, "~/") == 0)
        return absolutePath(joinPath(home, text.size() > 2 ? text.substr(2) : ""), base);
    return absolutePath(text, base);
}

} // namespace scratchproof::gui
