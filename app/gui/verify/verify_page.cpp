// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/verify_page.h"

#include "app/gui/desktop/notifier.h"
#include "app/gui/desktop/sleep_inhibitor.h"
#include "app/gui/kit/banner.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/parts.h"
#include "app/gui/kit/typed_path.h"
#include "app/gui/picker/file_saver.h"
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/picker/picker_places.h"
#include "app/gui/picker/portal_chooser.h"
#include "app/gui/verify/verify_form.h"
#include "app/gui/verify/verify_view.h"
#include "app/gui/verify/verify_words.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDate>
#include <QDragEnterEvent>
#include <QGuiApplication>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QUrl>

namespace scratchproof::gui {

namespace {

/// At the usual text size: narrower than this the form stands above what it begins.
constexpr int kTwoColumns = 780;
constexpr int kFormWidth = 380;
constexpr int kStatusSteps = 1000;

int scaledByText(const QWidget& widget, int pixels)
{
    return pixels * widget.fontMetrics().height() / 17;
}

} // namespace

VerifyPage::VerifyPage(System& system, ProberService& probers, QWidget* parent)
    : Page(parent), m_system(system), m_probers(probers), m_job(new VerifyJob(probers, this)),
      m_leftovers(new LeftoversJob(probers, this)), m_inhibitor(new SleepInhibitor(this)),
      m_chooser(new FolderChooser(probers, this))
{
    setAcceptDrops(true);
    buildActions();
    buildLayout();
    wire();
    updateState();
}

VerifyPage::~VerifyPage() = default;

void VerifyPage::buildActions()
{
    m_start = makeAction({"start", tr("Start"), {}, QKeySequence(Qt::CTRL | Qt::Key_R), Glyph::Play}, this,
                         &VerifyPage::start);
    m_stop = makeAction({"stop", tr("Stop"), {}, QKeySequence(Qt::CTRL | Qt::Key_Period), Glyph::Stop}, m_job,
                        &VerifyJob::stop);
    for (QAction* action : {m_start, m_stop})
        action->setShortcutContext(Qt::WindowShortcut);
    m_copy = makeAction(
        {"copyVerdict", tr("Copy the verdict"), {}, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), Glyph::Copy}, this,
        &VerifyPage::copyReport);
    m_save = makeAction({"saveVerdict", tr("Save as JSON\u2026"), {}, QKeySequence(QKeySequence::Save), Glyph::Export},
                        this, &VerifyPage::save);
}

void VerifyPage::buildLayout()
{
    m_banner = new Banner;
    m_form = new VerifyForm(m_probers, *m_chooser);
    m_view = new VerifyView(*m_job);
    auto* content = new QWidget;
    content->setBackgroundRole(QPalette::Base);
    content->setAutoFillBackground(true);
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight, content);
    m_columns->setContentsMargins(0, 0, 0, 0);
    m_columns->setSpacing(0);
    m_columns->addWidget(m_form);
    m_columns->addWidget(m_view, 1);
    m_scroll = new QScrollArea;
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_scroll, 1);
}

void VerifyPage::wire()
{
    connect(m_form, &VerifyForm::startWanted, this, &VerifyPage::start);
    connect(m_view, &VerifyView::stopWanted, m_job, &VerifyJob::stop);
    connect(m_view, &VerifyView::copyWanted, this, &VerifyPage::copyReport);
    connect(m_view, &VerifyView::saveWanted, this, &VerifyPage::save);
    connect(m_job, &VerifyJob::started, this, [this] {
        m_inhibitor->hold(tr("A drive is being verified"));
        updateState();
    });
    connect(m_job, &VerifyJob::progressed, this, &VerifyPage::updateState);
    connect(m_job, &VerifyJob::finished, this, &VerifyPage::ended);
    connect(m_leftovers, &LeftoversJob::changed, this, &VerifyPage::showLeftovers);
    connect(m_leftovers, &LeftoversJob::failed, this, [this](const Path& directory, const QString& why) {
        m_leftoverProblem = tr("What an earlier verification left in %1 could not be removed. %2")
                                .arg(shortened(shownPath(directory), 120), why);
        showLeftovers();
    });
    connect(m_banner, &Banner::actionWanted, m_leftovers, &LeftoversJob::removeAll);
}

void VerifyPage::propose(const Path& folder, VerifyKind kind)
{
    if (m_job->isRunning())
        return;
    m_form->setFolder(folder);
    m_form->setKind(kind);
}

void VerifyPage::shown()
{
    arrange();
    if (m_job->isRunning())
        return;
    m_form->refreshPlaces();
    m_form->refreshSpace();
    m_leftoverProblem.clear();
    m_leftovers->look();
}

