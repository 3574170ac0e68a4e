//! What stands for nothing in so many digits is dropped with a warning, and costs nothing else.

use super::reading::{Reading, department};

#[test]
fn placeholders_go_with_a_warning_and_nothing_else_does() {
    const ROW: [(&str, &str); 9] = [
        ("customerKey", "1"),
        ("firstName", "Elif"),
        ("lastName", "Langstaff"),
        ("cellPhone", "2535550196"),
        ("homePhone", "2535550197"),
        ("workPhone", "2535550198"),
        ("email", "elif@example.com"),
        ("vin", "1HGCM82633A004352"),
        ("vehicleYear", "2003"),
    ];
    for (column, cells, code) in [
        (
            "vin",
            &[
                "00000000000000000",
                "11111111111111111",
                "AAAAAAAAAAAAAAAAA",
                "0000 0000 0000 00000",
                "1".repeat(17).as_str(),
            ][..],
            "vin.placeholder",
        ),
        (
            "cellPhone",
            &[
                "0000000000",
                "000-000-0000",
                "1111111111",
                "(999) 999-9999",
                "5555555555",
                "888 888 8888",
                "+19999999999",
                "1-222-222-2222",
                "9999999",
                "1234567890",
            ],
            "phone.placeholder",
        ),
        ("homePhone", &["0000000000", "2222222222"], "phone.placeholder"),
        ("workPhone", &["0000000000", "777.777.7777"], "phone.placeholder"),
        (
            "email",
            &[
                "noemail@example.com",
                "NOEMAIL@EXAMPLE.COM",
                "none@example.com",
                "no@email.com",
                "noemail@noemail.com",
                " noemail@example.org ",
            ],
            "email.placeholder",
        ),
    ] {
        for cell in cells {
            let header: Vec<_> =
                ROW.iter().map(|(name, _)| *name).chain(["vehicleMake", "vehicleModel"]).collect();
            let row: Vec<_> =
                ROW.iter().map(|(name, usual)| if *name == column { *cell } else { *usual }).collect();
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("export.csv");
            std::fs::write(&path, format!("{}\n{},Honda,Accord\n", header.join(","), row.join(","))).unwrap();
            let reading = Reading::of(&department("generic", &[path.to_str().unwrap()]));
            let change = &reading.customers["1"];
            let found: Vec<_> = change
                .warnings
                .iter()
                .map(|w| (&*w.finding.code, w.finding.field.unwrap().as_str()))
                .collect();
            assert_eq!(found, [(code, column)], "{cell:?}");
            let ours = &change.ours;
            let kept = [
                ours.phone_entries().len() + usize::from(column.ends_with("Phone")),
                ours.email_entries().len() + usize::from(column == "email"),
                ours.vehicles.iter().filter(|vehicle| vehicle.vin.is_some()).count()
                    + usize::from(column == "vin"),
            ];
            assert_eq!((kept, ours.vehicles.len()), ([3, 1, 1], 1), "{cell:?}");
        }
    }
}
