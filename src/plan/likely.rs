//! [`likeliest`]: from what is wrong with a plan to what mostly lies behind it.
//!
//! Each breach alone suspects several causes, and together they tell more: new and missing customers at once are
//! another file, not a cut one. Every suspicion has a weight; the three heaviest are named, the same for the same
//! breaches.

use std::collections::BTreeSet;

use crate::domain::Field;

/// One kind of breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// `max_creates`.
    Creates,
    /// `max_updates`.
    Updates,
    /// `max_field_changes`.
    Changed(Field),
    /// `max_blanked`.
    Blanked(Field),
    /// `max_rejected`.
    Rejected,
    /// `max_missing`.
    Missing,
    /// `max_missing`, and nobody of the store is in the export.
    NobodyLeft,
    /// Letters that another encoding has spoilt.
    Garbled,
    /// Rows whose letters the encoding does not have.
    Undecodable,
    /// Updates that make other people of customers.
    Strangers,
    /// New customers with the numbers of missing ones, but for leading zeros.
    Renumbered,
    /// Older than what the last run has read.
    Stale,
    /// `max_age`.
    TooOld,
    /// `empty_checkpoint`.
    NoCheckpoint,
    /// A column of consent, or of who is to be left alone, that the last export had.
    LostColumn,
    /// The department's token is another than that of its customers.
    OtherToken,
}

impl Sign {
    /// What a breach of it is called: the key in `[guard]`, where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creates => "max_creates",
            Self::Updates => "max_updates",
            Self::Changed(_) => "max_field_changes",
            Self::Blanked(_) => "max_blanked",
            Self::Rejected => "max_rejected",
            Self::Missing | Self::NobodyLeft => "max_missing",
            Self::Garbled | Self::Undecodable => "encoding",
            Self::Strangers => "other_people",
            Self::Renumbered => "leading_zeros",
            Self::Stale => "stale",
            Self::TooOld => "max_age",
            Self::NoCheckpoint => "empty_checkpoint",
            Self::LostColumn => "lost_column",
            Self::OtherToken => "other_token",
        }
    }

    /// Whether it judges a first load too: it is about the file itself, not about what the store was before.
    pub fn judges_first_loads(self) -> bool {
        use Sign as S;
        matches!(self, S::Rejected | S::Garbled | S::Undecodable | S::Stale | S::TooOld | S::NoCheckpoint)
    }
}

/// What may lie behind it. Of two that weigh the same, the first here is named first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    LeadingZeros,
    OtherDepartment,
    NewNumbers,
    CutOff,
    Filtered,
    Shifted,
    Emptied,
    RenamedColumn,
    NoRight,
    WrongProfile,
    PinnedEncoding,
    Respelt,
    Resaved,
    Older,
    NotMade,
    WrongDate,
    NoExport,
    NotSent,
    OldInput,
    Settings,
    MassEdit,
    BulkImport,
    FirstLoad,
    LostCheckpoint,
    Renamed,
    SwappedTokens,
    RenewedToken,
    OtherCheckpoint,
}

