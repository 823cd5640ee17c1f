// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/verify_commands.h"

#include "app/cli/prober_session.h"
#include "app/cli/question.h"
#include "app/cli/scratch_support.h"
#include "core/base/error_words.h"
#include "core/base/quantity.h"
#include "core/report/speed_words.h"
#include "core/report/verify_words.h"
#include "core/verify/verify_json.h"

#include <fmt/format.h>

#include <ostream>
#include <utility>

namespace scratchproof {

namespace {

std::string whyLessThan(const std::string& text, std::uint64_t least, const char* leastText)
{
    const auto size = parseSize(text);
    if (!size)
        return size.error().detail;
    return *size >= least ? std::string()
                          : fmt::format("'{}' is too little; expected {} at least", displayText(text), leastText);
}

std::string whyNoCheckSize(const std::string& text)
{
    return whyLessThan(text, kBlockSize, "4096 bytes");
}

std::string whyNoSpeedSize(const std::string& text)
{
    static_assert(kLeastSpeedSize == 16 * kMebibyte);
    return whyLessThan(text, kLeastSpeedSize, "16M");
}

/// One line on a terminal, written over and over; nothing elsewhere.
class ProgressLine
{
public:
    explicit ProgressLine(Console& console) : m_console(console) {}
    ~ProgressLine() { erase(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const std::string& line)
    {
        if (!m_console.errIsTerminal)
            return;
        m_console.err << "\r\033[K" << line << std::flush;
        m_isShown = true;
    }
    void erase()
    {
        if (std::exchange(m_isShown, false))
            m_console.err << "\r\033[K" << std::flush;
    }

private:
    Console& m_console;
    bool m_isShown = false;
};

std::uint64_t bytesOf(const std::string& size)
{
    return size.empty() ? 0 : parseSize(size).value_or(0);
}

std::string detailOf(const Error& error, const ErrorWords* words)
{
    std::string text = words != nullptr ? words->text : "";
    if (error.code != 0)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ": ", errnoText(error.code), errnoName(error.code));
    if (!error.detail.empty())
        text += (text.empty() ? "" : "; ") + displayText(error.detail);
    return text;
}

/// 1 says that the drive is bad: what could not be tried is never that.
ExitCode exitCodeOfFailure(ErrorKind kind)
{
    if (kind >= ErrorKind::StoreBusy && kind <= ErrorKind::StoreFailed)
        return ExitCode::Fault;
    switch (kind) {
    case ErrorKind::BadInput:
        return ExitCode::BadUsage;
    case ErrorKind::FindProber:
    case ErrorKind::ProberStart:
    case ErrorKind::ProberDied:
    case ErrorKind::ProberNonsense:
    case ErrorKind::BadRequest:
        return ExitCode::Fault;
    default:
        return ExitCode::NotFoundOut;
    }
}

/// Why there is no answer. `directory` and `id` are of what was written, as far as it is known.
ExitCode tellFailure(Console& console, const ProberSession& session, const Path& folder, const Error& error,
                     const Path& directory, const std::string& id)
{
    if (session.signal() != 0) {
        console.err << "scratchproof-cli: verify: stopped";
        if (!id.empty())
            console.err << fmt::format("; what was written to '{}' is removed as soon as the drive answers",
                                       displayPath(directory));
        console.err << '\n';
        return ExitCode::NotFoundOut;
    }
    const ErrorWords* words = wordsOf(error.kind);
    const Path& path = error.path.empty() ? folder : error.path;
    console.err << "scratchproof-cli: verify: '" << displayPath(path) << "': ";
    const bool isSaid = error.kind == ErrorKind::BadInput || error.kind == ErrorKind::InUse;
    if (words == nullptr && !isSaid)
        console.err << toString(error);
    else
        console.err << detailOf(error, isSaid ? nullptr : words);
    console.err << '\n';
    const bool mayBeLeft = error.kind == ErrorKind::ProberDied || error.kind == ErrorKind::ProberNonsense ||
                           error.kind == ErrorKind::NotResponding;
    if (mayBeLeft && !id.empty())
        console.err << fmt::format("scratchproof-cli: verify: what was written may be left in '{}'; `scratch clean "
                                   "{}` removes it\n",
                                   displayPath(directory), id.substr(0, 8));
    return exitCodeOfFailure(error.kind);
}

void printDocument(Console& console, const Json& members)
{
    console.out << verifyDocument(members).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void tellNotRemoved(Console& console, const Path& directory, const std::string& id, const std::string& why)
{
    console.err << fmt::format(
        "scratchproof-cli: verify: '{}' could not be removed: {}; `scratch clean {}` tries it again\n",
        displayPath(directory), displayText(why), id.substr(0, 8));
}

class VerifyCapacityCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("capacity", "Whether a drive holds what it says that it holds");
        command.detail(R"(
Fills the free space of the drive that *FOLDER* is on, has all of it stored, reads it back past the caches of this
computer, and says how much of the drive is real. Files that are there are not touched; what was written is removed at
the end, and also after Ctrl-C. It takes as long as the drive needs to be written and read once; a counterfeit is
mostly found long before.

A drive that lies about its size may destroy what is stored on it as soon as it is written to. So the command asks
first on a terminal, and needs `--yes` elsewhere. Copy what you need to another drive before.

What is written lies in a scratch directory of its own, locked while the check goes on. If the check is killed, or the
computer goes off, `scratch list` shows that directory, and `scratch clean` removes it.

Where the system tells that the storage can answer for bytes that it does not have, as compressing file systems, thin
pools, virtual disks and servers can, the answer says so, and what that means for it.

Not checked are what lies in memory (tmpfs), a drive that another verification is at work on, and, without `--allow-system`, file systems that the system or your home
is on.)");
        auto again = command.flag("--again", m_again, "Verify again what --keep left in FOLDER; nothing is written");
        again.detail("Also later, or on another computer. Refused where the manifest was edited, or is that of other "
                     "files.");
        auto quick =
            command.flag("--quick", m_quick, "Samples alone, in minutes; never proves that a drive is genuine");
        quick.excludes(again).detail(R"(
Takes all the free space without writing it, writes a sample of 64 KiB into each of some 540 parts, then 2 % of the
drive (1 GiB at most, but one and a half parts at least) to push those out of the drive's own cache, and reads the samples
back. Needs a file system that
can set room aside without writing to it: ext4, xfs, btrfs, f2fs, ntfs3, vfat and (from Linux 6.8 on) exfat can.)");
        command.flag("--keep", m_keep, "Keep the files, with a manifest beside them, for --again")
            .excludes(again)
            .excludes(quick)
            .detail("They lie in the scratch directory that is named at the end, and go by `scratch clean` only.");
        command
            .option("--push SIZE", m_push,
                    "With --quick: write so much after the samples, for drives with a large cache")
            .check(whyNoCheckSize)
            .completes({"1G", "4G"})
            .excludes(again);
        command.option("--size SIZE", m_size, "Write so much at most, for example 8G")
            .check(whyNoCheckSize)
            .completes({"1G", "4G", "16G"})
            .excludes(again)
            .excludes(quick)
            .detail("All that is free by default. With half of the drive or less the best answer is that there is no "
                    "sign of a counterfeit.");
        command
            .flag("--allow-system", m_allowSystem, "Also where the system or your home is; leaves 5 %, 1 GiB at least")
            .excludes(again);
        command.flag("--yes", m_yes, "Do not ask; needed where there is no terminal");
        command.flag("--json", m_json, "Print one JSON document (scratchproof.verify/1)");
        command.option("FOLDER", m_folder, "A folder on the drive; with --again the one that was kept")
            .required()
            .notEmpty()
            .completes(Completion::Folders);
        command.footer("Exit codes: 0 genuine or no sign of a counterfeit, 1 counterfeit or damaged, 2 wrong usage, "
                       "3 disconnected, not finished or could not be tried, 4 a fault of the program.");
        return command;
    }

