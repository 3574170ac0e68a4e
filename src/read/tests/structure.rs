//! What stands around the data: titles above, totals below, headers in between.

use super::*;

fn titled(skip_lines: u32, stop_at: &[&str]) -> Dialect {
    let stop_at = stop_at.iter().map(|text| (*text).to_owned()).collect();
    Dialect { skip_lines, stop_at, ..Dialect::default() }
}

fn read_as(text: &str, dialect: &Dialect) -> Vec<Seen> {
    rows(&mut open(text.as_bytes(), dialect).unwrap())
}

#[test]
fn lines_above_the_header_are_skipped_and_counted() {
    for (text, skip, expected) in [
        ("Customers of \"Cedar\nas of 09/08\n\nk,a\n1,x\n", 3, vec![good(5, 1, &["1", "x"])]),
        ("title\r\n\r\nk,a\r\n1,x\r\n", 1, vec![good(4, 1, &["1", "x"])]),
        ("title\rk,a\r1,x", 1, vec![good(3, 1, &["1", "x"])]),
        ("\u{feff}title,,,\nk,a\n1,x\n2\n", 1, vec![good(3, 1, &["1", "x"]), bad(4, 2, "row.fields", b"2")]),
        ("a\0b\nk,a\n1,x\n", 1, vec![good(3, 1, &["1", "x"])]),
        ("k,a\n1,x\n", 0, vec![good(2, 1, &["1", "x"])]),
    ] {
        assert_eq!(read_as(text, &titled(skip, &[])), expected, "{text:?}");
    }
    let long = format!("{}\nk,a\n1,x\n", "y,".repeat(MAX_ROW));
    assert_eq!(read_as(&long, &titled(1, &[])), [good(3, 1, &["1", "x"])]);
    let absent = Dialect { header: HeaderMode::Absent, ..titled(2, &[]) };
    assert_eq!(read_as("title\nk,a,b\n1,x\n", &absent), [good(3, 1, &["1", "x"])]);
    let utf16: Vec<u8> =
        "\u{feff}title\r\nk,a\r\n1,x\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows(&mut open(&utf16, &titled(1, &[])).unwrap()), [good(3, 1, &["1", "x"])]);
}

