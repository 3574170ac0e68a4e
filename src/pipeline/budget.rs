//! `[rate] per_day`: requests of one UTC day, kept in the state directory so that several runs share them.
//!
//! Runs of several processes note what they spend in one file, each block by block: a block is noted before its first
//! request leaves, and what is left of the last one is given back at the end. So a run that is killed has counted too
//! much by one block at the most, and never too little. A block is a part of what the day has left, so that no run
//! keeps another from its own. A step is read, added to and replaced under a lock of the operating system, which dies
//! with its process.
//!
//! A block is of the day that the clock says when it is noted; its last requests may leave shortly after midnight. Each
//! day that was noted lately keeps its own number: a clock that was wrong for a while neither uses up the day to which
//! it is set, nor gives a day that was used another budget.

mod note;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use note::{Note, Used};

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
    /// What this run has noted of each day, and not given back: used, whatever becomes of the file meanwhile.
    own: BTreeMap<String, u64>,
    /// The day of the last block.
    day: Option<String>,
    patience: Duration,
}

impl Budget {
    /// The budget of whatever day it is; `None` where there is none. A file that cannot be understood is an error:
    /// taking it for an unused budget could exceed it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(state_dir: &Path, per_day: u32) -> io::Result<Option<Self>> {
        if per_day == 0 {
            return Ok(None);
        }
        let path = state_dir.join("requests-today.json");
        Note::read(&path)?;
        Ok(Some(Self {
            path,
            allowed: u64::from(per_day),
            own: BTreeMap::new(),
            day: None,
            patience: PATIENCE,
        }))
    }

    /// What `day` has left, as it was noted last.
    fn left(&self, day: &str) -> io::Result<u64> {
        let note = Note::read(&self.path)?;
        Ok(self.allowed.saturating_sub(Note::of(note.as_ref(), day)))
    }

    /// Notes a block of up to `most` as spent on `day` (`YYYY-MM-DD`, UTC) before it is, durably, and says how many
    /// requests it has: fewer where the day has not much left, 0 where it has nothing. What is noted stays noted however
    /// the run ends. May block for some seconds.
    ///
    /// # Errors
    /// Where the file cannot be locked in time, read or written; then nothing is noted.
    pub fn reserve(&mut self, most: u64, day: &str) -> io::Result<u64> {
        let _locked = self.lock()?;
        let note = Note::read(&self.path)?;
        let own = self.own.get(day).copied().unwrap_or_default();
        let used = Note::of(note.as_ref(), day).max(own);
        let granted = most.min(self.allowed.saturating_sub(used).div_ceil(PARTS));
        if granted > 0 {
            let requests = used.saturating_add(granted);
            Note::with(note, Used { day: day.to_owned(), requests }).write(&self.path)?;
            self.own.insert(day.to_owned(), own.saturating_add(granted));
            self.day = Some(day.to_owned());
        }
        Ok(granted)
    }

    /// Takes back what was reserved last and not sent: its day has it again.
    ///
    /// # Errors
    /// As for [`Budget::reserve`]; what was reserved then counts as spent.
    pub fn give_back(&mut self, requests: u64) -> io::Result<()> {
        let Some(day) = self.day.as_ref().filter(|_| requests > 0) else { return Ok(()) };
        let _locked = self.lock()?;
        let Some(mut note) = Note::read(&self.path)? else { return Ok(()) };
        let own = self.own.entry(day.clone()).or_default();
        *own = own.saturating_sub(requests);
        for used in note.days_mut().filter(|used| used.day == *day) {
            used.requests = used.requests.saturating_sub(requests);
        }
        note.write(&self.path)
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
    /// Reserves the first block now and the others as they are needed, each of the day that `today` says then;
    /// `per_second` requests leave in a second at the most. A day that has nothing left ends it, also shortly before
    /// midnight. Where a block cannot be noted none is granted any more, and `lost` is told why.
    pub fn new(
        budget: Budget,
        per_second: u32,
        today: impl Fn() -> String + Send + 'static,
        lost: impl Fn(io::Error) + Send + 'static,
    ) -> Self {
        let block = BLOCK.max(u64::from(per_second));
        // Where it cannot be read, neither can the first block be noted: that is told.
        let at_first = budget.left(&today()).unwrap_or_default();
        let budget = Arc::new(Mutex::new(budget));
        let allowance = Allowance::in_blocks(blocks(Arc::clone(&budget), block, today, lost));
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

/// Reserves a block of up to `most` each time it is called, of the day that `today` says then.
fn blocks(
    budget: Arc<Mutex<Budget>>,
    most: u64,
    today: impl Fn() -> String,
    lost: impl Fn(io::Error),
) -> impl FnMut() -> u64 {
    move || {
        let reserved = budget.lock().unwrap_or_else(PoisonError::into_inner).reserve(most, &today());
        reserved.unwrap_or_else(|error| {
            lost(error);
            0
        })
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::checkpoint::{Holder, Lock};
    use crate::domain::{DepartmentName, RunId};

    const TODAY: &str = "2026-09-08";
    const TOMORROW: &str = "2026-09-09";

    fn open(dir: &Path, per_day: u32) -> Budget {
        let budget = Budget::open(dir, per_day).unwrap().unwrap();
        // A test takes as long as its disk.
        Budget { patience: Duration::from_secs(600), ..budget }
    }

    /// Reserves `requests`, in as many blocks as it takes, or as many as there are.
    fn spend(budget: &mut Budget, requests: u64, day: &str) -> u64 {
        let mut spent = 0;
        while spent < requests {
            match budget.reserve(requests - spent, day).unwrap() {
                0 => break,
                granted => spent += granted,
            }
        }
        spent
    }

    /// What a run that begins now would find left.
    fn left(dir: &Path, per_day: u32, day: &str) -> u64 {
        open(dir, per_day).left(day).unwrap()
    }

    #[test]
    fn a_day_has_one_budget_however_many_runs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Budget::open(dir.path(), 0).unwrap().is_none());
        assert_eq!(spend(&mut open(dir.path(), 10), 7, TODAY), 7);
        assert_eq!(left(dir.path(), 10, TODAY), 3);
        assert_eq!(spend(&mut open(dir.path(), 5), 1, TODAY), 0, "lowered since");
        assert_eq!(left(dir.path(), 10, TOMORROW), 10);
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        assert!(Budget::open(dir.path(), 10).is_err());
    }

    #[test]
    fn what_is_no_note_is_never_taken_for_an_unused_day() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("requests-today.json");
        let no_days = ["today", "", "2026-09-08 ", "08.09.2026", "20260908", "2026-09-31"];
        let notes = no_days.map(|day| format!(r#"{{"day":"{day}","requests":10}}"#));
        let before = r#"{"day":"2026-09-09","requests":1,"before":[{"day":"?","requests":10}]}"#.to_owned();
        for note in notes.into_iter().chain([before, String::new(), "[]".to_owned()]) {
            std::fs::write(&path, &note).unwrap();
            let error = Budget::open(dir.path(), 10).unwrap_err().to_string();
            assert!(
                error.contains("requests-today.json: ") && error.contains("or remove it"),
                "{note}: {error}"
            );
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let error = Budget::open(dir.path(), 10).unwrap_err().to_string();
        assert!(error.contains("it is no file"), "{error}");
    }

    #[test]
    fn a_file_that_is_removed_gives_a_run_nothing_that_it_has_used() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = open(dir.path(), 10);
        for granted in [4, 6, 0] {
            assert_eq!(spend(&mut run, 4.max(granted), TODAY), granted);
            std::fs::remove_file(&run.path).unwrap_or_default();
        }
        assert_eq!(spend(&mut run, 3, TOMORROW), 3);
    }

    #[test]
    fn a_day_that_a_wrong_clock_noted_uses_up_no_other() {
        let dir = tempfile::tempdir().unwrap();
        for ahead in ["2031-01-01", TOMORROW] {
            assert_eq!(spend(&mut open(dir.path(), 10), 10, ahead), 10);
        }
        assert_eq!(spend(&mut open(dir.path(), 10), 11, TODAY), 10);
    }

    #[test]
    fn a_clock_that_goes_back_and_forth_gives_no_day_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = open(dir.path(), 10);
        for (day, granted) in
            [(TODAY, 10), ("2026-09-03", 10), (TODAY, 0), (TOMORROW, 10), ("2026-09-03", 0), (TODAY, 0)]
        {
            assert_eq!(spend(&mut run, 10, day), granted, "{day}");
        }
    }

    #[test]
    fn only_the_days_that_were_noted_last_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = open(dir.path(), 10);
        for day in 1..=28 {
            assert_eq!(run.reserve(1, &format!("2026-02-{day:02}")).unwrap(), 1);
        }
        let note = Note::read(&run.path).unwrap().unwrap();
        assert_eq!((note.last.day.as_str(), note.before.len()), ("2026-02-28", note::DAYS - 1));
        assert_eq!(note.before.last().unwrap().day, "2026-02-21");
        // One day is a note as well.
        std::fs::write(&run.path, r#"{"day":"2026-09-08","requests":4}"#).unwrap();
        assert_eq!(left(dir.path(), 10, TODAY), 6);
    }

    #[test]
    fn runs_at_the_same_time_never_share_a_request() {
        let dir = tempfile::tempdir().unwrap();
        let granted: u64 = std::thread::scope(|scope| {
            let run = || spend(&mut open(dir.path(), 100), 30, TODAY);
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!((granted, left(dir.path(), 100, TODAY)), (100, 0));
    }

    #[test]
    fn runs_at_the_same_time_leave_each_other_of_the_day() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (open(dir.path(), 100), open(dir.path(), 100));
        let (mut ones, mut others) = (0, 0);
        // In turn, each as if it needed all of them.
        while ones < 30 || others < 30 {
            let (granted, to_other) = (one.reserve(100, TODAY).unwrap(), other.reserve(100, TODAY).unwrap());
            assert!(granted.abs_diff(to_other) <= 1 && to_other > 0, "{granted} and {to_other}");
            (ones, others) = (ones + granted, others + to_other);
        }
        // Few writes where there is plenty, and the last one is not out of reach.
        let mut plenty = open(dir.path(), 5_000);
        assert!((0..40).all(|_| plenty.reserve(100, TOMORROW).unwrap() == 100));
        assert_eq!(spend(&mut plenty, 2_000, TOMORROW), 1_000);
    }

    #[test]
    fn midnight_loses_nothing_and_gives_nothing_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut late = open(dir.path(), 100);
        assert_eq!(late.reserve(6, TODAY).unwrap(), 6);
        assert_eq!(open(dir.path(), 100).reserve(1, TOMORROW).unwrap(), 1);
        late.give_back(2).unwrap();
        assert_eq!(left(dir.path(), 100, TOMORROW), 99, "what is left of yesterday is not today's");
        assert_eq!(left(dir.path(), 100, TODAY), 96);
    }

    #[test]
    fn a_run_over_midnight_counts_on_both_days() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Mutex::new(TODAY));
        let told = Arc::clone(&clock);
        let today = move || (*told.lock().unwrap()).to_owned();
        let budget = Arc::new(Mutex::new(open(dir.path(), 1_000)));
        let mut more = blocks(Arc::clone(&budget), 100, today, |error| panic!("{error}"));
        assert_eq!((more(), left(dir.path(), 1_000, TODAY)), (100, 900));
        *clock.lock().unwrap() = TOMORROW;
        assert_eq!((more(), more()), (100, 90));
        assert_eq!((left(dir.path(), 1_000, TODAY), left(dir.path(), 1_000, TOMORROW)), (900, 810));
        budget.lock().unwrap().give_back(30).unwrap();
        // One that begins an hour later has what this one has left of its day, and no more.
        assert_eq!(spend(&mut open(dir.path(), 1_000), 2_000, TOMORROW), 840);
    }

    #[test]
    fn a_lock_that_is_never_freed_is_told_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut budget = Budget { patience: Duration::ZERO, ..open(dir.path(), 10) };
        let theirs = budget.lock().unwrap();
        let error = budget.reserve(1, TODAY).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("requests-today.json.lock: another process holds it"), "{error}");
        drop(theirs);
        assert_eq!(budget.reserve(1, TODAY).unwrap(), 1);
    }

    #[test]
    fn a_department_of_that_name_is_not_in_its_way() {
        let dir = tempfile::tempdir().unwrap();
        let run_id = RunId::new("20260908T021500Z", 1);
        let holder = Holder { run_id, pid: 1, started_at: 0, command: "sync".to_owned() };
        let department = DepartmentName::parse("requests-today").unwrap();
        let _held = Lock::acquire(dir.path(), &department, &holder).unwrap();
        let budget = open(dir.path(), 100);
        assert_eq!(Budget { patience: Duration::ZERO, ..budget }.reserve(5, TODAY).unwrap(), 5);
    }

    /// A share of the ten thousand requests of one day.
    fn share(dir: &Path, per_second: u32) -> Share {
        Share::new(open(dir, 10_000), per_second, || TODAY.to_owned(), |error| panic!("{error}"))
    }

    #[test]
    fn a_share_is_noted_before_it_is_used_and_the_rest_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let (slow, fast) = (share(dir.path(), 10), share(dir.path(), 250));
        assert_eq!((slow.allowance().left(), fast.allowance().left()), (100, 250));
        assert_eq!(left(dir.path(), 10_000, TODAY), 9_650, "killed now, they have counted too much");
        drop((slow, fast));
        assert_eq!(left(dir.path(), 10_000, TODAY), 10_000);
    }

    #[test]
    fn a_share_that_is_left_on_the_way_out_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let given_up = || {
            let _share = share(dir.path(), 10);
            assert_eq!(left(dir.path(), 10_000, TODAY), 9_900);
            Err::<(), _>(io::Error::other("the plan cannot be read"))?;
            Ok::<_, io::Error>(())
        };
        given_up().unwrap_err();
        assert_eq!(left(dir.path(), 10_000, TODAY), 10_000);
    }

    #[test]
    fn a_share_that_cannot_be_noted_grants_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let budget = open(dir.path(), 1_000);
        std::fs::write(dir.path().join("requests-today.json"), "?").unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let share = Share::new(
            budget,
            10,
            || TODAY.to_owned(),
            move |error| heard.lock().unwrap().push(error.to_string()),
        );
        assert!(share.allowance().is_spent());
        assert_eq!(told.lock().unwrap().len(), 1);
    }
}
