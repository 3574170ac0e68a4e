//! What others wrote at the remote survives us: advisors' phones, texted STOPs, e-mails that the export does not have;
//! and nobody is there twice, whatever becomes of an answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::time::Duration;

use dms_sync::sandbox::{Address, Customer, Email, Phone, Vehicle};
use harness::export::people;
use harness::nights::entered;
use harness::{Export, TOKEN, Workbench, finish, signal};

/// Warnings of the API that mean that data was lost: deleted phones and e-mails, and all of 10009 to 10016.
fn data_loss(code: u32) -> bool {
    matches!(code, 10005 | 10006 | 10009..=10016)
}

/// After a first load of three people.
fn loaded() -> Workbench {
    let bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    bench
}

/// `sync` with one column of c0001 changed: something is written, so whatever is lost would be lost now.
#[track_caller]
fn update(bench: &Workbench, export: &mut harness::Export, column: &str, cell: &str) {
    export.set("c0001", column, cell);
    bench.export(export).sync(0);
    assert_eq!(bench.latest().keys("updated"), ["c0001"], "{column} = {cell:?}");
    for entry in bench.journal() {
        assert!(!entry.warnings.iter().any(|code| data_loss(*code)), "{entry:?}");
    }
}

fn phone(number: &str, label: &str) -> Phone {
    Phone { phone_number: Some(number.into()), label: Some(label.into()), ..Phone::default() }
}

fn numbers(customer: &Customer) -> BTreeSet<String> {
    customer.phone_numbers.iter().filter_map(|phone| phone.phone_number.clone()).collect()
}

#[test]
fn an_advisors_phone_survives_every_update() {
    let bench = loaded();
    let theirs = Phone {
        comments: Some("ask for the night shift".into()),
        is_preferred: Some(true),
        ok_to_call: Some(true),
        ..phone("+12025550171", "work")
    };
    bench.edit("c0001", |customer| customer.phone_numbers.push(theirs.clone()));
    let mut export = people(3);
    for (n, city) in ["Salem", "Eugene", "Bend"].into_iter().enumerate() {
        update(&bench, &mut export, "city", city);
        let customer = bench.customer("c0001");
        assert!(customer.phone_numbers.contains(&theirs), "update {n}");
        assert_eq!(customer.phone_numbers.len(), 2);
    }
    // Our own number is replaced by the new one; theirs stays, also then.
    update(&bench, &mut export, "cellPhone", "(201) 555-0177");
    let customer = bench.customer("c0001");
    assert_eq!(numbers(&customer), ["+12015550177", "+12025550171"].map(str::to_owned).into());
    assert!(customer.phone_numbers.contains(&theirs));
}

