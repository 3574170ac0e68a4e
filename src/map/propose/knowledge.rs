//! [`Knowledge`]: what the built-in profiles say of the columns of one header.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Column, synonyms, trap};
use crate::domain::{Field, Presence, Slot};
use crate::map::fold::fold;
use crate::map::layout::{Layout, Polarity};
use crate::map::profile::{Profile, SourceIdRule};

/// As many columns of one profile make a file like it.
const ALIKE: usize = 4;

/// What a column is in some profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Value(Slot),
    FullName,
    Phones,
    Consent(Field, Polarity),
    OptOut,
    Flag(Presence),
    SourceId,
}

impl Meaning {
    /// The field whose value it is.
    pub(super) fn field(self) -> Option<Field> {
        match self {
            Self::Value(slot) => Some(slot.field),
            _ => None,
        }
    }
}

/// All built-in profiles, the one that knows most of a header first.
pub(super) struct Knowledge {
    profiles: Vec<(usize, Profile)>,
    recognised: usize,
}

impl Knowledge {
    /// `delimiter`: what separates the columns. Between profiles that know as many of them, it decides, then how much of
    /// the profile is there.
    pub(super) fn of(header: &[String], delimiter: u8) -> Self {
        let mut profiles: Vec<_> = profiles().map(|profile| (known(&profile, header), profile)).collect();
        profiles.sort_by_key(|(known, profile)| {
            std::cmp::Reverse((*known, profile.file.delimiter == delimiter, coverage(profile, header)))
        });
        let mut knowledge = Self { profiles, recognised: 0 };
        knowledge.recognised =
            knowledge.columns(header).iter().filter(|column| !column.meanings().is_empty()).count();
        knowledge
    }

    /// Every name that a built-in profile knows, or that columns often have, folded.
    pub(super) fn names() -> BTreeSet<String> {
        profiles()
            .flat_map(|profile| profile.layouts)
            .flat_map(|layout| layout.names().collect::<Vec<_>>())
            .chain(synonyms::names())
            .collect()
    }

    /// How many columns are recognised.
    pub(super) fn recognised(&self) -> usize {
        self.recognised
    }

    /// The profile that knows most, where that says something.
    pub(super) fn alike(&self) -> Option<&Profile> {
        self.profiles.first().filter(|(known, _)| *known >= ALIKE).map(|(_, profile)| profile)
    }

    /// What each column is. No two have one slot: a further phone or e-mail address gets the next number, anything else
    /// is left out. What a profile knows comes before what a name is likely to mean.
    pub(super) fn columns(&self, header: &[String]) -> Vec<Column> {
        let mut places = Places::default();
        let known = |name: &String, places: &mut Places| {
            let folded = fold(name);
            match (trap(name), self.meanings(&folded)) {
                (Some(why), _) => Column::Left(why),
                (None, Some(meanings)) => {
                    places.take(folded, meanings).map_or_else(Column::Left, Column::Known)
                }
                (None, None) => Column::Left(""),
            }
        };
        let mut columns: Vec<_> = header.iter().map(|name| known(name, &mut places)).collect();
        for (name, column) in header.iter().zip(&mut columns) {
            let folded = fold(name);
            if matches!(column, Column::Left(""))
                && let Some(meaning) = synonyms::meaning(&folded)
            {
                *column = places.take(folded, vec![meaning]).map_or_else(Column::Left, Column::Likely);
            }
        }
        columns
    }

    /// What the first profile that knows a column says of it.
    fn meanings(&self, folded: &str) -> Option<Vec<Meaning>> {
        let found = self.profiles.iter().map(|(_, profile)| meanings(profile, folded));
        found.into_iter().find(|meanings| !meanings.is_empty())
    }
}

/// What is taken so far.
#[derive(Default)]
struct Places {
    names: BTreeSet<String>,
    slots: BTreeSet<Slot>,
    singles: Vec<Meaning>,
}

impl Places {
    /// Gives the column `folded` what it means, in slots that are free; else the reason why it is left out.
    fn take(&mut self, folded: String, mut meanings: Vec<Meaning>) -> Result<Vec<Meaning>, &'static str> {
        if !self.names.insert(folded) {
            return Err("another column has the same name");
        }
        for meaning in &mut meanings {
            match meaning {
                Meaning::Value(slot) => {
                    *slot = free(*slot, &self.slots).ok_or("another column is this field already")?;
                    self.slots.insert(*slot);
                }
                Meaning::FullName | Meaning::Phones | Meaning::SourceId => {
                    if self.singles.contains(meaning) {
                        return Err("another column is this already");
                    }
                    self.singles.push(*meaning);
                }
                Meaning::Consent(..) | Meaning::OptOut | Meaning::Flag(_) => {}
            }
        }
        Ok(meanings)
    }
}

/// Every built-in profile.
pub(super) fn profiles() -> impl Iterator<Item = Profile> {
    Profile::builtin_names().filter_map(|name| Profile::load(name, Path::new("")).ok())
}

fn known(profile: &Profile, header: &[String]) -> usize {
    header.iter().filter(|name| !meanings(profile, &fold(name)).is_empty()).count()
}

/// How much of the profile is in the header: columns of its fullest layout that are there, in percent.
fn coverage(profile: &Profile, header: &[String]) -> usize {
    let names: BTreeSet<String> = header.iter().map(|name| fold(name)).collect();
    let of = |layout: &Layout| {
        let roles = layout.roles();
        let there = roles.iter().filter(|part| part.names.iter().any(|name| names.contains(&fold(name))));
        100 * there.count() / roles.len().max(1)
    };
    profile.layouts.iter().map(of).max().unwrap_or_default()
}

/// The slot, or where it is taken and there may be several, the next one.
fn free(slot: Slot, taken: &BTreeSet<Slot>) -> Option<Slot> {
    let several = matches!(slot.field, Field::Email | Field::CellPhone | Field::HomePhone | Field::WorkPhone);
    let next = |ordinal| Slot { ordinal, ..slot };
    if !taken.contains(&slot) {
        return Some(slot);
    }
    if several { (1..=u8::MAX).map(next).find(|slot| !taken.contains(slot)) } else { None }
}

/// What one profile says of a column; nothing, where it does not know it.
fn meanings(profile: &Profile, folded: &str) -> Vec<Meaning> {
    if folded.is_empty() || !profile.file.header {
        return Vec::new();
    }
    let is = |names: &[String]| names.iter().any(|name| fold(name) == folded);
    if let Some(SourceIdRule::Column(names)) = &profile.source_id
        && is(names)
    {
        return vec![Meaning::SourceId];
    }
    let mut found = Vec::new();
    for layout in &profile.layouts {
        let Layout { name: _, rows: _, columns, full_name, phones, consent, flags } = layout;
        found.extend(columns.iter().filter(|rule| is(&rule.names)).map(|rule| Meaning::Value(rule.slot)));
        found.extend(is(full_name).then_some(Meaning::FullName));
        found.extend(is(phones).then_some(Meaning::Phones));
        let asked: Vec<_> = consent.iter().filter(|rule| fold(&rule.name) == folded).collect();
        if asked.iter().any(|rule| layout.is_opt_out(&rule.name)) {
            found.push(Meaning::OptOut);
        } else {
            found.extend(asked.iter().map(|rule| Meaning::Consent(rule.channel, rule.polarity)));
        }
        found.extend(flags.iter().filter(|rule| is(&rule.names)).map(|rule| Meaning::Flag(rule.presence)));
        if !found.is_empty() {
            break;
        }
    }
    found
}
