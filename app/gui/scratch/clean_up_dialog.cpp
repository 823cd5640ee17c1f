// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/clean_up_dialog.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/scratch/clean_up_delegate.h"
#include "app/gui/scratch/clean_up_model.h"
#include "app/gui/scratch/kept_model.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <iterator>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kBarSteps = 1000;

} // namespace

CleanUpDialog::CleanUpDialog(ProberService& service, std::vector<ScratchDirectory> directories, Nanoseconds now,
                             QWidget* parent)
    : QDialog(parent), m_job(service), m_model(new CleanUpModel(std::move(directories), now, this)),
      m_kept(new KeptModel(this))
{
    setWindowTitle(tr("Clean up"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    preview();
}

CleanUpDialog::~CleanUpDialog()
{
    for (const auto& [row, id] : m_asked)
        m_job.cancel(id);
}

void CleanUpDialog::build()
{
    m_title = new QLabel;
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.25);
    big.setBold(true);
    m_title->setFont(big);
    m_text = new QLabel;
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    m_list = new QListView;
    m_list->setObjectName(QStringLiteral("directories"));
    m_list->setAccessibleName(tr("Directories to clean up"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new CleanUpDelegate(m_list));
    m_list->setResizeMode(QListView::Adjust);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_bar = new QProgressBar;
    m_bar->setRange(0, kBarSteps);
    m_bar->setAccessibleName(tr("Progress of the clean-up"));
    m_keptTitle = new QLabel;
    m_keptList = new QListView;
    m_keptList->setObjectName(QStringLiteral("kept"));
    m_keptList->setAccessibleName(tr("What could not be removed"));
    m_keptList->setModel(m_kept);
    m_keptList->setTextElideMode(Qt::ElideNone);
    m_keptList->setAlternatingRowColors(true);
    m_keptTitle->setBuddy(m_keptList);

    m_copy = new QPushButton(tr("Co&py this list"));
    m_copy->setAutoDefault(false);
    connect(m_copy, &QPushButton::clicked, this, &CleanUpDialog::copyKept);
    m_remove = new QPushButton;
    m_remove->setObjectName(QStringLiteral("remove"));
    m_remove->setIcon(icon(Glyph::Remove));
    m_remove->setAutoDefault(false); // Enter is Cancel, wherever the focus is
    connect(m_remove, &QPushButton::clicked, this, &CleanUpDialog::start);
    m_cancel = new QPushButton;
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setDefault(true);
    connect(m_cancel, &QPushButton::clicked, this, &CleanUpDialog::reject);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_copy);
    buttons->addStretch();
    buttons->addWidget(m_remove);
    buttons->addWidget(m_cancel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 18, 18, 14);
    layout->setSpacing(10);
    for (QWidget* widget : {static_cast<QWidget*>(m_title), static_cast<QWidget*>(m_text)})
        layout->addWidget(widget);
    layout->addWidget(m_list, 3);
    layout->addWidget(m_bar);
    layout->addWidget(m_keptTitle);
    layout->addWidget(m_keptList, 2);
    layout->addLayout(buttons);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &CleanUpDialog::refresh);
    // A tick may bring words to another one, or take them away.
    connect(
        m_model, &QAbstractItemModel::dataChanged, m_list,
        [this] {
            if (m_phase == Phase::Preview)
                m_list->doItemsLayout();
        },
        Qt::QueuedConnection);
    const QFontMetrics metrics = fontMetrics();
    resize(metrics.averageCharWidth() * 84, metrics.lineSpacing() * (m_model->rowCount() > 1 ? 26 : 18));
    m_cancel->setFocus();
    refresh();
}

void CleanUpDialog::preview()
{
    const std::vector<std::string> ids = m_model->ids();
    for (int row = 0; row < m_model->rowCount(); ++row)
        m_asked[row] =
            m_job.preview(m_model->item(row).directory, ids, this, [this, row](const Result<Preview>& answer) {
                m_asked.erase(row);
                m_model->setPreview(row, answer);
                m_list->doItemsLayout();
            });
}

void CleanUpDialog::start()
{
    const std::vector<int> rows = m_model->tickedRows();
    if (m_phase != Phase::Preview || rows.empty())
        return;
    for (const auto& [row, id] : m_asked)
        m_job.cancel(id);
    m_asked.clear();
    m_phase = Phase::Removing;
    for (int row = 0; row < m_model->rowCount(); ++row)
        m_list->setRowHidden(row, std::find(rows.begin(), rows.end(), row) == rows.end());
    for (const int row : rows)
        m_model->setRemoving(row);
    m_waiting = rows;
    cleanNext();
    refresh();
    m_cancel->setFocus();
}

void CleanUpDialog::cleanNext()
{
    // What lies in another one goes first, so that the other one may go as well. The rest is independent: one that
    // hangs holds up no other.
    std::vector<int> unfinished = m_waiting;
    for (const auto& [row, id] : m_asked)
        unfinished.push_back(row);
    std::vector<int> ready;
    std::copy_if(m_waiting.begin(), m_waiting.end(), std::back_inserter(ready),
                 [&](int row) { return m_model->inside(row, unfinished).empty(); });
    for (const int row : ready) {
        std::erase(m_waiting, row);
        const CleanUpModel::Item& item = m_model->item(row);
        m_asked[row] = m_job.clean(
            item.directory, *item.preview, this,
            [this, row](const ScratchProgress& progress) { m_model->setProgress(row, progress); },
            [this, row](const Result<Cleaned>& answer) { cleaned(row, answer); });
    }
}

