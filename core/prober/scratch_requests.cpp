// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/scratch_requests.h"

#include "core/base/quantity.h"
#include "core/scratch/scratch_json.h"
#include "core/scratch/scratch_store.h"

#include <string_view>

namespace scratchproof {

namespace {

constexpr std::string_view kPrefix = "scratch-";

tl::unexpected<Error> badRequest(const char* member)
{
    return fail("bad-request", {}, 0, std::string("the request has no usable member '") + member + "'");
}

/// On FAT and the like: others on this computer may see what is in the directory.
Json permissionsNote(const Created& created)
{
    Json note = Json::object();
    note["id"] = "chmod-has-no-effect";
    note["severity"] = "limit";
    note["certainty"] = "proven";
    note["arguments"] = {{"fs", {{"type", "name"}, {"value", created.fileSystem}}}};
    note["title"] = "Others on this computer may see what is in it";
    note["explanation"] = "This file system stores no permissions, so a directory on it cannot be made private.";
    return note;
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
    const auto created = store.create(wish, journal, std::move(stop));
    if (!created)
        return fail(created.error());
    Json answer = Json::object();
    answer["directory"] = toJson(created->directory);
    answer["notes"] = Json::array();
    if (created->permissionsNotStored)
        answer["notes"].push_back(permissionsNote(*created));
    return answer;
}

Result<Json> list(ScratchStore& store)
{
    const auto directories = store.list();
    if (!directories)
        return fail(directories.error());
    Json answer = Json::object();
    answer["directories"] = Json::array();
    for (const ScratchDirectory& directory : *directories)
        answer["directories"].push_back(toJson(directory));
    return answer;
}

Json progressBody(std::uint64_t entries, std::uint64_t bytes)
{
    Json body = Json::object();
    body["entries"] = entries;
    body["bytes"] = bytes;
    return body;
}

Result<Json> serveOne(ScratchStore& store, const std::string& what, const std::string& id, const Json& request,
                      std::stop_token stop, const std::function<void(Json)>& progress)
{
    const auto measuring = [&](const Measure& measure) {
        if (progress)
            progress(progressBody(measure.files + measure.directories, measure.bytes));
    };
    if (what == "scratch-inspect") {
        const auto directory = store.inspect(id, std::move(stop), measuring);
        return directory.map([](const ScratchDirectory& seen) {
            Json answer = Json::object();
            answer["directory"] = toJson(seen);
            return answer;
        });
    }
    if (what == "scratch-preview")
        return store.preview(id, std::move(stop), measuring).map([](const Preview& seen) { return toJson(seen); });
    if (what == "scratch-forget") {
        return store.forget(id).map([](bool forgotten) {
            Json answer = Json::object();
            answer["forgotten"] = forgotten;
            return answer;
        });
    }
    const auto confirmation = getString(request, "confirmation");
    if (!confirmation)
        return badRequest("confirmation");
    const auto removing = [&](const RemovalProgress& done) {
        if (progress)
            progress(progressBody(done.entries, done.bytes));
    };
    return store.clean(id, *confirmation, std::move(stop), removing).map([](const Cleaned& done) {
        return toJson(done);
    });
}

} // namespace

bool isScratchRequest(const Json& request)
{
    const auto what = getString(request, "request").value_or("");
    for (const std::string_view known : {"create", "list", "inspect", "preview", "clean", "forget"}) {
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
    const auto file = registryFile(system);
    if (!file)
        return fail(file.error());
    ScratchStore store(system, *file);
    const std::string what = *getString(request, "request");
    if (what == "scratch-create")
        return create(store, journal, request, std::move(stop));
    if (what == "scratch-list")
        return list(store);
    const auto id = getString(request, "directory");
    if (!id)
        return badRequest("directory");
    return serveOne(store, what, *id, request, std::move(stop), progress);
}

} // namespace scratchproof
