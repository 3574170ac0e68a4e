//! `retry`: what `errors.csv` of the last run holds, or an edited one, as a delta.
//!
//! Which file that is, is decided here; what is in it is the pipeline's business.

use std::path::{Path, PathBuf};

use super::args::{Common, Retry};
use super::checkpoint::lock;
use super::sync::send;
use super::{Failed, crash, setup};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::config::{Department, Input, Settings};
use crate::pipeline::Exit;
use crate::pipeline::intake::near;
use crate::read::{Dialect, ReadError, resolve};

pub(super) fn run(common: &Common, retry: &Retry) -> Result<Exit, Failed> {
    let mut settings = setup::settings(common, None)?;
    if retry.errors.is_some() && settings.departments.len() > 1 {
        let text = "--errors: whose file is it? name the department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    }
    let cwd = std::env::current_dir().map_err(Failed::unexpected)?;
    let telemetry = setup::telemetry(common)?;
    let mut exit = Exit::Complete;
    let mut driven = Vec::new();
    for mut department in std::mem::take(&mut settings.departments) {
        exit = exit.worse(crash::apart(&department.name.clone(), || {
            let found = match &retry.errors {
                Some(file) => named(cwd.join(file)),
                None => find(&settings, &department),
            };
            match found? {
                Found::Rows(file) => {
                    tracing::info!("{}: again, what {} lists", department.name, shown(&file));
                    department.input = vec![Input::Path(file)];
                    driven.push(department);
                }
                Found::Nothing { elsewhere } => {
                    setup::print(&nothing(&department, elsewhere.as_deref()))?;
                }
                Found::NoRow { run } => setup::print(&no_row(&department, &run))?,
            }
            Ok(Exit::Complete)
        }));
    }
    settings.departments = driven;
    Ok(exit.worse(send(common, &telemetry, settings, "retry", None)?))
}

/// What there is to re-drive.
enum Found {
    /// This errors file.
    Rows(PathBuf),
    /// Nothing of the last run's; `elsewhere`: the errors file of an earlier one that still has leftovers.
    Nothing { elsewhere: Option<PathBuf> },
    /// No row: what the last run, this one, has left over is of earlier exports.
    NoRow { run: String },
}

/// The list that a person names: it must be one, for a retry says nothing of anybody else.
fn named(file: PathBuf) -> Result<Found, Failed> {
    let held = |error: anyhow::Error| Failed { exit: Exit::Held, error };
    let inputs = resolve(std::slice::from_ref(&file), Path::new("")).map_err(|error| held(error.into()))?;
    for found in inputs.files() {
        // What else is wrong with it is told by the run.
        if found.open(&Dialect::default()).is_ok_and(|records| !records.is_fed_back()) {
            let text = format!(
                "{}: this is no errors.csv of a run: its first columns are not those that a run adds, error_stage and \
                 on; put them back, or sync the file with --input",
                shown(&file)
            );
            return Err(held(anyhow::anyhow!(text)));
        }
    }
    Ok(Found::Rows(file))
}

/// The errors file of the last run that was not held: one that was held has settled nothing, so its list stands in
/// nobody's place.
fn find(settings: &Settings, department: &Department) -> Result<Found, Failed> {
    let reports = settings.report.dir.join(department.name.as_str());
    let errors_of = |run: &str| reports.join(run).join("errors.csv");
    let known = Known::read(settings, department).map_err(Failed::unexpected)?;
    let file = errors_of(known.last.as_deref().unwrap_or("latest"));
    // Nothing is spooled, so that there is no directory to name for it.
    let opened = resolve(std::slice::from_ref(&file), Path::new("")).and_then(|inputs| {
        inputs.files().iter().try_for_each(|file| file.open(&Dialect::default()).map(drop))
    });
    if opened.is_err() && known.last.is_some() {
        // The run that would write the list may still be on.
        lock(settings, department, "retry")?;
    }
    match opened {
        Ok(()) => Ok(Found::Rows(file)),
        Err(ReadError::HeaderOnly { .. }) if known.newest.is_some() && known.newest == known.last => {
            Ok(Found::NoRow { run: known.last.unwrap_or_default() })
        }
        Err(ReadError::HeaderOnly { .. }) => {
            Ok(Found::Nothing { elsewhere: known.newest.as_deref().map(errors_of) })
        }
        // A name with a bracket in it is taken for a pattern where nothing has that name.
        Err(ReadError::Missing { .. } | ReadError::NoMatch { .. }) if known.left == 0 => {
            Ok(Found::Nothing { elsewhere: None })
        }
        Err(error) => {
            let text = format!(
                "{} are left over, and their list cannot be read: {error}; sync the export again, or name a list with --errors FILE",
                known.left
            );
            Err(Failed { exit: Exit::Held, error: anyhow::anyhow!(text) })
        }
    }
}

/// What the checkpoint knows of leftovers.
#[derive(Default)]
struct Known {
    /// The last run that was not held.
    last: Option<String>,
    /// Customers and rows that need work, those included whose request was under way when a run was cut off.
    left: usize,
    /// The newest run that met one of them.
    newest: Option<String>,
}

impl Known {
    fn read(settings: &Settings, department: &Department) -> Result<Self, CheckpointError> {
        let found = Checkpoint::open_existing_read_only(&settings.checkpoint.dir, &department.name)?;
        let Some(checkpoint) = found else { return Ok(Self::default()) };
        let leftovers = checkpoint.leftovers()?;
        Ok(Self {
            last: checkpoint.last_run_not_held()?.map(|row| row.run.run_id.to_string()),
            left: leftovers.len() + checkpoint.open_intents()?.len(),
            newest: leftovers.iter().map(|leftover| leftover.entry.run_id.to_string()).max(),
        })
    }
}

fn nothing(department: &Department, elsewhere: Option<&Path>) -> String {
    let earlier = elsewhere.map_or_else(String::new, |file| {
        format!("; of earlier runs, something is: see `dms-sync status`, and --errors {}", shown(file))
    });
    format!("{}: nothing is left over from the last run{earlier}\n", department.name)
}

fn no_row(department: &Department, run: &str) -> String {
    format!(
        "{}: what is left over is of earlier exports, and run {run} had no row of it: `dms-sync sync` tries it again; \
         see results.csv of that run\n",
        department.name
    )
}

fn shown(file: &Path) -> String {
    near(&file.display().to_string())
}
