//! Consent per channel, from every value that any row gives: a block in any row wins.
//!
//! Polarity is settled before: `map` turns columns that say "do not contact" round.

use std::collections::BTreeMap;

use super::cells::Notes;
use super::{codes, flag};
use crate::domain::{Consent, Consents, Field, Slot, Sourced};

/// What all cells together say of each channel. Blank and unrecognised words claim nothing.
pub(super) fn consents(cells: &BTreeMap<Slot, Vec<Sourced>>, notes: &mut Notes) -> Consents {
    let mut consents = Consents::default();
    for (slot, said) in cells {
        let channel = match slot.field {
            Field::OkToCall => &mut consents.call,
            Field::OkToText => &mut consents.text,
            Field::OkToEmail => &mut consents.email,
            _ => continue,
        };
        for cell in said {
            *channel = channel.and(one(cell, slot.field, notes));
        }
    }
    consents
}

fn one(cell: &Sourced, field: Field, notes: &mut Notes) -> Consent {
    match flag::read(&cell.raw, codes::CONSENT_UNRECOGNISED) {
        Ok(Some(true)) => Consent::Allowed,
        Ok(Some(false)) => Consent::Blocked,
        Ok(None) => Consent::Unknown,
        Err(rule) => {
            notes.add(rule, field, &cell.at);
            Consent::Unknown
        }
    }
}
