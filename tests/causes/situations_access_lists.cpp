// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

namespace scratchproof::test {

namespace {

Path withList(const Path& folder, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "setfacl");
    arguments.push_back(folder);
    runOrFail(std::move(arguments));
    return folder;
}

} // namespace

std::vector<Situation> accessListSituations()
{
    return {
        {"acl-mask-limits", "",
         [](Stage& stage) -> Asked {
             return withList(stage.folder("masked", 0755), {"-m", "u:12345:rwx,m::r-x"});
         }},
        {"acl-mask-limits", "after a chmod",
         [](Stage& stage) -> Asked {
             const Path folder = withList(stage.folder("masked", 0755), {"-m", "g:23456:rwx"});
             runOrFail({"chmod", "g-w", folder});
             return {folder, asUserWithGroups("23456"), std::nullopt};
         }},
        {"acl-named-user-denied", "may only look",
         [](Stage& stage) -> Asked {
             return withList(stage.folder("open", 0777), {"-m", "u:ann:r-x"});
         }},
        {"acl-named-user-denied", "",
         [](Stage& stage) -> Asked {
             return withList(stage.folder("open", 0777), {"-m", "u:12345:---"});
         }},
        {"acl-group-match-no-fallback", "",
         [](Stage& stage) -> Asked {
             return {withList(stage.folder("open", 0777), {"-m", "g:23456:---"}), asUserWithGroups("23456"),
                     std::nullopt};
         }},
        {"acl-group-match-no-fallback", "of two",
         [](Stage& stage) -> Asked {
             return {withList(stage.folder("open", 0777), {"-m", "g:23456:r-x,g:23459:-w-"}),
                     asUserWithGroups("23456,23459"), std::nullopt};
         }},
        {"acl-mask-zero-ignored", "",
         [](Stage& stage) -> Asked {
             return withList(stage.folder("off", 0777), {"-m", "u:12345:rwx,m::---"});
         },
         "usable"},
        {"default-acl-unreadable-new-file", "",
         [](Stage& stage) -> Asked {
             return withList(stage.own(), {"-d", "-m", "u::---,g::---,o::---"});
         }},
    };
}

} // namespace scratchproof::test
