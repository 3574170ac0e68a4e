//! The room's tests: a checkpoint in a directory of its own, and people who do not exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod copies;
mod damage;
mod forgetting;
mod leftovers;
mod locking;
mod migrations;
mod opening;
mod runs;
mod writing;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::domain::customer::NameClaims;
use crate::domain::{
    Claim, Consent, Consents, Customer, CustomerKey, CustomerUuid, DepartmentName, Fingerprint, Name, Phone,
    PhoneLabel, PhoneSlot, Recency, RunId,
};

/// A state directory that is not there yet, for one department.
struct State {
    root: TempDir,
    department: DepartmentName,
}

impl State {
    fn new() -> Self {
        let department = DepartmentName::parse("springfield").unwrap();
        Self { root: tempfile::tempdir().unwrap(), department }
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("state")
    }

    fn file(&self) -> PathBuf {
        self.dir().join("springfield.sqlite")
    }

    fn open(&self) -> Checkpoint {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open(&self.dir(), &self.department)
    }

    fn reader(&self) -> Checkpoint {
        self.try_reader().unwrap().expect("a checkpoint")
    }

    fn try_reader(&self) -> Result<Option<Checkpoint>, CheckpointError> {
        Checkpoint::open_existing_read_only(&self.dir(), &self.department)
    }

    /// The names in the directory.
    fn listing(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Whether any file of the directory holds these bytes.
    fn holds(&self, needle: &str) -> bool {
        self.listing().iter().any(|name| {
            let bytes = std::fs::read(self.dir().join(name)).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    }
}

fn key(text: &str) -> CustomerKey {
    CustomerKey::parse(text).unwrap()
}

fn uuid(text: &str) -> CustomerUuid {
    CustomerUuid::new(text).unwrap()
}

fn run(n: u16) -> RunId {
    RunId::new("20260908T120000Z", n)
}

fn print(text: &str) -> Fingerprint {
    Fingerprint::of(text.as_bytes())
}

/// A person with a cell phone, and silence, a blank and a value among the claims.
fn customer(text: &str) -> Customer {
    let name = NameClaims {
        first: Claim::Value("Ann".to_owned()),
        last: Claim::Value("Lee".to_owned()),
        company: Claim::Blank,
        is_business: Claim::Silent,
    };
    let cell = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
    let number = Phone::from_e164("+12065550143").unwrap();
    Customer {
        key: key(text),
        name: Name::new(name).unwrap(),
        preferred_locale: Claim::Silent,
        preferred_communication: Claim::Silent,
        addresses: BTreeMap::new(),
        phones: BTreeMap::from([(cell, Claim::Value(vec![number]))]),
        emails: BTreeMap::new(),
        consents: Consents { text: Consent::Blocked, ..Consents::default() },
        vehicles: Vec::new(),
    }
}

fn settled(text: &str, n: u16) -> Settled {
    Settled {
        key: key(text),
        uuid: uuid("-f1o2o"),
        base: customer(text),
        canonical: print("canonical"),
        source: Some(print(text)),
        recency: recency(1_788_200_000),
        run_id: run(n),
    }
}

fn intent(text: &str, n: u16) -> Intent {
    Intent {
        key: key(text),
        run_id: run(n),
        at: 1_788_200_000 + i64::from(n),
        uuid: None,
        next_base: customer(text),
        source: Some(print(text)),
        canonical: print("canonical"),
        scope: crate::domain::Scope::Whole,
        departure: crate::domain::Departure::Sent,
        recency: recency(1_788_300_000),
    }
}

/// Of rows with both dates.
fn recency(updated_at: i64) -> Recency {
    Recency { updated_at: Some(updated_at), named_at: Some(updated_at + 60) }
}

fn entry(subject: impl Into<Subject>, code: &str, n: u16) -> LeftoverEntry {
    LeftoverEntry {
        subject: subject.into(),
        stage: crate::domain::outcome::Stage::Push,
        kind: crate::domain::OutcomeKind::Failed,
        code: code.to_owned(),
        message: "the remote refused it".to_owned(),
        tip: "look at its fields".to_owned(),
        http_status: Some(400),
        attempts: 1,
        canonical: Some(print("canonical")),
        payload: Some("{\"phone\":\"+12065550143\"}".to_owned()),
        run_id: run(n),
        at: 1_000 + i64::from(n),
    }
}

fn begin(checkpoint: &Checkpoint, n: u16, mode: &str) {
    let run = NewRun {
        run_id: run(n),
        mode: mode.to_owned(),
        started_at: i64::from(n),
        inputs: serde_json::json!([]),
    };
    checkpoint.begin_run(&run).unwrap();
}

/// The lock of a restore.
fn lock(state: &State) -> Lock {
    let holder =
        Holder { run_id: run(1), pid: 1, started_at: 0, command: "dms-sync checkpoint restore".to_owned() };
    Lock::acquire(&state.dir(), &state.department, &holder).unwrap()
}

fn scanned(checkpoint: &Checkpoint) -> Vec<(String, Option<Fingerprint>)> {
    let mut all = Vec::new();
    checkpoint.scan(&mut |key, source| all.push((key.to_owned(), source))).unwrap();
    all
}

/// Whether modes bind us: not where the tests run as root.
#[cfg(unix)]
fn modes_bind(dir: &std::path::Path) -> bool {
    let probe = dir.join("probe");
    let bound = std::fs::write(&probe, "").is_err();
    let _ = std::fs::remove_file(probe);
    bound
}
