// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/rows_text.h"

#include "app/gui/kit/typed_path.h"
#include "core/protocol/messages.h"
#include "core/report/cell_text.h"
#include "core/report/check_exit_code.h"
#include "core/report/document_writer.h"
#include "core/report/markdown_text.h"

#include <QMimeData>
#include <QStringList>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof::gui {

namespace {

QStringList columnNames()
{
    const CheckModel model;
    QStringList names;
    for (int column = 0; column < CheckModel::ColumnCount; ++column)
        names << model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    return names;
}

/// What was copied from anywhere has colons in it: only what can be nothing else is a folder of another computer.
std::optional<FolderAddress> remoteIn(const QString& line)
{
    const std::string text = line.trimmed().toStdString();
    const auto address = folderAddress(text, "/");
    const bool isSure =
        address && address->runAs.isRemote() && (!address->runAs.user.empty() || address->folder.front() == '/');
    return isSure ? std::optional(*address) : std::nullopt;
}

QStringList cellsOf(const CheckRow& row)
{
    QStringList cells;
    for (int column = 0; column < CheckModel::ColumnCount; ++column)
        cells << CheckModel::text(row, column);
    return cells;
}

QString line(const QStringList& cells, const QString& between, std::string (*safe)(std::string_view))
{
    QStringList texts;
    for (const QString& cell : cells)
        texts << QString::fromStdString(safe(cell.toStdString()));
    return texts.join(between);
}

QString markdownLine(const QStringList& cells)
{
    return QStringLiteral("| ") + line(cells, QStringLiteral(" | "), markdown::escaped) + QStringLiteral(" |\n");
}

QString tsvLine(const QStringList& cells)
{
    return line(cells, QStringLiteral("\t"), cellText) + QLatin1Char('\n');
}

} // namespace

QString rowsAsTsv(const std::vector<const CheckRow*>& rows)
{
    QString text = tsvLine(columnNames());
    for (const CheckRow* row : rows)
        text += tsvLine(cellsOf(*row));
    return text;
}

QString rowsAsMarkdown(const std::vector<const CheckRow*>& rows)
{
    QString text = markdownLine(columnNames());
    text += QStringLiteral("|") + QStringLiteral(" --- |").repeated(CheckModel::ColumnCount) + QLatin1Char('\n');
    for (const CheckRow* row : rows)
        text += markdownLine(cellsOf(*row));
    return text;
}

std::string reportOf(System& system, const std::vector<std::shared_ptr<const Check>>& checks)
{
    Nanoseconds started = system.clock.wall();
    Nanoseconds finished = 0;
    for (const auto& check : checks) {
        if (check->started <= 0)
            continue;
        started = std::min(started, check->started);
        finished = std::max(finished, check->started + check->duration);
    }
    Json head = Json::object();
    head["schema"] = kReportSchema;
    head.update(streamHead(system, "scratchproof"));
    head["started"] = toIso8601(started);
    std::string report;
    DocumentWriter document([&report](std::string_view part) { report += part; });
    document.begin(head);
    ExitCode exitCode = ExitCode::Success; // as the console program would exit
    for (const auto& check : checks) {
        document.add(*check);
        exitCode = worse(exitCode, exitCodeOf(*check));
    }
    Json tail = Json::object();
    tail["finished"] = toIso8601(std::max(started, finished));
    tail["exit_code"] = toInt(exitCode);
    document.end(tail);
    return report;
}

GivenPaths pathsFromMime(const QMimeData& data, const Path& base, const Path& home)
{
    GivenPaths given;
    if (data.hasFormat(QStringLiteral("text/uri-list"))) {
        const QByteArray list = data.data(QStringLiteral("text/uri-list"));
        for (const QByteArray& line : list.split('\n')) {
            const QByteArray uri = line.trimmed();
            if (uri.isEmpty() || uri.startsWith('#'))
                continue;
            if (const auto path = pathFromUri({uri.constData(), static_cast<std::size_t>(uri.size())}))
                given.folders.push_back({{}, *path});
            else
                ++given.others;
        }
        return given;
    }
    const QString text = data.text();
    for (QString line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        if (line.endsWith(QLatin1Char('\r')))
            line.chop(1);
        if (auto remote = remoteIn(line))
            given.folders.push_back(std::move(*remote));
        else if (const auto path = pathFromTyped(line, base, home))
            given.folders.push_back({{}, *path});
    }
    return given;
}

} // namespace scratchproof::gui
