//! The built-in profiles, each on a small file: what comes out of them, as far as the normal customer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::borrow::Cow;
use std::path::Path;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::policy::{AbsentVehicle, Defaults, ExportKind};
use crate::domain::{Draft, Finding, Position, Presence, SourceRecord, SourceRow};
use crate::group::{Order, group};
use crate::normalize::Normalizer;

pub(super) const SL: &str = "File Type,DV Dealer ID,Vendor Dealer ID,DMS Type,Deal Number,Customer Number,Full Name,Salutation,First Name,Middle Name,Last Name,Suffix,Address Line 1,Address Line 2,City,State,Zip,County,Home Phone,Cell Phone,Work Phone,Work Extension,Email 1,Email 2,Email 3,Birth Date,Individual/Business Flag,Opt Out,Block Email,Block Phone,Block Mail,Language,Customer Create Date,Customer Last Activity Date,Co-Buyer Customer Number,Co-Buyer Full Name,Co-Buyer Opt Out,Co Buyer Block Email,Co Buyer Block Phone,Co Buyer Block Mail,VIN,Year,Make,Model,Model Number,Mileage,Description,Exterior Color,New/Used,Stock Number,Transmission,Engine Configuration,Trim,Engine Number,Chassis Number,License Plate Number,Delivery Date,Trade 1 VIN,Trade 1 Year";
pub(super) const SV: &str = "File Type,DV Dealer ID,Vendor Dealer ID,DMS Type,RO Number,Open Date,Close Date,Tag Number,Customer Number,Full Name,First Name,Middle Name,Last Name,Suffix,Address Line 1,Address Line 2,City,State,Zip Code,County,Home Phone,Cell Phone,Work Phone,Work Phone Extension,Email 1,Email 2,Email 3,Birth Date,Individual/Business Flag,Opt Out,Block Email,Block Phone,Block Mail,Language,Customer Create Date,Customer Last Activity Date,VIN,Year,Make,Model,Model Number,RO Mileage,Mileage Out,Description,Exterior Color,Trim,New/Used,Stock Number,Operation Codes,Operation Code Descriptions";
pub(super) const AUTHENTICOM: &str = "FileType,ACDealerID,ClientDealerID,DMSType,RONumber,OpenDate,CustomerNumber,CustomerName,CustomerFirstName,CustomerLastName,CustomerAddress,CustomerCity,CustomerState,CustomerZip,CustomerHomePhone,CustomerWorkPhone,CustomerCellPhone,CustomerEmail,CustomerBirthdate,VehicleMileage,VehicleYear,VehicleMake,VehicleModel,VehicleVIN,MailBlock,EmailBlock,PhoneBlock,GlobalOptOut,LanguagePreference,IndividualBusinessFlag,TagNo";
pub(super) const TEKION_A: &str = "ro number,open date,customer number,first name,last name,email 1,cell phone,home phone,address line 1,city,state,zip,block email,block phone,block mail,vin,year,make,model,trim,stock number,exterior color,new/used,ro mileage";
pub(super) const TEKION_B: &str = "repair_order_number,repair_order_open_date,contact_id,first_name,last_name,personal_email_address,cell phone,home_phone_number,residential_street_address,city,state_or_region,postal_code,allow_email_solicitation,allow_phone_solicitation,allow_mail_solicitation,vin,model_year,make,model,trim,exterior_color_description,odometer_in,customer_comment ";
pub(super) const DT_CUSTOMERS: &str = "CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,MiddleName,Address1,Address2,City,County,StateCode,ZipCode,PhoneNumber,BusinessPhone,BusinessExt,CellPhone,Email1,Email2,AllowContactByPostal,AllowContactByPhone,AllowContactByEmail,PreferredLanguage,LastChangeDate";
const DT_VEHICLES: &str =
    "CustomerNumber,VIN,Make,Model,ModelYear,BodyStyle,Odometer,TypeNU,StockNumber,Color,Trim";
