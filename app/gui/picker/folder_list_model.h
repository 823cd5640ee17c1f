// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <QAbstractListModel>
#include <QIcon>

#include <string>
#include <vector>

namespace scratchproof::gui {

/// The folders within one folder, by name. Names are kept as bytes and shown as text.
class FolderListModel : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role { NameRole = Qt::UserRole }; // QByteArray: the bytes

    struct Entry
    {
        std::string name;
        bool hidden = false;
    };

    explicit FolderListModel(QObject* parent = nullptr);

    void setEntries(std::vector<Entry> entries);
    void setHiddenShown(bool shown);

    /// "" for a row that is not there.
    [[nodiscard]] std::string name(int row) const;
    /// -1 if it is not there, or hidden and not shown.
    [[nodiscard]] int rowOf(const std::string& name) const;
    [[nodiscard]] int hiddenCount() const { return m_hiddenCount; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Shown
    {
        std::string name;
        QString text;
        QString key; // what it is sorted by
        bool hidden = false;
    };
    void select();

    std::vector<Shown> m_all;
    std::vector<std::size_t> m_visible;
    bool m_hiddenShown = false;
    int m_hiddenCount = 0;
    QIcon m_icon;
};

} // namespace scratchproof::gui
