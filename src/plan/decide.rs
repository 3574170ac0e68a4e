//! One customer against the checkpoint: create, update, or nothing.

use super::difference::{Marks, difference};
use super::overlay::{Reach, over};
use crate::domain::policy::Policies;
use crate::domain::{Action, Change, Customer, CustomerUuid, Fingerprint, Position, Warning};

/// What the checkpoint knows of a customer.
#[derive(Debug, Clone)]
pub struct Standing {
    /// myKaarma's identity of it.
    pub uuid: CustomerUuid,
    /// Ours as of the last settled push.
    pub base: Customer,
    /// The fingerprint of `base`.
    pub canonical: Fingerprint,
}

/// A customer as pass 2 built it.
#[derive(Debug, Clone)]
pub struct Built {
    /// What its rows say, valid.
    pub customer: Customer,
    /// Of its rows; `None` where they are to be looked at again.
    pub source: Option<Fingerprint>,
    /// Its first row.
    pub at: Position,
    /// What was repaired or dropped.
    pub warnings: Vec<Warning>,
    /// How far its rows reach.
    pub reach: Reach,
}

/// What is to be done for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Only the formatting changed, or what changed makes no claim: remember the source, send nothing.
    Same,
    /// Send.
    Change(Box<Change>),
}

/// Decides for one customer; also tells what its rows change and blank, for the guard.
///
/// # Errors
/// Where the customer cannot be written as JSON, which would be a defect of ours.
pub fn decide(
    built: Built,
    standing: Option<Standing>,
    policies: &Policies,
) -> Result<(Decision, Marks), serde_json::Error> {
    let Built { customer, source, at, warnings, reach } = built;
    let base = standing.as_ref().map(|standing| &standing.base);
    let marks = base.map(|base| Marks::of(base, &customer)).unwrap_or_default();
    let ours = over(customer, base, policies, reach);
    let canonical = canonical(&ours)?;
    if standing.as_ref().is_some_and(|standing| standing.canonical == canonical) {
        return Ok((Decision::Same, marks));
    }
    let fields = difference(base, &ours);
    let action = match standing {
        None => Action::Create,
        Some(Standing { uuid, base, canonical: _ }) => Action::Update { uuid, base: Box::new(base) },
    };
    let change = Change { action, ours, fields, at, source, canonical, warnings };
    Ok((Decision::Change(Box::new(change)), marks))
}

/// The canonical fingerprint: two customers share it exactly if they say the same.
///
/// # Errors
/// Where the customer cannot be written as JSON, which would be a defect of ours.
pub fn canonical(customer: &Customer) -> Result<Fingerprint, serde_json::Error> {
    Ok(Fingerprint::of(&serde_json::to_vec(customer)?))
}
