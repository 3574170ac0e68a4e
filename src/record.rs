//! The single writer: checkpoint first, then the report.
//!
//! While customers are pushed it lives on its own thread and takes what their lives have to say through a bounded
//! channel; many messages share one durable transaction, so that durability does not cost throughput. Before and
//! after that, the pipeline calls it directly. It decides nothing: what to write comes from `plan` and `push`.

mod entry;
mod tally;
mod thread;

use std::sync::Arc;

use crate::checkpoint::{Checkpoint, CheckpointError, Seen, Subject, Suppressions};
use crate::domain::outcome::Cause;
use crate::domain::{
    Channel, CustomerKey, Event, Fingerprint, Observer, OutcomeKind, Recency, RunId, Warning,
};
use crate::push::journal::{Intention, Settlement};
use crate::report::{ReportError, ResultsWriter, WarningsWriter};

pub use entry::RejectedRow;
use entry::{Entry, write};
pub use tally::{Leftover, Recorded};
pub use thread::{RecordJournal, Running};

/// How many messages one transaction takes, and how many wait.
const BATCH: usize = 256;

/// Why nothing more can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A report file.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The writer's own thread.
    #[error("the writer ended abnormally; this is a defect: please report it with the run's log")]
    Thread,
}

/// Writes everything that a run has to say.
pub struct Recorder {
    checkpoint: Checkpoint,
    run_id: RunId,
    results: ResultsWriter,
    warnings: WarningsWriter,
    suppressions: Suppressions,
    observer: Arc<dyn Observer>,
    tally: Recorded,
}

impl Recorder {
    /// A recorder of the run `run_id`, which the checkpoint knows to have begun.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub fn new(
        checkpoint: Checkpoint,
        run_id: RunId,
        results: ResultsWriter,
        warnings: WarningsWriter,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, RecordError> {
        let suppressions = checkpoint.suppressions()?;
        Ok(Self { checkpoint, run_id, results, warnings, suppressions, observer, tally: Recorded::default() })
    }

    /// The memory of opt-outs; it learns as the run does.
    pub fn suppressions(&self) -> Suppressions {
        self.suppressions.clone()
    }

    /// The checkpoint, to read from and to begin and end runs in.
    pub fn checkpoint(&mut self) -> &mut Checkpoint {
        &mut self.checkpoint
    }

    /// What was recorded so far.
    pub fn recorded(&self) -> &Recorded {
        &self.tally
    }

    /// Counts customers whose rows are what was last pushed: there is nothing to write about them.
    pub fn unchanged(&mut self, customers: u64) {
        self.tally.customers.add(OutcomeKind::Unchanged, customers);
    }

