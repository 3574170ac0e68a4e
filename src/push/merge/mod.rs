//! The three-way merge: base (ours as last settled), ours, theirs -> what to write, or that nothing is to be.
//!
//! A pure function. The API replaces lists on every save, so whatever theirs has and we did not write must be
//! sent back as it is; what we wrote and the DMS removed must go; and no flag that is false there may turn true.
//! Each part of a customer has its file: [`scalars`], [`contacts`] (phones and e-mails alike),
//! [`addresses`], [`vehicles`]; [`consent`] decides every flag.

mod addresses;
mod consent;
mod contacts;
mod scalars;
mod vehicles;

use crate::api::wire::{CustomerRead, CustomerWithVehicles, CustomerWrite, Unsendable, VehicleWrite};
use crate::domain::policy::{BlankPolicy, ExportKind, Owner, Policies};
use crate::domain::{Channel, Customer, Field, Scope};

/// The contacts that a customer's export blocks.
pub fn blocked(ours: &Customer) -> Vec<(Channel, String)> {
    consent::blocked(ours)
}

/// Who has said no: the memory of opt-outs, across customers and nights.
pub trait OptOuts: Send + Sync {
    /// Whether `contact` (a number as `+1XXXXXXXXXX`, an address folded) is never to be sent as allowed.
    fn contains(&self, channel: Channel, contact: &str) -> bool;
}

/// What a merge obeys.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The department's.
    pub policies: &'a Policies,
    /// Across departments' customers.
    pub opt_outs: &'a dyn OptOuts,
}

/// What the DMS says.
#[derive(Clone, Copy)]
pub struct Ours<'a> {
    /// Tonight: values are written, allowances and blocks are obeyed, list entries are added.
    pub now: &'a Customer,
    /// Tonight over the nights before: what base had and this lacks is removed, a blank that stands here clears.
    pub next: &'a Customer,
    /// How much of theirs it may touch.
    pub scope: Scope,
}

impl<'a> Ours<'a> {
    /// Everything that was ever said, said again.
    pub fn again(next: &'a Customer) -> Self {
        Self { now: next, next, scope: Scope::Whole }
    }
}

/// All that a save needs of one customer.
#[derive(Clone, PartialEq)]
pub struct Payload {
    /// The customer, lists complete.
    pub customer: CustomerWrite,
    /// Every vehicle, theirs included.
    pub vehicles: Vec<VehicleWrite>,
}

/// The result of a merge.
#[derive(Clone, PartialEq)]
pub struct Merged {
    /// What to write; `None` where theirs is already what it should be. An error where something must be written and
    /// an entry of theirs cannot be sent back under the write schema.
    pub write: Result<Option<Payload>, Unsendable>,
    /// Contacts that either side has blocked: to be remembered.
    pub opt_outs: Vec<(Channel, String)>,
}

/// The customer to create: a merge with nothing. Also tells the contacts that ours blocks.
///
/// # Errors
/// Never in practice: there is no entry of theirs that could be unsendable.
pub fn fresh(ours: Ours<'_>, rules: Rules<'_>) -> Result<(Payload, Vec<(Channel, String)>), Unsendable> {
    afresh(None, ours, rules)
}

/// The customer to create once more, where the record that `base` was pushed to is gone: what was disowned since
/// is not created with it.
///
/// # Errors
/// As [`fresh`].
pub fn afresh(
    base: Option<&Customer>,
    ours: Ours<'_>,
    rules: Rules<'_>,
) -> Result<(Payload, Vec<(Channel, String)>), Unsendable> {
    let Run { changed: _, payload, opt_outs } =
        run(base, ours, &CustomerWithVehicles::default(), rules, Occasion::Create);
    Ok((payload?, opt_outs))
}

/// Theirs with what ours changes. Without base (adoption), nothing of theirs was ever written by us.
pub fn merge(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerWithVehicles,
    rules: Rules<'_>,
) -> Merged {
    let occasion = match ours.scope {
        Scope::Whole => Occasion::Update,
        Scope::OptOuts => Occasion::OptOuts,
    };
    let Run { changed, payload, opt_outs } = run(base, ours, theirs, rules, occasion);
    let write = if changed { payload.map(Some) } else { Ok(None) };
    Merged { write, opt_outs }
}

