//! Shapes of phone cells, and the fast path against the `phonenumber` crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::normalize::fixed;

fn run(raw: &str) -> (Claim<Vec<String>>, Vec<&'static str>) {
    let mut codes = Vec::new();
    let claim = phones(raw, &mut |rule| codes.push(rule.code));
    (claim.map(|phones| phones.iter().map(Phone::e164).collect()), codes)
}

#[test]
fn every_shape_of_one_number() {
    for raw in [
        "2065550143",
        "206-555-0143",
        "(206) 555-0143",
        "(206)555-0143",
        "206.555.0143",
        "206 555 0143",
        " 2065550143 ",
        "+1 2065550143",
        "+12065550143",
        "1-206-555-0143",
        "12065550143",
        "+1 (206) 555-0143",
        "206/555-0143",
        "206\u{2013}555\u{2013}0143",
        "206\u{a0}555\u{a0}0143",
        "206\u{200b}5550143\u{202c}",
        "tel:+1-206-555-0143",
        "01112065550143",
        "H: 206-555-0143",
        "2065550143 x",
        "2065550143 x0000",
        "2065550143.0",
        "12065550143.00",
    ] {
        assert_eq!(run(raw), (Claim::Value(vec!["+12065550143".to_owned()]), vec![]), "{raw:?}");
    }
}

#[test]
fn what_follows_a_number_is_dropped_with_a_warning() {
    for (raw, code) in [
        ("2065550143 x123", "phone.extension"),
        ("2065550143x123", "phone.extension"),
        ("206-555-0143 ext 5", "phone.extension"),
        ("206-555-0143 ext. 5", "phone.extension"),
        ("206-555-0143 EXT: 512", "phone.extension"),
        ("206-555-0143 extension 5", "phone.extension"),
        ("206-555-0143 #5", "phone.extension"),
        ("206-555-0143 poste 31", "phone.extension"),
        ("12065550143 Extn 0042", "phone.extension"),
        ("206-555-0143, ext 5678", "phone.extension"),
        ("206-555-0143/x302", "phone.extension"),
        ("206-555-0143 CELL", "phone.note"),
        ("206-555-0143 (wife)", "phone.note"),
        ("2065550143 (after 5:30)", "phone.note"),
        ("206-555-0143 until 6 pm", "phone.note"),
        ("téléphone 206-555-0143", "phone.note"),
    ] {
        assert_eq!(run(raw), (Claim::Value(vec!["+12065550143".to_owned()]), vec![code]), "{raw:?}");
    }
}

#[test]
fn several_numbers_in_one_cell() {
    let both = Claim::Value(vec!["+12065550143".to_owned(), "+12065550144".to_owned()]);
    for raw in [
        "206-555-0143 / 206-555-0144",
        "2065550143/2065550144",
        "2065550143;2065550144",
        "2065550143,2065550144",
        "(206) 555-0143 or (206) 555-0144",
        "(206) 555-0143 OR (206) 555-0144",
        "2065550143|2065550144",
        "2065550143 & 2065550144",
        "2065550143\n2065550144",
        "2065550143; 2065550144; 206.555.0143",
        "206-555-0143 206-555-0144",
        "(206) 555-0143 (206) 555-0144",
        "1 206 555 0143 1 206 555 0144",
        "2065550143  2065550144",
    ] {
        assert_eq!(run(raw), (both.clone(), vec![]), "{raw:?}");
    }
    let one = Claim::Value(vec!["+12065550143".to_owned()]);
    for (raw, codes) in [
        ("2065550143 / 555-0144", vec!["phone.too_short"]),
        ("2065550143 / +44 20 7946 0958", vec!["phone.not_north_american"]),
        ("0000000000; 2065550143", vec!["phone.placeholder"]),
        ("2065550143/2065550143", vec![]),
    ] {
        assert_eq!(run(raw), (one.clone(), codes), "{raw:?}");
    }
    assert_eq!(run("206 555 0143 5550144"), (Claim::Silent, vec!["phone.invalid"]));
    assert_eq!(run("555-0143/555-0144"), (Claim::Silent, vec!["phone.too_short"; 2]));
    assert_eq!(run("0000000000/2065"), (Claim::Silent, vec!["phone.placeholder", "phone.too_short"]));
}

#[test]
fn nothing_said_in_many_ways() {
    for raw in [
        "",
        "  ",
        "0",
        "000",
        "0-0",
        "NONE",
        "none",
        "N/A",
        "NA",
        "NULL",
        "-",
        "(   )    -    ",
        "()-",
        "DECLINED",
    ] {
        assert_eq!(run(raw), (Claim::Blank, vec![]), "{raw:?}");
    }
    for raw in [
        "0000000000",
        "000-000-0000",
        "9999999999",
        "(999) 999-9999",
        "1111111111",
        "5555555555",
        "8888888888",
        "1 888 888 8888",
        "+19999999999",
        "1234567890",
        "9999999",
    ] {
        assert_eq!(run(raw), (Claim::Blank, vec!["phone.placeholder"]), "{raw:?}");
    }
}

