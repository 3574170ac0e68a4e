//! E-mail addresses: one cell to the addresses in it.
//!
//! Addresses are written in small letters throughout: no provider in use tells them apart in the local part, and
//! the same mailbox in two spellings would look like a change every night. The `email_address` crate judges; a
//! host needs a dot. Spaces are removed beside `@`, `.`, `-` and `_` alone, for two joined words could be a
//! stranger's mailbox.

use email_address::{EmailAddress, Options};

use super::codes::{self, Rule};
use super::text::{self, Nulls};
use crate::domain::{Claim, Email};

/// Words for "no e-mail", folded.
const NOTHING: [&str; 17] = [
    "NA",
    "CD",
    "NONE",
    "NO",
    "NOEMAIL",
    "NOEMAILADDRESS",
    "NOMAIL",
    "DECLINED",
    "DECLINE",
    "DECLINES",
    "REFUSED",
    "REFUSE",
    "UNKNOWN",
    "NOTAVAILABLE",
    "NOTGIVEN",
    "NOTPROVIDED",
    "DOESNOTHAVE",
];

/// Local parts, without punctuation, that stand for "no e-mail" wherever they are.
const NOBODY: [&str; 15] = [
    "none",
    "noemail",
    "noemails",
    "noemailaddress",
    "nomail",
    "noreply",
    "donotreply",
    "noaddress",
    "nobody",
    "nothing",
    "notprovided",
    "declined",
    "refused",
    "donotemail",
    "noemailgiven",
];

/// Addresses that are typed where there is none.
const PLACEHOLDERS: [&str; 8] = [
    "na@na.com",
    "no@no.com",
    "no@email.com",
    "no@mail.com",
    "test@test.com",
    "a@a.com",
    "x@x.com",
    "unknown@unknown.com",
];

/// What one address's text comes to.
enum Reading {
    Address(Email),
    Repaired(Email),
    Blank,
    Placeholder,
    Invalid,
}

/// The addresses of one cell in the cell's order, each once. Unusable ones are dropped with a warning; where none
/// is left, an unusable one makes the cell silent and placeholders make it blank.
pub(super) fn emails(raw: &str, warn: &mut dyn FnMut(Rule)) -> Claim<Vec<Email>> {
    let mut emails: Vec<Email> = Vec::new();
    let mut unusable = false;
    each(raw, |text| match read(text) {
        Reading::Blank => {}
        Reading::Placeholder => warn(codes::EMAIL_PLACEHOLDER),
        Reading::Invalid => {
            unusable = true;
            warn(codes::EMAIL_INVALID);
        }
        Reading::Address(email) => add(&mut emails, email),
        Reading::Repaired(email) => {
            warn(codes::EMAIL_REPAIRED);
            add(&mut emails, email);
        }
    });
    match (emails.is_empty(), unusable) {
        (false, _) => Claim::Value(emails),
        (true, true) => Claim::Silent,
        (true, false) => Claim::Blank,
    }
}

fn add(emails: &mut Vec<Email>, email: Email) {
    if !emails.contains(&email) {
        emails.push(email);
    }
}

/// Calls `visit` for the text of each address: between separators; between spaces and slashes where every piece
/// has an `@`, for both may also stand within one address.
fn each<'a>(raw: &'a str, mut visit: impl FnMut(&'a str)) {
    for part in raw.split([';', ',', '|', '\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty()) {
        let pieces = || part.split(|c: char| c == '/' || c.is_whitespace()).filter(|piece| !piece.is_empty());
        let crowded =
            pieces().nth(1).is_some() && pieces().all(|piece| piece.trim_matches('@').contains('@'));
        if crowded { pieces().for_each(&mut visit) } else { visit(part) }
    }
}

fn read(text: &str) -> Reading {
    let text = unwrapped(text);
    if is_nothing(text) {
        return Reading::Blank;
    }
    if let Some(email) = judged(text) {
        return email;
    }
    let repaired = repaired(text);
    match judged(&repaired) {
        Some(Reading::Address(email)) => Reading::Repaired(email),
        Some(other) => other,
        None => Reading::Invalid,
    }
}

/// The address without `mailto:`, a display name, angle brackets or quotes around it.
fn unwrapped(text: &str) -> &str {
    let text = match text.rsplit_once('<') {
        Some((_, address)) => address.split_once('>').map_or(address, |(address, _)| address),
        None => text,
    };
    let text = text.trim().trim_matches(['"', '\'']);
    let scheme = text.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("mailto:"));
    (if scheme { &text[7..] } else { text }).trim()
}

fn is_nothing(text: &str) -> bool {
    text::is_null(text, Nulls::Any)
        || (!text.contains('@') && text.len() <= 24 && NOTHING.contains(&text::folded(text).as_str()))
}

/// The address in `text` where it is one, or the placeholder that it is.
fn judged(text: &str) -> Option<Reading> {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    let lower = text.to_lowercase();
    let (local, host) = lower.rsplit_once('@')?;
    if local.contains(['"', ' ', '(']) || host.split('.').any(str::is_empty) {
        return None;
    }
    let address = EmailAddress::parse_with_options(&lower, options).is_ok();
    if address && is_placeholder(&lower, local, host) {
        return Some(Reading::Placeholder);
    }
    address.then(|| Email::new(lower)).flatten().map(Reading::Address)
}

