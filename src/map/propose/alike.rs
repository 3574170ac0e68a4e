//! What a proposal takes over from the built-in profile that its file is most like: habits of the DMS, its words, and
//! where a file has no header, its columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Column;
use super::knowledge::{Meaning, profiles};
use super::text::{Guess, guess, quoted};
use crate::domain::{Field, Slot};
use crate::map::layout::{ColumnRule, Layout};
use crate::map::profile::{LoneLastName, Odometer, Profile, Words};

/// `[vehicles]` and `[names]`; but what costs a vehicle, a person says.
pub(super) fn habits(like: Option<&Profile>, columns: &[Column]) -> String {
    let (alone, odometer) = like.map(|like| (like.lone_last_name, like.odometer)).unwrap_or_default();
    let has_full_name = columns.iter().any(|column| column.meanings().contains(&Meaning::FullName));
    let alone = match alone {
        // Without the column that it is compared with, nobody would ever be one.
        LoneLastName::BusinessIfFullName if !has_full_name => LoneLastName::Business,
        alone => alone,
    };
    let name =
        LoneLastName::ALL.iter().find(|(_, choice)| *choice == alone).map_or("person", |(name, _)| name);
    let (unit, other) = match odometer {
        Odometer::Miles => ("miles", "km"),
        Odometer::Kilometres => ("km", "miles"),
    };
    let others: Vec<_> = LoneLastName::ALL.iter().filter(|(_, choice)| *choice != alone).collect();
    let others = others.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
    format!(
        "[vehicles]\nabsent = \"keep\"       # \"disown\" only where the export lists every vehicle that a customer owns\n\
         odometer = {unit:?}    # or {other:?}\n\n\
         # What a last name without a first name, a company and a business flag is; or {others}.\n\
         [names]\nlast_name_alone = {name:?}\n\n"
    )
}

/// `[nulls]` and `[values]`, as far as they concern columns of the file.
pub(super) fn words(like: Option<&Profile>, columns: &[Column]) -> String {
    let Some(Profile { name, words: Words { nulls, nulls_of, values, consent }, .. }) = like else {
        return String::new();
    };
    let meanings = || columns.iter().flat_map(Column::meanings);
    let fields: BTreeSet<Field> = meanings().filter_map(|meaning| meaning.field()).collect();
    let asks = meanings().any(|meaning| matches!(meaning, Meaning::Consent(..) | Meaning::OptOut));
    let list = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    let mut out = String::new();
    let own = nulls_of.iter().filter(|(field, _)| fields.contains(field));
    let own = own.map(|(field, words)| (field.as_str(), words.as_slice()));
    let empty: Vec<_> =
        [("any", nulls.as_slice())].into_iter().chain(own).filter(|(_, words)| !words.is_empty()).collect();
    if !empty.is_empty() {
        let _ = writeln!(
            out,
            "# What stands for nothing, beside what is known everywhere, as {name} has it.\n[nulls]"
        );
        for (key, words) in empty {
            let _ = writeln!(out, "{key} = [{}]", list(words));
        }
        out.push('\n');
    }
    let maps = values.iter().filter(|(field, _)| fields.contains(field));
    let maps = maps.map(|(field, map)| (field.as_str(), map)).chain(asks.then_some(("consent", consent)));
    for (key, map) in maps.filter(|(_, map)| !map.is_empty()) {
        let _ = writeln!(out, "# Words of the DMS for ours, as {name} has them.\n[values.{key}]");
        for (theirs, ours) in map {
            let _ = writeln!(out, "{} = {}", quoted(theirs), quoted(ours));
        }
        out.push('\n');
    }
    out
}

/// The built-in profile for files without a header whose columns hold what these rows hold.
pub(super) fn headless(rows: &[&[String]]) -> Option<Profile> {
    let width = rows.iter().map(|row| row.len()).max().unwrap_or_default();
    let fits = |profile: &Profile| {
        let layout = profile.layouts.first().filter(|_| !profile.file.header)?;
        let numbered = numbered(layout);
        let wide = numbered.keys().all(|number| *number <= width);
        let judged = numbered.iter().filter_map(|(number, rule)| holds(rows, number - 1, rule.slot));
        let judged: Vec<bool> = judged.collect();
        (wide && judged.len() >= 2 && judged.iter().all(|holds| *holds)).then_some(())
    };
    profiles().find(|profile| fits(profile).is_some())
}

/// Whether most of a column's cells look like what `slot` wants; `None` where that cannot be told, or nothing is there.
fn holds(rows: &[&[String]], index: usize, slot: Slot) -> Option<bool> {
    let wanted = match slot.field {
        Field::Email => Guess::Email,
        Field::HomePhone | Field::WorkPhone | Field::CellPhone => Guess::Phone,
        Field::Vin => Guess::Vin,
        _ => return None,
    };
    let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.trim());
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    let fitting = cells.iter().filter(|cell| guess([**cell]) == Some(wanted)).count();
    (!cells.is_empty()).then_some(2 * fitting > cells.len())
}

/// The columns of a layout by their number, from 1.
pub(super) fn numbered(layout: &Layout) -> BTreeMap<usize, &ColumnRule> {
    let number = |name: &String| name.strip_prefix("column_")?.parse::<usize>().ok().filter(|n| *n > 0);
    let rules = layout.columns.iter();
    rules.filter_map(|rule| Some((rule.names.first().and_then(number)?, rule))).collect()
}
