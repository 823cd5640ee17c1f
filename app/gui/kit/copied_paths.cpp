// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/copied_paths.h"

#include "app/gui/kit/typed_path.h"

#include <QByteArray>
#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <QString>

#include <algorithm>

namespace scratchproof::gui {

namespace {

bool comesBackAsText(const Path& path)
{
    return displayPath(path) == path && QString::fromStdString(path).trimmed() == QString::fromStdString(path);
}

} // namespace

void copyPaths(const std::vector<Path>& paths)
{
    if (paths.empty())
        return;
    QByteArray text;
    QByteArray addresses;
    for (const Path& path : paths) {
        text += (text.isEmpty() ? "" : "\n") + QByteArray::fromStdString(path);
        addresses += QByteArray::fromStdString(uriFromPath(path)) + "\r\n";
    }
    auto* copied = new QMimeData;                        // the clipboard's
    copied->setData(QStringLiteral("text/plain"), text); // setText() would put U+FFFD for what is no UTF-8
    const auto isHere = [](const Path& path) { return path.starts_with('/'); };
    if (!std::all_of(paths.begin(), paths.end(), comesBackAsText) && std::all_of(paths.begin(), paths.end(), isHere))
        copied->setData(QStringLiteral("text/uri-list"), addresses);
    QGuiApplication::clipboard()->setMimeData(copied);
}

} // namespace scratchproof::gui
