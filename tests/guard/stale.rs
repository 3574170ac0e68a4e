//! Files that are older than what the checkpoint knows.

use std::fs;

use super::harness::Workbench;
use super::harness::export::people;
use super::harness::nights::loaded;
use super::shown::texts;

#[test]
fn yesterdays_file_is_stale() {
    let bench = Workbench::new();
    bench.sample("next-day.csv").sync(0);
    let before = bench.remote();
    bench.model().clear_journal();
    bench.sample("customers.csv").sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!((bench.journal(), bench.remote()), (vec![], before));
    // By the files' names too.
    let mut bench = loaded(3);
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/customers_20260915.csv", people(3).to_csv());
    bench.sync(0);
    fs::remove_file(bench.path("exports/customers_20260915.csv")).unwrap();
    bench.write("exports/customers_20260914.csv", people(4).to_csv());
    bench.sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!(bench.remote().len(), 3);
}

#[test]
fn a_mistyped_date_does_not_make_every_later_export_an_older_one() {
    let bench = Workbench::new();
    let night = |dates: [&str; 2]| {
        let rows = [("7", "Ansel", dates[0]), ("8", "Berit", dates[1])];
        let rows = rows.map(|(key, name, date)| format!("{key},{name},Threlkeld,{date}\n"));
        bench.write("export.csv", format!("customerKey,firstName,lastName,updatedAt\n{}", rows.concat()));
    };
    night(["2026-09-01", "2098-09-01"]);
    bench.sync(0);
    night(["2026-09-02", "2026-09-02"]);
    bench.sync(0);
    night(["2026-09-01", "2026-09-01"]);
    bench.sync(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    assert!(matches!(breaches.as_slice(), [only] if only.starts_with("stale")), "{breaches:?}");
}
