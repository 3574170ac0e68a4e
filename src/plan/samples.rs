//! Invented customers for the tests of this room and of `push`: small pools, so that values collide.

#![allow(clippy::unwrap_used)]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::domain::customer::NameClaims;
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, Customer, CustomerKey, Email, EmailLabel, EmailSlot,
    Locale, Name, Phone, PhoneLabel, PhoneSlot, PreferredCommunication, Vehicle, Vin,
};

/// Made up, with right check digits.
pub(crate) const VINS: [&str; 4] =
    ["1HGCM82633A004352", "1M8GDM9AXKP042788", "WVWZZZ1JZXW000001", "5YJSA1E27HF000337"];

pub(crate) fn text(value: &str) -> Claim<String> {
    Claim::Value(value.to_owned())
}

pub(crate) fn phone(line: u8) -> Phone {
    Phone::from_e164(&format!("+121755501{line:02}")).unwrap()
}

pub(crate) fn email(local: &str) -> Email {
    Email::new(format!("{local}@example.com")).unwrap()
}

pub(crate) fn name(
    first: Claim<String>,
    last: Claim<String>,
    company: Claim<String>,
    is_business: Claim<bool>,
) -> Name {
    Name::new(NameClaims { first, last, company, is_business }).unwrap()
}

/// A customer with a name and nothing else.
pub(crate) fn customer(key: &str) -> Customer {
    Customer {
        key: CustomerKey::parse(key).unwrap(),
        name: name(text("Ana"), text("Ruiz"), Claim::Silent, Claim::Silent),
        preferred_locale: Claim::Silent,
        preferred_communication: Claim::Silent,
        addresses: [].into(),
        phones: [].into(),
        emails: [].into(),
        consents: Consents::default(),
        vehicles: Vec::new(),
    }
}

/// Silent, blank or a value.
fn claim<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Claim<T>> {
    prop_oneof![1 => Just(Claim::Silent), 1 => Just(Claim::Blank), 3 => value.prop_map(Claim::Value)]
}

fn texts(pool: &'static [&'static str]) -> impl Strategy<Value = Claim<String>> {
    claim(select(pool).prop_map(str::to_owned))
}

fn any_name() -> impl Strategy<Value = Name> {
    let pool: &[&str] = &["Ana", "Bo"];
    let value = move || select(pool).prop_map(text);
    (value(), value(), texts(&["Ruiz Ltd", "Bo Inc"]), claim(any::<bool>()))
        .prop_map(|(first, last, company, is_business)| name(first, last, company, is_business))
}

fn any_consent() -> impl Strategy<Value = Consent> {
    select(&[Consent::Unknown, Consent::Allowed, Consent::Blocked][..])
}

pub(crate) fn any_consents() -> impl Strategy<Value = Consents> {
    (any_consent(), any_consent(), any_consent()).prop_map(|(call, text, email)| Consents {
        call,
        text,
        email,
    })
}

pub(crate) fn any_phone() -> impl Strategy<Value = Phone> {
    (0u8..6).prop_map(phone)
}

pub(crate) fn any_email() -> impl Strategy<Value = Email> {
    select(&["a", "b", "c", "A", "d"][..]).prop_map(email)
}

fn phone_slot() -> impl Strategy<Value = PhoneSlot> {
    let labels = &[PhoneLabel::Cell, PhoneLabel::Home, PhoneLabel::Work][..];
    (select(labels), 1u8..=2).prop_map(|(label, ordinal)| PhoneSlot { label, ordinal })
}

fn email_slot() -> impl Strategy<Value = EmailSlot> {
    let labels = &[EmailLabel::Personal, EmailLabel::Work][..];
    (select(labels), 1u8..=2).prop_map(|(label, ordinal)| EmailSlot { label, ordinal })
}

/// An address with a street and a postal code, and nothing or something of the rest.
fn any_address() -> impl Strategy<Value = Address> {
    let street = select(&["1 Main St", "9 Oak Ave", "1 MAIN ST"][..]).prop_map(text);
    let zip = select(&["62701", "62702"][..]).prop_map(text);
    let rest = (texts(&["Apt 4", "Apt 5"]), texts(&["Springfield"]), texts(&["IL"]), texts(&["US"]));
    (street, zip, rest).prop_map(|(line1, zip, (line2, city, state, country))| Address {
        line1,
        line2,
        city,
        state,
        zip,
        country,
    })
}

fn any_vehicle() -> impl Strategy<Value = Vehicle> {
    let vin = proptest::option::of(select(&VINS[..]).prop_map(|vin| Vin::parse(vin).unwrap()));
    let key = prop_oneof![2 => Just(Claim::Silent), 2 => select(&["K1", "K2", "K3"][..]).prop_map(text)];
    let model = select(&["Civic", "Golf"][..]).prop_map(text);
    (vin, key, model, texts(&["Red", "Blue"]), claim(any::<bool>())).prop_map(
        |(vin, key, model, color, owned)| Vehicle {
            vin,
            key,
            year: text("2019"),
            make: text("Make"),
            model,
            color,
            owned,
            ..Vehicle::default()
        },
    )
}

/// No two the same, in order: what `validate` promises.
fn any_vehicles() -> impl Strategy<Value = Vec<Vehicle>> {
    vec(any_vehicle(), 0..4).prop_map(|all| {
        let mut vehicles: Vec<Vehicle> = Vec::new();
        for vehicle in all {
            if !vehicles.iter().any(|known| known.is_same(&vehicle)) {
                vehicles.push(vehicle);
            }
        }
        vehicles.sort();
        vehicles
    })
}

/// Whatever an export may say of the customer `7`.
pub(crate) fn any_customer() -> impl Strategy<Value = Customer> {
    let kinds = select(&[AddressKind::Common, AddressKind::Billing][..]);
    let how = select(&[PreferredCommunication::Text, PreferredCommunication::Email][..]);
    let scalars = (any_name(), claim(select(&[Locale::EnUs, Locale::FrCa][..])), claim(how), any_consents());
    let lists = (
        btree_map(kinds, claim(any_address()), 0..2),
        btree_map(phone_slot(), claim(vec(any_phone(), 1..3)), 0..4),
        btree_map(email_slot(), claim(vec(any_email(), 1..2)), 0..3),
        any_vehicles(),
    );
    (scalars, lists).prop_map(|((name, locale, how, consents), (addresses, phones, emails, vehicles))| {
        Customer {
            name,
            preferred_locale: locale,
            preferred_communication: how,
            addresses,
            phones,
            emails,
            consents,
            vehicles,
            ..customer("7")
        }
    })
}
