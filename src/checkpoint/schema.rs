//! The tables, as numbered and named migrations, and the runner that applies them.
//!
//! `user_version` counts the migrations that a file has seen. A migration that was released is never edited: a
//! change of the tables is a new one at the end of [`MIGRATIONS`], with a fixture of the version before it
//! (`fixtures/schema_N.sql`) that the tests open. What the tables mean is for the subjects' own files to say.

use rusqlite::{Connection, TransactionBehavior};

/// One step of the schema.
pub(super) struct Migration {
    /// What it is for, to be named when it fails.
    pub(super) name: &'static str,
    /// Its statements; they run in one transaction, with the new version.
    pub(super) sql: &'static str,
}

/// `application_id` of our files: `DMSy` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x444D_5379;

/// All migrations; the version after the n-th is n.
pub(super) const MIGRATIONS: &[Migration] = &[FIRST_TABLES, BY_RECORD, RECENCY, OWED];

const FIRST_TABLES: Migration = Migration {
    name: "first tables",
    // `customer` is a rowid table with a narrow index, not a WITHOUT ROWID table: its rows are fat with `base`. For
    // 200,000 customers of 1.1 kB, in the same order as here (development build, warm): reading (key, source) takes
    // 36 ms from the index, 7 MB on disk; 75 ms from the fat rows of either kind, 200 MB or more on disk; 38 ms from a
    // thin table beside a fat one, which takes four times as long to write. The index is what the nightly scan reads.
    sql: "
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
    key TEXT NOT NULL PRIMARY KEY,
    uuid TEXT NOT NULL,
    source BLOB CHECK (length(source) = 16),
    canonical BLOB NOT NULL CHECK (length(canonical) = 16),
    base TEXT NOT NULL,
    updated_at INTEGER,
    last_run TEXT NOT NULL
) STRICT;
CREATE INDEX customer_scan ON customer (key, source);

CREATE TABLE intent (
    key TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    uuid TEXT,
    next_base TEXT NOT NULL,
    source BLOB CHECK (length(source) = 16),
    canonical BLOB NOT NULL CHECK (length(canonical) = 16)
) STRICT;

CREATE TABLE leftover (
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('customer', 'row')),
    subject TEXT NOT NULL,
    stage TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    tip TEXT NOT NULL,
    http_status INTEGER,
    attempts INTEGER NOT NULL,
    canonical BLOB CHECK (length(canonical) = 16),
    payload TEXT,
    run_id TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    last_attempt INTEGER,
    times_seen INTEGER NOT NULL CHECK (times_seen >= 1),
    PRIMARY KEY (subject_kind, subject)
) STRICT;

CREATE TABLE run (
    run_id TEXT NOT NULL PRIMARY KEY,
    mode TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    inputs TEXT NOT NULL,
    guard TEXT,
    plan BLOB CHECK (length(plan) = 16),
    approval_reason TEXT,
    approved_at INTEGER,
    approval_spent_by TEXT,
    finished_at INTEGER,
    exit_code INTEGER,
    summary TEXT
) STRICT;

CREATE TABLE before_image (
    run_id TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    uuid TEXT NOT NULL,
    theirs TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (run_id, key)
) STRICT;
CREATE INDEX before_image_key ON before_image (key);

CREATE TABLE suppressed (
    channel TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 16),
    since INTEGER NOT NULL,
    PRIMARY KEY (channel, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE forgotten (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 16)
) STRICT, WITHOUT ROWID;
",
};

const BY_RECORD: Migration = Migration {
    name: "customers by record",
    // Whose record a uuid is, is asked once per create; without the index that is a walk through all fat rows.
    sql: "CREATE INDEX customer_uuid ON customer (uuid);",
};

const RECENCY: Migration = Migration {
    name: "how new a customer's rows are",
    sql: "
ALTER TABLE customer ADD COLUMN named_at INTEGER;
ALTER TABLE intent ADD COLUMN updated_at INTEGER;
ALTER TABLE intent ADD COLUMN named_at INTEGER;
",
};

const OWED: Migration = Migration {
    name: "what is owed and was not sent",
    // Every intent of an earlier schema was noted when its request was about to leave.
    sql: "
ALTER TABLE intent RENAME TO intent_of_one_kind;
CREATE TABLE intent (
    key TEXT NOT NULL,
    sent INTEGER NOT NULL CHECK (sent IN (0, 1)),
    run_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    uuid TEXT,
    scope TEXT NOT NULL CHECK (scope IN ('whole', 'opt_outs')),
    next_base TEXT NOT NULL,
    source BLOB CHECK (length(source) = 16),
    canonical BLOB NOT NULL CHECK (length(canonical) = 16),
    updated_at INTEGER,
    named_at INTEGER,
    PRIMARY KEY (key, sent)
) STRICT;
INSERT INTO intent (key, sent, run_id, at, uuid, scope, next_base, source, canonical, updated_at, named_at)
    SELECT key, 1, run_id, at, uuid, 'whole', next_base, source, canonical, updated_at, named_at
    FROM intent_of_one_kind;
DROP TABLE intent_of_one_kind;
",
};

/// The schema that `migrations` lead to.
pub(super) fn newest(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// The schema of the file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Applies what the file lacks, each step in a transaction of its own: a step that fails leaves the version before it.
///
/// # Errors
/// What `SQLite` said, with the name of the step.
pub(super) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), (&'static str, rusqlite::Error)> {
    for (migration, number) in migrations.iter().zip(1..) {
        apply(connection, migration, number).map_err(|error| (migration.name, error))?;
    }
    Ok(())
}

/// One step, where it has not been taken: whether it has is asked inside the transaction, so that two programs agree.
fn apply(connection: &mut Connection, migration: &Migration, number: i64) -> rusqlite::Result<()> {
    if version(connection)? >= number {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? < number {
        transaction.execute_batch(migration.sql)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.commit()
}