impl Cause {
    fn text(self) -> &'static str {
        match self {
            Self::LeadingZeros => {
                "customer numbers lost, or gained, leading zeros: a spreadsheet does that on saving"
            }
            Self::OtherDepartment => {
                "the export of another department: compare a few names; source_id guards against it"
            }
            Self::NewNumbers => {
                "customer numbers are given or written anew: a new DMS, a merged store, a prefix"
            }
            Self::CutOff => "the file was cut off, or was still being written",
            Self::Filtered => "the export was filtered: a date range, active customers, one advisor's",
            Self::Shifted => {
                "columns are shifted: one more, one less, two swapped, or a delimiter that is not quoted"
            }
            Self::Emptied => "the DMS no longer fills the column, or fills another",
            Self::RenamedColumn => "the DMS calls the column something else now, or the report was edited",
            Self::NoRight => "the export's user may not see the column any more, so it is blank or masked",
            Self::WrongProfile => "the profile is not this file's: another report, or a new version of it",
            Self::PinnedEncoding => "the profile pins an encoding that the file does not have",
            Self::Respelt => {
                "the letters were spoilt before: what makes or carries the file takes one encoding for another"
            }
            Self::Resaved => "the file was opened and saved in another program",
            Self::Older => "an older file: sent again, or put back from a backup",
            Self::NotMade => "the new export was not made, and an earlier one is still there",
            Self::WrongDate => "the date in the file's name, or of its rows, is wrong",
            Self::NoExport => "the DMS's export job no longer runs",
            Self::NotSent => "exports are made, and no longer sent here",
            Self::OldInput => "`input` names a place where no new files arrive",
            Self::Settings => {
                "the profile, a setting or this program has changed, and everyone is looked at again"
            }
            Self::MassEdit => "a mass edit in the DMS: addresses cleansed, an area code, a flag",
            Self::BulkImport => "customers were added in bulk: an import, an acquisition",
            Self::FirstLoad => "this is the first load: set guard.empty_checkpoint = \"allow\" for it",
            Self::LostCheckpoint => {
                "the checkpoint is gone: checkpoint.dir points elsewhere, or its volume is not there"
            }
            Self::Renamed => "the department has a new name here: its checkpoint has the old one",
            Self::SwappedTokens => {
                "the token of another department was put in its place, or two were swapped"
            }
            Self::RenewedToken => "myKaarma handed out a new token for the same department",
            Self::OtherCheckpoint => {
                "the checkpoint is of another department, or of a test: checkpoint.dir points elsewhere"
            }
        }
    }
}

/// The three likeliest causes of `signs`, likeliest first; none where there is no sign.
pub fn likeliest(signs: &BTreeSet<Sign>) -> Vec<&'static str> {
    let kinds: BTreeSet<Kind> = signs.iter().filter_map(|sign| Kind::of(*sign, signs)).collect();
    let mut weighed: Vec<(u32, Cause)> = Vec::new();
    for (cause, weight) in kinds.iter().flat_map(|kind| alone(*kind)).chain(together(&kinds)) {
        match weighed.iter_mut().find(|(_, known)| *known == cause) {
            Some((sum, _)) => *sum += weight,
            None => weighed.push((weight, cause)),
        }
    }
    weighed.sort_by_key(|(weight, cause)| (std::cmp::Reverse(*weight), *cause));
    weighed.into_iter().take(3).map(|(_, cause)| cause.text()).collect()
}

/// Signs by what they speak of: that many fields change is one thing, not many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Names change.
    Names,
    /// Anything else about customers changes.
    Others,
    /// Fields go blank.
    Blanks,
    /// What has no field.
    Whole(Sign),
}

impl Kind {
    fn of(sign: Sign, all: &BTreeSet<Sign>) -> Option<Self> {
        Some(match sign {
            // A field that goes blank changes too.
            Sign::Changed(field) if all.contains(&Sign::Blanked(field)) => return None,
            Sign::Changed(Field::FirstName | Field::LastName | Field::Company) => Self::Names,
            Sign::Changed(_) => Self::Others,
            Sign::Blanked(_) => Self::Blanks,
            sign => Self::Whole(sign),
        })
    }
}

