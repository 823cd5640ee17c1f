// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe_name.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <span>

namespace scratchproof {

namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

void putBase32(char* out, std::uint64_t value, std::size_t digits)
{
    for (std::size_t i = 0; i < digits; ++i) {
        out[i] = kBase32[value & 31U];
        value >>= 5U;
    }
}

std::string shortHash(std::string_view text, std::size_t digits)
{
    std::string out(digits, '\0');
    putBase32(out.data(), XXH64(text.data(), text.size(), 0), digits);
    return out;
}

std::string firstLine(System& system, const char* path)
{
    const auto text = readSmallFile(system.files, path, 256);
    return text ? text->substr(0, text->find('\n')) : std::string();
}

/// machine-id(5): 32 hexadecimal digits, and not only zeros.
bool tellsMachines(std::string_view id)
{
    return id.size() == 32 && id.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos &&
           id.find_first_not_of('0') != std::string_view::npos;
}

/// What stands for that which is not known: in no other process, and the same as long as this one lives.
std::uint64_t tokenOfThisProcess(System& system)
{
    static const std::uint64_t token = [&] {
        std::uint64_t random = 0;
        system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
        return random;
    }();
    return token;
}

} // namespace

Maker currentMaker(System& system)
{
    const std::string machine = firstLine(system, "/etc/machine-id");
    const std::string boot = firstLine(system, "/proc/sys/kernel/random/boot_id");
    const auto nameSpace = system.processes.pidNamespace();
    Maker maker;
    maker.knowsMachine = tellsMachines(machine) && !boot.empty();
    if (maker.knowsMachine)
        maker.machine = shortHash("machine " + machine, 6);
    else if (!boot.empty())
        maker.machine = shortHash("machine of boot " + boot, 6);
    else
        maker.machine = shortHash(fmt::format("machine of process {}", tokenOfThisProcess(system)), 6);
    maker.boot = shortHash("boot " + boot, 5);
    maker.nameSpace = nameSpace ? shortHash(fmt::format("pid namespace {}", *nameSpace), 5)
                                : shortHash(fmt::format("process {}", tokenOfThisProcess(system)), 5);
    maker.process = processHash(system.processes.self());
    return maker;
}

std::string processHash(const ProcessIdentity& process)
{
    return shortHash(fmt::format("process {} {}", process.pid, process.startTime), 7);
}

ProbeName makeProbeName(std::string_view makerText, std::uint64_t random)
{
    ProbeName name{};
    char* at = std::copy(kProbePrefix.begin(), kProbePrefix.end(), name.data());
    at = std::copy(makerText.begin(), makerText.end(), at);
    *at++ = '-';
    putBase32(at, random, kRandomLength);
    return name;
}

std::optional<Maker> parseProbeName(std::string_view name)
{
    if (name.size() != kProbeNameLength || name.substr(0, kProbePrefix.size()) != kProbePrefix)
        return std::nullopt;
    name.remove_prefix(kProbePrefix.size());
    if (name[kMakerLength] != '-')
        return std::nullopt;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i != kMakerLength && kBase32.find(name[i]) == std::string_view::npos)
            return std::nullopt;
    }
    return Maker{std::string(name.substr(0, 6)), std::string(name.substr(6, 5)), std::string(name.substr(11, 5)),
                 std::string(name.substr(16, 7))};
}

} // namespace scratchproof
