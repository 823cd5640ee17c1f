// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

/// What a program in a supervisor's place may say, as shell commands.
namespace scratchproof::test {

/// A shell command that answers check 1 with such a finding, all of whose arguments are this text (as JSON has it).
inline std::string answerWith(const std::string& finding, const std::string& text)
{
    std::string arguments;
    for (const char* name : {"host", "component", "path", "message"})
        arguments +=
            std::string(arguments.empty() ? "" : ",") + "\"" + name + R"(":{"type":"path","value":"/)" + text + "\"}";
    return R"(printf "%s\n" '{"event":"check-finished","check":1,"result":{"folder":"/x","as":null,"level":"standard",)"
           R"("verdict":"not-checked","steps":[],"findings":[{"id":")" +
           finding + R"(","severity":"blocking","certainty":"proven","arguments":{)" + arguments +
           R"(},"fixes":[],"evidence":[]}],"facts":{"path":[],"rights":{"uid":1,"gid":1,"groups":[]}}}}'; exec cat)";
}

/// A step of check 1 with sixty thousand members.
inline std::string veryManyMembers()
{
    return R"(awk 'BEGIN {printf "{\"event\":\"step\",\"check\":1"; for (i = 0; i < 60000; ++i) )"
           R"(printf ",\"k%d\":0", i; print "}"}'; exec cat)";
}

} // namespace scratchproof::test
