// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// How the files of Registry reach their database; for them only.

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

template <typename Call>
auto Registry::touch(Call call) -> std::invoke_result_t<Call, Database&>
{
    return onOwnFiles(m_file, [database = m_database, call = std::move(call)] { return call(*database); });
}

} // namespace scratchproof
