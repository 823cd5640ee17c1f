// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/other_user_findings.h"
#include "core/system/system.h"

#include <string>
#include <vector>

namespace scratchproof {

/// By which program we become another user.
enum class Become : std::uint8_t { Nobody, Sudo, RunUser, PkExec }; // Nobody: we are that user already

struct WayToBecome
{
    Become by = Become::Nobody;
    std::vector<std::string> command; // starts `program supervise` as that user; the first is an absolute path
    bool asksPerson = false;          // a person may be typing a password: its silence at the beginning is no fault
};

/// The ways there are here, in the order to try them: `sudo -n`; as root, where there is no sudo, runuser; in a desktop
/// session pkexec. Looks into $PATH; asks no server.
[[nodiscard]] std::vector<WayToBecome> waysToBecome(System& system, const UserAccount& account, const Path& program);

/// Why a way did not lead anywhere: it ended so, before the other side said its first word, having said `errors`.
/// sudo must have been started with LC_ALL=C, as waysToBecome() does.
[[nodiscard]] OtherUserProblem whyNotBecome(Become by, const ExitStatus& status, const std::string& errors);

} // namespace scratchproof