#[test]
fn what_an_advisor_wrote_goes_back_verbatim() {
    let bench = loaded();
    let british = Phone { comments: Some("summers".into()), ..phone("+44 20 7946 0018", "home") };
    let office = Email {
        email_address: Some("Front.Desk@Example.com".into()),
        label: Some("office".into()),
        ok_to_email: Some(false),
        ..Email::default()
    };
    let cabin = Address {
        kind: Some("OTHER".into()),
        line1: Some("1 Cabin Rd".into()),
        is_preferred: Some(false),
        ..Address::default()
    };
    let boat = Vehicle {
        vehicle_year: Some("1999".into()),
        vehicle_make: Some("Bayliner".into()),
        vehicle_model: Some("Capri".into()),
        ..Vehicle::default()
    };
    bench.edit("c0001", |customer| {
        customer.phone_numbers.push(british.clone());
        customer.emails.push(office.clone());
        customer.addresses.push(cabin.clone());
        customer.vehicles.push(boat.clone());
        customer.preferred_locale = Some("es-mx".into());
    });
    let mut export = people(3);
    let ran = {
        export.set("c0001", "city", "Salem");
        bench.export(&export).run(["sync"])
    };
    let customer = bench.customer("c0001");
    assert!(customer.phone_numbers.contains(&british) && customer.emails.contains(&office));
    assert!(customer.addresses.iter().any(|address| address.line1 == cabin.line1));
    assert!(customer.vehicles.iter().any(|vehicle| vehicle.vehicle_make == boat.vehicle_make));
    assert_eq!(customer.preferred_locale.as_deref(), Some("es-mx"));
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn what_cannot_be_sent_back_fails_and_is_not_dropped() {
    let bench = loaded();
    let unlabelled = Phone { phone_number: Some("+12025550172".into()), ..Phone::default() };
    bench.edit("c0001", |customer| customer.phone_numbers.push(unlabelled.clone()));
    let before = bench.customer("c0001");
    let mut export = people(3);
    export.set("c0001", "city", "Salem").set("c0002", "city", "Salem");
    bench.export(&export).sync(3);
    let run = bench.latest();
    assert_eq!((run.keys("failed"), run.keys("updated")), (vec!["c0001"], vec!["c0002"]));
    assert_eq!(run.codes(), ["remote.unsendable"]);
    assert_eq!(bench.customer("c0001"), before);
    // Mended there, it goes on by itself.
    bench.edit("c0001", |customer| customer.phone_numbers[1].label = Some("work".into()));
    bench.sync(0);
    let customer = bench.customer("c0001");
    assert_eq!(customer.phone_numbers.len(), 2);
    assert_eq!(customer.addresses[0].city.as_deref(), Some("Salem"));
}

#[test]
fn a_stop_survives_a_dms_that_still_says_yes() {
    let bench = Workbench::new();
    let mut export = people(3);
    export.set_all("okToText", "Y");
    bench.export(&export).sync(0);
    let texts = |key: &str| -> Vec<Option<bool>> {
        bench.customer(key).phone_numbers.iter().map(|phone| phone.ok_to_text).collect()
    };
    assert_eq!(texts("c0001"), [Some(true)]);
    bench.edit("c0001", |customer| customer.phone_numbers[0].ok_to_text = Some(false));
    update(&bench, &mut export, "city", "Salem");
    assert_eq!(texts("c0001"), [Some(false)]);
    update(&bench, &mut export, "city", "Eugene");
    assert_eq!(texts("c0001"), [Some(false)]);
    // The number leaves and comes back.
    let number = export.rows()[0]["cellPhone"].clone();
    update(&bench, &mut export, "cellPhone", "(201) 555-0177");
    assert_eq!(texts("c0001"), [Some(true)], "another number, another consent");
    update(&bench, &mut export, "cellPhone", &number);
    assert_eq!(texts("c0001"), [Some(false)]);
    // And shows up on somebody else.
    export.set("c0002", "cellPhone", &number);
    bench.export(&export).sync(0);
    assert_eq!(texts("c0002"), [Some(false)]);
}

#[test]
fn newer_consent_of_the_dms_counts_where_the_department_says_so() {
    let mut bench = Workbench::new();
    let consent = toml::toml! { dms_is_newer = true };
    bench.set_department("consent", consent);
    let mut export = people(1);
    export.set_all("okToText", "Y");
    bench.export(&export).sync(0);
    bench.edit("c0001", |customer| customer.phone_numbers[0].ok_to_text = Some(false));
    export.set("c0001", "city", "Salem");
    bench.export(&export).sync(0);
    assert_eq!(bench.customer("c0001").phone_numbers[0].ok_to_text, Some(true));
    // Silence is no consent, and the no is remembered.
    for (said, expected) in [("", false), ("Y", true)] {
        export.set("c0001", "okToText", said).set("c0001", "city", &format!("West Salem {said}"));
        bench.export(&export).sync(0);
        assert_eq!(bench.customer("c0001").phone_numbers[0].ok_to_text, Some(expected), "{said:?}");
    }
}

#[test]
fn a_column_that_is_not_there_deletes_nothing() {
    let bench = loaded();
    let mut export = people(3);
    export.drop_column("email").drop_column("cellPhone");
    update(&bench, &mut export, "city", "Salem");
    let customer = bench.customer("c0001");
    assert_eq!((customer.emails.len(), customer.phone_numbers.len()), (1, 1));
    assert_eq!(bench.asked()["update"], 1);
}

#[test]
fn a_blank_cell_keeps_unless_the_policy_clears() {
    for (policy, left) in [("keep", 1), ("clear", 0)] {
        let mut bench = Workbench::new();
        let mut fields = toml::Table::new();
        fields.insert(
            "email".into(),
            toml::Value::Table([("blank".to_owned(), policy.into())].into_iter().collect()),
        );
        bench.set_department("fields", fields);
        let mut export = people(2);
        bench.export(&export).sync(0);
        export.set("c0001", "email", "").set("c0001", "city", "Salem");
        if policy == "clear" {
            bench.empties_lists();
        }
        bench.export(&export).sync(0);
        assert_eq!(bench.customer("c0001").emails.len(), left, "{policy}");
        assert_eq!(bench.customer("c0002").emails.len(), 1);
    }
}

#[test]
fn a_customer_that_is_there_already_is_adopted() {
    let bench = Workbench::new();
    let export = people(3);
    let uuid =
        bench.model().seed(TOKEN, entered("c0002", &export.rows()[1]["firstName"], "QUIBBLEWORTH")).unwrap();
    bench.export(&export).sync(0);
    assert_eq!(bench.remote().len(), 3);
    let customer = bench.customer("c0002");
    assert_eq!(customer.customer_uuid, uuid);
    assert!(numbers(&customer).contains("+12025550173"), "theirs stays");
    assert_eq!((customer.phone_numbers.len(), customer.emails.len()), (2, 1));
    assert_eq!(bench.latest().counts(), "created 2, updated 1");
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal(), []);
}

