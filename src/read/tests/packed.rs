//! Packed files: they say what they would say unpacked, or nothing.

use std::io::{Cursor, Write};

use sha2::{Digest as _, Sha256};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::*;

const TEXT: &str = "k,näme\r\n1,Zoë\r\n2,\"x\r\ny\"\r\n3\r\n4,z\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let builder = flate2::GzBuilder::new().filename("other.txt").mtime(1_788_825_600);
    let mut out = builder.write(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut out = zstd::Encoder::new(Vec::new(), 3).unwrap();
    out.include_checksum(true).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn archive(entries: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        if name.ends_with('/') {
            out.add_directory(*name, options).unwrap();
        } else {
            out.start_file(*name, options).unwrap();
            out.write_all(bytes).unwrap();
        }
    }
    out.finish().unwrap().into_inner()
}

fn one(bytes: &[u8]) -> Vec<u8> {
    archive(&[("export.csv", bytes)], deflated())
}

/// The text in every way that it may arrive packed.
fn every_way(text: &[u8]) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (head, tail) = text.split_at(text.len() / 3);
    let commented = |bytes: Vec<u8>| {
        let mut out = zip::ZipWriter::new_append(Cursor::new(bytes)).unwrap();
        out.set_comment("PK\x05\x06 is no end").unwrap();
        out.finish().unwrap().into_inner()
    };
    let beside: [(&str, &[u8]); 4] = [
        ("out/", b""),
        ("out/export.csv", text),
        ("__MACOSX/out/._export.csv", b"\0"),
        ("out/.DS_Store", b"\0"),
    ];
    vec![
        ("gzip", "gzip", gzip(text)),
        ("gzip of two members", "gzip", [gzip(head), gzip(tail)].concat()),
        ("zstd", "zstd", zstd(text)),
        ("zstd of two frames", "zstd", [zstd(head), zstd(tail)].concat()),
        ("zstd with a frame to skip", "zstd", [&b"\x50\x2A\x4D\x18\x02\0\0\0ab"[..], &zstd(text)].concat()),
        ("zip", "zip", one(text)),
        ("zip, stored", "zip", archive(&[("export.csv", text)], stored())),
        ("zip, 64 bits", "zip", archive(&[("export.csv", text)], deflated().large_file(true))),
        ("zip of macOS", "zip", archive(&beside, deflated())),
        ("zip with a comment", "zip", commented(one(text))),
    ]
}

/// All rows, or why not; whatever is wrong may show at the opening or later.
fn try_rows(bytes: &[u8]) -> Result<Vec<Seen>, ReadError> {
    let mut records = open(bytes, &Dialect::default())?;
    let (mut row, mut seen) = (ByteRecord::new(), Vec::new());
    while let Some(read) = records.read(&mut row)? {
        let cells = |row: &ByteRecord| row.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        seen.push(match read {
            Ok(at) => Ok((at.line, at.record, cells(&row))),
            Err(bad) => Err((bad.at.line, bad.at.record, bad.finding.code.into_owned(), bad.raw)),
        });
    }
    records.finish()?;
    Ok(seen)
}

#[test]
fn every_pass_reads_what_is_packed() {
    let utf16: Vec<u8> = format!("\u{feff}{TEXT}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = encoding_rs::WINDOWS_1252.encode(TEXT).0.into_owned();
    for (encoding, text) in [("utf-8", TEXT.as_bytes()), ("utf-16le", &utf16), ("windows-1252", &latin)] {
        let plain = rows(&mut open(text, &Dialect::default()).unwrap());
        for (way, format, bytes) in every_way(text) {
            let dir = TempDir::new().unwrap();
            // The name says nothing of the format.
            let inputs = resolve(&[file_of(dir.path(), "x.dat", &bytes)], dir.path()).unwrap();
            assert_eq!(inputs.total_bytes(), bytes.len() as u64);
            let mut dialect = Dialect::default();
            for pass in 1..=3 {
                let mut records = inputs.files()[0].open(&dialect).unwrap();
                assert_eq!(records.encoding().label(), format!("{encoding}, {format}"), "{way}");
                assert_eq!(records.notice().is_some(), encoding == "windows-1252", "{way}");
                assert_eq!(rows(&mut records), plain, "{way}, {encoding}, pass {pass}");
                assert!(records.bytes_read() <= bytes.len() as u64, "{way}");
                dialect.encoding = EncodingChoice::Known(records.encoding());
                let digest = records.finish().unwrap();
                let sha = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
                    write!(hex, "{byte:02x}").unwrap();
                    hex
                });
                assert_eq!((digest.sha256, digest.bytes, digest.rows), (sha, bytes.len() as u64, 4), "{way}");
            }
        }
    }
}

