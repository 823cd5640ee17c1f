// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace scratchproof {

namespace {

ErrorKind kindOf(int sqliteCode, int systemCode)
{
    if (systemCode == ENOSPC || systemCode == EDQUOT)
        return ErrorKind::StoreFull;
    switch (sqliteCode & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ErrorKind::StoreBusy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorKind::StoreDamaged;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ErrorKind::StoreReadOnly;
    case SQLITE_FULL:
        return ErrorKind::StoreFull;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return systemCode == EROFS || systemCode == EACCES ? ErrorKind::StoreReadOnly : ErrorKind::StoreUnreachable;
    default:
        return ErrorKind::StoreFailed;
    }
}

tl::unexpected<Error> failStore(ErrorKind kind, const Path& file, int code, std::string detail)
{
    return fail(kind, file, code, std::move(detail));
}

/// The Error for what `handle` says about its last call.
tl::unexpected<Error> failSqlite(sqlite3* handle, int sqliteCode, const Path& file)
{
    // The errno is kept from the last call that failed, and so counts only where an errno was the cause.
    const int primary = sqliteCode & 0xff;
    const bool bySystem = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
    const int systemCode = handle != nullptr && bySystem ? sqlite3_system_errno(handle) : 0;
    const char* message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(sqliteCode);
    return failStore(kindOf(sqliteCode, systemCode), file, systemCode, message);
}

/// 0, or the errno that says why there is no such folder, and none can be made.
int makeOneFolder(const Path& path)
{
    namespace fs = std::filesystem;
    std::error_code problem;
    std::error_code unseen;
    if (fs::create_directory(path, problem)) {
        // A umask may have taken that from us. FAT refuses, and needs it not.
        fs::permissions(path, fs::perms::owner_all, unseen);
        return 0;
    }
    const fs::file_status status = fs::status(path, unseen);
    if (status.type() == fs::file_type::directory)
        return 0;
    if (status.type() == fs::file_type::not_found) // a link to nothing is there, and makes mkdir(2) say EEXIST
        return problem && problem != std::errc::file_exists ? problem.value() : ENOENT;
    if (status.type() != fs::file_type::none)
        return ENOTDIR;
    // What may not be looked at, and yet is there, may be entered all the same: a later part tells.
    const bool isThere = !problem || problem == std::errc::file_exists;
    if (isThere && unseen == std::errc::permission_denied)
        return 0;
    return isThere ? unseen.value() : problem.value();
}

Result<void> makeFolder(const Path& file)
{
    Path soFar;
    std::string_view rest = file;
    for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
        const auto part = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
        if (part.empty())
            continue;
        soFar.append("/").append(part);
        const int code = makeOneFolder(soFar);
        if (code == 0)
            continue;
        const auto kind = code == ENOSPC || code == EDQUOT  ? ErrorKind::StoreFull
                          : code == EROFS || code == EACCES ? ErrorKind::StoreReadOnly
                                                            : ErrorKind::StoreUnreachable;
        return failStore(kind, soFar, code, "the folder of the program's own files cannot be made or entered");
    }
    return {};
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Statement& Statement::bind(int position, std::int64_t value)
{
    const int code = sqlite3_bind_int64(m_statement.get(), position, value);
    if (code != SQLITE_OK)
        m_bindCode = code;
    return *this;
}

Statement& Statement::bind(int position, OptionalInteger value)
{
    if (value)
        return bind(position, *value);
    const int code = sqlite3_bind_null(m_statement.get(), position);
    if (code != SQLITE_OK)
        m_bindCode = code;
    return *this;
}

Statement& Statement::bindText(int position, std::string_view text)
{
    const char* data = text.data() != nullptr ? text.data() : "";
    // A negative lifetime pointer is SQLite's way to ask for a copy; its macro is an old-style cast.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1}); // SQLITE_TRANSIENT
    const int code = sqlite3_bind_text64(m_statement.get(), position, data, text.size(), copy, SQLITE_UTF8);
    if (code != SQLITE_OK)
        m_bindCode = code;
    return *this;
}

Statement& Statement::bindBytes(int position, std::string_view bytes)
{
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1}); // SQLITE_TRANSIENT
    const int code = sqlite3_bind_blob64(m_statement.get(), position, data, bytes.size(), copy);
    if (code != SQLITE_OK)
        m_bindCode = code;
    return *this;
}

Result<bool> Statement::step()
{
    sqlite3* handle = sqlite3_db_handle(m_statement.get());
    if (m_bindCode != 0)
        return failSqlite(handle, m_bindCode, m_file);
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return failSqlite(handle, code, m_file);
}

