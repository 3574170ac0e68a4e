//! What the table says of an export, and what a person is told of a breach.

use super::harness::Ran;

/// A line of the table.
pub(crate) fn line(name: &str, verdict: &str, grounds: &str, code: i32) {
    println!("{name:48} {verdict:8} {code:4}  {grounds}");
}

pub(crate) fn texts(list: &serde_json::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Three causes, the likeliest first, on the screen and in the logs.
#[track_caller]
pub(crate) fn names_causes(ran: &Ran, log: &str, likeliest: &str) {
    let shown = ran.stdout.split_once("likeliest first:\n").expect("causes").1;
    let first = shown.split("  2. ").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(first.starts_with(&format!("1. {likeliest}")), "{likeliest}:\n{}", ran.stdout);
    assert!(shown.contains("  3. ") && !shown.contains("  4. "), "{}", ran.stdout);
    for log in [log, &ran.stderr] {
        let line = log.lines().find(|line| line.contains("breaks limits of the guard")).expect("an event");
        assert!(line.contains(&format!("1. {likeliest}")) && line.contains("; 3. "), "{line}");
    }
}
