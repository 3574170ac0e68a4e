//! [`Companies`]: how many sources the rows of an export name, where nothing says which of them is wanted.
//!
//! Companies number their customers each for itself: of two of them in one department, one number is two people. Where
//! the department has a `source_id`, `intake` refuses the others; here it has none, and somebody is told.

use std::collections::BTreeSet;

use super::intake::{Intake, Source};
use crate::domain::{Event, Observer};

/// As many are told apart.
const MOST: usize = 100;

/// The sources that rows have named so far.
#[derive(Debug, Default)]
pub(super) struct Companies {
    named: BTreeSet<Vec<u8>>,
    last: Vec<u8>,
}

impl Companies {
    /// Takes note of what one row says.
    pub(super) fn note(&mut self, source: &Source, row: &csv::ByteRecord) {
        let Some(name) = source.binding.source_id(row).filter(|name| !name.is_empty()) else { return };
        if name == self.last || self.named.len() >= MOST {
            return;
        }
        self.last = name.to_vec();
        self.named.insert(name.to_vec());
    }

    /// Says it, where there are several and the department does not pick one. What the rows say is not repeated: where
    /// columns are shifted, it may be somebody's name.
    pub(super) fn tell(&self, intake: &Intake, observer: &dyn Observer) {
        let count = self.named.len();
        if count < 2 || intake.has_source_id() {
            return;
        }
        let most = if count < MOST { "" } else { " or more" };
        let text = format!(
            "the rows are of {count}{most} sources, and the department has no source_id: a number that two of them use makes one \
             customer of two people; give each source a department of its own, and set its source_id"
        );
        observer.on(&Event::Notice { text });
    }
}
