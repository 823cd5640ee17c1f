// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/scratch/registry_touch.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::int32_t kApplicationId = 0x53507266; // "SPrf"

// Paths and names are bytes. `released` and `put_off` are for the timer; `meta` keeps the newest time on record and the
// last run; `log` what was done without being asked.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE directories (
    id TEXT PRIMARY KEY NOT NULL,
    name BLOB NOT NULL,
    path BLOB NOT NULL UNIQUE,
    note TEXT NOT NULL,
    machine TEXT NOT NULL,
    host TEXT NOT NULL,
    created INTEGER NOT NULL,
    lifetime INTEGER,
    expires INTEGER,
    phase TEXT NOT NULL,
    released INTEGER,
    restorable_until INTEGER,
    quarantine BLOB,
    pinned INTEGER NOT NULL DEFAULT 0,
    adopted INTEGER NOT NULL DEFAULT 1,
    put_off INTEGER,
    fs_type TEXT NOT NULL,
    fs_identity TEXT NOT NULL,
    inode INTEGER NOT NULL,
    bytes INTEGER,
    files INTEGER,
    folders INTEGER,
    newest INTEGER,
    measured INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX directories_by_expiry ON directories (expires) WHERE expires IS NOT NULL;
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL);
CREATE TABLE log (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, directory TEXT, what TEXT NOT NULL, detail BLOB);
)sql";

// `announced` is the end that was announced; an extended one is announced anew.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE directories ADD COLUMN announced INTEGER;
ALTER TABLE directories ADD COLUMN copy_at BLOB;
ALTER TABLE log ADD COLUMN path BLOB;
)sql";

constexpr const char* kColumns =
    "id, name, path, note, machine, host, created, lifetime, expires, phase, "
    "restorable_until, quarantine, pinned, adopted, "
    "fs_type, fs_identity, inode, bytes, files, folders, newest, measured, released, put_off, "
    "copy_at";

constexpr std::array<std::pair<Phase, std::string_view>, 4> kPhases{{{Phase::Creating, "creating"},
                                                                     {Phase::Active, "active"},
                                                                     {Phase::Released, "released"},
                                                                     {Phase::Cleaning, "cleaning"}}};

std::optional<Phase> phaseFromString(std::string_view text)
{
    for (const auto& [phase, name] : kPhases) {
        if (name == text)
            return phase;
    }
    return std::nullopt;
}

DatabaseSettings settingsFor(const Path& file, bool create)
{
    DatabaseSettings settings;
    settings.file = file;
    settings.applicationId = kApplicationId;
    settings.migrations = {kVersion1, kVersion2};
    settings.create = create;
    return settings;
}

std::uint64_t unsignedOf(std::int64_t value)
{
    return static_cast<std::uint64_t>(value); // SQLite has signed integers only; inodes may use all 64 bits
}
std::int64_t signedOf(std::uint64_t value)
{
    return static_cast<std::int64_t>(value);
}

Result<ScratchRecord> readRow(const Statement& row)
{
    ScratchRecord record;
    record.id = row.bytes(0);
    record.name = row.bytes(1);
    record.path = row.bytes(2);
    record.note = row.bytes(3);
    record.machine = row.bytes(4);
    record.host = row.bytes(5);
    record.created = row.integer(6);
    record.lifetime = row.optionalInteger(7);
    record.expires = row.optionalInteger(8);
    const auto phase = phaseFromString(row.bytes(9));
    record.restorableUntil = row.optionalInteger(10);
    record.quarantine = row.bytes(11);
    record.pinned = row.integer(12) != 0;
    record.adopted = row.integer(13) != 0;
    record.fileSystem = {row.bytes(14), row.bytes(15)};
    record.inode = unsignedOf(row.integer(16));
    if (const auto bytes = row.optionalInteger(17))
        record.measure =
            Measure{unsignedOf(*bytes), unsignedOf(row.integer(18)), unsignedOf(row.integer(19)), row.integer(20)};
    record.measured = row.integer(21);
    record.released = row.optionalInteger(22);
    record.putOff = row.optionalInteger(23);
    record.copyAt = row.bytes(24);
    if (!phase || record.id.empty() || record.path.empty() || record.path.front() != '/')
        return fail("store-damaged", record.path, 0, "a row of the registry makes no sense");
    record.phase = *phase;
    return record;
}

