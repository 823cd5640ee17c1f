// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/system/system.h"

#include <QObject>
#include <QString>

#include <functional>
#include <string>

namespace scratchproof::gui {

/// Writes a text into a file. The file may be in a folder that hangs, so a child process writes it and a thread feeds
/// that: nothing here touches the file. Deletes itself after finished().
class FileWriter final : public QObject
{
    Q_OBJECT

public:
    enum class Outcome : std::uint8_t { Written, Exists, Failed };
    Q_ENUM(Outcome)

    /// `content` is called once, on a thread of its own. `replace`: an older file gives way as soon as the new one is
    /// whole; else it stays, and the outcome is Exists. `program` is scratchproof-cli.
    static FileWriter* start(System& system, Path program, std::function<std::string()> content, Path file,
                             bool replace);

signals:
    void finished(scratchproof::gui::FileWriter::Outcome outcome, const QString& reason);

private:
    FileWriter() = default;
};

} // namespace scratchproof::gui
