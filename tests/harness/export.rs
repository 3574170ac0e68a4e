//! [`Export`]: an export of the built-in layout, made row by row. It knows columns, not what they mean.

use std::collections::BTreeMap;

use super::Line;

/// Rows by column name; every row has the columns of the header.
#[derive(Clone)]
pub(crate) struct Export {
    header: Vec<String>,
    rows: Vec<Line>,
}

/// The columns of [`people`].
const HEADER: [&str; 14] = [
    "customerKey",
    "firstName",
    "lastName",
    "addressLine1",
    "city",
    "state",
    "zip",
    "homePhone",
    "cellPhone",
    "email",
    "okToText",
    "vehicleYear",
    "vehicleMake",
    "vehicleModel",
];

/// `count` invented people with keys `c0001`…: a cell phone, an e-mail, an address and a vehicle each.
pub(crate) fn people(count: usize) -> Export {
    let mut export = Export { header: HEADER.map(str::to_owned).to_vec(), rows: Vec::new() };
    for n in 1..=count {
        let (area, line) = (201 + (n / 100) % 8, 100 + n % 100);
        export.push(&[
            ("customerKey", &format!("c{n:04}")),
            ("firstName", &format!("Anselm{}", letters(n))),
            ("lastName", "Quibbleworth"),
            ("addressLine1", &format!("{n} Harrowgate Ln")),
            ("city", "Portland"),
            ("state", "OR"),
            ("zip", "97214"),
            ("cellPhone", &format!("({area}) 555-0{line}")),
            ("email", &format!("anselm.{n}@example.com")),
            ("vehicleYear", "2019"),
            ("vehicleMake", "Ford"),
            ("vehicleModel", "Escape"),
        ]);
    }
    export
}

/// A number as letters: names do not hold digits.
fn letters(mut n: usize) -> String {
    let mut text = String::new();
    while n > 0 {
        text.push(char::from(b'a' + u8::try_from(n % 26).unwrap()));
        n /= 26;
    }
    text
}

impl Export {
    /// Reads a table.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader
            .records()
            .map(|row| header.iter().cloned().zip(row.unwrap().iter().map(str::to_owned)).collect())
            .collect();
        Self { header, rows }
    }

    /// Adds a row; columns that are not named are blank.
    pub(crate) fn push(&mut self, cells: &[(&str, &str)]) -> &mut Self {
        let cells: BTreeMap<_, _> =
            cells.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect();
        assert!(cells.keys().all(|name| self.header.contains(name)), "{cells:?}");
        self.rows.push(cells);
        self
    }

    /// Sets one column of every row of the customer.
    pub(crate) fn set(&mut self, key: &str, column: &str, cell: &str) -> &mut Self {
        assert!(self.header.iter().any(|name| name == column), "{column}");
        let mut found = false;
        for row in self.rows.iter_mut().filter(|row| row.get("customerKey").is_some_and(|own| own == key)) {
            row.insert(column.to_owned(), cell.to_owned());
            found = true;
        }
        assert!(found, "no row of {key}");
        self
    }

    /// Sets one column of all rows.
    pub(crate) fn set_all(&mut self, column: &str, cell: &str) -> &mut Self {
        for row in &mut self.rows {
            row.insert(column.to_owned(), cell.to_owned());
        }
        self
    }

    /// Takes a column away, or puts one there that is blank.
    pub(crate) fn drop_column(&mut self, column: &str) -> &mut Self {
        self.header.retain(|name| name != column);
        self
    }

    /// Takes a customer's rows away.
    pub(crate) fn drop_customer(&mut self, key: &str) -> &mut Self {
        self.rows.retain(|row| row.get("customerKey").is_none_or(|own| own != key));
        self
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &[Line] {
        &self.rows
    }

    /// Every value of `columns`, blanks left out.
    pub(crate) fn values<'a>(&'a self, columns: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let cells = self.rows.iter().flat_map(|row| columns.iter().filter_map(|column| row.get(*column)));
        cells.map(String::as_str).filter(|cell| !cell.trim().is_empty())
    }

    /// The table.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&self.header).unwrap();
        for row in &self.rows {
            out.write_record(self.header.iter().map(|name| row.get(name).map_or("", String::as_str)))
                .unwrap();
        }
        out.into_inner().unwrap()
    }
}