Result<void> insertRow(Database& database, const ScratchRecord& record)
{
    auto statement = database.prepare(
        "INSERT INTO directories (id, name, path, note, machine, host, created, lifetime, expires, phase, pinned, "
        "adopted, "
        "fs_type, fs_identity, inode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    if (!statement)
        return fail(std::move(statement.error()));
    statement->bindText(1, record.id).bindBytes(2, record.name).bindBytes(3, record.path).bindText(4, record.note);
    statement->bindText(5, record.machine).bindText(6, record.host).bind(7, record.created);
    statement->bind(8, record.lifetime).bind(9, record.expires).bindText(10, toString(record.phase));
    statement->bind(11, std::int64_t{record.pinned}).bind(12, std::int64_t{record.adopted});
    statement->bindText(13, record.fileSystem.type).bindText(14, record.fileSystem.value);
    statement->bind(15, signedOf(record.inode));
    return statement->run();
}

} // namespace

std::string_view toString(Phase phase)
{
    for (const auto& [known, name] : kPhases) {
        if (known == phase)
            return name;
    }
    return "active";
}

SideThread& ownFiles()
{
    // Never destroyed: its thread may be stuck when the program ends.
    static SideThread& thread = *new SideThread(SideThread::Between::Ends); // NOLINT(cppcoreguidelines-owning-memory)
    return thread;
}

namespace {

/// Closed by the thread that opened it; never where that is stuck.
std::shared_ptr<Database> shared(Database database)
{
    return {new Database(std::move(database)), [](Database* ours) {
                static_cast<void>(ownFiles().run([ours] { return delete ours, true; }, kOwnFilesPatience));
            }};
}

Result<std::shared_ptr<Database>> openDatabase(const Path& file, bool create)
{
    return onOwnFiles(file, [file, create]() -> Result<std::shared_ptr<Database>> {
        auto database = Database::open(settingsFor(file, create));
        if (!database)
            return fail(std::move(database.error()));
        return shared(std::move(*database));
    });
}

} // namespace

Result<Path> registryFile(System& system)
{
    const auto folder = stateFolder();
    if (!folder)
        return fail("store-unreachable", {}, 0,
                    "neither XDG_STATE_HOME nor HOME names a folder, so there is no place for the registry");
    const auto home = onOwnFiles(*folder, [&system] { return checkHome(system); });
    if (!home && storeProblem(home.error()))
        return fail(home.error());
    if (!home)
        return fail("store-unreachable", home.error().path, home.error().code, "the home folder cannot be used");
    return joinPath(*folder, "scratch.db");
}

Result<Registry> Registry::open(const Path& file)
{
    auto database = openDatabase(file, true);
    if (!database)
        return fail(std::move(database.error()));
    return Registry(file, std::move(*database));
}

Result<std::optional<Registry>> Registry::openExisting(const Path& file)
{
    auto database = openDatabase(file, false);
    if (database)
        return std::optional<Registry>(Registry(file, std::move(*database)));
    const Error& error = database.error();
    if (storeProblem(error) == StoreProblem::Unreachable && error.code == ENOENT)
        return std::optional<Registry>();
    return fail(std::move(database.error()));
}

Result<std::vector<ScratchRecord>> Registry::all()
{
    return touch([](Database& database) -> Result<std::vector<ScratchRecord>> {
        auto statement = database.prepare(std::string("SELECT ") + kColumns + " FROM directories ORDER BY created, id");
        if (!statement)
            return fail(std::move(statement.error()));
        std::vector<ScratchRecord> records;
        for (;;) {
            const auto row = statement->step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return records;
            auto record = readRow(*statement);
            if (!record)
                return fail(std::move(record.error()));
            records.push_back(std::move(*record));
        }
    });
}

