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

ScratchModel::Row ScratchModel::makeRow(ScratchEntry record)
{
    Row row;
    row.shownName = QString::fromStdString(displayText(record.name));
    row.shownPath = gui::shownPath(record.path);
    row.shownNote = QString::fromStdString(displayText(record.note));
    row.record = std::move(record);
    return row;
}

void ScratchModel::setEntries(std::vector<ScratchEntry> records)
{
    std::unordered_map<std::string, ScratchEntry> incoming;
    std::vector<std::string> order;
    for (ScratchEntry& record : records)
        if (incoming.try_emplace(record.id, record).second)
            order.push_back(record.id);
    for (int row = rowCount() - 1; row >= 0; --row)
        if (!incoming.contains(m_rows[static_cast<std::size_t>(row)].record.id)) {
            beginRemoveRows({}, row, row);
            m_rows.erase(m_rows.begin() + row);
            endRemoveRows();
        }
    indexRows();
    std::vector<Row> added;
    for (const std::string& id : order) {
        ScratchEntry& record = incoming.at(id);
        const int at = rowOf(id);
        if (at < 0) {
            added.push_back(makeRow(std::move(record)));
            continue;
        }
        renew(m_rows[static_cast<std::size_t>(at)], std::move(record));
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

void ScratchModel::renew(Row& row, ScratchEntry record)
{
    // The registry measures nothing: what was measured before stays until the next look.
    if (!record.bytes)
        record.bytes = row.record.bytes;
    if (!record.files)
        record.files = row.record.files;
    const Look look = row.look;
    QString why = std::move(row.why);
    row = makeRow(std::move(record));
    row.look = look;
    row.why = std::move(why);
}

void ScratchModel::setChanged(ScratchEntry record)
{
    const int at = rowOf(record.id);
    if (at < 0)
        return;
    renew(m_rows[static_cast<std::size_t>(at)], std::move(record));
    changed(at);
}

void ScratchModel::setInspected(const ScratchEntry& record)
{
    const int at = rowOf(record.id);
    if (at < 0)
        return;
    Row& row = m_rows[static_cast<std::size_t>(at)];
    row = makeRow(record);
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

const ScratchEntry* ScratchModel::entry(int row) const
{
    return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)].record : nullptr;
}

std::uint64_t ScratchModel::totalBytes() const
{
    std::uint64_t total = 0;
    for (const Row& row : m_rows)
        total += row.record.bytes.value_or(0);
    return total;
}

StateLook ScratchModel::stateLook(int row) const
{
    return lookOf(m_rows.at(static_cast<std::size_t>(row)));
}

ScratchCondition ScratchModel::shownCondition(const ScratchEntry& entry)
{
    using C = ScratchCondition;
    // One that is away or another's cannot be told to be so, and a busy one is being removed, perhaps.
    const bool isHere = entry.condition == C::Active || entry.condition == C::Expired || entry.condition == C::Released;
    return entry.halfRemoved && isHere ? C::HalfRemoved : entry.condition;
}

StateLook ScratchModel::lookOf(const Row& row)
{
    if (row.look == Look::NotResponding)
        return {tr("Does not answer"), row.why, Glyph::NotResponding, Verdict::NotResponding};
    if (row.look == Look::Failed)
        return {tr("Could not be looked at"), row.why, Glyph::Limited, Verdict::Limited};
    const ScratchEntry& record = row.record;
    switch (shownCondition(record)) {
    case ScratchCondition::Active:
        return {tr("Active"), record.reason.empty() ? tr("It is there and in good order.") : tr("It is there."),
                Glyph::Usable, Verdict::Usable};
    case ScratchCondition::Expired:
        return {tr("Expired"), tr("Its time is over. It is still there, and can be cleaned up."), Glyph::Clock,
                Verdict::Limited};
    case ScratchCondition::Released:
        return {tr("Released"),
                record.restorableUntil ? tr("You are done with it; it can still be restored for a while.")
                                       : tr("You are done with it; it can be restored until you clean it up."),
                Glyph::Clock, Verdict::NotChecked};
    case ScratchCondition::Offline:
        return {tr("Offline"), tr("Its drive or share is not here now."), Glyph::Dash, Verdict::NotChecked};
    case ScratchCondition::Lost:
        return {tr("Lost"), tr("The folder is gone, or is not ours any more. It will not be touched."), Glyph::Unusable,
                Verdict::Unusable};
    case ScratchCondition::Elsewhere:
        return {tr("Elsewhere"), tr("It belongs to another computer."), Glyph::Computer, Verdict::NotChecked};
    case ScratchCondition::Busy:
        return {tr("Busy"), tr("A program has it open or has locked it."), Glyph::Lock, Verdict::Limited};
    case ScratchCondition::HalfRemoved:
        return {tr("Half removed"),
                record.condition == ScratchCondition::Released
                    ? tr("Its removal was begun and is not finished. Clean it up again, or keep what is left of it: "
                         "restore it.")
                    : tr("Its removal was begun and is not finished. Clean it up again, or keep what is left of it: "
                         "extend or pin it."),
                Glyph::Limited, Verdict::Limited};
    case ScratchCondition::Unknown:
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
        return static_cast<int>(shownCondition(row.record));
    case SortRole:
        return sortKey(row, column);
    case PathRole:
        return QByteArray::fromStdString(row.record.path);
    case ShownPathRole:
        return row.shownPath;
    case IdRole:
        return QByteArray::fromStdString(row.record.id);
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
    const ScratchEntry& record = row.record;
    const QString unknown = row.look == Look::Waiting ? tr("…") : tr("–");
    switch (column) {
    case Name:
        return row.shownName;
    case State:
        return lookOf(row).word;
    case Size:
        return record.bytes ? shownBytes(*record.bytes) : unknown;
    case Files:
        return record.files ? shownCount(*record.files) : unknown;
    case Age:
        return record.created ? shownSpan(m_now - *record.created) : tr("–");
    case TimeLeft:
        return timeLeft(record);
    case Note:
        return row.shownNote;
    default:
        return {};
    }
}

QString ScratchModel::timeLeft(const ScratchEntry& record) const
{
    if (record.condition == ScratchCondition::Lost)
        return {};
    if (record.condition == ScratchCondition::Released) {
        if (!record.restorableUntil)
            return tr("can be restored");
        return *record.restorableUntil > m_now ? tr("restorable for %1").arg(shownSpan(*record.restorableUntil - m_now))
                                               : tr("to be removed");
    }
    if (record.pinned)
        return tr("pinned");
    if (!record.expires)
        return tr("no limit");
    if (*record.expires > m_now)
        return shownSpan(*record.expires - m_now);
    return tr("ended %1 ago").arg(shownSpan(m_now - *record.expires));
}

QVariant ScratchModel::sortKey(const Row& row, int column) const
{
    const ScratchEntry& record = row.record;
    // What is not known sorts below everything that is.
    const auto number = [](const std::optional<std::uint64_t>& value) {
        return value ? static_cast<qlonglong>(*value & std::uint64_t{std::numeric_limits<qlonglong>::max()})
                     : qlonglong{-1};
    };
    switch (column) {
    case Size:
        return number(record.bytes);
    case Files:
        return number(record.files);
    case Age:
        return record.created ? -static_cast<qlonglong>(*record.created) : qlonglong{0};
    case TimeLeft:
        if (record.condition == ScratchCondition::Released && record.restorableUntil)
            return static_cast<qlonglong>(*record.restorableUntil);
        if (record.pinned || record.condition == ScratchCondition::Released ||
            record.condition == ScratchCondition::Lost)
            return std::numeric_limits<qlonglong>::max();
        return record.expires ? static_cast<qlonglong>(*record.expires) : std::numeric_limits<qlonglong>::max();
    default:
        return text(row, column).toCaseFolded();
    }
}

QString ScratchModel::toolTip(const Row& row, int column) const
{
    const ScratchEntry& record = row.record;
    switch (column) {
    case Name:
        return row.shownPath;
    case State: {
        const QString reason = sentenceOf(record.reason);
        return reason.isEmpty() ? lookOf(row).sentence : lookOf(row).sentence + QLatin1Char('\n') + reason;
    }
    case Size:
        return record.bytes ? tr("%1 bytes").arg(shownCount(*record.bytes)) : QString();
    case Age:
        return record.created ? tr("Created %1").arg(shownTime(*record.created)) : QString();
    case TimeLeft:
        if (record.condition == ScratchCondition::Lost)
            return {};
        if (record.condition == ScratchCondition::Released) {
            if (!record.restorableUntil)
                return tr("It can be restored until you clean it up");
            return *record.restorableUntil > m_now
                       ? tr("Restorable until %1").arg(shownTime(*record.restorableUntil))
                       : tr("It was to be kept until %1, and can be restored as long as it is there")
                             .arg(shownTime(*record.restorableUntil));
        }
        if (record.pinned)
            return tr("Pinned: it stays until you unpin it or clean it up");
        return record.expires ? tr("Until %1").arg(shownTime(*record.expires)) : tr("Stays until you clean it up");
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
        m_rowById.emplace(row.record.id, static_cast<int>(m_ids.size()));
        m_ids.push_back(row.record.id);
    }
}

void ScratchModel::changed(int row)
{
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

} // namespace scratchproof::gui
