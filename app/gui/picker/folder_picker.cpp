// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_picker.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/typed_path.h"
#include "app/gui/picker/folder_list_model.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kMostFolders = 20'000;
constexpr int kSlowMilliseconds = 1'500;
constexpr int kIconSide = 18;

enum View { ListView, MessageView };

QSize metricSize(const QWidget& widget, int columns, int lines)
{
    const QFontMetrics metrics = widget.fontMetrics();
    return {metrics.averageCharWidth() * columns, metrics.lineSpacing() * lines};
}

} // namespace

FolderPicker::FolderPicker(ProberService& service, ChooserRequest request, const std::vector<PickerPlace>& places,
                           QWidget* parent)
    : QDialog(parent), m_service(service), m_request(std::move(request)), m_model(new FolderListModel(this))
{
    setWindowTitle(m_request.title.isEmpty() ? tr("Choose a folder") : m_request.title);
    setAttribute(Qt::WA_DeleteOnClose);
    build(places);
    m_slow.setSingleShot(true);
    m_slow.setInterval(kSlowMilliseconds);
    connect(&m_slow, &QTimer::timeout, this, [this] {
        showMessage(tr("This folder is taking its time"),
                    tr("It has not answered yet. You can wait, or go somewhere else meanwhile."), false);
    });
    resize(metricSize(*this, 96, 30));
    goTo(m_request.startFolder.empty() ? homeFolder() : m_request.startFolder);
}

FolderPicker::~FolderPicker()
{
    cancelLook();
}

void FolderPicker::build(const std::vector<PickerPlace>& places)
{
    auto* middle = new QHBoxLayout;
    middle->addWidget(buildPlaces(places));
    middle->addWidget(buildList(), 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 14, 14, 14);
    layout->setSpacing(10);
    layout->addWidget(buildPathRow());
    layout->addLayout(middle, 1);
    layout->addWidget(buildBottom());
    setTabOrder(m_path, m_list);
    setTabOrder(m_list, m_accept);
    auto* up = new QShortcut(QKeySequence(Qt::ALT | Qt::Key_Up), this);
    connect(up, &QShortcut::activated, this, &FolderPicker::goUp);
    auto* toPath = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_L), this);
    connect(toPath, &QShortcut::activated, this, [this] {
        m_path->setFocus();
        m_path->selectAll();
    });
    auto* hidden = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_H), this);
    connect(hidden, &QShortcut::activated, m_hidden, &QCheckBox::toggle);
    (isSaving() ? static_cast<QWidget*>(m_fileName) : m_list)->setFocus();
}

QWidget* FolderPicker::buildPathRow()
{
    m_up = new QToolButton;
    m_up->setIcon(icon(Glyph::Up));
    m_up->setToolTip(tr("Up one folder (Alt+Up)"));
    m_up->setAccessibleName(tr("Up one folder"));
    m_up->setAutoRaise(true);
    connect(m_up, &QToolButton::clicked, this, &FolderPicker::goUp);
    m_path = new QLineEdit;
    m_path->setObjectName(QStringLiteral("path"));
    m_path->setAccessibleName(tr("Path of the folder"));
    m_path->setPlaceholderText(tr("Type or paste a path, and press Enter"));
    m_path->setLayoutDirection(Qt::LeftToRight);
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_up);
    layout->addWidget(m_path, 1);
    return row;
}

QWidget* FolderPicker::buildPlaces(const std::vector<PickerPlace>& places)
{
    m_places = new QListWidget;
    m_places->setObjectName(QStringLiteral("places"));
    m_places->setAccessibleName(tr("Places"));
    m_places->setFixedWidth(metricSize(*this, 26, 1).width());
    m_places->setTextElideMode(Qt::ElideMiddle);
    m_places->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_places->setSpacing(1);
    m_places->setIconSize(QSize(kIconSide, kIconSide));
    for (const PickerPlace& place : places) {
        auto* item = new QListWidgetItem(icon(place.glyph), place.label, m_places);
        item->setToolTip(plainToolTip(shownPath(place.path)));
        item->setData(Qt::UserRole, QByteArray::fromStdString(place.path));
    }
    const auto go = [this](QListWidgetItem* item) {
        if (item)
            goTo(item->data(Qt::UserRole).toByteArray().toStdString());
    };
    connect(m_places, &QListWidget::itemClicked, this, go);
    connect(m_places, &QListWidget::itemActivated, this, go);
    return m_places;
}

