//! Profiles, headers and rows, from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::borrow::Cow;
use std::path::Path;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::policy::{AbsentVehicle, ExportKind};
use crate::domain::{Field, Finding, Position, Presence, Slot};

/// The columns of the `generic` layout, in its order.
const GENERIC: &str = "customerKey,firstName,lastName,company,isBusiness,preferredLocale,preferredCommunication,\
addressLine1,addressLine2,city,state,zip,country,homePhone,workPhone,cellPhone,email,okToCall,okToText,okToEmail,vin,\
vehicleYear,vehicleMake,vehicleModel,vehicleTrim,vehicleEngine,color,licensePlate,estimatedMileage,vehicleKey,\
vehicleIsValid,updatedAt";

const ADDED: &str = "error_stage,error_code,error_class,error_message,error_tip,http_status,attempts,first_seen,\
times_seen,source_file,source_line";

fn generic() -> Profile {
    Profile::load("generic", Path::new(".")).unwrap()
}

fn header(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn bind(profile: &Profile, names: &str) -> Result<Binding, ProfileError> {
    profile.bind(&header(names), "x.csv", &TimeZone::UTC)
}

fn row(cells: &[&str]) -> ByteRecord {
    ByteRecord::from(cells.to_vec())
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Finding> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Finding::new("row.encoding", "not utf-8"))
}

fn at() -> Position {
    Position { file: "x.csv".into(), line: 2, record: 1 }
}

#[test]
fn the_generic_profile_has_every_field_under_its_own_name() {
    let profile = generic();
    assert_eq!((profile.export, profile.absent_vehicle), (ExportKind::Full, AbsentVehicle::Keep));
    assert_eq!(
        *profile.dialect(),
        FileFormat { delimiter: b',', quote: Some(b'"'), header: true, ..FileFormat::default() }
    );
    let binding = bind(&profile, GENERIC).unwrap();
    let slots: Vec<_> = binding.mapped.iter().map(|(_, slot)| *slot).collect();
    assert_eq!(slots, Field::ALL.iter().copied().map(Slot::first).collect::<Vec<_>>());
    assert!(binding.ignored.is_empty() && binding.has_updated_at() && !binding.fed_back);
    let required: Vec<_> =
        profile.layouts[0].columns.iter().filter(|r| r.required).map(|r| r.slot.field).collect();
    assert_eq!(required, [Field::CustomerKey]);
}

#[test]
fn headers_are_matched_tolerantly() {
    let profile = generic();
    for (names, expected) in [
        ("customerKey", "0 customerKey"),
        (" CUSTOMER KEY ,First_Name,e-mail ,Zip Code", "0 customerKey,1 firstName,3 zip,2 email"),
        ("\u{feff}customer-key", "0 customerKey"),
        ("email,customerkey", "1 customerKey,0 email"),
        ("Birthday,customer_key,,Notes", "1 customerKey"),
    ] {
        let binding = bind(&profile, names).unwrap();
        let found: Vec<_> = binding.mapped.iter().map(|(index, slot)| format!("{index} {slot}")).collect();
        assert_eq!(found.join(","), expected, "{names}");
    }
    assert_eq!(bind(&profile, "Birthday,customer_key,,Notes").unwrap().ignored, ["Birthday", "", "Notes"]);
}

