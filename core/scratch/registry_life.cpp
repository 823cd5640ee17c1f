// SPDX-License-Identifier: GPL-3.0-or-later

// The part of the registry for what happens between creation and removal: each change says of which row it is, so that
// whoever is late changes nothing.

#include "core/scratch/registry_touch.h"

namespace scratchproof {

Result<bool> Registry::extend(std::string_view id, Lifetime lifetime, std::optional<Nanoseconds> expires)
{
    return touch([id = std::string(id), lifetime, expires](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET lifetime = ?2, expires = ?3, adopted = 1, put_off = "
                                          "NULL WHERE id = ?1 AND phase = 'active'");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, lifetime).bind(3, expires);
        return changesOne(database, statement);
    });
}

Result<bool> Registry::setPinned(std::string_view id, bool pinned)
{
    return touch([id = std::string(id), pinned](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET pinned = ?2 WHERE id = ?1 AND phase = 'active'");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, std::int64_t{pinned});
        return changesOne(database, statement);
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

Result<bool> Registry::setReleased(std::string_view id, const Path& quarantine, Nanoseconds now,
                                   Nanoseconds restorableUntil)
{
    return touch([id = std::string(id), quarantine, now, restorableUntil](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET phase = 'released', quarantine = ?2, released = ?3, "
                                          "restorable_until = ?4 WHERE id = ?1 AND phase = 'active' AND "
                                          "(quarantine IS NULL OR quarantine = ?2)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindBytes(2, quarantine).bind(3, now).bind(4, restorableUntil);
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

Result<bool> Registry::setRestored(std::string_view id, const Path& quarantine, std::optional<Nanoseconds> expires)
{
    return touch([id = std::string(id), quarantine, expires](Database& database) -> Result<bool> {
        auto statement = database.prepare("UPDATE directories SET phase = 'active', released = NULL, restorable_until "
                                          "= NULL, quarantine = NULL, put_off = NULL, expires = ?2 WHERE id = ?1 AND "
                                          "phase = 'released' AND quarantine = ?3");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, expires).bindBytes(3, quarantine);
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
