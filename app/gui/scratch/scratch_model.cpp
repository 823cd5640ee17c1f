// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_model.h"

#include "app/gui/kit/error_words.h"
#include "core/base/text.h"

#include <QDateTime>
#include <QGuiApplication>
#include <QLocale>
#include <QPalette>

#include <limits>
#include <utility>

namespace scratchproof::gui {

namespace {

QString shownTime(Nanoseconds wallClock)
{
    const auto time = QDateTime::fromMSecsSinceEpoch(wallClock / kNanosecondsPerMillisecond);
    return QLocale().toString(time, QLocale::LongFormat);
}

} // namespace

ScratchModel::Row ScratchModel::makeRow(ScratchDirectory directory)
{
    Row row;
    row.shownName = QString::fromStdString(displayText(directory.record.name));
    row.shownPath = gui::shownPath(directory.record.path);
    row.shownNote = QString::fromStdString(displayText(directory.record.note));
    row.directory = std::move(directory);
    return row;
}

void ScratchModel::setEntries(std::vector<ScratchDirectory> directories)
{
    std::unordered_map<std::string, ScratchDirectory> incoming;
    std::vector<std::string> order;
    for (ScratchDirectory& directory : directories)
        if (incoming.try_emplace(directory.record.id, directory).second)
            order.push_back(directory.record.id);
    for (int row = rowCount() - 1; row >= 0; --row)
        if (!incoming.contains(m_rows[static_cast<std::size_t>(row)].directory.record.id)) {
            beginRemoveRows({}, row, row);
            m_rows.erase(m_rows.begin() + row);
            endRemoveRows();
        }
    indexRows();
    std::vector<Row> added;
    for (const std::string& id : order) {
        ScratchDirectory& directory = incoming.at(id);
        const int at = rowOf(id);
        if (at < 0) {
            added.push_back(makeRow(std::move(directory)));
            continue;
        }
        renew(m_rows[static_cast<std::size_t>(at)], std::move(directory));
        changed(at);
    }
    if (!added.empty()) {
        const int first = rowCount();
        beginInsertRows({}, first, first + static_cast<int>(added.size()) - 1);
        std::move(added.begin(), added.end(), std::back_inserter(m_rows));
        indexRows();
        endInsertRows();
    }
}

void ScratchModel::renew(Row& row, ScratchDirectory directory)
{
    // The registry measures nothing: what was measured before stays until the next look.
    if (!directory.record.measure)
        directory.record.measure = row.directory.record.measure;
    const Look look = row.look;
    QString why = std::move(row.why);
    row = makeRow(std::move(directory));
    row.look = look;
    row.why = std::move(why);
}

void ScratchModel::setChanged(ScratchDirectory directory)
{
    const int at = rowOf(directory.record.id);
    if (at < 0)
        return;
    renew(m_rows[static_cast<std::size_t>(at)], std::move(directory));
    changed(at);
}

void ScratchModel::setInspected(const ScratchDirectory& directory)
{
    const int at = rowOf(directory.record.id);
    if (at < 0)
        return;
    Row& row = m_rows[static_cast<std::size_t>(at)];
    row = makeRow(directory);
    row.look = Look::Seen;
    changed(at);
}

void ScratchModel::setInspectFailed(const std::string& id, bool notResponding, const QString& why)
{
    const int at = rowOf(id);
    if (at < 0)
        return;
    Row& row = m_rows[static_cast<std::size_t>(at)];
    row.look = notResponding ? Look::NotResponding : Look::Failed;
    row.why = why;
    changed(at);
}

void ScratchModel::setWaiting(const std::string& id)
{
    const int at = rowOf(id);
    if (at < 0)
        return;
    Row& row = m_rows[static_cast<std::size_t>(at)];
    row.look = Look::Waiting;
    row.why.clear();
    changed(at);
}

void ScratchModel::remove(const std::string& id)
{
    const int at = rowOf(id);
    if (at < 0)
        return;
    beginRemoveRows({}, at, at);
    m_rows.erase(m_rows.begin() + at);
    indexRows();
    endRemoveRows();
}

void ScratchModel::setNow(Nanoseconds now)
{
    m_now = now;
    if (!m_rows.empty())
        emit dataChanged(index(0, Age), index(rowCount() - 1, TimeLeft));
}

const ScratchDirectory* ScratchModel::entry(int row) const
{
    return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)].directory : nullptr;
}

std::uint64_t ScratchModel::totalBytes() const
{
    std::uint64_t total = 0;
    for (const Row& row : m_rows)
        total += row.directory.record.measure ? row.directory.record.measure->bytes : 0;
    return total;
}

