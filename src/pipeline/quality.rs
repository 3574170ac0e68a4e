//! What a department's files are worth: the line up to the plan, over everything, against no checkpoint. For `check`.
//!
//! Pass 1 and pass 2 are those of a sync ([`scan`](super::scan), [`build`](super::build)), so that what is counted is
//! what would be sent; a third pass, `survey`, counts the cells and looks at the places that serve as examples. Memory
//! is that of a first run: an entry per customer, and what is refused. Nothing is sent, and nothing is written.

mod gather;
mod remedy;
mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::build::{BuildError, Builder, BuiltPlan};
use super::department::{policies, reach};
use super::epoch;
use super::exit::Exit;
use super::intake::{Intake, Source};
use super::scan::{Scanned, scan};
use super::trouble::RunError;
use crate::config::{Department, RateSettings};
use crate::domain::policy::{MergeMode, Policies};
use crate::domain::{Change, Customer, Event, Field, Observer, OutcomeKind, Phase, PhoneLabel};
use crate::map::{Part, Role};
use crate::push::Brake;
use crate::record::RejectedRow;
use crate::report::quality::{
    Bin, ConsentCounts, CustomerFates, FieldFill, FileQuality, FirstLoad, Quality, ReachCounts,
};
use gather::Gathered;
use survey::{CellCounts, Column, Survey, Surveyed};

/// Why files could not be read to their end: the exit code, and what to say.
#[derive(Debug)]
pub struct Refused {
    /// The code.
    pub exit: Exit,
    /// The file, what is wrong with it, and what to do.
    pub error: String,
}

/// Reads all of `intake` and tells what it is worth to `department`, at `rate`.
///
/// # Errors
/// Where a file cannot be read to its end, is of another source, or changes while it is read.
pub fn quality(
    intake: &Intake,
    department: &Department,
    rate: &RateSettings,
    observer: &dyn Observer,
) -> Result<Quality, Refused> {
    Inspection { intake, department, rate, observer }
        .line()
        .map_err(|error| Refused { exit: error.exit(None), error: error.to_string() })
}

struct Inspection<'a> {
    intake: &'a Intake,
    department: &'a Department,
    rate: &'a RateSettings,
    observer: &'a dyn Observer,
}

/// What the passes found.
struct Found {
    scanned: Scanned,
    tally: Sendable,
    refused: Refusals,
    surveyed: Surveyed,
}

impl Inspection<'_> {
    fn line(&self) -> Result<Quality, RunError> {
        let policies = policies(self.intake, self.department);
        let Found { scanned, tally, refused, surveyed } = self.passes(&policies)?;
        let update = match policies.merge {
            // The customer is read, merged, written.
            MergeMode::ThreeWay => 2,
            MergeMode::Replace => 1,
        };
        let RateSettings { per_second, per_day, .. } = *self.rate;
        Ok(Quality {
            department: self.department.name.clone(),
            profile: self.intake.profile.name.clone(),
            export: policies.export.as_str(),
            files: self.files(&scanned),
            rows: scanned.rows,
            customers: CustomerFates {
                total: scanned.scan.customers(),
                sendable: tally.customers,
                skipped: refused.skipped,
                rejected: refused.customers,
            },
            rows_per_customer: bins(&surveyed.rows_by_count),
            fields: fields(&surveyed, &tally),
            rejected: refused.causes.troubles(&surveyed),
            repaired: tally.repaired.troubles(&surveyed),
            consent: tally.consent,
            reach: tally.reach,
            first_load: FirstLoad::new(tally.customers, update, per_second, per_day),
        })
    }

    /// The passes of a sync, and one more that looks at what they found.
    fn passes(&self, policies: &Policies) -> Result<Found, RunError> {
        let Self { intake, department, rate: _, observer } = self;
        let brake = Brake::default();
        let epoch = epoch(&intake.profile, department);
        let scanned = self.timed(Phase::Scan, || scan(intake, epoch, None, *observer, &brake))?;
        let reach = reach(intake, policies);
        let builder = Builder { policies, checkpoint: None, same_refusal: 0, now: 0, reach };
        let mut tally = Sendable::default();
        let built = self.timed(Phase::Build, || {
            builder.build(intake, &scanned, *observer, &brake, &mut |change| {
                tally.add(change);
                Ok(())
            })
        })?;
        let refused = refused(&scanned, built, &mut tally.repaired);
        let mut survey = Survey::new(intake, &scanned);
        survey.want(refused.causes.places());
        survey.want(tally.repaired.places());
        let digests = self.timed(Phase::Report, || {
            intake.each(Phase::Report, *observer, &brake, |source, row| survey.row(source, &row))
        })?;
        if digests != scanned.digests {
            return Err(BuildError::Changed.into());
        }
        let surveyed = survey.finish();
        Ok(Found { scanned, tally, refused, surveyed })
    }

    /// Tells the observer when a phase is over, also where it fails.
    fn timed<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.observer.on(&Event::Finished { phase, took: begun.elapsed() });
        done
    }

    fn files(&self, scanned: &Scanned) -> Vec<FileQuality> {
        let summaries = self.intake.summaries(&scanned.digests);
        let file = |(source, summary): (&Source, crate::domain::summary::InputSummary)| FileQuality {
            path: summary.path,
            encoding: summary.encoding,
            rows: summary.rows,
            columns: source.own_header().len(),
            ignored: source.binding.ignored.clone(),
            lacking: lacking(source),
        };
        self.intake.sources().iter().zip(summaries).map(file).collect()
    }
}

