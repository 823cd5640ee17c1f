// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_as_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace scratchproof::gui {

CheckAsDialog::CheckAsDialog(qsizetype folders, const QString& user, QWidget* parent)
    : QDialog(parent), m_user(new QLineEdit(user))
{
    setWindowTitle(tr("Check as another user"));
    auto* column = new QVBoxLayout(this);
    auto* words = new QLabel(tr("The check is really done in the place of this user, with sudo or by asking for an "
                                "administrator's password. The answer gets a row of its own. Folders: %L1")
                                 .arg(folders));
    words->setTextFormat(Qt::PlainText);
    words->setWordWrap(true);
    column->addWidget(words);
    auto* form = new QFormLayout;
    constexpr int kLongestName = 256;
    m_user->setMaxLength(kLongestName);
    form->addRow(tr("&User name:"), m_user);
    column->addLayout(form);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    QPushButton* check = buttons->button(QDialogButtonBox::Ok);
    check->setText(tr("Check"));
    check->setEnabled(!this->user().isEmpty());
    column->addWidget(buttons);
    connect(m_user, &QLineEdit::textChanged, this, [this, check] { check->setEnabled(!this->user().isEmpty()); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_user->selectAll();
    setMinimumWidth(420 * fontMetrics().height() / 17);
}

QString CheckAsDialog::user() const
{
    return m_user->text().trimmed();
}

} // namespace scratchproof::gui
