// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

namespace scratchproof::gui {

/// How much of a drive scratch directories take.
struct DriveTotal
{
    QString name;
    QString place; // where it is mounted
    quint64 scratchBytes = 0;
    std::optional<quint64> totalBytes; // nothing: not known (yet)
    std::optional<quint64> availableBytes;

    friend bool operator==(const DriveTotal&, const DriveTotal&) = default;
};

/// A bar for each drive: what scratch directories take of it, what else does, and what is free. In words too, for a
/// screen reader.
class DriveTotals final : public QWidget
{
    Q_OBJECT

public:
    explicit DriveTotals(QWidget* parent = nullptr);
    void setTotals(std::vector<DriveTotal> totals);

private:
    std::vector<DriveTotal> m_totals;
};

} // namespace scratchproof::gui
