// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLineEdit;

namespace scratchproof::gui {

/// Asks in whose place to check. Opened with open(); the name is valid once it is accepted.
class CheckAsDialog final : public QDialog
{
    Q_OBJECT

public:
    /// `folders`: how many are to be checked. `user`: to begin with.
    CheckAsDialog(qsizetype folders, const QString& user, QWidget* parent);

    /// Without spaces around it; never empty once accepted.
    [[nodiscard]] QString user() const;

private:
    QLineEdit* m_user;
};

} // namespace scratchproof::gui
