//! Grouping from outside: what wins, what is kept, and that the order of rows matters only where it may.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::domain::{Conflict, CustomerKey, Finding, Position, Presence, Slot};

/// A row: its line, its date, its cells as `field=value`, separated by `;`.
fn row(line: u64, updated_at: Option<i64>, cells: &str) -> SourceRow {
    let cell = |cell: &str| {
        let (field, raw) = cell.split_once('=').unwrap();
        let (field, ordinal) = field.split_once('.').map_or((field, 1), |(f, n)| (f, n.parse().unwrap()));
        (Slot { field: Field::parse(field).unwrap(), ordinal }, raw.to_owned())
    };
    let values = cells.split(';').filter(|c| !c.is_empty()).map(cell).collect();
    let at = Position { file: "x.csv".into(), line, record: line - 1 };
    SourceRow {
        at,
        key: CustomerKey::parse("17").unwrap(),
        values,
        updated_at,
        named_at: None,
        presence: Presence::Active,
        doubts: Vec::new(),
    }
}

fn rows(order: Order, cells: &[(Option<i64>, &str)]) -> SourceRecord {
    let rows = cells.iter().zip(2..).map(|((date, cells), line)| row(line, *date, cells)).collect();
    group(rows, order).unwrap()
}

/// `field=value@line`, in the order of the fields.
fn shown<'a>(fields: impl IntoIterator<Item = (&'a Slot, &'a crate::domain::Sourced)>) -> String {
    let each = fields.into_iter().map(|(slot, said)| format!("{slot}={}@{}", said.raw, said.at.line));
    each.collect::<Vec<_>>().join(";")
}

fn warned(record: &SourceRecord) -> Vec<(String, u64)> {
    let each = record.warnings.iter().map(|warning| {
        let field = warning.finding.field.map_or("", Field::as_str);
        (format!("{} {field}", warning.finding.code), warning.at.as_ref().unwrap().line)
    });
    each.collect()
}

#[test]
fn the_winning_row_wins_per_field_and_a_blank_never() {
    let cells = [
        (Some(30), "firstName=Ann;lastName=Smith;city=;email=a@example.com"),
        (Some(20), "firstName=Anne;lastName=Smith;city=Troy;email="),
        (None, "firstName=Anna;lastName=smith ;city=Gary;email=;zip= "),
    ];
    let newest = rows(Order::Newest, &cells);
    let expected = "firstName=Ann@2;lastName=Smith@2;city=Troy@3;zip= @4;email=a@example.com@2";
    assert_eq!(shown(&newest.fields), expected);
    let last = rows(Order::Last, &cells);
    let expected = "firstName=Anna@4;lastName=smith @4;city=Gary@4;zip= @4;email=a@example.com@2";
    assert_eq!(shown(&last.fields), expected);
    for record in [&newest, &last] {
        assert_eq!((record.rows, record.at.line, record.conflict.is_none()), (3, 2, true));
    }
    let disagree = |field: &str, line| (format!("group.disagree {field}"), line);
    assert_eq!(warned(&newest), [disagree("firstName", 2), disagree("city", 3)]);
    assert_eq!(warned(&last), [disagree("firstName", 4), disagree("city", 4)]);
}

#[test]
fn no_rows_make_nothing_and_one_row_itself() {
    assert!(group(Vec::new(), Order::Last).is_none());
    let one = rows(Order::Newest, &[(None, "firstName=Ann;okToText=N;vin=")]);
    assert_eq!((shown(&one.fields).as_str(), one.vehicles.len()), ("firstName=Ann@2", 0));
    assert!(one.warnings.is_empty());
}

#[test]
fn formatting_is_no_disagreement_and_a_field_is_warned_of_once() {
    let record = rows(
        Order::Last,
        &[
            (
                None,
                "lastName=O'Brien;cellPhone=(202) 555-0100;email=a@example.com;email.2=b@example.com;vehicleMake=FORD",
            ),
            (
                None,
                "lastName=OBRIEN;cellPhone=202-555-0100;email=c@example.com;email.2=d@example.com;vehicleMake=AUDI",
            ),
        ],
    );
    assert_eq!(warned(&record), [("group.disagree email".to_owned(), 3)]);
    assert!(!format!("{:?}", record.warnings).contains("example"));
}

