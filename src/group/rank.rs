//! [`Ranked`]: the rows of one customer by whose word counts.

use std::cmp::Ordering;
use std::sync::Arc;

use super::compare::told;
use crate::domain::{Position, Presence, SourceRow};

/// Whose word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest row's, by its date. Rows without one count as older than all others. Between equals the later file
    /// decides; within one file the content, column by column, arbitrarily but always alike, however it is written.
    Newest,
    /// The last row's.
    Last,
}

impl Order {
    /// Of two rows' positions, the one that stands first in the export.
    pub(super) fn earlier<'p>(self, higher: &'p Position, lower: &'p Position) -> &'p Position {
        match self {
            Self::Last => lower,
            Self::Newest => higher.min(lower),
        }
    }
}

/// Rows of one date by what they say, then by how they say it: a row that is only written differently keeps its rank.
fn by_content(a: &SourceRow, b: &SourceRow) -> Ordering {
    let said = a.values.iter().zip(&b.values).filter(|(one, other)| one != other);
    let mut said = said.map(|((slot, one), (other_slot, other))| {
        slot.cmp(other_slot).then_with(|| told(slot.field, one).cmp(&told(slot.field, other)))
    });
    said.find(|order| order.is_ne()).unwrap_or_else(|| a.values.cmp(&b.values))
}

/// The files of `rows`, which are in the order of the export: the later one comes later.
fn files(rows: &[SourceRow]) -> Vec<Arc<str>> {
    let mut files: Vec<Arc<str>> = Vec::new();
    for row in rows {
        if files.last() != Some(&row.at.file) && !files.contains(&row.at.file) {
            files.push(Arc::clone(&row.at.file));
        }
    }
    files
}

/// Rows, the one whose word counts most at the end.
pub(super) struct Ranked {
    rows: Vec<SourceRow>,
    order: Order,
}

impl Ranked {
    pub(super) fn new(mut rows: Vec<SourceRow>, order: Order) -> Self {
        if order == Order::Newest {
            let files = files(&rows);
            let file = |row: &SourceRow| files.iter().position(|file| *file == row.at.file);
            rows.sort_by(|a, b| {
                let date = a.updated_at.cmp(&b.updated_at).then_with(|| file(a).cmp(&file(b)));
                // What is fed back stands in one file, and comes from several.
                let named = || a.named_at.cmp(&b.named_at);
                date.then_with(named).then_with(|| by_content(a, b)).then_with(|| b.at.cmp(&a.at))
            });
        }
        Self { rows, order }
    }

    /// Every row, the one whose word counts least first.
    pub(super) fn upwards(&self) -> impl DoubleEndedIterator<Item = &SourceRow> {
        self.rows.iter()
    }

    /// The row that stands first among those that are `wanted`.
    pub(super) fn first(&self, wanted: impl Fn(&SourceRow) -> bool) -> Option<&SourceRow> {
        let mut rows = self.rows.iter().filter(|row| wanted(row));
        match self.order {
            Order::Last => rows.next(),
            Order::Newest => rows.min_by(|a, b| a.at.cmp(&b.at)),
        }
    }

    /// Every row as the export has it: by place, or by position where the order of rows must not matter.
    pub(super) fn in_order(&self) -> Vec<&SourceRow> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        if self.order == Order::Newest {
            rows.sort_by(|a, b| a.at.cmp(&b.at));
        }
        rows
    }

    /// What the highest row that tells of the customer says; one that is deleted in any row is deleted.
    pub(super) fn presence(&self) -> Presence {
        let said = || self.rows.iter().map(|row| row.presence);
        let deleted = said().find(|presence| *presence == Presence::Deleted);
        let highest = || said().rfind(|presence| *presence != Presence::VehicleOnly);
        deleted.or_else(highest).unwrap_or(Presence::VehicleOnly)
    }

    /// Whose word counts.
    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// The rows themselves, the one whose word counts least first.
    pub(super) fn into_rows(self) -> Vec<SourceRow> {
        self.rows
    }
}
