// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/check_command.h"

#include "app/cli/check_output.h"
#include "app/cli/prober_session.h"
#include "core/base/quantity.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <ostream>

namespace scratchproof {

namespace {

/// So many checks are under way or wait at the host; the rest waits here, so that memory stays bounded however many
/// folders there are.
constexpr std::size_t kWindow = 256;

/// Nothing if it cannot be read to its end: a directory opens, and then cannot.
std::optional<std::string> readAll(std::istream& from)
{
    std::string text;
    std::array<char, 16384> part{};
    while (from.read(part.data(), part.size()) || from.gcount() > 0)
        text.append(part.data(), static_cast<std::size_t>(from.gcount()));
    return from.eof() && !from.bad() ? std::optional(std::move(text)) : std::nullopt;
}

/// One path a line; with NULs in it, one path between two of them (find -print0).
std::vector<Path> splitPaths(const std::string& text)
{
    const char separator = text.find('\0') == std::string::npos ? '\n' : '\0';
    std::vector<Path> paths;
    std::size_t start = 0;
    while (start < text.size()) {
        const auto end = std::min(text.find(separator, start), text.size());
        std::string_view line(text.data() + start, end - start);
        if (separator == '\n' && !line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        if (!line.empty())
            paths.emplace_back(line);
        start = end + 1;
    }
    return paths;
}

} // namespace

CommandLine CheckCommand::declare(CommandLine& program)
{
    CommandLine command =
        program.command("check", "Really try folders: create, write, sync, read back, rename, delete");
    command.option("--level LEVEL", m_level, "How much is tried").oneOf({"quick", "standard", "full"}).showDefault();
    command.option("--timeout TIME", m_timeout, "How long one step may take: seconds, or with a unit (500ms, 1m)")
        .check([](const std::string& text) {
            const auto duration = parseDuration(text);
            if (!duration)
                return duration.error().detail;
            return *duration > 0 ? std::string() : "'" + text + "' is not a time-out; expected more than nothing";
        })
        .showDefault();
    command.option("--from-file FILE", m_fromFile, "Read folders from FILE, one a line (or NUL-separated); - is stdin")
        .notEmpty();
    command.option("--as USER", m_as, "Check in the place of this user of this computer (by sudo or pkexec)")
        .notEmpty();
    const CommandOption json = command.flag("--json", m_json, "Print one JSON document (scratchproof.report/1)");
    command.flag("--ndjson", m_ndjson, "Print events as they come, a JSON object a line (scratchproof.stream/1)")
        .excludes(json);
    command.option("FOLDER", m_folders, "Folders to check; [USER@]HOST:FOLDER is on another computer, through ssh")
        .notEmpty();
    return command;
}

std::optional<std::vector<FolderAddress>> CheckCommand::gatherFolders(Console& console) const
{
    std::vector<Path> folders = m_folders;
    if (!m_fromFile.empty()) {
        std::ifstream file;
        if (m_fromFile != "-")
            file.open(absolutePath(m_fromFile, console.workingFolder), std::ios::binary);
        const auto text = readAll(m_fromFile == "-" ? console.in : file);
        if (!text) {
            console.err << "scratchproof-cli: --from-file: cannot read "
                        << (m_fromFile == "-" ? "standard input" : "'" + displayPath(m_fromFile) + "'")
                        << "; expected a file with one folder a line\n";
            return std::nullopt;
        }
        for (auto& path : splitPaths(*text))
            folders.push_back(std::move(path));
    }
    if (folders.empty()) {
        console.err << "scratchproof-cli: check: no folder given; expected at least one FOLDER, or --from-file\n";
        return std::nullopt;
    }
    std::vector<FolderAddress> addresses;
    for (const auto& folder : folders) {
        auto address = folderAddress(folder, console.workingFolder);
        if (address && address->asker.isRemote() && !m_as.empty()) {
            console.err << "scratchproof-cli: check: --as is for folders of this computer; write '" << displayText(m_as)
                        << "@HOST:FOLDER' in place of '" << displayText(folder) << "'\n";
            return std::nullopt;
        }
        if (!address) {
            console.err << "scratchproof-cli: check: '" << displayText(folder) << "': " << address.error().detail
                        << '\n';
            return std::nullopt;
        }
        if (!address->asker.isRemote())
            address->asker.user = m_as;
        addresses.push_back(std::move(*address));
    }
    return addresses;
}

/// Asked before anything is done: a name that is misspelled is no answer about a folder.
bool CheckCommand::knowsUser(Console& console) const
{
    if (m_as.empty())
        return true;
    const auto account = console.system.processes.userAccount(m_as);
    if (!account || *account) // what could not be found out, the check itself will tell
        return true;
    console.err << "scratchproof-cli: check: --as: there is no user '" << displayText(m_as) << "' on this computer\n";
    return false;
}

/// In words only: what a program reads has the finding.
void CheckCommand::tellRoot(Console& console)
{
    const auto caller = environmentVariable("SUDO_USER");
    const bool isKnown =
        caller && *caller != "root" && console.system.processes.userAccount(*caller).value_or(std::nullopt);
    console.err << "You are root, who may do almost everything: these answers hold for root only.\n";
    if (isKnown)
        console.err << "To see what " << displayText(*caller) << " may do: scratchproof-cli check --as "
                    << quoteForShell(*caller) << " FOLDER...\n";
}

std::unique_ptr<CheckOutput> CheckCommand::makeOutput(Console& console) const
{
    if (m_json)
        return makeJsonOutput(console);
    if (m_ndjson)
        return makeStreamOutput(console);
    return makeTextOutput(console);
}

int CheckCommand::run(Console& console)
{
    const auto folders = gatherFolders(console);
    if (!folders || !knowsUser(console))
        return toInt(ExitCode::BadUsage);
    const bool anyAsOurselves = std::any_of(folders->begin(), folders->end(),
                                            [](const FolderAddress& address) { return address.asker.isHere(); });
    if (anyAsOurselves && !m_json && !m_ndjson && console.system.processes.userId() == 0)
        tellRoot(console);
    const Level level = levelFromString(m_level).value_or(Level::Standard);
    const auto output = makeOutput(console);
    // Written before a thread starts: what fails here fails early.
    output->begin(folders->size());
    const Nanoseconds deadline = parseDuration(m_timeout).value_or(10 * kNanosecondsPerSecond);
    ProberSession session(console, deadline);

    std::map<WorkId, std::size_t> numbers; // 1, 2, ... as the folders were given
    std::size_t submitted = 0;
    std::size_t finished = 0;
    ExitCodeOfChecks exitCode;
    const auto submitMore = [&] {
        while (submitted < folders->size() && numbers.size() < kWindow && session.signal() == 0) {
            const FolderAddress& address = folders->at(submitted);
            numbers[session.hosts().check(address.asker, address.folder, level)] = ++submitted;
        }
    };
    submitMore();
    using Kind = ProberSession::Happening::Kind;
    while (!numbers.empty()) {
        const auto happening = session.next();
        if (!happening)
            break;
        const auto number = numbers.find(happening->id);
        if (number == numbers.end())
            continue;
        switch (happening->kind) {
        case Kind::CheckStarted:
            output->checkStarted(number->second, folders->at(number->second - 1).folder);
            break;
        case Kind::StepStarted:
            output->stepStarted(number->second, happening->step);
            break;
        case Kind::StepFinished:
            output->stepFinished(number->second, happening->stepResult);
            break;
        case Kind::CheckFinished:
            exitCode.add(*happening->check);
            output->checkFinished(number->second, happening->check);
            numbers.erase(number);
            ++finished;
            submitMore();
            break;
        default:
            break;
        }
    }
    if (finished < folders->size())
        exitCode.addMissing();
    const int code = session.exitCode(exitCode.value());
    output->end(code);
    return code;
}

void ExitCodeOfChecks::add(const Check& check)
{
    // Of our own program only: what is said in other shoes is another's word, and another's fault.
    const bool fault = !check.as && !check.findings.empty() && check.findings.front().id == "prober-start";
    m_fault = m_fault || fault;
    m_unusable = m_unusable || check.verdict == Verdict::Unusable;
    m_unknown = m_unknown || check.verdict == Verdict::NotResponding || check.verdict == Verdict::NotChecked;
}

ExitCode ExitCodeOfChecks::value() const
{
    if (m_fault)
        return ExitCode::Fault;
    if (m_unusable)
        return ExitCode::Unusable;
    return m_unknown ? ExitCode::NotFoundOut : ExitCode::Success;
}

} // namespace scratchproof