fn is_placeholder(address: &str, local: &str, host: &str) -> bool {
    let bare = |word: &str| local.bytes().filter(u8::is_ascii_alphanumeric).eq(word.bytes());
    let owner = host.rsplit_once('.').map_or(host, |(owner, _)| owner);
    PLACEHOLDERS.contains(&address)
        || NOBODY.iter().any(|word| bare(word))
        || matches!(owner, "none" | "noemail" | "no-email" | "nomail" | "noreply")
        || host.ends_with(".invalid")
}

/// `text` without the spaces and punctuation that slip in: beside `@`, `.`, `-`, `_`, and at both ends.
fn repaired(text: &str) -> String {
    let joint = |c: Option<&char>| c.is_some_and(|c| "@.-_".contains(*c));
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || ".:>)]('\"".contains(c));
    let letters: Vec<char> = text::tidy(text.to_owned()).chars().collect();
    let keeps = |at: usize| {
        letters[at] != ' ' || !(joint(letters.get(at.wrapping_sub(1))) || joint(letters.get(at + 1)))
    };
    (0..letters.len()).filter(|at| keeps(*at)).map(|at| letters[at]).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normalize::fixed;

    fn run(raw: &str) -> (Claim<Vec<String>>, Vec<&'static str>) {
        let mut codes = Vec::new();
        let claim = emails(raw, &mut |rule| codes.push(rule.code));
        (claim.map(|emails| emails.iter().map(|email| email.as_str().to_owned()).collect()), codes)
    }

    fn found(addresses: &[&str]) -> Claim<Vec<String>> {
        Claim::Value(addresses.iter().map(|a| (*a).to_owned()).collect())
    }

    #[test]
    fn every_shape_of_a_cell() {
        for raw in [
            "jane@example.com",
            "JANE@EXAMPLE.COM",
            "  Jane@Example.com ",
            "mailto:jane@example.com",
            "<jane@example.com>",
            "Jane Doe <jane@example.com>",
            "'jane@example.com'",
            "jane@example.com;",
            "jane@example.com; JANE@example.com",
            "jane@example.com, NONE",
        ] {
            assert_eq!(run(raw), (found(&["jane@example.com"]), vec![]), "{raw}");
        }
        for raw in [
            "jane @ example.com",
            "jane@example .com",
            "jane@ example.com",
            "jane@example.com.",
            "jane\u{200b}@example.com",
        ] {
            assert_eq!(run(raw), (found(&["jane@example.com"]), vec!["email.repaired"]), "{raw}");
        }
        let both = found(&["jane@example.com", "joe+cars@mail.example.org"]);
        for raw in [
            "jane@example.com;joe+cars@mail.example.org",
            "jane@example.com, joe+cars@mail.example.org",
            "jane@example.com joe+cars@mail.example.org",
            "jane@example.com\njoe+cars@mail.example.org",
            "jane@example.com/joe+cars@mail.example.org",
        ] {
            assert_eq!(run(raw), (both.clone(), vec![]), "{raw}");
        }
        assert_eq!(run("jane@example.com;joe@"), (found(&["jane@example.com"]), vec!["email.invalid"]));
        assert_eq!(
            run("none@none.com;jane@example.com"),
            (found(&["jane@example.com"]), vec!["email.placeholder"])
        );
    }

    #[test]
    fn words_for_nothing_are_blank() {
        for raw in [
            "", " ", "NA", "CD", "N/A", "n/a", "NONE", "none", "DECLINED", "Refused", "no email", "-", "@",
            "0",
        ] {
            assert_eq!(run(raw), (Claim::Blank, vec![]), "{raw}");
        }
    }

    #[test]
    fn placeholders_are_blank_with_a_warning() {
        for raw in [
            "noemail@example.com",
            "NoEmail@dealer.example.com",
            "no-email@example.com",
            "none@none.com",
            "none@example.com",
            "na@na.com",
            "no@email.com",
            "test@test.com",
            "noreply@example.com",
            "no-reply@example.com",
            "jane@noemail.com",
        ] {
            assert_eq!(run(raw), (Claim::Blank, vec!["email.placeholder"]), "{raw}");
        }
    }

    #[test]
    fn what_is_no_address_is_silence_not_removal() {
        for raw in [
            "jane",
            "jane@",
            "@example.com",
            "jane@example",
            "jane@@example.com",
            "jane@.com",
            "jane@example..com",
            "jane doe@example.com",
            "CELL jane@example.com",
            "jane@[192.0.2.1]",
            "2065550143",
            "\"jane doe\"@example.com",
        ] {
            assert_eq!(run(raw), (Claim::Silent, vec!["email.invalid"]), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(fixed(1500))]

        #[test]
        fn reading_twice_is_reading_once(
            raw in "\\PC*|([A-Za-z0-9 ._+-]{1,8}[@ ]{1,2}[a-zA-Z0-9-]{1,6} ?\\.[a-z]{1,4}[;, >]?){1,3}|[<\"' a-z@.]*"
        ) {
            if let (Claim::Value(emails), _) = run(&raw) {
                prop_assert_eq!(run(&emails.join("; ")), (Claim::Value(emails), vec![]));
            }
        }
    }
}
