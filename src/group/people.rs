//! [`conflict`]: whether the rows of one key name two people.
//!
//! The rule. Only rows with a name count. Two of them are of one person where their names agree (see [`Naming`]), or where
//! they share a phone number, an e-mail address or a VIN; in two files, where time may have passed, a first name is enough,
//! for people marry. Who is linked through a third row is linked, but not through half a name, which may be that of both:
//! Ann Smith with one phone, Ann Jones with that phone, A. Jones with another are one person. Where two rows are not linked
//! at all, the key was used for two people, and neither may be sent. Fillers (`NONE`, `0000000000`, seventeen zeros) link
//! nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{email, name_words, phone, vin};
use super::naming::Naming;
use super::rank::Ranked;
use crate::domain::{Conflict, Field, SourceRow};

/// Something that one person's rows share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Token<'n> {
    Name(&'n Naming),
    Phone(String),
    Email(String),
    Vin(String),
}

/// Whether two people, each by first name, last name and company, share a word that tells of them.
pub fn shares_a_name(one: &[String], other: &[String]) -> bool {
    let known: Vec<String> = other.iter().flat_map(|raw| name_words(raw)).collect();
    one.iter().flat_map(|raw| name_words(raw)).any(|word| known.contains(&word))
}

/// The first row with a whole name (else with a name), and the first that has nothing to do with it, in their order.
pub(super) fn conflict(ranked: &Ranked) -> Option<Conflict> {
    let in_order = ranked.in_order();
    let (rows, names): (Vec<&SourceRow>, Vec<Naming>) =
        in_order.into_iter().filter_map(|row| Some((row, Naming::of(row)?))).unzip();
    let first = names.first()?;
    if names.iter().all(|name| name == first) {
        return None;
    }
    let mut people = People::new(rows.len());
    let mut holders: BTreeMap<Token<'_>, usize> = BTreeMap::new();
    for (index, (row, name)) in rows.iter().zip(&names).enumerate() {
        let contacts = row.values.iter().filter_map(|(slot, raw)| token(slot.field, raw));
        for token in contacts.chain([Token::Name(name)]) {
            let holder = *holders.entry(token).or_insert(index);
            people.link(holder, index);
        }
    }
    let start = names.iter().position(Naming::is_whole).unwrap_or(0);
    let stranger = reached(&mut people, &rows, &names, start).iter().position(|reached| !reached)?;
    let at = |row: usize| rows[row].at.clone();
    Some(Conflict::TwoPeople { one: at(start.min(stranger)), other: at(start.max(stranger)) })
}

fn token(field: Field, raw: &str) -> Option<Token<'static>> {
    match field {
        Field::HomePhone | Field::WorkPhone | Field::CellPhone => phone(raw).map(Token::Phone),
        Field::Email => email(raw).map(Token::Email),
        Field::Vin => vin(raw).map(Token::Vin),
        _ => None,
    }
}

/// Which rows are of one person with the row `start`, by what `people` share and by names that agree; half a name leads
/// to no other where there are whole ones. Only names with something in common are compared, and each once: a key that
/// stands for nobody may have any number of them.
fn reached(people: &mut People, rows: &[&SourceRow], names: &[Naming], start: usize) -> Vec<bool> {
    let agree = |one: usize, other: usize| {
        names[one].agrees(&names[other])
            || (rows[one].at.file != rows[other].at.file && names[one].has_first_name_of(&names[other]))
    };
    let leads = |name: &Naming| name.is_whole() || !names[start].is_whole();
    let roots: Vec<usize> = (0..names.len()).map(|row| people.of(row)).collect();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut marked: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, name) in names.iter().enumerate() {
        members.entry(roots[row]).or_default().push(row);
        name.marks().into_iter().for_each(|mark| marked.entry(mark).or_default().push(row));
    }
    let mut reached = vec![false; names.len()];
    let mut todo = members.remove(&roots[start]).unwrap_or_default();
    for row in &todo {
        reached[*row] = true;
    }
    let mut compared: BTreeSet<(&Naming, &str)> = BTreeSet::new();
    while let Some(row) = todo.pop() {
        if members.is_empty() {
            break;
        }
        if !leads(&names[row]) || !compared.insert((&names[row], &rows[row].at.file)) {
            continue;
        }
        for mark in names[row].marks() {
            let Some(others) = marked.get_mut(&mark) else { continue };
            others.retain(|other| !reached[*other]);
            for other in others.iter().filter(|other| agree(row, **other)) {
                let found = members.remove(&roots[*other]).unwrap_or_default();
                for row in &found {
                    reached[*row] = true;
                }
                todo.extend(found);
            }
        }
    }
    reached
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
