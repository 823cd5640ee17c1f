// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/fact_text.h"

#include <QWidget>

#include <memory>
#include <vector>

class QVBoxLayout;

namespace scratchproof::gui {

class PathChip;

/// A path as a picture: its places side by side, the one that stops marked, links with what they lead to, mounts with
/// their file system. One place is a stop for the tab key, and the arrow keys go on from there; pressing one shows all
/// that is known of it below. Of a long path the places in the middle are put away until they are asked for.
class PathView final : public QWidget
{
    Q_OBJECT

public:
    static constexpr std::size_t kMostPlaces = 24;

    explicit PathView(std::shared_ptr<const Check> check, QWidget* parent = nullptr);

signals:
    /// A place is to be opened in the file manager; bytes.
    void openWanted(const std::string& folder);

private:
    void fill(bool all);
    PathChip* addPlace(std::size_t index);
    void addGap(std::size_t count);
    void showCard(const PathChip* chip);
    void step(const PathChip* from, int steps);
    void takeFocusTo(PathChip* chip);
    [[nodiscard]] QString spoken(std::size_t index) const;

    std::shared_ptr<const Check> m_check; // the places point into it
    std::vector<PathPlace> m_places;
    std::vector<PathChip*> m_chips;
    QWidget* m_flow = nullptr;
    QWidget* m_card = nullptr;
    QVBoxLayout* m_column = nullptr;
};

} // namespace scratchproof::gui
