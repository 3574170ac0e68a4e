//! The story of the README on the samples: the first night, a quiet one, the next day, a messy file, and the way back
//! of what was left over. Asserted on what the remote holds, then on what the run says of itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dms_sync::sandbox::Customer;
use harness::{DEPARTMENT, Export, Workbench, mode, sample};
use serde_json::Value;

/// After the first night on the samples.
fn first_night() -> Workbench {
    let bench = Workbench::new();
    bench.sample("customers.csv").sync(0);
    bench
}

fn keys_of(name: &str) -> BTreeSet<String> {
    Export::parse(&sample(name)).values(&["customerKey"]).map(|key| key.trim().to_owned()).collect()
}

#[test]
fn the_first_run_creates_every_customer_once() {
    let bench = first_night();
    let run = bench.latest();
    assert_eq!(run.counts(), "created 300");
    assert_eq!(run.summary["rows"]["used"], 450);

    let remote = bench.remote();
    let keys: Vec<_> = remote.iter().map(|customer| customer.customer_key.clone().unwrap()).collect();
    assert_eq!(keys.len(), 300);
    assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), keys_of("customers.csv"));
    assert_eq!(bench.asked(), BTreeMap::from([("create".to_owned(), 300)]));
    for entry in bench.journal() {
        assert_eq!((entry.status, entry.body_valid, entry.applied), (Some(200), Some(true), true));
        assert!(entry.warnings.is_empty(), "{entry:?}");
    }
    for customer in &remote {
        for phone in &customer.phone_numbers {
            let number = phone.phone_number.as_deref().unwrap();
            assert!(number.len() == 12 && number.starts_with("+1"), "a number of {customer:?}");
            assert!(matches!(phone.label.as_deref(), Some("cell" | "home" | "work")));
        }
        assert!(matches!(customer.preferred_locale.as_deref(), Some("en-us" | "fr-ca")));
    }
}

#[test]
fn untidy_values_arrive_tidy() {
    let bench = first_night();
    let phones = |key: &str| -> Vec<String> {
        bench.customer(key).phone_numbers.into_iter().filter_map(|phone| phone.phone_number).collect()
    };
    let emails = |key: &str| -> Vec<String> {
        bench.customer(key).emails.into_iter().filter_map(|email| email.email_address).collect()
    };
    let vins = |key: &str| -> Vec<Option<String>> {
        bench.customer(key).vehicles.into_iter().map(|vehicle| vehicle.vin).collect()
    };
    assert_eq!(phones("007213"), ["+13035550194"]);
    assert_eq!(emails("007213"), ["glongfeather@example.com"]);
    assert_eq!(emails("108562").len(), 2, "two e-mails in one cell");
    for none in ["101951", "101812", "103683", "B20413", "103928", "109961"] {
        assert!(emails(none).is_empty(), "{none}");
    }
    for two in ["109709", "107395", "104869"] {
        assert!(phones(two).len() >= 2, "{two}");
    }
    assert_eq!(phones("104921").len(), phones("104921").iter().collect::<BTreeSet<_>>().len());
    for without in ["102968", "108434", "103735", "109001"] {
        assert_eq!(vins(without), [None], "{without}");
    }
    assert!(bench.customer("103887").vehicles.is_empty());
    assert_eq!(vins("103828").iter().flatten().count(), 1, "a European VIN without a check digit is sent");
    // A blank cell of the newer row does not erase, and an opt-out in any row wins.
    assert!(!bench.customer("109099").phone_numbers.is_empty());
    let texts: Vec<_> = bench.customer("100309").phone_numbers.iter().map(|phone| phone.ok_to_text).collect();
    assert!(!texts.is_empty() && texts.iter().all(|flag| *flag == Some(false)), "{texts:?}");
    assert_ne!(bench.customer("000176").customer_uuid, bench.customer("176").customer_uuid);
}

#[test]
fn a_quiet_night_sends_nothing() {
    let bench = first_night();
    let before = bench.remote();
    bench.model().clear_journal();
    let ran = bench.sync(0);
    assert_eq!(bench.journal(), []);
    assert_eq!(bench.remote(), before);
    assert_eq!(bench.latest().counts(), "unchanged 300");
    assert!(ran.stdout.lines().count() <= 3, "{}", ran.stdout);
}

