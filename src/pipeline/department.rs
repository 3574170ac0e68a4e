//! One department's run, top to bottom: lock, read, plan, judge, push, record, report.

use std::path::Path;
use std::sync::Arc;

use super::build::{BuildError, Builder, BuiltPlan};
use super::ending::{Held, note_recorded};
use super::exit::Exit;
use super::intake::Intake;
use super::pushing::{PushError, Work, named, push, unsettled};
use super::scan::{Scanned, scan};
use super::summing::Sheet;
use super::trouble::RunError;
use super::verdict::{self, Case, Verdict};
use super::{Context, epoch, new_run_id, restored};
use crate::checkpoint::{Checkpoint, Holder, Lock, LockError, NewRun};
use crate::config::Department;
use crate::domain::policy::{ExportKind, Policies};
use crate::domain::{Change, Phase, RunId, RunSummary};
use crate::plan::Reach;
use crate::plan::spool::{Plan, PlanWriter};
use crate::record::Recorder;
use crate::report::RunDir;

/// `mode` of a run that re-drives leftovers, whatever command it was.
const RETRY: &str = "retry";

/// The most changes that a summary shows one by one.
const GLANCE: u64 = 25;

/// A person's release of a held plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The run that was held.
    pub run: RunId,
    /// Why it is right.
    pub reason: String,
}

/// How one department's run ended.
#[derive(Debug)]
pub struct Ended {
    /// The code.
    pub exit: Exit,
    /// What to say of it, where a run began.
    pub report: Option<Report>,
    /// What went wrong, in words, where something ended the run. It was logged as an error by then.
    pub error: Option<String>,
}

/// What a run says to a person.
#[derive(Debug)]
pub struct Report {
    /// The summary.
    pub summary: RunSummary,
    /// The run's directory; none for a dry run.
    pub directory: Option<std::path::PathBuf>,
    /// What a person can do, by cause.
    pub tips: std::collections::BTreeMap<String, String>,
    /// The plan, where it is short enough to be read at a glance. Personal.
    pub shown: Vec<Change>,
}

/// `sync` of one department.
pub fn sync(context: &Context, department: &Department, approval: Option<&Approval>) -> Ended {
    let now = jiff::Timestamp::now();
    let run_id = match new_run_id(now) {
        Ok(run_id) => run_id,
        Err(error) => return failed(department, Exit::Unexpected, &RunError::from(error)),
    };
    let holder = Holder {
        run_id: run_id.clone(),
        pid: std::process::id(),
        started_at: now.as_second(),
        command: context.command.to_owned(),
    };
    let dir = &context.settings.checkpoint.dir;
    let lock = match Lock::acquire(dir, &department.name, &holder) {
        Ok(lock) => lock,
        Err(error @ LockError::Held { .. }) => return failed(department, Exit::Locked, &error),
        Err(error @ (LockError::NoDirectory { .. } | LockError::Io { .. })) => {
            return failed(department, Exit::Unexpected, &error);
        }
    };
    Run { context, department, lock: &lock, approval, run_id, now }.locked()
}

fn failed(department: &Department, exit: Exit, error: &dyn std::error::Error) -> Ended {
    Ended { exit, report: None, error: Some(say(department, error)) }
}

/// Logs what ended a run; while a run's own log is attached, it is there too.
fn say(department: &Department, error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    tracing::error!(department = %department.name, "{text}");
    text
}

/// One run, its department locked.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) department: &'a Department,
    pub(super) lock: &'a Lock,
    pub(super) approval: Option<&'a Approval>,
    pub(super) run_id: RunId,
    pub(super) now: jiff::Timestamp,
}

