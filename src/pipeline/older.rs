//! Rows that are older than what is known of their customer: a file that comes late, or once more.
//!
//! A delta's rows are judged one by one, against the newest of the rows that were last safely pushed (or are about to be,
//! where an earlier run was cut off). A full export is not: it is the whole truth of its date, and whether that is an
//! older one the guard says of the file as a whole. What an older row says changes nothing that is known. It adds what is
//! not: a phone in a slot that is empty, a vehicle with a VIN or a key, as though it had come in time. And what it blocks
//! is blocked. Rows that have nothing to do with the customer as it is known (a number that was given to another person)
//! add nothing.

use std::collections::BTreeMap;

use super::build::BuildError;
use crate::checkpoint::{Checkpoint, CheckpointError, Intent, Known};
use crate::domain::customer::NameClaims;
use crate::domain::policy::{InvalidVin, Policies};
use crate::domain::{
    Claim, Consents, Customer, CustomerKey, Departure, Draft, Finding, Name, Position, Presence, Recency,
    Scope, SourceRow, Warning,
};
use crate::group::shares_a_name;
use crate::plan::{Reach, overlay::over};
use crate::push::opt_out::still_blocked;
use crate::push::since::{blocked_since, said_since};
use crate::validate::{Rules, Verdict, validate};

/// What a date may be ahead of us: clocks and time zones differ.
pub(super) const AHEAD: i64 = 2 * 24 * 60 * 60;

/// The rows of one customer, by whether they are older than what is known of it.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Those that count as they are.
    pub(super) current: Vec<SourceRow>,
    /// Those that do not.
    pub(super) older: Vec<SourceRow>,
    /// How new it all is, what is known included.
    pub(super) recency: Recency,
}

/// What rows are that dates cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undated {
    /// As new as any.
    Current,
    /// Of a list that was made before a newer row went through.
    Older,
}

/// Sorts `rows`, which share a key. `now` is in seconds since 1970.
///
/// # Errors
/// Where the checkpoint cannot be read.
pub(super) fn sort(
    rows: Vec<SourceRow>,
    checkpoint: Option<&Checkpoint>,
    reach: Reach,
    undated: Undated,
    now: i64,
) -> Result<Sorted, CheckpointError> {
    let horizon = now.saturating_add(AHEAD);
    let of = |row: &SourceRow| Recency { updated_at: row.updated_at, named_at: row.named_at }.until(horizon);
    let newest = |rows: &[SourceRow]| rows.iter().map(of).fold(Recency::default(), Recency::newest);
    let known = match (checkpoint, rows.first()) {
        (Some(checkpoint), Some(first)) if reach == Reach::Delta => checkpoint.recency(&first.key)?,
        _ => None,
    };
    let Some(known) = known else {
        return Ok(Sorted { recency: newest(&rows), current: rows, older: Vec::new() });
    };
    // A request to be deleted must not be lost, however old it is.
    let is_deleted = rows.iter().any(|row| row.presence == Presence::Deleted);
    let is_older = |row: &SourceRow| match undated {
        Undated::Current => of(row).is_older_than(known),
        Undated::Older => !known.is_older_than(of(row)),
    };
    let (older, current): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| !is_deleted && is_older(row));
    Ok(Sorted { recency: newest(&current).newest(known), current, older })
}

/// What older rows come to.
pub(super) struct Beneath {
    /// What they add to what is known; it says nothing else.
    pub(super) adds: Customer,
    /// What they block.
    pub(super) blocks: Consents,
    /// That something of them is left out, where it is.
    pub(super) warning: Option<Warning>,
}