/// Every column of the profile that some file has.
fn fields(surveyed: &Surveyed, tally: &Sendable) -> Vec<FieldFill> {
    let mut columns: BTreeMap<Role, usize> = BTreeMap::new();
    let fill = |(Column { role, .. }, cells): (&Column, &CellCounts)| {
        let nth = columns.entry(*role).or_default();
        *nth += 1;
        let sent_customers = if *nth == 1 { tally.sent(*role) } else { None };
        FieldFill {
            field: if *nth == 1 { role.to_string() } else { format!("{role}.{nth}") },
            columns: cells.columns.iter().cloned().collect(),
            rows: cells.rows,
            filled_rows: cells.filled,
            sent_customers,
        }
    };
    surveyed.cells.iter().map(fill).collect()
}

/// What the profile has columns for in such a file, and `source` has none.
fn lacking(source: &Source) -> Vec<String> {
    let lacks = |part: &&Part| part.found.is_empty();
    source.binding.parts.iter().filter(lacks).map(|part| part.role.to_string()).collect()
}

/// What keeps rows and customers from being sent.
#[derive(Default)]
struct Refusals {
    causes: Gathered,
    /// Customers that are rejected.
    customers: u64,
    /// Customers that are left alone on purpose.
    skipped: u64,
}

/// Why rows and customers are refused, and how many customers; what else they may correct goes to `repaired`.
fn refused(scanned: &Scanned, built: BuiltPlan, repaired: &mut Gathered) -> Refusals {
    let mut refused = Refusals::default();
    for RejectedRow { at, bytes: _, cause } in &scanned.rejected {
        refused.causes.cause(cause, at);
    }
    let BuiltPlan { tally: _, same: _, settled, opt_outs: _, said } = built;
    for (_, warning) in &said {
        // Each has its row's place.
        if let Some(at) = &warning.at {
            repaired.warning(warning, at);
        }
    }
    for settlement in settled {
        let Some(outcome) = settlement.outcome else { continue };
        match outcome.kind {
            OutcomeKind::Skipped => refused.skipped += 1,
            OutcomeKind::Rejected => {
                refused.customers += 1;
                if let (Some(cause), Some(at)) = (&outcome.cause, &outcome.at) {
                    refused.causes.cause(cause, at);
                    settlement.warnings.iter().for_each(|warning| repaired.warning(warning, at));
                }
            }
            _ => {}
        }
    }
    refused
}

/// What is counted of customers that can be sent.
#[derive(Default)]
struct Sendable {
    customers: u64,
    /// Customers that have a value in a field, however many.
    filled: BTreeMap<Field, u64>,
    consent: ConsentCounts,
    reach: ReachCounts,
    repaired: Gathered,
}

impl Sendable {
    fn add(&mut self, change: &Change) {
        self.customers += 1;
        let filled = change.fields.iter().filter(|field| field.new.is_some()).map(|field| field.field);
        for field in filled.collect::<BTreeSet<_>>() {
            *self.filled.entry(field).or_default() += 1;
        }
        self.consent.add(change.ours.consents);
        self.reach(&change.ours);
        change.warnings.iter().for_each(|warning| self.repaired.warning(warning, &change.at));
    }

    /// Customers that are sent with what columns of the role say; `None` where that is not sent, or is counted elsewhere.
    fn sent(&self, role: Role) -> Option<u64> {
        let of = |field| Some(self.filled.get(&field).copied().unwrap_or_default());
        match role {
            Role::Value(slot) if slot.ordinal > 1 || slot.field == Field::UpdatedAt => None,
            Role::Value(slot) if slot.field == Field::CustomerKey => Some(self.customers),
            Role::Value(slot) => of(slot.field),
            Role::Consent(field) => of(field),
            Role::Phones => Some(self.reach.phone),
            Role::FullName | Role::OptOut | Role::Skip(_) => None,
        }
    }

    fn reach(&mut self, ours: &Customer) {
        let phones = ours.phone_entries();
        let ReachCounts { phone, cell, email, vin } = &mut self.reach;
        *phone += u64::from(!phones.is_empty());
        *cell += u64::from(phones.iter().any(|(_, label)| *label == PhoneLabel::Cell));
        *email += u64::from(!ours.email_entries().is_empty());
        *vin += u64::from(ours.vehicles.iter().any(|vehicle| vehicle.vin.is_some()));
    }
}

/// Customers by how many rows they have; `rows` has, for each number, the rows of the customers that have so many.
fn bins(rows: &BTreeMap<u32, u64>) -> Vec<Bin> {
    [("1", 1, 1), ("2", 2, 2), ("3-5", 3, 5), ("6-10", 6, 10), ("more", 11, u32::MAX)]
        .map(|(label, from, to)| {
            let customers = rows.range(from..=to).map(|(count, rows)| rows / u64::from(*count)).sum();
            Bin { rows: label, customers }
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_customer_is_in_one_bin() {
        let rows = BTreeMap::from([(1, 4), (2, 6), (3, 3), (5, 10), (6, 6), (10, 20), (11, 11), (400, 800)]);
        let counts: Vec<_> = bins(&rows).into_iter().map(|bin| bin.customers).collect();
        assert_eq!(counts, [4, 3, 3, 3, 3]);
    }
}
