//! Proposals can be read as profiles, and hold no value of a row.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::tz::TimeZone;

use super::*;
use crate::map::Profile;
use crate::map::parse::parse;
use crate::map::profile::LoneLastName;

fn header(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn sample(header: &[String], first_rows: &[Vec<String>], delimiter: u8) -> Sample {
    let start = Start { skip_lines: 0, delimiter, evidence: Evidence::First };
    Sample { start, header: header.to_vec(), first_rows: first_rows.to_vec(), last_rows: Vec::new() }
}

fn proposed(names: &str, row: &str) -> (Profile, String) {
    let text = propose(&sample(&header(names), &[header(row)], b','), "ours");
    (parse("ours.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}")), text)
}

#[test]
fn every_built_in_layout_is_recognised_by_its_own_names() {
    for name in Profile::builtin_names() {
        let profile = Profile::load(name, std::path::Path::new("")).unwrap();
        if !profile.file.header {
            continue;
        }
        let layout = &profile.layouts[0];
        let first = |names: &[String]| names.first().cloned();
        let mut names: Vec<String> = layout.columns.iter().filter_map(|rule| first(&rule.names)).collect();
        names.extend(layout.full_name.iter().chain(&layout.phones).cloned());
        names.extend(layout.consent.iter().map(|rule| rule.name.clone()));
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(fold(name)));
        let text = propose(&sample(&names, &[], profile.file.delimiter), name);
        let again = parse(name, &text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!((again.export, again.file.delimiter), (profile.export, profile.file.delimiter), "{name}");
        assert_eq!(
            (again.lone_last_name, again.odometer),
            (profile.lone_last_name, profile.odometer),
            "{name}"
        );
        let binding = again.bind(&names, "x.csv", &TimeZone::UTC).unwrap();
        assert_eq!(binding.ignored, [""; 0], "{name}:\n{text}");
        let own: std::collections::BTreeSet<_> = layout.consent.iter().map(|r| format!("{r:?}")).collect();
        let got: std::collections::BTreeSet<_> =
            again.layouts[0].consent.iter().map(|r| format!("{r:?}")).collect();
        assert!(got.is_subset(&own), "{name}: polarity\n{text}");
        assert_eq!(again.layouts[0].consent.len(), layout.consent.len(), "{name}:\n{text}");
    }
}

