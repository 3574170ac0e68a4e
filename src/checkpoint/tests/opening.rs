//! Opening: modes, settings, readers beside a writer, and every file that is refused.

use rusqlite::Connection;

use super::*;
use crate::checkpoint::connection::read_unchanging;
use crate::checkpoint::schema::{self, MIGRATIONS};
use crate::domain::Departure;

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
#[cfg(unix)]
fn nobody_else_can_read_what_we_make() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    assert_eq!(mode(&state.dir()), 0o700);
    assert_eq!(state.listing(), ["springfield.sqlite", "springfield.sqlite-shm", "springfield.sqlite-wal"]);
    for name in state.listing() {
        assert_eq!(mode(&state.dir().join(&name)), 0o600, "{name}");
    }
    drop(checkpoint);
    set_mode(&state.file(), 0o644);
    drop(state.open());
    assert_eq!(mode(&state.file()), 0o600, "a copied file is made private again");
}

#[test]
#[cfg(unix)]
fn a_directory_that_is_there_keeps_its_mode() {
    let state = State::new();
    std::fs::create_dir(state.dir()).unwrap();
    set_mode(&state.dir(), 0o750);
    drop(state.open());
    assert_eq!(mode(&state.dir()), 0o750);
}

#[test]
fn commits_are_durable_and_deletions_overwrite() {
    let state = State::new();
    for checkpoint in [state.open(), state.open()] {
        for (pragma, expected) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("secure_delete", "1"),
            ("trusted_schema", "0"),
            ("temp_store", "2"),
        ] {
            let found: rusqlite::types::Value =
                checkpoint.connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
            let found = match found {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => panic!("{pragma}: {other:?}"),
            };
            assert_eq!(found, expected, "{pragma}");
        }
    }
    let strict: i64 = state
        .open()
        .connection
        .query_row("SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict", [], |row| row.get(0))
        .unwrap();
    assert_eq!(strict, 0, "every table is strict");
}

#[test]
fn what_a_killed_beginning_left_behind_goes_and_nobody_elses_does() {
    let state = State::new();
    std::fs::create_dir(state.dir()).unwrap();
    let made = crate::checkpoint::drafts::own_draft(&state.dir(), &state.department).unwrap().keep().unwrap();
    // A person's copy, a transfer under way, drafts of others, and what only looks like one of ours.
    let files = [
        "springfield.csv",
        ".springfield-2.abc123.new",
        ".springfield.sqlite.bak",
        ".springfield.sqlite.Ab12Cd",
        ".springfield.new",
        ".springfield.abc123",
        ".springfield.abc12.new",
        ".springfield.abc1234.new",
        ".springfield.abc-12.new",
        ".springfield.abc123.new.bak",
    ];
    let directories = [".springfield.d", ".springfield.Abc124.new"];
    let others = [&files[..], &directories].concat();
    let ours = [
        made.file_name().unwrap().to_str().unwrap(),
        ".springfield.abc123.new",
        ".springfield.abc123.new-wal",
        ".springfield.abc123.new-shm",
        ".springfield.abc123.new-journal",
    ];
    for name in files.iter().chain(&ours) {
        std::fs::write(state.dir().join(name), b"").unwrap();
    }
    for name in directories {
        std::fs::create_dir(state.dir().join(name)).unwrap();
    }
    drop(state.open());
    let left = state.listing();
    assert!(others.iter().all(|name| left.contains(&(*name).to_owned())), "{left:?}");
    assert!(!ours.iter().any(|name| left.contains(&(*name).to_owned())), "{left:?}");
}

#[test]
fn reading_makes_nothing_and_leaves_nothing() {
    let state = State::new();
    assert!(state.try_reader().unwrap().is_none());
    assert!(!state.dir().exists());
    drop(state.open());
    let before = std::fs::read(state.file()).unwrap();
    assert_eq!(state.reader().customers().unwrap(), 0);
    assert_eq!(state.listing(), ["springfield.sqlite"]);
    assert_eq!(std::fs::read(state.file()).unwrap(), before);
    let mut reader = state.reader();
    let refused = reader.batch(|batch| batch.close_intent(&key("1"), Departure::Sent)).unwrap_err();
    assert!(matches!(refused, CheckpointError::ReadOnly { .. }), "{refused}");
}

