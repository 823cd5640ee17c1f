// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/places_panel.h"

#include "app/gui/check/mount_watcher.h"
#include "app/gui/kit/copied_paths.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/words.h"

#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace scratchproof::gui {

namespace {

/// A heading in small letters, or a place: icon, name, free space, and a bar of what is taken.
class PlaceDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const auto* model = static_cast<const PlacesModel*>(index.model());
        const int line = option.fontMetrics.height();
        if (model->at(index.row()).isHeading)
            return {0, line + (index.row() == 0 ? 10 : 20)};
        return {0, line + 18};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Place& place = static_cast<const PlacesModel*>(index.model())->at(index.row());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setLayoutDirection(option.direction);
        place.isHeading ? paintHeading(*painter, option, place) : paintPlace(*painter, option, place);
        painter->restore();
    }

private:
    static void paintHeading(QPainter& painter, const QStyleOptionViewItem& option, const Place& place)
    {
        QFont font = option.font;
        font.setPointSizeF(font.pointSizeF() * 0.85);
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.setPen(mutedText(option.palette));
        painter.drawText(option.rect.adjusted(14, 0, -14, -3), Qt::AlignLeading | Qt::AlignBottom, place.label);
    }

    static void paintPlace(QPainter& painter, const QStyleOptionViewItem& option, const Place& place)
    {
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        const QRect box = option.rect.adjusted(6, 1, -6, -1);
        if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
            QColor fill = option.palette.color(QPalette::Highlight);
            if (!selected)
                fill = option.palette.color(QPalette::Text), fill.setAlphaF(0.06F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(fill);
            painter.drawRoundedRect(box, 6, 6);
        }
        const QColor ink = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
        const QColor quiet = selected ? ink : mutedText(option.palette);
        const auto place_ = [&](QRect part) { return QStyle::visualRect(option.direction, box, part); };

        const QRect icon(box.left() + 8, box.center().y() - 8, 17, 17);
        paintGlyph(painter, place_(icon), place.glyph, ink);
        const QRect text(icon.right() + 9, box.top(), box.right() - icon.right() - 17, box.height());
        const bool hasBar = place.spaceState == Place::SpaceState::Known && place.totalBytes > 0;
        const QRect line = hasBar ? text.adjusted(0, 2, 0, -8) : text;
        QFont small = option.font;
        small.setPointSizeF(small.pointSizeF() * 0.88);
        const QString note = place.spaceState == Place::SpaceState::Unavailable ? PlacesPanel::tr("no answer")
                             : hasBar ? leftToRight(shownBytes(place.availableBytes))
                                      : QString();
        const int noteWidth = note.isEmpty() ? 0 : QFontMetrics(small).horizontalAdvance(note) + 8;
        painter.setFont(small);
        painter.setPen(quiet);
        painter.drawText(place_(line), static_cast<int>(Qt::AlignTrailing) | Qt::AlignVCenter, note);
        painter.setFont(option.font);
        painter.setPen(ink);
        painter.drawText(place_(line.adjusted(0, 0, -noteWidth, 0)),
                         static_cast<int>(Qt::AlignLeading) | Qt::AlignVCenter,
                         option.fontMetrics.elidedText(place.label, Qt::ElideMiddle, line.width() - noteWidth));
        if (hasBar)
            paintBar(painter, place_(QRect(text.left(), text.bottom() - 7, text.width(), 4)), place, option, quiet);
    }

    static void paintBar(QPainter& painter, const QRectF& bar, const Place& place, const QStyleOptionViewItem& option,
                         const QColor& quiet)
    {
        const double taken =
            1.0 - std::min(1.0, static_cast<double>(place.availableBytes) / static_cast<double>(place.totalBytes));
        QColor trough = quiet;
        trough.setAlphaF(0.25F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(trough);
        painter.drawRoundedRect(bar, 2, 2);
        constexpr double kNearlyFull = 0.95;
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        painter.setBrush(selected               ? quiet
                         : taken >= kNearlyFull ? colorOf(Verdict::Unusable, option.palette)
                                                : option.palette.color(QPalette::Highlight));
        QRectF part = bar;
        part.setWidth(std::max(bar.height(), bar.width() * taken));
        if (option.direction == Qt::RightToLeft)
            part.moveRight(bar.right());
        painter.drawRoundedRect(part, 2, 2);
    }
};

} // namespace