#[test]
fn a_create_whose_answer_is_lost_ends_as_one_customer() {
    for fault in [
        "effect = \"reset\"\nwhen = \"after\"",
        "status = 504\nwhen = \"after\"",
        "status = 500\nbody = \"html\"\nwhen = \"after\"",
        "effect = \"cut\"",
        "effect = \"reset\"\nwhen = \"before\"",
        "status = 503\nwhen = \"before\"",
    ] {
        let bench = Workbench::new();
        bench.faults(&format!("[[fault]]\nroute = \"create\"\nkey = \"c0002\"\ncount = 1\n{fault}"));
        bench.export(&people(3)).sync(0);
        assert_eq!(bench.latest().counts(), "created 3", "{fault}");
        let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
        assert_eq!(keys, ["c0001", "c0002", "c0003"], "{fault}");
        bench.model().clear_journal();
        bench.sync(0);
        assert_eq!(bench.journal(), [], "{fault}");
    }
}

#[test]
fn an_index_that_lags_longer_than_we_wait_costs_a_night_and_nothing_else() {
    let bench = Workbench::new();
    bench.model().set_search_lag(Duration::from_secs(3600));
    bench.faults(
        "[[fault]]\nroute = \"create\"\nkey = \"c0002\"\ncount = 1\neffect = \"reset\"\nwhen = \"after\"",
    );
    bench.export(&people(3)).sync(3);
    assert_eq!(bench.latest().counts(), "created 2, in_doubt 1");
    assert_eq!(bench.remote().len(), 3);
    bench.model().set_search_lag(Duration::ZERO);
    bench.sync(0);
    assert_eq!(bench.remote().len(), 3);
    assert_eq!(bench.latest().counts(), "created 1, unchanged 2");
}

#[test]
fn an_update_whose_answer_is_lost_is_sent_again_where_it_did_not_arrive() {
    for (when, retries) in [("before", 2), ("after", 0)] {
        let bench = loaded();
        let mut export = people(3);
        bench.faults(&format!(
            "[[fault]]\nroute = \"update\"\ncount = 2\neffect = \"reset\"\nwhen = \"{when}\""
        ));
        update(&bench, &mut export, "city", "Salem");
        assert_eq!(bench.customer("c0001").addresses[0].city.as_deref(), Some("Salem"), "{when}");
        assert_eq!(bench.latest().summary["requests"]["retries"], retries, "{when}");
    }
}

#[test]
fn a_gateway_that_stumbles_all_night_loses_and_doubles_nobody() {
    let mut bench = Workbench::new();
    bench.set("retry.max_attempts", 8).set("retry.retry_after_cap", "20ms");
    let text = include_str!("data/faults/bad-gateway-night.toml").replace("250ms", "5ms");
    bench.faults(&text);
    bench.sample("customers.csv");
    let mut nights = 0;
    while bench.run(["sync"]).code != 0 {
        nights += 1;
        assert!(nights < 5, "{}", bench.latest().counts());
    }
    let keys: BTreeSet<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
    assert_eq!((bench.remote().len(), keys.len()), (300, 300));
    assert!(bench.journal().iter().all(|entry| !entry.warnings.iter().any(|code| data_loss(*code))));
    bench.faults("");
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 300");
}

