// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What the fault file system (fault_fs.cpp) was told to do wrong. Operations have FUSE's names: getattr readlink mkdir
/// unlink rmdir symlink rename link chmod chown truncate open create read write statfs flush release fsync opendir
/// readdir releasedir fsyncdir utimens. A lookup is a getattr.
///
/// Standard input, a command a line; each is answered with "ok", "ok VALUE" or "bad WHY":
///   on OPERATION WHEN EFFECT [ARGUMENT]   WHEN: N, the Nth call from now on only; N+, that and all later ones
///       hang                              does not answer until it is told to go on
///       delay MILLISECONDS                answers late
///       fail ERRNO                        does nothing, and answers this
///       refuse ERRNO                      does it, and answers this all the same
///       pretend                           does nothing, and answers as if it had
///       short BYTES                       read and write: so many at most, and says so
///       torn BYTES                        write: so many at most, and says that it was all
///       flip OFFSET                       read: the lowest bit of the byte at this offset of the file is another
///   hang OPERATION                        = on OPERATION 1+ hang
///   fail OPERATION ERRNO                  = on OPERATION 1+ fail ERRNO
///   names BYTES                           the longest name that a new entry may have
///   space FREE-BYTES TOTAL-BYTES          what statfs says
///   go [ERRNO]                            all that hang go on, or answer ERRNO, and no others hang; the rest stays
///   release                               all that hang go on, and nothing goes wrong any more
///   count OPERATION                       "ok N": its calls since the start or the last forget
///   hits                                  "ok N": calls that went wrong since the last release
///   seen                                  "seen OPERATION PATH" a line for each call, then ok
///   forget                                the calls that were seen
///   remember                              from now on: what is there is stored, and what changes only where it is
///   synced cut                                   the power: what is there is again what was stored
/// A newer `on` for an operation goes before an older one. Standard output also has the lines "ready" and, whenever a
/// caller gets stuck, "hanging OPERATION PATH".
namespace scratchproof::test {

/// How one call goes wrong.
struct Fate
{
    int instead = 0; // errno
    int after = 0;   // errno
    bool pretended = false;
    std::optional<std::size_t> bytes; // read and written at most
    bool saysAll = false;             // all the same it is said to be all
    std::optional<off_t> flipped;
};

struct ToldSpace
{
    std::uint64_t freeBytes = 0;
    std::uint64_t totalBytes = 0;
};

/// Thread safe.
class FaultSwitches
{
public:
    /// Notes the call, waits as long as it was told to, and says how the call goes. `path` may be nullptr (of a file
    /// that is deleted).
    [[nodiscard]] Fate enter(const char* operation, const char* path);
    /// ENAMETOOLONG, or 0.
    [[nodiscard]] int judgeName(std::string_view path);
    [[nodiscard]] std::optional<ToldSpace> space();

    /// Carries out a command and answers it; false if it is none of those above.
    [[nodiscard]] bool obey(const std::string& line);

    /// Writes one line to standard output.
    static void say(const std::string& line);

private:
    struct Rule
    {
        std::string operation;
        std::uint64_t first = 1;
        bool andAllLater = true;
        std::string effect;
        std::int64_t argument = 0;
        std::uint64_t calls = 0;
    };

    [[nodiscard]] std::vector<Rule> rulesFor(const char* operation);
    [[nodiscard]] bool addRule(std::istream& words);
    void go(bool everything, int code);

    std::mutex m_mutex;
    std::condition_variable m_released;
    std::vector<Rule> m_rules;      // the newest first
    std::uint64_t m_generation = 0; // of those that go on
    int m_releasedWith = 0;
    std::map<std::string, std::uint64_t> m_counts;
    std::vector<std::string> m_seen;
    std::uint64_t m_hits = 0;
    std::size_t m_longestName = 255;
    std::optional<ToldSpace> m_space;
};

} // namespace scratchproof::test
