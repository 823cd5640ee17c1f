// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/verify_json.h"

#include "core/verify/quick_capacity.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace scratchproof {

namespace {

constexpr const char* kCapacityKind = "capacity";
constexpr const char* kQuickKind = "quick-capacity";
constexpr const char* kRemovingPhase = "removing";

template <typename Enum, std::size_t Count>
std::optional<Enum> enumNamed(const std::optional<std::string>& word)
{
    for (std::size_t i = 0; word && i < Count; ++i) {
        if (toString(static_cast<Enum>(i)) == *word)
            return static_cast<Enum>(i);
    }
    return std::nullopt;
}

constexpr std::size_t kVerdicts = static_cast<std::size_t>(CapacityVerdict::NotFinished) + 1;
constexpr std::size_t kPhases = static_cast<std::size_t>(CapacityPhase::Verifying) + 1;

void putText(Json& json, const char* name, const std::string& text)
{
    if (!text.empty())
        json[name] = text;
}

std::optional<std::vector<Region>> regionsFrom(const Json& json)
{
    const Json* list = getArray(json, "regions");
    if (list == nullptr || list->size() > CapacityRegions::kMostRegions)
        return std::nullopt;
    std::vector<Region> regions;
    for (const Json& one : *list) {
        const auto offset = getUnsigned(one, "offset");
        const auto length = getUnsigned(one, "length");
        const auto state = enumNamed<RegionState, kRegionStates>(getString(one, "state"));
        if (!offset || !length || !state)
            return std::nullopt;
        regions.push_back({*offset, *length, *state});
    }
    return regions;
}

std::vector<StorageTrait> storageFromJson(const Json& json)
{
    std::vector<StorageTrait> traits;
    const Json* list = getArray(json, "storage");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto trait =
            (*list)[i].is_string() ? storageTraitFromString((*list)[i].get<std::string>()) : std::nullopt;
        if (trait && std::find(traits.begin(), traits.end(), *trait) == traits.end())
            traits.push_back(*trait);
    }
    return traits;
}

Json toJson(const QuickSampling& quick)
{
    return {{"samples", quick.samples},
            {"bad_samples", quick.bad},
            {"reserved_bytes", quick.reserved},
            {"written_bytes", quick.written},
            {"pushed_bytes", quick.pushed},
            {"cannot_reserve", quick.cannotReserve},
            {"missed_of_1_percent", chanceOfMissing(quick.samples, 0.01)},
            {"missed_of_5_percent", chanceOfMissing(quick.samples, 0.05)}};
}

std::optional<QuickSampling> samplingFromJson(const Json& json)
{
    const auto number = [&](const char* name) { return getUnsigned(json, name).value_or(0); };
    if (!getUnsigned(json, "samples"))
        return std::nullopt;
    return QuickSampling{number("samples"),        number("bad_samples"),
                         number("reserved_bytes"), number("written_bytes"),
                         number("pushed_bytes"),   getBool(json, "cannot_reserve").value_or(false)};
}

} // namespace

Json toJson(const CapacityResult& result)
{
    Json json = Json::object();
    json["kind"] = result.quick ? kQuickKind : kCapacityKind;
    json["verdict"] = toString(result.verdict);
    putPath(json, "folder", result.folder);
    json["again"] = result.isAgain;
    Json& storage = json["storage"] = Json::array();
    for (const StorageTrait trait : result.storage)
        storage.push_back(toString(trait));
    json["claimed_bytes"] = result.claimed;
    json["tested_bytes"] = result.tested;
    json["real_bytes"] = result.real;
    json["real_error_bytes"] = result.realError;
    json["past_cache"] = result.isPastCache;
    json["ended_early"] = result.endedEarly;
    Json& found = json["found_bytes"] = Json::object();
    for (std::size_t i = 0; i < kRegionStates; ++i)
        found[std::string(toString(static_cast<RegionState>(i)))] = result.found[i];
    if (result.quick)
        json["sampling"] = toJson(*result.quick);
    json["writing_ns"] = result.writing;
    json["flushing_ns"] = result.flushing;
    json["verifying_ns"] = result.verifying;
    if (result.error)
        json["error"] = toJson(*result.error);
    Json& regions = json["regions"] = Json::array();
    for (const Region& region : result.regions)
        regions.push_back({{"offset", region.offset}, {"length", region.length}, {"state", toString(region.state)}});
    json["regions_joined"] = result.isCoarse;
    if (!result.kept.empty())
        putPath(json, "kept", result.kept);
    if (!result.directory.empty())
        putPath(json, "directory", result.directory);
    putText(json, "id", result.id);
    putText(json, "not_kept", result.notKept);
    putText(json, "not_removed", result.notRemoved);
    return json;
}

