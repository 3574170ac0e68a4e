//! The single writer: checkpoint first, then the report.
//!
//! While customers are pushed it lives on its own thread and takes what their lives have to say through a bounded
//! channel; many messages share one durable transaction, so that durability does not cost throughput. Before and
//! after that, the pipeline calls it directly. It decides nothing: what to write comes from `plan` and `push`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::{
    Batch, Checkpoint, CheckpointError, Intent, LeftoverEntry, Seen, Settled, Subject, Suppressions,
};
use crate::domain::outcome::Cause;
use crate::domain::summary::{CauseCount, CustomerCounts};
use crate::domain::{
    CustomerKey, Event, Fingerprint, Observer, Outcome, OutcomeKind, Position, RunId, Warning,
};
use crate::push::journal::{IntentFate, Intention, Journal, Learned, Lost, Settlement};
use crate::report::{ReportError, ResultsWriter, WarningsWriter};

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

/// A customer or a row that needs work, as `errors.csv` will say it.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// Why.
    pub cause: Cause,
    /// Rejected, failed or in doubt.
    pub kind: OutcomeKind,
    /// Status of the last answer.
    pub http_status: Option<u16>,
    /// Requests that this run sent for it.
    pub attempts: u32,
    /// When this cause was first met, RFC 3339.
    pub first_seen: String,
    /// How many runs have met it.
    pub times_seen: u32,
}

/// A row that belongs to no customer.
#[derive(Debug, Clone)]
pub struct RejectedRow {
    /// Where it stands.
    pub at: Position,
    /// Of its bytes: what it is recognised by another night.
    pub bytes: Fingerprint,
    /// Why.
    pub cause: Cause,
}

/// What is recorded in one transaction.
#[derive(Debug)]
enum Entry {
    Intend(Box<Intention>),
    Settle(Box<Settlement>),
    Same { key: CustomerKey, source: Option<Fingerprint> },
    Row(RejectedRow),
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

/// What was recorded so far.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Customers by outcome.
    pub customers: CustomerCounts,
    /// Lines of `warnings.csv`.
    pub warnings: u64,
    /// Customers that need work.
    pub leftovers: BTreeMap<CustomerKey, Leftover>,
    /// Rows that need work, by file and record.
    pub rows: BTreeMap<(Arc<str>, u64), Leftover>,
    causes: BTreeMap<String, (u64, u64)>,
}

impl Recorded {
    /// Why customers and rows need work, most frequent first.
    pub fn causes(&self) -> Vec<CauseCount> {
        let count = |(code, (customers, new)): (&String, &(u64, u64))| CauseCount {
            code: code.clone(),
            customers: *customers,
            new: *new,
        };
        let mut causes: Vec<_> = self.causes.iter().map(count).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.customers));
        causes
    }

    /// What a person can do about each cause.
    pub fn tips(&self) -> BTreeMap<String, String> {
        let all = self.leftovers.values().chain(self.rows.values());
        all.map(|leftover| (leftover.cause.code.clone(), leftover.cause.tip.clone())).collect()
    }

    fn leave(&mut self, cause: &Cause, is_new: bool) {
        let (customers, new) = self.causes.entry(cause.code.clone()).or_default();
        *customers += 1;
        *new += u64::from(is_new);
    }
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
        customers: impl IntoIterator<Item = (CustomerKey, Option<Fingerprint>)>,
    ) -> Result<(), RecordError> {
        self.all(customers.into_iter().map(|(key, source)| Entry::Same { key, source }))
    }

    /// Records rows that belong to no customer.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = RejectedRow>) -> Result<(), RecordError> {
        self.all(rows.into_iter().map(Entry::Row))
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
                Entry::Intend(_) => {}
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
        self.tally.leave(cause, seen.is_new);
        let leftover = leftover(cause, OutcomeKind::Rejected, None, 0, seen);
        self.tally.rows.insert((Arc::clone(&at.file), at.record), leftover);
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
            let Outcome { key, kind, http_status, attempts, .. } = outcome;
            self.tally.leave(cause, seen.is_new);
            self.tally.leftovers.insert(key.clone(), leftover(cause, *kind, *http_status, *attempts, seen));
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

    /// Puts the recorder on its own thread; it comes back when every clone of the journal is gone.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub fn on_its_thread(self) -> std::io::Result<(RecordJournal, Running)> {
        let (sender, receiver) = mpsc::channel(BATCH);
        let thread = thread::Builder::new().name("record".to_owned()).spawn(move || self.serve(receiver))?;
        Ok((RecordJournal(sender), Running(thread)))
    }

    fn serve(mut self, mut messages: mpsc::Receiver<Message>) -> (Self, Result<(), RecordError>) {
        while let Some(first) = messages.blocking_recv() {
            let mut entries = vec![first.entry];
            let mut waiting: Vec<_> = first.written.into_iter().collect();
            while entries.len() < BATCH
                && let Ok(next) = messages.try_recv()
            {
                entries.push(next.entry);
                waiting.extend(next.written);
            }
            if let Err(error) = self.apply(&entries) {
                // Those that wait learn by their channel's end that nothing was written.
                return (self, Err(error));
            }
            for written in waiting {
                // One that was cut off in the meantime no longer listens.
                let _ = written.send(());
            }
        }
        (self, Ok(()))
    }
}

