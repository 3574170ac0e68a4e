//! `diff`: the line without a writer. It opens the checkpoint read-only, makes no request, leaves no run directory.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::build::{BuildError, Builder, BuiltPlan};
use super::department::{Report, policies, reach, seconds};
use super::exit::Exit;
use super::intake::Intake;
use super::scan::{Scanned, scan};
use super::summing::Sheet;
use super::trouble::RunError;
use super::verdict::{Case, Verdict};
use super::{Context, epoch, new_run_id, restored};
use crate::checkpoint::{Checkpoint, CheckpointError, Subject};
use crate::config::Department;
use crate::domain::outcome::Cause;
use crate::domain::summary::CauseCount;
use crate::domain::{Action, Change, Field, OutcomeKind, Phase, RunSummary, Scope};
use crate::record::RejectedRow;
use crate::report::Values;
use crate::report::diff::{DiffFormat, DiffHead, DiffKind, Rejection, open};
use crate::report::text::{ChangeLine, Color, SummaryContext};

/// How many fields the headline of a plan names.
const TOP_FIELDS: usize = 5;

/// What to show, and how.
#[derive(Debug, Clone, Copy)]
pub struct Show<'a> {
    /// The format.
    pub kind: DiffKind,
    /// Masked, unless a person asks.
    pub values: Values,
    /// Colours of the text.
    pub color: Color,
    /// Totals alone.
    pub totals_only: bool,
    /// What the commands that it proposes need, e.g. ` --config FILE`; begins with a blank.
    pub options: &'a str,
}

/// How a dry run ended.
#[derive(Debug)]
pub struct Ended {
    /// The code, differences not counted.
    pub exit: Exit,
    /// Whether anything would be sent.
    pub differs: bool,
    /// What went wrong.
    pub error: Option<String>,
}

/// Plans one department and shows what `sync` would do.
pub fn diff(
    context: &Context,
    department: &Department,
    show: Show<'_>,
    out: &mut (dyn Write + Send),
) -> Ended {
    let dry = Dry { context, department, show };
    match dry.line(out) {
        Ok(ended) => ended,
        // `| head` closes early: what it wanted it has.
        Err(error) if is_broken_pipe(&error) => Ended { exit: Exit::Complete, differs: true, error: None },
        Err(error) => {
            let exit = error.exit(context.brake.pulled());
            Ended { exit, differs: false, error: Some(error.to_string()) }
        }
    }
}

fn is_broken_pipe(error: &RunError) -> bool {
    let (RunError::Io { source, .. } | RunError::Build(BuildError::Plan(source))) = error else {
        return false;
    };
    source.kind() == io::ErrorKind::BrokenPipe
}

fn unwritable(source: io::Error) -> RunError {
    RunError::Io { what: "the difference cannot be written".to_owned(), source }
}

struct Dry<'a> {
    context: &'a Context,
    department: &'a Department,
    show: Show<'a>,
}

impl Dry<'_> {
    fn line(&self, out: &mut (dyn Write + Send)) -> Result<Ended, RunError> {
        let Context { settings, observer, brake, .. } = self.context;
        let now = jiff::Timestamp::now();
        let run_id = new_run_id(now)?;
        let mut sheet = Sheet::new(run_id.clone(), "diff", self.department.name.clone(), now);
        let checkpoint =
            Checkpoint::open_existing_read_only(&settings.checkpoint.dir, &self.department.name)?;
        let intake = Intake::open(self.department, &std::env::temp_dir(), now, &**observer)?;
        intake.tell(&**observer);
        restored::tell(checkpoint.as_ref(), &**observer)?;
        let policies = policies(&intake, self.department);
        let epoch = epoch(&intake.profile, self.department);
        let scanned = sheet.timed(Phase::Scan, &**observer, || {
            scan(&intake, epoch, checkpoint.as_ref(), &**observer, brake)
        })?;
        super::department::note_scan(&mut sheet, &intake, &scanned, &policies);
        let mut page = Page::open(self, out);
        page.format
            .begin(&DiffHead { department: &self.department.name, run_id: &run_id })
            .map_err(unwritable)?;
        let builder = Builder {
            policies: &policies,
            checkpoint: checkpoint.as_ref(),
            same_refusal: seconds(settings.retry.same_refusal),
            now: now.as_second(),
            reach: reach(&intake, &policies),
        };
        let built = sheet.timed(Phase::Build, &**observer, || {
            builder.build(&intake, &scanned, &**observer, brake, &mut |change| page.change(change))
        })?;
        let verdict = Case {
            settings: &settings.guard,
            tally: &built.tally,
            intake: &intake,
            scanned: &scanned,
            checkpoint: checkpoint.as_ref(),
            approve: None,
            token: &self.department.token,
            now: now.as_second(),
        }
        .judge()?;
        verdict.log(&self.department.name);
        sheet.guard = verdict.summary();
        let left = page.rest(&scanned, &built, checkpoint.as_ref(), &mut sheet)?;
        let differs = built.tally.creates + built.tally.updates > 0;
        let exit = match verdict {
            Verdict::Held(_) => Exit::Held,
            _ if left > 0 => Exit::LeftOver,
            _ => Exit::Complete,
        };
        let Report { summary, tips, .. } = sheet.close(exit);
        page.end(&summary, &tips, self.show).map_err(unwritable)?;
        Ok(Ended { exit, differs, error: None })
    }
}

