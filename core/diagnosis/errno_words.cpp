// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/catalogue.h"

#include <algorithm>
#include <iterator>

namespace scratchproof {

namespace {

struct ErrnoWords
{
    const char* name;
    const char* meaning;
};

/// What errno(3) means here, where the C library's sentence does not tell a person enough.
constexpr ErrnoWords kWords[] = {
    {"EACCES", "The permissions, an access list, a security module or a server do not let you do this."},
    {"EPERM", "It is forbidden whatever the permissions say: a mark on the file, the kind of file system, or a rule."},
    {"EROFS", "Nobody can write here: the file system, the way it is mounted, or the drive is read-only."},
    {"ENOSPC", "There is no room: no space, no more files (inodes), or a limit that looks like it."},
    {"EDQUOT", "There may be room, but your share of it (a quota) is used up."},
    {"EBADMSG", "The file system is damaged there: what it keeps about the folder fails its checksum."},
    {"EUCLEAN", "The file system is damaged there: what it keeps about the folder cannot be so."},
    {"EIO", "The drive, the cable or the server failed in the middle of it."},
    {"EUCLEAN", "The file system is damaged: what is stored contradicts itself. It has to be unmounted and checked."},
    {"EBADMSG", "What was read does not match its checksum: the file system, or the drive, is damaged."},
    {"EREMOTEIO", "The device at the other end, or behind the adapter, failed."},
    {"ENOENT", "There is nothing of that name, or it is gone."},
    {"ENOTDIR", "Something on the way is a file and no folder."},
    {"ELOOP", "Shortcuts (symbolic links) lead in a circle, are too many in a row, or may not be followed here."},
    {"ENAMETOOLONG", "The name or the whole path is longer than the file system or Linux allows."},
    {"EEXIST", "Something of that name is there already."},
    {"ENOTEMPTY", "The folder to be deleted still holds something, perhaps hidden."},
    {"EXDEV", "Things cannot be moved from one file system, or one quota, to another; they have to be copied."},
    {"EBUSY", "Something is in use: a mount point, or a file that somebody has open."},
    {"ETXTBSY", "A program that is running, or a file that is swapped to, cannot be changed."},
    {"EMLINK", "The folder has as many folders in it as the file system allows."},
    {"EFBIG", "The file would be larger than the file system, or a limit of the program, allows."},
    {"EMFILE", "This program has as many files open as it may have."},
    {"ENFILE", "All programs together have as many files open as the system allows."},
    {"ENOMEM", "The system had no memory left for it."},
    {"EINVAL", "The file system does not know this request, or not this name."},
    {"EILSEQ", "The name holds bytes that the file system cannot store."},
    {"EOPNOTSUPP", "The file system or the server cannot do this at all."},
    {"ENOSYS", "This kernel, or a filter in front of it, does not have that system call."},
    {"EOVERFLOW", "Your user or group number does not exist at that place."},
    {"ENOKEY", "The folder is encrypted, and its key is not loaded."},
    {"EKEYREVOKED", "The key that proves who you are was taken back."},
    {"EKEYREJECTED", "The key that was given was not accepted."},
    {"EKEYEXPIRED", "The ticket or key that proves who you are has run out."},
    {"ENOLCK", "Files cannot be locked there."},
    {"ENOTCONN", "The program or server behind the folder is gone."},
    {"ECONNABORTED", "The connection to the program or server behind the folder broke."},
    {"EHOSTDOWN", "The server does not answer."},
    {"EHOSTUNREACH", "There is no way to the server: the network or the VPN is down, or the server is off."},
    {"ENETUNREACH", "There is no network that leads to the server."},
    {"ENETDOWN", "The network of this computer is down."},
    {"ECONNREFUSED", "The server is there, and the service behind the folder does not run on it."},
    {"ECONNRESET", "The server, or something on the way to it, cut the connection."},
    {"EPIPE", "The program or server that should take the data has closed its end."},
    {"EPROTO", "The program or server behind the folder sent an answer that makes no sense."},
    {"ESHUTDOWN", "The connection, or the device, was shut down."},
    {"ENOLINK", "The connection to the other computer was cut."},
    {"EREMOTE", "It lies on another computer, and cannot be reached in this way."},
    {"ETIMEDOUT", "The server did not answer in time."},
    {"ESTALE", "The server has forgotten the folder: it was replaced, or the share was set up again."},
    {"ENODEV", "The drive is gone."},
    {"ENOMEDIUM", "The drive is there, with no disc or card in it."},
    {"EMEDIUMTYPE", "The disc or card in the drive is of the wrong kind."},
    {"ENXIO", "The drive is gone, or cannot be reached."},
    {"EISDIR", "It is a folder, where a file was expected."},
    {"EBADF", "The program used a file that it had closed, or had opened for something else. That is a fault of it."},
    {"EFAULT", "The program gave the system an address that is not its own. That is a fault of it."},
    {"EINTR", "A signal interrupted it, for instance Ctrl-C, or a share that is mounted with 'intr' or 'soft'."},
    {"E2BIG", "The program asked for more than this kernel knows."},
    {"EDESTADDRREQ", "The program wrote to a connection that leads nowhere. That is a fault of it."},
    {"ENODATA", "The file has no such attribute."},
    {"EAGAIN", "It did not work just now; something was not ready."},
};

} // namespace

std::string_view errnoMeaning(std::string_view name)
{
    const auto* found =
        std::find_if(std::begin(kWords), std::end(kWords), [name](const auto& words) { return name == words.name; });
    return found == std::end(kWords) ? std::string_view() : found->meaning;
}

} // namespace scratchproof