#[test]
fn every_word_on_consent_is_kept() {
    let record = rows(
        Order::Newest,
        &[
            (Some(1), "okToText=N;okToCall=;okToEmail= "),
            (Some(3), "okToText=Y;okToCall=Y;okToEmail="),
            (Some(2), "okToText=y ;okToCall=;okToEmail="),
        ],
    );
    let said = |field| shown(record.consents[&Slot::first(field)].iter().map(|s| (&SLOT, s)));
    assert_eq!(said(Field::OkToText), "email=N@2;email=Y@3");
    assert_eq!(said(Field::OkToCall), "email=Y@3");
    assert_eq!(record.consents[&Slot::first(Field::OkToEmail)].len(), 1);
    assert!(!record.fields.keys().any(|slot| slot.field.is_consent()));
    assert_eq!(warned(&record), [("group.disagree okToText".to_owned(), 3)]);
}

const SLOT: Slot = Slot { field: Field::Email, ordinal: 1 };

#[test]
fn the_flat_goes_with_its_street() {
    for (rows_, line2) in [
        (["addressLine1=1 Oak St;addressLine2=Apt 5", "addressLine1=2 Elm St;addressLine2="], ""),
        (["addressLine1=1 Oak St;addressLine2=Apt 5", "addressLine1=1 OAK ST.;addressLine2="], "Apt 5"),
        (["addressLine1=1 Oak St;addressLine2=Apt 5", "addressLine1=;addressLine2="], "Apt 5"),
        (["addressLine1=;addressLine2=Apt 5", "addressLine1=1 Oak St;addressLine2="], "Apt 5"),
        (["addressLine1=1 Oak St;addressLine2=Apt 5", "addressLine1=2 Elm St;addressLine2=B"], "B"),
    ] {
        let record = rows(Order::Last, &rows_.map(|cells| (None, cells)));
        assert_eq!(record.fields[&Slot::first(Field::AddressLine2)].raw, line2, "{rows_:?}");
    }
}

#[test]
fn vehicles_are_the_union() {
    let vehicles = |cells: &[&str]| {
        let cells: Vec<_> = cells.iter().zip(1..).map(|(cells, date)| (Some(date), *cells)).collect();
        let record = rows(Order::Newest, &cells);
        let each = record.vehicles.iter().map(|v| format!("{}: {}", v.at.line, shown(&v.fields)));
        each.collect::<Vec<_>>()
    };
    for (cells, expected) in [
        // One VIN, written in two ways; newest row per column, a blank never.
        (
            &[
                "vin=1hgcm826-33a004352;color=RED;licensePlate=P",
                "vin=1HGCM82633A004352 ;color=BLUE;licensePlate=",
            ][..],
            &["2: vin=1HGCM82633A004352 @3;color=BLUE@3;licensePlate=P@2"][..],
        ),
        // Two VINs.
        (
            &["vin=WVWZZZ1JZXW000001", "vin=1HGCM82633A004352"],
            &["3: vin=1HGCM82633A004352@3", "2: vin=WVWZZZ1JZXW000001@2"],
        ),
        // The key stands in for a missing VIN, but not where two VINs have it.
        (
            &["vin=1HGCM82633A004352;vehicleKey=7", "vin=;vehicleKey=7"],
            &["2: vin=1HGCM82633A004352@2;vehicleKey=7@3"],
        ),
        (
            &[
                "vin=1HGCM82633A004352;vehicleKey=7",
                "vin=WVWZZZ1JZXW000001;vehicleKey=7",
                "vin=;vehicleKey=7",
            ],
            &[
                "2: vin=1HGCM82633A004352@2;vehicleKey=7@2",
                "3: vin=WVWZZZ1JZXW000001@3;vehicleKey=7@3",
                "4: vin=@4;vehicleKey=7@4",
            ],
        ),
        // Year, make and model, folded; fillers are no VIN and no key.
        (
            &[
                "vin=0;vehicleKey=0;vehicleYear=2012;vehicleMake=Ford;vehicleModel=F-150",
                "vin=00000000000000000;vehicleKey=;vehicleYear=2012;vehicleMake=FORD;vehicleModel=F150",
                "vin=NONE;vehicleKey=;vehicleYear=2013;vehicleMake=FORD;vehicleModel=F150",
                "vin=;vehicleKey=;vehicleYear=2013.0;vehicleMake=Ford;vehicleModel=F150",
            ],
            &[
                "2: vin=00000000000000000@3;vehicleYear=2012@3;vehicleMake=FORD@3;vehicleModel=F150@3;vehicleKey=0@2",
                "4: vin=NONE@4;vehicleYear=2013.0@5;vehicleMake=Ford@5;vehicleModel=F150@5;vehicleKey=@5",
            ],
        ),
        (&["vin= ;color=", "firstName=Ann"], &[]),
    ] {
        assert_eq!(vehicles(cells), expected, "{cells:?}");
    }
}