#[test]
fn a_header_that_does_not_fit_is_refused_with_a_way_out() {
    let profile = generic();
    for (names, expected) in [
        (
            "firstName,customerKye",
            "no column for customerKey, which is required: none is called \"customerKey\" (nearest: \"customerKye\")",
        ),
        (
            "firstName,lastName",
            "no column for customerKey, which is required: none is called \"customerKey\" (seen: \"firstName\", \"lastName\")",
        ),
        (
            "customerKey,email,E-Mail",
            "several columns for email: column 2 (\"email\") and column 3 (\"E-Mail\")",
        ),
        (
            "customerKey,zip,Zip Code",
            "several columns for zip: column 2 (\"zip\") and column 3 (\"Zip Code\")",
        ),
        ("customerKey,customerKey", "several columns for customerKey"),
        (
            "RO Number,Open Date",
            "none of the columns of profile \"generic\" is there (seen: \"RO Number\", \"Open Date\"); this looks like another layout",
        ),
        ("RO;Open", "there is one column only: perhaps the delimiter is not ','"),
        (
            "customerKey;firstName",
            "the columns are separated by semicolons, and the profile says commas: 2 of its columns are there that way",
        ),
    ] {
        let error = bind(&profile, names).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("x.csv:1: ") && text.contains(expected), "{names}: {text}");
        assert!(error.refuses_input());
    }
    // A file without a header: its first row is somebody.
    for (person, columns) in [
        ("000176,Ann,Smith,2025550100", "4 columns"),
        ("A1,Ann,ann@example.com", "3 columns"),
        ("A12,ANN,SMITHERS,12 OAK ST,DURHAM,NC", "6 columns"),
        ("Ann", "1 column,"),
    ] {
        let text = bind(&profile, person).unwrap_err().to_string();
        assert!(text.contains(columns) && text.contains("does not look like a header"), "{text}");
        assert!(!["Ann", "ANN", "SMITH", "OAK", "DURHAM"].iter().any(|name| text.contains(name)), "{text}");
    }
    let long = bind(&profile, &"x".repeat(5_000)).unwrap_err().to_string();
    assert!(long.len() < 300, "{long}");
}

#[test]
fn a_fed_back_errors_file_binds_without_the_added_columns() {
    let profile = generic();
    let binding = bind(&profile, &format!("{ADDED},customerKey,Notes")).unwrap();
    assert!(binding.fed_back);
    assert_eq!((binding.key_index, binding.ignored.as_slice()), (11, &["Notes".to_owned()][..]));
    assert!(!bind(&profile, "error_stage,customerKey").unwrap().fed_back);
}

#[test]
fn a_row_becomes_values_in_the_order_of_the_profile() {
    let binding = bind(&generic(), "email,Notes,customerKey,firstName,updatedAt").unwrap();
    let cells = row(&[" A@example.com", "secret", " 0017 ", "", "2026-09-08"]);
    let source = binding.source_row(&cells, at(), &utf8).unwrap();
    assert_eq!(source.key.as_str(), "0017");
    assert_eq!(binding.key(&cells), b"0017");
    let values: Vec<_> = source.values.iter().map(|(slot, raw)| (slot.field, raw.as_str())).collect();
    assert_eq!(values, [(Field::FirstName, ""), (Field::Email, " A@example.com")]);
    assert_eq!(source.updated_at, Some(1_788_825_600));
    let zone = TimeZone::get("America/Chicago").unwrap();
    let local = generic().bind(&header("customerKey,updatedAt"), "x.csv", &zone).unwrap();
    assert_eq!(local.updated_at(&row(&["1", "9/8/2026"])), Some(1_788_825_600 + 5 * 3600));
}

#[test]
fn a_date_that_cannot_be_read_or_is_yet_to_come_does_not_count() {
    let binding = bind(&generic(), "customerKey,updatedAt").unwrap().until(1_788_825_600);
    for (cell, date, doubts) in [
        ("soon", None, &["updated_at.unreadable"][..]),
        ("", None, &[]),
        ("0", None, &[]),
        ("1900-01-01", None, &[]),
        ("2026-09-08", Some(1_788_825_600), &[]),
        ("2026-09-08 00:01", None, &["updated_at.future"]),
        ("2206-09-08", None, &["updated_at.future"]),
    ] {
        let source = binding.source_row(&row(&["1", cell]), at(), &utf8).unwrap();
        assert_eq!((source.updated_at, source.values.len()), (date, 0), "{cell}");
        let found: Vec<_> = source.doubts.iter().map(|finding| finding.code.as_ref()).collect();
        assert_eq!(found, doubts, "{cell}");
        assert_eq!(binding.updated_at(&row(&["1", cell])), date, "{cell}");
    }
}