/// A merge, whether or not anything is to be written.
struct Run {
    changed: bool,
    payload: Result<Payload, Unsendable>,
    opt_outs: Vec<(Channel, String)>,
}

/// Whether there is a record of theirs to respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Create,
    Update,
    /// An update that touches nothing but flags that say no, whoever owns what else there is.
    OptOuts,
}

/// Whether ours may stand, by the field's owner.
#[derive(Clone, Copy)]
struct Say<'a> {
    policies: &'a Policies,
    occasion: Occasion,
}

impl Say<'_> {
    /// Whether our value of `field` is sent where theirs is blank or not.
    fn may_set(self, field: Field, theirs_is_blank: bool) -> bool {
        match (self.occasion, self.policies.owner(field)) {
            (Occasion::Create, _) | (Occasion::Update, Owner::Dms) => true,
            (Occasion::Update, Owner::Fill) => theirs_is_blank,
            (Occasion::Update, Owner::Remote) => false,
            (Occasion::OptOuts, _) => field == Field::CustomerKey,
        }
    }

    /// Whether a default may stand where theirs is blank.
    fn may_fill(self) -> bool {
        self.occasion != Occasion::OptOuts
    }

    /// The say on an entry that only ours has.
    fn of_new(self) -> Self {
        Self { occasion: Occasion::Create, ..self }
    }

    /// Whether a blank may empty a single value that theirs has, whoever wrote it: a delta clears nothing, and what a
    /// policy let clear once is not cleared any more once the policy has changed.
    fn may_clear(self, field: Field) -> bool {
        self.may_remove(field)
            && self.policies.export == ExportKind::Full
            && self.policies.blank(field) == BlankPolicy::Clear
    }

    /// Whether we may take away what theirs has.
    fn may_remove(self, field: Field) -> bool {
        self.occasion != Occasion::OptOuts && self.policies.owner(field) == Owner::Dms
    }
}

/// A list on its way to the wire: entries that cannot be sent back are kept apart until it is known that
/// anything is written at all.
struct List<T> {
    entries: Vec<Result<T, Unsendable>>,
    changed: bool,
}

impl<T> List<T> {
    fn sendable(self) -> Result<Vec<T>, Unsendable> {
        self.entries.into_iter().collect()
    }
}

fn run(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerWithVehicles,
    rules: Rules<'_>,
    occasion: Occasion,
) -> Run {
    let nobody = CustomerRead::default();
    let record = theirs.customer.as_ref().unwrap_or(&nobody);
    let say = Say { policies: rules.policies, occasion };
    let mut opt_outs = Vec::new();
    let scalars = scalars::merge(ours, record, say);
    let phones = contacts::phones(base, ours, record, say, rules, &mut opt_outs);
    let emails = contacts::emails(base, ours, record, say, rules, &mut opt_outs);
    let addresses = addresses::merge(base, ours, record, say);
    let vehicles = vehicles::merge(base, ours, &theirs.vehicles, say);
    let changed =
        scalars.changed || phones.changed || emails.changed || addresses.changed || vehicles.changed;
    let payload = || {
        let customer = CustomerWrite {
            addresses: some(addresses.sendable()?),
            emails: some(emails.sendable()?),
            phone_numbers: some(phones.sendable()?),
            ..scalars.customer
        };
        Ok(Payload { customer, vehicles: vehicles.sendable()? })
    };
    let payload = payload();
    opt_outs.sort();
    opt_outs.dedup();
    Run { changed, payload, opt_outs }
}

/// An empty list is not sent: to the API, missing and empty are the same.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payload(masked)")
    }
}

impl std::fmt::Debug for Merged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.write {
            Ok(Some(_)) => "write",
            Ok(None) => "same",
            Err(_) => "unsendable",
        };
        write!(f, "Merged({what}, {} opt-outs)", self.opt_outs.len())
    }
}

#[cfg(test)]
mod tests;
