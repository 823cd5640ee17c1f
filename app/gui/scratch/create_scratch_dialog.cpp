// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/create_scratch_dialog.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/typed_path.h"
#include "app/gui/picker/folder_chooser.h"
#include "core/base/quantity.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QStyle>
#include <QVBoxLayout>

#include <utility>

namespace scratchproof::gui {

namespace {

constexpr qsizetype kLongestName = 100; // bytes; a suffix is added, and a name may have 255
const QString kOwn = QStringLiteral("own");

QLabel* wrappingLabel()
{
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

QString noteText(CreateNote note, const Path& outer)
{
    const NoteWords words = wordsOf(note);
    const QString title = QString::fromUtf8(words.title);
    const QString explanation = QString::fromUtf8(words.explanation);
    if (note == CreateNote::BesideOuter || note == CreateNote::InsideOuter)
        return title + QLatin1String(":\n") + leftToRight(shownPath(outer)) + QLatin1Char('\n') + explanation;
    return title + QLatin1String(".\n") + explanation;
}

} // namespace

QString problemWithScratchName(const QString& name)
{
    const QString trimmed = name.trimmed();
    if (trimmed.isEmpty())
        return CreateScratchDialog::tr("Give it a name.");
    if (trimmed.contains(QLatin1Char('/')))
        return CreateScratchDialog::tr("A name cannot contain a slash.");
    if (trimmed.startsWith(QLatin1Char('.')) || trimmed.startsWith(QLatin1Char('-')))
        return CreateScratchDialog::tr("A name cannot begin with a dot or a dash.");
    for (const QChar c : trimmed)
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
            return CreateScratchDialog::tr("A name cannot contain invisible characters.");
    if (trimmed.toUtf8().size() > kLongestName)
        return CreateScratchDialog::tr("This name is too long.");
    return {};
}

CreateScratchDialog::CreateScratchDialog(ProberService& service, FolderChooser& chooser, const Path& folder,
                                         const std::string& lifetime, QWidget* parent)
    : QDialog(parent), m_job(service), m_chooser(chooser)
{
    setWindowTitle(tr("New scratch directory"));
    setAttribute(Qt::WA_DeleteOnClose);
    buildButtons();
    m_stack = new QStackedWidget;
    m_stack->addWidget(buildForm());
    m_stack->addWidget(buildResult());
    fillLifetimes(lifetime);
    setFolder(folder.empty() ? homeFolder() : folder);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_create);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 18, 18, 14);
    layout->setSpacing(14);
    layout->addWidget(m_stack, 1);
    layout->addLayout(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 72);
    connect(&m_chooser, &FolderChooser::chosen, this, [this](const std::vector<Path>& paths) {
        if (std::exchange(m_choosing, false) && !paths.empty())
            setFolder(paths.front());
    });
    connect(&m_chooser, &FolderChooser::cancelled, this, [this] { m_choosing = false; });
    m_name->setFocus();
    refresh();
}

CreateScratchDialog::~CreateScratchDialog()
{
    if (m_asked != 0)
        m_job.cancel(m_asked);
}

void CreateScratchDialog::buildButtons()
{
    m_create = new QPushButton(tr("C&reate"));
    m_create->setObjectName(QStringLiteral("create"));
    m_create->setDefault(true);
    connect(m_create, &QPushButton::clicked, this, &CreateScratchDialog::create);
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setAutoDefault(false);
    connect(m_cancel, &QPushButton::clicked, this, &CreateScratchDialog::reject);
}