void CleanUpDialog::cleaned(int row, const Result<Cleaned>& answer)
{
    m_asked.erase(row);
    if (answer) {
        m_kept->add(answer->kept);
        m_keptUnlisted += answer->keptCount - answer->kept.size();
    }
    m_model->setResult(row, answer);
    m_list->doItemsLayout();
    if (answer && answer->removed)
        emit removed(m_model->item(row).directory.record.id);
    cleanNext();
    if (m_asked.empty())
        finish();
}

void CleanUpDialog::stop()
{
    m_stopping = true;
    for (const int row : std::exchange(m_waiting, {}))
        m_model->setResult(row, fail(ErrorKind::Cancelled));
    for (const auto& [row, id] : m_asked)
        m_job.cancel(id);
    refresh();
}

void CleanUpDialog::finish()
{
    m_phase = Phase::Result;
    refresh();
    m_cancel->setFocus();
}

void CleanUpDialog::reject()
{
    if (m_phase == Phase::Removing && !m_stopping)
        stop();
    else
        QDialog::reject();
}

void CleanUpDialog::refresh()
{
    m_bar->setVisible(m_phase == Phase::Removing);
    m_remove->setVisible(m_phase == Phase::Preview);
    const bool kept = m_kept->rowCount() > 0;
    for (QWidget* widget :
         {static_cast<QWidget*>(m_keptTitle), static_cast<QWidget*>(m_keptList), static_cast<QWidget*>(m_copy)})
        widget->setVisible(kept && m_phase == Phase::Result);
    if (m_phase == Phase::Preview)
        refreshPreview();
    else
        refreshRemoving();
}

void CleanUpDialog::refreshPreview()
{
    const std::vector<int> rows = m_model->tickedRows();
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    for (const int row : rows) {
        const Measure& measure = m_model->item(row).preview->content.measure;
        files += measure.files;
        bytes += measure.bytes;
    }
    const int count = static_cast<int>(rows.size());
    m_title->setText(tr("Remove for good?"));
    if (m_model->isLooking())
        m_text->setText(tr("Looking at what would be removed…"));
    else if (count == 0)
        m_text->setText(tr("Nothing is ticked that can be removed."));
    else
        m_text->setText(tr("%1 (%2) would be deleted and cannot be brought back.")
                            .arg(files == 1 ? tr("1 file") : tr("%1 files").arg(shownCount(files)), shownBytes(bytes)));
    m_remove->setText(count > 1 ? tr("&Remove %n directories", nullptr, count) : tr("&Remove this directory"));
    m_remove->setEnabled(count > 0 && !m_model->isLooking());
    m_cancel->setText(tr("Cancel"));
}

void CleanUpDialog::refreshRemoving()
{
    std::uint64_t wanted = 0;
    std::uint64_t done = 0;
    std::uint64_t freed = 0;
    int chosen = 0;
    int gone = 0;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const CleanUpModel::Item& item = m_model->item(row);
        if (item.stage < CleanUpModel::Stage::Removing)
            continue;
        ++chosen;
        const Measure& measure = item.preview->content.measure;
        const std::uint64_t all = measure.files + measure.directories + 1;
        wanted += all;
        done += item.stage == CleanUpModel::Stage::Removing ? std::min(item.progress.entries, all) : all;
        freed += item.result ? item.result->done.bytes : item.progress.bytes;
        gone += item.stage == CleanUpModel::Stage::Removed ? 1 : 0;
    }
    if (m_phase == Phase::Removing) {
        m_bar->setValue(wanted == 0 ? 0 : static_cast<int>(done * kBarSteps / wanted));
        m_title->setText(m_stopping ? tr("Stopping…") : tr("Removing…"));
        m_text->setText(tr("%1 of %2 entries, %3").arg(shownCount(done), shownCount(wanted), shownBytes(freed)));
        m_cancel->setText(m_stopping ? tr("Close") : tr("&Stop"));
        return;
    }
    m_title->setText(gone == chosen ? tr("Cleaned up")
                                    : (m_stopping ? tr("Stopped") : tr("Not everything could be removed")));
    m_text->setText(tr("Directories removed: %1 of %2. Space freed: %3.")
                        .arg(shownCount(static_cast<std::uint64_t>(gone)),
                             shownCount(static_cast<std::uint64_t>(chosen)), shownBytes(freed)));
    m_keptTitle->setText(m_keptUnlisted == 0
                             ? tr("What could not be removed, and why:")
                             : tr("What could not be removed, and why (and %1 more):").arg(shownCount(m_keptUnlisted)));
    m_cancel->setText(tr("Close"));
}

void CleanUpDialog::copyKept()
{
    QGuiApplication::clipboard()->setText(m_kept->asText());
}

} // namespace scratchproof::gui
