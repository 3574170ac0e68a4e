//! What must hold whatever bytes come in: one function for each fuzz target, which panics where it does not. The
//! targets (`targets/`) and the replay of their corpora (`tests/corpora.rs`) share them.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, unreachable_pub)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use csv::ByteRecord;
use dms_sync::api::classify::Effect;
use dms_sync::api::wire::{
    CustomerProfileDataResponse, CustomerWithVehiclesResponse, SaveCustomerResponse, SearchMinimalResponse,
    SearchResponse,
};
use dms_sync::api::{Failure, answered};
use dms_sync::config::{Department, Input};
use dms_sync::domain::event::Unobserved;
use dms_sync::domain::policy::Defaults;
use dms_sync::domain::{
    Customer, CustomerKey, Field, Phase, Phone, Position, Presence, Slot, SourceRecord, SourceRow, Sourced,
    Vin,
};
use dms_sync::group::{Order, group};
use dms_sync::map::{DateFormat, Profile, Reading};
use dms_sync::normalize::Normalizer;
use dms_sync::pipeline::intake::{Intake, Row};
use dms_sync::plan::RowOrder;
use dms_sync::push::Brake;
use dms_sync::validate::{Rules, Verdict, validate};
use jiff::tz::TimeZone;

/// The most rows of one input that are built into customers: what lies behind is more of the same.
const MOST_ROWS: usize = 500;

/// The first byte chooses a built-in profile, the others are a file of its layout: whatever they are, two readings of
/// it agree, every row is sound or says where and why it is not, and a customer that comes of it can be stored.
pub fn export(data: &[u8]) {
    let Some((choice, file)) = data.split_first() else { return };
    let names: Vec<_> = Profile::builtin_names().collect();
    let name = names[usize::from(*choice) % names.len()];
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("export.csv"), file).unwrap();
    let department = department(dir.path(), name);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let Ok(intake) = Intake::open(&department, dir.path(), now, &Unobserved) else { return };
    let (first, second) = (rows(&intake), rows(&intake));
    assert_eq!(first, second, "two readings of one file");
    let order = match intake.order() {
        RowOrder::Free => Order::Newest,
        RowOrder::Matters => Order::Last,
    };
    let mut customers: BTreeMap<CustomerKey, Vec<SourceRow>> = BTreeMap::new();
    for row in first.rows.into_iter().take(MOST_ROWS) {
        customers.entry(row.key.clone()).or_default().push(row);
    }
    let normalizer = Normalizer::new(&Defaults::default());
    for rows in customers.into_values() {
        let record = group(rows, order).expect("a customer has rows");
        if let Verdict::Valid { customer, .. } = validate(normalizer.draft(record), Rules::default()) {
            can_be_stored(&customer);
        }
    }
}

/// Any text as a profile: it is refused with the place of what is wrong with it, or it can be bound and hashed.
pub fn profile(data: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.toml"), data).unwrap();
    let Ok(profile) = Profile::load("mine.toml", dir.path()) else { return };
    let again = Profile::load("mine.toml", dir.path()).expect("the same file again");
    assert_eq!(profile.fingerprint(), again.fingerprint());
    assert!(!profile.layouts.is_empty());
    for header in [&["customerKey", "lastName", "cellPhone", "vin", "updatedAt"][..], &["", "", "a"], &[]] {
        let header: Vec<_> = header.iter().map(|name| (*name).to_owned()).collect();
        let Ok(binding) = profile.bind(&header, "mine.csv", &TimeZone::UTC) else { continue };
        let row = ByteRecord::from(vec!["7", "Cell:2065550143Home:", "DOE, JO", "0", "2026-09-08"]);
        let _ = binding.source_row(&row, at(), &|cell| Ok(String::from_utf8_lossy(cell)));
        assert_eq!(binding.row_fingerprint(&row), binding.row_fingerprint(&row));
    }
}

/// Any text in a phone column: every number that comes of it is one that `phonenumber` takes for valid, under the same
/// E.164, and is read as itself again.
pub fn phone(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for number in phones(text) {
        let e164 = number.e164();
        let theirs = phonenumber::parse(None, &e164).expect("an E.164 number");
        assert!(phonenumber::is_valid(&theirs), "{e164} of {text:?}");
        assert_eq!(theirs.format().mode(phonenumber::Mode::E164).to_string(), e164);
        assert_eq!(phones(&e164), [number], "{text:?}");
    }
}

/// Any text as a VIN: what is taken for one is 17 characters, is itself again, and its check digit is that of the
/// regulation's formula.
pub fn vin(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(vin) = Vin::parse(text) else { return };
    assert_eq!(vin.as_str().len(), 17);
    assert_eq!(Vin::parse(vin.as_str()).ok(), Some(vin));
    assert_eq!(vin.check_digit_holds(), check_digit(vin.as_str()) == vin.as_str().as_bytes()[8]);
}

/// The first byte chooses a format, the others are a date's cell: what is read depends on nothing but them, blanks
/// around it do not count, and no year lies before 1900.
pub fn date(data: &[u8]) {
    let Some((choice, cell)) = data.split_first() else { return };
    let formats = match DateFormat::ALL.get(usize::from(*choice)) {
        Some(format) => std::slice::from_ref(format),
        None => &DateFormat::ALL[..],
    };
    let zone = TimeZone::fixed(jiff::tz::offset(-6));
    let reading = Reading::of(cell, formats, &zone);
    let padded = [b"  ", cell, b" "].concat();
    assert_eq!(Reading::of(&padded, formats, &zone), reading);
    if let Reading::At(seconds) = reading {
        let at = jiff::Timestamp::from_second(seconds).expect("a moment");
        assert!(at.to_zoned(zone).year() >= 1900);
    }
}

