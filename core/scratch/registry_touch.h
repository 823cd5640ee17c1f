// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// How the files of Registry reach their database, and write its columns; for them only.

#include "core/scratch/registry.h"

namespace scratchproof {

/// What `call` returns, or that there was no answer.
template <typename Call>
auto onOwnFiles(const Path& file, Call call) -> std::invoke_result_t<Call>
{
    auto answer = ownFiles().run(std::move(call), kOwnFilesPatience);
    if (!answer)
        return fail(std::string(toString(StoreProblem::Silent)), file, 0);
    return std::move(*answer);
}

/// Runs a statement, and whether it changed a row.
inline Result<bool> changesOne(Database& database, Result<Statement>& statement)
{
    if (auto done = statement->run(); !done)
        return fail(std::move(done.error()));
    return database.changes() == 1;
}

/// SQLite has signed integers only; inodes may use all 64 bits.
inline std::uint64_t unsignedOf(std::int64_t value)
{
    return static_cast<std::uint64_t>(value);
}
inline std::int64_t signedOf(std::uint64_t value)
{
    return static_cast<std::int64_t>(value);
}

/// A grace period as its column holds it: NULL is "not known yet", so that "for good" needs a number.
constexpr std::int64_t kGraceForGood = -1;
inline std::int64_t graceColumn(const Lifetime& grace)
{
    return grace.value_or(kGraceForGood);
}

/// NULL for an empty path.
inline void bindPath(Statement& statement, int position, const Path& path)
{
    if (!path.empty())
        statement.bindBytes(position, path);
}

/// All columns of a row: inserts it.
[[nodiscard]] Result<void> insertRow(Database& database, const ScratchRecord& record);

template <typename Call>
auto Registry::touch(Call call) -> std::invoke_result_t<Call, Database&>
{
    return onOwnFiles(m_file, [database = m_database, call = std::move(call)] { return call(*database); });
}

} // namespace scratchproof
