// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/details_parts.h"

#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"

#include <QCoreApplication>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace scratchproof::gui {

namespace {

QString rgba(const QColor& color, int alpha)
{
    return QStringLiteral("rgba(%1,%2,%3,%4)").arg(color.red()).arg(color.green()).arg(color.blue()).arg(alpha);
}

} // namespace

QString inDetails(const char* text)
{
    return QCoreApplication::translate("details", text);
}

QLabel* chipLabel(const QString& text, const QPalette& palette)
{
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    made->setFont(font);
    made->setStyleSheet(QStringLiteral("QLabel { border: 1px solid %1; border-radius: 8px; padding: 1px 8px; }")
                            .arg(rgba(palette.color(QPalette::Text), 70)));
    made->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Maximum);
    return made;
}

QWidget* commandBox(const std::vector<std::string>& command, const QPalette& palette, const CopyFunction& copy)
{
    const QString text = QString::fromStdString(quoteForShell(command));
    auto* box = new QFrame;
    box->setObjectName(QStringLiteral("command"));
    box->setStyleSheet(QStringLiteral("QFrame#command { background: %1; border-radius: 6px; }")
                           .arg(rgba(palette.color(QPalette::Text), 16)));
    auto* line = new QHBoxLayout(box);
    line->setContentsMargins(10, 3, 4, 3);
    auto* shownCommand = new TextBlock(text);
    shownCommand->setMonospaced();
    shownCommand->setAccessibleName(inDetails("Command: %1").arg(text));
    line->addWidget(shownCommand, 1, Qt::AlignVCenter);
    QToolButton* button = smallButton(Glyph::Copy, inDetails("Copy"), inDetails("Copy the command"));
    button->setAccessibleDescription(text);
    QObject::connect(button, &QToolButton::clicked, box,
                     [text, copy] { copy(text, inDetails("The command was copied.")); });
    line->addWidget(button, 0, Qt::AlignTop);
    return box;
}

QWidget* fixList(const std::vector<RenderedFix>& fixes, const QPalette& palette, const CopyFunction& copy)
{
    auto* list = new QWidget;
    auto* grid = new QGridLayout(list);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    int row = 0;
    for (std::size_t i = 0; i < fixes.size(); ++i) {
        const RenderedFix& fix = fixes[i];
        QLabel* number = plainLabel(inDetails("%1.").arg(i + 1));
        number->setWordWrap(false);
        grid->addWidget(number, row, 0, Qt::AlignTop);
        grid->addWidget(new TextBlock(QString::fromStdString(fix.text)), row++, 1);
        grid->addWidget(quietText(fixDoer(fix), palette), row++, 1);
        if (!fix.command.empty())
            grid->addWidget(commandBox(fix.command, palette, copy), row++, 1);
        if (i + 1 < fixes.size())
            grid->setRowMinimumHeight(row++, 4);
    }
    return list;
}

} // namespace scratchproof::gui
