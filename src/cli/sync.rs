//! `sync` and `retry`: runs that send.

use std::path::PathBuf;

use super::args::{Common, Retry, Sync};
use super::{Failed, setup, signals};
use crate::config::{Input, Settings};
use crate::domain::{Action, RunId};
use crate::pipeline::Exit;
use crate::pipeline::department::{self, Approval, Ended, Report};
use crate::pipeline::intake::near;
use crate::report::Values;
use crate::report::text::{SummaryContext, diff_text, summary};

pub(super) fn run(common: &Common, sync: &Sync) -> Result<Exit, Failed> {
    let settings = setup::settings(common, sync.max_duration.as_deref())?;
    settings.require_inputs().map_err(Failed::usage)?;
    let approval = approval(sync)?;
    if approval.is_some() && settings.departments.len() > 1 {
        let text = "--approve releases one department's plan: name the department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    }
    send(common, settings, "sync", approval.as_ref())
}

/// `retry`: what `errors.csv` of the last run holds, or an edited one, as a delta.
pub(super) fn retry(common: &Common, retry: &Retry) -> Result<Exit, Failed> {
    let mut settings = setup::settings(common, None)?;
    if retry.errors.is_some() && settings.departments.len() > 1 {
        let text = "--errors: whose file is it? name the department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    }
    let cwd = std::env::current_dir().map_err(Failed::unexpected)?;
    let reports = settings.report.dir.clone();
    let mut idle = Vec::new();
    for department in &mut settings.departments {
        let latest = || reports.join(department.name.as_str()).join("latest/errors.csv");
        let file = retry.errors.as_ref().map_or_else(latest, |path| cwd.join(path));
        if retry.errors.is_none() && is_empty(&file) {
            idle.push(department.name.clone());
        }
        department.input = vec![Input::Path(file)];
    }
    settings.departments.retain(|department| !idle.contains(&department.name));
    for name in idle {
        setup::print(&format!("{name}: nothing is left over from the last run\n"))?;
    }
    send(common, settings, "retry", None)
}

/// Whether an errors file is missing, or has a header and nothing else.
fn is_empty(file: &PathBuf) -> bool {
    std::fs::read(file).map_or(true, |bytes| String::from_utf8_lossy(&bytes).lines().nth(1).is_none())
}

fn send(
    common: &Common,
    settings: Settings,
    command: &'static str,
    approval: Option<&Approval>,
) -> Result<Exit, Failed> {
    let telemetry = setup::telemetry(common)?;
    let context = setup::context(settings, &telemetry, command)?;
    signals::watch(&context)?;
    let mut exit = Exit::Complete;
    for department in &context.settings.departments {
        let ended = department::sync(&context, department, approval);
        exit = exit.worse(show(&ended, common)?);
    }
    context.close();
    Ok(exit)
}

fn approval(sync: &Sync) -> Result<Option<Approval>, Failed> {
    let (Some(run), Some(reason)) = (&sync.approve, &sync.reason) else { return Ok(None) };
    let Some(id) = RunId::parse(run) else {
        return Err(Failed::usage(anyhow::anyhow!(
            "--approve: `{run}` is no run; a run is called YYYYMMDDTHHMMSSZ-xxxx, as its directory is"
        )));
    };
    if reason.trim().is_empty() {
        return Err(Failed::usage(anyhow::anyhow!(
            "--reason: say why the plan is right; it is kept with the run"
        )));
    }
    Ok(Some(Approval { run: id, reason: reason.clone() }))
}

fn show(ended: &Ended, common: &Common) -> Result<Exit, Failed> {
    let Ended { exit, report, error } = ended;
    if let Some(Report { summary: run, directory, tips, shown }) = report {
        let mut text = Vec::new();
        for change in shown {
            match change.action {
                Action::Create => {
                    text.extend(format!("+ create {}  {}\n", change.ours.key, change.at).into_bytes());
                }
                Action::Update { .. } => {
                    diff_text(&mut text, change, Values::Masked).map_err(Failed::unexpected)?;
                }
            }
        }
        if !text.is_empty() {
            text.push(b'\n');
        }
        let directory = directory.as_ref().map(|path| PathBuf::from(near(&path.display().to_string())));
        let context = SummaryContext {
            report_path: directory.as_deref(),
            top_changes: &[],
            tips,
            options: &setup::options(common),
            color: setup::color(common),
        };
        setup::print(&String::from_utf8_lossy(&text))?;
        setup::print(&summary(run, &context))?;
    }
    if let Some(error) = error {
        setup::say_error(error);
    }
    Ok(*exit)
}
