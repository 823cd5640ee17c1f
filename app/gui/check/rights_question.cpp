// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/rights_question.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <utility>

namespace scratchproof::gui {

RightsQuestion::RightsQuestion(ProberService& probers, Path folder, CopyFunction copy, QWidget* parent)
    : QWidget(parent), m_probers(probers), m_folder(std::move(folder)), m_copy(std::move(copy)), m_user(new QLineEdit),
      m_ask(new QPushButton(tr("Ask"))), m_try(new QPushButton(tr("Try it"))), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    constexpr int kLongestName = 256;
    m_user->setMaxLength(kLongestName);
    m_user->setPlaceholderText(tr("User name"));
    m_user->setAccessibleName(tr("User who is asked about"));
    m_user->setMaximumWidth(220 * fontMetrics().height() / 17);
    QPalette colours = m_user->palette();
    colours.setColor(QPalette::PlaceholderText, mutedText(colours));
    // On the pane's own base colour some styles leave no edge to be seen.
    const QColor ink = colours.color(QPalette::Text);
    const QColor base = colours.color(QPalette::Base);
    constexpr float kTint = 0.05F;
    colours.setColor(QPalette::Base, QColor::fromRgbF(base.redF() + (ink.redF() - base.redF()) * kTint,
                                                      base.greenF() + (ink.greenF() - base.greenF()) * kTint,
                                                      base.blueF() + (ink.blueF() - base.blueF()) * kTint));
    m_user->setPalette(colours);
    m_ask->setAccessibleName(tr("Ask whether this user would be able to write here"));
    m_ask->setToolTip(tr("It is worked out from the rights. Nobody acts as this user."));
    m_try->setAccessibleName(tr("Check as this user"));
    m_try->setToolTip(tr("Really checks in the place of this user, with sudo or by asking for an administrator's "
                         "password."));
    line->addWidget(m_user);
    for (QPushButton* button : {m_ask, m_try}) {
        button->setEnabled(false);
        button->setAutoDefault(false);
        line->addWidget(button);
    }
    line->addStretch();
    m_column->addLayout(line);
    connect(m_user, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_ask->setEnabled(!text.trimmed().isEmpty());
        m_try->setEnabled(m_ask->isEnabled());
        clearAnswer();
    });
    connect(m_user, &QLineEdit::returnPressed, this, &RightsQuestion::ask);
    connect(m_ask, &QPushButton::clicked, this, &RightsQuestion::ask);
    connect(m_try, &QPushButton::clicked, this, [this] { emit tryWanted(user().trimmed()); });
}

RightsQuestion::~RightsQuestion()
{
    if (m_work != 0)
        m_probers.cancel(m_work);
}

QString RightsQuestion::user() const
{
    return m_user->text();
}

void RightsQuestion::setUser(const QString& user)
{
    m_user->setText(user);
}

void RightsQuestion::clearAnswer()
{
    if (m_work != 0)
        m_probers.cancel(std::exchange(m_work, 0));
    delete std::exchange(m_answer, nullptr);
}

void RightsQuestion::ask()
{
    const QString user = m_user->text().trimmed();
    if (user.isEmpty())
        return;
    clearAnswer();
    showSign(Glyph::Waiting, mutedText(palette()), tr("Working it out\u2026"), {});
    // An answer of an earlier question is passed over: only the newest has this number.
    const auto asked = std::make_shared<WorkId>(0);
    *asked = m_work = m_probers.askFor(request::Rights{m_folder, user.toStdString()}, this,
                                       [this, asked](const Result<RightsReply>& reply) {
                                           if (*asked != m_work)
                                               return;
                                           m_work = 0;
                                           showAnswer(reply);
                                       });
    if (m_work == 0)
        showSign(Glyph::NotChecked, mutedText(palette()), m_probers.problem(), {});
}

void RightsQuestion::showAnswer(const Result<RightsReply>& reply)
{
    if (!reply) {
        const bool unknown = reply.error().kind == ErrorKind::UnknownUser;
        showSign(Glyph::NotChecked, mutedText(palette()), tr("There is no answer"),
                 unknown ? tr("This computer knows no user of that name.") : errorSentence(reply.error()));
        return;
    }
    const QString user = shownPath(reply->user.empty() ? m_user->text().trimmed().toStdString() : reply->user);
    const RenderedFinding words = reply->finding ? renderRightsFinding(*reply->finding) : RenderedFinding();
    const QString explanation = QString::fromStdString(words.explanation);
    QString because = explanation;
    if (!words.title.empty())
        because = QString::fromStdString(words.title) + QStringLiteral(". ") + explanation;
    if (reply->verdict == RightsVerdict::No && reply->finding)
        because =
            tr("%1 (%2). %3")
                .arg(QString::fromStdString(words.title), inReport(wordOf(reply->finding->certainty)), explanation);
    switch (reply->verdict) {
    case RightsVerdict::Yes:
        showSign(Glyph::Usable, colorOf(Verdict::Usable, palette()),
                 tr("Yes, %1 would be able to write here").arg(user),
                 explanation.isEmpty() ? tr("By the rights of the folder and of the way to it. Whether there is room, "
                                            "and whether the drive is sound, only a check shows.")
                                       : explanation);
        break;
    case RightsVerdict::No:
        if (const QString place = shownPath(reply->component.value_or(Path())); !because.contains(place))
            because += QLatin1Char(' ') + tr("It is decided at '%1'.").arg(place);
        showSign(Glyph::Unusable, colorOf(Verdict::Unusable, palette()),
                 tr("No, %1 would not be able to write here").arg(user), because);
        break;
    case RightsVerdict::Unknown:
        showSign(Glyph::Limited, colorOf(Verdict::Limited, palette()),
                 tr("It cannot be known from here whether %1 would be able to write").arg(user), because);
        break;
    }
    if (!words.fixes.empty())
        m_answer->layout()->addWidget(fixList(words.fixes, palette(), m_copy));
}

void RightsQuestion::showSign(Glyph glyph, const QColor& color, const QString& title, const QString& explanation)
{
    delete std::exchange(m_answer, nullptr);
    m_answer = new QWidget;
    m_answer->setObjectName(QStringLiteral("rights-answer"));
    auto* column = new QVBoxLayout(m_answer);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(sign(glyph, color, 18), 0, Qt::AlignTop);
    auto* words = new TextBlock(shortened(title, 300));
    words->setLook(1, QFont::DemiBold);
    head->addWidget(words, 1);
    column->addLayout(head);
    if (!explanation.isEmpty())
        column->addWidget(new TextBlock(explanation));
    m_column->addWidget(m_answer);
    QAccessibleEvent said(m_answer, QAccessible::Alert);
    m_answer->setAccessibleName(explanation.isEmpty() ? title : title + QStringLiteral(". ") + explanation);
    QAccessible::updateAccessibility(&said);
}

} // namespace scratchproof::gui
