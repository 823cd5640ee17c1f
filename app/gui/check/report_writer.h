// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/system/system.h"

#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace scratchproof::gui {

/// Writes a report into a file. The file may be in a folder that hangs, so a child process writes it and a thread feeds
/// that: nothing here touches the file. Deletes itself after finished().
class ReportWriter final : public QObject
{
    Q_OBJECT

public:
    enum class Outcome : std::uint8_t { Written, Exists, Failed };
    Q_ENUM(Outcome)

    /// `replace`: an older file gives way as soon as the new one is whole; else it stays, and the outcome is Exists.
    /// `program` is scratchproof-cli.
    static ReportWriter* start(System& system, Path program, std::vector<std::shared_ptr<const Check>> checks,
                               Path file, bool replace);

signals:
    void finished(scratchproof::gui::ReportWriter::Outcome outcome, const QString& reason);

private:
    ReportWriter() = default;
};

} // namespace scratchproof::gui