#[test]
fn rows_without_a_key_or_with_other_bytes_are_findings() {
    let binding = bind(&generic(), "customerKey,lastName").unwrap();
    for (cells, code, field) in [
        ([&b" \t "[..], b"x"], "key.blank", Field::CustomerKey),
        ([b" 0 ", b"x"], "key.zero", Field::CustomerKey),
        ([b" 1.2E+05 ", b"x"], "key.damaged", Field::CustomerKey),
        ([b"1", b"\xFF"], "row.encoding", Field::LastName),
    ] {
        let finding = binding.source_row(&ByteRecord::from(cells.to_vec()), at(), &utf8).unwrap_err();
        assert_eq!((finding.code.as_ref(), finding.field), (code, Some(field)));
    }
    assert!(binding.source_row(&row(&["001", "x"]), at(), &utf8).is_ok());
}

#[test]
fn a_row_s_fingerprint_covers_what_is_mapped_and_nothing_else() {
    let profile = generic();
    let of = |names: &str, cells: &[&str]| bind(&profile, names).unwrap().row_fingerprint(&row(cells));
    let base = of("customerKey,firstName,lastName", &["1", "ab", "c"]);
    assert_eq!(
        base,
        of("lastName,Notes,Customer Key,firstName", &["c", "!", "1", "ab"]),
        "order, unmapped columns"
    );
    assert_ne!(base, of("customerKey,firstName,lastName", &["1", "a", "bc"]), "boundaries");
    assert_ne!(base, of("customerKey,firstName,company", &["1", "ab", "c"]), "which slot");
    assert_ne!(
        base,
        of("customerKey,firstName,lastName,company", &["1", "ab", "c", ""]),
        "a blank is not silence"
    );
    assert_ne!(base, of("customerKey,firstName,lastName", &["1", "ab", "c "]), "raw bytes");
    let long = "x".repeat(5_000);
    let names = "customerKey,firstName";
    assert_eq!(of(names, &["1", &long]), of(names, &["1", &long]));
    assert_ne!(of(names, &["1", &long]), of(names, &["1", &long[1..]]));
}

