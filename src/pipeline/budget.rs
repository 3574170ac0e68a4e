//! `[rate] per_day`: requests of one UTC day, kept in the state directory so that several runs share them.
//!
//! Runs of several processes note what they spend in one file, each in steps: a step is read, added to and replaced
//! under a lock of the operating system, which dies with its process.

use std::fs::File;
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
        let used = Used::read(&path, day)?;
        Ok(Some(Self { path, allowed: u64::from(per_day), used }))
    }

    /// How many requests were left when last looked: at the opening, or at the last [`Budget::spend`].
    pub fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.used.requests)
    }

    /// Notes `requests` more, durably, and learns what other runs have noted meanwhile; 0 only looks. May be called in
    /// steps while a run goes on: what was noted stays noted however the run ends.
    ///
    /// # Errors
    /// Where the file cannot be locked, read or written; then nothing is noted.
    pub fn spend(&mut self, requests: u64) -> io::Result<()> {
        let _locked = self.lock()?;
        let mut used = Used::read(&self.path, &self.used.day)?;
        if requests > 0 {
            used.requests = used.requests.saturating_add(requests);
            used.write(&self.path)?;
        }
        self.used = used;
        Ok(())
    }

    /// Waits for the others, who hold it for the time of one small write. The file of the lock is another than the
    /// one that is replaced, and stays.
    fn lock(&self) -> io::Result<File> {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.path.with_extension("lock"))?;
        match file.lock() {
            // A file system without locks: the checkpoint's own says so first, where that matters.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
            locked => locked.map(|()| file),
        }
    }
}

/// The day after `day`.
fn next(day: &str) -> Option<String> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(day.tomorrow().ok()?.to_string())
}

impl Used {
    /// What is noted of `day`, or of a later one: a run that began before midnight counts with those that began after.
    fn read(path: &Path, day: &str) -> io::Result<Self> {
        let fresh = || Self { day: day.to_owned(), requests: 0 };
        let noted: Self = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => fresh(),
            Err(error) => return Err(error),
        };
        // Dates of this form sort by time. A day further ahead than midnight can explain was noted under a wrong clock,
        // and would be used up until then.
        let is_current = noted.day == day || next(day).is_some_and(|tomorrow| noted.day == tomorrow);
        Ok(if is_current { noted } else { fresh() })
    }

    /// Replaces the file, whole or not at all.
    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        serde_json::to_writer(&mut file, self)?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
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

    #[test]
    fn a_day_that_a_wrong_clock_noted_is_nobodys_budget() {
        let dir = tempfile::tempdir().unwrap();
        let left = |day| Budget::open(dir.path(), 10, day).unwrap().unwrap().left();
        Budget::open(dir.path(), 10, "2031-01-01").unwrap().unwrap().spend(10).unwrap();
        assert_eq!(left("2031-01-01"), 0);
        assert_eq!(left("2030-12-31"), 0, "a run that began before midnight");
        assert_eq!(left("2026-09-08"), 10);
        Budget::open(dir.path(), 10, "2026-09-08").unwrap().unwrap().spend(4).unwrap();
        assert_eq!(left("2026-09-08"), 6, "and is counted again from there");
    }

    #[test]
    fn runs_at_the_same_time_lose_no_request() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut budget = Budget::open(dir.path(), 100, "2026-09-08").unwrap().unwrap();
                    (0..10).for_each(|_| budget.spend(1).unwrap());
                });
            }
        });
        assert_eq!(Budget::open(dir.path(), 100, "2026-09-08").unwrap().unwrap().left(), 60);
    }

    #[test]
    fn steps_see_what_others_spent_and_midnight_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let open = |day| Budget::open(dir.path(), 10, day).unwrap().unwrap();
        let (mut late, mut other) = (open("2026-09-08"), open("2026-09-08"));
        other.spend(4).unwrap();
        assert_eq!(late.left(), 10, "not looked yet");
        late.spend(0).unwrap();
        assert_eq!(late.left(), 6);
        open("2026-09-09").spend(1).unwrap();
        late.spend(2).unwrap();
        assert_eq!(open("2026-09-09").left(), 7, "what is sent after midnight is of the new day");
    }
}