QWidget* CreateScratchDialog::buildForm()
{
    m_name = new QLineEdit;
    m_name->setObjectName(QStringLiteral("name"));
    m_name->setPlaceholderText(tr("For example: build, video export, unpacked photos"));
    m_folderField = new QLineEdit;
    m_folderField->setObjectName(QStringLiteral("folder"));
    auto* choose = new QPushButton(tr("Ch&oose…"));
    choose->setAutoDefault(false);
    choose->setAccessibleName(tr("Choose the folder"));
    connect(choose, &QPushButton::clicked, this, &CreateScratchDialog::chooseFolder);
    auto* folderRow = new QHBoxLayout;
    folderRow->addWidget(m_folderField, 1);
    folderRow->addWidget(choose);

    m_lifetime = new QComboBox;
    m_lifetime->setObjectName(QStringLiteral("lifetime"));
    m_ownNumber = new QSpinBox;
    m_ownNumber->setRange(1, 9999);
    m_ownNumber->setValue(3);
    m_ownNumber->setAccessibleName(tr("How many"));
    m_ownUnit = new QComboBox;
    m_ownUnit->setObjectName(QStringLiteral("ownUnit"));
    m_ownUnit->setAccessibleName(tr("Unit"));
    m_ownUnit->addItem(tr("hours"), QStringLiteral("h"));
    m_ownUnit->addItem(tr("days"), QStringLiteral("d"));
    m_ownUnit->addItem(tr("weeks"), QStringLiteral("w"));
    m_ownUnit->setCurrentIndex(1);
    m_own = new QWidget;
    auto* ownRow = new QHBoxLayout(m_own);
    ownRow->setContentsMargins(0, 0, 0, 0);
    ownRow->addWidget(m_ownNumber);
    ownRow->addWidget(m_ownUnit);
    auto* lifetimeRow = new QHBoxLayout;
    lifetimeRow->addWidget(m_lifetime);
    lifetimeRow->addWidget(m_own);
    lifetimeRow->addStretch();
    m_note = new QLineEdit;
    m_note->setObjectName(QStringLiteral("note"));
    m_note->setMaxLength(1000);
    m_note->setPlaceholderText(tr("Optional: what it is for"));

    m_empty = new QCheckBox(tr("&Empty directory in it (for git clone)"));
    m_empty->setObjectName(QStringLiteral("empty"));
    m_empty->setToolTip(tr("The mark that tells it is yours is then beside your files, not among them"));

    m_preview = wrappingLabel();
    m_preview->setAlignment(Qt::AlignLeading | Qt::AlignTop);
    m_preview->setForegroundRole(QPalette::PlaceholderText);
    m_preview->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_messageIcon = new QLabel;
    m_message = wrappingLabel();
    m_message->setObjectName(QStringLiteral("message"));
    auto* messageRow = new QHBoxLayout;
    messageRow->setSpacing(8);
    messageRow->addWidget(m_messageIcon, 0, Qt::AlignTop);
    messageRow->addWidget(m_message, 1);

    m_form = new QWidget;
    auto* form = new QFormLayout(m_form);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(10);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto addRow = [form](const QString& text, QLayout* field, QWidget* buddy) {
        auto* label = new QLabel(text);
        label->setBuddy(buddy);
        form->addRow(label, field);
    };
    form->addRow(tr("&Name:"), m_name);
    addRow(tr("In &folder:"), folderRow, m_folderField);
    form->addRow(QString(), m_preview);
    addRow(tr("&Keep for:"), lifetimeRow, m_lifetime);
    form->addRow(tr("No&te:"), m_note);
    form->addRow(QString(), m_empty);
    form->addRow(messageRow);

    for (QLineEdit* field : {m_name, m_folderField}) {
        connect(field, &QLineEdit::textEdited, this, [this] { m_touched = true; });
        connect(field, &QLineEdit::textChanged, this, &CreateScratchDialog::refresh);
    }
    connect(m_lifetime, &QComboBox::currentIndexChanged, this, &CreateScratchDialog::refresh);
    connect(m_empty, &QCheckBox::toggled, this, &CreateScratchDialog::refresh);
    return m_form;
}

QWidget* CreateScratchDialog::buildResult()
{
    auto* title = new QLabel(tr("The scratch directory is there"));
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.2);
    big.setBold(true);
    title->setFont(big);
    m_resultPath = wrappingLabel();
    m_resultPath->setObjectName(QStringLiteral("path"));
    m_resultPath->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_resultNotes = wrappingLabel();
    m_resultNotes->setObjectName(QStringLiteral("notes"));
    auto* result = new QWidget;
    auto* layout = new QVBoxLayout(result);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(title);
    layout->addWidget(m_resultPath);
    layout->addSpacing(8);
    layout->addWidget(m_resultNotes);
    layout->addStretch();
    return result;
}

void CreateScratchDialog::fillLifetimes(const std::string& lifetime)
{
    m_lifetime->addItem(tr("12 hours"), QStringLiteral("12h"));
    m_lifetime->addItem(tr("1 day"), QStringLiteral("1d"));
    m_lifetime->addItem(tr("7 days"), QStringLiteral("7d"));
    m_lifetime->addItem(tr("30 days"), QStringLiteral("30d"));
    m_lifetime->addItem(tr("Until I clean it up"), QStringLiteral("never"));
    m_lifetime->addItem(tr("Another time…"), kOwn);
    const int proposed = m_lifetime->findData(QString::fromStdString(lifetime));
    m_lifetime->setCurrentIndex(proposed >= 0 ? proposed : m_lifetime->findData(QStringLiteral("7d")));
}

void CreateScratchDialog::setFolder(const Path& folder)
{
    m_folder = folder;
    m_folderField->setText(shownPath(folder));
    refresh();
}

