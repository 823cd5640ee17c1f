// SPDX-License-Identifier: GPL-3.0-or-later
// The program as it is built, on an X server of its own: started, looked at from outside, closed.
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QRect>
#include <QSize>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <memory>

namespace {

constexpr int kPatience = 30'000;
constexpr int kCloseTime = 1'000;

struct Said
{
    int code = -1;
    QString text;
};

Said runTool(const QStringList& command, const QProcessEnvironment& environment)
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(command.first(), command.mid(1));
    if (!process.waitForFinished(kPatience) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()).trimmed()};
}

/// Ended by its own process id, politely first.
void end(QProcess& process)
{
    if (process.state() == QProcess::NotRunning)
        return;
    process.terminate();
    if (!process.waitForFinished(5'000)) {
        process.kill();
        process.waitForFinished(5'000);
    }
}

bool isEmpty(const QString& folder)
{
    return QDir(folder).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

} // namespace

class RealWindowTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        for (const char* name : {"home", "run", "good"}) {
            QVERIFY(QDir(m_folder->path()).mkdir(QString::fromLatin1(name)));
            QFile::setPermissions(at(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        m_environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XAUTHORITY", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
                                 "XDG_DATA_HOME", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS"})
            m_environment.remove(QString::fromLatin1(name));
        m_environment.insert(QStringLiteral("HOME"), at("home"));
        m_environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), at("run"));
        m_environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        startServer(QSize(1280, 900));
    }
    void cleanup()
    {
        end(m_program);
        end(m_server);
        m_folder.reset();
    }

    void aWindowComesAndIsGoneWithinASecond_data()
    {
        QTest::addColumn<int>("wait");
        QTest::newRow("when all is checked") << 2'000;
        QTest::newRow("at once") << 0;
    }
    void aWindowComesAndIsGoneWithinASecond()
    {
        QFETCH(int, wait);
        const QString window = openWindow();
        QVERIFY(!window.isEmpty());
        QCOMPARE(tool({"getwindowname", window}).text, QStringLiteral("Scratchproof"));
        const Said geometry = tool({"getwindowgeometry", "--shell", window});
        QCOMPARE(geometry.code, 0);
        QVERIFY2(numberAfter(geometry.text, "WIDTH=") >= 600 && numberAfter(geometry.text, "HEIGHT=") >= 400,
                 qPrintable(geometry.text));
        QTest::qWait(wait);
        QCOMPARE(m_program.state(), QProcess::Running);
        QCOMPARE(tool({"windowfocus", "--sync", window}).code, 0); // there is no window manager to do it
        QElapsedTimer clock;
        clock.start();
        QCOMPARE(tool({"key", "ctrl+q"}).code, 0);
        expectEnd(clock);
        QVERIFY2(isEmpty(at("good")), "something was left behind");
        QVERIFY(!QDir(at("missing")).exists());
    }

    void itFitsTheScreenThatItOpensOn_data()
    {
        QTest::addColumn<QSize>("screen");
        QTest::addColumn<QString>("scale");
        QTest::addColumn<QSize>("size"); // that it has; invalid: whatever fits
        QTest::newRow("a small one at 160 %") << QSize(1366, 768) << QStringLiteral("1.6") << QSize();
        QTest::newRow("a smaller one at 160 %") << QSize(1280, 720) << QStringLiteral("1.6") << QSize();
        QTest::newRow("one with room") << QSize(1600, 1000) << QStringLiteral("1") << QSize(1180, 780);
        QTest::newRow("one with room at 160 %") << QSize(2560, 1440) << QStringLiteral("1.6") << QSize(1888, 1248);
    }
    void itFitsTheScreenThatItOpensOn()
    {
        QFETCH(QSize, screen);
        QFETCH(QString, scale);
        QFETCH(QSize, size);
        end(m_server);
        startServer(screen);
        m_environment.insert(QStringLiteral("QT_SCALE_FACTOR"), scale);
        const QString window = openWindow();
        QVERIFY(!window.isEmpty());
        // The answers, and the other page, must not make it grow.
        for (const char* key : {"alt+1", "alt+2"}) {
            QCOMPARE(tool({"windowfocus", "--sync", window}).code, 0);
            QCOMPARE(tool({"key", QString::fromLatin1(key)}).code, 0);
            QTest::qWait(1'000);
            const Said geometry = tool({"getwindowgeometry", "--shell", window});
            const QRect place(numberAfter(geometry.text, "X="), numberAfter(geometry.text, "Y="),
                              numberAfter(geometry.text, "WIDTH="), numberAfter(geometry.text, "HEIGHT="));
            QVERIFY2(QRect(QPoint(0, 0), screen).contains(place), qPrintable(geometry.text));
            if (size.isValid())
                QCOMPARE(place.size(), size);
        }
    }

private:
    [[nodiscard]] QString at(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }

    static int numberAfter(const QString& text, const char* key)
    {
        const auto start = text.indexOf(QLatin1String(key));
        return start < 0
                   ? -1
                   : text.mid(start + static_cast<qsizetype>(qstrlen(key))).section(QLatin1Char('\n'), 0, 0).toInt();
    }

    /// On a display number that the server finds free by itself. Without -noreset it would turn everybody away for a
    /// moment whenever its last client leaves, which xdotool often is.
    void startServer(const QSize& screen)
    {
        m_server.setProcessEnvironment(m_environment);
        m_server.setStandardErrorFile(QProcess::nullDevice());
        m_server.start(QStringLiteral("Xvfb"),
                       {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"),
                        QStringLiteral("0"), QStringLiteral("%1x%2x24").arg(screen.width()).arg(screen.height()),
                        QStringLiteral("-nolisten"), QStringLiteral("tcp"), QStringLiteral("-ac"),
                        QStringLiteral("-noreset")});
        QVERIFY(m_server.waitForStarted(kPatience));
        QByteArray number;
        QElapsedTimer clock;
        clock.start();
        while (!number.contains('\n') && clock.elapsed() < kPatience && m_server.state() == QProcess::Running) {
            m_server.waitForReadyRead(1'000);
            number += m_server.readAllStandardOutput();
        }
        QVERIFY2(number.contains('\n'), "the X server did not come up");
        m_environment.insert(QStringLiteral("DISPLAY"), QLatin1Char(':') + QString::fromLatin1(number.trimmed()));
    }

    /// Starts the program; the mapped window of its name, empty if none came.
    [[nodiscard]] QString openWindow()
    {
        m_program.setProcessEnvironment(m_environment);
        m_program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_program.start(QStringLiteral(SCRATCHPROOF_WINDOW), {at("good"), at("missing")});
        QElapsedTimer clock;
        clock.start();
        while (clock.elapsed() < kPatience) {
            const Said found = tool({"search", "--onlyvisible", "--name", "^Scratchproof$"});
            if (found.code == 0 && !found.text.isEmpty())
                return found.text.section(QLatin1Char('\n'), 0, 0);
            if (m_program.state() == QProcess::NotRunning)
                return {};
            QTest::qWait(50);
        }
        return {};
    }

    void expectEnd(const QElapsedTimer& clock)
    {
        const bool ended = m_program.state() == QProcess::NotRunning || m_program.waitForFinished(kPatience);
        const qint64 took = clock.elapsed();
        QVERIFY(ended);
        qInfo("ended %lld ms after it was asked to", took);
        QCOMPARE(m_program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(m_program.exitCode(), 0);
        QVERIFY2(took < kCloseTime, qPrintable(QString::number(took)));
    }

    [[nodiscard]] Said tool(std::initializer_list<QString> arguments) const
    {
        return runTool(QStringList{QStringLiteral("xdotool")} + QStringList(arguments), m_environment);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QProcessEnvironment m_environment;
    QProcess m_server;
    QProcess m_program;
};

int main(int argc, char** argv)
{
    for (const char* tool : {"Xvfb", "xdotool"}) {
        if (QStandardPaths::findExecutable(QString::fromLatin1(tool)).isEmpty()) {
            std::fprintf(stderr, "SKIPPED: this needs %s\n", tool);
            return 77;
        }
    }
    QCoreApplication application(argc, argv);
    RealWindowTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_real_window.moc"
