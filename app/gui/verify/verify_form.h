// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/verify/verify_job.h"

#include <QString>
#include <QVariantMap>
#include <QWidget>

#include <array>
#include <optional>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QRadioButton;

namespace scratchproof::gui {

class FolderChooser;

/// What is to be verified, and how: the drive or folder, the kind, its options; with what that takes, and risks.
class VerifyForm final : public QWidget
{
    Q_OBJECT

public:
    VerifyForm(ProberService& probers, FolderChooser& chooser, QWidget* parent = nullptr);
    ~VerifyForm() override;

    [[nodiscard]] VerifyWish wish() const;
    void setFolder(const Path& folder);
    void setKind(VerifyKind kind);
    /// The drives that are there now; the chosen folder stays.
    void refreshPlaces();
    /// Asks what is free where it is chosen.
    void refreshSpace();
    /// While one is under way nothing can be changed.
    void setRunning(bool running);

    [[nodiscard]] QVariantMap save() const;
    void restore(const QVariantMap& values);

signals:
    void startWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    static constexpr std::size_t kKinds = 4;

    QWidget* buildPlace();
    QWidget* buildKinds();
    QWidget* buildOptions();
    void chooseFolder();
    void placeChosen();
    void showChoice();
    void tint();
    [[nodiscard]] Path folder() const;
    [[nodiscard]] VerifyKind kind() const;

    ProberService& m_probers;
    FolderChooser& m_chooser;
    bool m_choosing = false;
    WorkId m_asking = 0;
    std::optional<SpaceAnswer> m_space;
    QString m_spaceProblem;
    QWidget* m_choices = nullptr; // all but the button
    QComboBox* m_place = nullptr;
    QLabel* m_room = nullptr;
    QLabel* m_expectation = nullptr;
    std::array<QRadioButton*, kKinds> m_kinds{};
    std::array<QLabel*, kKinds> m_explanations{};
    QComboBox* m_size = nullptr;
    QComboBox* m_push = nullptr;
    QWidget* m_sizeRow = nullptr;
    QWidget* m_pushRow = nullptr;
    QCheckBox* m_keep = nullptr;
    QCheckBox* m_allowSystem = nullptr;
    QWidget* m_risk = nullptr;
    QLabel* m_riskSign = nullptr;
    QLabel* m_riskText = nullptr;
    QPushButton* m_start = nullptr;
};

} // namespace scratchproof::gui
