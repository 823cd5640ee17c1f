// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_log_dialog.h"

#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/table_header.h"
#include "core/base/local_time.h"

#include <QDateTime>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QVBoxLayout>

namespace scratchproof::gui {

namespace {

constexpr unsigned kMostLogLines = 1000;
enum Column { When, What, Directory, Detail, LogColumnCount };

QString wordOf(const std::string& what)
{
    const std::pair<const char*, QString> kWords[] = {
        {"purged", ScratchLogDialog::tr("Removed")},       {"kept", ScratchLogDialog::tr("Kept")},
        {"put-off", ScratchLogDialog::tr("Put off")},      {"gone", ScratchLogDialog::tr("Gone already")},
        {"announced", ScratchLogDialog::tr("Announced")},  {"clock", ScratchLogDialog::tr("Clock doubted")},
        {"imported", ScratchLogDialog::tr("Found")},       {"moved", ScratchLogDialog::tr("Found elsewhere")},
        {"copy", ScratchLogDialog::tr("A copy was found")}};
    for (const auto& [known, word] : kWords)
        if (what == known)
            return word;
    return QString::fromStdString(displayText(what));
}

/// Lines like those of the pages' tables.
class LineDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QString text = index.data().toString();
        painter->save();
        paintCellGround(*painter, option);
        if (index.column() == Directory)
            paintLeftToRight(*painter, option, text, Qt::AlignLeading);
        else
            paintText(*painter, option, text, Qt::AlignLeading);
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return {cellWidthFor(option, index.data().toString()), option.fontMetrics.height() * 2};
    }
};

} // namespace

ScratchLogDialog::ScratchLogDialog(ProberService& probers, QWidget* parent)
    : QDialog(parent), m_job(probers), m_stack(new QStackedWidget), m_message(new QLabel(tr("Reading the log…"))),
      m_table(new QTableWidget(0, LogColumnCount))
{
    setWindowTitle(tr("Automatic clean-up log"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(860, 420);
    m_message->setObjectName(QStringLiteral("logMessage"));
    m_message->setTextFormat(Qt::PlainText);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    m_message->setMargin(30);
    m_table->setObjectName(QStringLiteral("logTable"));
    m_table->setAccessibleName(tr("Log of scratch directories"));
    m_table->setHorizontalHeader(new TableHeader(m_table));
    m_table->setItemDelegate(new LineDelegate(m_table));
    m_table->setHorizontalHeaderLabels({tr("When"), tr("What"), tr("Directory"), tr("Why")});
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->verticalHeader()->hide();
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setWordWrap(false);
    m_stack->addWidget(m_message);
    m_stack->addWidget(m_table);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_stack);
    layout->addWidget(buttons);
    m_work = m_job.log(kMostLogLines, this, [this](const auto& answer) { show(answer); });
}

ScratchLogDialog::~ScratchLogDialog()
{
    m_job.cancel(m_work);
}

void ScratchLogDialog::show(const Result<std::vector<LogEntry>>& answer)
{
    m_work = 0;
    if (!answer || answer->empty()) {
        m_message->setText(
            answer ? tr("Nothing was cleaned up automatically so far.\nWhat a sweep removes, keeps or puts off, and "
                        "what was found by its marker, is told here.")
                   : errorSentence(answer.error()));
        return;
    }
    m_table->setRowCount(static_cast<int>(answer->size()));
    int row = 0;
    for (const LogEntry& entry : *answer) {
        const auto at = QDateTime::fromMSecsSinceEpoch(entry.at / kNanosecondsPerMillisecond);
        const QString path = entry.path.empty() ? QString() : leftToRight(shownPath(entry.path));
        const QString detail = QString::fromStdString(withLocalTimes(displayText(entry.detail)));
        m_table->setItem(row, When, new QTableWidgetItem(QLocale().toString(at, QLocale::ShortFormat)));
        m_table->setItem(row, What, new QTableWidgetItem(wordOf(entry.what)));
        for (const auto& [column, text] : {std::pair(Directory, path), std::pair(Detail, detail)}) {
            auto* item = new QTableWidgetItem(text);
            item->setToolTip(plainToolTip(text));
            m_table->setItem(row, column, item);
        }
        ++row;
    }
    m_table->resizeColumnsToContents();
    m_table->resizeRowsToContents();
    const int most = width() * 2 / 5;
    if (m_table->columnWidth(Directory) > most)
        m_table->setColumnWidth(Directory, most);
    m_stack->setCurrentWidget(m_table);
}

} // namespace scratchproof::gui
