//! Whose a row is, and whose word counts: damaged customer numbers, two people under one number, two companies in one
//! file, rows of one date in two files, and dates that are yet to come.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::Workbench;
use harness::export::people;

/// A workbench whose guard lets any number of rejected rows pass.
fn bench() -> Workbench {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "100%");
    bench
}

/// A row a line; the columns are those of every test here.
fn rows(rows: &[&str]) -> String {
    format!("customerKey,firstName,lastName,cellPhone,updatedAt\n{}\n", rows.join("\n"))
}

#[test]
fn a_number_that_went_through_a_spreadsheet_creates_nobody() {
    let bench = bench();
    for (code, keys) in [
        (
            "key.damaged",
            &["1.2E+05", "=\"000123\"", "'000177", "176.0", "\"5,017\"", "#N/A", "#REF!", "TRUE"][..],
        ),
        ("key.blank", &["", "NULL", "null", "(null)", "N/A", "NONE", "-", "UNKNOWN", "\u{200b}"]),
        ("key.zero", &["0", "00", "0000", "0.0"]),
        ("key.unusable", &["\u{202e}123", "12\u{200b}3", "\u{feff}124", "12\u{fffd}5"]),
    ] {
        let each = keys.iter().zip(100..).map(|(key, n)| format!("{key},Ann,Quibble,2025550{n},"));
        let each: Vec<_> = each.collect();
        let each: Vec<_> = each.iter().map(String::as_str).collect();
        bench.write("export.csv", rows(&each));
        bench.sync(3);
        assert_eq!(bench.remote(), [], "{code}");
        assert_eq!(bench.latest().codes(), vec![code; keys.len()], "{code}");
        bench.run(["diff"]).expect(3).shows(&[code]);
    }
    let legal = ["000176", "176", "B20413", "FI-WIP*123", "1E5"];
    let each: Vec<_> = legal.iter().map(|key| format!("{key},Ann,Quibble,,")).collect();
    bench.write("export.csv", rows(&each.iter().map(String::as_str).collect::<Vec<_>>()));
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "created 5");
}

#[test]
fn the_customers_that_share_a_word_for_nothing_do_not_become_one() {
    let bench = bench();
    bench.write(
        "export.csv",
        rows(&["NULL,Ann,Quibble,2025550100,", "NULL,Bob,Tarn,2025550101,", "7,Zoe,Marsh,2025550102,"]),
    );
    bench.sync(3);
    assert_eq!(bench.latest().counts(), "created 1");
    assert_eq!(bench.latest().codes(), ["key.blank", "key.blank"]);
}

#[test]
fn a_later_file_wins_where_the_dates_are_equal_or_blank() {
    let mut bench = Workbench::new();
    fs::create_dir(bench.path("exports")).unwrap();
    bench.set_department("input", vec!["exports/*.csv"]).set_department("export", "delta");
    let early = rows(&["1,Ann,Quibble,2025550199,2026-09-08", "2,Ann,Zed,2025550101,"]);
    let late = rows(&["1,Ann,Quibble,2025550100,2026-09-08", "2,Ann,Abe,2025550101,"]);
    bench.write("exports/x_20260908_0200.csv", &early);
    bench.write("exports/x_20260908_1400.csv", &late);
    bench.sync(0);
    assert_eq!(bench.customer("1").phone_numbers[0].phone_number.as_deref(), Some("+12025550100"));
    assert_eq!(bench.customer("2").last_name.as_deref(), Some("Abe"));
    // The same rows in the other order are other news.
    bench.write("exports/x_20260908_0200.csv", &late);
    bench.write("exports/x_20260908_1400.csv", &early);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "updated 2");
    assert_eq!(bench.customer("2").last_name.as_deref(), Some("Zed"));
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 2");
}

#[test]
fn a_date_that_is_yet_to_come_neither_wins_nor_holds_later_nights() {
    let bench = bench();
    bench.write(
        "export.csv",
        rows(&["1,Ann,Quibble,2025550100,2026-09-08", "2,Bob,Tarn,2025550101,2026-09-07"]),
    );
    bench.sync(0);
    // One typing error, and an older row that must not profit from it.
    bench.write(
        "export.csv",
        rows(&["1,Ann,Quibble,2025550199,2024-01-05", "2,Bob,Tarn,2025550101,2206-09-08"]),
    );
    bench.sync(4).says(&["stale"]);
    bench.write(
        "export.csv",
        rows(&[
            "1,Ann,Quibble,2025550100,2026-09-08",
            "2,Bob,Tarn,2025550102,2026-09-09",
            "2,Bob,Tarn,2025550199,2206-09-08",
        ]),
    );
    bench.sync(0);
    assert_eq!(bench.customer("2").phone_numbers[0].phone_number.as_deref(), Some("+12025550102"));
    let codes: Vec<_> = bench.latest().warnings.iter().map(|line| line["code"].clone()).collect();
    assert_eq!(codes, ["group.disagree", "updated_at.future"]);
    // The date is corrected, and the export is no older one.
    bench.write(
        "export.csv",
        rows(&["1,Ann,Quibble,2025550100,2026-09-08", "2,Bob,Tarn,2025550103,2026-09-10"]),
    );
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 1, updated 1");
}

const COMPANIES: &str = "CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,CellPhone\n";

#[test]
fn two_companies_in_one_file_are_told_and_their_people_are_not_mixed() {
    let mut bench = bench();
    bench.set_department("profile", "dealertrack").set_department("export", "delta");
    let both = format!(
        "{COMPANIES}ME7,100,I,Smith,Ann,2025550100\nME8,100,I,Smith,Zoe,2025550101\nME8,200,I,Tarn,Bob,2025550102\n"
    );
    bench.write("export.csv", &both);
    bench.sync(3).says(&["rows are of 2 sources", "source_id"]);
    assert_eq!(
        (bench.latest().counts().as_str(), bench.latest().codes()),
        ("created 1, rejected 1", vec!["key.two_people"; 2])
    );
    assert_eq!(bench.customer("200").last_name.as_deref(), Some("Tarn"));
    bench.set_department("source_id", "ME7");
    assert!(!bench.sync(4).stderr.contains("rows are of"));
    bench.set_department("source_id", "");
    bench.write("export.csv", both.replace("ME8", "ME7"));
    assert!(!bench.sync(3).stderr.contains("rows are of"));
}

#[test]
fn a_file_whose_name_does_not_say_whose_it_is_is_refused() {
    let mut bench = bench();
    let profile = fs::read_to_string("config/profiles/generic.toml").unwrap();
    bench.write("parts.toml", format!("{profile}\n[source_id]\nname_part = 3\n"));
    bench.set_department("profile", "parts.toml").set_department("source_id", "DVD46315");
    let csv = people(2).to_csv();
    for (name, code, says) in [
        ("wrongstore.csv", 4, "its name has no part 3"),
        ("x_20260908_DVD46316.csv", 4, "another source"),
        ("x_20260908_DVD46315.csv", 0, ""),
    ] {
        bench.write(name, &csv);
        bench.set_department("input", vec![name]);
        bench.sync(code).says(&[name, says].map(|text| if code == 0 { "" } else { text }));
    }
    // What is fed back has a name of ours.
    let broken = String::from_utf8(csv).unwrap().replacen("Quibbleworth", "", 1);
    bench.write("x_20260908_DVD46315.csv", broken);
    bench.sync(3);
    bench.run(["retry"]).expect(3);
}
