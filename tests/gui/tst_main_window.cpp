// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/segmented_switch.h"
#include "app/gui/main_window.h"
#include "app/gui/probers/settings_store.h"
#include "fake_checks.h"

#include <QLineEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>

using namespace scratchproof;
using namespace scratchproof::gui;

class MainWindowTest : public QObject
{
    Q_OBJECT

private slots:
    /// As on a small screen at 160 %: 1280 by 720 are 800 by 450 then.
    void pagesAndFilterStayInSightInANarrowWindow_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<bool>("hasWords");
        QTest::newRow("narrow") << 800 << false;
        QTest::newRow("wide") << 1600 << true;
    }
    void pagesAndFilterStayInSightInANarrowWindow()
    {
        QFETCH(int, width);
        QFETCH(bool, hasWords);
        const QTemporaryDir folder;
        FakeChecks probers;
        SettingsStore settings(linuxSystem(), SCRATCHPROOF_WINDOW, folder.filePath(QStringLiteral("settings.ini")));
        MainWindow window(linuxSystem(), probers, settings);
        window.show();
        window.resize(width, 430);
        window.showPage(1); // it has the most actions
        QCoreApplication::sendPostedEvents();
        QTRY_COMPARE(window.size(), QSize(width, 430));
        auto* bar = window.findChild<QToolBar*>();
        QTRY_COMPARE(bar->toolButtonStyle() == Qt::ToolButtonTextBesideIcon, hasWords);
        for (QWidget* widget :
             std::initializer_list<QWidget*>{bar->findChild<SegmentedSwitch*>(), bar->findChild<QLineEdit*>()}) {
            QTRY_VERIFY(widget->isVisible());
            QVERIFY(bar->rect().contains(QRect(widget->mapTo(bar, QPoint(0, 0)), widget->size())));
        }
    }
};

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"
