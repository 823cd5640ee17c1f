// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"
#include "tests/support/collector.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scratchproof::test {

/// The console program, and a host program of the same kind that becomes an ordinary user first: what ProberHost starts
/// as root is then refused what others are. Sets this process's home to that user's.
class OrdinaryProber
{
public:
    explicit OrdinaryProber(const Path& builtProgram);
    [[nodiscard]] const Path& program() const { return m_wrapper; }

private:
    InstalledCli m_cli;
    TemporaryFolder m_folder;
    Path m_wrapper;
};

/// A folder of the ordinary user's on a fault file system of its own, and a host whose probers check it.
class MatrixBench
{
public:
    MatrixBench(const Path& mountPoint, const Path& program, Nanoseconds deadline);
    ~MatrixBench();
    MatrixBench(const MatrixBench&) = delete;
    MatrixBench& operator=(const MatrixBench&) = delete;

    [[nodiscard]] FaultFolder& fault() { return *m_fault; }
    [[nodiscard]] ProberHost& host() { return *m_host; }
    [[nodiscard]] Collector& collector() { return m_collector; }
    /// The folder that is checked, and where its content really lies.
    [[nodiscard]] Path folder() const { return m_fault->path() + "/own"; }
    [[nodiscard]] Path backing() const { return m_fault->backing() + "/own"; }

    /// A standard check, and its end. Throws SetupError where none comes within a minute.
    [[nodiscard]] Check check();
    /// Checks another folder: what is beside the last one is come to with fewer looks.
    void forgetTheWay();
    [[nodiscard]] WorkId begin() { return m_host->check(folder(), Level::Standard); }
    [[nodiscard]] Check end(WorkId id);

    /// Open descriptors of each prober, by their process.
    [[nodiscard]] std::map<int, std::size_t> proberDescriptors() const;

private:
    std::unique_ptr<FaultFolder> m_fault;
    Collector m_collector;
    std::unique_ptr<ProberHost> m_host;
};

/// "create-file failed openat EROFS; delete-file ..." and the verdict and findings, for messages.
[[nodiscard]] std::string summary(const Check& check);

/// The steps that failed or timed out.
[[nodiscard]] std::vector<StepResult> problemsOf(const Check& check);

/// Whether one of the findings names this path as what a check left.
[[nodiscard]] bool namesLeftover(const Check& check, const Path& path);

/// Whether the catalogue has a cause for this step and errno; "unknown" itself does not count.
[[nodiscard]] bool isInCatalogue(Step step, int code);

} // namespace scratchproof::test
