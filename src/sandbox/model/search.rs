//! Both searches: fuzzy on purpose, late on purpose, at most 100, no pages.
//!
//! Every word of the term must be part of some searched field, whatever the case. Results come oldest first, not
//! best first, so an exact match can be pushed off a full page; a client that trusts the first result or an
//! empty page is found out. Phones are indexed as their ten national digits: a term with `+1` finds none.

use std::time::Duration;

use super::customer::Customer;
use super::department::{Department, Indexed};

/// The documented limits.
pub(crate) const TERM_LIMIT: usize = 30;
pub(crate) const MOST_RESULTS: usize = 100;

/// A field that a search may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    FirstName,
    LastName,
    Company,
    Key,
    Contact,
    Vin,
}

impl Field {
    pub(crate) const ALL: [Self; 6] =
        [Self::FirstName, Self::LastName, Self::Company, Self::Key, Self::Contact, Self::Vin];

    /// The field by its name in `fieldsToBeSearched`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "fname" => Self::FirstName,
            "lname" => Self::LastName,
            "company" => Self::Company,
            "customerKey" => Self::Key,
            "communications.commValue" => Self::Contact,
            "vehicles.vin" => Self::Vin,
            _ => return None,
        })
    }
}

/// A valid search.
pub(crate) struct Search {
    pub(crate) term: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) most: usize,
}

/// A customer's searchable text, folded once when it is written.
pub(crate) struct Haystack {
    first_name: String,
    last_name: String,
    company: String,
    key: String,
    contacts: Vec<String>,
    vins: Vec<String>,
}

impl Haystack {
    pub(crate) fn of(customer: &Customer) -> Self {
        let phones = customer.phone_numbers.iter().filter_map(|phone| phone.phone_number.as_deref());
        let emails = customer.emails.iter().map(|email| fold(email.email_address.as_deref()));
        Self {
            first_name: fold(customer.first_name.as_deref()),
            last_name: fold(customer.last_name.as_deref()),
            company: fold(customer.company.as_deref()),
            key: fold(customer.customer_key.as_deref()),
            contacts: phones.map(national).chain(emails).collect(),
            vins: customer.vehicles.iter().map(|vehicle| fold(vehicle.vin.as_deref())).collect(),
        }
    }

    fn has(&self, field: Field, word: &str) -> bool {
        match field {
            Field::FirstName => self.first_name.contains(word),
            Field::LastName => self.last_name.contains(word),
            Field::Company => self.company.contains(word),
            Field::Key => self.key.contains(word),
            Field::Contact => self.contacts.iter().any(|text| text.contains(word)),
            Field::Vin => self.vins.iter().any(|text| text.contains(word)),
        }
    }
}

/// How many match, and the first of them, as they were `lag` ago. A blank term matches nothing.
pub(crate) fn run<'a>(
    department: &'a Department,
    search: &Search,
    now: Duration,
    lag: Duration,
) -> (usize, Vec<&'a Customer>) {
    let term = search.term.to_lowercase();
    let words: Vec<&str> = term.split_whitespace().collect();
    let hit = |indexed: &&Indexed| {
        let mut words = words.iter();
        words.all(|word| search.fields.iter().any(|field| indexed.haystack.has(*field, word)))
    };
    if words.is_empty() {
        return (0, Vec::new());
    }
    let mut hits: Vec<&Customer> =
        department.indexed(now, lag).filter(hit).map(|indexed| &indexed.customer).collect();
    let count = hits.len().min(MOST_RESULTS);
    hits.truncate(search.most.min(MOST_RESULTS));
    (count, hits)
}

fn fold(text: Option<&str>) -> String {
    text.unwrap_or_default().to_lowercase()
}

fn national(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 => rest.to_owned(),
        _ => digits,
    }
}
