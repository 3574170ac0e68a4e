//! [`fold`]: what counts of a column's name.

/// Letters and digits in lower case; `First Name`, `first_name ` and `FIRST-NAME` are one.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The candidate that is most like `wanted`, where one is near enough to be meant.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(wanted);
    let likeness = |candidate: &str| strsim::jaro_winkler(&wanted, &fold(candidate));
    let scored = candidates.into_iter().map(|candidate| (likeness(candidate), candidate));
    let best = scored.fold(None, |best: Option<(f64, &str)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    best.filter(|(likeness, _)| *likeness >= 0.8).map(|(_, candidate)| candidate)
}

/// `; did you mean NAME?`, where there is one to mean.
pub(super) fn did_you_mean<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, candidates).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}
