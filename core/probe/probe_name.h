// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// Who makes probe files: short hashes (base32, lower case, so that a file system without case keeps them apart) of the
/// machine, the boot, the PID namespace, and the process with its start time. Nothing of the machine's id can be read
/// from 30 bits of its hash.
struct Maker
{
    std::string machine;   // 6 characters
    std::string boot;      // 5
    std::string nameSpace; // 5
    std::string process;   // 7
    /// False where it cannot be told which machine this is: then every leftover may be another's. Not in a name.
    bool knowsMachine = true;

    [[nodiscard]] std::string text() const { return machine + boot + nameSpace + process; }
    friend bool operator==(const Maker& a, const Maker& b) { return a.text() == b.text(); }
};

constexpr std::size_t kMakerLength = 23;
constexpr std::size_t kRandomLength = 12; // of 5 bits each: 60 bits

/// ".scratchproof-probe-<maker>-<random>" and a NUL, in place: the probe makes names without allocating.
/// At most 64 bytes, as short as the shortest encrypting file systems allow.
constexpr std::string_view kProbePrefix = ".scratchproof-probe-";
constexpr std::size_t kProbeNameLength = kProbePrefix.size() + kMakerLength + 1 + kRandomLength;
static_assert(kProbeNameLength <= 64);
using ProbeName = std::array<char, kProbeNameLength + 1>;

/// This process as a maker. Reads /etc/machine-id, /proc/sys/kernel/random/boot_id and /proc/self. Where there is no
/// id that tells this machine from others (machine-id(5): the file is missing, empty or says "uninitialized", as in
/// containers and images), the running kernel stands in its place; where that is not told either, this very process
/// does, and so for a PID namespace that cannot be read: what is not known is equal to nothing.
[[nodiscard]] Maker currentMaker(System& system);

/// The `process` part that a process of this boot and namespace has.
[[nodiscard]] std::string processHash(const ProcessIdentity& process);

/// A name of `maker` with the lowest 60 bits of `random`.
[[nodiscard]] ProbeName makeProbeName(std::string_view makerText, std::uint64_t random);

/// The maker of a name; nothing if it is not of our pattern.
[[nodiscard]] std::optional<Maker> parseProbeName(std::string_view name);

} // namespace scratchproof
