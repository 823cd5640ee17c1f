// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/run_as.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr std::size_t kLongestName = 255; // of a host, RFC 1035; more than any system takes for a user

bool isLetterOrDigit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::optional<int> hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? std::optional(c - 'A' + 10) : std::nullopt;
}

/// Only such characters, and none in front that ssh could take for an option.
bool isName(std::string_view name, std::string_view others)
{
    return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return isLetterOrDigit(c) || others.find(c) != std::string_view::npos; });
}

bool isHost(std::string_view host, bool isBracketed)
{
    return isName(host, isBracketed ? ".:_%-" : "._-"); // "fe80::1%eth0"
}

bool isUser(std::string_view user)
{
    return isName(user, "._-+@\\$");
}

/// Where the colon stands that ends the host; npos if there is none before the first slash.
std::size_t colonOf(std::string_view text)
{
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view head = text.substr(0, slash);
    const std::size_t colon = head.find(':');
    // "[::1]:", "ann@[::1]:": those colons within the brackets are the address's own.
    const std::size_t open = head.find('[');
    if (open != std::string_view::npos && open < colon && (open == 0 || head[open - 1] == '@')) {
        const std::size_t end = head.find("]:", open);
        return end == std::string_view::npos ? colon : end + 1;
    }
    return colon;
}

tl::unexpected<Error> refuse(std::string_view text, const char* why)
{
    return fail(ErrorKind::RemoteAddress, Path(text), 0, why);
}

} // namespace

std::string toString(const RunAs& runAs)
{
    if (!runAs.isRemote())
        return runAs.user;
    const bool isAddress = runAs.host.find(':') != std::string::npos;
    return (runAs.user.empty() ? "" : runAs.user + "@") + (isAddress ? "[" + runAs.host + "]" : runAs.host);
}

std::optional<Path> pathOfFileUri(std::string_view text)
{
    constexpr std::string_view kScheme = "file:";
    constexpr std::string_view kHere = "//localhost/";
    if (!text.starts_with(kScheme))
        return std::nullopt;
    text.remove_prefix(kScheme.size());
    if (text.starts_with(kHere))
        text.remove_prefix(kHere.size() - 1);
    else if (text.starts_with("///"))
        text.remove_prefix(2);
    if (!text.starts_with('/') || text.starts_with("//"))
        return std::nullopt; // of another host, or relative, which no URI is
    Path path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : std::nullopt;
        const auto low = high ? hexDigit(text[i + 2]) : std::nullopt;
        path += high && low ? static_cast<char>(*high * 16 + *low) : text[i];
        i += high && low ? 2U : 0U;
    }
    return path.find('\0') == Path::npos ? std::optional(path) : std::nullopt;
}

bool isRemoteAddress(std::string_view text)
{
    return colonOf(text) != std::string_view::npos && !pathOfFileUri(text);
}

std::string_view firstName(std::string_view text)
{
    return text.substr(0, text.find('/'));
}

Result<FolderAddress> folderAddress(std::string_view text, std::string_view base, Colons colons)
{
    if (const auto path = pathOfFileUri(text))
        return FolderAddress{{}, absolutePath(*path, "/")};
    const std::size_t colon = colonOf(text);
    if (colon == std::string_view::npos || colons == Colons::AreNames)
        return FolderAddress{{}, absolutePath(text, base)};
    const std::string_view path = text.substr(colon + 1);
    if (path.substr(0, 2) == "//")
        return refuse(text, "this is the address of something else than a folder; expected user@host:/folder");
    std::string_view host = text.substr(0, colon);
    FolderAddress address;
    if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
        address.runAs.user = host.substr(0, at);
        host.remove_prefix(at + 1);
        if (!isUser(address.runAs.user))
            return refuse(text, "before the @ stands no name of a user; expected user@host:/folder");
    }
    const bool isBracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (isBracketed)
        host = host.substr(1, host.size() - 2);
    // "C:" is a drive of Windows, and no computer.
    const bool isDrive = host.size() == 1 && address.runAs.user.empty();
    if (isDrive || !isHost(host, isBracketed))
        return refuse(text, "before the colon stands no name of a computer; expected user@host:/folder, or ./ in front "
                            "of a folder of this computer that has a colon in its name");
    address.runAs.host = host;
    address.folder = path.empty() ? Path(".") : path.front() == '/' ? absolutePath(path, "/") : Path(path);
    if (address.folder.find('\0') != Path::npos)
        return refuse(text, "a path holds no NUL");
    return address;
}

std::string displayAddress(const RunAs& runAs, const Path& folder)
{
    return runAs.isRemote() ? displayText(toString(runAs)) + ":" + displayPath(folder) : displayPath(folder);
}

} // namespace scratchproof