#[test]
fn the_next_day_sends_what_moved_and_nothing_else() {
    let bench = first_night();
    let before: BTreeMap<_, _> =
        bench.remote().into_iter().map(|c| (c.customer_key.clone().unwrap(), c)).collect();
    bench.model().clear_journal();
    bench.sample("next-day.csv").sync(0);
    let run = bench.latest();
    assert_eq!(run.counts(), "created 4, missing 1, unchanged 291, updated 8");
    let created = ["110168", "110179", "110190", "110201"];
    let updated = ["100451", "101253", "101475", "101758", "102839", "105167", "106144", "109353"];
    assert_eq!(run.keys("created"), created);
    assert_eq!(run.keys("updated"), updated);
    let touched: BTreeSet<_> = bench.journal().into_iter().filter_map(|entry| entry.customer_key).collect();
    assert_eq!(touched, created.into_iter().chain(updated).map(str::to_owned).collect());

    let after: BTreeMap<_, _> =
        bench.remote().into_iter().map(|c| (c.customer_key.clone().unwrap(), c)).collect();
    let moved: BTreeSet<_> =
        after.iter().filter(|(key, now)| before.get(*key) != Some(now)).map(|(key, _)| &**key).collect();
    assert_eq!(moved, created.into_iter().chain(updated).collect());
    assert_eq!(before["103622"], after["103622"], "the missing customer stays as it was");

    let was_is = |key: &str| (&before[key], &after[key]);
    let numbers = |c: &Customer| c.phone_numbers.iter().map(|p| p.phone_number.clone()).collect::<Vec<_>>();
    let (was, is) = was_is("109353");
    assert_ne!(numbers(was), numbers(is));
    assert_eq!(numbers(was).len(), numbers(is).len(), "the old number is gone");
    let (was, is) = was_is("102839");
    assert_eq!((was.emails.len(), is.emails.len()), (1, 1));
    assert_ne!(was.emails[0].email_address, is.emails[0].email_address);
    let (was, is) = was_is("105167");
    assert_eq!((was.addresses.len(), is.addresses.len()), (1, 1));
    assert_ne!(was.addresses[0].line1, is.addresses[0].line1);
    assert_eq!(was.addresses[0].city, is.addresses[0].city);
    let (was, is) = was_is("101253");
    assert_ne!(was.last_name, is.last_name);
    assert_eq!(was.first_name, is.first_name);
    let (was, is) = was_is("106144");
    assert_ne!(was.vehicles[0].estimated_mileage, is.vehicles[0].estimated_mileage);
    let (was, is) = was_is("100451");
    assert_eq!(was.vehicles.len() + 1, is.vehicles.len());
    let (was, is) = was_is("101758");
    let sold = |c: &Customer| c.vehicles.iter().filter(|vehicle| vehicle.is_valid == Some(false)).count();
    assert_eq!((sold(was), sold(is)), (0, 1));
    let (was, is) = was_is("101475");
    let texts = |c: &Customer| c.phone_numbers.iter().any(|phone| phone.ok_to_text == Some(true));
    assert_eq!((texts(was), texts(is)), (true, false));
    assert!(is.phone_numbers.iter().all(|phone| phone.ok_to_text == Some(false)));
}

#[test]
fn a_messy_file_costs_only_its_bad_rows() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "50%");
    bench.sample("messy.csv").sync(3);
    let run = bench.latest();
    assert_eq!(run.counts(), "created 19, rejected 6");
    assert_eq!(bench.remote().len(), 19);
    let expected = [
        ("3", "key.blank"),
        ("4", "key.zero"),
        ("5", "row.fields"),
        ("6", "row.fields"),
        ("7", "name.missing"),
        ("8", "name.missing"),
        ("9", "name.missing"),
        ("10", "name.missing"),
        ("11", "key.two_people"),
        ("12", "key.two_people"),
        ("31", "key.unusable"),
    ];
    let found: Vec<_> = run.errors.iter().map(|line| (&*line["source_line"], &*line["error_code"])).collect();
    assert_eq!(found, expected);
    let text = String::from_utf8(sample("messy.csv")).unwrap();
    let source: Vec<_> = text.lines().collect();
    let names: Vec<_> = source[0].split(',').collect();
    for line in &run.errors {
        for column in ["error_message", "error_tip", "error_class", "first_seen"] {
            assert!(!line[column].is_empty(), "{column} of {}", line["source_line"]);
        }
        assert_eq!((&*line["times_seen"], &*line["source_file"]), ("1", "export.csv"));
        let row = source[line["source_line"].parse::<usize>().unwrap() - 1];
        if line["error_stage"] == "read" {
            assert_eq!(line["raw"], row);
        } else {
            let cells: Vec<_> = names.iter().map(|name| line[*name].as_str()).collect();
            assert_eq!(cells.join(","), row, "the row's own columns");
        }
    }
    // Another night sees the same rows, and says so.
    bench.sync(3);
    let again = bench.latest();
    assert_eq!(again.counts(), "rejected 6, unchanged 19");
    assert!(again.errors.iter().all(|line| line["times_seen"] == "2"));
    assert!(again.summary["causes"].as_array().unwrap().iter().all(|cause| cause["new"] == 0));
}

