//! `[rate] per_day`: requests of one UTC day, kept in the state directory so that several runs share them.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How much of the day's budget is used.
#[derive(Debug)]
pub struct Budget {
    path: PathBuf,
    allowed: u64,
    used: Used,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    /// `YYYY-MM-DD`, UTC.
    day: String,
    requests: u64,
}

impl Budget {
    /// The budget of `day`; `None` where there is none. A file that cannot be understood is an error: taking it for
    /// an unused budget could exceed it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(state_dir: &Path, per_day: u32, day: &str) -> io::Result<Option<Self>> {
        if per_day == 0 {
            return Ok(None);
        }
        let path = state_dir.join("requests-today.json");
        let fresh = || Used { day: day.to_owned(), requests: 0 };
        let used = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => fresh(),
            Err(error) => return Err(error),
        };
        let used = if used.day == day { used } else { fresh() };
        Ok(Some(Self { path, allowed: u64::from(per_day), used }))
    }

    /// How many requests are left.
    pub fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.used.requests)
    }

    /// Notes `requests` more.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn spend(&mut self, requests: u64) -> io::Result<()> {
        self.used.requests = self.used.requests.saturating_add(requests);
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut file, &self.used)?;
        file.persist(&self.path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_budget_however_many_runs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Budget::open(dir.path(), 0, "2026-09-08").unwrap().is_none());
        Budget::open(dir.path(), 10, "2026-09-08").unwrap().unwrap().spend(7).unwrap();
        assert_eq!(Budget::open(dir.path(), 10, "2026-09-08").unwrap().unwrap().left(), 3);
        assert_eq!(Budget::open(dir.path(), 10, "2026-09-09").unwrap().unwrap().left(), 10);
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        assert!(Budget::open(dir.path(), 10, "2026-09-09").is_err());
    }
}
