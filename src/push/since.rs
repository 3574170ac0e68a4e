//! What an intent had to say: its next base is all that was ever said, and only what it says beside the base before
//! it is what its write was about.
//!
//! The rows behind an intent are gone by the time it is settled. What an earlier night said, and nobody knows whether
//! it was repeated, is not written over what somebody has put there since; a block is never forgotten.

use std::collections::BTreeMap;

use crate::domain::customer::NameClaims;
use crate::domain::{Claim, Consent, Consents, Customer, Name};

/// What `next` says that `base` did not. Without a base, everything.
pub fn said_since(base: Option<&Customer>, next: &Customer) -> Customer {
    let Some(base) = base else { return next.clone() };
    let Customer {
        key,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents: Consents { call, text, email },
        vehicles,
    } = next;
    let agreed = |next, base| if next == base { Consent::Unknown } else { next };
    let said = Consents {
        call: agreed(*call, base.consents.call),
        text: agreed(*text, base.consents.text),
        email: agreed(*email, base.consents.email),
    };
    Customer {
        key: key.clone(),
        name: name_since(&base.name, name),
        preferred_locale: new(&base.preferred_locale, preferred_locale),
        preferred_communication: new(&base.preferred_communication, preferred_communication),
        addresses: new_in(&base.addresses, addresses),
        phones: new_in(&base.phones, phones),
        emails: new_in(&base.emails, emails),
        consents: said.and(next.consents.blocks()),
        vehicles: vehicles.iter().filter(|vehicle| !base.vehicles.contains(vehicle)).cloned().collect(),
    }
}

/// What `next` blocks that `base` did not.
pub fn blocked_since(base: Option<Consents>, next: Consents) -> Consents {
    let base = base.unwrap_or_default();
    let new = |next, base| if next == base { Consent::Unknown } else { next };
    let Consents { call, text, email } = next.blocks();
    Consents { call: new(call, base.call), text: new(text, base.text), email: new(email, base.email) }
}

fn new<T: Clone + PartialEq>(base: &Claim<T>, next: &Claim<T>) -> Claim<T> {
    if next == base { Claim::Silent } else { next.clone() }
}

fn new_in<S: Ord + Copy, T: Clone + PartialEq>(
    base: &BTreeMap<S, Claim<T>>,
    next: &BTreeMap<S, Claim<T>>,
) -> BTreeMap<S, Claim<T>> {
    let is_new = |(slot, claim): &(&S, &Claim<T>)| base.get(slot) != Some(claim);
    next.iter().filter(is_new).map(|(slot, claim)| (*slot, claim.clone())).collect()
}

/// As much of the name as makes a name, where it did not change: no export leaves that out.
fn name_since(base: &Name, next: &Name) -> Name {
    let (base, whole) = (base.claims(), next.claims());
    let NameClaims { first, last, company, is_business } = whole;
    let company = new(&base.company, company);
    let is_business = new(&base.is_business, is_business);
    let person = NameClaims { first: first.clone(), last: last.clone(), company, is_business };
    let business =
        NameClaims { first: new(&base.first, first), last: new(&base.last, last), ..whole.clone() };
    Name::new(person).or_else(|| Name::new(business)).unwrap_or_else(|| next.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PhoneLabel, PhoneSlot};
    use crate::plan::samples::{customer, name, phone, text};

    #[test]
    fn what_base_said_already_is_not_said_again_but_for_blocks() {
        let slot = |label| PhoneSlot { label, ordinal: 1 };
        let phones = |cell: u8| {
            [(PhoneLabel::Cell, cell), (PhoneLabel::Home, 2)]
                .map(|(label, line)| (slot(label), Claim::Value(vec![phone(line)])))
                .into()
        };
        let says = |cell, call, text_| Customer {
            name: name(text("Ana"), text("Ruiz"), text("Ruiz Ltd"), Claim::Silent),
            phones: phones(cell),
            consents: Consents { call, text: text_, email: Consent::Allowed },
            ..customer("7")
        };
        let base = says(1, Consent::Blocked, Consent::Unknown);
        let next = says(3, Consent::Blocked, Consent::Allowed);
        let said = said_since(Some(&base), &next);
        assert_eq!(said.phones.keys().copied().collect::<Vec<_>>(), [slot(PhoneLabel::Cell)]);
        assert_eq!(said.name.claims().company, Claim::Silent);
        assert_eq!(said.name.claims().first, text("Ana"), "a name is never silent");
        let expected = Consents { call: Consent::Blocked, text: Consent::Allowed, email: Consent::Unknown };
        assert_eq!(said.consents, expected);
        assert!(said_since(None, &next) == next);
    }

    #[test]
    fn a_business_keeps_its_company() {
        let firm = name(Claim::Silent, Claim::Silent, text("Ruiz Ltd"), Claim::Value(true));
        let firm = Customer { name: firm, ..customer("7") };
        assert!(said_since(Some(&firm), &firm).name == firm.name);
    }
}
