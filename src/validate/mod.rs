//! Judges a draft: a customer that may be sent, or every reason why not.
//!
//! All violations of a record, not the first. Changes no value: it may only leave out a VIN or a vehicle that
//! the remote would refuse, with a warning, for an invalid VIN never costs the customer unless the department
//! says so. What a value looks like is for `normalize`.

pub mod codes;
mod findings;
mod garage;
mod name;
#[cfg(test)]
mod tests;
mod vehicle;

use findings::Findings;

use crate::domain::policy::InvalidVin;
use crate::domain::{
    Conflict, Customer, CustomerKey, Draft, Field, Name, Position, VehicleList, Violation, Warning,
};

/// The longest text that the remote's search takes, in characters.
const SEARCHABLE: usize = 30;

/// What a department decides about validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// What an invalid VIN costs.
    pub invalid_vin: InvalidVin,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// May be sent.
    Valid {
        /// The customer.
        customer: Box<Customer>,
        /// The draft's, then those of vehicles and key.
        warnings: Vec<Warning>,
        /// Whether each of the draft's vehicles can be told from the others.
        listed: VehicleList,
    },
    /// Sending it would be wrong.
    Rejected {
        /// Whose draft it was.
        key: CustomerKey,
        /// The customer's first row.
        at: Position,
        /// Every broken rule; at least one.
        violations: Vec<Violation>,
        /// As for a valid one: what else a person may want to correct.
        warnings: Vec<Warning>,
    },
}

/// Judges `draft` by `rules`.
pub fn validate(draft: Draft, rules: Rules) -> Verdict {
    let Draft {
        key,
        at,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents,
        vehicles,
        conflict,
        warnings,
    } = draft;
    let mut findings = Findings::new(warnings);
    judge_key(&key, &at, conflict.as_ref(), &mut findings);
    let missing = name::missing(&name);
    let name = Name::new(name);
    if name.is_none() {
        findings.violate(codes::NAME_MISSING, missing.field, &[&missing.message]);
    }
    let told = vehicles.iter().all(vehicle::is_told);
    let vehicles = garage::distinct(
        vehicles.into_iter().filter_map(|draft| vehicle::judge(draft, rules.invalid_vin, &mut findings)),
    );
    let Findings { violations, warnings } = findings;
    match name {
        Some(name) if violations.is_empty() => {
            let customer = Customer {
                key,
                name,
                preferred_locale,
                preferred_communication,
                addresses,
                phones,
                emails,
                consents,
                vehicles,
            };
            let listed = if told { VehicleList::Whole } else { VehicleList::Partial };
            Verdict::Valid { customer: Box::new(customer), warnings, listed }
        }
        _ => Verdict::Rejected { key, at, violations, warnings },
    }
}

fn judge_key(key: &CustomerKey, at: &Position, conflict: Option<&Conflict>, findings: &mut Findings) {
    if let Some(Conflict::TwoPeople { one, other }) = conflict {
        findings.violate(codes::KEY_TWO_PEOPLE, Some(Field::CustomerKey), &[one, other]);
    }
    if !key.is_visible() {
        findings.violate(codes::KEY_UNUSABLE, Some(Field::CustomerKey), &[]);
    }
    let length = key.as_str().chars().count();
    if length > SEARCHABLE {
        findings.warn(codes::KEY_LONG, Field::CustomerKey, at, &[&length]);
    }
}