QWidget* FolderPicker::buildList()
{
    m_list = new QListView;
    m_list->setObjectName(QStringLiteral("folders"));
    m_list->setAccessibleName(tr("Folders"));
    m_list->setModel(m_model);
    m_list->setUniformItemSizes(true);
    m_list->setSpacing(1);
    m_list->setIconSize(QSize(kIconSide, kIconSide));
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setSelectionMode(m_request.kind == ChooserRequest::Kind::Folders ? QAbstractItemView::ExtendedSelection
                                                                             : QAbstractItemView::SingleSelection);
    connect(m_list, &QListView::doubleClicked, this, &FolderPicker::enter);
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &FolderPicker::updateButtons);
    connect(m_model, &QAbstractItemModel::modelReset, this, &FolderPicker::updateButtons);

    m_messageTitle = new QLabel;
    m_messageText = new QLabel;
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.15);
    big.setBold(true);
    m_messageTitle->setFont(big);
    for (QLabel* label : {m_messageTitle, m_messageText}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignCenter);
    }
    m_tryAgain = new QPushButton(tr("Try &again"));
    m_tryAgain->setAutoDefault(false);
    connect(m_tryAgain, &QPushButton::clicked, this, &FolderPicker::look);
    auto* message = new QWidget;
    auto* layout = new QVBoxLayout(message);
    layout->addStretch();
    layout->addWidget(m_messageTitle);
    layout->addWidget(m_messageText);
    layout->addWidget(m_tryAgain, 0, Qt::AlignCenter);
    layout->addStretch();
    m_stack = new QStackedWidget;
    m_stack->insertWidget(ListView, m_list);
    m_stack->insertWidget(MessageView, message);
    return m_stack;
}

QWidget* FolderPicker::buildBottom()
{
    auto* bottom = new QWidget;
    auto* layout = new QVBoxLayout(bottom);
    layout->setContentsMargins(0, 0, 0, 0);
    if (isSaving()) {
        m_fileName = new QLineEdit(m_request.fileName);
        m_fileName->setObjectName(QStringLiteral("fileName"));
        auto* label = new QLabel(tr("File &name:"));
        label->setBuddy(m_fileName);
        auto* row = new QHBoxLayout;
        row->addWidget(label);
        row->addWidget(m_fileName, 1);
        layout->addLayout(row);
        connect(m_fileName, &QLineEdit::textChanged, this, &FolderPicker::updateButtons);
    }
    m_hidden = new QCheckBox(tr("Show &hidden folders"));
    connect(m_hidden, &QCheckBox::toggled, m_model, &FolderListModel::setHiddenShown);
    m_hint = new QLabel;
    m_hint->setTextFormat(Qt::PlainText);
    auto* cancel = new QPushButton(tr("Cancel"));
    cancel->setAutoDefault(false);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    m_accept = new QPushButton;
    m_accept->setObjectName(QStringLiteral("accept"));
    m_accept->setAutoDefault(false);
    connect(m_accept, &QPushButton::clicked, this, &FolderPicker::acceptChoice);
    auto* row = new QHBoxLayout;
    row->addWidget(m_hidden);
    row->addWidget(m_hint, 1);
    row->addWidget(cancel);
    row->addWidget(m_accept);
    layout->addLayout(row);
    return bottom;
}

void FolderPicker::goTo(const Path& folder)
{
    m_cameFrom = folder.empty() ? Path() : m_folder;
    m_folder = folder.empty() ? Path("/") : folder;
    m_path->setText(shownPath(m_folder));
    m_up->setEnabled(m_folder != "/");
    for (int row = 0; row < m_places->count(); ++row)
        if (m_places->item(row)->data(Qt::UserRole).toByteArray().toStdString() == m_folder)
            m_places->setCurrentRow(row);
    look();
}

void FolderPicker::look()
{
    cancelLook();
    m_model->setEntries({});
    m_stack->setCurrentIndex(ListView);
    m_hint->clear();
    updateButtons();
    m_slow.start();
    const quint64 run = ++m_run;
    m_asked = m_service.askFor(request::ListFolders{m_folder, kMostFolders}, this,
                               [this, run](const Result<FolderList>& answer) {
                                   if (run == m_run)
                                       showAnswer(answer);
                               });
}

void FolderPicker::cancelLook()
{
    if (m_asked != 0)
        m_service.cancel(std::exchange(m_asked, 0));
}

