// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "core/verify/speed_json.h"
#include "core/verify/verify_json.h"

#include <QElapsedTimer>
#include <QObject>

#include <cstdint>
#include <optional>

namespace scratchproof::gui {

enum class VerifyKind : std::uint8_t { Quick, Full, Speed, Again };

/// Whether it fills the drive, or samples it all over: the user is asked first.
[[nodiscard]] constexpr bool writesAllOver(VerifyKind kind)
{
    return kind == VerifyKind::Quick || kind == VerifyKind::Full;
}

/// What the user asks for; for Quick, Full and Again as in a CapacityWish.
struct VerifyWish
{
    VerifyKind kind = VerifyKind::Quick;
    Path folder;
    std::uint64_t size = 0;
    std::uint64_t push = 0;
    bool keep = false;
    bool allowSystem = false;
};

/// One verification after another, each asked of a prober. What it told last stays until the next one begins.
class VerifyJob final : public QObject
{
    Q_OBJECT

public:
    explicit VerifyJob(ProberService& probers, QObject* parent = nullptr) : QObject(parent), m_probers(probers) {}
    /// Takes back what is under way: the prober removes what was written.
    ~VerifyJob() override;

    /// Does nothing while one is under way.
    void start(const VerifyWish& wish);
    /// finished() comes when what was written is removed, or the drive does not answer.
    void stop();

    [[nodiscard]] bool isRunning() const { return m_work != 0; }
    [[nodiscard]] bool isStopping() const { return isRunning() && m_isStopped; }
    /// The user stopped it, before it had an answer.
    [[nodiscard]] bool wasStopped() const { return m_isStopped; }
    [[nodiscard]] const VerifyWish& wish() const { return m_wish; }

    /// Nothing until something was told, and of the other kind always.
    [[nodiscard]] const std::optional<CapacityStatus>& capacityStatus() const { return m_capacityStatus; }
    [[nodiscard]] const std::optional<SpeedProgress>& speedProgress() const { return m_speedProgress; }
    /// Once it has ended, one of them.
    [[nodiscard]] const std::optional<CapacityResult>& capacity() const { return m_capacity; }
    [[nodiscard]] const std::optional<SpeedResult>& speed() const { return m_speed; }
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }
    /// How much of the phase under way is done (measuring: of all), 0 to 1; and how long it has taken.
    [[nodiscard]] double share() const;
    [[nodiscard]] double seconds() const;
    [[nodiscard]] bool hasEnded() const { return m_capacity || m_speed || m_error; }

signals:
    void started();
    void progressed();
    void finished();

private:
    template <typename R, typename Answer>
    WorkId ask(R request, std::optional<Answer>& kept);
    void tell(const Json& body);

    ProberService& m_probers;
    VerifyWish m_wish;
    WorkId m_work = 0;
    bool m_isStopped = false;
    QElapsedTimer m_since;
    std::optional<CapacityStatus> m_capacityStatus;
    std::optional<SpeedProgress> m_speedProgress;
    std::optional<CapacityResult> m_capacity;
    std::optional<SpeedResult> m_speed;
    std::optional<Error> m_error;
};

} // namespace scratchproof::gui