#[test]
fn advisors_work_through_a_second_day_untouched() {
    let bench = Workbench::new();
    bench.sample("customers.csv").sync(0);
    let theirs = phone("+12025550174", "work");
    let keys = ["100451", "101253", "101475", "101758", "102839", "105167", "106144", "109353", "108077"];
    for key in keys {
        bench.edit(key, |customer| {
            customer.phone_numbers.push(theirs.clone());
            customer.best_time_to_contact =
                Some(dms_sync::sandbox::TimeWindow { start_time: Some("09:00".into()), end_time: None });
        });
    }
    bench.sample("next-day.csv").sync(0);
    for key in keys {
        let customer = bench.customer(key);
        let kept = customer.phone_numbers.iter().any(|phone| phone.phone_number == theirs.phone_number);
        assert!(kept && customer.best_time_to_contact.is_some(), "{key}");
    }
    assert!(bench.journal().iter().all(|entry| !entry.warnings.iter().any(|code| data_loss(*code))));
}

/// One person with a company, two phones, a consent and a car.
fn ana(company: &str, home: &str, cell: &str, ok_to_text: &str) -> Export {
    let header = "customerKey,firstName,lastName,company,homePhone,cellPhone,okToText,vin,vehicleYear,vehicleMake,vehicleModel";
    let row = format!("c0001,Ana,Quibbleworth,{company},{home},{cell},{ok_to_text},,2019,Ford,Escape");
    Export::parse(format!("{header}\n{row}\n").as_bytes())
}

#[test]
fn a_blank_overwrites_nothing_that_an_advisor_has_set() {
    let bench = Workbench::new();
    let export = |company, cell| ana(company, "", cell, "Y");
    bench.export(&export("Quibble Ltd", "(201) 555-0101")).sync(0);
    bench.edit("c0001", |customer| customer.company = Some("Threlkeld Corp".into()));
    // Blank, then not even a column: each night only the phone is another.
    bench.export(&export("", "(201) 555-0102")).sync(0);
    let mut unmapped = export("", "(201) 555-0103");
    unmapped.drop_column("company").drop_column("okToText");
    bench.export(&unmapped).sync(4);
    let run = bench.latest().run_id().to_owned();
    bench.run(["sync", "--approve", &run, "--reason", "the DMS has no such column any more"]).expect(0);
    let customer = bench.customer("c0001");
    assert_eq!(customer.company.as_deref(), Some("Threlkeld Corp"));
    assert_eq!(numbers(&customer), ["+12015550103".to_owned()].into());
    assert_eq!(customer.phone_numbers[0].ok_to_text, None, "nobody allows the new number any more");
    // A value is the DMS's word again.
    bench.export(&export("Quibble Inc", "(201) 555-0103")).sync(0);
    assert_eq!(bench.customer("c0001").company.as_deref(), Some("Quibble Inc"));
}

#[test]
fn what_an_advisor_has_taken_away_comes_back_only_where_the_export_names_it() {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta");
    bench.export(&ana("", "(201) 555-0111", "(201) 555-0101", "")).sync(0);
    bench.edit("c0001", |customer| {
        customer.phone_numbers.retain(|phone| phone.label.as_deref() == Some("cell"));
        customer.vehicles.clear();
    });
    // A delta with a blank home phone and without the car.
    let mut export = ana("", "", "(201) 555-0102", "");
    export.set("c0001", "vehicleYear", "").set("c0001", "vehicleMake", "").set("c0001", "vehicleModel", "");
    bench.export(&export).sync(0);
    let customer = bench.customer("c0001");
    assert_eq!(numbers(&customer), ["+12015550102".to_owned()].into());
    assert!(customer.vehicles.is_empty());
    bench.export(&ana("", "(201) 555-0111", "(201) 555-0103", "")).sync(0);
    let customer = bench.customer("c0001");
    assert_eq!(numbers(&customer), ["+12015550103", "+12015550111"].map(str::to_owned).into());
    assert_eq!(customer.vehicles.len(), 1);
}

