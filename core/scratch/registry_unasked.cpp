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

} // namespace

Result<bool> Registry::claimForPurge(const ScratchRecord& row, Nanoseconds now, Nanoseconds elapsed,
                                     const std::string& cleaner)
{
    return touch([row, now, elapsed, cleaner](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            "UPDATE directories SET phase = 'cleaning', cleaner = ?5 WHERE id = ?1 AND phase = ?2 AND cleaner IS ?6 "
            "AND "
            "changes = ?7 AND adopted = 1 AND old_rules = 0 AND NOT EXISTS (SELECT 1 FROM copies WHERE directory = ?1) "
            "AND (put_off IS NULL OR (put_off <= ?3 AND elapsed_put_off <= ?4)) AND CASE WHEN quarantine IS NOT NULL "
            "AND phase <> 'active' THEN restorable_until <= ?3 AND elapsed_restorable <= ?4 ELSE pinned = 0 AND grace "
            ">= 0 AND expires <= ?3 - grace AND elapsed_end <= ?4 - grace END");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, row.id).bindText(2, toString(row.phase)).bind(3, now).bind(4, elapsed);
        statement->bindText(5, cleaner).bind(7, signedOf(row.changes));
        if (!row.cleaner.empty())
            statement->bindText(6, row.cleaner);
        return changesOne(database, statement);
    });
}

Result<void> Registry::completeOldRows(Nanoseconds now, Nanoseconds elapsed, const Lifetime& grace)
{
    return touch([now, elapsed, grace](Database& database) -> Result<void> {
        auto statement = database.prepare(
            "UPDATE directories SET grace = COALESCE(grace, ?3), "
            "elapsed_end = COALESCE(elapsed_end, ?2 + max(0, expires - ?1)), "
            "elapsed_restorable = COALESCE(elapsed_restorable, ?2 + max(0, restorable_until - ?1)), "
            "elapsed_put_off = COALESCE(elapsed_put_off, ?2 + max(0, put_off - ?1)) WHERE grace IS NULL OR "
            "(elapsed_end IS NULL AND expires IS NOT NULL) OR (elapsed_restorable IS NULL AND restorable_until IS NOT "
            "NULL) OR (elapsed_put_off IS NULL AND put_off IS NOT NULL)");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bind(1, now).bind(2, elapsed).bind(3, graceColumn(grace)).run();
    });
}

Result<bool> Registry::putOff(std::string_view id, Nanoseconds until, Nanoseconds elapsedUntil)
{
    return touch([id = std::string(id), until, elapsedUntil](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET put_off = ?2, elapsed_put_off = ?3 WHERE id = ?1 AND "
                                          "put_off IS NULL AND phase IN ('active', 'released', 'cleaning')");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, until).bind(3, elapsedUntil);
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

Result<void> Registry::setPlace(const ScratchRecord& record, const ReleaseTerm& term)
{
    return touch([record, term](Database& database) -> Result<void> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        if (auto dropped = dropOthersAt(database, record.path, record.id); !dropped)
            return dropped;
        auto statement = database.prepare(
            "UPDATE directories SET path = ?2, fs_type = ?3, fs_identity = ?4, inode = ?5, machine = ?6, host = ?7, "
            "adopted = ?8, expires = CASE WHEN ?8 THEN expires END, quarantine = ?9, parent_inode = ?13, mount_root = "
            "?14, old_rules = 0, seen_gone = 0, cleaner = NULL, own_change = ?15, "
            "phase = CASE WHEN ?9 IS NULL THEN 'active' ELSE 'released' END, "
            "released = CASE WHEN ?9 IS NOT NULL THEN COALESCE(released, ?10) END, "
            "restorable_until = CASE WHEN ?9 IS NOT NULL THEN COALESCE(restorable_until, ?11) END, "
            "elapsed_restorable = CASE WHEN ?9 IS NOT NULL THEN COALESCE(elapsed_restorable, ?12) END WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, record.id).bindBytes(2, record.path).bindText(3, record.place.fileSystem.type);
        statement->bindText(4, record.place.fileSystem.value).bind(5, signedOf(record.place.inode));
        statement->bindText(6, record.machine).bindText(7, record.host).bind(8, std::int64_t{record.adopted});
        bindPath(*statement, 9, record.quarantine);
        statement->bind(10, term.now).bind(11, term.restorableUntil).bind(12, term.elapsedRestorable);
        statement->bind(13, signedOf(record.place.parentInode));
        bindPath(*statement, 14, record.place.mountRoot);
        if (auto done = statement->bind(15, record.ownChange).run(); !done)
            return done;
        auto copies = database.prepare("DELETE FROM copies WHERE directory = ?1 AND path = ?2");
        if (!copies)
            return fail(std::move(copies.error()));
        const Path& found = record.quarantine.empty() ? record.path : record.quarantine;
        if (auto done = copies->bindText(1, record.id).bindBytes(2, found).run(); !done)
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
        if (auto inserted = insertRow(database, record); !inserted)
            return inserted;
        return transaction->commit();
    });
}

Result<void> Registry::addCopy(std::string_view id, const Copy& other)
{
    return touch([id = std::string(id), other](Database& database) -> Result<void> {
        auto statement = database.prepare("INSERT OR REPLACE INTO copies (directory, path, fs_type, fs_identity, "
                                          "parent_inode, mount_root) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindBytes(2, other.path).bindText(3, other.place.fileSystem.type);
        statement->bindText(4, other.place.fileSystem.value).bind(5, signedOf(other.place.parentInode));
        bindPath(*statement, 6, other.place.mountRoot);
        return statement->run();
    });
}

Result<void> Registry::dropCopy(std::string_view id, const Path& other)
{
    return touch([id = std::string(id), other](Database& database) -> Result<void> {
        auto statement = database.prepare("DELETE FROM copies WHERE directory = ?1 AND path = ?2");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, id).bindBytes(2, other).run();
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
