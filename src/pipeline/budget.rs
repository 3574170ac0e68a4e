//! `[rate] per_day`: requests of one UTC day, kept in the state directory so that several runs share them.
//!
//! Runs of several processes note what they spend in one file, each block by block: a block is noted before its first
//! request leaves, and what is left of the last one is given back at the end. So a run that is killed has counted too
//! much by one block at the most, and never too little. A block is a part of what the day has left, so that no run
//! keeps another from its own. A step is read, added to and replaced under a lock of the operating system, which dies
//! with its process.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::api::Allowance;

/// Requests that are reserved together, where so many do not leave within a second.
const BLOCK: u64 = 100;

/// No block is more than one of so many parts of what is left of the day.
const PARTS: u64 = 10;

/// How long the others may hold the lock; it takes them the time of one small write.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at a lock that is held.
const STEP: Duration = Duration::from_millis(10);

/// How much of the day's budget is used.
#[derive(Debug)]
pub struct Budget {
    path: PathBuf,
    allowed: u64,
    used: Used,
    patience: Duration,
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
        Ok(Some(Self { path, allowed: u64::from(per_day), used, patience: PATIENCE }))
    }

    /// Notes a block of up to `most` as spent before it is, durably, and says how many requests it has: fewer where
    /// the day has not much left, 0 where it has nothing. What is noted stays noted however the run ends. May block
    /// for some seconds.
    ///
    /// # Errors
    /// Where the file cannot be locked in time, read or written; then nothing is noted.
    pub fn reserve(&mut self, most: u64) -> io::Result<u64> {
        let _locked = self.lock()?;
        let mut used = Used::read(&self.path, &self.used.day)?;
        let granted = most.min(self.allowed.saturating_sub(used.requests).div_ceil(PARTS));
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

    /// Waits for the others, but not for one that is stopped or hangs. The file of the lock is another than the one
    /// that is replaced, and stays. No department's name has a dot in it, so its own lock is never called so.
    fn lock(&self) -> io::Result<File> {
        let path = self.path.with_extension("json.lock");
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(named)?;
        let deadline = Instant::now() + self.patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                // A file system without locks: the checkpoint's own says so first, where that matters.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(file);
                }
                Err(TryLockError::Error(error)) => return Err(named(error)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(STEP),
                Err(TryLockError::WouldBlock) => {
                    let why = "another process holds it, and does not go on; end that process and run again";
                    return Err(named(io::Error::new(io::ErrorKind::TimedOut, why)));
                }
            }
        }
    }
}

/// One run's part of the day's requests. Dropped, it ends: nothing more may be sent, and what was not is given back.
/// Not to be dropped within a runtime: that may block for some seconds.
#[derive(Debug)]
pub struct Share {
    /// What the day had left before.
    at_first: u64,
    budget: Arc<Mutex<Budget>>,
    allowance: Allowance,
}

impl Share {
    /// Reserves the first block now and the others as they are needed; `per_second` requests leave in a second at the
    /// most. Where a block cannot be noted none is granted any more, and `lost` is told why.
    pub fn new(budget: Budget, per_second: u32, lost: impl Fn(io::Error) + Send + 'static) -> Self {
        let block = BLOCK.max(u64::from(per_second));
        let at_first = budget.allowed.saturating_sub(budget.used.requests);
        let budget = Arc::new(Mutex::new(budget));
        let source = Arc::clone(&budget);
        let allowance = Allowance::in_blocks(move || {
            let reserved = source.lock().unwrap_or_else(PoisonError::into_inner).reserve(block);
            reserved.unwrap_or_else(|error| {
                lost(error);
                0
            })
        });
        Self { at_first, budget, allowance }
    }

    /// How many of the day's requests were left when it began. Other runs may have some of them.
    pub fn at_first(&self) -> u64 {
        self.at_first
    }

    /// What a client may send of it.
    pub fn allowance(&self) -> &Allowance {
        &self.allowance
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let unused = self.allowance.close();
        let noted = self.budget.lock().unwrap_or_else(PoisonError::into_inner).give_back(unused);
        if let Err(error) = noted {
            tracing::warn!(%error, "{unused} of the day's requests count as used: they cannot be given back");
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
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::checkpoint::{Holder, Lock};
    use crate::domain::{DepartmentName, RunId};

    fn open(dir: &Path, per_day: u32, day: &str) -> Budget {
        let budget = Budget::open(dir, per_day, day).unwrap().unwrap();
        // A test takes as long as its disk.
        Budget { patience: Duration::from_secs(600), ..budget }
    }

    /// Reserves `requests`, in as many blocks as it takes, or as many as there are.
    fn spend(budget: &mut Budget, requests: u64) -> u64 {
        let mut spent = 0;
        while spent < requests {
            match budget.reserve(requests - spent).unwrap() {
                0 => break,
                granted => spent += granted,
            }
        }
        spent
    }

    /// What a run that begins now would find left.
    fn left(dir: &Path, per_day: u32, day: &str) -> u64 {
        let budget = open(dir, per_day, day);
        budget.allowed.saturating_sub(budget.used.requests)
    }

    #[test]
    fn a_day_has_one_budget_however_many_runs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Budget::open(dir.path(), 0, "2026-09-08").unwrap().is_none());
        assert_eq!(spend(&mut open(dir.path(), 10, "2026-09-08"), 7), 7);
        assert_eq!(left(dir.path(), 10, "2026-09-08"), 3);
        assert_eq!(spend(&mut open(dir.path(), 5, "2026-09-08"), 1), 0, "lowered since");
        assert_eq!(left(dir.path(), 10, "2026-09-09"), 10);
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        assert!(Budget::open(dir.path(), 10, "2026-09-09").is_err());
    }