#[test]
fn a_number_that_one_customer_blocks_is_never_allowed_for_another_of_the_same_export() {
    for (first, second) in [("Y", "N"), ("N", "Y")] {
        let mut bench = Workbench::new();
        bench.set("rate.max_in_flight", 1);
        let tap = bench.tap();
        let mut export = people(40);
        export.set_all("okToText", "Y");
        export.set("c0001", "okToText", first).set("c0040", "okToText", second);
        export.set("c0040", "cellPhone", &export.rows()[0]["cellPhone"].clone());
        bench.export(&export).sync(0);
        let mut flags = Vec::new();
        for exchange in tap.take() {
            let Ok(body) = serde_json::from_slice::<serde_json::Value>(&exchange.request) else { continue };
            for phone in body["customer"]["phoneNumbers"].as_array().into_iter().flatten() {
                if phone["phoneNumber"] == "+12015550101" {
                    flags.push(phone["okToText"].clone());
                }
            }
        }
        assert_eq!(flags, [false, false], "{first}, then {second}");
        assert_eq!(bench.customer("c0002").phone_numbers[0].ok_to_text, Some(true), "others may be texted");
    }
}

#[test]
fn what_a_killed_delta_was_about_to_send_is_sent_though_no_later_delta_names_it() {
    for when in ["before", "after"] {
        let mut bench = Workbench::new();
        bench.set_department("export", "delta");
        bench.faults(&format!(
            "[[fault]]\nroute = \"create\"\nkey = \"c0001\"\neffect = \"hang\"\nwhen = \"{when}\""
        ));
        bench.export(&people(1));
        let child = bench.command(["sync"]).spawn().unwrap();
        let begun = std::time::Instant::now();
        while bench.model().faults_played() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the create never came");
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, "KILL");
        finish(child);
        assert_eq!(bench.remote().len(), usize::from(when == "after"), "{when}");
        bench.faults("");
        let mut export = people(2);
        export.drop_customer("c0001");
        bench.export(&export).sync(0);
        let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
        assert_eq!(keys, ["c0001", "c0002"], "{when}");
        assert_eq!(bench.latest().counts(), if when == "before" { "created 2" } else { "created 1" });
        // It is known from now on: the same row again is no news.
        bench.model().clear_journal();
        bench.export(&people(2)).sync(0);
        assert_eq!((bench.journal(), bench.remote().len()), (vec![], 2), "{when}");
    }
}

#[test]
fn a_record_that_vanished_and_is_there_under_another_identity_is_adopted_again() {
    let bench = loaded();
    let old = bench.customer("c0001");
    bench.model().remove(TOKEN, &old.customer_uuid).unwrap();
    let mut export = people(3);
    // Somebody else has taken the number: never ours, whoever vanished.
    let stranger = bench.model().seed(TOKEN, entered("c0001", "Oswin", "Threlkeld")).unwrap();
    export.set("c0001", "city", "Salem");
    bench.export(&export).sync(3);
    assert_eq!(bench.latest().codes(), ["adopt.mismatch"]);
    let tip = &bench.latest().errors[0]["error_tip"];
    assert!(tip.contains("give the old record another key"), "{tip}");
    bench.model().remove(TOKEN, &stranger).unwrap();
    // The same person, entered anew by an advisor.
    let anew =
        bench.model().seed(TOKEN, entered("c0001", &export.rows()[0]["firstName"], "Quibbleworth")).unwrap();
    bench.sync(0);
    let customer = bench.customer("c0001");
    assert_eq!((&customer.customer_uuid, bench.remote().len()), (&anew, 3));
    assert!(numbers(&customer).contains("+12025550173"), "what the advisor wrote stays");
    assert_eq!(customer.addresses[0].city.as_deref(), Some("Salem"));
    assert_eq!(bench.latest().counts(), "unchanged 2, updated 1");
}