#[test]
fn two_people_under_one_key() {
    for (cells, conflict) in [
        (&["firstName=Ann;lastName=Smith", "firstName=Bob;lastName=Jones"][..], Some((2, 3))),
        (&["firstName=Ann;lastName=Smith", "firstName=Bob;lastName=Smith"], Some((2, 3))),
        (&["firstName=Ann;lastName=Smith", "firstName=Bob;lastName=Smith", "lastName=Smith"], Some((2, 3))),
        (&["lastName=Smith", "firstName=Ann;lastName=Smith", "firstName=Bob;lastName=Smith"], Some((3, 4))),
        (&["lastName=Jones", "firstName=Ann;lastName=Smith", "lastName=Smith"], Some((2, 3))),
        (
            &[
                "firstName=Ann;lastName=Smith;cellPhone=2025550100",
                "firstName=Bob;lastName=Smith;homePhone=2025550100",
            ],
            None,
        ),
        (&["firstName=Ann;lastName=Smith", "firstName=;lastName=."], None),
        (&["firstName=JOSÉ;lastName=Núñez", "firstName=Jose;lastName=NUNEZ-LOPEZ"], None),
        (&["lastName=SMITH,ANN", "firstName=Ann"], None),
        (&["firstName=Ann;lastName=Smith", "firstName=;lastName=;company=Ann Smith Plumbing LLC"], None),
        (&["company=Acme Inc", "company=Zenith Inc"], Some((2, 3))),
        (&["firstName=Ann;cellPhone=(202) 555-0100", "firstName=Bob;homePhone=+1 202 555 0100"], None),
        (&["firstName=Ann;cellPhone=0000000000", "firstName=Bob;cellPhone=0000000000"], Some((2, 3))),
        (&["firstName=Ann;email=A@example.com", "firstName=Bob;email.2=a@example.com "], None),
        (&["firstName=Ann;email=NA", "firstName=Bob;email=NA"], Some((2, 3))),
        (&["firstName=Ann;vin=1HGCM82633A004352", "firstName=Bob;vin=1hgcm82633a004352"], None),
        (&["firstName=Ann", "cellPhone=2025550100"], None),
        // Linked through a third row.
        (
            &[
                "lastName=Smith;cellPhone=2025550100",
                "lastName=Jones;cellPhone=2025550101",
                "lastName=Jones;cellPhone=2025550100",
            ],
            None,
        ),
        (
            &["lastName=Smith", "cellPhone=2025550100", "lastName=Smith", "lastName=Jones", "lastName=Poe"],
            Some((2, 5)),
        ),
    ] {
        for order in [Order::Newest, Order::Last] {
            let all: Vec<_> = cells.iter().map(|cells| (None, *cells)).collect();
            let found =
                rows(order, &all).conflict.map(|Conflict::TwoPeople { one, other }| (one.line, other.line));
            assert_eq!(found, conflict, "{cells:?}");
        }
    }
}

#[test]
fn a_date_that_does_not_count_is_warned_of_and_is_the_oldest() {
    let doubt = |code| Finding::on(Field::UpdatedAt, code, "a date that does not count");
    let misdated = |line, city, code| SourceRow { doubts: vec![doubt(code)], ..row(line, None, city) };
    let record = vec![
        misdated(2, "city=Gary", "updated_at.unreadable"),
        row(3, Some(1), "city=Troy"),
        misdated(4, "city=Gary", "updated_at.future"),
        misdated(5, "city=Gary", "updated_at.future"),
        misdated(6, "city=Gary", "updated_at.unreadable"),
    ];
    let record = group(record, Order::Newest).unwrap();
    assert_eq!(shown(&record.fields), "city=Troy@3");
    let expected = [
        ("group.disagree city", 3),
        ("updated_at.unreadable updatedAt", 2),
        ("updated_at.future updatedAt", 4),
    ];
    assert_eq!(warned(&record), expected.map(|(what, line)| (what.to_owned(), line)));
}