impl Run<'_> {
    fn locked(&self) -> Ended {
        match self.begin() {
            Ok((checkpoint, dir)) => {
                if let Err(error) = self.context.run_log.attach(&dir.log_path()) {
                    tracing::warn!(%error, "run.log cannot be written");
                }
                let ended = self.begun(checkpoint, &dir);
                self.context.run_log.detach();
                ended
            }
            Err(error) => failed(self.department, error.exit(None), &error),
        }
    }

    fn begin(&self) -> Result<(Checkpoint, RunDir), RunError> {
        let settings = &self.context.settings;
        let checkpoint = Checkpoint::open_under(self.lock)?;
        if let Some(Approval { run, .. }) = self.approval
            && checkpoint.run(run)?.is_none()
        {
            return Err(RunError::NoSuchRun(run.clone()));
        }
        checkpoint.begin_run(&NewRun {
            run_id: self.run_id.clone(),
            mode: self.context.command.to_owned(),
            started_at: self.now.as_second(),
            inputs: serde_json::Value::Null,
        })?;
        let dir = RunDir::create(&settings.report.dir, &self.department.name, &self.run_id)?;
        Ok((checkpoint, dir))
    }

    /// A run that has begun ends with a summary, whatever happens.
    fn begun(&self, checkpoint: Checkpoint, dir: &RunDir) -> Ended {
        let mut sheet =
            Sheet::new(self.run_id.clone(), self.context.command, self.department.name.clone(), self.now);
        let mut result = self.line(checkpoint, dir, &mut sheet);
        let exit = match &result {
            Ok(exit) => *exit,
            Err(error) => error.exit(self.context.brake.pulled()),
        };
        let report = Report { directory: Some(dir.path().to_owned()), ..sheet.close(exit) };
        let closed = self.close(dir, &report.summary);
        let exit = if closed.is_err() { exit.worse(Exit::Unexpected) } else { exit };
        match (&result, closed) {
            (Ok(_), closed) => result = closed.map(|()| exit),
            (Err(_), Ok(())) => {}
            (Err(_), Err(also)) => drop(say(self.department, &also)),
        }
        let error = result.err().map(|error| say(self.department, &error));
        Ended { exit, report: Some(report), error }
    }

    /// The line.
    fn line(&self, mut checkpoint: Checkpoint, dir: &RunDir, sheet: &mut Sheet) -> Result<Exit, RunError> {
        let Context { settings, observer, brake, .. } = self.context;
        let state_dir = settings.checkpoint.dir.as_path();
        let intake = Intake::open(self.department, state_dir, self.now, &**observer)?;
        intake.tell(&**observer);
        restored::tell(Some(&checkpoint), &**observer)?;
        if intake.is_fed_back() {
            // It says nothing of the export: it neither ends a first load nor makes a later export an older one.
            sheet.mode = RETRY;
            checkpoint.set_mode(&self.run_id, RETRY)?;
        }
        let policies = policies(&intake, self.department);
        let epoch = epoch(&intake.profile, self.department);
        let scanned = sheet.timed(Phase::Scan, &**observer, || {
            scan(&intake, epoch, Some(&checkpoint), &**observer, brake)
        })?;
        note_scan(sheet, &intake, &scanned, &policies);
        checkpoint.set_inputs(&self.run_id, &verdict::inputs(&intake, &scanned))?;
        let (built, mut plan) = sheet.timed(Phase::Build, &**observer, || {
            self.build(&intake, &scanned, &checkpoint, &policies, state_dir)
        })?;
        sheet.shown = at_a_glance(&mut plan)?;
        let verdict = self.judge(&mut checkpoint, &intake, &scanned, &built)?;
        sheet.guard = verdict.summary();
        let mut recorder = Recorder::new(
            checkpoint,
            self.run_id.clone(),
            dir.results()?,
            dir.warnings()?,
            Arc::clone(observer),
        )?;
        recorder.unchanged(scanned.scan.unchanged());
        let BuiltPlan { tally: _, same, settled, opt_outs, said } = built;
        recorder.warnings(said)?;
        if let Verdict::Held(_) = verdict {
            return self.hold(recorder, dir, &intake, Held { scanned, same, settled, plan }, sheet);
        }
        let mut unsettled = unsettled(recorder.checkpoint(), &settled)?;
        if intake.is_fed_back() {
            // A list of errors says nothing of whom it does not name: what is open of them waits for an export.
            unsettled = named(unsettled, &mut plan).map_err(unreadable)?;
        }
        recorder.rows(scanned.rejected)?;
        recorder.opt_outs(opt_outs)?;
        recorder.mended(scanned.mended)?;
        recorder.settled(settled)?;
        recorder.same(same)?;
        let work = Work { plan, unsettled };
        let pushed = push(self.context, self.department, policies.clone(), recorder, work, sheet);
        if let Err(PushError::Unrecorded { recorded, .. }) = &pushed {
            note_recorded(sheet, recorded);
        }
        let (recorder, stop) = pushed?;
        note_recorded(sheet, recorder.recorded());
        let (mut checkpoint, recorded) = recorder.finish()?;
        let listed = self.list_errors(dir, &intake, &recorded, sheet);
        if stop.is_none() && policies.export == ExportKind::Full && !intake.is_fed_back() {
            checkpoint.batch(|batch| batch.prune_leftovers_not_seen(&self.run_id))?;
            self.end_restored(&checkpoint, &recorded)?;
        }
        self.tell_left_over(&checkpoint)?;
        let exit = stop.map_or_else(|| self.exit(&recorded), Exit::from);
        Ok(exit.worse(listed))
    }

    fn build(
        &self,
        intake: &Intake,
        scanned: &Scanned,
        checkpoint: &Checkpoint,
        policies: &Policies,
        state_dir: &Path,
    ) -> Result<(BuiltPlan, Plan), RunError> {
        let trouble = |source| RunError::Io {
            what: format!(
                "the plan cannot be written in {}; free some disk space there: nothing was sent",
                state_dir.display()
            ),
            source,
        };
        let mut writer = PlanWriter::create(state_dir).map_err(trouble)?;
        let builder = Builder {
            policies,
            checkpoint: Some(checkpoint),
            same_refusal: self.same_refusal(),
            now: self.now.as_second(),
            reach: reach(intake, policies),
        };
        let Context { observer, brake, .. } = self.context;
        let built = builder.build(intake, scanned, &**observer, brake, &mut |change| writer.push(change));
        let built = built.map_err(|error| match error {
            BuildError::Plan(source) => trouble(source),
            other => RunError::Build(other),
        })?;
        Ok((built, writer.finish().map_err(trouble)?))
    }

    /// How long what was refused is not sent again, in seconds. Who asks for a retry wants it now.
    fn same_refusal(&self) -> i64 {
        if self.context.command == "retry" { 0 } else { seconds(self.context.settings.retry.same_refusal) }
    }

    /// The guard, and where a person releases its plan, the note of that.
    fn judge(
        &self,
        checkpoint: &mut Checkpoint,
        intake: &Intake,
        scanned: &Scanned,
        built: &BuiltPlan,
    ) -> Result<Verdict, RunError> {
        let case = Case {
            settings: &self.context.settings.guard,
            tally: &built.tally,
            intake,
            scanned,
            checkpoint: Some(checkpoint),
            approve: self.approval.map(|approval| &approval.run),
            token: &self.department.token,
            now: self.now.as_second(),
        };
        let (mut verdict, digest) = (case.judge()?, case.digest()?);
        if let (Some(Approval { run, reason }), Verdict::Approved(_)) = (self.approval, &verdict) {
            checkpoint.approve(run, reason, self.now.as_second())?;
            if !checkpoint.spend_approval(run, &self.run_id)? {
                let spent = format!("approve: the plan of run {run} was released once already");
                verdict = verdict.held_after_all(spent);
            }
        } else if let (Some(Approval { run, .. }), Verdict::Held(_)) = (self.approval, &verdict) {
            let other = format!(
                "approve: this plan is not the one that run {run} was held with; look at it, and approve this run"
            );
            verdict = verdict.held_after_all(other);
        }
        checkpoint.set_guard(&self.run_id, verdict.name(), Some(digest))?;
        if !matches!(verdict, Verdict::Held(_)) {
            // Before the first request: a run that is killed has sent under it.
            checkpoint.remember_token(self.department.token.expose())?;
        }
        verdict.log(&self.department.name);
        Ok(verdict)
    }
}

/// A plan that fits on a screen, to be shown as it is; else nothing.
fn at_a_glance(plan: &mut Plan) -> Result<Vec<Change>, RunError> {
    if plan.len() > GLANCE {
        return Ok(Vec::new());
    }
    plan.changes().and_then(Iterator::collect).map_err(unreadable)
}

pub(super) fn unreadable(source: std::io::Error) -> RunError {
    RunError::Io { what: "the plan cannot be read".to_owned(), source }
}

/// The department's policies, the profile's word where it leaves something open.
pub(super) fn policies(intake: &Intake, department: &Department) -> Policies {
    department.policies(intake.profile.export, intake.profile.absent_vehicle)
}

/// How far the rows of this export reach.
pub(super) fn reach(intake: &Intake, policies: &Policies) -> Reach {
    if intake.is_fed_back() { Reach::Delta } else { Reach::of(policies.export) }
}

pub(super) fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

pub(super) fn note_scan(sheet: &mut Sheet, intake: &Intake, scanned: &Scanned, policies: &Policies) {
    sheet.inputs = intake.summaries(&scanned.digests);
    sheet.rows = scanned.rows;
    if reach(intake, policies) == Reach::Full {
        sheet.customers.missing = scanned.scan.missing();
    }
}
