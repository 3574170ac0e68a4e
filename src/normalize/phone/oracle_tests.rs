//! The fast path against the `phonenumber` crate, over generated and mutated numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::tests::run;
use super::*;
use crate::normalize::fixed;

/// What the crate makes of `text`, as read in the United States.
fn oracle(text: &str) -> Option<Phone> {
    let number = parse(text)?;
    let valid = phonenumber::is_valid(&number) && number.code().value() == 1;
    valid.then(|| Phone::from_e164(&format!("+1{:010}", number.national().value()))).flatten()
}

/// Ten digits, mostly: of areas in use, at random, of areas that are used in part or not at all; seven, nine and eleven.
fn digits() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "(201|206|212|303|404|416|503|514|604|617|702|808|867|907|989)[2-9][0-9]{6}",
        4 => "[2-9][0-9]{2}[2-9][0-9]{6}",
        2 => "[0-9]{10}",
        2 => "(242|246|340|345|441|472|523|671|809|868|876|983)[0-9]{7}",
        1 => "(000|011|100|211|311|411|555|911|370|960|999)[0-9]{7}",
        1 => "(800|833|844|855|866|877|888|900|700|600|500)[2-9][0-9]{6}",
        1 => "[2-9][0-9]{6}",
        1 => "[0-9]{9}|[0-9]{11}",
    ]
}

/// `d` stands for the next digit; what is left of them follows.
const SHAPES: [&str; 24] = [
    "dddddddddd",
    "ddd-ddd-dddd",
    "(ddd) ddd-dddd",
    "(ddd)dddddddd",
    "(ddd)-ddd-dddd",
    "ddd.ddd.dddd",
    "ddd ddd dddd",
    "ddd  ddd  dddd",
    "1dddddddddd",
    "1-ddd-ddd-dddd",
    "1 (ddd) ddd-dddd",
    "1.ddd.ddd.dddd",
    "+1dddddddddd",
    "+1 (ddd) ddd-dddd",
    "+1.ddd.ddd.dddd",
    "+1-ddd-ddd-dddd",
    "001dddddddddd",
    "011 1 ddd ddd dddd",
    "0111dddddddddd",
    "+dddddddddd",
    "+44dddddddddd",
    "ddd-dddd",
    "0dddddddddd",
    " (ddd)  ddd - dddd ",
];

/// Spaces, dashes and digits as other keyboards and word processors write them, and marks that nobody sees.
const ODD: [(char, &str); 10] = [
    ('-', "\u{2010}"),
    ('-', "\u{2011}"),
    ('-', "\u{2013}"),
    ('-', "\u{2014}"),
    ('-', "\u{2212}"),
    (' ', "\u{a0}"),
    (' ', "\u{2009}"),
    (' ', "\u{3000}"),
    ('5', "\u{ff15}"),
    ('0', "0\u{200b}"),
];

/// A number of North America as people type it, sometimes with one character changed.
fn north_american() -> impl Strategy<Value = String> {
    let tail = prop_oneof![
        6 => Just(String::new()),
        2 => "( |  )?(x|ext|ext\\.|extn|extension|#|X|EXT) ?[0-9]{1,7}",
        1 => "(;ext=|, ?ext\\.? ?|~)[0-9]{1,7}",
    ];
    let letters = prop::option::weighted(0.1, "[A-Za-z]{4,7}");
    let odd = prop::option::weighted(0.15, prop::sample::select(&ODD[..]));
    let edit = prop::option::weighted(0.3, (any::<prop::sample::Index>(), "[0-9 +().xE-]?"));
    (digits(), prop::sample::select(&SHAPES[..]), tail, letters, odd, edit).prop_map(
        |(digits, shape, tail, letters, odd, edit)| {
            let mut digits = digits.chars();
            let mut text: String =
                shape.chars().filter_map(|c| if c == 'd' { digits.next() } else { Some(c) }).collect();
            text.extend(digits);
            if let Some(letters) = letters {
                // The last of the digits are spelled.
                text.truncate(text.len().saturating_sub(letters.len()));
                text += &letters;
            }
            text += &tail;
            if let Some((at, with)) = edit.filter(|_| !text.is_empty()) {
                let at = at.index(text.len());
                text.replace_range(at..=at, &with);
            }
            odd.map_or(text.clone(), |(plain, odd)| text.replace(plain, odd))
        },
    )
}

/// What is odd about a text is only how its characters are drawn: the crate is asked about the same in ASCII.
fn drawn_plainly(text: &str) -> String {
    let plain = |c: char| ODD.iter().find(|(_, odd)| odd.ends_with(c) && !c.is_ascii());
    let each = text.chars().map(|c| match plain(c) {
        Some((_, odd)) if odd.chars().count() > 1 => String::new(),
        Some((plain, _)) => plain.to_string(),
        None => c.to_string(),
    });
    each.collect()
}

/// `a-b` per number: which generated texts come to a number, and which do not, so that neither is all of them.
#[test]
fn the_generator_makes_good_numbers_and_bad_ones() {
    let mut runner = proptest::test_runner::TestRunner::new(fixed(1));
    let texts: Vec<_> =
        (0..2000).map(|_| north_american().new_tree(&mut runner).unwrap().current()).collect();
    let share = |what: &dyn Fn(&String) -> bool| texts.iter().filter(|text| what(text)).count();
    let good = share(&|text| oracle(&drawn_plainly(text)).is_some());
    let counts = [
        good,
        texts.len() - good,
        share(&|text| !text.is_ascii()),
        share(&|text| text.chars().any(|c| c.is_ascii_alphabetic())),
        share(&|text| count_digits(text) == 7),
        share(&|text| text.starts_with("011") || text.starts_with('+')),
    ];
    let least = [600, 600, 100, 300, 40, 200];
    assert!(counts.iter().zip(least).all(|(count, least)| *count >= least), "{counts:?}");
}

proptest! {
    #![proptest_config(fixed(8000))]

    #[test]
    fn agrees_with_phonenumber(text in north_american()) {
        let plainly = drawn_plainly(&text);
        let ours = match read(text.trim()) {
            Reading::Trimmed(phone, codes::PHONE_NOTE) => {
                prop_assert_eq!(oracle(&phone.e164()), Some(phone), "{:?}", text);
                return Ok(());
            }
            Reading::Number(phone) | Reading::Trimmed(phone, _) => Some(phone),
            Reading::Placeholder => return Ok(()),
            Reading::Blank | Reading::Unusable(_) => None,
        };
        // Letters for digits, which the crate takes everywhere: see the exceptions that the room documents.
        let theirs = oracle(&plainly).filter(|phone| !is_spelled(&plainly, *phone) || is_toll_free(*phone));
        prop_assert_eq!(ours.map(|p| p.e164()), theirs.map(|p| p.e164()), "{:?}", text);
    }
}

proptest! {
    #![proptest_config(fixed(3000))]

    #[test]
    fn reading_twice_is_reading_once(text in north_american(), other in north_american()) {
        if let (Claim::Value(phones), _) = run(&format!("{text}; {other}")) {
            prop_assert_eq!(run(&phones.join("; ")), (Claim::Value(phones), vec![]));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*|[0-9+*#x;=/,. -]*|[+0-9]{1,5}[a-z;=:.*]*|.*") {
        run(&text);
    }
}
