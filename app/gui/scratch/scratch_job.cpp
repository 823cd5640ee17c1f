// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_job.h"

#include <utility>

namespace scratchproof::gui {

namespace {

request::About aboutOf(const ScratchDirectory& directory)
{
    return {directory.record.path, directory.record.id};
}

} // namespace

bool isInUse(const Preview& preview)
{
    return !preview.users.empty() || preview.lock == DirectoryLock::Held;
}

WorkId ScratchJob::list(QObject* context, Done<std::vector<ScratchDirectory>> done)
{
    return m_service.askFor(request::ScratchList(), context, std::move(done));
}

WorkId ScratchJob::inspect(const ScratchDirectory& directory, Look look, QObject* context, Done<ScratchDirectory> done)
{
    return m_service.askFor(request::ScratchInspect{aboutOf(directory), look}, context, std::move(done));
}

WorkId ScratchJob::create(const CreateRequest& wish, QObject* context, Done<Created> done)
{
    return m_service.askFor(request::ScratchCreate{wish}, context, std::move(done));
}

WorkId ScratchJob::preview(const ScratchDirectory& directory, const std::vector<std::string>& also, QObject* context,
                           Done<Preview> done)
{
    return m_service.askFor(request::ScratchPreview{aboutOf(directory), Look::Whole, also}, context, std::move(done));
}

WorkId ScratchJob::clean(const ScratchDirectory& directory, const Preview& preview, QObject* context,
                         std::function<void(const ScratchProgress&)> progressed, Done<Cleaned> done)
{
    const bool isAllowed = isInUse(preview) || preview.lock == DirectoryLock::Unknown;
    const request::ScratchClean request{aboutOf(directory), preview.confirmation,
                                        isAllowed ? InUse::RemoveAllTheSame : InUse::Keep};
    return m_service.askFor(request, context, std::move(done), [progressed = std::move(progressed)](const Json& body) {
        if (progressed)
            progressed(scratchProgressFromJson(body));
    });
}

WorkId ScratchJob::forget(const ScratchDirectory& directory, QObject* context, Done<Forgotten> done)
{
    return m_service.askFor(request::ScratchForget{directory.record.id}, context, std::move(done));
}

WorkId ScratchJob::extend(const ScratchDirectory& directory, const Lifetime& lifetime, QObject* context,
                          Done<Altered> done)
{
    return m_service.askFor(request::ScratchExtend{aboutOf(directory), lifetime}, context, std::move(done));
}

WorkId ScratchJob::setPinned(const ScratchDirectory& directory, bool pinned, QObject* context, Done<Altered> done)
{
    return m_service.askFor(request::ScratchPin{aboutOf(directory), pinned}, context, std::move(done));
}

WorkId ScratchJob::release(const ScratchDirectory& directory, InUse inUse, QObject* context,
                           Done<ScratchDirectory> done)
{
    return m_service.askFor(request::ScratchRelease{aboutOf(directory), inUse}, context, std::move(done));
}

WorkId ScratchJob::restore(const ScratchDirectory& directory, QObject* context, Done<Altered> done)
{
    return m_service.askFor(request::ScratchRestore{aboutOf(directory)}, context, std::move(done));
}

WorkId ScratchJob::find(const Path& folder, QObject* context, Done<FindResult> done)
{
    return m_service.askFor(request::ScratchFind{folder}, context, std::move(done));
}

WorkId ScratchJob::planSweep(QObject* context, Done<SweepPlan> done)
{
    return m_service.askFor(request::ScratchSweep(), context, std::move(done));
}

WorkId ScratchJob::purge(const ScratchDirectory& directory, QObject* context, Done<Purge> done)
{
    return m_service.askFor(request::ScratchPurge{aboutOf(directory)}, context, std::move(done));
}

WorkId ScratchJob::log(unsigned most, QObject* context, Done<std::vector<LogEntry>> done)
{
    return m_service.askFor(request::ScratchLog{most}, context, std::move(done));
}

} // namespace scratchproof::gui
