// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/main_window.h"

#include "app/gui/check/check_page.h"
#include "app/gui/desktop/notifier.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/kit/segmented_switch.h"
#include "app/gui/picker/portal_chooser.h"
#include "app/gui/scratch/scratch_page.h"
#include "app/gui/scratch/sweep_job.h"
#include "app/gui/verify/verify_page.h"

#include <QApplication>
#include <QCloseEvent>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QScreen>
#include <QShortcut>
#include <QStackedWidget>
#include <QStatusBar>
#include <QStyle>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>

namespace scratchproof::gui {

namespace {

constexpr int kNoticeMilliseconds = 20'000;
// The folders that the window was opened for go first.
constexpr int kSweepMilliseconds = 3'000;

QWidget* stretch()
{
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    return space;
}

} // namespace

MainWindow::MainWindow(System& system, ProberService& probers, SettingsStore& settings)
    : m_system(system), m_probers(probers), m_settings(settings), m_sweep(new SweepJob(probers, this)),
      m_stack(new QStackedWidget(this))
{
    setWindowTitle(QStringLiteral("Scratchproof"));
    setCentralWidget(m_stack);
    buildToolBar();
    buildStatusBar();
    addPage(QStringLiteral("check"), tr("Check"), tr("Find out whether files can really be saved in a folder"),
            [this]() -> Page* {
                auto* page = new CheckPage(m_system, m_probers);
                connect(page, &CheckPage::verifyWanted, this, &MainWindow::verifyDrive);
                return page;
            });
    addPage(QStringLiteral("scratch"), tr("Scratch"), tr("Directories for scratch work that are gone again in time"),
            [this]() -> Page* { return new ScratchPage(m_system, m_probers, m_sweep); });
    addPage(QStringLiteral("verify"), tr("Verify"), tr("Find out whether a drive is what it claims to be"),
            [this]() -> Page* { return new VerifyPage(m_system, m_probers); });
    connect(m_sweep, &SweepJob::finished, this, &MainWindow::announceExpiring);
    restore(m_settings.read());
    showPage(0);
    if (!m_settings.wasRead())
        statusBar()->showMessage(
            tr("The settings could not be read: the home folder does not answer. They stay as they are."),
            kNoticeMilliseconds);
}

MainWindow::~MainWindow() = default;

MainWindow::Entry& MainWindow::current()
{
    return m_entries[static_cast<std::size_t>(qMax(0, m_switch->current()))];
}

void MainWindow::addPage(const QString& name, const QString& title, const QString& tip, std::function<Page*()> make)
{
    const int index = static_cast<int>(m_entries.size());
    m_entries.push_back({name, std::move(make), nullptr, {}, 0, 0});
    m_switch->addSegment(title, tip);
    auto* shortcut = new QShortcut(QKeySequence(Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + index)), this);
    connect(shortcut, &QShortcut::activated, this, [this, index] { showPage(index); });
}

Page* MainWindow::showPage(int index)
{
    const auto at = static_cast<std::size_t>(index);
    Entry& entry = m_entries[at];
    m_switch->setCurrent(index);
    if (!entry.page) {
        entry.page = entry.make();
        entry.page->setObjectName(entry.name);
        m_stack->addWidget(entry.page);
        entry.page->restoreLayout(m_remembered.value(entry.name).toMap());
        connect(entry.page, &Page::statusChanged, this, [this, at](const QString& text, int done, int total) {
            m_entries[at].statusText = text;
            m_entries[at].done = done;
            m_entries[at].total = total;
            if (&m_entries[at] == &current())
                showStatus(m_entries[at]);
        });
    }
    m_stack->setCurrentWidget(entry.page);
    fillToolBar(*entry.page);
    m_filter->setEnabled(!entry.page->filterName().isEmpty());
    m_filter->setAccessibleName(entry.page->filterName());
    m_filter->setToolTip(entry.page->filterName());
    entry.page->setFilter(m_filter->text());
    showStatus(entry);
    entry.page->shown();
    return entry.page;
}

void MainWindow::addFolders(const std::vector<Path>& folders)
{
    if (!folders.empty())
        qobject_cast<CheckPage*>(showPage(0))->addFolders(folders);
}

