// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"

#include <string>

namespace scratchproof {

/// Why a check could not be done as another user. None of it says anything about a folder.
enum class OtherUserProblem : std::uint8_t {
    UnknownUser,        // there is no account of that name
    NoWay,              // neither sudo nor pkexec is here
    PasswordNeeded,     // sudo would ask, and a check cannot answer
    NotAllowed,         // sudo or polkit refuses
    MayGainNothing,     // no_new_privs is set: neither sudo nor pkexec can work
    Dismissed,          // the question for the password was closed
    ProgramUnreachable, // the other user cannot start scratchproof-cli where it lies
    Failed,             // it could not be started, for a reason of its own
    BrokeOff,           // it ended in the middle
    Nonsense,           // it said something that is no answer
    OtherVersion,       // another version of the stream
    Silent,             // it says nothing any more
};

struct OtherUserCase
{
    OtherUserProblem problem = OtherUserProblem::Failed;
    std::string as;      // the other user
    std::string asker;   // who we are; "" if that has no name
    std::string program; // scratchproof-cli
    std::string message; // what sudo, pkexec or the other side said; for support staff
};

/// The finding for a check of `folder`.
[[nodiscard]] Finding otherUserFinding(const OtherUserCase& what, const Path& folder);

} // namespace scratchproof