impl Beneath {
    /// Of `draft`, which older rows make, beside `latest`: what is known of the customer, or about to be.
    ///
    /// # Errors
    /// Where a customer cannot be written as JSON, which would be a defect of ours.
    pub(super) fn of(draft: Draft, latest: &Customer, policies: &Policies) -> Result<Self, BuildError> {
        let (at, blocks) = (draft.at.clone(), draft.consents.blocks());
        let renames = !says(&latest.name, &draft.name);
        let bare = Customer::named(latest.key.clone(), latest.name.clone());
        let said = is_of(&draft, latest).then(|| whole(draft, latest)).flatten();
        let adds = said.as_ref().map_or_else(|| bare.clone(), |said| additions(said, latest, bare.clone()));
        let heard = |said: Customer| {
            let next = over(said, Some(latest), policies, Reach::Delta);
            Customer { consents: next.consents.and(blocks), ..next }.canonical()
        };
        let left_out = match said {
            Some(said) => renames || heard(said)? != heard(adds.clone())?,
            None => true,
        };
        Ok(Self { adds, blocks, warning: left_out.then(|| warning(at)) })
    }

    /// Whether they add nothing, block nothing, and nothing is left to be said again.
    pub(super) fn is_nothing(&self, latest: &Latest) -> bool {
        let Latest { customer, unsettled, blocks } = latest;
        unsettled.is_none()
            && *blocks == Consents::default()
            && !self.adds_something()
            && customer.consents.and(self.blocks) == customer.consents
    }

    fn adds_something(&self) -> bool {
        let Customer { key, name, .. } = &self.adds;
        self.adds != Customer::named(key.clone(), name.clone())
    }

    /// What `newer` rows of the same customer say, and what these add to it.
    pub(super) fn under(&self, newer: Customer, policies: &Policies) -> Customer {
        // Over nothing, the blanks of newer rows are still there for the guard to count.
        if self.adds_something() { over(newer, Some(&self.adds), policies, Reach::Delta) } else { newer }
    }

    /// All that they say where there are no newer rows.
    pub(super) fn alone(self) -> Customer {
        let Self { adds, blocks, warning: _ } = self;
        Customer { consents: adds.consents.and(blocks), ..adds }
    }
}

/// What is known of a customer, or about to be: what earlier runs left open is newer than base.
pub(super) struct Latest {
    /// All that was ever said.
    pub(super) customer: Customer,
    /// Of that, what is owed, or else in doubt, and nobody knows to have arrived: it is to be said again.
    pub(super) unsettled: Option<Customer>,
    /// Of all that is open, what it blocks.
    blocks: Consents,
}

impl Latest {
    /// What tonight's rows have `said`, and beneath it what an earlier run could not finish to say. A full export says
    /// that again by itself, but for what it blocks.
    pub(super) fn owed_beneath(self, said: Customer, policies: &Policies, reach: Reach) -> Customer {
        let blocks = still_blocked(self.blocks, said.consents, policies.consent);
        let said = match reach {
            Reach::Delta => over(said, self.unsettled.as_ref(), policies, reach),
            Reach::Full | Reach::FullButVehicles => said,
        };
        Customer { consents: said.consents.and(blocks), ..said }
    }

    /// Of the customer with this key; `None` where there is none.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub(super) fn of(
        checkpoint: Option<&Checkpoint>,
        key: &CustomerKey,
        known: Option<&Known>,
    ) -> Result<Option<Self>, CheckpointError> {
        let open =
            |departure| checkpoint.map_or(Ok(None), |checkpoint| checkpoint.open_intent(key, departure));
        let open: Vec<_> = [open(Departure::Owed)?, open(Departure::Sent)?].into_iter().flatten().collect();
        let base = known.map(|known| &known.base);
        let blocked =
            |intent: &Intent| blocked_since(base.map(|base| base.consents), intent.next_base.consents);
        let blocks = open.iter().map(blocked).fold(Consents::default(), Consents::and);
        let whole = open.into_iter().find(|intent| intent.scope == Scope::Whole);
        let unsettled = whole.as_ref().map(|intent| said_since(base, &intent.next_base));
        let customer = whole.map(|intent| intent.next_base).or_else(|| base.cloned());
        Ok(customer.map(|customer| {
            let customer = Customer { consents: customer.consents.and(blocks), ..customer };
            Self { customer, unsettled, blocks }
        }))
    }
}

