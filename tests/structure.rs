//! What a file may do beside holding rows: a title above them, totals below, cut off, ragged, or spoilt. Each has a rule
//! that the manual states, a message with a place and a remedy, and takes nobody with it who is sound.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::export::people;
use harness::{Export, Line, Workbench};

const TITLE: &str = "Cedar Motors: \"all customers\nas of 09/08/2026, 3 stores\n";

/// A department whose profile is the built-in `generic`, with these lines under `[file]`.
fn bench_with(file: &str) -> Workbench {
    let mut bench = Workbench::new();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let own = profile.replace("skip_lines = 0", "").replace("stop_at = []", file);
    assert_ne!(own, profile);
    bench.write("mine.toml", own);
    bench.set_department("profile", "mine.toml").set("guard.max_rejected", "100%");
    bench
}

/// A report: a title of two lines, the rows, totals.
fn report(rows: &Export) -> String {
    format!("{TITLE}{}\nTotal customers: {}\n\n", text(rows), rows.rows().len())
}

fn text(rows: &Export) -> String {
    String::from_utf8(rows.to_csv()).unwrap()
}

/// Code and line of what is refused.
fn refused(bench: &Workbench) -> Vec<(String, String)> {
    let place = |line: &Line| (line["error_code"].clone(), line["source_line"].clone());
    bench.latest().errors.iter().map(place).collect()
}

fn leftovers(bench: &Workbench) -> String {
    bench.run(["status", "--json"]).expect(0).json()["departments"][0]["leftovers"].to_string()
}

#[test]
fn a_title_above_and_totals_below_are_nobody() {
    let bench = bench_with("skip_lines = 2\nstop_at = [\"Total\", \"end of report\"]");
    let mut export = people(3);
    export.set("c0002", "zip", "nowhere");
    bench.write("export.csv", report(&export));
    let ran = bench.sync(0);
    assert!(!ran.stderr.contains("cut off"), "{}", ran.stderr);
    let run = bench.latest();
    assert_eq!((bench.remote().len(), run.counts().as_str()), (3, "created 3"));
    assert_eq!(run.summary["rows"]["total"], 3);
    // Positions are those of the file.
    assert_eq!(
        (run.warnings[0]["code"].as_str(), run.warnings[0]["source_line"].as_str()),
        ("address.zip", "5")
    );
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 3");
    // What stands below the totals is refused, with its place, and what to do.
    let more = text(&people(5)).lines().skip(4).collect::<Vec<_>>().join("\n");
    bench.write("export.csv", format!("{}{more}\nEnd of report\n", report(&export)));
    bench.sync(3).shows(&["row.after_totals", "correct stop_at in the profile"]);
    let both = ["10", "11"].map(|line| ("row.after_totals".to_owned(), line.to_owned()));
    assert_eq!((refused(&bench), bench.remote().len()), (both.to_vec(), 3));
    // Two reports in one file: the second title and header are told apart, and nobody is sent twice.
    bench.write("export.csv", [text(&export).replacen("", TITLE, 1), text(&export)].concat());
    bench
        .sync(3)
        .shows(&["row.header_again", "a header is nobody"])
        .says(&["ends without the totals", "cut off?"]);
    assert_eq!(refused(&bench), [("row.header_again".to_owned(), "7".to_owned())]);
}