#[test]
fn a_file_that_is_all_title_is_refused() {
    for (text, skip, expected) in [
        ("title\n", 1, "x.csv:2: the header cannot be read: there is nothing behind the 1 lines"),
        ("title\nk,a\n1,x\n", u32::MAX, "x.csv:4: the header cannot be read: there is nothing behind the"),
        ("title\nk,a\n", 1, "x.csv: input has a header and no rows"),
    ] {
        let text = error(text.as_bytes(), &titled(skip, &[]));
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn totals_end_the_data() {
    let stops = ["Total", " grand total ", ""];
    let head = "k,a\n1,x\n";
    let after = |line, record, raw: &[u8]| bad(line, record, "row.after_totals", raw);
    for (rest, expected) in [
        ("Total,1\n", vec![]),
        ("total: 1 customer\n", vec![]),
        ("\" TOTALS \",,,\n", vec![]),
        (",Total 1\n", vec![]),
        ("Total,1\n\n,\n \n, \nGrand Total,7\n,,,\n", vec![]),
        ("Total,\0\n", vec![]),
        ("2,Total\n", vec![good(3, 2, &["2", "Total"])]),
        ("subtotal,1\n", vec![good(3, 2, &["subtotal", "1"])]),
        ("tota,1\n,\n", vec![good(3, 2, &["tota", "1"]), good(4, 2 + 1, &["", ""])]),
        ("Total,1\n2,y\n\n3\n", vec![after(4, 2, b"2,y"), after(6, 3, b"3")]),
        ("Total,1\n4,\"y\n5,z\n", vec![after(4, 2, b"4,\"y"), after(5, 3, b"5,z")]),
        ("Total,1\nk,a\n", vec![bad(4, 2, "row.header_again", b"k,a")]),
    ] {
        let expected = [vec![good(2, 1, &["1", "x"])], expected].concat();
        let mut records = open(format!("{head}{rest}").as_bytes(), &titled(0, &stops)).unwrap();
        assert_eq!(rows(&mut records), expected, "{rest:?}");
        assert_eq!(records.finish().unwrap().rows, expected.len() as u64, "{rest:?}");
    }
    // Off, a total is a row like any other.
    assert_eq!(read_all("k,a\n1,x\nTotal,1\n")[1], good(3, 2, &["Total", "1"]));
    // In the file's own letters.
    let umlaut =
        Dialect { encoding: EncodingChoice::Pinned(encoding_rs::WINDOWS_1252), ..titled(0, &["übertrag"]) };
    let mut records = open(b"k,a\n1,x\n\xDCbertrag,1\n", &umlaut).unwrap();
    assert_eq!(rows(&mut records), [good(2, 1, &["1", "x"])]);
}

#[test]
fn totals_of_nothing_are_no_data() {
    assert!(error(b"k,a\nTotal,0\n\n", &titled(0, &["total"])).contains("a header and no rows"));
    let absent = Dialect { header: HeaderMode::Absent, ..titled(0, &["total"]) };
    assert!(error(b"Total\n", &absent).contains("the input is empty"));
    // A total does not say how many cells a row has.
    assert_eq!(read_as("Total\n1,x\n", &absent), [bad(2, 1, "row.after_totals", b"1,x")]);
}

#[test]
fn a_header_in_the_middle_is_no_customer() {
    assert_eq!(
        read_all("k,\"a\"\n1,x\nk,a\n2,y\n\"k\",a\n K ,a\nk,a,\n\u{feff}k,A_\nk,\u{e9}\n"),
        [
            good(2, 1, &["1", "x"]),
            bad(3, 2, "row.header_again", b"k,a"),
            good(4, 3, &["2", "y"]),
            bad(5, 4, "row.header_again", b"\"k\",a"),
            bad(6, 5, "row.header_again", b" K ,a"),
            bad(7, 6, "row.fields", b"k,a,"),
            bad(8, 7, "row.header_again", "\u{feff}k,A_".as_bytes()),
            good(9, 8, &["k", "\u{e9}"]),
        ]
    );
    let absent = Dialect { header: HeaderMode::Absent, ..Dialect::default() };
    assert_eq!(read_as("1,x\n1,x\n", &absent), [good(1, 1, &["1", "x"]), good(2, 2, &["1", "x"])]);
}

#[test]
fn rows_count_as_read_only_when_they_were() {
    let mut records = open(b"k\n1\n2\n", &Dialect::default()).unwrap();
    let mut row = ByteRecord::new();
    records.read(&mut row).unwrap();
    assert_eq!(records.finish().unwrap().rows, 1);
    assert_eq!(open(b"k\n1\n2\n", &Dialect::default()).unwrap().finish().unwrap().rows, 0);
}

#[test]
fn two_stray_quotes_do_not_make_one_row_of_several() {
    let head = "k,name,street,phone,mail\n";
    let swallowed = |rest: &str| read_all(format!("{head}{rest}"));
    // Opened in one row and closed in a later one: in the same column, so that the width would fit, and in another.
    for close in ["3,Cid,Lot 15\",5550113,c@example.com", "3,Cid\",Lot 15,5550113,c@example.com"] {
        let text = format!("1,Ann,\"Apt 4,5550111,a@example.com\n2,Bob,Oak,5550112,b@example.com\n{close}\n");
        let rows = swallowed(&text);
        assert_eq!(rows[0], bad(2, 1, "row.quote", b"1,Ann,\"Apt 4,5550111,a@example.com"), "{close}");
        assert_eq!(rows[1], good(3, 2, &["2", "Bob", "Oak", "5550112", "b@example.com"]), "{close}");
        assert_eq!(rows[2], good(4, 3, &close.split(',').collect::<Vec<_>>()), "{close}");
    }
    // Of a file without a header, the first row says how wide a row is.
    let absent = Dialect { header: HeaderMode::Absent, ..Dialect::default() };
    let rows = read_as("1,a,b,c\n2,\"x,b,c\n3,y\",b,c\n", &absent);
    assert_eq!(rows[1], bad(2, 2, "row.quote", b"2,\"x,b,c"));
    assert_eq!(rows[2], good(3, 3, &["3", "y\"", "b", "c"]));
    // Prose with as many commas as a narrow row, and no row for all that.
    let narrow = read_all("k,name,first,note\n31,Bo,Diaz,\"12 Elm St\nApt 4, rear, bell 2, ring twice\"\n");
    assert_eq!(narrow, [good(2, 1, &["31", "Bo", "Diaz", "12 Elm St\nApt 4, rear, bell 2, ring twice"])]);
    let narrow = read_all("k,note,b,c\n31,\"12 Elm, rear, left\nbell 2, ring\",x,y\n");
    assert_eq!(narrow.len(), 1, "{narrow:?}");
    // Cells that do hold lines: at the end of a row, at its beginning, with commas, JSON, and two in a row.
    for (rest, cells) in [
        ("1,Ann,Oak,5550111,\"a\nb\"\n", ["1", "Ann", "Oak", "5550111", "a\nb"]),
        ("\"1\n2\",Ann,Oak,5550111,a\n", ["1\n2", "Ann", "Oak", "5550111", "a"]),
        ("1,\"Ann, Bo\nand Cy, too\",Oak,5550111,a\n", ["1", "Ann, Bo\nand Cy, too", "Oak", "5550111", "a"]),
        (
            "1,Ann,\"{\"\"a\"\": 1,\n\"\"b\"\": 2,\n\"\"c\"\": 3}\",5,a\n",
            ["1", "Ann", "{\"a\": 1,\n\"b\": 2,\n\"c\": 3}", "5", "a"],
        ),
        ("1,\"A\nB\",\"C\nD\",5,a\n", ["1", "A\nB", "C\nD", "5", "a"]),
    ] {
        assert_eq!(swallowed(rest), [good(2, 1, &cells)], "{rest:?}");
    }
}

#[test]
fn names_in_quotes_contradict_a_profile_without_any() {
    let none = Dialect { quote: Quote::None, delimiter: b'\t', ..Dialect::default() };
    let refused = error(b"\"k\"\t\"a\"\tb\n\"1\"\t\"x\"\ty\n", &none);
    assert!(refused.contains("x.csv:1") && refused.contains("quote = '\"'"), "{refused}");
    assert_eq!(read_as("k\ta \"b\"\n1\tx\n", &none), [good(2, 1, &["1", "x"])]);
}

#[test]
fn letters_of_utf8_contradict_a_pinned_single_byte_encoding() {
    let pinned =
        Dialect { encoding: EncodingChoice::Pinned(encoding_rs::WINDOWS_1252), ..Dialect::default() };
    let refused = error("k,a\n1,Benoît\n2,Zoë\n3,José\n".as_bytes(), &pinned);
    assert!(refused.contains("windows-1252") && refused.contains("every letter in it is utf-8"), "{refused}");
    assert_eq!(rows(&mut open(b"k,a\n1,Beno\xeet\n", &pinned).unwrap()), [good(2, 1, &["1", "Benoît"])]);
    assert_eq!(rows(&mut open(b"k,a\n1,Ann\n", &pinned).unwrap()), [good(2, 1, &["1", "Ann"])]);
    // Spoilt before it came into the DMS: one such name does not hold the night.
    assert_eq!(rows(&mut open("k,a\n1,José\n".as_bytes(), &pinned).unwrap()), [good(2, 1, &["1", "JosÃ©"])]);
}
