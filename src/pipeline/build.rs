//! Pass 2: only the customers whose rows differ are read again, built, and decided upon.
//!
//! Pass 1 knows how many rows a customer has, so a customer leaves memory with its last row.

mod fed_back;
mod late;
mod refused;

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::aside::Aside;
use super::intake::{Intake, IntakeError, Row, Source};
use super::listed;
use super::long_keys::LongKeys;
use super::older::{self, Latest, Sorted};
use super::opt_outs::{RefusedOptOut, blocked_in};
use super::scan::{KeyOf, Scanned};
use crate::checkpoint::{Checkpoint, CheckpointError, Known, LeftoverEntry, Subject};
use crate::domain::outcome::{Cause, Stage};
use crate::domain::policy::Policies;
use crate::domain::{
    Change, Channel, CustomerKey, Fingerprint, Observer, Outcome, OutcomeKind, Phase, Position, Presence,
    Recency, SourceRow, Violation, Warning,
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
    /// Customers of whom only the formatting changed, or how new their rows are.
    pub same: Vec<(CustomerKey, Option<Fingerprint>, Recency)>,
    /// Customers that are settled without a request: rejected, skipped, refused before.
    pub settled: Vec<Settlement>,
    /// Contacts that rows block which are not planned.
    pub opt_outs: Vec<(Channel, String)>,
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
            open: &scanned.open,
            lists: HashMap::new(),
            long_keys: LongKeys::default(),
            unheard: scanned.opt_outs.iter().map(|(key, said)| (*key, said)).collect(),
            built: BuiltPlan { opt_outs: refused::contacts(&scanned.opt_outs), ..BuiltPlan::default() },
            plan,
        };
        site.built.tally.known = scanned.scan.known_customers();
        site.built.tally.exported = scanned.scan.customers() + scanned.rows.rejected;
        site.built.tally.rejected = scanned.rows.rejected;
        site.built.tally.missing = if self.reach == Reach::Full { scanned.scan.missing() } else { 0 };
        if scanned.scan.has_work() {
            site.pass(intake, scanned, observer, brake)?;
        }
        site.hear_rest()?;
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
            // What was refused at a time that is yet to come was refused under a wrong clock: nobody knows how long ago.
            if (0..self.same_refusal).contains(&self.now.saturating_sub(last)) {
                let LeftoverEntry { code, kind, .. } = leftover.entry;
                refusals.insert(key, Refusal { canonical, code, kind });
            }
        }
        Ok(refusals)
    }
}

struct Refusal {
    canonical: Fingerprint,
    code: String,
    /// Failed, or in doubt: it stays counted as that.
    kind: OutcomeKind,
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
    /// Customers of whom an earlier run left something open.
    open: &'a HashSet<KeyHash>,
    /// What the rows of a list that is fed back are by now.
    lists: HashMap<KeyHash, listed::Row>,
    long_keys: LongKeys,
    /// What refused rows block, of customers that no other row has led to yet.
    unheard: HashMap<KeyHash, &'a RefusedOptOut>,
    built: BuiltPlan,
    plan: &'a mut dyn FnMut(&Change) -> std::io::Result<()>,
}

