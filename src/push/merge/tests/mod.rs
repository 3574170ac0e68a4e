//! Tables for the rules of the merge, by subject, and in `laws` what holds of every base, ours and theirs.

#![allow(clippy::unwrap_used)]

mod addresses;
mod consent;
mod contacts;
mod laws;
mod nights;
mod scalars;
mod theirs;
mod vehicles;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::policy::{AbsentVehicle, ConsentAuthority, FieldPolicy, MergeMode};
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, EmailLabel, EmailSlot, Locale, Phone, PhoneLabel,
    PhoneSlot, Vehicle, Vin,
};
use crate::plan::Reach;
use crate::plan::overlay::over;
use crate::plan::samples::{self, any_customer, customer, email, phone, text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A merge of which everything can be sent.
#[derive(Debug, Clone, PartialEq)]
struct Merged {
    write: Option<Payload>,
    opt_outs: Vec<(Channel, String)>,
}

fn merge(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerWithVehicles,
    rules: Rules<'_>,
) -> Result<Merged, Unsendable> {
    let super::Merged { write, opt_outs } = super::merge(base, ours, theirs, rules);
    Ok(Merged { write: write?, opt_outs })
}

/// The memory of opt-outs.
#[derive(Debug, Clone, Default)]
struct Memory(BTreeSet<(Channel, String)>);

impl OptOuts for Memory {
    fn contains(&self, channel: Channel, contact: &str) -> bool {
        self.0.contains(&(channel, contact.to_owned()))
    }
}

/// What the server shows after a save: the lists replaced, what is missing deleted.
fn apply(payload: &Payload) -> CustomerWithVehicles {
    let body = json!({"customer": payload.customer, "vehicles": payload.vehicles});
    serde_json::from_value(body).unwrap()
}

fn record(body: Value) -> CustomerWithVehicles {
    serde_json::from_value(body).unwrap()
}

fn merged(
    base: Option<&Customer>,
    ours: &Customer,
    theirs: &CustomerWithVehicles,
    policies: &Policies,
) -> Merged {
    merge(base, Ours::again(ours), theirs, Rules { policies, opt_outs: &Memory::default() }).unwrap()
}

/// The payload as JSON; null where nothing is to be written.
fn written(
    base: Option<&Customer>,
    ours: &Customer,
    theirs: &CustomerWithVehicles,
    policies: &Policies,
) -> Value {
    let write = merged(base, ours, theirs, policies).write;
    write.map_or(Value::Null, |payload| json!({"customer": payload.customer, "vehicles": payload.vehicles}))
}

fn with_phones(slots: &[(PhoneLabel, &[u8])]) -> Customer {
    let claim = |lines: &[u8]| match lines {
        [] => Claim::Blank,
        lines => Claim::Value(lines.iter().map(|line| phone(*line)).collect()),
    };
    let slot = |label| PhoneSlot { label, ordinal: 1 };
    Customer {
        phones: slots.iter().map(|(label, lines)| (slot(*label), claim(lines))).collect(),
        ..customer("7")
    }
}

/// A record of the customer `7`, otherwise as `ours` writes it, with these phones.
fn theirs_with_phones(phones: &Value) -> CustomerWithVehicles {
    record(json!({"customer": {
        "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false, "phoneNumbers": phones,
    }}))
}

fn owned_by(field: Field, owner: Owner) -> Policies {
    let policy = FieldPolicy { owner, blank: BlankPolicy::Keep };
    Policies { fields: [(field, policy)].into(), ..Policies::default() }
}

fn numbers(body: &Value) -> Vec<&str> {
    let phones = body["customer"]["phoneNumbers"].as_array();
    phones.into_iter().flatten().map(|phone| phone["phoneNumber"].as_str().unwrap()).collect()
}

/// A record of the customer `7` with these members.
fn theirs_with(members: &Value) -> CustomerWithVehicles {
    let mut customer =
        json!({"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false});
    customer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    record(json!({"customer": customer}))
}

fn clearing(field: Field) -> Policies {
    let policy = FieldPolicy { owner: Owner::Dms, blank: BlankPolicy::Clear };
    Policies { fields: [(field, policy)].into(), ..Policies::default() }
}

/// One night: base, what the export says, and that over base.
#[derive(Debug)]
struct Night {
    base: Option<Customer>,
    now: Customer,
    next: Customer,
}

impl Night {
    /// As `plan` makes it.
    fn of(base: Option<Customer>, now: Customer, policies: &Policies, reach: Reach) -> Self {
        let next = over(now.clone(), base.as_ref(), policies, reach);
        Self { base, now, next }
    }

    fn ours(&self) -> Ours<'_> {
        Ours { now: &self.now, next: &self.next, scope: Scope::Whole }
    }

    /// The payload as JSON; null where nothing is to be written.
    fn writes(&self, theirs: &CustomerWithVehicles, policies: &Policies) -> Value {
        let rules = Rules { policies, opt_outs: &Memory::default() };
        let write = merge(self.base.as_ref(), self.ours(), theirs, rules).unwrap().write;
        write.map_or(Value::Null, |sent| json!({"customer": sent.customer, "vehicles": sent.vehicles}))
    }
}
