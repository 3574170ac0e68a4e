//! What a column that says "leave this customer alone" says of one row.
//!
//! A word for yes raises the flag; so does a word that says by itself what the customer is, and such a word counts in
//! whichever of these columns it stands: a status of `Deleted` deletes in a column for inactive customers too. A letter
//! alone (`I`, `D`) is any of several things. What is not known raises nothing, and is told.

use crate::domain::text::fold;
use crate::domain::{Finding, Flag, Presence};

/// Words for a customer that was deleted, folded.
const DELETED: [&str; 6] = ["deleted", "delete", "supprimé", "supprime", "supprimée", "supprimee"];
/// For one that is left alone.
const INACTIVE: [&str; 6] = ["inactive", "deactivated", "notactive", "inactif", "inactives", "inactifs"];
/// For one that is neither.
const ACTIVE: [&str; 7] = ["active", "actif", "actives", "actifs", "notdeleted", "notinactive", "current"];

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing, or that the customer is there.
    Nothing,
    /// That it is this.
    Raised(Presence),
    /// None of the known words.
    Unknown,
}

/// What `cell` says in a column for `presence`, where `words`, if any, are all that raise it.
pub(super) fn read(cell: &str, presence: Presence, words: &[String]) -> Said {
    let is_one_of = |words: &[&str], word: &str| words.contains(&word);
    if !words.is_empty() {
        let raised = words.iter().any(|word| word.trim().to_lowercase() == cell.trim().to_lowercase());
        return if raised { Said::Raised(presence) } else { Said::Nothing };
    }
    match Flag::read(cell) {
        Flag::Yes => return Said::Raised(presence),
        Flag::No | Flag::Blank => return Said::Nothing,
        Flag::OptIn | Flag::OptOut | Flag::Unknown => {}
    }
    match fold(cell).as_str() {
        word if is_one_of(&DELETED, word) => Said::Raised(Presence::Deleted),
        word if is_one_of(&INACTIVE, word) => Said::Raised(Presence::Inactive),
        word if is_one_of(&ACTIVE, word) => Said::Nothing,
        _ => Said::Unknown,
    }
}

/// The doubt about a cell of a column for `presence`.
pub(super) fn unrecognised(presence: Presence) -> Finding {
    let what = match presence {
        Presence::Deleted => "the flag for deleted customers is none of the known words: taken for no",
        _ => "the flag for inactive customers is none of the known words: taken for no",
    };
    Finding::new("skip.unrecognised", what)
}

#[cfg(test)]
mod tests {
    use super::Said::{Nothing, Raised, Unknown};
    use super::*;

    #[test]
    fn only_what_is_unambiguous_raises_a_flag_and_nothing_else_passes_in_silence() {
        use Presence::{Deleted, Inactive};
        for (cell, presence, said) in [
            ("Y", Inactive, Raised(Inactive)),
            ("True", Deleted, Raised(Deleted)),
            ("Inactive", Inactive, Raised(Inactive)),
            (" INACTIF ", Inactive, Raised(Inactive)),
            ("Deleted", Inactive, Raised(Deleted)),
            ("delete", Deleted, Raised(Deleted)),
            ("Inactive", Deleted, Raised(Inactive)),
            ("Supprimé", Deleted, Raised(Deleted)),
            ("Not Active", Inactive, Raised(Inactive)),
            ("N", Inactive, Nothing),
            ("", Deleted, Nothing),
            ("N/A", Deleted, Nothing),
            ("Active", Inactive, Nothing),
            ("I", Inactive, Unknown),
            ("D", Deleted, Unknown),
            ("A", Inactive, Unknown),
            ("Blocked", Inactive, Unknown),
            ("2026-09-01", Deleted, Unknown),
        ] {
            assert_eq!(read(cell, presence, &[]), said, "{cell}");
        }
    }

    #[test]
    fn words_of_the_profile_are_all_that_counts() {
        let words = ["Gone".to_owned(), "I".to_owned()];
        for (cell, said) in [
            ("gone ", Raised(Presence::Inactive)),
            ("i", Raised(Presence::Inactive)),
            ("Y", Nothing),
            ("Deleted", Nothing),
        ] {
            assert_eq!(read(cell, Presence::Inactive, &words), said, "{cell}");
        }
    }
}