#[test]
fn a_reader_sees_what_is_committed_while_a_writer_is_at_work() {
    let state = State::new();
    let mut writer = state.open();
    writer.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    writer
        .batch(|batch| {
            batch.settle(&settled("2", 1))?;
            let reader = state.reader();
            assert_eq!(reader.customers().unwrap(), 1);
            assert!(reader.known(&key("1")).unwrap().is_some());
            assert!(reader.known(&key("2")).unwrap().is_none());
            Ok(())
        })
        .unwrap();
    assert_eq!(state.reader().customers().unwrap(), 2);
}

#[test]
fn a_reader_that_opened_first_meets_a_writer_without_harm() {
    let state = State::new();
    state.open().batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    let reader = state.reader();
    assert_eq!(reader.customers().unwrap(), 1);
    let mut writer = state.open();
    writer.batch(|batch| batch.settle(&settled("2", 1))).unwrap();
    assert_eq!(reader.customers().unwrap(), 2);
    drop(writer);
    assert_eq!(scanned(&reader).len(), 2);
}

#[test]
fn a_file_on_a_read_only_mount_is_read_unless_its_log_is_needed() {
    let state = State::new();
    let mut writer = state.open();
    writer.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    assert!(matches!(read_unchanging(&state.file()), Err(CheckpointError::ReadOnly { .. })));
    drop(writer);
    let odd = state.dir().join("a ?#%é.sqlite");
    std::fs::copy(state.file(), &odd).unwrap();
    let count = |connection: Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM customer", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(read_unchanging(&odd).unwrap()), 1);
    assert_eq!(state.listing().len(), 2, "no log was made");
}

#[test]
#[cfg(unix)]
fn a_read_only_directory_is_named_with_what_to_do() {
    let state = State::new();
    drop(state.open());
    set_mode(&state.dir(), 0o500);
    if modes_bind(&state.dir()) {
        assert_eq!(state.reader().customers().unwrap(), 0);
        let refused = state.try_open().map(drop).unwrap_err();
        assert!(matches!(refused, CheckpointError::ReadOnly { .. }), "{refused}");
        let other = DepartmentName::parse("other").unwrap();
        let refused = Checkpoint::open(&state.dir(), &other).map(drop).unwrap_err();
        assert!(refused.to_string().contains("owner and mode"), "{refused}");
    }
    set_mode(&state.dir(), 0o700);
    let below_a_file = state.file().join("state");
    let refused = Checkpoint::open(&below_a_file, &state.department).map(drop).unwrap_err();
    assert!(refused.to_string().contains("springfield.sqlite"), "{refused}");
}

#[test]
fn damage_is_named_and_never_mended_in_silence() {
    for (what, damage) in [
        ("empty", Box::new(|_: Vec<u8>| Vec::new()) as Box<dyn Fn(Vec<u8>) -> Vec<u8>>),
        ("garbage", Box::new(|bytes: Vec<u8>| vec![b'x'; bytes.len()])),
        ("cut in the header", Box::new(|bytes: Vec<u8>| bytes[..50].to_vec())),
        ("cut in half", Box::new(|bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec())),
    ] {
        let state = State::new();
        let mut checkpoint = state.open();
        checkpoint
            .batch(|batch| (0..200).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1))))
            .unwrap();
        drop(checkpoint);
        let bytes = damage(std::fs::read(state.file()).unwrap());
        std::fs::write(state.file(), &bytes).unwrap();
        let refused = [state.try_open().map(drop), state.try_reader().map(drop)];
        for refused in refused.map(Result::unwrap_err) {
            assert!(matches!(refused, CheckpointError::Corrupt { .. }), "{what}: {refused}");
            let text = refused.to_string();
            assert!(text.contains("springfield.sqlite"), "{text}");
            assert!(text.contains("dms-sync checkpoint restore"), "{text}");
        }
        assert_eq!(std::fs::read(state.file()).unwrap(), bytes, "{what}: left as it was");
    }
}