void MainWindow::verifyDrive(const Path& folder)
{
    qobject_cast<VerifyPage*>(showPage(VerifyIndex))->propose(folder, VerifyKind::Quick);
}

void MainWindow::buildToolBar()
{
    m_toolBar = addToolBar(tr("Toolbar"));
    m_toolBar->setObjectName(QStringLiteral("toolbar"));
    m_toolBar->setMovable(false);
    m_toolBar->setFloatable(false);
    m_toolBar->setContextMenuPolicy(Qt::PreventContextMenu);
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toolBar->setIconSize({18, 18});
    m_toolBar->layout()->setContentsMargins(10, 6, 10, 6);
    m_toolBar->layout()->setSpacing(4);

    m_firstFixedAction = m_toolBar->addWidget(stretch());
    m_switch = new SegmentedSwitch;
    m_switch->setAccessibleName(tr("Page"));
    m_toolBar->addWidget(m_switch);
    connect(m_switch, &SegmentedSwitch::chosen, this, &MainWindow::showPage);
    m_toolBar->addWidget(stretch());

    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter")); // one word: the field is narrow where the toolbar is full
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(120);
    m_filter->setMaximumWidth(230);
    m_filter->addAction(icon(Glyph::Search), QLineEdit::LeadingPosition);
    // Some platform themes leave it black in a dark palette.
    QPalette colours = m_filter->palette();
    colours.setColor(QPalette::PlaceholderText, mutedText(colours));
    m_filter->setPalette(colours);
    m_toolBar->addWidget(m_filter);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        if (current().page)
            current().page->setFilter(text);
    });
    auto* find = new QShortcut(QKeySequence(QKeySequence::Find), this);
    connect(find, &QShortcut::activated, m_filter, [this] {
        m_filter->setFocus(Qt::ShortcutFocusReason);
        m_filter->selectAll();
    });
    auto* leave = new QShortcut(QKeySequence(Qt::Key_Escape), m_filter);
    leave->setContext(Qt::WidgetShortcut);
    connect(leave, &QShortcut::activated, this, [this] {
        m_filter->clear();
        m_stack->currentWidget()->setFocus(Qt::ShortcutFocusReason);
    });

    auto* button = new QToolButton;
    button->setIcon(icon(Glyph::Menu));
    button->setToolTip(tr("Menu (F10)"));
    button->setAccessibleName(tr("Menu"));
    button->setPopupMode(QToolButton::InstantPopup);
    button->setFocusPolicy(Qt::TabFocus);
    button->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    m_menu = new QMenu(button);
    button->setMenu(m_menu);
    m_toolBar->addWidget(button);
    connect(m_menu, &QMenu::aboutToShow, this, &MainWindow::buildMenu);
    auto* open = new QShortcut(QKeySequence(Qt::Key_F10), this);
    connect(open, &QShortcut::activated, button, &QToolButton::showMenu);
    auto* quit = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q), this);
    connect(quit, &QShortcut::activated, this, &MainWindow::closeIfWanted);
}

void MainWindow::buildStatusBar()
{
    m_status = new QLabel;
    m_status->setTextFormat(Qt::PlainText);
    m_progress = new QProgressBar;
    m_progress->setMaximumWidth(220);
    m_progress->setMaximumHeight(12);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->hide();
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(10, 2, 10, 2);
    statusBar()->addWidget(m_status);
    statusBar()->addWidget(m_progress);
}

void MainWindow::buildMenu()
{
    m_menu->clear();
    if (current().page)
        m_menu->addActions(current().page->menuActions());
    m_menu->addSeparator();
    m_menu->addAction(tr("About Scratchproof"), this, &MainWindow::showAbout);
    QAction* quit = m_menu->addAction(tr("Quit"), this, &MainWindow::closeIfWanted);
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    quit->setShortcutContext(Qt::WidgetShortcut); // shown only: the window has its own
}

void MainWindow::fillToolBar(const Page& page)
{
    for (QAction* action : std::as_const(m_pageActions))
        m_toolBar->removeAction(action);
    m_pageActions = page.toolBarActions();
    m_toolBar->insertActions(m_firstFixedAction, m_pageActions);
    for (QAction* action : std::as_const(m_pageActions))
        if (QWidget* button = m_toolBar->widgetForAction(action))
            button->setFocusPolicy(Qt::TabFocus);
    fitToolBar();
}

