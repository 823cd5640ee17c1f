// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <QDBusConnection>
#include <QObject>

#include <functional>

namespace scratchproof::gui {

/// Opens a folder in the desktop's file manager without touching it from this process: org.freedesktop.FileManager1,
/// else xdg-open as a process of its own. Returns at once; `failed` is called later if neither is there, unless
/// `context` is gone by then.
void openInFileManager(const QDBusConnection& bus, const Path& folder, QObject* context, std::function<void()> failed);

} // namespace scratchproof::gui
