// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/remote_folder_dialog.h"

#include "core/base/text.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace scratchproof::gui {

RemoteFolderDialog::RemoteFolderDialog(QWidget* parent) : QDialog(parent), m_field(new QLineEdit), m_hint(new QLabel)
{
    setWindowTitle(tr("Folder of another computer"));
    auto* column = new QVBoxLayout(this);
    auto* words = new QLabel(tr("The check is done over there, through ssh, with your own keys. The package "
                                "scratchproof-cli must be installed on that computer. No password is asked for: "
                                "\"ssh HOST\" must get in by itself."));
    words->setTextFormat(Qt::PlainText);
    words->setWordWrap(true);
    column->addWidget(words);
    auto* form = new QFormLayout;
    constexpr int kLongestAddress = 8192;
    m_field->setMaxLength(kLongestAddress);
    m_field->setPlaceholderText(QStringLiteral("user@host:/folder"));
    m_field->setLayoutDirection(Qt::LeftToRight);
    form->addRow(tr("&Folder:"), m_field);
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->setWordWrap(true);
    m_hint->setMinimumHeight(3 * fontMetrics().lineSpacing()); // so that the dialog does not jump while one types
    m_hint->setAlignment(Qt::AlignLeading | Qt::AlignTop);
    form->addRow(QString(), m_hint);
    column->addLayout(form);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    QPushButton* check = buttons->button(QDialogButtonBox::Ok);
    check->setText(tr("Check"));
    check->setEnabled(false);
    column->addWidget(buttons);
    connect(m_field, &QLineEdit::textChanged, this, [this, check] {
        check->setEnabled(typed().has_value());
        m_hint->setText(hint());
    });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    setMinimumWidth(460 * fontMetrics().height() / 17);
}

std::optional<FolderAddress> RemoteFolderDialog::typed() const
{
    const auto address = folderAddress(m_field->text().trimmed().toStdString(), "/");
    return address && address->runAs.isRemote() ? std::optional(*address) : std::nullopt;
}

QString RemoteFolderDialog::hint() const
{
    const QString text = m_field->text().trimmed();
    if (text.isEmpty() || typed())
        return {};
    const auto address = folderAddress(text.toStdString(), "/");
    if (!address) {
        QString why = QString::fromStdString(displayText(address.error().detail));
        if (!why.isEmpty())
            why[0] = why[0].toUpper();
        return why;
    }
    return tr("That is a folder of this computer. Expected: user@host:/folder");
}

} // namespace scratchproof::gui
