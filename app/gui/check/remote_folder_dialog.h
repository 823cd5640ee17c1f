// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/run_as.h"

#include <QDialog>

#include <optional>

class QLabel;
class QLineEdit;

namespace scratchproof::gui {

/// Asks for a folder of another computer. Opened with open(); the address is valid once it is accepted.
class RemoteFolderDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit RemoteFolderDialog(QWidget* parent);

    /// As it was typed; only of another computer.
    [[nodiscard]] FolderAddress address() const { return typed().value_or(FolderAddress{}); }

private:
    [[nodiscard]] std::optional<FolderAddress> typed() const;

    /// Why what was typed is no address; empty while it may become one.
    [[nodiscard]] QString hint() const;

    QLineEdit* m_field;
    QLabel* m_hint;
};

} // namespace scratchproof::gui
