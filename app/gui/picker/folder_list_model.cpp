// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_list_model.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

FolderListModel::FolderListModel(QObject* parent) : QAbstractListModel(parent), m_icon(icon(Glyph::Folder)) {}

void FolderListModel::setEntries(std::vector<Entry> entries)
{
    beginResetModel();
    m_all.clear();
    m_all.reserve(entries.size());
    m_hiddenCount = 0;
    for (Entry& entry : entries) {
        Shown shown;
        shown.text = shownPath(entry.name);
        shown.key = shown.text.toCaseFolded();
        shown.name = std::move(entry.name);
        shown.hidden = entry.hidden;
        m_hiddenCount += entry.hidden ? 1 : 0;
        m_all.push_back(std::move(shown));
    }
    std::sort(m_all.begin(), m_all.end(), [](const Shown& a, const Shown& b) {
        const int order = a.key.compare(b.key);
        return order != 0 ? order < 0 : a.name < b.name;
    });
    select();
    endResetModel();
}

void FolderListModel::setHiddenShown(bool shown)
{
    if (shown == m_hiddenShown)
        return;
    beginResetModel();
    m_hiddenShown = shown;
    select();
    endResetModel();
}

void FolderListModel::select()
{
    m_visible.clear();
    for (std::size_t at = 0; at < m_all.size(); ++at)
        if (m_hiddenShown || !m_all[at].hidden)
            m_visible.push_back(at);
}

std::string FolderListModel::name(int row) const
{
    return row >= 0 && row < rowCount() ? m_all[m_visible[static_cast<std::size_t>(row)]].name : std::string();
}

int FolderListModel::rowOf(const std::string& name) const
{
    const auto found =
        std::find_if(m_visible.begin(), m_visible.end(), [&](std::size_t at) { return m_all[at].name == name; });
    return found == m_visible.end() ? -1 : static_cast<int>(found - m_visible.begin());
}

int FolderListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_visible.size());
}

QVariant FolderListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Shown& shown = m_all[m_visible[static_cast<std::size_t>(index.row())]];
    switch (role) {
    case Qt::DisplayRole:
        return shown.text;
    case Qt::DecorationRole:
        return m_icon;
    case Qt::AccessibleTextRole:
        return tr("Folder %1").arg(shown.text);
    case NameRole:
        return QByteArray::fromStdString(shown.name);
    default:
        return {};
    }
}

} // namespace scratchproof::gui
