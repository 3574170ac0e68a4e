//! Every state of a run that a person may wake up to.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use super::super::sample;
use super::*;

const REPORT: &str = "reports/springfield/20260908T020000Z-a1b2";

fn tips() -> BTreeMap<String, String> {
    let tips = [
        ("name.missing", "give it both names, or mark it as a business and name the company"),
        (
            "http.422",
            "the API refuses these values and does not say which; compare the row with one that went through, column by column",
        ),
        (
            "adopt.mismatch",
            "this key belongs to somebody else at myKaarma: compare both with `dms-sync explain`",
        ),
    ];
    tips.map(|(code, tip)| (code.to_owned(), tip.to_owned())).into()
}

fn shown(run: &RunSummary) -> String {
    let tips = tips();
    let context = SummaryContext { report_path: Some(Path::new(REPORT)), tips: &tips, ..Default::default() };
    summary(run, &context)
}

#[test]
fn first_run() {
    insta::assert_snapshot!(shown(&sample::first_run()));
}

#[test]
fn nothing_changed_is_two_lines() {
    let text = shown(&sample::quiet_night());
    assert_eq!(text.lines().count(), 2);
    insta::assert_snapshot!(text);
}

#[test]
fn held_by_the_guard() {
    let tips = tips();
    let top_changes = [
        ChangeLine { field: Field::Email, customers: 16_002, blanked: 16_002 },
        ChangeLine { field: Field::CellPhone, customers: 88, blanked: 0 },
    ];
    let context = SummaryContext {
        report_path: Some(Path::new(REPORT)),
        top_changes: &top_changes,
        tips: &tips,
        color: Color::Plain,
        options: "",
    };
    insta::assert_snapshot!(summary(&sample::held(), &context));
}

#[test]
fn a_dry_run_has_no_plan_to_approve() {
    let mut run = sample::held();
    run.mode = "diff".to_owned();
    let text = summary(&run, &SummaryContext::default());
    assert!(text.contains("would be held by 3 limits") && !text.contains("--approve"), "{text}");
}

#[test]
fn approved_after_it_was_held() {
    let mut run = sample::first_run();
    run.guard = sample::held().guard;
    run.guard.verdict = "approved".to_owned();
    run.guard.likely.clear();
    insta::assert_snapshot!(shown(&run));
}

#[test]
fn partially_failed() {
    insta::assert_snapshot!(shown(&sample::partial_failure()));
}

#[test]
fn interrupted() {
    insta::assert_snapshot!(shown(&sample::interrupted()));
}

#[test]
fn dry_run() {
    insta::assert_snapshot!(summary(&sample::dry_run(), &SummaryContext::default()));
}

#[test]
fn a_run_that_ended_before_its_first_row() {
    for (code, verdict) in [
        (1, "failed"),
        (2, "usage"),
        (4, "input refused, nothing was sent"),
        (5, "stopped early"),
        (6, "another run is on"),
    ] {
        let mut run = sample::quiet_night();
        run.exit.code = code;
        run.exit.name = "usage".to_owned();
        run.customers = crate::domain::summary::CustomerCounts::default();
        run.rows = crate::domain::summary::RowCounts::default();
        run.guard = crate::domain::summary::GuardSummary::default();
        let text = summary(&run, &SummaryContext::default());
        assert!(text.starts_with("springfield: no customers ("), "{text}");
        assert!(text.contains(verdict) && text.contains("\nnext\n"), "{text}");
    }
}

#[test]
fn colours_add_nothing_but_escape_sequences() {
    let tips = tips();
    let run = sample::partial_failure();
    let path = Some(Path::new(REPORT));
    let context = SummaryContext { report_path: path, tips: &tips, ..Default::default() };
    let plain = summary(&run, &context);
    let mut colored = summary(&run, &SummaryContext { color: Color::Ansi, ..context });
    assert_ne!(plain, colored);
    for code in ["0", "1", "2", "31", "32", "33"] {
        colored = colored.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(plain, colored);
}

#[test]
fn everything_but_paths_and_commands_fits_in_80_columns() {
    for run in [
        sample::first_run(),
        sample::quiet_night(),
        sample::held(),
        sample::partial_failure(),
        sample::interrupted(),
        sample::dry_run(),
    ] {
        for line in shown(&run).lines().filter(|line| !line.contains(REPORT) && !line.contains("dms-sync ")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn causes_beyond_ten_are_counted() {
    let mut run = sample::partial_failure();
    run.causes = (0..25)
        .map(|n| crate::domain::summary::CauseCount { code: format!("code.{n}"), customers: 1, new: 0 })
        .collect();
    let text = shown(&run);
    assert!(text.contains("and 15 more, in summary.json") && !text.contains("code.10"), "{text}");
    assert!(text.contains("25 causes (none new"), "{text}");
}

#[test]
fn nothing_is_lost_in_any_sample() {
    for run in [sample::first_run(), sample::held(), sample::partial_failure(), sample::interrupted()] {
        assert!(run.customers.conserve());
        assert_eq!(run.rows.total, run.rows.used + run.rows.rejected);
    }
    let mut lost = sample::partial_failure().customers;
    lost.total += 1;
    assert!(!lost.conserve());
}

proptest::proptest! {
    #[test]
    fn counting_conserves_customers(kinds in proptest::collection::vec((0..9usize, 0..1_000_000u64), 0..40)) {
        let mut counts = crate::domain::summary::CustomerCounts::default();
        for (kind, n) in &kinds {
            counts.add(crate::domain::OutcomeKind::ALL[*kind], *n);
        }
        proptest::prop_assert!(counts.conserve());
        proptest::prop_assert_eq!(counts.total, kinds.iter().map(|(_, n)| n).sum::<u64>());
        // What is missing from the export is no customer of the export.
        counts.missing = 7;
        proptest::prop_assert!(counts.conserve());
    }
}
