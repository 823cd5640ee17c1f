// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/verify_form.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/kit/parts.h"
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/picker/picker_places.h"
#include "app/gui/verify/verify_words.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QStyle>
#include <QVBoxLayout>

#include <utility>

namespace scratchproof::gui {

namespace {

constexpr std::array<VerifyKind, 4> kVerifyKinds = {VerifyKind::Quick, VerifyKind::Full, VerifyKind::Speed,
                                                    VerifyKind::Again};
constexpr std::array<const char*, 4> kVerifyKindNames = {"quick", "full", "speed", "again"};
constexpr qsizetype kLongestPlaceName = 56;
constexpr std::uint64_t kGigabyte = 1'000'000'000;

QWidget* labelledRow(const QString& text, QWidget* field)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* label = new QLabel(text);
    label->setBuddy(field);
    layout->addWidget(label);
    layout->addWidget(field);
    layout->addStretch();
    return row;
}

QString labelOfPlace(const PickerPlace& place)
{
    const QString path = shownPath(place.path);
    return place.label == path ? path : QStringLiteral("%1 \u2014 %2").arg(place.label, path);
}

} // namespace

VerifyForm::VerifyForm(ProberService& probers, FolderChooser& chooser, QWidget* parent)
    : QWidget(parent), m_probers(probers), m_chooser(chooser)
{
    // Some styles draw the edges of buttons for this ground alone.
    setBackgroundRole(QPalette::Window);
    setAutoFillBackground(true);
    m_choices = new QWidget;
    auto* choices = new QVBoxLayout(m_choices);
    choices->setContentsMargins(0, 0, 0, 0);
    choices->setSpacing(10);
    choices->addWidget(buildPlace());
    choices->addWidget(buildKinds());
    choices->addWidget(buildOptions());

    m_expectation = plainLabel({});
    m_expectation->setObjectName(QStringLiteral("expectation"));

    m_risk = new QWidget;
    auto* risk = new QHBoxLayout(m_risk);
    risk->setContentsMargins(0, 0, 0, 0);
    risk->setSpacing(8);
    m_riskSign = new QLabel;
    m_riskText = plainLabel({});
    m_riskText->setObjectName(QStringLiteral("risk"));
    risk->addWidget(m_riskSign, 0, Qt::AlignTop);
    risk->addWidget(m_riskText, 1);

    m_start = new QPushButton(icon(Glyph::Play), tr("St&art"));
    m_start->setObjectName(QStringLiteral("startButton"));
    m_start->setDefault(true);
    connect(m_start, &QPushButton::clicked, this, &VerifyForm::startWanted);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_start);
    buttons->addStretch();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 20);
    layout->setSpacing(12);
    layout->addWidget(m_choices);
    layout->addWidget(m_expectation);
    layout->addWidget(m_risk);
    layout->addLayout(buttons);
    layout->addStretch();

    connect(&m_chooser, &FolderChooser::chosen, this, [this](const std::vector<Path>& paths) {
        if (std::exchange(m_choosing, false) && !paths.empty())
            setFolder(paths.front());
    });
    connect(&m_chooser, &FolderChooser::cancelled, this, [this] { m_choosing = false; });
    refreshPlaces();
    tint();
    showChoice();
}

VerifyForm::~VerifyForm()
{
    if (m_asking != 0)
        m_probers.cancel(m_asking);
}

QWidget* VerifyForm::buildPlace()
{
    m_place = new QComboBox;
    m_place->setObjectName(QStringLiteral("place"));
    m_place->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    constexpr int kFewestCharacters = 16;
    m_place->setMinimumContentsLength(kFewestCharacters);
    m_place->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(m_place, &QComboBox::currentIndexChanged, this, &VerifyForm::placeChosen);
    auto* choose = new QPushButton(tr("Ch&oose\u2026"));
    choose->setAutoDefault(false);
    choose->setAccessibleName(tr("Choose a folder"));
    connect(choose, &QPushButton::clicked, this, &VerifyForm::chooseFolder);
    auto* label = new QLabel(tr("&Drive or folder"));
    label->setBuddy(m_place);
    m_room = plainLabel({});
    m_room->setObjectName(QStringLiteral("room"));

    auto* place = new QWidget;
    auto* line = new QHBoxLayout;
    line->addWidget(m_place, 1);
    line->addWidget(choose);
    auto* layout = new QVBoxLayout(place);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(label);
    layout->addLayout(line);
    layout->addWidget(m_room);
    return place;
}

