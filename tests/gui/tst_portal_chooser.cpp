// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/picker/portal_chooser.h"
#include "tests/gui/fake_probers.h"
#include "tests/support/private_bus.h"

#include <QDBusArgument>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QDBusVirtualObject>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kObject = QStringLiteral("/org/freedesktop/portal/desktop");

/// A portal as far as a file chooser needs one, on a connection of its own to the test's bus.
class FakePortal : public QDBusVirtualObject
{
public:
    explicit FakePortal(const QDBusConnection& bus) : m_bus(bus) {}

    [[nodiscard]] QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection&) override
    {
        const QString member = message.member();
        if (member == QStringLiteral("Get")) {
            if (!silent)
                m_bus.send(message.createReply(QVariant::fromValue(QDBusVariant(version))));
            return true;
        }
        if (member == QStringLiteral("Close")) {
            closed << message.path();
            return true;
        }
        if (member == QStringLiteral("OpenFile") || member == QStringLiteral("SaveFile")) {
            method = member;
            options = qdbus_cast<QVariantMap>(message.arguments().at(2));
            QString sender = message.service().mid(1);
            sender.replace(QLatin1Char('.'), QLatin1Char('_'));
            handle = QStringLiteral("%1/request/%2/%3")
                         .arg(kObject, sender, options[QStringLiteral("handle_token")].toString());
            opened = message;
            if (!holdHandle)
                giveHandle();
            if (immediateCode)
                respond(*immediateCode, {});
            return true;
        }
        return false;
    }
    void giveHandle() { m_bus.send(opened.createReply(QVariant::fromValue(QDBusObjectPath(handle)))); }
    void respond(uint code, const QStringList& uris)
    {
        auto signal = QDBusMessage::createSignal(handle, QStringLiteral("org.freedesktop.portal.Request"),
                                                 QStringLiteral("Response"));
        signal << code << QVariantMap{{QStringLiteral("uris"), uris}};
        m_bus.send(signal);
    }

    uint version = 4;
    bool silent = false;
    bool holdHandle = false;
    std::optional<uint> immediateCode;
    QString method;
    QVariantMap options;
    QString handle;
    QStringList closed;
    QDBusMessage opened;

private:
    QDBusConnection m_bus;
};

} // namespace

class PortalChooserTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!test::PrivateBus::isThere())
            QSKIP("dbus-daemon is not installed");
        m_bus = std::make_unique<test::PrivateBus>();
        m_address = QString::fromStdString(m_bus->address());
        QVERIFY(client().isConnected());
    }
    void cleanupTestCase() { m_bus.reset(); }

    void init()
    {
        m_server = std::make_unique<QDBusConnection>(
            QDBusConnection::connectToBus(m_address, QStringLiteral("portal%1").arg(++m_number)));
        m_portal = std::make_unique<FakePortal>(*m_server);
        QVERIFY(m_server->registerVirtualObject(kObject, m_portal.get(), QDBusConnection::SubPath));
        QVERIFY(m_server->registerService(kService));
        m_window = std::make_unique<QWidget>();
        m_probers = std::make_unique<FakeProbers>();
        m_chooser = new FolderChooser(*m_probers, m_window.get(), client());
        m_chooser->setPlaces([] { return std::vector<PickerPlace>{}; });
        m_results.clear();
        connect(m_chooser, &FolderChooser::chosen, this,
                [this](const std::vector<Path>& paths) { m_results.push_back(paths); });
    }
    void cleanup()
    {
        m_window.reset();
        if (m_server) {
            m_server->unregisterService(kService);
            QDBusConnection::disconnectFromBus(m_server->name());
        }
    }

    void thePortalIsAskedForSeveralFoldersAndItsBytesAreTaken()
    {
        m_chooser->choose({ChooserRequest::Kind::Folders, QStringLiteral("Add"), {}, "/d\xff", {}});
        QTRY_VERIFY(!m_portal->handle.isEmpty());
        QCOMPARE(m_portal->method, QStringLiteral("OpenFile"));
        QCOMPARE(m_portal->options[QStringLiteral("directory")], QVariant(true));
        QCOMPARE(m_portal->options[QStringLiteral("multiple")], QVariant(true));
        QCOMPARE(m_portal->options[QStringLiteral("current_folder")].toByteArray(), QByteArray("/d\xff\0", 4));
        QTest::qWait(2 * PortalChooser::kPatienceMilliseconds); // once shown, the user has all the time in the world
        QVERIFY(m_chooser->picker() == nullptr);
        m_portal->respond(
            0, {QStringLiteral("file:///a%20b"), QStringLiteral("file:///caf%E9"), QStringLiteral("http://x/")});
        QTRY_COMPARE(m_results.size(), std::size_t{1});
        QCOMPARE(m_results[0], (std::vector<Path>{"/a b", "/caf\xe9"}));
    }

    void cancellingInThePortalIsCancelling()
    {
        QSignalSpy cancelled(m_chooser, &FolderChooser::cancelled);
        m_chooser->choose({ChooserRequest::Kind::OneFolder, {}, {}, {}, {}});
        QTRY_VERIFY(!m_portal->handle.isEmpty());
        QCOMPARE(m_portal->options[QStringLiteral("multiple")], QVariant(false));
        m_portal->respond(1, {});
        QTRY_COMPARE(cancelled.count(), 1);
        QVERIFY(m_results.empty());
        QVERIFY(m_chooser->picker() == nullptr);
    }

    void anAnswerThatOvertakesTheHandleCounts()
    {
        m_portal->holdHandle = true;
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_VERIFY(!m_portal->handle.isEmpty());
        m_portal->respond(0, {QStringLiteral("file:///a")});
        m_portal->giveHandle();
        QTRY_COMPARE(m_results.size(), std::size_t{1});
    }

    void savingAsksForAFile()
    {
        m_portal->version = 1;
        m_chooser->choose({ChooserRequest::Kind::SaveFile, {}, {}, "/home/a", QStringLiteral("report.json")});
        QTRY_COMPARE(m_portal->method, QStringLiteral("SaveFile"));
        QCOMPARE(m_portal->options[QStringLiteral("current_name")].toString(), QStringLiteral("report.json"));
        m_portal->respond(0, {QStringLiteral("file:///home/a/r.json")});
        QTRY_COMPARE(m_results.size(), std::size_t{1});
    }

    void aSilentPortalIsGivenUpAfterThreeHundredMilliseconds()
    {
        m_portal->silent = true;
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        QElapsedTimer timer;
        timer.start();
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, "/x", {}});
        QVERIFY(timer.elapsed() < PortalChooser::kPatienceMilliseconds); // it does not wait for the answer
        QTRY_COMPARE(own.count(), 1);
        QVERIFY(timer.elapsed() >= PortalChooser::kPatienceMilliseconds - 5);
        QVERIFY(timer.elapsed() < PortalChooser::kPatienceMilliseconds + 5000);
        QVERIFY(m_chooser->picker() != nullptr);
        m_chooser->picker()->goTo("/y");
        QCOMPARE(m_chooser->picker()->folder(), Path("/y"));
    }

    void aDialogThatComesTooLateIsClosed()
    {
        m_portal->holdHandle = true;
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_COMPARE(own.count(), 1);
        m_portal->giveHandle();
        QTRY_COMPARE(m_portal->closed, QStringList{m_portal->handle});
        m_portal->respond(0, {QStringLiteral("file:///late")});
        QTest::qWait(50);
        QVERIFY(m_results.empty());
    }

    void noPortalAtAllOpensTheOwnPickerAtOnce()
    {
        m_server->unregisterService(kService);
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_COMPARE_WITH_TIMEOUT(own.count(), 1, 250);
    }

    void aPortalThatIsTooOldForFoldersIsNotUsed()
    {
        m_portal->version = 2;
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_COMPARE(own.count(), 1);
        QVERIFY(m_portal->method.isEmpty());
    }

    void aPortalWithoutABackendLeadsToTheOwnPicker()
    {
        m_portal->immediateCode = 2;
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_COMPARE(own.count(), 1);
    }

    void aPortalThatDiesWithItsDialogLeadsToTheOwnPicker()
    {
        QSignalSpy own(m_chooser, &FolderChooser::ownPickerOpened);
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_VERIFY(!m_portal->handle.isEmpty());
        QTest::qWait(50);
        const QString name = m_server->name();
        m_server.reset();
        m_portal.reset();
        QDBusConnection::disconnectFromBus(name);
        QTRY_COMPARE(own.count(), 1);
    }

    void noBusAtAllOpensTheOwnPicker()
    {
        auto* chooser = new FolderChooser(*m_probers, m_window.get(), QDBusConnection(QStringLiteral("none")));
        QSignalSpy own(chooser, &FolderChooser::ownPickerOpened);
        chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_COMPARE(own.count(), 1);
    }

    void anAnswerFromSomebodyElseIsPassedOver()
    {
        m_chooser->choose({ChooserRequest::Kind::Folders, {}, {}, {}, {}});
        QTRY_VERIFY(!m_portal->handle.isEmpty());
        QDBusConnection stranger = QDBusConnection::connectToBus(m_address, QStringLiteral("stranger"));
        auto signal = QDBusMessage::createSignal(m_portal->handle, QStringLiteral("org.freedesktop.portal.Request"),
                                                 QStringLiteral("Response"));
        signal << 0U << QVariantMap{{QStringLiteral("uris"), QStringList{QStringLiteral("file:///evil")}}};
        stranger.send(signal);
        QTest::qWait(100);
        QVERIFY(m_results.empty());
        m_portal->respond(0, {QStringLiteral("file:///good")});
        QTRY_COMPARE(m_results.size(), std::size_t{1});
        QCOMPARE(m_results[0][0], Path("/good"));
    }

private:
    QDBusConnection client()
    {
        static const QDBusConnection connection = QDBusConnection::connectToBus(m_address, QStringLiteral("client"));
        return connection;
    }

    std::unique_ptr<test::PrivateBus> m_bus;
    QString m_address;
    int m_number = 0;
    std::unique_ptr<QDBusConnection> m_server;
    std::unique_ptr<FakePortal> m_portal;
    std::unique_ptr<FakeProbers> m_probers;
    std::unique_ptr<QWidget> m_window;
    FolderChooser* m_chooser = nullptr;
    std::vector<std::vector<Path>> m_results;
};

QTEST_MAIN(PortalChooserTest)
#include "tst_portal_chooser.moc"
