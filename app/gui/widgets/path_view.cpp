// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/path_view.h"

#include "app/gui/widgets/icons.h"
#include "app/gui/widgets/words.h"

#include <QPainter>
#include <QStyle>

#include <algorithm>
#include <array>

namespace scratchproof::gui {

namespace {

constexpr int kGap = 16;    // between two parts, for the arrow
constexpr int kPadding = 7; // within a part
constexpr int kSign = 18;   // room for the sign of the part that stops
constexpr int kLineGap = 4;

std::vector<Path> prefixesOf(const Check& check)
{
    std::vector<Path> prefixes;
    for (const PathComponent& component : check.facts.path)
        prefixes.push_back(component.path);
    // The walk ends where it cannot go on; the rest is known by its text.
    const Path whole = absolutePath(check.folder, "/");
    std::size_t at = prefixes.empty() ? 0 : prefixes.back().size();
    if (prefixes.empty() && !whole.empty())
        prefixes.emplace_back("/"), at = 0;
    if (whole.compare(0, at, prefixes.empty() ? Path() : prefixes.back().substr(0, at)) != 0)
        return prefixes;
    while (at < whole.size()) {
        const std::size_t end = whole.find('/', at + 1);
        at = end == Path::npos ? whole.size() : end;
        if (const Path prefix = whole.substr(0, at); prefix != prefixes.back() && prefix != "/")
            prefixes.push_back(prefix);
    }
    return prefixes;
}

} // namespace

std::optional<Path> stoppingPlace(const Check& check)
{
    if (check.verdict == Verdict::Usable || check.verdict == Verdict::Limited || check.verdict == Verdict::NotChecked)
        return std::nullopt;
    if (!check.findings.empty()) {
        for (const char* name : {"component", "parent", "mount"}) {
            const auto argument = check.findings.front().arguments.find(name);
            if (argument != check.findings.front().arguments.end() && !argument->second.text.empty() &&
                argument->second.text.front() == '/')
                return argument->second.text;
        }
    }
    for (const PathComponent& component : check.facts.path)
        if (!component.status || component.searchable == false)
            return component.path;
    return check.folder;
}

PathView::PathView(const Check& check, QWidget* parent) : QWidget(parent)
{
    const std::optional<Path> stop = stoppingPlace(check);
    QString spoken;
    bool marked = false;
    for (const Path& prefix : prefixesOf(check)) {
        Part part;
        part.text = prefix == "/" ? QStringLiteral("/") : shown(baseName(prefix));
        part.stops = stop && !marked && absolutePath(*stop, "/") == prefix;
        marked = marked || part.stops;
        spoken += part.stops ? tr("%1 (it stops here), ").arg(part.text) : part.text + QStringLiteral(", ");
        m_parts.push_back(std::move(part));
    }
    spoken.chop(2);
    setAccessibleName(tr("The path: %1").arg(spoken));
    setToolTip(shown(check.folder).toHtmlEscaped());
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

std::vector<QRect> PathView::arrange(int width) const
{
    const QFontMetrics metrics = fontMetrics();
    const int height = metrics.height() + 6;
    const int widest = qMax(80, width);
    std::vector<QRect> boxes;
    int x = 0;
    int y = 0;
    for (const Part& part : m_parts) {
        const int needed = metrics.horizontalAdvance(part.text) + 2 * kPadding + 4 + (part.stops ? kSign : 0);
        const int taken = qMin(needed, widest);
        if (x > 0 && x + taken > widest) {
            x = 0;
            y += height + kLineGap;
        }
        boxes.emplace_back(x, y, taken, height);
        x += taken + kGap;
    }
    boxes.emplace_back(0, 0, width, y + height);
    return boxes;
}

QSize PathView::sizeHint() const
{
    return {240, heightForWidth(qMax(240, width()))};
}

int PathView::heightForWidth(int width) const
{
    return arrange(width).back().height();
}

void PathView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const std::vector<QRect> boxes = arrange(width());
    const QColor red = colorOf(Verdict::Unusable, palette());
    bool past = false;
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        const Part& part = m_parts[i];
        const QRect box = QStyle::visualRect(layoutDirection(), rect(), boxes[i]);
        QColor fill = part.stops ? red : palette().color(QPalette::Text);
        fill.setAlphaF(part.stops ? 0.16F : 0.06F);
        painter.setPen(part.stops ? QPen(red, 1) : Qt::NoPen);
        painter.setBrush(fill);
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
        QRect text = boxes[i].adjusted(kPadding, 0, -kPadding, 0);
        if (part.stops) {
            const QRect sign(text.left(), text.center().y() - 6, 13, 13);
            paintGlyph(painter, QStyle::visualRect(layoutDirection(), rect(), sign), Glyph::Unusable, red);
            text.setLeft(text.left() + kSign);
        }
        painter.setPen(past ? mutedText(palette()) : palette().color(QPalette::Text));
        painter.drawText(QStyle::visualRect(layoutDirection(), rect(), text), Qt::AlignCenter,
                         fontMetrics().elidedText(part.text, Qt::ElideMiddle, text.width()));
        past = past || part.stops;
        if (i + 1 < m_parts.size()) {
            const QRect arrow(boxes[i].right() + 3, boxes[i].center().y() - 5, 11, 11);
            paintGlyph(painter, QStyle::visualRect(layoutDirection(), rect(), arrow), Glyph::Next,
                       mutedText(palette()));
        }
    }
}

} // namespace scratchproof::gui
