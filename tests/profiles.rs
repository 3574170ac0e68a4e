//! Layouts of real DMSs, end to end: what only the whole line can show of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;
#[path = "layouts/reading.rs"]
mod reading;

use std::collections::BTreeSet;
use std::fs;

use dms_sync::domain::{Change, Consent};
use dms_sync::sandbox::Customer;
use harness::Workbench;
use reading::{Reading, department};

const CUSTOMERS: &str =
    "CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,CellPhone,AllowContactByPhone\r\n";
const VEHICLES: &str = "CustomerNumber,VIN,Make,Model,ModelYear\r\n";

fn dealertrack(customers: (&str, &str), vehicles: (&str, &str)) -> Workbench {
    let mut bench = Workbench::new();
    fs::create_dir(bench.path("exports")).unwrap();
    bench.set_department("profile", "dealertrack").set("guard.max_rejected", "50%");
    bench.set_department("input", vec!["exports/*.csv"]);
    bench.write(&format!("exports/{}", customers.0), format!("{CUSTOMERS}{}", customers.1));
    bench.write(&format!("exports/{}", vehicles.0), format!("{VEHICLES}{}", vehicles.1));
    bench
}

#[test]
fn two_files_make_one_customer_and_a_vehicle_without_one_is_rejected() {
    let people = "D1,000058,I,Smith,Ann,2025550101,N\r\nD1,58,C,ACME PLUMBING,,2025550102,Y\r\n";
    let cars = "000058,1HGCM82633A004352,HONDA,ACCORD,2003\r\n77,1M8GDM9AXKP042788,MCI,BUS,1989\r\n";
    let bench = dealertrack(("customers_20260908.csv", people), ("vehicles_20260907.csv", cars));
    bench.sync(3);
    let run = bench.latest();
    assert_eq!((run.keys("created"), run.keys("rejected")), (vec!["000058", "58"], vec!["77"]));
    assert_eq!(bench.customer("000058").last_name.as_deref(), Some("Smith"));
    assert_eq!(bench.customer("58").company.as_deref(), Some("ACME PLUMBING"));
    let again = bench.sync(3);
    again.shows(&["join.no_customer"]);
    // The other file alone has changed: its customer alone is sent.
    let cars = cars.replace("HONDA,ACCORD", "HONDA,CIVIC").replace("77,", "58,");
    bench.write("exports/vehicles_20260907.csv", format!("{VEHICLES}{cars}"));
    bench.sync(0);
    assert_eq!(bench.latest().keys("updated"), ["000058", "58"]);
}

#[test]
fn a_delta_may_tell_of_a_vehicle_alone() {
    let people = "D1,1,I,Smith,Ann,2025550101,N\r\n";
    let mut bench =
        dealertrack(("customers.csv", people), ("vehicles.csv", "1,1HGCM82633A004352,HONDA,ACCORD,2003\r\n"));
    bench.sync(0);
    let before = bench.customer("1");
    fs::remove_file(bench.path("exports/customers.csv")).unwrap();
    let cars = "1,1M8GDM9AXKP042788,MCI,BUS,1989\r\n2,1M8GDM9AXKP042788,MCI,BUS,1989\r\n";
    bench.write("exports/vehicles.csv", format!("{VEHICLES}{cars}"));
    bench.set_department("export", "delta");
    bench.sync(3);
    let run = bench.latest();
    assert_eq!((run.keys("updated"), run.keys("rejected")), (vec!["1"], vec!["2"]));
    let after = bench.customer("1");
    assert_eq!((after.vehicles.len(), after.last_name), (2, before.last_name));
    assert_eq!(after.phone_numbers, before.phone_numbers);
}

#[test]
fn an_inactive_customer_is_skipped_and_stays_as_it_is() {
    let mut bench = Workbench::new();
    bench.set_department("profile", "pbs");
    let header = "SerialNumber,ContactId,ContactFirstName,ContactLastName,ContactIsInactive,ContactCity";
    bench.write("export.csv", format!("{header}\nS,1,Ann,Smith,False,Laval\nS,2,Bo,Jones,False,Laval\n"));
    bench.sync(0);
    bench.write("export.csv", format!("{header}\nS,1,Ann,Smith,True,Troy\nS,2,Bo,Jones,False,Laval\n"));
    let ran = bench.sync(0);
    let run = bench.latest();
    assert_eq!((run.keys("skipped"), run.count("missing")), (vec!["1"], 0), "{}", ran.stdout);
    assert_eq!(bench.customer("1").addresses[0].city.as_deref(), Some("Laval"));
}

