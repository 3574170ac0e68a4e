//! `status`: reads the checkpoints, also while a run is on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::{Common, Status};
use super::{Failed, setup};
use crate::checkpoint::{Checkpoint, CheckpointError, RunRow};
use crate::config::{Department, Settings};
use crate::pipeline::Exit;

pub(super) fn run(common: &Common, status: &Status) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    let mut exit = Exit::Complete;
    let mut all = Vec::new();
    for department in &settings.departments {
        match State::read(&settings, department, status.runs) {
            Ok(state) => all.push((department.name.to_string(), state)),
            Err(error) => {
                setup::say_error(&error.to_string());
                exit = exit.worse(Exit::Unexpected);
            }
        }
    }
    let text = if status.json { as_json(&all) } else { as_text(&all) };
    setup::print(&text)?;
    Ok(exit)
}

/// What one checkpoint says.
struct State {
    customers: u64,
    bytes: u64,
    suppressed: usize,
    open_intents: usize,
    runs: Vec<RunRow>,
    /// Code to how many, since when.
    leftovers: BTreeMap<String, (u64, i64)>,
}

impl State {
    /// `None` where the department has no checkpoint yet.
    fn read(
        settings: &Settings,
        department: &Department,
        runs: usize,
    ) -> Result<Option<Self>, CheckpointError> {
        let found = Checkpoint::open_existing_read_only(&settings.checkpoint.dir, &department.name)?;
        let Some(checkpoint) = found else { return Ok(None) };
        let mut leftovers = BTreeMap::new();
        for leftover in checkpoint.leftovers()? {
            let (count, since) = leftovers.entry(leftover.entry.code).or_insert((0, leftover.first_seen));
            *count += 1;
            *since = leftover.first_seen.min(*since);
        }
        Ok(Some(Self {
            customers: checkpoint.customers()?,
            bytes: checkpoint.size_bytes()?,
            suppressed: checkpoint.suppressions()?.len(),
            open_intents: checkpoint.open_customers()?,
            runs: checkpoint.runs(runs)?,
            leftovers,
        }))
    }
}

type Named = (String, Option<State>);

fn as_text(all: &[Named]) -> String {
    let mut text = String::new();
    for (name, state) in all {
        // Writing to a String cannot fail.
        let _ = match state {
            None => writeln!(text, "{name}: no run yet"),
            Some(state) => write_state(&mut text, name, state),
        };
    }
    text
}

fn write_state(text: &mut String, name: &str, state: &State) -> std::fmt::Result {
    let State { customers, bytes, suppressed, open_intents, runs, leftovers } = state;
    writeln!(text, "{name}: {customers} customers, {suppressed} opt-outs remembered, {} KiB", bytes / 1024)?;
    if *open_intents > 0 {
        writeln!(
            text,
            "  {open_intents} customers were being sent, or are owed what no export says again; the next run settles them"
        )?;
    }
    for row in runs {
        let ended = match (row.exit_code, row.finished_at) {
            (Some(code), Some(at)) => format!("exit {code}, ended {}", date(at)),
            _ => "not finished".to_owned(),
        };
        writeln!(text, "  run {}  {}  {ended}  {}", row.run.run_id, row.run.mode, counts(row))?;
    }
    if leftovers.is_empty() {
        return writeln!(text, "  nothing is left over");
    }
    writeln!(text, "  left over:")?;
    for (code, (count, since)) in leftovers {
        writeln!(text, "    {count:>7}  {code}  since {}", date(*since))?;
    }
    Ok(())
}

/// The counts of a run that are not zero.
fn counts(row: &RunRow) -> String {
    let Some(Value::Object(counts)) = row.summary.as_ref().and_then(|summary| summary.get("customers"))
    else {
        return String::new();
    };
    let shown = counts.iter().filter(|(name, count)| *name != "total" && count.as_u64() != Some(0));
    shown.map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect::<Vec<_>>().join(", ")
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

fn as_json(all: &[Named]) -> String {
    let departments: Vec<_> = all.iter().map(|(name, state)| state_json(name, state.as_ref())).collect();
    format!("{:#}\n", json!({ "schema": 1, "departments": departments }))
}

fn state_json(name: &str, state: Option<&State>) -> Value {
    let Some(State { customers, bytes, suppressed, open_intents, runs, leftovers }) = state else {
        return json!({ "department": name, "customers": 0, "runs": [], "leftovers": [] });
    };
    let runs: Vec<_> = runs
        .iter()
        .map(|row| {
            json!({
                "run_id": row.run.run_id,
                "mode": row.run.mode,
                "started_at": date(row.run.started_at),
                "finished_at": row.finished_at.map(date),
                "exit_code": row.exit_code,
                "guard": row.guard,
                "customers": row.summary.as_ref().and_then(|summary| summary.get("customers")),
            })
        })
        .collect();
    let leftovers: Vec<_> = leftovers
        .iter()
        .map(|(code, (count, since))| json!({ "code": code, "count": count, "first_seen": date(*since) }))
        .collect();
    json!({
        "department": name,
        "customers": customers,
        "bytes": bytes,
        "suppressed": suppressed,
        "open_intents": open_intents,
        "runs": runs,
        "leftovers": leftovers,
    })
}