/// Whether the rows may be the customer's: they name nobody, or share a word of the name, a phone, an e-mail or a VIN.
pub(super) fn is_of(draft: &Draft, latest: &Customer) -> bool {
    let name = latest.name.claims();
    let texts = |claims: [&Claim<String>; 3]| claims.map(|claim| claim.value().cloned().unwrap_or_default());
    let mine = texts([&draft.name.first, &draft.name.last, &draft.name.company]);
    let known = texts([&name.first, &name.last, &name.company]);
    let phones = latest.phone_entries();
    let emails = latest.email_entries();
    let mut numbers = draft.phones.values().filter_map(Claim::value).flatten();
    let mut boxes = draft.emails.values().filter_map(Claim::value).flatten();
    let has_vin = |vin: &String| {
        latest.vehicles.iter().any(|known| known.vin.is_some_and(|known| known.as_str() == vin))
    };
    mine.iter().all(String::is_empty)
        || shares_a_name(&mine, &known)
        || numbers.any(|number| phones.iter().any(|(known, _)| known == number))
        || boxes.any(|email| emails.iter().any(|(known, _)| known.folded() == email.folded()))
        || draft.vehicles.iter().filter_map(|vehicle| vehicle.vin.value()).any(has_vin)
}

/// Whether `known` has every name in `said`.
fn says(known: &Name, said: &NameClaims) -> bool {
    let NameClaims { first, last, company, is_business } = known.claims();
    let has = |said: &Claim<String>, known: &Claim<String>| said.value().is_none() || said == known;
    let same_kind = said.is_business.value().is_none() || said.is_business == *is_business;
    has(&said.first, first) && has(&said.last, last) && has(&said.company, company) && same_kind
}

/// The older rows as a customer, named as it is by now; `None` where they are refused.
fn whole(draft: Draft, latest: &Customer) -> Option<Customer> {
    let draft = Draft { name: latest.name.claims().clone(), ..draft };
    match validate(draft, Rules { invalid_vin: InvalidVin::Drop }) {
        Verdict::Valid { customer, .. } => Some(*customer),
        Verdict::Rejected { .. } => None,
    }
}

/// What `said` has in places of which `latest` says nothing, put into `bare`.
fn additions(said: &Customer, latest: &Customer, bare: Customer) -> Customer {
    let Customer {
        key: _,
        name: _,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        // A permission that is older than what is known is none.
        consents: _,
        vehicles,
    } = said;
    let is_new = |vehicle: &crate::domain::Vehicle| {
        (vehicle.vin.is_some() || vehicle.key.value().is_some())
            && !latest.vehicles.iter().any(|known| known.is_same(vehicle))
    };
    Customer {
        preferred_locale: new(preferred_locale, Some(&latest.preferred_locale)),
        preferred_communication: new(preferred_communication, Some(&latest.preferred_communication)),
        addresses: new_in(addresses, &latest.addresses),
        phones: new_in(phones, &latest.phones),
        emails: new_in(emails, &latest.emails),
        vehicles: vehicles.iter().filter(|vehicle| is_new(vehicle)).cloned().collect(),
        ..bare
    }
}

/// A value of which nothing is known. What was cleared is known to be blank.
fn new<T: Clone>(said: &Claim<T>, known: Option<&Claim<T>>) -> Claim<T> {
    match said {
        Claim::Value(value) if known.is_none_or(Claim::is_silent) => Claim::Value(value.clone()),
        _ => Claim::Silent,
    }
}

fn new_in<S: Ord + Copy, T: Clone>(
    said: &BTreeMap<S, Claim<T>>,
    known: &BTreeMap<S, Claim<T>>,
) -> BTreeMap<S, Claim<T>> {
    let claims = said.iter().map(|(slot, claim)| (*slot, new(claim, known.get(slot))));
    claims.filter(|(_, claim)| !claim.is_silent()).collect()
}

fn warning(at: Position) -> Warning {
    let message = "older than what is known of the customer: nothing that is known was changed by it";
    Warning { finding: Finding::new("row.older", message), at: Some(at) }
}
