//! When two raw values say the same: only their formatting differs.
//!
//! Good enough to compare, and never sent: the spelling that is sent is the business of `normalize`.

use crate::domain::text::{fold, is_one_repeated, unaccented};
use crate::domain::{Field, Flag};

/// Whether a cell says nothing.
pub(super) fn is_blank(raw: &str) -> bool {
    raw.trim().is_empty()
}

/// What counts of a value of `field`: no white space around it, no case; punctuation only where it carries meaning.
pub(super) fn folded(field: Field, raw: &str) -> String {
    let lower = raw.trim().chars().flat_map(char::to_lowercase);
    if matches!(field, Field::Email | Field::EstimatedMileage) {
        return lower.collect();
    }
    let letters = fold(raw);
    if letters.is_empty() { lower.collect() } else { letters }
}

/// What a value says, as far as that can be told without knowing more than the field: two that differ here may be the
/// same, as `Québec` and `QC` are; two that are the same here are.
pub(super) fn told(field: Field, raw: &str) -> String {
    let said = match field {
        Field::HomePhone | Field::WorkPhone | Field::CellPhone => phone(raw),
        Field::EstimatedMileage | Field::VehicleYear => {
            let whole = raw.split('.').next().unwrap_or_default();
            Some(whole.chars().filter(char::is_ascii_digit).collect())
                .filter(|digits: &String| !digits.is_empty())
        }
        Field::IsBusiness | Field::VehicleIsValid | Field::OkToCall | Field::OkToText | Field::OkToEmail => {
            match Flag::read(raw) {
                Flag::Yes => Some("y".to_owned()),
                Flag::No => Some("n".to_owned()),
                Flag::OptIn | Flag::OptOut | Flag::Blank | Flag::Unknown => None,
            }
        }
        _ => None,
    };
    said.unwrap_or_else(|| folded(field, raw))
}

/// What counts of a code (a VIN, a key): upper case, no spaces, no dashes.
pub(super) fn code(raw: &str) -> String {
    let kept = raw.chars().filter(|c| !c.is_whitespace() && *c != '-');
    kept.flat_map(char::to_uppercase).collect()
}

/// A VIN to tell vehicles and people apart by: not a filler such as `0`, `NONE` or seventeen zeros.
pub(super) fn vin(raw: &str) -> Option<String> {
    const SHORTEST: usize = 6;
    let vin = code(raw);
    let telling = !is_one_repeated(vin.as_bytes())
        && vin.len() >= SHORTEST
        && vin.contains(|c: char| c.is_ascii_digit());
    telling.then_some(vin)
}

/// The digits of a phone number to tell people apart by, without a leading 1; `None` for fillers and what is too short.
pub(super) fn phone(raw: &str) -> Option<String> {
    const SHORTEST: usize = 7;
    const NATIONAL: usize = 10;
    let mut digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == NATIONAL + 1 && digits.starts_with('1') {
        digits.remove(0);
    }
    (!is_one_repeated(digits.as_bytes()) && digits.len() >= SHORTEST).then_some(digits)
}

/// An e-mail address to tell people apart by; `None` for what is none (`NA`, `CD`).
pub(super) fn email(raw: &str) -> Option<String> {
    let email = raw.trim().to_lowercase();
    email.contains('@').then_some(email)
}

/// The words of a name, without accents, apostrophes, titles and legal forms; these stay where nothing else is left.
pub(super) fn name_words(raw: &str) -> Vec<String> {
    let text: String =
        raw.chars().filter(|c| !matches!(c, '\'' | '’' | '`' | '.')).flat_map(unaccented).collect();
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let telling: Vec<String> = words.iter().filter(|word| is_telling(word)).cloned().collect();
    if telling.is_empty() { words } else { telling }
}

/// Whether a word may be shared by strangers and mean nothing: initials, titles, generations, legal forms.
fn is_telling(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "miss", "dr", "and", "or", "the", "of", "inc",
        "llc", "ltd", "co", "corp", "company", "na", "none", "unknown",
    ];
    word.chars().nth(1).is_some() && !COMMON.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_formatting_differs() {
        for (field, a, b, same) in [
            (Field::CellPhone, "(202) 555-0100", "202.555.0100", true),
            (Field::CellPhone, "2025550100", "2025550101", false),
            (Field::LastName, " O'Brien", "OBRIEN", true),
            (Field::Email, "a.b@example.com", "ab@example.com", false),
            (Field::Email, "A@Example.com ", "a@example.com", true),
            (Field::Zip, "60601-1234", "60601 1234", true),
            (Field::AddressLine1, "#", "-", false),
        ] {
            assert_eq!(folded(field, a) == folded(field, b), same, "{a} {b}");
        }
    }

    #[test]
    fn what_is_said_is_told_from_how() {
        for (field, a, b, same) in [
            (Field::CellPhone, "+1 (202) 555-0100", "2025550100", true),
            (Field::CellPhone, "2025550100", "2025550101", false),
            (Field::EstimatedMileage, "45,210", "45210.0", true),
            (Field::EstimatedMileage, "45210", "45211", false),
            (Field::EstimatedMileage, "TMU", "", false),
            (Field::VehicleYear, "2012.0", "2012", true),
            (Field::IsBusiness, "True", "y", true),
            (Field::VehicleIsValid, "0", "1", false),
            (Field::City, " TROY", "Troy", true),
        ] {
            assert_eq!(told(field, a) == told(field, b), same, "{a} {b}");
        }
    }

    #[test]
    fn fillers_tell_nobody_apart() {
        for filler in ["0", "NONE", "00000000000000000", "11111111111111111", "", "UNKNOWN", "N/A"] {
            assert_eq!(vin(filler), None, "{filler}");
        }
        assert_eq!(vin(" 1hgcm8 2633-a004352").as_deref(), Some("1HGCM82633A004352"));
        for filler in ["0", "0000000000", "NONE", "555", "", "111-111-1111"] {
            assert_eq!(phone(filler), None, "{filler}");
        }
        assert_eq!(phone("+1 (202) 555-0100"), phone("2025550100"));
        assert_eq!(email("NA"), None);
    }

    #[test]
    fn words_of_a_name() {
        for (raw, words) in [
            ("José O'Brien-Núñez, Jr.", vec!["jose", "obrien", "nunez"]),
            ("ACME Inc.", vec!["acme"]),
            ("The Co", vec!["the", "co"]),
            ("J", vec!["j"]),
            (" ", vec![]),
        ] {
            assert_eq!(name_words(raw), words, "{raw}");
        }
    }
}
