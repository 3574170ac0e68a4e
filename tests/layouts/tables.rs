//! The two tables of `samples/README.md` that go line by line: what is wrong in `messy.csv`, what the next day changes.

use std::collections::BTreeSet;

use dms_sync::plan::difference::difference;

use super::reading::{Reading, customer_text, department};

#[test]
fn the_messy_file_has_the_codes_that_its_table_says() {
    let document = include_str!("../../samples/README.md");
    let section = document.split("\n## ").find(|section| section.starts_with("`generic/messy.csv`")).unwrap();
    let reading = Reading::of(&department("generic", &["generic/messy.csv"]));
    let rows: Vec<Vec<&str>> =
        section.lines().filter(|line| line.starts_with("| ")).skip(1).map(columns).collect();
    assert!(rows.len() > 25);
    let mut codes = 0;
    for row in &rows {
        let [line, key, _, listed, _] = row[..] else { panic!("{row:?}") };
        let line = line.split(',').next().unwrap();
        let key = key.replace("`, a tab, `", "\t").replace('`', "");
        let is_it = |text: &&String| {
            text.starts_with(&format!("{key:?} ")) || text.starts_with(&format!("row :{line} "))
        };
        let text = reading.customers.get(&key).map_or_else(
            || {
                reading
                    .others
                    .iter()
                    .find(is_it)
                    .unwrap_or_else(|| panic!("nothing became of line {line}"))
                    .clone()
            },
            customer_text,
        );
        let listed: Vec<_> = listed.split('`').skip(1).step_by(2).collect();
        codes += listed.len();
        assert!(listed.iter().all(|code| text.contains(code)), "{listed:?} in\n{text}");
        assert!(
            reading.customers.contains_key(&key) || !listed.is_empty(),
            "{key} is refused, and nothing said why"
        );
        if reading.customers.contains_key(&key) {
            let found: BTreeSet<_> =
                text.lines().filter_map(|line| line.trim().strip_prefix("! ")?.split(' ').next()).collect();
            assert_eq!(found, listed.into_iter().collect(), "line {line}");
        }
    }
    let counted = "19 good";
    assert!(document.contains(counted) && reading.customers.len() == 19 && codes > 30, "{codes} codes");
}

#[test]
fn the_next_day_changes_what_its_table_says() {
    let document = include_str!("../../samples/README.md");
    let section =
        document.split("\n## ").find(|section| section.starts_with("`generic/next-day.csv`")).unwrap();
    let [before, after] = ["generic/customers.csv", "generic/next-day.csv"]
        .map(|file| Reading::of(&department("generic", &[file])).customers);
    let mut listed = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let [keys, what, field, expected] = columns(row)[..] else { panic!("{row}") };
        let keys: Vec<_> = keys.split('`').skip(1).step_by(2).collect();
        let field = field.trim_matches('`');
        for key in keys {
            listed.insert(key);
            let (was, is) = (before.get(key), after.get(key));
            match expected.split(':').next().unwrap() {
                "create" => assert!(was.is_none() && is.is_some(), "{key}"),
                "missing" => assert!(was.is_some() && is.is_none(), "{key}"),
                "unchanged" => assert!(was.unwrap().next_base == is.unwrap().next_base, "{key}: {what}"),
                _ => {
                    let changes = difference(Some(&was.unwrap().next_base), &is.unwrap().next_base);
                    let fields: BTreeSet<_> = changes.iter().map(|change| change.field.as_str()).collect();
                    let holds =
                        if field == "a vehicle" { fields.contains("vin") } else { fields == [field].into() };
                    assert!(holds, "{key} {what}: {fields:?}");
                }
            }
        }
    }
    let moved =
        |key: &&String| before.get(*key).map(|c| &c.next_base) != after.get(*key).map(|c| &c.next_base);
    let moved: BTreeSet<_> = before.keys().chain(after.keys()).filter(moved).map(String::as_str).collect();
    assert!(moved.is_subset(&listed), "{:?} are in no line", moved.difference(&listed));
    assert_eq!((listed.len(), moved.len()), (18, 13));
}

/// The cells of a line of a table.
fn columns(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}
