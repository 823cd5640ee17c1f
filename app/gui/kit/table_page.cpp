// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/table_page.h"

#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/table_header.h"

#include <QHeaderView>
#include <QMenu>

namespace scratchproof::gui {

void TablePage::buildTable(QAbstractItemModel* model, QAbstractItemDelegate* delegate, const QString& name)
{
    constexpr int kNarrowest = 48;
    m_table = new QTableView(this);
    m_table->setAccessibleName(name);
    m_table->setHorizontalHeader(new TableHeader(m_table));
    m_table->setModel(model);
    delegate->setParent(m_table);
    m_table->setItemDelegate(delegate);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setCornerButtonEnabled(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(rowHeightFor(m_table->font()));
    QHeaderView* header = m_table->horizontalHeader();
    header->setMinimumSectionSize(kNarrowest);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QWidget::customContextMenuRequested, this, &TablePage::showColumnMenu);
}

/// The first column says what a row is about, and stays.
void TablePage::showColumnMenu(const QPoint& where)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QHeaderView* header = m_table->horizontalHeader();
    const QAbstractItemModel* model = m_table->model();
    for (int column = 1; column < model->columnCount(); ++column) {
        QAction* action = menu->addAction(model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!header->isSectionHidden(column));
        connect(action, &QAction::toggled, header,
                [header, column](bool on) { header->setSectionHidden(column, !on); });
    }
    menu->popup(header->mapToGlobal(where));
}

} // namespace scratchproof::gui
