//! Finding a customer by its key through a search that is fuzzy, lags, and answers at most one page.
//!
//! Exact matching is on our side. What a search does not show is proof of absence only where the key fits the
//! search and the page is not full; else other marks are searched, and if they show nothing either it is not known.

use std::collections::BTreeMap;

use super::agree::{Marks, agrees};
use super::remote::{PAGE, Remote};
use super::trail::Trail;
use crate::api::CallError;
use crate::api::wire::{MAX_TERM_CHARS, MinimalCustomer, MinimalField, SearchMinimalResponse};
use crate::domain::{Customer, CustomerUuid};

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// One record has exactly the key, and agrees.
    One(CustomerUuid),
    /// One record has exactly the key, and agrees in nothing else.
    Stranger,
    /// Several have it.
    Several,
    /// None has.
    None,
    /// The search cannot tell.
    Unproven,
}

/// One look.
pub(super) async fn look<R: Remote>(
    remote: &R,
    ours: &Customer,
    trail: &mut Trail,
) -> Result<Found, CallError> {
    let key = ours.key.as_str();
    let mut matches = BTreeMap::new();
    let mut proves = false;
    if key.chars().count() <= MAX_TERM_CHARS {
        let answer = trail.note(remote.find(key, MinimalField::CustomerKey).await)?.body;
        proves = is_complete(&answer);
        keep_exact(answer, key, &mut matches);
    }
    if matches.is_empty() && !proves {
        for (term, field) in other_marks(ours) {
            let page = trail.note(remote.find(&term, field).await)?.body;
            keep_exact(page, key, &mut matches);
        }
    }
    let mut matches = matches.into_iter();
    Ok(match (matches.next(), matches.next()) {
        (None, _) if proves => Found::None,
        (None, _) => Found::Unproven,
        (Some((uuid, record)), None) if agrees(ours, &Marks::of_minimal(&record)) => Found::One(uuid),
        (Some(_), None) => Found::Stranger,
        (Some(_), Some(_)) => Found::Several,
    })
}

/// Whether an answer to a search for a key shows everybody that it found: it lists them, each under its identity and with
/// its key, says how many there are, as many as it lists, and the page is not full. An empty body, or one without its
/// list, is no proof of absence; neither is somebody whose key it does not say.
fn is_complete(answer: &SearchMinimalResponse) -> bool {
    let Some(listed) = &answer.matching_customers else { return false };
    listed.len() < usize::from(PAGE)
        && listed.iter().all(|record| record.as_ref().is_some_and(is_told))
        && answer.matching_count.and_then(|count| usize::try_from(count).ok()) == Some(listed.len())
}

fn is_told(record: &MinimalCustomer) -> bool {
    identity(record).is_some() && record.customer_key.is_some()
}

fn identity(record: &MinimalCustomer) -> Option<CustomerUuid> {
    record.uuid.clone().and_then(CustomerUuid::new)
}

fn keep_exact(page: SearchMinimalResponse, key: &str, matches: &mut BTreeMap<CustomerUuid, MinimalCustomer>) {
    for record in page.matching_customers.into_iter().flatten().flatten() {
        let uuid = identity(&record);
        if let Some(uuid) = uuid.filter(|_| record.customer_key.as_deref() == Some(key)) {
            matches.insert(uuid, record);
        }
    }
}

/// What else the customer can be searched by: ten bare digits, addresses, VINs, as far as a term may be long.
fn other_marks(ours: &Customer) -> Vec<(String, MinimalField)> {
    let phones = ours.phone_entries();
    let phones = phones.iter().map(|(phone, _)| (phone.national().to_owned(), MinimalField::Communication));
    let emails = ours.email_entries();
    let emails = emails.iter().map(|(email, _)| (email.as_str().to_owned(), MinimalField::Communication));
    let vins = ours.vehicles.iter().filter_map(|vehicle| Some(vehicle.vin?.as_str().to_owned()));
    let vins = vins.map(|vin| (vin, MinimalField::Vin));
    phones.chain(emails).chain(vins).filter(|(term, _)| term.chars().count() <= MAX_TERM_CHARS).collect()
}
