//! [`conflict`]: whether the rows of one key name two people.
//!
//! The rule. Only rows with a name count. Two of them are of one person where they share a word of their names (first,
//! last, company; without accents, titles and legal forms), a phone number, an e-mail address or a VIN. Who is linked
//! through a third row is linked: Ann Smith with one phone, Ann Jones with that phone, A. Jones with another are one
//! person. Where two rows are not linked at all, the key was used for two people, and neither may be sent. Fillers
//! (`NONE`, `0000000000`, seventeen zeros) link nobody.

use std::collections::BTreeMap;

use super::compare::{email, is_blank, name_words, phone, vin};
use super::rank::Ranked;
use crate::domain::{Conflict, Field, SourceRow};

/// Something that one person's rows share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Name(String),
    Phone(String),
    Email(String),
    Vin(String),
}

/// Whether two people, each by first name, last name and company, share a word that tells of them.
pub fn shares_a_name(one: &[String], other: &[String]) -> bool {
    let known: Vec<String> = other.iter().flat_map(|raw| name_words(raw)).collect();
    one.iter().flat_map(|raw| name_words(raw)).any(|word| known.contains(&word))
}

/// The first row with a name, and the first that has nothing to do with it.
pub(super) fn conflict(ranked: &Ranked) -> Option<Conflict> {
    let named: Vec<&SourceRow> = ranked.in_order().into_iter().filter(|row| has_name(row)).collect();
    if named.len() < 2 {
        return None;
    }
    let mut people = People::new(named.len());
    let mut holders: BTreeMap<Token, usize> = BTreeMap::new();
    for (index, row) in named.iter().enumerate() {
        for token in row.values.iter().flat_map(|(slot, raw)| tokens(slot.field, raw)) {
            let holder = *holders.entry(token).or_insert(index);
            people.link(holder, index);
        }
    }
    let stranger = (1..named.len()).find(|index| people.of(*index) != people.of(0))?;
    Some(Conflict::TwoPeople { one: named[0].at.clone(), other: named[stranger].at.clone() })
}

fn has_name(row: &SourceRow) -> bool {
    row.values.iter().any(|(slot, raw)| is_name(slot.field) && !is_blank(raw))
}

fn is_name(field: Field) -> bool {
    matches!(field, Field::FirstName | Field::LastName | Field::Company)
}

fn tokens(field: Field, raw: &str) -> Vec<Token> {
    match field {
        _ if is_name(field) => name_words(raw).into_iter().map(Token::Name).collect(),
        Field::HomePhone | Field::WorkPhone | Field::CellPhone => {
            phone(raw).map(Token::Phone).into_iter().collect()
        }
        Field::Email => email(raw).map(Token::Email).into_iter().collect(),
        Field::Vin => vin(raw).map(Token::Vin).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Which rows are of one person: a forest in which every row points towards its person's first row.
struct People {
    towards: Vec<usize>,
}

impl People {
    fn new(rows: usize) -> Self {
        Self { towards: (0..rows).collect() }
    }

    /// The first row of the person that `row` is of.
    fn of(&mut self, mut row: usize) -> usize {
        while self.towards[row] != row {
            self.towards[row] = self.towards[self.towards[row]];
            row = self.towards[row];
        }
        row
    }

    fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.towards[a.max(b)] = a.min(b);
    }
}
