// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/prober_session.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/scratch_support.h"
#include "core/base/quantity.h"
#include "core/diagnosis/words.h"
#include "core/facts/mount_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kCheckDeadline = 10 * kNanosecondsPerSecond;

struct Candidate
{
    Path path;
    std::shared_ptr<const Check> check; // nothing: there was no answer
    bool suits = false;
    std::string reason; // English; why it does not

    [[nodiscard]] std::uint64_t available() const { return isRoomKnown() ? check->facts.space->availableBytes : 0; }
    [[nodiscard]] bool isRoomKnown() const { return check && check->facts.space && check->facts.space->isSizeKnown(); }
    [[nodiscard]] MountKind kind() const
    {
        return check && check->facts.mount ? check->facts.mount->kind : MountKind::Other;
    }
};

/// Which kind of place is preferred: a disk of this computer; what may go away; what is memory.
int rankOf(MountKind kind)
{
    switch (kind) {
    case MountKind::Local:
    case MountKind::Other:
        return 0;
    case MountKind::Memory:
        return 2;
    default:
        return 1;
    }
}

Json toJson(const Candidate& one)
{
    Json json = Json::object();
    putPath(json, "path", one.path);
    json["suits"] = one.suits;
    json["reason"] = one.suits ? Json(nullptr) : Json(one.reason);
    json["verdict"] = one.check ? toString(one.check->verdict) : toString(Verdict::NotChecked);
    json["available_bytes"] = one.isRoomKnown() ? Json(one.available()) : Json(nullptr);
    const bool hasMount = one.check && one.check->facts.mount;
    json["file_system"] = hasMount ? Json(displayText(one.check->facts.mount->fileSystem)) : Json(nullptr);
    json["kind"] = hasMount ? Json(toString(one.kind())) : Json(nullptr);
    return json;
}

/// `scratch best`: really tries every candidate, and prints the one in which a scratch directory is best made.
class ScratchBestCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("best", "Try folders, and print the best one for a scratch directory");
        command.detail(R"(
That is one that is usable rather than limited, on a disk of this computer rather than on a share or a drive that may
be unplugged, and there rather than in memory; then the one with the most room. Left out are those in which `scratch
create` would make none. Exits with 1 if none suits, and says why each does not.)");
        command
            .option("FOLDER", m_folders,
                    "The candidates ($TMPDIR, /var/tmp, /tmp, your home and the top of each drive)")
            .notEmpty()
            .completes(Completion::Folders);
        command.option("--min-free SIZE", m_minFree, "Only where there is so much room, for example 20G")
            .check(whyNoSize)
            .completes({"1G", "5G", "20G", "100G"});
        command.flag("--json", m_json, "Print one JSON document (scratchproof.scratch/1), with all candidates");
        return command;
    }

    int run(Console& console) override
    {
        auto candidates = gather(console);
        if (!candidates)
            return toInt(ExitCode::Fault);
        ProberSession session(console, kCheckDeadline);
        checkAll(session, *candidates);
        judgeRoom(*candidates);
        askWhetherTheySuit(session, *candidates);
        const Candidate* best = bestOf(*candidates);
        if (m_json) {
            Json all = Json::array();
            for (const Candidate& one : *candidates)
                all.push_back(toJson(one));
            printScratchDocument(console,
                                 Json{{"best", best != nullptr ? toJson(*best) : Json(nullptr)}, {"candidates", all}});
        } else if (best != nullptr) {
            console.out << best->path << '\n';
        }
        if (best == nullptr || console.errIsTerminal)
            explain(console, *candidates, best);
        return session.exitCode(exitCode(*candidates, best));
    }