QWidget* VerifyForm::buildKinds()
{
    auto* kinds = new QWidget;
    auto* layout = new QVBoxLayout(kinds);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    for (std::size_t i = 0; i < kKinds; ++i) {
        m_kinds[i] = new QRadioButton(titleOf(kVerifyKinds[i]));
        m_kinds[i]->setObjectName(QString::fromUtf8(kVerifyKindNames[i]));
        m_kinds[i]->setAccessibleDescription(explanationOf(kVerifyKinds[i]));
        m_explanations[i] = plainLabel(explanationOf(kVerifyKinds[i]));
        const int indent = style()->pixelMetric(QStyle::PM_ExclusiveIndicatorWidth) +
                           style()->pixelMetric(QStyle::PM_RadioButtonLabelSpacing);
        m_explanations[i]->setContentsMargins(isRightToLeft() ? 0 : indent, 0, isRightToLeft() ? indent : 0, 6);
        layout->addWidget(m_kinds[i]);
        layout->addWidget(m_explanations[i]);
        connect(m_kinds[i], &QRadioButton::toggled, this, [this](bool on) {
            if (on)
                showChoice();
        });
    }
    m_kinds.front()->setChecked(true);
    return kinds;
}

QWidget* VerifyForm::buildOptions()
{
    m_size = new QComboBox;
    m_size->setObjectName(QStringLiteral("size"));
    m_size->addItem(tr("all that is free"), qulonglong{0});
    for (const std::uint64_t size : {1U, 4U, 16U, 64U, 256U})
        m_size->addItem(tr("%1 at most").arg(shownBytes(size * kGigabyte)), qulonglong{size * kGigabyte});
    m_sizeRow = labelledRow(tr("&Write"), m_size);
    m_push = new QComboBox;
    m_push->setObjectName(QStringLiteral("push"));
    m_push->addItem(tr("as large as usual"), qulonglong{0});
    for (const std::uint64_t size : {4U, 16U, 64U})
        m_push->addItem(tr("up to %1").arg(shownBytes(size * kGigabyte)), qulonglong{size * kGigabyte});
    m_pushRow = labelledRow(tr("Drive\u2019s own &cache"), m_push);
    m_pushRow->setToolTip(tr("So much more is written after the samples, so that they are read from the drive itself"));
    m_keep = new QCheckBox(tr("&Keep the files, for later"));
    m_keep->setObjectName(QStringLiteral("keep"));
    m_allowSystem = new QCheckBox(tr("Also the drive of the s&ystem or home"));
    m_allowSystem->setObjectName(QStringLiteral("allowSystem"));
    m_allowSystem->setToolTip(tr("5 % of it stay free, and 1 GiB at least"));
    for (QComboBox* box : {m_size, m_push})
        connect(box, &QComboBox::currentIndexChanged, this, &VerifyForm::showChoice);
    auto* options = new QWidget;
    auto* layout = new QVBoxLayout(options);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (QWidget* row : std::initializer_list<QWidget*>{m_sizeRow, m_pushRow, m_keep, m_allowSystem})
        layout->addWidget(row);
    return options;
}

VerifyKind VerifyForm::kind() const
{
    for (std::size_t i = 0; i < kKinds; ++i)
        if (m_kinds[i]->isChecked())
            return kVerifyKinds[i];
    return VerifyKind::Quick;
}

Path VerifyForm::folder() const
{
    return m_place->currentData().toByteArray().toStdString();
}

VerifyWish VerifyForm::wish() const
{
    VerifyWish wish;
    wish.kind = kind();
    wish.folder = folder();
    wish.allowSystem = writesAllOver(wish.kind) && m_allowSystem->isChecked();
    if (wish.kind == VerifyKind::Full) {
        wish.size = m_size->currentData().toULongLong();
        wish.keep = m_keep->isChecked();
    } else if (wish.kind == VerifyKind::Quick) {
        wish.push = m_push->currentData().toULongLong();
    }
    return wish;
}

void VerifyForm::setKind(VerifyKind kind)
{
    for (std::size_t i = 0; i < kKinds; ++i)
        if (kVerifyKinds[i] == kind)
            m_kinds[i]->setChecked(true);
}

void VerifyForm::setFolder(const Path& folder)
{
    if (folder.empty())
        return;
    const QByteArray bytes = QByteArray::fromStdString(folder);
    int row = m_place->findData(bytes);
    if (row < 0) {
        m_place->insertItem(0, icon(Glyph::Folder), shortened(shownPath(folder), kLongestPlaceName), bytes);
        row = 0;
    }
    m_place->setCurrentIndex(row);
}

