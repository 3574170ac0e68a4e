//! Consent in the built-in profiles: every column, under every spelling of a flag.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::fold::fold;
use super::profiles_tests::{
    AUTHENTICOM, DT_CUSTOMERS, PBS, SL, SV, TEKION_A, TEKION_B, draft, profile, record,
};
use super::{Polarity, Profile};
use crate::domain::policy::Defaults;
use crate::domain::{Consent, Field};
use crate::normalize::Normalizer;

/// What one column of a profile says of call, text and email, by its cell.
struct Asked {
    profile: &'static str,
    header: &'static str,
    column: &'static str,
    polarity: Polarity,
    /// Channels that it asks about.
    channels: &'static [Field],
    /// Channels that its no blocks too, and its yes does not allow.
    also: &'static [Field],
}

/// What a word says, whatever is asked.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Yes,
    No,
    /// "May contact", in so many words.
    Open,
    /// "Do not contact", in so many words.
    Out,
    /// Nothing that is known.
    Nothing,
}

/// Every column of consent of every profile, and those of which we do not ask.
fn asked_columns() -> Vec<Asked> {
    use Field::{OkToCall as C, OkToEmail as E, OkToText as T};
    use Polarity::{Allow, Block};
    let asked = |profile, header, column, polarity, channels, also| Asked {
        profile,
        header,
        column,
        polarity,
        channels,
        also,
    };
    let generic = "customerKey,okToCall,okToText,okToEmail";
    vec![
        asked("generic", generic, "okToCall", Allow, &[C][..], &[][..]),
        asked("generic", generic, "okToText", Allow, &[T], &[]),
        asked("generic", generic, "okToEmail", Allow, &[E], &[]),
        asked("dealervault-sl", SL, "Opt Out", Block, &[C, T, E], &[]),
        asked("dealervault-sl", SL, "Block Email", Block, &[E], &[]),
        asked("dealervault-sl", SL, "Block Phone", Block, &[C, T], &[]),
        asked("dealervault-sl", SL, "Block Mail", Block, &[], &[]),
        asked("dealervault-sl", SL, "Co-Buyer Opt Out", Block, &[], &[]),
        asked("dealervault-sl", SL, "Co Buyer Block Email", Block, &[], &[]),
        asked("dealervault-sv", SV, "Opt Out", Block, &[C, T, E], &[]),
        asked("dealervault-sv", SV, "Block Email", Block, &[E], &[]),
        asked("dealervault-sv", SV, "Block Phone", Block, &[C, T], &[]),
        asked("authenticom-sv", AUTHENTICOM, "GlobalOptOut", Block, &[C, T, E], &[]),
        asked("authenticom-sv", AUTHENTICOM, "EmailBlock", Block, &[E], &[]),
        asked("authenticom-sv", AUTHENTICOM, "PhoneBlock", Block, &[C, T], &[]),
        asked("authenticom-sv", AUTHENTICOM, "MailBlock", Block, &[], &[]),
        asked("tekion", TEKION_A, "block email", Block, &[E], &[]),
        asked("tekion", TEKION_A, "block phone", Block, &[C, T], &[]),
        asked("tekion", TEKION_B, "allow_email_solicitation", Allow, &[E], &[]),
        asked("tekion", TEKION_B, "allow_phone_solicitation", Allow, &[C], &[T]),
        asked("tekion", TEKION_B, "allow_mail_solicitation", Allow, &[], &[]),
        asked("dealertrack", DT_CUSTOMERS, "AllowContactByEmail", Allow, &[E], &[]),
        asked("dealertrack", DT_CUSTOMERS, "AllowContactByPhone", Allow, &[C], &[T]),
        asked("dealertrack", DT_CUSTOMERS, "AllowContactByPostal", Allow, &[], &[]),
        asked("pbs", PBS, "CommPrefEmail", Allow, &[E], &[]),
        asked("pbs", PBS, "CommPrefPhone", Allow, &[C], &[]),
        asked("pbs", PBS, "CommPrefTextMessage", Allow, &[T], &[]),
        asked("pbs", PBS, "CommPrefLetter", Allow, &[], &[]),
    ]
}

