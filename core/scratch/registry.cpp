// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/registry.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>

namespace scratchproof {

/// What `call` returns, or that there was no answer.
template <typename Call>
auto onOwnFiles(const Path& file, Call call) -> std::invoke_result_t<Call>
{
    auto answer = ownFiles().run(std::move(call), kOwnFilesPatience);
    if (!answer)
        return fail(ErrorKind::StoreNotResponding, file);
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

// `elapsed_...`, `grace`: see ScratchRecord. `copy_at` is not used any more, for there may be several.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE directories ADD COLUMN grace INTEGER;
ALTER TABLE directories ADD COLUMN elapsed_end INTEGER;
ALTER TABLE directories ADD COLUMN elapsed_restorable INTEGER;
ALTER TABLE directories ADD COLUMN elapsed_put_off INTEGER;
ALTER TABLE directories ADD COLUMN cleaner TEXT;
ALTER TABLE directories ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directories ADD COLUMN own_change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directories ADD COLUMN old_rules INTEGER NOT NULL DEFAULT 1;
ALTER TABLE directories ADD COLUMN parent_inode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directories ADD COLUMN mount_root BLOB;
ALTER TABLE directories ADD COLUMN content BLOB;
ALTER TABLE directories ADD COLUMN seen_gone INTEGER NOT NULL DEFAULT 0;
CREATE INDEX directories_alive ON directories (path) WHERE seen_gone = 0 AND phase IN ('active', 'creating');
CREATE INDEX directories_by_quarantine ON directories (quarantine) WHERE quarantine IS NOT NULL;
CREATE TABLE copies (directory TEXT NOT NULL, path BLOB NOT NULL, fs_type TEXT NOT NULL, fs_identity TEXT NOT NULL,
    parent_inode INTEGER NOT NULL, mount_root BLOB, PRIMARY KEY (directory, path)) WITHOUT ROWID;
CREATE TRIGGER copies_go AFTER DELETE ON directories BEGIN DELETE FROM copies WHERE directory = OLD.id; END;
INSERT INTO copies SELECT id, copy_at, '', '', 0, NULL FROM directories WHERE copy_at IS NOT NULL;
)sql";

constexpr const char* kColumns =
    "id, name, path, note, machine, host, created, lifetime, expires, phase, "
    "restorable_until, quarantine, pinned, adopted, "
    "fs_type, fs_identity, inode, bytes, files, folders, newest, measured, released, put_off, "
    "grace, elapsed_end, elapsed_restorable, elapsed_put_off, cleaner, changes, own_change, old_rules, parent_inode, "
    "mount_root, content, seen_gone";

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
    settings.migrations = {kVersion1, kVersion2, kVersion3};
    settings.create = create;
    return settings;
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
    record.place.fileSystem = {row.bytes(14), row.bytes(15)};
    record.place.inode = unsignedOf(row.integer(16));
    if (const auto bytes = row.optionalInteger(17))
        record.measure =
            Measure{unsignedOf(*bytes), unsignedOf(row.integer(18)), unsignedOf(row.integer(19)), row.integer(20)};
    record.measured = row.integer(21);
    record.released = row.optionalInteger(22);
    record.putOff = row.optionalInteger(23);
    if (const auto grace = row.optionalInteger(24))
        record.grace = *grace < 0 ? Lifetime() : Lifetime(*grace);
    record.elapsedEnd = row.optionalInteger(25);
    record.elapsedRestorable = row.optionalInteger(26);
    record.elapsedPutOff = row.optionalInteger(27);
    record.cleaner = row.bytes(28);
    record.changes = unsignedOf(row.integer(29));
    record.ownChange = row.integer(30);
    record.place.byOldRules = row.integer(31) != 0;
    record.place.parentInode = unsignedOf(row.integer(32));
    record.place.mountRoot = row.bytes(33);
    record.content = row.bytes(34);
    record.seenGone = row.integer(35) != 0;
    if (!phase || record.id.empty() || record.path.empty() || record.path.front() != '/')
        return fail(ErrorKind::StoreDamaged, record.path, 0, "a row of the registry makes no sense");
    record.phase = *phase;
    return record;
}

/// The rows of `statement`, each with the places of its copies.
Result<std::vector<ScratchRecord>> readRows(Database& database, Result<Statement>& statement)
{
    std::vector<ScratchRecord> records;
    for (;;) {
        const auto row = statement->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        auto record = readRow(*statement);
        if (!record)
            return fail(std::move(record.error()));
        records.push_back(std::move(*record));
    }
    if (records.empty())
        return records;
    auto copies = database.prepare("SELECT directory, path, fs_type, fs_identity, parent_inode, mount_root FROM copies "
                                   "ORDER BY directory, path");
    if (!copies)
        return fail(std::move(copies.error()));
    std::unordered_map<std::string, std::vector<Copy>> places;
    for (;;) {
        const auto row = copies->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        RecordedPlace place;
        place.fileSystem = {copies->bytes(2), copies->bytes(3)};
        place.byOldRules = place.fileSystem.type.empty();
        place.parentInode = unsignedOf(copies->integer(4));
        place.mountRoot = copies->bytes(5);
        places[copies->bytes(0)].push_back({copies->bytes(1), std::move(place)});
    }
    for (ScratchRecord& record : records) {
        if (const auto found = places.find(record.id); found != places.end())
            record.copies = found->second;
    }
    return records;
}

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