void VerifyForm::refreshPlaces()
{
    const Path chosen = folder();
    {
        const QSignalBlocker quiet(m_place);
        m_place->clear();
        for (const PickerPlace& place : pickerPlaces()) {
            if (place.glyph == Glyph::Clock) // in memory, which is refused
                continue;
            m_place->addItem(icon(place.glyph), shortened(labelOfPlace(place), kLongestPlaceName),
                             QByteArray::fromStdString(place.path));
            // The drives that are plugged in come before home and the computer.
            const bool isDrive = place.glyph == Glyph::Stick;
            if (chosen.empty() && isDrive &&
                m_place->currentData().toByteArray() != QByteArray::fromStdString(place.path))
                m_place->setCurrentIndex(m_place->count() - 1);
        }
    }
    if (chosen.empty())
        placeChosen();
    else
        setFolder(chosen);
}

void VerifyForm::placeChosen()
{
    m_place->setToolTip(plainToolTip(shownPath(folder())));
    refreshSpace();
}

void VerifyForm::refreshSpace()
{
    if (m_asking != 0)
        m_probers.cancel(std::exchange(m_asking, 0));
    m_space.reset();
    m_spaceProblem.clear();
    const Path asked = folder();
    if (!asked.empty() && isVisible())
        m_asking = m_probers.askFor(
            request::Space{asked}, this,
            std::function<void(const Result<SpaceAnswer>&)>([this, asked](const Result<SpaceAnswer>& answer) {
                if (asked != folder())
                    return;
                m_asking = 0;
                if (answer)
                    m_space = *answer;
                else if (!isCancelled(answer.error()))
                    m_spaceProblem = errorSentence(answer.error());
                showChoice();
            }));
    showChoice();
}

void VerifyForm::chooseFolder()
{
    m_choosing = true;
    m_chooser.choose({ChooserRequest::Kind::OneFolder, tr("Choose a folder on the drive"), {}, folder(), {}});
}

void VerifyForm::showChoice()
{
    if (!m_start)
        return;
    const VerifyWish now = wish();
    m_sizeRow->setVisible(now.kind == VerifyKind::Full);
    m_keep->setVisible(now.kind == VerifyKind::Full);
    m_pushRow->setVisible(now.kind == VerifyKind::Quick);
    m_allowSystem->setVisible(writesAllOver(now.kind));
    const bool isKnown = m_space && m_space->totalBytes && m_space->availableBytes;
    m_room->setText(isKnown ? roomOf(*m_space->totalBytes, *m_space->availableBytes) : m_spaceProblem);
    m_expectation->setText(isKnown ? expectationOf(now, *m_space->totalBytes, *m_space->availableBytes) : QString());
    m_expectation->setVisible(!m_expectation->text().isEmpty());
    m_riskText->setText(riskOf(now.kind));
    m_risk->setVisible(!m_riskText->text().isEmpty());
    m_start->setEnabled(m_choices->isEnabled() && !now.folder.empty());
}

void VerifyForm::setRunning(bool running)
{
    m_choices->setEnabled(!running);
    showChoice();
}

/// Colours are mixed from the palette.
void VerifyForm::tint()
{
    constexpr int kSignSize = 18;
    m_riskSign->setPixmap(icon(Glyph::ShieldWarning, colorOf(Verdict::Limited, palette()))
                              .pixmap(QSize(kSignSize, kSignSize), devicePixelRatioF()));
    for (QLabel* label :
         {m_explanations[0], m_explanations[1], m_explanations[2], m_explanations[3], m_room, m_expectation}) {
        QPalette colours = palette();
        for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive})
            for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text}) // by the style
                colours.setColor(group, role, mutedText(palette()));
        label->setPalette(colours);
    }
}

void VerifyForm::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_start)
        tint();
}

QVariantMap VerifyForm::save() const
{
    return {{QStringLiteral("folder"), QByteArray::fromStdString(folder())},
            {QStringLiteral("kind"), static_cast<int>(kind())}};
}

void VerifyForm::restore(const QVariantMap& values)
{
    // A drive that is gone is not offered; a folder is.
    const QByteArray folder = values.value(QStringLiteral("folder")).toByteArray();
    if (const int row = m_place->findData(folder); row >= 0)
        m_place->setCurrentIndex(row);
    const int kind = values.value(QStringLiteral("kind"), 0).toInt();
    if (kind >= 0 && kind < static_cast<int>(kKinds))
        setKind(static_cast<VerifyKind>(kind));
}

} // namespace scratchproof::gui
