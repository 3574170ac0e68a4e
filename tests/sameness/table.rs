//! [`Table`]: an export as cells, to take parts of and to put in another order. Bytes, in whatever encoding.

use std::collections::BTreeSet;

use super::harness::sample;
use super::spelling::Dice;

/// A header and rows.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) header: Vec<Vec<u8>>,
    pub(crate) rows: Vec<Vec<Vec<u8>>>,
}

impl Table {
    /// Reads a comma-separated table.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let mut rows = reader.byte_records().map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect());
        Self { header: rows.next().unwrap(), rows: rows.collect() }
    }

    /// All rows of some customers of the built-in layout's sample.
    pub(crate) fn sample(dice: &mut Dice, customers: usize) -> Self {
        let mut table = Self::parse(&sample("customers.csv"));
        let keys: Vec<_> =
            table.rows.iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let chosen: BTreeSet<_> = (0..customers).map(|_| keys[dice.below(keys.len())].clone()).collect();
        table.rows.retain(|row| chosen.contains(&row[0]));
        table
    }

    /// Adds rows that have a known row's key and date, and some of another row's cells.
    pub(crate) fn add_ties(&mut self, dice: &mut Dice, count: usize) {
        let dated = self.column("updatedAt");
        for _ in 0..count {
            let mut row = self.rows[dice.below(self.rows.len())].clone();
            let other = self.rows[dice.below(self.rows.len())].clone();
            for (at, cell) in other.into_iter().enumerate().skip(3).filter(|(at, _)| *at != dated) {
                match dice.below(6) {
                    0 => row[at] = cell,
                    1 => row[at].clear(),
                    _ => {}
                }
            }
            self.rows.push(row);
        }
    }

    /// Puts the rows in another order.
    pub(crate) fn shuffle(&mut self, dice: &mut Dice) {
        for at in (1..self.rows.len()).rev() {
            let with = dice.below(at + 1);
            self.rows.swap(at, with);
        }
    }

    /// Where a column stands.
    pub(crate) fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name.as_bytes()).unwrap()
    }

    /// The table as a file.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        out.write_record(&self.header).unwrap();
        self.rows.iter().for_each(|row| out.write_record(row).unwrap());
        out.into_inner().unwrap()
    }
}
