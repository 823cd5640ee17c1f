// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// What kind of failure it was: the closed set of what a caller may tell apart. Each but SystemCall has a name, which
/// is the `operation` of such an error and so crosses JSON.
enum class ErrorKind : std::uint8_t {
    SystemCall, // or a library's function; `operation` is its name, and errno says more

    // of any request
    NotResponding, // not within the deadline
    Cancelled,
    BadInput,   // what the user gave; `detail` says what was expected
    BadRequest, // what a program sent
    UnknownUser,

    // of the processes that look at folders
    FindProber,
    ProberStart,
    ProberDied,
    ProberNonsense, // an answer that makes no sense

    // of scratch directories
    UnknownDirectory,
    NameExists,
    FolderUnusable,
    UnsafeFolder,
    IsElsewhere,
    IsNotHere,
    IsReleased,
    NotReleased,
    NotActive,
    BeingRemoved,
    HoldsOthers,
    InUse,
    NameTaken,
    Protected,
    ReleaseUnsupported,
    ForeignMarker,

    // of the program's own database
    StoreBusy,
    StoreDamaged,
    StoreNewer,
    StoreReadOnly,
    StoreFull,
    StoreUnreachable,
    StoreNotResponding,
    StoreFailed,

    // of text that was read
    ParseJson,
    ParseFacts,
    ParseFinding,
    ParseCheck,
    ParseMarker,
    ParseMountinfo,
    ParseSize,
    ParseDuration,
    ParseLifetime,
    LineFraming,
    RemoteAddress,

    // of single operations
    Compare,
    ReadEvent,
    Notify,
};
constexpr auto kLastErrorKind = ErrorKind::Notify;

/// "not-responding"; "" for SystemCall.
[[nodiscard]] std::string_view toString(ErrorKind kind);

/// The reverse; SystemCall for any word that names no other kind.
[[nodiscard]] ErrorKind errorKindOf(std::string_view operation);

/// Why an operation failed. Carries facts, not words for a reader: `core/diagnosis` and error_words.h have those.
struct Error
{
    Error() = default;
    /// Of a kind that has a name.
    Error(ErrorKind kind, std::string path, int code = 0, std::string detail = {});
    /// Of a system call; or of the kind that `operation` names, as read from JSON.
    Error(std::string operation, std::string path, int code = 0, std::string detail = {});

    ErrorKind kind = ErrorKind::SystemCall;
    /// The system call (`openat`) or, where none was involved, the name of the kind.
    std::string operation;
    /// The path or name concerned, as bytes. May be empty.
    std::string path;
    /// errno, or 0 where no system call said so.
    int code = 0;
    /// One English sentence for logs and for command line errors. May be empty.
    std::string detail;
};

/// "EROFS" for 30; "E12345" for a number that this C library has no name for; "" for 0.
[[nodiscard]] std::string errnoName(int code);

/// 30 for "EROFS". Accepts what errnoName() makes; nothing for any other word.
[[nodiscard]] std::optional<int> errnoFromName(std::string_view name);

/// The C library's English sentence for an errno ("Read-only file system"). Thread safe.
[[nodiscard]] std::string errnoText(int code);

/// "openat '/mnt/x': Read-only file system (EROFS)"; the path is made displayable.
[[nodiscard]] std::string toString(const Error& error);

} // namespace scratchproof
