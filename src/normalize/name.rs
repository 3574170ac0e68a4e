//! Names: person, company and business flag, which lean on each other.
//!
//! Capitals are left as they are: the DMS owns the spelling, and re-casing what a person typed breaks more
//! than it mends. `UNKNOWN` and `NA` stay too, for people bear such names. Whether a name suffices is for
//! `validate`.

use super::cells::{Cells, Notes};
use super::codes;
use super::flag;
use super::text::{self, Nulls};
use crate::domain::customer::NameClaims;
use crate::domain::{Claim, Field, Position, Sourced};

/// The last word of a company's name, folded, that no person's name ends in: `DURHAM, CITY OF` too.
const CORPORATE: [&str; 14] = [
    "INC",
    "INCORPORATED",
    "LLC",
    "LTD",
    "LIMITED",
    "CORP",
    "CORPORATION",
    "CO",
    "COMPANY",
    "LP",
    "LLP",
    "PLLC",
    "LTEE",
    "OF",
];

/// What stands behind a comma without being a first name.
const SUFFIXES: [&str; 11] = ["JR", "SR", "II", "III", "IV", "MD", "DDS", "DVM", "PHD", "ESQ", "RN"];

/// The four columns of a name.
pub(super) fn name(cells: &mut Cells, notes: &mut Notes) -> NameClaims {
    let mut row = Where::default();
    let first = spelled(row.of_first(cells.take(Field::FirstName)));
    let last = spelled(row.of_last(cells.take(Field::LastName)));
    let company = spelled(row.of_company(cells.take(Field::Company)));
    let is_business = cells.read(Field::IsBusiness, notes, flag::read_business);
    let claims = NameClaims { first, last, company, is_business };
    match claims.first.value() {
        Some(first) if is_corporate(first) => turned(claims, &row, notes),
        Some(_) => person(claims),
        None => complete(claims, &row, notes),
    }
}

/// `CITY OF` as the first name and `DURHAM` as the last: a name that was turned around as a person's is.
fn turned(mut claims: NameClaims, row: &Where, notes: &mut Notes) -> NameClaims {
    if let ([Some(first), Some(last)], None, None | Some(true)) =
        ([claims.first.value(), claims.last.value()], claims.company.value(), claims.is_business.value())
    {
        claims.company = Claim::Value(format!("{first} {last}"));
        (claims.first, claims.last) = (Claim::Silent, Claim::Silent);
        note(notes, codes::NAME_COMPANY_FROM_LAST, Field::LastName, row.last.as_ref());
        if claims.is_business.value().is_none() {
            assume_business(&mut claims, row.first.as_ref(), notes);
        }
    }
    person(claims)
}

/// A person. A company of the last name, which nobody calls a business, is that name from a row that lacks the first.
fn person(mut claims: NameClaims) -> NameClaims {
    let same =
        |last: &String| claims.company.value().is_some_and(|company| company.eq_ignore_ascii_case(last));
    if claims.is_business.value().is_none() && claims.last.value().is_some_and(same) {
        claims.company = Claim::Silent;
    }
    claims
}

/// The rows that the names came from.
#[derive(Default)]
struct Where {
    first: Option<Position>,
    last: Option<Position>,
    company: Option<Position>,
}

impl Where {
    fn of_first(&mut self, cell: Option<Sourced>) -> Option<Sourced> {
        self.first = cell.as_ref().map(|cell| cell.at.clone());
        cell
    }

    fn of_last(&mut self, cell: Option<Sourced>) -> Option<Sourced> {
        self.last = cell.as_ref().map(|cell| cell.at.clone());
        cell
    }

    fn of_company(&mut self, cell: Option<Sourced>) -> Option<Sourced> {
        self.company = cell.as_ref().map(|cell| cell.at.clone());
        cell
    }
}

/// A claim on one line, without the quotes of a broken export.
fn spelled(cell: Option<Sourced>) -> Claim<String> {
    let Some(cell) = cell else { return Claim::Silent };
    let text = unquoted(text::tidy(cell.raw));
    if text::is_null(&text, Nulls::Name) { Claim::Blank } else { Claim::Value(text) }
}

/// `text` without quotes that wrap it, and without a double quote that has lost its partner.
fn unquoted(text: String) -> String {
    let mut inner = text.as_str();
    loop {
        let quoted = |quote: char| inner.len() > 1 && inner.starts_with(quote) && inner.ends_with(quote);
        let stray = inner.matches('"').count() == 1;
        let next = match () {
            () if quoted('"') || quoted('\'') => &inner[1..inner.len() - 1],
            () if inner.starts_with('\u{201c}') && inner.ends_with('\u{201d}') => {
                inner.trim_start_matches('\u{201c}').trim_end_matches('\u{201d}')
            }
            () if stray => inner.trim_matches('"'),
            () => inner,
        };
        let next = next.trim();
        if next.len() == inner.len() {
            break;
        }
        inner = next;
    }
    if inner.len() == text.len() { text } else { inner.to_owned() }
}

/// A name without a first name: a business in one of its disguises, or a person in one column.
fn complete(mut claims: NameClaims, row: &Where, notes: &mut Notes) -> NameClaims {
    let flag = claims.is_business.value().copied();
    match (claims.last.value(), claims.company.value(), flag) {
        (Some(_), None, Some(true)) => company_from_last(&mut claims, row, notes),
        (None, Some(_), None) => assume_business(&mut claims, row.company.as_ref(), notes),
        (Some(last), Some(company), None) if last.eq_ignore_ascii_case(company) => {
            assume_business(&mut claims, row.company.as_ref(), notes);
        }
        (Some(last), None, None) if is_corporate(last) => {
            company_from_last(&mut claims, row, notes);
            assume_business(&mut claims, row.last.as_ref(), notes);
        }
        (Some(last), _, None | Some(false)) => {
            if let Some((last, first)) = split(last) {
                claims.last = Claim::Value(last);
                claims.first = Claim::Value(first);
                note(notes, codes::NAME_SPLIT, Field::LastName, row.last.as_ref());
            }
        }
        _ => {}
    }
    claims
}

/// Moves the last name over; it falls silent, for it was never a person's.
fn company_from_last(claims: &mut NameClaims, row: &Where, notes: &mut Notes) {
    claims.company = std::mem::take(&mut claims.last);
    note(notes, codes::NAME_COMPANY_FROM_LAST, Field::LastName, row.last.as_ref());
}

fn assume_business(claims: &mut NameClaims, at: Option<&Position>, notes: &mut Notes) {
    claims.is_business = Claim::Value(true);
    note(notes, codes::NAME_BUSINESS_ASSUMED, Field::IsBusiness, at);
}

fn note(notes: &mut Notes, rule: codes::Rule, field: Field, at: Option<&Position>) {
    if let Some(at) = at {
        notes.add(rule, field, at);
    }
}

/// Whether several words end in one that only companies and offices have.
fn is_corporate(name: &str) -> bool {
    name.rsplit_once([' ', ',']).is_some_and(|(_, word)| CORPORATE.contains(&text::folded(word).as_str()))
}

/// `LAST, FIRST M` as last and first name; `None` where the comma means something else.
fn split(name: &str) -> Option<(String, String)> {
    let (last, first) = name.split_once(',')?;
    let personal = !first.contains(',') && !is_corporate(name);
    let [last, first] = [last, first].map(|part| unquoted(part.trim().to_owned()));
    let usable = |part: &str| !text::is_null(part, Nulls::Name);
    let suffix = SUFFIXES.contains(&text::folded(&first).as_str());
    (personal && !suffix && usable(&last) && usable(&first)).then_some((last, first))
}
