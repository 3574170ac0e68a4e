//! One plan in every format, masked and shown.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::sample;
use super::*;
use crate::domain::{Consent, Consents, Customer, Field};

/// The sample plan with a refusal between its changes, as a plan in the order of rows has it.
fn render(kind: DiffKind, values: Values) -> String {
    let [created, updated] = sample::changes();
    render_changes(kind, values, Color::Plain, &[created, updated])
}

fn render_changes(kind: DiffKind, values: Values, color: Color, changes: &[Change]) -> String {
    let mut out = Vec::new();
    let mut format = open(kind, &mut out, values, color);
    let (department, run_id, key) = (sample::department(), sample::run_id(0xa1b2), sample::key("000190"));
    format.begin(&DiffHead { department: &department, run_id: &run_id }).unwrap();
    for change in changes {
        format.change(change).unwrap();
        format
            .rejected(&Rejection { customer_key: Some(&key), code: "name.missing", at: &sample::at(5) })
            .unwrap();
    }
    format.rejected(&Rejection { customer_key: None, code: "row.no_key", at: &sample::at(9) }).unwrap();
    format.end(&sample::dry_run(), &SummaryContext { color, ..Default::default() }).unwrap();
    drop(format);
    String::from_utf8(out).unwrap()
}

#[test]
fn every_format_masked_and_shown() {
    for kind in DiffKind::ALL {
        insta::assert_snapshot!(format!("{}-masked", kind.as_str()), render(kind, Values::Masked));
        insta::assert_snapshot!(format!("{}-shown", kind.as_str()), render(kind, Values::Shown));
    }
}

#[test]
fn json_is_one_document_whatever_the_order() {
    for changes in [Vec::new(), sample::changes().to_vec()] {
        let text = render_changes(DiffKind::Json, Values::Shown, Color::Plain, &changes);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["schema"], 1);
        assert_eq!(document["changes"].as_array().unwrap().len(), changes.len());
        assert_eq!(document["rejected"].as_array().unwrap().len(), changes.len() + 1);
        assert_eq!(document["rejected"][changes.len()]["customer_key"], serde_json::Value::Null);
        let summary: RunSummary = serde_json::from_value(document["summary"].clone()).unwrap();
        assert_eq!(summary, sample::dry_run());
    }
}

#[test]
fn many_rejections_wait_outside_of_memory_and_come_back_in_order() {
    let mut out = Vec::new();
    let mut format = JsonDiff::new(&mut out, Values::Masked);
    let (department, run_id) = (sample::department(), sample::run_id(1));
    format.begin(&DiffHead { department: &department, run_id: &run_id }).unwrap();
    for line in 2..20_002 {
        format
            .rejected(&Rejection { customer_key: None, code: "row.no_key", at: &sample::at(line) })
            .unwrap();
    }
    format.end(&sample::dry_run(), &SummaryContext::default()).unwrap();
    assert!(out.len() > 1 << 20, "more than is kept in memory");
    let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let rejected = document["rejected"].as_array().unwrap();
    assert_eq!((rejected.len(), &rejected[19_999]["source_line"]), (20_000, &20_001.into()));
}

#[test]
fn html_runs_no_script_and_asks_for_nothing() {
    let page = render(DiffKind::Html, Values::Shown);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for foreign in ["<script", "http://", "https://", "url(", "@import", "src=", "href=", "\u{1b}"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_name_cannot_move_the_cursor() {
    let text = render(DiffKind::Text, Values::Shown);
    assert!(text.contains(r"O'Neil\u{1b}[2J") && !text.contains('\u{1b}'));
}

#[test]
fn colours_add_nothing_but_escape_sequences() {
    let changes = sample::changes();
    let plain = render(DiffKind::Text, Values::Masked);
    let mut colored = render_changes(DiffKind::Text, Values::Masked, Color::Ansi, &changes);
    assert_ne!(plain, colored);
    for code in ["0", "1", "2", "31", "32", "33"] {
        colored = colored.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(plain, colored);
}

#[test]
fn one_change_alone() {
    let [_, updated] = sample::changes();
    let mut out = Vec::new();
    super::super::text::diff_text(&mut out, &updated, Values::Masked).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("~ update 000181  exports/crm.csv:7\n"), "{text}");
    assert!(text.contains("\n    cellPhone[cell]: +1********43 -> +1********87\n"), "{text}");
}

#[test]
fn a_block_of_a_rejected_row_says_what_it_is_in_every_format() {
    let [_, updated] = sample::changes();
    let consents = Consents { call: Consent::Blocked, text: Consent::Blocked, ..Consents::default() };
    let fields = vec![sample::field(Field::OkToText, None, Some("allowed"), Some("blocked"))];
    let ours = Customer { consents, ..updated.ours.clone() };
    let block = Change { scope: Scope::OptOuts, ours, fields, ..updated };
    for (kind, text) in [
        (DiffKind::Text, "~ block 000181: call and text, though its row is rejected  exports/crm.csv:7"),
        (DiffKind::Json, r#""customer_key":"000181","action":"block""#),
        (DiffKind::Csv, "000181,block,okToText,,allowed,blocked,exports/crm.csv,7"),
        (DiffKind::Html, "<b>block</b> 000181 call and text, though its row is rejected"),
    ] {
        let shown = render_changes(kind, Values::Masked, Color::Plain, std::slice::from_ref(&block));
        assert!(shown.contains(text), "{shown}");
    }
}

#[test]
fn a_reader_that_leaves_is_an_error_of_its_kind() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    for kind in DiffKind::ALL {
        let mut format = open(kind, Gone, Values::Masked, Color::Plain);
        let error = format.end(&sample::dry_run(), &SummaryContext::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", kind.as_str());
    }
}

/// A personal field with a value that stands nowhere else in a report.
fn personal() -> impl Strategy<Value = (Field, String)> {
    let text =
        [Field::FirstName, Field::LastName, Field::Company, Field::AddressLine1, Field::City, Field::Zip]
            .into_iter()
            .chain([Field::LicensePlate, Field::VehicleKey]);
    let text = (proptest::sample::select(text.collect::<Vec<_>>()), "Zq[A-Za-z0-9 '&<]{2,20}");
    let phone = (Just(Field::CellPhone), "\\+1[2-9][0-9]{2}55501[0-9]{2}");
    let email = (Just(Field::Email), "zq[a-z0-9]{1,9}@[a-z]{2,9}\\.example");
    prop_oneof![text, phone, email, (Just(Field::Vin), Just(sample::VIN.to_owned()))]
}

proptest! {
    #[test]
    fn nothing_personal_leaves_masked((field, value) in personal()) {
        let of = |old, new| sample::field(field, Some(sample::VIN), old, new);
        let changes = [
            sample::create("1", vec![of(None, Some(&value))]),
            sample::update("2", vec![of(Some(&value), None), of(Some("x"), Some(&value))]),
        ];
        for kind in DiffKind::ALL {
            let text = render_changes(kind, Values::Masked, Color::Plain, &changes);
            prop_assert!(!text.contains(&value) && !text.contains(sample::VIN), "{}", kind.as_str());
            // An e-mail's two halves are personal each on its own.
            for part in value.split('@').filter(|part| part.len() > 5) {
                prop_assert!(!text.contains(part), "{}", kind.as_str());
            }
        }
    }
}
