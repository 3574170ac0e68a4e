//! [`Role`]: what a layout knows columns for; [`Part`]: which of them a file has.
//!
//! For those who look at a file as a whole: what it is worth, and whether it lacks what says no. Rows are the business of
//! `binding`.

use std::fmt;

use super::layout::{ConsentRule, Layout, Polarity};
use super::parse_layout::CHANNELS;
use crate::domain::{Field, Presence, Slot};

/// What a column is, by the profile. Shown as the profile calls it: `email.2`, `fullName`, `consent.call`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The value of a slot.
    Value(Slot),
    /// A whole name.
    FullName,
    /// All phones.
    Phones,
    /// Asked whether somebody may be contacted by the channel of this field.
    Consent(Field),
    /// Blocks every channel.
    OptOut,
    /// Says that somebody is to be left alone.
    Skip(Presence),
}

/// What the columns of some roles can say no to. A file without them says no to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Veto {
    /// To being contacted by the channel of this field.
    Channel(Field),
    /// To being contacted at all.
    Contact,
    /// To being synced.
    Sync(Presence),
}

impl Role {
    /// What it can say no to.
    pub fn veto(self) -> Option<Veto> {
        match self {
            Self::Value(Slot { field, .. }) | Self::Consent(field) => {
                field.is_consent().then_some(Veto::Channel(field))
            }
            Self::OptOut => Some(Veto::Contact),
            Self::Skip(presence) => Some(Veto::Sync(presence)),
            Self::FullName | Self::Phones => None,
        }
    }

    /// Whether a value of `field` may come from such a column.
    pub fn serves(self, field: Field) -> bool {
        match self {
            Self::Value(slot) => slot.field == field,
            Self::Consent(channel) => channel == field,
            Self::OptOut => field.is_consent(),
            Self::FullName => field == Field::LastName,
            Self::Phones => matches!(field, Field::HomePhone | Field::WorkPhone | Field::CellPhone),
            Self::Skip(_) => false,
        }
    }
}

impl Veto {
    /// Whether it is about being contacted, rather than about being synced.
    pub fn is_consent(self) -> bool {
        !matches!(self, Self::Sync(_))
    }
}

/// The kind of no, as the checkpoint names it.
impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(field) => Role::Consent(*field).fmt(f),
            Self::Contact => Role::OptOut.fmt(f),
            Self::Sync(presence) => Role::Skip(*presence).fmt(f),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(slot) => slot.fmt(f),
            Self::FullName => f.write_str("fullName"),
            Self::Phones => f.write_str("phones"),
            Self::Consent(field) => {
                let name = CHANNELS.iter().find(|(_, channel)| channel == field).map_or("", |(name, _)| name);
                write!(f, "consent.{name}")
            }
            Self::OptOut => f.write_str("consent.opt_out"),
            Self::Skip(Presence::Deleted) => f.write_str("skip.deleted"),
            Self::Skip(_) => f.write_str("skip.inactive"),
        }
    }
}

/// One role of a layout, and its columns in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The role.
    pub role: Role,
    /// What its columns may be called.
    pub names: Vec<String>,
    /// Those that the file has, with what it calls them.
    pub found: Vec<(usize, String)>,
    /// Whether a file without any is refused.
    pub(super) required: bool,
}

impl Layout {
    /// Everything that this layout knows columns for.
    pub(super) fn roles(&self) -> Vec<Part> {
        let Self { name: _, rows: _, columns, full_name, phones, consent, flags } = self;
        let part = |role, names, required| Part { role, names, found: Vec::new(), required };
        let mut parts: Vec<Part> = Vec::new();
        for rule in columns {
            parts.push(part(Role::Value(rule.slot), rule.names.clone(), rule.required));
        }
        parts.push(part(Role::FullName, full_name.clone(), false));
        parts.push(part(Role::Phones, phones.clone(), false));
        let (every, single): (Vec<_>, Vec<_>) = consent.iter().partition(|rule| self.is_opt_out(&rule.name));
        let asked = |field| single.iter().copied().filter(move |rule| rule.channel == field);
        for (_, field) in CHANNELS {
            parts.push(Part::of(Role::Consent(field), asked(field)));
        }
        parts.push(Part::of(Role::OptOut, every.into_iter()));
        for rule in flags {
            parts.push(part(Role::Skip(rule.presence), rule.names.clone(), rule.required));
        }
        parts.retain(|part| !part.names.is_empty());
        parts
    }

    /// Whether a column of that name blocks every channel.
    pub(super) fn is_opt_out(&self, name: &str) -> bool {
        let blocks = |field| {
            let asks = |rule: &&ConsentRule| rule.name == name && rule.channel == field;
            self.consent.iter().find(asks).is_some_and(|rule| rule.polarity == Polarity::Block)
        };
        CHANNELS.iter().all(|(_, field)| blocks(*field))
    }
}

impl Part {
    fn of<'r>(role: Role, rules: impl Iterator<Item = &'r ConsentRule>) -> Self {
        let mut part = Self { role, names: Vec::new(), found: Vec::new(), required: false };
        for rule in rules {
            part.required |= rule.required;
            if !part.names.contains(&rule.name) {
                part.names.push(rule.name.clone());
            }
        }
        part
    }
}