/// A small profile with one thing replaced by another.
fn profile_with(from: &str, to: &str) -> Result<Profile, ProfileError> {
    let text = "name = \"x\"\ndescription = \"y\"\nexport = \"full\"\n[file]\ndelimiter = \"\\t\"\n\
                [columns]\ncustomerKey = [\"Customer Number\"]\nemail = [\"Email 1\"]\n\"email.2\" = [\"Email 2\"]\n";
    let changed = text.replace(from, to);
    assert_ne!((changed.as_str(), from), (text, "?"));
    parse::parse("x.toml", &changed)
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn mistakes_in_a_profile_are_named_with_line_and_remedy() {
    for (from, to, expected) in [
        ("export", "exprot", "x.toml:3: unknown key \"exprot\"; did you mean \"export\"? (legal: name, "),
        (
            "delimiter",
            "delimeter",
            "x.toml:5: unknown key \"delimeter\" in [file]; did you mean \"delimiter\"?",
        ),
        ("email =", "emial =", "x.toml:8: \"emial\" is no field; did you mean \"email\"?"),
        ("\"full\"", "\"whole\"", "x.toml:3: export must be one of \"full\", \"delta\""),
        ("\"full\"", "", "x.toml:3: "),
        ("\"\\t\"", "\"ab\"", "x.toml:5: delimiter must be one ASCII character"),
        ("\"\\t\"", "\"\\n\"", "x.toml:5: delimiter must be one ASCII character"),
        (
            "\"\\t\"",
            "\"\\\"\"\nquote = \"\\\"\"",
            "x.toml:6: quote must be another character than the delimiter",
        ),
        ("\"\\t\"", "\"\\t\"\nencoding = \"ebcdic\"", "x.toml:6: encoding must be \"detect\", or the name"),
        ("[\"Email 2\"]", "[\"e-mail 1\"]", "x.toml:9: \"e-mail 1\" names email.2, and email already"),
        ("[\"Email 2\"]", "[]", "x.toml:9: email.2 must be a list of one or more names"),
        ("[\"Email 2\"]", "[\" \"]", "x.toml:9: email.2 must be a list of one or more names"),
        (
            "[\"Email 2\"]",
            "{ names = [\"b\"], requird = true }",
            "unknown key \"requird\" in the column's table; did you mean \"required\"?",
        ),
        ("email.2", "email.02", "x.toml:9: \"email.02\": the second column of a field is \"email.2\""),
        ("customerKey", "company", "x.toml:6: columns must be a table that names the column of customerKey"),
        (
            "[\"Customer Number\"]",
            "{ names = [\"k\"], required = false }",
            "x.toml:7: customerKey must be required",
        ),
        ("name = \"x\"\n", "", "x.toml:1: the profile lacks \"name\""),
        (
            "[columns]",
            "[updated_at]\nformats = [\"DD/MM\"]\n[columns]",
            "x.toml:7: formats must be one of \"YYYY-MM-DD\"",
        ),
        (
            "[columns]",
            "[source_id]\n[columns]",
            "x.toml:6: source_id must be a table with the key \"column\"",
        ),
        (
            "[columns]",
            "[source_id]\nname_part = 0\n[columns]",
            "x.toml:7: name_part must be a whole number from 1 to 255",
        ),
        ("email =", "phone =", "x.toml:8: \"phone\" is no field; did you mean \"phones\"?"),
        (
            "[columns]",
            "[consent]\nemail = { blocked = [\"B\"] }\n[columns]",
            "unknown key \"blocked\" in the channel's table; did you mean \"block\"?",
        ),
        (
            "[columns]",
            "[consent]\nmail = { block = [\"B\"] }\n[columns]",
            "unknown key \"mail\" in [consent]; did you mean \"email\"?",
        ),
        (
            "[columns]",
            "[consent]\nopt_out = [\"Email 1\"]\n[columns]",
            "x.toml:7: \"Email 1\" names a flag, and email already",
        ),
        (
            "[columns]",
            "[consent]\nemail = { allow = [\"B\"] }\nopt_out = [\"b \"]\n[columns]",
            "x.toml:7: \"B\" is asked both whether somebody may be contacted and whether not",
        ),
        (
            "[columns]",
            "[values.consent]\nQ = \"yess\"\n[columns]",
            "x.toml:7: Q must be a word that the field knows",
        ),
        ("[columns]", "[values.okToCall]\nQ = \"maybe\"\n[columns]", "x.toml:7: Q must be a word"),
        (
            "[columns]",
            "[values.isBusiness]\nC = \"biz\"\n[columns]",
            "x.toml:7: C must be a word that the field knows",
        ),
        (
            "[columns]",
            "[nulls]\nemial = [\"CD\"]\n[columns]",
            "x.toml:7: \"emial\" is no field; did you mean \"email\"?",
        ),
        ("[columns]", "[values.customerKey]\na = \"b\"\n[columns]", "\"customerKey\" is no field"),
        (
            "[columns]",
            "[vehicles]\nodometer = \"nm\"\n[columns]",
            "x.toml:7: odometer must be one of \"miles\", \"km\"",
        ),
        (
            "[columns]",
            "[names]\nlast_name_alone = \"x\"\n[columns]",
            "x.toml:7: last_name_alone must be one of \"person\"",
        ),
        (
            "\"\\t\"",
            "\"\\t\"\nskip_line = 2",
            "x.toml:6: unknown key \"skip_line\" in [file]; did you mean \"skip_lines\"?",
        ),
        ("\"\\t\"", "\"\\t\"\nskip_lines = -1", "x.toml:6: skip_lines must be a whole number from 0 to 1000"),
        (
            "\"\\t\"",
            "\"\\t\"\nskip_lines = 1001",
            "x.toml:6: skip_lines must be a whole number from 0 to 1000",
        ),
        (
            "\"\\t\"",
            "\"\\t\"\nskip_lines = 99999999999999999999",
            "x.toml:6: skip_lines must be a whole number",
        ),
        ("\"\\t\"", "\"\\t\"\nskip_lines = \"2\"", "x.toml:6: skip_lines must be a whole number"),
        ("\"\\t\"", "\"\\t\"\nstop_at = \"total\"", "x.toml:6: stop_at must be a list of what the totals"),
        (
            "\"\\t\"",
            "\"\\t\"\nstop_at = [\"total\", \" t \"]",
            "x.toml:6: stop_at must be a list of texts of three characters or more",
        ),
        ("\"\\t\"", "\"\\t\"\nstop_at = [\"100\"]", "x.toml:6: stop_at must be a list of texts"),
        ("\"\\t\"", "\"\\t\"\nstop_at = [7]", "x.toml:6: stop_at must be a list of texts"),
        ("[columns]", "[skip]\ngone = [\"x\"]\n[columns]", "x.toml:7: unknown key \"gone\" in [skip]"),
        ("[\"Customer Number\"]", "1", "x.toml:7: customerKey must be a list of one or more names"),
        (
            "\"\\t\"",
            "\"\\t\"\nheader = \"absent\"",
            "x.toml:8: customerKey must be the number of a column, from 1, for files without a header",
        ),
        (
            "[columns]",
            "[[layouts]]\nname = \"a\"\n[layouts.columns]\ncustomerKey = [\"k\"]\n[columns]",
            "columns must be in the [[layouts]], where there are several",
        ),
    ] {
        let error = profile_with(from, to).expect_err(to);
        assert!(
            error.to_string().replace("profile ", "").contains(&expected.replace("profile ", "")),
            "{to}: {error}"
        );
        assert!(!error.refuses_input());
    }
}

#[test]
fn every_mistake_of_a_profile_is_told_at_once() {
    let text = "name = \"\"\nexport = \"whole\"\ncolour = 1\n[file]\ndelimiter = \"ab\"\nheader = \"none\"\nskip_lines = -1\n\
                stop_at = [\"x\", \"total\", \"7777\"]\n[updated_at]\nformats = [\"DD/MM\", \"YYYYMMDD\", \"MM\"]\n\
                [nulls]\nemial = [\"CD\"]\nany = []\n[values.zip]\na = 1\n[vehicles]\nodometer = \"nm\"\nabsnt = \"keep\"\n\
                [source_id]\n[columns]\ncustmerKey = [\"k\"]\nemial = [\"e\"]\n[consent]\ncall = { blok = [\"b\"] }\ntext = 1\n\
                [skip]\ndeleted = { names = [\"x\"], word = [\"y\"] }\n";
    let error = parse::parse("x.toml", text).unwrap_err();
    let ProfileError::Invalid { file, mistakes } = &error else { panic!("{error}") };
    assert_eq!(file, "x.toml");
    let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.line).collect();
    // In the order of the file; the same of two items of a list is said once, and what is misspelt is not lacking.
    assert_eq!(lines, [1, 1, 2, 3, 5, 6, 7, 8, 10, 12, 13, 15, 17, 18, 19, 21, 22, 24, 25, 27], "{error}");
    let told = error.to_string();
    assert!(told.starts_with("20 mistakes in profile x.toml:\n  x.toml:1: "), "{told}");
    assert_eq!(told.lines().count(), 21);
    // Lines that are no TOML are told with the rest; what may stand in them is not said to be lacking.
    let broken = "name = \"x\"\ndescription = \nexport = \"whole\"\n[columns\ncustomerKey = [\"k\"]\nemial = [\"e\"]\n";
    let told = parse::parse("x.toml", broken).unwrap_err().to_string();
    for says in ["x.toml:2: ", "x.toml:3: export must be", "x.toml:4: "] {
        assert!(told.contains(says), "{says}: {told}");
    }
    assert!(!told.contains("lacks"), "{told}");
}

