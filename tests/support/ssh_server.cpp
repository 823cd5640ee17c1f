// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ssh_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace scratchproof::test {

namespace {

/// The folder that sshd changes its root into; what the machine tells its ssh.
constexpr const char* kCovered[] = {"/run", "/etc/ssh"};

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket that is bound to a port of its own.
std::pair<int, std::uint16_t> boundSocket()
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0)
        throw SetupError("no port on 127.0.0.1");
    return {fd, ntohs(address.sin_port)};
}

bool listens(std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return connected;
}

std::string withoutNewline(std::string text)
{
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

const Path& fetched()
{
    static const Path kFolder = SCRATCHPROOF_TOOLS "/openssh-server";
    return kFolder;
}

} // namespace

std::optional<Path> SshServer::program()
{
    for (const Path& candidate : {fetched() + "/usr/sbin/sshd", Path("/usr/sbin/sshd")}) {
        if (access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

SshServer::SshServer(const std::string& more)
{
    for (const char* covered : kCovered)
        runOrFail({"mount", "-n", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", covered});
    makeFolder("/run/sshd", 0755);
    makeKey(m_folder / "host_key", 0);
    m_folder.makeFolder("keys", 0755);
    const auto [socket, port] = boundSocket();
    close(socket);
    m_port = port;
    writeFile(m_folder / "config",
              "Port " + std::to_string(port) + "\nListenAddress 127.0.0.1\nHostKey \"" + (m_folder / "host_key") +
                  "\"\nPidFile none\nAuthorizedKeysFile \"" + (m_folder / "keys/%u") +
                  "\"\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                  "PrintMotd no\nUseDNS no\nMaxStartups 100\nLogLevel VERBOSE\n" +
                  more,
              0600);
    Program daemon;
    daemon.arguments = {program().value_or(""), "-D", "-E", m_folder / "log", "-f", m_folder / "config"};
    daemon.environment["LD_LIBRARY_PATH"] = fetched() + "/lib";
    m_daemon = std::make_unique<RunningProgram>(daemon);
    if (!eventually([this] { return listens(m_port); }))
        throw SetupError("sshd does not listen: " + readFile(m_folder / "log"));
}

SshServer::~SshServer()
{
    m_daemon.reset();
    for (const char* covered : kCovered)
        umount2(covered, MNT_DETACH | UMOUNT_NOFOLLOW);
}

std::string SshServer::hostKey() const
{
    const std::string line = withoutNewline(readFile(m_folder / "host_key.pub"));
    return line.substr(0, line.rfind(' '));
}

void SshServer::authorize(const std::string& user, const std::string& publicKey) const
{
    writeFile(m_folder / "keys" + "/" + user, publicKey + "\n", 0644);
}

std::string SshServer::makeKey(const Path& path, unsigned owner)
{
    runOrFail({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path});
    changeOwner(path, owner, owner);
    changeOwner(path + ".pub", owner, owner);
    return withoutNewline(readFile(path + ".pub"));
}

MutePort::MutePort()
{
    std::tie(m_socket, m_port) = boundSocket();
    listen(m_socket, 16);
}

MutePort::~MutePort()
{
    close(m_socket);
}

} // namespace scratchproof::test
