//! The facts that `samples/README.md` states, held to the files and to what becomes of them, line by line. A line of the
//! document that nothing here holds fails the test, and so does one here that the document has not got.
//!
//! `tests/data/facts/` has, for each sample, lines of the document (as far as they are unique) and beneath each what must
//! be true: of every customer that the line names, or of one after the other where there are as many; where a line of prose
//! is meant, who comes first (`KEY KEY: …`, `every: …`, `nowhere: …`, `file: …`). Terms are joined by ` & `:
//!
//! | term | true where |
//! |---|---|
//! | `[Column]=text`, `[Column]~text` | some row of the customer has this cell, or has it within one |
//! | `filled[Column]` | some row has a value there |
//! | `field:value`, `field~text`, `field?shape` | the result's field is, has, or has the shape (`9` a digit, `A` a capital) |
//! | `field=lower[Column]` | the field is what a cell becomes; `upper`, `trim`, `squeeze`, `digits` change it, `keep` does not |
//! | `field=upper![Column]` | the same, and the cell already was so |
//! | `!code field`, `no text` | the customer has this warning; its text does not have this |
//! | `sent`, `reachable`, `apart` | it is created; it has a phone; other customers' rows stand between its rows |
//! | anything else | its text has it |

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::SAMPLES;
use super::reading::{Reading, customer_text, department};
use super::sheet::{Cells, Sheet};
use super::terms::{Case, digits_of, field};

/// Samples and their sections of the document.
const SECTIONS: [(&str, &str); 10] = [
    ("generic-customers", "`generic/customers.csv`"),
    ("dealervault-sl", "`dealervault-sl/"),
    ("dealervault-sv", "`dealervault-sv/"),
    ("authenticom-sv", "`authenticom-sv/"),
    ("tekion-a", "`tekion/variant-a.csv`"),
    ("tekion-b", "`tekion/variant-b.csv`"),
    ("dealertrack", "`dealertrack/customers.csv`"),
    ("pbs", "`pbs/contacts.csv`"),
    ("sidekick", "`sidekick/ro.txt`"),
    ("reynolds-report", "`reynolds-report/report.csv`"),
];

#[test]
fn what_the_samples_are_said_to_show_they_show() {
    let document = include_str!("../../samples/README.md");
    let (mut held, mut complaints) = (0, Vec::new());
    for (name, heading) in SECTIONS {
        let (_, profile, input) = SAMPLES.into_iter().find(|(sample, ..)| *sample == name).unwrap();
        let sample = Sample {
            name,
            reading: Reading::of(&department(profile, input)),
            sheet: Sheet::of(profile, input),
            complaints: RefCell::default(),
        };
        let section = document.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
        sample.counts(section);
        held += sample.hold(section);
        complaints.extend(sample.complaints.into_inner());
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(held > 200, "{held} lines are held");
}

struct Sample {
    name: &'static str,
    reading: Reading,
    sheet: Sheet,
    complaints: RefCell<Vec<String>>,
}

/// A line of the document: what it says, and the customers that it names where it is one of a table.
struct Said<'a> {
    what: &'a str,
    keys: Vec<&'a str>,
}

fn said(section: &str) -> Vec<Said<'_>> {
    let line = |line| match line {
        line if str::starts_with(line, "| what |") || line.starts_with("|---") => None,
        line => {
            let (what, keys) = match line.strip_prefix("| ") {
                Some(row) => row.trim_end_matches(" |").rsplit_once(" | ")?,
                None => (line.starts_with("- ").then_some(line)?, ""),
            };
            Some(Said { what, keys: keys.split('`').skip(1).step_by(2).collect() })
        }
    };
    section.lines().filter_map(line).collect()
}

/// The heads of a file of facts, each with its lines.
fn stated(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(fact) => all.last_mut().unwrap().1.push(fact),
            None => all.push((line, Vec::new())),
        }
    }
    all
}

impl Sample {
    /// Holds every line of the section; how many.
    fn hold(&self, section: &str) -> usize {
        let path = format!("{}/tests/data/facts/{}.txt", env!("CARGO_MANIFEST_DIR"), self.name);
        let text = std::fs::read_to_string(path).unwrap();
        let facts = stated(&text);
        let said = said(section);
        for Said { what, .. } in &said {
            let holding = facts.iter().filter(|(head, _)| holds(head, what)).count();
            assert_eq!(holding, 1, "{}: facts that hold {what:?}", self.name);
        }
        for (head, facts) in facts {
            let mut of = said.iter().filter(|said| holds(head, said.what));
            let (Some(Said { keys, what }), None) = (of.next(), of.next()) else {
                panic!("{}: no such line in the document, or several: {head:?}", self.name)
            };
            assert!(!facts.is_empty(), "{}: {what}", self.name);
            if keys.is_empty() {
                for fact in facts {
                    self.prose(fact);
                }
            } else if facts.len() == 1 {
                for key in keys {
                    self.fact(key, facts[0]);
                }
            } else {
                assert_eq!(facts.len(), keys.len(), "{}: {what}", self.name);
                for (key, fact) in keys.iter().zip(facts) {
                    self.fact(key, fact);
                }
            }
        }
        said.len()
    }