void FolderPicker::showAnswer(const Result<FolderList>& answer)
{
    m_asked = 0;
    m_slow.stop();
    if (!answer) {
        if (isNotResponding(answer.error()))
            showMessage(tr("This folder does not answer"),
                        tr("Its drive or server may be away. You can try again, or go somewhere else."), true);
        else
            showMessage(tr("This folder cannot be shown"), errorSentence(answer.error()), true);
        return;
    }
    std::vector<FolderListModel::Entry> entries;
    entries.reserve(answer->folders.size());
    for (const FolderList::Entry& folder : answer->folders)
        entries.push_back({folder.name, folder.hidden});
    m_model->setEntries(std::move(entries));
    m_stack->setCurrentIndex(ListView);
    if (answer->truncated)
        m_hint->setText(tr("Only the first %1 folders are shown. Type the path of another.")
                            .arg(shownCount(answer->folders.size())));
    else if (m_model->rowCount() == 0)
        m_hint->setText(m_model->hiddenCount() > 0 ? tr("Only hidden folders in here.") : tr("No folders in here."));
    const int from = parentPath(m_cameFrom) == m_folder ? m_model->rowOf(std::string(baseName(m_cameFrom))) : -1;
    if (m_model->rowCount() > 0)
        m_list->selectionModel()->setCurrentIndex(m_model->index(std::max(from, 0)), QItemSelectionModel::NoUpdate);
    if (from >= 0)
        m_list->scrollTo(m_model->index(from), QAbstractItemView::PositionAtCenter);
    updateButtons();
}

void FolderPicker::showMessage(const QString& title, const QString& text, bool canTryAgain)
{
    m_messageTitle->setText(title);
    m_messageText->setText(text);
    m_tryAgain->setVisible(canTryAgain);
    m_stack->setCurrentIndex(MessageView);
    updateButtons();
}

void FolderPicker::goToTyped()
{
    // The field shows a path that is not UTF-8 in a form that cannot be read back; untouched, it means the same folder.
    if (m_path->text() == shownPath(m_folder))
        look();
    else if (const auto path = pathFromTyped(m_path->text(), m_folder, homeFolder()))
        goTo(*path);
}

void FolderPicker::goUp()
{
    if (m_folder != "/")
        goTo(parentPath(m_folder));
}

void FolderPicker::enter(const QModelIndex& index)
{
    if (const std::string name = m_model->name(index.row()); !name.empty())
        goTo(joinPath(m_folder, name));
}

void FolderPicker::keyPressEvent(QKeyEvent* event)
{
    const bool enterKey = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enterKey && event->modifiers().testFlag(Qt::ControlModifier))
        acceptChoice();
    else if (enterKey && focusWidget() == m_path)
        goToTyped();
    else if (enterKey && focusWidget() == m_list)
        enter(m_list->currentIndex());
    else if (enterKey && m_fileName && focusWidget() == m_fileName)
        acceptChoice();
    else if (enterKey && focusWidget() == m_accept)
        m_accept->click();
    else if (event->key() == Qt::Key_Backspace && focusWidget() == m_list)
        goUp();
    else if (!enterKey)
        QDialog::keyPressEvent(event);
}

std::vector<Path> FolderPicker::choice() const
{
    if (isSaving()) {
        const std::string name = m_fileName->text().trimmed().toUtf8().toStdString();
        const bool named = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
        return named ? std::vector<Path>{joinPath(m_folder, name)} : std::vector<Path>{};
    }
    std::vector<Path> paths;
    QModelIndexList selected = m_list->selectionModel()->selectedRows();
    std::sort(selected.begin(), selected.end());
    for (const QModelIndex& index : std::as_const(selected))
        paths.push_back(joinPath(m_folder, m_model->name(index.row())));
    // A folder that could not be listed may be chosen all the same: to find out why is what the check is for.
    if (paths.empty())
        paths.push_back(m_folder);
    return paths;
}

void FolderPicker::updateButtons()
{
    const auto paths = choice();
    m_accept->setEnabled(!paths.empty());
    if (!m_request.acceptLabel.isEmpty()) {
        m_accept->setText(m_request.acceptLabel);
        return;
    }
    if (isSaving()) {
        m_accept->setText(tr("&Save"));
        return;
    }
    QString name = shownPath(baseName(paths.front()));
    name = fontMetrics().elidedText(name, Qt::ElideMiddle, metricSize(*this, 24, 1).width());
    name.replace(QLatin1Char('&'), QStringLiteral("&&"));
    m_accept->setText(paths.size() == 1 ? tr("&Choose “%1”").arg(name)
                                        : tr("&Choose %n folders", nullptr, static_cast<int>(paths.size())));
}

void FolderPicker::acceptChoice()
{
    // What is typed but not gone to is what is meant.
    if (!isSaving() && m_path->text() != shownPath(m_folder)) {
        if (const auto path = pathFromTyped(m_path->text(), m_folder, homeFolder())) {
            emit chosen({*path});
            accept();
        }
        return;
    }
    const auto paths = choice();
    if (paths.empty())
        return;
    emit chosen(paths);
    accept();
}

} // namespace scratchproof::gui
