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

/// A file of anybody's in a folder of anybody's.
Asked fileIn(Stage& stage, unsigned folderOwner, unsigned fileOwner, unsigned mode)
{
    const Path file = stage.folder("given", 0755, folderOwner) + "/document";
    writeFile(file, "content", mode);
    changeOwner(file, fileOwner, fileOwner);
    return file;
}

/// What a check says of a given file and of new files beside it.
std::vector<Situation> sharedAnswers()
{
    return {
        {"file-not-writable",
         "",
         [](Stage& stage) { return fileIn(stage, kOrdinaryUser, 0, 0644); },
         "limited",
         "standard",
         {"ask-to-change-file", "save-under-other-name"},
         {"folder-usable-file-not"}},
        {"file-write-bit-missing",
         "",
         [](Stage& stage) { return fileIn(stage, kOrdinaryUser, kOrdinaryUser, 0444); },
         "limited",
         "standard",
         {"file-chmod", "save-under-other-name"},
         {"folder-usable-file-not"}},
        {"file-not-writable", "a list that lets others",
         [](Stage& stage) {
             Asked asked = fileIn(stage, kOrdinaryUser, 0, 0640);
             runOrFail({"setfacl", "-m", "u:" + std::to_string(kOtherUser) + ":rw", "--", asked.path});
             return asked;
         },
         "limited"},
        {"file-and-folder-usable", "by a list",
         [](Stage& stage) {
             Asked asked = fileIn(stage, kOrdinaryUser, 0, 0600);
             runOrFail({"setfacl", "-m", "u:" + std::to_string(kOrdinaryUser) + ":rw", "--", asked.path});
             return asked;
         },
         "usable"},
        {"file-and-folder-usable", "", [](Stage& stage) { return fileIn(stage, kOrdinaryUser, kOrdinaryUser, 0644); },
         "usable"},
        {"mode-not-writable",
         "beside a file for everybody",
         [](Stage& stage) { return fileIn(stage, kOtherUser, kOtherUser, 0666); },
         "limited",
         "standard",
         {},
         {"file-usable-folder-not"}},
        {"mode-not-writable",
         "and a file that is as closed",
         [](Stage& stage) { return fileIn(stage, kOtherUser, kOtherUser, 0644); },
         "unusable",
         "standard",
         {},
         {"file-not-writable"}},
        {"mode-not-writable", "through a link to a file for everybody",
         [](Stage& stage) -> Asked {
             const Asked asked = fileIn(stage, kOrdinaryUser, kOrdinaryUser, 0644);
             const Path link = stage.folder("links", 0755, kOtherUser) + "/document";
             std::filesystem::create_symlink(asked.path, link);
             return link;
         },
         "limited"},
        {"file-mount-read-only", "",
         [](Stage& stage) -> Asked {
             const Path file = ownFile(stage.own() + "/document");
             stage.mountAt(file, {"--bind", ownFile(stage.base / "other")});
             runOrFail({"mount", "-o", "remount,bind,ro", "--", file});
             return file;
         },
         "limited"},
        {"file-immutable", "in a folder that takes files",
         [](Stage& stage) -> Asked {
             const Path file = ownFile(stage.own(stage.image("ext4", 32) + "/own") + "/document");
             runOrFail({"chattr", "+i", file});
             stage.later([file] { runOrFail({"chattr", "-i", file}); });
             return file;
         },
         "limited"},
        {"disk-full", "of a file that may be written to",
         [](Stage& stage) -> Asked {
             const Path folder = stage.own(stage.image("ext4", 16, {"-m", "0"}) + "/own");
             const Path file = ownFile(folder + "/document");
             static_cast<void>(fillUp(folder));
             return file;
         }},
    };
}

} // namespace

std::vector<Situation> fileSituations()
{
    std::vector<Situation> all = sharedAnswers();
    const std::vector<Situation> others = {
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
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

} // namespace scratchproof::test