    int run(Console& console) override
    {
        if (!m_push.empty() && !m_quick) {
            console.err << "scratchproof-cli: verify: --push was given without --quick, which it belongs to\n";
            return toInt(ExitCode::BadUsage);
        }
        const bool canAsk = console.inIsTerminal && console.errIsTerminal;
        if (!m_again && !m_yes && !canAsk) {
            warn(console);
            console.err << "scratchproof-cli: verify: there is no terminal to ask on; expected --yes\n";
            return toInt(ExitCode::BadUsage);
        }
        ProberSession session(console);
        const Path folder = absolutePath(m_folder, console.workingFolder);
        if (!m_again) {
            warn(console);
            if (!m_yes && !isConfirmed(session, console))
                return session.exitCode(ExitCode::NotFoundOut);
        }
        const auto result = check(session, console, folder);
        if (!result)
            return session.exitCode(tellFailure(console, session, folder, result.error(), m_last.directory, m_last.id));
        return session.exitCode(tell(console, *result));
    }

private:
    void warn(Console& console) const
    {
        console.err << fmt::format(
            "scratchproof-cli: verify: this {} that '{}' is on. If the drive lies about its size, "
            "that may destroy what is stored on it: copy what you need to another drive first.\n",
            m_quick ? "writes to places all over the drive" : "fills the drive", displayPath(m_folder));
    }

    static bool isConfirmed(ProberSession& session, Console& console)
    {
        if (askYesOrNo(session, console, "Write to it?") == Reply::Yes)
            return true;
        console.err << "Nothing was written.\n";
        return false;
    }

    Result<CapacityResult> check(ProberSession& session, Console& console, const Path& folder)
    {
        ProgressLine line(console);
        const auto progress = [&](const Json& body) {
            m_last = capacityStatusFromJson(body);
            line.show(lineOf(m_last));
        };
        if (m_again)
            return session.ask(request::VerifyAgain{folder}, progress);
        return session.ask(
            request::VerifyCapacity{folder, bytesOf(m_size), m_keep, m_allowSystem, m_quick, bytesOf(m_push)},
            progress);
    }

