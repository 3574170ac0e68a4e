//! Masking: what a person must ask for before it is shown, and what stands in its place.
//!
//! Names, phones, e-mails, addresses, VINs, plates and the keys of vehicles are personal and are masked on every output,
//! piped or not. Choices and flags, and what a vehicle is (year, make, model, trim, colour, mileage), are shown. A mask
//! keeps the shape of a value, enough to see that a phone replaced a phone, never the value. Whether values are shown
//! is the caller's [`Values`]; this file only obeys.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::{EmailSlot, Field, FieldChange, Phone, PhoneSlot, Vin};

/// Whether a report shows personal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// Only their shape.
    #[default]
    Masked,
    /// As they are, because a person asked (`--show-values`).
    Shown,
}

/// `value` of `field` as it may be shown to anybody: itself where the field is not personal, else a mask.
pub fn mask(field: Field, value: &str) -> Cow<'_, str> {
    match shape(field) {
        Shape::Open => Cow::Borrowed(value),
        _ if value.is_empty() => Cow::Borrowed(value),
        shape => {
            Cow::Owned(value.split(", ").map(|part| mask_one(shape, part)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Which of several, likewise: labels and ordinals are shown, a VIN or a vehicle's key is not.
pub fn mask_item(item: &str) -> Cow<'_, str> {
    let label = item.parse::<PhoneSlot>().is_ok() || item.parse::<EmailSlot>().is_ok();
    let kind = matches!(item, "COMMON" | "PRIMARY" | "BILLING" | "OTHER");
    let ordinal = item.len() <= 2 && item.bytes().all(|b| b.is_ascii_digit());
    if label || kind || ordinal { Cow::Borrowed(item) } else { Cow::Owned(mask_one(Shape::Vin, item)) }
}

/// What a field's values look like, and so what their masks do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Not personal.
    Open,
    /// Free text.
    Text,
    Phone,
    Email,
    Vin,
}

/// Every field by name: a new one does not compile until somebody has decided whether it is personal.
fn shape(field: Field) -> Shape {
    use Field as F;
    match field {
        F::CustomerKey
        | F::IsBusiness
        | F::PreferredLocale
        | F::PreferredCommunication
        | F::OkToCall
        | F::OkToText
        | F::OkToEmail
        | F::VehicleYear
        | F::VehicleMake
        | F::VehicleModel
        | F::VehicleTrim
        | F::VehicleEngine
        | F::Color
        | F::EstimatedMileage
        | F::VehicleIsValid
        | F::UpdatedAt => Shape::Open,
        F::FirstName
        | F::LastName
        | F::Company
        | F::AddressLine1
        | F::AddressLine2
        | F::City
        | F::State
        | F::Zip
        | F::Country
        | F::LicensePlate
        | F::VehicleKey => Shape::Text,
        F::HomePhone | F::WorkPhone | F::CellPhone => Shape::Phone,
        F::Email => Shape::Email,
        F::Vin => Shape::Vin,
    }
}

/// The mask of one value. What does not have its field's shape is masked as text.
fn mask_one(shape: Shape, value: &str) -> String {
    let shaped = match shape {
        Shape::Phone => Phone::from_e164(value).map(|phone| phone.masked()),
        Shape::Vin => Vin::parse(value).ok().map(|vin| vin.masked()),
        // The host goes too: a family's or a firm's own domain is as good as its name.
        Shape::Email => {
            value.split_once('@').map(|(local, host)| format!("{}@{}", stars(local), stars(host)))
        }
        Shape::Open | Shape::Text => None,
    };
    shaped.unwrap_or_else(|| stars(value).to_owned())
}

/// Stars for a text, by class of length, so that they do not give the length away.
fn stars(text: &str) -> &'static str {
    match text.chars().count() {
        0..=4 => "***",
        5..=9 => "******",
        _ => "*********",
    }
}

/// A [`FieldChange`] as a report may show it. Serialized, a member that is `None` is `null`.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub(super) struct ShownField<'a> {
    /// The field's name.
    pub(super) field: &'static str,
    /// Which of several.
    pub(super) item: Option<Cow<'a, str>>,
    /// Before.
    pub(super) old: Option<Cow<'a, str>>,
    /// After.
    pub(super) new: Option<Cow<'a, str>>,
}

