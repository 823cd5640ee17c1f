// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picker/folder_picker.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>
#include <QTimer>
#include <QVariantMap>

#include <vector>

class QDBusPendingCallWatcher;

namespace scratchproof::gui {

/// The desktop's own file chooser over D-Bus (org.freedesktop.portal.FileChooser, version 3 for folders). Works for
/// this one choice. Exactly one of the signals comes, after start() and never from within it.
class PortalChooser final : public QObject
{
    Q_OBJECT

public:
    /// How long the portal may take to say that it shows its dialog.
    static constexpr int kPatienceMilliseconds = 300;

    explicit PortalChooser(QDBusConnection bus, QObject* parent = nullptr);
    /// Closes what the portal still shows.
    ~PortalChooser() override;

    /// `parentWindow` as the portal wants it ("x11:1a2b"), or empty. Does not wait.
    void start(const ChooserRequest& request, const QString& parentWindow);

    /// The session bus; a connection that is not connected where there is none. Never starts one.
    [[nodiscard]] static QDBusConnection sessionBus();

signals:
    void chosen(const std::vector<scratchproof::Path>& paths);
    void cancelled();
    /// There is no portal, it is too old or too slow, it went away or could not do it: ask in another way.
    void unavailable();

private slots:
    void onResponse(const QDBusMessage& message);

private:
    enum class State : std::uint8_t { Idle, Asking, Shown, Over };

    void onVersion(QDBusPendingCallWatcher* call);
    void onHandle(QDBusPendingCallWatcher* call);
    void open();
    void listenTo(const QString& handle);
    void giveUp();
    void closeRequest();
    [[nodiscard]] QVariantMap options() const;

    QDBusConnection m_bus;
    ChooserRequest m_request;
    QString m_parentWindow;
    QString m_owner; // unique name of the portal
    QString m_token;
    QString m_handle;
    State m_state = State::Idle;
    bool m_sent = false; // the portal may show a dialog
    QTimer m_patience;
};

} // namespace scratchproof::gui
