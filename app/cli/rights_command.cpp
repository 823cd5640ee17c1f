// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/rights_command.h"

#include "app/cli/prober_session.h"
#include "core/diagnosis/finding_json.h"
#include "core/diagnosis/rights_findings.h"
#include "core/host/run_as.h"
#include "core/report/report_words.h"
#include "core/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace scratchproof {

namespace {

constexpr const char* kRightsSchema = "scratchproof.rights/1";

struct Asked
{
    Path folder;
    std::optional<Result<RightsReply>> answer;

    [[nodiscard]] RightsVerdict verdict() const
    {
        return answer && *answer ? (*answer)->verdict : RightsVerdict::Unknown;
    }
};

Json toJson(const Asked& asked)
{
    Json json = Json::object();
    putPath(json, "folder", asked.folder);
    json["answer"] = toString(asked.verdict());
    if (asked.answer && *asked.answer) {
        if (const auto& component = (*asked.answer)->component)
            putPath(json, "component", *component);
        if (const auto& finding = (*asked.answer)->finding)
            json["finding"] = rightsFindingJson(*finding);
    } else if (asked.answer) {
        json["error"] = toJson(asked.answer->error());
    }
    return json;
}

const char* wordOf(RightsVerdict verdict)
{
    switch (verdict) {
    case RightsVerdict::Yes:
        return "yes";
    case RightsVerdict::No:
        return "no";
    case RightsVerdict::Unknown:
        break;
    }
    return "cannot be known";
}

void print(std::ostream& out, const Asked& asked, std::size_t columns)
{
    out << fmt::format("{:<16} {}\n", wordOf(asked.verdict()), displayPath(asked.folder));
    if (!asked.answer)
        return;
    if (!*asked.answer) {
        const Error& error = asked.answer->error();
        out << "    " << (error.kind == ErrorKind::NotResponding ? "It does not answer." : displayText(toString(error)))
            << '\n';
        return;
    }
    const std::optional<Finding>& finding = (*asked.answer)->finding;
    if (!finding) {
        out << "    The answer cannot be understood.\n";
        return;
    }
    const RenderedFinding words = renderRights(*finding);
    // What cannot be known has no certainty.
    const std::string certainty =
        finding->severity == Severity::Blocking ? fmt::format("{}; ", wordOf(finding->certainty)) : std::string();
    const std::string title = fmt::format("{} ({}{}).", words.title, certainty, displayText(finding->id));
    out << wrapped(title, "    ", "    ", columns) << '\n';
    if (!words.explanation.empty())
        out << wrapped(words.explanation, "    ", "    ", columns) << '\n';
    for (const RenderedFix& fix : words.fixes)
        out << fixLines(fix, columns);
}

} // namespace

CommandLine RightsCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("rights", "Compute whether another user would be able to write to folders");
    command.detail(R"(
Says whether *USER* would be able to create files in each *FOLDER*, as the kernel would decide it: all folders on the
way, links, access lists, mounts and marks. Nothing is tried, and the user need not be signed in; they are taken to
have the groups that a new session would have.

The answer is yes; no, with the folder and the rule that says so, how certain that is, and the least that would help;
or that it cannot be known from here, because a server or a program decides, or because a folder on the way may not
be looked into. Room and quotas are not looked at. To have it really tried instead, use `check --as`.)");
    command.flag("--json", m_json, "Print one JSON document (scratchproof.rights/1)");
    command.option("USER", m_user, "Name or number of a user of this computer")
        .required()
        .notEmpty()
        .completes(Completion::Users);
    command.option("FOLDER", m_folders, "Folders to look at").required().notEmpty().completes(Completion::Folders);
    return command;
}

int RightsCommand::run(Console& console)
{
    std::vector<Asked> all;
    for (const Path& folder : m_folders)
        all.push_back({pathOfFileUri(folder).value_or(absolutePath(folder, console.workingFolder)), {}});
    if (std::any_of(all.begin(), all.end(), [](const Asked& asked) { return asked.folder.empty(); })) {
        console.err
            << "scratchproof-cli: rights: the folder that you are in is gone, so that nothing can be named from "
               "it; expected whole paths, from / on\n";
        return toInt(ExitCode::BadUsage);
    }
    ProberSession session(console);
    std::vector<request::Rights> questions;
    for (const Asked& asked : all)
        questions.push_back({asked.folder, m_user});
    auto answers = session.askAll(std::move(questions));
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].answer = std::move(answers[i]);
    ExitCode code = ExitCode::Success;
    for (const Asked& asked : all) {
        if (asked.answer && !*asked.answer && asked.answer->error().kind == ErrorKind::UnknownUser) {
            console.err << "scratchproof-cli: rights: " << displayText(asked.answer->error().detail)
                        << "; expected a name or a number of the user database\n";
            return session.exitCode(ExitCode::BadUsage);
        }
        if (asked.verdict() == RightsVerdict::No)
            code = ExitCode::Unusable;
        else if (asked.verdict() == RightsVerdict::Unknown && code == ExitCode::Success)
            code = ExitCode::NotFoundOut;
    }
    if (m_json) {
        Json document = Json::object();
        document["schema"] = kRightsSchema;
        putPath(document, "user", m_user);
        document["answers"] = Json::array();
        for (const Asked& asked : all)
            document["answers"].push_back(toJson(asked));
        console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        for (const Asked& asked : all)
            print(console.out, asked, console.columns);
    }
    return session.exitCode(code);
}

} // namespace scratchproof
