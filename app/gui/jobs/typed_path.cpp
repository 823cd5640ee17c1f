// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/jobs/typed_path.h"

#include <QByteArray>

namespace scratchproof::gui {

std::optional<Path> pathFromUri(std::string_view uri)
{
    constexpr std::string_view kScheme = "file://";
    constexpr std::string_view kHere = "localhost";
    if (uri.substr(0, kScheme.size()) != kScheme)
        return std::nullopt;
    uri.remove_prefix(kScheme.size());
    if (uri.substr(0, kHere.size()) == kHere)
        uri.remove_prefix(kHere.size());
    if (uri.empty() || uri.front() != '/')
        return std::nullopt; // of another host
    const Path path =
        QByteArray::fromPercentEncoding(QByteArray(uri.data(), static_cast<qsizetype>(uri.size()))).toStdString();
    if (path.find('\0') != Path::npos)
        return std::nullopt;
    return path;
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