#[test]
fn a_file_in_another_layout_is_refused_before_anything_is_sent() {
    for (profile, file, says) in [
        ("dealervault-sv", "Customer Number,First Name,Last Name\n1,Ann,Smith\n", "separated by commas"),
        ("tekion", "customer number\tfirst name\tlast name\n1\tAnn\tSmith\n", "separated by tabs"),
        ("dealertrack", "CustomerNumber,Notes\n1,x\n", "as a file of customers: no column for lastName"),
        (
            "reynolds-report",
            "1|Ann|Smith\n",
            "its rows have 1 column, and the profile looks for firstName, lastName, email further on",
        ),
        (
            "reynolds-report",
            "Customer ID,FirstName,LastName,Address1,Address2,City,State,Zip,HomePhone,WorkPhone,MobilePhone,Beeper,Email\n\
             1,Ann,Smith,,,,,,,,,,\n",
            "the first row names columns",
        ),
    ] {
        let mut bench = Workbench::new();
        bench.set_department("profile", profile);
        bench.write("export.csv", file);
        let ran = bench.sync(4).says(&[says]);
        assert!(!ran.stderr.contains("Smith"), "{}", ran.stderr);
        assert_eq!(bench.journal(), []);
    }
}

/// Customers of a file that can be sent, as `check` counts them under this profile.
fn sendable(bench: &mut Workbench, profile: &str, file: &str) -> u64 {
    bench.set_department("profile", profile);
    let ran = bench.run(["check", "--offline", "--input", file, "--format", "json"]);
    let document = ran.json();
    document["departments"][0]["customers"]["sendable"].as_u64().unwrap_or_else(|| panic!("{}", ran.stdout))
}

/// What a person begins with loses nobody whom the built-in profile would send, and says what is true.
#[test]
fn a_proposal_sends_as_many_as_the_built_in_profile() {
    let mut bench = Workbench::new();
    for (profile, file, customers) in [
        ("generic", "generic/customers.csv", 300),
        ("generic", "generic/messy.csv", 19),
        ("generic", "generic/next-day.csv", 303),
        ("dealervault-sl", "dealervault-sl/DVD46315_20260908_1200_SL.txt", 64),
        ("dealervault-sv", "dealervault-sv/DVD46315_20260908_1200_SV.txt", 68),
        ("authenticom-sv", "authenticom-sv/AC20417_20260906_0430_SV.txt", 66),
        ("tekion", "tekion/variant-a.csv", 62),
        ("tekion", "tekion/variant-b.csv", 60),
        ("dealertrack", "dealertrack/customers.csv", 80),
        ("dealertrack", "dealertrack/vehicles.csv", 0),
        ("pbs", "pbs/contacts.csv", 80),
        ("sidekick", "sidekick/ro.txt", 62),
        ("reynolds-report", "reynolds-report/report.csv", 120),
    ] {
        let file = format!("{}/samples/{file}", env!("CARGO_MANIFEST_DIR"));
        let proposal = bench.run(["profile", "init", &file]).expect(0).stdout;
        bench.write("mine.toml", &proposal);
        let found = [profile, "mine.toml"].map(|profile| sendable(&mut bench, profile, &file));
        assert_eq!(found, [customers; 2], "{file}\n{proposal}");
        assert!(proposal.contains(&format!("Most like the built-in profile {profile},")), "{proposal}");
        let unit = if profile == "pbs" {
            "odometer = \"km\"    # or \"miles\""
        } else {
            "odometer = \"miles\"    # or \"km\""
        };
        assert!(proposal.contains(unit), "{proposal}");
    }
}

