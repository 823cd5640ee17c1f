// SPDX-License-Identifier: GPL-3.0-or-later
// The peer of start_bench: a window with a table, a toolbar and a menu, and nothing else.
#include <QApplication>
#include <QMainWindow>
#include <QMenuBar>
#include <QStandardItemModel>
#include <QTableView>
#include <QToolBar>

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    QMainWindow window;
    QStandardItemModel model(3, 7);
    auto* table = new QTableView;
    table->setModel(&model);
    window.setCentralWidget(table);
    window.addToolBar(QStringLiteral("Tools"))->addAction(QStringLiteral("Add"));
    window.menuBar()->addMenu(QStringLiteral("File"))->addAction(QStringLiteral("Quit"));
    window.resize(1100, 700);
    window.show();
    return QApplication::exec();
}
