// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picker/picker_places.h"
#include "app/gui/probers/prober_service.h"

#include <QDialog>
#include <QTimer>

#include <vector>

class QCheckBox;
class QLabel;
class QLineEdit;
class QListView;
class QListWidget;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace scratchproof::gui {

class FolderListModel;

/// What is to be chosen, by the portal or by our own picker.
struct ChooserRequest
{
    enum class Kind : std::uint8_t { Folders, OneFolder, SaveFile };
    Kind kind = Kind::Folders;
    QString title;
    QString acceptLabel; // of the button; empty: a word that fits the kind
    Path startFolder;    // empty: home
    QString fileName;    // SaveFile: proposed
};

/// Our own picker, where no portal answers: what it shows comes from a prober, so a folder that hangs leaves the dialog
/// alive. Use show() or open(); the answer is a signal.
class FolderPicker final : public QDialog
{
    Q_OBJECT

public:
    FolderPicker(ProberService& service, ChooserRequest request, const std::vector<PickerPlace>& places,
                 QWidget* parent = nullptr);
    ~FolderPicker() override;

    /// Goes there; shows what is in it as soon as that is known.
    void goTo(const Path& folder);
    [[nodiscard]] const Path& folder() const { return m_folder; }
    /// What would be chosen now: the selected folders, else the one that is shown; for SaveFile the file.
    [[nodiscard]] std::vector<Path> choice() const;

signals:
    void chosen(const std::vector<scratchproof::Path>& paths);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void build(const std::vector<PickerPlace>& places);
    QWidget* buildPathRow();
    QWidget* buildPlaces(const std::vector<PickerPlace>& places);
    QWidget* buildList();
    QWidget* buildBottom();
    void look();
    void showAnswer(const Result<FolderList>& answer);
    void showMessage(const QString& title, const QString& text, bool canTryAgain);
    void goToTyped();
    void goUp();
    void enter(const QModelIndex& index);
    void acceptChoice();
    void updateButtons();
    void cancelLook();
    [[nodiscard]] bool isSaving() const { return m_request.kind == ChooserRequest::Kind::SaveFile; }

    ProberService& m_service;
    ChooserRequest m_request;
    Path m_folder;
    Path m_cameFrom; // shown as current after going up
    WorkId m_asked = 0;
    quint64 m_run = 0; // answers to an older look are dropped

    FolderListModel* m_model = nullptr;
    QToolButton* m_up = nullptr;
    QLineEdit* m_path = nullptr;
    QListWidget* m_places = nullptr;
    QStackedWidget* m_stack = nullptr;
    QListView* m_list = nullptr;
    QLabel* m_messageTitle = nullptr;
    QLabel* m_messageText = nullptr;
    QPushButton* m_tryAgain = nullptr;
    QCheckBox* m_hidden = nullptr;
    QLineEdit* m_fileName = nullptr;
    QLabel* m_hint = nullptr;
    QPushButton* m_accept = nullptr;
    QTimer m_slow;
};

} // namespace scratchproof::gui
