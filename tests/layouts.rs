//! What every export layout becomes: each sample's customers in canonical form, pinned, so that nothing is misread,
//! mislabelled or dropped unseen; and the facts that `samples/README.md` states of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "layouts/facts.rs"]
mod facts;
#[path = "layouts/placeholders.rs"]
mod placeholders;
#[path = "layouts/reading.rs"]
mod reading;
#[path = "layouts/sheet.rs"]
mod sheet;
#[path = "layouts/tables.rs"]
mod tables;
#[path = "layouts/terms.rs"]
mod terms;

use reading::{Reading, department};

/// Every sample: its name in snapshots, its profile, its files.
pub(crate) const SAMPLES: [(&str, &str, &[&str]); 11] = [
    ("generic-customers", "generic", &["generic/customers.csv"]),
    ("generic-messy", "generic", &["generic/messy.csv"]),
    ("dealervault-sl", "dealervault-sl", &["dealervault-sl/*.txt"]),
    ("dealervault-sv", "dealervault-sv", &["dealervault-sv/*.txt"]),
    ("authenticom-sv", "authenticom-sv", &["authenticom-sv/*.txt"]),
    ("tekion-a", "tekion", &["tekion/variant-a.csv"]),
    ("tekion-b", "tekion", &["tekion/variant-b.csv"]),
    ("dealertrack", "dealertrack", &["dealertrack/customers.csv", "dealertrack/vehicles.csv"]),
    ("pbs", "pbs", &["pbs/contacts.csv"]),
    ("sidekick", "sidekick", &["sidekick/ro.txt"]),
    ("reynolds-report", "reynolds-report", &["reynolds-report/report.csv"]),
];

#[test]
fn every_layout_becomes_these_customers() {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => true }, {
        for (name, profile, input) in SAMPLES {
            insta::assert_snapshot!(name, Reading::of(&department(profile, input)).text());
        }
    });
}