#[test]
fn every_built_in_layout_reads_its_sample() {
    // Customers who are sent, who are skipped, who are rejected, and rows without a customer: as samples/README.md says.
    for (profile, input, created, skipped, rejected, rows) in [
        ("dealervault-sl", "dealervault-sl/*.txt", 64, 0, 0, 4),
        ("dealervault-sv", "dealervault-sv/*.txt", 68, 0, 0, 5),
        ("authenticom-sv", "authenticom-sv/*.txt", 66, 0, 0, 4),
        ("tekion", "tekion/variant-a.csv", 62, 0, 0, 7),
        ("tekion", "tekion/variant-b.csv", 60, 0, 0, 4),
        ("dealertrack", "dealertrack/*.csv", 80, 0, 2, 5),
        ("pbs", "pbs/contacts.csv", 80, 4, 0, 2),
        ("sidekick", "sidekick/ro.txt", 62, 0, 0, 5),
        ("reynolds-report", "reynolds-report/report.csv", 120, 0, 0, 3),
    ] {
        let mut bench = Workbench::new();
        let input = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/").to_owned() + input;
        bench.set_department("profile", profile).set_department("input", vec![input.as_str()]);
        // Samples hold more rows without a customer than a real feed may.
        bench.set("guard.max_rejected", "50%");
        bench.sync(3);
        let run = bench.latest();
        let found = ["created", "skipped", "rejected"].map(|kind| run.count(kind));
        assert_eq!(found, [created, skipped, rejected], "{profile}");
        assert_eq!(run.summary["rows"]["rejected"], rows, "{profile}");
        assert_eq!(bench.remote().len(), created, "{profile}");
        arrived(&Reading::of(&department(profile, &[&input])), &bench.remote());
        // Once more: nothing is sent.
        bench.model().clear_journal();
        bench.sync(3);
        assert_eq!(bench.journal(), [], "{profile}");
    }
}

/// A sample with other names for some of its columns, and something around it.
fn renamed(sample: &str, names: &[(&str, &str)]) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/").to_owned() + sample;
    let text = fs::read_to_string(path).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let new_name = |name: &str| {
        let found = names.iter().find(|(old, _)| *old == name.trim());
        found.map_or_else(|| name.to_owned(), |(_, new)| (*new).to_owned())
    };
    let header: Vec<_> = header.trim_end().split('\t').map(new_name).collect();
    assert!(names.iter().all(|(_, new)| header.iter().any(|name| name == new)));
    format!("{}\n{rows}", header.join("\t"))
}

#[test]
fn a_profile_is_proposed_for_a_layout_with_renamed_columns() {
    let sample = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/dealervault-sl")).unwrap();
    let sample = sample.map(|file| file.unwrap().file_name().into_string().unwrap()).min().unwrap();
    let renames = [("Customer Number", "Cust No"), ("Last Name", "Surname"), ("Cell Phone", "Mobile")];
    let text = renamed(&format!("dealervault-sl/{sample}"), &renames);
    let remote = |profile: &str, text: &str| {
        let mut bench = Workbench::new();
        bench.write("export.csv", text);
        if profile == "mine.toml" {
            let ran = bench.run(["profile", "init", "export.csv"]).expect(0).shows(&[
                "Most like the built-in profile dealervault-sl",
                "customerKey = { names = [\"Cust No\"], required = true }   # so such a column is mostly meant: check",
                "lastName = [\"Surname\"]   # so such",
                "cellPhone = [\"Mobile\"]   # so such",
                "opt_out = [\"Opt Out\"]",
            ]);
            bench.write("mine.toml", &ran.stdout);
            bench.run(["profile", "show", "mine.toml"]).expect(0);
        }
        bench.set_department("profile", profile).set("guard.max_rejected", "50%").sync(3);
        let people = bench.remote().into_iter();
        people
            .map(|c| (c.customer_key, c.last_name, c.phone_numbers.len(), c.emails.len()))
            .collect::<Vec<_>>()
    };
    let found = remote("mine.toml", &text);
    assert_eq!(found.len(), 64);
    assert_eq!(found, remote("dealervault-sl", &renamed(&format!("dealervault-sl/{sample}"), &[])));
}

#[test]
fn a_title_and_totals_are_proposed_and_then_read() {
    let mut bench = Workbench::new();
    let rows = String::from_utf8(harness::export::people(30).to_csv()).unwrap();
    let report = format!("Cedar Motors\n\nCustomers as of 09/08/2026\n{rows}Total: 30\nEnd of report\n");
    bench.write("export.csv", &report);
    let ran = bench.run(["profile", "init", "export.csv"]).expect(0).shows(&[
        "skip_lines = 3         # line 4 names columns that are known",
        "stop_at = [\"total\", \"end of report\"]    # line 35 sums the data up",
    ]);
    assert!(!ran.stdout.contains("Cedar"), "{}", ran.stdout);
    bench.write("mine.toml", &ran.stdout);
    bench.set_department("profile", "mine.toml").sync(0);
    assert_eq!(bench.latest().counts(), "created 30");
    bench.write("export.csv", report.replace("Total: 30", "Summe,30,x"));
    bench.run(["profile", "init", "export.csv"]).expect(0).shows(&["# Line 35 is not like the others"]);
}

