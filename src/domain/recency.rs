//! [`Recency`]: how new what rows say is. An older row never overwrites what a newer one said.

use serde::{Deserialize, Serialize};

/// The two dates that a row may have. They are of two clocks, so that each is compared with its like alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recency {
    /// When the DMS last changed it, where the export says: seconds since 1970, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    /// The time in the name of its file, as a clock at the department shows it, counted as though that were UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_at: Option<i64>,
}

impl Recency {
    /// Whether it is surely older than `known`: its own date decides where both have one, else, and where these are the
    /// same, the file's. What cannot be told is not older.
    pub fn is_older_than(self, known: Self) -> bool {
        match self.updated_at.zip(known.updated_at) {
            Some((mine, known)) if mine != known => mine < known,
            _ => self.named_at.zip(known.named_at).is_some_and(|(mine, known)| mine < known),
        }
    }

    /// The newer date of both, each for itself.
    #[must_use]
    pub fn newest(self, other: Self) -> Self {
        Self {
            updated_at: self.updated_at.max(other.updated_at),
            named_at: self.named_at.max(other.named_at),
        }
    }

    /// Without dates after `horizon`, seconds since 1970: a mistyped year must not make every later row an older one.
    #[must_use]
    pub fn until(self, horizon: i64) -> Self {
        let believable = |at: &i64| *at <= horizon;
        Self { updated_at: self.updated_at.filter(believable), named_at: self.named_at.filter(believable) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(updated_at: Option<i64>, named_at: Option<i64>) -> Recency {
        Recency { updated_at, named_at }
    }

    #[test]
    fn its_own_date_decides_then_the_files() {
        for (row, known, older) in [
            (of(Some(1), None), of(Some(2), None), true),
            (of(Some(2), None), of(Some(2), None), false),
            (of(Some(3), Some(1)), of(Some(2), Some(2)), false),
            (of(Some(1), Some(3)), of(Some(2), Some(2)), true),
            (of(Some(2), Some(1)), of(Some(2), Some(2)), true),
            (of(Some(2), Some(2)), of(Some(2), Some(2)), false),
            (of(None, Some(1)), of(Some(2), Some(2)), true),
            (of(None, Some(3)), of(Some(9), Some(2)), false),
            (of(Some(1), None), of(None, Some(2)), false),
            (of(None, None), of(Some(2), Some(2)), false),
            (of(Some(1), Some(1)), of(None, None), false),
        ] {
            assert_eq!(row.is_older_than(known), older, "{row:?} {known:?}");
        }
    }

    #[test]
    fn a_date_to_come_is_none() {
        assert_eq!(of(Some(11), Some(9)).until(10), of(None, Some(9)));
        assert_eq!(of(Some(1), None).newest(of(None, Some(2))), of(Some(1), Some(2)));
    }
}
