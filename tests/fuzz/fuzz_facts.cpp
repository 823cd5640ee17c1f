// SPDX-License-Identifier: GPL-3.0-or-later
// Any text in the files of /proc, /sys, /run and /etc that facts are read from (the kernel's, udev's, a flatpak's), and
// any text as the JSON of facts. What was read once is written and read again unchanged.
#include "core/facts/device.h"
#include "core/facts/facts_json.h"
#include "core/facts/sysfs.h"
#include "core/system/forwarding.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace {

using namespace scratchproof;

/// Each file that is opened holds the next piece of the input, and after the last one the first again. Pieces end with
/// a byte 0xff, which no text of the kernel holds; an empty one is a file that is not there.
class PretendedFiles final : public ForwardingFiles
{
public:
    PretendedFiles(Files& target, std::string_view input) : ForwardingFiles(target), m_all(input), m_rest(input) {}

    Result<UniqueFd> open(int, const char* name, int, std::uint32_t) override
    {
        const auto piece = next();
        if (piece.empty())
            return fail("openat", name, ENOENT);
        UniqueFd file(::memfd_create("piece", MFD_CLOEXEC));
        if (!file || ::pwrite(file.get(), piece.data(), piece.size(), 0) != static_cast<ssize_t>(piece.size()))
            std::abort();
        return file;
    }
    Result<Path> readLink(int, const char*) override
    {
        const auto piece = next();
        return Path(piece.substr(0, std::min<std::size_t>(piece.find('\0'), 200)));
    }

private:
    std::string_view next()
    {
        if (m_rest.empty())
            m_rest = m_all;
        const auto end = std::min(m_rest.find('\xff'), m_rest.size());
        const auto piece = m_rest.substr(0, end);
        m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
        return piece;
    }
    std::string_view m_all;
    std::string_view m_rest;
};
struct SureAttributes : ForwardingFileAttributes
{
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<bool> exists(int, const char*) override { return true; }
};
struct FewProcesses : ForwardingProcesses
{
    using ForwardingProcesses::ForwardingProcesses;
    Result<std::vector<int>> all() override { return std::vector<int>(); }
};

void readPieces(std::string_view input)
{
    System& real = linuxSystem();
    PretendedFiles files(real.files, input);
    SureAttributes attributes(real.attributes);
    FewProcesses processes(real.processes);
    System system{files, attributes, processes, real.clock};
    Facts facts;
    facts.confinement = readConfinement(system);
    static_cast<void>(facts.confinement.isInitialUserNamespace());
    static_cast<void>(facts.confinement.overridesPermissions());
    facts.isDeep = true;
    facts.limits = readLimits(system);
    Mount mount;
    mount.device = {8, 1};
    mount.source = "/dev/sda1";
    mount.fileSystem = "ext4";
    mount.kind = MountKind::Local;
    facts.device = deviceOf(system, mount);
    facts.file = readFileTarget(system, 0, "name");
    const Json json = toJson(facts);
    const auto read = factsFromJson(json);
    if (!read || toLine(toJson(*read)) != toLine(json))
        std::abort();
    for (const auto& [name, value] : udevProperties(system, {8, 1}))
        static_cast<void>(decodeUdev(value));
    static_cast<void>(readNumber(system, "/sys/x"));
    static_cast<void>(readFlag(system, "/sys/x"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    readPieces(input);
    static_cast<void>(parseDeviceNumber(input));
    static_cast<void>(decodeUdev(input));
    static_cast<void>(splitAt(input, ", \n"));
    if (const auto parsed = parseJson(input)) {
        if (const auto other = factsFromJson(*parsed); other && !factsFromJson(toJson(*other)))
            std::abort();
    }
    return 0;
}