private:
    std::optional<std::vector<Candidate>> gather(Console& console) const
    {
        std::vector<Path> paths;
        for (const std::string& word : m_folders)
            paths.push_back(absolutePath(word, console.workingFolder));
        if (m_folders.empty()) {
            paths = {defaultScratchFolder(), "/var/tmp", "/tmp"};
            if (const auto home = environmentVariable("HOME"); home && home->front() == '/')
                paths.push_back(*home);
            MountTable table;
            if (const auto read = table.refresh(); !read) {
                console.err << "scratchproof-cli: scratch best: " << toString(read.error()) << '\n';
                return std::nullopt;
            }
            for (const auto& mount : table.mounts()) {
                if (isPlaceForPeople(mount) && mount.kind != MountKind::Image &&
                    table.byPathText(mount.mountPoint) == &mount)
                    paths.push_back(mount.mountPoint);
            }
        }
        std::vector<Candidate> candidates;
        std::set<Path> seen;
        for (Path& path : paths) {
            if (seen.insert(path).second)
                candidates.push_back({std::move(path), nullptr, false, {}});
        }
        return candidates;
    }

    static void checkAll(ProberSession& session, std::vector<Candidate>& candidates)
    {
        std::map<WorkId, Candidate*> waiting;
        for (Candidate& one : candidates)
            waiting[session.hosts().check(RunAs(), one.path, Level::Standard)] = &one;
        while (!waiting.empty()) {
            const auto event = session.next();
            if (!event)
                return;
            const auto found = waiting.find(event->id);
            if (found == waiting.end() || event->kind != ProberSession::SessionEvent::Kind::CheckFinished)
                continue;
            found->second->check = event->check;
            waiting.erase(found);
        }
    }

    void judgeRoom(std::vector<Candidate>& candidates) const
    {
        const auto wanted = m_minFree.empty() ? std::uint64_t{0} : parseSize(m_minFree).value_or(0);
        for (Candidate& one : candidates) {
            if (!one.check) {
                one.reason = "there was no answer";
                continue;
            }
            const Check& check = *one.check;
            if (check.verdict != Verdict::Usable && check.verdict != Verdict::Limited)
                one.reason = check.findings.empty() ? std::string(toString(check.verdict))
                                                    : render(check.findings.front()).title;
            else if (wanted != 0 && !one.isRoomKnown())
                one.reason = "how much room it has cannot be told";
            else if (one.available() < wanted)
                one.reason =
                    fmt::format("it has {} free, and {} are wanted", formatBytes(one.available()), formatBytes(wanted));
            else
                one.suits = true;
        }
    }

    /// Where others may replace what is made there, none is made, though files can be written.
    static void askWhetherTheySuit(ProberSession& session, std::vector<Candidate>& candidates)
    {
        std::vector<ProberSession::Question> questions;
        std::vector<Candidate*> asked;
        for (Candidate& one : candidates) {
            if (!one.suits)
                continue;
            Json request{{"request", "scratch-suits"}};
            putPath(request, "folder", one.path);
            questions.push_back({one.path, std::move(request)});
            asked.push_back(&one);
        }
        const auto answers = session.askAll(questions);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (answers[i] && answers[i]->has_value())
                continue;
            asked[i]->suits = false;
            asked[i]->reason = !answers[i]                          ? "there was no answer"
                               : answers[i]->error().detail.empty() ? toString(answers[i]->error())
                                                                    : answers[i]->error().detail;
        }
    }

    /// Usable before limited, a disk before what may go away and that before memory, then the most room; of what is on
    /// one file system the first.
    static const Candidate* bestOf(const std::vector<Candidate>& candidates)
    {
        std::map<std::string, std::uint64_t> rooms; // a few blocks change hands between two looks at one file system
        const auto deviceOf = [](const Candidate& one) {
            return one.check->facts.mount ? toString(one.check->facts.mount->device) : std::string();
        };
        for (const Candidate& one : candidates) {
            if (one.suits)
                rooms[deviceOf(one)] = std::max(rooms[deviceOf(one)], one.available());
        }
        const Candidate* best = nullptr;
        const auto isBetter = [&](const Candidate& a, const Candidate& b) {
            if (a.check->verdict != b.check->verdict)
                return a.check->verdict == Verdict::Usable;
            if (rankOf(a.kind()) != rankOf(b.kind()))
                return rankOf(a.kind()) < rankOf(b.kind());
            return rooms[deviceOf(a)] > rooms[deviceOf(b)];
        };
        for (const Candidate& one : candidates) {
            if (one.suits && (best == nullptr || isBetter(one, *best)))
                best = &one;
        }
        return best;
    }

    static void explain(Console& console, const std::vector<Candidate>& candidates, const Candidate* best)
    {
        if (best == nullptr)
            console.err << "scratchproof-cli: scratch best: none of these suits\n";
        for (const Candidate& one : candidates)
            console.err << fmt::format("  {}  {}\n", displayPath(one.path),
                                       !one.suits          ? displayText(one.reason)
                                       : one.isRoomKnown() ? formatBytes(one.available()) + " free"
                                                           : "room not known");
    }

    static ExitCode exitCode(const std::vector<Candidate>& candidates, const Candidate* best)
    {
        if (best != nullptr)
            return ExitCode::Success;
        const bool anyKnown = std::any_of(candidates.begin(), candidates.end(), [](const Candidate& one) {
            return one.check && one.check->verdict != Verdict::NotResponding &&
                   one.check->verdict != Verdict::NotChecked;
        });
        return anyKnown ? ExitCode::Unusable : ExitCode::NotFoundOut;
    }

    std::vector<std::string> m_folders;
    std::string m_minFree;
    bool m_json = false;
};

} // namespace

std::unique_ptr<Command> makeScratchBestCommand()
{
    return std::make_unique<ScratchBestCommand>();
}

} // namespace scratchproof
