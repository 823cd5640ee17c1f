// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace scratchproof::gui {

class FolderChooser;

/// Asks for name, folder, lifetime and note of a new scratch directory, and has it made. Stays open, with the reason,
/// when that is refused. Use show() or open(); the answer is a signal.
class CreateScratchDialog final : public QDialog
{
    Q_OBJECT

public:
    /// `folder` and `lifetime` (as parseLifetime() reads it) are proposed.
    CreateScratchDialog(ProberService& service, FolderChooser& chooser, const Path& folder, const std::string& lifetime,
                        QWidget* parent = nullptr);
    ~CreateScratchDialog() override;

    /// What is asked for as it stands; of use where nothing is wrong with it.
    [[nodiscard]] CreateRequest wish() const;
    /// The first thing that is wrong with it, in a sentence; empty if it can be tried.
    [[nodiscard]] QString problem() const;

signals:
    void created(const scratchproof::ScratchDirectory& directory);

public slots:
    void reject() override;

private:
    [[nodiscard]] Result<Lifetime> lifetime() const;
    QWidget* buildForm();
    QWidget* buildResult();
    void buildButtons();
    void fillLifetimes(const std::string& lifetime);
    void setFolder(const Path& folder);
    void chooseFolder();
    void refresh();
    void create();
    void showCreated(const Created& created);
    void showRefused(const Error& error);
    void setBusy(bool busy);
    [[nodiscard]] Path typedFolder() const;

    ScratchJob m_job;
    FolderChooser& m_chooser;
    Path m_folder;
    WorkId m_asked = 0;
    bool m_touched = false; // problems are shown once something was typed
    bool m_choosing = false;

    QStackedWidget* m_stack = nullptr;
    QWidget* m_form = nullptr;
    QLineEdit* m_name = nullptr;
    QLineEdit* m_folderField = nullptr;
    QComboBox* m_lifetime = nullptr;
    QWidget* m_own = nullptr;
    QSpinBox* m_ownNumber = nullptr;
    QComboBox* m_ownUnit = nullptr;
    QLineEdit* m_note = nullptr;
    QCheckBox* m_empty = nullptr;
    QLabel* m_preview = nullptr;
    QLabel* m_message = nullptr;
    QLabel* m_messageIcon = nullptr;
    QLabel* m_resultPath = nullptr;
    QLabel* m_resultNotes = nullptr;
    QPushButton* m_create = nullptr;
    QPushButton* m_cancel = nullptr;
};

/// Why this cannot be the name of a scratch directory, in a sentence; empty if it can.
[[nodiscard]] QString problemWithScratchName(const QString& name);

} // namespace scratchproof::gui
