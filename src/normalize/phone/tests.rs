//! Shapes of phone cells, case by case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

pub(super) fn run(raw: &str) -> (Claim<Vec<String>>, Vec<&'static str>) {
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
        "（２０６）５５５－０１４３",
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