/// The output under way, and what its end will say.
struct Page<'a> {
    format: Box<dyn DiffFormat + Send + 'a>,
    totals_only: bool,
    fields: BTreeMap<Field, (u64, u64)>,
    creates: u64,
    updates: u64,
    warnings: u64,
}

impl<'a> Page<'a> {
    fn open(dry: &Dry<'_>, out: &'a mut (dyn Write + Send)) -> Self {
        let Show { kind, values, color, totals_only, options: _ } = dry.show;
        let format = open(kind, out, values, color);
        Self { format, totals_only, fields: BTreeMap::new(), creates: 0, updates: 0, warnings: 0 }
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        self.warnings += change.warnings.len() as u64;
        match (&change.action, change.scope) {
            (Action::Create, _) => self.creates += 1,
            (Action::Update { .. }, Scope::Whole) => self.updates += 1,
            // Its customer is counted as rejected.
            (Action::Update { .. }, Scope::OptOuts) => {}
        }
        if change.base().is_some() {
            self.count_fields(change);
        }
        if self.totals_only { Ok(()) } else { self.format.change(change) }
    }

    /// A customer counts once per field, however many of its vehicles or phones change in it.
    fn count_fields(&mut self, change: &Change) {
        let mut changed: BTreeMap<Field, bool> = BTreeMap::new();
        for field in &change.fields {
            *changed.entry(field.field).or_default() |= field.new.is_none();
        }
        for (field, blanked) in changed {
            let (customers, blank) = self.fields.entry(field).or_default();
            *customers += 1;
            *blank += u64::from(blanked);
        }
    }

    /// Rejections, and the counts; how many need work.
    fn rest(
        &mut self,
        scanned: &Scanned,
        built: &BuiltPlan,
        checkpoint: Option<&Checkpoint>,
        sheet: &mut Sheet,
    ) -> Result<u64, RunError> {
        let mut causes = Causes { checkpoint, counts: BTreeMap::new() };
        for RejectedRow { at, bytes, cause } in &scanned.rejected {
            causes.add(&Subject::Row(*bytes), cause, sheet)?;
            if !self.totals_only {
                self.format
                    .rejected(&Rejection { customer_key: None, code: &cause.code, at })
                    .map_err(unwritable)?;
            }
        }
        for settled in &built.settled {
            let Some(outcome) = &settled.outcome else { continue };
            sheet.customers.add(outcome.kind, 1);
            sheet.warnings += settled.warnings.len() as u64;
            let (Some(cause), Some(at)) = (&outcome.cause, &outcome.at) else { continue };
            if outcome.kind.needs_work() {
                causes.add(&settled.key.clone().into(), cause, sheet)?;
            }
            if outcome.kind == OutcomeKind::Rejected && !self.totals_only {
                let key = Some(&settled.key);
                self.format
                    .rejected(&Rejection { customer_key: key, code: &cause.code, at })
                    .map_err(unwritable)?;
            }
        }
        sheet.warnings += self.warnings + built.said.len() as u64;
        let customers = &mut sheet.customers;
        customers.add(OutcomeKind::Unchanged, scanned.scan.unchanged() + built.same.len() as u64);
        customers.add(OutcomeKind::Created, self.creates);
        customers.add(OutcomeKind::Updated, self.updates);
        sheet.causes = causes.counted();
        Ok(sheet.causes.iter().map(|cause| cause.customers).sum())
    }

    fn end(
        mut self,
        summary: &RunSummary,
        tips: &BTreeMap<String, String>,
        show: Show<'_>,
    ) -> io::Result<()> {
        let line = |(field, (customers, blanked)): (&Field, &(u64, u64))| ChangeLine {
            field: *field,
            customers: *customers,
            blanked: *blanked,
        };
        let mut top: Vec<_> = self.fields.iter().map(line).collect();
        top.sort_by_key(|line| std::cmp::Reverse(line.customers));
        top.truncate(TOP_FIELDS);
        let Show { options, color, .. } = show;
        let context = SummaryContext { report_path: None, top_changes: &top, tips, options, color };
        self.format.end(summary, &context)
    }
}

/// Why customers and rows need work, and how many of them did not have that cause on the last run.
struct Causes<'a> {
    checkpoint: Option<&'a Checkpoint>,
    counts: BTreeMap<String, (u64, u64)>,
}

impl Causes<'_> {
    fn add(&mut self, subject: &Subject, cause: &Cause, sheet: &mut Sheet) -> Result<(), CheckpointError> {
        let known = self.checkpoint.map(|checkpoint| checkpoint.leftover(subject)).transpose()?.flatten();
        let is_new = known.is_none_or(|known| known.entry.code != cause.code);
        let (customers, new) = self.counts.entry(cause.code.clone()).or_default();
        *customers += 1;
        *new += u64::from(is_new);
        sheet.tips.insert(cause.code.clone(), cause.tip.clone());
        Ok(())
    }

    /// Most frequent first.
    fn counted(self) -> Vec<CauseCount> {
        let count = |(code, (customers, new))| CauseCount { code, customers, new };
        let mut causes: Vec<_> = self.counts.into_iter().map(count).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.customers));
        causes
    }
}
