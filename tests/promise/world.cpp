// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/promise/world.h"

#include "core/probe/probe_journal.h"
#include "core/scratch/finder.h"
#include "core/scratch/sweeper.h"
#include "core/system/forwarding.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace scratchproof::test {

namespace {

Nanoseconds read(clockid_t id)
{
    timespec now{};
    clock_gettime(id, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
}

constexpr int kDied = 9;

} // namespace

Nanoseconds SharedClock::real()
{
    return read(CLOCK_REALTIME);
}

Nanoseconds SharedClock::asWritten(Nanoseconds kernelTime) const
{
    std::size_t at = count;
    while (at > 1 && segments[at - 1].real > kernelTime)
        --at;
    return kernelTime + segments[at - 1].later;
}

void SharedClock::set(Nanoseconds nowSkipped, Nanoseconds error)
{
    if (count == kMost)
        throw std::length_error("too many changes of the clock");
    // Files get the time of the last tick: what is changed from here on is to be told from what was changed before.
    const Nanoseconds before = real();
    while (read(CLOCK_REALTIME_COARSE) <= before) {
        const timespec moment{0, 200'000};
        nanosleep(&moment, nullptr);
    }
    skipped = nowSkipped;
    wallError = error;
    segments[count++] = {before + 1, skipped + wallError};
}

namespace {

class WorldClock : public ClockSource
{
public:
    explicit WorldClock(const SharedClock& shared) : m_shared(shared) {}
    Nanoseconds monotonic() override { return read(CLOCK_MONOTONIC); }
    Nanoseconds wall() override { return m_shared.wall(); }
    Nanoseconds sinceBoot() override { return m_shared.sinceBoot(); }
    bool isSynchronized() override { return m_shared.isSynchronized; }

private:
    const SharedClock& m_shared;
};

/// Ends the process at a call, whichever thread makes it.
void countCall(SharedClock& shared)
{
    const int number = ++shared.calls;
    if (shared.deathAt != 0 && number >= shared.deathAt)
        _exit(kDied);
}

/// Every call may be the last one.
class MortalFiles : public ForwardingFiles
{
public:
    MortalFiles(Files& target, SharedClock& shared, Path bootFile)
        : ForwardingFiles(target), m_shared(shared), m_bootFile(std::move(bootFile))
    {}
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        countCall(m_shared);
        constexpr std::string_view kBootId = "/proc/sys/kernel/random/boot_id";
        return ForwardingFiles::open(dirFd, name == kBootId ? m_bootFile.c_str() : name, flags, mode);
    }
    Result<std::size_t> write(int fd, std::span<const std::byte> from) override
    {
        countCall(m_shared);
        // Half of it is there, as after a crash.
        if (m_shared.deathAt != 0 && m_shared.calls + 1 == m_shared.deathAt && from.size() > 1)
            (void)ForwardingFiles::write(fd, from.first(from.size() / 2)), countCall(m_shared);
        return ForwardingFiles::write(fd, from);
    }
    Result<void> sync(int fd) override
    {
        countCall(m_shared);
        return ForwardingFiles::sync(fd);
    }
    Result<void> unlink(int dirFd, const char* name) override
    {
        countCall(m_shared);
        return ForwardingFiles::unlink(dirFd, name);
    }
    Result<void> removeDirectory(int dirFd, const char* name) override
    {
        countCall(m_shared);
        return ForwardingFiles::removeDirectory(dirFd, name);
    }
    Result<void> makeDirectory(int dirFd, const char* name, std::uint32_t mode) override
    {
        countCall(m_shared);
        return ForwardingFiles::makeDirectory(dirFd, name, mode);
    }
    Result<void> rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags) override
    {
        countCall(m_shared);
        return ForwardingFiles::rename(fromDirFd, from, toDirFd, to, flags);
    }
    Result<void> changeMode(int fd, std::uint32_t mode) override
    {
        countCall(m_shared);
        return ForwardingFiles::changeMode(fd, mode);
    }
    Result<bool> tryLock(int fd, LockMode mode) override
    {
        countCall(m_shared);
        return ForwardingFiles::tryLock(fd, mode);
    }
    Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) override
    {
        countCall(m_shared);
        return ForwardingFiles::readEntries(dirFd, buffer);
    }

private:
    SharedClock& m_shared;
    Path m_bootFile;
};

