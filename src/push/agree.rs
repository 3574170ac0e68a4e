//! Whether a record found under our customer key is our customer: numbers restart when a dealer changes its DMS.

use serde_json::{Map, Value};

use crate::api::wire::{CustomerRead, CustomerWithVehicles, MinimalCustomer};
use crate::domain::customer::NameClaims;
use crate::domain::text::caseless;
use crate::domain::{Claim, Customer, Phone};

/// What a found record can be told by.
#[derive(Default)]
pub(super) struct Marks {
    names: Vec<[String; 2]>,
    contacts: Vec<String>,
    vins: Vec<String>,
}

/// Whether the name or one phone, e-mail or VIN agrees.
pub(super) fn agrees(ours: &Customer, theirs: &Marks) -> bool {
    let ours = Marks::of_ours(ours);
    let shares = |mine: &[String], other: &[String]| mine.iter().any(|mark| other.contains(mark));
    ours.names.iter().any(|name| theirs.names.contains(name))
        || shares(&ours.contacts, &theirs.contacts)
        || shares(&ours.vins, &theirs.vins)
}

impl Marks {
    fn of_ours(ours: &Customer) -> Self {
        let NameClaims { first, last, company, is_business: _ } = ours.name.claims();
        let text = |claim: &Claim<String>| claim.value().cloned();
        let mut marks = Self::default();
        marks.name(text(first).as_deref(), text(last).as_deref(), text(company).as_deref());
        marks.contacts.extend(ours.phone_entries().iter().map(|(phone, _)| phone.e164()));
        marks.contacts.extend(ours.email_entries().iter().map(|(email, _)| email.folded()));
        marks.vins.extend(ours.vehicles.iter().filter_map(|vehicle| Some(vehicle.vin?.as_str().to_owned())));
        marks
    }

    /// Of a whole record.
    pub(super) fn of_record(theirs: &CustomerWithVehicles) -> Self {
        let mut marks = Self::default();
        if let Some(CustomerRead { first_name, last_name, company, phone_numbers, emails, .. }) =
            &theirs.customer
        {
            marks.name(first_name.as_deref(), last_name.as_deref(), company.as_deref());
            let text =
                |entry: &Map<String, Value>, name| entry.get(name).and_then(Value::as_str).map(contact);
            marks.contacts.extend(phone_numbers.iter().filter_map(|entry| text(entry, "phoneNumber")));
            marks.contacts.extend(emails.iter().filter_map(|entry| text(entry, "emailAddress")));
        }
        marks.vins.extend(theirs.vehicles.iter().filter_map(|vehicle| vin(vehicle.vin.as_deref())));
        marks
    }

    /// Of a search result.
    pub(super) fn of_minimal(theirs: &MinimalCustomer) -> Self {
        let mut marks = Self::default();
        marks.name(theirs.fname.as_deref(), theirs.lname.as_deref(), theirs.company.as_deref());
        marks
            .contacts
            .extend(theirs.communications.iter().filter_map(|comm| comm.comm_value.as_deref().map(contact)));
        marks.vins.extend(theirs.vehicles.iter().filter_map(|vehicle| vin(vehicle.vin.as_deref())));
        marks
    }

    /// A person's two names together are a mark, a company's one is; a first name alone is none.
    fn name(&mut self, first: Option<&str>, last: Option<&str>, company: Option<&str>) {
        let folded = |text: Option<&str>| text.map(caseless).filter(|text| !text.is_empty());
        if let (Some(first), Some(last)) = (folded(first), folded(last)) {
            self.names.push([first, last]);
        }
        if let Some(company) = folded(company) {
            self.names.push([String::new(), company]);
        }
    }
}

fn contact(text: &str) -> String {
    Phone::from_loose(text).map_or_else(|| text.trim().to_lowercase(), |phone| phone.e164())
}

fn vin(text: Option<&str>) -> Option<String> {
    text.map(|text| text.trim().to_uppercase()).filter(|text| !text.is_empty())
}