#[test]
fn keys_that_are_all_too_long_are_one_warning() {
    let mut bench = Workbench::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/pbs/contacts.csv");
    bench.set_department("profile", "pbs").set_department("input", vec![sample]);
    let ran = bench.run(["diff", "--format", "json", "--summary-only"]).expect(3).json();
    bench.sync(3);
    let run = bench.latest();
    let long: Vec<_> = run.warnings.iter().filter(|line| line["code"] == "key.long").collect();
    assert_eq!(long.len(), 1);
    assert!(
        long[0]["message"].ends_with("; 79 more keys are as long in this file"),
        "{}",
        long[0]["message"]
    );
    assert_eq!((long[0]["source_line"].as_str(), long[0]["customer_key"].len()), ("2", 36));
    // The dry run counts as the run does.
    assert_eq!(ran["summary"]["warnings"].as_u64(), Some(run.warnings.len() as u64), "{ran}");
    let shown = bench.run(["check", "--offline", "--input", sample]).expect(3);
    shown.shows(&["1  key.long", "79 more keys are as long"]);
}

/// What the remote holds is what was read: every customer, number, mailbox and vehicle, and no consent that nobody gave.
#[track_caller]
fn arrived(reading: &Reading, remote: &[Customer]) {
    assert_eq!(remote.len(), reading.customers.len());
    let ours = || reading.customers.values().map(|change| &change.ours);
    let blocked = |channel: fn(&Change) -> Consent| -> BTreeSet<String> {
        let who = reading.customers.values().filter(|change| channel(change) == Consent::Blocked);
        who.flat_map(|change| change.ours.phone_entries().into_iter().map(|(phone, _)| phone.e164()))
            .collect()
    };
    let (no_calls, no_texts) =
        (blocked(|change| change.ours.consents.call), blocked(|change| change.ours.consents.text));
    for (ours, theirs) in ours().map(|ours| {
        let is_it = |theirs: &&Customer| theirs.customer_key.as_deref() == Some(ours.key.as_str());
        (ours, remote.iter().find(is_it).unwrap())
    }) {
        let name = ours.name.claims();
        let names = [&name.first, &name.last, &name.company].map(|claim| claim.value().map(String::as_str));
        let found = [&theirs.first_name, &theirs.last_name, &theirs.company].map(|name| name.as_deref());
        assert_eq!(found, names, "{}", ours.key);
        let entries: Vec<_> =
            ours.phone_entries().iter().map(|(p, label)| (p.e164(), label.as_str())).collect();
        assert_eq!(theirs.phone_numbers.len(), entries.len(), "{}", ours.key);
        for (entry, (number, label)) in theirs.phone_numbers.iter().zip(entries) {
            assert_eq!(
                (entry.phone_number.as_deref(), entry.label.as_deref()),
                (Some(&*number), Some(label))
            );
            assert_eq!(
                entry.ok_to_call,
                flag(ours.consents.call, no_calls.contains(&number)),
                "{}",
                ours.key
            );
            let text = flag(ours.consents.text, no_texts.contains(&number));
            let text = if label == "cell" { text } else { text.filter(|yes| !yes) };
            assert_eq!(entry.ok_to_text, text, "{} {label}", ours.key);
        }
        let emails = ours.email_entries().iter().map(|(e, _)| Some(e.as_str())).collect::<Vec<_>>();
        assert_eq!(theirs.emails.iter().map(|e| e.email_address.as_deref()).collect::<Vec<_>>(), emails);
        assert!(
            theirs
                .emails
                .iter()
                .all(|e| e.ok_to_email != Some(true) || ours.consents.email == Consent::Allowed)
        );
        assert!(
            theirs
                .emails
                .iter()
                .all(|e| e.ok_to_email == Some(false) || ours.consents.email != Consent::Blocked)
        );
        let vins =
            |all: Vec<Option<&str>>| all.into_iter().map(|vin| vin.unwrap_or_default().to_owned()).collect();
        let mut vins: [Vec<String>; 2] = [
            vins(theirs.vehicles.iter().map(|v| v.vin.as_deref()).collect()),
            vins(ours.vehicles.iter().map(|v| v.vin.as_ref().map(dms_sync::domain::Vin::as_str)).collect()),
        ];
        for vins in &mut vins {
            vins.sort();
        }
        assert_eq!(vins[0], vins[1], "{}", ours.key);
    }
}

