// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/scratch_requests.h"

#include "core/scratch/finder.h"
#include "core/scratch/sweeper.h"
#include "core/worker/own_store.h"

#include <utility>

namespace scratchproof {

namespace {

auto measuring(const ScratchService& service)
{
    return [progress = service.progress](const Measure& measure) {
        if (progress)
            progress({measure.files + measure.directories, measure.bytes});
    };
}

auto removing(const ScratchService& service)
{
    return [progress = service.progress](const RemovalProgress& done) {
        if (progress)
            progress({done.entries, done.bytes});
    };
}

} // namespace

Result<Created> ScratchService::serve(const request::ScratchCreate& request)
{
    return withStore(system, {}, [&](ScratchStore& store) { return store.create(request.wish, journal, stop); });
}

Result<Nothing> ScratchService::serve(const request::ScratchSuits& request)
{
    if (request.folder.empty() || request.folder.front() != '/')
        return fail(ErrorKind::BadRequest, request.folder, 0, "a folder is named from / on");
    return withStore(system, {},
                     [&](ScratchStore& store) { return store.suits(request.folder).map([] { return Nothing(); }); });
}

Result<std::vector<ScratchDirectory>> ScratchService::serve(const request::ScratchList& /*request*/)
{
    return withStore(system, {}, [](ScratchStore& store) { return store.list(); });
}

Result<std::vector<ScratchDirectory>> ScratchService::serve(const request::ScratchNamed& request)
{
    return withStore(system, request.workingFolder, [&](ScratchStore& store) { return store.named(request.words); });
}

Result<ScratchDirectory> ScratchService::serve(const request::ScratchInspect& request)
{
    return withStore(system, request.about.workingFolder, [&](ScratchStore& store) {
        return store.inspect(request.about.directory, stop, measuring(*this), request.look);
    });
}

Result<Preview> ScratchService::serve(const request::ScratchPreview& request)
{
    return withStore(system, request.about.workingFolder, [&](ScratchStore& store) {
        store.alsoNamed(request.also);
        return store.preview(request.about.directory, stop, measuring(*this), request.look);
    });
}

Result<Cleaned> ScratchService::serve(const request::ScratchClean& request)
{
    return withStore(system, request.about.workingFolder, [&](ScratchStore& store) {
        return store.clean(request.about.directory, request.confirmation, stop, removing(*this), request.inUse);
    });
}

Result<ScratchStore::Unseen> ScratchService::serve(const request::ScratchCleanUnseen& request)
{
    return withStore(system, request.about.workingFolder, [&](ScratchStore& store) {
        return store.cleanUnseen(request.about.directory, stop, removing(*this), request.inUse);
    });
}

Result<Forgotten> ScratchService::serve(const request::ScratchForget& request)
{
    return withStore(system, {}, [&](ScratchStore& store) {
        return store.forget(request.directory).map([](bool forgotten) { return Forgotten{forgotten}; });
    });
}

Result<Altered> ScratchService::serve(const request::ScratchExtend& request)
{
    return withStore(system, request.about.workingFolder,
                     [&](ScratchStore& store) { return store.extend(request.about.directory, request.lifetime); });
}

Result<Altered> ScratchService::serve(const request::ScratchPin& request)
{
    return withStore(system, request.about.workingFolder,
                     [&](ScratchStore& store) { return store.setPinned(request.about.directory, request.pinned); });
}

Result<ScratchDirectory> ScratchService::serve(const request::ScratchRelease& request)
{
    return withStore(system, request.about.workingFolder,
                     [&](ScratchStore& store) { return store.release(request.about.directory, request.inUse); });
}

Result<Altered> ScratchService::serve(const request::ScratchRestore& request)
{
    return withStore(system, request.about.workingFolder,
                     [&](ScratchStore& store) { return store.restore(request.about.directory, request.lifetime); });
}

Result<FindResult> ScratchService::serve(const request::ScratchFind& request)
{
    if (request.folder.empty() || request.folder.front() != '/')
        return fail(ErrorKind::BadRequest, request.folder, 0, "a folder is named from / on");
    return withStore(system, {}, [&](ScratchStore& store) {
        return Finder(store).find(request.folder, stop, [&](std::uint64_t lookedAt) {
            if (progress)
                progress({lookedAt, 0});
        });
    });
}

Result<SweepPlan> ScratchService::serve(const request::ScratchSweep& request)
{
    return withStore(system, {}, [&](ScratchStore& store) { return Sweeper(store).plan(request.mode); });
}

Result<Purge> ScratchService::serve(const request::ScratchPurge& request)
{
    return withStore(system, request.about.workingFolder, [&](ScratchStore& store) {
        return Sweeper(store).purge(request.about.directory, request.mode, stop, removing(*this));
    });
}

Result<std::vector<LogEntry>> ScratchService::serve(const request::ScratchLog& request)
{
    return withStore(system, {}, [&](ScratchStore& store) { return store.log(request.most); });
}

} // namespace scratchproof
