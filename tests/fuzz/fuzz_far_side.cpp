// SPDX-License-Identifier: GPL-3.0-or-later
// The whole conversation with a far side, from its greeting to its end, as any program could hold it: every folder
// that was asked for is answered once and as it was asked for, a good answer comes from the far side's own words only,
// and what is shown of it does nothing to the terminal.
#include "core/host/supervised_host.h"
#include "core/system/forwarding.h"
#include "shown_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

namespace {

using namespace scratchproof;

constexpr int kPipeSize = 1 << 20;

[[noreturn]] void stop(const char* why)
{
    std::fprintf(stderr, "%s\n", why);
    std::abort();
}

/// A far side that says all of `words` at once, and has ended.
class Speaker final : public ForwardingProcesses
{
public:
    Speaker(std::string_view words, int exitCode)
        : ForwardingProcesses(linuxSystem().processes), m_words(words), m_exitCode(exitCode)
    {}

    Result<ChildProcess> start(const std::vector<std::string>& /*arguments*/) override
    {
        ChildProcess child;
        child.output = filled(m_words);
        child.errors = filled("");
        child.pidFd = filled("");
        child.input = UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        return child;
    }
    Result<std::optional<ExitStatus>> reap(int /*pidFd*/) override
    {
        return std::optional<ExitStatus>(ExitStatus{false, m_exitCode});
    }
    Result<void> sendSignal(int /*pidFd*/, int /*signal*/) override { return {}; }

private:
    static UniqueFd filled(std::string_view text)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            stop("no pipe");
        UniqueFd reading(ends[0]);
        const UniqueFd writing(ends[1]);
        static_cast<void>(::fcntl(ends[1], F_SETPIPE_SZ, kPipeSize));
        static_cast<void>(!::write(ends[1], text.data(), text.size())); // what does not fit is not said
        return reading;
    }

    std::string_view m_words;
    int m_exitCode;
};

class Answers final : public HostListener
{
public:
    void checkFinished(WorkId id, const Check& check) override
    {
        const std::lock_guard lock(m_mutex);
        if (!m_checks.emplace(id, check).second)
            stop("answered twice");
        m_told.notify_all();
    }

    std::map<WorkId, Check> wait(std::size_t count)
    {
        std::unique_lock lock(m_mutex);
        if (!m_told.wait_for(lock, std::chrono::seconds(20), [&] { return m_checks.size() == count; }))
            stop("a folder without an answer");
        return m_checks;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_told;
    std::map<WorkId, Check> m_checks;
};

/// One that is never run: it only has to be found.
void putClientInPath()
{
    char folder[] = "/tmp/scratchproof-fuzz-XXXXXX";
    if (::mkdtemp(folder) == nullptr)
        stop("no folder");
    const std::string client = std::string(folder) + "/ssh";
    std::ofstream(client).put('\n');
    ::chmod(client.c_str(), 0755);
    ::setenv("PATH", folder, 1);
    static const std::string kept = folder;
    std::atexit([] {
        std::error_code ignored;
        std::filesystem::remove_all(kept, ignored);
    });
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/)
{
    putClientInPath();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view words(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t folders = 1 + data[0] % 3;
    Speaker speaker(words, data[0] / 3 % 4 == 0 ? 0 : 255);
    System system = linuxSystem();
    System heard{system.files, system.attributes, speaker, system.clock};
    Answers answers;
    SupervisedSettings settings;
    settings.program = "/usr/bin/scratchproof-cli";
    settings.runAs = {"ann", "nas"};
    SupervisedHost host(heard, settings, answers);
    std::map<WorkId, Path> asked;
    for (std::size_t i = 0; i < folders; ++i) {
        const Path folder = "/srv/" + std::to_string(i);
        asked[host.check(folder, Level::Standard)] = folder;
    }
    for (const auto& [id, check] : answers.wait(folders)) {
        if (!asked.contains(id) || check.folder != asked.at(id) || check.level != Level::Standard)
            stop("an answer to something else");
        if (check.host != "nas" || check.as != "ann@nas")
            stop("an answer of somebody else");
        const bool isGood = check.verdict == Verdict::Usable || check.verdict == Verdict::Limited;
        if (isGood && words.find(toString(check.verdict)) == std::string_view::npos)
            stop("a good answer that nobody gave");
        if (!isGood && check.findings.empty() && words.find(toString(check.verdict)) == std::string_view::npos)
            stop("no reason");
        fuzz::show(check);
    }
    return 0;
}
