//! Migrations: every schema that was ever released, with data, opened by the program as it is now.

use rusqlite::Connection;

use super::*;
use crate::checkpoint::schema::{self, MIGRATIONS, Migration};
use crate::domain::{Channel, Departure, OutcomeKind};

/// Files of schema 1, 2, …: one per migration, added with it and never edited.
const FIXTURES: &[&str] = &[
    include_str!("../fixtures/schema_1.sql"),
    include_str!("../fixtures/schema_2.sql"),
    include_str!("../fixtures/schema_3.sql"),
    include_str!("../fixtures/schema_4.sql"),
];

/// A state directory with a checkpoint made of `fixture`.
fn state_of(fixture: &str) -> State {
    let state = State::new();
    std::fs::create_dir(state.dir()).unwrap();
    let connection = Connection::open(state.file()).unwrap();
    connection.execute_batch(fixture).unwrap();
    drop(connection);
    state
}

/// Every table and index, as `SQLite` keeps their text.
fn tables(connection: &Connection) -> Vec<(String, Option<String>)> {
    connection
        .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn every_schema_has_its_fixture_and_no_released_migration_was_edited() {
    assert_eq!(FIXTURES.len(), MIGRATIONS.len());
    for (fixture, n) in FIXTURES.iter().zip(1..) {
        let mut fresh = Connection::open_in_memory().unwrap();
        schema::migrate(&mut fresh, &MIGRATIONS[..n]).unwrap();
        let stored = Connection::open_in_memory().unwrap();
        stored.execute_batch(fixture).unwrap();
        assert_eq!(tables(&stored), tables(&fresh), "schema {n}");
        assert_eq!(schema::version(&stored).unwrap(), i64::try_from(n).unwrap());
    }
}

#[test]
fn data_of_every_schema_is_read_by_this_program() {
    for fixture in FIXTURES {
        let state = state_of(fixture);
        let checkpoint = state.open();
        assert_eq!(schema::version(&checkpoint.connection).unwrap(), schema::newest(MIGRATIONS));
        checkpoint.integrity_check().unwrap();
        let keys: Vec<String> = scanned(&checkpoint).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["000176", "FI-WIP*123"]);

        let ann = checkpoint.known(&key("000176")).unwrap().unwrap();
        assert_eq!(ann.uuid.as_str(), "-f1o2o");
        assert_eq!(ann.base.phone_entries()[0].0.e164(), "+12065550143");
        assert_eq!(ann.base.vehicles[0].vin.unwrap().as_str(), "1HGCM82633A004352");
        assert_eq!(ann.recency.updated_at, Some(1_788_200_000));
        let firm = checkpoint.known(&key("FI-WIP*123")).unwrap().unwrap();
        assert_eq!((firm.source, firm.recency), (None, Recency::default()));

        let intents = checkpoint.open_intents().unwrap();
        assert_eq!((intents.len(), intents[0].key.as_str()), (1, "000201"));
        assert_eq!(
            intents[0].departure,
            Departure::Sent,
            "it may have left, as long as nobody says otherwise"
        );
        let left = checkpoint.leftovers().unwrap();
        assert_eq!((left[0].times_seen, left[0].entry.kind), (2, OutcomeKind::Failed));
        assert!(matches!(left[1].entry.subject, Subject::Row(_)));

        assert_eq!(checkpoint.runs(9).unwrap().len(), 3);
        assert!(checkpoint.first_load_finished().unwrap());
        let completed = checkpoint.last_completed_run().unwrap().unwrap();
        assert_eq!(checkpoint.before_images(&completed.run.run_id).unwrap().len(), 1);
        assert!(checkpoint.suppressions().unwrap().contains(Channel::Text, "+12065550143"));
        assert!(checkpoint.is_forgotten(&key("000999")).unwrap());
    }
}

/// The migrations, and one that is yet to come.
fn with_another(sql: &'static str) -> Vec<Migration> {
    let released = MIGRATIONS.iter().map(|Migration { name, sql }| Migration { name, sql });
    released.chain([Migration { name: "another", sql }]).collect()
}

#[test]
fn a_migration_runs_once_and_keeps_the_data() {
    let migrations = with_another("ALTER TABLE customer ADD COLUMN vehicles INTEGER NOT NULL DEFAULT 0");
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(FIXTURES[FIXTURES.len() - 1]).unwrap();
    for _ in 0..2 {
        schema::migrate(&mut connection, &migrations).unwrap();
        assert_eq!(schema::version(&connection).unwrap(), schema::newest(&migrations));
    }
    let sum: i64 =
        connection.query_row("SELECT count(*) + sum(vehicles) FROM customer", [], |row| row.get(0)).unwrap();
    assert_eq!(sum, 2);
}

#[test]
fn a_migration_that_fails_leaves_the_version_before_it() {
    let migrations = with_another("DELETE FROM customer; INSERT INTO no_such_table VALUES (1)");
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(FIXTURES[FIXTURES.len() - 1]).unwrap();
    let (name, _) = schema::migrate(&mut connection, &migrations).unwrap_err();
    assert_eq!(name, "another");
    assert_eq!(schema::version(&connection).unwrap(), schema::newest(MIGRATIONS));
    let customers: i64 = connection.query_row("SELECT count(*) FROM customer", [], |row| row.get(0)).unwrap();
    assert_eq!(customers, 2);
}

#[test]
fn a_reader_does_not_migrate() {
    let state = State::new();
    let checkpoint = state.open();
    checkpoint.connection.pragma_update(None, "user_version", 0).unwrap();
    drop(checkpoint);
    let refused = state.try_reader().map(drop).unwrap_err();
    assert!(matches!(refused, CheckpointError::Older { found: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("dms-sync sync"), "{refused}");
}
