//! `sync`.

use super::args::{Common, Sync};
use super::{Failed, setup, signals};
use crate::domain::RunId;
use crate::pipeline::Exit;
use crate::pipeline::department::{self, Approval, Ended, Report};
use crate::report::text::{Color, SummaryContext, summary};

pub(super) fn run(common: &Common, sync: &Sync) -> Result<Exit, Failed> {
    let settings = setup::settings(common, sync.max_duration.as_deref())?;
    settings.require_inputs().map_err(Failed::usage)?;
    let approval = approval(sync)?;
    if approval.is_some() && settings.departments.len() > 1 {
        let text = "--approve releases one department's plan: name the department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    }
    let telemetry = setup::telemetry(common)?;
    let context = setup::context(settings, &telemetry, "sync")?;
    signals::watch(&context)?;
    let color = setup::color(common);
    let mut exit = Exit::Complete;
    for department in &context.settings.departments {
        let ended = department::sync(&context, department, approval.as_ref());
        exit = exit.worse(show(&ended, color)?);
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

fn show(ended: &Ended, color: Color) -> Result<Exit, Failed> {
    let Ended { exit, report, error } = ended;
    if let Some(Report { summary: run, directory, tips }) = report {
        let context = SummaryContext { report_path: directory.as_deref(), top_changes: &[], tips, color };
        setup::print(&summary(run, &context))?;
    }
    if let Some(error) = error {
        setup::say_error(error);
    }
    Ok(*exit)
}
