//! What a person understands of a run at a glance, in a terminal of 80 columns.
//!
//! The causes come before the counts: what is wrong, how often, what to do. Then what happened, where the report is and
//! the next command. A night on which nothing changed is two lines. Each block has its file; `page` knows
//! columns and colours. No personal value can get here: a [`RunSummary`] has none.

mod causes;
mod counts;
mod headline;
mod next;
pub(super) mod page;

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::{Field, RunSummary};

pub use super::diff::text::diff_text;
pub(super) use page::Style;

use page::Page;

/// Whether text may hold escape sequences for colours. Whether it should is the caller's to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// None: a file, a pipe, `--color never`.
    #[default]
    Plain,
    /// The eight standard colours.
    Ansi,
}

/// How many customers a plan changes in one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeLine {
    /// The field.
    pub field: Field,
    /// Customers whose plan changes it.
    pub customers: u64,
    /// How many of them lose its value.
    pub blanked: u64,
}

/// What the text says beyond the summary itself.
#[derive(Debug, Clone, Copy)]
pub struct SummaryContext<'a> {
    /// The run's directory, where there is one: a dry run leaves none.
    pub report_path: Option<&'a Path>,
    /// The fields that change most, most frequent first; as many as are to be shown.
    pub top_changes: &'a [ChangeLine],
    /// What a person can do, by a cause's code. A code without a tip is shown without one.
    pub tips: &'a BTreeMap<String, String>,
    /// What the commands that it proposes need beside the department, e.g. ` --config FILE`; begins with a blank.
    pub options: &'a str,
    /// Colours.
    pub color: Color,
}

static NO_TIPS: BTreeMap<String, String> = BTreeMap::new();

impl Default for SummaryContext<'_> {
    fn default() -> Self {
        Self { report_path: None, top_changes: &[], tips: &NO_TIPS, options: "", color: Color::Plain }
    }
}

/// The run as text, with a line break at its end. No line is wider than 80 columns but those that hold a path or a
/// command, which are not to be broken.
pub fn summary(summary: &RunSummary, context: &SummaryContext<'_>) -> String {
    let mut page = Page::new(context.color);
    headline::write(&mut page, summary);
    if headline::nothing_changed(summary) {
        counts::write_in_one_line(&mut page, summary, context.report_path);
        causes::write_not_there(&mut page, summary);
        return page.finish();
    }
    causes::write_not_there(&mut page, summary);
    causes::write_breaches(&mut page, summary);
    causes::write(&mut page, summary, context.tips);
    counts::write_top_changes(&mut page, context.top_changes);
    counts::write(&mut page, summary, context.report_path);
    next::write(&mut page, summary, context);
    page.finish()
}

/// Whether the run only shows what would happen.
fn is_dry(summary: &RunSummary) -> bool {
    summary.mode == "diff"
}

/// How people call the run that this one is compared with.
fn last_run(summary: &RunSummary) -> &'static str {
    if summary.mode == "sync" { "last night" } else { "the last run" }
}

#[cfg(test)]
mod tests;
