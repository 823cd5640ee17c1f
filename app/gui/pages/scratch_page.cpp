// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/pages/scratch_page.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/jobs/sweep_job.h"
#include "app/gui/models/scratch_filter.h"
#include "app/gui/models/scratch_model.h"
#include "app/gui/widgets/banner.h"
#include "app/gui/widgets/drive_totals.h"
#include "app/gui/widgets/folder_chooser.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <set>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kMinuteMilliseconds = 60'000;
constexpr int kStatusMilliseconds = 100;

} // namespace

ScratchPage::ScratchPage(System& system, ProberService& probers, SweepJob* sweep, QWidget* parent)
    : Page(parent), m_system(system), m_probers(probers), m_job(probers), m_model(new ScratchModel(this)),
      m_proxy(new ScratchFilter(this)), m_chooser(new FolderChooser(probers, this)), m_sweep(sweep)
{
    m_proxy->setSourceModel(m_model);
    buildTable();
    buildActions();
    buildLifeActions();
    m_banner = new Banner;
    connect(m_banner, &Banner::actionWanted, this, [this] {
        const auto does = m_bannerDoes; // it may say something itself
        say({});
        if (does)
            does();
    });
    m_stack = new QStackedWidget;
    m_stack->insertWidget(MessageView, buildMessage());
    m_stack->insertWidget(TableView, m_table);
    QWidget* head = buildHead();
    m_stack->insertWidget(NothingView, buildNothing());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(head);
    layout->addWidget(m_stack, 1);

    m_minute.setInterval(kMinuteMilliseconds);
    connect(&m_minute, &QTimer::timeout, this, [this] { m_model->setNow(now()); });
    m_minute.start();
    m_statusTimer.setSingleShot(true);
    m_statusTimer.setInterval(kStatusMilliseconds);
    connect(&m_statusTimer, &QTimer::timeout, this, [this] {
        chooseView();
        updateStatus();
    });
    m_model->setNow(now());
    updateActions();
    if (m_sweep != nullptr) {
        connect(m_sweep, &SweepJob::finished, this, &ScratchPage::showSweep);
        if (m_sweep->isFinished())
            showSweep();
    }
}

ScratchPage::~ScratchPage()
{
    cancelInspections();
    m_job.cancel(m_listing);
}

Nanoseconds ScratchPage::now() const
{
    return m_system.clock.wall();
}

void ScratchPage::setFilter(const QString& text)
{
    m_proxy->setFilterFixedString(text);
    chooseView();
    updateStatus();
}

QString ScratchPage::filterName() const
{
    return tr("Filter scratch directories");
}

QVariantMap ScratchPage::saveLayout() const
{
    return {{QStringLiteral("columns"), m_table->horizontalHeader()->saveState()},
            {QStringLiteral("folder"), QByteArray::fromStdString(m_lastFolder)},
            {QStringLiteral("lifetime"), QString::fromStdString(m_lastLifetime)},
            {QStringLiteral("state"), m_states->currentData()}};
}

void ScratchPage::restoreLayout(const QVariantMap& layout)
{
    m_table->horizontalHeader()->restoreState(layout.value(QStringLiteral("columns")).toByteArray());
    m_lastFolder = layout.value(QStringLiteral("folder")).toByteArray().toStdString();
    if (const QString lifetime = layout.value(QStringLiteral("lifetime")).toString(); !lifetime.isEmpty())
        m_lastLifetime = lifetime.toStdString();
    const QVariant state = layout.value(QStringLiteral("state"));
    m_states->setCurrentIndex(state.isValid() ? std::max(0, m_states->findData(state.toInt())) : 0);
}

void ScratchPage::shown()
{
    refresh();
    m_table->setFocus();
}

void ScratchPage::refresh()
{
    cancelInspections();
    m_job.cancel(m_listing);
    m_model->setNow(now());
    const quint64 run = ++m_run;
    m_listing = m_job.list(this, [this, run](const Result<std::vector<ScratchEntry>>& answer) {
        if (run == m_run)
            showList(answer);
    });
    updateStatus();
}

void ScratchPage::showList(const Result<std::vector<ScratchEntry>>& answer)
{
    m_listing = 0;
    if (!answer) {
        // What is on the screen stays; it was true a moment ago.
        if (m_model->rowCount() == 0)
            showProblem(tr("The list of scratch directories cannot be read"), errorSentence(answer.error()));
        emit statusChanged(errorSentence(answer.error()), 0, 0);
        return;
    }
    m_model->setEntries(*answer);
    for (const ScratchEntry& directory : *answer)
        inspect(directory);
    if (answer->empty())
        showInvitation();
    chooseView();
    askSpaces();
    if (!m_selectWhenListed.empty()) {
        const auto& ids = m_model->order();
        const auto found = std::find(ids.begin(), ids.end(), std::exchange(m_selectWhenListed, {}));
        if (found != ids.end()) {
            const int row = static_cast<int>(found - ids.begin());
            m_table->setCurrentIndex(m_proxy->mapFromSource(m_model->index(row, ScratchModel::Name)));
        }
    }
    updateActions();
    updateStatus();
}

