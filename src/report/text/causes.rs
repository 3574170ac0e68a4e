//! Why customers need work, and why the guard held them: what a person reads first.

use std::collections::BTreeMap;

use crate::domain::RunSummary;

use super::headline::is_held;
use super::page::{Page, Style, count, thousands};
use super::{is_dry, last_run};

/// Causes that are shown; the others are in the report.
const SHOWN: usize = 10;

/// Files without columns of consent: a quiet night of theirs looks like one on which nobody objects.
pub(super) fn write_not_there(page: &mut Page, summary: &RunSummary) {
    let mut files: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
    for input in summary.inputs.iter().filter(|input| !input.consent_not_there.is_empty()) {
        files.entry(&input.consent_not_there).or_default().push(&input.path);
    }
    for (roles, paths) in files {
        let file = match paths.as_slice() {
            [path, others @ ..] if !others.is_empty() => format!("{path} and {} more have", others.len()),
            paths => format!("{} has", paths.concat()),
        };
        let text = format!(
            "consent.not_there: {file} no column for {}: no opt-out of that kind is read",
            roles.join(", ")
        );
        page.paragraph(Style::Yellow, "  ", &text);
    }
}

/// Every limit that the plan breaks, and what may lie behind them.
pub(super) fn write_breaches(page: &mut Page, summary: &RunSummary) {
    let breaches = &summary.guard.breaches;
    if breaches.is_empty() {
        return;
    }
    let n = breaches.len() as u64;
    let (style, head) = if is_held(summary) {
        let would = if is_dry(summary) { "would be " } else { "" };
        (Style::Red, format!("{would}held by {}:", count(n, "limit")))
    } else {
        (Style::Yellow, format!("{} beyond {}:", summary.guard.verdict, count(n, "limit")))
    };
    page.gap();
    page.paragraph(style, "", &head);
    for breach in breaches {
        page.paragraph(Style::Plain, "  - ", breach);
    }
    let likely = &summary.guard.likely;
    if !likely.is_empty() {
        page.line(Style::Plain, 0, "what mostly lies behind that, likeliest first:");
    }
    for (n, cause) in (1_u32..).zip(likely) {
        page.paragraph(Style::Plain, &format!("  {n}. "), cause);
    }
}

/// The causes with their customers, codes and tips.
pub(super) fn write(page: &mut Page, summary: &RunSummary, tips: &BTreeMap<String, String>) {
    let leftovers = leftovers(summary);
    if leftovers.is_empty() && summary.causes.is_empty() {
        return;
    }
    page.gap();
    page.paragraph(Style::Bold, "", &head(summary, &leftovers));
    let shown = &summary.causes[..summary.causes.len().min(SHOWN)];
    let numbers: Vec<String> = shown.iter().map(|cause| thousands(cause.customers)).collect();
    let width = numbers.iter().map(String::len).max().unwrap_or_default().max(5);
    for (cause, number) in shown.iter().zip(&numbers) {
        let new = match cause.new {
            0 => String::new(),
            new if new == cause.customers => " (new)".to_owned(),
            new => format!(" ({} new)", thousands(new)),
        };
        page.paragraph(Style::Plain, &format!("  {number:>width$}  "), &format!("{}{new}", cause.code));
        if let Some(tip) = tips.get(&cause.code) {
            page.paragraph(Style::Dim, &" ".repeat(width + 4), tip);
        }
    }
    if let Some(more) = summary.causes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let place = if is_dry(summary) { "" } else { ", in summary.json" };
        page.line(Style::Dim, width + 4, &format!("and {more} more{place}"));
    }
}

/// `412 rejected, 3 failed: 4 causes (1 new since last night)`.
fn head(summary: &RunSummary, leftovers: &[String]) -> String {
    let mut head = leftovers.join(", ");
    if !summary.causes.is_empty() {
        if !head.is_empty() {
            head.push_str(": ");
        }
        head.push_str(&count(summary.causes.len() as u64, "cause"));
        head.push_str(&novelty(summary));
    }
    head
}

/// Whether there is anything that was not there before: a cause, or at least a customer.
fn novelty(summary: &RunSummary) -> String {
    let causes = summary.causes.iter().filter(|cause| cause.new > 0 && cause.new == cause.customers).count();
    let customers: u64 = summary.causes.iter().map(|cause| cause.new).sum();
    let since = last_run(summary);
    match (causes, customers) {
        (0, 0) => format!(" (none new since {since})"),
        (0, customers) => format!(" ({} new since {since})", count(customers, "customer")),
        (causes, _) => format!(" ({causes} new since {since})"),
    }
}

/// Who needs work, by class.
fn leftovers(summary: &RunSummary) -> Vec<String> {
    let counts = &summary.customers;
    let classes = [(counts.rejected, "rejected"), (counts.failed, "failed"), (counts.in_doubt, "in doubt")];
    let mut leftovers: Vec<String> = classes
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, class)| format!("{} {class}", thousands(n)))
        .collect();
    if summary.rows.rejected > 0 {
        leftovers.push(format!("{} unusable", count(summary.rows.rejected, "row")));
    }
    leftovers
}
