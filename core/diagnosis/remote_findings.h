// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"

#include <cstdint>
#include <string>

namespace scratchproof {

/// Why a check could not be done on another computer. None of it says anything about a folder.
enum class RemoteProblem : std::uint8_t {
    NoClient,       // there is no ssh here
    HostUnknown,    // nobody knows that name
    Refused,        // the computer is there, and takes no connections
    Unreachable,    // it does not answer, or there is no way to it
    KeyUnknown,     // never seen before, and a check cannot ask
    KeyChanged,     // not the key that it had
    NotAllowed,     // it accepts none of our keys
    ProgramMissing, // no scratchproof-cli there
    OtherVersion,   // another version of it
    Failed,         // ssh ended for a reason of its own
    BrokeOff,       // it ended in the middle
    Greeting,       // something else was said before the first line
    Nonsense,       // it said something that is no answer
    Silent,         // it says nothing any more
};

struct RemoteCase
{
    RemoteProblem problem = RemoteProblem::Failed;
    std::string host;
    std::string target;  // user@host, as ssh takes it
    std::string message; // what ssh or the other side said; for support staff
};

/// The finding for a check of a folder there.
[[nodiscard]] Finding remoteFinding(const RemoteCase& what);

/// Whether a finding is one of these, or of other_user_findings.h: it says why nothing was tried in other shoes, and is
/// of this computer's making.
[[nodiscard]] bool isOfSupervision(const Finding& finding);

} // namespace scratchproof