#[test]
fn damage_inside_is_found_by_the_check_and_where_it_is_met() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| (0..2_000).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1))))
        .unwrap();
    checkpoint.integrity_check().unwrap();
    drop(checkpoint);
    let mut bytes = std::fs::read(state.file()).unwrap();
    let tables = 24 * 4096;
    bytes[tables..].fill(0xA5);
    std::fs::write(state.file(), bytes).unwrap();
    let checkpoint = state.open();
    for refused in [checkpoint.integrity_check(), checkpoint.scan(&mut |_, _| {})] {
        assert!(matches!(refused, Err(CheckpointError::Corrupt { .. })), "{refused:?}");
    }
}

#[test]
fn a_value_that_no_version_wrote_is_damage_and_is_not_quoted() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    checkpoint.connection.execute("UPDATE customer SET base = '{\"key\":{\"Ann\":1}}'", []).unwrap();
    let refused = checkpoint.known(&key("1")).unwrap_err();
    assert!(matches!(refused, CheckpointError::Corrupt { .. }), "{refused}");
    assert!(refused.to_string().contains("`base`") && !refused.to_string().contains("Ann"), "{refused}");
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let state = State::new();
    std::fs::create_dir(state.dir()).unwrap();
    let theirs = Connection::open(state.file()).unwrap();
    theirs.execute_batch("PRAGMA application_id = 7; CREATE TABLE t (x)").unwrap();
    drop(theirs);
    let before = std::fs::read(state.file()).unwrap();
    for refused in [state.try_open().map(drop), state.try_reader().map(drop)] {
        assert!(matches!(refused, Err(CheckpointError::NotOurs { .. })), "{refused:?}");
    }
    assert_eq!(std::fs::read(state.file()).unwrap(), before);
    assert_eq!(state.listing(), ["springfield.sqlite"]);
}

#[test]
fn another_departments_file_is_refused() {
    let state = State::new();
    drop(state.open());
    let shelbyville = DepartmentName::parse("shelbyville").unwrap();
    std::fs::rename(state.file(), state.dir().join("shelbyville.sqlite")).unwrap();
    let refused = Checkpoint::open(&state.dir(), &shelbyville).map(drop).unwrap_err();
    assert!(refused.to_string().contains("belongs to department `springfield`"), "{refused}");
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let state = State::new();
    state.open().connection.pragma_update(None, "user_version", 99).unwrap();
    for refused in [state.try_open().map(drop), state.try_reader().map(drop)] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, CheckpointError::Newer { found: 99, known, .. } if known == schema::newest(MIGRATIONS)),
            "{refused}"
        );
        assert!(refused.to_string().contains("schema 99"), "{refused}");
    }
}

#[test]
fn a_busy_file_and_a_full_disk_are_told_apart_and_nothing_is_half_written() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let mut other = state.open();
    let refused = other
        .batch(|_| Ok(checkpoint.batch(|batch| batch.close_intent(&key("1"), Departure::Sent)).unwrap_err()))
        .unwrap();
    assert!(matches!(refused, CheckpointError::Busy { .. }), "{refused}");
    drop(other);

    let pages: i64 = checkpoint.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    checkpoint.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let refused = checkpoint
        .batch(|batch| (0..2_000).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1))))
        .unwrap_err();
    assert!(matches!(refused, CheckpointError::DiskFull { .. }), "{refused}");
    assert!(refused.to_string().contains("free some disk space"), "{refused}");
    assert_eq!(checkpoint.customers().unwrap(), 0);
}

#[test]
fn a_power_cut_leaves_what_was_committed() {
    let (state, after) = (State::new(), State::new());
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.intend(&intent("1", 1))).unwrap();
    std::fs::create_dir(after.dir()).unwrap();
    for name in ["springfield.sqlite", "springfield.sqlite-wal"] {
        std::fs::copy(state.dir().join(name), after.dir().join(name)).unwrap();
    }
    assert_eq!(after.reader().open_intents().unwrap(), [intent("1", 1)]);
    assert_eq!(after.open().open_intents().unwrap(), [intent("1", 1)]);
}

#[test]
fn a_log_without_its_database_is_not_replayed_into_a_new_one() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    let log = std::fs::read(state.dir().join("springfield.sqlite-wal")).unwrap();
    drop(checkpoint);
    std::fs::remove_file(state.file()).unwrap();
    std::fs::write(state.dir().join("springfield.sqlite-wal"), log).unwrap();
    assert_eq!(state.open().customers().unwrap(), 0);
}