StateLook ScratchModel::lookOf(const Row& row)
{
    if (row.look == Look::NotResponding)
        return {tr("Does not answer"), row.why, Glyph::NotResponding, Verdict::NotResponding};
    if (row.look == Look::Failed)
        return {tr("Could not be looked at"), row.why, Glyph::Limited, Verdict::Limited};
    const ScratchDirectory& directory = row.directory;
    switch (shownState(directory)) {
    case ScratchState::Active:
        return {tr("Active"), directory.reason.empty() ? tr("It is there and in good order.") : tr("It is there."),
                Glyph::Usable, Verdict::Usable};
    case ScratchState::Expired:
        return {tr("Expired"), tr("Its time is over. It is still there, and can be cleaned up."), Glyph::Clock,
                Verdict::Limited};
    case ScratchState::Released:
        return {tr("Released"),
                directory.restorableUntil ? tr("You are done with it; it can still be restored for a while.")
                                          : tr("You are done with it; it can be restored until you clean it up."),
                Glyph::Clock, Verdict::NotChecked};
    case ScratchState::Offline:
        return {tr("Offline"), tr("Its drive or share is not here now."), Glyph::Dash, Verdict::NotChecked};
    case ScratchState::Lost:
        return {tr("Lost"), tr("The folder is gone, or is not ours any more. It will not be touched."), Glyph::Unusable,
                Verdict::Unusable};
    case ScratchState::Elsewhere:
        return {tr("Elsewhere"), tr("It belongs to another computer."), Glyph::Computer, Verdict::NotChecked};
    case ScratchState::Busy:
        return {tr("Busy"), tr("A program has it open or has locked it."), Glyph::Lock, Verdict::Limited};
    case ScratchState::HalfRemoved:
        return {tr("Half removed"),
                directory.state == ScratchState::Released
                    ? tr("Its removal was begun and is not finished. Clean it up again, or keep what is left of it: "
                         "restore it.")
                    : tr("Its removal was begun and is not finished. Clean it up again, or keep what is left of it: "
                         "extend or pin it."),
                Glyph::Limited, Verdict::Limited};
    case ScratchState::Unknown:
        break;
    }
    return {tr("Unknown"), tr("Nobody can say how this one is."), Glyph::NotChecked, Verdict::NotChecked};
}

int ScratchModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ScratchModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant ScratchModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(row, column);
    case Qt::ToolTipRole:
        return plainToolTip(toolTip(row, column));
    case Qt::AccessibleTextRole:
        return column == Name ? tr("%1, in %2").arg(row.shownName, row.shownPath) : text(row, column);
    case Qt::AccessibleDescriptionRole:
        return column == State ? toolTip(row, column) : QString();
    case Qt::DecorationRole:
        if (column == State) {
            const StateLook look = lookOf(row);
            return icon(look.glyph, colorOf(look.tone, QGuiApplication::palette()));
        }
        return {};
    case Qt::TextAlignmentRole:
        return column == Size || column == Files ? QVariant(Qt::AlignTrailing | Qt::AlignVCenter)
                                                 : QVariant(Qt::AlignLeading | Qt::AlignVCenter);
    case GlyphRole:
        return static_cast<int>(lookOf(row).glyph);
    case ToneRole:
        return static_cast<int>(lookOf(row).tone);
    case ConditionRole:
        return static_cast<int>(shownState(row.directory));
    case SortRole:
        return sortKey(row, column);
    case PathRole:
        return QByteArray::fromStdString(row.directory.record.path);
    case ShownPathRole:
        return row.shownPath;
    case IdRole:
        return QByteArray::fromStdString(row.directory.record.id);
    case FilterRole:
        return QString(row.shownName + QLatin1Char('\n') + row.shownPath + QLatin1Char('\n') + row.shownNote +
                       QLatin1Char('\n') + lookOf(row).word);
    default:
        return {};
    }
}

QVariant ScratchModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == Size || section == Files ? QVariant(Qt::AlignTrailing | Qt::AlignVCenter)
                                                   : QVariant(Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Directory");
    case State:
        return tr("State");
    case Size:
        return tr("Size");
    case Files:
        return tr("Files");
    case Age:
        return tr("Age");
    case TimeLeft:
        return tr("Time left");
    case Note:
        return tr("Note");
    default:
        return {};
    }
}

