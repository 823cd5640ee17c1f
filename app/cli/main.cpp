// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"
#include "app/cli/terminal_guard.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace {
constexpr unsigned kFewestColumns = 40;
constexpr unsigned kMostColumns = 100; // longer lines are hard to read

/// On a thread that nobody watches no exception is caught; none but this one is to be expected there.
[[noreturn]] void endWithoutMemory()
{
    std::fputs("scratchproof-cli: there is not enough memory\n", stderr);
    std::_Exit(scratchproof::toInt(scratchproof::ExitCode::Fault));
}

[[noreturn]] void endWithASentence()
{
    try {
        if (const auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        endWithoutMemory();
    } catch (...) { // a fault of ours: what follows shows where
    }
    std::abort();
}
} // namespace

int main(int argc, char** argv)
{
    using namespace scratchproof;
    std::set_terminate(endWithASentence);
    openClosedStandardStreams();
    ignoreSignalsThatAreErrors();
    std::ios::sync_with_stdio(false);
    std::optional<TerminalGuard> outGuard;
    std::optional<TerminalGuard> errGuard;
    if (isTerminal(1))
        outGuard.emplace(std::cout);
    if (isTerminal(2))
        errGuard.emplace(std::cerr);
    // Without a working directory (it was removed) absolute paths still work.
    Console console{std::cin,
                    std::cout,
                    std::cerr,
                    isTerminal(0),
                    isTerminal(1),
                    isTerminal(2),
                    linuxSystem(),
                    ownProgram().value_or(Path()),
                    workingDirectory().value_or(Path()),
                    true,
                    std::clamp(terminalColumns(1).value_or(kMostColumns), kFewestColumns, kMostColumns),
                    true};
    const int code = runConsole({argv + 1, argv + argc}, console);
    std::cout.flush();
    // Whatever was found out, who asked did not get it. Being interrupted explains itself.
    if (!std::cout && code <= kInterruptedBase) {
        std::cerr << "scratchproof-cli: the output could not be written\n";
        return toInt(ExitCode::Fault);
    }
    return code;
}