#[test]
fn progress_is_in_bytes_on_disk() {
    let mut text = String::from("k,a\n");
    (0..200_000_u64).for_each(|n| writeln!(text, "{n},{}", n * 7919 % 1_000_003).unwrap());
    for bytes in [gzip(text.as_bytes()), zstd(text.as_bytes()), one(text.as_bytes())] {
        let mut records = open(&bytes, &Dialect::default()).unwrap();
        let (mut row, mut last, mut steps) = (ByteRecord::new(), 0, 0);
        while let Some(read) = records.read(&mut row).unwrap() {
            read.unwrap();
            let now = records.bytes_read();
            assert!(last <= now && now <= bytes.len() as u64);
            steps += u32::from(now > last);
            last = now;
        }
        assert!(steps > 5 && last > bytes.len() as u64 * 9 / 10, "{steps} steps to {last}");
    }
}

#[test]
fn an_errors_file_may_be_packed() {
    let text =
        format!("{},k\nread,x,y,z,,,1,,1,x.txt,7,1\n", crate::domain::outcome::ERROR_COLUMNS.join(","));
    assert!(open(&gzip(text.as_bytes()), &Dialect::default()).unwrap().is_fed_back());
}

#[test]
fn what_is_damaged_is_refused_or_sound() {
    let mut text = String::from(TEXT);
    (10..400_u32).for_each(|n| write!(text, "{n},{}\r\n", n.wrapping_mul(2_654_435_761)).unwrap());
    let sound = try_rows(text.as_bytes()).unwrap();
    for (way, format, bytes) in every_way(text.as_bytes()) {
        let check = |damaged: &[u8], what: String| match try_rows(damaged) {
            Ok(read) => assert!(read == sound, "{way}, {what}: other rows"),
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.contains(&format!("x.csv: cannot be unpacked as {format}: ")),
                    "{way}, {what}: {said}"
                );
            }
        };
        for at in (0..16).map(|part| bytes.len() * part / 16).chain([bytes.len() - 1]) {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                if at > 0 {
                    check(&damaged, format!("bit {bit} of byte {at}"));
                } else {
                    // No longer recognised, it is text without a row of the export's (or still a frame to skip).
                    let read = try_rows(&damaged).unwrap_or_default();
                    assert!(read == sound || !read.contains(&sound[0]), "{way}, bit {bit}");
                }
            }
            if at < 8 {
                continue;
            }
            let cut = &bytes[..at];
            check(cut, format!("cut at {at}"));
            // Two members or frames may be cut apart: what is left is whole.
            let whole = way.contains("two") && try_rows(cut).is_ok();
            assert!(try_rows(cut).is_err() || whole, "{way}, cut at {at}");
        }
    }
}

#[test]
fn a_truncated_archive_says_so() {
    for (bytes, expected) in [
        (gzip(TEXT.as_bytes()), "x.csv: cannot be unpacked as gzip: it is cut off"),
        (zstd(TEXT.as_bytes()), "x.csv: cannot be unpacked as zstd: it is cut off"),
        (one(TEXT.as_bytes()), "x.csv: cannot be unpacked as zip: it has no directory; it may be cut off"),
    ] {
        for end in [bytes.len() / 2, bytes.len() - 1] {
            let said = error(&bytes[..end], &Dialect::default());
            assert!(said.starts_with(expected), "{end}: {said}");
        }
    }
    // Where the encoding is pinned, nothing reads ahead: the pass itself meets the end.
    let mut text = String::from("k,a\n");
    (0..200_000_u64).for_each(|n| writeln!(text, "{n},{}", n * 7919 % 1_000_003).unwrap());
    let bytes = gzip(text.as_bytes());
    let pinned = Dialect { encoding: EncodingChoice::Pinned(encoding_rs::UTF_8), ..Dialect::default() };
    let mut records = open(&bytes[..bytes.len() - 9], &pinned).unwrap();
    let mut row = ByteRecord::new();
    let ended = std::iter::from_fn(|| records.read(&mut row).transpose()).find_map(Result::err);
    assert!(matches!(ended, Some(ReadError::Packed { format: "gzip", .. })), "{ended:?}");
}

