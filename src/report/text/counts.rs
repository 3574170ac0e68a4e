//! What happened, in numbers: customers, rows, requests, time. Only what is not zero.

use std::path::Path;

use crate::domain::{OutcomeKind, Phase, RunSummary};

use super::ChangeLine;
use super::headline::word;
use super::page::{Page, Style, count, duration, thousands};

/// The fields that change most.
pub(super) fn write_top_changes(page: &mut Page, changes: &[ChangeLine]) {
    if changes.is_empty() {
        return;
    }
    page.gap();
    page.line(Style::Bold, 0, "fields that change most");
    let width = changes.iter().map(|line| line.field.as_str().len()).max().unwrap_or_default();
    for ChangeLine { field, customers, blanked } in changes {
        let blanked = match blanked {
            0 => String::new(),
            n => format!(", {} blanked", thousands(*n)),
        };
        let customers = count(*customers, "customer");
        page.line(Style::Plain, 2, &format!("{:<width$}  {customers}{blanked}", field.as_str()));
    }
}

/// Customers by outcome, aligned, and the facts of the run.
pub(super) fn write(page: &mut Page, summary: &RunSummary, report: Option<&Path>) {
    if summary.customers.total + summary.customers.missing > 0 {
        page.gap();
        write_customers(page, summary);
    }
    page.gap();
    if summary.rows.total > 0 {
        page.row("rows", &rows(summary));
    }
    if summary.warnings > 0 {
        page.row("warnings", &format!("{} (fields repaired or dropped)", thousands(summary.warnings)));
    }
    if summary.requests.total > 0 {
        page.row("requests", &requests(summary));
    }
    if matches!(summary.guard.verdict.as_str(), "passed" | "approved" | "resumed") {
        page.row("guard", &summary.guard.verdict);
    }
    if !summary.phases_ms.is_empty() {
        page.row("time", &time(summary));
    }
    if let Some(path) = report {
        page.fixed_row("report", &path.display().to_string());
    }
}

/// The second of two lines, when there is nothing more to say.
pub(super) fn write_in_one_line(page: &mut Page, summary: &RunSummary, report: Option<&Path>) {
    let mut parts = vec![format!("{} in {}", count(summary.rows.total, "row"), duration(total_ms(summary)))];
    if summary.requests.total > 0 {
        parts.push(count(summary.requests.total, "request"));
    }
    if summary.warnings > 0 {
        parts.push(count(summary.warnings, "warning"));
    }
    parts.extend(report.map(|path| format!("report: {}", path.display())));
    page.line(Style::Plain, 2, &parts.join(", "));
}

fn write_customers(page: &mut Page, summary: &RunSummary) {
    let counts = &summary.customers;
    let mut lines: Vec<(&str, u64, &str)> =
        OutcomeKind::ALL.into_iter().map(|kind| (word(kind, summary), counts.of(kind), "")).collect();
    lines.push(("missing", counts.missing, "  not in the export; left alone"));
    let lines: Vec<_> = lines.into_iter().filter(|(_, n, _)| *n > 0).collect();
    let width = lines.iter().map(|(_, n, _)| thousands(*n).len()).max().unwrap_or_default();
    for (label, n, note) in lines {
        page.fixed_row(label, &format!("{:>width$}{note}", thousands(n)));
    }
}

fn rows(summary: &RunSummary) -> String {
    let mut parts = vec![format!("{} read", thousands(summary.rows.total))];
    if summary.rows.rejected > 0 {
        parts.push(format!("{} unusable", thousands(summary.rows.rejected)));
    }
    if let [_, _, ..] = summary.inputs.as_slice() {
        parts.push(format!("from {} files", summary.inputs.len()));
    }
    parts.join(", ")
}

/// How many requests, how fast, with which answers.
fn requests(summary: &RunSummary) -> String {
    let requests = &summary.requests;
    let rate = match requests.per_second {
        rate if rate > 0.0 => format!(" at {rate:.1} a second"),
        _ => String::new(),
    };
    let mut parts = vec![format!("{}{rate}", thousands(requests.total))];
    if requests.retries > 0 {
        parts.push(format!("{} retried", thousands(requests.retries)));
    }
    if requests.throttled > 0 {
        parts.push(format!("{} throttled", thousands(requests.throttled)));
    }
    let answers: Vec<String> =
        requests.by_status.iter().map(|(status, n)| format!("{status}: {}", thousands(*n))).collect();
    if !answers.is_empty() {
        parts.push(format!("answers {}", answers.join(", ")));
    }
    parts.join("; ")
}

/// The whole, and each phase in the order of the line.
fn time(summary: &RunSummary) -> String {
    let known = [Phase::Scan, Phase::Build, Phase::Push, Phase::Report].map(Phase::as_str);
    let rank = |name: &str| known.iter().position(|phase| *phase == name).unwrap_or(known.len());
    let mut phases: Vec<_> = summary.phases_ms.iter().collect();
    phases.sort_by_key(|(name, _)| rank(name));
    let phases: Vec<String> =
        phases.into_iter().map(|(name, ms)| format!("{name} {}", duration(*ms))).collect();
    format!("{}: {}", duration(total_ms(summary)), phases.join(", "))
}

fn total_ms(summary: &RunSummary) -> u64 {
    summary.phases_ms.values().fold(0, |sum, ms| sum.saturating_add(*ms))
}
