//! The list of errors of a run that was held: the run has settled nobody, and what is corrected in its list is sent all
//! the same. A list can only name whom a run has listed, or who is known.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::Workbench;

const HEADER: &str = "customerKey,firstName,lastName,cellPhone\n";

fn rows(keys: std::ops::Range<u32>, first: &str) -> String {
    keys.map(|n| format!("0{n},{first},Threlkeld,(202) 555-01{n}\n")).collect::<Vec<_>>().concat()
}

/// A store of 20, and an export with 20 more of whom the guard holds all; three have no name and so are listed. Behind
/// it, the list.
fn held() -> (Workbench, String) {
    let mut bench = Workbench::new();
    bench.set("guard.min_customers", 5).set("guard.max_creates", "20%");
    bench.write("export.csv", format!("{HEADER}{}", rows(10..30, "Ann")));
    bench.sync(0);
    let (nameless, new) = (rows(40..43, "").replace("Threlkeld", ""), rows(50..70, "Bo"));
    bench.write("export.csv", format!("{HEADER}{}{nameless}{new}", rows(10..30, "Ann")));
    bench.model().clear_journal();
    bench.sync(4);
    let run = bench.latest();
    assert_eq!((run.codes(), bench.journal()), (vec!["name.missing"; 3], vec![]));
    let list = fs::read_to_string(run.dir.join("errors.csv")).unwrap();
    (bench, list)
}

fn corrected(list: &str) -> String {
    list.replace("040,,", "040,Zed,Quist")
        .replace("041,,", "041,Yves,Quist")
        .replace("042,,", "042,Xia,Quist")
}

#[test]
fn what_is_corrected_in_the_list_of_a_held_run_is_sent() {
    let (bench, list) = held();
    bench.write("edited.csv", corrected(&list));
    bench.run(["diff", "--input", "edited.csv"]).expect(0).shows(&["+ create 040"]);
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!(bench.latest().keys("created"), ["040", "041", "042"]);
    assert_eq!(bench.customer("041").first_name.as_deref(), Some("Yves"));
    assert_eq!(bench.remote().len(), 23, "and nobody else of that export");
    // They are customers like any other: nothing of the list stays.
    bench.run(["status"]).expect(0).shows(&["nothing is left over"]);
}

#[test]
fn what_is_still_wrong_in_it_is_left_over_from_then_on() {
    let (bench, list) = held();
    bench.run(["status"]).expect(0).shows(&["nothing is left over"]);
    bench.write("edited.csv", corrected(&list).replace("042,Xia,Quist", "042,,"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(3);
    assert_eq!(bench.latest().codes(), ["name.missing"]);
    bench.write("again.csv", corrected(&fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap()));
    bench.run(["retry", "--errors", "again.csv"]).expect(0);
    assert_eq!(bench.remote().len(), 23);
}

#[test]
fn a_number_that_a_spreadsheet_has_changed_is_nobodys_there_either() {
    let (mut bench, list) = held();
    bench.write("edited.csv", corrected(&list).replace(",040,Zed", ",40,Zed"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(3).shows(&["key.not_listed"]);
    assert_eq!(bench.latest().keys("created"), ["041", "042"]);
    // Nor one of whom the run has not listed, though its export had them.
    bench.write("edited.csv", corrected(&list).replace(",040,Zed", ",050,Zed"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(3).shows(&["key.not_listed"]);
    // A run that is not kept any more vouches for nobody.
    bench.set("report.keep", 1);
    bench.run(["retry", "--errors", "edited.csv"]).expect(3);
    bench.write("edited.csv", corrected(&list));
    bench.run(["retry", "--errors", "edited.csv"]).expect(3).shows(&["key.not_listed"]);
    assert_eq!(bench.remote().len(), 22);
}
