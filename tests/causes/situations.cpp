// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

namespace scratchproof::test {

const std::vector<Situation>& situations()
{
    static const std::vector<Situation> all = [] {
        std::vector<Situation> gathered;
        for (const auto family :
             {pathSituations, permissionSituations, accessListSituations, mountSituations, deviceSituations,
              spaceSituations, fuseSituations, confinementSituations, abilitySituations, fileSituations, hangSituations,
              layerSituations, reportedSituations}) {
            for (auto& situation : family())
                gathered.push_back(std::move(situation));
        }
        return gathered;
    }();
    return all;
}

} // namespace scratchproof::test