Result<std::optional<ScratchRecord>> Registry::find(std::string_view id)
{
    return touch([id = std::string(id)](Database& database) -> Result<std::optional<ScratchRecord>> {
        auto statement = database.prepare(std::string("SELECT ") + kColumns + " FROM directories WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        const auto row = statement->bindText(1, id).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return std::optional<ScratchRecord>();
        auto record = readRow(*statement);
        if (!record)
            return fail(std::move(record.error()));
        return std::optional<ScratchRecord>(std::move(*record));
    });
}

Result<void> Registry::insert(const ScratchRecord& record)
{
    return touch([record](Database& database) { return insertRow(database, record); });
}

Result<std::optional<ScratchRecord>> Registry::insertUnlessNamed(const ScratchRecord& record,
                                                                 const std::vector<std::string>& apart)
{
    return touch([record, apart](Database& database) -> Result<std::optional<ScratchRecord>> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        auto statement = database.prepare(std::string("SELECT ") + kColumns +
                                          " FROM directories WHERE name = ?1 AND machine = ?2 AND phase IN "
                                          "('active', 'creating')");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindBytes(1, record.name).bindText(2, record.machine);
        for (;;) {
            const auto row = statement->step();
            if (!row)
                return fail(row.error());
            if (!*row)
                break;
            auto other = readRow(*statement);
            if (!other)
                return fail(std::move(other.error()));
            if (parentPath(other->path) == parentPath(record.path) &&
                std::find(apart.begin(), apart.end(), other->id) == apart.end())
                return std::optional<ScratchRecord>(std::move(*other));
        }
        if (auto inserted = insertRow(database, record); !inserted)
            return fail(std::move(inserted.error()));
        if (auto committed = transaction->commit(); !committed)
            return fail(std::move(committed.error()));
        return std::optional<ScratchRecord>();
    });
}

Result<void> Registry::activate(std::string_view id, const FileSystemIdentity& fileSystem, std::uint64_t inode)
{
    return touch([id = std::string(id), fileSystem, inode](Database& database) -> Result<void> {
        auto statement =
            database.prepare("UPDATE directories SET phase = 'active', fs_type = ?2, fs_identity = ?3, inode = ?4 "
                             "WHERE id = ?1 AND phase = 'creating'");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bindText(2, fileSystem.type).bindText(3, fileSystem.value).bind(4, signedOf(inode));
        if (auto done = statement->run(); !done)
            return done;
        if (database.changes() != 1)
            return fail("store-failed", {}, 0, "the registry lost a directory while it was made");
        return {};
    });
}

Result<void> Registry::setPhase(std::string_view id, Phase phase)
{
    return touch([id = std::string(id), phase](Database& database) -> Result<void> {
        auto statement = database.prepare("UPDATE directories SET phase = ?2 WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, id).bindText(2, toString(phase)).run();
    });
}

Result<void> Registry::setMeasure(std::string_view id, const Measure& measure, Nanoseconds when)
{
    return touch([id = std::string(id), measure, when](Database& database) -> Result<void> {
        auto statement = database.prepare(
            "UPDATE directories SET bytes = ?2, files = ?3, folders = ?4, newest = ?5, measured = ?6 WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id).bind(2, signedOf(measure.bytes)).bind(3, signedOf(measure.files));
        return statement->bind(4, signedOf(measure.directories)).bind(5, measure.newest).bind(6, when).run();
    });
}

Result<bool> Registry::remove(std::string_view id)
{
    return touch([id = std::string(id)](Database& database) -> Result<bool> {
        auto statement = database.prepare("DELETE FROM directories WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        return changesOne(database, statement);
    });
}

} // namespace scratchproof
