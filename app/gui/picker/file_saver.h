// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "core/base/text.h"
#include "core/system/system.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <functional>
#include <string>

namespace scratchproof::gui {

class FolderChooser;

/// Saves a text in a file that the user chooses, and asks before another one is replaced. For the window's thread,
/// which it never keeps waiting.
class FileSaver final : public QObject
{
    Q_OBJECT

public:
    /// Makes the text; called on another thread, perhaps twice.
    using Content = std::function<std::string()>;

    /// `window` is the parent of dialogs and of this object.
    FileSaver(System& system, ProberService& probers, QWidget* window);
    ~FileSaver() override;

    /// Asks where to save it. `title` is that of the dialogs, `fileName` what is proposed.
    void save(const QString& title, const QString& fileName, Content content);
    /// `replace`: the user has said that an older file may go.
    void saveTo(const Path& file, bool replace, const QString& title, Content content);

signals:
    /// It ended: the file is there, or why not; empty where the user was asked, and may still say yes.
    void saved(bool written, const QString& reason);

private:
    void askToReplace(const Path& file, const QString& title, const Content& content);
    void tellFailure(const QString& title, const QString& reason);

    System& m_system;
    ProberService& m_probers;
    QWidget* m_window;
    FolderChooser* m_chooser = nullptr; // made when first wanted
    bool m_ownPicker = false;
    QString m_title;
    Content m_content;
};

} // namespace scratchproof::gui
