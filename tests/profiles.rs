//! Layouts of real DMSs, end to end: what only the whole line can show of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::Workbench;

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
        bench.set_department("profile", profile).set_department("input", vec![input]);
        // Samples hold more rows without a customer than a real feed may.
        bench.set("guard.max_rejected", "50%");
        bench.sync(3);
        let run = bench.latest();
        let found = ["created", "skipped", "rejected"].map(|kind| run.count(kind));
        assert_eq!(found, [created, skipped, rejected], "{profile}");
        assert_eq!(run.summary["rows"]["rejected"], rows, "{profile}");
        assert_eq!(bench.remote().len(), created, "{profile}");
        // Once more: nothing is sent.
        bench.model().clear_journal();
        bench.sync(3);
        assert_eq!(bench.journal(), [], "{profile}");
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