std::optional<CapacityResult> capacityResultFromJson(const Json& json)
{
    const auto verdict = enumNamed<CapacityVerdict, kVerdicts>(getString(json, "verdict"));
    auto regions = regionsFrom(json);
    const Json* found = getObject(json, "found_bytes");
    const Json* sampling = getObject(json, "sampling");
    const bool isQuick = getString(json, "kind") == kQuickKind && sampling != nullptr;
    if ((getString(json, "kind") != kCapacityKind && !isQuick) || !verdict || !regions || found == nullptr)
        return std::nullopt;
    CapacityResult result;
    if (isQuick)
        result.quick = samplingFromJson(*sampling);
    result.verdict = *verdict;
    result.folder = getPath(json, "folder").value_or("");
    result.isAgain = getBool(json, "again").value_or(false);
    result.storage = storageFromJson(json);
    result.claimed = getUnsigned(json, "claimed_bytes").value_or(0);
    result.tested = getUnsigned(json, "tested_bytes").value_or(0);
    result.real = getUnsigned(json, "real_bytes").value_or(0);
    result.realError = getUnsigned(json, "real_error_bytes").value_or(0);
    result.isPastCache = getBool(json, "past_cache").value_or(false);
    result.endedEarly = getBool(json, "ended_early").value_or(false);
    for (std::size_t i = 0; i < kRegionStates; ++i)
        result.found[i] = getUnsigned(*found, std::string(toString(static_cast<RegionState>(i)))).value_or(0);
    result.writing = getInteger(json, "writing_ns").value_or(0);
    result.flushing = getInteger(json, "flushing_ns").value_or(0);
    result.verifying = getInteger(json, "verifying_ns").value_or(0);
    if (const Json* error = getObject(json, "error"))
        result.error = errorFromJson(*error);
    result.regions = std::move(*regions);
    result.isCoarse = getBool(json, "regions_joined").value_or(false);
    result.kept = getPath(json, "kept").value_or("");
    result.directory = getPath(json, "directory").value_or("");
    result.id = getString(json, "id").value_or("");
    result.notKept = getString(json, "not_kept").value_or("");
    result.notRemoved = getString(json, "not_removed").value_or("");
    return result;
}

Json verifyDocument(const Json& members)
{
    Json document = Json::object();
    document["schema"] = kVerifySchema;
    for (const auto& [key, value] : members.items())
        document[key] = value;
    return document;
}

Json toJson(const CapacityStatus& status)
{
    Json json = Json::object();
    json["phase"] = status.isRemoving ? std::string_view(kRemovingPhase) : toString(status.run.phase);
    json["done"] = status.run.done;
    json["total"] = status.run.total;
    json["bad"] = status.run.bad;
    json["elapsed_ns"] = status.run.elapsed;
    json["bad_early"] = status.run.foundBadEarly;
    if (status.left)
        json["left"] = {{"least_ns", status.left->least}, {"most_ns", status.left->most}};
    putPath(json, "directory", status.directory);
    putText(json, "scratch", status.id);
    return json;
}

CapacityStatus capacityStatusFromJson(const Json& json)
{
    CapacityStatus status;
    const auto phase = getString(json, "phase");
    status.isRemoving = phase == kRemovingPhase;
    status.run.phase = enumNamed<CapacityPhase, kPhases>(phase).value_or(CapacityPhase::Writing);
    status.run.done = getUnsigned(json, "done").value_or(0);
    status.run.total = getUnsigned(json, "total").value_or(0);
    status.run.bad = getUnsigned(json, "bad").value_or(0);
    status.run.elapsed = getInteger(json, "elapsed_ns").value_or(0);
    status.run.foundBadEarly = getBool(json, "bad_early").value_or(false);
    if (const Json* left = getObject(json, "left"))
        status.left = {getInteger(*left, "least_ns").value_or(0), getInteger(*left, "most_ns").value_or(0)};
    status.directory = getPath(json, "directory").value_or("");
    status.id = getString(json, "scratch").value_or("");
    return status;
}

} // namespace scratchproof
