//! From what a run has counted to its [`RunSummary`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::department::Report;
use super::exit::Exit;
use crate::api::Stats;
use crate::domain::summary::{
    CauseCount, CustomerCounts, GuardSummary, InputSummary, RequestCounts, RowCounts, SCHEMA,
};
use crate::domain::{Change, DepartmentName, Event, Observer, Phase, RunId, RunSummary};

/// A summary being written while the run goes on.
pub(super) struct Sheet {
    pub(super) run_id: RunId,
    pub(super) mode: &'static str,
    department: DepartmentName,
    started: jiff::Timestamp,
    pub(super) inputs: Vec<InputSummary>,
    pub(super) rows: RowCounts,
    pub(super) customers: CustomerCounts,
    pub(super) warnings: u64,
    pub(super) requests: RequestCounts,
    pub(super) guard: GuardSummary,
    pub(super) causes: Vec<CauseCount>,
    pub(super) tips: BTreeMap<String, String>,
    /// The plan, where it is short enough to be read.
    pub(super) shown: Vec<Change>,
    phases: BTreeMap<String, u64>,
}

impl Sheet {
    pub(super) fn new(
        run_id: RunId,
        mode: &'static str,
        department: DepartmentName,
        now: jiff::Timestamp,
    ) -> Self {
        Self {
            run_id,
            mode,
            department,
            started: now,
            inputs: Vec::new(),
            rows: RowCounts::default(),
            customers: CustomerCounts::default(),
            warnings: 0,
            requests: RequestCounts::default(),
            guard: GuardSummary {
                verdict: "not_judged".to_owned(),
                breaches: Vec::new(),
                likely: Vec::new(),
            },
            causes: Vec::new(),
            tips: BTreeMap::new(),
            shown: Vec::new(),
            phases: BTreeMap::new(),
        }
    }

    /// Times one phase, also where it fails.
    pub(super) fn timed<T>(&mut self, phase: Phase, observer: &dyn Observer, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.took(phase, observer, begun.elapsed());
        done
    }

    /// Notes how long a phase took.
    pub(super) fn took(&mut self, phase: Phase, observer: &dyn Observer, took: Duration) {
        self.phases.insert(phase.as_str().to_owned(), millis(took));
        observer.on(&Event::Finished { phase, took });
    }

    /// What went over the wire between two looks at the client's counters.
    pub(super) fn requests(&mut self, before: &Stats, after: &Stats, took: Duration) {
        let total = after.total.saturating_sub(before.total);
        let mut by_status = after.by_status.clone();
        for (status, count) in &before.by_status {
            if let Some(now) = by_status.get_mut(status) {
                *now = now.saturating_sub(*count);
            }
        }
        by_status.retain(|_, count| *count > 0);
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let per_second = if took.is_zero() { 0.0 } else { total as f64 / took.as_secs_f64() };
        self.requests = RequestCounts {
            total,
            by_status,
            retries: after.retries.saturating_sub(before.retries),
            throttled: after.throttled.saturating_sub(before.throttled),
            per_second: (per_second * 10.0).round() / 10.0,
        };
    }

    pub(super) fn close(self, exit: Exit) -> Report {
        let Self {
            run_id,
            mode,
            department,
            started,
            inputs,
            rows,
            customers,
            warnings,
            requests,
            guard,
            causes,
            tips,
            shown,
            phases,
        } = self;
        let summary = RunSummary {
            schema: SCHEMA,
            run_id,
            department,
            mode: mode.to_owned(),
            started_at: rfc3339(started),
            finished_at: rfc3339(jiff::Timestamp::now()),
            exit: exit.summary(),
            inputs,
            rows,
            customers,
            warnings,
            requests,
            phases_ms: phases,
            guard,
            causes,
        };
        Report { summary, directory: None, tips, shown }
    }
}

fn rfc3339(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
