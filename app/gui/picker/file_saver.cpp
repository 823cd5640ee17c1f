// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/file_saver.h"

#include "app/gui/picker/file_writer.h"
#include "app/gui/picker/folder_chooser.h"

#include <QMessageBox>
#include <QPushButton>

#include <utility>

namespace scratchproof::gui {

FileSaver::FileSaver(System& system, ProberService& probers, QWidget* window)
    : QObject(window), m_system(system), m_probers(probers), m_window(window)
{}

FileSaver::~FileSaver() = default;

void FileSaver::save(const QString& title, const QString& fileName, Content content)
{
    if (!m_chooser) {
        m_chooser = new FolderChooser(m_probers, m_window);
        connect(m_chooser, &FolderChooser::ownPickerOpened, this, [this] { m_ownPicker = true; });
        connect(m_chooser, &FolderChooser::chosen, this, [this](const std::vector<Path>& paths) {
            if (!paths.empty()) // the desktop's own dialog has asked already whether to replace it
                saveTo(paths.front(), !m_ownPicker, m_title, m_content);
        });
    }
    m_ownPicker = false;
    m_title = title;
    m_content = std::move(content);
    ChooserRequest request;
    request.kind = ChooserRequest::Kind::SaveFile;
    request.title = title;
    request.fileName = fileName;
    m_chooser->choose(request);
}

void FileSaver::saveTo(const Path& file, bool replace, const QString& title, Content content)
{
    FileWriter* writer = FileWriter::start(m_system, m_probers.program(), content, file, replace);
    connect(writer, &FileWriter::finished, this,
            [this, file, title, content = std::move(content)](FileWriter::Outcome outcome, const QString& reason) {
                if (outcome == FileWriter::Outcome::Exists) {
                    askToReplace(file, title, content);
                } else if (outcome == FileWriter::Outcome::Failed) {
                    tellFailure(title, reason);
                }
                emit saved(outcome == FileWriter::Outcome::Written, reason);
            });
}

void FileSaver::askToReplace(const Path& file, const QString& title, const Content& content)
{
    auto* box = new QMessageBox(QMessageBox::Warning, title, tr("There is a file of this name already. Replace it?"),
                                QMessageBox::Cancel, m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    QPushButton* button = box->addButton(tr("Replace"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(box, &QMessageBox::buttonClicked, this, [this, button, file, title, content](QAbstractButton* clicked) {
        if (clicked == static_cast<QAbstractButton*>(button))
            saveTo(file, true, title, content);
    });
    box->open();
}

void FileSaver::tellFailure(const QString& title, const QString& reason)
{
    auto* box = new QMessageBox(QMessageBox::Warning, title, tr("It could not be saved. %1").arg(reason),
                                QMessageBox::Cancel, m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->open();
}

} // namespace scratchproof::gui
