// SPDX-License-Identifier: GPL-3.0-or-later

// The part of the registry for what happens without being asked: purging, announcing, finding, and the log of it.

#include "core/scratch/registry_touch.h"

namespace scratchproof {

namespace {

constexpr std::int64_t kMostLogged = 2000; // lines

Result<void> dropOthersAt(Database& database, const Path& path, const std::string& id)
{
    auto statement = database.prepare("DELETE FROM directories WHERE path = ?1 AND id <> ?2");
    if (!statement)
        return fail(std::move(statement.error()));
    return statement->bindBytes(1, path).bindText(2, id).run();
}

Result<void> insertFound(Database& database, const ScratchRecord& record)
{
    auto statement = database.prepare(
        "INSERT INTO directories (id, name, path, note, machine, host, created, phase, released, restorable_until, "
        "quarantine, adopted, fs_type, fs_identity, inode) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?14)");
    if (!statement)
        return fail(std::move(statement.error()));
    statement->bindText(1, record.id).bindBytes(2, record.name).bindBytes(3, record.path).bindText(4, record.note);
    statement->bindText(5, record.machine).bindText(6, record.host).bind(7, record.created);
    statement->bindText(8, toString(record.phase)).bind(9, record.released).bind(10, record.restorableUntil);
    if (!record.quarantine.empty())
        statement->bindBytes(11, record.quarantine);
    statement->bindText(12, record.fileSystem.type).bindText(13, record.fileSystem.value);
    return statement->bind(14, static_cast<std::int64_t>(record.inode)).run();
}

} // namespace

Result<bool> Registry::claimForPurge(const ScratchRecord& row, Nanoseconds now, Nanoseconds grace)
{
    return touch([id = row.id, phase = row.phase, now, grace](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            "UPDATE directories SET phase = 'cleaning' WHERE id = ?1 AND phase = ?2 AND adopted = 1 AND copy_at IS "
            "NULL "
            "AND (put_off IS NULL OR put_off <= ?3) AND CASE WHEN restorable_until IS NOT NULL THEN restorable_until "
            "<= ?3 ELSE pinned = 0 AND expires IS NOT NULL AND expires <= ?3 - ?4 END");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindText(2, toString(phase)).bind(3, now).bind(4, grace);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::putOff(std::string_view id, Nanoseconds until)
{
    return touch([id = std::string(id), until](Database& database) -> Result<bool> {
        auto statement =
            database.prepare("UPDATE directories SET put_off = ?2 WHERE id = ?1 AND put_off IS NULL AND phase IN "
                             "('active', 'released')");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, until);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::announce(std::string_view id, Nanoseconds expires)
{
    return touch([id = std::string(id), expires](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET announced = ?2 WHERE id = ?1 AND expires = ?2 AND "
                                          "(announced IS NULL OR announced <> ?2)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, expires);
        return changesOne(database, statement);
    });
}

Result<void> Registry::setPlace(const ScratchRecord& record, Nanoseconds now, Nanoseconds restorableUntil)
{
    return touch([record, now, restorableUntil](Database& database) -> Result<void> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        if (auto dropped = dropOthersAt(database, record.path, record.id); !dropped)
            return dropped;
        auto statement = database.prepare(
            "UPDATE directories SET path = ?2, fs_type = ?3, fs_identity = ?4, inode = ?5, machine = ?6, host = ?7, "
            "adopted = ?8, expires = CASE WHEN ?8 THEN expires END, quarantine = ?9, copy_at = NULL, "
            "phase = CASE WHEN ?9 IS NULL THEN 'active' ELSE 'released' END, "
            "released = CASE WHEN ?9 IS NOT NULL THEN COALESCE(released, ?10) END, "
            "restorable_until = CASE WHEN ?9 IS NOT NULL THEN COALESCE(restorable_until, ?11) END WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, record.id).bindBytes(2, record.path).bindText(3, record.fileSystem.type);
        statement->bindText(4, record.fileSystem.value).bind(5, static_cast<std::int64_t>(record.inode));
        statement->bindText(6, record.machine).bindText(7, record.host).bind(8, std::int64_t{record.adopted});
        if (!record.quarantine.empty())
            statement->bindBytes(9, record.quarantine);
        statement->bind(10, now).bind(11, restorableUntil);
        if (auto done = statement->run(); !done)
            return done;
        return transaction->commit();
    });
}

Result<void> Registry::import(const ScratchRecord& record)
{
    return touch([record](Database& database) -> Result<void> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        if (auto dropped = dropOthersAt(database, record.path, record.id); !dropped)
            return dropped;
        if (auto inserted = insertFound(database, record); !inserted)
            return inserted;
        return transaction->commit();
    });
}

Result<void> Registry::setCopyAt(std::string_view id, const Path& other)
{
    return touch([id = std::string(id), other](Database& database) -> Result<void> {
        auto statement = database.prepare("UPDATE directories SET copy_at = ?2 WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        if (!other.empty())
            statement->bindBytes(2, other);
        return statement->run();
    });
}

Result<void> Registry::note(const LogEntry& entry)
{
    return touch([entry](Database& database) -> Result<void> {
        auto statement = database.prepare(
            "INSERT INTO log (at, directory, path, what, detail) SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 "
            "FROM (SELECT what, detail FROM log WHERE directory IS ?2 ORDER BY number DESC LIMIT 1) AS last WHERE "
            "last.what = ?4 AND last.detail = ?5)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bind(1, entry.at).bindText(4, entry.what).bindText(5, entry.detail);
        if (!entry.directory.empty())
            statement->bindText(2, entry.directory);
        if (!entry.path.empty())
            statement->bindBytes(3, entry.path);
        if (auto done = statement->run(); !done)
            return done;
        auto trim = database.prepare("DELETE FROM log WHERE number <= (SELECT max(number) FROM log) - ?1");
        if (!trim)
            return fail(std::move(trim.error()));
        return trim->bind(1, kMostLogged).run();
    });
}

Result<std::vector<LogEntry>> Registry::log(std::size_t most)
{
    return touch([most](Database& database) -> Result<std::vector<LogEntry>> {
        auto statement =
            database.prepare("SELECT at, directory, path, what, detail FROM log ORDER BY number DESC LIMIT ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bind(1, static_cast<std::int64_t>(most));
        std::vector<LogEntry> entries;
        for (;;) {
            const auto row = statement->step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return entries;
            entries.push_back({statement->integer(0), statement->bytes(1), statement->bytes(2), statement->bytes(3),
                               statement->bytes(4)});
        }
    });
}

Result<std::optional<std::int64_t>> Registry::number(std::string_view key)
{
    return touch([key = std::string(key)](Database& database) -> Result<std::optional<std::int64_t>> {
        auto statement = database.prepare("SELECT value FROM meta WHERE key = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        const auto row = statement->bindText(1, key).step();
        if (!row)
            return fail(row.error());
        return *row ? statement->optionalInteger(0) : std::nullopt;
    });
}

Result<void> Registry::setNumber(std::string_view key, std::int64_t value)
{
    return touch([key = std::string(key), value](Database& database) -> Result<void> {
        auto statement = database.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE "
                                          "SET value = excluded.value");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, key).bind(2, value).run();
    });
}

} // namespace scratchproof
