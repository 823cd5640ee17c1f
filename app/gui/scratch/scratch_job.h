// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"

#include <functional>
#include <string>
#include <vector>

namespace scratchproof::gui {

/// The scratch requests as the window asks them. The callbacks follow ProberService::ask(): on the window's thread,
/// never from within the call, once, not after `context` is gone.
class ScratchJob
{
public:
    template <typename T>
    using Done = std::function<void(const Result<T>&)>;
    using Look = ScratchStore::Look;
    using InUse = ScratchStore::InUse;

    explicit ScratchJob(ProberService& service) : m_service(service) {}

    WorkId list(QObject* context, Done<std::vector<ScratchDirectory>> done);
    WorkId inspect(const ScratchDirectory& directory, Look look, QObject* context, Done<ScratchDirectory> done);
    WorkId create(const CreateRequest& wish, QObject* context, Done<Created> done);
    /// `also`: ids of those that are to be cleaned up with it, and may lie in it.
    WorkId preview(const ScratchDirectory& directory, const std::vector<std::string>& also, QObject* context,
                   Done<Preview> done);
    /// `preview` is what the user's word was given for: with its confirmation, and whatever it said of its use.
    WorkId clean(const ScratchDirectory& directory, const Preview& preview, QObject* context,
                 std::function<void(const ScratchProgress&)> progressed, Done<Cleaned> done);
    WorkId forget(const ScratchDirectory& directory, QObject* context, Done<Forgotten> done);
    /// A new lifetime, which begins now.
    WorkId extend(const ScratchDirectory& directory, const Lifetime& lifetime, QObject* context, Done<Altered> done);
    WorkId setPinned(const ScratchDirectory& directory, bool pinned, QObject* context, Done<Altered> done);
    /// "in-use" where a program has it open or locked, unless it is to be released all the same.
    WorkId release(const ScratchDirectory& directory, InUse inUse, QObject* context, Done<ScratchDirectory> done);
    WorkId restore(const ScratchDirectory& directory, QObject* context, Done<Altered> done);
    WorkId find(const Path& folder, QObject* context, Done<FindResult> done);
    WorkId planSweep(QObject* context, Done<SweepPlan> done);
    WorkId purge(const ScratchDirectory& directory, QObject* context, Done<Purge> done);
    /// The newest first.
    WorkId log(unsigned most, QObject* context, Done<std::vector<LogEntry>> done);
    void cancel(WorkId id) { m_service.cancel(id); }

private:
    ProberService& m_service;
};

/// Whether a program is known to use it.
[[nodiscard]] bool isInUse(const Preview& preview);

} // namespace scratchproof::gui