void VerifyPage::start()
{
    const VerifyWish wish = m_form->wish();
    if (m_job->isRunning() || wish.folder.empty())
        return;
    if (!writesAllOver(wish.kind)) {
        begin(wish);
        return;
    }
    auto* box = new QMessageBox(QMessageBox::Warning, titleOf(wish.kind),
                                wish.kind == VerifyKind::Full ? tr("Fill the drive that this folder is on?")
                                                              : tr("Write all over the drive that this folder is on?"),
                                QMessageBox::Cancel, this);
    box->setObjectName(QStringLiteral("confirm"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(shortened(shownPath(wish.folder), 200) + QStringLiteral("\n\n") + riskOf(wish.kind));
    QPushButton* go = box->addButton(tr("Start"), QMessageBox::AcceptRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(box, &QMessageBox::buttonClicked, this, [this, go, wish](QAbstractButton* clicked) {
        if (clicked == static_cast<QAbstractButton*>(go))
            begin(wish);
    });
    box->open();
}

void VerifyPage::begin(const VerifyWish& wish)
{
    m_job->start(wish);
    showLeftovers();
    m_scroll->ensureWidgetVisible(m_view, 0, 0);
}

void VerifyPage::ended()
{
    m_inhibitor->release();
    updateState();
    notify();
    m_form->refreshSpace();
    m_leftoverProblem.clear();
    m_leftovers->look();
}

/// Whoever looks at the page sees it end.
void VerifyPage::notify()
{
    if ((isVisible() && isActiveWindow()) || m_job->wasStopped())
        return;
    const VerifyHeadline headline = headlineOf(*m_job);
    notifyDesktop(m_sessionBus ? *m_sessionBus : PortalChooser::sessionBus(),
                  tr("%1: %2").arg(shortened(shownPath(baseName(m_job->wish().folder)), 40), headline.title),
                  headline.sentence);
}

void VerifyPage::copyReport()
{
    if (!m_job->hasEnded())
        return;
    QGuiApplication::clipboard()->setText(reportOf(*m_job));
    emit statusChanged(tr("The verdict was copied."), 0, 0);
}

FileSaver& VerifyPage::saver()
{
    if (!m_saver) {
        m_saver = new FileSaver(m_system, m_probers, this);
        connect(m_saver, &FileSaver::saved, this, [this](bool written, const QString& reason) {
            if (written)
                emit statusChanged(tr("It was saved."), 0, 0);
            emit saved(written, reason);
        });
    }
    return *m_saver;
}

void VerifyPage::save()
{
    if (!m_job->capacity() && !m_job->speed())
        return;
    saver().save(tr("Save the verification"),
                 QStringLiteral("scratchproof-verify-%1.json").arg(QDate::currentDate().toString(Qt::ISODate)),
                 [document = documentOf(*m_job)] { return document; });
}

void VerifyPage::saveTo(const Path& file, bool replace)
{
    saver().saveTo(file, replace, tr("Save the verification"), [document = documentOf(*m_job)] { return document; });
}

void VerifyPage::showLeftovers()
{
    if (m_leftovers->isRemoving()) {
        m_banner->say(tr("What an earlier verification left behind is being removed\u2026"));
        return;
    }
    const auto& found = m_leftovers->found();
    if (found.empty() || m_job->isRunning()) {
        m_banner->say(m_job->isRunning() ? QString() : m_leftoverProblem);
        return;
    }
    std::uint64_t bytes = 0;
    for (const LeftoversJob::Leftover& one : found)
        bytes += one.bytes;
    m_banner->say(tr("A verification was cut off before its end: %1 that it wrote are still in %2.")
                      .arg(shownBytes(bytes), shortened(shownPath(found.front().directory.record.path), 120)),
                  tr("Remove"));
}

void VerifyPage::updateState()
{
    const bool isRunning = m_job->isRunning();
    m_form->setRunning(isRunning);
    m_start->setEnabled(!isRunning);
    m_stop->setEnabled(isRunning && !m_job->isStopping());
    m_copy->setEnabled(m_job->hasEnded());
    m_save->setEnabled(m_job->capacity() || m_job->speed());
    if (!isRunning) {
        emit statusChanged(m_job->hasEnded() ? headlineOf(*m_job).title : QString(), 0, 0);
        return;
    }
    // Less than all, at which the bar would go.
    emit statusChanged(lineOf(*m_job), static_cast<int>(m_job->share() * (kStatusSteps - 1)), kStatusSteps);
}

QString VerifyPage::unfinished() const
{
    return m_job->isRunning() ? tr("A drive is being verified. If the window is closed, that is stopped, and what was "
                                   "written is removed.")
                              : QString();
}

QList<QAction*> VerifyPage::toolBarActions() const
{
    return {m_start, m_stop};
}

QList<QAction*> VerifyPage::menuActions() const
{
    return {m_copy, m_save};
}

QVariantMap VerifyPage::saveLayout() const
{
    return m_form->save();
}

void VerifyPage::restoreLayout(const QVariantMap& layout)
{
    m_form->restore(layout);
}

void VerifyPage::arrange()
{
    const bool isWide = width() >= scaledByText(*this, kTwoColumns);
    m_columns->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    const int formWidth = scaledByText(*this, kFormWidth);
    m_form->setMinimumWidth(isWide ? formWidth : 0);
    m_form->setMaximumWidth(isWide ? formWidth : QWIDGETSIZE_MAX);
}

void VerifyPage::resizeEvent(QResizeEvent* event)
{
    Page::resizeEvent(event);
    arrange();
}

void VerifyPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls() || event->mimeData()->hasText())
        event->acceptProposedAction();
}

void VerifyPage::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    const QMimeData& dropped = *event->mimeData();
    const std::optional<Path> folder =
        dropped.hasUrls() ? pathFromUri(dropped.urls().front().toEncoded().toStdString())
                          : pathFromTyped(dropped.text(), workingDirectory().value_or(Path("/")), homeFolder());
    if (folder && !m_job->isRunning())
        m_form->setFolder(*folder);
}

} // namespace scratchproof::gui