/// The flag of an entry that is created: what is said, but for a yes to a number that somebody has blocked.
fn flag(said: Consent, blocked: bool) -> Option<bool> {
    match said {
        Consent::Blocked => Some(false),
        Consent::Allowed => (!blocked).then_some(true),
        Consent::Unknown => None,
    }
}

#[test]
fn a_row_without_the_first_name_makes_no_company_of_a_person() {
    let mut bench = Workbench::new();
    bench.set_department("profile", "tekion");
    let header = "customer number,first name,last name,cell phone,vin";
    bench.write("export.csv", format!("{header}\n200,Otis,Smith,2065550143,\n200,,Smith,2065550143,\n"));
    bench.run(["sync"]).expect(0);
    let customer = bench.customer("200");
    assert_eq!(
        (customer.first_name.as_deref(), customer.last_name.as_deref()),
        (Some("Otis"), Some("Smith"))
    );
    assert_eq!(customer.company, None);
}

#[test]
fn white_space_of_any_kind_around_a_key_is_none_of_it() {
    let bench = Workbench::new();
    let row = |key: &str| format!("{key},Ann,Smith,2065550143\n");
    let rows = ["123", "123\u{b}", "\u{a0}123"].map(row).concat();
    bench.write("export.csv", format!("customerKey,firstName,lastName,cellPhone\n{rows}"));
    bench.sync(0);
    assert_eq!(bench.remote().len(), 1);
    assert_eq!(bench.customer("123").last_name.as_deref(), Some("Smith"));
    assert_eq!(bench.latest().summary["customers"]["created"], 1);
}

/// A layout that needs all that a profile can say, but for a file without a header.
const EVERYTHING: &str = r#"
name = "ours"
description = "everything"
export = "full"
[file]
delimiter = ";"
quote = "'"
encoding = "windows-1252"
skip_lines = 1
stop_at = ["summe"]
[updated_at]
formats = ["MM.DD.YYYY"]
[source_id]
name_part = 1
[vehicles]
absent = "disown"
odometer = "km"
[names]
last_name_alone = "business"
[nulls]
any = ["?"]
email = ["CD"]
[values.preferredLocale]
"2" = "fr"
[values.isBusiness]
F = "business"
[values.consent]
DNC = "N"
[[layouts]]
name = "people"
[layouts.columns]
customerKey = ["Number", "Nr"]
firstName = ["First"]
lastName = { names = ["Last"], required = true }
fullName = ["Name"]
isBusiness = ["Kind"]
company = ["Firm"]
preferredLocale = ["Lang"]
phones = ["Tel"]
workPhone = ["Office"]
"workPhone.2" = ["Office 2"]
email = ["Mail 1"]
"email.2" = ["Mail 2"]
updatedAt = ["Changed"]
[layouts.consent]
call = { allow = ["May Call"] }
text = { block = ["No Text"] }
email = { allow = ["May Mail"] }
opt_out = ["Stop"]
[layouts.skip]
deleted = ["Gone"]
inactive = { names = ["Status"], words = ["Left"] }
[[layouts]]
name = "cars"
rows = "vehicles"
[layouts.columns]
customerKey = ["Nr"]
vin = { names = ["VIN"], required = true }
vehicleYear = ["Year"]
vehicleMake = ["Make"]
vehicleModel = ["Model"]
estimatedMileage = ["Km"]
"#;

const PEOPLE: &str = "Customers;as of today\nNr;First;Last;Name;Kind;Firm;Lang;Tel;Office;Office 2;Mail 1;Mail 2;Changed;May Call;\
No Text;May Mail;Stop;Gone;Status\n\
1;;;'GARÇON, ANN M';I;;2;'Cell:2025550101Home:2025550102';2025550103;2025550104;a@example.com;b@example.com;09.08.2026;Y;N;Y;N;;\n\
1;;;'GARÇON, ANN M';I;;EN;;;;?;;09.01.2026;;;;;;\n\
2;;ACME 'N' SONS;;;;?;;2025550105;;CD;;09.08.2026;DNC;Y;;;;\n\
3;Bo;Jones;;;Jones; Inc\n\
4;Cy;;;F;'Young; Old & Co';;Cell:2025550106;;;c@example.com;;;Y;;Y;Y;;\n\
5;Di;Gone;;;;;;;;;;;;;;;Y;\n\
6;Ed;Left;;;;;;;;;;;;;;;;left\n\
Summe;6\n";

