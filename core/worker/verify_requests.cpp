// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/verify_requests.h"

#include "core/worker/own_store.h"

namespace scratchproof {

Result<CapacityResult> VerifyService::serve(const request::VerifyCapacity& request)
{
    const CapacityWish wish{request.folder,      request.size,  request.keep,
                            request.allowSystem, request.quick, request.push};
    return withStore(system, {}, [&](ScratchStore& store) {
        return checkDriveCapacity(system, store, journal, wish, stop,
                                  [&](const CapacityStatus& status) { progress(toJson(status)); });
    });
}

Result<CapacityResult> VerifyService::serve(const request::VerifyAgain& request)
{
    return verifyKeptCapacity(system, request.folder, stop,
                              [&](const CapacityStatus& status) { progress(toJson(status)); });
}

Result<SpeedResult> VerifyService::serve(const request::VerifySpeed& request)
{
    const SpeedWish wish{request.folder, request.size, static_cast<Nanoseconds>(request.jobTime)};
    return withStore(system, {}, [&](ScratchStore& store) {
        return measureDriveSpeed(system, store, journal, wish, stop,
                                 [&](const SpeedProgress& now) { progress(toJson(now)); });
    });
}

} // namespace scratchproof
