//! Replays what the fuzz targets of `fuzz/` have found worth keeping, through the same checks: every file of
//! `fuzz/corpus/TARGET/` is one input.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../fuzz/checks.rs"]
mod checks;

use std::fs;
use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs `check` on every input of `target`, and names the ones that it does not hold for.
fn replay(target: &str, check: impl Fn(&[u8]) + RefUnwindSafe) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", dir.display());
    let bytes_of = |path: &Path| fs::read(path).unwrap();
    let failed: Vec<_> =
        inputs.iter().filter(|path| catch_unwind(|| check(&bytes_of(path))).is_err()).collect();
    assert!(failed.is_empty(), "{target}: {failed:?}");
}

#[test]
fn exports() {
    replay("export", checks::export);
}

#[test]
fn profiles() {
    replay("profile", checks::profile);
}

#[test]
fn phones() {
    replay("phone", checks::phone);
}

#[test]
fn vins() {
    replay("vin", checks::vin);
}

#[test]
fn dates() {
    replay("date", checks::date);
}

#[test]
fn answers() {
    replay("answer", checks::answer);
}

#[test]
fn every_target_is_replayed() {
    let mut targets: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    targets.sort();
    assert_eq!(targets, ["answer", "date", "export", "phone", "profile", "vin"]);
}
