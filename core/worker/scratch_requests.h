// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/requests.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

class ProbeJournal;

/// What one scratch request is served with. `progress` is called now and then while a directory is measured or removed;
/// it must not throw. `journal` is that of the prober, for the probe of the folder before something is created in it.
struct ScratchService
{
    System& system;
    ProbeJournal& journal;
    std::stop_token stop;
    std::function<void(const ScratchProgress&)> progress;

    // Each returns the answer, or an Error of ScratchStore's method, or of the registry ("store-busy", "store-damaged",
    // ...: core/store/database.h). Blocks as long as the file system does: for a prober only.
    [[nodiscard]] Result<Created> serve(const request::ScratchCreate& request);
    [[nodiscard]] Result<Nothing> serve(const request::ScratchSuits& request);
    [[nodiscard]] Result<std::vector<ScratchDirectory>> serve(const request::ScratchList& request);
    [[nodiscard]] Result<std::vector<ScratchDirectory>> serve(const request::ScratchNamed& request);
    [[nodiscard]] Result<ScratchDirectory> serve(const request::ScratchInspect& request);
    [[nodiscard]] Result<Preview> serve(const request::ScratchPreview& request);
    [[nodiscard]] Result<Cleaned> serve(const request::ScratchClean& request);
    [[nodiscard]] Result<ScratchStore::Unseen> serve(const request::ScratchCleanUnseen& request);
    [[nodiscard]] Result<Forgotten> serve(const request::ScratchForget& request);
    [[nodiscard]] Result<Altered> serve(const request::ScratchExtend& request);
    [[nodiscard]] Result<Altered> serve(const request::ScratchPin& request);
    [[nodiscard]] Result<ScratchDirectory> serve(const request::ScratchRelease& request);
    [[nodiscard]] Result<Altered> serve(const request::ScratchRestore& request);
    [[nodiscard]] Result<FindResult> serve(const request::ScratchFind& request);
    [[nodiscard]] Result<SweepPlan> serve(const request::ScratchSweep& request);
    [[nodiscard]] Result<Purge> serve(const request::ScratchPurge& request);
    [[nodiscard]] Result<std::vector<LogEntry>> serve(const request::ScratchLog& request);
};

} // namespace scratchproof
