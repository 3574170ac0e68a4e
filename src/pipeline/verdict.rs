//! The guard's word on a plan: its limits, the age of the export, and who is exempt.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::intake::{Age, Intake};
use super::scan::Scanned;
use crate::checkpoint::{Checkpoint, CheckpointError, RunRow};
use crate::config::{EmptyCheckpoint, GuardSettings};
use crate::domain::RunId;
use crate::domain::summary::GuardSummary;
use crate::plan::{GuardLimits, Tally, guard};

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No limit is broken.
    Passed,
    /// A person has released exactly this plan.
    Approved,
    /// It goes on with a first load or an approved plan that was interrupted.
    Resumed,
    /// Nothing may be sent.
    Held(Vec<String>),
}

impl Verdict {
    /// Its name in `summary.json` and in the checkpoint.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Approved => "approved",
            Self::Resumed => "resumed",
            Self::Held(_) => "held",
        }
    }

    /// As `summary.json` says it.
    pub fn summary(&self) -> GuardSummary {
        let breaches = match self {
            Self::Held(breaches) => breaches.clone(),
            Self::Passed | Self::Approved | Self::Resumed => Vec::new(),
        };
        GuardSummary { verdict: self.name().to_owned(), breaches }
    }
}

/// What the guard looks at.
pub struct Case<'a> {
    /// `[guard]`.
    pub settings: &'a GuardSettings,
    /// The plan in figures.
    pub tally: &'a Tally,
    /// The export.
    pub intake: &'a Intake,
    /// Pass 1.
    pub scanned: &'a Scanned,
    /// Where there is one.
    pub checkpoint: Option<&'a Checkpoint>,
    /// The held run whose plan a person releases.
    pub approve: Option<&'a RunId>,
    /// Seconds since 1970, UTC.
    pub now: i64,
}

impl Case<'_> {
    /// Judges.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub fn judge(&self) -> Result<Verdict, CheckpointError> {
        let breaches = self.breaches()?;
        if breaches.is_empty() {
            return Ok(Verdict::Passed);
        }
        if self.is_released()? {
            return Ok(Verdict::Approved);
        }
        Ok(if self.goes_on()? { Verdict::Resumed } else { Verdict::Held(breaches) })
    }

    fn breaches(&self) -> Result<Vec<String>, CheckpointError> {
        let first_load = match self.checkpoint {
            Some(checkpoint) => !checkpoint.first_load_finished()?,
            None => true,
        };
        let limits = GuardLimits::from(self.settings);
        let mut breaches: Vec<String> = guard::judge(self.tally, &limits)
            .iter()
            // What is left of a first load is not judged by what it has already created.
            .filter(|breach| !first_load || breach.limit == "max_rejected")
            // An errors file is made of what was rejected.
            .filter(|breach| !self.intake.is_fed_back() || breach.limit != "max_rejected")
            .map(ToString::to_string)
            .collect();
        let has_work = self.tally.creates + self.tally.updates > 0;
        if self.tally.known == 0 && has_work && self.settings.empty_checkpoint == EmptyCheckpoint::Refuse {
            breaches.push(
                "empty_checkpoint: the checkpoint has no customers, so everyone would be created; if this is the first \
                 load set guard.empty_checkpoint = \"allow\", else put the lost checkpoint back"
                    .to_owned(),
            );
        }
        if !self.intake.is_fed_back() {
            // One that was interrupted has pushed some customers as they are by now.
            let runs = [
                self.ask(Checkpoint::last_completed_run)?,
                self.ask(Checkpoint::last_export_past_the_guard)?,
            ];
            breaches.extend(runs.iter().flatten().find_map(|last| self.stale(last)));
            breaches.extend(self.too_old());
        }
        Ok(breaches)
    }

    /// Older than what that run has read.
    fn stale(&self, last: &RunRow) -> Option<String> {
        let before = |name: &str| last.run.inputs.get(name);
        let newest = before("newest").and_then(Value::as_i64);
        if let (Some(now), Some(then)) = (self.scanned.newest, newest)
            && now < then
        {
            let (now, then) = (date(now), date(then));
            return Some(format!(
                "stale: the newest row is of {now}, and the last run had rows of {then}; likely an older file"
            ));
        }
        let name = before("name").and_then(Value::as_str).and_then(|text| text.parse().ok());
        match (self.intake.age().name, name) {
            (Some(now), Some(then)) if now < then => Some(format!(
                "stale: the file's name says {now}, and the last run's said {then}; likely an older file"
            )),
            _ => None,
        }
    }

    /// Older than a living feed can be.
    fn too_old(&self) -> Option<String> {
        let allowed = self.settings.max_age?;
        let Age { name: _, named_at, modified } = self.intake.age();
        let age = self.now.saturating_sub(named_at.or(modified)?);
        let allowed = i64::try_from(allowed.as_secs()).unwrap_or(i64::MAX);
        (age > allowed).then(|| {
            format!(
                "max_age: the newest file is {} hours old, allowed {}; likely the feed has stopped",
                age / 3600,
                allowed / 3600
            )
        })
    }

    fn is_released(&self) -> Result<bool, CheckpointError> {
        let Some(approved) = self.approve else { return Ok(false) };
        let held = self.ask(|checkpoint| checkpoint.run(approved))?;
        Ok(held
            .is_some_and(|row| row.guard.as_deref() == Some("held") && row.plan == Some(self.tally.digest)))
    }

    /// Whether the last run that got past the guard with an approval was interrupted, on the same files.
    fn goes_on(&self) -> Result<bool, CheckpointError> {
        let last = self.ask(Checkpoint::last_run_past_the_guard)?;
        Ok(last.is_some_and(|row| {
            matches!(row.guard.as_deref(), Some("approved" | "resumed"))
                && !row.is_complete()
                && row.run.inputs.get("files") == inputs(self.intake, self.scanned).get("files")
        }))
    }

    /// What the checkpoint says, where there is one.
    fn ask(
        &self,
        question: impl FnOnce(&Checkpoint) -> Result<Option<RunRow>, CheckpointError>,
    ) -> Result<Option<RunRow>, CheckpointError> {
        self.checkpoint.map_or(Ok(None), question)
    }
}

/// What a run's row remembers of its inputs: digests to recognise them by, dates to tell an older export.
pub fn inputs(intake: &Intake, scanned: &Scanned) -> Value {
    let files: Vec<_> = intake
        .summaries(&scanned.digests)
        .into_iter()
        .map(|file| json!({ "sha256": file.sha256, "rows": file.rows }))
        .collect();
    let name = intake.age().name.map(|name| name.to_string());
    json!({ "files": files, "newest": scanned.newest, "name": name })
}

fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

impl From<&GuardSettings> for GuardLimits {
    fn from(settings: &GuardSettings) -> Self {
        let GuardSettings {
            min_customers,
            max_creates,
            max_updates,
            max_field_changes,
            max_blanked,
            max_rejected,
            max_missing,
            max_age: _,
            empty_checkpoint: _,
        } = *settings;
        Self {
            min_customers: u64::from(min_customers),
            max_creates,
            max_updates,
            max_field_changes,
            max_blanked,
            max_rejected,
            max_missing,
        }
    }
}