constexpr std::int64_t kMostLogged = 2000; // lines

Result<void> dropOthersAt(Database& database, const Path& path, const std::string& id)
{
    auto statement = database.prepare("DELETE FROM directories WHERE path = ?1 AND id <> ?2");
    if (!statement)
        return fail(std::move(statement.error()));
    return statement->bindBytes(1, path).bindText(2, id).run();
}

} // namespace

Result<void> insertRow(Database& database, const ScratchRecord& record)
{
    auto statement = database.prepare(
        "INSERT INTO directories (id, name, path, note, machine, host, created, lifetime, expires, phase, pinned, "
        "adopted, fs_type, fs_identity, inode, grace, elapsed_end, changes, own_change, parent_inode, mount_root, "
        "content, released, restorable_until, elapsed_restorable, quarantine, old_rules) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, 0)");
    if (!statement)
        return fail(std::move(statement.error()));
    statement->bindText(1, record.id).bindBytes(2, record.name).bindBytes(3, record.path).bindText(4, record.note);
    statement->bindText(5, record.machine).bindText(6, record.host).bind(7, record.created);
    statement->bind(8, record.lifetime).bind(9, record.expires).bindText(10, toString(record.phase));
    statement->bind(11, std::int64_t{record.pinned}).bind(12, std::int64_t{record.adopted});
    statement->bindText(13, record.place.fileSystem.type).bindText(14, record.place.fileSystem.value);
    statement->bind(15, signedOf(record.place.inode));
    if (record.grace)
        statement->bind(16, graceColumn(*record.grace));
    statement->bind(17, record.elapsedEnd).bind(18, signedOf(record.changes)).bind(19, record.ownChange);
    statement->bind(20, signedOf(record.place.parentInode));
    bindPath(*statement, 21, record.place.mountRoot);
    bindPath(*statement, 22, record.content);
    statement->bind(23, record.released).bind(24, record.restorableUntil).bind(25, record.elapsedRestorable);
    bindPath(*statement, 26, record.quarantine);
    return statement->run();
}

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
        return fail(ErrorKind::StoreUnreachable, {}, 0,
                    "neither XDG_STATE_HOME nor HOME names a folder, so there is no place for the registry");
    const auto home = onOwnFiles(*folder, [&system] { return checkHome(system); });
    if (!home && home.error().kind == ErrorKind::StoreNotResponding)
        return fail(home.error());
    if (!home)
        return fail(ErrorKind::StoreUnreachable, home.error().path, home.error().code,
                    "the home folder cannot be used");
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
    if (error.kind == ErrorKind::StoreUnreachable && error.code == ENOENT)
        return std::optional<Registry>();
    return fail(std::move(database.error()));
}

Result<std::vector<ScratchRecord>> Registry::all()
{
    return touch([](Database& database) -> Result<std::vector<ScratchRecord>> {
        auto statement = database.prepare(std::string("SELECT ") + kColumns + " FROM directories ORDER BY created, id");
        if (!statement)
            return fail(std::move(statement.error()));
        return readRows(database, statement);
    });
}

Result<std::optional<ScratchRecord>> Registry::find(std::string_view id)
{
    return touch([id = std::string(id)](Database& database) -> Result<std::optional<ScratchRecord>> {
        auto statement = database.prepare(std::string("SELECT ") + kColumns + " FROM directories WHERE id = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindText(1, id);
        auto rows = readRows(database, statement);
        if (!rows)
            return fail(std::move(rows.error()));
        return rows->empty() ? std::optional<ScratchRecord>() : std::optional(std::move(rows->front()));
    });
}

Result<std::vector<ScratchRecord>> Registry::below(const Path& folder)
{
    return touch([folder](Database& database) -> Result<std::vector<ScratchRecord>> {
        // Every path below it begins with "FOLDER/", and '0' is the byte behind '/'.
        auto statement = database.prepare(
            std::string("SELECT ") + kColumns +
            " FROM directories WHERE id IN (SELECT id FROM directories WHERE path > ?1 AND path < ?2 UNION "
            "SELECT id FROM directories WHERE quarantine IS NOT NULL AND quarantine > ?1 AND quarantine < ?2)");
        if (!statement)
            return fail(std::move(statement.error()));
        statement->bindBytes(1, folder + '/').bindBytes(2, folder + '0');
        return readRows(database, statement);
    });
}

Result<void> Registry::insert(const ScratchRecord& record)
{
    return touch([record](Database& database) { return insertRow(database, record); });
}

Result<std::vector<ScratchRecord>> Registry::insertUnlessNamed(const ScratchRecord& record)
{
    return touch([record](Database& database) -> Result<std::vector<ScratchRecord>> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        // Directories are called NAME-ENDING, and '.' is the byte behind '-'.
        auto statement = database.prepare(std::string("SELECT ") + kColumns +
                                          " FROM directories WHERE seen_gone = 0 AND phase IN ('active', 'creating') "
                                          "AND path > ?1 AND path < ?2 AND name = ?3 AND machine = ?4");
        if (!statement)
            return fail(std::move(statement.error()));
        const Path start = joinPath(parentPath(record.path), record.name);
        statement->bindBytes(1, start + '-').bindBytes(2, start + '.').bindBytes(3, record.name);
        statement->bindText(4, record.machine);
        auto others = readRows(database, statement);
        if (!others)
            return others;
        std::erase_if(*others,
                      [&](const ScratchRecord& other) { return parentPath(other.path) != parentPath(record.path); });
        if (!others->empty())
            return others;
        if (auto inserted = insertRow(database, record); !inserted)
            return fail(std::move(inserted.error()));
        if (auto committed = transaction->commit(); !committed)
            return fail(std::move(committed.error()));
        return others;
    });
}

