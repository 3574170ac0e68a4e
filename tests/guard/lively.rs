//! Nights on which much happens, and which pass.

use super::harness::{Export, Workbench};
use super::shown::line;
use super::store::{TODAY, bench, number, person, store};

/// A night that ends well, as counted.
#[track_caller]
fn passes(name: &str, bench: &Workbench, export: &Export, code: i32, counts: &str) {
    bench.write(TODAY, export.to_csv());
    let ran = bench.run(["sync"]);
    let run = bench.latest();
    line(name, run.summary["guard"]["verdict"].as_str().unwrap(), &run.counts(), ran.code);
    ran.expect(code);
    assert_eq!(
        (run.summary["guard"]["verdict"].as_str(), run.counts().as_str()),
        (Some("passed"), counts),
        "{name}"
    );
}

#[test]
fn lively_nights_pass() {
    let bench = bench();
    // A normal night: a few of everything, and of each thing that looks odd, one.
    let mut night = store();
    night.set(&number(11), "cellPhone", "(209) 555-0177").set(&number(12), "email", "");
    night.set(&number(4), "firstName", "Élodié").set(&number(34), "firstName", "?lodie");
    for (column, cell) in [
        ("firstName", "Perpetua"),
        ("lastName", "Wrexham"),
        ("cellPhone", "(312) 555-0144"),
        ("homePhone", ""),
        ("email", "p.w@example.org"),
        ("vin", ""),
    ] {
        night.set(&number(20), column, cell);
    }
    person(&mut night, "100900", 900);
    night.drop_customer(&number(40));
    passes("a normal night", &bench, &night, 0, "created 1, missing 1, unchanged 295, updated 4");

    // A weekend's work at once: 8 % updates, 2 % creates.
    let mut monday = night.clone();
    for n in 50..74 {
        let (column, cell) = [
            ("cellPhone", format!("(313) 555-01{n}")),
            ("addressLine1", format!("{n} Tollgate Rd")),
            ("lastName", "Ashgrove".into()),
        ][n % 3]
            .clone();
        monday.set(&number(n), column, &cell);
    }
    (0..6).for_each(|n| person(&mut monday, &(101_000 + n).to_string(), 910 + n));
    passes("a busy Monday", &bench, &monday, 0, "created 6, missing 1, unchanged 276, updated 24");

    // 12 % updates, most of them addresses and e-mails; a few of the e-mails go.
    let mut month_end = monday.clone();
    for n in 100..136 {
        let (column, cell) = match n % 4 {
            0 => ("email", format!("new.{n}@example.net")),
            1 => ("addressLine1", format!("{n} Millrace Ct")),
            2 => ("city", "Eugene".to_owned()),
            _ => ("zip", format!("96{n}")),
        };
        month_end.set(&number(n), column, &cell);
    }
    for n in 140..152 {
        month_end.set(&number(n), "email", "");
    }
    for n in 152..156 {
        month_end.set(&number(n), "lastName", "");
    }
    passes("month end", &bench, &month_end, 3, "missing 1, rejected 4, unchanged 266, updated 36");
}