/// Files bear the times of the world's wall clock.
class WorldAttributes : public ForwardingFileAttributes
{
public:
    WorldAttributes(FileAttributes& target, SharedClock& shared) : ForwardingFileAttributes(target), m_shared(shared) {}
    Result<FileStatus> status(int fd) override
    {
        countCall(m_shared);
        return asWritten(ForwardingFileAttributes::status(fd));
    }
    Result<FileStatus> statusAt(int dirFd, const char* name) override
    {
        return asWritten(ForwardingFileAttributes::statusAt(dirFd, name));
    }
    Result<FileStatus> statusFollowing(int dirFd, const char* name) override
    {
        return asWritten(ForwardingFileAttributes::statusFollowing(dirFd, name));
    }

private:
    [[nodiscard]] Result<FileStatus> asWritten(Result<FileStatus> status) const
    {
        if (status) {
            status->accessed = m_shared.asWritten(status->accessed);
            status->modified = m_shared.asWritten(status->modified);
            status->changed = m_shared.asWritten(status->changed);
            if (status->born)
                status->born = m_shared.asWritten(*status->born);
        }
        return status;
    }
    SharedClock& m_shared;
};

Json rowOf(const ScratchDirectory& directory)
{
    const ScratchRecord& row = directory.record;
    Json json{{"id", row.id},
              {"path", row.path},
              {"name", row.name},
              {"quarantine", row.quarantine},
              {"pinned", row.pinned},
              {"adopted", row.adopted},
              {"changes", row.changes},
              {"phase", std::string(toString(row.phase))},
              {"reason", toString(directory.reason)},
              {"state", std::string(toString(directory.state))},
              {"copies", Json::array()}};
    for (const Copy& copy : row.copies)
        json["copies"].push_back(copy.path);
    json["expires"] = row.expires ? Json(*row.expires) : Json();
    json["purgedAfter"] = directory.purgedAfter ? Json(*directory.purgedAfter) : Json();
    return json;
}

Json failed(const Error& error)
{
    return Json{{"error", error.operation}, {"text", toString(error)}};
}

Lifetime lifetimeOf(const Json& value)
{
    return value.is_null() ? Lifetime() : Lifetime(value.get<Nanoseconds>());
}

/// One request of a program of its own.
class Request
{
public:
    Request(System& system, const Json& request)
        : m_system(system), m_request(request), m_store(system, request.at("registry").get<Path>())
    {}

    Json done()
    {
        const auto what = m_request.at("do").get<std::string>();
        if (what == "create")
            return create();
        if (what == "list")
            return list();
        if (what == "find")
            return find();
        if (what == "sweep")
            return sweep();
        const auto id = m_request.at("id").get<std::string>();
        if (what == "extend")
            return altered(m_store.extend(id, lifetimeOf(m_request.at("lifetime"))));
        if (what == "pin")
            return altered(m_store.setPinned(id, m_request.at("pinned").get<bool>()));
        if (what == "restore")
            return altered(m_request.contains("lifetime") ? m_store.restore(id, lifetimeOf(m_request.at("lifetime")))
                                                          : m_store.restore(id));
        if (what == "release") {
            auto released = m_store.release(id);
            return released ? Json{{"row", rowOf(*released)}} : failed(released.error());
        }
        if (what == "preview")
            return preview(id);
        if (what == "clean")
            return clean(id);
        if (what == "forget") {
            const auto dropped = m_store.forget(id);
            return dropped ? Json{{"dropped", *dropped}} : failed(dropped.error());
        }
        return Json{{"error", "unknown request"}};
    }

private:
    static Json altered(const Result<Altered>& done)
    {
        return done ? Json{{"row", rowOf(done->directory)}, {"notWritten", toString(done->notWritten)}}
                    : failed(done.error());
    }
    Json create()
    {
        CreateRequest wish;
        wish.name = m_request.at("name");
        wish.folder = m_request.at("folder").get<Path>();
        wish.lifetime = lifetimeOf(m_request.at("lifetime"));
        wish.pinned = m_request.at("pinned");
        wish.reuse = m_request.at("reuse");
        wish.empty = m_request.at("empty");
        wish.isDefaultFolder = m_request.at("default");
        ProbeJournal journal = ProbeJournal::disabled(m_system);
        auto made = m_store.create(wish, journal, {});
        if (!made)
            return failed(made.error());
        return Json{{"row", rowOf(made->directory)}, {"reused", made->reused}};
    }
    Json list()
    {
        const auto all = m_store.list();
        if (!all)
            return failed(all.error());
        Json rows = Json::array();
        for (const ScratchDirectory& one : *all)
            rows.push_back(rowOf(one));
        return Json{{"rows", rows}};
    }
    Json find()
    {
        const auto result = Finder(m_store).find(m_request.at("folder").get<Path>(), {}, {});
        if (!result)
            return failed(result.error());
        Json found = Json::array();
        for (const FoundScratch& one : result->found) {
            Json json{
                {"path", one.path}, {"status", std::string(toString(one.status))}, {"reason", toString(one.reason)}};
            if (one.directory)
                json["row"] = rowOf(*one.directory);
            found.push_back(json);
        }
        return Json{{"found", found}};
    }
    Json sweep()
    {
        const auto plan = Sweeper(m_store).plan(SweepMode::Do);
        if (!plan)
            return failed(plan.error());
        Json done = Json::array();
        for (const ScratchDirectory& one : plan->due) {
            const auto purged = Sweeper(m_store).purge(one.record.id, SweepMode::Do, {}, {});
            done.push_back(
                purged ? Json{{"id", one.record.id},
                              {"outcome", std::string(toString(purged->outcome))},
                              {"reason", toString(purged->reason)}}
                       : Json{{"id", one.record.id}, {"outcome", "error"}, {"reason", toString(purged.error())}});
        }
        return Json{{"clock", toString(plan->clock)}, {"done", done}};
    }
    Json preview(const std::string& id)
    {
        const auto seen = m_store.preview(id, {}, {});
        if (!seen)
            return failed(seen.error());
        return Json{
            {"row", rowOf(seen->directory)},    {"removable", seen->removable}, {"gone", seen->isGone},
            {"reason", toString(seen->reason)}, {"path", seen->path},           {"confirmation", seen->confirmation}};
    }
    Json clean(const std::string& id)
    {
        const auto cleaned = m_store.clean(id, m_request.at("confirmation"), {}, {});
        if (!cleaned)
            return failed(cleaned.error());
        return Json{{"removed", cleaned->removed},
                    {"entries", cleaned->done.entries},
                    {"reason", cleaned->kept.empty() ? std::string() : toString(cleaned->kept.front().reason)}};
    }