fn leftover(
    cause: &Cause,
    kind: OutcomeKind,
    http_status: Option<u16>,
    attempts: u32,
    seen: Seen,
) -> Leftover {
    let Seen { first_seen, times_seen, is_new: _ } = seen;
    let first_seen =
        jiff::Timestamp::from_second(first_seen).map_or_else(|_| String::new(), |at| at.to_string());
    Leftover { cause: cause.clone(), kind, http_status, attempts, first_seen, times_seen }
}

/// Writes one entry; what the checkpoint says of a leftover.
fn write(
    batch: &Batch<'_>,
    entry: &Entry,
    run_id: &RunId,
    now: i64,
    suppressions: &Suppressions,
) -> Result<Option<Seen>, CheckpointError> {
    match entry {
        Entry::Intend(intention) => write_intention(batch, intention, run_id, now).map(|()| None),
        Entry::Same { key, source: Some(source) } => batch.learn_source(key, *source, run_id).map(|_| None),
        Entry::Same { key, source: None } => batch.clear_leftover(&key.clone().into()).map(|()| None),
        Entry::Settle(settlement) => write_settlement(batch, settlement, run_id, now, suppressions),
        Entry::Row(RejectedRow { at: _, bytes, cause }) => {
            let entry = leftover_entry(Subject::Row(*bytes), cause, OutcomeKind::Rejected, run_id, now);
            batch.leave_over(&entry).map(Some)
        }
    }
}

fn write_intention(
    batch: &Batch<'_>,
    intention: &Intention,
    run_id: &RunId,
    now: i64,
) -> Result<(), CheckpointError> {
    let Intention { key, uuid, next_base, source, canonical, before } = intention.clone();
    if let (Some(uuid), Some(before)) = (&uuid, &before) {
        batch.remember_before(run_id, &key, uuid, before, now)?;
    }
    batch.intend(&Intent { key, run_id: run_id.clone(), at: now, uuid, next_base, source, canonical })
}

fn write_settlement(
    batch: &Batch<'_>,
    settlement: &Settlement,
    run_id: &RunId,
    now: i64,
    suppressions: &Suppressions,
) -> Result<Option<Seen>, CheckpointError> {
    let Settlement { key, outcome, learned, intent, refused, opt_outs, warnings: _ } = settlement;
    for (channel, contact) in opt_outs {
        if suppressions.insert(*channel, contact) {
            batch.suppress(*channel, contact, now)?;
        }
    }
    match (learned, intent) {
        (Some(learned), _) => {
            let Learned { uuid, base, canonical, source } = learned.clone();
            let (key, run_id) = (key.clone(), run_id.clone());
            batch.settle(&Settled { key, uuid, base, canonical, source, updated_at: None, run_id })?;
        }
        (None, IntentFate::Dropped) => batch.drop_intent(key)?,
        (None, IntentFate::Kept) => {}
    }
    let Some(Outcome { kind, cause: Some(cause), http_status, attempts, .. }) = outcome else {
        return Ok(None);
    };
    if !kind.needs_work() {
        return Ok(None);
    }
    let entry = LeftoverEntry {
        http_status: *http_status,
        attempts: *attempts,
        canonical: *refused,
        ..leftover_entry(Subject::Customer(key.clone()), cause, *kind, run_id, now)
    };
    batch.leave_over(&entry).map(Some)
}

fn leftover_entry(
    subject: Subject,
    cause: &Cause,
    kind: OutcomeKind,
    run_id: &RunId,
    at: i64,
) -> LeftoverEntry {
    let Cause { stage, code, message, tip } = cause.clone();
    LeftoverEntry {
        subject,
        stage,
        kind,
        code,
        message,
        tip,
        http_status: None,
        attempts: 0,
        canonical: None,
        payload: None,
        run_id: run_id.clone(),
        at,
    }
}

struct Message {
    entry: Entry,
    /// Told once the entry is on disk.
    written: Option<oneshot::Sender<()>>,
}

/// The writer's door for push.
#[derive(Clone)]
pub struct RecordJournal(mpsc::Sender<Message>);

impl Journal for RecordJournal {
    async fn intend(&self, intention: Intention) -> Result<(), Lost> {
        let (written, on_disk) = oneshot::channel();
        let entry = Entry::Intend(Box::new(intention));
        self.0.send(Message { entry, written: Some(written) }).await.map_err(|_| Lost)?;
        on_disk.await.map_err(|_| Lost)
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Lost> {
        let entry = Entry::Settle(Box::new(settlement));
        self.0.send(Message { entry, written: None }).await.map_err(|_| Lost)
    }
}

/// A recorder on its thread.
pub struct Running(thread::JoinHandle<(Recorder, Result<(), RecordError>)>);

impl Running {
    /// Waits until the last journal is gone and everything is written.
    ///
    /// # Errors
    /// [`RecordError::Thread`] where the thread ended abnormally. What could not be written comes beside the recorder.
    pub fn join(self) -> Result<(Recorder, Result<(), RecordError>), RecordError> {
        self.0.join().map_err(|_| RecordError::Thread)
    }
}