pub(super) const PBS: &str = "SerialNumber,ContactId,ContactCode,ContactFirstName,ContactLastName,ContactIsBusiness,ContactIsInactive,ContactAddress,ContactCity,ContactState,ContactZipCode,ContactCellPhone,ContactHomePhone,ContactBusinessPhone,ContactEmailAddress,CommPrefEmail,CommPrefPhone,CommPrefLetter,CommPrefTextMessage,ContactLastUpdate,VehicleYear,VehicleMake,VehicleModel,VehicleVIN";
const SIDEKICK: &str = "Site ID ,RO ID ,RO Open Date,RO Close Date, Customer ID ,Customer First Name,Customer Last Name,Customer Email,Customer City,Customer State,Customer Zip,Customer Phone Numbers,Vehicle VIN,Vehicle Make,Vehicle Model,Vehicle Year,Vehicle Mileage,OP Code,OP Description";

const VIN: &str = "1HGCM82633A004352";

pub(super) fn profile(name: &str) -> Profile {
    Profile::load(name, Path::new("")).unwrap()
}

fn header(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

/// A row of a file with this header: what the cells of these columns are, all others blank.
fn row_of(profile: &Profile, names: &str, cells: &[(&str, &str)]) -> SourceRow {
    let header = header(names);
    let binding = profile.bind(&header, "x.txt", &TimeZone::UTC).unwrap();
    for (name, _) in cells {
        assert!(header.iter().any(|column| column.trim() == *name), "no column {name}");
    }
    let cell =
        |column: &String| cells.iter().find(|(name, _)| *name == column.trim()).map_or("", |(_, text)| text);
    let record = ByteRecord::from(header.iter().map(cell).collect::<Vec<_>>());
    let at = Position { file: "x.txt".into(), line: 2, record: 1 };
    let utf8 = |bytes: &[u8]| -> Result<Cow<'static, str>, Finding> {
        Ok(Cow::Owned(String::from_utf8(bytes.to_vec()).unwrap()))
    };
    let decode: &Decode<'_> = &|bytes| utf8(bytes);
    binding.source_row(&record, at, decode).unwrap()
}

pub(super) fn record(profile: &Profile, rows: &[(&str, &[(&str, &str)])]) -> SourceRecord {
    let rows = rows.iter().map(|(names, cells)| row_of(profile, names, cells)).collect();
    group(rows, Order::Last).unwrap()
}

pub(super) fn draft(name: &str, names: &str, cells: &[(&str, &str)]) -> Draft {
    Normalizer::new(&Defaults::default()).draft(record(&profile(name), &[(names, cells)]))
}

