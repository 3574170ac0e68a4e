//! Flags: the words that exports use for yes and no.
//!
//! Any other text is neither: that a cell is not empty never makes it a yes.

use super::cells::Read;
use super::codes::{self, Rule};
use super::text::{self, Nulls};

/// Words for yes, folded. A lone mark (`X`) in a column of flags is a yes; `1.0` is what spreadsheets make of 1.
const YES: [&str; 12] = ["Y", "YES", "T", "TRUE", "1", "X", "ON", "OUI", "VRAI", "OPTIN", "ALLOW", "ALLOWED"];
/// Words for no.
const NO: [&str; 11] = ["N", "NO", "F", "FALSE", "0", "OFF", "NON", "FAUX", "OPTOUT", "BLOCK", "BLOCKED"];

/// What `text` says; the rule `unknown` where it is none of the known words.
pub(super) fn read(text: &str, unknown: Rule) -> Read<bool> {
    let text = text.trim();
    match text {
        "" => return Ok(None),
        "Y" | "y" | "1" => return Ok(Some(true)),
        "N" | "n" | "0" => return Ok(Some(false)),
        _ => {}
    }
    if text::is_null(text, Nulls::Name) || text.eq_ignore_ascii_case("NA") {
        return Ok(None);
    }
    // A sign makes a number of another meaning, which folding would hide.
    if text.contains(|c: char| c.is_ascii_digit()) && text.contains(['-', '+']) {
        return Err(unknown);
    }
    let word = text::folded(text.strip_suffix(".0").unwrap_or(text));
    if YES.contains(&word.as_str()) {
        Ok(Some(true))
    } else if NO.contains(&word.as_str()) {
        Ok(Some(false))
    } else {
        Err(unknown)
    }
}

/// What a flag for businesses says: also the letters and words of an "individual or business" column.
pub(super) fn read_business(text: &str) -> Read<bool> {
    match text::folded(text).as_str() {
        "B" | "BUS" | "BUSINESS" | "COMPANY" | "CORP" | "CORPORATE" | "CORPORATION" | "COMMERCIAL" => {
            Ok(Some(true))
        }
        "I" | "IND" | "INDIVIDUAL" | "P" | "PERSON" | "PERSONAL" | "CONSUMER" => Ok(Some(false)),
        _ => read(text, codes::NAME_BUSINESS_FLAG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_for_yes_are_yes() {
        let unknown = codes::CONSENT_UNRECOGNISED;
        for yes in ["Y", "y", "1", "T", "True", "TRUE", "yes", "X", "x", "Oui", " Y ", "1.0", "Opt-In"] {
            assert_eq!(read(yes, unknown), Ok(Some(true)), "{yes}");
        }
        for no in ["N", "n", "0", "F", "False", "no", "NON", "0.0", "opt out", "Blocked"] {
            assert_eq!(read(no, unknown), Ok(Some(false)), "{no}");
        }
        for blank in ["", "  ", "N/A", "-", "NULL", "none"] {
            assert_eq!(read(blank, unknown), Ok(None), "{blank}");
        }
        for other in ["maybe", "2", "-1", "U", "Y N", "10", "yes please", "08/14/2026", "日"] {
            assert_eq!(read(other, unknown), Err(unknown), "{other}");
        }
    }

    #[test]
    fn business_flags_have_letters_of_their_own() {
        for (text, said) in
            [("B", Some(true)), ("Business", Some(true)), ("I", Some(false)), ("Y", Some(true)), ("", None)]
        {
            assert_eq!(read_business(text), Ok(said), "{text}");
        }
        assert_eq!(read_business("C"), Err(codes::NAME_BUSINESS_FLAG));
    }
}
