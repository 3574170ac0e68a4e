//! Columns that say no (consent, opt-out, deleted, inactive), and files without them: told on every run, and held where
//! the last export had them.
//!
//! A file that lacks such a column says no to nothing, and looks like one in which nobody objects. What a column says is
//! the business of `map`; here it only counts whether it is there. Several columns of one kind of no are as good as each
//! other, unless there were more of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::intake::{Intake, Source};
use crate::domain::text::fold;
use crate::map::{Veto, Vetoed};

/// What a person should know of the files' columns: those that no profile maps, and those that are not there and could
/// say no.
pub fn notices(intake: &Intake) -> Vec<String> {
    let mut notices = Vec::new();
    for source in intake.sources() {
        let ignored = &source.binding.ignored;
        if !ignored.is_empty() {
            let (count, list) = (ignored.len(), ignored.join(", "));
            let columns = if count == 1 { "column is" } else { "columns are" };
            notices.push(format!("{}: {count} {columns} not mapped: {list}", source.file.display));
        }
        notices.extend(not_there(source));
    }
    notices
}

/// What to say of a file that lacks columns that could say no; of consent, and of who is to be left alone.
pub fn not_there(source: &Source) -> Vec<String> {
    let file = &source.file.display;
    let lacking = |consent: bool| {
        let of_kind = source.binding.vetoes().into_iter().filter(|(veto, _)| veto.is_consent() == consent);
        let lacking: Vec<_> = of_kind.map(|(_, said)| said).filter(|said| said.found.is_empty()).collect();
        let names = lacking.iter().map(|said| (said.names.clone(), said));
        (!lacking.is_empty()).then(|| listed(source, names))
    };
    let consent = lacking(true).map(|columns| {
        format!("consent.not_there: {file} has no column {columns}: no opt-out of that kind is read from it")
    });
    let skip = lacking(false).map(|columns| {
        format!("skip.not_there: {file} has no column {columns}: nobody is left alone for what it would say")
    });
    consent.into_iter().chain(skip).collect()
}

/// The roles of consent that the file has no column for, as `summary.json` lists them.
pub fn consent_not_there(source: &Source) -> Vec<String> {
    let vetoes = source.binding.vetoes();
    let lacking = vetoes.iter().filter(|(veto, said)| veto.is_consent() && said.found.is_empty());
    lacking.flat_map(|(_, said)| &said.roles).map(ToString::to_string).collect()
}

/// What a run's row remembers: per layout, the columns of each kind of no that all of its files had.
pub fn remembered(intake: &Intake) -> Value {
    let mut layouts: BTreeMap<&str, BTreeMap<Veto, Vec<&str>>> = BTreeMap::new();
    for source in intake.sources().iter().filter(|source| !source.binding.fed_back) {
        let known = layouts.entry(&source.binding.layout).or_default();
        for (veto, Vetoed { found, .. }) in source.binding.vetoes() {
            let least = known.entry(veto).or_insert_with(|| found.clone());
            if found.len() < least.len() {
                *least = found;
            }
        }
    }
    let columns = |known: BTreeMap<Veto, Vec<&str>>| -> Map<String, Value> {
        known.into_iter().map(|(veto, found)| (veto.to_string(), json!(found))).collect()
    };
    layouts.into_iter().map(|(layout, known)| (layout.to_owned(), Value::Object(columns(known)))).collect()
}

/// Of each file that lacks columns which `then`, what an earlier run remembered, has: which, and what may be meant now.
/// What the profile no longer knows was taken out by somebody; one column that came for another is as good.
pub fn lost(intake: &Intake, then: &Value) -> Vec<String> {
    let of_file = |source: &Source| {
        let then = then.get(&source.binding.layout)?;
        let vetoes = source.binding.vetoes();
        let gone: Vec<_> = vetoes.iter().map(|(veto, said)| (gone(then, *veto, said), said)).collect();
        let gone = gone.into_iter().filter(|(names, _)| !names.is_empty());
        let columns = listed(source, gone);
        (!columns.is_empty()).then(|| {
            format!(
                "lost_column: {} has no column {columns}, which the last run heard opt-outs from, or who is to be left alone; \
                 have it exported again, or name in a profile of your own what the file has instead",
                source.file.display
            )
        })
    };
    intake.sources().iter().filter(|source| !source.binding.fed_back).filter_map(of_file).collect()
}

fn gone<'t>(then: &'t Value, veto: Veto, said: &Vetoed<'_>) -> Vec<&'t str> {
    let among = |names: &[&str], name: &str| names.iter().any(|other| fold(other) == fold(name));
    let then = then.get(veto.to_string()).and_then(Value::as_array);
    let then = then.into_iter().flatten().filter_map(Value::as_str);
    let then: Vec<_> = then.filter(|name| among(&said.names, name)).collect();
    if said.found.len() >= then.len() {
        return Vec::new();
    }
    then.into_iter().filter(|name| !among(&said.found, name)).collect()
}

/// `"Block Phone" (consent.call, consent.text; nearest: "Phone Block") and "Opt Out" (consent.opt_out)`.
fn listed<'s>(source: &Source, lacking: impl IntoIterator<Item = (Vec<&'s str>, &'s Vetoed<'s>)>) -> String {
    let mut columns: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for (names, said) in lacking {
        let roles = said.roles.iter().map(ToString::to_string);
        match columns.iter_mut().find(|(known, _)| *known == names) {
            Some((_, known)) => known.extend(roles),
            None => columns.push((names, roles.collect())),
        }
    }
    let column = |(names, roles): &(Vec<&str>, Vec<String>)| {
        let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
        let mut text = format!("{} ({}", quoted.join(" or "), roles.join(", "));
        if let Some(near) = names.iter().find_map(|name| source.binding.nearest(name)) {
            let _ = write!(text, "; nearest: {near:?}");
        }
        text + ")"
    };
    columns.iter().map(column).collect::<Vec<_>>().join(", or ")
}
