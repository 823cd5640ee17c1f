// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <csignal>

namespace scratchproof::test {

namespace {

/// A bindfs that stopped answering.
Asked stopped(Stage& stage, const std::vector<std::string>& options)
{
    static_cast<void>(stage.own(stage.base.makeFolder("content") + "/own"));
    stage.bindfs(stage.base / "content", options).signal(SIGSTOP);
    return stage.base / "place/own";
}

Asked frozen(Stage& stage, const std::string& type, std::uint64_t megabytes)
{
    const Path place = stage.image(type, megabytes);
    Path own = stage.own(place + "/own");
    runOrFail({"fsfreeze", "-f", place});
    stage.later([place] { runOrFail({"fsfreeze", "-u", place}); });
    return own;
}

} // namespace

std::vector<Situation> hangSituations()
{
    return {
        {"fuse-daemon-hung", "stopped", [](Stage& stage) { return stopped(stage, {}); }, "not-responding"},
        {"fuse-daemon-hung", "in the middle",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = stage.hanging();
             folder.hang("write");
             return stage.own(folder.backing() + "/own").empty() ? "" : folder.path() + "/own";
         },
         "not-responding"},
        {"nfs-server-gone", "",
         [](Stage& stage) {
             return stopped(stage, {"-o", "fsname=nas:/export,subtype=nfs"});
         },
         "not-responding"},
        {"fs-frozen", "", [](Stage& stage) { return frozen(stage, "ext4", 16); }, "not-responding"},
        {"fs-frozen", "xfs", [](Stage& stage) { return frozen(stage, "xfs", 320); }, "not-responding"},
        {"fs-frozen", "btrfs", [](Stage& stage) { return frozen(stage, "btrfs", 128); }, "not-responding"},
        {"fanotify-scanner-hang", "",
         [](Stage& stage) -> Asked {
             const Path place = stage.tmpfs();
             Path own = stage.own(place + "/own");
             static_cast<void>(stage.helper({SCRATCHPROOF_SCANNER, "hang", place}));
             return own;
         },
         "not-responding"},
    };
}

} // namespace scratchproof::test
