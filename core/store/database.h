// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/text.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace scratchproof {

/// An Error of this room has one of the kinds Store...; `path` is the file, `code` an errno where there was one. Files
/// that are StoreDamaged or StoreNewer are left as they are; StoreBusy means longer than the busy timeout.

/// A value or SQL's NULL.
using OptionalInteger = std::optional<std::int64_t>;

/// One prepared statement. Positions count from 1 when binding and from 0 when reading, as SQLite has it. Lives no
/// longer than its Database.
class Statement
{
public:
    Statement& bind(int position, std::int64_t value);
    Statement& bind(int position, OptionalInteger value);
    Statement& bindText(int position, std::string_view text);
    /// For paths and other bytes.
    Statement& bindBytes(int position, std::string_view bytes);

    /// Runs up to the next row: true for a row, false at the end. A bind that failed is told here.
    [[nodiscard]] Result<bool> step();
    /// step() for a statement that gives no rows.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] OptionalInteger optionalInteger(int column) const;
    /// Text or bytes; empty for NULL.
    [[nodiscard]] std::string bytes(int column) const;

private:
    friend class Database;
    struct Finalize
    {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(sqlite3_stmt* statement, Path file) : m_statement(statement), m_file(std::move(file)) {}

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    Path m_file;
    int m_bindCode = 0;
};

struct DatabaseSettings
{
    Path file; // absolute
    /// Tells our databases from others (PRAGMA application_id).
    std::int32_t applicationId = 0;
    /// migrations[n] is the SQL that leads from version n to n + 1 (PRAGMA user_version); all that are missing run in
    /// one transaction.
    std::vector<const char*> migrations;
    /// How long to wait for another program's lock. Shorter than a prober waits for its own files (registry.h).
    Nanoseconds busyTimeout = 3 * kNanosecondsPerSecond;
    /// Makes the folder (0700, with its parents) and the file (0600) where they are missing. Else a missing file is
    /// "store-unreachable" with ENOENT.
    bool create = true;
};

/// The one wrapper of SQLite: a connection with a rollback journal (a home may be on NFS, where WAL does not work:
/// sqlite.org/wal.html), a busy timeout, and a version. A file that is damaged, newer or not ours is never changed.
/// One thread at a time for each object; any number of processes for a file. Blocks as long as the file system does.
class Database
{
public:
    [[nodiscard]] static Result<Database> open(const DatabaseSettings& settings);

    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// Runs one or several statements without parameters.
    [[nodiscard]] Result<void> execute(const char* sql);
    /// The whole file could be opened for reading only: reading works, writing answers "store-read-only".
    [[nodiscard]] bool isReadOnly() const;
    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] int changes() const;

private:
    struct Close
    {
        void operator()(sqlite3* handle) const;
    };
    Database(sqlite3* handle, Path file) : m_handle(handle), m_file(std::move(file)) {}
    [[nodiscard]] Result<std::int64_t> pragma(const char* sql);
    [[nodiscard]] Result<void> checkVersion(const DatabaseSettings& settings);
    [[nodiscard]] Result<void> migrate(const DatabaseSettings& settings);

    std::unique_ptr<sqlite3, Close> m_handle;
    Path m_file;
};

/// BEGIN IMMEDIATE up to commit(); rolled back if it goes before. Short ones only: while it lives, nobody else writes.
class Transaction
{
public:
    [[nodiscard]] static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database& database) : m_database(&database) {}
    Database* m_database = nullptr;
};

} // namespace scratchproof