    /// The numbers at the section's beginning: `169 rows, 68 customers (10 of them businesses), 5 rows with …`.
    fn counts(&self, section: &str) {
        let Some(line) = section.lines().find(|line| line.contains(" of them businesses)")) else { return };
        let numbers: Vec<usize> =
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        let (rows, rest) = if self.name == "dealertrack" {
            (numbers[0] + numbers[1], &numbers[2..])
        } else {
            (numbers[0], &numbers[1..])
        };
        let skipped = self.reading.others.iter().filter(|line| line.contains(" Skipped ")).count();
        let nobodys = self.reading.others.iter().filter(|line| line.starts_with("row ")).count();
        let businesses =
            self.reading.customers.values().filter(|change| field(change, "biz") == ["business"]).count();
        // Dealertrack's two rejected kinds of rows are counted one after the other.
        let zero = if self.name == "dealertrack" { rest[2] + rest[3] } else { rest[2] };
        assert_eq!(
            (self.sheet.rows.len(), self.reading.customers.len() + skipped, businesses, nobodys),
            (rows, rest[0], rest[1], zero),
            "{}: {line}",
            self.name
        );
    }

    /// A fact that says itself of whom it is.
    fn prose(&self, fact: &str) {
        let (who, terms) = fact.split_once(": ").unwrap();
        match who {
            "every" => self.reading.customers.keys().for_each(|key| self.fact(&self.called(key), terms)),
            "nowhere" => self.nowhere(terms),
            "file" => terms.split(" & ").for_each(|term| self.file(term)),
            keys => keys.split(' ').for_each(|key| self.fact(key, terms)),
        }
    }

    fn called(&self, key: &str) -> String {
        let row = self.sheet.rows.iter().find(|row| row[self.sheet.form.key].trim() == key).unwrap();
        row[self.sheet.form.called].trim().to_owned()
    }

    /// No value of these columns is anywhere in the result, but for what another column of the customer says too.
    fn nowhere(&self, columns: &str) {
        let text = self.reading.text();
        let columns: BTreeSet<_> = columns.trim_matches(['[', ']']).split("] [").collect();
        let cells = self.sheet.rows.iter().flatten();
        let (mut hidden, mut open) = (BTreeSet::new(), BTreeSet::new());
        for (name, cell) in cells.map(|(name, cell)| (name, cell.trim())).filter(|(_, cell)| cell.len() > 4) {
            if columns.contains(name.as_str()) {
                hidden.insert(cell)
            } else {
                open.insert(cell)
            };
        }
        assert!(!hidden.is_empty(), "{}", self.name);
        for cell in hidden.difference(&open) {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            let is_phone = digits.len() == 10 && !open.iter().any(|other| digits_of(other) == digits);
            assert!(!text.contains(*cell), "{}: {cell}", self.name);
            assert!(!is_phone || !text.contains(&digits), "{}: {cell}", self.name);
        }
    }

    /// What is said of the file as a whole.
    fn file(&self, term: &str) {
        let (what, number) = term.split_once('=').unwrap();
        let mine = |row: &&Cells| row[self.sheet.form.key].trim() != "0";
        let found = match what {
            "lines" => self.sheet.lines,
            "records" => self.sheet.rows.len() + 1,
            "rows of customers" => self.sheet.rows.iter().filter(mine).count(),
            "accented" => {
                let named = self.sheet.rows.iter().filter(mine).filter(|row| {
                    let name = [&row["ContactFirstName"], &row["ContactLastName"]];
                    name.iter().any(|part| part.chars().any(|c| c.is_alphabetic() && !c.is_ascii()))
                });
                named.map(|row| &row[self.sheet.form.key]).collect::<BTreeSet<_>>().len()
            }
            orders => {
                let column = orders.strip_prefix("orders[").unwrap().trim_end_matches(']');
                let found = self.sheet.rows.iter().filter(mine).map(|row| &row[column]);
                found.collect::<BTreeSet<_>>().len()
            }
        };
        assert_eq!(found, number.parse::<usize>().unwrap(), "{}: {what}", self.name);
    }

    /// One customer's terms.
    fn fact(&self, called: &str, terms: &str) {
        let key = self.sheet.key_of(called);
        let rows = self.sheet.rows_of(called);
        assert!(!rows.is_empty(), "{}: no row of {called}", self.name);
        let change = self.reading.customers.get(&key);
        let text = change.map_or_else(
            || {
                self.reading
                    .others
                    .iter()
                    .find(|line| line.starts_with(&format!("{key:?} ")))
                    .unwrap()
                    .clone()
            },
            customer_text,
        );
        for term in terms.split(" & ") {
            let case = Case { rows: &rows, change, text: &text };
            let holds = if term == "apart" { self.is_apart(&rows) } else { case.holds(term) };
            if !holds {
                let complaint =
                    format!("{} {called}: {term:?} of {terms:?} does not hold of\n{text}", self.name);
                self.complaints.borrow_mut().push(complaint);
            }
        }
    }

    fn is_apart(&self, rows: &[&Cells]) -> bool {
        let key = &rows[0][self.sheet.form.key];
        let places: Vec<_> = (0..self.sheet.rows.len())
            .filter(|at| self.sheet.rows[*at][self.sheet.form.key] == *key)
            .collect();
        places.windows(2).any(|pair| pair[1] > pair[0] + 1)
    }
}

fn holds(head: &str, what: &str) -> bool {
    if head.starts_with("- ") { what.starts_with(head) } else { head == what }
}
