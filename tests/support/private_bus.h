// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <memory>
#include <string>

namespace scratchproof::test {

/// A message bus as a session has one, but that knows none of the machine's services: nobody is on it, or is started by
/// asking for a name, but those whom the test puts there. Of this process's user; a child that ends with this object.
class PrivateBus
{
public:
    /// Whether the machine has the program for it.
    [[nodiscard]] static bool isThere();

    /// Starts it and waits until it listens. Throws SetupError; also where $TMPDIR is too long for the name of a
    /// socket.
    PrivateBus();

    /// For DBUS_SESSION_BUS_ADDRESS.
    [[nodiscard]] const std::string& address() const { return m_address; }
    /// Ends it, as at the end of a session. Whoever is on it is left without.
    void stop() { m_daemon.reset(); }

private:
    TemporaryFolder m_folder;
    std::string m_address;
    std::unique_ptr<RunningProgram> m_daemon;
};

} // namespace scratchproof::test
