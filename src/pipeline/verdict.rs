//! The guard's word on a plan: its limits, the age of the export, and who is exempt. Which limits there are, and what
//! lies behind a breach, is said in `plan`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::intake::{Age, DAY, Intake};
use super::scan::Scanned;
use super::vetoes;
use crate::checkpoint::{Checkpoint, CheckpointError, RunRow, TokenMatch};
use crate::config::{EmptyCheckpoint, GuardSettings, Token};
use crate::domain::summary::GuardSummary;
use crate::domain::{DepartmentName, Fingerprint, RunId};
use crate::plan::{Beside, GuardLimits, Sign, Tally, guard, likeliest};

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No limit is broken.
    Passed,
    /// A person has released exactly this plan, whatever limits it breaks.
    Approved(Grounds),
    /// It goes on with a first load or an approved plan that was interrupted.
    Resumed(Grounds),
    /// Nothing may be sent.
    Held(Grounds),
}

/// Why a plan is, or would be, held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    /// Every breach, as a sentence.
    pub breaches: Vec<String>,
    /// What mostly lies behind them, likeliest first.
    pub likely: Vec<&'static str>,
}

impl Verdict {
    /// Its name in `summary.json` and in the checkpoint.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Approved(_) => "approved",
            Self::Resumed(_) => "resumed",
            Self::Held(_) => "held",
        }
    }

    /// As `summary.json` says it.
    pub fn summary(&self) -> GuardSummary {
        let (breaches, likely) = match self {
            Self::Passed => (Vec::new(), Vec::new()),
            Self::Approved(Grounds { breaches, .. }) | Self::Resumed(Grounds { breaches, .. }) => {
                (breaches.clone(), Vec::new())
            }
            Self::Held(Grounds { breaches, likely }) => {
                (breaches.clone(), likely.iter().map(|&cause| cause.to_owned()).collect())
            }
        };
        GuardSummary { verdict: self.name().to_owned(), breaches, likely }
    }

    /// The same plan, held: the release that it came with does not hold good, for this reason.
    pub(super) fn held_after_all(self, reason: String) -> Self {
        let mut grounds = match self {
            Self::Passed => Grounds::default(),
            Self::Approved(grounds) | Self::Resumed(grounds) | Self::Held(grounds) => grounds,
        };
        grounds.breaches.push(reason);
        Self::Held(grounds)
    }

    /// Logs what was broken, where anything was.
    pub(super) fn log(&self, department: &DepartmentName) {
        let GuardSummary { verdict, breaches, likely } = self.summary();
        if breaches.is_empty() {
            return;
        }
        let numbered = (1..).zip(&likely).map(|(n, cause): (u32, _)| format!("{n}. {cause}"));
        let likely = numbered.collect::<Vec<_>>().join("; ");
        let breaches = breaches.join("; ");
        tracing::warn!(%department, %verdict, %breaches, %likely, "the plan breaks limits of the guard");
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
    /// The department's, under which everything would be sent.
    pub token: &'a Token,
    /// Seconds since 1970, UTC.
    pub now: i64,
}

