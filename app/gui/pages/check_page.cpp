// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/pages/check_page.h"

namespace scratchproof::gui {

CheckPage::CheckPage(System& system, ProberService& probers, QWidget* parent)
    : Page(parent), m_system(system), m_probers(probers)
{}

void CheckPage::addFolders(const std::vector<Path>& folders)
{
    const Path base = workingDirectory().value_or(Path("/"));
    for (const Path& folder : folders)
        m_probers.check(absolutePath(folder, base), Level::Standard);
}

void CheckPage::setFilter(const QString&) {}

QString CheckPage::filterPlaceholder() const
{
    return tr("Filter folders");
}

void CheckPage::restoreLayout(const QVariantMap&) {}

} // namespace scratchproof::gui