    #[test]
    fn a_day_that_a_wrong_clock_noted_is_nobodys_budget() {
        let dir = tempfile::tempdir().unwrap();
        let left = |day| left(dir.path(), 10, day);
        assert_eq!(spend(&mut open(dir.path(), 10, "2031-01-01"), 10), 10);
        assert_eq!(left("2031-01-01"), 0);
        assert_eq!(left("2030-12-31"), 0, "a run that began before midnight");
        assert_eq!(left("2026-09-08"), 10);
        assert_eq!(spend(&mut open(dir.path(), 10, "2026-09-08"), 4), 4);
        assert_eq!(left("2026-09-08"), 6, "and is counted again from there");
    }

    #[test]
    fn runs_at_the_same_time_never_share_a_request() {
        let dir = tempfile::tempdir().unwrap();
        let granted: u64 = std::thread::scope(|scope| {
            let run = || spend(&mut open(dir.path(), 100, "2026-09-08"), 30);
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!((granted, left(dir.path(), 100, "2026-09-08")), (100, 0));
    }

    #[test]
    fn runs_at_the_same_time_leave_each_other_of_the_day() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (open(dir.path(), 100, "2026-09-08"), open(dir.path(), 100, "2026-09-08"));
        let (mut ones, mut others) = (0, 0);
        // In turn, each as if it needed all of them.
        while ones < 30 || others < 30 {
            let (granted, to_other) = (one.reserve(100).unwrap(), other.reserve(100).unwrap());
            assert!(granted.abs_diff(to_other) <= 1 && to_other > 0, "{granted} and {to_other}");
            (ones, others) = (ones + granted, others + to_other);
        }
        // Few writes where there is plenty, and the last one is not out of reach.
        let mut plenty = open(dir.path(), 5_000, "2026-09-09");
        assert!((0..40).all(|_| plenty.reserve(100).unwrap() == 100));
        assert_eq!(spend(&mut plenty, 2_000), 1_000);
    }

    #[test]
    fn midnight_loses_nothing_and_gives_nothing_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut late = open(dir.path(), 100, "2026-09-08");
        assert_eq!(late.reserve(6).unwrap(), 6);
        assert_eq!(open(dir.path(), 100, "2026-09-09").reserve(1).unwrap(), 1);
        late.give_back(2).unwrap();
        assert_eq!(left(dir.path(), 100, "2026-09-09"), 99, "what is left of yesterday is not today's");
        assert_eq!(late.reserve(2).unwrap(), 2);
        assert_eq!(left(dir.path(), 100, "2026-09-09"), 97, "what is sent after midnight is of the new day");
    }

    #[test]
    fn a_lock_that_is_never_freed_is_told_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut budget = Budget { patience: Duration::ZERO, ..open(dir.path(), 10, "2026-09-08") };
        let theirs = budget.lock().unwrap();
        let error = budget.reserve(1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("requests-today.json.lock: another process holds it"), "{error}");
        drop(theirs);
        assert_eq!(budget.reserve(1).unwrap(), 1);
    }

    #[test]
    fn a_department_of_that_name_is_not_in_its_way() {
        let dir = tempfile::tempdir().unwrap();
        let run_id = RunId::new("20260908T021500Z", 1);
        let holder = Holder { run_id, pid: 1, started_at: 0, command: "sync".to_owned() };
        let department = DepartmentName::parse("requests-today").unwrap();
        let _held = Lock::acquire(dir.path(), &department, &holder).unwrap();
        let budget = open(dir.path(), 100, "2026-09-08");
        assert_eq!(Budget { patience: Duration::ZERO, ..budget }.reserve(5).unwrap(), 5);
    }

    /// A share of the ten thousand requests of one day.
    fn share(dir: &Path, per_second: u32) -> Share {
        Share::new(open(dir, 10_000, "2026-09-08"), per_second, |error| panic!("{error}"))
    }

    #[test]
    fn a_share_is_noted_before_it_is_used_and_the_rest_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let (slow, fast) = (share(dir.path(), 10), share(dir.path(), 250));
        assert_eq!((slow.allowance().left(), fast.allowance().left()), (100, 250));
        assert_eq!(left(dir.path(), 10_000, "2026-09-08"), 9_650, "killed now, they have counted too much");
        drop((slow, fast));
        assert_eq!(left(dir.path(), 10_000, "2026-09-08"), 10_000);
    }

    #[test]
    fn a_share_that_is_left_on_the_way_out_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let given_up = || {
            let _share = share(dir.path(), 10);
            assert_eq!(left(dir.path(), 10_000, "2026-09-08"), 9_900);
            Err::<(), _>(io::Error::other("the plan cannot be read"))?;
            Ok::<_, io::Error>(())
        };
        given_up().unwrap_err();
        assert_eq!(left(dir.path(), 10_000, "2026-09-08"), 10_000);
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
    }
}
