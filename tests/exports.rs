//! Exports as they come: compressed, in other encodings, in several files, as a delta, by way of a spreadsheet. Always
//! the same people arrive, and nobody loses what the file does not speak of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::io::Write as _;

use harness::export::people;
use harness::{Export, Workbench, sample};

/// Three people, one with letters outside ASCII.
fn three() -> Export {
    let mut export = people(3);
    export.set("c0002", "lastName", "Guðmundsdóttir").set("c0003", "city", "Montréal");
    export
}

/// They are at the remote, spelled right.
#[track_caller]
fn arrived(bench: &Workbench) {
    assert_eq!(bench.remote().len(), 3);
    assert_eq!(bench.customer("c0002").last_name.as_deref(), Some("Guðmundsdóttir"));
    assert_eq!(bench.customer("c0003").addresses[0].city.as_deref(), Some("Montréal"));
}

#[test]
fn every_encoding_says_the_same() {
    let utf8 = String::from_utf8(three().to_csv()).unwrap();
    let utf16 = |big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(utf8.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for (what, bytes) in [
        ("plain", utf8.clone().into_bytes()),
        ("byte-order mark", format!("\u{feff}{utf8}").into_bytes()),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(&utf8).0.into_owned()),
        ("utf-16le", utf16(false)),
        ("utf-16be", utf16(true)),
        ("line ends of Windows", utf8.replace('\n', "\r\n").into_bytes()),
        ("no line end at the end", utf8.trim_end().to_owned().into_bytes()),
    ] {
        let bench = Workbench::new();
        bench.write("export.csv", bytes);
        let ran = bench.run(["sync"]);
        assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
        arrived(&bench);
        // Another night, another encoding, the same people.
        bench.model().clear_journal();
        bench.write("export.csv", utf8.as_bytes());
        bench.sync(0);
        assert_eq!(bench.journal(), [], "{what}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn every_packing_says_the_same() {
    let csv = three().to_csv();
    let zstd = zstd::encode_all(csv.as_slice(), 3).unwrap();
    for (name, bytes, label) in [
        ("crm_20260901.csv.gz", gzip(&csv), "utf-8, gzip"),
        ("crm_20260901.csv.zst", zstd, "utf-8, zstd"),
        ("crm_20260901.csv.zip", archive(&[("whatever.csv", &csv)]), "utf-8, zip"),
    ] {
        let mut bench = Workbench::new();
        fs::create_dir(bench.path("exports")).unwrap();
        bench.set_department("input", vec!["exports"]);
        bench.write(&format!("exports/{name}"), &bytes);
        bench.sync(0);
        arrived(&bench);
        let input = &bench.latest().summary["inputs"][0];
        assert_eq!((input["encoding"].as_str(), input["rows"].as_u64()), (Some(label), Some(3)));
        // The next night it is not packed, and says the same.
        bench.model().clear_journal();
        bench.write("exports/crm_20260902.csv", &csv);
        bench.sync(0).says(&[&format!("{name} is left out")]);
        assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 3", vec![]));
    }
}

#[test]
fn an_archive_that_cannot_be_read_is_refused() {
    let bench = Workbench::new();
    for (magic, format) in
        [(b"\x1F\x8B\x08\x00", "gzip"), (b"\x28\xB5\x2F\xFD", "zstd"), (b"PK\x03\x04", "zip")]
    {
        let mut bytes = magic.to_vec();
        bytes.extend((0..=255).cycle().take(3000));
        bench.write("export.csv", bytes);
        bench.sync(4).says(&[&format!("export.csv: cannot be unpacked as {format}: ")]);
    }
    let csv = three().to_csv();
    bench.write("export.csv", archive(&[("a.csv", &csv), ("b.csv", &csv)]));
    bench.sync(4).says(&["it holds 2 files (a.csv, b.csv)"]);
    assert_eq!(bench.journal(), []);
}

#[test]
fn nothing_of_an_archive_that_is_cut_off_is_used() {
    let mut bench = Workbench::new();
    let whole = gzip(&people(5000).to_csv());
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let pinned = profile.replace("encoding = \"detect\"", "encoding = \"utf-8\"");
    assert_ne!(pinned, profile);
    bench.write("pinned.toml", pinned);
    for profile in ["generic", "pinned.toml"] {
        bench.set_department("profile", profile);
        // But for its checksum, every row is there.
        for end in [whole.len() / 2, whole.len() - 4] {
            bench.write("export.csv", &whole[..end]);
            bench.sync(4).says(&["export.csv: cannot be unpacked as gzip: it is cut off"]);
            assert_eq!(bench.journal(), [], "{profile}, {end}");
        }
    }
}

#[test]
fn what_is_no_export_is_named() {
    let bench = Workbench::new();
    let sheet = archive(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    bench.write("export.csv", sheet);
    bench.sync(4).says(&["export.csv: this is a spreadsheet (xlsx), not text; export it as CSV"]);
    bench.write("export.csv", "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n");
    bench.sync(4).says(&["export.csv: this is a web page (html), not text"]);
    assert_eq!(bench.journal(), []);
}

#[test]
fn two_exports_in_one_file_are_read_but_for_the_second_header() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "50%");
    let csv = three().to_csv();
    bench.write("export.csv", [&csv[..], &csv[..]].concat());
    bench.sync(3);
    arrived(&bench);
    let rows = &bench.latest().summary["rows"];
    assert_eq!((rows["used"].as_u64(), rows["rejected"].as_u64()), (Some(6), Some(1)));
    bench.run(["status"]).expect(0).shows(&["row.header_again"]);
}

#[test]
fn a_full_export_is_its_newest_files_alone() {
    let mut bench = Workbench::new();
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    let mut old = people(3);
    old.set("c0001", "city", "Salem");
    bench.write("exports/crm_20260901.csv", old.to_csv());
    let mut half = people(3);
    half.drop_customer("c0003");
    bench.write("exports/crm_20260902_a.csv", half.to_csv());
    let mut half = people(3);
    half.drop_customer("c0001").drop_customer("c0002");
    bench.write("exports/crm_20260902_b.csv", half.to_csv());
    bench.sync(0).says(&["crm_20260901.csv is left out"]);
    assert_eq!(bench.remote().len(), 3);
    assert_eq!(bench.customer("c0001").addresses[0].city.as_deref(), Some("Portland"));
    assert_eq!(bench.latest().summary["inputs"].as_array().unwrap().len(), 2);
}

#[test]
fn the_evenings_file_alone_is_the_day() {
    let mut bench = Workbench::new();
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    // In the morning there was one more customer, and an e-mail that is gone in the evening.
    bench.write("exports/crm_20260908_0600.csv", people(3).to_csv());
    let mut evening = people(2);
    evening.set("c0002", "email", "");
    bench.write("exports/crm_20260908_1800.csv", evening.to_csv());
    bench.sync(0).says(&["crm_20260908_0600.csv is left out"]);
    assert_eq!(bench.remote().len(), 2);
    assert!(bench.customer("c0002").emails.is_empty());
}

#[test]
fn a_file_without_a_date_beside_dated_ones_is_refused() {
    let mut bench = Workbench::new();
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/customers.csv", people(1).to_csv());
    bench.write("exports/crm_20260801.csv", people(3).to_csv());
    bench.write("exports/crm_20260908.csv", people(2).to_csv());
    bench
        .sync(4)
        .says(&["exports/customers.csv: its name has no date, and exports/crm_20260801.csv has one"]);
    bench.run(["check", "--offline"]).expect(4);
    assert_eq!(bench.journal(), []);
    bench.run(["sync", "--input", "exports/crm_20260908.csv"]).expect(0);
    assert_eq!(bench.remote().len(), 2);
}

#[test]
fn one_date_in_two_spellings_is_refused_with_both_names() {
    for (one, other) in [("crm_20260908.csv", "crm_2026-09-08.csv"), ("crm_20260908.csv", "crm_20260908.txt")]
    {
        let mut bench = Workbench::new();
        bench.set_department("input", vec!["exports"]);
        fs::create_dir(bench.path("exports")).unwrap();
        let of = |gone: &str| people(3).drop_customer(gone).to_csv();
        bench.write(&format!("exports/{one}"), of("c0003"));
        bench.write(&format!("exports/{other}"), of("c0002"));
        for args in [&["sync"][..], &["diff"]] {
            bench.run(args).expect(4).says(&[one, other, "it cannot be told which is the newer", "--input"]);
        }
        bench.run(["check", "--offline"]).expect(4).shows(&[one, other]);
        assert_eq!(bench.journal(), []);
        // The remedy.
        bench.run(["sync", "--input", &format!("exports/{one}")]).expect(0);
        assert_eq!(bench.remote().len(), 2);
        // A copy is no trouble.
        fs::copy(bench.path(format!("exports/{one}")), bench.path(format!("exports/{other}"))).unwrap();
        bench.sync(0).says(&["is left out: it is a copy of"]);
        assert_eq!(bench.latest().counts(), "unchanged 2");
    }
}

#[test]
fn an_export_and_the_same_packed_are_read_once() {
    let mut bench = Workbench::new();
    bench.set_department("input", vec!["exports"]);
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/crm_20260908.csv", three().to_csv());
    bench.write("exports/crm_20260908.csv.gz", gzip(&three().to_csv()));
    bench
        .sync(0)
        .says(&["exports/crm_20260908.csv.gz is left out: it is a copy of exports/crm_20260908.csv"]);
    arrived(&bench);
    assert_eq!(bench.latest().summary["rows"]["total"], 3);
}

#[test]
fn a_name_that_is_not_utf8_stops_nobody() {
    use std::os::unix::ffi::OsStrExt as _;
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    let mut bench = Workbench::new();
    bench.set_department("input", vec!["exports/*.csv"]).add_department(second["department"][0].clone());
    bench.set("guard.max_rejected", "50%").export(&people(2));
    fs::create_dir(bench.path("exports")).unwrap();
    let odd = |name: &[u8]| bench.path("exports").join(std::ffi::OsStr::from_bytes(name));
    bench.write("exports/crm.csv", three().to_csv());
    fs::write(odd(b"caf\xE9.txt"), "no export").unwrap();
    bench.run(["check", "--offline"]).expect(0);
    bench.run(["diff"]).expect(0);
    bench.sync(0);
    let created = |token: &str| bench.model().dump().departments[token].len();
    assert_eq!((created(harness::TOKEN), created("tok-shelbyville")), (3, 2));
    // One that matches is part of the export, and a row of it is found again by its name.
    let mut broken = people(4);
    broken.set("c0004", "lastName", "");
    fs::write(odd(b"caf\xE9.csv"), broken.to_csv()).unwrap();
    bench.sync(3);
    let errors = bench.latest().errors;
    assert_eq!((errors.len(), errors[0]["source_file"].as_str()), (1, "exports/caf\\xE9.csv"));
    bench.run(["retry", "--department", "springfield"]).expect(3);
}

#[test]
fn the_same_file_twice_is_one_file() {
    for (what, export) in [("full", "full"), ("delta", "delta")] {
        let mut bench = Workbench::new();
        bench.set_department("export", export);
        bench.set_department("input", vec!["exports/*.csv", "exports/crm*", "exports"]);
        fs::create_dir(bench.path("exports")).unwrap();
        let file = bench.write("exports/crm_20260908.csv", three().to_csv());
        fs::hard_link(&file, bench.path("exports/hard_20260908.csv")).unwrap();
        std::os::unix::fs::symlink(&file, bench.path("exports/soft_20260908.csv")).unwrap();
        bench.sync(0);
        arrived(&bench);
        assert_eq!(bench.asked()["create"], 3, "{what}");
        let rows = |bench: &Workbench| bench.latest().summary["rows"]["total"].as_u64();
        assert_eq!(rows(&bench), Some(3), "{what}: it is read once");
        bench.model().clear_journal();
        // The next night it is there again; and under other names, of that time and of another.
        bench.sync(0);
        assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 3", vec![]), "{what}");
        bench.write("exports/copy_20260908.csv", three().to_csv());
        bench.sync(0);
        assert_eq!((rows(&bench), bench.journal()), (Some(6), vec![]), "{what}");
        bench.write("exports/crm_20260909.csv", three().to_csv());
        for _ in 0..2 {
            bench.sync(0);
            assert_eq!(
                (bench.latest().counts().as_str(), bench.journal()),
                ("unchanged 3", vec![]),
                "{what}"
            );
        }
    }
}

#[test]
fn a_file_and_its_copy_create_everybody_once() {
    for export in ["full", "delta"] {
        let mut bench = Workbench::new();
        bench.set_department("export", export).set_department("input", vec!["exports"]);
        fs::create_dir(bench.path("exports")).unwrap();
        for name in ["a.csv", "b.csv"] {
            bench.write(&format!("exports/{name}"), three().to_csv());
        }
        bench.sync(0);
        arrived(&bench);
        assert_eq!((bench.asked()["create"], bench.journal().len()), (3, 3), "{export}");
        assert!(bench.remote().iter().all(|customer| customer.vehicles.len() == 1), "{export}");
        bench.model().clear_journal();
        bench.sync(0);
        assert_eq!(bench.journal(), [], "{export}");
    }
}

#[test]
fn a_delta_says_only_what_moved() {
    let mut bench = Workbench::new();
    bench.export(&people(200)).sync(0);
    let before = bench.remote();
    bench.set_department("export", "delta");
    bench.model().clear_journal();
    // One customer of two hundred, with one of its columns filled.
    let mut delta = people(200);
    for n in 2..=200 {
        delta.drop_customer(&format!("c{n:04}"));
    }
    delta.set_all("cellPhone", "").set_all("email", "").set_all("city", "Salem").set_all("addressLine1", "");
    bench.export(&delta).sync(0);
    let run = bench.latest();
    assert_eq!((run.keys("updated"), run.count("missing")), (vec!["c0001"], 0));
    let customer = bench.customer("c0001");
    assert_eq!((customer.phone_numbers.len(), customer.emails.len()), (1, 1));
    assert_eq!(customer.addresses[0].city.as_deref(), Some("Salem"));
    assert_eq!(customer.addresses[0].line1, before[0].addresses[0].line1);
    assert_eq!(bench.remote()[1..], before[1..]);
    // A new number in a slot replaces the one that was there.
    delta.set_all("cellPhone", "(202) 555-0188");
    bench.export(&delta).sync(0);
    let numbers: Vec<_> =
        bench.customer("c0001").phone_numbers.into_iter().filter_map(|p| p.phone_number).collect();
    assert_eq!(numbers, ["+12025550188"]);
}

#[test]
fn an_errors_file_survives_a_spreadsheet() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "100%");
    let mut export = three();
    export.set("c0002", "firstName", "").set("c0003", "firstName", "");
    bench.export(&export).sync(3);
    let errors = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    let mut table = Export::parse(errors.as_bytes());
    table.set("c0002", "firstName", "Dagný").set("c0003", "firstName", "Zoë");
    let text = String::from_utf8(table.to_csv()).unwrap();
    // As a spreadsheet of that country saves it: semicolons, a mark, other line ends.
    let mut semicolons = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records() {
        semicolons.write_record(&row.unwrap()).unwrap();
    }
    let text = String::from_utf8(semicolons.into_inner().unwrap()).unwrap().replace('\n', "\r\n");
    bench.write("edited.csv", format!("\u{feff}{text}"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    arrived(&bench);
    assert_eq!(bench.customer("c0002").first_name.as_deref(), Some("Dagný"));
    // The DMS is corrected too: nothing is left over, and nothing moves.
    export.set("c0002", "firstName", "Dagný").set("c0003", "firstName", "Zoë");
    bench.model().clear_journal();
    bench.export(&export).sync(0);
    assert_eq!(bench.journal(), []);
    bench.run(["status"]).expect(0).shows(&["nothing is left over"]);
}

#[test]
fn a_number_that_a_spreadsheet_has_changed_is_nobodys() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "100%");
    let row = |key: &str, first: &str| format!("{key},{first},Smith,2065550143\n");
    let header = "customerKey,firstName,lastName,cellPhone\n";
    bench.write("export.csv", format!("{header}{}{}", row("000101", ""), row("000102", "Bo")));
    bench.sync(3);
    let errors = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    let edited = |key: &str| errors.replace("000101,,Smith", &format!("{key},Ann,Smith"));
    assert_ne!(edited("101"), errors);
    bench.write("edited.csv", edited("101"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(3).shows(&["key.not_listed"]);
    assert_eq!(bench.remote().len(), 1);
    bench.write("edited.csv", edited("000101"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!(bench.customer("000101").first_name.as_deref(), Some("Ann"));
    assert_eq!(bench.remote().len(), 2);
    // Fed back once more, it names somebody who is known.
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
}

#[test]
fn a_list_that_was_taken_apart_is_not_read_as_an_export() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "100%");
    let header = "customerKey,firstName,lastName,cellPhone\n";
    bench.write("export.csv", format!("{header}1,,Smith,2065550143\n2,Bo,Smith,2065550144\n"));
    bench.sync(3);
    let before = bench.remote();
    let errors = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    let errors = errors.replace("1,,Smith", "1,Ann,Smith");
    let columns = |line: &str, cut: usize| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in reader.records() {
            let row = row.unwrap();
            writer.write_record(row.iter().skip(cut).chain(row.iter().take(cut % 11))).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    };
    // Moved to the end, one taken out, and all of them.
    for (text, says) in [
        (columns(&errors, 10), "looks like an errors.csv"),
        (columns(&errors, 11), "no errors.csv of a run"),
        (errors.replace("error_stage", "Error Stage"), "looks like an errors.csv"),
    ] {
        bench.write("edited.csv", &text);
        let ran = bench.run(["retry", "--errors", "edited.csv"]).expect(4);
        assert!(ran.stderr.contains(says) || ran.stderr.contains("no errors.csv of a run"), "{}", ran.stderr);
        if says.starts_with("looks") {
            bench.run(["sync", "--input", "edited.csv"]).expect(4).says(&[says]);
        }
    }
    assert_eq!(bench.remote(), before);
}

#[test]
fn a_row_that_is_fixed_in_the_dms_is_no_leftover_any_more() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "50%").sample("messy.csv").sync(3);
    bench.run(["status"]).expect(0).shows(&["key.two_people"]);
    let mut export = Export::parse(&sample("messy.csv"));
    for key in ["", "0", "70002", "70003", "70008", "70\t027"] {
        export.drop_customer(key);
    }
    for (key, column, cell) in [
        ("70004", "lastName", "Delacroix"),
        ("70005", "lastName", "Vandenheuvel"),
        ("70005", "firstName", "Sunita"),
        ("70006", "company", "Foxtail Freight"),
        ("70007", "firstName", "Marisol"),
    ] {
        export.set(key, column, cell);
    }
    bench.export(&export).sync(0);
    assert_eq!(bench.latest().counts(), "created 4, unchanged 19");
    bench.run(["status"]).expect(0).shows(&["nothing is left over"]);
}