/// What one kind of sign suspects by itself.
fn alone(kind: Kind) -> Vec<(Cause, u32)> {
    use Cause as C;
    match kind {
        Kind::Names => vec![(C::Shifted, 3), (C::OtherDepartment, 2), (C::MassEdit, 1)],
        Kind::Others => vec![(C::MassEdit, 3), (C::Shifted, 2), (C::Settings, 1)],
        Kind::Blanks => vec![(C::Emptied, 6), (C::NoRight, 5), (C::Shifted, 3)],
        Kind::Whole(sign) => match sign {
            Sign::Creates => vec![(C::BulkImport, 3), (C::OtherDepartment, 2), (C::NewNumbers, 2)],
            Sign::Updates => vec![(C::Settings, 3), (C::MassEdit, 2), (C::Shifted, 2)],
            Sign::Rejected => vec![(C::Shifted, 4), (C::WrongProfile, 3), (C::CutOff, 1)],
            Sign::Missing => vec![(C::CutOff, 3), (C::Filtered, 3), (C::OtherDepartment, 2)],
            Sign::NobodyLeft => vec![(C::OtherDepartment, 9), (C::NewNumbers, 5), (C::Filtered, 3)],
            Sign::Garbled => vec![(C::Respelt, 60), (C::PinnedEncoding, 59), (C::Resaved, 58)],
            Sign::Undecodable => vec![(C::PinnedEncoding, 60), (C::Resaved, 20), (C::Respelt, 10)],
            Sign::Strangers => vec![(C::OtherDepartment, 30), (C::NewNumbers, 10), (C::Shifted, 5)],
            Sign::Renumbered => vec![(C::LeadingZeros, 30), (C::NewNumbers, 10), (C::OtherDepartment, 5)],
            Sign::Stale => vec![(C::Older, 50), (C::NotMade, 5), (C::WrongDate, 3)],
            Sign::TooOld => vec![(C::NoExport, 30), (C::NotSent, 25), (C::OldInput, 20)],
            Sign::NoCheckpoint => vec![(C::FirstLoad, 30), (C::LostCheckpoint, 25), (C::Renamed, 20)],
            Sign::LostColumn => vec![(C::RenamedColumn, 40), (C::WrongProfile, 30), (C::NoRight, 20)],
            Sign::OtherToken => {
                vec![(C::SwappedTokens, 80), (C::RenewedToken, 79), (C::OtherCheckpoint, 78)]
            }
            // Those that have a field.
            Sign::Changed(_) | Sign::Blanked(_) => vec![],
        },
    }
}