    /// Records customers of whom only the formatting changed; without a source fingerprint they are looked at again.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn same(
        &mut self,
        customers: impl IntoIterator<Item = (CustomerKey, Option<Fingerprint>, Recency)>,
    ) -> Result<(), RecordError> {
        self.all(customers.into_iter().map(|(key, source, recency)| Entry::Same { key, source, recency }))
    }

    /// Records rows that belong to no customer.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = RejectedRow>) -> Result<(), RecordError> {
        self.all(rows.into_iter().map(Entry::Row))
    }

    /// Forgets rows that were left over, by their bytes: they are somebody's by now.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn mended(&mut self, rows: impl IntoIterator<Item = Fingerprint>) -> Result<(), RecordError> {
        self.all(rows.into_iter().map(Entry::Mended))
    }

    /// Reports warnings that belong to no single customer's settlement.
    ///
    /// # Errors
    /// Where the report cannot be written.
    pub fn warnings(
        &mut self,
        warnings: impl IntoIterator<Item = (CustomerKey, Warning)>,
    ) -> Result<(), RecordError> {
        warnings.into_iter().try_for_each(|(key, warning)| self.warn(&key, &warning))
    }

    /// Notes what is owed, before any of it is sent.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn owed(&mut self, intentions: impl IntoIterator<Item = Intention>) -> Result<(), RecordError> {
        self.all(intentions.into_iter().map(|intention| Entry::Intend(Box::new(intention))))
    }

    /// Remembers contacts that are blocked.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn opt_outs(
        &mut self,
        contacts: impl IntoIterator<Item = (Channel, String)>,
    ) -> Result<(), RecordError> {
        self.all(contacts.into_iter().map(|(channel, contact)| Entry::OptOut(channel, contact)))
    }

    /// Records customers that were settled without a life: rejected, skipped, held.
    ///
    /// # Errors
    /// Where the checkpoint or a report cannot be written.
    pub fn settled(&mut self, settled: impl IntoIterator<Item = Settlement>) -> Result<(), RecordError> {
        self.all(settled.into_iter().map(|settlement| Entry::Settle(Box::new(settlement))))
    }

    fn all(&mut self, entries: impl Iterator<Item = Entry>) -> Result<(), RecordError> {
        let mut entries = entries.peekable();
        while entries.peek().is_some() {
            let batch: Vec<_> = entries.by_ref().take(BATCH).collect();
            self.apply(&batch)?;
        }
        Ok(())
    }

    /// Notes rows and customers for the report alone: a held plan teaches the checkpoint nothing.
    ///
    /// # Errors
    /// Where a report cannot be written.
    pub fn report_held(
        &mut self,
        rows: impl IntoIterator<Item = RejectedRow>,
        settled: impl IntoIterator<Item = Settlement>,
        now: i64,
    ) -> Result<(), RecordError> {
        for row in rows {
            let seen = self.seen_before(&Subject::Row(row.bytes), &row.cause, now)?;
            self.report_row(&row, seen);
        }
        for settlement in settled {
            let seen = match settlement.outcome.as_ref().and_then(|outcome| outcome.cause.as_ref()) {
                Some(cause) => Some(self.seen_before(&settlement.key.clone().into(), cause, now)?),
                None => None,
            };
            self.report(&settlement, seen)?;
        }
        Ok(())
    }

    fn seen_before(&self, subject: &Subject, cause: &Cause, now: i64) -> Result<Seen, RecordError> {
        let known = self.checkpoint.leftover(subject)?.filter(|known| known.entry.code == cause.code);
        Ok(known.map_or(Seen { first_seen: now, times_seen: 1, is_new: true }, |known| Seen {
            first_seen: known.first_seen,
            times_seen: known.times_seen,
            is_new: false,
        }))
    }

    /// One durable transaction, then the report.
    fn apply(&mut self, entries: &[Entry]) -> Result<(), RecordError> {
        let now = jiff::Timestamp::now().as_second();
        let Self { checkpoint, run_id, suppressions, .. } = self;
        let seen = checkpoint.batch(|batch| {
            entries
                .iter()
                .map(|entry| write(batch, entry, run_id, now, suppressions))
                .collect::<Result<Vec<_>, _>>()
        })?;
        for (entry, seen) in entries.iter().zip(seen) {
            match entry {
                Entry::Intend(_) | Entry::OptOut(..) | Entry::Mended(_) => {}
                Entry::Same { .. } => self.tally.customers.add(OutcomeKind::Unchanged, 1),
                Entry::Settle(settlement) => self.report(settlement, seen)?,
                Entry::Row(row) => {
                    if let Some(seen) = seen {
                        self.report_row(row, seen);
                    }
                }
            }
        }
        Ok(())
    }

    fn report_row(&mut self, row: &RejectedRow, seen: Seen) {
        let RejectedRow { at, bytes: _, cause } = row;
        self.tally.leave_row(at, cause, seen);
    }

    fn report(&mut self, settlement: &Settlement, seen: Option<Seen>) -> Result<(), RecordError> {
        for warning in &settlement.warnings {
            self.warn(&settlement.key, warning)?;
        }
        let Some(outcome) = &settlement.outcome else { return Ok(()) };
        self.tally.customers.add(outcome.kind, 1);
        if outcome.kind != OutcomeKind::Unchanged {
            self.results.write(outcome)?;
        }
        if let (Some(cause), Some(seen)) = (&outcome.cause, seen) {
            self.tally.leave(outcome, cause, seen);
        }
        self.observer.on(&Event::Settled { kind: outcome.kind });
        Ok(())
    }

    fn warn(&mut self, key: &CustomerKey, warning: &Warning) -> Result<(), RecordError> {
        self.tally.warnings = self.warnings.write(key, warning)?;
        Ok(())
    }

    /// Closes the report files; what remains is the checkpoint and the tally.
    ///
    /// # Errors
    /// Where the last lines cannot be written.
    pub fn finish(self) -> Result<(Checkpoint, Recorded), RecordError> {
        let Self { checkpoint, results, warnings, tally, .. } = self;
        results.finish()?;
        warnings.finish()?;
        Ok((checkpoint, tally))
    }
}
