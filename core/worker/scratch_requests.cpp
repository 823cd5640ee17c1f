// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/scratch_requests.h"

#include "core/base/quantity.h"
#include "core/base/side_thread.h"
#include "core/scratch/scratch_json.h"
#include "core/scratch/scratch_store.h"
#include "core/system/private_files.h"

#include <algorithm>
#include <string_view>

namespace scratchproof {

namespace {

constexpr std::string_view kPrefix = "scratch-";

tl::unexpected<Error> badRequest(const char* member)
{
    return fail("bad-request", {}, 0, std::string("the request has no usable member '") + member + "'");
}

Result<Json> answerWith(const Result<ScratchDirectory>& directory)
{
    return directory.map([](const ScratchDirectory& seen) {
        Json answer = Json::object();
        answer["directory"] = toJson(seen);
        return answer;
    });
}

Result<Json> answerWith(const Result<Altered>& altered)
{
    return altered.map([](const Altered& seen) { return toJson(seen); });
}

Result<Json> create(ScratchStore& store, ProbeJournal& journal, const Json& request, std::stop_token stop)
{
    CreateRequest wish;
    const auto name = getPath(request, "name");
    const auto folder = getPath(request, "in");
    if (!name)
        return badRequest("name");
    if (!folder)
        return badRequest("in");
    const auto lifetime = parseLifetime(getString(request, "lifetime").value_or("never"));
    if (!lifetime)
        return fail("bad-input", lifetime.error().path, 0, lifetime.error().detail);
    wish.name = *name;
    wish.folder = *folder;
    wish.lifetime = *lifetime;
    wish.note = getString(request, "note").value_or("");
    wish.pinned = getBool(request, "pinned").value_or(false);
    wish.reuse = getBool(request, "reuse").value_or(false);
    wish.isDefaultFolder = getBool(request, "default_folder").value_or(false);
    wish.empty = getBool(request, "empty").value_or(false);
    const auto created = store.create(wish, journal, std::move(stop));
    if (!created)
        return fail(created.error());
    return toJson(*created);
}

Result<Json> suits(ScratchStore& store, const Json& request)
{
    const auto folder = getPath(request, "folder");
    if (!folder || folder->empty() || folder->front() != '/')
        return badRequest("folder");
    return store.suits(*folder).map([] { return Json(Json::object()); });
}

Result<Json> answerWith(const Result<std::vector<ScratchDirectory>>& directories)
{
    if (!directories)
        return fail(directories.error());
    Json answer = Json::object();
    answer["directories"] = Json::array();
    for (const ScratchDirectory& directory : *directories)
        answer["directories"].push_back(toJson(directory));
    return answer;
}

Result<Json> named(ScratchStore& store, const Json& request)
{
    constexpr std::size_t kMostWords = 100'000;
    const auto words = getPaths(request, "words", kMostWords);
    return words ? answerWith(store.named(*words)) : Result<Json>(badRequest("words"));
}

Result<Json> extend(ScratchStore& store, const std::string& id, const Json& request)
{
    const auto text = getString(request, "lifetime");
    if (!text)
        return badRequest("lifetime");
    const auto lifetime = parseLifetime(*text);
    if (!lifetime)
        return fail("bad-input", lifetime.error().path, 0, lifetime.error().detail);
    return answerWith(store.extend(id, *lifetime));
}

Result<Json> restore(ScratchStore& store, const std::string& id, const Json& request)
{
    std::optional<Lifetime> lifetime;
    if (const auto text = getString(request, "lifetime")) {
        const auto read = parseLifetime(*text);
        if (!read)
            return fail("bad-input", read.error().path, 0, read.error().detail);
        lifetime = *read;
    }
    return answerWith(store.restore(id, lifetime));
}

/// Ids of others that are to be cleaned up as well.
std::vector<std::string> namesOf(const Json& request)
{
    std::vector<std::string> ids;
    const Json* named = getArray(request, "also");
    for (const Json& id : named != nullptr ? *named : Json::array()) {
        if (id.is_string())
            ids.push_back(id.get<std::string>());
    }
    return ids;
}

ScratchStore::InUse inUseOf(const Json& request)
{
    return getBool(request, "in_use_ok") == true ? ScratchStore::InUse::RemoveAllTheSame : ScratchStore::InUse::Keep;
}

/// What happens to one between its creation and its removal; nothing for other requests.
std::optional<Result<Json>> serveLife(ScratchStore& store, const std::string& what, const std::string& id,
                                      const Json& request)
{
    if (what == "scratch-extend")
        return extend(store, id, request);
    if (what == "scratch-release")
        return answerWith(store.release(id, inUseOf(request)));
    if (what == "scratch-restore")
        return restore(store, id, request);
    if (what != "scratch-pin")
        return std::nullopt;
    const auto pinned = getBool(request, "pinned");
    return pinned ? answerWith(store.setPinned(id, *pinned)) : Result<Json>(badRequest("pinned"));
}

Json progressBody(std::uint64_t entries, std::uint64_t bytes)
{
    Json body = Json::object();
    body["entries"] = entries;
    body["bytes"] = bytes;
    return body;
}

SweepMode sweepModeOf(const Json& request)
{
    return getBool(request, "dry_run") == true ? SweepMode::Try : SweepMode::Do;
}

Result<Json> find(ScratchStore& store, const Json& request, std::stop_token stop,
                  const std::function<void(Json)>& progress)
{
    const auto folder = getPath(request, "folder");
    if (!folder || folder->empty() || folder->front() != '/')
        return badRequest("folder");
    const auto looking = [&](std::uint64_t lookedAt) {
        if (progress)
            progress(progressBody(lookedAt, 0));
    };
    return store.find(*folder, std::move(stop), looking).map([](const FindResult& result) { return toJson(result); });
}

Result<Json> readLog(ScratchStore& store, const Json& request)
{
    constexpr std::uint64_t kMostAtOnce = 10'000;
    const auto most = std::min(getUnsigned(request, "most").value_or(100), kMostAtOnce);
    const auto entries = store.log(most);
    if (!entries)
        return fail(entries.error());
    Json answer = Json::object();
    answer["entries"] = Json::array();
    for (const LogEntry& entry : *entries)
        answer["entries"].push_back(toJson(entry));
    return answer;
}

Result<Json> serveOne(ScratchStore& store, const std::string& what, const std::string& id, const Json& request,
                      std::stop_token stop, const std::function<void(Json)>& progress)
{
    const auto measuring = [&](const Measure& measure) {
        if (progress)
            progress(progressBody(measure.files + measure.directories, measure.bytes));
    };
    if (auto lived = serveLife(store, what, id, request))
        return std::move(*lived);
    const auto look = getBool(request, "brief") == true ? ScratchStore::Look::Brief : ScratchStore::Look::Whole;
    if (what == "scratch-inspect")
        return answerWith(store.inspect(id, std::move(stop), measuring, look));
    if (what == "scratch-preview") {
        store.alsoNamed(namesOf(request));
        return store.preview(id, std::move(stop), measuring, look).map([](const Preview& seen) {
            return toJson(seen);
        });
    }
    if (what == "scratch-forget") {
        return store.forget(id).map([](bool forgotten) {
            Json answer = Json::object();
            answer["forgotten"] = forgotten;
            return answer;
        });
    }
    const auto removing = [&](const RemovalProgress& done) {
        if (progress)
            progress(progressBody(done.entries, done.bytes));
    };
    if (what == "scratch-purge")
        return store.purge(id, sweepModeOf(request), std::move(stop), removing).map([](const Purge& done) {
            return toJson(done);
        });
    if (what == "scratch-clean-unseen")
        return store.cleanUnseen(id, std::move(stop), removing, inUseOf(request))
            .map([](const ScratchStore::Unseen& done) { return toJson(done); });
    const auto confirmation = getString(request, "confirmation");
    if (!confirmation)
        return badRequest("confirmation");
    return store.clean(id, *confirmation, std::move(stop), removing, inUseOf(request)).map([](const Cleaned& done) {
        return toJson(done);
    });
}

} // namespace

bool isScratchRequest(const Json& request)
{
    const auto what = getString(request, "request").value_or("");
    for (const std::string_view known :
         {"create", "list", "named", "inspect", "preview", "clean", "clean-unseen", "forget", "extend", "pin",
          "release", "restore", "find", "sweep", "purge", "log", "suits"}) {
        if (what.size() == kPrefix.size() + known.size() && what.starts_with(kPrefix) && what.ends_with(known))
            return true;
    }
    return false;
}

Result<Json> serveScratchRequest(System& system, ProbeJournal& journal, const Json& request, std::stop_token stop,
                                 const std::function<void(Json)>& progress)
{
    if (!isScratchRequest(request))
        return badRequest("request");
    const PrivateFiles ours; // registry, directory, marker, quarantine
    const SideThread::Kept side(ownFiles());
    const auto file = registryFile(system);
    if (!file)
        return fail(file.error());
    ScratchStore store(system, *file, getPath(request, "working_folder").value_or(""));
    const std::string what = *getString(request, "request");
    if (what == "scratch-create")
        return create(store, journal, request, std::move(stop));
    if (what == "scratch-list")
        return answerWith(store.list());
    if (what == "scratch-named")
        return named(store, request);
    if (what == "scratch-suits")
        return suits(store, request);
    if (what == "scratch-find")
        return find(store, request, std::move(stop), progress);
    if (what == "scratch-sweep")
        return store.planSweep(sweepModeOf(request)).map([](const SweepPlan& plan) { return toJson(plan); });
    if (what == "scratch-log")
        return readLog(store, request);
    const auto id = getString(request, "directory");
    if (!id)
        return badRequest("directory");
    return serveOne(store, what, *id, request, std::move(stop), progress);
}

} // namespace scratchproof
