// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/check_command.h"

#include "app/cli/check_output.h"
#include "app/cli/prober_session.h"
#include "core/base/quantity.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/facts/own_powers.h"
#include "core/host/find_program.h"
#include "core/report/check_exit_code.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <istream>
#include <ostream>

namespace scratchproof {

namespace {

/// So many checks are under way or wait at the host; the rest waits here, so that memory stays bounded however many
/// folders there are.
constexpr std::size_t kWindow = 256;

/// How far the checks may run ahead of the first one that has no answer yet: theirs wait for it in memory, since they
/// are told in the order of the folders.
constexpr std::size_t kMostAhead = 1024;

constexpr Nanoseconds kDefaultTimeout = 10 * kNanosecondsPerSecond;

/// A byte order mark of UTF-16.
bool isUtf16(std::string_view text)
{
    return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

/// Which of the names there are in `folder`, asked of a prober: the folder may lie on a mount that does not answer.
/// What could not be found out counts as here, since nobody is to be called because of a name.
std::vector<bool> whichAreHere(ProberSession& session, const Path& folder, const std::vector<Path>& names)
{
    constexpr std::size_t kAtOnce = 500;
    std::vector<bool> here(names.size(), true);
    for (std::size_t at = 0; at < names.size(); at += kAtOnce) {
        const auto first = names.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t count = std::min(kAtOnce, names.size() - at);
        const auto answer = session.ask(request::Entries{folder, {first, first + static_cast<std::ptrdiff_t>(count)}});
        for (std::size_t i = 0; answer && i < std::min(count, answer->exist.size()); ++i)
            here[at + i] = answer->exist[i];
    }
    return here;
}

/// The answer for a folder that was not tried.
Check untried(const Path& folder, Level level, Finding why)
{
    Check check;
    check.folder = folder;
    check.level = level;
    for (const Step step : stepsOf(level))
        check.steps.push_back({step, StepStatus::Skipped, {}, 0, 0});
    check.findings.push_back(std::move(why));
    return check;
}

/// Nothing if it cannot be read to its end: a directory opens, and then cannot.
std::optional<std::string> readAll(std::istream& from)
{
    std::string text;
    std::array<char, 16384> part{};
    while (from.read(part.data(), part.size()) || from.gcount() > 0)
        text.append(part.data(), static_cast<std::size_t>(from.gcount()));
    return from.eof() && !from.bad() ? std::optional(std::move(text)) : std::nullopt;
}

/// One path a line; with NULs in it, one path between two of them (find -print0). Lines may end in CR LF, and the first
/// begin with a byte order mark, as Windows programs write them.
std::vector<Path> splitPaths(const std::string& text)
{
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    const char separator = text.find('\0') == std::string::npos ? '\n' : '\0';
    std::vector<Path> paths;
    std::size_t start = separator == '\n' && text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
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
    command.detail(R"(
In each *FOLDER* a file is created, written, flushed, read back, renamed and deleted, and a directory is made and
removed. Whatever is made is removed again. Folders on different mounts are checked at the same time.

Given a file, the folder that it is in is checked, and the system is asked whether the file may be written to; it is
not opened. The answer tells of both: usable where this file and new files beside it can be written, limited where
only one of them can, not usable where neither can.)");
    command.option("--level LEVEL", m_level, "How much is tried")
        .oneOf({"quick", "standard", "full"})
        .showDefault()
        .detail(R"(
`quick` creates and deletes an empty file and a directory. `standard` takes all steps. `full` takes all steps, and
then tries what the folder can do besides: symbolic and hard links, programs, permissions, extended attributes,
access lists, locks, sparse files and files over 4 GiB (which are not written), reserving space, files without a
name, memory mapping, capitals and small letters, long names, the characters and names that Windows forbids, names
that are not UTF-8, time stamps, notices of changes, and the rubbish bin. What is missing is a limit of the folder,
and no failure.)");
    command.option("--timeout TIME", m_timeout, "How long one step may take: seconds, or with a unit (500ms, 1m)")
        .completes({"2", "10", "30", "1m"})
        .detail("After that the folder is called not responding.")
        .check([](const std::string& text) {
            const auto duration = parseDuration(text);
            if (!duration)
                return duration.error().detail;
            return *duration > 0 ? std::string() : "'" + text + "' is not a time-out; expected more than nothing";
        })
        .showDefault();
    command.option("--from-file FILE", m_fromFile, "Read folders from FILE, one a line (or NUL-separated); - is stdin")
        .notEmpty()
        .completes(Completion::Files)
        .detail(R"(
`find -print0` writes such a list with NULs. Lines may end in CR LF, and a byte order mark at the beginning is left
out; the list is in UTF-8 or has bytes as they are. Names in it are folders of this computer.)");
    command.flag("--remote", m_remote, "Let [USER@]HOST:FOLDER in a list mean another computer too")
        .detail("As it does on the command line.");
    command.option("--as USER", m_as, "Check in the place of this user of this computer (by sudo or pkexec)")
        .notEmpty()
        .completes(Completion::Users)
        .detail(R"(
It is then that user who is refused, or not. `sudo`(8) is asked without a password; in a desktop session `pkexec`(1)
follows where that is refused, and as root `runuser`(1) serves where there is no sudo. To allow it for good, an
administrator adds a rule such as `ann ALL=(alice) NOPASSWD: /usr/bin/scratchproof-cli supervise` with `visudo`(8).
Exits with 2 if there is no such user, and with 3 if it cannot be done in their place.)");
    const CommandOption json =
        command.flag("--json", m_json, "Print one JSON document (scratchproof.report/1)").detail(R"(
Each check is written as soon as those before it are there. Without `exit_code` at its end it was cut off.)");
    command.flag("--ndjson", m_ndjson, "Print events as they come, a JSON object a line (scratchproof.stream/1)")
        .excludes(json);
    command
        .option("FOLDER", m_folders,
                "Folders to check; [USER@]HOST:FOLDER is on another computer, through ssh, unless something here has "
                "that name")
        .notEmpty()
        .completes(Completion::Folders)
        .detail(R"(
One of another computer has the form [*USER*@]*HOST*:*FOLDER*: a colon stands before the first slash, as for
`scp`(1). What lies in the working folder comes first: where something there has that name, it is meant, so that
`check *` calls nobody. `./a:b` is always a folder here. An IPv6 address stands in brackets; a single letter (`C:`),
a name with `=` or nothing before the colon is no host, and refused. What is not absolute is below the home folder
over there. `file://`*PATH* is a folder of this computer.

The check is done by the `scratchproof-cli` of that computer, which must be installed there, through the `ssh`(1) of
this one, with your own keys and configuration; no password is ever asked for. Folders of one host share one
connection, and different hosts are checked side by side, sixteen at once. Connecting may take as long as one step
(`--timeout`, at least a second). Where the host cannot be reached, does not know your key, or has no or another
version of the program, its folders are not checked, each with the reason, and the exit code is 3.)");
    return command;
}

/// In this process where nobody has to answer for it (a pipe of the shell's is there only), else by a prober.
tl::expected<std::string, int> CheckCommand::readList(Console& console) const
{
    const Path path = m_fromFile == "-" ? Path() : absolutePath(m_fromFile, console.workingFolder);
    std::optional<std::string> text;
    bool isSilent = false;
    if (path.empty() || isNear(console.system, path)) {
        std::ifstream file;
        if (m_fromFile != "-")
            file.open(path, std::ios::binary);
        text = readAll(m_fromFile == "-" ? console.in : file);
    } else {
        ProberSession session(console, parseDuration(m_timeout).value_or(kDefaultTimeout));
        std::string parts;
        const auto answer = session.ask(request::ReadFile{path}, [&parts](const Json& body) {
            parts += fromBase64(getString(body, "part").value_or("")).value_or("");
        });
        if (session.signal() != 0)
            return tl::unexpected(session.exitCode(ExitCode::NotFoundOut));
        if (answer)
            text = std::move(parts);
        isSilent = !answer && answer.error().kind == ErrorKind::NotResponding;
    }
    if (text && !isUtf16(*text))
        return *text;
    console.err << "scratchproof-cli: --from-file: "
                << (text ? "not a list in UTF-8 but in UTF-16, as some Windows programs save it: " : "cannot read ")
                << (m_fromFile == "-" ? "standard input" : "'" + displayPath(m_fromFile) + "'")
                << (isSilent ? ", which does not answer" : "") << "; expected a file with one folder a line\n";
    return tl::unexpected(toInt(ExitCode::BadUsage));
}

tl::expected<std::vector<CheckCommand::Given>, int> CheckCommand::readFolders(Console& console) const
{
    std::vector<Given> folders;
    for (const auto& folder : m_folders)
        folders.push_back({folder});
    if (!m_fromFile.empty()) {
        const auto list = readList(console);
        if (!list)
            return tl::unexpected(list.error());
        auto paths = splitPaths(*list);
        folders.reserve(folders.size() + paths.size());
        for (auto& path : paths)
            folders.push_back({std::move(path), true});
    }
    if (folders.empty()) {
        console.err << "scratchproof-cli: check: no folder given; expected at least one FOLDER, or --from-file\n";
        return tl::unexpected(toInt(ExitCode::BadUsage));
    }
    return folders;
}

bool CheckCommand::understand(Console& console, Given& given, Colons colons) const
{
    auto address = folderAddress(given.text, console.workingFolder, colons);
    if (!address) {
        console.err << "scratchproof-cli: check: '" << displayText(given.text) << "': " << address.error().detail
                    << '\n';
        return false;
    }
    given.address = std::move(*address);
    if (given.address.runAs.isRemote() && !m_as.empty()) {
        console.err << "scratchproof-cli: check: --as is for folders of this computer; write '" << displayText(m_as)
                    << "@HOST:FOLDER' in place of '" << displayText(given.text) << "'\n";
        return false;
    }
    if (given.address.runAs.isRemote())
        return true;
    given.address.runAs.user = m_as;
    given.hasNoPlace = given.address.folder.empty();
    if (given.hasNoPlace)
        given.address.folder = given.text;
    return true;
}

std::optional<int> CheckCommand::findAddresses(Console& console, std::vector<Given>& folders) const
{
    const auto mayBeRemote = [this](const Given& given) {
        return isRemoteAddress(given.text) && (!given.isListed || m_remote);
    };
    std::vector<Path> names;
    std::size_t listed = 0;
    for (const Given& given : folders) {
        if (mayBeRemote(given))
            names.emplace_back(firstName(given.text));
        else if (isRemoteAddress(given.text))
            ++listed;
    }
    std::vector<bool> isHere(names.size(), false);
    if (!names.empty() && !console.workingFolder.empty()) {
        ProberSession session(console, parseDuration(m_timeout).value_or(kDefaultTimeout));
        isHere = whichAreHere(session, console.workingFolder, names);
        if (session.signal() != 0)
            return session.exitCode(ExitCode::NotFoundOut);
    }
    std::size_t asked = 0;
    for (Given& given : folders) {
        const bool isName = !mayBeRemote(given) || isHere[asked++];
        if (!understand(console, given, isName ? Colons::AreNames : Colons::NameHosts))
            return toInt(ExitCode::BadUsage);
        Path().swap(given.text); // the address has it: of a hundred thousand one copy will do
    }
    if (listed > 0)
        console.err << "scratchproof-cli: check: " << listed
                    << (listed == 1 ? " line of the list has" : " lines of the list have")
                    << " a colon as in HOST:FOLDER; taken as folders here (--remote takes them as other computers')\n";
    return std::nullopt;
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
    console.err << (rootHasItsPowers(console.system)
                        ? "You are root, who may do almost everything: these answers hold for root only.\n"
                        : "You are root, without all of root's powers: these answers hold for this root only.\n");
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
    auto folders = readFolders(console);
    if (!folders)
        return folders.error();
    if (!knowsUser(console))
        return toInt(ExitCode::BadUsage);
    if (const auto code = findAddresses(console, *folders))
        return *code;
    const bool anyAsOurselves =
        std::any_of(folders->begin(), folders->end(), [](const Given& given) { return given.address.runAs.isHere(); });
    if (anyAsOurselves && !m_json && !m_ndjson && console.system.processes.userId() == 0)
        tellRoot(console);
    const Level level = levelFromString(m_level).value_or(Level::Standard);
    const auto output = makeOutput(console);
    // Written before a thread starts: what fails here fails early.
    output->begin(folders->size());
    ProberSession session(console, parseDuration(m_timeout).value_or(kDefaultTimeout), output->takesResultLines());

    std::map<WorkId, std::size_t> numbers; // 1, 2, ... as the folders were given
    std::size_t submitted = 0;
    std::size_t finished = 0;
    ExitCode exitCode = ExitCode::Success;
    const auto isAhead = [&] {
        return std::any_of(numbers.begin(), numbers.end(),
                           [&](const auto& open) { return submitted - open.second >= kMostAhead; });
    };
    const auto submitMore = [&] {
        console.out.flush(); // fails where nobody reads any more: `| head -1`
        while (submitted < folders->size() && numbers.size() < kWindow && !isAhead() && session.signal() == 0 &&
               console.out) {
            const Given& given = folders->at(submitted++);
            if (!given.hasNoPlace) {
                numbers[session.hosts().check(given.address.runAs, given.address.folder, level)] = submitted;
                continue;
            }
            const auto check = std::make_shared<const Check>(
                untried(given.address.folder, level, workingFolderGoneFinding(given.address.folder)));
            exitCode = worse(exitCode, exitCodeOf(*check));
            output->checkStarted(submitted, given.address.folder);
            output->checkFinished(submitted, check);
            ++finished;
        }
    };
    submitMore();
    using Kind = ProberSession::SessionEvent::Kind;
    while (!numbers.empty() && console.out) {
        const auto event = session.next();
        if (!event)
            break;
        const auto number = numbers.find(event->id);
        if (number == numbers.end())
            continue;
        switch (event->kind) {
        case Kind::CheckStarted:
            output->checkStarted(number->second, folders->at(number->second - 1).address.folder);
            break;
        case Kind::StepStarted:
            output->stepStarted(number->second, event->text);
            break;
        case Kind::StepFinished:
            output->stepFinished(number->second, event->stepResult);
            break;
        case Kind::CheckFinished:
        case Kind::ResultLine:
            if (event->check) {
                exitCode = worse(exitCode, exitCodeOf(*event->check));
                output->checkFinished(number->second, event->check);
            } else {
                exitCode = worse(exitCode, exitCodeOf(event->verdict));
                output->resultLine(number->second, event->text);
            }
            numbers.erase(number);
            ++finished;
            submitMore();
            break;
        default:
            break;
        }
    }
    // What was under way when it was stopped is told as well.
    for (const auto& [id, number] : numbers) {
        const auto check =
            std::make_shared<const Check>(untried(folders->at(number - 1).address.folder, level, cancelledFinding()));
        exitCode = worse(exitCode, exitCodeOf(*check));
        output->checkFinished(number, check);
    }
    if (finished < folders->size())
        exitCode = worse(exitCode, ExitCode::NotFoundOut);
    const int code = session.exitCode(exitCode);
    output->end(code);
    return code;
}

} // namespace scratchproof