#[test]
fn profiles_are_found_by_name_or_path() {
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join("mine.toml"), Profile::builtin_text("generic").unwrap()).unwrap();
    assert_eq!(Profile::load("mine.toml", dir.path()).unwrap(), generic());
    let text = Profile::load("genric", dir.path()).unwrap_err().to_string();
    assert!(text.contains("\"genric\" is neither built in (generic, dealervault-sl, "), "{text}");
    assert!(text.ends_with("; did you mean \"generic\"?"), "{text}");
    assert!(matches!(Profile::load(".", dir.path()), Err(ProfileError::Io { .. })));
}

#[test]
fn what_a_profile_says_of_a_file() {
    let profile =
        profile_with("\"\\t\"", "\"|\"\nquote = \"\"\nheader = \"present\"\nencoding = \"latin1\"").unwrap();
    let FileFormat { delimiter, quote, header, encoding, skip_lines, stop_at, columns } =
        profile.dialect().clone();
    assert_eq!((delimiter, quote, header), (b'|', None, true));
    assert_eq!((skip_lines, stop_at.len(), columns), (0, 0, None));
    assert_eq!(encoding.map(encoding_rs::Encoding::name), Some("windows-1252"));
    let binding = bind(&profile, "Email 2,Customer Number,email1").unwrap();
    let slots: Vec<_> = binding.mapped.iter().map(|(index, slot)| format!("{index} {slot}")).collect();
    assert_eq!(slots, ["1 customerKey", "2 email", "0 email.2"]);

    let named = profile_with("[columns]", "[source_id]\nname_part = 1\n[columns]").unwrap();
    assert_eq!(named.source_id_of_name("in/DVD46315_20260908_1200_SL.txt"), Some("DVD46315"));
    let column = profile_with("[columns]", "[source_id]\ncolumn = [\"DV Dealer ID\"]\n[columns]").unwrap();
    let binding = bind(&column, "DV Dealer ID,Customer Number").unwrap();
    assert_eq!((binding.source_id(&row(&[" D1 ", "1"])), binding.ignored.len()), (Some(&b"D1"[..]), 0));
    assert_eq!((binding.source_id(&row(&["  ", "1"])), binding.lost_source_id()), (None, None));
    // Whether it matters is for those to say who know what the department is called.
    for names in ["Customer Number", "DV Dealer ID,dv dealer id,Customer Number"] {
        let binding = bind(&column, names).unwrap();
        assert!(binding.lost_source_id().unwrap().contains("DV Dealer ID"), "{names}");
    }
}

