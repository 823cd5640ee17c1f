// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/path_view.h"

#include "app/gui/check/details_parts.h"
#include "app/gui/check/path_chip.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/flow_layout.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"

#include <QFrame>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr const char* kPlace = "place"; // a chip's index into the places

/// Which places of a long path are shown: its ends, and what stops with its neighbours.
std::vector<bool> chosenPlaces(const std::vector<PathPlace>& places)
{
    constexpr std::size_t kHead = 6;
    constexpr std::size_t kTail = 8;
    std::vector<bool> chosen(places.size(), places.size() <= PathView::kMostPlaces);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i < kHead || i + kTail >= places.size())
            chosen[i] = true;
        if (places[i].stops)
            for (std::size_t near = i - std::min<std::size_t>(i, 2); near < std::min(i + 3, places.size()); ++near)
                chosen[near] = true;
    }
    return chosen;
}

QString asText(const std::vector<FactLine>& lines)
{
    QStringList texts;
    for (const FactLine& line : lines)
        texts << QStringLiteral("%1: %2").arg(QString::fromStdString(line.name), QString::fromStdString(line.value));
    return texts.join(QLatin1Char('\n'));
}

} // namespace

PathView::PathView(std::shared_ptr<const Check> check, QWidget* parent)
    : QWidget(parent), m_check(std::move(check)), m_places(placesOf(*m_check))
{
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    QStringList names;
    for (std::size_t i = 0; i < m_places.size() && i < kMostPlaces; ++i)
        names << spoken(i);
    setAccessibleName(tr("The path: %1").arg(names.join(QStringLiteral(", "))));
    fill(m_places.size() <= kMostPlaces);
}

QString PathView::spoken(std::size_t index) const
{
    const PathPlace& place = m_places[index];
    QString text = place.path == "/" ? QStringLiteral("/") : shownPath(baseName(place.path));
    if (place.stops)
        text = tr("%1 (it stops here)").arg(text);
    if (place.component && place.component->linkTarget)
        text = tr("%1 (a link to %2)").arg(text, shownPath(*place.component->linkTarget));
    if (place.mount)
        text = tr("%1 (%2 begins here)").arg(text, shownPath(place.mount->fileSystem));
    else if (place.beginsMount)
        text = tr("%1 (another file system begins here)").arg(text);
    return text;
}

void PathView::fill(bool all)
{
    m_chips.clear();
    delete m_flow;
    m_flow = new QWidget;
    m_flow->setLayout(new FlowLayout);
    const std::vector<bool> chosen = all ? std::vector<bool>(m_places.size(), true) : chosenPlaces(m_places);
    std::size_t hidden = 0;
    PathChip* entry = nullptr;
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        if (!chosen[i]) {
            ++hidden;
            continue;
        }
        if (hidden > 0)
            addGap(std::exchange(hidden, 0));
        PathChip* chip = addPlace(i);
        if (!entry || m_places[i].stops)
            entry = chip;
    }
    if (entry)
        entry->setFocusPolicy(Qt::StrongFocus);
    m_column->insertWidget(0, m_flow);
}

PathChip* PathView::addPlace(std::size_t index)
{
    const PathPlace& place = m_places[index];
    const bool past = std::any_of(m_places.begin(), m_places.begin() + static_cast<long>(index),
                                  [](const PathPlace& before) { return before.stops; });
    PathChip::Look look;
    look.name = place.path == "/" ? QStringLiteral("/") : shownPath(baseName(place.path));
    look.target = place.component && place.component->linkTarget ? shownPath(*place.component->linkTarget) : QString();
    look.fileSystem = place.mount         ? shortened(shownPath(place.mount->fileSystem), 20)
                      : place.beginsMount ? tr("mount")
                                          : QString();
    look.first = m_chips.empty();
    look.stops = place.stops;
    look.past = past;
    auto* chip = new PathChip(std::move(look));
    chip->setProperty(kPlace, static_cast<int>(index));
    chip->setFocusPolicy(Qt::ClickFocus);
    const QString known = asText(describePlace(place, reportTranslate().report));
    chip->setAccessibleName(spoken(index));
    chip->setAccessibleDescription(known);
    chip->setToolTip(plainToolTip(shortened(shownPath(place.path), 600) + QLatin1Char('\n') + known));
    connect(chip, &QAbstractButton::clicked, this, [this, chip] { showCard(chip->isChecked() ? chip : nullptr); });
    connect(chip, &PathChip::stepped, this, [this, chip](int steps) { step(chip, steps); });
    m_chips.push_back(chip);
    m_flow->layout()->addWidget(chip);
    return chip;
}

void PathView::addGap(std::size_t count)
{
    auto* more = new QToolButton;
    more->setText(tr("\u2026 %L1 more \u2026").arg(count));
    more->setAccessibleName(tr("Show the whole path"));
    more->setToolTip(tr("Show the whole path"));
    more->setAutoRaise(true);
    more->setFocusPolicy(Qt::StrongFocus);
    connect(
        more, &QToolButton::clicked, this, [this] { fill(true); }, Qt::QueuedConnection);
    m_flow->layout()->addWidget(more);
}

void PathView::step(const PathChip* from, int steps)
{
    const auto at = std::find(m_chips.begin(), m_chips.end(), from) - m_chips.begin();
    const auto wanted = std::clamp<std::ptrdiff_t>(at + steps, 0, static_cast<std::ptrdiff_t>(m_chips.size()) - 1);
    takeFocusTo(m_chips[static_cast<std::size_t>(wanted)]);
}

void PathView::takeFocusTo(PathChip* chip)
{
    for (PathChip* other : m_chips)
        other->setFocusPolicy(other == chip ? Qt::StrongFocus : Qt::ClickFocus);
    chip->setFocus(Qt::OtherFocusReason);
}

void PathView::showCard(const PathChip* chip)
{
    delete m_card;
    m_card = nullptr;
    for (PathChip* other : m_chips)
        other->setChecked(other == chip);
    if (!chip)
        return;
    const PathPlace& place = m_places[static_cast<std::size_t>(chip->property(kPlace).toInt())];
    auto* card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    const QColor ink = palette().color(QPalette::Text);
    card->setStyleSheet(QStringLiteral("QFrame#card { background: rgba(%1,%2,%3,12); border-radius: 6px; }")
                            .arg(ink.red())
                            .arg(ink.green())
                            .arg(ink.blue()));
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(10, 6, 10, 8);
    column->setSpacing(4);
    auto* head = new QHBoxLayout;
    auto* whole = new TextBlock(shownPath(place.path));
    whole->setLook(1, QFont::DemiBold);
    whole->setLayoutDirection(Qt::LeftToRight);
    head->addWidget(whole, 1, Qt::AlignVCenter);
    const bool mayOpen = place.component && place.component->status &&
                         (place.component->status->isDirectory() || place.component->targetType == FileType::Directory);
    if (mayOpen && m_check->verdict != Verdict::NotResponding && !m_check->host) {
        QToolButton* open = smallButton(Glyph::Open, tr("Open"), tr("Open this place in the file manager"));
        connect(open, &QToolButton::clicked, this, [this, path = place.path] { emit openWanted(path); });
        head->addWidget(open, 0, Qt::AlignTop);
    }
    column->addLayout(head);
    auto* known = new TextBlock;
    known->setFacts({{{}, describePlace(place, reportTranslate().report)}});
    known->setReachable(tr("What is known of %1").arg(chip->look().name));
    column->addWidget(known);
    m_card = card;
    m_column->addWidget(m_card);
}

} // namespace scratchproof::gui
