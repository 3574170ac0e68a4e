//! [`Customer`]: a valid customer, as the export claims it to be. *Ours*, and stored, *base*.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Address, AddressKind, Claim, Consents, CustomerKey, Email, EmailSlot, Field, Fingerprint, Locale, Phone,
    PhoneLabel, PhoneSlot, PreferredCommunication, Vehicle, policy::Policies,
};

/// A customer that may be sent. It exists only with a usable [`Name`]; every other part is valid by its type.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Customer {
    /// Identity across runs.
    pub key: CustomerKey,
    /// First and last name, or a business with a company.
    pub name: Name,
    /// Language.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub preferred_locale: Claim<Locale>,
    /// How the customer wants to be reached.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub preferred_communication: Claim<PreferredCommunication>,
    /// Addresses by kind. A kind that is missing is silent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<AddressKind, Claim<Address>>,
    /// Phones by column. A slot that is missing is silent; a slot's numbers are in the cell's order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub phones: BTreeMap<PhoneSlot, Claim<Vec<Phone>>>,
    /// E-mails by column, likewise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub emails: BTreeMap<EmailSlot, Claim<Vec<Email>>>,
    /// Per channel.
    #[serde(default)]
    pub consents: Consents,
    /// In the order of VIN, then key, then description; no two the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vehicles: Vec<Vehicle>,
}

impl Customer {
    /// A customer of whom nothing is said but who it is.
    pub fn named(key: CustomerKey, name: Name) -> Self {
        Self {
            key,
            name,
            preferred_locale: Claim::Silent,
            preferred_communication: Claim::Silent,
            addresses: BTreeMap::new(),
            phones: BTreeMap::new(),
            emails: BTreeMap::new(),
            consents: Consents::default(),
            vehicles: Vec::new(),
        }
    }

    /// The canonical fingerprint: two customers share it exactly if they say the same.
    ///
    /// # Errors
    /// Where the customer cannot be written as JSON, which would be a defect of ours.
    pub fn canonical(&self) -> Result<Fingerprint, serde_json::Error> {
        Ok(Fingerprint::of(&serde_json::to_vec(self)?))
    }

    /// One entry per number, under the label that comes first in cell, home, work; in that order.
    pub fn phone_entries(&self) -> Vec<(Phone, PhoneLabel)> {
        let mut entries: Vec<(Phone, PhoneLabel)> = Vec::new();
        for (slot, claim) in &self.phones {
            for number in claim.value().into_iter().flatten() {
                if !entries.iter().any(|(known, _)| known == number) {
                    entries.push((*number, slot.label));
                }
            }
        }
        entries
    }

    /// One entry per mailbox, in the order of the slots.
    pub fn email_entries(&self) -> Vec<(&Email, EmailSlot)> {
        let mut entries: Vec<(&Email, EmailSlot)> = Vec::new();
        for (slot, claim) in &self.emails {
            for email in claim.value().into_iter().flatten() {
                if !entries.iter().any(|(known, _)| known.folded() == email.folded()) {
                    entries.push((email, *slot));
                }
            }
        }
        entries
    }
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Customer({})", self.key)
    }
}

/// Who a customer is: a person with first and last name, or a business with a company.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "NameClaims", into = "NameClaims")]
pub struct Name(NameClaims);

/// The four columns that a name is made of.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct NameClaims {
    /// First name.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub first: Claim<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub last: Claim<String>,
    /// Company.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub company: Claim<String>,
    /// Whether it is a business.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub is_business: Claim<bool>,
}

impl Name {
    /// The name in `claims`; `None` where it is neither a first and last name nor a business with a company.
    pub fn new(claims: NameClaims) -> Option<Self> {
        let NameClaims { first, last, company, is_business } = &claims;
        let person = first.value().is_some() && last.value().is_some();
        let business = is_business.value() == Some(&true) && company.value().is_some();
        (person || business).then_some(Self(claims))
    }

    /// The four columns.
    pub fn claims(&self) -> &NameClaims {
        &self.0
    }

    /// This name over `base`'s: what has a value here keeps it, so the name stays usable.
    #[must_use]
    pub fn over(self, base: Option<&Self>, policies: &Policies) -> Self {
        let NameClaims { first, last, company, is_business } = self.0;
        let silent = NameClaims::default();
        let base = base.map_or(&silent, |name| &name.0);
        Self(NameClaims {
            first: first.over(&base.first, policies.blank(Field::FirstName)),
            last: last.over(&base.last, policies.blank(Field::LastName)),
            company: company.over(&base.company, policies.blank(Field::Company)),
            is_business: is_business.over(&base.is_business, policies.blank(Field::IsBusiness)),
        })
    }
}

impl TryFrom<NameClaims> for Name {
    type Error = &'static str;

    fn try_from(claims: NameClaims) -> Result<Self, Self::Error> {
        Self::new(claims).ok_or("neither first and last name nor a business with a company")
    }
}

impl From<Name> for NameClaims {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Name(masked)")
    }
}

impl std::fmt::Debug for NameClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NameClaims(masked)")
    }
}
