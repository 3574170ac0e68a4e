//! [`Signs`]: what a broken export does to single customers, so plainly that no share of the store is needed to tell.
//!
//! Letters that another encoding has spoilt are few where accents are few; another department's changes of one day are
//! no more than our own. Both pass every limit that counts customers. Counted here change by change, judged by
//! [`guard`](super::guard).

use encoding_rs::WINDOWS_1252;

use crate::domain::customer::NameClaims;
use crate::domain::{Change, Claim, Customer, Field, FieldChange};

/// What can be seen of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signs {
    /// A text that changes has, or had, characters beyond ASCII.
    pub(super) lettered: bool,
    /// Such letters would be spoilt: `José` becomes `JosÃ©`, `Jos?` or `Jos`.
    pub(super) garbled: bool,
    /// An update that makes another person of the customer: no name, phone, e-mail or VIN in common.
    pub(super) stranger: bool,
}

impl Signs {
    pub(super) fn of(change: &Change) -> Self {
        let stranger = change.base().is_some_and(|base| !is_same_person(base, &change.ours));
        let texts = change.fields.iter().filter(|field| is_text(field.field));
        texts.fold(Self { stranger, ..Self::default() }, |signs, FieldChange { old, new, .. }| {
            let (old, new) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
            Self {
                lettered: signs.lettered || !old.is_ascii() || !new.is_ascii(),
                garbled: signs.garbled || is_garbled(old, new),
                ..signs
            }
        })
    }
}

/// Fields in which people write as they speak.
fn is_text(field: Field) -> bool {
    use Field as F;
    matches!(field, F::FirstName | F::LastName | F::Company | F::AddressLine1 | F::AddressLine2 | F::City)
}

/// Whether `new` is `old` with its letters beyond ASCII spoilt, or, where there were none, looks spoilt by itself.
fn is_garbled(old: &str, new: &str) -> bool {
    if new.is_empty() {
        return false;
    }
    if old.is_ascii() {
        return is_misread(new);
    }
    skeleton(old).eq(skeleton(new)) && !beyond_ascii(old).eq(beyond_ascii(new)) && has_lost_letters(old, new)
}

/// Whether the letters of `new` are gone, or no letters: an advisor who corrects `Jérome` to `Jérôme` puts letters there.
fn has_lost_letters(old: &str, new: &str) -> bool {
    let is_odd = |c: char| !c.is_ascii() && !c.is_alphabetic() || "ÃÂÅÄâ".contains(c);
    let had_letters = || beyond_ascii(old).any(char::is_alphabetic);
    (new.is_ascii() && had_letters()) || new.chars().any(|c| is_odd(c) && !old.contains(c))
}

/// What every reading of the same bytes leaves as it is.
fn skeleton(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase())
}

fn beyond_ascii(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_ascii())
}

/// Whether `text` is UTF-8 read as Windows-1252, or something has replaced what it could not read.
fn is_misread(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let (bytes, _, has_other_letters) = WINDOWS_1252.encode(text);
    text.contains('\u{fffd}') || (!has_other_letters && std::str::from_utf8(&bytes).is_ok())
}

/// Whether anything says that both are one person. Half a name is enough: people marry, and companies are renamed.
fn is_same_person(base: &Customer, ours: &Customer) -> bool {
    let (was, is) = (base.name.claims(), ours.name.claims());
    let same = |part: fn(&NameClaims) -> &Claim<String>| match (part(was).value(), part(is).value()) {
        (Some(was), Some(is)) => was.to_lowercase() == is.to_lowercase(),
        _ => false,
    };
    let phones = || {
        let known = base.phone_entries();
        ours.phone_entries().iter().any(|(phone, _)| known.iter().any(|(other, _)| other == phone))
    };
    let emails = || {
        let known = base.email_entries();
        ours.email_entries()
            .iter()
            .any(|(email, _)| known.iter().any(|(other, _)| other.folded() == email.folded()))
    };
    let vins = || {
        ours.vehicles
            .iter()
            .any(|car| car.vin.is_some() && base.vehicles.iter().any(|other| other.vin == car.vin))
    };
    same(|name| &name.first)
        || same(|name| &name.last)
        || same(|name| &name.company)
        || phones()
        || emails()
        || vins()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PhoneLabel, PhoneSlot};
    use crate::plan::samples::{customer, email, name, phone, text};

    #[test]
    fn spoilt_letters_are_told_from_corrected_ones() {
        for (old, new, garbled) in [
            ("José", "JosÃ©", true),
            ("José", "Jos\u{fffd}", true),
            ("José", "Jos?", true),
            ("José", "Jos", true),
            ("José", "Jos‚", true),
            ("María", "MarÃa", true),
            ("L’Écuyer", "Lâ€™Ã‰cuyer", true),
            ("O’Brien", "Oâ€™Brien", true),
            ("O’Brien", "O'Brien", false),
            ("12\u{a0}Elm – rear", "12 Elm - rear", false),
            ("", "ZoÃ«", true),
            ("Zoe", "ZoÃ«", true),
            ("JosÃ©", "José", false),
            ("José", "Jose", false),
            ("José", "Josè", false),
            ("Jérome", "Jérôme", false),
            ("Jose", "José", false),
            ("José", "Ana", false),
            ("José", "", false),
            ("", "José", false),
            ("", "São Paulo Ltée", false),
            ("", "JOÃO", false),
            ("", "Łukasz", false),
            ("Ana", "Anna", false),
        ] {
            assert_eq!(is_garbled(old, new), garbled, "{old} -> {new}");
        }
    }

    #[test]
    fn one_person_shares_half_a_name_or_a_contact() {
        let cell = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
        let with = |first: &str, last: &str, line: u8| Customer {
            name: name(text(first), text(last), Claim::Silent, Claim::Silent),
            phones: [(cell, Claim::Value(vec![phone(line)]))].into(),
            ..customer("7")
        };
        let base = with("Ana", "Ruiz", 1);
        for (what, ours, same) in [
            ("married", with("ANA", "Diaz", 2), true),
            ("another first name, as in a shared number", with("Bo", "Diaz", 1), true),
            ("a first name typed anew", with("Anna", "Ruiz", 2), true),
            ("somebody else", with("Bo", "Diaz", 2), false),
        ] {
            assert_eq!(is_same_person(&base, &ours), same, "{what}");
        }
        let mail = crate::domain::EmailSlot { label: crate::domain::EmailLabel::Personal, ordinal: 1 };
        let with_mail =
            |ours: Customer| Customer { emails: [(mail, Claim::Value(vec![email("a")]))].into(), ..ours };
        assert!(is_same_person(&with_mail(base), &with_mail(with("Bo", "Diaz", 2))));
    }
}
