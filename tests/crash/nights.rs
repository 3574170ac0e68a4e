//! Two nights in the life of a department: a first load, and a day on which a bit of everything happens.

use dms_sync::sandbox::{Customer, Model, Phone};

use crate::harness::export::people;
use crate::harness::{Export, TOKEN, Workbench};

/// Customers of the first night.
pub(crate) const PEOPLE: usize = 24;

/// Customers that were at the remote before us, under our keys.
pub(crate) const ADOPTED: [&str; 2] = ["c0005", "c0011"];

/// The customer whose record vanishes between the nights, to be created again.
pub(crate) const VANISHED: &str = "c0009";

/// A department on the morning of its first load.
pub(crate) fn first_load() -> Workbench {
    let mut bench = Workbench::new();
    bench.set("guard.min_customers", 1).set("guard.max_updates", "100%");
    bench.set("guard.max_field_changes", "100%").set_department("vanished", "recreate");
    bench.set("retry.settle", "20ms");
    let export = first();
    bench.export(&export);
    for key in ADOPTED {
        let own = export.rows().iter().find(|row| row["customerKey"] == key).unwrap();
        let known = Customer {
            customer_key: Some(key.into()),
            first_name: Some(own["firstName"].clone()),
            last_name: Some(own["lastName"].clone()),
            phone_numbers: vec![advisors("+12025550173")],
            ..Customer::default()
        };
        bench.model().seed(TOKEN, known).unwrap();
    }
    bench
}

/// The export of the first night.
pub(crate) fn first() -> Export {
    let mut export = people(PEOPLE);
    export.set_all("okToText", "Y");
    export
}

/// The day between: advisors add numbers, somebody texts STOP, a record is merged away; then the second night's export.
pub(crate) fn second_day(bench: &Workbench) -> Export {
    for key in ["c0002", "c0003"] {
        bench.edit(key, |customer| customer.phone_numbers.push(advisors("+12025550174")));
    }
    bench.edit("c0004", |customer| customer.phone_numbers[0].ok_to_text = Some(false));
    remove(&bench.model(), VANISHED);
    let mut export = people(PEOPLE + 3);
    export.set_all("okToText", "Y");
    for key in ["c0001", "c0002", "c0004", "c0005", VANISHED, "c0013", "c0014", "c0015"] {
        export.set(key, "city", "Salem");
    }
    export.set("c0003", "cellPhone", "(201) 555-0199").set("c0006", "okToText", "N");
    export.set("c0007", "email", "anselm.new@example.com").drop_customer("c0024");
    export
}

fn remove(model: &Model, key: &str) {
    let uuid = model.customer_by_key(TOKEN, key).unwrap().customer_uuid;
    model.remove(TOKEN, &uuid).unwrap();
}

fn advisors(number: &str) -> Phone {
    Phone {
        phone_number: Some(number.into()),
        label: Some("work".into()),
        comments: Some("after six".into()),
        ..Phone::default()
    }
}
