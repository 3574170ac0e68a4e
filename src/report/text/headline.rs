//! The first line: department, how many customers, what became of them, and how the run ended.

use crate::domain::{OutcomeKind, RunSummary};

use super::is_dry;
use super::page::{Page, Style, count, thousands};

/// The headline, in the colour of the verdict.
pub(super) fn write(page: &mut Page, summary: &RunSummary) {
    let style = match summary.exit.code {
        0 if nothing_changed(summary) => Style::Bold,
        0 | 7 => Style::Green,
        3 | 4 | 6 | 130 | 143 => Style::Yellow,
        _ => Style::Red,
    };
    let mut parts = vec![match summary.customers.total {
        0 => "no customers".to_owned(),
        n => count(n, "customer"),
    }];
    parts.extend(fates(summary));
    let RunSummary { department, mode, .. } = summary;
    page.paragraph(style, "", &format!("{department}: {} ({mode}, {})", parts.join(", "), verdict(summary)));
}

/// What became of the customers, unchanged ones left out unless that is all there is to say.
fn fates(summary: &RunSummary) -> Vec<String> {
    let counts = &summary.customers;
    let kinds = OutcomeKind::ALL.into_iter().filter(|kind| *kind != OutcomeKind::Unchanged);
    let mut fates: Vec<String> = kinds
        .filter(|kind| counts.of(*kind) > 0)
        .map(|kind| format!("{} {}", thousands(counts.of(kind)), word(kind, summary)))
        .collect();
    let moved = counts.created + counts.updated + counts.held + counts.not_attempted;
    if moved == 0 && counts.total > 0 {
        fates.insert(0, "nothing changed".to_owned());
    }
    if counts.missing > 0 {
        fates.push(format!("{} missing", thousands(counts.missing)));
    }
    fates
}

/// What people call `kind`; in a dry run, what would become of the customer.
pub(super) fn word(kind: OutcomeKind, summary: &RunSummary) -> &'static str {
    match kind {
        OutcomeKind::Created if is_dry(summary) => "to create",
        OutcomeKind::Updated if is_dry(summary) => "to update",
        OutcomeKind::InDoubt => "in doubt",
        OutcomeKind::NotAttempted => "not attempted",
        kind => kind.as_str(),
    }
}

/// Whether there is nothing more to say than that: a finished run without a change, a leftover or a breach.
pub(super) fn nothing_changed(summary: &RunSummary) -> bool {
    let counts = &summary.customers;
    summary.exit.code == 0
        && counts.total == counts.unchanged + counts.skipped
        && summary.rows.rejected == 0
        && summary.causes.is_empty()
        && summary.guard.breaches.is_empty()
}

/// How the run ended, by the public table of exit codes; a code that is not in it speaks for itself.
fn verdict(summary: &RunSummary) -> &str {
    match summary.exit.code {
        4 if is_held(summary) && is_dry(summary) => "dry run, the guard would hold it",
        0 | 7 if is_dry(summary) => "dry run, nothing was sent",
        0 => "complete",
        1 => "failed: see the log",
        3 if is_dry(summary) => "dry run, some need work",
        3 => "finished, some need work",
        4 if is_held(summary) => "held by the guard, nothing was sent",
        4 => "input refused, nothing was sent",
        5 => "stopped early",
        6 => "another run is on",
        130 | 143 => "interrupted, resumable",
        _ => &summary.exit.name,
    }
}

/// Whether the guard stopped the run, or would, rather than an unreadable input.
pub(super) fn is_held(summary: &RunSummary) -> bool {
    summary.guard.verdict == "held"
}
