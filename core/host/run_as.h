// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// Who asks for a check, and where: here as we are (both empty), here as another user, or on another computer (as
/// `user`; "" leaves that to the configuration of ssh).
struct RunAs
{
    std::string user;
    std::string host; // a name or an address; an IPv6 one without its brackets

    [[nodiscard]] bool isHere() const { return host.empty() && user.empty(); }
    [[nodiscard]] bool isRemote() const { return !host.empty(); }
    friend bool operator==(const RunAs&, const RunAs&) = default;
    friend auto operator<=>(const RunAs&, const RunAs&) = default;
};

/// "alice", "alice@nas", "nas"; an IPv6 address in brackets. "" for ourselves.
[[nodiscard]] std::string toString(const RunAs& runAs);

/// A folder as a person names it.
struct FolderAddress
{
    RunAs runAs;
    Path folder; // of another computer: absolute, or below the home folder there ("docs", "~/docs"; "." is that home)
};

/// The path of a `file:` URI of this computer (RFC 8089: "file:///a", "file://localhost/a", "file:/a"), its escapes
/// undone. Nothing for anything else, for one of another host, and for one with a NUL.
[[nodiscard]] std::optional<Path> pathOfFileUri(std::string_view text);

/// Whether a person who writes this may mean a folder of another computer: a colon stands before the first slash, as
/// for scp(1) and rsync(1), and it is no `file:` URI. "./x:y" is local. A folder of this computer may have such a name:
/// ask whether there is a firstName() first.
[[nodiscard]] bool isRemoteAddress(std::string_view text);
/// "a:b" of "a:b/c": the name that would be looked up here.
[[nodiscard]] std::string_view firstName(std::string_view text);

/// What a name with a colon is taken for.
enum class Colons : std::uint8_t { NameHosts, AreNames };

/// Reads `[user@]host:path` and `[user@][IPv6 address]:path`; anything else is local, and absolute below `base`; with
/// Colons::AreNames everything is. An Error "remote-address", whose detail says what was expected, for what is remote
/// by its colon and yet no address: a host or user that begins with "-" or has characters that no host or user name
/// has, a host of one letter without a user ("C:"), and URLs. Asks nobody.
[[nodiscard]] Result<FolderAddress> folderAddress(std::string_view text, std::string_view base,
                                                  Colons colons = Colons::NameHosts);

/// The address again, for a person's eyes: "alice@nas:/srv/share".
[[nodiscard]] std::string displayAddress(const RunAs& runAs, const Path& folder);

} // namespace scratchproof
