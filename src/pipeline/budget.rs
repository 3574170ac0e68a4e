//! `[rate] per_day`: requests of one UTC day, kept in the state directory so that several runs share them.
//!
//! Runs of several processes note what they spend in one file, each block by block: a block is noted before its first
//! request leaves, and what is left of the last one is given back at the end. So a run that is killed has counted too
//! much by one block at the most, and never too little. A step is read, added to and replaced under a lock of the
//! operating system, which dies with its process.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::api::Allowance;

/// Requests that are reserved together, where so many do not leave within a second.
const BLOCK: u64 = 100;

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

    /// Notes up to `requests` as spent before they are, durably, and says how many of them the day still had; 0: none.
    /// What is noted stays noted however the run ends.
    ///
    /// # Errors
    /// Where the file cannot be locked, read or written; then nothing is noted.
    pub fn reserve(&mut self, requests: u64) -> io::Result<u64> {
        let _locked = self.lock()?;
        let mut used = Used::read(&self.path, &self.used.day)?;
        let granted = requests.min(self.allowed.saturating_sub(used.requests));
        if granted > 0 {
            used.requests = used.requests.saturating_add(granted);
            used.write(&self.path)?;
        }
        self.used = used;
        Ok(granted)
    }

    /// Takes back what was reserved last and not sent. Where another day has begun since, it is of no use any more.
    ///
    /// # Errors
    /// As for [`Budget::reserve`]; what was reserved then counts as spent.
    pub fn give_back(&mut self, requests: u64) -> io::Result<()> {
        if requests == 0 {
            return Ok(());
        }
        let _locked = self.lock()?;
        let mut used = Used::read(&self.path, &self.used.day)?;
        if used.day == self.used.day {
            used.requests = used.requests.saturating_sub(requests);
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

/// One run's part of the day's requests.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Mutex<Budget>>,
    allowance: Allowance,
}

impl Share {
    /// Reserves the first block now and the others as they are needed; `per_second` requests leave in a second at the
    /// most. Where a block cannot be noted none is granted any more, and `lost` is told why.
    pub fn new(budget: Budget, per_second: u32, lost: impl Fn(io::Error) + Send + 'static) -> Self {
        let block = BLOCK.max(u64::from(per_second));
        let budget = Arc::new(Mutex::new(budget));
        let source = Arc::clone(&budget);
        let allowance = Allowance::in_blocks(move || {
            let reserved = source.lock().unwrap_or_else(PoisonError::into_inner).reserve(block);
            reserved.unwrap_or_else(|error| {
                lost(error);
                0
            })
        });
        Self { budget, allowance }
    }

    /// What a client may send of it.
    pub fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    /// Ends it: nothing more may be sent, and what was not is given back.
    ///
    /// # Errors
    /// Where it cannot be noted; it then counts as spent.
    pub fn close(self) -> io::Result<()> {
        let unused = self.allowance.close();
        self.budget.lock().unwrap_or_else(PoisonError::into_inner).give_back(unused)
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
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn open(dir: &Path, per_day: u32, day: &str) -> Budget {
        Budget::open(dir, per_day, day).unwrap().unwrap()
    }

    /// What a run that begins now would find left.
    fn left(dir: &Path, per_day: u32, day: &str) -> u64 {
        let mut budget = open(dir, per_day, day);
        let left = budget.reserve(u64::MAX).unwrap();
        budget.give_back(left).unwrap();
        left
    }

    #[test]
    fn a_day_has_one_budget_however_many_runs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Budget::open(dir.path(), 0, "2026-09-08").unwrap().is_none());
        assert_eq!(open(dir.path(), 10, "2026-09-08").reserve(7).unwrap(), 7);
        assert_eq!(left(dir.path(), 10, "2026-09-08"), 3);
        assert_eq!(left(dir.path(), 5, "2026-09-08"), 0, "lowered since");
        assert_eq!(left(dir.path(), 10, "2026-09-09"), 10);
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        assert!(Budget::open(dir.path(), 10, "2026-09-09").is_err());
    }

    #[test]
    fn a_day_that_a_wrong_clock_noted_is_nobodys_budget() {
        let dir = tempfile::tempdir().unwrap();
        let left = |day| left(dir.path(), 10, day);
        assert_eq!(open(dir.path(), 10, "2031-01-01").reserve(10).unwrap(), 10);
        assert_eq!(left("2031-01-01"), 0);
        assert_eq!(left("2030-12-31"), 0, "a run that began before midnight");
        assert_eq!(left("2026-09-08"), 10);
        assert_eq!(open(dir.path(), 10, "2026-09-08").reserve(4).unwrap(), 4);
        assert_eq!(left("2026-09-08"), 6, "and is counted again from there");
    }

    #[test]
    fn runs_at_the_same_time_never_share_a_request() {
        let dir = tempfile::tempdir().unwrap();
        let granted: u64 = std::thread::scope(|scope| {
            let run = || {
                let mut budget = open(dir.path(), 100, "2026-09-08");
                (0..10).map(|_| budget.reserve(3).unwrap()).sum::<u64>()
            };
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!((granted, left(dir.path(), 100, "2026-09-08")), (100, 0));
    }

    #[test]
    fn midnight_loses_nothing_and_gives_nothing_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut late = open(dir.path(), 10, "2026-09-08");
        assert_eq!(late.reserve(6).unwrap(), 6);
        assert_eq!(open(dir.path(), 10, "2026-09-09").reserve(1).unwrap(), 1);
        late.give_back(2).unwrap();
        assert_eq!(left(dir.path(), 10, "2026-09-09"), 9, "what is left of yesterday is not today's");
        assert_eq!(late.reserve(2).unwrap(), 2);
        assert_eq!(left(dir.path(), 10, "2026-09-09"), 7, "what is sent after midnight is of the new day");
    }

    #[test]
    fn a_share_is_noted_before_it_is_used_and_the_rest_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let day = "2026-09-08";
        let share =
            |per_second| Share::new(open(dir.path(), 1_000, day), per_second, |error| panic!("{error}"));
        let (slow, fast) = (share(10), share(250));
        assert_eq!((slow.allowance().left(), fast.allowance().left()), (100, 250));
        assert_eq!(left(dir.path(), 1_000, day), 650, "killed now, they have counted too much");
        slow.close().unwrap();
        fast.close().unwrap();
        assert_eq!(left(dir.path(), 1_000, day), 1_000);
    }

    #[test]
    fn a_share_that_cannot_be_noted_grants_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let budget = open(dir.path(), 1_000, "2026-09-08");
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let share = Share::new(budget, 10, move |error| heard.lock().unwrap().push(error.to_string()));
        assert!(share.allowance().is_spent());
        assert_eq!(told.lock().unwrap().len(), 1);
        share.close().unwrap();
    }
}