impl Case<'_> {
    /// Judges.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub fn judge(&self) -> Result<Verdict, CheckpointError> {
        let first_load = match self.checkpoint {
            Some(checkpoint) => !checkpoint.first_load_finished()?,
            None => true,
        };
        let found = self.breaches(first_load)?;
        if found.is_empty() {
            return Ok(Verdict::Passed);
        }
        let likely = likeliest(&found.iter().map(|(sign, _)| *sign).collect());
        let grounds = Grounds { breaches: found.into_iter().map(|(_, text)| text).collect(), likely };
        if self.is_released()? {
            return Ok(Verdict::Approved(grounds));
        }
        // An interrupted run has a person's word for what it sends, never for where to.
        let goes_on = self.other_token()?.is_none() && self.goes_on(first_load)?;
        Ok(if goes_on { Verdict::Resumed(grounds) } else { Verdict::Held(grounds) })
    }

    /// What a release is of: the plan, and the token where it is another.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub fn digest(&self) -> Result<Fingerprint, CheckpointError> {
        let plan = self.tally.digest;
        Ok(self.other_token()?.map_or(plan, |token| plan.plus(token)))
    }

    /// Stands for a token that is not the one of the checkpoint's customers.
    fn other_token(&self) -> Result<Option<Fingerprint>, CheckpointError> {
        let Some(checkpoint) = self.checkpoint else { return Ok(None) };
        Ok(match checkpoint.match_token(self.token.expose())? {
            TokenMatch::Other(token) => Some(token),
            TokenMatch::Free | TokenMatch::Same => None,
        })
    }

    fn breaches(&self, first_load: bool) -> Result<Vec<(Sign, String)>, CheckpointError> {
        let limits = GuardLimits::from(self.settings);
        let mut breaches: Vec<_> = guard::judge(self.tally, &self.beside()?, &limits)
            .iter()
            // What is left of a first load is not judged by what it has already created.
            .filter(|breach| !first_load || breach.sign.judges_first_loads())
            // An errors file is made of what was rejected.
            .filter(|breach| !self.intake.is_fed_back() || breach.sign != Sign::Rejected)
            .map(|breach| (breach.sign, breach.to_string()))
            .collect();
        let has_work = self.tally.creates + self.tally.updates > 0;
        if self.tally.known == 0 && has_work && self.settings.empty_checkpoint == EmptyCheckpoint::Refuse {
            let text = "empty_checkpoint: the checkpoint has no customers, so everyone would be created; if this is the first \
                        load set guard.empty_checkpoint = \"allow\", else put the lost checkpoint back";
            breaches.push((Sign::NoCheckpoint, text.to_owned()));
        }
        if self.other_token()?.is_some() {
            let text = "other_token: the department's token is another than that of the last run, so everyone would be looked for, \
                        and made, in another department; put the right one back, or, if it was renewed, approve";
            breaches.push((Sign::OtherToken, text.to_owned()));
        }
        if !self.intake.is_fed_back() {
            // One that was interrupted has pushed some customers as they are by now.
            let completed = self.ask(Checkpoint::last_completed_run)?;
            let runs = [&completed, &self.ask(Checkpoint::last_export_past_the_guard)?];
            let stale = runs.into_iter().flatten().find_map(|last| self.stale(last));
            breaches.extend(stale.map(|text| (Sign::Stale, text)));
            let then = completed.as_ref().and_then(|last| last.run.inputs.get("vetoes"));
            let lost = then.map(|then| vetoes::lost(self.intake, then)).unwrap_or_default();
            breaches.extend(lost.into_iter().map(|text| (Sign::LostColumn, text)));
            breaches.extend(self.too_old().map(|text| (Sign::TooOld, text)));
        }
        Ok(breaches)
    }

    /// What the plan alone does not tell.
    fn beside(&self) -> Result<Beside, CheckpointError> {
        let Scanned { scan, rejected, lettered, .. } = self.scanned;
        let undecodable = rejected.iter().filter(|row| row.cause.code == "row.encoding").count() as u64;
        let mut renumbered = 0;
        // Without missing customers nobody has another number, and the keys need not be read once more.
        if let (Some(checkpoint), false, 1..) =
            (self.checkpoint, self.tally.numbers.is_empty(), self.tally.missing)
        {
            checkpoint.scan(&mut |key, _| {
                renumbered += u64::from(self.tally.is_renumbered(key) && scan.lacks(key.as_bytes()));
            })?;
        }
        Ok(Beside { lettered_rows: lettered.saturating_add(undecodable), undecodable, renumbered })
    }

    /// Older than what that run has read. What that read is no measure where it lies far ahead: a date was
    /// mistyped, or a clock was wrong, and every export from then on would be an older one.
    fn stale(&self, last: &RunRow) -> Option<String> {
        let before = |name: &str| last.run.inputs.get(name);
        let newest =
            before("newest").and_then(Value::as_i64).filter(|then| *then <= self.now.saturating_add(DAY));
        if let (Some(now), Some(then)) = (self.scanned.newest, newest)
            && now < then
        {
            let (now, then) = (date(now), date(then));
            return Some(format!("stale: the newest row is of {now}, and the last run had rows of {then}"));
        }
        let name: Option<DateTime> =
            before("name").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let name = name.filter(|then| seconds(*then).is_none_or(|then| then <= self.now.saturating_add(DAY)));
        match (self.intake.age().name, name) {
            (Some(now), Some(then)) if now < then => {
                Some(format!("stale: the file's name says {now}, and the last run's said {then}"))
            }
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
            format!("max_age: the newest file is {} hours old, allowed {}", age / 3600, allowed / 3600)
        })
    }

    fn is_released(&self) -> Result<bool, CheckpointError> {
        let Some(approved) = self.approve else { return Ok(false) };
        let (held, digest) = (self.ask(|checkpoint| checkpoint.run(approved))?, self.digest()?);
        Ok(held.is_some_and(|row| row.guard.as_deref() == Some("held") && row.plan == Some(digest)))
    }

    /// Whether the last run that got past the guard was interrupted, on the same files, and had a person's word for it
    /// or was a first load: what remains of it is not judged again.
    fn goes_on(&self, first_load: bool) -> Result<bool, CheckpointError> {
        let last = self.ask(Checkpoint::last_run_past_the_guard)?;
        Ok(last.is_some_and(|row| {
            let is_exempt = first_load || matches!(row.guard.as_deref(), Some("approved" | "resumed"));
            let files = |inputs: &Value| inputs.get("files").cloned();
            is_exempt
                && !row.is_complete()
                && files(&row.run.inputs) == files(&inputs(self.intake, self.scanned))
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

/// What a run's row remembers of its inputs: digests to recognise them by, dates to tell an older export, columns that
/// could say no.
pub fn inputs(intake: &Intake, scanned: &Scanned) -> Value {
    let files: Vec<_> = intake
        .summaries(&scanned.digests)
        .into_iter()
        .map(|file| json!({ "sha256": file.sha256, "rows": file.rows }))
        .collect();
    let name = intake.age().name.map(|name| name.to_string());
    json!({ "files": files, "newest": scanned.newest, "name": name, "vetoes": vetoes::remembered(intake) })
}

/// A clock's time as seconds since 1970, give or take its time zone.
fn seconds(at: DateTime) -> Option<i64> {
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
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
