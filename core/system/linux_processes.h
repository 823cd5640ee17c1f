// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/processes.h"

namespace scratchproof {

/// Processes as Linux does them. Stateless.
class LinuxProcesses final : public Processes
{
public:
    Result<ChildProcess> start(const std::vector<std::string>& arguments) override;
    Result<ChildProcess> startCopy(const std::function<int()>& body, const std::string& title) override;
    Result<void> sendSignal(int pidFd, int signal) override;
    Result<std::optional<ExitStatus>> reap(int pidFd) override;
    Result<UniqueFd> openProcess(int pid) override;
    Result<int> waitFor(std::span<WatchedFd> watched, Nanoseconds timeout) override;
    Result<UniqueFd> makeNotifier() override;
    void notify(int notifier) override;
    void acknowledge(int notifier) override;
    ProcessIdentity self() override;
    std::optional<std::uint64_t> startTime(int pid) override;
    Result<std::vector<int>> all() override;
    Result<std::uint64_t> pidNamespace() override;
    std::uint32_t userId() override;
    std::uint32_t groupId() override;
    std::vector<std::uint32_t> groups() override;
    std::optional<std::string> userName(std::uint32_t uid) override;
    std::optional<std::string> groupName(std::uint32_t gid) override;
    Result<std::optional<UserAccount>> userAccount(const std::string& name) override;
    std::vector<std::uint32_t> accountGroups(const std::string& user, std::uint32_t gid) override;
    Result<std::optional<UserAccount>> userAccountOf(std::uint32_t uid) override;
    ResourceLimits limits() override;
    void fillRandom(std::span<std::byte> into) override;
};

} // namespace scratchproof
