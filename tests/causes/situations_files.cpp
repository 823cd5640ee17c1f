// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <filesystem>

namespace scratchproof::test {

namespace {

Path ownFile(const Path& path)
{
    writeFile(path, "content");
    changeOwner(path, kOrdinaryUser, kOrdinaryUser);
    return path;
}

} // namespace

std::vector<Situation> fileSituations()
{
    return {
        {"sticky-delete-others", "",
         [](Stage& stage) -> Asked {
             const Path file = stage.folder("shared", 01777) + "/theirs";
             writeFile(file, "content", 0666);
             changeOwner(file, kOtherUser, kOtherUser);
             return file;
         },
         "usable"},
        {"rename-across-mounts", "",
         [](Stage& stage) -> Asked {
             // Known here by a link, as it is after a home was moved to another drive.
             const Path elsewhere = ownFile(stage.own(stage.tmpfs() + "/own") + "/document");
             const Path link = stage.own() + "/document";
             std::filesystem::create_symlink(elsewhere, link);
             return link;
         },
         "usable"},
        {"mountpoint-busy", "",
         [](Stage& stage) -> Asked {
             const Path file = ownFile(stage.own() + "/document");
             return stage.mountAt(file, {"--bind", ownFile(stage.base / "other")});
         },
         "usable"},
    };
}

} // namespace scratchproof::test
