// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/kept_model.h"

#include "app/gui/kit/error_words.h"

#include <QStringList>

namespace scratchproof::gui {

void KeptModel::add(const std::vector<Kept>& kept)
{
    if (kept.empty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(kept.size()) - 1);
    m_kept.insert(m_kept.end(), kept.begin(), kept.end());
    endInsertRows();
}

QString KeptModel::asText() const
{
    QStringList lines;
    for (const Kept& kept : m_kept)
        lines << line(kept);
    return lines.join(QLatin1Char('\n'));
}

int KeptModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_kept.size());
}

QVariant KeptModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Kept& kept = m_kept[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole)
        return tr("%1\n%2").arg(leftToRight(shownPath(kept.path)), reasonText(kept.reason));
    if (role == Qt::AccessibleTextRole)
        return line(kept);
    if (role == Qt::ToolTipRole)
        return plainToolTip(line(kept));
    return {};
}

QString KeptModel::line(const Kept& kept)
{
    return tr("%1: %2").arg(shownPath(kept.path), reasonText(kept.reason));
}

} // namespace scratchproof::gui