impl Site<'_> {
    fn pass(
        &mut self,
        intake: &Intake,
        scanned: &Scanned,
        observer: &dyn Observer,
        brake: &Brake,
    ) -> Result<(), BuildError> {
        let mut trouble = Ok(());
        let digests = intake.each(Phase::Build, observer, brake, |source, row| {
            if trouble.is_ok() {
                trouble = self.row(source, &row, scanned);
            }
        })?;
        trouble?;
        if digests != scanned.digests || !self.waiting.is_empty() {
            return Err(BuildError::Changed);
        }
        Ok(())
    }

    fn row(&mut self, source: &Source, row: &Row<'_>, scanned: &Scanned) -> Result<(), BuildError> {
        let Row::Sound(record, at) = row else { return Ok(()) };
        let Ok(key) = KeyOf::listed(source, record, scanned.listed.as_ref()) else { return Ok(()) };
        let Some(work) = scanned.scan.work(key) else { return Ok(()) };
        let decoder = source.decoder();
        let Ok(mut row) = source.binding.source_row(record, source.at(*at), &|cell| decoder.decode(cell))
        else {
            // Pass 1 has refused it by the same rule, or the digest will tell that this is another file.
            return Ok(());
        };
        row.named_at = source.named_at(record);
        if let Some(listed) = &scanned.listed {
            let row = listed.row(source, record, key);
            self.lists.entry(key).and_modify(|known| *known = known.newest(row)).or_insert(row);
        }
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
        let builder = self.builder;
        let undated = self.undated(hash, &rows)?;
        let Sorted { current, older, recency } =
            older::sort(rows, builder.checkpoint, builder.reach, undated, builder.now)?;
        let older = group(older, self.order);
        let Some(record) = group(current, self.order) else {
            return older.map_or(Ok(()), |older| self.only_older(hash, older, recency, work));
        };
        let key = record.key.clone();
        let at = record.at.clone();
        let refused = self.unheard.remove(&hash);
        if self.is_forgotten(&key)? {
            self.built.settled.push(Aside::Forgotten.settlement(key, at));
            return Ok(());
        }
        let known = self.known(&key)?;
        let presence = record.presence;
        // A delta may tell of a vehicle alone: then the customer is who it was.
        let vehicle_only = presence == Presence::VehicleOnly && self.builder.reach == Reach::Delta;
        let name = known.as_ref().filter(|_| vehicle_only).map(|known| known.base.name.claims().clone());
        let mut draft = self.normalizer.draft(record);
        if self.is_another(hash, &draft, known.as_ref()) {
            self.built.opt_outs.extend(blocked_in(&draft));
            self.refuse_another(key, at);
            return Ok(());
        }
        let older = older.map(|older| self.normalizer.draft(older));
        self.built.opt_outs.extend(older.iter().flat_map(blocked_in));
        let beneath = self.beneath(&key, older, known.as_ref())?.map(|(beneath, _)| beneath);
        // An opt-out in any row wins, in one that is refused or older too.
        draft.consents = draft.consents.and(refused.map(|said| said.blocks).unwrap_or_default());
        draft.consents =
            draft.consents.and(beneath.as_ref().map(|beneath| beneath.blocks).unwrap_or_default());
        let (consents, contacts) = (draft.consents, blocked_in(&draft));
        if let Some(aside) = Aside::of(presence).filter(|_| name.is_none()) {
            if aside == Aside::NoCustomer {
                self.built.tally.rejected += 1;
                self.block(known, consents, &at)?;
            }
            self.built.opt_outs.extend(contacts);
            self.built.settled.push(aside.settlement(key, at));
            return Ok(());
        }
        let rules = Rules { invalid_vin: self.builder.policies.invalid_vin };
        draft.name = name.unwrap_or(draft.name);
        let (mut customer, mut warnings, listed) = match validate(draft, rules) {
            Verdict::Valid { customer, mut warnings, listed } => {
                self.long_keys.take(&key, &at, &mut warnings);
                (*customer, warnings, listed)
            }
            Verdict::Rejected { key, at, violations, mut warnings } => {
                self.long_keys.take(&key, &at, &mut warnings);
                self.built.tally.rejected += 1;
                self.block(known, consents, &at)?;
                self.built.opt_outs.extend(contacts);
                self.built.settled.push(rejected(key, at, &violations, warnings));
                return Ok(());
            }
        };
        if let Some(beneath) = beneath {
            warnings.extend(beneath.warning.clone());
            customer = beneath.under(customer, builder.policies);
        }
        let whole = self.builder.reach == Reach::Full && !self.partial.contains(&hash);
        let built = Built {
            customer,
            // What part of the rows, or edited ones, say is not what the export says: it is looked at again.
            source: (whole || self.builder.keeps_source(self.partial, hash)).then_some(work.source),
            at,
            recency,
            warnings,
            reach: if whole { Reach::Full.of_vehicles(listed) } else { Reach::Delta },
        };
        self.decide(key, hash, built, known)
    }

    fn decide(
        &mut self,
        key: CustomerKey,
        hash: KeyHash,
        mut built: Built,
        known: Option<Known>,
    ) -> Result<(), BuildError> {
        let Builder { checkpoint, policies, reach, .. } = *self.builder;
        let is_open = self.open.contains(&hash);
        if is_open && let Some(latest) = Latest::of(checkpoint, &key, known.as_ref())? {
            // Nobody says again what an earlier run could not send: it lies beneath what tonight's rows say.
            built.customer = latest.owed_beneath(built.customer, policies, reach);
        }
        let (source, recency) = (built.source, built.recency);
        let standing = known.map(standing);
        let standing =
            standing.map(|known| if is_open { Standing { canonical: None, ..known } } else { known });
        let (decision, marks) = decide(built, standing, policies)?;
        self.built.tally.mark(&marks);
        match decision {
            Decision::Same => self.built.same.push((key, source, recency)),
            Decision::Change(change) => match self.refusals.get(&key) {
                Some(refusal) if refusal.canonical == change.canonical => {
                    let settled = refused_before(*change, refusal);
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

impl Site<'_> {
    fn known(&self, key: &CustomerKey) -> Result<Option<Known>, CheckpointError> {
        self.builder.checkpoint.map_or(Ok(None), |checkpoint| checkpoint.known(key))
    }

    fn is_forgotten(&self, key: &CustomerKey) -> Result<bool, CheckpointError> {
        self.builder.checkpoint.map_or(Ok(false), |checkpoint| checkpoint.is_forgotten(key))
    }
}

fn standing(known: Known) -> Standing {
    let Known { uuid, base, canonical, .. } = known;
    Standing { uuid, base, canonical: Some(canonical) }
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

fn refused_before(change: Change, refusal: &Refusal) -> Settlement {
    let Change { ours, at, canonical, warnings, .. } = change;
    let cause = match refusal.kind {
        OutcomeKind::InDoubt => cause::shared_before(),
        _ => cause::refused_before(&refusal.code),
    };
    let outcome = Outcome::unsent(ours.key, at, refusal.kind, Some(cause));
    Settlement { refused: Some(canonical), ..Settlement::unsent(outcome, warnings) }
}