impl Values {
    /// `change` with its values masked or not.
    pub(super) fn of(self, change: &FieldChange) -> ShownField<'_> {
        let FieldChange { field, item, old, new } = change;
        ShownField {
            field: field.as_str(),
            item: item.as_deref().map(|item| self.item(item)),
            old: old.as_deref().map(|old| self.value(*field, old)),
            new: new.as_deref().map(|new| self.value(*field, new)),
        }
    }

    fn item(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Masked => mask_item(text),
            Self::Shown => Cow::Borrowed(text),
        }
    }

    fn value(self, field: Field, text: &str) -> Cow<'_, str> {
        match self {
            Self::Masked => mask(field, text),
            Self::Shown => Cow::Borrowed(text),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mask_keeps_the_shape() {
        for (field, value, masked) in [
            (Field::CellPhone, "+12065550143", "+1********43"),
            (Field::CellPhone, "+12065550143, +12065550187", "+1********43, +1********87"),
            (Field::HomePhone, "5550143", "******"),
            (Field::Email, "ana@example.com", "***@*********"),
            (Field::Email, "not an address", "*********"),
            (Field::FirstName, "Ana", "***"),
            (Field::LastName, "Whitfield", "******"),
            (Field::Company, "Harbor Light Bakery", "*********"),
            (Field::Zip, "98101", "******"),
            (Field::Vin, "1HGCM82633A004352", "*************4352"),
            (Field::Vin, "004352", "******"),
            (Field::LicensePlate, "ABC1234", "******"),
            (Field::VehicleKey, "778812", "******"),
            (Field::City, "", ""),
            (Field::City, ", , ", "***, ***, ***"),
            (Field::PreferredLocale, "en-us", "en-us"),
            (Field::OkToText, "false", "false"),
            (Field::VehicleMake, "Honda", "Honda"),
            (Field::EstimatedMileage, "48213", "48213"),
        ] {
            assert_eq!(mask(field, value), masked, "{field}");
        }
    }

    #[test]
    fn an_item_shows_labels_and_hides_vehicles() {
        for (item, masked) in [
            ("cell", "cell"),
            ("work.2", "work.2"),
            ("personal", "personal"),
            ("COMMON", "COMMON"),
            ("2", "2"),
            ("1HGCM82633A004352", "*************4352"),
            ("778812", "******"),
            ("2012 Honda Civic", "*********"),
        ] {
            assert_eq!(mask_item(item), masked);
        }
    }

    fn personal() -> impl Strategy<Value = Field> {
        let fields = Field::ALL.iter().copied().filter(|field| shape(*field) != Shape::Open);
        proptest::sample::select(fields.collect::<Vec<_>>())
    }

    /// Values that look like the real ones, and values that do not.
    fn values() -> impl Strategy<Value = String> {
        let phone = (200..=999u32, 100..=199u32).prop_map(|(area, line)| format!("+1{area}5550{line}"));
        prop_oneof![
            "[^*]{4,40}",
            "[a-z]{1,9}@[a-z.]{1,12}",
            "[A-HJ-NPR-Z0-9]{17}",
            phone,
            "[a-z]{1,3}(, [a-z]{1,3}){1,4}"
        ]
    }

    proptest! {
        #[test]
        fn no_mask_holds_its_value(field in personal(), value in values()) {
            prop_assert!(!mask(field, &value).contains(&value));
        }

        #[test]
        fn a_mask_says_little(field in personal(), value in values()) {
            // At most a phone's country code and last two digits, or a VIN's last four characters, of each part.
            let told = mask(field, &value).chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert!(told <= 4 * value.split(", ").count());
        }
    }
}
