// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/details_parts.h"
#include "app/gui/probers/prober_service.h"

#include <QWidget>

class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace scratchproof::gui {

/// "Would ... be able to write here?": asks a prober, which computes it without acting as that user, and shows one of
/// three answers: yes; no, because; cannot be known from here, because.
class RightsQuestion final : public QWidget
{
    Q_OBJECT

public:
    RightsQuestion(ProberService& probers, Path folder, CopyFunction copy, QWidget* parent = nullptr);
    ~RightsQuestion() override;

    [[nodiscard]] QString user() const;
    void setUser(const QString& user);

signals:
    /// It is not to be worked out, but tried in the place of this user.
    void tryWanted(const QString& user);

private:
    void ask();
    void showAnswer(const Result<RightsReply>& reply);
    void showSign(Glyph glyph, const QColor& color, const QString& title, const QString& explanation);
    void clearAnswer();

    ProberService& m_probers;
    Path m_folder;
    CopyFunction m_copy;
    WorkId m_work = 0;
    QLineEdit* m_user;
    QPushButton* m_ask;
    QPushButton* m_try;
    QWidget* m_answer = nullptr;
    QVBoxLayout* m_column;
};

} // namespace scratchproof::gui
