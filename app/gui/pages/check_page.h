// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/jobs/prober_service.h"
#include "app/gui/pages/page.h"
#include "core/system/system.h"

#include <vector>

namespace scratchproof::gui {

/// The Check page: places at the left, the table of folders, and the details of the one that is selected.
class CheckPage final : public Page
{
    Q_OBJECT

public:
    CheckPage(System& system, ProberService& probers, QWidget* parent = nullptr);

    /// Adds folders and checks them; one that is there already is checked again. Bytes, relative ones below the working
    /// directory.
    void addFolders(const std::vector<Path>& folders);

    [[nodiscard]] QList<QAction*> toolBarActions() const override { return {}; }
    [[nodiscard]] QList<QAction*> menuActions() const override { return {}; }
    void setFilter(const QString& text) override;
    [[nodiscard]] QString filterPlaceholder() const override;
    [[nodiscard]] QVariantMap saveLayout() const override { return {}; }
    void restoreLayout(const QVariantMap& layout) override;

private:
    System& m_system;
    ProberService& m_probers;
};

} // namespace scratchproof::gui
