//! How a department's run ends: held, or with its leftovers listed; and what it leaves behind.

use super::department::{Run, unreadable};
use super::errors_file;
use super::exit::Exit;
use super::intake::Intake;
use super::scan::Scanned;
use super::summing::Sheet;
use super::trouble::RunError;
use crate::checkpoint::Checkpoint;
use crate::config::FailOn;
use crate::domain::{Change, Event, Outcome, OutcomeKind, Phase, RunSummary, Scope};
use crate::plan::spool::Plan;
use crate::push::journal::Settlement;
use crate::push::opt_out::told;
use crate::record::{Recorded, Recorder};
use crate::report::RunDir;

impl Run<'_> {
    /// Nothing is sent, and the checkpoint learns nothing but whom the list names; the report says what would have been.
    pub(super) fn hold(
        &self,
        mut recorder: Recorder,
        dir: &RunDir,
        intake: &Intake,
        held: Held,
        sheet: &mut Sheet,
    ) -> Result<Exit, RunError> {
        let Held { scanned, same, settled, mut plan } = held;
        recorder.unchanged(same.len() as u64);
        let now = self.now.as_second();
        recorder.report_held(scanned.rejected, settled, now)?;
        for change in plan.changes().map_err(unreadable)? {
            let change = change.map_err(unreadable)?;
            recorder.report_held([], [held_back(change)], now)?;
        }
        note_recorded(sheet, recorder.recorded());
        let (checkpoint, recorded) = recorder.finish()?;
        checkpoint.note_listed(&self.run_id, recorded.leftovers.keys())?;
        Ok(Exit::Held.worse(self.list_errors(dir, intake, &recorded, sheet)))
    }

    /// Writes `errors.csv`. Everything is recorded by then, so trouble with the file is told and ends nothing; but a
    /// list that lacks work must not pass for a night without.
    pub(super) fn list_errors(
        &self,
        dir: &RunDir,
        intake: &Intake,
        recorded: &Recorded,
        sheet: &mut Sheet,
    ) -> Exit {
        let observer = &*self.context.observer;
        let written =
            sheet.timed(Phase::Report, observer, || errors_file::write(dir, intake, recorded, observer));
        match written {
            Ok(rowless) => {
                if !rowless.is_empty() {
                    observer.on(&Event::Notice { text: rowless.to_string() });
                }
                Exit::Complete
            }
            Err(incomplete) => {
                observer.on(&Event::Notice { text: incomplete.to_string() });
                if recorded.causes().is_empty() { Exit::Complete } else { Exit::LeftOver }
            }
        }
    }

    /// What only a person can mend, and no row of this export is about, is not forgotten: a delta does not say it again.
    pub(super) fn tell_left_over(&self, checkpoint: &Checkpoint) -> Result<(), RunError> {
        let leftovers = checkpoint.leftovers()?;
        let earlier =
            leftovers.iter().map(|leftover| &leftover.entry).filter(|entry| entry.run_id != self.run_id);
        let Some(newest) = earlier.clone().map(|entry| entry.run_id.to_string()).max() else { return Ok(()) };
        let what = match earlier.count() {
            1 => "1 customer or row of earlier runs is".to_owned(),
            many => format!("{many} customers and rows of earlier runs are"),
        };
        let department = &self.department.name;
        let text = format!(
            "{department}: {what} left over, the last of run {newest}; see `dms-sync status` and errors.csv of that run"
        );
        self.context.observer.on(&Event::Notice { text });
        Ok(())
    }

    pub(super) fn exit(&self, recorded: &Recorded) -> Exit {
        let causes = recorded.causes();
        let left = match self.context.settings.run.fail_on {
            FailOn::Any => !causes.is_empty(),
            FailOn::New => causes.iter().any(|cause| cause.new > 0),
        };
        if left { Exit::LeftOver } else { Exit::Complete }
    }

    /// Writes down how the run ended: in the checkpoint, in its directory, in the link to the latest. What one of them
    /// refuses does not keep it from the others.
    pub(super) fn close(&self, dir: &RunDir, summary: &RunSummary) -> Result<(), RunError> {
        let finished = self.finish(summary);
        let written = dir.write_summary(summary);
        if let Err(error) = dir.publish_latest() {
            tracing::warn!(%error, "the link to the latest report still points at an earlier one");
        }
        self.prune();
        finished?;
        Ok(written?)
    }

    pub(super) fn finish(&self, summary: &RunSummary) -> Result<(), RunError> {
        let checkpoint = Checkpoint::open_under(self.lock)?;
        let value = serde_json::to_value(summary).unwrap_or_default();
        let finished = jiff::Timestamp::now().as_second();
        Ok(checkpoint.finish_run(&self.run_id, finished, summary.exit.code, &value)?)
    }

    /// Lets go of the oldest runs. What cannot go now goes with a later run.
    pub(super) fn prune(&self) {
        let settings = &self.context.settings;
        let keep = settings.report.keep as usize;
        if let Err(error) = RunDir::prune(&settings.report.dir, &self.department.name, keep) {
            tracing::warn!(%error, "old reports cannot be removed");
        }
        let pruned = Checkpoint::open_under(self.lock)
            .and_then(|mut checkpoint| checkpoint.batch(|batch| batch.prune_runs(keep)));
        if let Err(error) = pruned {
            tracing::warn!(%error, "old runs stay in the checkpoint");
        }
    }
}

/// What a held run has found.
pub(super) struct Held {
    pub(super) scanned: Scanned,
    pub(super) same:
        Vec<(crate::domain::CustomerKey, Option<crate::domain::Fingerprint>, crate::domain::Recency)>,
    pub(super) settled: Vec<Settlement>,
    pub(super) plan: Plan,
}

fn held_back(change: Change) -> Settlement {
    let blocks = (change.scope == Scope::OptOuts).then_some(change.ours.consents);
    let outcome = Outcome::unsent(change.ours.key, change.at, OutcomeKind::Held, None);
    let settlement = Settlement::unsent(outcome, change.warnings);
    match blocks {
        // Its customer is reported as rejected.
        Some(blocks) => told(settlement, blocks),
        None => settlement,
    }
}

pub(super) fn note_recorded(sheet: &mut Sheet, recorded: &Recorded) {
    let missing = sheet.customers.missing;
    sheet.customers = recorded.customers;
    sheet.customers.missing = missing;
    sheet.warnings = recorded.warnings;
    sheet.causes = recorded.causes();
    sheet.tips = recorded.tips();
}