/// `errors.csv` of the messy night, the last name of 70004 filled in.
fn mended(bench: &Workbench) -> Vec<u8> {
    let errors = fs::read(bench.latest().dir.join("errors.csv")).unwrap();
    let mut table = Export::parse(&errors);
    table.set("70004", "lastName", "Delacroix");
    table.to_csv()
}

#[test]
fn a_mended_errors_file_is_fed_back() {
    for by_retry in [true, false] {
        let mut bench = Workbench::new();
        bench.set("guard.max_rejected", "100%");
        bench.sample("messy.csv").sync(3);
        bench.write("mended.csv", mended(&bench));
        bench.model().clear_journal();
        let args: &[&str] =
            if by_retry { &["retry", "--errors", "mended.csv"] } else { &["sync", "--input", "mended.csv"] };
        bench.run(args).expect(3);
        let run = bench.latest();
        assert_eq!(run.keys("created"), ["70004"], "{args:?}");
        assert_eq!(bench.asked(), BTreeMap::from([("create".to_owned(), 1)]));
        assert_eq!(bench.customer("70004").last_name.as_deref(), Some("Delacroix"));
        assert_eq!(bench.remote().len(), 20, "nobody else was touched");
        assert_eq!(run.count("missing"), 0, "a part of an export says nothing of who is not in it");
        // What is fed back carries the row, and not our columns twice.
        let header = fs::read_to_string(run.dir.join("errors.csv")).unwrap();
        assert_eq!(header.lines().next().unwrap().matches("error_code").count(), 1);
    }
}

#[test]
fn retry_without_leftovers_has_nothing_to_do() {
    let bench = first_night();
    let runs = bench.runs().len();
    bench.model().clear_journal();
    bench.run(["retry"]).expect(0).shows(&["nothing is left over"]);
    assert_eq!(bench.journal(), []);
    assert_eq!(bench.runs().len(), runs);
}

#[test]
fn a_run_leaves_private_files_behind() {
    let bench = first_night();
    let run = bench.latest();
    let names: BTreeSet<_> = fs::read_dir(&run.dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = ["errors.csv", "results.csv", "run.log", "summary.json", "warnings.csv"];
    assert_eq!(names, expected.map(str::to_owned).into());
    for name in expected {
        assert_eq!(mode(&run.dir.join(name)), 0o600, "{name}");
    }
    for dir in ["reports", "reports/springfield", "state"] {
        assert_eq!(mode(&bench.path(dir)), 0o700, "{dir}");
    }
    assert_eq!(mode(&run.dir), 0o700);
    for entry in fs::read_dir(bench.path("state")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    let link = bench.path("reports").join(DEPARTMENT).join("latest");
    assert_eq!(fs::read_link(link).unwrap().to_str(), Some(run.run_id()));
    assert_eq!(bench.runs(), std::slice::from_ref(&run.dir));
    assert!(run.errors.is_empty());
    let listed: Vec<_> = run.results.iter().filter(|line| !line["request_id"].is_empty()).collect();
    assert_eq!(listed.len(), 300);
    assert!(listed.iter().all(|line| line["http_status"] == "200" && !line["correlation_id"].is_empty()));
}

#[test]
fn summary_json_has_its_published_shape() {
    let bench = first_night();
    let summary = bench.latest().summary;
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |text: &str| {
        let mut names: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        names.sort();
        names
    };
    let top = "schema run_id department mode started_at finished_at exit inputs rows customers warnings requests \
               phases_ms guard causes";
    assert_eq!(keys(&summary), sorted(top));
    assert_eq!(keys(&summary["exit"]), sorted("code name"));
    assert_eq!(keys(&summary["inputs"][0]), sorted("path sha256 rows encoding"));
    assert_eq!(keys(&summary["rows"]), sorted("total used rejected"));
    let customers =
        "total unchanged created updated skipped rejected failed in_doubt held not_attempted missing";
    assert_eq!(keys(&summary["customers"]), sorted(customers));
    assert_eq!(keys(&summary["requests"]), sorted("total by_status retries throttled per_second"));
    assert_eq!(keys(&summary["guard"]), sorted("verdict breaches"));
    assert_eq!((&summary["schema"], &summary["mode"]), (&1.into(), &"sync".into()));
    assert_eq!(summary["exit"], serde_json::json!({"code": 0, "name": "complete"}));
    assert_eq!(summary["requests"]["by_status"], serde_json::json!({"200": 300}));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(sample("customers.csv"));
    let told = summary["inputs"][0]["sha256"].as_str().unwrap();
    assert_eq!(told.len(), 64);
    for (n, byte) in digest.iter().enumerate() {
        assert_eq!(u8::from_str_radix(&told[2 * n..2 * n + 2], 16).unwrap(), *byte);
    }
    assert_eq!(summary["inputs"][0]["rows"], 450);
}
