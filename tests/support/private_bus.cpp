// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/private_bus.h"

namespace scratchproof::test {

namespace {

// dbus-daemon(1). Those of a session (session.conf) and its environment (--session) name folders of service files:
// whoever asks for a name then has the machine's program started.
constexpr const char* kBegin = R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <listen>)";
constexpr const char* kEnd = "</listen>\n</busconfig>\n";

/// D-Bus specification, "Server Addresses": what is not among these is written as %XX.
std::string escaped(const Path& path)
{
    static constexpr const char* kHex = "0123456789abcdef";
    std::string text;
    for (const char byte : path) {
        const auto number = static_cast<unsigned char>(byte);
        const bool isPlain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                             (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '/' || byte == '.';
        if (isPlain)
            text += byte;
        else
            text.append({'%', kHex[number / 16], kHex[number % 16]});
    }
    return text;
}

} // namespace

bool PrivateBus::isThere()
{
    Program asked;
    asked.arguments = {"dbus-daemon", "--version"};
    return run(asked).exitCode == 0;
}

PrivateBus::PrivateBus()
{
    const Path config = m_folder / "bus.conf";
    writeFile(config, kBegin + ("unix:path=" + escaped(m_folder / "bus")) + kEnd);
    Program daemon;
    daemon.arguments = {"dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile", "--print-address"};
    m_daemon = std::make_unique<RunningProgram>(daemon);
    const auto address = m_daemon->readLine();
    if (!address || address->empty())
        throw SetupError("dbus-daemon does not listen at " + m_folder.path());
    m_address = *address;
}

} // namespace scratchproof::test