#[test]
fn people_marry_between_two_files_and_not_within_one() {
    let conflict = |files: [&str; 2], cells: [&str; 2]| {
        let rows = [0, 1].map(|n| {
            let row = row(2 + n as u64, None, cells[n]);
            SourceRow { at: Position { file: files[n].into(), ..row.at.clone() }, ..row }
        });
        group(rows.to_vec(), Order::Last).unwrap().conflict.is_some()
    };
    let (ann, married, zoe) =
        ("firstName=Ann;lastName=Smith", "firstName=Ann;lastName=Jones", "firstName=Zoe;lastName=Smith");
    assert!(conflict(["a", "a"], [ann, married]) && !conflict(["a", "b"], [ann, married]));
    assert!(conflict(["a", "a"], [ann, zoe]) && conflict(["a", "b"], [ann, zoe]));
}

#[test]
fn between_rows_of_one_date_the_later_file_decides() {
    let of = |file: &str, date, cells| {
        let SourceRow { at, .. } = row(2, date, cells);
        SourceRow { at: Position { file: file.into(), ..at }, ..row(2, date, cells) }
    };
    let winner = |rows: &[SourceRow]| shown(&group(rows.to_vec(), Order::Newest).unwrap().fields);
    for date in [None, Some(5)] {
        let (zed, abe) = (of("b", date, "firstName=Zed;city=Troy"), of("a", date, "firstName=Abe;city="));
        assert_eq!(winner(&[zed.clone(), abe.clone()]), "firstName=Abe@2;city=Troy@2");
        assert_eq!(winner(&[abe, zed]), "firstName=Zed@2;city=Troy@2");
    }
    let (newer, later) = (of("a", Some(6), "firstName=Abe"), of("b", Some(5), "firstName=Zed"));
    assert_eq!(winner(&[newer.clone(), later]), "firstName=Abe@2", "a date comes before the file");
    let undated = of("b", None, "firstName=Zed");
    assert_eq!(winner(&[newer, undated]), "firstName=Abe@2");
}

/// Everything of a record, as text.
fn whole(record: &SourceRecord) -> String {
    let SourceRecord { key, at, fields, consents, vehicles, rows, presence: _, conflict, warnings } = record;
    let consents: Vec<_> =
        consents.iter().map(|(s, said)| shown(said.iter().map(|word| (s, word)))).collect();
    let vehicles: Vec<_> = vehicles.iter().map(|v| format!("{}: {}", v.at, shown(&v.fields))).collect();
    format!("{key} {at} {} {consents:?} {vehicles:?} {rows} {conflict:?} {warnings:?}", shown(fields))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(46315),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_order_of_rows_does_not_matter_where_they_have_dates(
        (given, shuffled) in prop::collection::vec((
            prop::option::of(0..3_i64),
            prop::sample::select(vec!["", "Ann", "ANN", "Bob"]),
            prop::sample::select(vec!["", "1 Oak", "2 Elm"]),
            prop::sample::select(vec!["", "Apt 5"]),
            prop::sample::select(vec!["", "Y", "N", "y"]),
            prop::sample::select(vec!["", "0", "1HGCM82633A004352", "WVWZZZ1JZXW000001"]),
            prop::sample::select(vec!["", "7", "8"]),
        ), 1..8).prop_flat_map(|cells| {
            let rows: Vec<_> = cells.into_iter().zip(2..).map(|((date, name, street, flat, text, vin, key), line)| {
                row(line, date, &format!(
                    "firstName={name};addressLine1={street};addressLine2={flat};okToText={text};vin={vin};vehicleKey={key}"
                ))
            }).collect();
            (Just(rows.clone()), Just(rows).prop_shuffle())
        })
    ) {
        let one = group(given, Order::Newest).unwrap();
        let other = group(shuffled, Order::Newest).unwrap();
        prop_assert_eq!(whole(&one), whole(&other));
        prop_assert!(one == other);
    }
}
