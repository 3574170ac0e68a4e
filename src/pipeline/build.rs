//! Pass 2: only the customers whose rows differ are read again, built, and decided upon.
//!
//! Pass 1 knows how many rows a customer has, so a customer leaves memory with its last row.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::aside::Aside;
use super::intake::{Intake, IntakeError, Row, Source};
use super::long_keys::LongKeys;
use super::scan::{KeyOf, Scanned};
use crate::checkpoint::{Checkpoint, CheckpointError, Known, Subject};
use crate::domain::outcome::{Cause, Stage};
use crate::domain::policy::Policies;
use crate::domain::{
    Change, CustomerKey, Fingerprint, Observer, Outcome, OutcomeKind, Phase, Position, Presence, SourceRow,
    Violation, Warning,
};
use crate::group::{Order, group};
use crate::normalize::Normalizer;
use crate::plan::decide::Built;
use crate::plan::{Decision, KeyHash, Reach, RowOrder, Standing, Tally, Work, decide};
use crate::push::journal::Settlement;
use crate::push::{Brake, cause};
use crate::validate::{Rules, Verdict, validate};

/// What pass 2 found, beside the plan itself.
#[derive(Debug, Default)]
pub struct BuiltPlan {
    /// The plan in figures.
    pub tally: Tally,
    /// Customers of whom only the formatting changed.
    pub same: Vec<(CustomerKey, Option<Fingerprint>)>,
    /// Customers that are settled without a request: rejected, skipped, refused before.
    pub settled: Vec<Settlement>,
    /// What is said of one customer and holds of many.
    pub said: Vec<(CustomerKey, Warning)>,
}

/// Why pass 2 ended early.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The export.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The plan on disk.
    #[error("the plan cannot be written: {0}; free some disk space in the checkpoint's directory")]
    Plan(#[from] std::io::Error),
    /// A customer could not be written as JSON.
    #[error("a customer cannot be stored: {0}; this is a defect: please report it")]
    Store(#[from] serde_json::Error),
    /// Another file than pass 1 read.
    #[error(
        "the export changed while it was read; nothing was sent; run again when the DMS has finished writing it"
    )]
    Changed,
}

/// What a department brings to pass 2.
pub struct Builder<'a> {
    /// Its policies.
    pub policies: &'a Policies,
    /// What is known, where anything is.
    pub checkpoint: Option<&'a Checkpoint>,
    /// `[retry] same_refusal`, in seconds, and now.
    pub same_refusal: i64,
    /// Seconds since 1970, UTC.
    pub now: i64,
    /// How far rows reach.
    pub reach: Reach,
}

impl Builder<'_> {
    /// Builds every customer that has work to do and hands its change to `plan`.
    ///
    /// # Errors
    /// Trouble with the files, the checkpoint or the plan; the brake.
    pub fn build(
        &self,
        intake: &Intake,
        scanned: &Scanned,
        observer: &dyn Observer,
        brake: &Brake,
        plan: &mut dyn FnMut(&Change) -> std::io::Result<()>,
    ) -> Result<BuiltPlan, BuildError> {
        let mut site = Site {
            builder: self,
            normalizer: Normalizer::new(&self.policies.defaults),
            order: match intake.order() {
                RowOrder::Free => Order::Newest,
                RowOrder::Matters => Order::Last,
            },
            partial: &scanned.partial,
            refusals: self.refusals()?,
            waiting: HashMap::new(),
            long_keys: LongKeys::default(),
            built: BuiltPlan::default(),
            plan,
        };
        site.built.tally.known = scanned.scan.known_customers();
        site.built.tally.exported = scanned.scan.customers() + scanned.rows.rejected;
        site.built.tally.rejected = scanned.rows.rejected;
        site.built.tally.missing = if self.reach == Reach::Full { scanned.scan.missing() } else { 0 };
        if !scanned.scan.has_work() {
            return Ok(site.built);
        }
        let mut trouble = Ok(());
        let digests = intake.each(Phase::Build, observer, brake, |source, row| {
            if trouble.is_ok() {
                trouble = site.row(source, &row, scanned);
            }
        })?;
        trouble?;
        if digests != scanned.digests || !site.waiting.is_empty() {
            return Err(BuildError::Changed);
        }
        site.built.said = site.long_keys.warnings();
        Ok(site.built)
    }

    /// What was refused in so many words, and when: not to be sent again soon.
    fn refusals(&self) -> Result<BTreeMap<CustomerKey, Refusal>, CheckpointError> {
        let Some(checkpoint) = self.checkpoint else { return Ok(BTreeMap::new()) };
        let mut refusals = BTreeMap::new();
        for leftover in checkpoint.leftovers()? {
            let (Subject::Customer(key), Some(canonical), Some(last)) =
                (leftover.entry.subject, leftover.entry.canonical, leftover.last_attempt)
            else {
                continue;
            };
            if self.now.saturating_sub(last) < self.same_refusal {
                refusals.insert(key, Refusal { canonical, code: leftover.entry.code });
            }
        }
        Ok(refusals)
    }
}

struct Refusal {
    canonical: Fingerprint,
    code: String,
}

/// Rows of a customer that are not complete yet.
type Waiting = HashMap<KeyHash, Vec<SourceRow>>;

struct Site<'a> {
    builder: &'a Builder<'a>,
    normalizer: Normalizer,
    order: Order,
    partial: &'a HashSet<KeyHash>,
    refusals: BTreeMap<CustomerKey, Refusal>,
    waiting: Waiting,
    long_keys: LongKeys,
    built: BuiltPlan,
    plan: &'a mut dyn FnMut(&Change) -> std::io::Result<()>,
}

