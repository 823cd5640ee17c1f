// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"

#include <QScrollArea>

#include <memory>

class QBoxLayout;
class QVBoxLayout;

namespace scratchproof::gui {

struct CheckRow;

/// All about the selected folder: what stops it, what to do, the path, the steps, the facts. Foreign text is always
/// plain text here.
class DetailsPane final : public QScrollArea
{
    Q_OBJECT

public:
    explicit DetailsPane(QWidget* parent = nullptr);

    /// Shows a row, or an invitation to select one (nullptr). Made anew only if what it says has changed.
    void setRow(const CheckRow* row);

signals:
    /// Something was put on the clipboard; a line about it.
    void copied(const QString& what);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void build(const CheckRow* row);
    void addHeader(QVBoxLayout& column, const CheckRow& row);
    void addFixes(QVBoxLayout& column, const Finding& finding);
    void addOtherFindings(QVBoxLayout& column, const Check& check);
    void addPath(QVBoxLayout& column, const Check& check);
    void addSteps(QVBoxLayout& column, const Check& check);
    void addFacts(QVBoxLayout& column, const std::shared_ptr<const Check>& check);
    QWidget* commandBox(const std::vector<std::string>& command);
    void copy(const QString& text, const QString& what);
    void arrangeColumns();

    quint64 m_id = 0;
    std::shared_ptr<const Check> m_check;
    QString m_state;
    bool m_factsOpen = false;
    QBoxLayout* m_columns = nullptr;
};

/// Facts of a check as names and values in the reader's language.
[[nodiscard]] std::vector<std::pair<QString, QString>> factLines(const Check& check);
/// The first finding with its fixes as Markdown.
[[nodiscard]] QString diagnosisMarkdown(const Check& check);

} // namespace scratchproof::gui