/// Sets the flag for encryption, in the file's header and in the directory.
fn encrypted(mut bytes: Vec<u8>) -> Vec<u8> {
    for (magic, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = bytes.windows(4).position(|window| window == magic).unwrap();
        bytes[at + flags] |= 1;
    }
    bytes
}

#[test]
fn an_archive_holds_one_file() {
    let csv = TEXT.as_bytes();
    let many: Vec<_> = (0..20).map(|n| format!("{n}.csv")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), csv)).collect();
    let mut twice = archive(&[("a.csv", csv), ("b.csv", csv)], deflated());
    let at: Vec<_> = twice.windows(5).enumerate().filter(|(_, w)| *w == b"b.csv").map(|(at, _)| at).collect();
    for at in at {
        twice[at] = b'a';
    }
    let mut method = one(csv);
    let at = method.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    method[at + 10] = 9;
    let mut link = zip::ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("export.csv", "/etc/hostname", stored()).unwrap();
    let mut parts = one(csv);
    let end = parts.len() - 22;
    parts[end + 4] = 1;
    for (bytes, expected) in [
        (archive(&[], stored()), "there is no file in it"),
        (archive(&[("empty/", b"")], stored()), "there is no file in it"),
        (link.finish().unwrap().into_inner(), "there is no file in it"),
        (
            archive(&[("a.csv", csv), ("b\n.csv", csv)], deflated()),
            "it holds 2 files (a.csv, b\\n.csv); pack one",
        ),
        (twice, "it holds 2 files (a.csv, a.csv)"),
        (
            archive(&many, stored()),
            "it holds 20 files (0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 5.csv, 6.csv, 7.csv, and more)",
        ),
        (encrypted(one(csv)), "it is encrypted; pack it without a password"),
        (method, "packed by method 9"),
        (parts, "it is one of several parts"),
        ([&one(csv)[..], b"more"].concat(), "it has no directory"),
    ] {
        let said = error(&bytes, &Dialect::default());
        assert!(said.contains(&format!("x.csv: cannot be unpacked as zip: {expected}")), "{said}");
    }
    assert!(error(&one(b""), &Dialect::default()).contains("the input is empty"));
    assert!(error(&gzip(b""), &Dialect::default()).contains("the input is empty"));
}

