//! [`Gathered`]: troubles by their code, each with the first few places where it is seen. Reads no file: what stands at
//! those places is for `survey` to look at.

use std::collections::BTreeMap;

use super::remedy;
use super::survey::{Look, Surveyed};
use crate::domain::outcome::Cause;
use crate::domain::{Field, Position, Warning};
use crate::report::quality::{Example, Trouble};

/// Places that are shown of one trouble.
const EXAMPLES: usize = 3;

/// Troubles by code.
#[derive(Default)]
pub(super) struct Gathered(BTreeMap<String, Seen>);

#[derive(Default)]
struct Seen {
    count: u64,
    fields: BTreeMap<&'static str, u64>,
    tip: String,
    /// The first places, in order.
    places: Vec<Place>,
}

/// Where a trouble is seen, and what to look at there.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Position,
    looks: Vec<Look>,
    message: String,
}

impl Gathered {
    /// A row or a customer that is refused.
    pub(super) fn cause(&mut self, cause: &Cause, at: &Position) {
        let Cause { stage: _, code, message, tip } = cause;
        self.add(code, tip, remedy::fields_of(code), at, message);
    }

    /// A value that is repaired or dropped; `first` is its customer's first row.
    pub(super) fn warning(&mut self, warning: &Warning, first: &Position) {
        let finding = &warning.finding;
        let at = warning.at.as_ref().unwrap_or(first);
        let fields = finding.field.map_or(&[][..], one);
        self.add(&finding.code, remedy::of_warning(&finding.code), fields, at, &finding.message);
    }

    fn add(&mut self, code: &str, tip: &str, fields: &'static [Field], at: &Position, message: &str) {
        let seen = match self.0.get_mut(code) {
            Some(seen) => seen,
            None => self
                .0
                .entry(code.to_owned())
                .or_insert_with(|| Seen { tip: tip.to_owned(), ..Seen::default() }),
        };
        seen.count += 1;
        if let [field] = fields {
            *seen.fields.entry(field.as_str()).or_default() += 1;
        }
        let is_early = seen.places.len() < EXAMPLES || seen.places.last().is_some_and(|last| *at < last.at);
        if is_early {
            let looks = match fields {
                [] if code.starts_with("skip.") => vec![Look::Skip],
                fields => fields.iter().map(|field| Look::Field(*field)).collect(),
            };
            seen.places.push(Place { at: at.clone(), looks, message: message.to_owned() });
            seen.places.sort();
            seen.places.truncate(EXAMPLES);
        }
    }

    /// Where to look, and at what.
    pub(super) fn places(&self) -> impl Iterator<Item = (&Position, &[Look])> {
        self.0.values().flat_map(|seen| &seen.places).map(|place| (&place.at, place.looks.as_slice()))
    }

    /// Most frequent first, with what was found at their places.
    pub(super) fn troubles(self, surveyed: &Surveyed) -> Vec<Trouble> {
        let example = |Place { at, looks, message }: Place| Example {
            cells: surveyed.cells_at(&at, &looks),
            file: at.file.to_string(),
            line: at.line,
            message,
        };
        let trouble = |(code, Seen { count, fields, tip, places }): (String, Seen)| Trouble {
            code,
            count,
            fields,
            tip,
            examples: places.into_iter().map(example).collect(),
        };
        let mut troubles: Vec<_> = self.0.into_iter().map(trouble).collect();
        troubles.sort_by_key(|trouble| std::cmp::Reverse(trouble.count));
        troubles
    }
}

/// A field as a list of its own.
fn one(field: Field) -> &'static [Field] {
    let at = Field::ALL.iter().position(|known| *known == field).unwrap_or_default();
    Field::ALL.get(at..=at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Finding;

    #[test]
    fn the_first_places_are_kept_whatever_the_order() {
        let at = |line| Position { file: "a.csv".into(), line, record: line };
        for lines in [[9, 5, 7, 2, 5], [2, 5, 5, 7, 9], [9, 7, 5, 5, 2]] {
            let mut gathered = Gathered::default();
            for line in lines {
                let finding = Finding::on(Field::Vin, "vin.length", "too short");
                gathered.warning(&Warning { finding, at: Some(at(line)) }, &at(1));
            }
            let places: Vec<_> = gathered.places().map(|(at, looks)| (at.line, looks)).collect();
            assert_eq!(places, [2, 5, 5].map(|line| (line, &[Look::Field(Field::Vin)][..])));
            assert_eq!(gathered.0["vin.length"].count, 5);
        }
    }
}
