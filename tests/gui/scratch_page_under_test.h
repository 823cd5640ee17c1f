// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_model.h"
#include "app/gui/scratch/scratch_page.h"
#include "tests/gui/fake_probers.h"
#include "tests/gui/scratch_samples.h"

#include <QAction>
#include <QTableView>
#include <QTest>

namespace scratchproof::gui {

/// A Scratch page over probers that a test drives.
struct ScratchPageUnderTest
{
    explicit ScratchPageUnderTest(SweepJob* sweep = nullptr) : page(linuxSystem(), probers, sweep)
    {
        page.resize(1000, 500);
        page.show();
        table = page.findChild<QTableView*>(QStringLiteral("scratchTable"));
    }
    void list(const std::vector<Json>& directories)
    {
        probers.setRule<request::ScratchList>([directories](const auto&) { return listOf(directories); });
        page.shown();
        QTRY_COMPARE(table->model()->rowCount(), static_cast<int>(directories.size()));
    }
    [[nodiscard]] int rowOf(const QByteArray& id) const
    {
        for (int row = 0; row < table->model()->rowCount(); ++row)
            if (table->model()->index(row, 0).data(ScratchModel::IdRole).toByteArray() == id)
                return row;
        return -1;
    }
    [[nodiscard]] QString cell(const QByteArray& id, int column) const
    {
        return table->model()->index(rowOf(id), column).data().toString();
    }
    /// Of the menu; nullptr if it does not stand there.
    [[nodiscard]] QAction* action(const QString& name) const
    {
        for (QAction* action : page.menuActions())
            if (action->objectName() == name)
                return action;
        return nullptr;
    }

    FakeProbers probers;
    ScratchPage page;
    QTableView* table = nullptr;
};

} // namespace scratchproof::gui
