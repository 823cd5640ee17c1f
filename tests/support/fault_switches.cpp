// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_switches.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <utility>

namespace scratchproof::test {

namespace {

bool isEffect(const std::string& word)
{
    static const std::set<std::string> kEffects{"hang", "delay", "fail", "refuse", "pretend", "short", "torn", "flip"};
    return kEffects.contains(word);
}

void apply(const std::string& effect, std::int64_t argument, Fate& fate)
{
    if (effect == "fail")
        fate.instead = static_cast<int>(argument);
    else if (effect == "refuse")
        fate.after = static_cast<int>(argument);
    else if (effect == "pretend")
        fate.pretended = true;
    else if (effect == "flip")
        fate.flipped = static_cast<off_t>(argument);
    if (effect == "short" || effect == "torn")
        fate.bytes = static_cast<std::size_t>(argument);
    if (effect == "torn")
        fate.saysAll = true;
}

} // namespace

std::vector<FaultSwitches::Rule> FaultSwitches::rulesFor(const char* operation)
{
    std::vector<Rule> matching;
    for (auto& rule : m_rules) {
        if (rule.operation != operation)
            continue;
        ++rule.calls;
        if (rule.calls == rule.first || (rule.calls > rule.first && rule.andAllLater))
            matching.push_back(rule);
    }
    return matching;
}

Fate FaultSwitches::enter(const char* operation, const char* path)
{
    std::unique_lock lock(m_mutex);
    std::string call = std::string(operation) + " " + (path == nullptr ? "" : path);
    std::replace(call.begin(), call.end(), '\n', '?'); // it is told in a line
    ++m_counts[operation];
    m_seen.push_back(call);
    const auto rules = rulesFor(operation);
    Fate fate;
    const auto generation = m_generation;
    const auto mayGo = [&] { return m_generation != generation; };
    for (const auto& rule : rules) {
        if (rule.effect == "hang") {
            say("hanging " + call);
            m_released.wait(lock, mayGo);
            fate.instead = m_releasedWith;
            return fate;
        }
        if (rule.effect == "delay") {
            ++m_hits;
            m_released.wait_for(lock, std::chrono::milliseconds(rule.argument), mayGo);
        } else if (fate.instead == 0 && fate.after == 0 && !fate.pretended) {
            ++m_hits;
            apply(rule.effect, rule.argument, fate);
        }
    }
    return fate;
}

int FaultSwitches::judgeName(std::string_view path)
{
    const std::scoped_lock lock(m_mutex);
    return path.size() - path.rfind('/') - 1 > m_longestName ? ENAMETOOLONG : 0;
}

std::optional<ToldSpace> FaultSwitches::space()
{
    const std::scoped_lock lock(m_mutex);
    return m_space;
}

bool FaultSwitches::addRule(std::istream& words)
{
    Rule rule;
    std::string when;
    if (!(words >> rule.operation >> when >> rule.effect) || !isEffect(rule.effect))
        return false;
    words >> rule.argument;
    rule.andAllLater = when.back() == '+';
    if (rule.andAllLater)
        when.pop_back();
    if (when.empty() || when.find_first_not_of("0123456789") != std::string::npos)
        return false;
    rule.first = std::stoull(when);
    m_rules.insert(m_rules.begin(), std::move(rule));
    return true;
}

void FaultSwitches::go(bool everything, int code)
{
    std::erase_if(m_rules, [&](const Rule& rule) { return everything || rule.effect == "hang"; });
    if (everything) {
        m_hits = 0;
        m_space.reset();
    }
    m_releasedWith = code;
    ++m_generation;
    m_released.notify_all();
}

bool FaultSwitches::obey(const std::string& line)
{
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const std::scoped_lock lock(m_mutex);
    std::string answer = "ok";
    std::string operation;
    int code = 0;
    if (verb == "on") {
        answer = addRule(words) ? "ok" : "bad rule: " + line;
    } else if (verb == "hang" || verb == "fail") {
        words >> operation >> code;
        m_rules.insert(m_rules.begin(), {operation, 1, true, verb, code, 0});
    } else if (verb == "names") {
        words >> m_longestName;
    } else if (verb == "space") {
        ToldSpace told;
        words >> told.freeBytes >> told.totalBytes;
        m_space = told;
    } else if (verb == "go") {
        words >> code;
        go(false, code);
    } else if (verb == "release") {
        go(true, 0);
    } else if (verb == "count") {
        words >> operation;
        answer += " " + std::to_string(m_counts[operation]);
    } else if (verb == "hits") {
        answer += " " + std::to_string(m_hits);
    } else if (verb == "seen") {
        for (const auto& call : m_seen)
            say("seen " + call);
    } else if (verb == "forget") {
        m_counts.clear();
        m_seen.clear();
    } else {
        return false;
    }
    say(answer);
    return true;
}

void FaultSwitches::say(const std::string& line)
{
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

} // namespace scratchproof::test
