// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/details_parts.h"
#include "app/gui/probers/prober_service.h"
#include "core/check/check.h"

#include <QPointer>
#include <QScrollArea>
#include <QTimer>

#include <memory>

class QBoxLayout;
class QHBoxLayout;
class QVBoxLayout;

namespace scratchproof::gui {

class RightsQuestion;
struct CheckRow;

/// All about the selected folder: what stops it, what to do, the path, what else was found, whether somebody else could
/// write here, the steps, the facts. Foreign text is always plain text here.
class DetailsPane final : public QScrollArea
{
    Q_OBJECT

public:
    explicit DetailsPane(ProberService& probers, QWidget* parent = nullptr);

    /// Shows a row, or an invitation to select one (nullptr). Made anew only if what it says has changed.
    void setRow(const CheckRow* row);

signals:
    /// Something was put on the clipboard; a line about it.
    void copied(const QString& what);
    /// A folder is to be opened in the file manager; bytes.
    void openWanted(const std::string& folder);
    /// The drive that it is on is to be verified; bytes.
    void verifyWanted(const std::string& folder);
    /// It is to be checked in the place of this user; bytes.
    void checkAsWanted(const std::string& folder, const QString& user);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// What is shown of a row, so that it can be made anew without it: for other colours.
    struct Shown
    {
        quint64 id = 0; // 0: none
        std::shared_ptr<const Check> check;
        bool answered = false; // `check` is the newest, and nothing runs
        Verdict verdict = Verdict::NotChecked;
        QString title;
        QString explanation;
        QString path;
        friend bool operator==(const Shown&, const Shown&) = default;
    };
    [[nodiscard]] static Shown shownOf(const CheckRow* row);

    void build();
    void addHeader(QVBoxLayout& column);
    void addButtons(QHBoxLayout& line);
    void addAnswer(QVBoxLayout& column);
    QWidget* verifyButton();
    void addOtherFindings(QVBoxLayout& column);
    void addRights(QVBoxLayout& column);
    void arrangeColumns();
    [[nodiscard]] CopyFunction copyFunction();

    ProberService& m_probers;
    Shown m_shown;
    bool m_factsOpen = false;
    QString m_rightsUser; // as it was typed, for the next folder
    QBoxLayout* m_columns = nullptr;
    QPointer<RightsQuestion> m_rights;
    QTimer m_rebuild; // after a change of colours
};

/// The diagnosis of a check as Markdown, in the reader's language.
[[nodiscard]] QString diagnosisMarkdown(const Check& check);

} // namespace scratchproof::gui
