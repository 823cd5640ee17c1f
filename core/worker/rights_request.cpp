// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/rights_request.h"

#include "core/diagnosis/finding_json.h"
#include "core/diagnosis/rights_findings.h"

namespace scratchproof {

namespace {

/// The finding as in a report, with the words that are about somebody else in place of those that say "you".
Json findingOf(const EffectiveRights& rights, const Path& folder, const Subject& subject)
{
    const Finding finding = rightsFinding(rights, folder, subject);
    Json json = toJson(finding);
    const RenderedFinding words = renderRights(finding);
    json["title"] = words.title;
    json["explanation"] = words.explanation;
    return json;
}

} // namespace

Result<Json> serveRightsRequest(System& system, const Json& request, std::stop_token stop)
{
    const auto folder = getPath(request, "folder");
    const auto user = getPath(request, "user");
    if (!folder || folder->empty() || !user)
        return fail("bad-request", folder.value_or(Path()), 0, "a request for rights needs a folder and a user");
    const auto subject = findSubject(system, *user);
    if (!subject)
        return fail(subject.error());
    MountTable mounts;
    if (const auto read = mounts.refresh(); !read)
        return fail(read.error());
    NameCache names;
    const EffectiveRights rights = computeRights(system, mounts, *folder, subject->credentials, names, stop);
    if (rights.reason == RightsReason::Stopped)
        return fail("cancelled", *folder, 0);
    Json json = Json::object();
    json["answer"] = toString(rights.verdict);
    putPath(json, "user", subject->name);
    json["uid"] = subject->credentials.uid;
    putPath(json, "component", rights.component);
    json["finding"] = findingOf(rights, *folder, *subject);
    return json;
}

} // namespace scratchproof
