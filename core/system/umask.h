// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// umask(2): from now on the process's mask leaves the owner's bits alone, so that what is made can be opened again by
/// who made it. What the mask keeps from the group and from others, it goes on keeping. Of the whole process: to be
/// called before a second thread starts.
void keepOwnersBitsInUmask();

} // namespace scratchproof
