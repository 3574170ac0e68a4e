//! A store whose customers are known, and its export.

use std::fs;

use super::harness::{Export, Workbench};

/// Customers of the store.
pub(crate) const STORE: usize = 300;

/// Its first customer number: two thirds have a leading zero.
pub(crate) const FIRST_NUMBER: usize = 99_800;

/// The file of every night.
pub(crate) const TODAY: &str = "exports/customers_20260915.csv";

/// Its columns.
pub(crate) const HEADER: &str = "customerKey,firstName,lastName,addressLine1,city,state,zip,homePhone,cellPhone,email,okToText,\
                      okToEmail,vin,vehicleYear,vehicleMake,vehicleModel,store";

/// One customer in thirty has letters beyond ASCII: no limit that counts customers would see them spoilt.
pub(crate) const FIRST: [&str; 30] = [
    "Ansel", "Berit", "Corin", "Dagny", "Élodie", "Faris", "Greta", "Hollis", "Ines", "Jory", "Kester",
    "Linnet", "Maeve", "Nestor", "Orla", "Piers", "Quill", "Rhoda", "Silas", "Thora", "Ulric", "Verity",
    "Wystan", "Xanthe", "Yorick", "Zelda", "Alaric", "Briony", "Cosmo", "Delphine",
];
pub(crate) const LAST: [&str; 7] =
    ["Quibbleworth", "Threlkeld", "Ambrosette", "Dunleavy", "Larivier", "Ostrander", "Pellingham"];

pub(crate) fn number(n: usize) -> String {
    format!("{:06}", FIRST_NUMBER + n)
}

/// The store's export.
pub(crate) fn store() -> Export {
    let mut export = Export::parse(format!("{HEADER}\n").as_bytes());
    (0..STORE).for_each(|n| person(&mut export, &number(n), n));
    export
}

/// Other people under `count` numbers from `from` on.
pub(crate) fn other_store(from: usize, count: usize) -> Export {
    let mut export = Export::parse(format!("{HEADER}\n").as_bytes());
    (0..count).for_each(|n| person(&mut export, &format!("{:06}", from + n), 7004 + n));
    export
}

/// Adds the invented person `n`.
pub(crate) fn person(export: &mut Export, key: &str, n: usize) {
    let (area, line) = (201 + (n / 100) % 8, 100 + n % 100);
    let home = if n.is_multiple_of(2) { format!("({}) 555-0{line}", area + 11) } else { String::new() };
    export.push(&[
        ("customerKey", key),
        ("firstName", FIRST[n % 30]),
        ("lastName", LAST[(n / 3) % 7]),
        ("addressLine1", &format!("{n} Harrowgate Ln")),
        ("city", ["Portland", "Salem", "Bend"][n % 3]),
        ("state", "OR"),
        ("zip", &format!("97{:03}", n % 1000)),
        ("homePhone", &home),
        ("cellPhone", &format!("({area}) 555-0{line}")),
        ("email", &format!("person.{n}@example.com")),
        ("okToText", if n.is_multiple_of(3) { "N" } else { "Y" }),
        ("okToEmail", "Y"),
        ("vin", &vin(n)),
        ("vehicleYear", &(2005 + n % 20).to_string()),
        ("vehicleMake", "Ford"),
        ("vehicleModel", "Escape"),
        ("store", "S-0412"),
    ]);
}

/// A made-up VIN with the right check digit.
pub(crate) fn vin(n: usize) -> String {
    let mut vin = format!("1FMCU0D70KU{n:06}").into_bytes();
    let value = |c: u8| match c {
        b'0'..=b'9' => usize::from(c - b'0'),
        b'A'..=b'H' => usize::from(c - b'A') + 1,
        b'J'..=b'N' => usize::from(c - b'J') + 1,
        _ => usize::from(c - b'S') + 2,
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: usize = vin.iter().zip(weights).map(|(c, weight)| value(*c) * weight).sum();
    vin[8] = b"0123456789X"[sum % 11];
    String::from_utf8(vin).unwrap()
}

/// Every row but the header, changed cell by cell. No cell of the store holds a comma.
pub(crate) fn rows(change: impl Fn(&mut Vec<&str>)) -> Vec<u8> {
    let csv = String::from_utf8(store().to_csv()).unwrap();
    let row = |(n, line): (usize, &str)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if n > 0 {
            change(&mut cells);
        }
        cells.join(",") + "\n"
    };
    csv.lines().enumerate().map(row).collect::<String>().into_bytes()
}

/// The store with one column that says the same for everyone.
pub(crate) fn with_all(column: &str, cell: &str) -> Vec<u8> {
    store().set_all(column, cell).to_csv()
}

/// The store's text, read in another way.
pub(crate) fn spoilt(how: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    how(&String::from_utf8(store().to_csv()).unwrap())
}

/// A bench with a store that was loaded once.
pub(crate) fn bench() -> Workbench {
    let mut bench = Workbench::new();
    fs::create_dir(bench.path("exports")).unwrap();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let source = "source_id = { column = [\"store\"] }\n[file]";
    let with_source = profile.replacen("[file]", source, 1);
    for encoding in ["utf-8", "windows-1252"] {
        let pinned = format!("encoding = \"{encoding}\"");
        bench.write(&format!("{encoding}.toml"), with_source.replace("encoding = \"detect\"", &pinned));
    }
    bench.write("store.toml", with_source);
    bench.set_department("input", vec!["exports/*.csv"]).set_department("profile", "store.toml");
    bench.set_department("source_id", "S-0412");
    bench.write(TODAY, store().to_csv());
    bench.sync(0);
    bench.model().clear_journal();
    bench
}
