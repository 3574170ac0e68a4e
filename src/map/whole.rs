//! Columns that say several things at once: a whole name, all phones. Each becomes what single columns would have said.
//!
//! The texts are cut here, and judged by `normalize`.

use super::profile::LoneLastName;
use crate::domain::{Field, Slot};

type Values = Vec<(Slot, String)>;

/// Phones that a column of all phones may have, in the order of ours.
const PHONES: [Field; 3] = [Field::CellPhone, Field::HomePhone, Field::WorkPhone];

fn get(values: &Values, field: Field) -> &str {
    let slot = Slot::first(field);
    values.iter().find(|(other, _)| *other == slot).map_or("", |(_, text)| text.trim())
}

fn put(values: &mut Values, field: Field, text: String) {
    let slot = Slot::first(field);
    match values.iter_mut().find(|(other, _)| *other == slot) {
        Some((_, value)) => *value = text,
        None => values.push((slot, text)),
    }
}

/// Fills a blank name from the column of the full name, and tells a business that stands in the last name's column.
pub(super) fn name(values: &mut Values, full: Option<&str>, alone: LoneLastName) {
    use Field::{Company, FirstName, IsBusiness, LastName};
    let full = full.map(|full| full.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    let first = get(values, FirstName);
    if !first.is_empty() {
        if let ("", Some(last)) = (get(values, LastName), last_beside(first, &full)) {
            put(values, LastName, last);
        }
        return;
    }
    let last = get(values, LastName);
    let last_only = !last.is_empty();
    let same = last.split_whitespace().collect::<Vec<_>>().join(" ").eq_ignore_ascii_case(&full);
    if !last_only && full.is_empty() {
        return;
    }
    let untold = get(values, Company).is_empty() && get(values, IsBusiness).is_empty();
    let business = match alone {
        LoneLastName::Person => false,
        LoneLastName::Business => true,
        LoneLastName::BusinessIfFullName => same,
    };
    let whole = if last_only { last.to_owned() } else { full };
    if business && untold && !is_person(&whole) {
        put(values, Company, whole);
        put(values, LastName, String::new());
    } else if !last_only {
        put(values, LastName, whole);
    }
}

/// The last name in a full name whose first name is known: `LAST, FIRST M` or `FIRST LAST`.
fn last_beside(first: &str, full: &str) -> Option<String> {
    let begins = |text: &str| text.get(..first.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(first));
    let last = match full.split_once(',') {
        Some((last, rest)) if begins(rest.trim_start()) => last.trim(),
        None if begins(full) => full[first.len()..].strip_prefix(' ')?.trim(),
        _ => return None,
    };
    (!last.is_empty()).then(|| last.to_owned())
}

/// Whether a name seems to be `LAST, FIRST M`, or a couple's `LAST, FIRST AND FIRST`, rather than that of a business which
/// has a comma too.
fn is_person(name: &str) -> bool {
    const WORDS: usize = 3;
    let Some((last, first)) = name.split_once(',') else { return false };
    let short = |part: &str| (1..=WORDS).contains(&part.split_whitespace().count());
    let odd = |c: char| c.is_ascii_digit() || matches!(c, '&' | '/' | '+');
    let is_joined = |part: &str| part.split_whitespace().any(|word| word.eq_ignore_ascii_case("and"));
    let ends_in_of = first.split_whitespace().next_back().is_some_and(|word| word.eq_ignore_ascii_case("of"));
    short(last)
        && (short(first) || is_couple(first))
        && (!is_joined(first) || is_couple(first))
        && !name.contains(odd)
        && !first.contains(',')
        && !is_joined(last)
        && !ends_in_of
}

/// Whether two first names are joined: `JOHN AND MARY`, `JOHN R AND MARY L`.
fn is_couple(first: &str) -> bool {
    const NAMES: usize = 2;
    let words: Vec<_> = first.split_whitespace().collect();
    let sides: Vec<_> = words.split(|word| word.eq_ignore_ascii_case("and")).collect();
    let is_one = |names: &&[&str]| {
        (1..=NAMES).contains(&names.len()) && names[1..].iter().all(|word| word.chars().nth(1).is_none())
    };
    sides.len() == 2 && sides.iter().all(is_one)
}

/// The phones of `cell`, each under the label before it; fax and pager are left out, and what has no label, or one that
/// is not known, is a phone at home, because only a cell phone may get text messages.
pub(super) fn phones(values: &mut Values, cell: &str) {
    let mut found: [Vec<&str>; 3] = Default::default();
    for (label, number) in labelled(cell) {
        let Some(kind) = kind(label) else { continue };
        found[kind].push(number);
    }
    for (field, numbers) in PHONES.into_iter().zip(found) {
        if get(values, field).is_empty() {
            put(values, field, numbers.join("; "));
        }
    }
}

/// Where in [`PHONES`] a number with `label` belongs; `None` where it is no phone. The first word that is known counts.
fn kind(label: &str) -> Option<usize> {
    let label = label.to_lowercase();
    let mut words = label.split_whitespace();
    if words.clone().any(|word| matches!(word, "fax" | "pager" | "beeper")) {
        return None;
    }
    let known = |word: &str| match word {
        "cell" | "mobile" | "cellular" | "c" | "m" => Some(0),
        "home" | "residence" | "h" => Some(1),
        "work" | "business" | "office" | "w" | "b" => Some(2),
        _ => None,
    };
    Some(words.find_map(known).unwrap_or(1))
}

/// Where the first colon stands that ends a label: letters stand right before it. In `5:30` none does.
fn label_end(text: &str) -> Option<usize> {
    let ends = |at: &usize| text[..*at].trim_end().ends_with(char::is_alphabetic);
    text.match_indices(':').map(|(at, _)| at).find(ends)
}

/// `Cell:9195551234Home:…` as labels and what follows them. A label is the run of letters and spaces before a colon.
fn labelled(cell: &str) -> Vec<(&str, &str)> {
    let trim = |text: &'_ str| -> (usize, usize) {
        let inner = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '/' | ':');
        (text.len() - text.trim_start_matches(inner).len(), text.trim_end_matches(inner).len())
    };
    let mut pairs = Vec::new();
    let (mut label, mut rest) = ("", cell);
    loop {
        let (before, next) = match label_end(rest) {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let letters = before.trim_end();
        let at = letters
            .rfind(|c: char| !c.is_alphabetic() && c != ' ')
            .map_or(0, |at| at + letters[at..].chars().next().map_or(0, char::len_utf8));
        let number = if next.is_some() { &letters[..at] } else { before };
        let (from, to) = trim(number);
        if from < to {
            pairs.push((label, &number[from..to]));
        }
        let Some(next) = next else { return pairs };
        label = letters[at..].trim_start();
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(cells: &[(Field, &str)]) -> Values {
        cells.iter().map(|(field, text)| (Slot::first(*field), (*text).to_owned())).collect()
    }

    fn named(first: &str, last: &str, flag: &str, full: &str, alone: LoneLastName) -> [String; 2] {
        let mut values =
            values(&[(Field::FirstName, first), (Field::LastName, last), (Field::IsBusiness, flag)]);
        name(&mut values, Some(full), alone);
        [Field::LastName, Field::Company].map(|field| get(&values, field).to_owned())
    }

    #[test]
    fn a_full_name_fills_a_blank_one_and_tells_a_business() {
        use LoneLastName::{Business, BusinessIfFullName as IfFull, Person};
        for ((first, last, flag, full, alone), [name, company]) in [
            (("Ann", "Smith", "", "SMITH, ANN", IfFull), ["Smith", ""]),
            (("Ann", "", "", "SMITH,  ANN M", IfFull), ["SMITH", ""]),
            (("Ann", "", "", "Ann van Smith", Person), ["van Smith", ""]),
            (("Ann", "", "", "Annabel Smith", Person), ["", ""]),
            (("Ann", "", "", "SMITH, BOB", Person), ["", ""]),
            (("Ann", "", "", "", Person), ["", ""]),
            (("", "", "", "SMITH, ANN M", IfFull), ["SMITH, ANN M", ""]),
            (("", "", "", "SMITH,ANN", Person), ["SMITH,ANN", ""]),
            (("", "ACME PLUMBING", "", "ACME  PLUMBING", IfFull), ["", "ACME PLUMBING"]),
            (("", "", "", "ACME PLUMBING", IfFull), ["ACME PLUMBING", ""]),
            (("", "SMITH", "", "SMITH, ANN", IfFull), ["SMITH", ""]),
            (("", "ACME PLUMBING", "I", "ACME PLUMBING", IfFull), ["ACME PLUMBING", ""]),
            (("", "ACME PLUMBING", "", "", IfFull), ["ACME PLUMBING", ""]),
            (("", "ACME PLUMBING", "", "", Business), ["", "ACME PLUMBING"]),
            (("", "ACME PLUMBING", "", "", Person), ["ACME PLUMBING", ""]),
            (("", "Vellum & Sons, Bookbinders", "", "", Business), ["", "Vellum & Sons, Bookbinders"]),
            (("", "ST. GERMAIN, ANN M", "", "", Business), ["ST. GERMAIN, ANN M", ""]),
            (("", "SMITH, JOHN AND MARY", "", "", Business), ["SMITH, JOHN AND MARY", ""]),
            (("", "SMITH, JOHN R AND MARY L", "", "", Business), ["SMITH, JOHN R AND MARY L", ""]),
            (("", "ACME, TIRE LUBE AND WASH", "", "", Business), ["", "ACME, TIRE LUBE AND WASH"]),
            (("", "SMITH AND SONS, JOHN", "", "", Business), ["", "SMITH AND SONS, JOHN"]),
            (("", "A, B, C", "", "", Business), ["", "A, B, C"]),
            (("", "DURHAM, CITY OF", "", "", Business), ["", "DURHAM, CITY OF"]),
            (("", "", "", "", Business), ["", ""]),
        ] {
            assert_eq!(
                named(first, last, flag, full, alone),
                [name, company],
                "{first}|{last}|{flag}|{full}"
            );
        }
    }

    #[test]
    fn phones_stand_under_their_labels() {
        for (cell, expected) in [
            ("Cell:2025550101Home:2025550102Work:2025550103", ["2025550101", "2025550102", "2025550103"]),
            ("Home: (202) 555-0102, Cell: 202.555.0101", ["202.555.0101", "(202) 555-0102", ""]),
            ("Cell:2025550101Cell:2025550104", ["2025550101; 2025550104", "", ""]),
            ("Work:2025550103 x12Fax:2025550109", ["", "", "2025550103 x12"]),
            ("Cell Phone:2025550101Work Phone: 2025550103", ["2025550101", "", "2025550103"]),
            ("2025550101 mom Cell: 2025550104", ["2025550104", "2025550101", ""]),
            ("Other: 2025550102 Home Fax: 2025550109", ["", "2025550102", ""]),
            ("2025550102", ["", "2025550102", ""]),
            ("Cell:Home:Work:", ["", "", ""]),
            ("Cell:2025550101 (after 5:30)Home:2025550102", ["2025550101 (after 5:30)", "2025550102", ""]),
            ("Cell:2025550101 5:30-6:30 Work : 2025550103", ["2025550101 5:30-6:30", "", "2025550103"]),
            ("", ["", "", ""]),
            (":::", ["", "", ""]),
        ] {
            let mut values = Values::new();
            phones(&mut values, cell);
            assert_eq!(PHONES.map(|field| get(&values, field).to_owned()), expected, "{cell}");
        }
    }
}
