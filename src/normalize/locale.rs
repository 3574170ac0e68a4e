//! The two closed choices of the remote: language, and preferred way to be reached.
//!
//! A language that the remote lacks is no claim: the department's default fills where theirs is blank, later.

use super::cells::Read;
use super::codes;
use super::text::{self, Nulls};
use crate::domain::{Locale, PreferredCommunication};

/// The language in `text`. English of any country is `en-us`, French of any country `fr-ca`: the remote has
/// no others.
pub(super) fn locale(text: &str) -> Read<Locale> {
    if text::is_null(text, Nulls::Any) {
        return Ok(None);
    }
    let word = text::folded(text);
    let tagged = |language: &str| word.len() == 4 && word.starts_with(language);
    match word.as_str() {
        "E" | "EN" | "ENG" => Ok(Some(Locale::EnUs)),
        "F" | "FR" | "FRE" | "FRA" => Ok(Some(Locale::FrCa)),
        _ if tagged("EN") || word.starts_with("ENGLISH") || word.starts_with("ANGLAIS") => {
            Ok(Some(Locale::EnUs))
        }
        _ if tagged("FR") || word.starts_with("FRENCH") || word.starts_with("FRANCAIS") => {
            Ok(Some(Locale::FrCa))
        }
        _ => Err(codes::LOCALE_UNSUPPORTED),
    }
}

/// The preferred way to be reached in `text`. Postal mail is none that the remote has.
pub(super) fn communication(text: &str) -> Read<PreferredCommunication> {
    if text::is_null(text, Nulls::Any) {
        return Ok(None);
    }
    match text::folded(text).as_str() {
        "TEXT" | "TEXTMESSAGE" | "TEXTING" | "SMS" | "TXT" | "T" => Ok(Some(PreferredCommunication::Text)),
        "PHONE" | "CALL" | "PHONECALL" | "VOICE" | "TELEPHONE" | "P" => {
            Ok(Some(PreferredCommunication::Phone))
        }
        "EMAIL" | "COURRIEL" | "E" => Ok(Some(PreferredCommunication::Email)),
        _ => Err(codes::COMMUNICATION_UNSUPPORTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_their_many_names() {
        for text in [
            "EN",
            "E",
            "ENG",
            "en_US",
            "en-us",
            "English",
            "ENGLISH (US)",
            "Anglais",
            "en-CA",
            "en_GB",
            " en ",
        ] {
            assert_eq!(locale(text), Ok(Some(Locale::EnUs)), "{text}");
        }
        for text in
            ["FR", "F", "FRE", "FRA", "fr-CA", "fr_CA", "fr-FR", "French", "Français", "Francais", "FRANÇAIS"]
        {
            assert_eq!(locale(text), Ok(Some(Locale::FrCa)), "{text}");
        }
        for text in ["", " ", "NONE", "N/A", "0"] {
            assert_eq!(locale(text), Ok(None), "{text}");
        }
        for text in ["SP", "ES", "Spanish", "Español", "DE", "A", "enough", "中文"] {
            assert_eq!(locale(text), Err(codes::LOCALE_UNSUPPORTED), "{text}");
        }
        for locale_of in [Locale::EnUs, Locale::FrCa] {
            assert_eq!(locale(locale_of.as_str()), Ok(Some(locale_of)));
        }
    }

    #[test]
    fn ways_to_be_reached() {
        use PreferredCommunication as P;
        for (text, way) in [
            ("Text", Some(P::Text)),
            ("SMS", Some(P::Text)),
            ("txt", Some(P::Text)),
            ("PHONE", Some(P::Phone)),
            ("call", Some(P::Phone)),
            ("voice", Some(P::Phone)),
            ("e-mail", Some(P::Email)),
            ("EMAIL", Some(P::Email)),
            ("", None),
            ("none", None),
        ] {
            assert_eq!(communication(text), Ok(way), "{text}");
        }
        for text in ["mail", "letter", "fax"] {
            assert_eq!(communication(text), Err(codes::COMMUNICATION_UNSUPPORTED), "{text}");
        }
        for way in [P::Text, P::Phone, P::Email] {
            assert_eq!(communication(way.as_str()), Ok(Some(way)));
        }
    }
}