const CARS: &str = "Cars\nNr;VIN;Year;Make;Model;Km\n1;1HGCM82633A004352;2003;HONDA;ACCORD;72000\n\
1;1M8GDM9AXKP042788;1989;MCI;BUS;10\nSumme;2\n";

#[test]
fn all_that_a_profile_can_say_arrives() {
    let mut bench = Workbench::new();
    bench.write("mine.toml", EVERYTHING);
    bench.set_department("profile", "mine.toml").set_department("source_id", "S1");
    bench.set_department("input", vec!["exports/*.csv"]).set("guard.max_rejected", "50%");
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("vague.toml", EVERYTHING.replace(", required = true", ""));
    bench.run(["profile", "show", "vague.toml"]).expect(2).says(&[
        "2 mistakes in profile",
        "a file of \"people\" may be taken for one of \"cars\" too: mark a column there as required",
        "a file of \"cars\" may be taken for one of \"people\" too",
    ]);
    let night = |day: &str, cars: &str| {
        let people = encoding_rs::WINDOWS_1252.encode(PEOPLE).0.into_owned();
        bench.write(&format!("exports/S1_people_{day}.csv"), people);
        bench.write(&format!("exports/S1_cars_{day}.csv"), cars);
    };
    night("20260908", CARS);
    bench.sync(3);
    let run = bench.latest();
    assert_eq!((run.keys("created"), run.keys("skipped")), (vec!["1", "2", "4"], vec!["5", "6"]));
    let errors: Vec<_> =
        run.errors.iter().map(|line| (&*line["error_code"], &*line["source_line"])).collect();
    assert_eq!(errors, [("row.fields", "6")]);

    let ann = bench.customer("1");
    // The newest row wins, wherever it stands.
    assert_eq!((ann.first_name.as_deref(), ann.last_name.as_deref()), (Some("ANN M"), Some("GARÇON")));
    assert_eq!((ann.preferred_locale.as_deref(), ann.is_business), (Some("fr-ca"), Some(false)));
    let phones: Vec<_> = ann
        .phone_numbers
        .iter()
        .map(|p| {
            (p.label.as_deref().unwrap(), p.phone_number.as_deref().unwrap(), p.ok_to_call, p.ok_to_text)
        })
        .collect();
    assert_eq!(
        phones,
        [
            ("cell", "+12025550101", Some(true), None),
            ("home", "+12025550102", Some(true), None),
            ("work", "+12025550103", Some(true), None),
            ("work", "+12025550104", Some(true), None),
        ]
    );
    let mails: Vec<_> =
        ann.emails.iter().map(|e| (e.email_address.as_deref().unwrap(), e.ok_to_email)).collect();
    assert_eq!(mails, [("a@example.com", Some(true)), ("b@example.com", Some(true))]);
    let miles: Vec<_> = ann.vehicles.iter().map(|car| car.estimated_mileage.clone()).collect();
    assert_eq!(format!("{miles:?}").matches("44739").count(), 1, "{miles:?}");

    let acme = bench.customer("2");
    assert_eq!((acme.company.as_deref(), acme.emails.len()), (Some("ACME 'N' SONS"), 0));
    assert_eq!(
        (acme.phone_numbers[0].ok_to_call, acme.phone_numbers[0].ok_to_text),
        (Some(false), Some(false))
    );
    let young = bench.customer("4");
    assert_eq!((young.company.as_deref(), young.is_business), (Some("Young; Old & Co"), Some(true)));
    // The opt-out of everything wins over what the channels say.
    assert_eq!((young.phone_numbers[0].ok_to_call, young.emails[0].ok_to_email), (Some(false), Some(false)));

    // The next night one car is gone; the newest files count, each kind by the time in its name.
    night("20260909", &CARS.lines().filter(|line| !line.contains("MCI")).collect::<Vec<_>>().join("\n"));
    bench.sync(3).says(&["S1_people_20260908.csv is left out", "S1_cars_20260908.csv is left out"]);
    let owned: Vec<_> = bench.customer("1").vehicles.into_iter().map(|car| (car.vin, car.is_valid)).collect();
    assert!(owned.contains(&(Some("1M8GDM9AXKP042788".to_owned()), Some(false))), "{owned:?}");
    assert_eq!(owned.len(), 2);

    bench.write("exports/S2_people_20260910.csv", PEOPLE);
    bench.sync(4).says(&["S2_people_20260910.csv", "another source"]);
}