#[test]
fn consent_of_every_profile_under_every_spelling() {
    use Polarity::{Allow, Block};
    let yes = ["Y", "y", "1", "T", "True", "yes", "X", "-1"];
    let no = ["N", "n", "0", "F", "False", "no"];
    let open = ["Opt In", "OPTED IN", "Allowed"];
    let out = [
        "STOP",
        "DNC",
        "Do Not Call",
        "DO NOT TEXT",
        "do not email",
        "Do Not Mail",
        "DO NOT CONTACT",
        "Opt Out",
        "OPTOUT",
        "opted out",
        "Unsubscribe",
        "Unsubscribed",
        "BLOCK",
        "Blocked",
    ];
    let odd = ["", "  ", "maybe", "2", "*", "B", "YY", "-2", "09/08/2026", "stop?!x"];
    let words =
        |words: &[&'static str], says| words.iter().map(move |word| (*word, says)).collect::<Vec<_>>();
    let spellings = [
        words(&yes, Says::Yes),
        words(&no, Says::No),
        words(&open, Says::Open),
        words(&out, Says::Out),
        words(&odd, Says::Nothing),
    ];
    let spellings = spellings.concat();
    for Asked { profile, header, column, polarity, channels, also } in asked_columns() {
        for (word, says) in &spellings {
            let key = [
                "customerKey",
                "Customer Number",
                "CustomerNumber",
                "customer number",
                "contact_id",
                "ContactId",
            ];
            let key = key.into_iter().find(|key| header.split(',').any(|name| name == *key)).unwrap();
            let draft = draft(profile, header, &[(key, "1"), (column, word)]);
            let expected = |channel| match (polarity, says) {
                (Block, Says::Yes | Says::Out) if channels.contains(&channel) => Consent::Blocked,
                (Allow, Says::No | Says::Out) if channels.contains(&channel) || also.contains(&channel) => {
                    Consent::Blocked
                }
                (Allow, Says::Yes | Says::Open) if channels.contains(&channel) => Consent::Allowed,
                _ => Consent::Unknown,
            };
            let found = draft.consents;
            let what = format!("{profile} {column} {word:?}");
            assert_eq!(
                [found.call, found.text, found.email],
                [Field::OkToCall, Field::OkToText, Field::OkToEmail].map(expected),
                "{what}"
            );
            let warned = draft.warnings.iter().any(|warning| warning.finding.code == "consent.unrecognised");
            let odd = *says == Says::Nothing && !word.trim().is_empty();
            assert_eq!(warned, odd && !channels.is_empty(), "{what}");
        }
    }
}

#[test]
fn a_block_in_any_column_or_row_wins() {
    let sv = profile("dealervault-sv");
    let base =
        [("DV Dealer ID", "D"), ("Customer Number", "1"), ("First Name", "Ann"), ("Last Name", "Smith")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
    let (open, out) = (with(&[("Opt Out", "N"), ("Block Email", "N")]), with(&[("Opt Out", "Y")]));
    for rows in [[&open, &out], [&out, &open]] {
        let rows: Vec<_> = rows.iter().map(|cells| (SV, cells.as_slice())).collect();
        let draft = Normalizer::new(&Defaults::default()).draft(record(&sv, &rows));
        let all = [draft.consents.call, draft.consents.text, draft.consents.email];
        assert_eq!(all, [Consent::Blocked; 3]);
    }
}

#[test]
fn no_profile_has_a_column_of_consent_that_is_not_asked_above() {
    let asked: BTreeSet<_> =
        asked_columns().iter().map(|asked| (asked.profile.to_owned(), fold(asked.column))).collect();
    for name in Profile::builtin_names() {
        for layout in profile(name).layouts {
            let own = layout.columns.iter().filter(|rule| rule.slot.field.is_consent());
            let own = own.map(|rule| &rule.names[0]);
            for column in layout.consent.iter().map(|rule| &rule.name).chain(own) {
                assert!(asked.contains(&(name.to_owned(), fold(column))), "{name}: {column}");
            }
        }
    }
}
