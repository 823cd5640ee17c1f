// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/causes/stage.h"

namespace scratchproof::test {

/// What is to be checked, and in whose shoes.
struct Asked
{
    Asked(Path given) : path(std::move(given)) {}
    Asked(Path given, std::vector<std::string> start, std::optional<unsigned> who = kOrdinaryUser)
        : path(std::move(given)), launcher(std::move(start)), user(who)
    {}

    Path path;
    std::vector<std::string> launcher;            // a program and its arguments, which starts the console program
    std::optional<unsigned> user = kOrdinaryUser; // who starts it; nothing: root
    std::function<void(const RunningProgram&)> meanwhile; // while it runs
};

/// One cause, really brought about.
struct Situation
{
    std::string cause;
    std::string variant; // where a cause is shown in several ways
    std::function<Asked(Stage&)> build;
    std::string verdict = "unusable";
    std::string level = "standard";       // at full the cause is somewhere among the findings, else it is the first
    std::vector<std::string> fixes = {};  // ids of what the first finding advises, all of it; empty: whatever it is
    std::vector<std::string> others = {}; // ids of the findings after it, all of them; empty: whatever they are

    [[nodiscard]] std::string name() const { return variant.empty() ? cause : cause + ": " + variant; }
    [[nodiscard]] bool hangs() const { return verdict == "not-responding"; }
};

[[nodiscard]] std::vector<Situation> pathSituations();
[[nodiscard]] std::vector<Situation> permissionSituations();
[[nodiscard]] std::vector<Situation> accessListSituations();
[[nodiscard]] std::vector<Situation> mountSituations();
[[nodiscard]] std::vector<Situation> deviceSituations();
[[nodiscard]] std::vector<Situation> spaceSituations();
[[nodiscard]] std::vector<Situation> fuseSituations();
[[nodiscard]] std::vector<Situation> confinementSituations();
[[nodiscard]] std::vector<Situation> abilitySituations();
[[nodiscard]] std::vector<Situation> fileSituations();
[[nodiscard]] std::vector<Situation> hangSituations();
[[nodiscard]] std::vector<Situation> layerSituations();
[[nodiscard]] std::vector<Situation> reportedSituations();

/// All of them.
[[nodiscard]] const std::vector<Situation>& situations();

} // namespace scratchproof::test