Result<void> Registry::setSeenGone(const std::vector<std::string>& ids)
{
    return touch([ids](Database& database) -> Result<void> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        for (const std::string& id : ids) {
            auto statement = database.prepare("UPDATE directories SET seen_gone = 1 WHERE id = ?1");
            if (!statement)
                return fail(std::move(statement.error()));
            if (auto done = statement->bindText(1, id).run(); !done)
                return done;
        }
        return transaction->commit();
    });
}

Result<void> Registry::activate(std::string_view id, std::uint64_t inode, Nanoseconds ownChange)
{
    return touch([id = std::string(id), inode, ownChange](Database& database) -> Result<void> {
        auto statement = database.prepare("UPDATE directories SET phase = 'active', inode = ?2, own_change = ?3 "
                                          "WHERE id = ?1 AND phase = 'creating'");
        if (!statement)
            return fail(std::move(statement.error()));
        const auto activated =
            (statement->bindText(1, id).bind(2, signedOf(inode)).bind(3, ownChange), changesOne(database, statement));
        if (!activated)
            return fail(activated.error());
        if (!*activated)
            return fail(ErrorKind::StoreFailed, {}, 0, "the registry lost a directory while it was made");
        return {};
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

namespace {

constexpr std::array<std::pair<const char*, std::int64_t ElapsedTime::*>, 5> kElapsedKeys{
    {{"elapsed", &ElapsedTime::total},
     {"elapsed_wall", &ElapsedTime::wall},
     {"elapsed_newest_wall", &ElapsedTime::newestWall},
     {"elapsed_since_boot", &ElapsedTime::sinceBoot},
     {"elapsed_boot", &ElapsedTime::boot}}};

constexpr const char* kElapsedSynchronized = "SELECT value FROM meta WHERE key = 'elapsed_synchronized'";

Result<std::optional<ElapsedTime>> readElapsed(Database& database)
{
    ElapsedTime elapsed;
    for (const auto& [key, member] : kElapsedKeys) {
        auto statement = database.prepare("SELECT value FROM meta WHERE key = ?1");
        if (!statement)
            return fail(std::move(statement.error()));
        const auto row = statement->bindText(1, key).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return std::optional<ElapsedTime>();
        elapsed.*member = statement->integer(0);
    }
    auto synchronized = database.prepare(kElapsedSynchronized);
    if (!synchronized)
        return fail(std::move(synchronized.error()));
    const auto isNoted = synchronized->step();
    if (!isNoted)
        return fail(isNoted.error());
    elapsed.wasSynchronized = *isNoted && synchronized->integer(0) != 0;
    return std::optional(elapsed);
}

Result<void> writeElapsed(Database& database, const ElapsedTime& elapsed)
{
    const auto write = [&database](std::string_view key, std::int64_t value) -> Result<void> {
        auto statement = database.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE "
                                          "SET value = excluded.value");
        if (!statement)
            return fail(std::move(statement.error()));
        return statement->bindText(1, key).bind(2, value).run();
    };
    for (const auto& [key, member] : kElapsedKeys) {
        if (auto done = write(key, elapsed.*member); !done)
            return done;
    }
    return write("elapsed_synchronized", elapsed.wasSynchronized ? 1 : 0);
}

} // namespace

Result<Nanoseconds> Registry::countTime(const ClockReading& now)
{
    return touch([now](Database& database) -> Result<Nanoseconds> {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(std::move(transaction.error()));
        const auto before = readElapsed(database);
        if (!before)
            return fail(before.error());
        const ElapsedTime after = countOn(*before, now);
        if (auto written = writeElapsed(database, after); !written)
            return fail(std::move(written.error()));
        if (auto committed = transaction->commit(); !committed)
            return fail(std::move(committed.error()));
        return after.total;
    });
}

Result<Nanoseconds> Registry::timeCounted(const ClockReading& now)
{
    return touch([now](Database& database) -> Result<Nanoseconds> {
        return readElapsed(database).map(
            [&](const std::optional<ElapsedTime>& before) { return countOn(before, now).total; });
    });
}

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