    System& m_system;
    const Json& m_request;
    ScratchStore m_store;
};

bool sendAll(int socket, const std::string& text)
{
    const std::uint64_t size = text.size();
    if (send(socket, &size, sizeof size, MSG_NOSIGNAL) != sizeof size)
        return false;
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t some = send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (some <= 0)
            return false;
        sent += static_cast<std::size_t>(some);
    }
    return true;
}

bool receiveAll(int socket, std::string& text)
{
    std::uint64_t size = 0;
    if (recv(socket, &size, sizeof size, MSG_WAITALL) != sizeof size)
        return false;
    text.resize(size);
    return size == 0 || recv(socket, text.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

[[noreturn]] void serve(int socket, SharedClock& shared, const Path& bootFile)
{
    WorldClock clock(shared);
    MortalFiles files(linuxSystem().files, shared, bootFile);
    WorldAttributes attributes(linuxSystem().attributes, shared);
    System system{files, attributes, linuxSystem().processes, clock};
    std::string text;
    while (receiveAll(socket, text)) {
        const Json request = Json::parse(text);
        setenv("SCRATCHPROOF_GRACE", request.at("grace").get<std::string>().c_str(), 1);
        Json answer;
        try {
            answer = Request(system, request).done();
        } catch (const std::exception& error) {
            answer = Json{{"error", "exception"}, {"text", error.what()}};
        }
        if (!sendAll(socket, answer.dump(-1, ' ', false, Json::error_handler_t::replace)))
            break;
    }
    _exit(0);
}

} // namespace

Worker::Worker(unsigned user, Path bootFile) : m_user(user), m_bootFile(std::move(bootFile))
{
    void* memory = mmap(nullptr, sizeof(SharedClock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::runtime_error("mmap");
    m_clock = new (memory) SharedClock;
}

Worker::~Worker()
{
    stop();
    munmap(m_clock, sizeof(SharedClock));
}

void Worker::stop()
{
    if (m_pid <= 0)
        return;
    close(m_socket);
    kill(m_pid, SIGKILL);
    waitpid(m_pid, nullptr, 0);
    m_pid = -1;
}

void Worker::start()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error("socketpair");
    m_pid = fork();
    if (m_pid == 0) {
        close(ends[0]);
        if (m_user != 0 && (setresgid(m_user, m_user, m_user) != 0 || setresuid(m_user, m_user, m_user) != 0))
            _exit(1);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(ends[1], *m_clock, m_bootFile);
    }
    close(ends[1]);
    m_socket = ends[0];
}

Json Worker::ask(const Json& request, int deathAt, long killAfter)
{
    if (m_pid <= 0)
        start();
    m_clock->calls = 0;
    m_clock->deathAt = deathAt;
    std::string text;
    const bool isSent = sendAll(m_socket, request.dump());
    if (killAfter > 0) {
        const timespec moment{0, killAfter};
        nanosleep(&moment, nullptr);
        stop();
        return nullptr;
    }
    if (!isSent || !receiveAll(m_socket, text)) {
        int status = 0;
        close(m_socket);
        waitpid(m_pid, &status, 0);
        m_pid = -1;
        m_clock->deathAt = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != kDied)
            throw std::runtime_error("the program ended by itself with status " + std::to_string(status) + " at " +
                                     request.dump());
        return nullptr;
    }
    m_clock->deathAt = 0;
    return Json::parse(text);
}

} // namespace scratchproof::test
