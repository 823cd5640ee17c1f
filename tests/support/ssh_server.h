// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/made_up_users.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace scratchproof::test {

/// A real sshd on 127.0.0.1, a child of this process, with keys and a configuration of its own. It was fetched by
/// packaging/dev into build/tools (it is not installed: that would open a port of the machine), or is the machine's.
/// Needs PrivateMounts: the folder that it changes its root into lies on a tmpfs over /run, and an empty one lies over
/// /etc/ssh, so that what the machine tells its ssh holds for nobody. One of the users must be called "sshd".
class SshServer
{
public:
    /// Where the program is; nothing where there is none.
    [[nodiscard]] static std::optional<Path> program();

    /// Begins to listen, and waits until it does. `more`: further lines of sshd_config(5).
    explicit SshServer(const std::string& more);
    ~SshServer();
    SshServer(const SshServer&) = delete;
    SshServer& operator=(const SshServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// "ssh-ed25519 AAAA...", as known_hosts has it behind the host's name.
    [[nodiscard]] std::string hostKey() const;
    /// Lets this key in as that user.
    void authorize(const std::string& user, const std::string& publicKey) const;

    /// Makes a key pair without a passphrase, of that owner: `path`, `path`.pub. Returns the public one.
    static std::string makeKey(const Path& path, unsigned owner);

private:
    TemporaryFolder m_folder;
    std::uint16_t m_port = 0;
    std::unique_ptr<RunningProgram> m_daemon;
};

/// A listening socket on 127.0.0.1 that takes connections and never says a word.
class MutePort
{
public:
    MutePort();
    ~MutePort();
    MutePort(const MutePort&) = delete;
    MutePort& operator=(const MutePort&) = delete;
    [[nodiscard]] std::uint16_t port() const { return m_port; }

private:
    int m_socket = -1;
    std::uint16_t m_port = 0;
};

} // namespace scratchproof::test