    ExitCode tell(Console& console, const CapacityResult& result) const
    {
        if (m_json) {
            printDocument(console, toJson(result));
        } else {
            console.out << verdictOf(result) << '\n';
            for (const std::string& line : groundsOf(result))
                console.out << "  " << line << '\n';
        }
        ExitCode code = exitCodeOf(result.verdict);
        if (!result.kept.empty() && !result.isAgain)
            console.err << fmt::format(
                "scratchproof-cli: verify: the files were kept in '{}'; `verify capacity --again` "
                "reads them again, `scratch clean {}` removes them\n",
                displayPath(result.kept), result.id.substr(0, 8));
        if (!result.notKept.empty())
            console.err << "scratchproof-cli: verify: the files were not kept: " << displayText(result.notKept) << '\n';
        if (result.notRemoved.empty())
            return result.notKept.empty() ? code : worse(code, ExitCode::NotFoundOut);
        tellNotRemoved(console, result.directory, result.id, result.notRemoved);
        // A drive that is away keeps what is on it, and was not judged.
        return result.verdict == CapacityVerdict::Disconnected ? code : worse(code, ExitCode::Unusable);
    }

    std::string m_folder;
    std::string m_size;
    std::string m_push;
    bool m_again = false;
    bool m_keep = false;
    bool m_quick = false;
    bool m_allowSystem = false;
    bool m_yes = false;
    bool m_json = false;
    CapacityStatus m_last; // what a prober told last
};

std::string whyNoJobTime(const std::string& text)
{
    const auto time = parseDuration(text);
    if (!time)
        return time.error().detail;
    static_assert(kLeastTimeOfJob == 100 * kNanosecondsPerMillisecond && kMostTimeOfJob == 600 * kNanosecondsPerSecond);
    return *time >= kLeastTimeOfJob && *time <= kMostTimeOfJob
               ? std::string()
               : fmt::format("'{}' is not a time for a part; expected 100ms to 10m", displayText(text));
}

class VerifySpeedCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override
    {
        CommandLine command = program.command("speed", "How fast a drive is really");
        command.detail(R"(
Measures the drive that *FOLDER* is on: one stretch and random places, writing and reading, one request at a time and 32
at once, past the cache of this computer; then how long it takes until 4 KiB are stored, and how many small files are made
and deleted in a second. MB are 10^6 bytes. Where a drive begins faster than it goes on, as one with a cache does, both
are told.

It writes a file of 1 GiB (at most half of what is free, and less where the drive is slow) in a scratch directory of its
own, and removes it at the end, also after Ctrl-C. It takes a minute. Measured through a cache, as on network file systems, only
writing is told.)");
        command.option("--size SIZE", m_size, "The size of that file, 16M at least")
            .check(whyNoSpeedSize)
            .completes({"256M", "1G", "8G"});
        command
            .option("--time TIME", m_time,
                    "How long each of the ten parts takes: seconds, or with a unit; 6 by default")
            .check(whyNoJobTime)
            .completes({"2", "6", "1m"});
        command.flag("--json", m_json, "Print one JSON document (scratchproof.verify/1)");
        command.option("FOLDER", m_folder, "A folder on the drive")
            .required()
            .notEmpty()
            .completes(Completion::Folders);
        command.footer(
            "Exit codes: 0 measured, 2 wrong usage, 3 the drive gave an error, or could not be measured, 4 a "
            "fault of the program.");
        return command;
    }

    int run(Console& console) override
    {
        ProberSession session(console);
        const Path folder = absolutePath(m_folder, console.workingFolder);
        const auto time = m_time.empty() ? Result<Nanoseconds>(0) : parseDuration(m_time);
        SpeedProgress last;
        const auto result = [&] {
            ProgressLine line(console);
            return session.ask(
                request::VerifySpeed{folder, bytesOf(m_size), static_cast<std::uint64_t>(time.value_or(0))},
                [&](const Json& body) {
                    last = speedProgressFromJson(body);
                    line.show(lineOf(last));
                });
        }();
        if (!result)
            return session.exitCode(tellFailure(console, session, folder, result.error(), last.directory, last.id));
        if (m_json) {
            printDocument(console, toJson(*result));
        } else {
            for (const std::string& line : linesOf(*result))
                console.out << line << '\n';
        }
        ExitCode code = exitCodeOf(*result);
        if (!result->notRemoved.empty()) {
            tellNotRemoved(console, result->directory, result->id, result->notRemoved);
            code = worse(code, ExitCode::Unusable);
        }
        return session.exitCode(code);
    }

private:
    std::string m_folder;
    std::string m_size;
    std::string m_time;
    bool m_json = false;
};

} // namespace

std::vector<std::unique_ptr<Command>> verifyCommands()
{
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<VerifyCapacityCommand>());
    commands.push_back(std::make_unique<VerifySpeedCommand>());
    return commands;
}

} // namespace scratchproof
