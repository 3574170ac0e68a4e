//! What is held or refused, on what grounds, with its likeliest causes; it leaves no trace.

use std::fs;

use super::broken::{Broken, broken_columns, broken_files, broken_letters};
use super::harness::nights::known;
use super::shown::{line, names_causes, texts};
use super::store::{STORE, TODAY, bench, store};

/// Runs every export of `all` on one store: what is held leaves it as it was.
#[track_caller]
fn all_are_held(all: Vec<Broken>) {
    let mut bench = bench();
    let (before, remote) = (known(&bench), bench.remote());
    for Broken { name, bytes, grounds, likely, file, setting } in all {
        fs::remove_dir_all(bench.path("exports")).unwrap();
        fs::create_dir(bench.path("exports")).unwrap();
        bench
            .set_department("profile", "store.toml")
            .set_department("export", "full")
            .set("guard.max_age", "");
        bench.write(file, bytes);
        setting(&mut bench);
        let ran = bench.run(["sync"]).expect(4);
        let guard = bench.latest().summary["guard"].clone();
        if likely.is_empty() {
            let refusal = ran.stderr.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
            line(name, "refused", refusal.split_once("ERROR ").unwrap_or_default().1, ran.code);
            assert_eq!(guard["verdict"], "not_judged", "{name}");
            ran.says(grounds);
        } else {
            let breaches = texts(&guard["breaches"]);
            let short = breaches.iter().map(|breach| breach.split(" customers").next().unwrap());
            line(name, "held", &short.collect::<Vec<_>>().join("; "), ran.code);
            assert_eq!(guard["verdict"], "held", "{name}");
            for ground in grounds {
                assert!(
                    breaches.iter().any(|breach| breach.starts_with(ground)),
                    "{name}: {ground}: {breaches:#?}"
                );
            }
            names_causes(&ran, &bench.latest().log, likely);
        }
        assert_eq!(bench.journal(), [], "{name}: nothing is asked or sent");
        assert_eq!(known(&bench), before, "{name}");
    }
    assert_eq!(bench.remote(), remote);
    // None of it stays behind.
    bench.set_department("profile", "store.toml").set_department("export", "full").set("guard.max_age", "");
    fs::remove_dir_all(bench.path("exports")).unwrap();
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write(TODAY, store().to_csv());
    bench.sync(0);
    assert_eq!(bench.latest().counts(), format!("unchanged {STORE}"));
}

#[test]
fn broken_columns_are_held() {
    all_are_held(broken_columns());
}

#[test]
fn broken_letters_are_held() {
    all_are_held(broken_letters());
}

#[test]
fn wrong_files_are_held() {
    all_are_held(broken_files());
}