#[test]
fn what_is_unknown_is_listed_with_what_it_looks_like_and_no_value_is_quoted() {
    let (profile, text) = proposed(
        "Customer Number,First Name,Last Name,Tag Number,Co-Buyer Email 1,Contact,Trade 1 VIN,E-Mail,Email 1,DoNotText,LastChangeDate",
        "000176,Ann,Smith,T1,bob@example.com,ann@example.com,1HGCM82633A004352,a@example.com,b@example.com,Y,9/8/2026",
    );
    let slots: Vec<_> = profile.layouts[0].columns.iter().map(|rule| rule.slot.to_string()).collect();
    assert_eq!(slots, ["customerKey", "firstName", "lastName", "email", "email.2", "updatedAt"]);
    assert_eq!(profile.updated_at, [DateFormat::MonthSlashed]);
    for line in [
        "\"Tag Number\"  (the tag of a car in service, not its plate)",
        "\"Co-Buyer Email 1\"  (another person)",
        "\"Contact\"  (looks like e-mail addresses)",
        "\"Trade 1 VIN\"  (a vehicle that was traded in, not the buyer's)",
        "\"DoNotText\"  (looks like a flag)",
        "6 of 11 columns were recognised",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for value in ["000176", "Ann", "Smith", "example.com", "1HGCM82633A004352"] {
        assert!(!text.contains(value), "{value}\n{text}");
    }
}

#[test]
fn a_file_without_a_header_gets_numbers() {
    let (profile, text) = proposed("176,Ann,Smith,2025550101,ann@example.com", "177,Bo,Jones,2025550102,");
    assert!(!profile.file.header && !text.contains("Ann") && !text.contains("2025550101"), "{text}");
    let (_, other) = proposed("A12,JOHN,SMITHERS,12 OAK ST,DURHAM,NC,Email", "");
    assert!(!["JOHN", "SMITHERS", "OAK", "DURHAM"].iter().any(|value| other.contains(value)), "{other}");
    assert!(text.contains("# field = 4: looks like phone numbers\n# field = 5: looks like e-mail"), "{text}");
}

#[test]
fn words_of_the_dms_are_taken_over_with_the_columns_that_they_stand_in() {
    let names = "CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,CellPhone";
    let (profile, text) = proposed(names, "D1,1,C,ACME,,");
    assert_eq!(profile.words.values[&Field::IsBusiness]["c"], "business", "{text}");
    let (profile, text) = proposed(&names.replace("TypeCode,", ""), "D1,1,ACME,,");
    assert!(profile.words.values.is_empty() && !text.contains("[values"), "{text}");
}

#[test]
fn between_profiles_that_know_as_much_the_delimiter_and_what_is_lacking_decide() {
    let names = "customer number,first name,last name,cell phone,zip,vin,year,make,model";
    for (delimiter, like) in [(b',', "tekion"), (b'\t', "dealervault-sv")] {
        let knowledge = Knowledge::of(&header(names), delimiter);
        assert_eq!(knowledge.alike().map(|profile| profile.name.as_str()), Some(like));
    }
    // A business cannot be told by a column that is not there.
    let sales = "Customer Number,First Name,Last Name,Deal Type,License Plate Number,Engine Configuration,Zip,Email 1";
    for (names, alone) in [
        (sales.to_owned(), LoneLastName::Business),
        (format!("{sales},Full Name"), LoneLastName::BusinessIfFullName),
    ] {
        let (profile, text) = proposed(&names, "");
        assert_eq!(profile.lone_last_name, alone, "{text}");
    }
}

#[test]
fn a_file_without_a_header_is_known_by_what_its_columns_hold() {
    let row = |key: &str| {
        header(&format!(
            "{key},ANN,SMITH,1 STATE ST,,SALEM,OR,97301,5035550101,5035550102,NONE,,ann@example.com,,,,,,,,"
        ))
    };
    let rows = ["000176", "000177", "000178"].map(row);
    let of = |rows: &[Vec<String>]| {
        alike::headless(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).map(|profile| profile.name)
    };
    assert_eq!(of(&rows), None, "a column of cell phones holds none");
    let rows = rows.map(|mut row| {
        row[10] = "5035550103".to_owned();
        row
    });
    assert_eq!(of(&rows).as_deref(), Some("reynolds-report"));
    let shifted = rows.map(|mut row| {
        row.insert(0, "x".to_owned());
        row
    });
    assert_eq!(of(&shifted), None);
}

#[test]
fn odd_headers_make_profiles_that_can_be_read() {
    for (names, is_header) in [
        ("", false),
        (",,", false),
        ("a\"b\\c,x\ny,#", false),
        ("日本,é", false),
        ("Notes,Remarks", true),
        ("Email,Email,email", true),
        ("Notes,a\"b\\c,x\ny,#,First Name,Nr", true),
    ] {
        let (profile, text) = proposed(names, "");
        assert_eq!(profile.file.header, is_header, "{text}");
    }
    let (profile, _) = proposed("First Name,Last Name", "");
    let error = profile.bind(&header("First Name,Last Name"), "x.csv", &TimeZone::UTC).unwrap_err();
    assert!(error.to_string().contains(NO_KEY), "{error}");
}

#[test]
fn delimiters_are_found_by_the_columns_that_they_give() {
    for (line, delimiter) in [
        ("Customer Number\tFirst Name\tLast, First|Middle", b'\t'),
        ("customerKey,firstName,a|b|c|d|e", b','),
        ("Site ID|Customer ID |Customer First Name", b'|'),
        ("customerKey;firstName", b';'),
        ("a;b;c", b';'),
        ("one", b'\t'),
    ] {
        let start = find_start(&[(1, line.to_owned())]);
        assert_eq!((start.skip_lines, char::from(start.delimiter)), (0, char::from(delimiter)), "{line}");
    }
}

#[test]
fn a_title_is_told_from_the_header_by_names_or_by_shape() {
    let lines = |text: &str| -> Vec<(u64, String)> {
        (1..).zip(text.lines().map(str::to_owned)).filter(|(_, line)| !line.is_empty()).collect()
    };
    for (text, skip_lines, delimiter, evidence) in [
        ("customerKey,firstName,lastName\n1,A,B", 0, b',', Evidence::Names),
        (
            "Cedar, Customers\nas of 9/8, all stores\n\nCust No;Surname;Mobile\n1;B;2",
            3,
            b';',
            Evidence::Names,
        ),
        ("Report,,,\ncustomerKey,firstName,lastName,x\n1,A,B,", 1, b',', Evidence::Names),
        ("Report\nKd Nr|Nachname|Vorname\n1|B|A\n2|D|C", 1, b'|', Evidence::Shape),
        ("Report|||\nKd Nr|Nachname|Vorname|x\n1|B|A|\n2|D|C|", 1, b'|', Evidence::Shape),
        ("Kd Nr|Nachname|Vorname\n1|B|A\n2|D|C", 0, b'|', Evidence::First),
        ("a\nb\nc", 0, b'\t', Evidence::First),
    ] {
        assert_eq!(find_start(&lines(text)), Start { skip_lines, delimiter, evidence }, "{text}");
    }
    assert_eq!(find_start(&[]).skip_lines, 0);
}

#[test]
fn totals_are_recognised_and_what_is_not_is_said() {
    let names = "Customer Number,First Name,Last Name,Home Phone";
    let tail = |rows: &[(u64, &str)]| -> Vec<Tail> {
        let whole = names.split(',').count();
        let row = |(line, text): &(u64, &str)| {
            let cells = header(text);
            Tail { line: *line, is_whole: cells.len() == whole, cells }
        };
        rows.iter().map(row).collect()
    };
    for (rows, stops, says) in [
        (&[(8, "7,Ann,Smith,"), (9, "8,Bo,Jones,2025550101")][..], &[][..], "no totals were recognised"),
        (&[(9, "8,Bo,Jones,"), (10, "Total customers: 8,,,")], &["total"], "line 10 sums the data up"),
        (&[(9, ",TOTAL: 8"), (10, "End of Report")], &["total", "end of report"], "line 9 sums the data up"),
        // A customer of that name is none.
        (&[(9, "Total Wine,Bo,Jones,2025550101")], &[], "no totals were recognised"),
        (&[(9, "8,Bo,Jones,"), (10, "Summe 8 Kunden")], &[], "# Line 10 is not like the others"),
    ] {
        let mut sample = sample(&header(names), &[], b',');
        sample.last_rows = tail(rows);
        sample.start.skip_lines = 2;
        let text = propose(&sample, "ours");
        let profile = parse("ours.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(
            (profile.file.skip_lines, profile.file.stop_at.as_slice()),
            (2, stops.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice())
        );
        assert!(text.contains(says), "{says}\n{text}");
        assert!(
            !text.contains("Summe") && !text.contains("Wine") && !text.contains("customers: 8"),
            "{text}"
        );
    }
}

#[test]
fn renamed_columns_are_proposed_and_marked() {
    let (profile, text) =
        proposed("Mobile,Cust No,Surname,Cell Phone,Do Not Call", "2025550101,1,Smith,2025550102,Y");
    let slots: Vec<_> =
        profile.layouts[0].columns.iter().map(|rule| format!("{} {}", rule.slot, rule.names[0])).collect();
    // What a profile knows comes first.
    assert_eq!(
        slots,
        ["customerKey Cust No", "lastName Surname", "cellPhone Cell Phone", "cellPhone.2 Mobile"]
    );
    assert_eq!(text.matches("so such a column is mostly meant: check").count(), 3, "{text}");
    assert!(
        profile.layouts[0].consent.is_empty() && text.contains("\"Do Not Call\"  (looks like a flag)"),
        "{text}"
    );
}
