//! What to do next: the commands, ready to be copied.

use std::path::Path;

use crate::domain::RunSummary;

use super::headline::is_held;
use super::page::{Page, Style};
use super::{SummaryContext, is_dry};

/// A sentence, and the command that does it.
struct Step {
    what: &'static str,
    command: Option<String>,
}

/// Every step that this run leaves to a person; none, and no block, where it leaves none.
pub(super) fn write(page: &mut Page, summary: &RunSummary, context: &SummaryContext<'_>) {
    let steps = steps(summary, context.report_path);
    if steps.is_empty() {
        return;
    }
    page.gap();
    page.line(Style::Bold, 0, "next");
    for Step { what, command } in steps {
        page.paragraph(Style::Plain, "  ", what);
        if let Some(command) = command {
            page.line(Style::Plain, 4, &format!("{command}{}", context.options));
        }
    }
}

fn steps(summary: &RunSummary, report: Option<&Path>) -> Vec<Step> {
    match summary.exit.code {
        _ if is_held(summary) => held(summary),
        4 => vec![say("have the export made again; what was wrong with it is in the messages above")],
        5 | 130 | 143 => {
            let mut steps = vec![say("run the same command again: it goes on where this one stopped")];
            steps.extend(leftovers(summary, report));
            steps
        }
        6 => vec![say("wait for the other run, or see what it does:").with(summary, "status", "")],
        1 | 2 => vec![say("see the message above; once that is mended, run the same command again")],
        _ if is_dry(summary) => dry(summary),
        _ => leftovers(summary, report),
    }
}

fn held(summary: &RunSummary) -> Vec<Step> {
    if is_dry(summary) {
        // A dry run records no plan, so there is nothing yet to approve.
        let what = "if the export is right, let a sync be held, and approve the plan that it names:";
        return vec![say(what).with(summary, "sync", "")];
    }
    let approve = format!(" --approve {} --reason \"…\"", summary.run_id);
    vec![
        say("look at what would be sent:").with(summary, "diff", ""),
        say("if it is right, release exactly this plan:").with(summary, "sync", &approve),
    ]
}

fn dry(summary: &RunSummary) -> Vec<Step> {
    let counts = &summary.customers;
    if counts.created + counts.updated + counts.not_attempted == 0 {
        return Vec::new();
    }
    vec![say("to send it:").with(summary, "sync", "")]
}

fn leftovers(summary: &RunSummary, report: Option<&Path>) -> Vec<Step> {
    let counts = &summary.customers;
    let mut steps = Vec::new();
    if counts.rejected > 0 || summary.rows.rejected > 0 {
        let file = report.map_or("errors.csv".into(), |dir| dir.join("errors.csv"));
        let errors = format!(" --errors {}", quoted(&file));
        let what = "correct the rows in errors.csv, or in the DMS; then feed the file back:";
        steps.push(say(what).with(summary, "retry", &errors));
    }
    if counts.failed > 0 || counts.in_doubt > 0 {
        let what = "failed and in doubt: the next run tries them again; to do so now:";
        steps.push(say(what).with(summary, "retry", ""));
    }
    steps
}

fn say(what: &'static str) -> Step {
    Step { what, command: None }
}

impl Step {
    fn with(mut self, summary: &RunSummary, command: &str, options: &str) -> Self {
        self.command = Some(format!("dms-sync {command} --department {}{options}", summary.department));
        self
    }
}

/// `path` as a shell reads it back.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%,~".contains(&b);
    if text.bytes().all(plain) && !text.starts_with(['~', '-']) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        for (path, text) in [
            ("reports/a/errors.csv", "reports/a/errors.csv"),
            ("my reports/e.csv", "'my reports/e.csv'"),
            ("it's/e.csv", r"'it'\''s/e.csv'"),
            ("$(x)/e.csv", "'$(x)/e.csv'"),
        ] {
            assert_eq!(quoted(Path::new(path)), text);
        }
    }
}