#[test]
fn a_customer_that_disappears_is_reported_and_left_alone() {
    let bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    let before = bench.remote();
    let mut export = people(3);
    export.drop_customer("c0002");
    for _ in 0..2 {
        bench.export(&export).sync(0);
        assert_eq!(bench.latest().counts(), "missing 1, unchanged 2");
    }
    assert_eq!(bench.remote(), before);
    bench.model().clear_journal();
    bench.export(&people(3)).sync(0);
    assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 3", vec![]));
}

#[test]
fn another_departments_export_is_refused() {
    let mut bench = Workbench::new();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    bench.write("mine.toml", profile + "\n[source_id]\ncolumn = [\"store\"]\n");
    bench.set_department("profile", "mine.toml").set_department("source_id", "0412");
    let with_store = |store: &str| {
        let text = String::from_utf8(people(3).to_csv()).unwrap();
        let lines = text.lines().enumerate();
        let lines = lines.map(|(n, line)| [line, ",", if n == 0 { "store" } else { store }, "\n"].concat());
        lines.collect::<String>()
    };
    bench.write("export.csv", with_store("0413"));
    bench.sync(4).says(&["export.csv:2", "0412"]);
    assert_eq!(bench.journal(), []);
    bench.write("export.csv", with_store("0412"));
    bench.sync(0);
}

#[test]
fn a_change_of_settings_looks_at_everybody_again() {
    let mut bench = Workbench::new();
    let mut export = people(3);
    export.drop_column("state").drop_column("zip");
    bench.set_department("country", "").export(&export).sync(0);
    assert_eq!(bench.customer("c0001").addresses[0].country, None);
    bench.model().clear_journal();
    // What does not shape a customer changes nothing.
    bench.set("rate.burst", 5).sync(0);
    assert_eq!(bench.journal(), []);
    bench.set_department("invalid_vin", "reject").sync(0);
    assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 3", vec![]));
}