/// What several signs suspect that none does alone.
fn together(kinds: &BTreeSet<Kind>) -> Vec<(Cause, u32)> {
    use Cause as C;
    let has = |sign| kinds.contains(&Kind::Whole(sign));
    let changes = kinds.contains(&Kind::Names) || kinds.contains(&Kind::Others);
    let mut suspected = Vec::new();
    if has(Sign::Creates) && (has(Sign::Missing) || has(Sign::NobodyLeft)) {
        // Another file altogether. What is new is who it should be, under another number, or somebody else.
        suspected.extend([(C::OtherDepartment, 8), (C::NewNumbers, 8), (C::Filtered, 1)]);
    }
    if has(Sign::Rejected) && (has(Sign::Missing) || has(Sign::NobodyLeft)) {
        // They are there, and cannot be read.
        suspected.extend([(C::Shifted, 12), (C::WrongProfile, 8)]);
    }
    if changes && kinds.contains(&Kind::Blanks) {
        // What one column lost, another has.
        suspected.extend([(C::Shifted, 8), (C::WrongProfile, 6)]);
    }
    if has(Sign::Strangers) && has(Sign::Rejected) {
        // Nobody's data fits: another department's would.
        suspected.extend([(C::Shifted, 40), (C::WrongProfile, 20)]);
    }
    suspected
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Sign; 16] = [
        Sign::Creates,
        Sign::Updates,
        Sign::Changed(Field::FirstName),
        Sign::Blanked(Field::Email),
        Sign::Rejected,
        Sign::Missing,
        Sign::NobodyLeft,
        Sign::Garbled,
        Sign::Undecodable,
        Sign::Strangers,
        Sign::Renumbered,
        Sign::Stale,
        Sign::TooOld,
        Sign::NoCheckpoint,
        Sign::LostColumn,
        Sign::OtherToken,
    ];

    #[test]
    fn every_pattern_has_three_different_causes() {
        for pattern in 1_u32..1 << KINDS.len() {
            let signs = (0..).zip(KINDS).filter(|(bit, _)| pattern & (1 << bit) != 0).map(|(_, sign)| sign);
            let causes = likeliest(&signs.collect());
            let different: BTreeSet<_> = causes.iter().collect();
            assert_eq!(different.len(), 3, "{pattern:b}: {causes:?}");
        }
        assert!(likeliest(&BTreeSet::new()).is_empty());
    }

    #[test]
    fn the_likeliest_comes_first() {
        use Cause as C;
        use Sign as S;
        let fields = [Field::FirstName, Field::LastName, Field::City];
        let moved: Vec<_> =
            fields.map(S::Changed).into_iter().chain([S::Updates, S::Blanked(Field::Zip)]).collect();
        let same_numbers: Vec<_> =
            fields.map(S::Changed).into_iter().chain([S::Updates, S::Strangers]).collect();
        for (signs, causes) in [
            (
                vec![S::Creates, S::Missing, S::Renumbered],
                [C::LeadingZeros, C::NewNumbers, C::OtherDepartment],
            ),
            (vec![S::Creates, S::Missing], [C::OtherDepartment, C::NewNumbers, C::Filtered]),
            (vec![S::Missing], [C::CutOff, C::Filtered, C::OtherDepartment]),
            (vec![S::NobodyLeft], [C::OtherDepartment, C::NewNumbers, C::Filtered]),
            (vec![S::NobodyLeft, S::Rejected], [C::Shifted, C::WrongProfile, C::OtherDepartment]),
            (vec![S::Creates], [C::BulkImport, C::OtherDepartment, C::NewNumbers]),
            (vec![S::Changed(Field::City)], [C::MassEdit, C::Shifted, C::Settings]),
            (vec![S::Updates, S::Changed(Field::City)], [C::MassEdit, C::Shifted, C::Settings]),
            (vec![S::Updates], [C::Settings, C::Shifted, C::MassEdit]),
            (vec![S::Changed(Field::Email), S::Blanked(Field::Email)], [C::Emptied, C::NoRight, C::Shifted]),
            (vec![S::Rejected], [C::Shifted, C::WrongProfile, C::CutOff]),
            (vec![S::Rejected, S::Missing], [C::Shifted, C::WrongProfile, C::CutOff]),
            (vec![S::Rejected, S::Undecodable], [C::PinnedEncoding, C::Resaved, C::Respelt]),
            (moved.clone(), [C::Shifted, C::Emptied, C::WrongProfile]),
            (
                [moved, vec![S::Strangers, S::Rejected]].concat(),
                [C::Shifted, C::OtherDepartment, C::WrongProfile],
            ),
            (same_numbers, [C::OtherDepartment, C::Shifted, C::NewNumbers]),
            (vec![S::Strangers], [C::OtherDepartment, C::NewNumbers, C::Shifted]),
            (vec![S::Garbled, S::Updates], [C::Respelt, C::PinnedEncoding, C::Resaved]),
            (vec![S::Stale], [C::Older, C::NotMade, C::WrongDate]),
            (vec![S::Stale, S::Creates, S::Missing], [C::Older, C::OtherDepartment, C::NewNumbers]),
            (vec![S::TooOld], [C::NoExport, C::NotSent, C::OldInput]),
            (vec![S::LostColumn, S::Updates], [C::RenamedColumn, C::WrongProfile, C::NoRight]),
            (vec![S::OtherToken, S::Creates], [C::SwappedTokens, C::RenewedToken, C::OtherCheckpoint]),
            (vec![S::NoCheckpoint], [C::FirstLoad, C::LostCheckpoint, C::Renamed]),
        ] {
            assert_eq!(likeliest(&signs.iter().copied().collect()), causes.map(C::text), "{signs:?}");
        }
    }
}