impl Site<'_> {
    fn row(&mut self, source: &Source, row: &Row<'_>, scanned: &Scanned) -> Result<(), BuildError> {
        let Row::Sound(record, at) = row else { return Ok(()) };
        let Ok(key) = KeyOf::read(source, record) else { return Ok(()) };
        let Some(work) = scanned.scan.work(key) else { return Ok(()) };
        let decoder = source.decoder();
        let Ok(row) = source.binding.source_row(record, source.at(*at), &|cell| decoder.decode(cell)) else {
            // Pass 1 has refused it by the same rule, or the digest will tell that this is another file.
            return Ok(());
        };
        if work.rows == 1 {
            return self.customer(key, vec![row], work);
        }
        let rows = self.waiting.entry(key).or_insert_with(|| Vec::with_capacity(work.rows as usize));
        rows.push(row);
        if rows.len() < work.rows as usize {
            return Ok(());
        }
        let rows = self.waiting.remove(&key).unwrap_or_default();
        self.customer(key, rows, work)
    }

    /// All rows of one customer are here.
    fn customer(&mut self, hash: KeyHash, rows: Vec<SourceRow>, work: Work) -> Result<(), BuildError> {
        let Some(record) = group(rows, self.order) else { return Ok(()) };
        let key = record.key.clone();
        let at = record.at.clone();
        if let Some(checkpoint) = self.builder.checkpoint
            && checkpoint.is_forgotten(&key)?
        {
            self.built.settled.push(Aside::Forgotten.settlement(key, at));
            return Ok(());
        }
        let known = self.builder.checkpoint.map(|checkpoint| checkpoint.known(&key)).transpose()?.flatten();
        // A delta may tell of a vehicle alone: then the customer is who it was.
        let vehicle_only = record.presence == Presence::VehicleOnly && self.builder.reach == Reach::Delta;
        let name = known.as_ref().filter(|_| vehicle_only).map(|known| known.base.name.claims().clone());
        if let Some(aside) = Aside::of(record.presence).filter(|_| name.is_none()) {
            self.built.tally.rejected += u64::from(aside == Aside::NoCustomer);
            self.built.settled.push(aside.settlement(key, at));
            return Ok(());
        }
        let rules = Rules { invalid_vin: self.builder.policies.invalid_vin };
        let mut draft = self.normalizer.draft(record);
        draft.name = name.unwrap_or(draft.name);
        let (customer, warnings) = match validate(draft, rules) {
            Verdict::Valid { customer, mut warnings } => {
                self.long_keys.take(&key, &at, &mut warnings);
                (*customer, warnings)
            }
            Verdict::Rejected { key, at, violations, mut warnings } => {
                self.long_keys.take(&key, &at, &mut warnings);
                self.built.tally.rejected += 1;
                self.built.settled.push(rejected(key, at, &violations, warnings));
                return Ok(());
            }
        };
        let whole = self.builder.reach == Reach::Full && !self.partial.contains(&hash);
        let built = Built {
            customer,
            // What part of the rows, or edited ones, say is not what the export says: it is looked at again.
            source: (whole || self.builder.keeps_source(self.partial, hash)).then_some(work.source),
            at,
            warnings,
            reach: if whole { Reach::Full } else { Reach::Delta },
        };
        self.decide(key, built, known)
    }

    fn decide(&mut self, key: CustomerKey, built: Built, known: Option<Known>) -> Result<(), BuildError> {
        let source = built.source;
        let standing = known.map(|Known { uuid, base, canonical, .. }| Standing { uuid, base, canonical });
        let (decision, marks) = decide(built, standing, self.builder.policies)?;
        self.built.tally.mark(&marks);
        match decision {
            Decision::Same => self.built.same.push((key, source)),
            Decision::Change(change) => match self.refusals.get(&key) {
                Some(refusal) if refusal.canonical == change.canonical => {
                    let settled = refused_before(*change, &refusal.code);
                    self.built.settled.push(settled);
                }
                _ => {
                    self.built.tally.change(&change);
                    (self.plan)(&change)?;
                }
            },
        }
        Ok(())
    }
}

impl Builder<'_> {
    /// A delta's rows are all that it has to say; remembering them spares reading the same file twice.
    fn keeps_source(&self, partial: &HashSet<KeyHash>, hash: KeyHash) -> bool {
        self.policies.export == crate::domain::policy::ExportKind::Delta
            && self.reach == Reach::of(self.policies.export)
            && !partial.contains(&hash)
    }
}

/// One cause for all violations: codes, messages and tips in the rules' order.
fn rejected(key: CustomerKey, at: Position, violations: &[Violation], warnings: Vec<Warning>) -> Settlement {
    let joined =
        |part: &dyn Fn(&Violation) -> String| violations.iter().map(part).collect::<Vec<_>>().join("; ");
    let codes: Vec<_> = violations.iter().map(|violation| violation.finding.code.as_ref()).collect();
    let cause = Cause {
        stage: Stage::Validate,
        code: codes.join(";"),
        message: joined(&|violation| violation.finding.message.clone()),
        tip: joined(&|violation| violation.tip.to_string()),
    };
    Settlement::unsent(Outcome::unsent(key, at, OutcomeKind::Rejected, Some(cause)), warnings)
}

fn refused_before(change: Change, code: &str) -> Settlement {
    let Change { ours, at, canonical, warnings, .. } = change;
    let outcome = Outcome::unsent(ours.key, at, OutcomeKind::Failed, Some(cause::refused_before(code)));
    Settlement { refused: Some(canonical), ..Settlement::unsent(outcome, warnings) }
}
