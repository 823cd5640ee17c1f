// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/forget_dialog.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/scratch/clean_up_delegate.h"
#include "app/gui/scratch/clean_up_model.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <memory>
#include <utility>

namespace scratchproof::gui {

namespace {

QString whyOf(const ScratchDirectory& directory)
{
    if (!directory.reason.empty())
        return reasonSentence(directory.reason);
    switch (directory.state) {
    case ScratchState::Offline:
        return ForgetDialog::tr("Its drive or share is not here now.");
    case ScratchState::Elsewhere:
        return ForgetDialog::tr("It belongs to another computer.");
    default:
        return ForgetDialog::tr("The folder is gone, or is not ours any more.");
    }
}

} // namespace

ForgetDialog::ForgetDialog(ProberService& probers, std::vector<ScratchDirectory> directories, Which which,
                           QWidget* parent)
    : QDialog(parent), m_job(probers), m_which(which)
{
    setWindowTitle(tr("Forget"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    m_directories = std::move(directories);
    if (m_which == Which::LostOnes)
        look();
    else
        for (const ScratchDirectory& directory : m_directories)
            add(directory);
    refresh();
}

ForgetDialog::~ForgetDialog()
{
    for (const WorkId id : m_asked)
        m_job.cancel(id);
}

void ForgetDialog::build()
{
    m_title = new QLabel;
    m_title->setObjectName(QStringLiteral("title"));
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.25);
    big.setBold(true);
    m_title->setFont(big);
    m_text = new QLabel;
    m_text->setObjectName(QStringLiteral("text"));
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    m_list = new QListWidget;
    m_list->setObjectName(QStringLiteral("directories"));
    m_list->setAccessibleName(tr("Directories to forget"));
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setItemDelegate(new CleanUpDelegate(m_list));
    m_list->setResizeMode(QListView::Adjust);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_forget = new QPushButton;
    m_forget->setObjectName(QStringLiteral("forget"));
    m_forget->setIcon(icon(Glyph::Clear));
    m_forget->setAutoDefault(false); // Enter is Cancel, wherever the focus is
    connect(m_forget, &QPushButton::clicked, this, &ForgetDialog::forget);
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setDefault(true);
    connect(m_cancel, &QPushButton::clicked, this, &ForgetDialog::reject);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_forget);
    buttons->addWidget(m_cancel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 18, 18, 14);
    layout->setSpacing(10);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addWidget(m_list, 1);
    layout->addLayout(buttons);
    const QFontMetrics metrics = fontMetrics();
    resize(metrics.averageCharWidth() * 84, metrics.lineSpacing() * 20);
    m_cancel->setFocus();
}

void ForgetDialog::look()
{
    for (const ScratchDirectory& directory : std::exchange(m_directories, {})) {
        if (directory.state == ScratchState::Elsewhere) // not to be looked at from here
            continue;
        const auto id = std::make_shared<WorkId>(0);
        *id = m_job.inspect(directory, ScratchJob::Look::Brief, this,
                            [this, id, directory](const Result<ScratchDirectory>& answer) {
                                m_asked.erase(m_asked.find(*id));
                                looked(directory, answer);
                            });
        m_asked.insert(*id);
    }
}

void ForgetDialog::looked(const ScratchDirectory& directory, const Result<ScratchDirectory>& answer)
{
    if (!answer) {
        // One that was forgotten or removed meanwhile is no concern of this.
        m_unseen += answer.error().kind == ErrorKind::UnknownDirectory ? 0 : 1;
    } else if (answer->state == ScratchState::Lost) {
        m_directories.push_back(*answer);
        m_directories.back().record.id = directory.record.id;
        add(*answer);
    }
    refresh();
}

void ForgetDialog::add(const ScratchDirectory& directory)
{
    const QString path = shownPath(directory.record.path);
    const QString name = QString::fromStdString(displayText(directory.record.name));
    auto* item = new QListWidgetItem(name, m_list);
    item->setData(CleanUpModel::PathTextRole, path);
    item->setData(CleanUpModel::FactsRole, whyOf(directory));
    item->setData(Qt::AccessibleTextRole, QStringList{name, path, whyOf(directory)}.join(QStringLiteral(". ")));
}

void ForgetDialog::refresh()
{
    const int count = static_cast<int>(m_directories.size());
    const bool isLooking = !m_asked.empty();
    m_list->setVisible(count > 0);
    QStringList sentences;
    if (isLooking) {
        m_title->setText(tr("Looking for what is lost…"));
        sentences << tr("Still to be looked at: %1.").arg(shownCount(m_asked.size()));
    } else if (count == 0) {
        m_title->setText(tr("No directory is lost"));
        sentences << tr("There is nothing to forget.");
    } else {
        m_title->setText(count == 1 ? tr("Forget this directory?")
                                    : tr("Forget these %n directories?", nullptr, count));
        sentences << tr("Only the record in this list is dropped. Nothing on a disk is touched: what is still there "
                        "stays there, and is not removed by itself any more.");
    }
    if (!isLooking && m_unseen > 0)
        sentences << (m_unseen == 1 ? tr("One could not be looked at, and stays on the list.")
                                    : tr("%n could not be looked at, and stay on the list.", nullptr, m_unseen));
    m_text->setText(sentences.join(QLatin1Char(' ')));
    m_forget->setText(count > 1 ? tr("&Forget %n directories", nullptr, count) : tr("&Forget"));
    m_forget->setVisible(count > 0 || isLooking);
    m_forget->setEnabled(count > 0 && !isLooking);
    m_cancel->setText(count > 0 || isLooking ? tr("Cancel") : tr("Close"));
}

void ForgetDialog::forget()
{
    m_forget->setEnabled(false);
    for (const ScratchDirectory& directory : m_directories) {
        const auto id = std::make_shared<WorkId>(0);
        *id = m_job.forget(directory, this, [this, id, name = directory.record.name](const Result<Forgotten>& answer) {
            m_asked.erase(m_asked.find(*id));
            if (!answer)
                m_problems << tr("%1 was not forgotten. %2")
                                  .arg(leftToRight(QString::fromStdString(displayText(name))),
                                       errorSentence(answer.error()));
            if (!m_asked.empty())
                return;
            emit forgotten(m_problems.join(QLatin1Char('\n')));
            accept();
        });
        m_asked.insert(*id);
    }
}

} // namespace scratchproof::gui