/// The draft in one line: names, phones, e-mails, consent, vehicles.
fn shown(draft: &Draft) -> String {
    let name = &draft.name;
    let text = |claim: &crate::domain::Claim<String>| claim.value().cloned().unwrap_or_default();
    let phones: Vec<_> = draft
        .phones
        .iter()
        .flat_map(|(slot, claim)| {
            claim
                .value()
                .into_iter()
                .flatten()
                .map(move |phone| format!("{:?} {}", slot.label, phone.national()))
        })
        .collect();
    let emails: Vec<_> = draft
        .emails
        .values()
        .flat_map(|claim| claim.value().into_iter().flatten())
        .map(|e| e.as_str().to_owned())
        .collect();
    let vehicles: Vec<_> = draft
        .vehicles
        .iter()
        .map(|v| {
            format!(
                "{} {} {} {} {} {}",
                text(&v.year),
                text(&v.make),
                text(&v.model),
                text(&v.vin),
                text(&v.plate),
                text(&v.mileage)
            )
        })
        .collect();
    format!(
        "{}|{}|{}|{:?}|{}|{}|{}",
        text(&name.first),
        text(&name.last),
        text(&name.company),
        name.is_business.value(),
        phones.join(","),
        emails.join(","),
        vehicles.join(","),
    )
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn what_each_profile_makes_of_a_row() {
    for (name, names, cells, expected) in [
        (
            "dealervault-sl",
            SL,
            &[
                ("DV Dealer ID", "DVD46315"),
                ("Customer Number", "000176"),
                ("Full Name", "SMITH, ANN M"),
                ("First Name", "Ann"),
                ("Last Name", "Smith"),
                ("Cell Phone", "2025550101"),
                ("Home Phone", "0"),
                ("Work Phone", "NONE"),
                ("Email 1", "CD"),
                ("Email 2", "ann@example.com"),
                ("VIN", VIN),
                ("Year", "2012.0"),
                ("Make", "HONDA"),
                ("Model", "ACCORD"),
                ("Mileage", "12,345"),
                ("License Plate Number", "abc123"),
                ("Trade 1 VIN", "1M8GDM9AXKP042788"),
                ("Co-Buyer Full Name", "SMITH, BO"),
                ("Stock Number", "S1"),
            ][..],
            "Ann|Smith||None|Cell 2025550101|ann@example.com|2012 HONDA ACCORD 1HGCM82633A004352 ABC123 12345",
        ),
        (
            "dealervault-sv",
            SV,
            &[
                ("DV Dealer ID", "DVD46315"),
                ("Customer Number", "FI-WIP*123"),
                ("Full Name", "ACME PLUMBING"),
                ("Last Name", "ACME PLUMBING"),
                ("Tag Number", "T42"),
                ("RO Mileage", "100"),
                ("Mileage Out", "0"),
                ("VIN", VIN),
                ("Work Phone", "(202) 555-0103"),
                ("Work Phone Extension", "12"),
                ("Operation Codes", "A|B^C"),
            ],
            "||ACME PLUMBING|Some(true)|Work 2025550103||   1HGCM82633A004352  100",
        ),
        (
            "dealervault-sv",
            SV,
            &[("DV Dealer ID", "D"), ("Customer Number", "1"), ("Full Name", "SMITH, ANN")],
            "ANN|SMITH||None|||",
        ),
        (
            "dealervault-sv",
            SV,
            &[
                ("DV Dealer ID", "D"),
                ("Customer Number", "1"),
                ("Full Name", "Smith"),
                ("Last Name", "Smith"),
                ("Individual/Business Flag", "I"),
            ],
            "|Smith||Some(false)|||",
        ),
        (
            "authenticom-sv",
            AUTHENTICOM,
            &[
                ("CustomerNumber", "176"),
                ("CustomerName", "ANN SMITH"),
                ("CustomerFirstName", "ANN"),
                ("CustomerLastName", "SMITH"),
                ("CustomerEmail", "ann@example.com"),
                ("TagNo", "T42"),
                ("VehicleVIN", VIN),
                ("VehicleMake", "Hond"),
                ("VehicleMileage", "5"),
            ],
            "ANN|SMITH||None||ann@example.com| HONDA  1HGCM82633A004352  5",
        ),
        (
            "tekion",
            TEKION_A,
            &[
                ("customer number", "176"),
                ("first name", "Ann"),
                ("last name", "Smith"),
                ("cell phone", "2025550101"),
                ("email 1", "ann@example.com"),
                ("vin", VIN),
                ("ro mileage", "7"),
            ],
            "Ann|Smith||None|Cell 2025550101|ann@example.com|   1HGCM82633A004352  7",
        ),
        (
            "tekion",
            TEKION_B,
            &[
                ("contact_id", "176"),
                ("first_name", "Ann"),
                ("last_name", "Smith"),
                ("home_phone_number", "2025550101"),
                ("personal_email_address", "ann@example.com"),
                ("vin", VIN),
                ("model_year", "2003"),
                ("odometer_in", "7"),
                ("customer_comment", "loud"),
            ],
            "Ann|Smith||None|Home 2025550101|ann@example.com|2003   1HGCM82633A004352  7",
        ),
        (
            "dealertrack",
            DT_CUSTOMERS,
            &[
                ("CustomerNumber", "176"),
                ("TypeCode", "C"),
                ("LastName", "ACME PLUMBING"),
                ("BusinessPhone", "2025550103"),
                ("Email1", "a@example.com"),
                ("Email2", "b@example.com"),
            ],
            "||ACME PLUMBING|Some(true)|Work 2025550103|a@example.com,b@example.com|",
        ),
        (
            "dealertrack",
            DT_CUSTOMERS,
            &[
                ("CustomerNumber", "176"),
                ("TypeCode", "I"),
                ("LastName", "Smith"),
                ("FirstName", "Ann"),
                ("PhoneNumber", "2025550102"),
            ],
            "Ann|Smith||Some(false)|Home 2025550102||",
        ),
        (
            "dealertrack",
            DT_VEHICLES,
            &[("CustomerNumber", "176"), ("VIN", VIN), ("ModelYear", "2003"), ("Odometer", "9")],
            "|||None|||2003   1HGCM82633A004352  9",
        ),
        (
            "pbs",
            PBS,
            &[
                ("ContactId", "176"),
                ("ContactFirstName", "Zoë"),
                ("ContactLastName", "Côté"),
                ("ContactIsBusiness", "False"),
                ("ContactCellPhone", "5145550101"),
                ("VehicleVIN", VIN),
            ],
            "Zoë|Côté||Some(false)|Cell 5145550101||   1HGCM82633A004352  ",
        ),
        (
            "sidekick",
            SIDEKICK,
            &[
                ("Customer ID", " 176 "),
                ("Customer First Name", "Ann  "),
                ("Customer Last Name", "Smith  "),
                ("Customer Phone Numbers", "Cell:2025550101Home:2025550102Work:"),
                ("Vehicle VIN", VIN),
                ("Vehicle Mileage", "5"),
            ],
            "Ann|Smith||None|Cell 2025550101,Home 2025550102|| 1HGCM82633A004352  5",
        ),
    ] {
        let draft = draft(name, names, cells);
        // Which vehicle columns there are differs; what they say is in order.
        let squeeze =
            |text: &str| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            squeeze(&shown(&draft)).replace("| ", "|"),
            squeeze(expected).replace("| ", "|"),
            "{name}"
        );
    }
}

