//! The file that says how many requests of which days are used: read whole, replaced whole. Whose turn it is to write is
//! decided above, under a lock.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// How many days are kept: of more a clock that goes astray will hardly tell.
pub(super) const DAYS: usize = 8;

/// What is noted of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Used {
    /// `YYYY-MM-DD`, UTC.
    pub(super) day: String,
    pub(super) requests: u64,
}

/// What is noted, whatever order the days came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The day that was noted last.
    #[serde(flatten)]
    pub(super) last: Used,
    /// Those before it, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) before: Vec<Used>,
}

impl Note {
    /// What is noted; `None` where nothing is yet.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // Reading from a pipe would wait for whoever writes.
            Ok(what) if !what.is_file() => return Err(unclear(path, "it is no file")),
            _ => {}
        }
        let bytes = fs::read(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        let note: Self = serde_json::from_slice(&bytes).map_err(|error| unclear(path, &error))?;
        if let Some(Used { day, .. }) = note.days().find(|used| !is_day(&used.day)) {
            return Err(unclear(path, format_args!("{day:?} is no day")));
        }
        Ok(Some(note))
    }

    /// How many requests of `day` are used.
    pub(super) fn of(note: Option<&Self>, day: &str) -> u64 {
        let mut days = note.into_iter().flat_map(Self::days);
        days.find(|used| used.day == day).map_or(0, |used| used.requests)
    }

    /// The same, and `used` in the place of what was noted of that day.
    pub(super) fn with(note: Option<Self>, used: Used) -> Self {
        let days = note.into_iter().flat_map(|note| std::iter::once(note.last).chain(note.before));
        let before = days.filter(|noted| noted.day != used.day).take(DAYS - 1).collect();
        Self { last: used, before }
    }

    fn days(&self) -> impl Iterator<Item = &Used> {
        std::iter::once(&self.last).chain(&self.before)
    }

    pub(super) fn days_mut(&mut self) -> impl Iterator<Item = &mut Used> {
        std::iter::once(&mut self.last).chain(&mut self.before)
    }

    /// Replaces the file, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        serde_json::to_writer(&mut file, self)?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

/// `YYYY-MM-DD`, and nothing else: what was used on a day that is written otherwise would be used again.
fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == text)
}

fn unclear(path: &Path, why: impl std::fmt::Display) -> io::Error {
    let remedy = "write what was used today, as {\"day\": \"YYYY-MM-DD\", \"requests\": 0}, or remove it where that is nothing";
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}; {remedy}", path.display()))
}
