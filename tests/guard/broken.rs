//! Exports as they break in life.

use std::fs;
use std::time::{Duration, SystemTime};

use encoding_rs::WINDOWS_1252;

use super::harness::Workbench;
use super::store::{FIRST_NUMBER, HEADER, STORE, TODAY, number, other_store, rows, spoilt, store, with_all};

/// One export that is broken.
pub(crate) struct Broken {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The breaches that it must meet, each by its beginning; for one that is refused, what is said of it.
    pub(crate) grounds: &'static [&'static str],
    /// What is named first as the likeliest cause; blank where the input is refused.
    pub(crate) likely: &'static str,
    /// The file's name, where it is not today's.
    pub(crate) file: &'static str,
    /// How the department is set up for it, where not as usual.
    pub(crate) setting: fn(&mut Workbench),
}

pub(crate) fn broken(
    name: &'static str,
    bytes: Vec<u8>,
    likely: &'static str,
    grounds: &'static [&'static str],
) -> Broken {
    Broken { name, bytes, grounds, likely, file: TODAY, setting: |_| {} }
}

impl Broken {
    fn named(self, file: &'static str) -> Self {
        Self { file, ..self }
    }

    fn where_(self, setting: fn(&mut Workbench)) -> Self {
        Self { setting, ..self }
    }
}

/// Columns and numbers that are not what they were.
pub(crate) fn broken_columns() -> Vec<Broken> {
    let shifted = "columns are shifted";
    let zeros = |most: usize| {
        let mut csv = store();
        for n in 0..most {
            csv.set(&number(n), "customerKey", number(n).trim_start_matches('0'));
        }
        csv.to_csv()
    };
    vec![
        broken(
            "a column more than the header has",
            rows(|row| row.insert(0, "SV")),
            shifted,
            &["max_rejected: 300 of 300", "max_missing: 300"],
        ),
        broken(
            "columns moved by one",
            rows(|row| row[1..16].rotate_right(1)),
            shifted,
            &[
                "max_updates: 300",
                "max_field_changes (firstName): 300",
                "max_field_changes (lastName): 300",
                "max_blanked (cellPhone): 150",
                "max_blanked (email): 300",
            ],
        ),
        broken(
            "names swapped",
            rows(|row| row.swap(1, 2)),
            shifted,
            &["max_updates: 300", "max_field_changes (firstName): 300", "max_field_changes (lastName): 300"],
        ),
        broken(
            "state and zip swapped",
            rows(|row| row.swap(5, 6)),
            "the DMS no longer fills",
            &["max_blanked (state): 300", "max_blanked (zip): 300"],
        ),
        broken(
            "phones in the column of e-mails",
            rows(|row| row.swap(8, 9)),
            "the DMS no longer fills",
            &["max_blanked (cellPhone): 300", "max_blanked (email): 300"],
        ),
        broken(
            "a blanked e-mail column",
            with_all("email", ""),
            "the DMS no longer fills",
            &["max_field_changes (email): 300", "max_blanked (email): 300 of 300 customers, allowed 5%"],
        ),
        broken(
            "masked phones",
            with_all("cellPhone", "XXX-XXX-XXXX"),
            "the DMS no longer fills",
            &["max_blanked (cellPhone): 300"],
        ),
        broken(
            "numbers without leading zeros",
            zeros(200),
            "customer numbers lost",
            &["max_creates: 200 of 300", "max_missing: 200 of 300", "leading_zeros: 200 of 200"],
        ),
        broken(
            "a few numbers without leading zeros",
            zeros(20),
            "customer numbers lost",
            &["leading_zeros: 20 of 20"],
        ),
    ]
}

/// Letters that are not what they were.
pub(crate) fn broken_letters() -> Vec<Broken> {
    let misread = |text: &str| WINDOWS_1252.decode(text.as_bytes()).0.into_owned().into_bytes();
    let latin = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
    let utf_16: fn(&str) -> Vec<u8> = |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let to =
        |other: &'static str| move |text: &str| text.replace(|c: char| !c.is_ascii(), other).into_bytes();
    let before = "the letters were spoilt before";
    let pin_utf_8 = |bench: &mut Workbench| {
        bench.set_department("profile", "utf-8.toml");
    };
    let pin_1252 = |bench: &mut Workbench| {
        bench.set_department("profile", "windows-1252.toml");
    };
    vec![
        broken(
            "UTF-8 that was taken for Windows-1252 before",
            spoilt(misread),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken(
            "letters replaced by question marks",
            spoilt(to("?")),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken(
            "letters replaced by U+FFFD",
            spoilt(to("\u{fffd}")),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken("letters left out", spoilt(to("")), before, &["encoding: 10 of 10 customers"]),
        broken("UTF-8 pinned as Windows-1252", store().to_csv(), "", &["every letter in it is utf-8"])
            .where_(pin_1252),
        broken(
            "Windows-1252 pinned as UTF-8",
            spoilt(latin),
            "the profile pins",
            &["encoding: 10 of 10 rows"],
        )
        .where_(pin_utf_8),
        broken("UTF-16 without its mark", spoilt(utf_16), "", &["utf-16le without a byte-order mark"]),
    ]
}

/// Files that are not the one that they should be.
pub(crate) fn broken_files() -> Vec<Broken> {
    let mut csv = store().to_csv();
    csv.truncate(csv.len() / 2);
    let other = "the export of another department";
    vec![
        broken("header only", format!("{HEADER}\n").into_bytes(), "", &["a header and no rows"]),
        broken("a file cut in half", csv, "the file was cut off", &["max_missing: 15"]),
        broken(
            "another department's export",
            other_store(500_000, STORE).to_csv(),
            other,
            &["max_creates: 300 of 300", "max_missing: 300 of 300"],
        ),
        broken(
            "another department's, the same numbers",
            other_store(FIRST_NUMBER, STORE).to_csv(),
            other,
            &[
                "max_updates: 300",
                "max_field_changes (firstName)",
                "max_field_changes (lastName)",
                "other_people: 300 of 300",
            ],
        ),
        broken(
            "another department's day, as a delta",
            other_store(FIRST_NUMBER, 20).to_csv(),
            other,
            &["other_people: 20 of 20 updates"],
        )
        .where_(|bench| {
            bench.set_department("export", "delta");
        }),
        broken(
            "another department's source_id",
            with_all("store", "S-0977"),
            "",
            &["another source", "S-0412"],
        ),
        broken(
            "an older file by its name",
            store().set(&number(3), "city", "Eugene").to_csv(),
            "an older file",
            &["stale: the file's name says 2026-09-08"],
        )
        .named("exports/customers_20260908.csv"),
        broken(
            "a feed that died a week ago",
            store().to_csv(),
            "the DMS's export job",
            &["max_age: the newest file is 168 hours old, allowed 36"],
        )
        .where_(week_old)
        .named("exports/undated.csv"),
    ]
}

/// The feed's file is a week old, and two nights are allowed.
pub(crate) fn week_old(bench: &mut Workbench) {
    bench.set("guard.max_age", "36h");
    let week_ago = SystemTime::now() - Duration::from_secs(7 * 86_400 + 60);
    let file = fs::File::options().append(true).open(bench.path("exports/undated.csv")).unwrap();
    file.set_modified(week_ago).unwrap();
}
