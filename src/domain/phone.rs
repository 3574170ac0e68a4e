//! [`Phone`]: a number of the North American plan, and the slot of the export that it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::field::Field;

/// A number that can be dialled in the North American Numbering Plan: `+1` and ten digits, area code and
/// exchange beginning with 2 to 9. Masked in `Debug`: phone numbers do not belong in logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone([u8; 10]);

impl Phone {
    /// The number with these ten national digits, each `0` to `9` as ASCII; `None` where the plan has no
    /// such number. Whether an area code is in use is for `normalize` to say.
    pub fn from_national(digits: [u8; 10]) -> Option<Self> {
        let leads = |b: u8| (b'2'..=b'9').contains(&b);
        let legal = digits.iter().all(u8::is_ascii_digit) && leads(digits[0]) && leads(digits[3]);
        legal.then_some(Self(digits))
    }

    /// The number in its only wire form, `+1XXXXXXXXXX`; `None` for any other text.
    pub fn from_e164(text: &str) -> Option<Self> {
        Self::from_national(text.strip_prefix("+1")?.as_bytes().try_into().ok()?)
    }

    /// The number in a text that may be punctuated any way, ten digits or eleven with a leading 1: how a number
    /// that somebody else stored is recognised. What an export says is read by `normalize`.
    pub fn from_loose(text: &str) -> Option<Self> {
        let foreign = text.trim_start().starts_with('+');
        let mut digits = text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
        match digits.len() {
            11 if digits[0] == b'1' => drop(digits.remove(0)),
            10 if !foreign => {}
            _ => return None,
        }
        Self::from_national(digits.try_into().ok()?)
    }

    /// The number that a text begins with, where an extension follows it: `+1 (312) 555-0200 x12`, or digits that are
    /// too many. What rings there is that number.
    pub fn before_extension(text: &str) -> Option<Self> {
        let marks = |c: char| c.is_alphabetic() || matches!(c, '#' | '*' | ';' | ',' | ':' | '/');
        let marked = text.split(marks).find(|part| part.contains(|c: char| c.is_ascii_digit()))?;
        Self::from_loose(marked).or_else(|| {
            let international = marked.trim_start().starts_with('+');
            let digits: String = marked.chars().filter(char::is_ascii_digit).collect();
            let number = match digits.strip_prefix('1') {
                Some(national) => national,
                None if international => return None,
                None => digits.as_str(),
            };
            Self::from_national(number.as_bytes().get(..10)?.try_into().ok()?)
        })
    }

    /// `+1XXXXXXXXXX`, as the remote wants it written.
    pub fn e164(&self) -> String {
        format!("+1{}", self.national())
    }

    /// Ten bare digits, as the remote wants it searched.
    pub fn national(&self) -> &str {
        // The constructor admits ASCII digits alone, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number with all but its last two digits hidden, for output that people may forward.
    pub fn masked(&self) -> String {
        format!("+1********{}", &self.national()[8..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(masked)")
    }
}

impl Serialize for Phone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.e164())
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_e164(&text).ok_or_else(|| serde::de::Error::custom("not a +1 phone number"))
    }
}

/// The label that the remote knows. The order is the precedence where one number stands under several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneLabel {
    /// A mobile phone: the only label that is ever allowed to text.
    Cell,
    /// A landline at home.
    Home,
    /// A number at work.
    Work,
}

impl PhoneLabel {
    /// The label on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Home => "home",
            Self::Work => "work",
        }
    }
}

impl PhoneLabel {
    /// The column that numbers with this label stand in.
    pub fn field(self) -> Field {
        match self {
            Self::Cell => Field::CellPhone,
            Self::Home => Field::HomePhone,
            Self::Work => Field::WorkPhone,
        }
    }
}

/// Which of the export's phone columns a number came from: `cell`, `home`, or `work.2` for a second one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneSlot {
    /// The label under which the remote gets it.
    pub label: PhoneLabel,
    /// 1 for the first column with that label.
    pub ordinal: u8,
}

/// Which of the export's e-mail columns and phone columns: shared text form `label[.ordinal]`.
macro_rules! slot_text {
    ($slot:ident, $label:ident, [$($variant:ident),+]) => {
        impl std::fmt::Display for $slot {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.label.as_str())?;
                if self.ordinal > 1 { write!(f, ".{}", self.ordinal)?; }
                Ok(())
            }
        }
        impl std::str::FromStr for $slot {
            type Err = &'static str;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let (name, ordinal) = match text.split_once('.') {
                    Some((name, digits)) => (name, digits.parse().map_err(|_| "a slot's ordinal is 1 to 255")?),
                    None => (text, 1),
                };
                let label = [$($label::$variant),+].into_iter().find(|l| l.as_str() == name);
                Ok(Self { label: label.ok_or("no such slot")?, ordinal })
            }
        }
        impl serde::Serialize for $slot {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $slot {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use slot_text;

slot_text!(PhoneSlot, PhoneLabel, [Cell, Home, Work]);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_dialable_numbers_exist() {
        assert_eq!(Phone::from_e164("+12065550143").unwrap().national(), "2065550143");
        for bad in
            ["+11065550143", "+12061550143", "2065550143", "+1206555014", "+120655501433", "+1206555014x", ""]
        {
            assert!(Phone::from_e164(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_number_is_known_before_its_extension() {
        let before = |text| Phone::before_extension(text).map(|phone| phone.e164());
        for text in [
            "+1 (312) 555-0200 x12",
            "312-555-0200 ext. 12",
            "(312) 555-0200;ext=7",
            "tel:+13125550200,,9#",
            "312 555 0200 / 201 555 0101",
            "1 312 555 0200 12",
            "3125550200 12",
            "+13125550200",
        ] {
            assert_eq!(before(text).as_deref(), Some("+13125550200"), "{text}");
        }
        for text in ["", "x12", "555-0200 x12", "+44 20 7946 0018", "+31 25 5502 0012", "+1 312 555"] {
            assert_eq!(before(text), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let shown = format!("{:?}", Phone::from_e164("+12065550143").unwrap());
        assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
    }

    #[test]
    fn a_slot_survives_its_text() {
        for text in ["cell", "home", "work.2"] {
            assert_eq!(text.parse::<PhoneSlot>().unwrap().to_string(), text);
        }
        assert!("fax".parse::<PhoneSlot>().is_err());
        assert!("cell.x".parse::<PhoneSlot>().is_err());
    }
}