#[test]
fn what_is_no_export_is_named() {
    let xlsx = archive(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")], deflated());
    let docx = archive(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")], deflated());
    let ods = archive(&[("mimetype", b"application/vnd.oasis"), ("content.xml", b"<x/>")], stored());
    let mut tar = vec![0; 1024];
    tar[..10].copy_from_slice(b"export.csv");
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, expected) in [
        (xlsx.clone(), "this is a spreadsheet (xlsx), not text; export it as CSV"),
        (docx, "this is an Office document, not text"),
        (ods, "this is an OpenDocument spreadsheet or text, not text; export it as CSV"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0".to_vec(), "(xls), not text; export it as CSV"),
        (b"%PDF-1.7\n%\xE2".to_vec(), "this is a PDF document, not text"),
        (b"{\\rtf1\\ansi".to_vec(), "(rtf), not text"),
        (b"\xEF\xBB\xBF\r\n <!DOCTYPE HTML>\n<html>".to_vec(), "this is a web page (html), not text"),
        (b"<HTML><body>Sign in".to_vec(), "this is a web page (html), not text"),
        (b"<?xml version=\"1.0\"?>".to_vec(), "this is an XML document, not text"),
        (b"\xFD7zXZ\0\0\x04".to_vec(), "this is packed with xz, not text; unpack it first"),
        (b"BZh91AY&SY\0".to_vec(), "this is packed with bzip2, not text"),
        (b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(), "this is packed with 7-Zip, not text"),
        (b"Rar!\x1A\x07\x01\0".to_vec(), "this is packed with RAR, not text"),
        (b"\x1F\x9D\x90".to_vec(), "this is packed with compress, not text"),
        (b"-----BEGIN PGP MESSAGE-----\n".to_vec(), "this is encrypted with PGP, not text; decrypt it first"),
        (tar.clone(), "this is a tar archive, not text; unpack it"),
        (gzip(&tar), "this is a tar archive, not text; unpack it"),
        (gzip(b"<html>"), "this is a web page (html), not text"),
        (one(&gzip(b"k,a\n1,x\n")), "cannot be unpacked as gzip: it is packed twice"),
        (gzip(&xlsx), "cannot be unpacked as zip: it is packed twice"),
    ] {
        let said = error(&bytes, &Dialect::default());
        assert!(said.contains(expected), "{said}");
    }
    // Text that begins like one of these is text.
    for text in ["BZh9,a\n1,x\n", "PK,a\n1,x\n", "html,a\n1,x\n", "<h>,a\n1,x\n", "7z,a\n1,x\n"] {
        assert_eq!(read_all(text), [good(2, 1, &["1", "x"])], "{text:?}");
    }
}

#[test]
fn standard_input_may_be_packed() {
    let dir = TempDir::new().unwrap();
    let inputs = resolve_from(&["-".into()], dir.path(), &mut one(b"k\n1\n").as_slice()).unwrap();
    for _ in 0..2 {
        let mut records = inputs.files()[0].open(&Dialect::default()).unwrap();
        assert_eq!(records.encoding().label(), "utf-8, zip");
        assert_eq!(rows(&mut records), [good(2, 1, &["1"])]);
    }
}

const MAGICS: [&[u8]; 9] = [
    b"\x1F\x8B\x08",
    b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03",
    b"\x28\xB5\x2F\xFD",
    b"\x50\x2A\x4D\x18",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xD0\xCF\x11\xE0",
    b"%PDF-",
    b"<html",
];

proptest! {
    #[test]
    fn no_bytes_behind_a_magic_make_it_panic(
        magic in prop::sample::select(&MAGICS[..]),
        rest in prop::collection::vec(prop_oneof![Just(0), Just(0xFF), any::<u8>()], 0..600),
    ) {
        let _ = try_rows(&[magic, &rest].concat());
    }

    #[test]
    fn no_change_of_an_archive_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0), Just(0xFF), any::<u8>()]), 1..6),
        large in any::<bool>(),
    ) {
        let mut bytes = archive(&[("a/", b""), ("a/x.csv", TEXT.as_bytes())], deflated().large_file(large));
        let sound = try_rows(&bytes).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // Without its mark it is taken for text, whose rows are refused one by one.
        let is_archive = bytes.starts_with(b"PK\x03\x04");
        if let (Ok(read), true) = (try_rows(&bytes), is_archive) {
            prop_assert_eq!(read, sound);
        }
    }

    #[test]
    fn the_zip_crate_reads_the_same(
        cells in prop::collection::vec("[a-z]{0,30}", 1..50),
        name in "[a-zé]{1,20}",
        folders in prop::collection::vec("[a-z]{1,8}/", 0..4),
        store in any::<bool>(),
        large in any::<bool>(),
    ) {
        let text = format!("k,a\n1,{}\n", cells.join("\n1,"));
        let folders: std::collections::BTreeSet<_> = folders.into_iter().collect();
        let mut entries: Vec<(&str, &[u8])> = folders.iter().map(|name| (name.as_str(), &b""[..])).collect();
        entries.push((&name, text.as_bytes()));
        let options = if store { stored() } else { deflated() };
        let bytes = archive(&entries, options.large_file(large));
        let mut oracle = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let mut theirs = String::new();
        std::io::Read::read_to_string(&mut oracle.by_name(&name).unwrap(), &mut theirs).unwrap();
        prop_assert_eq!(try_rows(&bytes).unwrap(), read_all(theirs));
    }
}
