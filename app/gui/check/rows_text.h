// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/check_model.h"
#include "core/host/run_as.h"
#include "core/stream/json_fields.h"
#include "core/system/system.h"

#include <QString>

#include <memory>
#include <string>
#include <vector>

class QMimeData;

namespace scratchproof::gui {

/// Rows as they are copied: a line each under a line of column names. What comes from elsewhere is only shown, and does
/// nothing, in a spreadsheet (cellText()) and in Markdown (markdown::escaped()).
[[nodiscard]] QString rowsAsTsv(const std::vector<const CheckRow*>& rows);
[[nodiscard]] QString rowsAsMarkdown(const std::vector<const CheckRow*>& rows);

/// A scratchproof.report/1 of these checks (docs/report-schema.md). May ask a directory server for the user's name: not
/// for the window's thread.
[[nodiscard]] std::string reportOf(System& system, const std::vector<std::shared_ptr<const Check>>& checks);

/// What was dropped or pasted, as paths: file addresses, or a path a line. `others` counts the addresses that are no
/// local files.
struct GivenPaths
{
    std::vector<FolderAddress> folders;
    int others = 0;
};
[[nodiscard]] GivenPaths pathsFromMime(const QMimeData& data, const Path& base, const Path& home);

} // namespace scratchproof::gui
