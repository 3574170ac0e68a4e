//! Flags as claims: the domain knows the words, this file what they claim.

use super::cells::Read;
use super::codes::{self, Rule};
use crate::domain::Flag;

/// What `text` says; the rule `unknown` where it is none of the known words.
pub(super) fn read(text: &str, unknown: Rule) -> Read<bool> {
    claimed(Flag::read(text), unknown)
}

/// What a flag for businesses says: also the letters and words of an "individual or business" column.
pub(super) fn read_business(text: &str) -> Read<bool> {
    claimed(Flag::of_business(text), codes::NAME_BUSINESS_FLAG)
}

fn claimed(flag: Flag, unknown: Rule) -> Read<bool> {
    match flag {
        Flag::Yes | Flag::OptIn => Ok(Some(true)),
        Flag::No | Flag::OptOut => Ok(Some(false)),
        Flag::Blank => Ok(None),
        Flag::Unknown => Err(unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_for_yes_are_yes() {
        let unknown = codes::CONSENT_UNRECOGNISED;
        for yes in ["Y", "y", "1", "T", "True", "TRUE", "yes", "X", "x", "Oui", " Y ", "1.0", "-1", "Opt-In"]
        {
            assert_eq!(read(yes, unknown), Ok(Some(true)), "{yes}");
        }
        for no in
            ["N", "n", "0", "F", "False", "no", "NON", "0.0", "opt out", "Blocked", "STOP", "Do Not Call"]
        {
            assert_eq!(read(no, unknown), Ok(Some(false)), "{no}");
        }
        for blank in ["", "  ", "N/A", "-", "NULL", "none"] {
            assert_eq!(read(blank, unknown), Ok(None), "{blank}");
        }
        for other in ["maybe", "2", "-2", "*", "U", "Y N", "10", "yes please", "08/14/2026", "日"] {
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