#[test]
fn a_report_without_a_header_is_read_by_position() {
    let profile = profile("reynolds-report");
    let names: Vec<_> = (1..=21).map(|n| format!("column_{n}")).collect();
    let names = names.join(",");
    let cells = [
        ("column_1", "000176"),
        ("column_2", "Ann"),
        ("column_3", "Smith"),
        ("column_8", "02139"),
        ("column_11", "2025550101"),
        ("column_12", "2025550109"),
        ("column_13", "ann@example.com"),
        ("column_15", "2025550108"),
    ];
    let record = record(&profile, &[(names.as_str(), &cells[..])]);
    assert_eq!(record.key.as_str(), "000176");
    let draft = Normalizer::new(&Defaults::default()).draft(record);
    assert_eq!(shown(&draft), "Ann|Smith||None|Cell 2025550101|ann@example.com|");
    let short = profile.bind(&header("column_1,column_2"), "x.csv", &TimeZone::UTC).unwrap_err().to_string();
    assert!(
        short.contains("its rows have 2 columns, and the profile looks for lastName, email further on"),
        "{short}"
    );
}

#[test]
fn flagged_customers_are_told_apart() {
    let pbs = profile("pbs");
    let active = [("ContactId", "1"), ("ContactFirstName", "Ann"), ("ContactIsInactive", "False")];
    let inactive = [("ContactId", "1"), ("ContactFirstName", "Ann"), ("ContactIsInactive", "True")];
    let presence = |rows: &[&[(&str, &str)]]| {
        record(&pbs, &rows.iter().map(|cells| (PBS, *cells)).collect::<Vec<_>>()).presence
    };
    assert_eq!(presence(&[&active]), Presence::Active);
    assert_eq!(presence(&[&inactive]), Presence::Inactive);
    assert_eq!(presence(&[&inactive, &active]), Presence::Active, "the last row's word");
    assert_eq!(presence(&[&active, &inactive]), Presence::Inactive);
    let tekion = profile("tekion");
    let names = "contact_id,first_name,isDeleteDataFlag";
    let rows: [&[_]; 2] =
        [&[("contact_id", "1"), ("isDeleteDataFlag", "Y")], &[("contact_id", "1"), ("first_name", "Ann")]];
    assert_eq!(
        record(&tekion, &rows.map(|cells| (names, cells))).presence,
        Presence::Deleted,
        "any row's word"
    );
}