Result<void> Statement::run()
{
    auto row = step();
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

OptionalInteger Statement::optionalInteger(int column) const
{
    if (sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL)
        return std::nullopt;
    return integer(column);
}

std::string Statement::bytes(int column) const
{
    const void* data = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    if (data == nullptr || size <= 0)
        return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void Database::Close::operator()(sqlite3* handle) const
{
    sqlite3_close_v2(handle);
}

Result<Database> Database::open(const DatabaseSettings& settings)
{
    namespace fs = std::filesystem;
    // SQLite takes so many bytes with the name of its journal (512), and says no more than that it cannot open longer
    // ones.
    constexpr std::size_t kJournalEnding = 8;
    const sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    const auto longest = vfs != nullptr ? static_cast<std::size_t>(vfs->mxPathname) : std::size_t{512};
    if (settings.file.size() + kJournalEnding > longest)
        return failStore(
            ErrorKind::StoreUnreachable, settings.file, ENAMETOOLONG,
            fmt::format("the path has {} bytes; expected {} at most", settings.file.size(), longest - kJournalEnding));
    std::error_code ignored;
    const bool isNew = !fs::exists(settings.file, ignored);
    if (isNew && settings.create) {
        if (auto made = makeFolder(settings.file); !made)
            return fail(std::move(made.error()));
    }
    const int flags = SQLITE_OPEN_READWRITE | (settings.create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_EXRESCODE;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(settings.file.c_str(), &handle, flags, nullptr);
    Database database(handle, settings.file); // SQLite gives a handle even on failure, for its message
    if (code != SQLITE_OK)
        return failSqlite(handle, code, settings.file);
    if (isNew)
        fs::permissions(settings.file, fs::perms::owner_read | fs::perms::owner_write, ignored);
    sqlite3_busy_timeout(handle, static_cast<int>(settings.busyTimeout / kNanosecondsPerMillisecond));
    // SQLite opens the file only now, at the first statement that needs it.
    if (auto version = database.checkVersion(settings); !version)
        return fail(std::move(version.error()));
    for (const char* setting : {"PRAGMA journal_mode=DELETE", "PRAGMA synchronous=EXTRA", "PRAGMA trusted_schema=OFF",
                                "PRAGMA cell_size_check=ON"}) {
        if (auto set = database.execute(setting); !set)
            return fail(std::move(set.error()));
    }
    return database;
}

Result<void> Database::checkVersion(const DatabaseSettings& settings)
{
    const auto newest = static_cast<std::int64_t>(settings.migrations.size());
    // In one look: another program may be making it at this moment.
    if (auto begun = execute("BEGIN"); !begun)
        return begun;
    const auto version = pragma("PRAGMA user_version");
    const auto application = version ? pragma("PRAGMA application_id") : version;
    const auto tables = application ? pragma("SELECT count(*) FROM sqlite_schema") : application;
    if (!tables)
        return fail(tables.error());
    if (auto ended = execute("COMMIT"); !ended)
        return ended;
    const bool empty = *version == 0 && *application == 0 && *tables == 0;
    if (!empty && *application != settings.applicationId)
        return failStore(ErrorKind::StoreDamaged, m_file, 0, "the file is a database, but none of this program");
    if (*version > newest)
        return failStore(
            ErrorKind::StoreNewer, m_file, 0,
            fmt::format("the file has version {}, and this program knows versions up to {}", *version, newest));
    if (*version < newest || empty)
        return migrate(settings);
    return {};
}

Result<void> Database::migrate(const DatabaseSettings& settings)
{
    auto transaction = Transaction::begin(*this);
    if (!transaction)
        return fail(std::move(transaction.error()));
    // Another program may have done it while this one waited for the lock.
    const auto version = pragma("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    for (std::size_t i = static_cast<std::size_t>(*version); i < settings.migrations.size(); ++i) {
        if (auto done = execute(settings.migrations[i]); !done)
            return done;
    }
    const auto seal = fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", settings.applicationId,
                                  settings.migrations.size());
    if (auto done = execute(seal.c_str()); !done)
        return done;
    return transaction->commit();
}

Result<std::int64_t> Database::pragma(const char* sql)
{
    auto statement = prepare(sql);
    if (!statement)
        return fail(std::move(statement.error()));
    auto row = statement->step();
    if (!row)
        return fail(std::move(row.error()));
    return *row ? statement->integer(0) : 0;
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(m_handle.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK)
        return failSqlite(m_handle.get(), code, m_file);
    return Statement(statement, m_file);
}

Result<void> Database::execute(const char* sql)
{
    const int code = sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return failSqlite(m_handle.get(), code, m_file);
    return {};
}

bool Database::isReadOnly() const
{
    return sqlite3_db_readonly(m_handle.get(), "main") != 0;
}

int Database::changes() const
{
    return sqlite3_changes(m_handle.get());
}

Result<Transaction> Transaction::begin(Database& database)
{
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return fail(std::move(begun.error()));
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : m_database(std::exchange(other.m_database, nullptr)) {}

Transaction::~Transaction()
{
    if (m_database != nullptr)
        (void)m_database->execute("ROLLBACK");
}

Result<void> Transaction::commit()
{
    auto done = m_database->execute("COMMIT");
    if (done)
        m_database = nullptr;
    return done;
}

} // namespace scratchproof
