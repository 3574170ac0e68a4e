//! The fault file: TOML to faults, with every slip named.
//!
//! ```toml
//! seed = 42                 # of the probabilities
//!
//! [[fault]]
//! name = "gateway down"     # in the journal; default: the effect
//! route = "create"          # update, read, search, listMinimal, match, linked, profile, any
//! department = "d1"
//! key = "10042"
//! after = 2                 # let two matching requests pass
//! count = 3
//! probability = 0.1
//! delay = "250ms"           # or "2s", "1m"
//! effect = "status"         # delay, errors, refuse, reset, hang, cut, huge, redirect, html, search_lag
//! when = "before"           # or "after" the write was applied
//! status = 503              # alone it means effect = "status"
//! body = "gateway"          # envelope, html, empty, invalid_json, wrong_content_type
//! retry_after = "2"         # as it is; "date+2": the date two seconds after the answer's own
//! # errors: code = 20006; cut: keep = 10; huge: bytes = 16777216;
//! # redirect: status = 302, location = "/login"; search_lag: lag = "5s"
//! ```

use std::time::Duration;

use serde::Deserialize;

use super::super::envelope::INJECTED;
use super::super::routes::RouteName;
use super::{BodyKind, Effect, Fault, Faults, Moment};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    fault: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Option<String>,
    route: Option<String>,
    department: Option<String>,
    key: Option<String>,
    #[serde(default)]
    after: u64,
    count: Option<u64>,
    probability: Option<f64>,
    delay: Option<String>,
    effect: Option<EffectName>,
    when: Option<MomentName>,
    status: Option<u16>,
    body: Option<BodyName>,
    retry_after: Option<String>,
    code: Option<u32>,
    keep: Option<usize>,
    bytes: Option<usize>,
    location: Option<String>,
    lag: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum EffectName {
    Delay,
    Status,
    Errors,
    Refuse,
    Reset,
    Hang,
    Cut,
    Huge,
    Redirect,
    Html,
    SearchLag,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum MomentName {
    Before,
    After,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum BodyName {
    Envelope,
    Gateway,
    Html,
    Empty,
    InvalidJson,
    WrongContentType,
}

/// Bytes of a cut body that arrive, and of a huge one, where the file does not say.
const KEEP: usize = 10;
const HUGE: usize = 16 << 20;

pub(super) fn parse(text: &str) -> Result<Faults, String> {
    let sheet: Sheet = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut faults = Faults::none().seeded(sheet.seed);
    for (index, row) in sheet.fault.into_iter().enumerate() {
        faults = faults.with(fault(row).map_err(|error| format!("fault {}: {error}", index + 1))?);
    }
    Ok(faults)
}

fn fault(row: Row) -> Result<Fault, String> {
    let effect_name = match (row.effect, row.status, &row.delay) {
        (Some(effect), ..) => effect,
        (None, Some(_), _) => EffectName::Status,
        (None, None, Some(_)) => EffectName::Delay,
        (None, None, None) => return Err("needs `effect`, `status` or `delay`".to_owned()),
    };
    if row.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
        return Err("`probability` is from 0 to 1".to_owned());
    }
    refuse_strays(&row, effect_name)?;
    Ok(Fault {
        effect: effect(&row, effect_name)?,
        when: match row.when {
            Some(MomentName::After) => Moment::AfterApplied,
            Some(MomentName::Before) | None => Moment::BeforeApplied,
        },
        delay: row.delay.as_deref().map(|text| duration("delay", text)).transpose()?.unwrap_or_default(),
        route: row.route.as_deref().map_or(Ok(None), route)?,
        name: row.name,
        department: row.department,
        key: row.key,
        after: row.after,
        count: row.count,
        probability: row.probability,
    })
}

/// A key that the effect does not read is a slip, not a comment.
fn refuse_strays(row: &Row, effect: EffectName) -> Result<(), String> {
    use EffectName::{Cut, Errors, Huge, Redirect, Refuse, SearchLag, Status};
    let status = matches!(effect, Status | Redirect);
    let timed = !matches!(effect, Refuse | Cut | Huge | SearchLag);
    let strays = [
        ("status", row.status.is_some(), status),
        ("body", row.body.is_some(), effect == Status),
        ("retry_after", row.retry_after.is_some(), effect == Status),
        ("code", row.code.is_some(), effect == Errors),
        ("keep", row.keep.is_some(), effect == Cut),
        ("bytes", row.bytes.is_some(), effect == Huge),
        ("location", row.location.is_some(), effect == Redirect),
        ("lag", row.lag.is_some(), effect == SearchLag),
        ("when", row.when.is_some(), timed),
    ];
    match strays.into_iter().find(|(_, given, fits)| *given && !fits) {
        Some((key, ..)) => Err(format!("`{key}` means nothing to this effect")),
        None => Ok(()),
    }
}

fn effect(row: &Row, name: EffectName) -> Result<Effect, String> {
    Ok(match name {
        EffectName::Delay => Effect::Delay,
        EffectName::Status => Effect::Status {
            status: status(row.status, 200..=599)?,
            body: body(row.body.unwrap_or(BodyName::Gateway)),
            retry_after: row.retry_after.clone(),
        },
        EffectName::Errors => Effect::Errors { code: row.code.unwrap_or(INJECTED.0) },
        EffectName::Refuse => Effect::Refuse,
        EffectName::Reset => Effect::Reset,
        EffectName::Hang => Effect::Hang,
        EffectName::Cut => Effect::Cut { keep: row.keep.unwrap_or(KEEP) },
        EffectName::Huge => Effect::Huge { bytes: row.bytes.unwrap_or(HUGE) },
        EffectName::Redirect => Effect::Redirect {
            status: status(row.status.or(Some(302)), 300..=399)?,
            location: row.location.clone().unwrap_or_else(|| "/login".to_owned()),
        },
        EffectName::Html => Effect::Html,
        EffectName::SearchLag => {
            Effect::SearchLag(duration("lag", row.lag.as_deref().ok_or("`lag` is missing")?)?)
        }
    })
}

fn route(name: &str) -> Result<Option<RouteName>, String> {
    let found = RouteName::ALL.into_iter().find(|route| route.as_str() == name);
    if found.is_none() && name != "any" {
        let names = RouteName::ALL.map(RouteName::as_str).join(", ");
        return Err(format!("`route` is not one of {names}, any"));
    }
    Ok(found)
}

fn status(given: Option<u16>, legal: std::ops::RangeInclusive<u16>) -> Result<u16, String> {
    given
        .filter(|status| legal.contains(status))
        .ok_or_else(|| format!("`status` is from {} to {}", legal.start(), legal.end()))
}

fn body(name: BodyName) -> BodyKind {
    match name {
        BodyName::Envelope => BodyKind::Envelope,
        BodyName::Gateway => BodyKind::Gateway,
        BodyName::Html => BodyKind::Html,
        BodyName::Empty => BodyKind::Empty,
        BodyName::InvalidJson => BodyKind::InvalidJson,
        BodyName::WrongContentType => BodyKind::WrongContentType,
    }
}

fn duration(key: &str, text: &str) -> Result<Duration, String> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    let millis = millis.filter(|_| unit > 0);
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| format!("`{key}` is a time such as \"250ms\", \"2s\", \"1m\""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_the_builder_says() {
        let text = r#"
            seed = 42
            [[fault]]
            route = "create"
            department = "d1"
            key = "k1"
            after = 2
            count = 3
            probability = 0.5
            delay = "250ms"
            status = 503
            body = "html"
            retry_after = "Wed, 21 Oct 2026 07:28:00 GMT"
            when = "after"
            name = "lost"
            [[fault]]
            route = "any"
            delay = "2s"
            [[fault]]
            route = "listMinimal"
            effect = "search_lag"
            lag = "1m"
        "#;
        let expected = Faults::none()
            .seeded(42)
            .with(Fault {
                name: Some("lost".into()),
                route: Some(RouteName::Create),
                department: Some("d1".into()),
                key: Some("k1".into()),
                after: 2,
                count: Some(3),
                probability: Some(0.5),
                delay: Duration::from_millis(250),
                when: Moment::AfterApplied,
                effect: Effect::Status {
                    status: 503,
                    body: BodyKind::Html,
                    retry_after: Some("Wed, 21 Oct 2026 07:28:00 GMT".into()),
                },
            })
            .with(Fault { delay: Duration::from_secs(2), ..Fault::new(Effect::Delay) })
            .with(Fault::new(Effect::SearchLag(Duration::from_secs(60))).on(RouteName::ListMinimal));
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn every_effect_has_a_name_and_defaults() {
        for (name, expected) in [
            ("errors", Effect::Errors { code: 20006 }),
            ("refuse", Effect::Refuse),
            ("reset", Effect::Reset),
            ("hang", Effect::Hang),
            ("cut", Effect::Cut { keep: 10 }),
            ("huge", Effect::Huge { bytes: 16 << 20 }),
            ("redirect", Effect::Redirect { status: 302, location: "/login".into() }),
            ("html", Effect::Html),
        ] {
            let faults = parse(&format!("[[fault]]\neffect = \"{name}\"")).unwrap();
            assert_eq!(faults.list, [Fault::new(expected)], "{name}");
        }
    }

    #[test]
    fn the_samples_can_be_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/faults");
        let mut read = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            assert!(!Faults::load(&entry.unwrap().path()).unwrap().list.is_empty());
            read += 1;
        }
        assert!(read >= 3);
        let missing = Faults::load(std::path::Path::new("no/such/file.toml")).unwrap_err().to_string();
        assert!(missing.contains("no/such/file.toml"), "{missing}");
    }

    #[test]
    fn slips_are_named() {
        for (row, named) in [
            ("sttus = 503", "sttus"),
            ("route = \"crate\"\nstatus = 503", "`route`"),
            ("effect = \"explode\"", "explode"),
            ("status = 99", "`status`"),
            ("count = 1", "`effect`"),
            ("effect = \"reset\"\nkeep = 3", "`keep`"),
            ("effect = \"cut\"\nwhen = \"after\"", "`when`"),
            ("effect = \"search_lag\"", "`lag`"),
            ("delay = \"soon\"", "`delay`"),
            ("delay = \"5\"", "`delay`"),
            ("status = 500\nprobability = 1.5", "`probability`"),
        ] {
            let error = parse(&format!("[[fault]]\n{row}")).unwrap_err();
            assert!(error.contains(named), "{row}: {error}");
        }
        assert!(parse("sed = 1").unwrap_err().contains("sed"));
    }
}
