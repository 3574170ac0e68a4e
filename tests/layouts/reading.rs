//! [`Reading`]: a sample as the line makes customers of it, up to the plan and against no checkpoint; and the same as text
//! that a person can hold against the rows.
//!
//! In the text `-` is a blank (the column is there and empty), `~` is silence (no such column, or an unusable value).

// Every test binary takes what it needs of this file.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use dms_sync::config::Department;
use dms_sync::domain::{Change, Claim, Customer, Fingerprint, Vehicle, Warning, event::Unobserved};
use dms_sync::pipeline::build::Builder;
use dms_sync::pipeline::intake::Intake;
use dms_sync::pipeline::scan::scan;
use dms_sync::plan::Reach;
use dms_sync::push::Brake;

/// What became of a sample.
pub(crate) struct Reading {
    /// Who would be created, by customer key.
    pub(crate) customers: BTreeMap<String, Change>,
    /// Who would not: rejected and skipped customers, and rows that belong to nobody; one line each.
    pub(crate) others: Vec<String>,
}

/// The department of `profile` that reads these files, below `samples/` where they are not absolute.
pub(crate) fn department(profile: &str, input: &[&str]) -> Department {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let input: Vec<_> =
        input.iter().map(|name| format!("{:?}", samples.join(name).display().to_string())).collect();
    let country = if profile == "pbs" { "CA" } else { "US" };
    let text = format!(
        "[api]\nbase_url = \"sandbox\"\n[[department]]\nname = \"springfield\"\ntoken = \"t\"\nprofile = \"{profile}\"\n\
         country = \"{country}\"\ninput = [{}]\n",
        input.join(", ")
    );
    let mut settings = dms_sync::config::parse(&text, &samples).unwrap();
    settings.departments.remove(0)
}

impl Reading {
    /// Reads what `department` has.
    pub(crate) fn of(department: &Department) -> Self {
        let spool = tempfile::tempdir().unwrap();
        // Later than every date in the samples, so that none is yet to come.
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        let intake = Intake::open(department, spool.path(), now, &Unobserved).unwrap();
        let brake = Brake::default();
        let epoch = Fingerprint::of(b"layouts");
        let scanned = scan(&intake, epoch, None, &Unobserved, &brake).unwrap();
        let export = department.export.unwrap_or(intake.profile.export);
        let absent = department.absent_vehicle.unwrap_or(intake.profile.absent_vehicle);
        let policies = department.policies(export, absent);
        let builder = Builder {
            policies: &policies,
            checkpoint: None,
            same_refusal: 0,
            now: 0,
            reach: Reach::of(export),
        };
        let mut customers = BTreeMap::new();
        let mut keep = |change: &Change| {
            let known = customers.insert(change.ours.key.as_str().to_owned(), change.clone());
            assert!(known.is_none(), "{} is built twice", change.ours.key);
            Ok(())
        };
        let built = builder.build(&intake, &scanned, &Unobserved, &brake, &mut keep).unwrap();
        let mut others: Vec<String> = scanned
            .rejected
            .iter()
            .map(|row| format!("row :{} rejected: {}", row.at.line, row.cause.code))
            .collect();
        for settlement in built.settled {
            let outcome = settlement.outcome.unwrap();
            let code = outcome.cause.map(|cause| cause.code).unwrap_or_default();
            let line = outcome.at.map(|at| at.line).unwrap_or_default();
            let mut text = format!("{:?} {:?} :{line}: {code}", outcome.key.as_str(), outcome.kind);
            settlement.warnings.iter().for_each(|warning| push_warning(&mut text, warning));
            others.push(text);
        }
        Self { customers, others }
    }

    /// Everything, sorted by customer key.
    pub(crate) fn text(&self) -> String {
        let customers = self.customers.values().map(customer_text);
        customers.chain([self.others.join("\n") + "\n"]).collect::<Vec<_>>().join("\n")
    }
}

/// One customer in a few lines: name and choices, consent, contacts, address, vehicles, warnings.
pub(crate) fn customer_text(change: &Change) -> String {
    let Customer {
        key,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents,
        vehicles,
    } = &change.ours;
    let name = name.claims();
    let mut text = format!(
        "{key} :{} {} | {} | {} | {} | {} | {}\n",
        change.at.line,
        said(&name.first),
        said(&name.last),
        said(&name.company),
        said(&name.is_business.map(|yes| if yes { "business" } else { "person" }.to_owned())),
        said(&preferred_locale.map(|locale| locale.as_str().to_owned())),
        said(&preferred_communication.map(|way| way.as_str().to_owned())),
    );
    let _ =
        writeln!(text, "  call {:?}, text {:?}, email {:?}", consents.call, consents.text, consents.email);
    let phones = phones.iter().map(|(slot, claim)| {
        let numbers = claim
            .as_ref()
            .map(|all| all.iter().map(|p| p.national().to_owned()).collect::<Vec<_>>().join(","));
        format!("{slot} {}", said(&numbers))
    });
    let emails = emails.iter().map(|(slot, claim)| {
        let all =
            claim.as_ref().map(|all| all.iter().map(|e| e.as_str().to_owned()).collect::<Vec<_>>().join(","));
        format!("{slot} {}", said(&all))
    });
    let _ = writeln!(text, "  {}", phones.chain(emails).collect::<Vec<_>>().join(" | "));
    for (kind, claim) in addresses {
        let address = claim.as_ref().map(|address| {
            let dms_sync::domain::Address { line1, line2, city, state, zip, country } = address;
            [line1, line2, city, state, zip, country].map(said).join(" | ")
        });
        let _ = writeln!(text, "  {} {}", kind.as_str(), said(&address));
    }
    for vehicle in vehicles {
        let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = vehicle;
        let owned = owned.map(|yes| if yes { "owned" } else { "not owned" }.to_owned());
        let vin = vin.map_or("no VIN".to_owned(), |vin| vin.as_str().to_owned());
        let rest =
            [year, make, model, trim, engine, color, plate, mileage, key, &owned].map(said).join(" | ");
        let _ = writeln!(text, "  {vin} | {rest}");
    }
    let mut warnings = String::new();
    change.warnings.iter().for_each(|warning| push_warning(&mut warnings, warning));
    text + warnings.trim_start_matches('\n') + if warnings.is_empty() { "" } else { "\n" }
}

fn push_warning(text: &mut String, Warning { finding, at }: &Warning) {
    let field = finding.field.map_or("", |field| field.as_str());
    let line = at.as_ref().map_or(0, |at| at.line);
    let _ = write!(text, "\n  ! {} {field} :{line}", finding.code);
}

fn said(claim: &Claim<String>) -> String {
    match claim {
        Claim::Silent => "~".to_owned(),
        Claim::Blank => "-".to_owned(),
        Claim::Value(text) => text.clone(),
    }
}