#[test]
fn a_profile_s_fingerprint_changes_with_what_shapes_a_customer() {
    let of = |from: &str, to: &str| profile_with(from, to).unwrap().fingerprint();
    let base = of("", "");
    assert_eq!(base, of("\"y\"", "\"another description\""));
    assert_eq!(base, of("Email 1", "EMAIL_1"), "what folds alike finds the same columns");
    for (from, to) in [
        ("\"full\"", "\"delta\""),
        ("Email 1", "Email 3"),
        ("email.2", "email.3"),
        ("[columns]", "[vehicles]\nabsent = \"disown\"\n[columns]"),
        ("[columns]", "[updated_at]\nformats = [\"YYYYMMDD\"]\n[columns]"),
        ("\"\\t\"", "\"\\t\"\nencoding = \"windows-1252\""),
        ("\"\\t\"", "\"\\t\"\nskip_lines = 2"),
        ("\"\\t\"", "\"\\t\"\nstop_at = [\"total\"]"),
        ("[columns]", "[vehicles]\nodometer = \"km\"\n[columns]"),
        ("[columns]", "[names]\nlast_name_alone = \"business\"\n[columns]"),
        ("[columns]", "[nulls]\nany = [\"CD\"]\n[columns]"),
        ("[columns]", "[nulls]\nemail = [\"CD\"]\n[columns]"),
        ("[columns]", "[values.email]\na = \"b\"\n[columns]"),
        ("[columns]", "[values.consent]\na = \"no\"\n[columns]"),
        ("[columns]", "[consent]\nemail = { block = [\"B\"] }\n[columns]"),
        ("[columns]", "[consent]\nopt_out = [\"B\"]\n[columns]"),
        ("[columns]", "[skip]\ndeleted = [\"B\"]\n[columns]"),
        ("[columns]", "[columns]\nfullName = [\"B\"]"),
        ("[columns]", "[columns]\nphones = [\"B\"]"),
    ] {
        assert_ne!(base, of(from, to), "{to}");
    }
}