/// The first byte chooses what was asked, the second the status, the third the content type; the others are the body.
/// Whatever an answer is, a create is repeated only where it was surely not applied, and the API's own texts stay out
/// of what is shown.
pub fn answer(data: &[u8]) {
    let [asked, status, content, body @ ..] = data else { return };
    let effect = [Effect::Read, Effect::Replace, Effect::Create][usize::from(*asked) % 3];
    let status = 100 + u16::from(*status) * 2;
    let content = [Some("application/json"), Some("text/html"), Some("text/plain; charset"), None]
        [usize::from(*content) % 4];
    let failures = [
        answered::<SaveCustomerResponse>(effect, status, content, body).err(),
        answered::<CustomerWithVehiclesResponse>(effect, status, content, body).err(),
        answered::<SearchMinimalResponse>(effect, status, content, body).err(),
        answered::<SearchResponse>(effect, status, content, body).err(),
        answered::<CustomerProfileDataResponse>(effect, status, content, body).err(),
    ];
    for error in failures.into_iter().flatten() {
        if effect == Effect::Create && (500..600).contains(&status) && status != 501 {
            assert!(!matches!(error.failure, Failure::Refused { .. }), "a create's {status} is no refusal");
        }
        assert!(!error.failure.code().is_empty());
        // `Debug` is what ends in a log.
        let shown = format!("{error:?}");
        assert!(shown.len() < 4096, "{} characters", shown.len());
    }
}

/// Everything that one reading of an export says.
#[derive(Debug, Default, PartialEq)]
struct Rows {
    rows: Vec<SourceRow>,
    refused: Vec<String>,
    prints: Vec<dms_sync::domain::Fingerprint>,
    digests: Vec<dms_sync::read::Digest>,
}

fn rows(intake: &Intake) -> Rows {
    let mut found = Rows::default();
    let mut last = 0;
    let digests = intake.each(Phase::Scan, &Unobserved, &Brake::default(), |source, row| {
        let at = match row {
            Row::Sound(record, at) => {
                found.prints.push(source.row_fingerprint(record));
                let decoder = source.decoder();
                match source.binding.source_row(record, source.at(at), &|cell| decoder.decode(cell)) {
                    Ok(row) => found.rows.push(row),
                    Err(finding) => found.refused.push(format!("{} {}", source.at(at), finding.code)),
                }
                at
            }
            Row::Malformed(_, malformed) => {
                let code = &malformed.finding.code;
                found.refused.push(format!("{} {code}", source.at(malformed.at)));
                malformed.at
            }
        };
        assert!(at.line >= 1 && at.line > last, "line {} after {last}", at.line);
        last = at.line;
    });
    if let Ok(digests) = digests {
        let read = found.rows.len() + found.refused.len();
        assert_eq!(
            digests.iter().map(|digest| digest.rows).sum::<u64>(),
            read as u64,
            "every row is counted"
        );
        found.digests = digests;
    }
    found
}

/// What the checkpoint gives back is what it was given.
fn can_be_stored(customer: &Customer) {
    let text = serde_json::to_string(customer).expect("a customer is JSON");
    let again: Customer = serde_json::from_str(&text).expect("and back");
    assert!(again == *customer, "customer {}", customer.key);
    assert_eq!(again.canonical().unwrap(), customer.canonical().unwrap());
}

fn phones(text: &str) -> Vec<Phone> {
    let slot = Slot::first(Field::CellPhone);
    let record = SourceRecord {
        key: CustomerKey::parse("7").unwrap(),
        at: at(),
        fields: [(slot, Sourced { raw: text.to_owned(), at: at() })].into(),
        consents: BTreeMap::new(),
        vehicles: Vec::new(),
        rows: 1,
        presence: Presence::Active,
        conflict: None,
        warnings: Vec::new(),
    };
    let draft = Normalizer::new(&Defaults::default()).draft(record);
    draft.phones.values().filter_map(|claim| claim.value()).flatten().copied().collect()
}

/// 49 CFR 565.15(c): letters by the tens digit of their place in EBCDIC, one weight for each position.
fn check_digit(vin: &str) -> u8 {
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'I' => u32::from(c - b'A') + 1,
        b'J'..=b'R' => u32::from(c - b'J') + 1,
        _ => u32::from(c - b'S') + 2,
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = vin.bytes().zip(weights).map(|(c, weight)| value(c) * weight).sum();
    b"0123456789X"[sum as usize % 11]
}

fn at() -> Position {
    Position { file: "fuzz.csv".into(), line: 2, record: 1 }
}

fn department(dir: &Path, profile: &str) -> Department {
    let text = r#"
        [api]
        base_url = "sandbox"
        [[department]]
        name = "fuzz"
        token = "tok-fuzz"
        input = ["export.csv"]
    "#;
    let settings = dms_sync::config::parse(text, dir).expect("settings");
    let mut department = settings.departments.into_iter().next().expect("a department");
    profile.clone_into(&mut department.profile);
    department.input = vec![Input::Path(dir.join("export.csv"))];
    department
}
