//! The reader from outside: whole files, their rows, and what is refused of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unnecessary_wraps)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use csv::ByteRecord;
use proptest::prelude::*;
use tempfile::TempDir;

use super::split::{MAX_CELL, MAX_ROW, Split, Splitter};
use super::*;

mod packed;
#[cfg(unix)]
mod patterns;
mod structure;

/// A row as (line, record, cells), or (line, record, code, raw).
type Seen = Result<(u64, u64, Vec<String>), (u64, u64, String, Vec<u8>)>;

fn file_of(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn open(bytes: &[u8], dialect: &Dialect) -> Result<Records, ReadError> {
    let dir = TempDir::new().unwrap();
    let inputs = resolve(&[file_of(dir.path(), "x.csv", bytes)], dir.path())?;
    inputs.files()[0].open(dialect)
}

fn rows(records: &mut Records) -> Vec<Seen> {
    let (mut row, mut seen) = (ByteRecord::new(), Vec::new());
    while let Some(read) = records.read(&mut row).unwrap() {
        let decoder = records.decoder();
        seen.push(match read {
            Ok(at) => Ok((
                at.line,
                at.record,
                row.iter().map(|c| decoder.decode(c).unwrap().into_owned()).collect(),
            )),
            Err(bad) => Err((bad.at.line, bad.at.record, bad.finding.code.into_owned(), bad.raw)),
        });
    }
    seen
}

fn read_all(bytes: impl AsRef<[u8]>) -> Vec<Seen> {
    rows(&mut open(bytes.as_ref(), &Dialect::default()).unwrap())
}

fn good(line: u64, record: u64, cells: &[&str]) -> Seen {
    Ok((line, record, cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

fn bad(line: u64, record: u64, code: &str, raw: &[u8]) -> Seen {
    Err((line, record, code.to_owned(), raw.to_vec()))
}

fn error(bytes: &[u8], dialect: &Dialect) -> String {
    match open(bytes, dialect) {
        Ok(_) => panic!("read without complaint"),
        Err(error) => {
            let text = error.to_string();
            text.rsplit('/').next().unwrap_or(&text).to_owned()
        }
    }
}

#[test]
fn cells_and_line_ends() {
    for (text, expected) in [
        ("k,a\n1,x\n2,y\n", vec![good(2, 1, &["1", "x"]), good(3, 2, &["2", "y"])]),
        ("k,a\r\n1,x\r\n2,y", vec![good(2, 1, &["1", "x"]), good(3, 2, &["2", "y"])]),
        ("k,a\r1,x\r2,y\r", vec![good(2, 1, &["1", "x"]), good(3, 2, &["2", "y"])]),
        ("k,a\n\n\r\n  \n1,x\n\n2,y\n\n", vec![good(5, 1, &["1", "x"]), good(7, 2, &["2", "y"])]),
        ("\n\nk,a\n1,x\n", vec![good(4, 1, &["1", "x"])]),
        ("k,a\n1,\n,\n,x", vec![good(2, 1, &["1", ""]), good(3, 2, &["", ""]), good(4, 3, &["", "x"])]),
        (
            "k,a\n1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n",
            vec![good(2, 1, &["1", "a,b"]), good(3, 2, &["2", "say \"hi\""])],
        ),
        ("k,a\n1,\"x\r\ny\nz\"\n2,b\n", vec![good(2, 1, &["1", "x\r\ny\nz"]), good(5, 2, &["2", "b"])]),
        ("k,a\n\"\",\"\"\n", vec![good(2, 1, &["", ""])]),
        ("k,a\n1,\"\"\"\"", vec![good(2, 1, &["1", "\""])]),
        ("k,a\n1,15\" WHEELS\n", vec![good(2, 1, &["1", "15\" WHEELS"])]),
        ("k,a\n1, \"x\"\n", vec![good(2, 1, &["1", " \"x\""])]),
        ("k,a\n1,\"15\" W\"\n", vec![good(2, 1, &["1", "15 W\""])]),
        ("k,a\n1,\"{\"\"a\"\": [1, 2]}\"\n", vec![good(2, 1, &["1", "{\"a\": [1, 2]}"])]),
        ("k,a\n1,Françoise Núñez 李\n", vec![good(2, 1, &["1", "Françoise Núñez 李"])]),
        ("k\n1\n\n2\n", vec![good(2, 1, &["1"]), good(4, 2, &["2"])]),
        ("k,a\n1, x \n", vec![good(2, 1, &["1", " x "])]),
    ] {
        assert_eq!(read_all(text), expected, "{text:?}");
    }
}

#[test]
fn a_malformed_row_has_its_position_and_reading_goes_on() {
    let head = "k,a,b\n";
    for (rest, expected) in [
        ("1,x\n2,y,z\n", vec![bad(2, 1, "row.fields", b"1,x"), good(3, 2, &["2", "y", "z"])]),
        ("1,x,y,z\r\n2,y,z\r\n", vec![bad(2, 1, "row.fields", b"1,x,y,z"), good(3, 2, &["2", "y", "z"])]),
        ("1,x,y\n2,", vec![good(2, 1, &["1", "x", "y"]), bad(3, 2, "row.fields", b"2,")]),
        (
            "1,\"a\nb\",c\n2,x\n3,y,z\n",
            vec![
                good(2, 1, &["1", "a\nb", "c"]),
                bad(4, 2, "row.fields", b"2,x"),
                good(5, 3, &["3", "y", "z"]),
            ],
        ),
        ("1,\"a\nb\"\n2,x,y\n", vec![bad(2, 1, "row.fields", b"1,\"a\nb\""), good(4, 2, &["2", "x", "y"])]),
        ("1,x\0,y\n2,x,y\n", vec![bad(2, 1, "row.nul", b"1,x\0,y"), good(3, 2, &["2", "x", "y"])]),
        // Never closed: the row of its line is refused, the others are read.
        (
            "1,\"x,y\n2,x,y\n3,x,y\n",
            vec![
                bad(2, 1, "row.quote", b"1,\"x,y"),
                good(3, 2, &["2", "x", "y"]),
                good(4, 3, &["3", "x", "y"]),
            ],
        ),
        // Closed by the opening quote of a later row, which may not be swallowed.
        (
            "1,x,\"y\n2,x,y\n3,x,\"y z\"\n",
            vec![
                bad(2, 1, "row.quote", b"1,x,\"y"),
                good(3, 2, &["2", "x", "y"]),
                good(4, 3, &["3", "x", "y z"]),
            ],
        ),
        // A good quoted line end before the bad quote belongs to the refused row.
        (
            "1,\"x\ny\",\"z\n2,x,y\n",
            vec![bad(2, 1, "row.quote", b"1,\"x\ny\",\"z"), good(4, 2, &["2", "x", "y"])],
        ),
        ("1,x,y\n2,x,\"cut", vec![good(2, 1, &["1", "x", "y"]), bad(3, 2, "row.quote", b"2,x,\"cut")]),
        (
            "1,x,y\r2,\"x\r3,x,y",
            vec![
                good(2, 1, &["1", "x", "y"]),
                bad(3, 2, "row.quote", b"2,\"x"),
                good(4, 3, &["3", "x", "y"]),
            ],
        ),
    ] {
        assert_eq!(read_all(format!("{head}{rest}")), expected, "{rest:?}");
    }
}

#[test]
fn a_quoted_cell_has_twenty_line_ends_at_most() {
    let cell = |lines: usize| format!("k,a\n1,\"{}\"\n2,x\n", "l\n".repeat(lines));
    assert_eq!(read_all(cell(20))[1], good(23, 2, &["2", "x"]));
    let refused = read_all(cell(21));
    assert_eq!(refused[0], bad(2, 1, "row.quote", b"1,\"l"));
    assert_eq!(refused.last(), Some(&good(24, 23, &["2", "x"])), "every swallowed line is looked at again");
}

#[test]
fn oversized_cells_and_rows_are_refused_alone() {
    let cell = "x".repeat(MAX_CELL);
    assert_eq!(read_all(format!("k,a\n1,{cell}\n2,x\n"))[0], good(2, 1, &["1", &cell]));
    for long in [format!("1,{cell}y"), format!("1,\"{cell}\"")] {
        let seen = read_all(format!("k,a\n{long}\n2,x\n"));
        assert_eq!(seen, [bad(2, 1, "row.too_long", long.as_bytes()), good(3, 2, &["2", "x"])]);
    }
    let open = format!("1,\"l\n{cell}");
    let seen = read_all(format!("k,a\n{open}\n2,x\n"));
    assert_eq!(seen[0], bad(2, 1, "row.quote", b"1,\"l"));
    assert_eq!(seen.last(), Some(&good(4, 3, &["2", "x"])));
    // Several megabytes without a line end, and with cells that are short enough.
    let long = "y,".repeat(2 * MAX_ROW);
    let seen = read_all(format!("k,a\n{long}\r\n2,x\n"));
    assert_eq!(seen.len(), 2);
    assert!(matches!(&seen[0], Err((2, 1, code, raw)) if code == "row.too_long" && raw.len() <= MAX_ROW));
    assert_eq!(seen[1], good(3, 2, &["2", "x"]));
}

#[test]
fn what_is_wrong_names_the_column_and_never_the_value() {
    let mut records =
        open(b"k, name \n1,secret\0\n2,\"sec\"ret\n3,\xFF\n4,a,b\n5,\"secret", &Dialect::default()).unwrap();
    let mut row = ByteRecord::new();
    let mut said = Vec::new();
    while let Some(read) = records.read(&mut row).unwrap() {
        said.extend(read.err().map(|bad| (format!("{bad:?}"), bad.finding.message)));
    }
    let text = format!("{said:?}");
    assert!(text.contains("a NUL byte in column 2 (name)"), "{text}");
    assert!(text.contains("3 fields where the header has 2"), "{text}");
    assert!(text.contains("a quote that opens in column 2 (name)"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn encodings() {
    let utf16 = |text: &str, little: bool| {
        let units = std::iter::once('\u{feff}').chain(text.chars()).collect::<String>();
        let bytes = units.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() });
        bytes.collect::<Vec<u8>>()
    };
    let text = "k,näme\r\n1,Zoë\r\n";
    let pinned =
        |label: &str| EncodingChoice::Pinned(encoding_rs::Encoding::for_label(label.as_bytes()).unwrap());
    for (bytes, choice, label) in [
        (text.as_bytes().to_vec(), EncodingChoice::Detect, "utf-8"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), EncodingChoice::Detect, "utf-8 with byte-order mark"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), pinned("utf-8"), "utf-8 with byte-order mark"),
        (b"k,n\xE4me\r\n1,Zo\xEB\r\n".to_vec(), EncodingChoice::Detect, "windows-1252"),
        (b"k,n\xE4me\r\n1,Zo\xEB\r\n".to_vec(), pinned("iso-8859-15"), "iso-8859-15"),
        (utf16(text, true), EncodingChoice::Detect, "utf-16le"),
        (utf16(text, false), EncodingChoice::Detect, "utf-16be"),
        (utf16(text, true)[2..].to_vec(), pinned("utf-16le"), "utf-16le"),
    ] {
        let dialect = Dialect { encoding: choice, ..Dialect::default() };
        let mut records = open(&bytes, &dialect).unwrap();
        assert_eq!(records.header(), ["k", "näme"], "{label}");
        assert_eq!(records.encoding().label(), label);
        assert_eq!(records.notice().is_some(), label == "windows-1252");
        let known = Dialect { encoding: EncodingChoice::Known(records.encoding()), ..dialect };
        let first = rows(&mut records);
        assert_eq!(first, [good(2, 1, &["1", "Zoë"])], "{label}");
        assert_eq!(rows(&mut open(&bytes, &known).unwrap()), first, "the second pass reads the same");
    }
}

#[test]
fn one_odd_row_does_not_spoil_a_file_that_is_otherwise_utf8() {
    let mut bytes = "k,a\n1,Zoë Müller\n2,Łukasz\n".as_bytes().to_vec();
    bytes.extend(b"3,Ren\xE9\n4,x\n");
    let mut records = open(&bytes, &Dialect::default()).unwrap();
    assert_eq!(records.encoding().label(), "utf-8");
    assert!(records.notice().unwrap().contains(":4: not utf-8"), "{:?}", records.notice());
    let read = rows(&mut records);
    assert_eq!(read[0], good(2, 1, &["1", "Zoë Müller"]));
    assert_eq!(read[1], good(3, 2, &["2", "Łukasz"]));
    assert_ne!(read[2], good(4, 3, &["3", "René"]), "refused, not guessed");
    assert_eq!(read[3], good(5, 4, &["4", "x"]));
    // As many of either sort prove nothing: then it is the older encoding.
    let even = open(
        "k,a\n1,é\n".as_bytes().iter().chain(b"2,\xE9\n").copied().collect::<Vec<_>>().as_slice(),
        &Dialect::default(),
    );
    assert_eq!(even.unwrap().encoding().label(), "windows-1252");
}

#[test]
fn one_byte_at_the_end_decides_for_the_whole_file() {
    let mut bytes = b"k,a\n1,\xE2\x82\xAC\n".to_vec();
    bytes.extend(b"2,x\n".repeat(600_000));
    assert_eq!(open(&bytes, &Dialect::default()).unwrap().encoding().label(), "utf-8");
    bytes.extend(b"3,\xE9\n");
    let mut records = open(&bytes, &Dialect::default()).unwrap();
    assert!(records.notice().unwrap().contains("x.csv:600003: not utf-8"), "{:?}", records.notice());
    assert_eq!(rows(&mut records)[0], good(2, 1, &["1", "â‚¬"]));
}

#[test]
fn what_an_encoding_lacks_is_refused_not_replaced() {
    let undefined = read_all(b"k,a\n1,\xE9\n2,\x81\n");
    assert_eq!(undefined, [good(2, 1, &["1", "é"]), bad(3, 2, "row.encoding", b"2,\x81")]);
    let utf8 = Dialect { encoding: EncodingChoice::Pinned(encoding_rs::UTF_8), ..Dialect::default() };
    let mut records = open(b"k,a\n1,\xE9\n2,x\n", &utf8).unwrap();
    assert_eq!(rows(&mut records), [bad(2, 1, "row.encoding", b"1,\xE9"), good(3, 2, &["2", "x"])]);
    // A lone surrogate, and half a unit at the end.
    let utf16 = b"\xFF\xFEk\x00,\x00a\x00\n\x001\x00,\x00\x00\xD8\n\x002\x00,\x00x\x00\n\x003\x00,\x00y";
    let codes: Vec<_> = read_all(utf16).into_iter().map(|row| row.err().map(|bad| bad.2)).collect();
    assert_eq!(codes, [Some("row.encoding".to_owned()), None, Some("row.encoding".to_owned())]);
    assert_eq!(open(b"k\nx\xFFy\xC3\xA9\n", &utf8).unwrap().decoder().escaped(b"x\xFFy\xC3\xA9"), "x\\xFFyé");
}

#[test]
fn inputs_without_rows_are_errors() {
    let plain = Dialect::default();
    let utf8 = Dialect { encoding: EncodingChoice::Pinned(encoding_rs::WINDOWS_1252), ..plain.clone() };
    for (bytes, dialect, expected) in [
        (&b""[..], &plain, "x.csv: the input is empty"),
        (b"\n \r\n", &plain, "x.csv: the input is empty"),
        (b"\xEF\xBB\xBF", &plain, "x.csv: the input is empty"),
        (b"k,a\n", &plain, "x.csv: input has a header and no rows"),
        (b"k,a", &plain, "x.csv: input has a header and no rows"),
        (b"k,a\r\n\r\n", &plain, "x.csv: input has a header and no rows"),
        (b"k,\"a\n1,x\n", &plain, "x.csv:1: the header cannot be read: a quote that opens in column 2"),
        (b"k\0,\0a\0\n\0", &plain, "x.csv:1: the header cannot be read: a NUL byte"),
        (b"\xEF\xBB\xBFk,a\n1,x\n", &utf8, "x.csv: begins with the byte-order mark of UTF-8"),
    ] {
        let text = error(bytes, dialect);
        assert!(text.starts_with(expected), "{bytes:?}: {text}");
    }
    assert!(error(b"k\0,\0a\0\n\0", &plain).contains("looks like utf-16le"));
}

#[test]
fn other_dialects() {
    let piped =
        Dialect { delimiter: b'|', quote: Quote::None, header: HeaderMode::Absent, ..Dialect::default() };
    let mut records = open(b"1|\"x|y\n2|z\n3|a|b\n", &piped).unwrap();
    assert!(records.header().is_empty());
    let expected =
        [good(1, 1, &["1", "\"x", "y"]), bad(2, 2, "row.fields", b"2|z"), good(3, 3, &["3", "a", "b"])];
    assert_eq!(rows(&mut records), expected);
    let tabbed = Dialect { delimiter: b'\t', ..Dialect::default() };
    let mut records = open(b"k\ta\n\t\n1\tx^y|z\n", &tabbed).unwrap();
    assert_eq!(rows(&mut records), [good(2, 1, &["", ""]), good(3, 2, &["1", "x^y|z"])]);
}

#[test]
fn an_errors_file_is_recognised_whatever_the_dialect() {
    let added = "error_stage,error_code,error_class,error_message,error_tip,http_status,attempts,first_seen,\
                 times_seen,source_file,source_line";
    let body = "api,x,y,\"a, b\",,400,1,,1,x.txt,7,1,Zoë";
    let comma = format!("\u{feff}{added},k,name\r\n{body}\r\n");
    let semicolon = comma.replace(',', ";").replace("a; b", "a, b");
    let quoted =
        comma.replace(added, &added.split(',').map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(","));
    let tabbed = Dialect {
        delimiter: b'\t',
        quote: Quote::None,
        header: HeaderMode::Absent,
        encoding: EncodingChoice::Pinned(encoding_rs::WINDOWS_1252),
        skip_lines: 3,
        stop_at: vec!["api".to_owned()],
    };
    for text in [&comma, &semicolon, &quoted] {
        let mut records = open(text.as_bytes(), &tabbed).unwrap();
        assert!(records.is_fed_back());
        assert_eq!(&records.header()[11..], ["k", "name"]);
        let Ok((2, 1, cells)) = rows(&mut records).remove(0) else { panic!("not a row") };
        assert_eq!((cells[3].as_str(), cells[12].as_str()), ("a, b", "Zoë"));
    }
    assert!(!open(b"error_stage,error_code\n1,2\n", &Dialect::default()).unwrap().is_fed_back());
}

#[test]
fn the_digest_is_that_of_the_bytes_on_disk() {
    let bytes = b"\xEF\xBB\xBFk,a\r\n1,x\r\n2\r\n";
    let mut records = open(bytes, &Dialect::default()).unwrap();
    rows(&mut records);
    assert_eq!(records.bytes_read(), bytes.len() as u64);
    let whole = records.finish().unwrap();
    assert_eq!((whole.rows, whole.bytes), (2, bytes.len() as u64));
    // From `sha256sum`.
    assert_eq!(whole.sha256, SHA);
    assert_eq!(
        open(bytes, &Dialect::default()).unwrap().finish().unwrap().sha256,
        SHA,
        "also without reading"
    );
}

const SHA: &str = "7c46ec57862455686bcacf7d5dfe25ad01d5de78c70b0f87ef16c99a5d1f319c";

#[test]
fn files_come_in_the_order_of_their_time() {
    let dir = TempDir::new().unwrap();
    let touch = |name: &str, day: u64| {
        let path = file_of(dir.path(), name, b"k\n1\n");
        let time = SystemTime::UNIX_EPOCH + Duration::from_hours(day * 24);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    };
    // 20,704 days after 1970 it was 2026-09-08.
    touch("b_20260908_1200.csv", 1);
    touch("a_20260908_1300.csv", 1);
    touch("z_2026-09-07.txt", 30_000);
    touch("no-date-later.csv", 20_705);
    touch("no-date.CSV", 20_703);
    touch("also-no-date.csv", 20_703);
    touch("c_20260908_1230.csv.gz", 1);
    touch("d_20260908_1231.TXT.zst", 1);
    touch("e_20260908_1232.csv.zip", 1);
    touch("readme.md", 1);
    touch("readme.md.gz", 1);
    touch("csv.gz", 1);
    touch(".hidden.csv", 1);
    fs::create_dir(dir.path().join("sub.csv")).unwrap();
    let names = |patterns: &[PathBuf]| {
        let inputs = resolve(patterns, dir.path()).unwrap();
        let name = |file: &InputFile| file.display.rsplit('/').next().unwrap().to_owned();
        inputs.files().iter().map(name).collect::<Vec<_>>()
    };
    let all = [
        "also-no-date.csv",
        "no-date.CSV",
        "z_2026-09-07.txt",
        "b_20260908_1200.csv",
        "c_20260908_1230.csv.gz",
        "d_20260908_1231.TXT.zst",
        "e_20260908_1232.csv.zip",
        "a_20260908_1300.csv",
        "no-date-later.csv",
    ];
    assert_eq!(names(&[dir.path().to_owned()]), all);
    let file = dir.path().join("no-date.CSV");
    assert_eq!(names(&[file.clone(), dir.path().to_owned(), file, dir.path().join("*.csv*")]), all);
    assert_eq!(names(&[dir.path().join("?_2026*")]), all[2..8]);
}

#[test]
fn a_pattern_without_a_usable_file_is_an_error_that_names_it() {
    let dir = TempDir::new().unwrap();
    file_of(dir.path(), "empty.csv", b"");
    file_of(dir.path(), "[odd].csv", b"k\n1\n");
    fs::create_dir(dir.path().join("sub")).unwrap();
    for (pattern, expected) in [
        ("gone.csv", "gone.csv: no such file"),
        ("*.tsv", "*.tsv: no file matches"),
        ("sub", "sub: no *.csv or *.txt file (or one with .gz, .zst or .zip behind that) matches"),
        ("empty.csv", "empty.csv: the input is empty"),
        ("e*.csv", "empty.csv: the input is empty"),
        ("a**b", "a**b: not a file, a directory or a valid pattern"),
    ] {
        let text = resolve(&[dir.path().join(pattern)], dir.path()).unwrap_err().to_string();
        assert!(text.contains(expected), "{pattern}: {text}");
    }
    assert!(matches!(resolve(&["/dev/null".into()], dir.path()), Err(ReadError::NotAFile { .. })));
    assert!(matches!(resolve(&[], dir.path()), Err(ReadError::NoInput)));
    assert!(resolve(&[dir.path().join("[odd].csv")], dir.path()).is_ok(), "what exists is no pattern");
}

#[test]
fn standard_input_is_kept_without_a_name() {
    let dir = TempDir::new().unwrap();
    let spool = dir.path().join("state");
    let listed = || fs::read_dir(&spool).unwrap().count();
    let inputs = resolve_from(&["-".into(), "-".into()], &spool, &mut &b"k\n1\n"[..]).unwrap();
    let file = inputs.files()[0].clone();
    assert_eq!((inputs.files().len(), file.display.as_ref(), file.name_timestamp()), (1, "-", None));
    // Nothing that a killed run could leave.
    assert_eq!(listed(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&spool).unwrap().permissions().mode() & 0o777, 0o700);
    }
    drop(inputs);
    for _ in 0..2 {
        assert_eq!(rows(&mut file.open(&Dialect::default()).unwrap()), [good(2, 1, &["1"])]);
    }
    let nothing = resolve_from(&["-".into()], &spool, &mut &b""[..]);
    assert!(matches!(nothing, Err(ReadError::Empty { file }) if file == "-"));
    assert_eq!(listed(), 0);
}

#[test]
fn a_file_that_changed_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = file_of(dir.path(), "x.csv", b"k\n1\n");
    let inputs = resolve(std::slice::from_ref(&path), dir.path()).unwrap();
    let file = &inputs.files()[0];
    assert_eq!((file.unchanged().is_ok(), inputs.total_bytes()), (true, 4));
    fs::write(&path, b"k\n1\n2\n").unwrap();
    assert!(matches!(file.unchanged(), Err(ReadError::Changed { .. })));
    assert!(matches!(file.open(&Dialect::default()), Err(ReadError::Changed { .. })));
}

#[test]
fn a_file_that_was_replaced_is_read_as_it_was() {
    let dir = TempDir::new().unwrap();
    let path = file_of(dir.path(), "x.csv", b"k\n1\n");
    let inputs = resolve(std::slice::from_ref(&path), dir.path()).unwrap();
    let file = &inputs.files()[0];
    let mut first = file.open(&Dialect::default()).unwrap();
    fs::rename(file_of(dir.path(), "y.csv", b"k\n1\n2\n"), &path).unwrap();
    for _ in 0..2 {
        assert_eq!(rows(&mut file.open(&Dialect::default()).unwrap()), [good(2, 1, &["1"])]);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(rows(&mut first), [good(2, 1, &["1"])]);
    assert!(file.unchanged().is_ok());
    // Who writes to it still changes it.
    let path = file_of(dir.path(), "z.csv", b"k\n1\n");
    let inputs = resolve(std::slice::from_ref(&path), dir.path()).unwrap();
    fs::rename(&path, dir.path().join("moved.csv")).unwrap();
    fs::write(dir.path().join("moved.csv"), b"k\n12\n").unwrap();
    assert!(matches!(inputs.files()[0].open(&Dialect::default()), Err(ReadError::Changed { .. })));
}

#[test]
fn positions_hold_across_many_buffers() {
    let mut text = String::from("k,a\n");
    let mut expected = Vec::new();
    let mut line = 2;
    for record in 1..=30_000_u64 {
        let (cell, lines) = match record % 7 {
            0 => ("\"x\r\ny\"", 2),
            3 => ("\"say \"\"no\"\"\"", 1),
            _ => ("some longer cell, cut by none", 1),
        };
        write!(text, "{record},{}\r\n", cell.replace("cell,", "cell")).unwrap();
        expected.push((line, record));
        line += lines;
    }
    let seen: Vec<_> = read_all(&text).into_iter().map(|row| row.map(|r| (r.0, r.1)).unwrap()).collect();
    assert_eq!(seen, expected);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_every_row_is_counted(body in prop::collection::vec(
        prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(0), any::<u8>(), Just(b'x')], 0..400,
    )) {
        let text = [&b"k,a\n1,x\n"[..], &body].concat();
        let mut records = open(&text, &Dialect::default()).unwrap();
        let mut row = ByteRecord::new();
        let (mut line, mut record) = (1, 0);
        while let Some(read) = records.read(&mut row).unwrap() {
            let at = match read {
                Ok(at) => { prop_assert_eq!(row.len(), 2); at }
                Err(bad) => { records.decoder().escaped(&bad.raw); bad.at }
            };
            record += 1;
            prop_assert!(at.line > line && at.record == record, "{:?}", at);
            line = at.line;
        }
        let digest = records.finish().unwrap();
        prop_assert_eq!((digest.rows, digest.bytes), (record, text.len() as u64));
    }

    #[test]
    fn half_a_row_is_never_taken_for_one(
        text in "[a,\"\r\n]{1,40}", cut in 0..40_usize,
    ) {
        let mut splitter = Splitter::new(&Dialect::default());
        let (mut row, mut whole) = (ByteRecord::new(), ByteRecord::new());
        let of_all = splitter.split(text.as_bytes(), true, &mut whole);
        let of_part = splitter.split(&text.as_bytes()[..cut.min(text.len())], false, &mut row);
        if of_part != Split::More {
            prop_assert_eq!(of_part, of_all);
            prop_assert_eq!(row, whole);
        }
    }

    #[test]
    fn the_fast_way_is_the_slow_way(text in "[a-c,\"\r\n]{1,200}", quote in prop::option::of(Just(b'"'))) {
        let quote = quote.map_or(Quote::None, Quote::Doubled);
        let mut splitter = Splitter::new(&Dialect { quote, ..Dialect::default() });
        let (mut fast, mut slow) = (ByteRecord::new(), ByteRecord::new());
        let one = splitter.split(text.as_bytes(), true, &mut fast);
        prop_assert_eq!(one, splitter.split_any(text.as_bytes(), true, &mut slow));
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn the_csv_crate_reads_the_same(table in prop::collection::vec(
        prop::collection::vec("[a-zé ,\"'\t|]{0,6}(\r\n|\n)?[a-z\"]{0,3}", 3), 1..20,
    )) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["k", "a", "b"]).unwrap();
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let oracle: Vec<Vec<String>> =
            csv::Reader::from_reader(text.as_slice()).deserialize().map(Result::unwrap).collect();
        let ours: Vec<_> = read_all(&text).into_iter().map(|row| row.unwrap().2).collect();
        prop_assert_eq!(&ours, &table);
        prop_assert_eq!(ours, oracle);
    }
}
