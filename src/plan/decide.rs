//! One customer against the checkpoint: create, update, or nothing.

use super::difference::{Marks, difference};
use super::overlay::{Reach, over};
use crate::domain::policy::Policies;
use crate::domain::{
    Action, Change, Consents, Customer, CustomerUuid, Fingerprint, Position, Recency, Scope, Warning,
};

/// What the checkpoint knows of a customer.
#[derive(Debug, Clone)]
pub struct Standing {
    /// myKaarma's identity of it.
    pub uuid: CustomerUuid,
    /// Ours as of the last settled push.
    pub base: Customer,
    /// The fingerprint of `base`; `None` where the remote may have, or is owed, something else: then nothing is the same.
    pub canonical: Option<Fingerprint>,
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
    /// How new its rows are.
    pub recency: Recency,
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
    let Built { customer, source, at, recency, warnings, reach } = built;
    let base = standing.as_ref().map(|standing| &standing.base);
    let marks = |base| Marks::of(base, &customer).with_unusable(base, &customer, &warnings);
    let marks = base.map(marks).unwrap_or_default();
    let next_base = over(customer.clone(), base, policies, reach);
    let canonical = next_base.canonical()?;
    if standing.as_ref().is_some_and(|standing| standing.canonical == Some(canonical)) {
        return Ok((Decision::Same, marks));
    }
    let fields = difference(base, &next_base);
    let action = match standing {
        None => Action::Create,
        Some(Standing { uuid, base, canonical: _ }) => Action::Update { uuid, base: Box::new(base) },
    };
    let change = Change {
        action,
        scope: Scope::Whole,
        ours: customer,
        next_base,
        fields,
        at,
        source,
        recency,
        canonical,
        warnings,
    };
    Ok((Decision::Change(Box::new(change)), marks))
}

/// Decides for a customer that is known and whose rows were refused: of all that they say only `blocks` counts, and it
/// takes nothing away. No source fingerprint is remembered: the rows are looked at again.
///
/// # Errors
/// Where the customer cannot be written as JSON, which would be a defect of ours.
pub fn opt_outs(
    blocks: Consents,
    standing: Standing,
    at: Position,
) -> Result<(Decision, Marks), serde_json::Error> {
    let Standing { uuid, base, canonical: known } = standing;
    let ours = Customer { consents: blocks.blocks(), ..Customer::named(base.key.clone(), base.name.clone()) };
    let marks = Marks::of(&base, &ours);
    let next_base = Customer { consents: base.consents.and(ours.consents), ..base.clone() };
    let canonical = next_base.canonical()?;
    if known == Some(canonical) {
        return Ok((Decision::Same, marks));
    }
    let change = Change {
        fields: difference(Some(&base), &next_base),
        action: Action::Update { uuid, base: Box::new(base) },
        scope: Scope::OptOuts,
        ours,
        next_base,
        at,
        source: None,
        recency: Recency::default(),
        canonical,
        warnings: Vec::new(),
    };
    Ok((Decision::Change(Box::new(change)), marks))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Claim, Consent, Field, PhoneLabel, PhoneSlot};
    use crate::plan::samples::{any_customer, customer, phone};

    fn with_cell(line: Option<u8>) -> Customer {
        let slot = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
        let claim = line.map_or(Claim::Blank, |line| Claim::Value(vec![phone(line)]));
        Customer { phones: [(slot, claim)].into(), ..customer("7") }
    }

    fn decided(said: Customer, base: Option<Customer>) -> (Decision, Marks) {
        let built = Built {
            customer: said,
            source: Some(Fingerprint::of(b"rows")),
            at: Position { file: "export.csv".into(), line: 2, record: 1 },
            recency: Recency::default(),
            warnings: Vec::new(),
            reach: Reach::Full,
        };
        let standing = base.map(|base| Standing {
            uuid: CustomerUuid::new("u-1").unwrap(),
            canonical: Some(base.canonical().unwrap()),
            base,
        });
        decide(built, standing, &Policies::default()).unwrap()
    }

    #[test]
    fn create_update_or_nothing() {
        let (Decision::Change(create), marks) = decided(with_cell(Some(1)), None) else { panic!() };
        assert_eq!((create.action.name(), create.base()), ("create", None));
        assert_eq!(marks, Marks::default(), "a new customer changes nothing");
        assert_eq!(create.canonical, create.next_base.canonical().unwrap());

        let (decision, marks) = decided(with_cell(Some(1)), Some(create.next_base.clone()));
        assert_eq!((decision, marks), (Decision::Same, Marks::default()));

        let (Decision::Change(update), marks) = decided(with_cell(Some(2)), Some(create.next_base.clone()))
        else {
            panic!()
        };
        assert_eq!((update.action.name(), update.base()), ("update", Some(&create.next_base)));
        assert_eq!(update.fields.len(), 1);
        assert!(marks.changed.contains(&Field::CellPhone));
    }

    #[test]
    fn a_blank_that_keeps_sends_nothing_and_is_seen_by_the_guard() {
        let (decision, marks) = decided(with_cell(None), Some(with_cell(Some(1))));
        assert_eq!(decision, Decision::Same);
        assert!(marks.blanked.contains(&Field::CellPhone));
    }

    fn blocking(blocks: Consents, base: &Customer) -> (Decision, Marks) {
        let standing = Standing {
            uuid: CustomerUuid::new("u-1").unwrap(),
            canonical: Some(base.canonical().unwrap()),
            base: base.clone(),
        };
        opt_outs(blocks, standing, Position { file: "export.csv".into(), line: 2, record: 1 }).unwrap()
    }

    #[test]
    fn of_refused_rows_nothing_counts_but_what_they_block() {
        let base = Customer {
            consents: Consents { call: Consent::Allowed, text: Consent::Allowed, ..Consents::default() },
            ..with_cell(Some(1))
        };
        let said = Consents { text: Consent::Blocked, email: Consent::Allowed, ..Consents::default() };
        let (Decision::Change(change), marks) = blocking(said, &base) else { panic!() };
        assert_eq!((change.verb(), change.source, change.base()), ("block", None, Some(&base)));
        let expected = Consents { text: Consent::Blocked, ..base.consents };
        assert!(change.next_base == Customer { consents: expected, ..base.clone() });
        assert!(change.ours.phones.is_empty());
        assert_eq!(change.ours.consents, Consents { text: Consent::Blocked, ..Consents::default() });
        assert_eq!(
            (change.fields.len(), marks.changed),
            (1, [Field::OkToText].into()),
            "the guard counts it"
        );
        assert_eq!(blocking(said, &change.next_base).0, Decision::Same, "once is enough");
    }

    proptest! {
        #[test]
        fn canonical_is_equal_exactly_where_customers_are(one in any_customer(), two in any_customer()) {
            // As plan makes them: silence is a column that is missing.
            let [one, two] = [one, two].map(|said| over(said, None, &Policies::default(), Reach::Full));
            let same = one.canonical().unwrap() == two.canonical().unwrap();
            prop_assert_eq!(same, one == two);
            let stored: Customer = serde_json::from_slice(&serde_json::to_vec(&one).unwrap()).unwrap();
            prop_assert_eq!(stored.canonical().unwrap(), one.canonical().unwrap());
            prop_assert!(stored == one);
        }
    }
}