#[test]
fn customers_and_vehicles_of_two_files_are_joined() {
    let profile = profile("dealertrack");
    let zone = TimeZone::UTC;
    let bound = |names: &str| profile.bind(&header(names), "x.csv", &zone);
    assert_eq!(
        (bound(DT_CUSTOMERS).unwrap().rows, bound(DT_CUSTOMERS).unwrap().layout.as_str()),
        (Rows::Customers, "customers")
    );
    assert_eq!(bound(DT_VEHICLES).unwrap().rows, Rows::Vehicles);
    let both = bound(&format!("{DT_CUSTOMERS},VIN,Make,ModelYear")).unwrap();
    assert_eq!((both.rows, both.ignored.len()), (Rows::Customers, 4), "a file that was joined already");
    let neither = bound("CustomerNumber,Notes").unwrap_err().to_string();
    assert!(neither.contains("as a file of customers: no column for lastName"), "{neither}");

    let person = [
        ("CustomerNumber", "1"),
        ("LastName", "Smith"),
        ("FirstName", "Ann"),
        ("LastChangeDate", "20260908"),
    ];
    let car = [("CustomerNumber", "1"), ("VIN", VIN)];
    let truck = [("CustomerNumber", "1"), ("VIN", "1M8GDM9AXKP042788")];
    let whole = record(&profile, &[(DT_VEHICLES, &car), (DT_CUSTOMERS, &person), (DT_VEHICLES, &truck)]);
    assert_eq!((whole.presence, whole.vehicles.len(), whole.rows), (Presence::Active, 2, 3));
    assert!(whole.warnings.is_empty() && whole.conflict.is_none());
    assert_eq!(record(&profile, &[(DT_VEHICLES, &car)]).presence, Presence::VehicleOnly);
}

#[test]
fn kilometres_become_miles() {
    let names = format!("{PBS},VehicleOdometer");
    for (cell, miles) in
        [("72,000", "44739"), ("72000 km", "44739"), ("45000 mi", "45000"), ("0", ""), ("", "")]
    {
        let draft =
            draft("pbs", &names, &[("ContactId", "1"), ("VehicleVIN", VIN), ("VehicleOdometer", cell)]);
        assert_eq!(draft.vehicles[0].mileage.value().map_or("", String::as_str), miles, "{cell}");
    }
}

#[test]
fn what_each_profile_says_of_its_files() {
    for (name, delimiter, export, absent, header) in [
        ("dealervault-sl", '\t', ExportKind::Delta, AbsentVehicle::Keep, true),
        ("dealervault-sv", '\t', ExportKind::Delta, AbsentVehicle::Keep, true),
        ("authenticom-sv", '\t', ExportKind::Delta, AbsentVehicle::Keep, true),
        ("tekion", ',', ExportKind::Delta, AbsentVehicle::Keep, true),
        ("dealertrack", ',', ExportKind::Full, AbsentVehicle::Keep, true),
        ("pbs", ',', ExportKind::Full, AbsentVehicle::Disown, true),
        ("sidekick", '|', ExportKind::Delta, AbsentVehicle::Keep, true),
        ("reynolds-report", ',', ExportKind::Full, AbsentVehicle::Keep, false),
    ] {
        let profile = profile(name);
        assert_eq!(profile.name, name);
        assert_eq!(
            (char::from(profile.file.delimiter), profile.export, profile.absent_vehicle, profile.file.header),
            (delimiter, export, absent, header),
            "{name}"
        );
    }
    assert_eq!(profile("pbs").file.encoding.map(encoding_rs::Encoding::name), Some("windows-1252"));
}

#[test]
fn another_delimiter_is_refused_with_what_was_seen() {
    for (name, seen, says) in [
        ("dealervault-sv", SV.to_owned(), "separated by commas, and the profile says tabs"),
        ("dealervault-sv", SV.replace(',', "|"), "separated by bars (|), and the profile says tabs"),
        ("pbs", PBS.replace(',', "\t"), "separated by tabs, and the profile says commas"),
        ("sidekick", SIDEKICK.replace(',', ";"), "separated by semicolons, and the profile says bars (|)"),
        ("dealertrack", DT_VEHICLES.replace(',', "|"), "separated by bars (|), and the profile says commas"),
    ] {
        let text = profile(name).bind(&[seen], "x.txt", &TimeZone::UTC).unwrap_err().to_string();
        assert!(text.contains(says), "{name}: {text}");
    }
    let split = ["Customer Number\tNotes", " First Name\tLast Name"].map(str::to_owned);
    let text = profile("tekion").bind(&split, "x.csv", &TimeZone::UTC).unwrap_err().to_string();
    assert!(text.contains("separated by tabs"), "a comma within a name: {text}");
}
