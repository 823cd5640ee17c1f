// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/requests.h"
#include "core/system/system.h"
#include "core/verify/capacity_check.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

class ProbeJournal;

/// What a request to verify a drive is served with. `progress` is called some five times a second while the drive
/// answers; it must not throw. `journal` is that of the prober, for the probe of the folder before something is created
/// in it.
struct VerifyService
{
    System& system;
    ProbeJournal& journal;
    std::stop_token stop;
    std::function<void(const Json&)> progress; // the body of such an event

    // Each returns the answer, or an Error of core/verify/capacity_check.h, or of the registry. Blocks as long as the
    // drive does, with threads of its own that have ended when it returns: for a prober only.
    [[nodiscard]] Result<CapacityResult> serve(const request::VerifyCapacity& request);
    [[nodiscard]] Result<CapacityResult> serve(const request::VerifyAgain& request);
    [[nodiscard]] Result<SpeedResult> serve(const request::VerifySpeed& request);
};

} // namespace scratchproof