PlacesPanel::PlacesPanel(System& system, ProberService& probers, QWidget* parent)
    : QWidget(parent), m_probers(probers), m_model(new PlacesModel(this)), m_watcher(new MountWatcher(system, this)),
      m_list(new QListView), m_check(new QPushButton(tr("Check this place")))
{
    m_list->setModel(m_model);
    m_list->setItemDelegate(new PlaceDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Places"));
    m_list->setAccessibleDescription(tr("Drives, shares and folders; Enter checks the selected one"));
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    m_check->setEnabled(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_list);
    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(8, 6, 8, 8);
    foot->addWidget(m_check);
    column->addLayout(foot);
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);

    connect(m_list, &QListView::activated, this, &PlacesPanel::checkCurrent);
    connect(m_check, &QPushButton::clicked, this, &PlacesPanel::checkCurrent);
    connect(m_list, &QWidget::customContextMenuRequested, this, &PlacesPanel::showMenu);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this] { m_check->setEnabled(current() != nullptr); });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] { m_check->setEnabled(false); });
    connect(m_watcher, &MountWatcher::mountsChanged, this, [this](const std::vector<Mount>& mounts) {
        m_model->setMounts(mounts);
        askForSpace();
    });
    m_model->setComputer(environmentVariable("HOME").value_or(Path()),
                         environmentVariable("TMPDIR").value_or(Path("/tmp")));
}

void PlacesPanel::start()
{
    m_watcher->start();
}

void PlacesPanel::askForSpace()
{
    for (const Place& place : m_model->places()) {
        if (place.isHeading || !place.mayBeAsked)
            continue;
        m_probers.askFor(
            request::Space{place.path}, this, [this, path = place.path](const Result<SpaceAnswer>& answer) {
                if (answer) // not all know their sizes: then a total of 0
                    m_model->setSpace(path, answer->totalBytes.value_or(0), answer->availableBytes.value_or(0));
                else
                    m_model->setSpaceUnavailable(path);
            });
    }
}

const Place* PlacesPanel::current() const
{
    const QModelIndex index = m_list->currentIndex();
    return index.isValid() && !m_model->at(index.row()).isHeading ? &m_model->at(index.row()) : nullptr;
}

void PlacesPanel::checkCurrent()
{
    if (const Place* place = current())
        emit checkWanted({place->path});
}

void PlacesPanel::addFavourite(const Path& folder)
{
    std::vector<Path> favourites = m_model->favourites();
    if (std::find(favourites.begin(), favourites.end(), folder) != favourites.end())
        return;
    favourites.push_back(folder);
    m_model->setFavourites(favourites);
    emit favouritesChanged();
}

std::vector<Path> PlacesPanel::drives() const
{
    std::vector<Path> paths;
    for (const Place& place : m_model->places())
        if (!place.isHeading && (place.group == Place::Group::Drives || place.group == Place::Group::Network))
            paths.push_back(place.path);
    return paths;
}

void PlacesPanel::showMenu(const QPoint& where)
{
    const Place* place = current();
    if (!place || !m_list->indexAt(where).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const Path path = place->path;
    menu->addAction(icon(Glyph::Play), tr("Check"), this, &PlacesPanel::checkCurrent);
    menu->addAction(icon(Glyph::Copy), tr("Copy path"), this, [path] { copyPaths({path}); });
    menu->addSeparator();
    if (place->group == Place::Group::Favourites) {
        menu->addAction(tr("Remove from favourites"), this, [this, path] {
            std::vector<Path> favourites = m_model->favourites();
            std::erase(favourites, path);
            m_model->setFavourites(favourites);
            emit favouritesChanged();
        });
    } else {
        menu->addAction(icon(Glyph::Star), tr("Add to favourites"), this, [this, path] { addFavourite(path); });
    }
    menu->popup(m_list->viewport()->mapToGlobal(where));
}

} // namespace scratchproof::gui