#[test]
fn a_retry_leaves_what_is_open_of_those_whom_it_does_not_name() {
    for export in ["full", "delta"] {
        let mut bench = Workbench::new();
        bench.set_department("export", export).set("guard.max_rejected", "50%");
        let mut rows = people(3);
        rows.set("c0003", "lastName", "");
        bench.export(&rows).sync(3);
        let list = bench.latest().dir.join("errors.csv");
        bench.faults("[[fault]]\nroute = \"create\"\nkey = \"c0004\"\neffect = \"hang\"\nwhen = \"after\"");
        let mut rows = people(4);
        rows.set("c0003", "lastName", "");
        bench.export(&rows);
        let child = bench.command(["sync"]).spawn().unwrap();
        let begun = std::time::Instant::now();
        while bench.remote().len() < 3 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the create never came");
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, "KILL");
        finish(child);
        bench.faults("");
        // Not as it was about to be written any more: neither applied nor to be created again.
        bench.edit("c0004", |customer| customer.emails.clear());
        bench.model().clear_journal();
        bench.run(["retry", "--errors", list.to_str().unwrap()]).expect(3);
        // But for the killed run's own, whose end may be noted late.
        let asked = || -> Vec<String> {
            let own = bench.journal().into_iter().filter(|entry| entry.fault.is_none());
            own.map(|entry| entry.route).collect()
        };
        assert_eq!(asked(), Vec::<String>::new(), "{export}: nobody asked about them");
        bench.run(["status"]).expect(0).shows(&["were being sent"]);
        bench.sync(3);
        assert!(!asked().contains(&"create".to_owned()), "{export}: it is known to be there");
        assert_eq!((bench.customer("c0004").emails.len(), bench.remote().len()), (1, 3));
    }
}

#[test]
fn what_is_said_while_an_update_waits_to_be_repeated_survives_it() {
    for status in [429, 503] {
        let bench = loaded();
        bench.edit("c0001", |customer| customer.phone_numbers[0].ok_to_text = Some(true));
        bench.faults(&format!(
            "[[fault]]\nroute = \"update\"\ncount = 1\nstatus = {status}\nretry_after = \"2\""
        ));
        let mut export = people(3);
        export.set("c0001", "city", "Salem");
        bench.export(&export);
        let child = bench.command(["sync"]).spawn().unwrap();
        let begun = std::time::Instant::now();
        while bench.model().faults_played() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the update never came");
            std::thread::sleep(Duration::from_millis(5));
        }
        let theirs = Phone { ok_to_call: Some(true), ..phone("+12025550171", "work") };
        bench.edit("c0001", |customer| {
            customer.phone_numbers[0].ok_to_text = Some(false);
            customer.phone_numbers.push(theirs.clone());
        });
        assert_eq!(finish(child).code, 0, "{status}");
        let customer = bench.customer("c0001");
        assert_eq!(customer.phone_numbers[0].ok_to_text, Some(false), "{status}");
        assert!(customer.phone_numbers.contains(&theirs), "{status}");
        assert_eq!(customer.addresses[0].city.as_deref(), Some("Salem"), "{status}");
    }
}

#[test]
fn a_create_that_was_answered_with_anothers_record_is_not_sent_again_unchanged() {
    let mut bench = Workbench::new();
    bench.set("api.search_for_duplicate", true).set("run.error_budget", "100%");
    bench.export(&people(1)).sync(0);
    // A record without a key is what the remote takes for the next customer's, and writes over.
    bench.edit("c0001", |customer| customer.customer_key = None);
    let mut export = people(2);
    for column in ["firstName", "lastName", "cellPhone"] {
        let own = export.rows()[0][column].clone();
        export.set("c0002", column, &own);
    }
    bench.export(&export).sync(3);
    let run = bench.latest();
    assert_eq!((run.codes(), run.counts().as_str()), (vec!["remote.shared"], "in_doubt 1, unchanged 1"));
    // Neither a create nor a look: a person decides, and is told so every night.
    for _ in 0..2 {
        bench.model().clear_journal();
        bench.sync(3);
        let run = bench.latest();
        assert_eq!((run.codes(), run.counts().as_str()), (vec!["remote.shared"], "in_doubt 1, unchanged 1"));
        assert_eq!(bench.journal(), []);
    }
    // What the DMS says anew is sent.
    export.set("c0002", "firstName", "Ysolde").set("c0002", "cellPhone", "(201) 555-0177");
    bench.edit("c0002", |customer| customer.customer_key = Some("c0001".into()));
    bench.export(&export).sync(0);
    assert_eq!(bench.remote().len(), 2);
}