QString ScratchModel::text(const Row& row, int column) const
{
    const ScratchDirectory& directory = row.directory;
    const std::optional<Measure>& measure = directory.record.measure;
    const QString unknown = row.look == Look::Waiting ? tr("…") : tr("–");
    switch (column) {
    case Name:
        return row.shownName;
    case State:
        return lookOf(row).word;
    case Size:
        return measure ? shownBytes(measure->bytes) : unknown;
    case Files:
        return measure ? shownCount(measure->files) : unknown;
    case Age:
        return directory.record.created != 0 ? shownSpan(m_now - directory.record.created) : tr("–");
    case TimeLeft:
        return timeLeft(directory);
    case Note:
        return row.shownNote;
    default:
        return {};
    }
}

QString ScratchModel::timeLeft(const ScratchDirectory& directory) const
{
    if (directory.state == ScratchState::Lost)
        return {};
    if (directory.state == ScratchState::Released) {
        if (!directory.restorableUntil)
            return tr("can be restored");
        return *directory.restorableUntil > m_now
                   ? tr("restorable for %1").arg(shownSpan(*directory.restorableUntil - m_now))
                   : tr("to be removed");
    }
    if (directory.record.pinned)
        return tr("pinned");
    if (!directory.expires)
        return tr("no limit");
    if (*directory.expires > m_now)
        return shownSpan(*directory.expires - m_now);
    return tr("ended %1 ago").arg(shownSpan(m_now - *directory.expires));
}

QVariant ScratchModel::sortKey(const Row& row, int column) const
{
    const ScratchDirectory& directory = row.directory;
    const std::optional<Measure>& measure = directory.record.measure;
    // What is not known sorts below everything that is.
    const auto number = [](const std::optional<std::uint64_t>& value) {
        return value ? static_cast<qlonglong>(*value & std::uint64_t{std::numeric_limits<qlonglong>::max()})
                     : qlonglong{-1};
    };
    switch (column) {
    case Size:
        return number(measure ? std::optional(measure->bytes) : std::nullopt);
    case Files:
        return number(measure ? std::optional(measure->files) : std::nullopt);
    case Age:
        return -static_cast<qlonglong>(directory.record.created);
    case TimeLeft:
        if (directory.state == ScratchState::Released && directory.restorableUntil)
            return static_cast<qlonglong>(*directory.restorableUntil);
        if (directory.record.pinned || directory.state == ScratchState::Released ||
            directory.state == ScratchState::Lost)
            return std::numeric_limits<qlonglong>::max();
        return directory.expires ? static_cast<qlonglong>(*directory.expires) : std::numeric_limits<qlonglong>::max();
    default:
        return text(row, column).toCaseFolded();
    }
}

QString ScratchModel::toolTip(const Row& row, int column) const
{
    const ScratchDirectory& directory = row.directory;
    const std::optional<Measure>& measure = directory.record.measure;
    switch (column) {
    case Name:
        return row.shownPath;
    case State: {
        const QString reason = reasonSentence(directory.reason);
        return reason.isEmpty() ? lookOf(row).sentence : lookOf(row).sentence + QLatin1Char('\n') + reason;
    }
    case Size:
        return measure ? tr("%1 bytes").arg(shownCount(measure->bytes)) : QString();
    case Age:
        return directory.record.created != 0 ? tr("Created %1").arg(shownTime(directory.record.created)) : QString();
    case TimeLeft:
        if (directory.state == ScratchState::Lost)
            return {};
        if (directory.state == ScratchState::Released) {
            if (!directory.restorableUntil)
                return tr("It can be restored until you clean it up");
            return *directory.restorableUntil > m_now
                       ? tr("Restorable until %1").arg(shownTime(*directory.restorableUntil))
                       : tr("It was to be kept until %1, and can be restored as long as it is there")
                             .arg(shownTime(*directory.restorableUntil));
        }
        if (directory.record.pinned)
            return tr("Pinned: it stays until you unpin it or clean it up");
        return directory.expires ? tr("Until %1").arg(shownTime(*directory.expires))
                                 : tr("Stays until you clean it up");
    case Note:
        return row.shownNote;
    default:
        return {};
    }
}

int ScratchModel::rowOf(const std::string& id) const
{
    const auto found = m_rowById.find(id);
    return found == m_rowById.end() ? -1 : found->second;
}

void ScratchModel::indexRows()
{
    m_rowById.clear();
    m_ids.clear();
    for (const Row& row : m_rows) {
        m_rowById.emplace(row.directory.record.id, static_cast<int>(m_ids.size()));
        m_ids.push_back(row.directory.record.id);
    }
}

void ScratchModel::changed(int row)
{
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

} // namespace scratchproof::gui