/// In a narrow window the actions are signs without words, so that the pages, the filter and the menu stay in sight.
void MainWindow::fitToolBar()
{
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const int spare = m_filter->sizeHint().width() - m_filter->minimumWidth();
    if (m_toolBar->sizeHint().width() - spare > width())
        m_toolBar->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

void MainWindow::showStatus(const Entry& entry)
{
    m_status->setText(entry.statusText);
    m_progress->setVisible(entry.total > 0 && entry.done < entry.total);
    if (entry.total > 0) {
        m_progress->setRange(0, entry.total);
        m_progress->setValue(entry.done);
    }
}

void MainWindow::showAbout()
{
    auto* box = new QMessageBox(
        QMessageBox::NoIcon, tr("About Scratchproof"),
        tr("<h3>Scratchproof %1</h3><p>Finds out whether a folder really takes a file by saving one there, says why "
           "not, and looks after scratch directories.</p><p>Free software under the GNU General Public License, "
           "version 3 or later.</p>")
            .arg(QStringLiteral(SCRATCHPROOF_VERSION)),
        QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::restore(const QVariantMap& values)
{
    m_remembered = values;
    if (!restoreGeometry(values.value(QStringLiteral("geometry")).toByteArray()))
        resize(1180, 780);
    fitScreen();
}

/// On a small screen, or at a large scale, what is more than the screen could be reached by nobody.
void MainWindow::fitScreen()
{
    if (isMaximized() || isFullScreen())
        return;
    const QRect room = screen()->availableGeometry().marginsRemoved(
        {0, style()->pixelMetric(QStyle::PM_TitleBarHeight, nullptr, this), 0, 0});
    resize(size().boundedTo(room.size()));
}

void MainWindow::announceExpiring()
{
    const SweepResult& result = m_sweep->result();
    if (result.isSilent())
        return;
    const auto count = static_cast<int>(result.expiring.size());
    if (count > 0) {
        QStringList names;
        for (const ScratchDirectory& entry : result.expiring)
            names << QString::fromStdString(displayText(entry.record.name));
        constexpr int kMostNames = 5;
        const QString more = names.size() > kMostNames ? tr(", …") : QString();
        notifyDesktop(
            PortalChooser::sessionBus(),
            count == 1 ? tr("A scratch directory ends soon") : tr("%n scratch directories end soon", nullptr, count),
            tr("%1. Extend what you still need.").arg(names.mid(0, kMostNames).join(QStringLiteral(", ")) + more));
    }
    statusBar()->showMessage(tr("Scratch directories were looked after: the Scratch page tells"), kNoticeMilliseconds);
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    QTimer::singleShot(kSweepMilliseconds, m_sweep, &SweepJob::start);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    fitToolBar();
}

QString MainWindow::unfinished() const
{
    for (const Entry& entry : m_entries)
        if (entry.page && !entry.page->unfinished().isEmpty())
            return entry.page->unfinished();
    return {};
}

/// Asks first where something would be cut off.
void MainWindow::closeIfWanted()
{
    const QString lost = unfinished();
    if (lost.isEmpty()) {
        close();
        return;
    }
    if (m_closeQuestion) {
        m_closeQuestion->raise();
        return;
    }
    auto* box = new QMessageBox(QMessageBox::Question, tr("Close Scratchproof?"), lost, QMessageBox::Cancel, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    QPushButton* stop = box->addButton(tr("Stop and close"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(box, &QMessageBox::buttonClicked, this, [this, stop](QAbstractButton* clicked) {
        if (clicked == static_cast<QAbstractButton*>(stop))
            close();
    });
    m_closeQuestion = box;
    box->open();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    // From the window's frame; not close(), by which a signal ends the program too.
    if (event->spontaneous() && !unfinished().isEmpty()) {
        event->ignore();
        closeIfWanted();
        return;
    }
    QVariantMap values;
    values.insert(QStringLiteral("geometry"), saveGeometry());
    for (const Entry& entry : m_entries)
        if (entry.page)
            values.insert(entry.name, entry.page->saveLayout());
    m_settings.write(values);
    event->accept();
}

} // namespace scratchproof::gui
