// SPDX-License-Identifier: GPL-3.0-or-later

// The part of the registry for what happens between creation and removal: each change says of which row it is, so that
// whoever is late changes nothing.

#include "core/scratch/registry_touch.h"

namespace scratchproof {

namespace {

/// An active one, or one whose removal was begun in its own place and by `cleaner`, who is not at it any more.
constexpr const char* kKeepable = "WHERE id = ?1 AND (phase = 'active' OR (phase = 'cleaning' AND quarantine IS NULL "
                                  "AND cleaner IS ?2))";

void bindTerm(Statement& statement, int first, const Term& term)
{
    statement.bind(first, term.lifetime).bind(first + 1, term.expires).bind(first + 2, term.elapsedEnd);
    statement.bind(first + 3, graceColumn(term.grace)).bind(first + 4, signedOf(term.changes));
}

void bindCleaner(Statement& statement, int position, const std::string& cleaner)
{
    if (!cleaner.empty())
        statement.bindText(position, cleaner);
}

} // namespace

Result<bool> Registry::extend(std::string_view id, const Term& term, const std::string& cleaner)
{
    return touch([id = std::string(id), term, cleaner](Database& database) -> Result<bool> {
        auto statement = database.prepare(std::string("UPDATE directories SET lifetime = ?3, expires = ?4, elapsed_end "
                                                      "= ?5, grace = ?6, changes = ?7, adopted = 1, put_off = NULL, "
                                                      "elapsed_put_off = NULL, phase = 'active', cleaner = NULL ") +
                                          kKeepable);
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        bindCleaner(*statement, 2, cleaner);
        bindTerm(*statement, 3, term);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::setPinned(std::string_view id, bool pinned, std::uint64_t changes, const std::string& cleaner)
{
    return touch([id = std::string(id), pinned, changes, cleaner](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            std::string("UPDATE directories SET pinned = ?3, changes = ?4, phase = 'active', cleaner = NULL ") +
            kKeepable);
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        bindCleaner(*statement, 2, cleaner);
        statement->bind(3, std::int64_t{pinned}).bind(4, signedOf(changes));
        return changesOne(database, statement);
    });
}

Result<bool> Registry::takeFromMarker(std::string_view id, const Term& term, bool pinned)
{
    return touch([id = std::string(id), term, pinned](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET lifetime = ?2, expires = ?3, elapsed_end = ?4, grace "
                                          "= ?5, changes = ?6, pinned = ?7, put_off = NULL, elapsed_put_off = NULL "
                                          "WHERE id = ?1 AND changes <= ?6");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        bindTerm(*statement, 2, term);
        statement->bind(7, std::int64_t{pinned});
        return changesOne(database, statement);
    });
}

Result<void> Registry::setRecordedPlace(std::string_view id, const RecordedPlace& place)
{
    return touch([id = std::string(id), place](Database& database) -> Result<void> {
        auto statement = database.prepare("UPDATE directories SET fs_type = ?2, fs_identity = ?3, parent_inode = ?4, "
                                          "mount_root = ?5, inode = ?6, old_rules = 0, seen_gone = 0 WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindText(2, place.fileSystem.type).bindText(3, place.fileSystem.value);
        statement->bind(4, signedOf(place.parentInode));
        bindPath(*statement, 5, place.mountRoot);
        return statement->bind(6, signedOf(place.inode)).run();
    });
}

Result<void> Registry::setOwnChange(std::string_view id, Nanoseconds changed)
{
    return touch([id = std::string(id), changed](Database& database) -> Result<void> {
        auto statement = database.prepare("UPDATE directories SET own_change = ?2 WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, id).bind(2, changed).run();
    });
}

Result<bool> Registry::beginCleaning(const ScratchRecord& row, const std::string& cleaner)
{
    return touch([row, cleaner](Database& database) -> Result<bool> {
        // One that was never finished keeps its phase: it is known by that.
        auto statement = database.prepare(
            "UPDATE directories SET phase = CASE phase WHEN 'creating' THEN phase ELSE 'cleaning' END, cleaner = ?4 "
            "WHERE id = ?1 AND phase = ?2 AND cleaner IS ?3 AND changes = ?5");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, row.id).bindText(2, toString(row.phase));
        bindCleaner(*statement, 3, row.cleaner);
        statement->bindText(4, cleaner).bind(5, signedOf(row.changes));
        return changesOne(database, statement);
    });
}

Result<void> Registry::endCleaning(std::string_view id, const std::string& cleaner, Phase before)
{
    return touch([id = std::string(id), cleaner, before](Database& database) -> Result<void> {
        auto statement =
            database.prepare("UPDATE directories SET phase = ?3, cleaner = NULL WHERE id = ?1 AND cleaner = ?2");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, id).bindText(2, cleaner).bindText(3, toString(before)).run();
    });
}

Result<std::optional<Path>> Registry::intendRelease(std::string_view id, const Path& quarantine)
{
    return touch([id = std::string(id), quarantine](Database& database) -> Result<std::optional<Path>> {
        auto statement = database.prepare("UPDATE directories SET quarantine = COALESCE(quarantine, ?2) WHERE id = ?1 "
                                          "AND phase = 'active' RETURNING quarantine");
        if (!statement)
            return fail(std::move(statement.error()));
        const auto row = statement->bindText(1, id).bindBytes(2, quarantine).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return std::optional<Path>();
        auto noted = std::optional<Path>(statement->bytes(0));
        if (auto done = statement->step(); !done) // the change counts when the statement is through
            return fail(std::move(done.error()));
        return noted;
    });
}

Result<bool> Registry::setReleased(std::string_view id, const Path& quarantine, const ReleaseTerm& term,
                                   Nanoseconds ownChange)
{
    return touch([id = std::string(id), quarantine, term, ownChange](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            "UPDATE directories SET phase = 'released', quarantine = ?2, released = ?3, restorable_until = ?4, "
            "elapsed_restorable = ?5, own_change = ?6, put_off = NULL, elapsed_put_off = NULL WHERE id = ?1 AND phase "
            "= 'active' AND (quarantine IS NULL OR quarantine = ?2)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindBytes(2, quarantine).bind(3, term.now).bind(4, term.restorableUntil);
        statement->bind(5, term.elapsedRestorable).bind(6, ownChange);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::changeQuarantine(std::string_view id, const Path& from, const Path& to)
{
    return touch([id = std::string(id), from, to](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            "UPDATE directories SET quarantine = ?3 WHERE id = ?1 AND phase = 'active' AND quarantine = ?2");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindBytes(2, from).bindBytes(3, to);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::setRestored(std::string_view id, const Path& quarantine, const Term& term, Adopt adopt,
                                   Nanoseconds ownChange)
{
    return touch([id = std::string(id), quarantine, term, adopt, ownChange](Database& database) -> Result<bool> {
        auto statement = database.prepare(
            "UPDATE directories SET phase = 'active', cleaner = NULL, released = NULL, restorable_until = NULL, "
            "elapsed_restorable = NULL, quarantine = NULL, put_off = NULL, elapsed_put_off = NULL, lifetime = ?4, "
            "expires = ?5, elapsed_end = ?6, grace = ?7, changes = ?8, own_change = ?3, adopted = max(adopted, ?9) "
            "WHERE id = ?1 AND "
            "quarantine = ?2 AND phase IN ('released', 'cleaning')");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id)
            .bindBytes(2, quarantine)
            .bind(3, ownChange)
            .bind(9, std::int64_t{adopt == Adopt::Do});
        bindTerm(*statement, 4, term);
        return changesOne(database, statement);
    });
}

Result<void> Registry::forgetQuarantine(std::string_view id, const Path& quarantine)
{
    return touch([id = std::string(id), quarantine](Database& database) -> Result<void> {
        auto statement = database.prepare(
            "UPDATE directories SET quarantine = NULL WHERE id = ?1 AND phase = 'active' AND quarantine = ?2");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, id).bindBytes(2, quarantine).run();
    });
}

} // namespace scratchproof