void ScratchPage::inspect(const ScratchEntry& directory)
{
    m_model->setWaiting(directory.id);
    const std::string id = directory.id;
    const quint64 run = m_run;
    m_inspecting[id] =
        m_job.inspect(directory, ScratchJob::Look::Whole, this, [this, id, run](const Result<ScratchEntry>& answer) {
            if (run != m_run)
                return;
            m_inspecting.erase(id);
            if (answer)
                m_model->setInspected(*answer);
            else if (!isCancelled(answer.error()))
                m_model->setInspectFailed(id, isNotResponding(answer.error()), errorSentence(answer.error()));
            updateStatus();
        });
}

void ScratchPage::chooseView()
{
    const bool any = m_model->rowCount() > 0;
    m_head->setVisible(any);
    if (any)
        m_stack->setCurrentIndex(m_proxy->rowCount() > 0 ? TableView : NothingView);
    updateTotals();
}

void ScratchPage::askSpaces()
{
    static_cast<void>(m_mounts.refresh()); // of the system's own list; a stale one is as good
    std::set<Path> places;
    for (const std::string& id : m_model->order())
        if (const ScratchEntry* entry = m_model->entry(m_model->rowOf(id)))
            if (const Mount* mount = m_mounts.byPathText(entry->path))
                places.insert(mount->mountPoint);
    for (const Path& place : places) {
        Json request = Json::object();
        request["request"] = "space";
        putPath(request, "folder", place);
        m_probers.ask(place, std::move(request), this, [this, place](const Result<Json>& answer) {
            const auto total = answer ? getUnsigned(*answer, "total_bytes") : std::nullopt;
            const auto available = answer ? getUnsigned(*answer, "available_bytes") : std::nullopt;
            if (!total || !available)
                return;
            m_spaces[place] = {*total, *available};
            updateTotals();
        });
    }
    updateTotals();
}

void ScratchPage::updateTotals()
{
    std::map<Path, DriveTotal> totals;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const ScratchEntry& entry = *m_model->entry(row);
        const Mount* mount = m_mounts.byPathText(entry.path);
        if (mount == nullptr || entry.condition == ScratchCondition::Offline ||
            entry.condition == ScratchCondition::Lost || entry.condition == ScratchCondition::Elsewhere)
            continue;
        DriveTotal& total = totals[mount->mountPoint];
        total.scratchBytes += entry.bytes.value_or(0);
        total.place = shownPath(mount->mountPoint);
        total.name = mount->mountPoint == "/" ? tr("System") : shownPath(Path(baseName(mount->mountPoint)));
        if (const auto space = m_spaces.find(mount->mountPoint); space != m_spaces.end()) {
            total.totalBytes = space->second.total;
            total.availableBytes = space->second.available;
        }
    }
    std::vector<DriveTotal> list;
    for (auto& [place, total] : totals)
        list.push_back(std::move(total));
    m_totals->setTotals(std::move(list));
}

void ScratchPage::say(const QString& text, const QString& action, std::function<void()> does)
{
    m_sentences.clear();
    m_bannerDoes = std::move(does);
    m_banner->say(text, action);
}

void ScratchPage::sayToo(const QString& text)
{
    constexpr qsizetype kMost = 6;
    QStringList sentences = m_sentences;
    sentences << text;
    say(sentences.size() > kMost ? (sentences.mid(0, kMost) << tr("…")).join(QLatin1Char('\n'))
                                 : sentences.join(QLatin1Char('\n')));
    m_sentences = std::move(sentences);
}

void ScratchPage::cancelInspections()
{
    for (const auto& [id, work] : m_inspecting)
        m_job.cancel(work);
    m_inspecting.clear();
}

void ScratchPage::showInvitation()
{
    m_hasProblem = false;
    m_messageTitle->setText(tr("No scratch directories yet"));
    m_messageText->setText(tr("A scratch directory is a place for files that you need for a while and not for ever. "
                              "Scratchproof tries the folder out, makes the directory, and remembers it for you."));
    m_points->show();
    m_messageButton->setText(tr("New scratch directory…"));
    m_messageButton->setIcon(icon(Glyph::AddFolder));
    m_messageButton->show();
    m_stack->setCurrentIndex(MessageView);
}

void ScratchPage::showProblem(const QString& title, const QString& text)
{
    m_hasProblem = true;
    m_messageTitle->setText(title);
    m_messageText->setText(text);
    m_points->hide();
    m_messageButton->setText(tr("Try again"));
    m_messageButton->setIcon(icon(Glyph::Again));
    m_messageButton->show();
    if (m_stack)
        m_stack->setCurrentIndex(MessageView);
}

} // namespace scratchproof::gui
