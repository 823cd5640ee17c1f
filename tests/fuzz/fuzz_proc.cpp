// SPDX-License-Identifier: GPL-3.0-or-later
// Any text in the files of /proc, /sys, /run and /etc that the facts are read from: each file that is opened holds the
// next piece of the input.
#include "core/facts/confinement.h"
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

class PretendedFiles final : public ForwardingFiles
{
public:
    PretendedFiles(Files& target, std::string_view input) : ForwardingFiles(target), m_input(input) {}

    /// Pieces end with a byte 0xff, which no text of the kernel holds; an empty one is a file that is not there.
    Result<UniqueFd> open(int, const char* name, int, std::uint32_t) override
    {
        const auto end = std::min(m_input.find('\xff'), m_input.size());
        const auto piece = m_input.substr(0, end);
        m_input.remove_prefix(std::min(end + 1, m_input.size()));
        if (piece.empty())
            return fail("openat", name, ENOENT);
        UniqueFd file(::memfd_create("piece", MFD_CLOEXEC));
        if (!file || ::pwrite(file.get(), piece.data(), piece.size(), 0) != static_cast<ssize_t>(piece.size()))
            std::abort();
        return file;
    }

private:
    std::string_view m_input;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    System& real = linuxSystem();
    PretendedFiles files(real.files, input);
    System system{files, real.attributes, real.processes, real.clock};
    const Confinement confinement = readConfinement(system);
    static_cast<void>(confinement.isInitialUserNamespace());
    static_cast<void>(confinement.overridesPermissions());
    PretendedFiles again(real.files, input);
    System second{again, real.attributes, real.processes, real.clock};
    for (const auto& [name, value] : udevProperties(second, {8, 1}))
        static_cast<void>(decodeUdev(value));
    static_cast<void>(readNumber(second, "/sys/x"));
    static_cast<void>(readFlag(second, "/sys/x"));
    static_cast<void>(parseDeviceNumber(input));
    static_cast<void>(decodeUdev(input));
    static_cast<void>(splitAt(input, ", \n"));
    return 0;
}
