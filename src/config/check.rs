//! What settings must be to each other: unique names and tokens, waits in order.
//!
//! Departments are compared as they are written, so that a department with another problem is compared too.

use std::collections::BTreeMap;

use super::layer::{FileLayers, line_of};
use super::problem::{Origin, Problem};
use super::raw::Raw;
use super::settings::Settings;
use crate::domain::policy::{ConsentAuthority, MergeMode};

/// Departments among each other.
pub(super) fn departments(stated: &FileLayers, problems: &mut Vec<Problem>) {
    if stated.departments.is_empty() && !problems.iter().any(|problem| problem.key == "department") {
        let text = "is missing: a configuration needs at least one [[department]] with a name and a token";
        problems.push(Problem::new(&stated.shared.at, "department", text));
    }
    // The name is also the checkpoint's: unique names keep checkpoints apart.
    for (key, what) in [
        ("name", "each department needs its own, for its checkpoint and its reports"),
        ("token", "two departments under one token would overwrite each other's customers"),
    ] {
        let mut seen: BTreeMap<&str, &Origin> = BTreeMap::new();
        for value in stated.departments.iter().filter_map(|layer| layer.values.get(key)) {
            let Some(Raw::Text(text)) =
                value.readings.first().filter(|raw| **raw != Raw::Text(String::new()))
            else {
                continue;
            };
            match seen.get(text.as_str()) {
                Some(first) => {
                    let line = line_of(first).unwrap_or_default();
                    let text = format!("is the same as on line {line}: {what}");
                    problems.push(Problem::new(&value.at, format!("department.{key}"), text));
                }
                None => drop(seen.insert(text, &value.at)),
            }
        }
    }
}

/// Within one department.
fn authority(settings: &Settings, problems: &mut Vec<Problem>) {
    for department in &settings.departments {
        let blind =
            department.merge == MergeMode::Replace && department.consent == ConsentAuthority::OptOutSticks;
        if blind {
            let origins = settings.origins.departments.get(&department.name);
            let at = origins.and_then(|origins| origins.get("merge")).unwrap_or(&Origin::Default);
            let text = "is \"replace\", which sends consent without looking at theirs, so that an opt-out at myKaarma \
                        would be undone: say [department.consent] dms_is_newer = true, or merge \"three-way\"";
            problems.push(Problem::new(at, "department.merge", text));
        }
    }
}

/// Settings that bound each other.
pub(super) fn relations(settings: &Settings, problems: &mut Vec<Problem>) {
    authority(settings, problems);
    let at = |key: &str| settings.origins.shared.get(key).cloned().unwrap_or(Origin::Default);
    let stated =
        |keys: [&'static str; 2]| keys.into_iter().find(|key| at(key) != Origin::Default).unwrap_or(keys[0]);
    if settings.retry.initial > settings.retry.max {
        let key = stated(["retry.initial", "retry.max"]);
        problems.push(Problem::new(
            &at(key),
            key,
            "is wrong: the first wait retry.initial is over the longest, retry.max",
        ));
    }
    // Only the environment may hold a proxy's password: files get copied and committed.
    let proxy = at("api.proxy");
    let password = settings.api.proxy.as_ref().is_some_and(|proxy| proxy.expose().password().is_some());
    if password && matches!(proxy, Origin::File { .. }) {
        let text = "holds a password, which has no place in a file: set it in DMS_SYNC_API__PROXY";
        problems.push(Problem::new(&proxy, "api.proxy", text));
    }
    if settings.api.username_file.is_some() && settings.api.username_file == settings.api.password_file {
        let key = "api.password_file";
        let text = "is the same file as api.username_file; each holds one of the two";
        problems.push(Problem::new(&at(key), key, text));
    }
}
