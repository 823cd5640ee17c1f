// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/portal_chooser.h"

#include "app/gui/kit/typed_path.h"

#include <QDBusArgument>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QDBusVariant>
#include <QRandomGenerator>

namespace scratchproof::gui {

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kObject = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kChooser = QStringLiteral("org.freedesktop.portal.FileChooser");
const QString kRequest = QStringLiteral("org.freedesktop.portal.Request");

// `directory` is read since this version; an older portal would offer files instead.
constexpr uint kFirstWithFolders = 3;

/// The portal takes paths as bytes with a NUL at the end.
QByteArray nulTerminated(const Path& path)
{
    QByteArray bytes = QByteArray::fromStdString(path);
    bytes.append('\0');
    return bytes;
}

} // namespace

QDBusConnection PortalChooser::sessionBus()
{
    // Without an address libdbus would start a bus of its own (autolaunch), and wait for it.
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS"))
        return QDBusConnection::sessionBus();
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QString name = QStringLiteral("scratchproof-session");
    if (runtime.isEmpty())
        return QDBusConnection(name);
    return QDBusConnection::connectToBus(QStringLiteral("unix:path=%1/bus").arg(runtime), name);
}

PortalChooser::PortalChooser(QDBusConnection bus, QObject* parent) : QObject(parent), m_bus(std::move(bus))
{
    m_patience.setSingleShot(true);
    m_patience.setTimerType(Qt::PreciseTimer);
    connect(&m_patience, &QTimer::timeout, this, &PortalChooser::giveUp);
}

PortalChooser::~PortalChooser()
{
    if (m_state != State::Over)
        closeRequest();
}

void PortalChooser::start(const ChooserRequest& request, const QString& parentWindow)
{
    m_request = request;
    m_parentWindow = parentWindow;
    m_state = State::Asking;
    if (!m_bus.isConnected()) {
        m_patience.start(0);
        return;
    }
    m_patience.start(kPatienceMilliseconds);
    auto question = QDBusMessage::createMethodCall(kService, kObject, QStringLiteral("org.freedesktop.DBus.Properties"),
                                                   QStringLiteral("Get"));
    question << kChooser << QStringLiteral("version");
    auto* call = new QDBusPendingCallWatcher(m_bus.asyncCall(question), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, &PortalChooser::onVersion);
}

void PortalChooser::onVersion(QDBusPendingCallWatcher* call)
{
    call->deleteLater();
    if (m_state != State::Asking)
        return;
    const QDBusPendingReply<QDBusVariant> reply = *call;
    const bool needsFolders = m_request.kind != ChooserRequest::Kind::SaveFile;
    if (reply.isError() || (needsFolders && reply.value().variant().toUInt() < kFirstWithFolders)) {
        giveUp();
        return;
    }
    m_owner = reply.reply().service();
    auto* watcher = new QDBusServiceWatcher(m_owner, m_bus, QDBusServiceWatcher::WatchForUnregistration, this);
    connect(watcher, &QDBusServiceWatcher::serviceUnregistered, this, &PortalChooser::giveUp);
    open();
}

void PortalChooser::open()
{
    m_token = QStringLiteral("scratchproof%1").arg(QRandomGenerator::system()->generate64(), 0, 36);
    QString sender = m_bus.baseService().mid(1);
    sender.replace(QLatin1Char('.'), QLatin1Char('_'));
    // The answer may overtake the handle, so the path that the handle will have is listened to from now on.
    listenTo(QStringLiteral("%1/request/%2/%3").arg(kObject, sender, m_token));
    const bool saving = m_request.kind == ChooserRequest::Kind::SaveFile;
    auto message = QDBusMessage::createMethodCall(m_owner, kObject, kChooser,
                                                  saving ? QStringLiteral("SaveFile") : QStringLiteral("OpenFile"));
    message << m_parentWindow << m_request.title << options();
    m_sent = true;
    auto* call = new QDBusPendingCallWatcher(m_bus.asyncCall(message, -1), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, &PortalChooser::onHandle);
}

QVariantMap PortalChooser::options() const
{
    QVariantMap options{{QStringLiteral("handle_token"), m_token}, {QStringLiteral("modal"), true}};
    if (!m_request.acceptLabel.isEmpty())
        options[QStringLiteral("accept_label")] = m_request.acceptLabel;
    if (!m_request.startFolder.empty())
        options[QStringLiteral("current_folder")] = nulTerminated(m_request.startFolder);
    if (m_request.kind == ChooserRequest::Kind::SaveFile) {
        options[QStringLiteral("current_name")] = m_request.fileName;
    } else {
        options[QStringLiteral("directory")] = true;
        options[QStringLiteral("multiple")] = m_request.kind == ChooserRequest::Kind::Folders;
    }
    return options;
}

void PortalChooser::listenTo(const QString& handle)
{
    if (handle == m_handle)
        return;
    m_handle = handle;
    m_bus.connect(QString(), handle, kRequest, QStringLiteral("Response"), this, SLOT(onResponse(QDBusMessage)));
}

void PortalChooser::onHandle(QDBusPendingCallWatcher* call)
{
    call->deleteLater();
    const QDBusPendingReply<QDBusObjectPath> reply = *call;
    if (reply.isError()) {
        giveUp();
        return;
    }
    if (m_state == State::Over) {
        // Too late: the other picker is open already.
        m_handle = reply.value().path();
        closeRequest();
        return;
    }
    m_patience.stop();
    m_state = State::Shown;
    listenTo(reply.value().path());
}

void PortalChooser::onResponse(const QDBusMessage& message)
{
    if (m_state == State::Over || message.service() != m_owner)
        return;
    const QVariantList arguments = message.arguments();
    const uint code = arguments.value(0).toUInt();
    if (arguments.size() < 2 || code > 1) {
        m_sent = false; // it is closed already
        giveUp();
        return;
    }
    m_state = State::Over;
    m_patience.stop();
    std::vector<Path> paths;
    const QVariantMap results = qdbus_cast<QVariantMap>(arguments.at(1));
    const QStringList uris = qdbus_cast<QStringList>(results.value(QStringLiteral("uris")));
    for (const QString& uri : uris)
        if (const auto path = pathFromUri(uri.toStdString()))
            paths.push_back(*path);
    if (code == 0 && !paths.empty())
        emit chosen(paths);
    else
        emit cancelled();
}

void PortalChooser::giveUp()
{
    if (m_state == State::Over)
        return;
    if (m_state == State::Shown)
        closeRequest();
    m_state = State::Over;
    m_patience.stop();
    emit unavailable();
}

void PortalChooser::closeRequest()
{
    if (!m_sent || m_handle.isEmpty() || !m_bus.isConnected())
        return;
    m_sent = false;
    m_bus.send(QDBusMessage::createMethodCall(m_owner, m_handle, kRequest, QStringLiteral("Close")));
}

} // namespace scratchproof::gui
