//! [`Layout`]: the columns of one kind of file, and what they say.
//!
//! A plain value; `parse_layout` makes it of TOML, `bind` fits it to a header. Most profiles have one; where a DMS
//! writes customers and vehicles into files of their own, a profile has one for each.

use super::fold::fold;
use crate::domain::{Field, Presence, Slot};

/// The columns of one kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What messages call it; empty where the profile has no other.
    pub name: String,
    /// Whose rows they are.
    pub rows: Rows,
    /// Columns with one value each, in the order of the profile; one rule per slot, the customer key's among them.
    pub columns: Vec<ColumnRule>,
    /// Columns for a whole name, `LAST, FIRST M`: read where first and last name are blank.
    pub full_name: Vec<String>,
    /// Columns for all phones, `Cell:9195551234Home:…`.
    pub phones: Vec<String>,
    /// Columns that say whether somebody may be contacted. Each that a file has counts.
    pub consent: Vec<ConsentRule>,
    /// Columns that say whether the customer is there to be synced.
    pub flags: Vec<FlagRule>,
}

/// What the rows of a file tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Customers, with or without vehicles.
    Customers,
    /// Vehicles; the customers are in files of another layout.
    Vehicles,
}

/// Where the value of one slot comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRule {
    /// What the column is.
    pub slot: Slot,
    /// What it may be called.
    pub names: Vec<String>,
    /// Whether a file without it is refused.
    pub required: bool,
}

/// What a column says of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRule {
    /// The channel, by its field.
    pub channel: Field,
    /// Which of its words mean what.
    pub polarity: Polarity,
    /// What the column may be called.
    pub name: String,
    /// Whether a file without any column of its kind is refused.
    pub required: bool,
}

/// What yes and no of a consent column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// "May we?": yes allows, no blocks.
    Allow,
    /// "Must we not?": yes blocks. No allows nothing: that somebody is not blocked is not consent.
    Block,
    /// "May we?", asked of another channel: no blocks this one too, yes says nothing of it.
    BlockOnNo,
}

/// A column that says whether a customer is there to be synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagRule {
    /// What the flag makes of the customer.
    pub presence: Presence,
    /// What the column may be called; each that a file has counts.
    pub names: Vec<String>,
    /// The words that raise the flag; none: the words for yes, and those that say so by themselves.
    pub words: Vec<String>,
    /// Whether a file without any of the columns is refused.
    pub required: bool,
}

impl Polarity {
    /// Every polarity under its name in a profile.
    pub(super) const ALL: [(&'static str, Self); 3] =
        [("allow", Self::Allow), ("block", Self::Block), ("block_on_no", Self::BlockOnNo)];

    fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
            Self::BlockOnNo => "block_on_no",
        }
    }
}

impl FlagRule {
    pub(super) fn as_str(&self) -> &'static str {
        match self.presence {
            Presence::Deleted => "deleted",
            _ => "inactive",
        }
    }
}

impl Layout {
    /// Every name that a column of this layout may have, folded.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let Self { name: _, rows: _, columns, full_name, phones, consent, flags } = self;
        let plain = columns.iter().flat_map(|rule| &rule.names).chain(full_name).chain(phones);
        let asked = consent.iter().map(|rule| &rule.name);
        plain.chain(asked).chain(flags.iter().flat_map(|rule| &rule.names)).map(|name| fold(name))
    }

    /// This layout with another one's columns: a row tells of both.
    pub(super) fn with(mut self, other: &Self) -> Self {
        let Self { name: _, rows, columns, full_name, phones, consent, flags } = other;
        if *rows == Rows::Customers {
            self.rows = Rows::Customers;
        }
        let add = |names: &mut Vec<String>, more: &[String]| {
            let fresh: Vec<_> = more.iter().filter(|name| !names.contains(name)).cloned().collect();
            names.extend(fresh);
        };
        for rule in columns {
            match self.columns.iter_mut().find(|own| own.slot == rule.slot) {
                Some(own) => add(&mut own.names, &rule.names),
                None => self.columns.push(rule.clone()),
            }
        }
        add(&mut self.full_name, full_name);
        add(&mut self.phones, phones);
        let asked: Vec<_> = consent.iter().filter(|rule| !self.consent.contains(rule)).cloned().collect();
        self.consent.extend(asked);
        self.flags.extend(flags.iter().cloned());
        self
    }

    /// Everything that shapes a customer, as parts of a fingerprint.
    pub(super) fn parts(&self, parts: &mut Vec<String>) {
        let Self { name: _, rows, columns, full_name, phones, consent, flags } = self;
        let names = |parts: &mut Vec<String>, names: &[String]| {
            parts.extend(names.iter().map(|name| fold(name)));
        };
        parts.push(format!("layout {rows:?}"));
        for ColumnRule { slot, names: called, required: _ } in columns {
            parts.push(format!("column {slot}"));
            names(parts, called);
        }
        parts.push("full name".to_owned());
        names(parts, full_name);
        parts.push("phones".to_owned());
        names(parts, phones);
        for ConsentRule { channel, polarity, name, required: _ } in consent {
            parts.push(format!("{channel} {} {}", polarity.as_str(), fold(name)));
        }
        for rule in flags {
            let FlagRule { presence: _, names: called, words, required: _ } = rule;
            parts.push(rule.as_str().to_owned());
            names(parts, called);
            parts.push("words".to_owned());
            names(parts, words);
        }
    }
}
