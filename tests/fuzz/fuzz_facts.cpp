// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as what the kernel's files, udev's database and a flatpak's description say; and any text as the JSON of
// facts. What was read once reads back as the same.
#include "core/facts/device.h"
#include "core/facts/facts_json.h"
#include "core/facts/sysfs.h"
#include "core/system/forwarding.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {

using namespace scratchproof;

/// Every file that is opened holds the text.
struct TextFiles : ForwardingFiles
{
    TextFiles(Files& target, std::string_view content) : ForwardingFiles(target), text(content) {}
    Result<UniqueFd> open(int, const char*, int, std::uint32_t) override
    {
        auto fd = ForwardingFiles::open(kWorkingDirectory, "/dev/null", O_RDONLY, 0);
        if (fd)
            read_[fd->get()] = 0;
        return fd;
    }
    Result<std::size_t> read(int fd, std::span<std::byte> into) override
    {
        std::size_t& at = read_[fd];
        const std::size_t count = std::min(into.size(), text.size() - at);
        std::memcpy(into.data(), text.data() + at, count);
        at += count;
        return count;
    }
    Result<Path> readLink(int, const char*) override
    {
        return Path(text.substr(0, std::min<std::size_t>(text.find('\0'), 200)));
    }
    std::string_view text;
    std::map<int, std::size_t> read_;
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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    System& real = linuxSystem();
    TextFiles files(real.files, text);
    SureAttributes attributes(real.attributes);
    FewProcesses processes(real.processes);
    System system{files, attributes, processes, real.clock};
    Facts facts;
    facts.confinement = readConfinement(system);
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
    if (const auto parsed = parseJson(text)) {
        if (const auto other = factsFromJson(*parsed); other && !factsFromJson(toJson(*other)))
            std::abort();
    }
    return 0;
}
