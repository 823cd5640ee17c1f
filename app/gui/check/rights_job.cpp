// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/rights_job.h"

#include "core/diagnosis/finding_json.h"

#include <utility>

namespace scratchproof::gui {

namespace {

std::optional<RightsReply::Answer> answerFromString(const std::string& word)
{
    if (word == "yes")
        return RightsReply::Answer::Yes;
    if (word == "no")
        return RightsReply::Answer::No;
    if (word == "unknown")
        return RightsReply::Answer::Unknown;
    return std::nullopt;
}

} // namespace

Result<RightsReply> rightsReplyFromJson(const Json& json)
{
    const auto answer = answerFromString(getString(json, "answer").value_or(""));
    if (!answer)
        return tl::unexpected(Error{ErrorKind::ParseRights, {}, 0, "the answer is none of yes, no and unknown"});
    RightsReply reply;
    reply.answer = *answer;
    reply.user = getPath(json, "user").value_or("");
    reply.uid = getUnsigned(json, "uid");
    reply.component = getPath(json, "component");
    if (const Json* finding = getObject(json, "finding")) {
        Result<Finding> read = findingFromJson(*finding);
        if (!read)
            return tl::unexpected(read.error());
        reply.finding = std::move(*read);
    }
    return reply;
}

WorkId askRights(ProberService& probers, const Path& folder, const std::string& user, QObject* context,
                 std::function<void(const Result<RightsReply>&)> answered)
{
    Json request;
    request["request"] = "rights";
    putPath(request, "folder", folder);
    putPath(request, "user", user);
    return probers.ask(folder, std::move(request), context, [answered = std::move(answered)](const Result<Json>& json) {
        answered(json ? rightsReplyFromJson(*json) : tl::unexpected(json.error()));
    });
}

} // namespace scratchproof::gui