#[test]
fn an_errors_file_has_neither_title_nor_totals() {
    let bench = bench_with("skip_lines = 2\nstop_at = [\"total\", \"validate\"]");
    let mut export = people(4);
    export.set("c0002", "firstName", "").set("c0003", "firstName", "").set("c0003", "lastName", "Total");
    bench.write("export.csv", report(&export));
    bench.sync(3);
    let errors = fs::read(bench.latest().dir.join("errors.csv")).unwrap();
    let mut table = Export::parse(&errors);
    table.set("c0002", "firstName", "Dagný").set("c0003", "firstName", "Zoë");
    bench.write("edited.csv", table.to_csv());
    let ran = bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert!(!ran.stderr.contains("cut off"), "{}", ran.stderr);
    assert_eq!(bench.latest().keys("created"), ["c0002", "c0003"]);
    // By way of a spreadsheet that writes UTF-16 and tabs.
    let sheet = Export::parse(&table.to_csv());
    let mut tabs = csv::WriterBuilder::new().delimiter(b'\t').from_writer(Vec::new());
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(&sheet.to_csv()[..]).records() {
        tabs.write_record(&row.unwrap()).unwrap();
    }
    let tabs = String::from_utf8(tabs.into_inner().unwrap()).unwrap();
    let utf16: Vec<u8> = format!("\u{feff}{tabs}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    bench.write("edited.csv", utf16);
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!(bench.latest().counts(), "unchanged 2");
}

#[test]
fn a_title_of_another_length_is_refused_with_the_line_that_was_meant() {
    let bench = bench_with("skip_lines = 2");
    let rows = text(&people(3));
    for (file, says) in [
        (
            rows.clone(),
            [
                "export.csv:3: ",
                "the columns stand in line 1, and the profile skips 2 lines",
                "skip_lines = 0",
            ],
        ),
        (format!("One\n{rows}"), ["export.csv:3: ", "the columns stand in line 2,", "skip_lines = 1"]),
        (
            format!("{TITLE}Three\n\n{rows}"),
            ["export.csv:3: ", "the columns stand in line 5,", "skip_lines = 4"],
        ),
        (TITLE.to_owned(), ["export.csv:3: ", "nothing behind the 2 lines", "whole export"]),
    ] {
        bench.write("export.csv", file);
        let ran = bench.sync(4).says(&says);
        assert!(!ran.stderr.contains("Anselm"), "{}", ran.stderr);
        bench.run(["check", "--offline"]).expect(4).shows(&says);
    }
    // A profile that skips nothing says it too.
    let bench = Workbench::new();
    bench.write("export.csv", format!("{TITLE}{rows}").replace("\"all", "all"));
    bench.sync(4).says(&[
        "export.csv:1: ",
        "the columns stand in line 3, and the profile skips 0 lines",
        "skip_lines = 2",
    ]);
    assert_eq!(bench.journal(), []);
}

const NUMBERED: &str = "name = \"ours\"\ndescription = \"ours\"\nexport = \"full\"\n[file]\nheader = \"absent\"\n\
    skip_lines = 2\nstop_at = [\"total\"]\n[columns]\ncustomerKey = 1\nfirstName = 2\nlastName = 3\ncellPhone = 4\n";

#[test]
fn without_a_header_a_row_is_not_taken_for_a_title() {
    let mut bench = Workbench::new();
    bench.write("mine.toml", NUMBERED);
    bench.set_department("profile", "mine.toml").set("guard.max_rejected", "100%");
    let rows = "7,Ann,Smith,2025550101\n8,,Jones,2025550102\n9,Cy,Young,2025550103\n";
    for (title, line) in [("", 1), ("Report,,,\n", 2)] {
        bench.write("export.csv", format!("{title}{rows}Total,3\n"));
        let says = [format!("export.csv:{line}: a row like those"), format!("skip_lines = {}", line - 1)];
        let ran = bench.sync(4).says(&[&says[0], &says[1]]);
        assert!(!ran.stderr.contains("Smith"), "{}", ran.stderr);
    }
    assert_eq!(bench.journal(), []);
    for title in
        ["Report\nas of 09/08/2026\n", "Report,,,\nkey,first,last,cell\n", "Report,as of 09/08/2026,,\n\n"]
    {
        bench.write("export.csv", format!("{title}{rows}Total,3\n"));
        bench.sync(3);
        assert_eq!(refused(&bench), [("name.missing".to_owned(), "4".to_owned())], "{title}");
    }
    assert_eq!(bench.remote().len(), 2);
    let errors = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    bench.write("edited.csv", errors.replace(",8,,Jones", ",8,Bo,Jones"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!(bench.customer("8").first_name.as_deref(), Some("Bo"));
}

/// What a file does, what is said of it, what is refused and how many arrive.
type Case =
    (&'static str, &'static [u8], &'static [&'static str], &'static [(&'static str, &'static str)], usize);

/// Files that are read, but for some of their rows.
const READ: [Case; 13] = [
    ("lone carriage returns", b"customerKey,firstName,lastName\r1,Ann,Smith\r2,Bo,Jones\r", &[], &[], 2),
    ("no line end at the end", b"customerKey,firstName,lastName\n1,Ann,Smith\n2,Bo,Jones", &[], &[], 2),
    (
        "cut between cells",
        b"customerKey,firstName,lastName\n1,Ann,Smith\n2,B",
        &["or the row cut off?"],
        &[("row.fields", "3")],
        1,
    ),
    (
        "cut behind an open quote",
        b"customerKey,firstName,lastName\n1,Ann,Smith\n2,\"B",
        &["close the quote"],
        &[("row.quote", "3")],
        1,
    ),
    (
        "cut in the last cell, quoted",
        b"customerKey,firstName,lastName\n1,Ann,Smith\n2,Bo,\"Jo",
        &["close the quote"],
        &[("row.quote", "3")],
        1,
    ),
    (
        "too few and too many cells",
        b"customerKey,firstName,lastName\n1,Ann\n2,Bo,Jones\n3,Cy,Young,x\n",
        &["stray delimiter"],
        &[("row.fields", "2"), ("row.fields", "4")],
        1,
    ),
    (
        "a quote that nobody closes",
        b"customerKey,firstName,lastName\n1,\"Ann,Smith\n2,Bo,Jones\n",
        &["close the quote"],
        &[("row.quote", "2")],
        1,
    ),
    (
        "a quote that another row closes",
        b"customerKey,firstName,lastName\n1,\"Ann,Smith\n2,\"Bo\",Jones\n",
        &["close the quote"],
        &[("row.quote", "2")],
        1,
    ),
    ("a quote inside a cell", b"customerKey,firstName,lastName\n1,An\"n,Smith\n", &[], &[], 1),
    (
        "a NUL byte",
        b"customerKey,firstName,lastName\n1,An\0n,Smith\n2,Bo,Jones\n",
        &["a NUL byte in column 2 (firstName)", "pin the encoding"],
        &[("row.nul", "2")],
        1,
    ),
    (
        "a byte of another encoding",
        "customerKey,firstName,lastName\n1,Zoë,Smith\n2,Dagný,Jones\n3,B\u{1}x,Young\n".as_bytes(),
        &["bytes that are not utf-8 in column 2 (firstName)"],
        &[("row.encoding", "4")],
        2,
    ),
    (
        "a header twice",
        b"customerKey,firstName,lastName\n1,Ann,Smith\ncustomerKey,firstName,lastName\n2,Bo,Jones\n",
        &["the header again", "a header is nobody"],
        &[("row.header_again", "3")],
        2,
    ),
    (
        "two columns of one name that nothing maps",
        b"customerKey,firstName,lastName,Notes,notes\n1,Ann,Smith,x,y\n",
        &[],
        &[],
        1,
    ),
];

#[test]
fn a_bad_row_costs_that_row_and_is_placed() {
    for (what, bytes, says, errors, arrive) in READ {
        let mut bench = Workbench::new();
        bench.set("guard.max_rejected", "100%");
        let bytes: Vec<u8> = bytes.iter().map(|byte| if *byte == 1 { 0xFF } else { *byte }).collect();
        bench.write("export.csv", bytes);
        let ran = bench.sync(if errors.is_empty() { 0 } else { 3 });
        let list = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
        for text in says {
            assert!(list.contains(text), "{what}: no {text:?} in\n{list}");
        }
        let expected: Vec<_> =
            errors.iter().map(|(code, line)| ((*code).to_owned(), (*line).to_owned())).collect();
        assert_eq!((refused(&bench), bench.remote().len()), (expected, arrive), "{what}: {}", ran.stderr);
    }
}

#[test]
fn a_file_that_contradicts_its_profile_is_refused_with_what_was_seen() {
    for (what, text, says) in [
        ("empty", "", "export.csv: the input is empty; export it again"),
        ("blank", "\n \n\n", "export.csv: the input is empty"),
        (
            "header alone",
            "customerKey,lastName\n",
            "export.csv: input has a header and no rows; export it again",
        ),
        (
            "delimiter",
            "customerKey;firstName;lastName\n1;A;B\n",
            "export.csv:1: the columns are separated by semicolons, and the profile says commas: 3 of its columns are there that way",
        ),
        (
            "one name twice",
            "customerKey,lastName,email,E-Mail\n1,B,b@example.com,\n",
            "export.csv:1: several columns for email: column 3 (\"email\") and column 4 (\"E-Mail\"); take one out",
        ),
        (
            "a renamed key",
            "custmerKey,firstName\n1,A\n",
            "export.csv:1: no column for customerKey, which is required: none is called \"customerKey\" (nearest: \"custmerKey\")",
        ),
        (
            "a header with an open quote",
            "customerKey,\"firstName\n1,A\n",
            "export.csv:1: the header cannot be read",
        ),
        ("behind blank lines", "\n\ncustmerKey,firstName\n1,A\n", "export.csv:3: no column for customerKey"),
    ] {
        let bench = Workbench::new();
        bench.write("export.csv", text);
        for args in [["sync"].as_slice(), &["diff"]] {
            let ran = bench.run(args);
            assert!(ran.code == 4 && ran.stderr.contains(says), "{what}: {}\n{}", ran.code, ran.stderr);
        }
        assert_eq!(bench.journal(), [], "{what}");
    }
    // The data contradict the header: nobody is sent.
    let bench = Workbench::new();
    bench.write("export.csv", "customerKey,firstName,lastName\n1;A;B\n2;C;D\n");
    bench.sync(4).shows(&["max_rejected", "row.fields"]);
    assert_eq!(bench.journal(), []);
}

#[test]
fn a_row_that_is_only_its_text_keeps_its_trouble_until_its_columns_are_filled() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "100%");
    let rows = text(&people(1));
    let head = rows.lines().next().unwrap();
    bench.write(
        "export.csv",
        format!("{rows}c0002,Bo\nc0003,\"Cy\nc0004,Di,extra{}\n{head}\n", ",".repeat(14)),
    );
    bench.sync(3);
    let first = refused(&bench);
    let codes: Vec<_> = first.iter().map(|(code, line)| format!("{code} {line}")).collect();
    assert_eq!(codes, ["row.fields 3", "row.quote 4", "row.fields 5", "row.header_again 6"]);
    let before = leftovers(&bench);
    // Unedited, again and again: the same codes, the same places, the same leftovers; no column twice.
    for _ in 0..2 {
        bench.run(["retry"]).expect(3).shows(&["row.quote", "own columns from the text under raw"]);
        let run = bench.latest();
        assert_eq!(refused(&bench), first);
        assert!(run.errors.iter().all(|line| line["source_file"] == "export.csv" && !line["raw"].is_empty()));
        assert!(run.log.lines().all(|line| !line.contains("not mapped")), "{}", run.log);
        let list = fs::read_to_string(run.dir.join("errors.csv")).unwrap();
        assert_eq!(list.lines().next().unwrap().matches("raw").count(), 1);
        assert!(
            list.contains("line 4 of the export, could not be read, and its own columns are still blank")
        );
    }
    let count = |text: &str| text.matches("\"code\"").count();
    assert_eq!(count(&leftovers(&bench)), count(&before), "{}", leftovers(&bench));
    // Filled in, the row is a customer's, and no leftover any more. A spreadsheet's line ends make it no other.
    let list = fs::read(bench.latest().dir.join("errors.csv")).unwrap();
    let mut lines: Vec<Line> = Export::parse(&list).rows().to_vec();
    lines[1].extend(
        [("customerKey", "c0003"), ("firstName", "Cy"), ("lastName", "Young")]
            .map(|(a, b)| (a.to_owned(), b.to_owned())),
    );
    let header = csv::Reader::from_reader(&list[..]).headers().unwrap().clone();
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    out.write_record(&header).unwrap();
    for line in &lines {
        out.write_record(header.iter().map(|name| line[name].as_str())).unwrap();
    }
    bench.write("edited.csv", out.into_inner().unwrap());
    bench.run(["retry", "--errors", "edited.csv"]).expect(3);
    assert_eq!(bench.latest().keys("created"), ["c0003"]);
    assert_eq!(bench.customer("c0003").last_name.as_deref(), Some("Young"));
    let left = leftovers(&bench);
    assert!(!left.contains("row.quote") && left.contains("row.fields"), "{left}");
}