#[test]
fn all_that_a_profile_may_say_of_one_column_is_another_fingerprint() {
    let variants = [
        "[consent]\nemail = { block = [\"B\"] }",
        "[consent]\nemail = { allow = [\"B\"] }",
        "[consent]\nemail = { block_on_no = [\"B\"] }",
        "[consent]\ncall = { block = [\"B\"] }",
        "[consent]\nopt_out = [\"B\"]",
        "[skip]\ndeleted = [\"B\"]",
        "[skip]\ninactive = [\"B\"]",
        "[skip]\ninactive = { names = [\"B\"], words = [\"gone\"] }",
        "[nulls]\nany = [\"B\"]",
        "[nulls]\nemail = [\"B\"]",
        "[values.email]\nB = \"\"",
        "[values.consent]\nB = \"\"",
    ];
    let of = |said: &str| profile_with("[columns]", &format!("{said}\n[columns]")).unwrap().fingerprint();
    let all: std::collections::BTreeSet<_> = variants.iter().map(|said| of(said)).collect();
    assert_eq!(all.len(), variants.len());
}

#[test]
fn words_of_a_dms_become_ours() {
    let text = "[nulls]\nany = [\"00010101\"]\nemail = [\"cd\"]\n[values.consent]\nDNC = \"N\"\n\
                [values.email]\nhouse = \"shop@example.com\"\n[consent]\ncall = { allow = [\"May Call\"] }\n\
                [skip]\ninactive = { names = [\"Status\"], words = [\"Inactive\"] }\n[columns]\ncity = [\"City\"]";
    let profile = profile_with("[columns]", text).unwrap();
    let binding = bind(&profile, "Customer Number,City,Email 1,Email 2,May Call,Status").unwrap();
    let said = |cells: &[&str]| {
        let source = binding.source_row(&row(cells), at(), &utf8).unwrap();
        let values: Vec<_> = source.values.iter().map(|(slot, raw)| format!("{slot}={raw}")).collect();
        (values.join(" "), source.presence)
    };
    assert_eq!(
        said(&["1", "00010101", " CD ", "House", "dnc", "inactive "]),
        ("city= email= email.2=shop@example.com okToCall=N".to_owned(), Presence::Inactive)
    );
    assert_eq!(
        said(&["1", "CD", "a@example.com", "", "Y", "Y"]),
        ("city=CD email=a@example.com email.2= okToCall=Y".to_owned(), Presence::Active)
    );
}

#[test]
fn a_consent_column_s_cell_is_part_of_the_row_s_fingerprint() {
    let profile =
        profile_with("[columns]", "[consent]\nopt_out = [\"Out\"]\n[skip]\ndeleted = [\"Gone\"]\n[columns]");
    let binding = bind(&profile.unwrap(), "Customer Number,Out,Gone").unwrap();
    let of = |cells: &[&str]| binding.row_fingerprint(&row(cells));
    assert_ne!(of(&["1", "N", "N"]), of(&["1", "Y", "N"]));
    assert_ne!(of(&["1", "N", "N"]), of(&["1", "N", "Y"]));
    assert!(binding.ignored.is_empty());
}
