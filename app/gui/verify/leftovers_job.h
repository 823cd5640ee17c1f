// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <vector>

namespace scratchproof::gui {

/// What verifications that were cut off (a crash, a drive that was pulled out) have left behind, as the registry knows
/// it: found, and removed when the user says so. Those that are under way are locked, and those that were kept have no
/// end: neither is left behind.
class LeftoversJob final : public QObject
{
    Q_OBJECT

public:
    struct Leftover
    {
        ScratchDirectory directory;
        std::uint64_t bytes = 0;
        std::string confirmation;
        DirectoryLock lock = DirectoryLock::Unknown;
    };

    explicit LeftoversJob(ProberService& probers, QObject* parent = nullptr) : QObject(parent), m_probers(probers) {}
    ~LeftoversJob() override;

    /// Looks anew; changed() tells of what is found. Not while something is being removed.
    void look();
    /// Removes all that was found; failures come by failed().
    void removeAll();

    [[nodiscard]] const std::vector<Leftover>& found() const { return m_found; }
    [[nodiscard]] bool isRemoving() const { return m_removing > 0; }

signals:
    void changed();
    /// A directory could not be removed, or not all of it; a sentence.
    void failed(const scratchproof::Path& directory, const QString& why);

private:
    void preview(const ScratchDirectory& directory, quint64 run);
    void removed(const Leftover& leftover, const Result<Cleaned>& answer);

    ProberService& m_probers;
    std::vector<Leftover> m_found;
    std::vector<WorkId> m_looking;
    quint64 m_run = 0;
    int m_removing = 0;
};

} // namespace scratchproof::gui