#[test]
fn an_unusable_number_is_silence_not_removal() {
    for (raw, code) in [
        ("5550143", "phone.too_short"),
        ("555-0143", "phone.too_short"),
        ("206", "phone.too_short"),
        ("206-555 WORK", "phone.too_short"),
        ("2115550143", "phone.invalid"),
        ("1065550143", "phone.invalid"),
        ("2061550143", "phone.invalid"),
        ("8091550143", "phone.invalid"),
        ("20655501434", "phone.invalid"),
        ("2.065550143E+09", "phone.damaged"),
        ("2E+09", "phone.damaged"),
        ("2065550143 call 5550144", "phone.invalid"),
        ("2065550143206555014", "phone.invalid"),
        ("SAME AS HOME", "phone.invalid"),
        ("jane@example.com", "phone.invalid"),
        ("電話", "phone.invalid"),
        ("+44 20 7946 0958", "phone.not_north_american"),
        ("011 44 20 7946 0958", "phone.not_north_american"),
        ("+33 1 99 00 12 34", "phone.not_north_american"),
    ] {
        assert_eq!(run(raw), (Claim::Silent, vec![code]), "{raw:?}");
    }
}

#[test]
fn letters_stand_for_digits_in_toll_free_numbers_only() {
    assert_eq!(run("1-800-FLOWERS"), (Claim::Value(vec!["+18003569377".to_owned()]), vec![]));
    assert_eq!(run("206-FLOWERS").0, Claim::Silent);
}

#[test]
fn areas_that_the_metadata_must_be_asked_about() {
    assert_eq!(run("242-302-0143"), (Claim::Value(vec!["+12423020143".to_owned()]), vec![]));
    assert_eq!(run("242-555-0143"), (Claim::Silent, vec!["phone.invalid"]));
}

/// What the crate makes of `text`, as read in the United States.
fn oracle(text: &str) -> Option<Phone> {
    let number = parse(text)?;
    let valid = phonenumber::is_valid(&number) && number.code().value() == 1;
    valid.then(|| Phone::from_e164(&format!("+1{:010}", number.national().value()))).flatten()
}

/// Digits in the groups of North America, wrapped, and sometimes with one character changed.
fn north_american() -> impl Strategy<Value = String> {
    let digits = prop_oneof![
        4 => "[2-9][0-9]{2}[2-9][0-9]{6}",
        1 => "[0-9]{10}",
        1 => "(242|246|340|345|441|472|523|671|809|868|876|983)[0-9]{7}",
    ];
    let shape = prop::sample::select(vec![
        "aaaeeellll",
        "aaa-eee-llll",
        "(aaa) eee-llll",
        "(aaa)eeellll",
        "aaa.eee.llll",
        "aaa eee llll",
        "1aaaeeellll",
        "1-aaa-eee-llll",
        "+1aaaeeellll",
        "+1 (aaa) eee-llll",
        "+1.aaa.eee.llll",
        "001aaaeeellll",
        "011 1 aaa eee llll",
    ]);
    let tail = prop_oneof![
        4 => Just(String::new()),
        1 => "( |  )?(x|ext|ext\\.|extn|extension|#|X|EXT) ?[0-9]{1,7}",
    ];
    let edit = prop::option::weighted(0.3, (any::<prop::sample::Index>(), "[0-9 +().xE-]?"));
    (digits, shape, tail, edit).prop_map(|(digits, shape, tail, edit)| {
        let mut digits = digits.chars();
        let fill = |c: char| if c.is_ascii_lowercase() { digits.next().unwrap() } else { c };
        let mut text: String = shape.chars().map(fill).collect();
        text += &tail;
        if let Some((at, with)) = edit {
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
        }
        text
    })
}

proptest! {
    #![proptest_config(fixed(3000))]

    #[test]
    fn agrees_with_phonenumber(text in north_american()) {
        let ours = match read(text.trim()) {
            Reading::Trimmed(phone, codes::PHONE_NOTE) => {
                prop_assert_eq!(oracle(&phone.e164()), Some(phone), "{}", text);
                return Ok(());
            }
            Reading::Number(phone) | Reading::Trimmed(phone, _) => Some(phone),
            Reading::Placeholder => return Ok(()),
            Reading::Blank | Reading::Unusable(_) => None,
        };
        // Letters for digits, which the crate takes everywhere: see the exceptions that the room documents.
        let theirs = oracle(&text).filter(|phone| !is_spelled(&text, *phone) || is_toll_free(*phone));
        prop_assert_eq!(ours.map(|p| p.e164()), theirs.map(|p| p.e164()), "{}", text);
    }

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