Path CreateScratchDialog::typedFolder() const
{
    // Untouched, the field stands for the bytes that it cannot show exactly.
    if (m_folderField->text() == shownPath(m_folder))
        return m_folder;
    return pathFromTyped(m_folderField->text(), homeFolder(), homeFolder()).value_or(Path());
}

void CreateScratchDialog::chooseFolder()
{
    m_choosing = true;
    m_chooser.choose(
        {ChooserRequest::Kind::OneFolder, tr("Where shall the scratch directory be?"), {}, typedFolder(), {}});
}

Result<Lifetime> CreateScratchDialog::lifetime() const
{
    QString lifetime = m_lifetime->currentData().toString();
    if (lifetime == kOwn)
        lifetime = QString::number(m_ownNumber->value()) + m_ownUnit->currentData().toString();
    return parseLifetime(lifetime.toStdString());
}

CreateRequest CreateScratchDialog::wish() const
{
    CreateRequest wish;
    wish.name = m_name->text().trimmed().toStdString();
    wish.folder = typedFolder();
    wish.lifetime = lifetime().value_or(Lifetime());
    wish.note = m_note->text().trimmed().toStdString();
    wish.empty = m_empty->isChecked();
    return wish;
}

QString CreateScratchDialog::problem() const
{
    if (QString why = problemWithScratchName(m_name->text()); !why.isEmpty())
        return why;
    if (typedFolder().empty())
        return tr("Choose the folder it shall be in.");
    if (!lifetime())
        return tr("It can be kept for 100 years at most, or until you clean it up.");
    return {};
}

void CreateScratchDialog::refresh()
{
    const QString why = problem();
    const bool own = m_lifetime->currentData().toString() == kOwn;
    m_own->setVisible(own);
    m_create->setEnabled(why.isEmpty() && m_asked == 0);
    const QString name = problemWithScratchName(m_name->text()).isEmpty() ? m_name->text().trimmed() : tr("name");
    QString path = shownPath(joinPath(typedFolder(), name.toStdString())) + QStringLiteral("-…");
    if (m_empty->isChecked())
        path += QLatin1Char('/') + name;
    m_preview->setText(tr("Will be %1").arg(path));
    m_messageIcon->clear();
    m_message->setText(m_touched ? why : QString());
    m_message->setAccessibleName(m_message->text());
}

void CreateScratchDialog::create()
{
    if (m_asked != 0 || !problem().isEmpty())
        return;
    setBusy(true);
    m_asked = m_job.create(wish(), this, [this](const Result<Created>& answer) {
        m_asked = 0;
        setBusy(false);
        if (answer)
            showCreated(*answer);
        else
            showRefused(answer.error());
    });
}

void CreateScratchDialog::setBusy(bool busy)
{
    m_form->setEnabled(!busy);
    m_create->setEnabled(!busy);
    m_create->setText(busy ? tr("Creating…") : tr("C&reate"));
    if (busy) {
        m_messageIcon->clear();
        m_message->setText(tr("The folder is tried out first…"));
        m_cancel->setFocus();
    }
}

void CreateScratchDialog::showCreated(const Created& done)
{
    emit created(done.directory);
    if (done.notes.empty()) {
        accept();
        return;
    }
    QStringList notes;
    for (const CreateNote note : done.notes)
        notes << noteText(note, done.outer);
    m_resultPath->setText(shownPath(usablePath(done.directory)));
    m_resultNotes->setText(notes.join(QStringLiteral("\n\n")));
    m_stack->setCurrentIndex(1);
    m_create->hide();
    m_cancel->setText(tr("Close"));
    m_cancel->setDefault(true);
    m_cancel->setFocus();
}

void CreateScratchDialog::showRefused(const Error& error)
{
    refresh();
    const int side = style()->pixelMetric(QStyle::PM_SmallIconSize);
    m_messageIcon->setPixmap(icon(Glyph::Unusable, colorOf(Verdict::Unusable, QGuiApplication::palette()))
                                 .pixmap(QSize(side, side), devicePixelRatioF()));
    m_message->setText(isCancelled(error) ? tr("It was not created.")
                                          : tr("It was not created. %1").arg(errorSentence(error)));
    m_message->setAccessibleName(m_message->text());
    m_name->setFocus();
}

void CreateScratchDialog::reject()
{
    if (m_asked != 0) {
        // What was begun is undone by whoever makes it; a folder that hangs is not waited for.
        m_job.cancel(std::exchange(m_asked, 0));
    }
    QDialog::reject();
}

} // namespace scratchproof::gui
